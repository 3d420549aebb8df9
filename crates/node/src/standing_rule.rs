//! Standing rules: what is released without a pick.
//!
//! A rule that reads only what the agreement also releases is judged on the finished twin, so that
//! the selection can tell the partner nothing that the twin does not say.

use enlace_policy::StandingRule;
use enlace_stix::types::definition_id;
use serde_json::{Map, Value};

/// Whether a rule selects this object (JSON text of a twin).
pub(crate) fn selects_text(rule: &StandingRule, text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|object| selects(rule, &object))
}

/// Whether a rule selects this object: its type, and for each property one of the values.
pub(crate) fn selects(rule: &StandingRule, object: &Map<String, Value>) -> bool {
    let is_kind = object.get("type").and_then(Value::as_str) == Some(rule.kind.as_str());
    is_kind
        && rule.has.iter().all(|(path, values)| {
            let Some(found) = find(object, path) else { return false };
            values.iter().any(|wanted| says(found, wanted))
        })
}

/// The value at a path as clauses name it: `status`, `person.sex`.
fn find<'v>(object: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut parts = path.split('.');
    let first = parts.next()?;
    let extension = || {
        let id = definition_id(first);
        object.get("extensions")?.get(id)
    };
    let start = object.get(first).or_else(extension)?;
    parts.try_fold(start, |value, name| value.get(name))
}

/// A text that is the wanted one, or a list that holds it.
fn says(found: &Value, wanted: &str) -> bool {
    match found {
        Value::String(text) => text == wanted,
        Value::Array(items) => items.iter().any(|item| says(item, wanted)),
        Value::Bool(flag) => wanted == if *flag { "true" } else { "false" },
        Value::Number(number) => number.to_string() == wanted,
        _ => false,
    }
}
