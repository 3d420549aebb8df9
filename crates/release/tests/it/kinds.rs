//! Every type that can be released leaves with every property that a clause names: the examples of
//! the schemas and complete objects of the standard pass the exit, whole but for what never leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use enlace_policy::kinds::{self, Class, Family, Kind};
use enlace_policy::{Agreement, draft};
use enlace_release::Candidate;
use enlace_stix::types;
use enlace_stix::validate::shape::{self, Form};
use serde_json::{Map, Value, json};

use crate::model::{self, Node};

const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
const TIME: &str = "2026-05-01T10:00:00.000Z";

/// Every schema's example and a complete object of every type of the standard.
fn originals() -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &Path| -> Value {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let complete = read(&root.join("crates/stix/tests/it/complete.json"));
    let mut all: Vec<Value> =
        complete.as_array().unwrap().iter().map(|one| one["object"].clone()).collect();
    for folder in ["schemas", "schemas/reused"] {
        for file in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|ext| ext == "json") {
                all.extend(read(&path)["examples"].as_array().unwrap().clone());
            }
        }
    }
    all.retain(|object| kinds::kind(object["type"].as_str().unwrap()).is_some());
    all
}

/// An agreement that names every property there is.
fn everything() -> Agreement {
    let quoted = |names: &mut dyn Iterator<Item = String>| -> String {
        let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        names.join(", ")
    };
    let mut fields = String::new();
    for kind in kinds::all() {
        let top = |path: &str| !path.contains('.');
        let own = kind.fields().iter().filter(|f| top(f.path) && f.class.nameable());
        let mut paths: Vec<String> = own.map(|field| field.path.to_owned()).collect();
        for name in kind.extensions() {
            let inside = kinds::extension_fields(name).iter();
            let inside = inside.filter(|f| top(f.path) && f.class.nameable());
            paths.extend(inside.map(|field| format!("{name}.{}", field.path)));
        }
        let keep = quoted(&mut paths.into_iter());
        writeln!(fields, "[fields.{}]\nclause = \"4\"\nkeep = [{keep}]\n", kind.name).unwrap();
    }
    let types = quoted(&mut kinds::all().iter().map(|kind| kind.name.to_owned()));
    let identifiers = quoted(&mut kinds::IDENTIFIERS.iter().map(|kind| (*kind).to_owned()));
    model::agreement(|text| {
        let mut made = String::new();
        for section in text.split("\n[").map(|section| format!("\n[{section}")) {
            let name = section.trim_start_matches("\n[").split(']').next().unwrap();
            match name {
                "types" => {
                    writeln!(made, "\n[types]\nclause = \"3\"\nallowed = [{types}]").unwrap()
                }
                "identifiers" => {
                    writeln!(made, "\n[identifiers]\nclause = \"3\"\nallowed = [{identifiers}]")
                        .unwrap();
                }
                "documents" => {
                    made.push_str("\n[documents]\nclause = \"3\"\nleaves = \"originals\"\n");
                }
                "evaluation" | "age" => {}
                name if name.starts_with("fields.") => {}
                _ => made.push_str(&section),
            }
        }
        // The first piece stood in front of the first section.
        let made = made.trim_start_matches("\n[").to_owned() + "\n" + &fields;
        assert!(draft::parse(&made, "a").is_ok(), "{:?}", draft::parse(&made, "a"));
        made
    })
}

/// A minimal object of this id, and the ids that it cannot be without.
fn stub(id: &str, samples: &[Value]) -> (Value, Vec<String>) {
    let name = id.split("--").next().unwrap();
    let kind = kinds::kind(name).unwrap();
    let (_, shape) = shape::of_type(name).unwrap();
    let mut object = match kind.family {
        Family::Observable => json!({ "type": name, "spec_version": "2.1", "id": id }),
        _ => json!({ "type": name, "spec_version": "2.1", "id": id, "created": TIME,
            "modified": TIME, "created_by_ref": model::OWN }),
    };
    if let Some((definition, how)) = kinds::own_definition(name) {
        object["extensions"] = json!({ definition: { "extension_type": how } });
    }
    let sample = samples.iter().find(|sample| sample["type"] == name);
    let mut needed = Vec::new();
    let first = kind.one_of.iter().find(|name| **name != "extensions");
    for name in kind.required.iter().chain(first) {
        let property = shape.property(name).unwrap();
        object[*name] = match property.form {
            Form::Reference(types) => {
                let target = match (*name, types.first()) {
                    ("object_refs", _) if kind.name == "observed-data" => "ipv4-addr",
                    (_, Some(target)) => target,
                    (_, None) => "identity",
                };
                let target = model::id(target, 0xeee);
                needed.push(target.clone());
                if property.list { json!([target]) } else { json!(target) }
            }
            _ => match sample.and_then(|sample| sample.get(*name)) {
                Some(value) if !matches!(property.form, Form::Record(_) | Form::Flag) => {
                    value.clone()
                }
                _ => kind.blank(name, None, TIME).unwrap(),
            },
        };
    }
    if kind.name == "identity" {
        object["identity_class"] = json!("organization");
    }
    (object, needed)
}

