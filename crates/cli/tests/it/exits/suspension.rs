//! A stop takes effect at once, and a silent one is like nothing that happened.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::recall::everything;
use super::world::{World, text};
use crate::support::{Node, scenario_json};

/// Held by EC after the import of `ec/broken.json`; nothing of the report refers to it.
const RIFLE: &str = "firearm--97b48ac3-50df-4051-994c-e41e2870acca";

/// Ids of originals of the case by their keys in `expected.json`.
pub fn original(key: &str) -> String {
    let objects = scenario_json("expected.json")["release"]["objects"].clone();
    let found = objects.as_array().unwrap().iter().find(|o| o["key"] == key).unwrap().clone();
    text(&found["object"])
}

fn state(world: &World, at_us: bool) -> Value {
    let node = if at_us { &world.us } else { &world.ec };
    node.must(&["agreement", "show", &world.agreement]).lines[0]["state"].clone()
}

/// Releases the rifle, fetches nothing, and stops the agreement as `verb` says: what US sees is
/// what it saw before the release, byte for byte.
fn stopped(verb: &[&str]) -> World {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    world.us.must(&["partner", "sync", "EC"]);
    let (certificate, token) = (world.us_by_certificate(), world.us_by_token());
    let before = (everything(&world, &certificate), everything(&world, &token));
    world.release(&[RIFLE]);
    let args = [&["agreement"], verb, &[world.agreement.as_str()]].concat();
    let line = world.ec.must_as("liaison-officer", &args);
    assert_eq!(line.summary()["state"], "suspended", "{}", line.text);
    let after = (everything(&world, &certificate), everything(&world, &token));
    assert_eq!(before.0, after.0, "what US had is there, and nothing else");
    assert_eq!(before.1, after.1);
    let dry = ["release", "--agreement", &world.agreement, "--dry-run", RIFLE];
    let dry = world.ec.must_as("liaison-officer", &dry);
    let whole = dry.results().find(|l| l["path"] == "").unwrap();
    assert_eq!(whole["verdict"], "withheld", "nothing is released meanwhile: {whole}");
    world
}

#[test]
fn what_is_suspended_in_silence_is_like_nothing_that_happened_until_it_is_resumed() {
    let world = stopped(&["suspend", "--silent"]);
    world.us.must(&["partner", "sync", "EC"]);
    assert_eq!(state(&world, true), "active", "US is not told");
    let shown = world.ec.must(&["agreement", "show", &world.agreement]);
    assert_eq!(shown.lines[0]["silent"], true, "EC's own people are");
    assert_eq!(shown.lines[0]["suspended_by"], Value::Null, "no paper says it");
    let mirrored = world.us.stored_bytes();
    assert!(!mirrored.iter().any(|(_, b)| b.windows(14).any(|w| w == b"policy-changed")));
    // What US sends is taken as before: EC's acceptance and its receipt tell nothing.
    for (from, to) in [(&world.us, "EC"), (&world.ec, "US")] {
        from.must(&["partner", "sync", to]);
    }
    world.ec.must_as("approver", &["agreement", "resume", &world.agreement]);
    assert_eq!(state(&world, false), "active");
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["objects"], &synced["rejected"]), (&json!(1), &json!(0)), "{synced}");
}

#[test]
fn an_open_suspension_stops_both_sides_and_a_recall_still_passes() {
    let world = stopped(&["suspend"]);
    world.ec.must(&["partner", "sync", "US"]);
    assert_eq!(state(&world, true), "suspended", "US hears of it");
    let resume = world.us.cli_as(Some("approver"), &["agreement", "resume", &world.agreement]);
    assert_eq!(resume.code, 1, "and cannot undo it: {}", resume.text);
    // Also of an observable, which has no revoked form.
    for key in ["account", "posorja"] {
        let line = world.ec.must_as("liaison-officer", &["recall", &original(key)]);
        assert_eq!(line.lines[0]["fetched"], true, "{}", line.text);
        let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
        let counts = ["objects", "recalled", "rejected"].map(|name| synced[name].clone());
        assert_eq!(counts, [json!(0), json!(1), json!(0)], "{key}: {synced}");
    }
    // What was never handed out leaves no trace, now as ever.
    let before = everything(&world, &world.us_by_token());
    let line = world.ec.must_as("liaison-officer", &["recall", RIFLE]).lines[0].clone();
    assert_eq!(line["fetched"], false, "{line}");
    assert_eq!(before, everything(&world, &world.us_by_token()));
}

