//! What an amendment puts in the place of what a partner had: nothing that this node alone decides
//! shows in it, and who had the earlier form is told of a recall.

use serde_json::{Value, json};

use super::suspension::{carried_out, drafted, drop_field, original};
use super::world::{World, text};

/// Held by EC after the import of `ec/broken.json`; nothing of the report refers to it.
const RIFLE: &str = "firearm--97b48ac3-50df-4051-994c-e41e2870acca";

/// Puts narrower terms into force and carries them out. US fetches nothing meanwhile: its signature
/// comes in a file.
fn narrow(world: &World) -> Value {
    narrow_by(world, "firearm", "calibre").1
}

/// The agreement in force from then on, and what became of what was out.
fn narrow_by(world: &World, kind: &str, field: &str) -> (String, Value) {
    let next = drafted(world, "narrow", |terms| drop_field(&terms, kind, field));
    world.ec.must(&["partner", "sync", "US"]);
    world.us.must_as("approver", &["agreement", "sign", &next]);
    let folder = world.home.path().to_str().unwrap();
    let written = world.us.must(&["partner", "outbox", "EC", "--file", folder]);
    world.ec.must(&["partner", "inbox", &text(&written.summary()["file"])]);
    let effects = carried_out(world, &next);
    (next, effects)
}

/// Ids in US's collection.
fn ids(world: &World) -> Vec<String> {
    let manifest = world.us_by_token().get(&world.at("manifest/")).objects();
    let mut ids: Vec<String> = manifest.iter().map(|o| text(&o["id"])).collect();
    ids.retain(|id| !id.starts_with("release-record--"));
    ids.sort();
    ids
}

#[test]
fn what_an_amendment_narrowed_stays_while_its_set_is_held_back_and_the_rest_goes() {
    let world = World::new();
    world.release_report();
    world.us_by_token().get(&world.at("objects/?limit=1000"));
    let before = ids(&world);
    let report = text(&scenario_report());
    world.ec.must_as("liaison-officer", &["hold", "place", &report]);
    world.release(&[RIFLE]);
    let effects = narrow(&world);
    assert!(effects["narrowed"].as_u64().unwrap() > 10, "{effects}");
    // The narrower forms wait for US, under a hold since before they were made.
    world.ec.must_as("liaison-officer", &["hold", "place", &report, RIFLE]);
    world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let now = ids(&world);
    let gone: Vec<&String> = before.iter().filter(|id| !now.contains(id)).collect();
    assert_eq!(gone, Vec::<&String>::new(), "US would see that something is held");
    let firearms = |ids: &[String]| ids.iter().filter(|id| id.starts_with("firearm--")).count();
    assert_eq!(firearms(&now), firearms(&before), "nobody had the rifle");
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn an_update_that_nobody_fetched_goes_under_a_hold_also_after_it_was_narrowed() {
    let world = World::new();
    world.release_report();
    world.us_by_token().get(&world.at("objects/?limit=1000"));
    let pistol = original("pistol");
    world.amend(&pistol, "2026-03-02T00:00:00.000Z", json!({ "model": "Otro modelo" }));
    world.release(&[&pistol]);
    let told = || {
        let body = world.us_by_token().get(&world.at("objects/?match[type]=firearm")).body;
        String::from_utf8_lossy(&body).contains("Otro modelo")
    };
    let effects = narrow(&world);
    assert!(effects["narrowed"].as_u64().unwrap() > 10, "{effects}");
    world.ec.must_as("liaison-officer", &["hold", "place", &text(&scenario_report()), &pistol]);
    world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    assert!(!told(), "US never had it");
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn who_had_the_form_before_a_narrowing_is_told_of_a_recall_after_it() {
    let world = World::new();
    world.release_report();
    let pistol = original("pistol");
    // Alone: not the record of the release, nor what refers to it.
    let had = world.us_by_token().get(&world.at("objects/?match[type]=firearm")).objects();
    let firearms: Vec<String> = had.iter().map(|o| text(&o["id"])).collect();
    assert!(!firearms.is_empty());
    narrow(&world);
    let recalled = world.ec.must_as("liaison-officer", &["recall", &pistol]);
    assert_eq!(recalled.lines[0]["fetched"], true, "{}", recalled.text);
    let twin = text(&recalled.lines[0]["twin"]);
    assert!(firearms.contains(&twin));
    let left = world.us_by_token().get(&world.at(&format!("objects/{twin}/"))).objects();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["revoked"], true, "{left:?}");
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn who_had_a_wrong_value_is_told_of_its_correction_also_after_a_narrowing_and_of_the_next_one() {
    let world = World::new();
    world.release_report();
    let pistol = original("pistol");
    world.us_by_token().get(&world.at("objects/?match[type]=firearm"));
    let (agreement, _) = narrow_by(&world, "firearm", "calibre");
    let correct = |day: u8| {
        let modified = format!("2026-03-{day:02}T00:00:00.000Z");
        world.amend(&pistol, &modified, json!({ "model": format!("Modelo {day}") }));
        world.release_under(&agreement, &[&pistol]);
        let done = world.ec.must_as("liaison-officer", &["recall", &pistol, "--correct"]);
        assert_eq!(done.lines[0]["fetched"], true, "{}", done.text);
    };
    correct(2);
    correct(3);
    let open = world.ec.must_as("liaison-officer", &["recalls"]);
    let told = |line: &&Value| line["reason"] == "correction";
    assert!(open.lines.iter().any(|line| told(&line)), "{}", open.text);
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn who_read_a_reference_before_a_narrowing_is_told_of_the_recall() {
    let world = World::new();
    world.release_report();
    let had = world.us_by_token().get(&world.at("objects/?match[type]=report"));
    narrow_by(&world, "report", "report_types");
    let recalled = world.ec.must_as("liaison-officer", &["recall", &original("pistol")]);
    let twin = text(&recalled.lines[0]["twin"]);
    assert!(String::from_utf8_lossy(&had.body).contains(&twin), "US has read the id");
    assert_eq!(recalled.lines[0]["fetched"], true, "{}", recalled.text);
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

fn scenario_report() -> Value {
    crate::support::scenario_json("expected.json")["release"]["report"].clone()
}
