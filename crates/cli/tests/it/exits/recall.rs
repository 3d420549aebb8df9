//! Recall: what was fetched is revoked, what was not leaves no trace.

use std::collections::BTreeMap;

use enlace_stix::Timestamp;
use serde_json::{Value, json};

use super::world::{World, text};
use crate::support::{Client, scenario_json};

/// Held by EC after the import of `ec/broken.json`; nothing of the report refers to it.
const RIFLE: &str = "firearm--97b48ac3-50df-4051-994c-e41e2870acca";
const PLACE: &str = "location--9a08fc0d-2031-4861-a0b8-dfcfda242140";
const CONTAINER: &str = "shipping-container--c8d4709a-1027-412f-b5dc-62291fc79367";

#[test]
fn of_a_recalled_twin_only_the_revoked_version_is_left() {
    let world = World::new();
    let recall = scenario_json("expected.json")["recall"].clone();
    let original = text(&recall["object"]);
    world.release(&[&original]);
    world.us.must(&["partner", "sync", "EC"]);
    world.amend(
        &original,
        "2026-02-01T00:00:00.000Z",
        json!({ "valid_from": "2025-09-11T00:00:00Z" }),
    );
    world.release(&[&original]);
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);

    let us = world.us_by_token();
    let kind = original.split("--").next().unwrap();
    let twin = world.twins().into_iter().find(|id| id.starts_with(kind)).unwrap();
    let one = world.at(&format!("objects/{twin}/"));
    let listed = us.get(&format!("{one}versions/")).json()["versions"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "two versions were released: {listed}");
    let first = text(&listed[0]);

    let line = world.ec.must_as("liaison-officer", &["recall", &original]).lines[0].clone();
    assert_eq!((&line["twin"], &line["fetched"]), (&json!(twin), &json!(true)), "{line}");
    for client in [us.clone(), world.us_by_certificate()] {
        let last = client.get(&format!("{one}versions/")).json()["versions"].clone();
        assert_eq!(last.as_array().map(Vec::len), Some(1), "one version is left: {last}");
        assert!(!listed.as_array().unwrap().contains(&last[0]), "and it is a new one");
        for filter in ["", "?match[version]=all", "?match[version]=first", "?match[version]=last"] {
            for path in [format!("{one}{filter}"), world.at(&format!("objects/{filter}"))] {
                let found = client.get(&path).objects();
                let found: Vec<_> = found.iter().filter(|o| o["id"] == twin.as_str()).collect();
                assert_eq!(found.len(), 1, "{path}: {found:?}");
                assert_eq!(found[0]["revoked"], true, "{path}: only the revoked version");
            }
            let path = world.at(&format!("manifest/{filter}"));
            let found = client.get(&path).objects();
            let found: Vec<_> = found.iter().filter(|o| o["id"] == twin.as_str()).collect();
            assert_eq!(found.len(), 1, "{path}");
            assert_eq!(found[0]["version"], last[0], "{path}");
        }
        let old = client.get(&format!("{one}?match[version]={first}")).objects();
        assert!(old.is_empty(), "an old version does not come back by its time: {old:?}");
        let whole = client.get(&world.at("objects/?match[version]=all"));
        let canary = recall["canary"].as_str().unwrap();
        let body = String::from_utf8_lossy(&whole.body).into_owned();
        assert!(!body.contains(canary), "content of the recalled object is still served");
        for object in whole.objects().iter().filter(|o| o["id"] == twin.as_str()) {
            let told = [
                "type",
                "spec_version",
                "id",
                "created",
                "modified",
                "created_by_ref",
                "revoked",
                "pattern",
                "pattern_type",
                "valid_from",
            ];
            let more: Vec<_> = object
                .as_object()
                .unwrap()
                .keys()
                .filter(|k| !told.contains(&k.as_str()))
                .collect();
            assert!(more.is_empty(), "a revoked twin bears required properties only: {more:?}");
        }
    }
    let again = world.ec.cli_as(Some("liaison-officer"), &["recall", &original]);
    assert_eq!(again.code, 1, "a second recall has nothing to do");
    let agreement = world.agreement.as_str();
    let dry = ["release", "--agreement", agreement, "--dry-run", &original];
    let dry = world.ec.must_as("liaison-officer", &dry);
    let whole =
        dry.results().find(|l| l["object"] == original.as_str() && l["path"] == "").unwrap();
    assert_eq!(whole["verdict"], "withheld", "what was recalled does not leave again: {whole}");

    world.us.must(&["partner", "sync", "EC"]);
    let shown = world.us.cli_as(Some("liaison-officer"), &["get", &twin]);
    assert_eq!((shown.code, &shown.lines[0]["state"]), (1, &json!("recalled")), "{}", shown.text);
    let canary = recall["canary"].as_str().unwrap().as_bytes().to_vec();
    world.us.stop();
    for (name, bytes) in world.us.stored_bytes() {
        let left = bytes.windows(canary.len()).any(|w| w == canary);
        assert!(!left, "{name}: the partner still keeps what was recalled");
    }
}

