//! Verbs about consent.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Consent {
    /// Ask the originator of received objects
    Ask {
        /// Objects that one partner released to us
        #[arg(required = true)]
        ids: Vec<String>,
        /// onward, evidence or other-purpose
        #[arg(long, default_value = "onward")]
        kind: String,
        /// To whom: a partner, a key id, or a class of recipients; for evidence the proceedings
        #[arg(long, value_name = "RECIPIENT")]
        to: Option<String>,
        /// For what
        #[arg(long)]
        purpose: String,
        /// Until when it is needed
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
    /// Consent: to an ask, or unasked under an agreement
    Grant(Grant),
    /// Refuse an ask
    Refuse {
        /// The ask
        request: String,
        /// What the partner is told
        #[arg(long, value_name = "TEXT")]
        ground: Option<String>,
    },
    /// Withdraw a consent of ours: what was passed on by it is recalled
    Withdraw {
        /// The consent
        consent: String,
        /// What the partner is told
        #[arg(long, value_name = "TEXT")]
        ground: Option<String>,
    },
    /// Asked of us, asked by us, given and received unasked
    List,
    /// What may be done with an object, and why
    Show {
        /// The object
        id: String,
        /// Purpose (default: that of its release)
        #[arg(long)]
        purpose: Option<String>,
        /// Proceedings in which it would be evidence
        #[arg(long, value_name = "TEXT")]
        proceedings: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// The ask
    #[arg(required_unless_present = "agreement", conflicts_with = "agreement")]
    pub(crate) request: Option<String>,
    /// First instant at which it no longer holds: 2027-01-31
    #[arg(long, value_name = "TIME")]
    pub(crate) until: String,
    /// A copy with less in it may be passed on
    #[arg(long)]
    pub(crate) redacted: bool,
    /// How we are named in such a copy (default: by our name)
    #[arg(long, value_name = "NAME", requires = "redacted")]
    pub(crate) named_as: Option<String>,
    /// Unasked: agreement under which it was released
    #[arg(long, requires = "purpose")]
    pub(crate) agreement: Option<String>,
    /// Unasked: partner, where the agreement has several
    #[arg(long, requires = "agreement")]
    pub(crate) partner: Option<String>,
    /// Unasked: onward, evidence or other-purpose
    #[arg(long, default_value = "onward")]
    pub(crate) kind: String,
    /// Unasked: an object of ours; may be repeated
    #[arg(long = "object", value_name = "ID", requires = "agreement")]
    pub(crate) ids: Vec<String>,
    /// Unasked: everything of a type; may be repeated
    #[arg(long = "type", value_name = "TYPE", requires = "agreement")]
    pub(crate) types: Vec<String>,
    /// Unasked: to whom: a partner, a key id or a class of recipients; for evidence the proceedings
    #[arg(long, value_name = "RECIPIENT", requires = "agreement")]
    pub(crate) to: Option<String>,
    /// Unasked: for what
    #[arg(long, requires = "agreement")]
    pub(crate) purpose: Option<String>,
}
