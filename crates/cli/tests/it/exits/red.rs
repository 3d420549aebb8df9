//! TLP:RED leaves to a named person alone: encrypted to the person, past every collection, unseen by
//! the unit's node.

use std::fs;

use age::x25519::Identity;
use serde_json::{Value, json};

use super::shadow::{differences, harvest_at};
use super::world::{World, text};
use crate::support::scenario;

const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const PISTOL: &str = "firearm--0b6a1d0e-52a4-4f0e-9d5c-7a1f2c3d4e5f";
const SERIAL: &str = "ZQX77031";

fn pistol() -> Value {
    let definition = enlace_stix::types::definition_id("firearm");
    json!({
        "type": "firearm", "spec_version": "2.1", "id": PISTOL,
        "created": "2026-01-05T10:00:00.000Z", "modified": "2026-01-05T10:00:00.000Z",
        "serial_status": "readable", "serial": SERIAL, "manufacturer": "Taurus", "model": "G2C",
        "object_marking_refs": [RED],
        "extensions": { definition.as_str(): { "extension_type": "new-sdo" } },
    })
}

/// The terms of the case, with a clause that lets red leave to named persons.
fn terms(world: &World) -> String {
    let base = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    let with = base.replace("max = \"amber\"\n", "max = \"amber\"\nred = \"named-persons\"\n");
    assert_ne!(base, with);
    let file = world.home.path().join("red.toml");
    fs::write(&file, with).unwrap();
    file.display().to_string()
}

#[test]
fn red_leaves_to_a_named_person_alone_and_the_units_node_notices_nothing() {
    let world = World::new();
    let ec = &world.ec;
    let file = world.home.path().join("pistol.json");
    fs::write(&file, pistol().to_string()).unwrap();
    ec.must(&["import", file.to_str().unwrap()]);
    let person = Identity::generate();
    let recipient = person.to_public().to_string();
    let name = ["partner", "person", "add", "US", "--name", "Mariana Ortiz", "--basis", "annex 2"];
    let node_key = text(&world.us.card()["age"]);
    let shared = ec.cli(&[&name[..], &["--recipient", &node_key]].concat());
    assert_eq!(shared.code, 2, "the unit's key is no person's: {}", shared.errors);
    let added = ec.must(&[&name[..], &["--recipient", &recipient]].concat());
    let id = text(&added.lines[0]["id"]);

    // No clause, no red: neither to the unit nor to a person.
    let ask = |agreement: &str, more: &[&str]| {
        let ask = ["release", "--agreement", agreement, "--purpose", "firearms-tracing"];
        ec.cli_as(Some("liaison-officer"), &[&ask[..], more, &[PISTOL]].concat())
    };
    let refused = ask(&world.agreement, &["--person", "Mariana Ortiz"]);
    assert_ne!(refused.code, 0, "{}", refused.text);
    assert!(refused.errors.contains("named-persons"), "{}", refused.errors);
    let agreement = world.sign_with(&world.us, "US", terms(&world).as_ref());
    let dry = ask(&agreement, &["--dry-run"]);
    assert!(dry.text.contains("private.tlp-red"), "{}", dry.text);

    world.us.must(&["partner", "sync", "EC"]);
    harvest_at(&world, ec);
    let before = harvest_at(&world, ec);
    let drafted = ask(&agreement, &["--person", "Mariana Ortiz"]);
    assert_eq!(drafted.code, 0, "{}", drafted.errors);
    let release = text(&drafted.summary()["id"]);
    let step = |who: &str, step: &[&str]| ec.cli_as(Some(who), &[&["release"], step].concat());
    assert_ne!(step("liaison-officer", &["approve", &release]).code, 0, "four eyes");
    assert_ne!(step("approver", &["approve", &release, "--follow"]).code, 0, "nothing follows");
    assert_eq!(step("approver", &["approve", &release]).code, 0);
    assert_ne!(step("liaison-officer", &["send", &release]).code, 0, "never into a collection");
    assert_ne!(step("liaison-officer", &["send", &release, "--slot"]).code, 0);
    let out = world.home.path().join("mariana.age");
    let send = ["send", &release, "--file", out.to_str().unwrap()];
    let sent = step("liaison-officer", &send);
    assert_eq!(sent.code, 0, "{}", sent.errors);
    let again = world.home.path().join("again.age");
    let again = step("liaison-officer", &["send", &release, "--file", again.to_str().unwrap()]);
    assert_ne!(again.code, 0, "written once");

    // The person reads it, nobody else does.
    let bytes = fs::read(&out).unwrap();
    assert!(age::decrypt(&Identity::generate(), &bytes).is_err());
    let plain = age::decrypt(&person, &bytes).unwrap();
    assert_eq!(plain.len(), 64 << 10, "padded");
    let bundle: Value = serde_json::from_slice(&plain).unwrap();
    let objects = bundle["objects"].as_array().unwrap();
    let twin = objects.iter().find(|o| o["type"] == "firearm").unwrap();
    assert_eq!(twin["serial"], SERIAL);
    assert!(twin["object_marking_refs"].as_array().unwrap().contains(&json!(RED)), "still red");
    assert_ne!(twin["id"], PISTOL);
    let record = objects.iter().find(|o| o["type"] == "release-record").unwrap();
    assert!(record["released"].as_array().unwrap().iter().any(|r| r["id"] == twin["id"]));

    // The unit sees no byte of difference, and a summary at home says who has it.
    let after = harvest_at(&world, ec);
    assert_eq!(differences(&before, &after), Vec::<String>::new());
    let listed = step("liaison-officer", &["status", &release]);
    assert_eq!(listed.summary()["person"], "Mariana Ortiz");

    // A recall names who is to be told; who is removed gets nothing more.
    let recalled = ec.must_as("liaison-officer", &["recall", PISTOL]);
    assert!(recalled.lines[0]["partner"].as_str().unwrap().starts_with("Mariana Ortiz"));
    assert_eq!(differences(&before, &harvest_at(&world, ec)), Vec::<String>::new());
    world.us.must(&["partner", "sync", "EC"]);
    for (file, bytes) in world.us.stored_bytes() {
        let found = bytes.windows(SERIAL.len()).any(|w| w == SERIAL.as_bytes());
        assert!(!found, "{file} at the unit");
    }
    ec.must(&["partner", "person", "remove", &id]);
    assert_ne!(ask(&agreement, &["--person", "Mariana Ortiz"]).code, 0);
}

