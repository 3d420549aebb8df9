//! A marking that says something on which nothing here acts: the object stays.

use enlace_release::Outcome;
use enlace_stix::marking::{acs, iep};
use enlace_stix::types;
use serde_json::{Value, json};

use crate::model::{Node, US, candidate, id, object, sdo};

const HANDLING_ONLY: usize = 90;

/// A node that holds one more marking definition with these extensions.
fn node(extensions: Value) -> Node {
    let mut node = Node::new();
    let id = id("marking-definition", HANDLING_ONLY);
    let definition = object(json!({
        "type": "marking-definition", "spec_version": "2.1", "id": id,
        "created": "2026-01-01T00:00:00.000Z", "extensions": extensions,
    }));
    node.definitions.insert(id, definition);
    node
}

fn handling(more: Value) -> Value {
    let mut body = json!({ "extension_type": "property-extension", "tlp": "green",
        "handling": ["H0"], "releasable_to": [US] });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    json!({ types::definition_id("handling"): body })
}

/// The object marked as a whole, and the object with one marked property.
fn leaves(node: &Node) -> [bool; 2] {
    let mark = id("marking-definition", HANDLING_ONLY);
    let pistol = |marks: Value| {
        let mut view = sdo(
            "firearm",
            5,
            json!({ "serial": "KX4471", "serial_status": "readable", "model": "G3C" }),
        );
        for (name, value) in marks.as_object().unwrap() {
            view[name] = value.clone();
        }
        view
    };
    let whole = node.plan(&[candidate(pistol(json!({ "object_marking_refs": [mark] })))]);
    let granular = json!([{ "marking_ref": mark, "selectors": ["model"] }]);
    let part = node.plan(&[candidate(pistol(json!({ "granular_markings": granular })))]);
    let part = part.released.iter().find(|r| r.kind() == "firearm").unwrap();
    let model = serde_json::from_str::<Value>(part.bytes()).unwrap()["model"].is_string();
    [matches!(whole.objects[0].outcome, Outcome::Released { .. }), model]
}

#[test]
fn a_member_of_handling_that_nothing_acts_on_withholds_alone() {
    assert_eq!(leaves(&node(handling(json!({})))), [true; 2], "what is acted on leaves");
    let schema = enlace_stix::validate::own_properties("handling");
    let acted_on =
        ["tlp", "handling", "releasable_to", "caveats", "purposes", "onward", "retention_until"];
    let mut others: Vec<&str> = schema.into_iter().filter(|n| !acted_on.contains(n)).collect();
    others.sort_unstable();
    let members = [
        ("clause", json!("4.2")),
        ("conditions", json!("not in court before the trial")),
        ("onward_recipients", json!(["NL"])),
        ("pap", json!("clear")),
        ("retention_days", json!(30)),
        ("review_due", json!("2026-12-01")),
    ];
    assert_eq!(others, members.clone().map(|(name, _)| name), "a new member: is it acted on?");
    for (name, value) in members {
        assert_eq!(leaves(&node(handling(json!({ name: value })))), [false; 2], "{name}");
    }
}

#[test]
fn an_acs_or_iep_marking_withholds_alone_and_beside_handling() {
    let acs = json!({
        "extension_type": "property-extension",
        "identifier": "isa:guide.19001.ACS3-f431f809-377b-45e0-aa1c-6a4751cae5f0",
        "create_date_time": "2026-03-01T10:00:00.000Z",
        "responsible_entity_custodian": "USA.DHS",
        "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit",
        "control_set": { "classification": "U" },
    });
    let iep = json!({
        "extension_type": "property-extension", "iep_version": 2.0,
        "iep_id": "f431f809-377b-45e0-aa1c-6a4751cae5f0", "description": "Feria",
        "encrypt_in_transit": "may", "affected_party_notifications": "may", "tlp": "white",
        "permitted_actions": "externally-visible-direct-actions",
        "provider_attribution": "may", "unmodified_resale": "may",
        "start_date": "2026-01-01T00:00:00Z",
    });
    for (definition, body) in [(acs::DEFINITION, acs), (iep::DEFINITION, iep)] {
        let alone = json!({ definition: body });
        assert_eq!(leaves(&node(alone.clone())), [false; 2], "{definition}");
        let mut beside = handling(json!({}));
        beside[definition] = body;
        assert_eq!(leaves(&node(beside)), [false; 2], "{definition} beside handling");
    }
}

#[test]
fn the_twin_bears_the_stricter_onward_rule_and_the_earlier_end() {
    let stamped = |node: &Node| {
        let mark = id("marking-definition", HANDLING_ONLY);
        let pistol = sdo(
            "firearm",
            5,
            json!({ "serial": "KX4471", "serial_status": "readable",
                "object_marking_refs": [mark] }),
        );
        let plan = node.plan(&[candidate(pistol)]);
        let text = |r: &enlace_release::Released| r.bytes().to_owned();
        let marking = plan.released.iter().find(|r| r.kind() == "marking-definition").map(text);
        let marking: Value = serde_json::from_str(&marking.unwrap()).unwrap();
        let body = &marking["extensions"][types::definition_id("handling")];
        let twin = plan.released.iter().find(|r| r.kind() == "firearm").unwrap();
        let expires = twin.expires_us();
        (body["onward"].clone(), body["retention_until"].as_str().unwrap().to_owned(), expires)
    };
    let agreed = stamped(&node(handling(json!({}))));
    assert_eq!(agreed.0, "with-consent");
    let never = stamped(&node(handling(json!({ "onward": "none" }))));
    assert_eq!((never.0, never.1), (json!("none"), agreed.1.clone()));
    let soon = json!({ "onward": "with-consent", "retention_until": "2026-06-20" });
    let soon = stamped(&node(handling(soon)));
    assert_eq!((soon.0, soon.1.as_str()), (agreed.0.clone(), "2026-06-20"));
    assert!(soon.2 < agreed.2);
    let later = stamped(&node(handling(json!({ "retention_until": "2099-01-01" }))));
    assert_eq!((later.1, later.2), (agreed.1, agreed.2));
}
