//! What an intelligence officer of a partner and a colleague with bad intent tried, and found open
//! once (docs/attacks.md).

use std::fs;

use serde_json::json;

use super::world::{World, text};
use crate::support::{Client, scenario};

/// The rifle of the case: TLP:AMBER.
const RIFLE: &str = "firearm--a34ac90b-aacb-4caa-a692-e532acc2f7b4";
/// Where it was found.
const PLACE: &str = "location--31fc709e-4926-4662-9adb-1e6549b71499";
const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";

/// A draft of the rifle.
fn drafted(world: &World) -> String {
    let ask = ["release", "--agreement", &world.agreement, "--purpose", "firearms-tracing", RIFLE];
    text(&world.ec.must_as("liaison-officer", &ask).summary()["id"])
}

fn mark(world: &World, at: &str, marking: &str) {
    world.amend(RIFLE, at, json!({ "object_marking_refs": [marking] }));
}

#[test]
fn a_marking_changed_after_approval_does_not_leave() {
    let world = World::new();
    let draft = drafted(&world);
    world.ec.must_as("approver", &["release", "approve", &draft]);
    // Whoever may import takes the marking down; every field stays as it was.
    mark(&world, "2026-03-01T00:00:00.000Z", GREEN);
    let sent = world.ec.cli_as(Some("liaison-officer"), &["release", "send", &draft]);
    assert_ne!(sent.code, 0, "approved as TLP:AMBER, sent as TLP:GREEN: {}", sent.text);
    assert_eq!(world.twins(), Vec::<String>::new());
    // Nor is such a draft approved.
    let draft = drafted(&world);
    mark(&world, "2026-03-02T00:00:00.000Z", AMBER);
    let approved = world.ec.cli_as(Some("approver"), &["release", "approve", &draft]);
    assert_ne!(approved.code, 0, "drafted as TLP:GREEN: {}", approved.text);
}

#[test]
fn one_persons_approval_does_not_do_for_what_four_eyes_have_to_see_by_now() {
    let mut world = World::new();
    let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    let rule = "rule = \"one-officer\"\n";
    assert!(terms.contains(rule));
    let when = "\n[[approval.when]]\ntlp = \"amber\"\nrule = \"four-eyes\"\n";
    let file = world.home.path().join("four-eyes.toml");
    fs::write(&file, terms.replacen(rule, &format!("{rule}{when}"), 1)).unwrap();
    world.agreement = world.sign_with(&world.us, "US", &file);
    let us = world.us_by_certificate();
    let colours = || -> Vec<String> {
        let all = us.get("/taxii2/node/collections/").json();
        let ids = all["collections"].as_array().unwrap().iter().map(|c| text(&c["id"]));
        let ids: Vec<String> = ids.filter(|id| *id != world.collection).collect();
        let path = super::world::in_collection(&ids[0], "objects/?match[type]=firearm");
        let found = us.get(&path).objects();
        found.iter().map(|o| text(&o["object_marking_refs"][1])).collect()
    };
    mark(&world, "2026-03-01T00:00:00.000Z", GREEN);
    world.amend(PLACE, "2026-03-01T00:00:00.000Z", json!({ "object_marking_refs": [GREEN] }));
    // TLP:GREEN: one officer drafts, approves and sends, and lets changes follow.
    let draft = drafted(&world);
    let ec = &world.ec;
    ec.must_as("liaison-officer", &["release", "approve", &draft, "--follow"]);
    ec.must_as("liaison-officer", &["release", "send", &draft]);
    assert_eq!(colours(), [GREEN]);
    // TLP:AMBER needs a second person by the agreement, also as a change of it.
    mark(&world, "2026-03-02T00:00:00.000Z", AMBER);
    let run = ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    assert_eq!(run.summary()["done"]["published"], 0, "{}", run.text);
    assert_eq!(colours(), [GREEN]);
}

#[test]
fn a_change_that_nobody_drafted_has_four_eyes_too() {
    let mut world = World::new();
    let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    let file = world.home.path().join("four-eyes.toml");
    fs::write(&file, terms.replacen("rule = \"one-officer\"", "rule = \"four-eyes\"", 1)).unwrap();
    world.agreement = world.sign_with(&world.us, "US", &file);
    let (ec, liaison) = (&world.ec, Some("liaison-officer"));
    let draft = drafted(&world);
    assert_ne!(ec.cli_as(liaison, &["release", "approve", &draft]).code, 0, "his own draft");
    ec.must_as("approver", &["release", "approve", &draft]);
    ec.must_as("liaison-officer", &["release", "send", &draft]);
    // The same officer changes the object; the node drafts what follows from it.
    world.amend(RIFLE, "2026-03-02T00:00:00.000Z", json!({ "model": "Zzyzx" }));
    let run = ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let draft = run.lines.iter().find(|line| line["object"] == RIFLE);
    let draft = text(&draft.expect("a draft for a person")["release"]);
    ec.must_as("liaison-officer", &["release", "approve", &draft]);
    for when in [&["--slot"][..], &[]] {
        let args = [&["release", "send", draft.as_str()][..], when].concat();
        assert_ne!(ec.cli_as(liaison, &args).code, 0, "approved and sent by one person alone");
    }
}

#[test]
fn pages_do_not_count_what_stays_closed() {
    let world = World::new();
    world.release_report();
    let us = world.us_by_token();
    let walk = |client: &Client| {
        let (mut seen, mut empty, mut next) = (0, 0, String::new());
        for _ in 0..200 {
            let path = world.at(&format!("objects/?limit=1{next}"));
            let answer = client.get(&path).json();
            let objects = answer["objects"].as_array().map_or(0, Vec::len);
            seen += objects;
            empty += usize::from(objects == 0);
            let Some(cursor) = answer["next"].as_str() else { break };
            assert_eq!(answer["more"], true);
            next = format!("&next={cursor}");
        }
        (seen, empty)
    };
    // Ended before US fetched anything: nothing is there, and nothing tells how much there was.
    let all = world.ec.database();
    let count = "SELECT count(*) FROM member WHERE fetched_us IS NULL AND is_last = 1";
    let published: i64 = all.query_row(count, [], |row| row.get(0)).unwrap();
    assert!(published > 10);
    world.ec.must_as("approver", &["agreement", "terminate", &world.agreement]);
    let (seen, pages) = walk(&us);
    assert!(seen == 0 && pages <= 1, "{published} published, {seen} seen on {pages} empty pages");
}