#[test]
fn a_partner_that_never_fetched_sees_no_trace_of_a_recalled_release() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    let (certificate, token) = (world.us_by_certificate(), world.us_by_token());
    let before = (everything(&world, &certificate), everything(&world, &token));

    // Made, approved and sent, but nobody asks before it is recalled.
    world.release(&[RIFLE]);
    let line = world.ec.must_as("liaison-officer", &["recall", RIFLE]).lines[0].clone();
    assert_eq!(line["fetched"], false, "{line}");
    let twin = text(&line["twin"]);
    let after = (everything(&world, &certificate), everything(&world, &token));
    same(&before.0, &after.0);
    same(&before.1, &after.1);
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    let counts = ["objects", "releases", "recalled", "rejected"].map(|name| synced[name].clone());
    assert_eq!(counts, [0, 0, 0, 0].map(|n| json!(n)), "the sync brings nothing: {synced}");
    let one = |id: &str| token.get(&world.at(&format!("objects/{id}/"))).alike();
    let unknown = "firearm--2f5c8bb0-9c39-4d3d-8d1f-0a4f6ec0a001";
    assert_eq!(one(&twin), one(unknown), "the recalled twin is like one that never was");

    // Of two objects of one release the other comes as if it had been released alone.
    world.release(&[PLACE, CONTAINER]);
    let line = world.ec.must_as("liaison-officer", &["recall", PLACE]).lines[0].clone();
    assert_eq!(line["fetched"], false, "{line}");
    let other = text(&line["twin"]);
    let whole = token.get(&world.at("objects/?match[version]=all"));
    let body = String::from_utf8_lossy(&whole.body).into_owned();
    assert!(!body.contains(&twin) && !body.contains(&other), "a recalled twin is named");
    assert!(body.contains("XCSU7304180"), "the other object of the release is there");
    let record = whole.objects().pop().unwrap();
    assert_eq!(record["type"], "release-record", "a release ends with its record: {record}");
    let dates: Vec<i64> = token
        .get(&world.at("manifest/?match[version]=all"))
        .objects()
        .iter()
        .map(|o| o["date_added"].as_str().unwrap().parse::<Timestamp>().unwrap().micros())
        .collect();
    let listed = record["released"].as_array().unwrap().len();
    let last = &dates[dates.len() - listed - 1..];
    assert!(last.windows(2).all(|d| d[1] == d[0] + 1), "no gap among the dates: {last:?}");
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["objects"], &synced["rejected"]), (&json!(1), &json!(0)), "{synced}");
}

#[test]
fn when_all_that_was_released_is_recalled_unseen_the_collection_is_as_before_the_first_release() {
    let world = World::new();
    let views = || [world.us_by_token(), world.us_by_certificate()].map(|c| everything(&world, &c));
    let never = views();
    world.release(&[RIFLE]);
    world.release(&[PLACE, CONTAINER]);
    let records = || {
        // Read where nobody counts it as fetched.
        let sql = "SELECT count(*) FROM member WHERE kind = 'release-record'";
        let count = |sql: &str| world.ec.database().query_row(sql, [], |row| row.get::<_, i64>(0));
        (count(sql).unwrap(), count("SELECT count(*) FROM member").unwrap())
    };
    for (id, left) in [(RIFLE, (1, 5)), (PLACE, (1, 4))] {
        let line = world.ec.must_as("liaison-officer", &["recall", id]).lines[0].clone();
        assert_eq!(line["fetched"], false, "{line}");
        assert_eq!(records(), left, "no record lists our identity and the marking alone");
    }
    // Our identity and the marking came with the first; what is left bears them.
    world.ec.must_as("liaison-officer", &["recall", CONTAINER]);
    let after = views();
    for (never, after) in never.iter().zip(&after) {
        same(never, after);
    }
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    let counts = ["objects", "releases", "recalled", "rejected"].map(|name| synced[name].clone());
    assert_eq!(counts, [0, 0, 0, 0].map(|n| json!(n)), "{synced}");
    // They come again with what is released next.
    world.release_report();
    let all = world.us_by_token().get(&world.at("objects/?match[version]=all&limit=1000"));
    let objects = all.objects();
    let report = objects.iter().find(|o| o["type"] == "report").unwrap();
    let author = objects.iter().find(|o| o["id"] == report["created_by_ref"]).unwrap();
    assert_eq!(author["identity_class"], "organization", "{author}");
    let marking = &report["object_marking_refs"][0];
    assert!(objects.iter().any(|o| o["id"] == *marking), "{marking}");
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["releases"], &synced["rejected"]), (&json!(1), &json!(0)), "{synced}");
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

