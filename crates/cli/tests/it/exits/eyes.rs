//! Four eyes are two people, also where nobody drafted; and a change that asks for more approval
//! than was given waits for it.

use std::fs;

use serde_json::{Value, json};

use super::world::{World, text};
use crate::support::{PASSWORD, scenario};

const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
const RIFLE: &str = "firearm--3b1c64c8-5a1e-4a53-9f0a-6d20a1c9b011";

fn rifle(model: &str, colour: &str, day: u32) -> Value {
    let definition = enlace_stix::types::definition_id("firearm");
    json!({"type": "firearm", "spec_version": "2.1", "id": RIFLE,
        "created": "2026-01-01T09:00:00.000Z", "modified": format!("2026-01-{day:02}T09:00:00.000Z"),
        "serial_status": "obliterated", "manufacturer": "Romarm", "model": model,
        "object_marking_refs": [colour],
        "extensions": { definition: { "extension_type": "new-sdo" } }})
}

fn import(world: &World, object: &Value) {
    let file = world.home.path().join("rifle.json");
    fs::write(&file, object.to_string()).unwrap();
    let done = world.ec.must(&["import", file.to_str().unwrap()]);
    assert_eq!(done.summary()["new"], 1, "{}", done.text);
}

/// EC and US sign the terms of the scenario with another section about approval.
fn agreed(world: &World, approval: &str) -> String {
    let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    assert!(terms.contains("rule = \"one-officer\""));
    let terms = terms.replacen("rule = \"one-officer\"", approval, 1);
    let file = world.home.path().join("eyes.toml");
    fs::write(&file, terms).unwrap();
    world.sign_with(&world.us, "US", &file)
}

/// The draft that waits for a person after a round.
fn waiting(world: &World) -> Value {
    let run = world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let found = run.lines.iter().find(|line| line["object"] == RIFLE);
    found.cloned().unwrap_or(Value::Null)
}

#[test]
fn what_the_node_drafts_under_four_eyes_needs_two_people() {
    let world = World::new();
    let agreement = agreed(&world, "rule = \"four-eyes\"");
    import(&world, &rifle("WASR", GREEN, 1));
    world.release_under(&agreement, &[RIFLE]);
    import(&world, &rifle("WASR-10", GREEN, 2));
    let draft = text(&waiting(&world)["release"]);

    let first = world.ec.must_as("approver", &["release", "approve", &draft]);
    assert_eq!(first.summary()["state"], "drafted", "one pair of eyes: {}", first.text);
    assert_eq!(first.summary()["drafted_by"], "approver", "who looked first answers for the draft");
    let sent = world.ec.cli_as(Some("liaison-officer"), &["release", "send", &draft]);
    assert_eq!(sent.code, 1, "{}", sent.text);
    let again = world.ec.cli_as(Some("approver"), &["release", "approve", &draft]);
    assert_eq!(again.code, 1, "the same eyes twice: {}", again.text);
    let second = ["account", "create", "second", "--role", "approver", "--password"];
    world.ec.must(&[&second[..], &[PASSWORD]].concat());
    let second = world.ec.must_as("second", &["release", "approve", &draft]);
    assert_eq!(second.summary()["state"], "approved", "{}", second.text);
    world.ec.must_as("liaison-officer", &["release", "send", &draft]);
}

#[test]
fn an_update_that_meets_a_stricter_condition_waits_for_that_approval() {
    let world = World::new();
    let condition = "rule = \"one-officer\"\n\n[[approval.when]]\ntlp = \"amber\"\n\
                     rule = \"four-eyes\"";
    let agreement = agreed(&world, condition);
    import(&world, &rifle("WASR", GREEN, 1));
    let ask = ["release", "--agreement", &agreement, "--purpose", "firearms-tracing", RIFLE];
    let drafted = text(&world.ec.must_as("liaison-officer", &ask).summary()["id"]);
    world.ec.must_as("approver", &["release", "approve", &drafted, "--follow"]);
    world.ec.must_as("liaison-officer", &["release", "send", &drafted]);

    import(&world, &rifle("WASR-10", GREEN, 2));
    assert_eq!(waiting(&world), Value::Null, "what was decided on follows by itself");
    import(&world, &rifle("WASR-10/63", AMBER, 3));
    let found = waiting(&world);
    assert_eq!(found["state"], "drafted", "nobody decided on amber with four eyes: {found}");
}
