//! Files for partners that no wire leads to: what is in them, who can read them, what they change.

use std::fs;
use std::path::{Path, PathBuf};

use enlace_keys::{Bundle, Content, Manifest, NodeKeys};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::canary::{Searcher, withheld};
use super::world::{World, text};
use crate::support::{Done, Node, scenario, scenario_json};

/// EC and US that meet by files alone, and NL that should get none of them.
pub struct Apart {
    pub home: TempDir,
    pub ec: Node,
    pub us: Node,
    pub nl: Node,
    pub agreement: String,
}

impl Apart {
    /// Cards, the case of EC, and an agreement that was signed by files.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = |key, name, country| Node::init(home.path(), key, name, country);
        let ec = made("ec", "Unidad Nacional de Enlace (UNE)", "EC");
        let us = made("us", "Interagency Liaison Cell (ILC)", "US");
        let nl = made("nl", "Landelijk Koppelpunt (LKP)", "NL");
        for (node, other) in [(&ec, &us), (&ec, &nl), (&us, &ec), (&nl, &ec), (&nl, &us)] {
            pin(home.path(), node, other);
        }
        let case = scenario("ec/case-calamares.json");
        ec.must(&["import", "--marking", "amber", case.to_str().unwrap()]);
        let draft = home.path().join("draft.toml");
        let draft = draft.to_str().unwrap();
        let terms = scenario("agreements/ec-us.toml");
        let terms = terms.to_str().unwrap();
        let new = ["agreement", "new", "--with", "US", "--terms", terms, "--out", draft];
        ec.must_as("liaison-officer", &new);
        let signed = ec.must_as("approver", &["agreement", "sign", draft]);
        let agreement = text(&signed.summary()["id"]);
        let apart = Self { home, ec, us, nl, agreement };
        apart.carry(&apart.ec, &apart.us, 0);
        apart.us.must_as("approver", &["agreement", "sign", &apart.agreement]);
        apart.carry(&apart.us, &apart.ec, 0);
        let shown = apart.us.must(&["agreement", "show", &apart.agreement]);
        assert_eq!(shown.lines[0]["state"], "active", "{}", shown.text);
        apart
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes what waits for a partner and reads it there; `(code, summary)` of the reading.
    pub fn carry(&self, from: &Node, to: &Node, code: i32) -> Value {
        let file = self.outbox(from, to);
        let read = inbox(to, &file);
        assert_eq!(read.code, code, "{}{}", read.text, read.errors);
        read.summary().clone()
    }

    /// A file with what waits for a partner.
    pub fn outbox(&self, from: &Node, to: &Node) -> PathBuf {
        let name = to.key.to_uppercase();
        let folder = self.home.path().to_str().unwrap();
        let done = from.must(&["partner", "outbox", &name, "--file", folder]);
        PathBuf::from(text(&done.summary()["file"]))
    }

    /// A release of objects of EC for US, approved; its id.
    pub fn approved(&self, ids: &[&str]) -> String {
        let agreement = self.agreement.as_str();
        let ask = ["release", "--agreement", agreement, "--purpose", "firearms-tracing"];
        let drafted = self.ec.must_as("liaison-officer", &[&ask[..], ids].concat());
        let id = text(&drafted.summary()["id"]);
        self.ec.must_as("approver", &["release", "approve", &id]);
        id
    }

    /// The report of the case, released and written to a file.
    pub fn released(&self) -> (String, PathBuf) {
        let report = text(&scenario_json("expected.json")["release"]["report"]);
        let id = self.approved(&[&report]);
        let file = self.path(&format!("{id}.age"));
        let send = ["release", "send", &id, "--file", file.to_str().unwrap()];
        self.ec.must_as("liaison-officer", &send);
        (id, file)
    }
}

fn pin(home: &Path, node: &Node, other: &Node) {
    let card = home.join(format!("{}.card.json", other.key));
    fs::write(&card, other.must(&["card"]).text).unwrap();
    let added = node.must(&["partner", "add", card.to_str().unwrap()]);
    let name = added.lines[0]["key_id"].as_str().unwrap();
    let vet = ["partner", "vet", name, "--by", "Vetting office", "--until", "2099-12-31"];
    node.must(&vet);
}

pub fn inbox(node: &Node, file: &Path) -> Done {
    node.cli(&["partner", "inbox", file.to_str().unwrap()])
}

/// The manifest and the content of a file, with the keys of its addressee.
fn opened(keys: &NodeKeys, file: &Path) -> (Manifest, Content) {
    let plain = keys.open_bundle(&fs::read(file).unwrap()).unwrap();
    let bundle = Bundle::read(&plain).unwrap();
    let content = bundle.content("", |_| true).unwrap();
    (bundle.manifest.clone(), content)
}

