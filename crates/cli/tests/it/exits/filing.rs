//! To file an object in a report or case changes nothing of what partners have or get.

use std::fs;

use serde_json::{Value, json};

use super::world::World;

const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const PISTOL: &str = "firearm--3b1c64c8-5a1e-4a53-9f0a-6d20a1c9b021";

/// A pistol without a marking of its own.
fn pistol(model: &str, day: u32) -> Value {
    let definition = enlace_stix::types::definition_id("firearm");
    json!({"type": "firearm", "spec_version": "2.1", "id": PISTOL,
        "created": "2026-01-01T09:00:00.000Z", "modified": format!("2026-01-{day:02}T09:00:00.000Z"),
        "serial_status": "obliterated", "manufacturer": "Taurus", "model": model,
        "extensions": { definition: { "extension_type": "new-sdo" } }})
}

fn report(last: u8, colour: &str) -> Value {
    json!({"type": "report", "spec_version": "2.1",
        "id": format!("report--3b1c64c8-5a1e-4a53-9f0a-6d20a1c9b0{last:02}"),
        "created": "2026-01-01T09:00:00.000Z", "modified": "2026-01-01T09:00:00.000Z",
        "name": "Informe", "report_types": ["threat-report"], "published": "2026-01-01T09:00:00Z",
        "object_refs": [PISTOL], "object_marking_refs": [colour]})
}

fn import(world: &World, objects: &[Value], new: usize) {
    let file = world.home.path().join("filing.json");
    fs::write(&file, Value::from(objects).to_string()).unwrap();
    let done = world.ec.must(&["import", file.to_str().unwrap()]);
    assert_eq!(done.summary()["new"], new, "{}", done.text);
}

fn dry_run(world: &World) -> String {
    let ask = ["release", "--dry-run", "--agreement", &world.agreement];
    world.ec.must_as("liaison-officer", &[&ask[..], &[PISTOL]].concat()).text
}

#[test]
fn a_second_container_changes_nothing_of_what_is_held_and_a_new_version_takes_its_marking() {
    let world = World::new();
    import(&world, &[report(31, GREEN), pistol("PT-92", 1)], 2);
    let before = dry_run(&world);
    assert!(before.contains("\"kept\""), "it inherits what lets it leave: {before}");
    import(&world, &[report(32, RED), pistol("PT-92", 1)], 1);
    let after = dry_run(&world);
    assert_eq!(before.lines().count(), after.lines().count());
    assert!(after.contains("\"kept\""), "filed in a red report, it leaves as before: {after}");
    // What comes anew under red is red.
    import(&world, &[report(33, RED), pistol("PT-92 AF", 2)], 2);
    let after = dry_run(&world);
    assert!(after.contains("private-tlp-red"), "{after}");
}
