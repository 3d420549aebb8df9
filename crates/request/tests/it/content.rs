//! What a request must say before it is sent.

use enlace_request::content::missing;
use enlace_stix::Object;
use serde_json::{Value, json};

use crate::desk::{ASKED, ASKING};

const GUN: &str = "firearm--0d1c8b7e-54d2-4a8c-9f9a-2f3f0f6f9d01";

fn object(value: Value) -> Object {
    Object::from_view(value.as_object().unwrap().clone()).unwrap()
}

fn request(kind: &str, more: Value) -> Object {
    let mut view = json!({
        "type": "request", "id": "request--00000000-0000-4000-8000-000000000001", "kind": kind,
        "agreement_ref": "agreement--00000000-0000-4000-8000-000000000002",
        "asked_by_ref": ASKING, "asked_of_ref": ASKED, "purpose": "firearms-tracing",
    });
    view.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object(view)
}

fn paths(request: &Object, subjects: &[&Object]) -> Vec<String> {
    missing(request, subjects, &[]).into_iter().map(|m| m.path).collect()
}

#[test]
fn information_needs_what_article_4_names() {
    let bare = request("information", json!({}));
    assert_eq!(paths(&bare, &[]), ["questions", "facts", "grounds_held", "case_number"]);
    let whole = json!({
        "questions": [{ "number": 1, "text": "Who bought it?" }], "facts": "Found at a crossing.",
        "grounds_held": "Sold in your country.", "case_number": "UNE-1",
    });
    assert_eq!(paths(&request("information", whole.clone()), &[]), [""; 0]);
    let mut about = whole;
    about["subject_values"] = json!([{ "kind": "phone", "value": "+593 99 555 0142" }]);
    assert_eq!(paths(&request("information", about), &[]), ["link_to_purpose"]);
}

#[test]
fn urgency_needs_its_ground_and_the_facts_behind_it() {
    let given = json!({ "about_refs": [GUN], "facts": "Mistaken.", "urgency": "urgent" });
    assert_eq!(paths(&request("recall", given), &[]), ["urgency_ground", "urgency_reason"]);
}

#[test]
fn blanks_and_empty_lists_say_nothing() {
    let blank = json!({ "about_refs": [], "facts": "  \n" });
    assert_eq!(paths(&request("recall", blank), &[]), ["about_refs", "facts"]);
}

#[test]
fn a_trace_needs_what_the_maker_is_asked_for() {
    let given = json!({
        "trace": { "firearm_ref": GUN, "recovered_on": "2026-03-01", "circumstances": "search" },
        "case_number": "UNE-1",
    });
    let trace = request("trace", given);
    assert_eq!(paths(&trace, &[]), ["trace.firearm_ref"]);
    let gun = object(json!({ "type": "firearm", "id": GUN, "manufacturer": "Bekker" }));
    let lacks = [
        "firearm.model",
        "firearm.firearm_type",
        "firearm.calibre",
        "firearm.country_of_manufacture",
        "firearm.serial",
    ];
    assert_eq!(paths(&trace, &[&gun]), lacks);
    let gun = object(json!({
        "type": "firearm", "id": GUN, "manufacturer": "Bekker", "model": "B9",
        "firearm_type": "pistol", "calibre": "9x19", "country_of_manufacture": "ZA",
        "serial_status": "obliterated",
    }));
    assert_eq!(paths(&trace, &[&gun]), [""; 0]);
}

#[test]
fn what_the_template_of_the_agreement_asks_for_is_needed_once() {
    let given = json!({ "about_refs": [GUN] });
    let found = missing(&request("recall", given), &[], &["legal_basis", "facts"]);
    let found: Vec<_> = found.iter().map(|m| (m.path.as_str(), m.rule)).collect();
    let expected =
        [("facts", "request.content.reason"), ("legal_basis", "request.content.template")];
    assert_eq!(found, expected);
}

#[test]
fn an_unknown_kind_is_named_first() {
    assert_eq!(paths(&request("gossip", json!({})), &[]), ["kind"]);
}
