//! Top-level properties: presence, names, values, what is custom, the common times (§3.1–§3.2).

use serde_json::{Map, Value};

use super::common::{COMMON, Use, used_by};
use super::custom::Custom;
use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{charset, duplicate, rules};
use crate::{Object, Timestamp, timestamp};

/// Where the common properties stand.
const COMMON_SECTION: &str = "3.2";

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    let view = object.view();
    presence(object, resolved, report);
    report.custom = custom(resolved);
    // `extensions` are walked by their own check.
    for (name, value) in view.iter().filter(|(name, _)| *name != "extensions") {
        property(object, name, value, resolved, report);
    }
    version(object, report);
    times(object, resolved, report);
    if members(object.view()) != object.written_members() {
        let path = duplicate::first(object.raw()).unwrap_or_default();
        let at = if path.is_empty() { Path::Root } else { Path::Root.member(&path) };
        report.add(rules::DUPLICATE_MEMBER, &at, "a name that stands twice");
    }
}

fn custom(resolved: &Resolved) -> Custom {
    match resolved.known {
        _ if resolved.open || resolved.defined => Custom::EXTENSION,
        None => Custom::OBJECT,
        Some(_) => Custom::UNDEFINED,
    }
}

fn presence(object: &Object, resolved: &Resolved, report: &mut Report) {
    let view = object.view();
    for property in COMMON.properties {
        let usage = used_by(resolved.family, object.kind(), property.name);
        if usage == Use::Required && !view.contains_key(property.name) {
            let at = Path::Root.member(property.name);
            report.add_in(COMMON_SECTION, rules::PROPERTY_MISSING, &at, "nothing");
        }
    }
    if let Some(known) = resolved.known {
        report.presence(&known.record, view, &Path::Root);
    }
}

fn property(object: &Object, name: &str, value: &Value, resolved: &Resolved, report: &mut Report) {
    let path = Path::Root.member(name);
    if let Some(known) = resolved.known.and_then(|t| t.record.property(name)) {
        if let Some(encoded) = name.strip_suffix("_enc") {
            encoding(object, encoded, value, &path, report);
        }
        return report.value(known.kind, value, &path);
    }
    if let Some(common) = COMMON.property(name) {
        if used_by(resolved.family, object.kind(), name) == Use::No {
            not_applicable(name, resolved, &path, report);
        }
        return report.in_section(COMMON_SECTION, |r| r.value(common.kind, value, &path));
    }
    report.unlisted(name, value, &path);
}

/// A common property that this family of objects does not use.
fn not_applicable(name: &str, resolved: &Resolved, path: &Path<'_>, report: &mut Report) {
    // Versioned marking definitions break a MUST of their own.
    let versioned = resolved.family == Family::Marking && matches!(name, "modified" | "revoked");
    if name == "defanged" {
        report.add(rules::PROPERTY_DEFANGED, path, name);
    } else if !versioned && !resolved.open && !resolved.defined {
        report.add(rules::PROPERTY_NOT_APPLICABLE, path, name);
    }
}

/// §3.1, §3.9.1: `name_enc` names the character set in which `name` was observed.
fn encoding(object: &Object, encoded: &str, value: &Value, path: &Path<'_>, report: &mut Report) {
    if object.get(encoded).is_none() {
        report.add(rules::PROPERTY_ENCODING, path, value);
    }
    if value.as_str().is_some_and(|name| !charset::is_registered(name)) {
        report.add(rules::CHARSET, path, value);
    }
}

fn version(object: &Object, report: &mut Report) {
    if let Some(text) = object.text("spec_version").filter(|v| *v != "2.1") {
        report.add(rules::SPEC_VERSION, &Path::Root.member("spec_version"), text);
    }
}

/// Precision of `created` and `modified`, and every order of times that the type demands.
fn times(object: &Object, resolved: &Resolved, report: &mut Report) {
    for name in ["created", "modified"] {
        let coarse = time(object, name).filter(|t| fraction_digits(t) < 3);
        if let Some(coarse) = coarse {
            report.add(rules::TIME_PRECISION, &Path::Root.member(name), coarse);
        }
    }
    let versioning = rules::TIME_ORDER.section;
    report.in_section(versioning, |r| in_order(object, "created", "modified", false, r));
    for order in resolved.known.map_or(&[][..], |t| t.order) {
        in_order(object, order.earlier, order.later, order.strict, report);
    }
}

/// The text of a top-level property that is a timestamp.
fn time<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.text(name).filter(|t| Timestamp::check(t).is_ok())
}

fn fraction_digits(time: &str) -> usize {
    time.split_once('.').map_or(0, |(_, fraction)| fraction.len().saturating_sub(1))
}

fn in_order(object: &Object, earlier: &str, later: &str, strict: bool, report: &mut Report) {
    let (Some(first), Some(second)) = (time(object, earlier), time(object, later)) else { return };
    let order = timestamp::sort_key(second).cmp(timestamp::sort_key(first));
    if order.is_lt() || strict && order.is_eq() {
        let how = if strict { "later than" } else { "not earlier than" };
        let expected = format!("a time {how} `{earlier}` ({first})");
        report.expect_of_type(rules::TIME_ORDER, &Path::Root.member(later), second, expected);
    }
}

/// Members of all dictionaries as the parser kept them (the last of each name).
fn members(view: &Map<String, Value>) -> usize {
    fn below(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(below).sum(),
            Value::Object(view) => members(view),
            _ => 0,
        }
    }
    view.len() + view.values().map(below).sum::<usize>()
}
