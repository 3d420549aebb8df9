//! The deprecated container of cyber-observables in observed data (§2.13): its references are keys
//! of the container.
//!
//! It may hold objects of STIX 2.0 too, so no more is asked of them than what both versions ask.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::kinds::{Kind, Property, Targets};
use super::report::{Path, Report};
use super::{resolve, rules};

pub(super) fn check(objects: &Value, report: &mut Report) {
    let at = Path::Root.member("objects");
    let Some(objects) = objects.as_object() else { return };
    if let Some(apart) = unrelated(objects) {
        report.add(rules::CONTAINER_UNRELATED, &at.member(apart), apart);
    }
    for (key, object) in objects {
        let at = at.member(key);
        let plain = key == "0" || !key.starts_with(['0', '+']);
        if !(plain && key.parse::<usize>().is_ok_and(|n| n < objects.len())) {
            report.add(rules::CONTAINER_KEY, &at, key.as_str());
        }
        let Some(members) = object.as_object() else {
            report.wrong_kind(&at, object, "a cyber-observable");
            continue;
        };
        match members.get("type").and_then(Value::as_str) {
            Some(kind) => observable(kind, members, objects, &at, report),
            None => {
                let expected = "the `type` of the cyber-observable";
                let at = at.member("type");
                report.expect(rules::PROPERTY_MISSING, &at, "nothing", expected);
            }
        }
    }
}

/// The first object that no chain of references joins with the first one of the container.
fn unrelated(objects: &Map<String, Value>) -> Option<&str> {
    let index: BTreeMap<&str, usize> = objects.keys().map(String::as_str).zip(0..).collect();
    let mut joined: Vec<Vec<usize>> = vec![Vec::new(); objects.len()];
    for (from, object) in objects.values().enumerate() {
        follow("", object, &mut |key| {
            if let Some(&to) = index.get(key) {
                for (one, other) in [(from, to), (to, from)] {
                    joined.get_mut(one).into_iter().for_each(|list| list.push(other));
                }
            }
        });
    }
    let mut reached = vec![false; objects.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if let Some(seen) = reached.get_mut(at).filter(|seen| !**seen) {
            *seen = true;
            open.extend(joined.get(at).into_iter().flatten());
        }
    }
    let apart = reached.iter().position(|seen| !seen)?;
    objects.keys().nth(apart).map(String::as_str)
}

/// Hands over every text in a property named `_ref` or `_refs`, at any depth.
fn follow(name: &str, value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(key) if is_reference(name) => found(key),
        Value::Array(items) => items.iter().for_each(|item| follow(name, item, found)),
        Value::Object(members) => members.iter().for_each(|(n, v)| follow(n, v, found)),
        _ => {}
    }
}

fn is_reference(name: &str) -> bool {
    name.ends_with("_ref") || name.ends_with("_refs")
}

fn observable(
    kind: &str,
    members: &Map<String, Value>,
    container: &Map<String, Value>,
    path: &Path<'_>,
    report: &mut Report,
) {
    let known = resolve::standard(kind);
    for (name, value) in members {
        let property = known.and_then(|t| t.record.property(name));
        references(name, value, property, container, &path.member(name), report);
        if let Some(property) = property.filter(|p| is_plain(p.kind)) {
            report.value(property.kind, value, &path.member(name));
        }
    }
    // What 2.1 requires, 2.0 required too.
    for property in known.map_or(&[][..], |t| t.record.properties) {
        if property.required && !members.contains_key(property.name) {
            let (at, expected) = (path.member(property.name), rules::PROPERTY_MISSING.sentence);
            report.expect(rules::PROPERTY_MISSING, &at, "nothing", expected);
        }
    }
}

/// A data type that is the same in both versions and holds no reference.
fn is_plain(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Text
            | Kind::Boolean
            | Kind::Time
            | Kind::Integer(..)
            | Kind::Hex
            | Kind::Binary
            | Kind::Hashes(_)
            | Kind::Form(_)
            | Kind::Enum(_)
    )
}

/// Follows what is named `_ref` or `_refs`, at any depth.
fn references(
    name: &str,
    value: &Value,
    property: Option<&Property>,
    container: &Map<String, Value>,
    path: &Path<'_>,
    report: &mut Report,
) {
    let targets = match property.map(|p| p.kind) {
        Some(Kind::Ref(targets)) => targets,
        Some(Kind::List(Kind::Ref(targets))) => *targets,
        _ => Targets::Any,
    };
    match value {
        Value::String(key) if is_reference(name) => {
            let target = container.get(key).and_then(|o| o.get("type")).and_then(Value::as_str);
            if !target.is_some_and(|kind| targets.allow(kind)) {
                report.add(rules::CONTAINER_REFERENCE, path, key.as_str());
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                references(name, item, property, container, &path.item(i), report);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                references(name, value, None, container, &path.member(name), report);
            }
        }
        _ => {}
    }
}
