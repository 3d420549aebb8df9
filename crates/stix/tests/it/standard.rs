//! Sound objects of the standard, among them what public checkers wrongly refuse.

use enlace_stix::marking::Tlp;
use enlace_stix::validate::{self, Level};
use enlace_stix::{Object, types};
use serde_json::{Value, json};

const UUID: &str = "f431f809-377b-45e0-aa1c-6a4751cae5ff";

fn rules(view: &Value) -> Vec<String> {
    let object = Object::parse(&view.to_string()).unwrap();
    validate::object(&object).into_iter().map(|f| format!("{} {}", f.rule, f.path)).collect()
}

fn identity(more: Value) -> Value {
    let mut view = json!({
        "type": "identity", "spec_version": "2.1", "id": format!("identity--{UUID}"),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "name": "Elena Paz", "labels": ["uno", "dos"],
    });
    for (name, value) in more.as_object().unwrap() {
        view[name] = value.clone();
    }
    view
}

#[test]
fn what_public_checkers_wrongly_refuse_is_sound() {
    let legal = [
        json!({"granular_markings": [{"lang": "es", "selectors": ["name", "labels.[1]"]}]}),
        json!({"created": "2026-03-01T10:00:00.000000001Z",
            "modified": "2026-03-01T10:00:00.123456789Z"}),
        json!({"confidence": 0, "revoked": true, "lang": "zh-Hant-TW"}),
        json!({"confidence": 100.0}),
    ];
    for more in legal {
        assert_eq!(rules(&identity(more.clone())), Vec::<String>::new(), "{more}");
    }
}

#[test]
fn instants_are_compared_not_their_texts() {
    let same = json!({"created": "2026-03-01T10:00:00.1000Z",
        "modified": "2026-03-01T10:00:00.100Z"});
    assert_eq!(rules(&identity(same)), Vec::<String>::new());
}

