//! The deprecated container of observables in `observed-data` (§2.13): keys and what they resolve.

use serde_json::{Map, Value};

use super::report::{Path, Report};
use super::rules;
use crate::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    if object.kind() != "observed-data" {
        return;
    }
    let Some(container) = object.get("objects").and_then(Value::as_object) else { return };
    let at = Path::Root.member("objects");
    report.in_section("2.13", |report| {
        for (key, observable) in container {
            let at = at.member(key);
            if !key.parse::<usize>().is_ok_and(|n| n < container.len() && is_plain(key)) {
                report.add(rules::CONTAINER_KEY, &at, key.as_str());
            }
            match observable.as_object() {
                Some(members) => {
                    if !members.get("type").is_some_and(Value::is_string) {
                        let (at, expected) = (at.member("type"), rules::TYPE_MISSING.sentence);
                        report.expect_of_type(rules::PROPERTY_MISSING, &at, "nothing", expected);
                    }
                    references(container, members, &at, report);
                }
                None => report.wrong_kind(&at, observable, "a cyber-observable object"),
            }
        }
    });
}

fn is_plain(key: &str) -> bool {
    key == "0" || !key.starts_with(['0', '+'])
}

/// References of an observable, in its extensions and parts too, lead to its neighbours.
fn references(
    container: &Map<String, Value>,
    members: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    // Markings stand outside the container.
    let local = |name: &str| !matches!(name, "object_marking_refs" | "granular_markings");
    for (name, value) in members.iter().filter(|(name, _)| local(name)) {
        let at = at.member(name);
        match value {
            Value::String(_) if name.ends_with("_ref") => {
                reference(container, value, &at, report);
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    match item {
                        Value::Object(members) => {
                            references(container, members, &at.item(i), report);
                        }
                        _ if name.ends_with("_refs") => {
                            reference(container, item, &at.item(i), report);
                        }
                        _ => {}
                    }
                }
            }
            Value::Object(members) => references(container, members, &at, report),
            _ => {}
        }
    }
}

fn reference(container: &Map<String, Value>, value: &Value, at: &Path<'_>, report: &mut Report) {
    if !value.as_str().is_some_and(|key| container.contains_key(key)) {
        report.add(rules::CONTAINER_REFERENCE, at, value);
    }
}