/// Members of all collections of EC, by type.
fn members(world: &World) -> Vec<(String, String)> {
    let database = world.ec.database();
    let mut all =
        database.prepare("SELECT kind, body FROM member ORDER BY collection, seq").unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_recall_under_one_agreement_leaves_the_records_of_another_alone() {
    let world = World::new();
    let terms = crate::support::scenario("agreements/ec-us.toml");
    let other = world.sign_with(&world.us, "US", &terms);
    world.release(&[RIFLE]);
    world.release_under(&other, &[PLACE, CONTAINER]);
    let records = || members(&world).iter().filter(|(kind, _)| kind == "release-record").count();
    assert_eq!(records(), 2);
    let recall = |id: &str| {
        let line = world.ec.must_as("liaison-officer", &["recall", id]).lines[0].clone();
        assert_eq!(line["fetched"], false, "{line}");
    };
    recall(RIFLE);
    assert_eq!(records(), 1);
    // The other release still knows its record: it goes with the last thing that it lists.
    recall(PLACE);
    assert_eq!(records(), 1);
    recall(CONTAINER);
    assert_eq!(members(&world), []);
    assert_eq!(world.ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn a_marking_goes_with_the_last_object_that_bears_it_whatever_else_was_released_with_it() {
    const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
    const PISTOL: &str = "firearm--3b1c64c8-5a1e-4a53-9f0a-6d20a1c9b011";
    let world = World::new();
    let definition = enlace_stix::types::definition_id("firearm");
    let pistol = json!({"type": "firearm", "spec_version": "2.1", "id": PISTOL,
        "created": "2026-01-01T09:00:00.000Z", "modified": "2026-01-01T09:00:00.000Z",
        "serial_status": "obliterated", "manufacturer": "Romarm", "model": "WASR",
        "object_marking_refs": [GREEN],
        "extensions": { definition: { "extension_type": "new-sdo" } }});
    let file = world.home.path().join("pistol.json");
    std::fs::write(&file, pistol.to_string()).unwrap();
    world.ec.must(&["import", file.to_str().unwrap()]);
    world.release(&[RIFLE, PISTOL]);
    let markings = || {
        let all = members(&world);
        let ids = all.iter().filter(|(kind, _)| kind == "marking-definition");
        ids.count()
    };
    assert_eq!(markings(), 2, "one for each colour");
    let line = world.ec.must_as("liaison-officer", &["recall", RIFLE]).lines[0].clone();
    assert_eq!(line["fetched"], false, "{line}");
    assert_eq!(markings(), 1, "the partner would see that something stricter was there");
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["releases"], &synced["rejected"]), (&json!(1), &json!(0)), "{synced}");
}

#[test]
fn a_recalled_observable_is_purged_by_those_who_fetched_it() {
    let world = World::new();
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let account = world.twins().into_iter().find(|id| id.starts_with("bank-account--")).unwrap();
    let shown = world.us.must_as("liaison-officer", &["get", &account]);
    assert_eq!(shown.lines[0]["id"], account.as_str(), "US holds the account: {}", shown.text);
    let objects = scenario_json("expected.json")["release"]["objects"].clone();
    let key = |o: &&Value| o["key"] == "account";
    let original = text(&objects.as_array().unwrap().iter().find(key).unwrap()["object"]);
    world.ec.must_as("liaison-officer", &["recall", &original]);
    let one = world.us_by_token().get(&world.at(&format!("objects/{account}/")));
    assert_eq!(one.status, 404, "the collection no longer holds it");
    let synced = world.us.must(&["partner", "sync", "EC"]);
    assert_eq!(synced.lines[0]["recalled"], 1, "the partner is told: {}", synced.text);
    let shown = world.us.cli_as(Some("liaison-officer"), &["get", &account]);
    assert_eq!((shown.code, &shown.lines[0]["state"]), (1, &json!("recalled")), "{}", shown.text);
}

/// Every answer about the collection, by path; cursors are followed, their text is not compared.
pub fn everything(world: &World, client: &Client) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut paths: Vec<String> = ["", "objects/", "manifest/"].map(|r| world.at(r)).to_vec();
    paths.push("/taxii2/node/collections/".to_owned());
    for resource in ["objects/", "manifest/"] {
        for filter in ["match[version]=all", "match[type]=firearm", "match[type]=release-record"] {
            paths.push(world.at(&format!("{resource}?{filter}")));
        }
    }
    for path in paths {
        let answer = client.get(&path);
        all.insert(path, answer.alike());
    }
    all
}

