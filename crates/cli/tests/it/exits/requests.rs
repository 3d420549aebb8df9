//! Requests between two running nodes: asked, asked back, answered by a release, refused, late; and
//! what leaves with them.

use std::fs;

use serde_json::{Value, json};

use super::world::{World, text};
use crate::support::{Done, Node, PASSWORD, scenario, scenario_json};

const ASKED: &str = r#"
kind = "information"
purpose = "firearms-tracing"
case_number = "ILC-26-118"
urgency = "urgent"
urgency_ground = "loss-of-relevance"
urgency_reason = "The hearing is on Friday."
facts = "A pistol was found in a lorry at the crossing."
grounds_held = "The lorry was loaded in your country."

[[questions]]
number = 1
text = "Is the indicator still good?"
"#;

/// US asks EC under terms with limits.
struct Desk {
    world: World,
    agreement: String,
}

impl Desk {
    fn new(more: &str) -> Self {
        let world = World::new();
        let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
        let limits = "[deadlines]\nclause = \"9.1\"\nurgent_direct_hours = 8\n\
                      urgent_indirect_days = 3\nother_days = 7\n";
        let terms = terms.replacen("title = \"", "title = \"Requests: ", 1);
        let file = world.home.path().join("requests.toml");
        fs::write(&file, format!("{terms}\n{limits}{more}")).unwrap();
        let agreement = world.sign_with(&world.us, "US", &file);
        let role = ["investigator", "--role", "investigator", "--password", PASSWORD];
        world.us.must(&[&["account", "create"][..], &role].concat());
        Self { world, agreement }
    }

    /// US writes, another account approves, a third sends; the id.
    fn asked(&self, content: &str) -> String {
        let (us, file) = (&self.world.us, self.world.home.path().join("request.toml"));
        fs::write(&file, content).unwrap();
        let file = file.to_str().unwrap();
        let new = ["request", "new", file, "--agreement", &self.agreement];
        let written = us.must_as("investigator", &new);
        assert_eq!(written.summary()["missing"], json!([]));
        let id = text(&written.summary()["request"]);
        us.must_as("approver", &["request", "approve", &id]);
        us.must_as("liaison-officer", &["request", "send", &id]);
        self.exchange();
        id
    }

    /// Everything that waits goes over, and the receipts come back.
    fn exchange(&self) {
        for _ in 0..2 {
            self.world.us.must(&["partner", "sync", "EC"]);
            self.world.ec.must(&["partner", "sync", "US"]);
        }
    }

    fn say(&self, node: &Node, args: &[&str]) -> Done {
        let done = node.must_as("liaison-officer", &[&["request"][..], args].concat());
        self.exchange();
        done
    }

    fn show(&self, node: &Node, id: &str) -> Done {
        node.must_as("liaison-officer", &["request", "show", id])
    }

    /// What both must hold alike.
    fn thread(&self, node: &Node, id: &str) -> Value {
        let shown = self.show(node, id);
        let steps: Vec<Value> = shown
            .results()
            .map(|step| json!([step["id"], step["side"], step["state"], step["at"], step["said"]]))
            .collect();
        let line = shown.summary();
        json!([steps, line["state"], line["due"], line["request"]])
    }
}

#[test]
fn a_request_is_asked_back_and_answered_by_a_release_in_time() {
    let desk = Desk::new("");
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    let id = desk.asked(ASKED);
    let listed = ec.must_as("liaison-officer", &["request", "list"]);
    let line = listed.results().find(|line| line["id"] == id.as_str()).unwrap();
    let at = json!([line["direction"], line["state"], line["limit"], line["ours"]]);
    assert_eq!(at, json!(["in", "delivered", "running", true]));
    let left = line["seconds"].as_i64().unwrap();
    assert!((8 * 3600 - 120..=8 * 3600).contains(&left), "{left}");

    desk.say(ec, &["clarify", &id, "--text", "Which lorry?"]);
    assert_eq!(desk.show(us, &id).summary()["limit"], "paused");
    desk.say(us, &["clarify", &id, "--text", "The white one."]);
    assert_eq!(desk.show(ec, &id).summary()["limit"], "running");

    let indicator = text(&scenario_json("expected.json")["recall"]["object"]);
    let sent = desk.world.release_under(&desk.agreement, &[&indicator]);
    let release = text(&sent["id"]);
    desk.say(ec, &["answer", &id, "--release", &release, "--text", "It is."]);
    let shown = desk.show(us, &id);
    let last = shown.results().filter(|step| step["state"] == "answered").last().unwrap();
    assert_eq!(last["said"]["answer_refs"].as_array().unwrap().len(), 1);
    assert!(!shown.text.contains(&indicator), "the original's id stays");
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let twin = text(&last["said"]["answer_refs"][0]);
    us.must(&["get", &twin]);
    desk.say(us, &["step", &id, "closed", "--useful", "yes", "--outcome", "lead"]);
    assert_eq!(desk.thread(ec, &id), desk.thread(us, &id));
    let line = desk.show(ec, &id);
    assert_eq!(
        json!([line.summary()["state"], line.summary()["limit"]]),
        json!(["closed", "kept"])
    );
    // NL is a partner of both, and of neither in this.
    let nl = desk.world.nl.must_as("liaison-officer", &["request", "list"]);
    assert_eq!(nl.summary()["requests"], 0);
}

