//! Standing rules: what is selected for release without a pick.
//!
//! Selection discloses: that an object came at all tells what the rule read of it. So a rule may
//! read only what it also releases; otherwise a person decides on each selection.

use std::collections::BTreeMap;

use enlace_stix::{Object, types};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::MaskTable;
use crate::{Mask, kinds};

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

/// A standing rule of a compiled agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The rule.
    pub rule: StandingRule,
    /// Properties that it reads and that no clause keeps whole.
    pub unreleased: Vec<String>,
    /// Whether a person decides on each selection: there are such properties.
    ///
    /// Where there are none, an object may still bear a property that it reads under a stricter
    /// marking of its own: whoever carries out the rule asks a person unless the twin has each of
    /// them as it is.
    pub by_person: bool,
}

impl StandingRule {
    /// Whether it selects an object: of its type, with one of the values at each path. Lists are
    /// looked through; numbers and flags count as their text.
    pub fn selects(&self, object: &Object) -> bool {
        let view = object.view();
        object.kind() == self.kind
            && self.has.iter().all(|(path, values)| {
                let (first, rest) = path.split_once('.').unwrap_or((path, ""));
                match kinds::extensions().find(|name| *name == first) {
                    Some(name) => object
                        .extension(&types::definition_id(name))
                        .and_then(|body| body.get(rest.split('.').next()?))
                        .is_some_and(|value| has_one(value, after(rest), values)),
                    None => view.get(first).is_some_and(|value| has_one(value, rest, values)),
                }
            })
    }

    pub(crate) fn compile(self, masks: &MaskTable) -> Standing {
        let kept = |path: &str| *masks.mask(&self.kind, path).0 == Mask::Keep;
        let unreleased: Vec<String> = self.has.keys().filter(|p| !kept(p)).cloned().collect();
        Standing { by_person: !unreleased.is_empty(), unreleased, rule: self }
    }
}

/// What stands behind the first part of a path.
fn after(path: &str) -> &str {
    path.split_once('.').map_or("", |(_, rest)| rest)
}

fn has_one(value: &Value, path: &str, values: &[String]) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| has_one(item, path, values)),
        Value::Object(members) => {
            let name = path.split('.').next().unwrap_or_default();
            members.get(name).is_some_and(|value| has_one(value, after(path), values))
        }
        _ if !path.is_empty() => false,
        Value::String(text) => values.contains(text),
        Value::Null => false,
        other => values.contains(&other.to_string()),
    }
}
