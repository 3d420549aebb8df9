//! Documents that go along with a request: by the release, and in no other way.

use std::fs;

use serde_json::{Value, json};

use super::{Doc, documents, import, others, searcher, text, world};
use crate::exits::world::World;
use crate::support::Done;

const ASKED: &str = r#"
kind = "information"
purpose = "firearms-tracing"
case_number = "UNE-26-204"
urgency = "normal"
facts = "A bill of lading was found in the cab of a lorry."
grounds_held = "The bill names a warehouse in your country."

[[questions]]
number = 1
text = "Is the warehouse on the bill known to you?"
"#;

/// EC asks, US is asked, documents leave flattened.
struct Desk {
    world: World,
    documents: Vec<Doc>,
}

impl Desk {
    fn new() -> Self {
        let (world, ..) = world("flattened");
        let mut documents = documents();
        documents.extend(others().into_iter().map(|(document, _)| document));
        let objects: Vec<Value> = documents.iter().flat_map(Doc::objects).collect();
        import(&world.ec, world.home.path(), &objects);
        Self { world, documents }
    }

    fn new_request(&self, attach: &[&str]) -> Done {
        let file = self.world.home.path().join("asked.toml");
        fs::write(&file, ASKED).unwrap();
        let new = ["request", "new", file.to_str().unwrap(), "--agreement", &self.world.agreement];
        let attach = attach.iter().flat_map(|id| ["--attach", id]);
        let args: Vec<&str> = new.into_iter().chain(attach).collect();
        self.world.ec.cli_as(Some("liaison-officer"), &args)
    }

    fn written(&self, attach: &[&str]) -> String {
        let done = self.new_request(attach);
        assert_eq!((done.code, &done.summary()["missing"]), (0, &json!([])), "{}", done.text);
        text(&done.summary()["request"])
    }

    fn officer(&self, args: &[&str]) -> Done {
        self.world.ec.cli_as(Some("liaison-officer"), &[&["request"][..], args].concat())
    }

    fn approved(&self, id: &str) {
        self.world.ec.must_as("approver", &["request", "approve", id]);
    }

    /// Everything that waits goes over; what US holds of the thread.
    fn arrived(&self, id: &str) -> Done {
        for _ in 0..2 {
            self.world.ec.must(&["partner", "sync", "US"]);
            self.world.us.must(&["partner", "sync", "EC"]);
        }
        self.world.us.must_as("liaison-officer", &["request", "show", id])
    }

    fn releases(&self) -> Vec<Value> {
        let listed = self.world.ec.must_as("liaison-officer", &["release", "list"]);
        listed.results().cloned().collect()
    }

    /// Everything of the released documents that US got, and that nothing else of them came.
    fn received(&self, shown: &Done) -> Vec<String> {
        let us = &self.world.us;
        us.must_as("liaison-officer", &["inbox", "accept", "all"]);
        let searcher = searcher(&self.documents);
        let named = &shown.summary()["request"]["attachment_refs"];
        let named: Vec<String> = named.as_array().unwrap().iter().map(text).collect();
        for id in &named {
            let got = us.must(&["get", id]).text;
            assert_eq!(searcher.search("the copy", got.as_bytes()), [""; 0]);
        }
        assert_eq!(searcher.search("the request", shown.text.as_bytes()), [""; 0]);
        named
    }
}

