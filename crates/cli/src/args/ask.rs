//! `ask`: hit or no hit.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Whom to ask; several times for several (default: everyone whose agreement opens it)
    #[arg(long = "partner", value_name = "P")]
    pub(crate) partners: Vec<String>,
    /// What for, as the agreement names it
    #[arg(long, value_name = "U")]
    pub(crate) purpose: String,
    /// Number of the case (default: a number of its own)
    #[arg(long = "case", value_name = "C")]
    pub(crate) case: Option<String>,
    /// Birth date of a person: YYYY-MM-DD, or YYYY
    #[arg(long, value_name = "DATE")]
    pub(crate) birth_date: Option<String>,
    /// Maker of a firearm: it is never found by its serial alone
    #[arg(long)]
    pub(crate) maker: Option<String>,
    /// Model of a firearm
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Calibre of a firearm
    #[arg(long)]
    pub(crate) calibre: Option<String>,
    /// Country of a number plate, telephone number or document
    #[arg(long, value_name = "CC")]
    pub(crate) country: Option<String>,
    /// Which document or register: passport, national-id
    #[arg(long)]
    pub(crate) scheme: Option<String>,
    /// Beginning of a planned operation, whose place is the value: LATITUDE,LONGITUDE, a southern one
    /// behind `--`
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Its end
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// How wide around the place, in metres (at most 2000)
    #[arg(long, value_name = "METRES")]
    pub(crate) radius: Option<String>,
    /// A watchlist: CSV with the columns kind, value, birth_date, maker, model, calibre, country,
    /// scheme
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "value"])]
    pub(crate) list: Option<PathBuf>,
    /// person, operation, a kind of identifier (phone, iban, firearm-serial…), or object
    #[arg(required_unless_present = "list")]
    pub(crate) kind: Option<String>,
    /// The value, or the id of an object held here
    #[arg(required_unless_present = "list")]
    pub(crate) value: Option<String>,
}
