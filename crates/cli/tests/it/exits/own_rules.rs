//! A stricter rule of the node stops what is published and not fetched yet, without trace; what the
//! partner has is for an officer.

use std::fs;

use super::recall::everything;
use super::world::World;

/// Held by EC after the import of `ec/broken.json`; nothing of the report refers to it.
const RIFLE: &str = "firearm--97b48ac3-50df-4051-994c-e41e2870acca";

/// EC starts again with one more rule.
fn forbid(world: &World, rule: &str) {
    world.ec.stop();
    let file = world.ec.dir.join("enlace.toml");
    let config = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{config}\n[[rules.forbid]]\n{rule}\n")).unwrap();
    world.ec.serve();
}

#[test]
fn a_new_rule_withdraws_what_nobody_fetched_and_tells_an_officer_of_the_rest() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    let token = world.us_by_token();
    let before = everything(&world, &token);
    world.release(&[RIFLE]);
    forbid(&world, "name = \"no-firearms\"\ntype = \"firearm\"");
    assert_eq!(before, everything(&world, &token), "the rifle is like never released");
    let run = world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let stays = |line: &&serde_json::Value| {
        line["state"] == "may-not-leave" && line["clauses"][0] == "private.no-firearms"
    };
    assert!(run.lines.iter().filter(stays).count() >= 2, "pistols that US has: {}", run.text);
    assert_eq!(before, everything(&world, &token), "what US has it keeps until somebody decides");
}

#[test]
fn a_rule_for_another_partner_or_purpose_stops_nothing() {
    let world = World::new();
    world.release(&[RIFLE]);
    forbid(&world, "name = \"no-cyber\"\ntype = \"firearm\"\npurpose = \"cyber\"");
    assert!(world.twins().iter().any(|id| id.starts_with("firearm--")));
}
