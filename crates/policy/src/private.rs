//! Rules of this node that stand beside every agreement and can only forbid.

use serde::{Deserialize, Serialize};

/// The node's own rules: some are always there, these are added by configuration.
///
/// Always there: an identified source, what an officer holds back, an unknown marking or
/// extension, conditions in words, a missing TLP marking, TLP:RED, another agency's object without
/// its consent, a person whose category nobody stated, recipients and purposes named by a marking,
/// a day of deletion that has come or of review that is past, revoked objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivateRules {
    /// More prohibitions.
    pub forbid: Vec<Forbid>,
}

/// One prohibition; every condition given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Forbid {
    /// Short name, shown as `private.NAME`: lower-case letters, digits, `-`.
    pub name: String,
    /// Object type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Caveat of the effective marking.
    pub caveat: Option<String>,
    /// Category of a natural person.
    pub category: Option<String>,
    /// Recipient: key id, id of its identity, or country.
    pub partner: Option<String>,
    /// Purpose of the release.
    pub purpose: Option<String>,
}

impl Forbid {
    pub(crate) fn code(&self) -> &'static str {
        match (&self.category, &self.caveat, &self.kind) {
            (Some(_), ..) => "private-category",
            (None, Some(_), _) => "private-caveat",
            (None, None, Some(_)) => "private-type",
            (None, None, None) => "private-rule",
        }
    }
}