/// Ids in the values of `_ref` and `_refs`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let ids: Vec<&Value> = match value {
                    Value::Array(items) => items.iter().collect(),
                    one => vec![one],
                };
                if name.ends_with("_ref") || name.ends_with("_refs") {
                    found.extend(ids.iter().filter_map(|id| id.as_str()).map(str::to_owned));
                } else {
                    references(value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The original with our marking, a tear-line, and everything that it refers to.
fn set(original: &Value, samples: &[Value]) -> Vec<Candidate> {
    let mut object = original.clone();
    let members = object.as_object_mut().unwrap();
    members.remove("granular_markings");
    members.insert("created_by_ref".into(), json!(model::OWN));
    let kind = kinds::kind(original["type"].as_str().unwrap()).unwrap();
    if kind.family == Family::Observable {
        members.remove("created_by_ref");
    }
    // A person would need a category.
    let is_person = object["extensions"].get(types::definition_id("person")).is_some();
    if kind.name == "identity" && !is_person {
        object["identity_class"] = json!("organization");
    }
    let mut all = BTreeMap::new();
    let mut missing = BTreeSet::new();
    references(&object, &mut missing);
    let own = object["id"].as_str().unwrap().to_owned();
    all.insert(own.clone(), object);
    while let Some(id) = missing.pop_first() {
        let known = kinds::kind(id.split("--").next().unwrap()).is_some();
        if known && !all.contains_key(&id) {
            let (object, needed) = stub(&id, samples);
            all.insert(id, object);
            missing.extend(needed);
        }
    }
    let tear = json!({ "extension_type": "property-extension", "title": "Tear", "text": "Line" });
    let finished = |mut object: Value| {
        object["object_marking_refs"] = json!([AMBER]);
        let kind = kinds::kind(object["type"].as_str().unwrap()).unwrap();
        if kind.title.is_some() || kind.text.is_some() {
            let mut extensions = object["extensions"].as_object().cloned().unwrap_or_default();
            extensions.insert(types::definition_id("tear-line"), tear.clone());
            object["extensions"] = json!(extensions);
        }
        model::candidate(object)
    };
    all.into_values().map(finished).collect()
}

/// Whether a reference names a paper, which never leaves.
fn names_paper(value: &Value) -> bool {
    let mut found = BTreeSet::new();
    references(&json!({ "any_refs": value }), &mut found);
    found.iter().all(|id| kinds::kind(id.split("--").next().unwrap()).is_none())
}

/// Properties of the original that a clause names and the twin has not.
fn lost(kind: &Kind, original: &Value, twin: &Map<String, Value>) -> Vec<String> {
    let mut lost = Vec::new();
    let stays = |path: &str, value: &Value| {
        !kind.knows(path) || kind.class(path) == Some(Class::Reference) && names_paper(value)
    };
    for (name, value) in original.as_object().unwrap() {
        if !kinds::ENVELOPE.contains(&name.as_str())
            && !stays(name, value)
            && !twin.contains_key(name)
        {
            lost.push(name.clone());
        }
    }
    for (id, body) in original["extensions"].as_object().into_iter().flatten() {
        let Some(short) = kinds::extension_called(id) else { continue };
        for (name, value) in body.as_object().unwrap() {
            let path = format!("{short}.{name}");
            let left = twin.get("extensions").and_then(|all| all.get(id)?.get(name)).is_some();
            if name != "extension_type" && !stays(&path, value) && !left {
                lost.push(path);
            }
        }
    }
    lost
}

#[test]
fn an_object_of_every_kind_leaves_with_every_property_that_is_named() {
    let node = Node::under(&everything());
    let mut seen = BTreeSet::new();
    let mut extensions = BTreeSet::new();
    let originals = originals();
    for original in &originals {
        let kind = kinds::kind(original["type"].as_str().unwrap()).unwrap();
        let id = original["id"].as_str().unwrap();
        let plan = node.plan(&set(original, &originals));
        let twin = plan.released.iter().find(|released| released.original() == Some(id));
        let Some(twin) = twin else {
            let why = plan.objects.iter().find(|o| o.original.as_str() == id);
            panic!("{}: {:#?}", kind.name, why.map(|o| &o.outcome));
        };
        let body: Value = serde_json::from_str(twin.bytes()).unwrap();
        let lost = lost(kind, original, body.as_object().unwrap());
        assert_eq!(lost, Vec::<String>::new(), "{}", kind.name);
        seen.insert(kind.name);
        let carried = original["extensions"].as_object().into_iter().flatten();
        extensions.extend(carried.filter_map(|(id, _)| kinds::extension_called(id)));
    }
    let all: BTreeSet<&str> = kinds::all().iter().map(|kind| kind.name).collect();
    assert_eq!(seen, all);
    let known: BTreeSet<&str> = kinds::extensions().collect();
    let unseen: Vec<&&str> = known.difference(&extensions).collect();
    assert_eq!(unseen, Vec::<&&str>::new(), "extensions without an example");
}

#[test]
fn no_free_text_of_an_example_leaves_whatever_is_named() {
    let node = Node::under(&everything());
    let originals = originals();
    let mut canaries = 0;
    for original in &originals {
        let kind = kinds::kind(original["type"].as_str().unwrap()).unwrap();
        let mut marked = original.clone();
        let mut texts = Vec::new();
        mark(kind, "", &mut marked, &mut texts);
        canaries += texts.len();
        for released in node.plan(&set(&marked, &originals)).released {
            for text in &texts {
                assert!(!released.bytes().contains(text.as_str()), "{} {text}", kind.name);
            }
        }
    }
    assert!(canaries > 100, "{canaries}");
}

/// Puts a canary in place of every text that is never to leave.
fn mark(kind: &Kind, above: &str, value: &mut Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                mark(kind, &path, value, texts);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                mark(kind, &format!("{above}.[{i}]"), item, texts);
            }
        }
        Value::String(text) => {
            let class = kind.class(above);
            if matches!(class, Some(Class::FreeText | Class::Never)) && !above.ends_with("_ref") {
                *text = format!("canary{}q{}", texts.len(), kind.name.replace('-', ""));
                texts.push(text.clone());
            }
        }
        _ => {}
    }
}