#[test]
fn the_nine_published_tlp_definitions_are_sound() {
    let first = [
        ("white", "613f2e26-407d-48c7-9eca-b8e91df99dc9"),
        ("green", "34098fce-860f-48ae-8e50-ebd3cc5e41da"),
        ("amber", "f88d31f6-486f-44da-b317-01333bde0b82"),
        ("red", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"),
    ];
    for (name, uuid) in first {
        let view = json!({"type": "marking-definition", "spec_version": "2.1",
            "id": format!("marking-definition--{uuid}"), "created": "2017-01-20T00:00:00.000Z",
            "name": format!("TLP:{}", name.to_uppercase()),
            "definition_type": "tlp", "definition": {"tlp": name}});
        assert_eq!(rules(&view), Vec::<String>::new(), "{name}");
    }
    for tlp in Tlp::ALL {
        let view = json!({"type": "marking-definition", "spec_version": "2.1",
            "id": tlp.marking_id(), "created": "2022-10-01T00:00:00.000Z",
            "name": format!("TLP:{}", tlp.name().to_uppercase()),
            "extensions": { types::reused::TLP_2: {
                "extension_type": "property-extension", "tlp_2_0": tlp.name()}}});
        assert_eq!(rules(&view), Vec::<String>::new(), "{}", tlp.name());
    }
}

#[test]
fn a_type_that_its_extension_defines_is_not_ours_to_judge() {
    let foreign = json!({
        "type": "case-file", "spec_version": "2.1", "id": format!("case-file--{UUID}"),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "docket": "7/2026",
        "extensions": { format!("extension-definition--{UUID}"): {"extension_type": "new-sdo"} },
    });
    assert_eq!(rules(&foreign), Vec::<String>::new());
    let mut top = identity(json!({"rank": "cabo"}));
    top["extensions"] = json!({ format!("extension-definition--{UUID}"):
        {"extension_type": "toplevel-property-extension"} });
    assert_eq!(rules(&top), Vec::<String>::new());
}

#[test]
fn custom_content_without_an_extension_is_a_warning_only() {
    let custom = json!({
        "type": "x-agency-thing", "spec_version": "2.1", "id": format!("x-agency-thing--{UUID}"),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "x_agency_code": {"a": [1, "b"]}, "anything": true,
    });
    let object = Object::parse(&custom.to_string()).unwrap();
    let found = validate::object(&object);
    assert!(found.iter().all(|f| f.level == Level::Should), "{found:#?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn another_publishers_firearm_is_not_measured_by_our_table() {
    let view = json!({
        "type": "firearm", "spec_version": "2.1", "id": format!("firearm--{UUID}"),
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "extensions": { format!("extension-definition--{UUID}"): {"extension_type": "new-sdo"} },
    });
    assert_eq!(rules(&view), Vec::<String>::new());
}

fn found(view: &Value) -> Vec<validate::Finding> {
    validate::object(&Object::parse(&view.to_string()).unwrap())
}

#[test]
fn a_finding_names_the_section_that_describes_the_place() {
    let cases = [
        (json!({"labels": [7]}), "3.2"),
        (json!({"roles": [7]}), "4.5"),
        (json!({"created_by_ref": format!("tool--{UUID}")}), "3.2"),
        (json!({"external_references": [{"source_name": 7, "url": "u"}]}), "2.5.1"),
        (json!({"granular_markings": [{"lang": "es_EC", "selectors": ["name"]}]}), "7.2.3"),
        (json!({"lang": "es_EC"}), "3.2"),
        (json!({"modified": "2026-02-01T10:00:00.000Z"}), "3.6.1"),
        (json!({"X": 1}), "11.1.1"),
    ];
    for (more, section) in cases {
        let found = found(&identity(more.clone()));
        assert!(found.iter().any(|f| f.section == section), "{more}: {found:?}");
        assert!(
            found.iter().all(|f| f.level == Level::Should || f.section == section),
            "{found:?}"
        );
    }
}

#[test]
fn what_lies_just_inside_the_rules_is_no_must() {
    let foreign = format!("extension-definition--{UUID}");
    let sound = [
        // RFC 3339 §5.7: a second inserted at the end of June or December.
        json!({"modified": "2026-12-31T23:59:60.000Z"}),
        json!({"modified": "2026-03-01T10:00:00.12345678901234567890Z"}),
        json!({"lang": "sl-rozaj-biske-1994", "confidence": 0}),
        json!({"x_ab": 1, "abc": 2, "a_1": {"Ab-1": "x"}}),
        json!({"external_references": [{"source_name": "cve", "external_id": "7"}]}),
        json!({"extensions": { "x-example-ext": {"abc": 1} }}),
        json!({"extensions": { &foreign: {"extension_type": "property-extension"} }}),
        json!({"extensions": { &foreign: {"extension_type": "property-extension",
            "rank": {"deep": []}} }}),
        json!({"x_owner": format!("identity--{UUID}"), "x_flags_hex": "FF", "x_a_ref": "Ana"}),
        json!({"created_by_ref": "identity--F431F809-377B-45E0-AA1C-6A4751CAE5FF"}),
    ];
    for more in sound {
        let found = found(&identity(more.clone()));
        assert!(found.iter().all(|f| f.level == Level::Should), "{more}: {found:?}");
    }
}

#[test]
fn a_marking_with_an_extension_needs_no_definition() {
    for more in [json!({}), json!({"definition_type": "statement"})] {
        let mut view = json!({"type": "marking-definition", "spec_version": "2.1",
            "id": format!("marking-definition--{UUID}"), "created": "2026-03-01T10:00:00.000Z",
            "extensions": { format!("extension-definition--{UUID}"):
                {"extension_type": "property-extension", "house_rule": "x"} }});
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        assert_eq!(rules(&view), Vec::<String>::new());
    }
}

#[test]
fn a_tlp_definition_of_version_1_has_exactly_its_seven_properties() {
    let white = json!({"type": "marking-definition", "spec_version": "2.1",
        "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        "created": "2017-01-20T00:00:00Z", "name": "TLP:WHITE",
        "definition_type": "tlp", "definition": {"tlp": "white"}});
    // The instant is that of the standard; that its digits are too few is another rule.
    assert_eq!(rules(&white), ["stix.timestamp.precision created"]);
    for (name, value) in [("name", json!("TLP:CLEAR")), ("created_by_ref", json!("x"))] {
        let mut other = white.clone();
        other[name] = value;
        assert!(rules(&other).contains(&"stix.marking.tlp ".to_owned()), "{other}");
    }
}

#[test]
fn a_new_type_keeps_the_common_properties_of_its_family() {
    let of = |kind: &str, more: Value| {
        let mut view = json!({"type": "case-file", "id": format!("case-file--{UUID}"),
            "extensions": { format!("extension-definition--{UUID}"): {"extension_type": kind} }});
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        rules(&view)
    };
    assert_eq!(of("new-sco", json!({"docket": "7"})), Vec::<String>::new());
    let missing = ["spec_version", "created", "modified"];
    let missing = missing.map(|name| format!("stix.property.missing {name}"));
    assert_eq!(of("new-sdo", json!({"docket": "7"})), missing);
    assert_eq!(of("new-sro", json!({"docket": "7"})), missing);
    assert_eq!(of("new-sco", json!({"revoked": "no"})), ["stix.value.kind revoked"]);
}
