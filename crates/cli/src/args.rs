//! The command line, as `docs/interfaces.md` fixes it.

mod ask;
mod case;
mod collection;
mod consent;
mod danger;
mod feed;
mod inside;
mod job;
mod request;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use ask::Ask;
pub(crate) use case::Case;
pub(crate) use collection::Collection;
pub(crate) use consent::Consent;
pub(crate) use danger::Danger;
pub(crate) use feed::{Feed, FeedAdd};
pub(crate) use inside::{Compartment, Hold, LegalHold, Note, Protect, RegisterKey, Review, Source};
pub(crate) use job::Job;
pub(crate) use request::{Request, Template};

/// One node of Enlace: holds, asks, releases, proves.
#[derive(Debug, Parser)]
#[command(name = "enlace", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Directory of the node
    #[arg(long, global = true, env = "ENLACE_NODE", value_name = "DIR")]
    pub(crate) node: Option<PathBuf>,
    /// One JSON object a line, the last one `{"summary":{…}}`
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Act as this account; its password comes from ENLACE_PASSWORD, a token from ENLACE_TOKEN, or
    /// as `ACCOUNT:PASSWORD`
    #[arg(
        long = "as",
        global = true,
        env = "ENLACE_AS",
        value_name = "ACCOUNT",
        hide_env_values = true
    )]
    pub(crate) account: Option<String>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Make a node: keys, store, identity
    Init {
        /// Name of the agency
        #[arg(long)]
        name: String,
        /// ISO 3166-1 alpha-2 country
        #[arg(long, value_name = "CC")]
        country: String,
        /// Unit inside the agency
        #[arg(long)]
        unit: Option<String>,
    },
    /// Run the node until Ctrl-C
    Serve {
        /// Address of the pages (default: configuration)
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Address for partners (default: configuration)
        #[arg(long, value_name = "ADDR")]
        partners: Option<SocketAddr>,
    },
    /// Print the node's card, to be given to partners
    Card {
        /// Print the fingerprint as words instead
        #[arg(long)]
        words: bool,
    },
    /// Accounts of our own people and tools
    #[command(subcommand)]
    Account(Account),
    /// Plain collections: what our own tools exchange by TAXII
    #[command(subcommand)]
    Collection(Collection),
    /// Feeds: TAXII servers that are asked, or given to, on a schedule
    #[command(subcommand)]
    Feed(Feed),
    /// Check STIX files against the standard
    Validate {
        /// Files: bundle, envelope, list, JSON lines or a single object
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Exit 1 for a SHOULD finding too
        #[arg(long)]
        strict: bool,
        /// Check the objects of each file beside each other: references, versions, translations
        #[arg(long)]
        refs: bool,
        /// Report also what nearly every object lacks: `lang`, the hashes of what a URL leads to
        #[arg(long)]
        advice: bool,
    },
    /// Take files in
    Import(Import),
    /// What takes long: how far it is, and stopping it
    #[command(subcommand)]
    Job(Job),
    /// Print an object as received
    Get {
        /// STIX id
        id: String,
        /// Every version, oldest first
        #[arg(long)]
        versions: bool,
    },
    /// Full-text search
    Search {
        /// Words; `word*` is a prefix
        text: String,
        /// Only this type; may be repeated
        #[arg(long = "type", value_name = "TYPE")]
        kinds: Vec<String>,
        /// At most this many hits
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Counts and sizes
    Stats,
    /// Check store, blobs and logs
    Fsck {
        /// First derive anew what follows from the texts of the objects: search, references, keys
        #[arg(long)]
        rebuild: bool,
        /// First delete documents that are no object's: what an interrupted import left
        #[arg(long)]
        sweep: bool,
    },
    /// Look for what may be wrong with the node; changes nothing
    Doctor,
    /// Carry the store to another database and compare every row
    Migrate {
        /// `postgres://USER@HOST/DATABASE`, or `sqlite` for the node's folder
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Write the whole node, encrypted, to a new file, while it serves. The passphrase comes from
    /// ENLACE_PASSPHRASE
    Backup {
        /// The new file
        file: PathBuf,
        /// File whose first line is the passphrase, at least 12 characters
        #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
        passphrase_file: Option<PathBuf>,
        /// Encrypt to the holder of this age recipient instead of to a passphrase
        #[arg(long, value_name = "AGE1…")]
        recipient: Option<String>,
    },
    /// Make a node from a backup, in an empty folder
    Restore(Restore),
    /// This node's own keys
    #[command(subcommand)]
    Key(Key),
    /// Other nodes
    #[command(subcommand)]
    Partner(Partner),
    /// Agreements
    #[command(subcommand)]
    Agreement(Agreement),
    /// Release objects to a partner
    Release(Release),
    /// Withdraw an object from every partner that has it
    Recall {
        /// The original's id
        id: String,
        /// Only from this partner
        #[arg(long)]
        partner: Option<String>,
        /// Only the earlier versions: the last one corrects them
        #[arg(long)]
        correct: bool,
    },
    /// Danger to life: warn one known partner at once, without an agreement
    #[command(subcommand)]
    Danger(Danger),
    /// Consent of the originator: to passing on, use as evidence, another purpose
    #[command(subcommand)]
    Consent(Consent),
    /// Ask a partner, answer what it asks
    #[command(subcommand)]
    Request(Request),
    /// Does a partner hold this? Hit or no hit, without showing it
    Ask(Ask),
    /// Joint cases: each side keeps its own data, all see one case
    #[command(subcommand)]
    Case(Case),
    /// Recalls, corrections and ends of retention at partners, with what they stated
    Recalls {
        /// Only those without an answer, the longest wait first
        #[arg(long)]
        unanswered: bool,
    },
    /// What a partner takes back and we keep for proceedings, restricted
    #[command(subcommand)]
    LegalHold(LegalHold),
    /// Who needs to know: objects that only the members see
    #[command(subcommand)]
    Compartment(Compartment),
    /// The register of sources
    #[command(subcommand)]
    Source(Source),
    /// Sets that an officer holds back from release
    #[command(subcommand)]
    Hold(Hold),
    /// Protected persons
    #[command(subcommand)]
    Protect(Protect),
    /// What is overdue for review
    #[command(subcommand)]
    Review(Review),
    /// Own notes and labels beside what is held
    #[command(subcommand)]
    Note(Note),
    /// Judge what partners sent
    #[command(subcommand)]
    Inbox(Inbox),
    /// The logs
    #[command(subcommand)]
    Ledger(Ledger),
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup; its passphrase comes from ENLACE_PASSPHRASE
    pub(crate) file: PathBuf,
    /// File whose first line is the passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// File with the age identity of the recipient
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,
    /// Put the store into this empty database, `postgres://USER@HOST/DATABASE`, instead of the
    /// node's folder
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// The list of what was erased and recalled since (default: beside the backup)
    #[arg(long, value_name = "FILE", conflicts_with = "without_erasures")]
    pub(crate) erasures: Option<PathBuf>,
    /// There is no such list any more: you erase and recall again by hand
    #[arg(long)]
    pub(crate) without_erasures: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Make an account
    Create {
        /// Name to sign in with
        name: String,
        /// administrator, investigator, analyst, liaison-officer, approver, source-handler, auditor,
        /// tool
        #[arg(long)]
        role: String,
        /// Password, at least 8 characters (or ENLACE_NEW_PASSWORD)
        // A generated password may begin with `-`.
        #[arg(
            long,
            env = "ENLACE_NEW_PASSWORD",
            hide_env_values = true,
            allow_hyphen_values = true
        )]
        password: String,
    },
    /// All accounts
    List,
    /// Give an account a new password; who is signed in with it is signed out
    Password {
        /// The account
        name: String,
        /// Password, at least 8 characters (or ENLACE_NEW_PASSWORD)
        #[arg(
            long,
            env = "ENLACE_NEW_PASSWORD",
            hide_env_values = true,
            allow_hyphen_values = true
        )]
        password: String,
    },
    /// Lock an account out at once: its sessions, links and tokens are dead
    Disable {
        /// The account
        name: String,
    },
    /// Let a disabled account sign in again, with its password
    Enable {
        /// The account
        name: String,
    },
    /// A token for a tool that acts as the account
    Token {
        /// The account
        name: String,
        /// End the token that begins so (8 characters or more), or `all`
        #[arg(long, value_name = "BEGINNING")]
        revoke: Option<String>,
    },
    /// A link that signs in once
    Link {
        /// The account
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// stix, firearms-csv or html-report; default: told by content
    #[arg(long)]
    pub(crate) format: Option<String>,
    /// TLP of objects made from rows and documents
    #[arg(long, value_name = "TLP")]
    pub(crate) marking: Option<String>,
    /// Name of the source instead of the file name
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// Compartment that what is new goes into, from its first instant
    #[arg(long, value_name = "NAME")]
    pub(crate) compartment: Option<String>,
    /// Only report
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Sign with a new key from now on, and tell every partner
    Change {
        /// The recovery key, to sign the change with it instead of the present key
        #[arg(long, value_name = "FILE")]
        recovery: Option<PathBuf>,
    },
    /// Others may have this node's keys: new ones for signing, TLS and files, every session and
    /// token dead, every partner told
    Compromise {
        /// Since when, as `2026-03-01T10:00:00Z`: what was signed later counts only where it was
        /// seen before
        #[arg(long, value_name = "TIME")]
        since: String,
        /// The recovery key (default: `keys/recovery.key`, where it still lies there)
        #[arg(long, value_name = "FILE")]
        recovery: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Name one
    Add {
        /// The partner
        partner: String,
        /// Who it is
        #[arg(long)]
        name: String,
        /// The person's own age recipient
        #[arg(long, value_name = "AGE1…")]
        recipient: String,
        /// On what it rests that this person may receive
        #[arg(long, value_name = "TEXT")]
        basis: String,
    },
    /// All of them
    List,
    /// Nothing leaves to this person any more
    Remove {
        /// Id of the record
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Partner {
    /// Pin a partner's card
    Add {
        /// File with the card
        card: PathBuf,
    },
    /// Record that a partner's unit was vetted: without it nothing is released to the unit
    Vet {
        /// The partner
        name: String,
        /// Who vetted
        #[arg(long, value_name = "TEXT")]
        by: String,
        /// Last day of validity: 2027-01-31
        #[arg(long, value_name = "DATE")]
        until: String,
        /// passed or failed
        #[arg(long, default_value = "passed")]
        result: String,
        /// Class of recipients that it was found to belong to, such as `customs`; may be repeated
        #[arg(long = "class", value_name = "CLASS")]
        classes: Vec<String>,
    },
    /// All partners with their fingerprints in words
    List,
    /// Persons of a partner's unit to whom TLP:RED may leave
    #[command(subcommand)]
    Person(Person),
    /// Fetch what partners released, deliver what waits, sign each other's logs
    Sync {
        /// Only this partner
        name: Option<String>,
    },
    /// Read a file that a partner's node wrote and people carried over
    Inbox {
        /// The file
        file: PathBuf,
    },
    /// Everything that waits for a partner, to be carried over by hand
    Outbox {
        /// The partner
        name: String,
        /// Releases, recalls and papers, encrypted to the partner, in this file or under a new name
        /// in this folder. Without, the papers alone are printed in clear
        #[arg(long, value_name = "OUT")]
        file: Option<PathBuf>,
    },
    /// A token for a plain TAXII client of this partner
    Token {
        /// The partner
        name: String,
        /// Days that it is good for, 1 to 365
        #[arg(long, value_name = "N", conflicts_with_all = ["list", "revoke"])]
        days: Option<u32>,
        /// Show the tokens that there are, instead of making one
        #[arg(long, conflicts_with = "revoke")]
        list: bool,
        /// End the token that begins so, instead of making one
        #[arg(long, value_name = "BEGINNING")]
        revoke: Option<String>,
    },
    /// After a restore: ask a partner what it holds of our log, and let the exchange go on
    Resume {
        /// The partner
        name: String,
    },
    /// Cut a partner off
    Revoke {
        /// The partner
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Agreement {
    /// Print a draft to fill in
    New {
        /// Partner; may be repeated
        #[arg(long = "with", required = true, value_name = "PARTNER")]
        partners: Vec<String>,
        /// Title
        #[arg(long)]
        title: Option<String>,
        /// Treaty, law or memorandum that it rests on
        #[arg(long, value_name = "TEXT")]
        legal_basis: Option<String>,
        /// Draft with slots ({{parties}}, {{units}}…) to take instead of the police agreement
        #[arg(long, value_name = "FILE", conflicts_with = "model")]
        terms: Option<PathBuf>,
        /// Write terms and text of a model: police-cooperation, arms-traceability,
        /// financial-intelligence, cyber, multi-party, or FILE.toml with FILE.md beside it
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        /// Write to this file instead of printing (NAME.toml; of a model also NAME.md with the text)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check a draft, and the text beside it (the same name with .md)
    Check {
        /// The draft
        file: PathBuf,
    },
    /// Sign a draft file, or an agreement that a partner sent
    Sign {
        /// File, id or lineage
        agreement: String,
    },
    /// Read a signed agreement from a file
    Import {
        /// The file
        file: PathBuf,
    },
    /// Sign a later version of an agreement: an amendment or a renewal
    Amend {
        /// Id, lineage or title of what is amended
        agreement: String,
        /// The draft, with `amends` under `[agreement]`
        file: PathBuf,
    },
    /// Stop an agreement: nothing leaves under it until you resume
    Suspend {
        #[command(flatten)]
        words: Words,
        /// Tell nobody: what the others have they still see, nothing new leaves
        #[arg(long, conflicts_with_all = ["note", "effective"])]
        silent: bool,
    },
    /// End your own suspension of an agreement
    Resume(Words),
    /// End an agreement for good
    Terminate(Words),
    /// Judge what was said of an agreement with a key that others may have had by then
    Judge {
        /// Id, lineage or title
        agreement: String,
        /// The party said it: it counts
        #[arg(long, required_unless_present = "set_aside", conflicts_with = "set_aside")]
        confirm: bool,
        /// The party did not say it: it counts for nothing
        #[arg(long)]
        set_aside: bool,
        /// How you know, for your own log
        #[arg(long)]
        ground: Option<String>,
    },
    /// What is owed under agreements or after meetings
    #[command(subcommand)]
    Commitment(Commitment),
    /// Show all agreements or one
    Show {
        /// Id, lineage or title
        agreement: Option<String>,
        /// Only those that end within so many days
        #[arg(long, value_name = "DAYS", conflicts_with = "agreement")]
        expiring: Option<i64>,
        /// The compiled policies
        #[arg(long)]
        cedar: bool,
    },
    /// What would leave under a draft that does not leave now, and what would stay
    Replay {
        /// The draft
        file: PathBuf,
        /// Agreement to compare with (default: the newest in force with the same partner)
        #[arg(long, value_name = "AGREEMENT")]
        against: Option<String>,
    },
}

/// What is said about an agreement, and why.
#[derive(Debug, Args)]
pub(crate) struct Words {
    /// Id, lineage or title
    pub(crate) agreement: String,
    /// From when on it counts (default: at once): a date, or a time in UTC
    #[arg(long, value_name = "TIME")]
    pub(crate) effective: Option<String>,
    /// What the other parties are told about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// The reason, for this node's log only
    #[arg(long, value_name = "TEXT")]
    pub(crate) ground: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Commitment {
    /// Note a commitment; under an agreement it is sent to the parties
    Add {
        /// What is owed, in one sentence
        obligation: String,
        /// Agreement that it follows from: id, lineage or title
        #[arg(long)]
        agreement: Option<String>,
        /// Meeting at which it was made; shared with nobody
        #[arg(long, value_name = "ID", conflicts_with = "agreement")]
        meeting: Option<String>,
        /// Who owes: `own` (this node), or a party by name, country or key id
        #[arg(long, value_name = "PARTY")]
        owed_by: String,
        /// To whom; may be repeated (default: every other party)
        #[arg(long, value_name = "PARTY")]
        owed_to: Vec<String>,
        /// Day on which it is due: 2026-06-30, 2026-06, 2026
        #[arg(long, value_name = "DAY")]
        due: Option<String>,
        /// Clause of the agreement
        #[arg(long)]
        clause: Option<String>,
        /// information, answer, equipment, training, legal-act, appointment, report, payment, other
        #[arg(long)]
        kind: Option<String>,
    },
    /// All commitments, the first due first
    List {
        /// Only those of this agreement
        agreement: Option<String>,
        /// Only those that are overdue
        #[arg(long)]
        overdue: bool,
    },
    /// Say how a commitment of ours stands
    Done {
        /// The commitment
        id: String,
        /// met, partly-met, in-progress, open, waived, disputed, withdrawn
        #[arg(long, default_value = "met")]
        state: String,
        /// Object of ours that shows it; may be repeated, never leaves
        #[arg(long, value_name = "ID")]
        evidence: Vec<String>,
    },
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Release {
    #[command(subcommand)]
    pub(crate) step: Option<ReleaseStep>,
    /// Id, lineage or title of the agreement
    #[arg(long, required = true)]
    pub(crate) agreement: Option<String>,
    /// Objects to release, with everything they refer to
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// Purpose, one of the agreement's (default: its first)
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// Partner, where the agreement has several
    #[arg(long)]
    pub(crate) partner: Option<String>,
    /// Offence that it is about, where the agreement's assurances ask for one
    #[arg(long, value_name = "OFFENCE")]
    pub(crate) offence: Option<String>,
    /// Why it is transferred by way of exception, where that is the agreement's ground
    #[arg(long, value_name = "TEXT")]
    pub(crate) ground_reason: Option<String>,
    /// Named person of the partner's unit, where the agreement lets red leave to one
    #[arg(long, value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Show what would leave; write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseStep {
    /// All releases
    List,
    /// One release, object by object and field by field
    Show {
        /// The release
        id: String,
    },
    /// The flattened copy of a document, as the partner would get it, to a new file
    Copy {
        /// The artifact
        id: String,
        /// The file to write; must not exist
        #[arg(long, value_name = "OUT")]
        file: PathBuf,
    },
    /// Approve a draft
    Approve {
        /// The release
        id: String,
        /// Later changes of its objects may follow, if they show no other field
        #[arg(long)]
        follow: bool,
        /// Protected persons are in it, and it is to leave all the same
        #[arg(long)]
        confirm_protected: bool,
    },
    /// Put an approved release where the partner fetches it
    Send {
        /// The release
        id: String,
        /// Also write it, encrypted to the partner, to this file or under a new name in this
        /// folder; a release that was sent before is written again
        #[arg(long, value_name = "OUT")]
        file: Option<PathBuf>,
        /// In the partner's next slot, with the updates, instead of at once
        #[arg(long, conflicts_with = "file")]
        slot: bool,
    },
    /// Changes that partners would see: waiting for their slot, or for a person
    Updates {
        /// Let out at once what waits for its slot
        #[arg(long)]
        now: bool,
    },
    /// What became of it: fetched, receipt, recalled
    Status {
        /// The release; default all
        id: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inbox {
    /// What came in
    List,
    /// One delivery with its objects
    Show {
        /// Release-record
        id: String,
    },
    /// Hold it and send the receipt
    Accept {
        /// Release-record, or `all`
        id: String,
    },
    /// Refuse it
    Reject {
        /// Release-record
        id: String,
        /// The reason, for this node's log only
        #[arg(long, value_name = "TEXT")]
        ground: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Sign the logs as they stand
    Checkpoint,
    /// Verify a copied log, or this node's own logs
    Verify {
        /// Folder that `ledger export` wrote
        dir: Option<PathBuf>,
        /// Card of a node whose keys may have signed; may be repeated. Without, the keys in the
        /// folder itself are taken
        #[arg(long = "card", value_name = "CARD")]
        cards: Vec<PathBuf>,
    },
    /// Write all logs to a folder
    Export {
        /// New or empty folder
        dir: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    use super::*;

    /// clap gives an argument of a verb to a global one of the same name.
    fn no_name_twice(command: &Command, globals: &[String]) {
        for verb in command.get_subcommands() {
            for argument in verb.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(!globals.iter().any(|g| g == name), "{}: `{name}`", verb.get_name());
            }
            no_name_twice(verb, globals);
        }
    }

    #[test]
    fn no_argument_of_a_verb_stands_for_a_global_one() {
        let cli = Cli::command();
        let globals: Vec<String> =
            cli.get_arguments().map(|argument| argument.get_id().to_string()).collect();
        assert!(globals.contains(&"account".to_owned()));
        no_name_twice(&cli, &globals);
    }
}
