//! Verbs about a danger to life.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Danger {
    /// Send a warning now; a second person looks at it within 24 hours
    Release {
        /// Name, country or key id of the one partner; needs no agreement
        #[arg(long)]
        partner: String,
        /// threat-to-life, hostage-taking, kidnapping, armed-attack, explosives, poisoning
        #[arg(long)]
        reason: String,
        /// What the partner reads, written for it; a source's name is refused
        #[arg(long, conflicts_with = "text_file", required_unless_present = "text_file")]
        text: Option<String>,
        /// The same from a file
        #[arg(long, value_name = "FILE")]
        text_file: Option<PathBuf>,
        /// Why you decide so; stays here, never logged
        #[arg(long, default_value = "")]
        why: String,
        /// Show what would leave, and send nothing
        #[arg(long, conflicts_with = "confirm")]
        dry_run: bool,
        /// A life is in danger, and this is to leave without an agreement
        #[arg(long)]
        confirm: bool,
        /// Exactly these objects, each with the fewest fields; what they refer to stays
        ids: Vec<String>,
    },
    /// Warnings of ours and of partners
    List,
    /// Say what the second person found: confirmed or recalled
    Review {
        /// The warning
        id: String,
        /// confirmed, or recalled: it is taken back
        outcome: String,
        /// What is to be kept with it
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Take a warning back; needs one person
    Recall {
        /// The warning
        id: String,
    },
    /// Take note of a partner's warning
    Seen {
        /// The warning
        id: String,
    },
}
