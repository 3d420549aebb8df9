//! Data markings (§7.2): granular markings, marking definitions, the published TLP definitions.

use serde_json::Value;

use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::Resolved;
use super::rules;
use crate::marking::{Selector, Tlp};
use crate::{Object, types};

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    granular(object, report);
    if resolved.family == Family::Marking {
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
            match Selector::parse(selector).map(|selector| selector.resolve(object.view())) {
                Ok(Some(_)) => {}
                Ok(None) => report.add(rules::SELECTOR_MISSING, &at.item(i), selector),
                Err(_) => report.add(rules::SELECTOR_SYNTAX, &at.item(i), selector),
            }
        }
    }
}

fn definition(object: &Object, report: &mut Report) {
    for name in ["modified", "revoked"] {
        if object.get(name).is_some() {
            report.add(rules::MARKING_VERSIONED, &Path::Root.member(name), name);
        }
    }
    let (kind, body) = (object.get("definition_type"), object.get("definition"));
    if object.get("extensions").is_none() && (kind.is_none() || body.is_none()) {
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

/// A TLP definition is one of the published ones, unchanged, and no other object bears its id: else
/// a copy under a known id could lower what is marked with it.
///
/// Those of version 1 stand in §7.2.1 with all their properties. Those of version 2.0 are published
/// beside the standard: what they may carry besides is left open.
fn tlp(object: &Object, report: &mut Report) {
    let published = Tlp::from_marking_id(object.id().as_str());
    let version_2 = object.extension(types::reused::TLP_2).map(|body| body.get("tlp_2_0"));
    let claims_1 = object.text("definition_type") == Some("tlp");
    if published.is_none() && !claims_1 && version_2.is_none() {
        return;
    }
    let same = match published {
        None => false,
        Some(tlp) if tlp.marking_id() == object.id().as_str() => {
            let says = version_2.flatten().and_then(Value::as_str);
            let name = object.text("name");
            says == Some(tlp.name())
                && !claims_1
                && name.is_none_or(|name| is_title(name, tlp.name()))
                && created(object, "2022-10-01T00:00:00")
        }
        Some(tlp) => version_2.is_none() && is_version_1(object, tlp),
    };
    if !same {
        let body = object.get("definition").and_then(|d| d.get("tlp")).and_then(Value::as_str);
        let found = version_2.flatten().and_then(Value::as_str).or(body);
        report.add(rules::MARKING_TLP, &Path::Root, found.unwrap_or(object.id().as_str()));
    }
}

/// The seven properties that §7.2.1 prints, with their values.
fn is_version_1(object: &Object, tlp: Tlp) -> bool {
    const PROPERTIES: [&str; 7] =
        ["type", "spec_version", "id", "created", "definition_type", "name", "definition"];
    // Version 1 says `white` where version 2.0 says `clear`.
    let name = if tlp == Tlp::Clear { "white" } else { tlp.name() };
    let body = object.get("definition").and_then(Value::as_object);
    object.view().keys().all(|property| PROPERTIES.contains(&property.as_str()))
        && object.text("definition_type") == Some("tlp")
        && body.is_some_and(|b| b.len() == 1 && b.get("tlp").and_then(Value::as_str) == Some(name))
        && object.text("name").is_some_and(|title| is_title(title, name))
        && created(object, "2017-01-20T00:00:00")
}

fn is_title(title: &str, name: &str) -> bool {
    title.strip_prefix("TLP:").is_some_and(|colour| {
        colour.eq_ignore_ascii_case(name) && !colour.bytes().any(|c| c.is_ascii_lowercase())
    })
}

fn created(object: &Object, instant: &str) -> bool {
    object.time("created").is_some_and(|t| t.sort_key() == instant)
}
