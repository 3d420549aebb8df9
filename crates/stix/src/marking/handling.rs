//! Our handling marking (`schemas/handling.json`): a colour, Europol handling codes, recipients,
//! caveats, purposes, an onward rule, a date of deletion and a permissible-actions colour.

use serde_json::{Map, Value};

use super::body::Body;
use super::{Effective, Tlp};

/// Europol handling codes (H0 least strict); H3 is free text and read as strictest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Handling {
    /// Only to prevent and combat crime.
    H0,
    /// Not in court without the originator's permission.
    H1,
    /// No dissemination without the originator's permission.
    H2,
    /// Other restrictions.
    H3,
}

/// Whether the recipient may pass it on, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Onward {
    /// With the originator's consent.
    WithConsent,
    /// To nobody.
    Never,
}

/// Permissible Actions Protocol: what may be done with it, mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Pap {
    /// Any action (`white` in the first version).
    Clear,
    /// Actions that a subject may notice, such as blocking.
    Green,
    /// Passive look-ups that no subject can see.
    Amber,
    /// Own stored data only; nothing a subject could see.
    Red,
}

impl Onward {
    /// Reads `none`, `with-consent`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "with-consent" => Some(Self::WithConsent),
            "none" => Some(Self::Never),
            _ => None,
        }
    }
}

impl Pap {
    /// `clear`, `green`, `amber`, `red`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }

    /// Reads `clear` (also `white`), `green`, `amber`, `red`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "clear" | "white" => Some(Self::Clear),
            "green" => Some(Self::Green),
            "amber" => Some(Self::Amber),
            "red" => Some(Self::Red),
            _ => None,
        }
    }
}

const MEMBERS: &[&str] = &[
    "extension_type",
    "tlp",
    "handling",
    "releasable_to",
    "caveats",
    "purposes",
    "onward",
    "onward_recipients",
    "retention_until",
    "retention_days",
    "review_due",
    "conditions",
    "pap",
    // Says by which clause it was stamped, and asks for nothing.
    "clause",
];

/// Reads the body of the extension. A list that cannot be read names nobody and nothing, a colour
/// or rule that cannot be read is the strictest: it closes, it never opens.
pub(super) fn read(members: &Map<String, Value>) -> Effective {
    let mut body = Body::new("handling", members);
    body.only(MEMBERS);
    let tlp = members.get("tlp").and_then(Value::as_str).and_then(Tlp::from_name);
    let mut handling: Vec<Handling> =
        body.texts("handling").unwrap_or_default().iter().map(|code| code_of(code)).collect();
    handling.sort();
    handling.dedup();
    let mut effective = Effective {
        tlp: Some(tlp.unwrap_or(Tlp::Red)),
        handling,
        caveats: body.texts("caveats").unwrap_or_default(),
        releasable_to: body.texts("releasable_to"),
        purposes: body.texts("purposes"),
        retention_until: body.time("retention_until"),
        retention_days: body.days("retention_days"),
        review_due: body.time("review_due"),
        conditions: body.text("conditions").map(str::to_owned).into_iter().collect(),
        ..Effective::default()
    };
    if body.get("onward").is_some() {
        effective.onward = Some(body.code("onward", Onward::from_name).unwrap_or(Onward::Never));
    }
    let in_advance = body.texts("onward_recipients");
    effective.onward_recipients = match effective.onward {
        // Who consents in advance says so; a rule without a list consents to nobody.
        Some(Onward::Never) => Some(Vec::new()),
        Some(Onward::WithConsent) => Some(in_advance.unwrap_or_default()),
        None => in_advance,
    };
    if body.get("pap").is_some() {
        effective.pap = Some(body.code("pap", Pap::from_name).unwrap_or(Pap::Red));
    }
    effective.refuse(body.into_unread());
    effective
}

fn code_of(code: &str) -> Handling {
    match code {
        "H0" => Handling::H0,
        "H1" => Handling::H1,
        "H2" => Handling::H2,
        _ => Handling::H3,
    }
}
