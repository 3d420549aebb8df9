//! What was taken back after a backup does not come back with it, and partners see one history.

use std::fs;

use serde_json::{Value, json};

use super::server;
use crate::exits::world::{World, text};
use crate::processes::pause::on;
use crate::support::{Client, Node, scenario_json};

/// Held by EC after the import of `ec/broken.json`; nothing of the report refers to it.
pub const RIFLE: &str = "firearm--97b48ac3-50df-4051-994c-e41e2870acca";
const PERSON: &str = "identity--2d000000-0000-4000-8000-000000000041";
const NAME: &str = "Zzyzxpersona de la bodega siete";

/// A person whose review is overdue.
fn import_person(node: &Node, folder: &std::path::Path) {
    let handling = enlace_stix::types::definition_id("handling");
    let marking = "marking-definition--2d000000-0000-4000-8000-000000000031";
    let at = "2026-01-01T00:00:00.000Z";
    let person = json!({"type": "identity", "spec_version": "2.1", "id": PERSON, "created": at,
        "modified": at, "name": NAME, "identity_class": "individual",
        "object_marking_refs": [marking]});
    let definition = json!({"type": "marking-definition", "spec_version": "2.1", "id": marking,
        "created": at, "extensions": {handling: {
        "extension_type": "property-extension", "tlp": "green", "review_due": "2020-06-01"}}});
    let note = json!({"type": "bundle", "id": "bundle--2d000000-0000-4000-8000-000000000051",
        "objects": [definition, person]});
    let file = folder.join("person.json");
    fs::write(&file, note.to_string()).unwrap();
    node.must(&["import", file.to_str().unwrap()]);
}

/// Files of a node that say these words.
fn saying(node: &Node, words: &str) -> Vec<String> {
    let says = |bytes: &[u8]| bytes.windows(words.len()).any(|w| w == words.as_bytes());
    node.stored_bytes().into_iter().filter(|(_, b)| says(b)).map(|(name, _)| name).collect()
}

/// The latest date that a collection shows.
fn latest(client: &Client, path: &str) -> String {
    let manifest = client.get(path).json();
    let dates = manifest["objects"].as_array().unwrap().iter().map(|o| text(&o["date_added"]));
    dates.max().unwrap()
}

/// Rows on a server that say these words.
fn rows_saying(url: &str, words: &str) -> i64 {
    let bytes: String = words.bytes().map(|byte| format!("{byte:02x}")).collect();
    on(url, async |client| {
        let tables = "SELECT table_name::text FROM information_schema.tables
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
        let mut found = 0;
        for table in client.query(tables, &[]).await.unwrap() {
            let (table, says): (String, _) =
                (table.get(0), "strpos(lower(t::text), lower($1)) > 0");
            let sql = format!("SELECT count(*) FROM \"{table}\" t WHERE {says}");
            for form in [words, &bytes] {
                found += client.query_one(&sql, &[&form]).await.unwrap().get::<_, i64>(0);
            }
        }
        found
    })
}

/// EC asks US for something; the id.
fn ask(world: &World) -> String {
    let (ec, file) = (&world.ec, world.home.path().join("request.toml"));
    let content = "kind = \"information\"\npurpose = \"firearms-tracing\"\n\
                   case_number = \"UNE-26-118\"\nfacts = \"A rifle was found.\"\n\
                   grounds_held = \"It was sold with you.\"\n\n\
                   [[questions]]\nnumber = 1\ntext = \"Who bought it?\"\n";
    fs::write(&file, content).unwrap();
    let new = ["request", "new", file.to_str().unwrap(), "--agreement", &world.agreement];
    let id = text(&ec.must_as("liaison-officer", &new).summary()["request"]);
    ec.must_as("approver", &["request", "approve", &id]);
    ec.must_as("liaison-officer", &["request", "send", &id]);
    ec.must(&["partner", "sync", "US"]);
    id
}

/// EC loses its folder and is made anew from a backup, in a folder or on a server.
fn lose_and_restore(world: &World, file: &str, to: Option<&str>) -> Value {
    world.ec.stop();
    fs::rename(&world.ec.dir, world.home.path().join("ec-lost")).unwrap();
    let to = to.map(|url| ["--to", url]);
    let args = [&["restore", file][..], to.as_ref().map_or(&[][..], |to| &to[..])].concat();
    world.ec.must(&args).summary().clone()
}

#[test]
fn after_a_restore_nobody_erased_or_recalled_is_back_old_cursors_are_told_and_logs_go_on() {
    nobody_is_back_after_a_restore(None);
}

#[test]
fn after_a_restore_on_a_server_nobody_erased_or_recalled_is_back_and_all_the_same_holds() {
    nobody_is_back_after_a_restore(Some(&server()));
}

