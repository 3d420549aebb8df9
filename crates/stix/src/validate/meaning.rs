//! What a type demands between its properties (chapters 2 and 7; chapters 4 to 6 in rooms of their own).

use serde_json::Value;

use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{domain, observable, rules, text};
use crate::Object;

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    external_references(object, report);
    if resolved.known.is_none() {
        return;
    }
    domain::check(object, report);
    observable::check(object, report);
    match object.kind() {
        "language-content" => languages(object, report),
        "extension-definition" => extension_definition(object, report),
        _ => {}
    }
}

pub(super) fn is_true(object: &Object, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}

/// Reports `name` if it is not there.
pub(super) fn require(object: &Object, name: &'static str, because: &str, report: &mut Report) {
    if object.get(name).is_none() {
        let expected = format!("this property, as {because}");
        report.expect_of_type(
            rules::PROPERTY_MISSING,
            &Path::Root.member(name),
            "nothing",
            expected,
        );
    }
}

/// Reports `second` if both are there.
pub(super) fn exclude(object: &Object, first: &str, second: &str, report: &mut Report) {
    if object.get(first).is_some() && object.get(second).is_some() {
        let expected = format!("no `{second}` beside `{first}`");
        let at = Path::Root.member(second);
        report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, second, expected);
    }
}

/// §7.1: keys are language tags, below them property names.
fn languages(object: &Object, report: &mut Report) {
    let at = Path::Root.member("contents");
    let contents = object.get("contents").and_then(Value::as_object);
    for (tag, translated) in contents.into_iter().flatten() {
        let at = at.member(tag);
        if !text::is_language(tag) {
            report.add(rules::LANGUAGE, &at, tag.as_str());
        }
        let Some(members) = translated.as_object() else {
            report.wrong_kind(&at, translated, "a dictionary of translated properties");
            continue;
        };
        for name in members.keys().filter(|name| !text::is_property_name(name)) {
            report.add(rules::PROPERTY_NAME, &at.member(name), name.as_str());
        }
    }
}

fn extension_definition(object: &Object, report: &mut Report) {
    let toplevel = object.texts("extension_types").any(|t| t == "toplevel-property-extension");
    if object.get("extension_properties").is_some() && !toplevel {
        let at = Path::Root.member("extension_properties");
        report.add(rules::EXTENSION_PROPERTIES, &at, "extension_properties");
    }
}

fn external_references(object: &Object, report: &mut Report) {
    let list = Path::Root.member("external_references");
    let references = object.get("external_references").and_then(Value::as_array);
    for (i, reference) in references.into_iter().flatten().enumerate() {
        let at = list.item(i);
        let text = |name: &str| reference.get(name).and_then(Value::as_str);
        let says_something =
            ["description", "url", "external_id"].iter().any(|name| reference.get(*name).is_some());
        if reference.is_object() && !says_something {
            report.add(rules::EXTERNAL_REFERENCE_EMPTY, &at, reference);
        }
        let (Some(source), Some(id)) = (text("source_name"), text("external_id")) else { continue };
        let fits = match source {
            "cve" => is_cve(id),
            "capec" => id.strip_prefix("CAPEC-").is_some_and(is_digits),
            _ => true,
        };
        if !fits {
            report.add(rules::EXTERNAL_REFERENCE_ID, &at.member("external_id"), id);
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_cve(id: &str) -> bool {
    let parts = id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| {
        year.len() == 4 && is_digits(year) && number.len() >= 4 && is_digits(number)
    })
}