fn same(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    for (path, answer) in before {
        let place = answer.bytes().zip(after[path].bytes()).position(|(a, b)| a != b);
        let from = place.unwrap_or(answer.len().min(after[path].len())).saturating_sub(80);
        let shown: String = after[path].chars().skip(from).take(400).collect();
        assert!(
            *answer == after[path],
            "{path}: a trace of what was recalled before it was fetched: …{shown}…"
        );
    }
}

/// Ids that a value refers to.
fn references(value: &Value, name: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(n, v)| references(v, n, into)),
        Value::Array(items) => items.iter().for_each(|v| references(v, name, into)),
        Value::String(id) if name.ends_with("_ref") || name.ends_with("_refs") => {
            into.push(id.clone());
        }
        _ => {}
    }
}

/// Id of an original of the case by its key in `expected.json`.
fn original(key: &str) -> String {
    let objects = scenario_json("expected.json")["release"]["objects"].clone();
    let found = objects.as_array().unwrap().iter().find(|o| o["key"] == key).cloned();
    text(&found.unwrap()["object"])
}

/// The id by which US would know an original.
fn twin_of(world: &World, original: &str) -> String {
    let sql = "SELECT twin FROM twin WHERE original = ?1";
    world.ec.database().query_row(sql, [original], |row| row.get(0)).unwrap()
}

#[test]
fn nothing_refers_to_what_was_recalled_before_it_was_fetched() {
    let world = World::new();
    world.release_report();
    let pistol = original("pistol");
    let twin = twin_of(&world, &pistol);
    let referring: i64 = world
        .ec
        .database()
        .query_row(
            "SELECT count(*) FROM member WHERE body LIKE ?1 AND kind != 'release-record'",
            [format!("%{twin}%")],
            |row| row.get(0),
        )
        .unwrap();
    assert!(referring > 1, "the report, at least, refers to it");
    let line = world.ec.must_as("liaison-officer", &["recall", &pistol]).lines[0].clone();
    assert_eq!((&line["twin"], &line["fetched"]), (&json!(twin), &json!(false)), "{line}");

    let all = world.us_by_token().get(&world.at("objects/?match[version]=all&limit=1000"));
    assert!(!String::from_utf8_lossy(&all.body).contains(&twin), "something names it");
    let objects = all.objects();
    let has = |id: &str| objects.iter().any(|o| o["id"] == id);
    let mut refers = Vec::new();
    for object in objects.iter().filter(|o| o["type"] != "release-record") {
        references(object, "", &mut refers);
    }
    // The colours of TLP are known to everybody; the agreement and its parties to these two.
    refers.retain(|id| !id.starts_with("marking-definition--") && *id != world.ec.identity());
    assert!(refers.len() > 5, "{refers:?}");
    for id in &refers {
        assert!(has(id), "{id} leads nowhere");
    }
    let report = objects.iter().filter(|o| o["type"] == "report").collect::<Vec<_>>();
    assert_eq!(report.len(), 1, "one version of the report");
    let records = objects.iter().filter(|o| o["type"] == "release-record").count();
    assert_eq!(records, 1, "and one record");
    let synced = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    assert_eq!((&synced["rejected"], &synced["recalled"]), (&json!(0), &json!(0)), "{synced}");
    for node in [&world.ec, &world.us] {
        assert_eq!(node.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
    }
}

#[test]
fn who_saw_a_reference_is_told_of_the_recall_although_it_never_fetched_the_twin() {
    let world = World::new();
    world.release_report();
    let report = text(&scenario_json("expected.json")["release"]["report"]);
    let one = |twin: &str| {
        world.us_by_token().get(&world.at(&format!("objects/{twin}/?match[version]=all"))).objects()
    };
    let report = one(&twin_of(&world, &report)).pop().unwrap();
    let pistol = original("pistol");
    let twin = twin_of(&world, &pistol);
    assert!(report.to_string().contains(&twin), "{report}");
    let line = world.ec.must_as("liaison-officer", &["recall", &pistol]).lines[0].clone();
    assert_eq!(line["fetched"], true, "it knows of it: {line}");
    let told = one(&twin);
    assert_eq!((told.len(), &told[0]["revoked"]), (1, &json!(true)), "{told:?}");
    assert!(!told[0].to_string().contains("TXZ48213"), "{told:?}");
}
