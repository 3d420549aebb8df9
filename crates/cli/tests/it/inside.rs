//! People inside the node, at the command line and on its disk: what of them partners and thieves of
//! the store must not notice.

use std::fs;

use serde_json::Value;

use crate::exits::world::{World, text};
use crate::support::{Answer, Node, PASSWORD, scenario, scenario_json};

fn account(node: &Node, name: &str, role: &str) {
    node.must(&["account", "create", name, "--role", role, "--password", PASSWORD]);
}

/// Everything of the collection that US can get, without the clock.
fn harvest(world: &World) -> Vec<String> {
    let (token, certificate) = (world.us_by_token(), world.us_by_certificate());
    let mut paths = vec![
        "/taxii2/".to_owned(),
        "/taxii2/node/collections/".to_owned(),
        world.at(""),
        world.at("objects/"),
        world.at("objects/?match[version]=all"),
        world.at("objects/?limit=3"),
        world.at("manifest/"),
        "/enlace/v1/log/checkpoint".to_owned(),
        "/enlace/v1/log/tile/entries/000".to_owned(),
    ];
    let twins = token.get(&world.at("objects/")).objects();
    paths.extend(twins.iter().map(|o| world.at(&format!("objects/{}/", text(&o["id"])))));
    let clients = [&token, &certificate];
    let ask = |path: &String| clients.map(|c| alike(path, &c.get(path)));
    paths.iter().flat_map(ask).collect()
}

/// A page's cursor is made anew; the log's checkpoint is signed anew.
fn alike(path: &str, answer: &Answer) -> String {
    format!("{path}\n{}", answer.alike())
}

#[test]
fn no_status_source_compartment_hold_or_note_changes_a_byte_that_a_partner_gets() {
    let world = World::new();
    world.release_report();
    let ec = &world.ec;
    for (name, role) in
        [("handler", "source-handler"), ("inspector", "investigator"), ("chief", "approver")]
    {
        account(ec, name, role);
    }
    let key = world.home.path().join("register.txt");
    fs::write(&key, "a passphrase of the register\n").unwrap();
    let key = key.to_str().unwrap();
    let identity = world.home.path().join("who.txt");
    fs::write(&identity, "Zzyzxidentity of pier four").unwrap();
    let report = text(&scenario_json("expected.json")["release"]["report"]);
    harvest(&world);
    let before = harvest(&world);
    assert!(before.len() > 40, "there is something to compare");

    let person = leaving_person(&world);
    let as_ = |name: &str, args: &[&str]| ec.must_as(name, args);
    as_("inspector", &["protect", "set", &person, "--status", "witness", "--basis", "court 4/26"]);
    assert_eq!(harvest(&world), before, "a protected status");
    as_("handler", &["source", "init", "--key-file", key]);
    let who = identity.to_str().unwrap();
    let add = ["source", "add", "GARZA-ZZYZX", "--identity", who, "--key-file", key, "--object"];
    as_("handler", &[&add[..], &[&report]].concat());
    assert_eq!(harvest(&world), before, "a source");
    as_("handler", &["compartment", "create", "caso", "--why", "two know"]);
    as_("handler", &["compartment", "add", "caso", &report, "--whole"]);
    assert_eq!(harvest(&world), before, "a compartment");
    as_("handler", &["hold", "place", &report]);
    assert_eq!(harvest(&world), before, "a hold");
    as_("handler", &["compartment", "member", "caso", "inspector"]);
    as_("inspector", &["note", "add", &person, "Zzyzxnota"]);
    assert_eq!(harvest(&world), before, "a note");

    // The rows of the register are on this disk, and nobody reads them without its passphrase.
    for (file, bytes) in ec.stored_bytes() {
        for canary in ["Zzyzxidentity", "GARZA-ZZYZX"] {
            let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
            assert!(!found, "{canary} in {file}");
        }
    }
    let rows: Vec<String> = records_of_sources(ec);
    assert!(rows.len() >= 3, "{rows:?}");
    for row in &rows {
        assert!(!row.contains("handler") && !row.contains(&report), "{row}");
    }
    let wrong = world.home.path().join("wrong.txt");
    fs::write(&wrong, "another passphrase").unwrap();
    let wrong = wrong.to_str().unwrap();
    let refused = ec.cli_as(Some("handler"), &["source", "list", "--key-file", wrong]);
    assert_eq!((refused.code, refused.text.as_str()), (1, ""));
    for name in [None, Some("chief"), Some("liaison-officer")] {
        let refused = ec.cli_as(name, &["source", "list", "--identity", "--key-file", key]);
        assert_eq!((refused.code, refused.text.as_str()), (1, ""), "{name:?}");
    }
    let list = as_("handler", &["source", "list", "--identity", "--key-file", key]);
    assert_eq!(list.lines[0]["identity"], "Zzyzxidentity of pier four");
    // Hidden from the console as from everybody outside.
    let [hidden, unknown] = [person.clone(), person.replace("identity--", "identity--f")]
        .map(|id| ec.cli(&["get", &id]).errors.replace(&id, "ID"));
    assert_eq!(hidden, unknown);
}

