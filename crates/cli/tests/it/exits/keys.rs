//! Another key, and a key that others may have: what partners believe from then on.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use enlace_keys::NodeKeys;
use serde_json::{Value, json};
use uuid::Uuid;

use super::offline::{Apart, inbox};
use super::world::{World, text};
use crate::support::{Client, Node, scenario_json};

/// The keys of a node as they are now, kept as a thief would.
fn stolen(node: &Node, home: &Path) -> NodeKeys {
    let copy = home.join(format!("stolen-{}", Uuid::new_v4()));
    NodeKeys::open(&copied(&node.dir, &copy)).unwrap()
}

fn copied(from: &Path, to: &Path) -> std::path::PathBuf {
    fs::create_dir_all(to.join("keys")).unwrap();
    fs::set_permissions(to.join("keys"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    for entry in fs::read_dir(from.join("keys")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join("keys").join(path.file_name().unwrap())).unwrap();
    }
    to.to_owned()
}

fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    enlace_stix::Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap()).to_string()
}

/// What a partner has pinned of the key of a node.
fn pinned(node: &Node, country: &str) -> Value {
    let db = node.database();
    let body: String = db
        .query_row(
            "SELECT body FROM record WHERE bucket = 'partner' AND body LIKE ?1",
            [format!("%\"country\":\"{country}\"%")],
            |row| row.get(0),
        )
        .unwrap();
    serde_json::from_str(&body).unwrap()
}

fn original(key: &str) -> String {
    let objects = scenario_json("expected.json")["release"]["objects"].clone();
    let found = objects.as_array().unwrap().iter().find(|o| o["key"] == key).unwrap().clone();
    text(&found["object"])
}

fn refused_rows(node: &Node) -> i64 {
    node.database().query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0)).unwrap()
}

fn agreement_is_active(node: &Node, agreement: &str) {
    let shown = node.must(&["agreement", "show", agreement]);
    assert_eq!(shown.lines[0]["state"], "active", "{}: {}", node.key, shown.text);
}

#[test]
fn after_a_change_of_keys_the_party_stays_who_it_is() {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    world.release(&[&original("pistol")]);
    us.must(&["partner", "sync", "EC"]);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    // Sent by the old key, fetched after the change.
    world.release(&[&original("rifle")]);
    let (before, party) = (ec.card(), ec.keys().party_id().to_owned());

    let changed = ec.must(&["key", "change"]);
    assert_eq!(changed.summary()["partners"], 2, "{}", changed.text);
    let after = ec.card();
    assert_ne!(after["key"], before["key"]);
    assert_eq!((&after["party"], &after["log_key"]), (&json!(party), &before["log_key"]));
    // The process that ran with the old keys ends by itself.
    sleep(Duration::from_secs(3));
    assert!(std::net::TcpStream::connect(ec.partners).is_err(), "serve ends");
    ec.stop();
    ec.serve();
    let told = ec.must(&["partner", "sync", "US"]);
    assert_eq!(told.lines[0]["waiting"], 0, "{}", told.text);
    assert_eq!(pinned(us, "EC")["card"]["key"], after["key"], "US knows the new key");
    agreement_is_active(ec, &world.agreement);
    agreement_is_active(us, &world.agreement);

    world.release(&[&original("box1")]);
    let synced = us.must(&["partner", "sync", "EC"]);
    assert_eq!(synced.lines[0]["releases"], 2, "by the old key and by the new: {}", synced.text);
    assert_eq!(synced.lines[0]["rejected"], 0, "{}", synced.text);
    assert_eq!(synced.lines[0]["logs_signed"], true);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    us.must(&["partner", "sync", "EC"]);
    let status = ec.must_as("liaison-officer", &["release", "list"]);
    for line in status.results() {
        assert!(line["receipt"].is_string(), "each has its receipt: {line}");
    }
    for node in [ec, us] {
        assert_eq!(node.must(&["ledger", "verify"]).code, 0);
        assert_eq!(node.must(&["fsck"]).summary()["ok"], true);
    }
    // Who pins the card only now names the party as the others do.
    let nl_home = world.home.path().join("late.card.json");
    fs::write(&nl_home, ec.must(&["card"]).text).unwrap();
    let late = Node::init(world.home.path(), "late", "Who comes later", "PA");
    let added = late.must(&["partner", "add", nl_home.to_str().unwrap()]);
    assert_eq!(added.lines[0]["key_id"], json!(party), "{}", added.text);
}