/// An observable has one id for the unit and for its persons.
#[test]
fn who_got_an_observable_by_hand_is_told_of_its_recall_as_the_unit_is() {
    let world = World::new();
    let ec = &world.ec;
    let person = Identity::generate().to_public().to_string();
    let name = ["partner", "person", "add", "US", "--name", "Mariana Ortiz", "--basis", "annex 2"];
    ec.must(&[&name[..], &["--recipient", &person]].concat());
    let agreement = world.sign_with(&world.us, "US", terms(&world).as_ref());
    let account = super::suspension::original("account");
    let ask = ["release", "--agreement", &agreement, "--purpose", "firearms-tracing"];
    for (to, out) in [(&["--person", "Mariana Ortiz"][..], Some("m.age")), (&[], None)] {
        let drafted = ec.must_as("liaison-officer", &[&ask[..], to, &[&account]].concat());
        let release = text(&drafted.summary()["id"]);
        ec.must_as("approver", &["release", "approve", &release]);
        let file = out.map(|out| world.home.path().join(out).display().to_string());
        let send = match &file {
            Some(file) => vec!["release", "send", &release, "--file", file],
            None => vec!["release", "send", &release],
        };
        ec.must_as("liaison-officer", &send);
    }
    let recalled = ec.must_as("liaison-officer", &["recall", &account]);
    let partners: Vec<&str> =
        recalled.lines.iter().filter_map(|line| line["partner"].as_str()).collect();
    assert_eq!(partners.len(), 2, "{}", recalled.text);
    assert!(partners.iter().any(|p| p.starts_with("Mariana Ortiz")), "{partners:?}");
    assert_eq!(recalled.lines[0]["twin"], recalled.lines[1]["twin"]);
    let listed = ec.must_as("liaison-officer", &["recalls"]);
    let of_it = |state: &str| listed.lines.iter().filter(|l| l["state"] == state).count();
    assert_eq!((of_it("not-fetched"), of_it("waiting")), (1, 1), "{}", listed.text);
    assert_eq!(ec.cli_as(Some("liaison-officer"), &["recall", &account]).code, 1, "all are told");
}
