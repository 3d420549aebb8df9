//! Top-level properties: presence, names, values, what is custom, the common times (§3.1–§3.2).

use serde_json::{Map, Value};

use super::common::{COMMON, Use, used_by};
use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::Resolved;
use super::values::Strict;
use super::{rules, text};
use crate::{Id, Object, Timestamp};

/// §3.8.
const RESERVED: &[&str] = &["severity", "username", "phone_number", "action"];

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    let view = object.view();
    presence(view, resolved, report);
    // `extensions` are walked by their own check.
    for (name, value) in view.iter().filter(|(name, _)| *name != "extensions") {
        property(name, value, resolved, report);
    }
    version(object, report);
    times(object, resolved, report);
    if members(object.view()) != object.written_members() {
        report.add(rules::DUPLICATE_MEMBER, &Path::Root, "a name that stands twice");
    }
}

fn presence(view: &Map<String, Value>, resolved: &Resolved, report: &mut Report) {
    for property in COMMON.properties {
        let required = used_by(resolved.family, property.name) == Use::Required;
        if required && !view.contains_key(property.name) {
            report.add(rules::PROPERTY_MISSING, &Path::Root.member(property.name), "nothing");
        }
    }
    if let Some(known) = resolved.known {
        report.presence(&known.record, view, &Path::Root);
    }
}

fn property(name: &str, value: &Value, resolved: &Resolved, report: &mut Report) {
    let path = Path::Root.member(name);
    if let Some(known) = resolved.known.and_then(|t| t.record.property(name)) {
        return report.value(known.kind, value, &path);
    }
    if let Some(common) = COMMON.property(name) {
        let unused = used_by(resolved.family, name) == Use::No;
        // Versioned marking definitions break a MUST of their own.
        let versioned =
            resolved.family == Family::Marking && matches!(name, "modified" | "revoked");
        if unused && !versioned && !resolved.open && !resolved.defined {
            report.add(rules::PROPERTY_NOT_APPLICABLE, &path, name);
        }
        return report.value(common.kind, value, &path);
    }
    unlisted(name, value, resolved, report);
}

/// A property that neither the type nor the common properties know.
fn unlisted(name: &str, value: &Value, resolved: &Resolved, report: &mut Report) {
    let path = Path::Root.member(name);
    if !text::is_property_name(name) {
        report.add(rules::PROPERTY_NAME, &path, name);
    }
    if RESERVED.contains(&name) {
        report.add(rules::PROPERTY_RESERVED, &path, name);
    } else if name.starts_with("x_") && !resolved.open && !resolved.defined {
        report.add(rules::PROPERTY_CUSTOM, &path, name);
    } else if resolved.known.is_some() && !resolved.open && !resolved.defined {
        report.add(rules::PROPERTY_UNKNOWN, &path, name);
    }
    report.content(value, &path, Strict::Here);
    custom_references(name, value, report);
}

/// §3.1: a name that ends in `_ref` or `_refs` promises identifiers.
fn custom_references(name: &str, value: &Value, report: &mut Report) {
    let path = Path::Root.member(name);
    let is_id = |v: &Value| v.as_str().is_some_and(|t| t.parse::<Id>().is_ok());
    if name.ends_with("_ref") && !is_id(value) {
        report.add(rules::REFERENCE_CUSTOM, &path, value);
    }
    if name.ends_with("_refs") {
        for (i, item) in value.as_array().into_iter().flatten().enumerate() {
            if !is_id(item) {
                report.add(rules::REFERENCE_CUSTOM, &path.item(i), item);
            }
        }
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
        let time = object.time(name);
        if let Some(coarse) = time.filter(|t| t.fraction_digits() < 3) {
            report.add(rules::TIME_PRECISION, &Path::Root.member(name), coarse.as_str());
        }
    }
    in_order(object, "created", "modified", false, report);
    for order in resolved.known.map_or(&[][..], |t| t.order) {
        in_order(object, order.earlier, order.later, order.strict, report);
    }
}

fn in_order(object: &Object, earlier: &str, later: &str, strict: bool, report: &mut Report) {
    let (Some(first), Some(second)) = (object.time(earlier), object.time(later)) else { return };
    let broken = if strict { second <= first } else { second < first };
    if broken {
        let how = if strict { "later than" } else { "not earlier than" };
        let expected = format!("a time {how} `{earlier}` ({first})");
        let found: &Timestamp = &second;
        report.expect_of_type(
            rules::TIME_ORDER,
            &Path::Root.member(later),
            found.as_str(),
            expected,
        );
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
