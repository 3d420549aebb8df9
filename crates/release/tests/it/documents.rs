//! What a file tells of the copy of its document.

use enlace_policy::Agreement;
use enlace_release::{Candidate, Flattened, Outcome, Plan, Previous};
use serde_json::{Value, json};

use crate::model::{NOW, Node, agreement_object, candidate, id, object, previous};

/// TLP:GREEN and TLP:RED.
const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";

/// A node whose agreement lets flattened copies and files leave.
fn node() -> Node {
    let mut agreement = agreement_object();
    agreement["terms"] = node_terms();
    Node::under(&Agreement::from_object(&object(agreement)).unwrap())
}

fn node_terms() -> Value {
    let mut terms = agreement_object()["terms"].take();
    terms["documents"]["leaves"] = json!("flattened");
    for (section, list, more) in
        [("types", "allowed", &["artifact", "file"][..]), ("identifiers", "allowed", &["hash"][..])]
    {
        terms[section][list].as_array_mut().unwrap().extend(more.iter().map(|m| json!(m)));
    }
    let keep = ["payload_bin", "mime_type", "hashes"];
    terms["fields"]["artifact"] = json!({ "clause": "4.9", "keep": keep });
    let keep = ["name", "size", "mime_type", "hashes", "content_ref"];
    terms["fields"]["file"] = json!({ "clause": "4.9", "keep": keep });
    terms
}

fn artifact(number: usize, marking: &str) -> Candidate {
    let mut made = candidate(json!({
        "type": "artifact", "spec_version": "2.1", "id": id("artifact", number),
        "mime_type": "text/plain", "payload_bin": "T3JpZ2luYWw=",
        "object_marking_refs": [marking],
    }));
    made.flattened = Some(Flattened { bytes: b"copy".to_vec(), mime: "application/pdf".into() });
    made
}

fn file(number: usize, size: u64) -> Candidate {
    candidate(json!({
        "type": "file", "spec_version": "2.1", "id": id("file", number), "size": size,
        "hashes": { "SHA-256": "0".repeat(64) }, "mime_type": "text/plain",
        "content_ref": id("artifact", number), "object_marking_refs": [GREEN],
    }))
}

fn twin_of(plan: &Plan, original: &str) -> Option<Value> {
    let twin = plan.released.iter().find(|r| r.original() == Some(original))?;
    Some(serde_json::from_str(twin.bytes()).unwrap())
}

fn outcome<'p>(plan: &'p Plan, original: &str) -> &'p Outcome {
    &plan.objects.iter().find(|o| o.original.as_str() == original).unwrap().outcome
}

/// A node that has sent the document and its file.
fn sent() -> (Node, Plan) {
    let mut node = node();
    let set = [artifact(1, GREEN), file(1, 8)];
    let plan = node.plan(&set);
    for released in &plan.released {
        let original = released.original().unwrap().to_owned();
        let mut had = previous(released);
        if original.starts_with("artifact--") {
            had.copy = set[0].flattened.as_ref().map(Flattened::imprint);
        }
        node.previous.insert(original, had);
    }
    node.now_us = NOW + 3_600_000_000;
    (node, plan)
}

#[test]
fn a_file_that_changes_alone_tells_of_the_copy_that_the_partner_has() {
    let (node, before) = sent();
    let told = twin_of(&before, &id("file", 1)).unwrap();
    assert_eq!(told["size"], 4, "that of the copy: {told}");
    // The original file changes in what the partner does not see.
    let plan = node.plan(&[file(1, 9)]);
    let unchanged = matches!(outcome(&plan, &id("file", 1)), Outcome::Unchanged { .. });
    assert!(unchanged, "{:?}", plan.objects);
    assert!(plan.released.is_empty(), "nothing shows that something changed");
}

#[test]
fn a_file_tells_nothing_of_a_copy_that_the_partner_has_no_longer() {
    let (mut node, _) = sent();
    node.previous.get_mut(&id("artifact", 1)).unwrap().recalled = true;
    let plan = node.plan(&[file(1, 9)]);
    assert!(matches!(outcome(&plan, &id("file", 1)), Outcome::Withheld(_)));
}

#[test]
fn a_file_tells_nothing_of_a_copy_that_stays() {
    let node = node();
    // Each time the artifact has a copy, and stays for another reason.
    let held = Candidate { held_back: true, ..artifact(1, GREEN) };
    let foreign = Candidate { own: false, ..artifact(1, GREEN) };
    for artifact_that_stays in [artifact(1, RED), held, foreign] {
        let plan = node.plan(&[artifact_that_stays, file(1, 8), artifact(2, GREEN), file(2, 8)]);
        assert!(matches!(outcome(&plan, &id("artifact", 1)), Outcome::Withheld(_)));
        // Without its hash there is no file.
        let Outcome::Withheld(withheld) = outcome(&plan, &id("file", 1)) else {
            panic!("{:?}", twin_of(&plan, &id("file", 1)))
        };
        assert_eq!(withheld.reason, "closure-required", "{withheld:?}");
        let other = twin_of(&plan, &id("file", 2)).unwrap();
        assert_eq!(other["size"], 4, "its document leaves: {other}");
    }
}

#[test]
fn a_file_tells_nothing_of_a_copy_that_falls_for_want_of_something_else() {
    // The document has nothing in it that may leave under these fields: it is no artifact.
    let mut agreement = agreement_object();
    agreement["terms"] = node_terms();
    agreement["terms"]["fields"]["artifact"]["keep"] = json!(["mime_type", "hashes"]);
    let node = Node::under(&Agreement::from_object(&object(agreement)).unwrap());
    let plan = node.plan(&[artifact(1, GREEN), file(1, 8)]);
    assert!(matches!(outcome(&plan, &id("artifact", 1)), Outcome::Withheld(_)));
    assert!(matches!(outcome(&plan, &id("file", 1)), Outcome::Withheld(_)));
    assert!(plan.released.is_empty());
}

#[test]
fn of_two_artifacts_with_one_twin_a_file_tells_of_the_copy_that_leaves() {
    let mut node = node();
    // Both had one value once: what the partner has of them is one twin.
    for number in [1, 2] {
        let twin = id("artifact", 77).parse().unwrap();
        let had = Previous {
            twin,
            created: "2026-05-01T10:00:00.000Z".parse().unwrap(),
            modified: "2026-05-01T10:00:00.000Z".parse().unwrap(),
            content_hash: String::new(),
            recalled: false,
            copy: None,
        };
        node.previous.insert(id("artifact", number), had);
    }
    let bytes = |bytes: &str| Flattened { bytes: bytes.into(), mime: "application/pdf".into() };
    let with =
        |number, copy: &str| Candidate { flattened: Some(bytes(copy)), ..artifact(number, GREEN) };
    let same = node.plan(&[with(1, "one"), with(2, "one"), file(1, 8), file(2, 8)]);
    assert_eq!(twin_of(&same, &id("file", 2)).unwrap()["size"], 3);
    let other = node.plan(&[with(1, "one"), with(2, "another"), file(1, 8), file(2, 8)]);
    assert_eq!(twin_of(&other, &id("file", 1)).unwrap()["size"], 3);
    assert!(matches!(outcome(&other, &id("file", 2)), Outcome::Withheld(_)), "its copy stays");
}
