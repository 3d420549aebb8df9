//! STIX 2.0 objects become STIX 2.1 objects; STIX 1.x is told apart.
//!
//! [`object`] upgrades one object: the same id and the same `modified` in the words of 2.1, behind
//! it the cyber-observables that 2.0 kept inside an `observed-data`, and a [`Change`] for every
//! difference. What 2.1 has no place for stays in the object under the name `x_stix20_` + path.
//! [`list`] upgrades a whole file, so that an observable seen in several places gets the markings
//! of all of them. [`version_1`] names STIX 1.x, which is not read.
//!
//! Everything is a function of the arguments: the same text gives the same objects, ids included.
//! The differences of the two versions, one by one: docs/stix/upgrade.md.
//!
//! ```
//! use enlace_stix::upgrade;
//! let view = serde_json::json!({"type": "tool", "labels": ["remote-access"], "name": "Ganzúa",
//!   "id": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
//!   "created": "2018-04-06T20:03:48.000Z", "modified": "2018-04-06T20:03:48.000Z"});
//! let upgraded = upgrade::object(view.as_object().unwrap());
//! assert_eq!(upgraded.objects[0]["tool_types"][0], "remote-access");
//! assert_eq!(upgraded.changes[1].path_after, "tool_types");
//! ```

mod collisions;
mod container;
mod domain;
mod draft;
mod hashes;
mod languages;
mod observable;
mod rules;
mod selector;
mod unite;
mod version_1;

use serde_json::{Map, Value};

use draft::Draft;
pub use rules::{RULES, Rule};
pub use version_1::{Version1, version_1, version_1_json};

/// One difference between the 2.0 object and what it became.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Which of [`Upgraded::objects`] the new path is in.
    pub object: usize,
    /// Where it stood in the 2.0 object, as a selector; empty for what is new.
    pub path_before: String,
    /// Where it stands now, as a selector; empty for what has no place of its own.
    pub path_after: String,
    /// Stable code of the rule: `stix20.labels`.
    pub rule: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// What became of one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Upgraded {
    /// The object, then the cyber-observables that it contained, in their order.
    pub objects: Vec<Map<String, Value>>,
    /// Every difference; empty for an object that is no STIX 2.0.
    pub changes: Vec<Change>,
}

/// Whether an object is STIX 2.0: it says so, or it is of a kind that must say otherwise and does
/// not. (An SCO without `spec_version` is 2.1, §3.2.)
pub fn is_2_0(view: &Map<String, Value>) -> bool {
    let Some(kind) = view.get("type").and_then(Value::as_str) else { return false };
    match view.get("spec_version") {
        Some(version) => version == "2.0" && kind != "bundle",
        None => unsaid(kind, view),
    }
}

/// Whether an object of this type that does not say its version is one of 2.0.
fn unsaid(kind: &str, view: &Map<String, Value>) -> bool {
    if domain::TYPES.contains(&kind) {
        return true;
    }
    // Names to which 2.1 gave a meaning: without a version they are faulty 2.1, not custom 2.0.
    let of_2_1 = domain::TYPES_OF_2_1.contains(&kind) || observable::TYPES.contains(&kind);
    let versioned = view.contains_key("created") && view.contains_key("modified");
    !of_2_1 && versioned && !extended(view)
}

/// Whether an object carries an extension in the way of 2.1.
fn extended(view: &Map<String, Value>) -> bool {
    let extensions = view.get("extensions").and_then(Value::as_object);
    extensions.is_some_and(|e| e.keys().any(|key| key.starts_with("extension-definition--")))
}

/// Upgrades one object. An object that is no STIX 2.0 comes back as it is, without changes; so
/// does the result of an upgrade.
///
/// What is wrong by the rules of 2.0 is neither mended nor hidden: it is for
/// [`validate`](crate::validate) to find in the result.
pub fn object(view: &Map<String, Value>) -> Upgraded {
    if !is_2_0(view) {
        return Upgraded { objects: vec![view.clone()], changes: Vec::new() };
    }
    if !bearable(view) {
        return left(view);
    }
    let mut draft = Draft::new(view.clone(), "");
    collisions::settle(&mut draft);
    draft.set("spec_version", Value::from("2.1"), rules::SPEC_VERSION);
    let kind = view.get("type").and_then(Value::as_str).unwrap_or_default();
    let parts = if observable::TYPES.contains(&kind) {
        observable::upgrade(kind, &mut draft);
        Vec::new()
    } else {
        domain::upgrade(kind, &mut draft);
        container::split(&mut draft)
    };
    let mut upgraded = Upgraded::default();
    for (object, draft) in std::iter::once(draft).chain(parts).enumerate() {
        let (view, changes) = draft.finish();
        upgraded.objects.push(view);
        upgraded.changes.extend(changes.into_iter().map(|c| Change { object, ..c }));
    }
    upgraded
}

/// Most markings that are written on parts: each of so many on each of so many.
const MOST_MARKINGS: usize = 200_000;

/// Whether the markings can be carried to where their parts go. Without a limit an object of a few
/// megabytes, all of it markings and members, would become one of many gigabytes.
fn bearable(view: &Map<String, Value>) -> bool {
    let length = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
    let granular = view.get("granular_markings").and_then(Value::as_array).into_iter().flatten();
    let selectors: usize = granular.map(|marking| length(marking.get("selectors"))).sum();
    let members = view.get("objects").and_then(Value::as_object).map_or(0, Map::len);
    let parts = members + length(view.get("external_references"));
    let markings = selectors + length(view.get("object_marking_refs"));
    parts.saturating_mul(markings) <= MOST_MARKINGS
}

fn left(view: &Map<String, Value>) -> Upgraded {
    let rules::Rule { code: rule, reason } = rules::TOO_MANY;
    let (path_before, path_after) = (String::new(), String::new());
    let change = Change { object: 0, path_before, path_after, rule, reason };
    Upgraded { objects: vec![view.clone()], changes: vec![change] }
}

/// Upgrades the objects of one file, one result each.
///
/// The same cyber-observable can come out of several `observed-data` with different markings; each
/// copy gets the markings of all, so that the strictest holds whichever is looked at.
pub fn list(views: &[Map<String, Value>]) -> Vec<Upgraded> {
    let mut all: Vec<Upgraded> = views.iter().map(object).collect();
    unite(&mut all);
    all
}

/// The second half of [`list`], for those who upgrade one by one.
pub fn unite(all: &mut [Upgraded]) {
    unite::markings(all);
}
