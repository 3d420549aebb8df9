//! Extensions of every kind: ours, public ones, and those whose definitions are met in data.

use enlace_stix::types::{self, EXTENSIONS, Kind, Registry, reused};
use enlace_stix::validate::{self, Finding, Level};
use enlace_stix::{Object, sco_id};
use serde_json::{Value, json};

const UUID: &str = "f431f809-377b-45e0-aa1c-6a4751cae5ff";
const SEALS: &str = "extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62";

fn object(kind: &str, definition: &str, body: Value, more: Value) -> Object {
    let mut view = json!({"type": kind, "spec_version": "2.1", "id": format!("{kind}--{UUID}"),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "extensions": {definition: body}});
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    Object::parse(&view.to_string()).unwrap()
}

fn identity(definition: &str, body: Value, more: Value) -> Object {
    let mut all = json!({"name": "Elena Paz"});
    for (name, value) in more.as_object().unwrap() {
        all[name] = value.clone();
    }
    object("identity", definition, body, all)
}

fn said(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| format!("{} {}", f.rule, f.path)).collect()
}

fn definition(kinds: &[&str], properties: &[&str]) -> Registry {
    let mut view = json!({"type": "extension-definition", "spec_version": "2.1", "id": SEALS,
        "created_by_ref": format!("identity--{UUID}"), "created": "2026-03-01T10:00:00.000Z",
        "modified": "2026-03-01T10:00:00.000Z", "name": "Customs seals",
        "schema": "https://example.org/seals.json", "version": "1.0.0", "extension_types": kinds});
    if !properties.is_empty() {
        view["extension_properties"] = json!(properties);
    }
    let object = Object::parse(&view.to_string()).unwrap();
    let mut registry = Registry::new();
    assert!(registry.learn(&object));
    registry
}

#[test]
fn an_extension_is_of_a_kind_that_its_definition_names() {
    for defined in Kind::ALL {
        let registry = definition(&[defined.name()], &["seal_number"]);
        for used in Kind::ALL {
            let body = json!({"extension_type": used.name(), "seal": "A1"});
            let carrier = if used.is_new_type() { "customs-seal" } else { "identity" };
            let more = match used {
                Kind::Toplevel => json!({"name": "Elena Paz", "seal_number": "A1"}),
                _ => json!({"name": "Elena Paz"}),
            };
            let object = object(carrier, SEALS, body, more);
            let alone = said(&validate::object(&object));
            let found = said(&validate::object_with(&object, &registry));
            let new: Vec<_> = found.iter().filter(|f| !alone.contains(f)).collect();
            let expected = format!("stix.extension.mismatch extensions.{SEALS}.extension_type");
            let expected = if used == defined { vec![] } else { vec![&expected] };
            assert_eq!(new, expected, "defined as {defined}, used as {used}");
        }
    }
}

#[test]
fn a_hybrid_definition_may_be_used_for_each_of_its_kinds() {
    let registry = definition(&["new-sdo", "property-extension"], &[]);
    let property = json!({"extension_type": "property-extension", "seal": "A1"});
    let new = json!({"extension_type": "new-sdo"});
    for object in [
        identity(SEALS, property, json!({})),
        object("customs-seal", SEALS, new, json!({"number": "A1"})),
    ] {
        assert_eq!(validate::object_with(&object, &registry), []);
    }
}

#[test]
fn a_definition_that_is_not_known_changes_nothing() {
    let body = json!({"extension_type": "toplevel-property-extension"});
    let object = identity(SEALS, body, json!({"seal_number": "A1"}));
    let registry = Registry::new();
    assert_eq!(validate::object_with(&object, &registry), validate::object(&object));
    // A definition that lists nothing opens the object as much as one that is not known.
    let silent = definition(&["toplevel-property-extension"], &[]);
    assert_eq!(validate::object_with(&object, &silent), []);
}

#[test]
fn top_level_properties_are_those_that_the_definition_lists() {
    let registry = definition(&["toplevel-property-extension"], &["seal_number"]);
    let body = json!({"extension_type": "toplevel-property-extension"});
    let listed = identity(SEALS, body.clone(), json!({"seal_number": "A1"}));
    assert_eq!(validate::object_with(&listed, &registry), []);
    let other = identity(SEALS, body, json!({"seal_number": "A1", "seal_colour": "red"}));
    let found = validate::object_with(&other, &registry);
    assert_eq!(said(&found), ["stix.property.unknown seal_colour"]);
    assert_eq!(found[0].level, Level::Should);
    assert_eq!(validate::object(&other), []);
}

#[test]
fn a_public_top_level_extension_is_known_without_its_definition() {
    let opencti = reused::by_name("identity-opencti").unwrap().id;
    let body = json!({"extension_type": "toplevel-property-extension"});
    let object = identity(opencti, body, json!({"x_opencti_aliases": ["La Jefa"], "x_score": 1}));
    let found = said(&validate::object_with(&object, &Registry::new()));
    assert_eq!(found, ["stix.property.unknown x_score"]);
}

