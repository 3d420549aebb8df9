//! A marking that says something on which nothing here acts: the object stays.

use enlace_release::Outcome;
use enlace_stix::marking::{acs, iep};
use enlace_stix::types;
use serde_json::{Value, json};

use crate::model::{Node, US, agreement, candidate, id, object, sdo};

const HANDLING_ONLY: usize = 90;

/// A node that holds one more marking definition with these extensions.
fn node(extensions: Value) -> Node {
    holding(Node::new(), extensions)
}

fn holding(mut node: Node, extensions: Value) -> Node {
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
fn every_member_of_handling_is_acted_on_and_what_nobody_can_check_withholds() {
    assert_eq!(leaves(&node(handling(json!({})))), [true; 2], "what is acted on leaves");
    let mut schema = enlace_stix::validate::own_properties("handling");
    schema.sort_unstable();
    let members = [
        ("caveats", json!(["no-press"]), false),
        ("clause", json!("4.2"), true),
        ("conditions", json!("not in court before the trial"), false),
        ("handling", json!(["H3"]), false),
        ("onward", json!("none"), true),
        ("onward_recipients", json!(["customs"]), true),
        ("pap", json!("clear"), false),
        ("purposes", json!(["cyber"]), false),
        ("releasable_to", json!(["NL"]), false),
        ("retention_days", json!(30), true),
        ("retention_until", json!("2026-12-01"), true),
        ("review_due", json!("2026-12-01"), true),
        ("tlp", json!("amber+strict"), false),
    ];
    assert_eq!(schema, members.clone().map(|(name, ..)| name), "a new member: is it acted on?");
    for (name, value, left) in members {
        assert_eq!(leaves(&node(handling(json!({ name: value })))), [left; 2], "{name}");
    }
    for over in [json!({ "retention_until": "2026-06-01" }), json!({ "review_due": "2026-05-31" })]
    {
        assert_eq!(leaves(&node(handling(over.clone()))), [false; 2], "{over}");
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

/// Body of the marking of a pistol that is marked with this handling, and when the twin expires.
fn stamped(node: &Node) -> (Value, i64) {
    let mark = id("marking-definition", HANDLING_ONLY);
    let pistol = sdo(
        "firearm",
        5,
        json!({ "serial": "KX4471", "serial_status": "readable", "object_marking_refs": [mark] }),
    );
    let plan = node.plan(&[candidate(pistol)]);
    let text = |r: &enlace_release::Released| r.bytes().to_owned();
    let marking = plan.released.iter().find(|r| r.kind() == "marking-definition").map(text);
    let marking: Value = serde_json::from_str(&marking.unwrap()).unwrap();
    let body = marking["extensions"][types::definition_id("handling")].clone();
    let twin = plan.released.iter().find(|r| r.kind() == "firearm").unwrap();
    (body, twin.expires_us())
}

#[test]
fn the_twin_bears_the_stricter_onward_rule_and_the_earlier_end() {
    let stamped = |members: Value| stamped(&node(handling(members)));
    let (agreed, ends) = stamped(json!({}));
    assert_eq!(agreed["onward"], "with-consent");
    let (never, same_end) = stamped(json!({ "onward": "none" }));
    assert_eq!((&never["onward"], same_end), (&json!("none"), ends));
    assert_eq!(never["retention_until"], agreed["retention_until"]);
    let soon = [
        json!({ "onward": "with-consent", "retention_until": "2026-06-20" }),
        // Whole days from the first release, the day of which does not count.
        json!({ "retention_days": 18 }),
        json!({ "retention_days": 18, "retention_until": "2026-07-20" }),
    ];
    for soon in soon {
        let (body, expires) = stamped(soon.clone());
        assert_eq!(body["onward"], agreed["onward"], "{soon}");
        assert_eq!(body["retention_until"], "2026-06-20", "{soon}");
        assert!(expires < ends);
    }
    for later in [json!({ "retention_until": "2099-01-01" }), json!({ "retention_days": 99_999 })] {
        assert_eq!(stamped(later), (agreed.clone(), ends));
    }
}

fn under(change: [&str; 2], members: Value) -> Value {
    let agreement = agreement(|text| text.replacen(change[0], change[1], 1));
    stamped(&holding(Node::under(&agreement), handling(members))).0
}

#[test]
fn the_twin_bears_the_colour_of_actions_and_the_earlier_review() {
    let pap = ["[text]", "[text]"];
    assert_eq!(under(pap, json!({})).get("pap"), None);
    let change = ["#: pap = [\"clear\", \"green\", \"amber\"]", "pap = [\"amber\"]"];
    assert_eq!(under(change, json!({ "pap": "amber" }))["pap"], "amber");
    assert_eq!(under(pap, json!({})).get("review_due"), None);
    assert_eq!(under(pap, json!({ "review_due": "2026-09-01" }))["review_due"], "2026-09-01");
    let agreed = ["#: review_days = 365", "review_days = 30"];
    assert_eq!(under(agreed, json!({}))["review_due"], "2026-07-02");
    assert_eq!(under(agreed, json!({ "review_due": "2026-06-10" }))["review_due"], "2026-06-10");
    let ends = json!({ "retention_until": "2026-06-15" });
    assert_eq!(under(agreed, ends)["review_due"], "2026-06-15", "no later than the end");
}

#[test]
fn passing_on_is_consented_in_advance_only_as_far_as_agreement_and_marking_both_say() {
    let with = "rule = \"with-consent\"";
    let agreed = |rule: &str, members: Value| {
        let body = under([with, rule], members);
        (body["onward"].clone(), body.get("onward_recipients").cloned().unwrap_or_default())
    };
    let classes = "rule = \"classes\"\nclasses = [\"customs\", \"courts\"]";
    let parties = "rule = \"parties-only\"";
    let consent = |to: Value| (json!("with-consent"), to);
    assert_eq!(agreed(with, json!({})), consent(Value::Null));
    assert_eq!(agreed(with, json!({ "onward_recipients": ["customs"] })), consent(Value::Null));
    assert_eq!(agreed(parties, json!({})), consent(json!(["parties-of-agreement"])));
    assert_eq!(agreed(parties, json!({ "onward": "with-consent" })), consent(Value::Null));
    assert_eq!(agreed(classes, json!({})), consent(json!(["courts", "customs"])));
    let narrower = json!({ "onward_recipients": ["customs", "army"] });
    assert_eq!(agreed(classes, narrower), consent(json!(["customs"])));
    assert_eq!(agreed(classes, json!({ "onward": "with-consent" })), consent(Value::Null));
    let never = (json!("none"), Value::Null);
    assert_eq!(agreed(classes, json!({ "onward": "none" })), never);
    assert_eq!(agreed("rule = \"none\"", json!({ "onward_recipients": ["customs"] })), never);
}
