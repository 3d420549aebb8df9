//! Verbs about requests.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// Write a request down: a TOML or JSON file with `kind`, `purpose`, `facts`, `questions`…
    New {
        /// The file
        file: PathBuf,
        /// Agreement under which it is asked
        #[arg(long)]
        agreement: String,
        /// Partner, where the agreement has several
        #[arg(long)]
        partner: Option<String>,
        /// Template that fills in what the file does not say (`request template`)
        #[arg(long, value_name = "NAME")]
        template: Option<String>,
        /// Document to send along by a release of its own; may be repeated
        #[arg(long, value_name = "DOCUMENT")]
        attach: Vec<String>,
    },
    /// Say which documents go along with a request that has not left, in place of those before
    Attach {
        /// The request
        id: String,
        /// The documents (file, artifact, report, note); none = nothing goes along
        documents: Vec<String>,
    },
    /// Templates of requests: what is the same in every request of a kind under an agreement
    #[command(subcommand)]
    Template(Template),
    /// Approve a request that another account wrote, and the release of what goes along
    Approve {
        /// The request
        id: String,
    },
    /// Send an approved request
    Send {
        /// The request
        id: String,
    },
    /// Throw away a request that has not left
    Discard {
        /// The request
        id: String,
    },
    /// Requests in and out, those with the nearest end first, and what has not left
    List,
    /// A request with its thread
    Show {
        /// The request
        id: String,
    },
    /// What is held here of what a partner asks about and could leave
    Matches {
        /// The request
        id: String,
    },
    /// Answer a request
    Answer {
        /// The request
        id: String,
        /// Release that carries the answer (`release send` first); may be left out
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
        /// More is to come
        #[arg(long)]
        partial: bool,
        /// Nothing is held or can be given
        #[arg(long, conflicts_with_all = ["partial", "release"])]
        nothing: bool,
        /// Answer to a question, in their order; may be repeated
        #[arg(long = "text", value_name = "TEXT")]
        replies: Vec<String>,
    },
    /// Refuse a request
    Refuse {
        /// The request
        id: String,
        /// not-available, authorisation-refused, national-security, ongoing-investigation,
        /// safety-of-person, minor-offence, not-an-offence, disproportionate, irrelevant,
        /// consent-missing, purpose-not-covered…
        #[arg(long)]
        ground: String,
        /// Clause or article
        #[arg(long)]
        clause: Option<String>,
        /// What the partner is told
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    /// Ask back, or answer the question that the partner asked back
    Clarify {
        /// The request
        id: String,
        /// Question or answer; may be repeated
        #[arg(long = "text", value_name = "TEXT", required = true)]
        replies: Vec<String>,
        /// Release whose documents go along (`release send` first)
        #[arg(long, value_name = "RELEASE")]
        release: Option<String>,
    },
    /// Withdraw a request of ours
    Withdraw {
        /// The request
        id: String,
    },
    /// Any other step: acknowledged, accepted, gathering, awaiting-authorisation, extended…
    Step(Step),
    /// Ends of limits as an iCalendar file
    Calendar {
        /// File to write
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Template {
    /// Write one down, in place of one of the same name
    Set {
        /// Its name
        name: String,
        /// A TOML or JSON file with `kind`, `purpose`, `legal_basis`… and `required`
        file: PathBuf,
        /// The agreement
        #[arg(long)]
        agreement: String,
    },
    /// All of them
    List,
    /// Take one away
    Remove {
        /// Its name
        name: String,
        /// The agreement
        #[arg(long)]
        agreement: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Step {
    /// The request
    pub(crate) id: String,
    /// State that the thread enters
    pub(crate) state: String,
    /// What the partner is told
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Whether the information is held directly: direct or indirect
    #[arg(long)]
    pub(crate) accessibility: Option<String>,
    /// Agree to the time that the request asks for: it binds from this step on
    #[arg(long)]
    pub(crate) agree_time: bool,
    /// New end of the limit (awaiting-authorisation, extended)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Why the limit is exceeded (awaiting-authorisation, extended)
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Kind of authority that may have it (referred)
    #[arg(long, value_name = "KIND")]
    pub(crate) to: Option<String>,
    /// What the answer was worth (feedback, closed): yes, partly, no, not-yet-known
    #[arg(long)]
    pub(crate) useful: Option<String>,
    /// What came of it (feedback, closed): identification, arrest, seizure…
    #[arg(long)]
    pub(crate) outcome: Option<String>,
}
