//! Verbs about joint cases.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Case {
    /// Propose a case to parties of an agreement
    New {
        /// The agreement
        #[arg(long)]
        agreement: String,
        /// Another side; several times for several (default: every party)
        #[arg(long = "partner", value_name = "P")]
        partners: Vec<String>,
        /// A purpose of the agreement
        #[arg(long, value_name = "U")]
        purpose: String,
        /// Its number
        #[arg(long)]
        number: String,
        /// What it is called
        title: String,
    },
    /// The cases that the account works on
    List,
    /// One case: sides, tasks, thread, what was shared
    Show {
        /// The case
        id: String,
    },
    /// Take part
    Accept {
        /// The case
        id: String,
    },
    /// Do not take part
    Decline {
        /// The case
        id: String,
        /// Words for the other sides
        #[arg(long)]
        text: Option<String>,
    },
    /// Take part no longer
    Withdraw {
        /// The case
        id: String,
        /// Words for the other sides
        #[arg(long)]
        text: Option<String>,
    },
    /// Name a member to the other sides, or end its work
    Member {
        /// The case
        id: String,
        /// The account here
        // Not `account`: that is the global `--as`.
        member: String,
        /// As the other sides read it: an office, a number of service or a name
        #[arg(long, required_unless_present = "out")]
        shown: Option<String>,
        /// lead, investigator, analyst, liaison, prosecutor, exhibit-officer, expert, interpreter,
        /// observer
        #[arg(long, default_value = "investigator")]
        role: String,
        /// It works on the case no longer, and sees it no longer
        #[arg(long)]
        out: bool,
    },
    /// Give a task, or say how far it is
    Task {
        /// The case
        id: String,
        /// What is to be done; with --state the task's id
        task: String,
        /// The side that is to do it (default: we)
        #[arg(long, value_name = "P")]
        to: Option<String>,
        /// By when
        #[arg(long, value_name = "DATE")]
        due: Option<String>,
        /// taken, done, dropped
        #[arg(long, conflicts_with_all = ["to", "due"])]
        state: Option<String>,
    },
    /// Say something to the other sides
    Say {
        /// The case
        id: String,
        /// The words
        text: String,
    },
    /// Share what was released: it counts as of the case
    Share {
        /// The case
        id: String,
        /// The release, sent to a side under the agreement of the case
        release: String,
    },
    /// Name something that was shared as an exhibit
    Exhibit {
        /// The case
        id: String,
        /// The object
        object: String,
        /// Its number
        #[arg(long)]
        number: String,
    },
    /// Put objects into our own file of the case; nobody else learns of it
    File {
        /// The case
        id: String,
        /// The objects
        #[arg(required = true)]
        objects: Vec<String>,
        /// Take them out instead
        #[arg(long)]
        out: bool,
    },
    /// Close the case; only the side that opened it
    Close {
        /// The case
        id: String,
        /// Words for the other sides
        #[arg(long)]
        text: Option<String>,
    },
}