/// The person that leaves with the report: the first identity with a twin.
fn leaving_person(world: &World) -> String {
    let listed = world.ec.must_as("liaison-officer", &["release", "list"]);
    let id = text(&listed.lines[0]["id"]);
    let shown = world.ec.must_as("liaison-officer", &["release", "show", &id]);
    let leaves =
        |l: &&Value| l["path"] == "" && l["verdict"] != "withheld" && l["type"] == "identity";
    text(&shown.results().find(leaves).unwrap()["object"])
}

fn records_of_sources(node: &Node) -> Vec<String> {
    let db = node.database();
    let mut rows = db
        .prepare(
            "SELECT bucket || ' ' || key || ' ' || body FROM record WHERE bucket LIKE 'source-%'",
        )
        .unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_verbs_about_people_say_what_they_did() {
    let home = tempfile::tempdir().unwrap();
    let ec = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let config = ec.dir.join("enlace.toml");
    let with = fs::read_to_string(&config).unwrap() + "\n[review.years]\nsuspect = 0\n";
    fs::write(&config, with).unwrap();
    ec.must(&["import", scenario("ec/case-calamares.json").to_str().unwrap()]);
    account(&ec, "boss", "approver");
    account(&ec, "inspector", "investigator");
    // Suspects are overdue at once under this configuration; the reviewer keeps one.
    let overdue = ec.must_as("boss", &["review", "list"]);
    assert!(overdue.summary()["overdue"].as_u64() > Some(0), "{}", overdue.text);
    let suspect = text(&overdue.lines[0]["id"]);
    assert_eq!(ec.cli_as(Some("inspector"), &["get", &suspect]).code, 1);
    let keep = ["review", "keep", &suspect, "--until", "2999-01-01", "--why", "case is open"];
    ec.must_as("boss", &keep);
    ec.must_as("inspector", &["get", &suspect]);
    let second = text(&overdue.lines[1]["id"]);
    let erased = ec.must_as("boss", &["review", "erase", &second]);
    assert_eq!(erased.summary()["id"], second.as_str());

    ec.must_as("boss", &["compartment", "create", "puerto", "--why", "case", "--kind", "case"]);
    ec.must_as("boss", &["compartment", "add", "puerto", &suspect]);
    let counted = ec.must_as("boss", &["compartment", "list"]);
    assert!(counted.lines[0]["objects"].as_u64() >= Some(1), "{}", counted.text);
    let listed = ec.must_as("boss", &["compartment", "list", "puerto"]);
    assert!(listed.results().any(|l| l["id"] == suspect.as_str()), "{}", listed.text);
    assert_eq!(ec.cli_as(Some("inspector"), &["get", &suspect]).code, 1);
    let hidden = ec.cli(&["search", "quijije"]);
    assert_eq!(hidden.summary()["total"], 0, "the console is no member: {}", hidden.text);
    ec.must_as("boss", &["compartment", "member", "puerto", "inspector"]);
    ec.must_as("inspector", &["get", &suspect]);
    let note = ec.must_as("inspector", &["note", "add", &suspect, "visto en Posorja"]);
    let id = text(&note.summary()["note"]);
    assert_eq!(
        ec.must_as("boss", &["note", "list", &suspect]).lines[0]["text"],
        "visto en Posorja"
    );
    ec.must_as("inspector", &["note", "remove", &suspect, &id]);
    ec.must_as("boss", &["compartment", "remove", "puerto", &suspect]);

    let set = ["protect", "set", &suspect, "--status", "minor", "--basis", "birth certificate"];
    ec.must_as("boss", &set);
    assert_eq!(ec.must_as("boss", &["protect", "list"]).summary()["persons"], 1);
    let proposals = ec.must_as("boss", &["protect", "proposals"]);
    let proposal = text(&proposals.lines[0]["id"]);
    let decided = ec.must_as("boss", &["protect", "decide", &proposal, "narrow"]);
    assert_eq!(decided.summary()["recalled"], 0, "nothing was released");
    let holds = ec.must_as("boss", &["hold", "list"]);
    let hold = text(&holds.lines[0]["id"]);
    ec.must_as("boss", &["hold", "lift", &hold]);
    let verified = ec.must(&["ledger", "verify"]);
    assert!(verified.results().all(|l| l["ok"] == true), "{}", verified.text);
}
