//! Standing rules: what is selected for release without a pick.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A rule that selects objects for release as they come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingRule {
    /// Clause number.
    pub clause: String,
    /// Short name, of its own: lower-case letters, digits, `-`.
    pub name: String,
    /// Object type that it selects.
    #[serde(rename = "type")]
    pub kind: String,
    /// For each property path the values of which it must have one. Absent: every object of the
    /// type.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub has: BTreeMap<String, Vec<String>>,
    /// Purpose of the release.
    pub purpose: String,
}
