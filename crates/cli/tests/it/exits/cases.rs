//! A joint case between two running nodes: proposed, accepted, worked on, closed; what each side sees
//! of it, and what it betrays of the other: nothing.

use serde_json::{Value, json};

use super::world::{World, text};
use crate::support::{Done, Node, PASSWORD, scenario_json};

struct Joint {
    world: World,
    case: String,
}

impl Joint {
    fn new() -> Self {
        let world = World::new();
        let role = ["investigator", "--role", "investigator", "--password", PASSWORD];
        for node in [&world.us, &world.ec] {
            node.must(&[&["account", "create"][..], &role].concat());
        }
        let new = [
            "case",
            "new",
            "Pistols at the port",
            "--agreement",
            &world.agreement,
            "--purpose",
            "firearms-tracing",
            "--number",
            "JC-26-3",
        ];
        let case = text(&world.ec.must_as("liaison-officer", &new).summary()["case"]);
        let joint = Self { world, case };
        joint.exchange();
        joint
    }

    fn exchange(&self) {
        for _ in 0..2 {
            self.world.us.must(&["partner", "sync", "EC"]);
            self.world.ec.must(&["partner", "sync", "US"]);
        }
    }

    fn act(&self, node: &Node, verb: &str, rest: &[&str]) -> Done {
        let args = [&["case", verb, &self.case][..], rest].concat();
        let done = node.must_as("liaison-officer", &args);
        self.exchange();
        done
    }

    fn show(&self, node: &Node) -> Done {
        node.must_as("liaison-officer", &["case", "show", &self.case])
    }
}

fn of<'d>(done: &'d Done, what: &str) -> Vec<&'d Value> {
    done.results().filter(|line| line["what"] == what).collect()
}

/// What both sides must reckon alike.
fn alike(done: &Done) -> Value {
    let tasks: Vec<Value> = of(done, "task")
        .iter()
        .map(|t| json!([t["id"], t["title"], t["state"], t["by"], t["to"]]))
        .collect();
    let sides: Vec<Value> =
        of(done, "side").iter().map(|s| json!([s["name"], s["state"], s["members"]])).collect();
    let line = &done.summary()["case"];
    json!([tasks, sides, of(done, "said"), line["stage"], done.summary()["timeline"]])
}

