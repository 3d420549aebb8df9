//! Properties of cyber-observables: STIX 2.0 part 4 beside chapter 6.

use serde_json::Value;

use super::draft::Draft;
use super::{hashes, languages, rules};
use crate::validate::PROCESS_ANY;

/// Types of chapter 6, all of them known to 2.0.
pub(super) const TYPES: &[&str] = &[
    "artifact",
    "autonomous-system",
    "directory",
    "domain-name",
    "email-addr",
    "email-message",
    "file",
    "ipv4-addr",
    "ipv6-addr",
    "mac-addr",
    "mutex",
    "network-traffic",
    "process",
    "software",
    "url",
    "user-account",
    "windows-registry-key",
    "x509-certificate",
];

pub(super) fn upgrade(kind: &str, draft: &mut Draft) {
    match kind {
        "artifact" | "x509-certificate" => hashes::rename("hashes", draft),
        "directory" => times(draft),
        "email-message" => header("additional_header_fields", draft),
        "file" => file(draft),
        "network-traffic" => network_traffic(draft),
        "process" => process(draft),
        "software" => software(draft),
        "user-account" => {
            draft.rename("password_last_changed", "credential_last_changed", rules::RENAMED)
        }
        "windows-registry-key" => draft.rename("modified", "modified_time", rules::TIMES),
        _ => {}
    }
}

fn times(draft: &mut Draft) {
    for (old, new) in [("created", "ctime"), ("modified", "mtime"), ("accessed", "atime")] {
        draft.rename(old, new, rules::TIMES);
    }
}

fn file(draft: &mut Draft) {
    times(draft);
    for gone in ["is_encrypted", "encryption_algorithm", "decryption_key"] {
        draft.set_aside(gone, rules::REMOVED);
    }
    draft.set_aside("extensions.archive-ext.version", rules::REMOVED);
    let compression = "extensions.raster-image-ext.image_compression_algorithm";
    draft.set_aside(compression, rules::REMOVED);
    hashes::rename("hashes", draft);
    hashes::rename("extensions.windows-pebinary-ext.file_header_hashes", draft);
    hashes::rename("extensions.windows-pebinary-ext.optional_header.hashes", draft);
    for list in ["ntfs-ext.alternate_data_streams", "windows-pebinary-ext.sections"] {
        for i in 0..draft.length(&format!("extensions.{list}")) {
            hashes::rename(&format!("extensions.{list}.[{i}].hashes"), draft);
        }
    }
    // §6.7.6: at least one property other than `pe_type`.
    if draft.dictionary("extensions.windows-pebinary-ext").is_some_and(|ext| ext.len() == 1) {
        draft.set_aside("extensions.windows-pebinary-ext.pe_type", rules::STRICTER);
    }
}

fn network_traffic(draft: &mut Draft) {
    // The property table of part 4 and the published library spell it in two ways.
    draft.rename("encapsulates_by_ref", "encapsulated_by_ref", rules::RENAMED);
    let active = draft.view.get("is_active") == Some(&Value::Bool(true));
    if active && draft.view.contains_key("end") {
        draft.set_aside("is_active", rules::STRICTER);
    }
    header("extensions.http-request-ext.request_header", draft);
    draft.set_aside("extensions.socket-ext.protocol_family", rules::REMOVED);
    let options = "extensions.socket-ext.options";
    let texts: Vec<String> = draft
        .dictionary(options)
        .into_iter()
        .flatten()
        .filter(|(_, value)| !(value.is_i64() || value.is_u64()))
        .map(|(name, _)| format!("{options}.{name}"))
        .collect();
    if texts.len() > MOST_OPTIONS {
        return draft.set_aside(options, rules::STRICTER);
    }
    for path in texts {
        draft.set_aside(&path, rules::STRICTER);
    }
}

/// Most socket options that are set aside one by one; beyond it all of them are.
const MOST_OPTIONS: usize = 100;

fn process(draft: &mut Draft) {
    draft.rename("created", "created_time", rules::TIMES);
    draft.rename("binary_ref", "image_ref", rules::RENAMED);
    let said: Vec<String> = ["name", "arguments"]
        .iter()
        .filter_map(|name| draft.view.get(*name))
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            other => other.as_str().into_iter().collect::<Vec<_>>(),
        })
        .map(str::to_owned)
        .collect();
    draft.set_aside("name", rules::REMOVED);
    draft.set_aside("arguments", rules::REMOVED);
    if !said.is_empty() && !PROCESS_ANY.iter().any(|name| draft.view.contains_key(*name)) {
        draft.set("command_line", Value::from(said.join(" ")), rules::COMMAND_LINE);
    }
}

fn software(draft: &mut Draft) {
    for i in 0..draft.length("languages") {
        let path = format!("languages.[{i}]");
        if let Some(tag) = draft.text(&path).and_then(languages::rfc_5646) {
            draft.replace(&path, Value::from(tag), rules::LANGUAGE);
        }
    }
}

/// One text or several in 2.0, always a list in 2.1.
fn header(path: &str, draft: &mut Draft) {
    let Some(fields) = draft.dictionary(path) else { return };
    if !fields.values().any(Value::is_string) {
        return;
    }
    let lists = fields.iter().map(|(name, value)| match value {
        Value::String(_) => (name.clone(), Value::Array(vec![value.clone()])),
        other => (name.clone(), other.clone()),
    });
    let lists = Value::Object(lists.collect());
    draft.replace(path, lists, rules::HEADER);
}

/// Properties that hold dictionaries of the producer's own keys, which are no references even
/// where they end like one.
const DICTIONARIES: [&str; 8] = [
    "additional_header_fields",
    "document_info_dict",
    "environment_variables",
    "exif_tags",
    "ipfix",
    "options",
    "request_header",
    "startup_info",
];

/// Properties whose references are ids in 2.0 already.
const IDS: [&str; 2] = ["granular_markings", "object_marking_refs"];

/// All references to other members of the container, to be read or replaced.
pub(super) fn references<'a>(
    members: &'a mut serde_json::Map<String, Value>,
    found: &mut Vec<&'a mut Value>,
) {
    for (name, value) in members {
        if DICTIONARIES.contains(&name.as_str()) || IDS.contains(&name.as_str()) {
            continue;
        }
        if name.ends_with("_ref") {
            found.push(value);
            continue;
        }
        match value {
            Value::Array(items) => {
                if name.ends_with("_refs") {
                    found.extend(items);
                } else {
                    items.iter_mut().for_each(|item| inner_references(item, found));
                }
            }
            value => inner_references(value, found),
        }
    }
}

fn inner_references<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    match value {
        Value::Object(members) => references(members, found),
        Value::Array(items) => items.iter_mut().for_each(|item| inner_references(item, found)),
        _ => {}
    }
}

/// Properties that hold references and go into the deterministic id (§2.9).
pub(super) fn contributing_references(kind: &str) -> &'static [&'static str] {
    match kind {
        "email-message" => &["from_ref"],
        "file" => &["parent_directory_ref", "extensions"],
        "network-traffic" => &["src_ref", "dst_ref", "extensions"],
        _ => &[],
    }
}

/// Whether two things of this type that differ can have the same deterministic id, since it does
/// not name a thing but describes an event.
pub(super) fn is_event(kind: &str) -> bool {
    matches!(kind, "network-traffic" | "email-message")
}
