//! What the policy needs to know of an object.

use enlace_policy::{Evaluation, Facts, age_days};
use enlace_stix::marking::{Markings, of_every_property};
use enlace_stix::{Object, types};
use serde_json::Value;

/// Categories of data subjects that a person can have stated.
const CATEGORIES: &[&str] =
    &["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"];

/// The facts about an original at `now_us` (microseconds since the epoch); `own`: this node is its
/// originator; `definition` finds marking definitions by id.
pub fn facts<'a>(
    object: &Object,
    own: bool,
    now_us: i64,
    definition: &'a dyn Fn(&str) -> Option<&'a Object>,
) -> Facts {
    facts_with(object, own, now_us, &of_every_property(object, definition))
}

pub(crate) fn facts_with(
    object: &Object,
    own: bool,
    now_us: i64,
    markings: &Markings<'_>,
) -> Facts {
    let person = object.extension(&types::definition_id("person"));
    Facts {
        kind: object.kind().to_owned(),
        marking: markings.object().clone(),
        natural_person: person.is_some() || may_be_person(object),
        categories: person.and_then(|p| p.get("subject_categories")).map_or(vec![], categories),
        own,
        consented: false,
        document: object.kind() == "artifact",
        flattened: false,
        revoked: object.revoked(),
        held_back: false,
        evaluation: Evaluation::of(object),
        age_days: age_days(object, now_us),
    }
}

/// An identity is taken for a person unless something says that it is none.
fn may_be_person(object: &Object) -> bool {
    let collective = ["group", "system", "organization", "class"];
    let marked = |name: &str| object.extension(&types::definition_id(name)).is_some();
    object.kind() == "identity"
        && match object.text("identity_class") {
            Some(class) => !collective.contains(&class),
            None => !marked("organization") && !marked("criminal-group"),
        }
}

/// Stated categories, sorted; what cannot be read is `unknown`, which no clause allows.
fn categories(value: &Value) -> Vec<String> {
    let unknown = || vec!["unknown".to_owned()];
    let Some(items) = value.as_array() else { return unknown() };
    let name = |item: &Value| {
        let name = item.get("category").and_then(Value::as_str);
        name.filter(|n| CATEGORIES.contains(n)).unwrap_or("unknown").to_owned()
    };
    let mut found: Vec<String> = items.iter().map(name).collect();
    found.sort();
    found.dedup();
    found
}
