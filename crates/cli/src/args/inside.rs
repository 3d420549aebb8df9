//! Verbs about the people inside the node: who sees what, who is protected, what is kept how long.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Compartment {
    /// Make one; the account that acts leads it
    Create {
        /// Its name
        name: String,
        /// Why it is needed
        #[arg(long)]
        why: String,
        /// case or need-to-know
        #[arg(long, default_value = "need-to-know")]
        kind: String,
    },
    /// Put objects in, with what says something about them
    Add {
        /// Name or id of the compartment
        name: String,
        /// The objects
        #[arg(required = true)]
        ids: Vec<String>,
        /// With everything they refer to
        #[arg(long)]
        whole: bool,
    },
    /// Take objects out
    Remove {
        /// Name or id of the compartment
        name: String,
        /// The objects
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Take an account in
    Member {
        /// Name or id of the compartment
        name: String,
        /// The account
        // Not `account`: that is the global `--as`.
        member: String,
        /// Put it out instead
        #[arg(long, conflicts_with = "lead")]
        out: bool,
        /// Hand the lead over to it
        #[arg(long)]
        lead: bool,
    },
    /// Whether partners that ask hit or no hit are referred to us for what is in it
    Refer {
        /// Name or id of the compartment
        name: String,
        /// As if it was not held, as at first
        #[arg(long)]
        off: bool,
    },
    /// Requests of partners that may be about what is in the account's compartments: nobody else is told
    Asked,
    /// All that the account is in, or one with its objects
    List {
        /// Name or id
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RegisterKey {
    /// File whose text opens the register, instead of ENLACE_REGISTER_PASSPHRASE
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Make the register; its passphrase comes from ENLACE_REGISTER_PASSPHRASE
    Init(RegisterKey),
    /// Enter a source; the account that acts handles it
    Add {
        /// The name it goes by
        name: String,
        /// File with who it is
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
        /// Since when
        #[arg(long, default_value = "")]
        since: String,
        /// An object that comes from it; may be repeated
        #[arg(long = "object", value_name = "ID")]
        objects: Vec<String>,
        #[command(flatten)]
        key: RegisterKey,
    },
    /// The sources that the account handles
    List {
        /// Show who they are
        #[arg(long)]
        identity: bool,
        #[command(flatten)]
        key: RegisterKey,
    },
    /// Link objects to a source
    Link {
        /// Code name or id
        name: String,
        /// The objects
        #[arg(required = true)]
        ids: Vec<String>,
        /// Unlink them instead
        #[arg(long)]
        off: bool,
        #[command(flatten)]
        key: RegisterKey,
    },
    /// State where a source stands, or hand it over
    Change {
        /// Code name or id
        name: String,
        /// active, resting, closed
        #[arg(long)]
        status: Option<String>,
        /// Account of another source handler
        #[arg(long)]
        handler: Option<String>,
        #[command(flatten)]
        key: RegisterKey,
    },
    /// What happened to linked objects
    Alerts,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Hold {
    /// Hold a set back from release: the objects and everything they refer to
    Place {
        /// The objects
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// The account's own holds
    List,
    /// End a hold
    Lift {
        /// The hold
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LegalHold {
    /// Keep a partner's object even if the partner takes it back
    Place {
        /// The object
        id: String,
        /// evidence, accuracy-contested, proceedings, court-order; the partner reads this word
        #[arg(long)]
        ground: String,
        /// Which proceedings or decision; never leaves
        #[arg(long)]
        reference: String,
    },
    /// Every legal hold
    List,
    /// The restricted versions of an object; each look is in the log
    Show {
        /// The object
        id: String,
    },
    /// End a legal hold; what is restricted is purged then
    Lift {
        /// The legal hold
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Protect {
    /// State that a person is protected; partners notice nothing
    Set {
        /// The person
        id: String,
        /// victim, hostage, witness, minor, officer, journalist, lawyer, rights-defender,
        /// reporting-person
        #[arg(long)]
        status: String,
        /// On what it rests
        #[arg(long)]
        basis: String,
        /// Since when
        #[arg(long, default_value = "")]
        since: String,
    },
    /// Every protected person
    List,
    /// Sets on which an officer is to decide
    Proposals,
    /// Decide on a set
    Decide {
        /// The proposal
        id: String,
        /// keep, narrow or recall
        decision: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// What is overdue
    List,
    /// Keep an object until a later day
    Keep {
        /// The object
        id: String,
        /// `YYYY-MM-DD`
        #[arg(long)]
        until: String,
        /// Why it is still needed
        #[arg(long)]
        why: String,
    },
    /// Erase an object that is overdue
    Erase {
        /// The object
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Note {
    /// Write a note beside an object
    Add {
        /// The object
        id: String,
        /// What it says
        text: String,
        /// A word to sort by instead
        #[arg(long)]
        label: bool,
    },
    /// The notes beside an object
    List {
        /// The object
        id: String,
    },
    /// Take a note of one's own away
    Remove {
        /// The object
        id: String,
        /// The note
        note: String,
    },
}
