//! The published schemas: complete, alike in what they share, each with examples that show it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use enlace_stix::types::{self, EXTENSIONS, Kind, reused};
use enlace_stix::{Object, validate};
use serde_json::Value;

/// `schemas/` of the repository.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn files(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect()
}

/// Every schema, ours first, with its file.
pub(crate) fn all() -> Vec<(PathBuf, Value)> {
    let ours = files(&folder()).into_iter().map(|name| folder().join(format!("{name}.json")));
    let public = folder().join("reused");
    let public = files(&public).into_iter().map(|name| public.join(format!("{name}.json")));
    ours.chain(public).map(|path| (path.clone(), json(&path))).collect()
}

/// The part of a schema that describes the properties of its own.
pub(crate) fn own(schema: &Value) -> &Value {
    match schema["x-extension-type"].as_str() {
        Some("property-extension") => &schema["$defs"][schema["x-name"].as_str().unwrap()],
        _ => schema,
    }
}

fn strings(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_file_is_an_extension_and_every_extension_has_a_file() {
    let known: BTreeSet<_> = EXTENSIONS.iter().map(|e| e.name.to_owned()).collect();
    assert_eq!(files(&folder()), known);
    for name in files(&folder().join("reused")) {
        assert!(reused::by_name(&name).is_some(), "{name}");
    }
}

#[test]
fn the_registry_says_what_the_schemas_say() {
    for extension in EXTENSIONS.iter() {
        let schema = json(&folder().join(format!("{}.json", extension.name)));
        assert_eq!(schema["x-definition-id"], extension.definition_id());
        assert_eq!(schema["x-extension-type"], extension.kind.name());
        assert_eq!(schema["title"], extension.title);
        assert_eq!(strings(&schema["x-carrier"]), extension.carrier.iter().copied().collect());
        let mut required = strings(&own(&schema)["required"]);
        for envelope in ["type", "extensions", "extension_type"] {
            required.remove(envelope);
        }
        assert_eq!(required, extension.required.iter().copied().collect(), "{}", extension.name);
    }
    for (path, schema) in all().iter().filter(|(_, schema)| schema.get("x-publisher").is_some()) {
        let public = reused::by_name(schema["x-name"].as_str().unwrap()).unwrap();
        assert_eq!(schema["x-definition-id"], public.id, "{}", path.display());
        assert_eq!(schema["x-publisher"], public.publisher);
        assert_eq!(schema["x-extension-type"], public.kinds[0].name());
        assert_eq!(strings(&schema["x-carrier"]), public.carrier.iter().copied().collect());
        let contributing = strings(&schema["x-contributing"]);
        assert_eq!(contributing, public.contributing.iter().copied().collect());
    }
}

#[test]
fn shared_definitions_are_the_same_in_every_file_and_each_file_stands_by_itself() {
    let shared = json(&folder().join("shared/definitions.json"));
    for (path, schema) in all() {
        let own = schema["$defs"].as_object().unwrap();
        for (name, definition) in own {
            if let Some(master) = shared["$defs"].get(name) {
                assert_eq!(definition, master, "{} $defs/{name}", path.display());
            }
        }
        let mut used = BTreeSet::new();
        references(&schema, &mut used);
        let carried: BTreeSet<_> = own.keys().map(|name| format!("#/$defs/{name}")).collect();
        assert_eq!(used, carried, "{}: used, carried", path.display());
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        _ => {}
    }
}

#[test]
fn every_example_is_free_of_findings() {
    for (path, schema) in all() {
        for example in schema["examples"].as_array().unwrap() {
            let object = Object::parse(&example.to_string()).unwrap();
            assert_eq!(validate::object(&object), [], "{}", path.display());
            let definition = schema["x-definition-id"].as_str().unwrap();
            assert!(object.extension(definition).is_some(), "{}", path.display());
        }
    }
}

/// What no example shows.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("criminal-group", "/names/script"),
    // Two names of one thing: the publisher's editions differ.
    ("phone-number", "/value"),
    ("release-record", "/released/corrected"),
    ("release-record", "/released/recalled"),
];

#[test]
fn the_examples_of_a_schema_show_every_property() {
    for (path, schema) in all() {
        let definition = schema["x-definition-id"].as_str().unwrap();
        let holders: Vec<&Value> = schema["examples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|example| match schema["x-extension-type"].as_str() {
                Some("property-extension") => &example["extensions"][definition],
                _ => example,
            })
            .collect();
        let mut missing = Vec::new();
        shown(&schema, own(&schema), &holders, "", &mut missing);
        let name = schema["x-name"].as_str().unwrap();
        missing.retain(|at| !NOT_SHOWN.contains(&(name, at)));
        assert_eq!(missing, Vec::<String>::new(), "{}", path.display());
    }
}

/// Adds to `missing` each property of `form` that none of `holders` has, records included.
fn shown(schema: &Value, form: &Value, holders: &[&Value], at: &str, missing: &mut Vec<String>) {
    for (name, property) in form["properties"].as_object().into_iter().flatten() {
        let values: Vec<&Value> = holders.iter().filter_map(|holder| holder.get(name)).collect();
        let at = format!("{at}/{name}");
        if values.is_empty() {
            // A text by which people recognise the object is not what the type is about.
            if !matches!(at.as_str(), "/name" | "/description") {
                missing.push(at);
            }
            continue;
        }
        if matches!(name.as_str(), "type" | "extensions") {
            continue;
        }
        let (form, values) = match property.get("items") {
            Some(items) => (items, values.iter().flat_map(|v| v.as_array().unwrap()).collect()),
            None => (property, values),
        };
        let record = form["$ref"].as_str().and_then(|r| schema.pointer(r.strip_prefix('#')?));
        shown(schema, record.unwrap_or(form), &values, &at, missing);
    }
}

#[test]
fn names_of_properties_keep_the_rules_and_reserved_ones_never_appear() {
    fn walk(form: &Value, path: &Path) {
        for (name, property) in form["properties"].as_object().into_iter().flatten() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(name.chars().all(plain) && name.len() >= 2, "{} {name}", path.display());
            let reserved = ["severity", "username", "phone_number", "action"];
            assert!(!reserved.contains(&name.as_str()), "{} {name}", path.display());
            walk(property, path);
        }
    }
    for (path, schema) in all() {
        let own = own(&schema);
        let short = own["properties"].as_object().unwrap().keys().find(|name| name.len() < 3);
        assert_eq!(short, None, "{}", path.display());
        for definition in schema["$defs"].as_object().unwrap().values() {
            if definition["description"] != "Digests by algorithm (STIX 2.1, section 2.7)." {
                walk(definition, &path);
            }
        }
    }
}

#[test]
fn the_validator_knows_the_properties_of_every_schema() {
    for extension in EXTENSIONS.iter() {
        let schema = json(&folder().join(format!("{}.json", extension.name)));
        let mut described: BTreeSet<_> =
            own(&schema)["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        for envelope in ["type", "extensions", "extension_type"] {
            described.remove(envelope);
        }
        let known: BTreeSet<_> = validate::own_properties(extension.name).into_iter().collect();
        assert_eq!(described, known, "{}", extension.name);
    }
    assert_eq!(validate::own_properties("no-such-extension"), Vec::<&str>::new());
}

#[test]
fn every_new_type_is_a_type_and_every_property_extension_is_none() {
    for extension in EXTENSIONS.iter() {
        let found = types::new_type(extension.name);
        assert_eq!(found.is_some(), extension.kind != Kind::Property, "{}", extension.name);
    }
}
