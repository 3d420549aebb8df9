//! What domain and relationship objects demand between their properties (chapters 4 and 5).

use serde_json::Value;

use super::kinds::Family;
use super::meaning::{exclude, is_true, require};
use super::report::{Path, Report};
use super::resolve::standard;
use super::{container, relationship, rules};
use crate::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    match object.kind() {
        "grouping" if object.get("name").is_none() => {
            report.add(rules::GROUPING_NAME, &Path::Root.member("name"), "nothing");
        }
        "indicator" => indicator(object, report),
        "location" => location(object, report),
        "malware" if is_true(object, "is_family") => {
            require(object, "name", "`is_family` is true", report);
        }
        "observed-data" => observed(object, report),
        "relationship" => relationship::check(object, report),
        _ => {}
    }
}

/// The pattern itself is judged with its grammar, where patterns are read.
fn indicator(object: &Object, report: &mut Report) {
    for name in ["name", "description"] {
        if object.get(name).is_none() {
            report.add(rules::INDICATOR_CONTEXT, &Path::Root.member(name), "nothing");
        }
    }
    if object.text("pattern").is_some_and(|p| p.trim().is_empty()) {
        report.add(rules::INDICATOR_PATTERN, &Path::Root.member("pattern"), "an empty text");
    }
}

fn location(object: &Object, report: &mut Report) {
    let has = |name: &str| object.get(name).is_some();
    let (latitude, longitude) = (has("latitude"), has("longitude"));
    if !(has("region") || has("country") || latitude && longitude) {
        report.add(rules::LOCATION_PLACE, &Path::Root, "none of them");
    }
    for (there, other) in [("latitude", "longitude"), ("longitude", "latitude")] {
        if has(there) && !has(other) {
            require(object, other, &format!("`{there}` is present"), report);
        }
    }
    let point = latitude && longitude;
    let at = Path::Root.member("precision");
    if has("precision") && !point {
        let expected = "`precision` beside `latitude` and `longitude` only";
        report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, "precision", expected);
    } else if point && !has("precision") {
        report.add(rules::LOCATION_PRECISION, &at, "nothing");
    }
}

fn observed(object: &Object, report: &mut Report) {
    exclude(object, "object_refs", "objects", report);
    if let Some(objects) = object.get("objects") {
        report.add(rules::OBSERVED_OBJECTS, &Path::Root.member("objects"), objects);
        container::check(objects, report);
    }
    let references = object.get("object_refs").and_then(Value::as_array);
    let may_be_sco = |reference: &Value| {
        let kind = reference.as_str().and_then(|id| id.split_once("--")).map(|(kind, _)| kind);
        // Malformed ones are reported as such; unknown types may be observables.
        kind.and_then(standard).is_none_or(|t| t.family == Family::Sco)
    };
    if references.is_some_and(|list| !list.is_empty() && !list.iter().any(may_be_sco)) {
        let at = Path::Root.member("object_refs");
        report.add(rules::OBSERVED_NO_SCO, &at, "none");
    }
}
