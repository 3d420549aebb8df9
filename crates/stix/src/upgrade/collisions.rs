//! Names that were free in 2.0 and have a meaning, or none at all, in 2.1.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::{observable, rules};
use crate::Object;
use crate::validate::{self, Level};

/// Reserved by 2.1 for later use (§3.8).
const RESERVED: [&str; 4] = ["severity", "action", "username", "phone_number"];

/// Common properties that came with 2.1: of the objects that are versioned, of observables.
const COMMON: &[&str] = &["confidence", "lang", "extensions"];
const COMMON_OBSERVABLE: &[&str] = &["defanged", "object_marking_refs"];

/// Sets aside custom properties of 2.0 whose names 2.1 reserves or uses otherwise. A producer who
/// wrote the property in the sense of 2.1 keeps it.
pub(super) fn settle(draft: &mut Draft) {
    for name in RESERVED {
        draft.set_aside(name, rules::RESERVED);
    }
    let kind = draft.text("type").unwrap_or_default().to_owned();
    let observable = !draft.place().is_empty() || observable::TYPES.contains(&kind.as_str());
    let common = if observable { COMMON_OBSERVABLE } else { COMMON };
    for name in common.iter().chain(added(&kind)) {
        let misused = draft.view.get(*name).is_some_and(|value| !fits(&kind, name, value));
        if misused {
            draft.set_aside(name, rules::COLLISION);
        }
    }
}

/// Properties that a type of 2.0 got with 2.1.
fn added(kind: &str) -> &'static [&'static str] {
    match kind {
        "attack-pattern" => &["aliases"],
        "identity" => &["roles"],
        "indicator" => &["indicator_types", "pattern_type", "pattern_version"],
        "malware" => &[
            "malware_types",
            "is_family",
            "aliases",
            "first_seen",
            "last_seen",
            "operating_system_refs",
            "architecture_execution_envs",
            "implementation_languages",
            "capabilities",
            "sample_refs",
        ],
        "marking-definition" => &["name"],
        "observed-data" => &["object_refs"],
        "report" => &["report_types"],
        "relationship" => &["start_time", "stop_time"],
        "sighting" => &["description"],
        "threat-actor" => &["threat_actor_types", "first_seen", "last_seen"],
        "tool" => &["tool_types", "aliases"],
        "artifact" => &["encryption_algorithm", "decryption_key"],
        "directory" | "file" => &["ctime", "mtime", "atime"],
        "email-message" => &["message_id"],
        "network-traffic" => &["encapsulated_by_ref"],
        "process" => &["created_time", "image_ref"],
        "software" => &["swid"],
        "user-account" => &["credential", "credential_last_changed"],
        "windows-registry-key" => &["modified_time"],
        _ => &[],
    }
}

/// Whether the validator has nothing against this value of this property, looked at by itself.
/// References inside a container of 2.0 are keys, not ids, and are judged later.
fn fits(kind: &str, name: &str, value: &Value) -> bool {
    if name.ends_with("_ref") && value.is_string() {
        return true;
    }
    let mut view = Map::new();
    view.insert("type".to_owned(), json!(kind));
    view.insert("id".to_owned(), json!(format!("{kind}--00000000-0000-4000-8000-000000000000")));
    view.insert("spec_version".to_owned(), json!("2.1"));
    view.insert(name.to_owned(), value.clone());
    let Ok(object) = Object::from_view(view) else { return true };
    !validate::object(&object).iter().any(|finding| {
        let within = super::selector::below(&finding.path, name).is_some();
        finding.level == Level::Must && within && !finding.rule.ends_with(".missing")
    })
}
