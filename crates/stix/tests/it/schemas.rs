//! The published schemas say what the tables of the crate say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use enlace_stix::types::{EXTENSIONS, Kind};
use enlace_stix::{Object, validate};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The part of a schema that describes our own properties.
fn own<'a>(schema: &'a Value, name: &str, kind: Kind) -> &'a Value {
    match kind {
        Kind::NewSdo => schema,
        Kind::Property => &schema["$defs"][name],
    }
}

fn strings(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

#[test]
fn every_extension_has_a_schema_under_its_definition_id() {
    for extension in EXTENSIONS {
        let schema = schema(extension.name);
        let definition = extension.definition_id();
        let uuid = definition.split_once("--").unwrap().1;
        assert_eq!(schema["x-definition-id"], definition, "{}", extension.name);
        assert_eq!(schema["$id"], format!("urn:uuid:{uuid}"), "{}", extension.name);
        let kind = match extension.kind {
            Kind::NewSdo => "new-sdo",
            Kind::Property => "property-extension",
        };
        assert_eq!(schema["x-extension-type"], kind, "{}", extension.name);
        for property in ["title", "description"] {
            assert!(!schema[property].as_str().unwrap().is_empty(), "{}", extension.name);
        }
    }
}

#[test]
fn no_schema_is_without_an_extension() {
    let known: BTreeSet<_> = EXTENSIONS.iter().map(|e| format!("{}.json", e.name)).collect();
    let files = std::fs::read_dir(folder()).unwrap();
    let found: BTreeSet<_> = files
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    assert_eq!(found, known);
}

#[test]
fn a_schema_and_the_table_require_the_same_and_know_the_same() {
    for extension in EXTENSIONS {
        let schema = schema(extension.name);
        let own = own(&schema, extension.name, extension.kind);
        let required: BTreeSet<_> = extension.required.iter().copied().collect();
        assert_eq!(strings(&own["required"]), required, "{}", extension.name);
        let described: BTreeSet<_> = own["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .filter(|name| !matches!(*name, "type" | "extensions" | "extension_type"))
            .collect();
        let known: BTreeSet<_> = validate::own_properties(extension.name).into_iter().collect();
        assert_eq!(described, known, "{}", extension.name);
    }
}

#[test]
fn every_example_is_free_of_findings_and_shows_every_property() {
    for extension in EXTENSIONS {
        let schema = schema(extension.name);
        let example = &schema["examples"][0];
        let object = Object::parse(&example.to_string()).unwrap();
        assert_eq!(validate::object(&object), [], "{}", extension.name);
        let body = object.extension(&extension.definition_id()).unwrap();
        let holder = match extension.kind {
            Kind::NewSdo => object.view(),
            Kind::Property => body,
        };
        for name in validate::own_properties(extension.name) {
            let optional = matches!(name, "name" | "description");
            assert!(optional || holder.contains_key(name), "{}: {name}", extension.name);
        }
    }
}

#[test]
fn the_readme_lists_every_definition_id() {
    let text = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for extension in EXTENSIONS {
        let row = format!("[{}]({}.json)", extension.name, extension.name);
        let line = text.lines().find(|line| line.contains(&row)).unwrap_or_else(|| panic!("{row}"));
        assert!(line.contains(&extension.definition_id()), "{}", extension.name);
    }
}