#[test]
fn a_refusal_carries_its_ground_and_an_impossible_step_says_what_is_possible() {
    let desk = Desk::new("");
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    let id = desk.asked(ASKED);
    let early = ec.cli_as(Some("liaison-officer"), &["request", "step", &id, "authorised"]);
    assert_eq!(early.code, 2, "{}", early.errors);
    assert!(early.errors.contains("accepted"), "{}", early.errors);
    desk.say(ec, &["refuse", &id, "--ground", "ongoing-investigation", "--clause", "Article 6"]);
    let shown = desk.show(us, &id);
    let last = shown.results().last().unwrap();
    assert_eq!(shown.summary()["state"], "refused");
    assert!(shown.text.contains("ongoing-investigation"), "{last}");
    desk.say(us, &["step", &id, "appealed", "--text", "The case is closed on our side."]);
    assert_eq!(desk.show(ec, &id).summary()["state"], "appealed");
}

#[test]
fn under_one_outward_answer_a_refusal_says_neither_ground_nor_when_it_was_decided() {
    let answer = "[answer]\nclause = \"9.2\"\nnothing = \"nothing can be provided\"\n\
                  after_hours = 48\n";
    let desk = Desk::new(answer);
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    let id = desk.asked(ASKED);
    let before = desk.thread(us, &id);
    let refused = desk.say(ec, &["refuse", &id, "--ground", "ongoing-investigation"]);
    assert_eq!(refused.summary()["said"], false);
    assert_eq!(desk.thread(us, &id), before, "nothing left");
    let nothing_at = desk.show(ec, &id).summary()["nothing_at"].clone();
    assert!(nothing_at.is_string(), "{nothing_at}");
}

#[test]
fn what_the_asked_side_says_names_nobody_whom_it_holds_beside_the_subject() {
    let desk = Desk::new("");
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    let id = desk.asked(ASKED);
    let before = desk.thread(us, &id);
    let canaries = scenario_json("withheld.json");
    let names = canaries.as_array().unwrap().iter().filter(|o| {
        o["property"] == "name" && o["object"].as_str().unwrap().starts_with("identity--")
    });
    let case = scenario_json("ec/case-calamares.json");
    let persons: Vec<&Value> = case["objects"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|o| o["identity_class"] == "individual")
        .map(|o| &o["id"])
        .collect();
    let mut tried = 0;
    for canary in names.filter(|o| persons.contains(&&o["object"])) {
        let said = format!("Ask {} about it.", text(&canary["canary"]));
        let args = ["request", "step", &id, "partial", "--text", &said];
        let done = ec.cli_as(Some("liaison-officer"), &args);
        assert!(done.errors.contains("request.names"), "{canary}: {}", done.errors);
        tried += 1;
    }
    assert!(tried >= 3, "victims, sources and contacts are held: {tried}");
    desk.exchange();
    let after = desk.thread(us, &id).to_string();
    assert!(after.len() >= before.to_string().len());
}

#[test]
fn limits_are_exported_as_a_calendar_without_content() {
    let desk = Desk::new("");
    desk.asked(ASKED);
    let out = desk.world.home.path().join("limits.ics");
    let out = out.to_str().unwrap();
    let done = desk.world.ec.must_as("liaison-officer", &["request", "calendar", out]);
    assert_eq!(done.summary()["events"], 1);
    let text = fs::read_to_string(out).unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.contains("SUMMARY:ILC-26-118: information from"), "{text}");
    assert!(!text.contains("lorry"), "{text}");
}

