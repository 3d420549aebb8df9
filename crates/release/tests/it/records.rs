//! Records inside an object: what lacks a member that it must have leaves alone, not the object.

use enlace_release::{Candidate, Outcome, Verdict};
use enlace_stix::types;
use serde_json::{Value, json};

use crate::model::{Node, OWN, agreement, candidate, id, sdo};

const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";

/// A suspect with a passport and a visa.
fn suspect() -> Value {
    let passport = json!({ "kind": "passport", "country": "EC", "number": "K0417-3321" });
    let visa = json!({ "kind": "visa", "country": "US", "number": "V-77" });
    let person = json!({ "names": [{ "full": "Ana Ríos" }],
        "identity_documents": [passport, visa],
        "subject_categories": [{ "category": "suspect" }] });
    sdo(
        "identity",
        7,
        json!({ "name": "Ana Ríos", "identity_class": "individual",
        "extensions": { "person": person } }),
    )
}

/// A node whose agreement keeps identity documents, with these kinds of identifiers.
fn node(identifiers: &str) -> Node {
    Node::under(&agreement(|text| {
        let documents = "\"person.names\", \"person.identity_documents\", ";
        let text = text.replacen("\"person.names\", ", documents, 1);
        let (before, rest) = text.split_once("[identifiers]").unwrap();
        let (_, after) = rest.split_once("]").unwrap();
        format!("{before}[identifiers]\nclause = \"3.7\"\nallowed = [{identifiers}]{after}")
    }))
}

/// The documents of the twin, and what the dry run says of them.
fn documents(node: &Node, suspect: Value) -> (Value, Verdict, String) {
    let plan = node.plan(&[candidate(suspect)]);
    let object = &plan.objects[0];
    assert!(matches!(object.outcome, Outcome::Released { .. }), "{:?}", object.lines);
    let line = object.lines.iter().find(|l| l.path == "person.identity_documents").unwrap();
    let twin =
        plan.released.iter().find(|r| r.kind() == "identity" && r.id().as_str() != OWN).unwrap();
    let twin: Value = serde_json::from_str(twin.bytes()).unwrap();
    let body = &twin["extensions"][types::definition_id("person")];
    assert_eq!(body["names"], json!([{ "full": "Ana Ríos" }]));
    (body["identity_documents"].clone(), line.verdict, line.clause.id.clone())
}

#[test]
fn a_record_without_what_it_must_have_stays_and_the_rest_leaves() {
    let both =
        suspect()["extensions"][types::definition_id("person")]["identity_documents"].clone();
    let known = node("\"identity-document\"");
    let (left, verdict, _) = documents(&known, suspect());
    assert_eq!((&left, verdict), (&both, Verdict::Kept));
    // Nobody agreed to this kind of identifier: a document without its number is none.
    let (left, verdict, clause) = documents(&node("\"iban\""), suspect());
    assert_eq!((left, verdict, &*clause), (Value::Null, Verdict::Withheld, "closure.required"));
    // One number may not leave: that document stays, the other leaves.
    let mut marked = suspect();
    let person = types::definition_id("person");
    let number = format!("extensions.{person}.identity_documents.[0].number");
    marked["granular_markings"] = json!([{ "marking_ref": RED, "selectors": [number] }]);
    let (left, verdict, _) = documents(&known, marked);
    assert_eq!((left, verdict), (json!([both[1]]), Verdict::Changed));
}

/// A seizure of goods from two persons, of whom one is in the set.
fn seizure(goods: Value) -> Vec<Candidate> {
    let persons = json!([{ "person_ref": id("identity", 7), "role": "carrier" },
        { "person_ref": id("identity", 8), "role": "owner" }]);
    let seizure = sdo(
        "seizure",
        1,
        json!({ "seized_on": "2026-05-01", "goods": goods, "persons": persons,
            "granular_markings": [{ "marking_ref": AMBER, "selectors": ["persons.[1].role"] }],
            "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"] }),
    );
    vec![candidate(seizure), candidate(suspect())]
}

fn customs() -> Node {
    Node::under(&agreement(|text| {
        let text = text.replacen("\"firearm\"", "\"firearm\", \"seizure\"", 1);
        let fields = "[fields.seizure]\nclause = \"4.9\"\n\
            keep = [\"seized_on\", \"goods.substance\", \"persons\"]\n\n[fields.firearm]";
        text.replacen("[fields.firearm]", fields, 1)
    }))
}

#[test]
fn a_record_that_loses_its_reference_stays_with_its_marking() {
    let plan = customs().plan(&seizure(json!([{ "substance": "cocaine" }])));
    let twin = |kind: &str| {
        let found = plan.released.iter().find(|r| r.kind() == kind && r.id().as_str() != OWN);
        let found = found.unwrap_or_else(|| panic!("{:#?}", plan.objects[1].outcome));
        serde_json::from_str::<Value>(found.bytes()).unwrap()
    };
    let (made, person) = (twin("seizure"), twin("identity"));
    assert_eq!(made["persons"], json!([{ "person_ref": person["id"], "role": "carrier" }]));
    // The amber mark on what stayed is no mark of what leaves.
    let green = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
    assert_eq!(made["object_marking_refs"][1], green);
}

#[test]
fn an_object_stays_when_nothing_is_left_of_a_list_that_it_must_have() {
    let outcome = |goods: Value| {
        let plan = customs().plan(&seizure(goods));
        let entry = plan.objects.iter().find(|o| o.original.kind() == "seizure").unwrap();
        entry.outcome.clone()
    };
    // The goods are known by their kind alone, and no clause names it.
    let Outcome::Withheld(why) = outcome(json!([{ "kind": "drugs" }])) else { panic!("leaves") };
    assert_eq!(why.reason, "closure-required");
    let mixed = outcome(json!([{ "kind": "drugs" }, { "substance": "cocaine" }]));
    assert!(matches!(mixed, Outcome::Released { .. }), "{mixed:?}");
}