#[test]
fn documents_go_along_with_a_request_as_flattened_copies() {
    let desk = Desk::new();
    let files: Vec<&str> = desk.documents[..2].iter().map(|d| d.file.as_str()).collect();
    let id = desk.written(&files);
    let releases = desk.releases();
    assert_eq!((releases.len(), &releases[0]["state"]), (1, &json!("drafted")));

    // Whoever attached them does not approve them, with the request or without.
    assert_ne!(desk.officer(&["approve", &id]).code, 0);
    desk.approved(&id);
    assert_eq!(desk.releases()[0]["state"], "approved");
    assert_eq!(desk.officer(&["send", &id]).code, 0);
    assert_eq!(desk.releases()[0]["state"], "sent");

    let shown = desk.arrived(&id);
    let named = desk.received(&shown);
    assert_eq!(named.len(), 2);
    assert!(files.iter().all(|file| !shown.text.contains(file)), "originals' ids stay");
    let shown = desk.arrived(&id);
    let objects: Vec<(Value, Value)> = shown.summary()["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["part"].clone(), one["here"].clone()))
        .collect();
    let expected: Vec<_> = named.iter().map(|id| (json!("attached"), json!(id))).collect();
    assert_eq!(objects, expected, "the asked side finds what came with the request");
}

#[test]
fn what_the_agreement_withholds_is_said_before_anything_is_written() {
    let desk = Desk::new();
    let withheld = &desk.documents[4].file;
    for attach in [vec![withheld.as_str()], vec![desk.documents[0].file.as_str(), withheld]] {
        let done = desk.new_request(&attach);
        let said = done.errors.contains(withheld.as_str()) && done.errors.contains("withheld by");
        assert!(done.code != 0 && said, "{}", done.errors);
    }
    let gun = "firearm--2d000000-0000-4000-8000-000000000077";
    let done = desk.new_request(&[gun]);
    assert!(done.code != 0 && done.errors.contains("a document"), "{}", done.errors);
    let listed = desk.officer(&["list"]);
    assert_eq!((&listed.summary()["drafts"], desk.releases().len()), (&json!(0), 0));
}

#[test]
fn what_is_attached_can_be_said_anew_and_is_approved_anew() {
    let desk = Desk::new();
    let [first, second] = [0, 1].map(|at: usize| desk.documents[at].file.as_str());
    let id = desk.written(&[first]);
    desk.approved(&id);
    assert_eq!(desk.officer(&["attach", &id, second]).code, 0);
    assert_ne!(desk.officer(&["send", &id]).code, 0, "the approval was for something else");
    assert_eq!(desk.releases().len(), 1, "the release of before is gone");
    desk.approved(&id);
    assert_eq!(desk.officer(&["attach", &id]).code, 0);
    assert_eq!(desk.releases().len(), 0);
    desk.approved(&id);
    assert_eq!(desk.officer(&["send", &id]).code, 0);
    let shown = desk.arrived(&id);
    assert!(shown.summary()["request"].get("attachment_refs").is_none(), "{}", shown.text);

    // Thrown away, it takes the release along.
    let id = desk.written(&[first]);
    assert_eq!(desk.officer(&["discard", &id]).code, 0);
    assert_eq!(desk.releases().len(), 0);
}

#[test]
fn a_request_whose_release_left_before_a_crash_is_sent_with_what_has_left() {
    let desk = Desk::new();
    let id = desk.written(&[&desk.documents[1].file]);
    desk.approved(&id);
    // The process died between the two: the release is out, the request is not.
    let release = text(&desk.releases()[0]["id"]);
    desk.world.ec.must_as("liaison-officer", &["release", "send", &release]);
    assert_eq!(desk.officer(&["send", &id]).code, 0);
    let shown = desk.arrived(&id);
    assert_eq!(desk.received(&shown).len(), 1);
    assert_eq!(desk.releases().len(), 1, "sent once");
}

#[test]
fn a_request_that_may_not_be_said_sends_no_document_before_it() {
    let desk = Desk::new();
    let id = desk.written(&[&desk.documents[1].file]);
    desk.approved(&id);
    desk.world.ec.must_as("liaison-officer", &["agreement", "suspend", &desk.world.agreement]);
    assert_ne!(desk.officer(&["send", &id]).code, 0);
    assert_eq!(desk.releases()[0]["state"], "approved", "nothing left");
}

#[test]
fn documents_go_along_with_an_answer_to_a_question_back() {
    let desk = Desk::new();
    let id = desk.written(&[]);
    desk.approved(&id);
    assert_eq!(desk.officer(&["send", &id]).code, 0);
    desk.arrived(&id);
    let back = ["request", "clarify", &id, "--text", "Is there a picture of it?"];
    desk.world.us.must_as("liaison-officer", &back);
    desk.arrived(&id);
    let sent = desk.world.release(&[&desk.documents[1].file]);
    let release = text(&sent["id"]);
    let done = desk.officer(&["clarify", &id, "--text", "Here it is.", "--release", &release]);
    assert_eq!(done.code, 0, "{}", done.text);
    let shown = desk.arrived(&id);
    let step = shown.results().find(|step| step["state"] == "clarified").unwrap();
    let named = step["said"]["attachment_refs"].as_array().unwrap();
    assert_eq!(named.len(), 1, "{step}");
    assert!(step["said"].get("answer_refs").is_none());
    desk.world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    desk.world.us.must(&["get", named[0].as_str().unwrap()]);
}