/// How much the node keeps of what a file could bring.
fn rows(node: &Node) -> Vec<i64> {
    let db = node.database();
    let count = |table: &str| {
        db.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap()
    };
    ["object", "object_ref", "record", "quarantine", "member", "twin"].map(count).to_vec()
}

#[test]
fn a_release_its_receipt_its_recall_and_the_answer_travel_as_files() {
    let apart = Apart::new();
    let (ec, us) = (&apart.ec, &apart.us);
    let (id, file) = apart.released();
    let status = ec.must_as("liaison-officer", &["release", "status", &id]);
    assert_eq!(status.summary()["fetched"], true, "writing the file counts as fetching");
    let read = inbox(us, &file);
    assert_eq!((read.code, &read.summary()["releases"]), (0, &json!(1)), "{}", read.errors);
    let objects = read.summary()["objects"].as_u64().unwrap();
    assert!(objects > 5, "{}", read.text);
    us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let home = apart.carry(us, ec, 0);
    assert_eq!(home["papers"], 1, "the receipt: {home}");
    let status = ec.must_as("liaison-officer", &["release", "status", &id]);
    assert!(status.summary()["receipt"].is_string(), "{}", status.text);

    let recall = text(&scenario_json("expected.json")["recall"]["object"]);
    let told = ec.must_as("liaison-officer", &["recall", &recall]);
    assert_eq!(told.lines[0]["fetched"], true, "the file told of it: {}", told.text);
    let twin = text(&told.lines[0]["twin"]);
    let there = apart.carry(ec, us, 0);
    assert_eq!(there["recalled"], 1, "{there}");
    let gone = us.cli(&["get", &twin]);
    assert!(!gone.text.contains("pattern"), "its text is gone: {}", gone.text);
    let home = apart.carry(us, ec, 0);
    assert!(home["papers"].as_u64() >= Some(1), "the answer: {home}");
    let status = ec.must_as("liaison-officer", &["release", "status", &id]);
    let answers = status.summary()["recalls"].as_array().unwrap().clone();
    assert!(answers.iter().any(|r| r["answer"].is_string()), "{answers:?}");
    for node in [ec, us] {
        assert_eq!(node.must(&["fsck"]).summary()["ok"], true);
        assert_eq!(node.must(&["ledger", "verify"]).summary()["ok"], true);
    }
}

#[test]
fn a_file_brings_what_a_taxii_client_gets_and_a_later_sync_doubles_nothing() {
    let world = World::new();
    let sent = world.release_report();
    let file = world.home.path().join("for-us.age");
    let path = file.to_str().unwrap();
    let id = text(&sent["id"]);
    world.ec.must_as("liaison-officer", &["release", "send", &id, "--file", path]);
    let (manifest, content) = opened(&world.us.keys(), &file);
    assert_eq!(manifest.to, world.us.keys().key_id());
    let served = world.us_by_token().get(&world.at("objects/"));
    let served = String::from_utf8(served.body).unwrap();
    assert!(content.objects.len() > 5 && content.papers.is_empty());
    for object in &content.objects {
        assert!(served.contains(object.get()), "not the served bytes: {object}");
    }
    assert_eq!(served.matches("\"id\":\"release-record--").count(), 1);

    let held = |node: &Node| node.must(&["stats"]).lines[0]["object_versions"].clone();
    assert_eq!(inbox(&world.us, &file).code, 0);
    let after = held(&world.us);
    let synced = world.us.must(&["partner", "sync", "EC"]);
    assert_eq!(synced.lines[0]["objects"], 0, "nothing is taken twice: {}", synced.text);
    assert_eq!(synced.lines[0]["rejected"], 0, "nothing conflicts: {}", synced.text);
    assert_eq!(held(&world.us), after);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let sent = world.release(&["firearm--97b48ac3-50df-4051-994c-e41e2870acca"]);
    let synced = world.us.must(&["partner", "sync", "EC"]);
    assert_eq!(synced.lines[0]["releases"], 1, "{sent}: the cursor goes on: {}", synced.text);
}

