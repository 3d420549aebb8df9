//! Identifiers of a kind that no clause names, inside what a clause keeps.

use enlace_release::{Outcome, Verdict};
use enlace_stix::types;
use serde_json::{Value, json};

use crate::model::{Node, agreement, candidate, sdo};

/// A suspect with a passport and a visa.
fn suspect() -> Value {
    let document = json!({ "kind": "passport", "country": "EC", "number": "K0417-3321" });
    let odd = json!({ "kind": "visa", "country": "US", "number": "V-77" });
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
    if let Outcome::Withheld(withheld) = &object.outcome {
        return (Value::Null, vec![(String::new(), Verdict::Withheld, withheld.reason)]);
    }
    assert!(matches!(object.outcome, Outcome::Released { .. }), "{:?}", object.lines);
    let lines = object.lines.iter().map(|l| (l.path.clone(), l.verdict, l.clause.code)).collect();
    let twin = plan.released.iter().find(|r| r.kind() == "identity").unwrap();
    let twin: Value = serde_json::from_str(twin.bytes()).unwrap();
    let body = &twin["extensions"][types::definition_id("person")];
    (body["identity_documents"].clone(), lines)
}

#[test]
fn an_identifier_that_a_kept_record_must_have_takes_the_object_with_it() {
    let path = "person.identity_documents";
    let (documents, lines) = released("\"identity-document\"");
    let whole = json!([{ "kind": "passport", "country": "EC", "number": "K0417-3321" },
        { "kind": "visa", "country": "US", "number": "V-77" }]);
    assert_eq!(documents, whole);
    assert!(lines.iter().any(|(p, verdict, _)| p == path && *verdict == Verdict::Kept));
    // A document without its number is no document (`schemas/person.json`): the twin would not be
    // valid, so nothing of it leaves.
    let (documents, lines) = released("\"iban\"");
    assert_eq!(documents, Value::Null);
    assert_eq!(lines, [(String::new(), Verdict::Withheld, "invalid-stix")]);
}
