//! `feed`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Feed {
    /// Add a feed; `serve` runs it from then on
    Add(Box<FeedAdd>),
    /// All feeds: how they are, when they last went through, when they run next
    List,
    /// Run feeds now, in this process; exit 1 if one fails
    Run {
        /// One feed (default: all that are not paused)
        name: Option<String>,
    },
    /// Let a feed rest
    Pause {
        /// The feed
        name: String,
    },
    /// Let a feed go on, at once
    Resume {
        /// The feed
        name: String,
    },
    /// Remove a feed and its credentials; what it brought stays
    Remove {
        /// The feed
        name: String,
    },
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("secret").multiple(false)))]
#[command(group(ArgGroup::new("given").multiple(false)))]
pub(crate) struct FeedAdd {
    /// Its name: a-z, 0-9, `-`, `_`, `.`
    pub(crate) name: String,
    /// Discovery, API root or collection of a TAXII 2.1 server
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// The collection there, by id, alias or title
    #[arg(long, value_name = "C")]
    pub(crate) collection: Option<String>,
    /// User name, with --password-file
    #[arg(long, requires = "password_file")]
    pub(crate) user: Option<String>,
    /// File with the password in its first line; `-` reads it from the input
    #[arg(long, value_name = "FILE", requires = "user", group = "secret")]
    pub(crate) password_file: Option<PathBuf>,
    /// File with a token in its first line; `-` reads it from the input
    #[arg(long, value_name = "FILE", group = "secret")]
    pub(crate) token_file: Option<PathBuf>,
    /// The word in front of the token
    #[arg(long, default_value = "bearer", value_parser = ["bearer", "token"])]
    pub(crate) token_scheme: String,
    /// Our certificate for this server, PEM, with --key
    #[arg(long, value_name = "FILE", requires = "key", group = "secret")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Certificates that sign the server's, PEM, instead of the public authorities
    #[arg(long, value_name = "FILE", conflicts_with = "pin")]
    pub(crate) ca: Option<PathBuf>,
    /// SHA-256 of the server's certificate, instead of the public authorities
    #[arg(long, value_name = "SHA256")]
    pub(crate) pin: Option<String>,
    /// Minutes between two runs (default: 15)
    #[arg(long, value_name = "MIN")]
    pub(crate) every: Option<u32>,
    /// Objects of a page, at most
    #[arg(long, value_name = "N")]
    pub(crate) page: Option<usize>,
    /// TLP of objects that bear no marking (default: amber)
    #[arg(long, value_name = "M", conflicts_with_all = ["into_collection", "from_collection", "agreement"])]
    pub(crate) marking: Option<String>,
    /// Compartment that the objects go into; needs --as with a member of it
    #[arg(long, value_name = "NAME", conflicts_with_all = ["into_collection", "from_collection", "agreement"])]
    pub(crate) compartment: Option<String>,
    /// Add what comes to this plain collection, as --account, instead of holding it
    #[arg(long, value_name = "NAME", group = "given", requires = "holder")]
    pub(crate) into_collection: Option<String>,
    /// Give to the server instead of asking it: --from-collection, or --agreement with --partner
    #[arg(long)]
    pub(crate) push: bool,
    /// Give what is in this plain collection, read as --account
    #[arg(long, value_name = "NAME", group = "given", requires_all = ["push", "holder"])]
    pub(crate) from_collection: Option<String>,
    /// Give what --partner may fetch under this agreement
    #[arg(long, value_name = "A", group = "given", requires_all = ["push", "partner"])]
    pub(crate) agreement: Option<String>,
    /// The partner whose server it is
    #[arg(long, value_name = "P", requires = "agreement")]
    pub(crate) partner: Option<String>,
    /// The account with a right to our collection
    // `account` is the name of `--as` in every command.
    #[arg(long = "account", value_name = "ACCOUNT")]
    pub(crate) holder: Option<String>,
}
