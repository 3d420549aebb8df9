//! Domain objects, relationships and markings: STIX 2.0 parts 1 and 2 beside chapters 4, 5 and 7.

use serde_json::Value;

use super::draft::Draft;
use super::{hashes, rules};
use crate::Timestamp;

/// Types of STIX 2.0 that always have to state their version in 2.1.
pub(super) const TYPES: &[&str] = &[
    "attack-pattern",
    "campaign",
    "course-of-action",
    "identity",
    "indicator",
    "intrusion-set",
    "malware",
    "marking-definition",
    "observed-data",
    "relationship",
    "report",
    "sighting",
    "threat-actor",
    "tool",
    "vulnerability",
];

/// Types that came with 2.1, and the bundle, which is no object.
pub(super) const TYPES_OF_2_1: &[&str] = &[
    "bundle",
    "extension-definition",
    "grouping",
    "incident",
    "infrastructure",
    "language-content",
    "location",
    "malware-analysis",
    "note",
    "opinion",
];

pub(super) fn upgrade(kind: &str, draft: &mut Draft) {
    for i in 0..draft.length("external_references") {
        let path = format!("external_references.[{i}].hashes");
        hashes::rename(&path, draft);
        hashes::close(&path, draft);
    }
    match kind {
        "indicator" => {
            labels("indicator_types", draft);
            pattern(draft);
        }
        "malware" => {
            labels("malware_types", draft);
            if !draft.view.contains_key("is_family") {
                draft.set("is_family", Value::Bool(true), rules::FAMILY);
            }
        }
        "report" => labels("report_types", draft),
        "threat-actor" => labels("threat_actor_types", draft),
        "tool" => labels("tool_types", draft),
        "identity" => sectors(draft),
        "marking-definition" => marking(draft),
        _ => {}
    }
}

/// The labels of these types are required in 2.0 and come from the vocabulary of their types. An
/// object that has types already has labels in the sense of 2.1.
fn labels(types: &str, draft: &mut Draft) {
    if !draft.view.contains_key(types) && draft.view.contains_key("labels") {
        draft.rename("labels", types, rules::LABELS);
    }
}

fn pattern(draft: &mut Draft) {
    if draft.view.contains_key("pattern_type") {
        return;
    }
    draft.set("pattern_type", Value::from("stix"), rules::PATTERN);
    if !draft.view.contains_key("pattern_version") {
        draft.set("pattern_version", Value::from("2.0"), rules::PATTERN);
    }
}

fn sectors(draft: &mut Draft) {
    for i in 0..draft.length("sectors") {
        let path = format!("sectors.[{i}]");
        if draft.text(&path) == Some("defence") {
            draft.replace(&path, Value::from("defense"), rules::SECTOR);
        }
    }
}

/// The four TLP definitions become word for word those of 2.1, so that a file of each version
/// says the same. 2.0 asks no precision of `created` here.
fn marking(draft: &mut Draft) {
    let name = match draft.text("id") {
        Some("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9") => Some("TLP:WHITE"),
        Some("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da") => Some("TLP:GREEN"),
        Some("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82") => Some("TLP:AMBER"),
        Some("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed") => Some("TLP:RED"),
        _ => None,
    };
    let bare = draft.text("definition_type") == Some("tlp") && !draft.view.contains_key("name");
    if let Some(name) = name.filter(|_| bare) {
        draft.set("name", Value::from(name), rules::TLP_NAME);
    }
    let created = draft.text("created").and_then(|text| text.parse::<Timestamp>().ok());
    if let Some(created) = created.filter(|t| t.fraction_digits() < 3) {
        let bare = created.as_str().trim_end_matches('Z');
        let point = if created.fraction_digits() == 0 { "." } else { "" };
        let zeros = "0".repeat(3 - created.fraction_digits());
        let full = format!("{bare}{point}{zeros}Z");
        draft.replace("created", Value::from(full), rules::PRECISION);
    }
}
