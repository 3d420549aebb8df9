//! `collection`.

use clap::{ArgGroup, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Collection {
    /// Make a plain collection; nobody has a right to it yet
    Create {
        /// Its name
        name: String,
    },
    /// All plain collections: what is in them, who may what
    List,
    /// Say what an account may do with a collection from now on
    #[command(group(ArgGroup::new("right").required(true).multiple(true)))]
    Grant {
        /// Name or id of the collection
        collection: String,
        /// The account: of a tool, or of a person who may see content
        // `account` is the name of `--as` in every command.
        #[arg(value_name = "ACCOUNT")]
        holder: String,
        /// Read its objects
        #[arg(long, group = "right")]
        read: bool,
        /// Add objects; with --read also delete them
        #[arg(long, group = "right")]
        write: bool,
        /// Neither any more
        #[arg(long, group = "right", conflicts_with_all = ["read", "write"])]
        none: bool,
    },
}