fn nobody_is_back_after_a_restore(to: Option<&str>) {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    import_person(ec, world.home.path());
    let recall = scenario_json("expected.json")["recall"].clone();
    let original = text(&recall["object"]);
    world.release(&[&original]);
    world.release_report();
    us.must(&["partner", "sync", "EC"]);
    let kind = original.split("--").next().unwrap();
    let twin = world.twins().into_iter().find(|id| id.starts_with(kind)).unwrap();
    let page = world.us_by_token().get(&world.at("objects/?limit=2")).json();
    let cursor = text(&page["next"]);
    let backups = world.home.path().join("backups");
    fs::create_dir(&backups).unwrap();
    let file = backups.join("ec.backup").display().to_string();
    ec.must_as("approver", &["review", "list"]);
    ec.must(&["backup", &file]);

    // After the backup: one is recalled, one erased, and US fetches something new.
    ec.must_as("liaison-officer", &["recall", &original]);
    ec.must_as("approver", &["review", "erase", PERSON]);
    world.release(&[RIFLE]);
    let asked = ask(&world);
    us.must(&["partner", "sync", "EC"]);
    us.must(&["partner", "sync", "EC"]);
    let before = latest(&world.us_by_token(), &world.at("manifest/"));
    let list = fs::read_dir(&backups).unwrap().map(|e| e.unwrap().file_name().into_string());
    let list: Vec<String> = list.map(Result::unwrap).filter(|n| n.starts_with("eras")).collect();
    let text_of_list = fs::read_to_string(backups.join(&list[0])).unwrap();
    for told in [PERSON, NAME, twin.as_str(), original.as_str()] {
        assert!(!text_of_list.contains(told), "the list names nobody");
    }

    // Without the list nothing is restored, and nothing is left.
    ec.stop();
    let aside = world.home.path().join("list");
    fs::rename(backups.join(&list[0]), &aside).unwrap();
    let refused = ec.beside("none").cli(&["restore", &file]);
    assert_eq!(refused.code, 1, "{}", refused.text);
    assert!(refused.errors.contains("--without-erasures"), "{}", refused.errors);
    assert!(!world.home.path().join("none").exists());
    fs::write(backups.join(&list[0]), text_of_list.replace("\nv ", "\nv 0")).unwrap();
    assert!(ec.beside("none").cli(&["restore", &file]).errors.contains("cut or changed"));
    fs::rename(&aside, backups.join(&list[0])).unwrap();

    let restored = lose_and_restore(&world, &file, to);
    assert_eq!((&restored["erased"], &restored["recalled"]), (&json!(1), &json!(1)), "{restored}");
    assert_eq!(restored["resting"].as_array().map(Vec::len), Some(2), "US and NL: {restored}");
    ec.must(&["fsck"]);
    ec.must(&["ledger", "verify"]);
    let done = ec.cli(&["search", "zzyzxpersona"]);
    assert_eq!(done.summary()["total"], 0, "{}", done.text);
    assert_eq!(saying(ec, NAME), [""; 0]);
    if let Some(url) = to {
        assert!(rows_saying(url, RIFLE) > 0, "what is there is found");
        assert_eq!(rows_saying(url, NAME), 0);
        assert!(!ec.dir.join("enlace.db").exists(), "the store lies on the server");
    }
    assert_eq!(ec.must_as("approver", &["review", "list"]).summary()["overdue"], 0);

    // Nothing passes before an administrator says so.
    ec.serve();
    let (token, certificate) = (world.us_by_token(), world.us_by_certificate());
    for client in [&token, &certificate] {
        assert_eq!(client.get(&world.at("objects/")).status, 503);
    }
    assert_eq!(ec.cli(&["partner", "sync", "US"]).code, 1);
    assert_eq!(us.cli(&["partner", "sync", "EC"]).code, 1);
    let warned = ec.cli(&["doctor"]);
    // A server for tests would lose what a power cut interrupts, and `doctor` says so.
    let failing = |line: &&Value| line["state"] == "fail" && line["check"] != "server";
    assert_eq!(warned.results().find(failing), None);
    assert_eq!(warned.code, i32::from(to.is_some()), "{}", warned.text);
    assert!(warned.results().any(|l| l["check"] == "channel" && l["state"] == "warn"));
    let resumed = ec.must(&["partner", "resume", "US"]).summary().clone();
    assert!(resumed["recovered"].as_u64() > Some(0), "{resumed}");
    assert!(resumed["appended"].as_u64() > Some(0), "the recall was an act: {resumed}");
    assert!(resumed["said"].as_u64() >= Some(2), "the request and its first step: {resumed}");
    let thread = ec.must_as("liaison-officer", &["request", "show", &asked]);
    assert_eq!(thread.summary()["state"], "delivered", "what US said of it too");
    ec.stop();
    ec.serve();
    let stale = token.get(&world.at(&format!("objects/?limit=2&next={cursor}")));
    assert_eq!(stale.status, 400, "{}", stale.head);
    assert!(stale.json().to_string().contains("restored"), "{}", stale.json());

    // The recalled stays recalled, for who reads anew.
    let all = token.get(&world.at("objects/?match[version]=all"));
    for object in all.objects().iter().filter(|o| o["id"] == twin.as_str()) {
        assert_eq!(object["revoked"], true, "{object}");
    }
    let canary = recall["canary"].as_str().unwrap();
    assert!(!String::from_utf8_lossy(&all.body).contains(canary));

    // Both sides sign both halves again: ours only grew.
    us.must(&["partner", "sync", "EC"]);
    ec.must(&["partner", "sync", "US"]);
    let done = us.must(&["partner", "sync", "EC"]);
    assert_eq!(done.lines[0]["logs_signed"], true, "{}", done.text);
    for node in [ec, us] {
        node.must(&["ledger", "verify"]);
    }
    // What is given out from now on is later than all before, and a new cursor works.
    let added_after = format!("objects/?added_after={before}");
    assert!(!world.us_by_token().get(&world.at(&added_after)).objects().is_empty());
    let page = token.get(&world.at("objects/?limit=2")).json();
    let next = token.get(&world.at(&format!("objects/?limit=2&next={}", text(&page["next"]))));
    assert_eq!(next.status, 200);
}