#[test]
fn no_withheld_text_is_in_a_file_or_in_what_it_holds() {
    let apart = Apart::new();
    let (_, file) = apart.released();
    let searcher = Searcher::new(withheld());
    let bytes = fs::read(&file).unwrap();
    assert_eq!(searcher.search("the file", &bytes), Vec::<String>::new());
    let plain = apart.us.keys().open_bundle(&bytes).unwrap();
    assert_eq!(searcher.search("the content", &plain), Vec::<String>::new());
    for original in World::originals() {
        let uuid = original.split("--").nth(1).unwrap();
        let whole = String::from_utf8_lossy(&plain);
        let own_id = whole.contains(uuid);
        let value = original.starts_with("marking-definition") || whole.contains(&original);
        assert!(!own_id || value, "{original} leaves under its own id");
    }
    let names = [apart.ec.identity(), apart.us.keys().key_id().to_owned(), "enlace".to_owned()];
    for name in names {
        assert!(!bytes.windows(name.len()).any(|w| w == name.as_bytes()), "`{name}` in the file");
    }
}

#[test]
fn sizes_do_not_tell_how_much_is_inside() {
    let apart = Apart::new();
    let one = apart.approved(&["location--90032171-584c-48fa-a127-f994709b8c75"]);
    let small = apart.path("small.age");
    let send = ["release", "send", &one, "--file", small.to_str().unwrap()];
    let sent = apart.ec.must_as("liaison-officer", &send);
    let (_, large) = apart.released();
    let count = |path: &Path| opened(&apart.us.keys(), path).1.objects.len();
    assert!(count(&small) * 3 < count(&large), "{}", sent.text);
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    // Age adds a random stanza of at most 300 bytes to each head, whatever is inside.
    let (small, large) = (size(&small), size(&large));
    assert!(small.abs_diff(large) < 400, "{small} and {large}");
}