#[test]
fn after_a_compromise_only_what_was_seen_before_counts() {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    let accept = || us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    world.release(&[&original("pistol")]);
    us.must(&["partner", "sync", "EC"]);
    accept();
    sleep(Duration::from_millis(20));
    let since = now();
    world.release(&[&original("rifle")]);
    us.must(&["partner", "sync", "EC"]);
    accept();
    // Sent, and not fetched before US learns of it.
    world.release(&[&original("box1")]);
    let case = scenario_json("ec/case-calamares.json");
    let rifle = original("rifle");
    let rifle = case["objects"].as_array().unwrap().iter().find(|o| o["id"] == rifle.as_str());
    let serial = text(&rifle.unwrap()["serial"]);
    let found = || us.must(&["search", &serial]).results().count();
    assert!(found() > 0, "US finds the rifle by its serial");
    let thief = stolen(ec, world.home.path());
    let thieves_certificate = Client::node(us.partners, ec);
    assert_eq!(world.us_by_token().get("/taxii2/").status, 200);
    let login = ec.must(&["account", "link", "approver"]);
    assert_eq!(login.code, 0);
    let before = us.must(&["stats"]).lines[0]["by_type"]["firearm"].clone();
    assert_eq!(before, 2, "pistol and rifle");

    // Without the offline key nothing is declared.
    let recovery = ec.dir.join("keys/recovery.key");
    let safe = world.home.path().join("safe.key");
    fs::rename(&recovery, &safe).unwrap();
    let without = ec.cli(&["key", "compromise", "--since", &since]);
    assert!(without.errors.contains("key.recovery"), "{}", without.errors);
    let foreign = us.dir.join("keys/recovery.key");
    let args = ["key", "compromise", "--since", &since, "--recovery"];
    let wrong = ec.cli(&[&args[..], &[foreign.to_str().unwrap()]].concat());
    assert!(wrong.errors.contains("key.recovery"), "{}", wrong.errors);
    let done = ec.must(&[&args[..], &[safe.to_str().unwrap()]].concat());
    assert!(done.summary()["ended"].as_u64() >= Some(2), "a link and a token: {}", done.text);
    sleep(Duration::from_secs(3));
    ec.stop();
    ec.serve();
    assert_eq!(world.us_by_token().get("/taxii2/").status, 401, "tokens are dead at once");

    ec.must(&["partner", "sync", "US"]);
    assert_eq!(pinned(us, "EC")["card"]["key"], ec.card()["key"], "US knows the new key");
    assert_eq!(pinned(us, "EC")["card"]["tls_sha256"], ec.card()["tls_sha256"]);
    // The stolen certificate and key are a stranger's.
    let paper = json!({ "objects": [thief.envelope(json!({ "type": "receipt" }))] });
    let answer = thieves_certificate.post("/enlace/v1/inbox", paper.to_string().as_bytes());
    assert_eq!(answer.status, 401, "{}", answer.head);
    agreement_is_active(us, &world.agreement);
    agreement_is_active(ec, &world.agreement);
    // What came before stays; what came since waits for people.
    let pending = us.must(&["inbox", "list"]);
    let states: Vec<_> = pending
        .results()
        .filter(|l| l["kind"] == "release-record")
        .map(|l| text(&l["state"]))
        .collect();
    assert_eq!(states.iter().filter(|s| *s == "held").count(), 1, "{}", pending.text);
    assert_eq!(states.iter().filter(|s| *s == "pending").count(), 1, "{}", pending.text);
    assert_eq!(found(), 0, "what is doubted is not found");
    // What was sent and not fetched comes signed by the new key.
    let synced = us.must(&["partner", "sync", "EC"]);
    assert_eq!(synced.lines[0]["rejected"], 0, "{}", synced.text);
    assert_eq!(synced.lines[0]["releases"], 1, "{}", synced.text);
    accept();
    assert!(found() > 0, "until people have looked at it");
    us.must(&["partner", "sync", "EC"]);
    for node in [ec, us] {
        assert_eq!(node.must(&["ledger", "verify"]).code, 0);
        assert_eq!(node.must(&["fsck"]).summary()["ok"], true);
    }
}

