//! Recall: the last version of a twin, empty and revoked.

use enlace_policy::kinds::{self, Family};
use enlace_stix::{Object, Timestamp};
use serde_json::{Map, Value, json};

use crate::build::valid;
use crate::plan::Previous;
use crate::seal::{Released, To};

/// Why there is no revoked twin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecallError {
    /// Observables have no `revoked`: they only vanish from the collection.
    #[error("`{0}` has no revoked form: it is withdrawn without one")]
    NotRevocable(String),
    /// The published twin is not the one that the mapping names.
    #[error("`{0}` is not the twin that was published")]
    OtherTwin(String),
    /// The revoked form is not valid.
    #[error("`{id}` has no valid revoked form: {rule}")]
    Invalid {
        /// The twin.
        id: String,
        /// Rule that it breaks.
        rule: String,
    },
}

/// The revoked version of a twin, for those who fetched it: required properties only, texts
/// replaced by `recalled`.
///
/// `original` is the id of the original, `previous` its mapping, `published` the last twin as it
/// left; `agreement` and `partner` as when it was released; `now_us` is the slot time.
pub fn recalled(
    original: &str,
    previous: &Previous,
    published: &Object,
    agreement: &str,
    partner: &str,
    now_us: i64,
) -> Result<Released, RecallError> {
    let id = published.id().to_string();
    let kind = kinds::kind(published.kind())
        .filter(|kind| kind.family != Family::Observable)
        .ok_or_else(|| RecallError::NotRevocable(id.clone()))?;
    if previous.twin != *published.id() {
        return Err(RecallError::OtherTwin(id));
    }
    let next = Timestamp::from_micros(previous.modified.micros().saturating_add(1000)).to_millis();
    let modified = Timestamp::from_micros(now_us).to_millis().max(next);
    let created = previous.created.as_str();
    let mut view = Map::new();
    for name in ["type", "spec_version", "id", "created", "created_by_ref"] {
        if let Some(value) = published.get(name) {
            view.insert(name.to_owned(), value.clone());
        }
    }
    view.insert("modified".to_owned(), json!(modified.as_str()));
    view.insert("revoked".to_owned(), json!(true));
    let first = kind.one_of.first().filter(|name| **name != "extensions");
    // A region needs no second property beside it.
    let one_of = if kind.name == "location" { Some(&"region") } else { first };
    for name in kind.required.iter().chain(one_of) {
        view.insert((*name).to_owned(), emptied(kind, name, published.get(name), created));
    }
    if let Some((definition, extension_type)) = kinds::own_definition(kind.name) {
        let body = json!({ definition: { "extension_type": extension_type } });
        view.insert("extensions".to_owned(), body);
    }
    let object = valid(view).map_err(|clauses| {
        let rule = clauses.first().and_then(|c| c.args.get("rule")).cloned().unwrap_or_default();
        RecallError::Invalid { id, rule }
    })?;
    let to = To::new(agreement, partner);
    Ok(Released::wrap(&object, original, &to, i64::MAX))
}

/// A value that says nothing, of the form that the standard asks of this required property.
fn emptied(kind: &kinds::Kind, name: &str, held: Option<&Value>, created: &str) -> Value {
    match name {
        "pattern" => json!("[x-recalled:value = 'recalled']"),
        "pattern_type" => json!("stix"),
        "opinion" => json!("neutral"),
        "serial_status" => json!("none"),
        "relationship_type" => json!("related-to"),
        "number_observed" => json!(1),
        name => kind.blank(name, held, created).unwrap_or(json!("recalled")),
    }
}
