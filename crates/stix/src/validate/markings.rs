//! Data markings (§7.2): granular markings, marking definitions, the published TLP definitions.

use serde_json::Value;

use super::kinds::Family;
use super::report::{Path, Report};
use super::{resolve, rules};
use crate::marking::Tlp;
use crate::{Object, types};

pub(super) fn check(object: &Object, report: &mut Report) {
    granular(object, report);
    let is_definition =
        resolve::standard(object.kind()).is_some_and(|t| t.family == Family::Marking);
    if is_definition {
        definition(object, report);
        circular(object, report);
        tlp(object, report);
    }
}

fn granular(object: &Object, report: &mut Report) {
    let list = Path::Root.member("granular_markings");
    let markings = object.get("granular_markings").and_then(Value::as_array);
    for (i, marking) in markings.into_iter().flatten().enumerate() {
        let at = list.item(i);
        if marking.is_object()
            && marking.get("lang").is_some() == marking.get("marking_ref").is_some()
        {
            report.add(rules::GRANULAR_ONE, &at, marking);
        }
        let at = at.member("selectors");
        let selectors = marking.get("selectors").and_then(Value::as_array);
        for (i, selector) in selectors.into_iter().flatten().enumerate() {
            let Some(selector) = selector.as_str() else { continue };
            match select(object, selector) {
                Selected::Held => {}
                Selected::Missing => {
                    report.add(rules::SELECTOR_MISSING, &at.item(i), selector);
                }
                Selected::Malformed => {
                    report.add(rules::SELECTOR_SYNTAX, &at.item(i), selector);
                }
            }
        }
    }
}

enum Selected {
    Held,
    Missing,
    Malformed,
}

/// Follows a selector from the object: names into dictionaries, `[n]` into lists.
fn select(object: &Object, selector: &str) -> Selected {
    let mut steps = selector.split('.');
    let first = steps.next().unwrap_or_default();
    if !super::text::is_dictionary_key(first) {
        return Selected::Malformed;
    }
    let mut here = object.get(first);
    for step in steps {
        let index = step.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
        here = match index {
            Some(digits) if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) => {
                return Selected::Malformed;
            }
            Some(digits) => digits
                .parse()
                .ok()
                .and_then(|i: usize| here.and_then(Value::as_array).and_then(|list| list.get(i))),
            None if !super::text::is_dictionary_key(step) => return Selected::Malformed,
            None => here.and_then(Value::as_object).and_then(|members| members.get(step)),
        };
    }
    if here.is_some() { Selected::Held } else { Selected::Missing }
}

fn definition(object: &Object, report: &mut Report) {
    for name in ["modified", "revoked"] {
        if object.get(name).is_some() {
            report.add(rules::MARKING_VERSIONED, &Path::Root.member(name), name);
        }
    }
    let (kind, body) = (object.get("definition_type"), object.get("definition"));
    let half = kind.is_some() != body.is_some();
    if half || (kind.is_none() && object.get("extensions").is_none()) {
        report.add(rules::MARKING_EMPTY, &Path::Root, "none of them, or only one");
    }
    match kind.and_then(Value::as_str) {
        Some("statement") => {
            let at = Path::Root.member("definition");
            let at = at.member("statement");
            match body.and_then(|b| b.get("statement")) {
                Some(statement) if statement.is_string() => {}
                Some(other) => report.wrong_kind(&at, other, "a string"),
                None if body.is_some() => {
                    report.add(rules::PROPERTY_MISSING, &at, "nothing");
                }
                None => {}
            }
        }
        Some("tlp") | None => {}
        Some(other) => {
            report.add(rules::MARKING_KIND, &Path::Root.member("definition_type"), other);
        }
    }
}

fn circular(object: &Object, report: &mut Report) {
    let own_id = object.id().as_str();
    for reference in object.references() {
        let marks = reference.path.starts_with("object_marking_refs")
            || reference.path.starts_with("granular_markings");
        if marks && reference.target.as_str() == own_id {
            report.add(rules::MARKING_CIRCULAR, &Path::Root.member(&reference.path), own_id);
        }
    }
}

/// A TLP definition is one of the published ones in every property that matters, and no other
/// object bears its id: else a copy under a known id could lower what is marked with it.
fn tlp(object: &Object, report: &mut Report) {
    let published = Tlp::from_marking_id(object.id().as_str());
    let version_1 = object.get("definition").and_then(|d| d.get("tlp"));
    let version_2 = object.extension(types::reused::TLP_2).map(|body| body.get("tlp_2_0"));
    let claims_1 = object.text("definition_type") == Some("tlp");
    if published.is_none() && !claims_1 && version_2.is_none() {
        return;
    }
    let is_2 = published.is_some_and(|t| t.marking_id() == object.id().as_str());
    let expected_name = published.map(|t| name(t, is_2));
    let found_name = match version_2 {
        Some(value) => value.and_then(Value::as_str),
        None => version_1.and_then(Value::as_str),
    };
    let created = if is_2 { "2022-10-01T00:00:00Z" } else { "2017-01-20T00:00:00Z" };
    let same = expected_name.is_some()
        && expected_name == found_name
        && is_2 == version_2.is_some()
        && claims_1 != is_2
        && object.time("created") == created.parse().ok();
    if !same {
        report.add(rules::MARKING_TLP, &Path::Root, found_name.unwrap_or(object.id().as_str()));
    }
}

/// The name inside the definition: version 1 says `white` where version 2.0 says `clear`.
fn name(tlp: Tlp, is_2: bool) -> &'static str {
    match tlp {
        Tlp::Clear if !is_2 => "white",
        other => other.name(),
    }
}
