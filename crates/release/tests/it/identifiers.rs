//! Identifiers of a kind that no clause names, inside what a clause keeps.

use enlace_release::{Outcome, Verdict};
use enlace_stix::types;
use serde_json::{Value, json};

use crate::model::{Node, agreement, candidate, sdo};

/// A suspect with a passport and a member whose name is an id.
fn suspect() -> Value {
    let document = json!({ "kind": "passport", "country": "EC", "number": "K0417-3321" });
    let odd = json!({ "kind": "visa", "country": "US",
        "report--583d2708-6579-4037-bebe-032c07914883": "x" });
    let person = json!({ "names": [{ "full": "Ana Ríos" }], "identity_documents": [document, odd],
        "subject_categories": [{ "category": "suspect" }] });
    sdo(
        "identity",
        7,
        json!({ "name": "Ana Ríos", "identity_class": "individual",
        "extensions": { "person": person } }),
    )
}

/// The documents of the twin, and what the dry run says of each property.
fn released(identifiers: &str) -> (Value, Vec<(String, Verdict, &'static str)>) {
    let agreement = agreement(|text| {
        let text = text.replacen(
            "\"person.names\", ",
            "\"person.names\", \"person.identity_documents\", ",
            1,
        );
        let (before, rest) = text.split_once("[identifiers]").unwrap();
        let (_, after) = rest.split_once("]").unwrap();
        format!("{before}[identifiers]\nclause = \"3.7\"\nallowed = [{identifiers}]{after}")
    });
    let plan = Node::under(&agreement).plan(&[candidate(suspect())]);
    let object = &plan.objects[0];
    assert!(matches!(object.outcome, Outcome::Released { .. }), "{:?}", object.lines);
    let lines = object.lines.iter().map(|l| (l.path.clone(), l.verdict, l.clause.code)).collect();
    let twin = plan.released.iter().find(|r| r.kind() == "identity").unwrap();
    let twin: Value = serde_json::from_str(twin.bytes()).unwrap();
    let body = &twin["extensions"][types::definition_id("person")];
    (body["identity_documents"].clone(), lines)
}

#[test]
fn an_identifier_falls_out_of_a_kept_record_and_the_rest_of_the_record_leaves() {
    let path = "person.identity_documents";
    let (documents, lines) = released("\"identity-document\"");
    let whole = json!([{ "kind": "passport", "country": "EC", "number": "K0417-3321" },
        { "kind": "visa", "country": "US" }]);
    assert_eq!(documents, whole, "the name of a member is no place for an id");
    assert!(lines.iter().any(|(p, verdict, _)| p == path && *verdict == Verdict::Changed));
    let (documents, lines) = released("\"iban\"");
    let cut = json!([{ "kind": "passport", "country": "EC" }, { "kind": "visa", "country": "US" }]);
    assert_eq!(documents, cut);
    let line = lines.iter().find(|(p, ..)| p == path).unwrap();
    assert_eq!((line.1, line.2), (Verdict::Changed, "clause-field-parts"));
}
