//! Who is not vetted gets nothing; a transfer by way of exception names its reason. Both are in
//! the log.

use std::fs;

use serde_json::{Value, json};

use super::world::{World, text};
use crate::support::{scenario, scenario_json};

/// Reasons for which the objects of a dry run stay, each once; empty = something leaves.
fn reasons(world: &World, more: &[&str]) -> Vec<String> {
    let report = text(&scenario_json("expected.json")["release"]["report"]);
    let ask = ["release", "--dry-run", "--agreement", &world.agreement];
    let purpose = ["--purpose", "firearms-tracing"];
    let dry = world.ec.must_as("liaison-officer", &[&ask[..], &purpose, more, &[&report]].concat());
    let lines = dry.lines.iter().filter(|line| line["path"] == "");
    let mut reasons = Vec::new();
    for line in lines {
        if line["verdict"] != "withheld" {
            return Vec::new();
        }
        let found = line["reason"].as_str().unwrap().split("; ").map(str::to_owned);
        reasons.extend(found.filter(|r| ["clause-vetting", "clause-transfer"].contains(&&**r)));
    }
    reasons.sort();
    reasons.dedup();
    reasons
}

/// Folders of the logs that EC exports.
fn logs(world: &World) -> Vec<String> {
    let folder = world.home.path().join("log");
    let _ = fs::remove_dir_all(&folder);
    world.ec.must(&["ledger", "export", folder.to_str().unwrap()]);
    let index: Value = serde_json::from_slice(&fs::read(folder.join("log.json")).unwrap()).unwrap();
    index.as_array().unwrap().iter().map(|log| text(&log["dir"])).collect()
}

/// The opened entries of an exported log, oldest first.
fn records(world: &World, dir: &str) -> Vec<String> {
    let Ok(folder) = fs::read_dir(world.home.path().join("log").join(dir).join("records")) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts = paths.into_iter().map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The acts of this kind in EC's log, newest last, as their fields.
fn acts(world: &World, kind: &str) -> Vec<Value> {
    logs(world);
    let lines = records(world, "node");
    let opened = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let fields = opened.map(|entry| {
        let fields = entry.as_object().unwrap().iter();
        Value::Object(fields.map(|(name, field)| (name.clone(), field["value"].clone())).collect())
    });
    fields.filter(|fields| fields["act"] == kind).collect()
}

fn vetting(world: &World) -> Value {
    let list = world.ec.must(&["partner", "list"]);
    let us = list.results().find(|line| line["country"] == "US").unwrap();
    us["vetting"].clone()
}

#[test]
fn a_unit_gets_nothing_while_no_valid_record_says_that_it_was_vetted() {
    let world = World::new();
    assert_eq!(vetting(&world)["valid"], true);
    assert!(reasons(&world, &[]).is_empty(), "vetted: something leaves");
    let vet = |more: &[&str]| {
        world.ec.cli(&[&["partner", "vet", "US", "--by", "Office of vetting"][..], more].concat())
    };
    for (more, why) in [
        (&["--until", "2020-01-01"][..], "a day that is over"),
        (&["--until", "2099-02-30"], "no day"),
        (&["--until", "soon"], "no day"),
        (&["--until", "2099-01-01", "--result", "maybe"], "no result"),
    ] {
        assert_eq!(vet(more).code, 2, "{why}");
    }
    assert_eq!(vetting(&world)["valid"], true, "what is refused changes nothing");
    let report = text(&scenario_json("expected.json")["release"]["report"]);
    let ask =
        ["release", "--agreement", &world.agreement, "--purpose", "firearms-tracing", &report];
    let drafted = text(&world.ec.must_as("liaison-officer", &ask).summary()["id"]);

    assert_eq!(vet(&["--until", "2099-01-01", "--result", "failed"]).code, 0);
    assert_eq!(vetting(&world)["valid"], false);
    assert_eq!(reasons(&world, &[]), ["clause-vetting"]);
    let refused = world.ec.cli_as(Some("approver"), &["release", "approve", &drafted]);
    assert_eq!(refused.code, 1, "what was drafted for a vetted unit is not what would leave");
    let refused = world.ec.cli_as(Some("liaison-officer"), &ask);
    assert_eq!(refused.code, 1, "nothing leaves, so nothing is drafted: {}", refused.text);

    assert_eq!(vet(&["--until", "2099-01-01"]).code, 0);
    world.ec.must_as("approver", &["release", "approve", &drafted]);
    world.ec.must_as("liaison-officer", &["release", "send", &drafted]);
    let arrived = world.twins();
    assert!(arrived.len() > 10, "{arrived:?}");
    vet(&["--until", "2099-01-01", "--result", "failed"]);
    assert!(world.twins().is_empty(), "what was released before is not handed out any more");
    vet(&["--until", "2099-01-01"]);
    assert_eq!(world.twins(), arrived);

    let found = acts(&world, "partner-vetted");
    let results: Vec<&Value> = found.iter().map(|act| &act["result"]).collect();
    assert_eq!(results[results.len() - 2..], [&json!("failed"), &json!("passed")]);
    let last = found.last().unwrap();
    assert_eq!(
        (&last["vetted_by"], &last["until"]),
        (&json!("Office of vetting"), &json!("2099-01-01"))
    );
    let mut channels = 0;
    for dir in logs(&world).iter().filter(|dir| dir.starts_with("channel/")) {
        channels += 1;
        let said = records(&world, dir).concat();
        assert!(!said.contains("vetted"), "the partner hears nothing of it: {dir}");
    }
    assert!(channels > 0);
}

#[test]
fn a_transfer_by_way_of_exception_names_its_reason_and_the_log_keeps_it() {
    let mut world = World::new();
    let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    let terms = terms.replacen("ground = \"safeguards\"", "ground = \"derogation\"", 1);
    let file = world.home.path().join("derogation.toml");
    fs::write(&file, terms).unwrap();
    world.agreement = world.sign(file.to_str().unwrap());
    assert_eq!(reasons(&world, &[]), ["clause-transfer"]);
    assert_eq!(reasons(&world, &["--ground-reason", " "]), ["clause-transfer"]);
    let reason = "imminent danger to a port worker";
    let named = ["--ground-reason", reason, "--offence", "drug-trafficking"];
    assert!(reasons(&world, &named).is_empty(), "something leaves");
    let report = text(&scenario_json("expected.json")["release"]["report"]);
    world.release(&[&named[..], &[&report]].concat());
    let sent = acts(&world, "disclosure");
    let sent = sent.iter().find(|act| act["kind"] == "release").unwrap();
    assert_eq!(sent["ground"], "derogation");
    assert_eq!(sent["ground_reason"], reason);
    assert_eq!(sent["offence"], "drug-trafficking");
}
