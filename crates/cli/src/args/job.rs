//! `job`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// What takes long, the newest first
    List,
    /// How far a job is, and what it found
    Show {
        /// Its id
        id: String,
    },
    /// Stop a job before its next step; what was done stays
    Cancel {
        /// Its id
        id: String,
    },
}
