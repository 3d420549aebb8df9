//! What the dialect of the schemas is, and what is refused.

use serde_json::json;

use super::*;

const ID: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

/// A schema of a public extension with this property.
fn with(kind: &str, more: &[(&str, Value)], property: Value) -> Compile<Compiled> {
    let mut schema = json!({"$id": ID.replace("extension-definition--", "urn:uuid:"),
        "title": "Seal", "description": "A seal.", "x-name": "seal", "x-version": 1,
        "x-definition-id": ID, "x-extension-type": kind, "x-publisher": "somebody",
        "type": "object",
        "properties": {"type": {"const": "seal"}, "extensions": {}, "seal_number": property},
        "allOf": [{"$ref": "#/$defs/common"}, {"$ref": "#/$defs/common-observable"}],
        "$defs": {"identifier": {}, "timestamp": {}, "part": {"type": "object",
            "properties": {"part_name": {"type": "string", "description": "Name."}}}}});
    schema["$defs"]["seal"] = json!({"type": "object", "properties": {"seal_number": property}});
    for (key, value) in more {
        schema[*key] = value.clone();
    }
    super::schema(Schema::for_test("seal", schema.to_string()))
}

fn refused(more: &[(&str, Value)], property: Value) -> String {
    match with("new-sdo", more, property) {
        Err(outside) => outside.to_string(),
        Ok(_) => panic!("{more:?} was accepted"),
    }
}

fn plain() -> Value {
    json!({"type": "string", "description": "Number."})
}

#[test]
fn each_of_the_five_kinds_compiles_to_its_own_shape() {
    for kind in types::Kind::ALL {
        let Ok(compiled) = with(kind.name(), &[], plain()) else { panic!("{kind}") };
        assert_eq!(compiled.kind, kind);
        assert_eq!(compiled.body().is_some(), kind == types::Kind::Property);
        assert_eq!(compiled.added().is_some(), kind == types::Kind::Toplevel);
        let Shape::New(new) = &compiled.shape else { continue };
        assert_eq!((new.name, new.record.properties.len()), ("seal", 1));
        let family = match kind {
            types::Kind::NewSdo => Family::Sdo,
            types::Kind::NewSco => Family::Sco,
            _ => Family::Sro,
        };
        assert_eq!(new.family, family);
    }
}

#[test]
fn what_is_outside_of_the_dialect_is_refused_and_says_where() {
    let described = |mut form: Value| {
        form["description"] = json!("Number.");
        form
    };
    let forms = [
        (json!({"type": "string", "pattern": "^A"}), "the keyword `pattern`"),
        (json!({"type": "string", "maxLength": 3}), "the keyword `maxLength`"),
        (json!({"type": "string", "x-identifier": "shoe-size"}), "`shoe-size`"),
        (json!({"type": "array", "items": {"type": "string"}}), "`minItems` is 1"),
        (json!({"type": "null"}), "no form of the dialect"),
        (json!({"enum": []}), "not a list of strings"),
        (json!({"enum": [1, 2]}), "not a list of strings"),
        (json!({"const": 1}), "`const` of a string only"),
        (json!({"$ref": "#/$defs/nothing"}), "no `$defs/nothing`"),
        (json!({"$ref": "https://example.org/schema"}), "`$ref` is to `#/$defs/` only"),
        (json!({"$ref": "#/$defs/identifier", "pattern": "^A b--"}), "`A b` is no type"),
        (json!({"$ref": "#/$defs/identifier", "pattern": "identity"}), "not `^type--`"),
        (json!({"$ref": "#/$defs/timestamp", "pattern": "^2"}), "the keyword `pattern`"),
        (json!({"type": "integer", "minimum": 0.5}), "limits that are no integers"),
    ];
    for (form, expected) in forms {
        let found = refused(&[], described(form));
        assert!(found.starts_with("at `/seal_number"), "{found}");
        assert!(found.contains(expected), "{found}: {expected}");
    }
    assert!(refused(&[], json!({"type": "string"})).contains("no description"));
}

#[test]
fn the_top_of_a_file_says_one_thing_only() {
    let cases = [
        ("x-name", json!("other"), "at `x-name`"),
        ("title", json!(""), "at `title`"),
        ("x-publisher", json!(""), "at `x-publisher`"),
        ("$id", json!("urn:uuid:0"), "at `$id`"),
        ("x-version", json!(0), "at `x-version`"),
        ("x-extension-type", json!("new-object"), "at `x-extension-type`"),
        ("allOf", json!([]), "at `allOf`"),
        ("x-carrier", json!(["identity"]), "at `x-carrier`"),
        ("x-contributing", json!(["seal_number"]), "at `x-contributing`"),
        ("x-colour", json!("red"), "`x-colour`"),
        ("required", json!(["seal_colour"]), "`seal_colour` is required"),
        ("anyOf", json!([{"required": ["a", "b"]}]), "each choice requires one"),
        ("x-order", json!([["seal_number", "seal_number", "before"]]), "no date and no time"),
        ("x-order", json!([["seal_number", "seal_number"]]), "not `[earlier"),
        ("properties", json!({"labels": plain()}), "common property"),
    ];
    for (key, value, expected) in cases {
        let found = refused(&[(key, value)], plain());
        assert!(found.contains(expected), "{found}: {expected}");
    }
}

#[test]
fn a_record_inside_itself_is_refused() {
    let part = json!({"type": "object", "properties":
        {"part": {"$ref": "#/$defs/part", "description": "Part."}}});
    let property = json!({"$ref": "#/$defs/part", "description": "Part."});
    let found = refused(&[("$defs", json!({"part": part}))], property);
    assert!(found.contains("without end"), "{found}");
}