/// Where no wire leads a request goes in the encrypted file, and its answer comes back in one.
#[test]
fn a_request_and_its_receipt_travel_in_files() {
    let desk = Desk::new("");
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    let file = desk.world.home.path().join("request.toml");
    fs::write(&file, ASKED).unwrap();
    let new = ["request", "new", file.to_str().unwrap(), "--agreement", &desk.agreement];
    let id = text(&us.must_as("investigator", &new).summary()["request"]);
    us.must_as("approver", &["request", "approve", &id]);
    ec.stop();
    us.must_as("liaison-officer", &["request", "send", &id]);
    let carry = |from: &Node, to: &Node, name: &str| {
        let file = desk.world.home.path().join(format!("{name}.age"));
        let file = file.to_str().unwrap().to_owned();
        from.must_as(
            "liaison-officer",
            &["partner", "outbox", &name.to_uppercase(), "--file", &file],
        );
        let bytes = fs::read(&file).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("lorry"), "encrypted");
        let read = to.must_as("liaison-officer", &["partner", "inbox", &file]);
        assert_eq!(read.summary()["refused"], 0, "{}", read.text);
        fs::remove_file(file).unwrap();
    };
    carry(us, ec, "ec");
    let there = ec.must_as("liaison-officer", &["request", "show", &id]);
    assert_eq!(there.summary()["state"], "delivered");
    carry(ec, us, "us");
    assert_eq!(desk.show(us, &id).summary()["state"], "delivered");
}

/// A template says what every request of a kind says; EC is offered what it holds, and a third node
/// learns of neither.
#[test]
fn a_request_by_a_template_is_matched_with_what_is_held_there() {
    let desk = Desk::new("");
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    let write = |name: &str, text: &str| {
        let file = desk.world.home.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let same = "kind = \"information\"\npurpose = \"firearms-tracing\"\n\
                grounds_held = \"The lorry was loaded in your country.\"\n\
                required = [\"legal_basis\"]\n\n\
                [[questions]]\nnumber = 1\ntext = \"Was it recovered?\"\n";
    let agreement = ["--agreement", desk.agreement.as_str()];
    let file = write("template.toml", same);
    let set = [&["request", "template", "set", "recovered", &file][..], &agreement].concat();
    us.must_as("liaison-officer", &set);
    let listed = us.must_as("investigator", &["request", "template", "list"]);
    assert_eq!(listed.summary()["templates"], 1);
    let own = "case_number = \"ILC-26-118\"\nfacts = \"A pistol was found.\"\n\
               link_to_purpose = \"It is the pistol.\"\n\n\
               [[subject_values]]\nkind = \"firearm-serial\"\nvalue = \"txz-48213\"\n";
    let file = write("short.toml", own);
    let new = |file: &str| {
        let new = ["request", "new", file, "--template", "recovered"];
        us.must_as("investigator", &[&new[..], &agreement].concat()).summary().clone()
    };
    assert_eq!(new(&file)["missing"], json!(["legal_basis"]));
    let file = write("whole.toml", &format!("legal_basis = \"Article 4\"\n{own}"));
    let written = new(&file);
    assert_eq!(written["missing"], json!([]));
    let id = text(&written["request"]);
    us.must_as("approver", &["request", "approve", &id]);
    us.must_as("liaison-officer", &["request", "send", &id]);
    desk.exchange();

    let found = ec.must_as("liaison-officer", &["request", "matches", &id]);
    let lines: Vec<&Value> = found.results().collect();
    assert!(!lines.is_empty(), "{}", found.text);
    for line in &lines {
        assert_eq!(line["type"], "firearm", "{line}");
        assert_eq!(line["by"], "identifier", "{line}");
        assert!(["kept", "changed", "had"].contains(&line["verdict"].as_str().unwrap()), "{line}");
    }
    assert_eq!(found.summary()["matches"], lines.len());
    let asker = us.must_as("liaison-officer", &["request", "matches", &id]);
    assert_eq!(asker.summary()["matches"], 0, "who asks is offered nothing");
    let other = desk.world.nl.cli_as(Some("liaison-officer"), &["request", "matches", &id]);
    assert!(other.errors.contains("not-found"), "{}", other.errors);
    let shown = desk.show(us, &id);
    assert!(!shown.text.contains("recovered\""), "the template's name stays: {}", shown.text);
    let remove = [&["request", "template", "remove", "recovered"][..], &agreement].concat();
    us.must_as("liaison-officer", &remove);
}
