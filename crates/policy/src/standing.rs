//! Standing rules: what is selected for release without a pick.

use std::collections::BTreeMap;

use crate::Terms;
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

impl StandingRule {
    /// Whether the rule reads only what the agreement also releases whole. Else its selection tells
    /// the recipient something that no object says, and a person decides on each.
    pub fn reads_only_what_leaves(&self, terms: &Terms) -> bool {
        let Some(fields) = terms.fields.get(&self.kind) else { return self.has.is_empty() };
        let covers = |whole: &str, path: &str| {
            path == whole || path.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'))
        };
        self.has.keys().all(|path| {
            let kept = fields.keep.iter().any(|keep| covers(keep, path));
            let cut = fields.drop.iter().any(|drop| covers(drop, path) || covers(path, drop));
            kept && !cut
        })
    }
}
