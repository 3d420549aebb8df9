//! What the policy needs to know of an object.

use std::sync::LazyLock;

use enlace_policy::{Evaluation, Facts, age_days};
use enlace_stix::marking::{Markings, of_every_property};
use enlace_stix::{Object, types};
use serde_json::Value;

use crate::plan::{Candidate, Consent};

/// Categories of data subjects that a person can have stated.
const CATEGORIES: &[&str] =
    &["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"];

pub(crate) static PERSON: LazyLock<String> = LazyLock::new(|| types::definition_id("person"));
static COLLECTIVE: LazyLock<[String; 2]> =
    LazyLock::new(|| ["organization", "criminal-group"].map(types::definition_id));

/// The facts about an original at `now_us` (microseconds since the epoch); `own`: this node is its
/// originator; `definition` finds marking definitions by id.
///
/// Consent, hold and copy are those of a [`Candidate`]: [`facts_of`] reads them too.
pub fn facts<'a>(
    object: &Object,
    own: bool,
    now_us: i64,
    definition: &'a dyn Fn(&str) -> Option<&'a Object>,
) -> Facts {
    facts_with(object, own, now_us, &of_every_property(object, definition))
}

/// The facts about a candidate, with what was said of it for this release.
pub fn facts_of(candidate: &Candidate, now_us: i64, markings: &Markings<'_>) -> Facts {
    Facts {
        consented: !candidate.own && candidate.consent != Consent::None,
        flattened: candidate.flattened.is_some(),
        held_back: candidate.held_back,
        ..facts_with(&candidate.object, candidate.own, now_us, markings)
    }
}

fn facts_with(object: &Object, own: bool, now_us: i64, markings: &Markings<'_>) -> Facts {
    let person = object.extension(&PERSON);
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
pub(crate) fn may_be_person(object: &Object) -> bool {
    let collective = ["group", "system", "organization", "class"];
    object.kind() == "identity"
        && match object.text("identity_class") {
            Some(class) => !collective.contains(&class),
            None => !COLLECTIVE.iter().any(|id| object.extension(id).is_some()),
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