#[test]
fn after_an_end_only_recalls_pass_and_they_arrive_whole() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("approver", &["agreement", "terminate", &world.agreement]);
    world.us.must(&["partner", "sync", "EC"]);
    assert_eq!(state(&world, false), "terminated", "one party ends it");
    let all = world.us_by_certificate().get(&world.at("objects/?match[version]=all"));
    assert_eq!(all.objects(), Vec::<Value>::new(), "nothing is served under it");
    for key in ["account", "posorja"] {
        world.ec.must_as("liaison-officer", &["recall", &original(key)]);
        let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
        let counts = ["objects", "recalled", "rejected"].map(|name| synced[name].clone());
        assert_eq!(counts, [json!(0), json!(1), json!(0)], "{key}: {synced}");
    }
}

/// EC and US amend their agreement with other terms; the new version's id.
pub fn amend(world: &World, released: &str, change: impl Fn(String) -> String) -> String {
    let id = drafted(world, released, change);
    world.ec.must(&["partner", "sync", "US"]);
    world.us.must_as("approver", &["agreement", "sign", &id]);
    world.us.must(&["partner", "sync", "EC"]);
    for node in [&world.ec, &world.us] {
        let state = |id: &str| node.must(&["agreement", "show", id]).lines[0]["state"].clone();
        assert_eq!((state(&id), state(&world.agreement)), (json!("active"), json!("replaced")));
    }
    id
}

/// The amendment with EC's signature, not yet sent.
pub fn drafted(world: &World, released: &str, change: impl Fn(String) -> String) -> String {
    let model = std::fs::read_to_string(crate::support::scenario("agreements/ec-us.toml")).unwrap();
    let head = format!("[agreement]\namends = {{ released = \"{released}\" }}\n");
    let changed = change(model.clone()).replace("[agreement]\n", &head);
    assert_ne!(changed, model);
    let [terms, draft] = ["terms.toml", "amended.toml"].map(|n| world.home.path().join(n));
    std::fs::write(&terms, changed).unwrap();
    let [terms, draft] = [&terms, &draft].map(|p| p.to_str().unwrap());
    let new = ["agreement", "new", "--with", "US", "--terms", terms, "--out", draft];
    world.ec.must_as("liaison-officer", &new);
    let signed = world.ec.must_as("approver", &["agreement", "amend", &world.agreement, draft]);
    text(&signed.summary()["id"])
}

/// Waits until EC has carried out what an amendment does to what was released.
pub fn carried_out(world: &World, id: &str) -> Value {
    carried_out_at(&world.ec, id)
}

/// The same at a double of EC.
pub fn carried_out_at(ec: &Node, id: &str) -> Value {
    let started = Instant::now();
    loop {
        let shown = ec.must(&["agreement", "show", id]);
        let effects = shown.lines[0]["effects"].clone();
        if effects.is_object() {
            return effects;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{}", ec.log());
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn an_amendment_that_keeps_leaves_everything_where_it_is() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    let before = everything(&world, &world.us_by_token());
    let next = amend(&world, "keep", |terms| terms.replace("max = \"amber\"", "max = \"green\""));
    assert_eq!(before, everything(&world, &world.us_by_token()));
    let dry = ["release", "--agreement", &next, "--dry-run", RIFLE];
    let dry = world.ec.must_as("liaison-officer", &dry);
    let whole = dry.results().find(|l| l["object"] == RIFLE && l["path"] == "").unwrap();
    assert_eq!(whole["verdict"], "withheld", "the new terms hold for what comes: {whole}");
}

#[test]
fn an_amendment_that_recalls_takes_back_everything_before_it() {
    let mut world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    let next = amend(&world, "recall", |terms| terms);
    let serial = |body: &[u8]| String::from_utf8_lossy(body).contains("TXZ48213");
    let all = world.us_by_token().get(&world.at("objects/?match[version]=all"));
    assert!(!serial(&all.body), "not served from the first instant, whoever did what by then");
    let effects = carried_out(&world, &next);
    assert!(effects["recalled"].as_u64().unwrap() > 10, "{effects}");
    assert_eq!((&effects["narrowed"], &effects["left"]), (&json!(0), &json!([])), "{effects}");
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["recalled"], &synced["rejected"]), (&effects["recalled"], &json!(0)));
    // What comes under the new terms comes whole.
    world.agreement = next;
    world.release(&[RIFLE]);
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["rejected"], &synced["releases"]), (&json!(0), &json!(1)), "{synced}");
}

