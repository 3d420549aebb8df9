//! Two nodes of one agreement that were both lost and both made anew, from backups of two instants.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::back::RIFLE;
use crate::exits::world::{World, text};
use crate::support::{Node, scenario_json};

/// A backup in a folder of its own; the file.
fn backed_up(world: &World, node: &Node) -> String {
    let folder = world.home.path().join(format!("{}-backups", node.key));
    fs::create_dir(&folder).unwrap();
    let file = folder.join("node.backup").display().to_string();
    node.must(&["backup", &file]);
    file
}

/// The node loses its folder and is made anew from a backup.
fn lose_and_restore(world: &World, node: &Node, file: &str) -> Value {
    node.stop();
    let lost = world.home.path().join(format!("{}-lost", node.key));
    fs::rename(&node.dir, lost).unwrap();
    let restored = node.must(&["restore", file]).summary().clone();
    node.must(&["fsck"]);
    node.serve();
    restored
}

/// Waits until the processes that serve have heard that the channel goes on.
fn wait_for_answers(world: &World) {
    let (ec, us) = (&world.ec, &world.us);
    let since = Instant::now();
    for (node, other, name) in [(us, ec, "EC"), (ec, us, "US")] {
        while node.cli(&["partner", "sync", name]).code != 0 {
            assert!(since.elapsed() < Duration::from_secs(120), "{}", other.log());
            thread::sleep(Duration::from_millis(200));
        }
    }
}

/// US asks EC and EC asks US, until nothing is left to be said.
fn exchange(world: &World) -> Value {
    for _ in 0..2 {
        world.us.must(&["partner", "sync", "EC"]);
        world.ec.must(&["partner", "sync", "US"]);
    }
    world.us.must(&["partner", "sync", "EC"]).lines[0].clone()
}

#[test]
fn two_nodes_that_were_both_restored_ask_each_other_and_go_on_with_one_history() {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    let recall = scenario_json("expected.json")["recall"].clone();
    let original = text(&recall["object"]);
    world.release(&[&original]);
    exchange(&world);
    let file_of_ec = backed_up(&world, ec);
    // EC's backup knows nothing of this release, that of US does.
    world.release_report();
    exchange(&world);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let kind = original.split("--").next().unwrap();
    let of_kind = |id: &String| id.starts_with(kind);
    let twin = world.twins().into_iter().find(of_kind).unwrap();
    let canary = recall["canary"].as_str().unwrap();
    let shown = || us.cli_as(Some("liaison-officer"), &["get", &twin]).text;
    assert!(shown().contains(canary), "US holds it");
    let file_of_us = backed_up(&world, us);
    // Neither backup knows of this: a release, and a recall that US has heard of.
    world.release(&[RIFLE]);
    ec.must_as("liaison-officer", &["recall", &original]);
    exchange(&world);
    assert!(!shown().contains(canary), "US let go of it");

    let restored = lose_and_restore(&world, ec, &file_of_ec);
    assert_eq!(restored["recalled"], json!(1), "{restored}");
    let restored = lose_and_restore(&world, us, &file_of_us);
    assert!(restored["erased"].as_u64() > Some(0), "what it let go of is in its list: {restored}");
    assert!(!shown().contains(canary));
    for (node, other) in [(ec, "US"), (us, "EC")] {
        assert_eq!(node.cli(&["partner", "sync", other]).code, 1, "it rests");
    }
    let resumed = ec.must(&["partner", "resume", "US"]).summary().clone();
    assert!(resumed["recovered"].as_u64() > Some(0), "what US still knew: {resumed}");
    let resumed = us.must(&["partner", "resume", "EC"]).summary().clone();
    assert_eq!(resumed["recovered"], json!(0), "EC's backup is the older one: {resumed}");

    wait_for_answers(&world);
    let line = exchange(&world);
    assert_eq!(line["logs_signed"], true, "{line}");
    for node in [ec, us] {
        node.must(&["ledger", "verify"]);
        node.must(&["fsck"]);
    }
    // The recall stands at both.
    let all = world.us_by_token().get(&world.at("objects/?match[version]=all")).objects();
    let versions: Vec<&Value> = all.iter().filter(|object| object["id"] == *twin).collect();
    assert!(!versions.is_empty() && versions.iter().all(|one| one["revoked"] == true));
    assert!(!shown().contains(canary));
    // What is released from now on arrives.
    let before = world.twins();
    world.release(&[RIFLE]);
    exchange(&world);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let fresh: Vec<String> = world.twins().into_iter().filter(|id| !before.contains(id)).collect();
    assert!(!fresh.is_empty());
    for id in &fresh {
        us.must_as("liaison-officer", &["get", id]);
    }
}