#[test]
fn a_file_that_may_not_be_taken_is_refused_by_name_and_changes_nothing() {
    let apart = Apart::new();
    let (ec, us, nl) = (&apart.ec, &apart.us, &apart.nl);
    let (_, file) = apart.released();
    let bytes = fs::read(&file).unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = apart.path(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let plain = us.keys().open_bundle(&bytes).unwrap();
    let (manifest, content) = opened(&us.keys(), &file);
    let sealed = |keys: &NodeKeys, manifest: &Manifest, content: &Content| {
        keys.seal_bundle(manifest, content, &us.keys().recipient()).unwrap()
    };
    let by = |from: &Node| Manifest { from: from.keys().key_id().to_owned(), ..manifest.clone() };
    let for_nl = Manifest { to: nl.keys().key_id().to_owned(), ..manifest.clone() };
    let mut swapped = opened(&us.keys(), &file).1;
    swapped.objects.retain(|o| !o.get().contains("release-record"));
    let clear = ec.must(&["partner", "outbox", "US"]).text;
    let cases = [
        ("truncated", put("truncated.age", &bytes[..bytes.len() / 2]), "bundle.damaged"),
        ("cut in its head", put("head.age", &bytes[..100]), "bundle.damaged"),
        ("changed by one byte", put("changed.age", &changed), "bundle.damaged"),
        ("of before, in clear", put("clear.json", clear.as_bytes()), "bundle.plain"),
        ("decrypted by hand", put("decrypted.age", &plain), "bundle.not-age"),
        ("something else", put("letter.pdf", b"%PDF-1.7"), "bundle.not-age"),
        (
            "signed by another partner than it says",
            put("forged.age", &sealed(&nl.keys(), &manifest, &content)),
            "bundle.signature",
        ),
        (
            "of a node that is no partner",
            put("stranger.age", &sealed(&nl.keys(), &by(nl), &content)),
            "bundle.unknown-sender",
        ),
        (
            "passed on to us by its addressee",
            put("passed-on.age", &sealed(&ec.keys(), &for_nl, &content)),
            "bundle.other-addressee",
        ),
        (
            "without its release-record",
            put("unlisted.age", &sealed(&ec.keys(), &manifest, &swapped)),
            "bundle.unlisted",
        ),
    ];
    let before = rows(us);
    for (what, path, code) in &cases {
        let done = inbox(us, path);
        assert_eq!(done.code, 2, "{what}: {}{}", done.text, done.errors);
        assert!(done.errors.contains(code), "{what}: {}", done.errors);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(done.errors.contains(name), "{what}: names the file: {}", done.errors);
        assert!(done.errors.contains("expected"), "{what}: what to do: {}", done.errors);
        assert_eq!(rows(us), before, "{what}: nothing is kept");
    }
    let wrong = inbox(nl, &file);
    assert!(wrong.errors.contains("bundle.not-for-us"), "for another node: {}", wrong.errors);

    assert_eq!(inbox(us, &file).code, 0, "the file itself is good");
    let after = rows(us);
    let again = inbox(us, &file);
    assert_eq!(again.code, 1, "read again: {}", again.text);
    assert!(again.errors.contains("read already"), "{}", again.errors);
    assert_eq!(rows(us), after, "and changes nothing");

    us.must(&["partner", "revoke", "EC"]);
    let cut = inbox(us, &apart.outbox(ec, us));
    assert_eq!(cut.code, 1, "{}", cut.text);
    assert!(cut.errors.contains("cut off"), "{}", cut.errors);
    let none = us.cli(&["partner", "outbox", "EC", "--file", apart.path("x").to_str().unwrap()]);
    assert!(none.errors.contains("cut off"), "{}", none.errors);
}

#[test]
fn a_file_older_than_a_recall_is_refused_whatever_way_the_recall_took() {
    let apart = Apart::new();
    let (ec, us) = (&apart.ec, &apart.us);
    let (_, old) = apart.released();
    for key in ["indicator", "account"] {
        let objects = scenario_json("expected.json")["release"]["objects"].clone();
        let found = objects
            .as_array()
            .unwrap()
            .iter()
            .find(|o| text(&o["object"]).starts_with(key) || o["key"] == key);
        let Some(found) = found else { continue };
        ec.must_as("liaison-officer", &["recall", &text(&found["object"])]);
    }
    // The later file first: both its recalls come before what they recall.
    let newer = apart.outbox(ec, us);
    let read = inbox(us, &newer);
    assert_eq!(read.code, 0, "{}{}", read.text, read.errors);
    assert_eq!(read.summary()["recalled"], 2, "an indicator and an account: {}", read.text);
    let before = rows(us);
    let done = inbox(us, &old);
    assert_eq!(done.code, 2, "{}", done.text);
    assert!(done.errors.contains("bundle.recalled"), "{}", done.errors);
    assert_eq!(rows(us), before, "nothing of it is kept");
    // What was not recalled is not lost: the newer file brought it, with its record.
    assert!(read.summary()["objects"].as_u64() > Some(3), "{}", read.text);
}

#[test]
fn what_was_carried_is_carried_again_until_it_was_read() {
    let apart = Apart::new();
    let (ec, us) = (&apart.ec, &apart.us);
    apart.released();
    let folder = apart.home.path().to_str().unwrap();
    let write = || ec.must(&["partner", "outbox", "US", "--file", folder]).summary().clone();
    let lost = write();
    assert_eq!(lost["releases"], 1, "the first file was never read: {lost}");
    let found = write();
    assert_eq!(found["releases"], 1, "{found}");
    assert_ne!(lost["file"], found["file"], "names are random");
    assert_eq!(inbox(us, Path::new(&text(&found["file"]))).code, 0);
    let home = apart.carry(us, ec, 0);
    assert_eq!(home["acknowledged"], 1, "{home}");
    // The lost file comes after all: it brings nothing new, and does no harm.
    let late = inbox(us, Path::new(&text(&lost["file"])));
    assert_eq!((late.code, &late.summary()["objects"]), (0, &json!(0)), "{}", late.errors);
}

#[test]
fn a_partner_without_a_key_for_files_gets_one_with_a_new_card() {
    let home = tempfile::tempdir().unwrap();
    let ec = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let us = Node::init(home.path(), "us", "Interagency Liaison Cell (ILC)", "US");
    let Value::Object(mut card) = us.card() else { panic!("a card is a dictionary") };
    card.remove("age");
    let old = Value::Object(us.keys().sign_within(card));
    let path = home.path().join("old.json");
    fs::write(&path, old.to_string()).unwrap();
    ec.must(&["partner", "add", path.to_str().unwrap()]);
    let out = home.path().join("out.age");
    let write = ["partner", "outbox", "US", "--file", out.to_str().unwrap()];
    let done = ec.cli(&write);
    assert_eq!(done.code, 1, "{}", done.text);
    assert!(done.errors.contains("partner add"), "what to do: {}", done.errors);
    assert!(!out.exists(), "nothing is written");
    pin(home.path(), &ec, &us);
    assert_eq!(ec.must(&["partner", "list"]).summary()["partners"], 1);
    let done = ec.cli(&write);
    assert!(done.errors.contains("nothing waits"), "{}", done.errors);
    // An older card does not come back, and a later one cannot change who the party is.
    let again = ec.cli(&["partner", "add", path.to_str().unwrap()]);
    assert!(again.errors.contains("partner.known"), "{}", again.errors);
    let Value::Object(mut card) = us.card() else { panic!("a card is a dictionary") };
    card["name"] = json!("Somebody else");
    fs::write(&path, Value::Object(us.keys().sign_within(card)).to_string()).unwrap();
    let other = ec.cli(&["partner", "add", path.to_str().unwrap()]);
    assert!(other.errors.contains("partner.known"), "{}", other.errors);
}
