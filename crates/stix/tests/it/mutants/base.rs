//! Sound objects of every type: what a mutant is made of, one step from breaking a rule.

use std::sync::LazyLock;

use enlace_stix::types;
use serde_json::{Map, Value, json};

use super::rng::Rng;
use super::tables::{self, common, extensions_of, is_sco, names, table};
use super::values::{record, value};

/// How much of what is optional an object carries.
#[derive(Clone, Copy, PartialEq)]
pub enum Size {
    /// Every property that can stand together.
    Complete,
    /// Any of them.
    Some,
    /// Only what is required.
    Least,
}

/// Every type of the standard that a builder knows.
pub fn kinds() -> Vec<&'static str> {
    names(&["sdo", "sro", "sco", "meta"])
}

/// Any object: of any type of the standard.
pub fn any(rng: &mut Rng, size: Size) -> Value {
    let kind = rng.pick(&kinds());
    object(rng, kind, size)
}

/// Any versioned object (SDO, SRO).
pub fn versioned(rng: &mut Rng, size: Size) -> Value {
    let kind = rng.pick(&names(&["sdo", "sro"]));
    object(rng, kind, size)
}

/// Any cyber-observable.
pub fn observable(rng: &mut Rng, size: Size) -> Value {
    let kind = rng.pick(&names(&["sco"]));
    object(rng, kind, size)
}

/// A sound object of `kind`.
pub fn object(rng: &mut Rng, kind: &str, size: Size) -> Value {
    let mut view = head(rng, kind);
    let own = table(kind);
    let chosen = own.any.iter().copied().find(|name| *name != "extensions");
    for property in &own.properties {
        let wanted = property.required || Some(property.name) == chosen;
        if wanted || takes(rng, size) {
            let value = value(rng, kind, property.name, &property.kind);
            view.insert(property.name.to_owned(), value);
        }
    }
    for property in &common(kind).properties {
        let wanted = property.name == "created_by_ref" && kind == "extension-definition";
        if wanted || takes(rng, size) {
            let value = value(rng, kind, property.name, &property.kind);
            view.insert(property.name.to_owned(), value);
        }
    }
    predefined(rng, kind, size, &mut view);
    agree(rng, kind, &mut view);
    granular(rng, &mut view);
    let mut view = Value::Object(view);
    seal(rng, &mut view);
    view
}

fn takes(rng: &mut Rng, size: Size) -> bool {
    match size {
        Size::Complete => true,
        Size::Some => rng.one_in(2),
        Size::Least => false,
    }
}

fn head(rng: &mut Rng, kind: &str) -> Map<String, Value> {
    let mut view = Map::new();
    view.insert("type".into(), json!(kind));
    view.insert("spec_version".into(), json!("2.1"));
    view.insert("id".into(), json!(rng.id(kind)));
    if !is_sco(kind) {
        view.insert("created".into(), json!(super::values::time_in(rng, 2024)));
        if kind != "marking-definition" {
            view.insert("modified".into(), json!(super::values::time_in(rng, 2026)));
        }
    }
    if kind == "extension-definition" {
        view.insert("created_by_ref".into(), json!(rng.id("identity")));
    }
    view
}

/// Predefined extensions beside, or in place of, the foreign one.
fn predefined(rng: &mut Rng, kind: &str, size: Size, view: &mut Map<String, Value>) {
    for extension in extensions_of(kind) {
        if !takes(rng, size) {
            continue;
        }
        let body = record(rng, extension.name, size == Size::Complete);
        let all = view.entry("extensions").or_insert_with(|| json!({}));
        all[extension.name] = body;
    }
}

/// Takes out what cannot stand together and adds what one property asks of another.
fn agree(rng: &mut Rng, kind: &str, view: &mut Map<String, Value>) {
    match kind {
        "artifact" => {
            let (gone, kept) =
                if rng.one_in(2) { ("url", "payload_bin") } else { ("payload_bin", "url") };
            view.shift_remove(gone);
            put(rng, kind, kept, view);
            if kept == "url" {
                put(rng, kind, "hashes", view);
            }
            if !view.contains_key("encryption_algorithm") {
                view.shift_remove("decryption_key");
            }
        }
        "email-message" => {
            let multipart = view.get("is_multipart") == Some(&Value::Bool(true));
            view.shift_remove(if multipart { "body" } else { "body_multipart" });
        }
        "malware" => put(rng, kind, "name", view),
        "grouping" => put(rng, kind, "name", view),
        "network-traffic" => {
            put(rng, kind, "src_port", view);
            put(rng, kind, "dst_port", view);
            if view.contains_key("end") {
                view.insert("is_active".into(), json!(false));
            }
        }
        "location" => {
            if view.contains_key("latitude") || view.contains_key("longitude") {
                put(rng, kind, "latitude", view);
                put(rng, kind, "longitude", view);
                put(rng, kind, "precision", view);
            } else {
                view.shift_remove("precision");
                put(rng, kind, "country", view);
            }
        }
        "file" if !view.contains_key("name") => {
            view.shift_remove("name_enc");
        }
        "indicator" => {
            put(rng, kind, "name", view);
            put(rng, kind, "description", view);
        }
        "marking-definition" => marking(rng, view),
        "extension-definition" => extension_definition(rng, view),
        _ => {}
    }
}

/// Adds a sound value for one property if it is not there.
pub fn put(rng: &mut Rng, kind: &str, name: &str, view: &mut Map<String, Value>) {
    if view.contains_key(name) {
        return;
    }
    let of = |t: &'static tables::Table| t.properties.iter().find(|p| p.name == name);
    let property = of(table(kind)).or_else(|| of(common(kind))).unwrap();
    let value = value(rng, kind, name, &property.kind);
    view.insert(name.to_owned(), value);
}