#[test]
fn a_case_is_worked_on_by_both_sides_and_closed() {
    let joint = Joint::new();
    let (ec, us) = (&joint.world.ec, &joint.world.us);
    assert_eq!(joint.show(us).summary()["case"]["ours"], "asked");
    // Before it takes part a side can do nothing but say whether it does.
    let early = us.cli_as(Some("liaison-officer"), &["case", "say", &joint.case, "Hello"]);
    assert_ne!(early.code, 0);
    joint.act(us, "accept", &[]);
    joint.act(us, "member", &["investigator", "--shown", "Desk 4", "--role", "analyst"]);
    joint.act(ec, "task", &["Find the first buyer", "--to", "US", "--due", "2027-01-31"]);
    let shown = joint.show(us);
    let task = of(&shown, "task")[0];
    assert_eq!((&task["ours"], &task["state"]), (&json!(true), &json!("given")));
    // A member works on it, whatever its role at the desk.
    let id = task["id"].as_str().unwrap();
    us.must_as("investigator", &["case", "task", &joint.case, id, "--state", "done"]);
    us.must_as("investigator", &["case", "say", &joint.case, "It was sold in Ocala."]);
    joint.exchange();
    assert_eq!(alike(&joint.show(ec)), alike(&joint.show(us)));
    assert_eq!(of(&joint.show(ec), "task")[0]["state"], "done");

    // What EC releases is shared into the case; US sees it once it accepted it.
    let indicator = text(&scenario_json("expected.json")["recall"]["object"]);
    let release = text(&joint.world.release(&[&indicator])["id"]);
    joint.act(ec, "share", &[&release]);
    joint.act(ec, "exhibit", &[&indicator, "--number", "E-1"]);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let shown = joint.show(us);
    let twin = text(&of(&shown, "exhibit")[0]["objects"][0]);
    assert_ne!(twin, indicator, "the original's id stays");
    us.must(&["get", &twin]);
    assert_eq!(of(&joint.show(ec), "exhibit")[0]["objects"], json!([indicator]));

    // What is recalled is in the case no longer.
    ec.must_as("liaison-officer", &["recall", &indicator]);
    joint.exchange();
    assert_eq!(of(&joint.show(us), "exhibit").len(), 0);
    assert_eq!(of(&joint.show(ec), "exhibit").len(), 0);

    joint.act(us, "member", &["investigator", "--out"]);
    let gone = us.cli_as(Some("investigator"), &["case", "show", &joint.case]);
    assert_eq!(gone.code, 1, "who left sees it no longer: {}", gone.text);
    // Who opened it, and was never named to the other side, leaves without a word to it.
    let second = ["second", "--role", "liaison-officer", "--password", PASSWORD];
    ec.must(&[&["account", "create"][..], &second].concat());
    joint.act(ec, "member", &["second", "--shown", "Desk 1"]);
    let before = joint.show(us).summary()["timeline"].clone();
    ec.must_as("second", &["case", "member", &joint.case, "liaison-officer", "--out"]);
    joint.exchange();
    let gone = ec.cli_as(Some("liaison-officer"), &["case", "show", &joint.case]);
    assert_eq!(gone.code, 1, "{}", gone.text);
    assert_eq!(joint.show(us).summary()["timeline"], before);
    ec.must_as("second", &["case", "close", &joint.case, "--text", "Handed to the prosecutor."]);
    joint.exchange();
    assert_eq!(joint.show(us).summary()["case"]["stage"], "closed");
    let late = us.cli_as(Some("liaison-officer"), &["case", "say", &joint.case, "One more"]);
    assert_ne!(late.code, 0, "nothing is said in a closed case");
    assert!(late.errors.contains("case.closed"), "{}", late.errors);
}

#[test]
fn our_own_file_of_a_case_reaches_nobody_and_no_act_names_whom_it_is_not_about() {
    let joint = Joint::new();
    let (ec, us) = (&joint.world.ec, &joint.world.us);
    joint.act(us, "accept", &[]);
    let victim = "identity--c1e0b8d1-3d2f-451d-b297-a216fd7594ce";
    joint.act(ec, "file", &[victim]);
    assert_eq!(of(&joint.show(ec), "filed")[0]["id"], victim);
    let said = ["case", "say", &joint.case, "Ask Nadia Isabel Orrala Villao"];
    let refused = ec.cli_as(Some("liaison-officer"), &said);
    assert_ne!(refused.code, 0, "a victim held here is named to nobody");
    joint.exchange();
    let shown = joint.show(us);
    assert!(!shown.text.contains(victim) && of(&shown, "filed").is_empty());
    let seen = us.stored_bytes();
    for canary in [victim, "Orrala Villao"] {
        let found =
            seen.iter().any(|(_, b)| b.windows(canary.len()).any(|w| w == canary.as_bytes()));
        assert!(!found, "{canary}");
    }
}

#[test]
fn who_is_no_member_does_not_know_that_there_is_a_case() {
    let joint = Joint::new();
    let (ec, nl) = (&joint.world.ec, &joint.world.nl);
    let hidden = ec.cli_as(Some("investigator"), &["case", "show", &joint.case]);
    let invented = "grouping--5b3f1d2c-7a48-5e96-a1c0-2d9e6f4b8a71";
    let unknown = ec.cli_as(Some("investigator"), &["case", "show", invented]);
    assert_eq!(hidden.code, unknown.code);
    assert_eq!(hidden.errors.replace(&joint.case, ""), unknown.errors.replace(invented, ""));
    assert_eq!(ec.must_as("investigator", &["case", "list"]).summary()["cases"], 0);
    assert!(!String::from_utf8_lossy(&nl.stored_bytes().concat_bytes()).contains(&joint.case));
}

/// All bytes of a node's files.
trait Concat {
    fn concat_bytes(&self) -> Vec<u8>;
}

impl Concat for Vec<(String, Vec<u8>)> {
    fn concat_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }
}