#[test]
fn an_amendment_that_narrows_takes_back_what_its_terms_do_not_allow() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    // Released, not fetched: a firearm and what is beside it.
    world.release(&[RIFLE]);
    let account = original("account");
    let next = amend(&world, "narrow", |terms| {
        let without_accounts = terms.replace("\"bank-account\", ", "");
        drop_field(&without_accounts, "firearm", "calibre")
    });
    let now = |kind: &str| -> Vec<Value> {
        let all = world.us_by_token().get(&world.at("objects/?match[version]=all"));
        all.objects().into_iter().filter(|o| o["type"] == kind && o["revoked"] != true).collect()
    };
    let effects = carried_out(&world, &next);
    assert!(effects["recalled"].as_u64().unwrap() >= 1, "{effects}");
    assert!(effects["narrowed"].as_u64().unwrap() >= 2, "{effects}");
    assert_eq!(effects["left"], json!([]), "{effects}");
    assert_eq!(now("bank-account"), Vec::<Value>::new(), "what may not leave is gone");
    let firearms = now("firearm");
    assert!(firearms.len() >= 2, "the firearms are there, the one nobody had fetched too");
    for firearm in &firearms {
        assert_eq!(firearm["calibre"], Value::Null, "in the narrower form, in every version");
        assert!(firearm["serial"].is_string());
    }
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!(synced["rejected"], 0, "{synced}");
    assert!(synced["recalled"].as_u64().unwrap() >= 1, "{synced}");
    // Stopping works after it as before.
    let line = world.ec.must_as("liaison-officer", &["recall", RIFLE]);
    assert_eq!(line.lines[0]["fetched"], true, "{}", line.text);
    let again = world.ec.cli_as(Some("liaison-officer"), &["recall", &account]);
    assert_eq!(again.code, 1, "the account was recalled by the amendment: {}", again.text);
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn an_amendment_narrows_what_was_altered_since_as_it_was_sent() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    // A field that leaves changed, and waits for a person: the partner may not see it yet.
    let pistol = original("pistol");
    let other = json!({ "model": "Otro modelo" });
    world.amend(&pistol, "2026-03-02T00:00:00.000Z", other);
    let next = amend(&world, "narrow", |terms| drop_field(&terms, "firearm", "calibre"));
    let effects = carried_out(&world, &next);
    let left = effects["left"].as_array().unwrap();
    assert!(left.iter().any(|l| l[1] == pistol.as_str()), "an officer is told: {effects}");
    let all = world.us_by_token().get(&world.at("objects/?match[version]=all"));
    let firearms: Vec<Value> =
        all.objects().into_iter().filter(|o| o["type"] == "firearm").collect();
    assert!(firearms.len() >= 2, "{}", all.alike());
    for firearm in &firearms {
        assert_eq!(firearm["calibre"], Value::Null, "which one was altered shows: {firearm}");
        assert_ne!(firearm["model"], "Otro modelo", "nor does anything new leave");
    }
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!(synced["rejected"], 0, "{synced}");
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

/// The draft without one of the paths that a type keeps.
pub fn drop_field(terms: &str, kind: &str, field: &str) -> String {
    let (before, section) = terms.split_once(&format!("[fields.{kind}]")).unwrap();
    let quoted = format!("\"{field}\"");
    assert!(section.contains(&quoted), "{kind} keeps {field}");
    let section = section.replacen(&format!("{quoted},"), "", 1);
    assert!(!section.split("\n[").next().unwrap().contains(&quoted), "{section}");
    format!("{before}[fields.{kind}]{section}")
}