fn marking(rng: &mut Rng, view: &mut Map<String, Value>) {
    for name in ["definition_type", "definition", "extensions"] {
        view.shift_remove(name);
    }
    match rng.below(4) {
        0 => {
            let (level, uuid) = rng.pick(super::markings::TLP_1);
            view.insert("id".into(), json!(format!("marking-definition--{uuid}")));
            view.insert("created".into(), json!("2017-01-20T00:00:00.000Z"));
            view.insert("name".into(), json!(format!("TLP:{}", level.to_uppercase())));
            view.insert("definition_type".into(), json!("tlp"));
            view.insert("definition".into(), json!({"tlp": level}));
            // The published definition carries nothing else.
            for name in ["created_by_ref", "external_references", "object_marking_refs"] {
                view.shift_remove(name);
            }
            view.shift_remove("granular_markings");
        }
        1 => {
            view.insert(
                "extensions".into(),
                json!({ types::definition_id("handling"): {
                "extension_type": "property-extension", "tlp": "amber", "handling": ["H1"]}}),
            );
        }
        _ => {
            view.insert("definition_type".into(), json!("statement"));
            view.insert("definition".into(), json!({"statement": super::values::words(rng)}));
        }
    }
}

fn extension_definition(rng: &mut Rng, view: &mut Map<String, Value>) {
    let kinds = tables::vocabulary("extension-type-enum");
    let mut chosen = vec![rng.pick(&kinds)];
    if view.contains_key("extension_properties") {
        chosen = vec!["property-extension", "toplevel-property-extension"];
        view.insert("extension_properties".into(), json!(["grade", "remark_2"]));
    } else if chosen == ["toplevel-property-extension"] {
        view.insert("extension_properties".into(), json!(["toxicity"]));
    }
    view.insert("extension_types".into(), json!(chosen));
    put(rng, "extension-definition", "description", view);
}

/// Selectors of what the object holds, in place of the invented words.
fn granular(rng: &mut Rng, view: &mut Map<String, Value>) {
    if !view.contains_key("granular_markings") {
        return;
    }
    let mut selectors: Vec<String> = Vec::new();
    for (name, value) in view.iter() {
        if matches!(name.as_str(), "granular_markings" | "type" | "id" | "spec_version") {
            continue;
        }
        // One of the public libraries takes what is false for what is not there.
        if value.is_boolean() {
            continue;
        }
        selectors.push(name.clone());
        if value.is_array() {
            selectors.push(format!("{name}.[0]"));
        }
    }
    let mut markings = Vec::new();
    for _ in 0..=rng.below(2) {
        let chosen = if selectors.is_empty() { "id".to_owned() } else { rng.pick(&selectors) };
        markings.push(json!({"marking_ref": rng.id("marking-definition"), "selectors": [chosen]}));
    }
    view.insert("granular_markings".into(), json!(markings));
}

/// Gives a cyber-observable the id that §2.9 asks for: deterministic where a contributing property
/// is there, else random.
pub fn seal(rng: &mut Rng, view: &mut Value) {
    let kind = view["type"].as_str().unwrap_or_default().to_owned();
    if !is_sco(&kind) {
        return;
    }
    let expected = enlace_stix::sco_id(&kind, view.as_object().unwrap());
    view["id"] = json!(expected.map_or_else(|| rng.id(&kind), |id| id.to_string()));
}

/// The examples of our own types and extensions.
pub fn own(rng: &mut Rng) -> Value {
    let examples = own_examples();
    let mut view = rng.pick(&examples);
    let kind = view["type"].as_str().unwrap().to_owned();
    // The ids of observables are not free.
    if view.get("created").is_some() {
        view["id"] = json!(rng.id(&kind));
    }
    view
}

/// Every example of `schemas/` and `schemas/reused/`.
pub fn own_examples() -> Vec<Value> {
    EXAMPLES.clone()
}

static EXAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas");
    let mut paths = Vec::new();
    for folder in [root.to_owned(), format!("{root}/reused")] {
        let entries = std::fs::read_dir(folder).unwrap();
        paths.extend(entries.map(|e| e.unwrap().path()));
    }
    paths.sort();
    let mut examples = Vec::new();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "json")) {
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        examples.extend(schema["examples"].as_array().into_iter().flatten().cloned());
    }
    examples
});

/// An object of a foreign type that an extension defines.
pub fn foreign(rng: &mut Rng) -> Value {
    let (kind, class) = rng.pick(&[
        ("case-file", "new-sdo"),
        ("x-agency-thing", "new-sdo"),
        ("shipment-link", "new-sro"),
        ("tracking-number", "new-sco"),
    ]);
    let mut view = head(rng, kind);
    if class == "new-sco" {
        view.shift_remove("created");
        view.shift_remove("modified");
    }
    view.insert("docket".into(), json!(super::values::words(rng)));
    view.insert("pages_total".into(), json!(rng.below(500)));
    view.insert("tags".into(), json!(["one", super::values::slug(rng)]));
    let definition = rng.id("extension-definition");
    view.insert("extensions".into(), json!({definition: {"extension_type": class}}));
    Value::Object(view)
}

/// An object of the standard with top-level properties that an extension defines.
pub fn widened(rng: &mut Rng) -> Value {
    let mut view = versioned(rng, Size::Some);
    view["toxicity"] = json!(rng.below(9));
    view["berth_code"] = json!(super::values::slug(rng));
    if !view["extensions"].is_object() {
        view["extensions"] = json!({});
    }
    view["extensions"][rng.id("extension-definition")] =
        json!({"extension_type": "toplevel-property-extension"});
    view
}
