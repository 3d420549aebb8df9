//! The files of `scenario/` give what `scenario/expected.json` says.

use std::path::Path;

use enlace_stix::validate::Finding;
use serde_json::Value;

use crate::read;

fn scenario(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenario").join(name)).unwrap()
}

#[test]
fn the_files_of_the_scenario_are_held_and_rejected_as_expected() {
    let expected: Value = serde_json::from_slice(&scenario("expected.json")).unwrap();
    for file in expected["import"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let outcome = read(name, &scenario(name));
        assert_eq!(outcome.format.name(), file["format"], "{name}");
        let rejected: Vec<Value> = outcome
            .rejected
            .iter()
            .map(|r| {
                let position = r.position.split([' ', ',']).nth(1).unwrap();
                let position: u64 = position.parse().unwrap();
                serde_json::json!({
                    "position": position, "id": r.object_id, "rule": r.rule, "path": r.path,
                })
            })
            .collect();
        assert_eq!(Value::from(rejected), file["rejected"], "{name}");
        assert_eq!(outcome.objects.len() as u64, file["held"], "{name}");
        assert!(outcome.repeated.is_empty(), "{name}");
    }
}

#[test]
fn the_bundles_of_the_scenario_follow_every_advice_of_the_standard() {
    for name in ["ec/case-calamares.json", "us/case-biscayne.json", "nl/case-waalhaven.json"] {
        for held in read(name, &scenario(name)).objects {
            // Investigators relate people in words that the standard does not list (§5.1.2).
            let others = held.warnings.iter().filter(|w| w.rule != "stix.relationship.unlisted");
            assert_eq!(
                others.collect::<Vec<_>>(),
                [] as [&Finding; 0],
                "{name} {}",
                held.object.id()
            );
        }
    }
}

/// A canary found where it may be would prove nothing.
#[test]
fn canaries_are_long_unique_and_planted_in_the_files_of_one_node() {
    let canaries: Value = serde_json::from_slice(&scenario("withheld.json")).unwrap();
    let text = |name: &str| String::from_utf8(scenario(name)).unwrap().to_lowercase();
    let planted = ["case-calamares.json", "broken.json", "firearms.csv", "press.html"]
        .map(|name| text(&format!("ec/{name}")))
        .concat();
    let elsewhere = ["us/case-biscayne.json", "us/lost-or-stolen.csv", "us/press.html"]
        .into_iter()
        .chain(["nl/case-waalhaven.json", "agreements/ec-us.toml", "agreements/us-nl.toml"])
        .map(text)
        .collect::<String>();
    let mut seen = std::collections::HashSet::new();
    for entry in canaries.as_array().unwrap() {
        let canary = entry["canary"].as_str().unwrap().to_lowercase();
        assert!(canary.chars().count() >= 8 && seen.insert(canary.clone()), "{canary}");
        assert!(planted.contains(&canary), "{canary}");
        assert!(!elsewhere.contains(&canary), "{canary}");
    }
}