#[test]
fn ours_stand_on_their_carrier_and_as_their_kind() {
    for extension in EXTENSIONS.iter() {
        let id = extension.definition_id();
        let wrong = match extension.kind {
            Kind::Property => Kind::NewSdo,
            _ => Kind::Property,
        };
        let body = json!({"extension_type": wrong.name()});
        let found = said(&validate::object(&object("mutex", &id, body, json!({}))));
        let at = format!("stix.extension.mismatch extensions.{id}");
        assert!(found.contains(&format!("{at}.extension_type")), "{} {found:?}", extension.name);
        let anywhere = extension.kind == Kind::Property && extension.carrier.is_empty();
        assert_eq!(found.contains(&at), !anywhere, "{} {found:?}", extension.name);
    }
}

#[test]
fn public_ones_stand_on_their_carrier_and_as_their_kind() {
    for public in reused::EXTENSIONS.iter().filter(|public| public.name != "opencti-observables") {
        let body = json!({"extension_type": "new-sro"});
        let found = said(&validate::object(&object("mutex", public.id, body, json!({}))));
        let at = format!("stix.extension.mismatch extensions.{}", public.id);
        assert!(found.contains(&format!("{at}.extension_type")), "{}", public.name);
        assert!(found.contains(&at), "{}", public.name);
    }
    let opencti = reused::by_name("opencti-observables").unwrap().id;
    let body = json!({"extension_type": "property-extension", "score": 50});
    let found = said(&validate::object(&identity(opencti, body, json!({}))));
    assert_eq!(found, Vec::<String>::new());
    let body = json!({"extension_type": "new-sco"});
    let persona = object("persona", opencti, body.clone(), json!({"persona_name": "Nena"}));
    assert_eq!(said(&validate::object(&persona)), Vec::<String>::new());
    let found = said(&validate::object(&identity(opencti, body, json!({}))));
    let at = format!("stix.extension.redefines extensions.{opencti}.extension_type");
    assert_eq!(found, [at]);
}

/// A public observable with the id that its publisher's rule gives.
fn observable(kind: &str, properties: Value) -> Object {
    let public = reused::by_name(kind).unwrap();
    let id = sco_id(kind, properties.as_object().unwrap()).unwrap();
    let mut view = json!({"type": kind, "spec_version": "2.1", "id": id.as_str(),
        "extensions": {public.id: {"extension_type": "new-sco"}}});
    for (name, value) in properties.as_object().unwrap() {
        view[name] = value.clone();
    }
    Object::parse(&view.to_string()).unwrap()
}

#[test]
fn nobody_keeps_the_security_code_of_a_card() {
    let card = json!({"value": "4111111111111111", "security_code": "123"});
    let found = validate::object(&observable("payment-card", card));
    assert_eq!(said(&found), ["enlace.payment-card.security-code security_code"]);
    assert_eq!(found[0].level, Level::Must);
    assert!(!format!("{found:?}").contains("123"), "the code is not repeated");
}

#[test]
fn both_editions_of_the_public_phone_number_are_read() {
    for name in ["number", "value"] {
        let phone = observable("phone-number", json!({name: "+593995550187"}));
        assert_eq!(validate::object(&phone), []);
    }
    let none = json!({"type": "phone-number", "id": format!("phone-number--{UUID}"),
        "extensions": {reused::PHONE_NUMBER: {"extension_type": "new-sco"}}, "provider": "Litoral"});
    let found = said(&validate::object(&Object::parse(&none.to_string()).unwrap()));
    assert_eq!(found, ["stix.property.one-of "]);
}

/// Vectors: one account has two ids where publishers disagree on what makes it (dogesec: IBAN and
/// account number).
#[test]
fn ids_of_public_observables_follow_their_publisher() {
    let cases = [
        ("bank-account", json!({"iban": "GB33BUKB20201555555555"}), "0ffc7644-b03a-5c13-94aa"),
        (
            "bank-account",
            json!({"iban": "GB33BUKB20201555555555", "account_number": "1"}),
            "c7853a66-",
        ),
    ];
    for (kind, properties, starts) in cases {
        let id = sco_id(kind, properties.as_object().unwrap()).unwrap();
        assert!(id.as_str().starts_with(&format!("{kind}--{starts}")), "{id}");
    }
}

#[test]
fn dates_inside_an_extension_keep_their_order() {
    let id = types::definition_id("membership");
    let person = format!("identity--{UUID}");
    let body = json!({"extension_type": "property-extension", "role": "member",
        "held_from": "2024-05", "held_until": "2024-03-01"});
    let more =
        json!({"relationship_type": "member-of", "source_ref": person, "target_ref": person});
    let found = said(&validate::object(&object("relationship", &id, body, more)));
    let expected = format!("stix.timestamp.order extensions.{id}.held_until");
    assert!(found.contains(&expected), "{found:?}");
}

#[test]
fn an_open_vocabulary_suggests_and_a_code_of_a_country_has_its_form() {
    let id = types::definition_id("vessel");
    let body = json!({"extension_type": "new-sdo"});
    let more = json!({"vessel_type": "canoe", "build_country": "Ecuador", "imo": "9074720"});
    let found = validate::object(&object("vessel", &id, body, more));
    let expected = [
        ("stix.vocabulary.value", "vessel_type", Level::Should),
        ("stix.value.kind", "build_country", Level::Must),
        ("stix.identifier.check-digit", "imo", Level::Should),
    ];
    let found: Vec<_> = found.iter().map(|f| (f.rule, f.path.as_str(), f.level)).collect();
    assert_eq!(found, expected);
}
