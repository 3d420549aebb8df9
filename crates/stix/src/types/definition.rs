//! Our extensions as the STIX objects that define them (§7.3.1).

use serde_json::{Map, Value, json};

use super::schemas::{self, Schema};
use super::{EXTENSIONS, Extension, Kind};
use crate::Object;

/// The identity that publishes our definitions: the project, no agency.
const PUBLISHER: &str = "identity--b3f5f2a4-7d0c-4a86-9c1e-5a0d6a6f3e10";

/// When the first definitions were made, and the version of a schema that names no `x-modified`.
const FIRST: &str = "2026-01-01T00:00:00.000Z";

/// The identity object to which every definition of ours points.
pub fn publisher() -> Value {
    json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": PUBLISHER,
        "created": FIRST,
        "modified": FIRST,
        "name": "Enlace",
        "description": "The project that publishes the extensions of Enlace.",
        "identity_class": "organization",
    })
}

/// The published definition of our extension `name`: an `extension-definition` whose `schema` is
/// the JSON Schema itself, so that a partner needs no network to read it. `None` for a name that is
/// not ours.
pub fn definition_object(name: &str) -> Option<Object> {
    let schema = schemas::own(name)?;
    Object::from_view(view(schema, schema.head())).ok()
}

fn view(schema: &'static Schema, head: &Extension) -> Map<String, Value> {
    let top = |key: &str| schema.json().get(key);
    let modified = top("x-modified").and_then(Value::as_str).unwrap_or(FIRST);
    let minor = top("x-minor").and_then(Value::as_u64).unwrap_or(0);
    let mut view = Map::new();
    let mut put = |name: &str, value: Value| view.insert(name.to_owned(), value);
    put("type", json!("extension-definition"));
    put("spec_version", json!("2.1"));
    put("id", json!(head.definition_id()));
    put("created_by_ref", json!(PUBLISHER));
    put("created", json!(FIRST));
    put("modified", json!(modified));
    put("name", json!(head.name));
    put("description", json!(head.description));
    put("schema", json!(schema.json().to_string()));
    put("version", json!(format!("{}.{minor}.0", head.version)));
    put("extension_types", json!([head.kind.name()]));
    if head.kind == Kind::Toplevel {
        let added = top("properties").and_then(Value::as_object).into_iter().flatten();
        let added =
            added.map(|(name, _)| name).filter(|n| !matches!(n.as_str(), "type" | "extensions"));
        put("extension_properties", json!(added.collect::<Vec<_>>()));
    }
    let page = format!("docs/types/{}.md", head.name);
    put("external_references", json!([{"source_name": "enlace", "external_id": page}]));
    view
}

/// Every definition of ours with its publisher, as a bundle: what a partner loads once.
pub fn definitions() -> Value {
    let own = EXTENSIONS.iter().filter_map(|extension| definition_object(extension.name));
    let own = own.map(|object| Value::Object(object.view().clone()));
    let objects: Vec<Value> = std::iter::once(publisher()).chain(own).collect();
    json!({
        "type": "bundle",
        "id": "bundle--0f0b0b0e-5d3c-4b6e-8f4f-0d9a4b7c2e61",
        "objects": objects,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::{self, Level};

    #[test]
    fn every_definition_object_is_sound() {
        let publisher = Object::parse(&publisher().to_string()).unwrap();
        assert_eq!(validate::object(&publisher), []);
        for extension in EXTENSIONS.iter() {
            let object = definition_object(extension.name).unwrap();
            assert_eq!(object.id().as_str(), extension.definition_id());
            let must = validate::object(&object).into_iter().find(|f| f.level == Level::Must);
            assert_eq!(must, None, "{}", extension.name);
        }
        assert!(definition_object("bank-account").is_none());
    }

    #[test]
    fn the_schema_in_a_definition_is_the_schema_without_its_examples() {
        let object = definition_object("firearm").unwrap();
        let schema: Value = serde_json::from_str(object.text("schema").unwrap()).unwrap();
        assert_eq!(schema["x-definition-id"], object.id().as_str());
        assert!(schema.get("examples").is_none());
    }

    #[test]
    fn the_bundle_holds_the_publisher_and_every_definition() {
        let bundle = definitions();
        assert_eq!(validate::bundle(&bundle.to_string()), []);
        assert_eq!(bundle["objects"].as_array().unwrap().len(), EXTENSIONS.len() + 1);
    }
}
