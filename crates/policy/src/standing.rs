//! Standing rules: what is selected for release without a pick.
//!
//! Selection discloses: that an object came at all tells what the rule read of it. So a rule may
//! read only what it also releases; otherwise a person decides on each selection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Terms;
use crate::kinds::identifier_paths;

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
    ///
    /// An object may still bear a property that the rule reads under a stricter marking of its
    /// own: whoever carries out the rule reads the finished twin.
    pub fn reads_only_what_leaves(&self, terms: &Terms) -> bool {
        self.unreleased(terms).is_empty()
    }

    /// The properties that the rule reads and that the agreement does not release whole.
    pub fn unreleased(&self, terms: &Terms) -> Vec<&str> {
        let fields = terms.fields.get(&self.kind);
        let listed = |list: Option<&Vec<String>>, test: &dyn Fn(&str) -> bool| {
            list.is_some_and(|paths| paths.iter().any(|path| test(path)))
        };
        let apart = |one: &str, other: &str| !covers(one, other) && !covers(other, one);
        let mut unnamed = identifier_paths(&self.kind)
            .filter(|(_, identifier)| !terms.identifiers.allowed.iter().any(|a| a == identifier))
            .map(|(path, _)| path)
            .collect::<Vec<_>>();
        unnamed.retain(|path| self.has.keys().any(|read| !apart(read, path)));
        let leaves = |path: &&str| {
            let kept = listed(fields.map(|f| &f.keep), &|keep| covers(keep, path));
            let cut = listed(fields.map(|f| &f.drop), &|drop| !apart(drop, path));
            kept && !cut && unnamed.iter().all(|identifier| apart(identifier, path))
        };
        self.has.keys().map(String::as_str).filter(|path| !leaves(path)).collect()
    }
}

/// Whether `path` is `whole` or lies below it.
fn covers(whole: &str, path: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