#[test]
fn a_change_that_nobody_we_know_signed_is_refused_and_shown() {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    let pinned_key = pinned(us, "EC")["card"]["key"].clone();
    let keys = stolen(ec, world.home.path());
    let dir = world.home.path().join("next");
    let next = keys.successor(&copied(&ec.dir, &dir), 1_790_000_000_000_000, false).unwrap();
    let Value::Object(mut card) = ec.card() else { panic!("a card is a dictionary") };
    card["key"] = json!(next.public_key().to_string());
    card.insert("party".to_owned(), json!(keys.party_id()));
    let card = next.sign_within(card);
    let change = |card: &Value| {
        let definition = enlace_stix::types::definition_id("key-change");
        let object = json!({
            "type": "key-change", "spec_version": "2.1",
            "id": format!("key-change--{}", Uuid::new_v4()),
            "created": "2026-03-05T10:00:00.000Z", "modified": "2026-03-05T10:00:00.000Z",
            "created_by_ref": ec.identity(),
            "extensions": { definition: { "extension_type": "new-sdo" } },
            "party": keys.party_id(), "old_key_id": keys.key_id(), "new_key_id": next.key_id(),
            "card": card,
        });
        let Value::Object(object) = object else { panic!("a dictionary") };
        object
    };
    let wire = Client::node(us.partners, ec);
    let post = |object: serde_json::Map<String, Value>| {
        let signature = object["signature"].clone();
        let body = json!({ "objects": [{ "object": object, "signature": signature }] });
        let answer = wire.post("/enlace/v1/inbox", body.to_string().as_bytes());
        answer.json()["objects"][0].clone()
    };
    let card = Value::Object(card);
    let mut of_us = us.card();
    of_us["party"] = json!(keys.party_id());
    let Value::Object(of_us) = of_us else { panic!("a dictionary") };
    let mut renamed = card.as_object().unwrap().clone();
    renamed.insert("name".to_owned(), json!("Somebody else"));
    let cases = [
        ("a stranger", world.stranger.keys().sign_within(change(&card)), "exchange.unknown-key"),
        ("another partner", world.nl.keys().sign_within(change(&card)), "exchange.unknown-key"),
        ("the new key itself", next.sign_within(change(&card)), "exchange.unknown-key"),
        (
            "a card of somebody else's key",
            keys.sign_within(change(&Value::Object(us.keys().sign_within(of_us)))),
            "exchange.key-card",
        ),
        (
            "a card under another name",
            keys.sign_within(change(&Value::Object(next.sign_within(renamed)))),
            "exchange.key-card",
        ),
    ];
    let before = refused_rows(us);
    for (place, (what, object, rule)) in cases.into_iter().enumerate() {
        let receipt = post(object);
        assert_eq!(receipt["status"], "refused", "{what}: {receipt}");
        assert_eq!(receipt["rule"], rule, "{what}: {receipt}");
        let shown = refused_rows(us) - before;
        assert_eq!(shown, i64::try_from(place + 1).unwrap(), "{what}: kept for people to see");
        assert_eq!(pinned(us, "EC")["card"]["key"], pinned_key, "{what}");
    }
    assert!(us.log().contains("call them"), "loudly: {}", us.log());
    let good = keys.sign_within(change(&card));
    assert_eq!(post(good.clone())["status"], "taken");
    assert_eq!(post(good)["status"], "known");
    assert_eq!(pinned(us, "EC")["card"]["key"], card["key"]);
    // A thief of the key was faster; the offline key takes the party back.
    let recovery = NodeKeys::recovery_key(&ec.dir).unwrap().unwrap();
    let dir = world.home.path().join("owner");
    let owner = keys.successor(&copied(&ec.dir, &dir), 1_790_000_000_000_000, false).unwrap();
    let mut back = card.as_object().unwrap().clone();
    back.insert("key".to_owned(), json!(owner.public_key().to_string()));
    let mut object = change(&Value::Object(owner.sign_within(back)));
    object.insert("new_key_id".to_owned(), json!(owner.key_id()));
    assert_eq!(post(next.sign_within(change(&card)))["status"], "refused", "no way back");
    assert_eq!(post(recovery.sign_within(object))["status"], "taken");
    let partner = pinned(us, "EC");
    assert_eq!(partner["card"]["key"], json!(owner.public_key().to_string()));
    let thief = partner["former"].as_array().unwrap().last().unwrap().clone();
    assert!(thief["compromised_us"].is_i64(), "nothing by the thief's key counts: {thief}");
}

#[test]
fn a_change_of_keys_travels_as_a_file_before_what_the_new_key_signed() {
    let apart = Apart::new();
    let (ec, us) = (&apart.ec, &apart.us);
    us.must_as("liaison-officer", &["agreement", "show", &apart.agreement]);
    let to_the_old = {
        // Something of US for EC, encrypted to the key that EC has today.
        let file = apart.outbox(us, ec);
        assert_eq!(inbox(ec, &file).code, 0);
        apart.outbox(us, ec)
    };
    let since = now();
    ec.must(&["key", "compromise", "--since", &since]);
    let refused = inbox(ec, &to_the_old);
    assert!(refused.errors.contains("bundle.not-for-us"), "{}", refused.errors);
    let (_, file) = apart.released();
    let early = inbox(us, &file);
    assert!(early.errors.contains("bundle.signature"), "a key unknown there: {}", early.errors);
    let there = apart.carry(ec, us, 0);
    assert_eq!(there["releases"], 1, "with the release: {there}");
    assert_eq!(pinned(us, "EC")["card"]["key"], ec.card()["key"]);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let home = apart.carry(us, ec, 0);
    assert!(home["papers"].as_u64() >= Some(1), "the receipt, to the new key: {home}");
    agreement_is_active(us, &apart.agreement);
    agreement_is_active(ec, &apart.agreement);
}
