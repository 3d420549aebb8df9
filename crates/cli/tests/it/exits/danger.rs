//! A warning of danger to life, between real nodes: what it lets out, what not, and who hears of it.

use std::fs;

use serde_json::{Value, json};

use super::canary::{Searcher, withheld};
use super::recall::everything;
use super::world::{World, text};
use crate::support::{Done, Node, PASSWORD, scenario};

/// A victim: never released under the agreement with US.
const VICTIM: &str = "identity--c1e0b8d1-3d2f-451d-b297-a216fd7594ce";
/// Marked TLP:RED.
const HOUSE: &str = "location--85529645-91f8-425c-9ec1-da8ad7db54ca";
/// Marked as the identity of a source: Jacinto Eloy Baquerizo Yánez.
const SOURCE: &str = "identity--7a437102-95b6-4b39-bb4b-45f879abb1e5";
const REPORT: &str = "report--";
const WORDS: &str = "Two armed men are on their way to Nadia Orrala. They know the house.";
const UNNAMED: &str = "Two armed men are on their way. They know the house.";
const WHY: &str = "Zzyzxwhy: heard on line four";

fn release(partner: &str, ids: &[&str]) -> Vec<String> {
    let fixed = ["danger", "release", "--partner", partner, "--reason", "threat-to-life"];
    // Only who leaves with a warning is named in it.
    let words = if ids.contains(&VICTIM) { WORDS } else { UNNAMED };
    let said = ["--text", words, "--why", WHY, "--confirm"];
    fixed.iter().chain(&said).chain(ids).map(|arg| (*arg).to_owned()).collect()
}

fn warn(node: &Node, partner: &str, ids: &[&str]) -> Value {
    let args = release(partner, ids);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    node.must_as("liaison-officer", &args).summary().clone()
}

fn asked(node: &Node, args: &[&str]) -> Done {
    node.cli_as(Some("liaison-officer"), args)
}

/// The warnings that a node got.
fn received(node: &Node) -> Vec<Value> {
    let listed = node.must_as("liaison-officer", &["danger", "list"]);
    listed.results().filter_map(|line| line.get("received").cloned()).collect()
}

fn sent(node: &Node) -> Vec<Value> {
    let listed = node.must_as("approver", &["danger", "list"]);
    listed.results().filter_map(|line| line.get("sent").cloned()).collect()
}

/// The warning as NL keeps it.
fn kept(node: &Node, id: &str) -> Value {
    let got = node.must(&["get", id]);
    serde_json::from_str(&got.text).unwrap()
}

#[test]
fn without_any_agreement_the_fewest_fields_leave_to_the_one_key_and_nothing_else_does() {
    let world = World::new();
    let (ec, nl) = (&world.ec, &world.nl);
    nl.serve();
    let us_before = everything(&world, &world.us_by_token());
    let line = warn(ec, "NL", &[VICTIM, HOUSE]);
    assert_eq!(line["objects"].as_array().unwrap().len(), 2, "{line}");
    let got = received(nl);
    let [warning] = got.as_slice() else { panic!("NL has one warning: {got:?}") };
    assert_eq!((&warning["text"], &warning["partner"]), (&json!(WORDS), &json!(name_of(ec))));
    assert_eq!(warning["seen_by"], Value::Null);

    let id = text(&warning["id"]);
    assert_eq!(id, text(&line["id"]));
    let object = kept(nl, &id);
    assert_eq!(object["purpose"], "protection-of-life");
    let came = object["objects"].as_array().unwrap();
    let person = came.iter().find(|o| o["type"] == "identity").unwrap();
    assert_eq!(person["name"], "Nadia Isabel Orrala Villao");
    assert_ne!(person["id"], VICTIM, "a twin");
    let house = came.iter().find(|o| o["type"] == "location").unwrap();
    assert_eq!(house["street_address"], "Camino al estero s/n, portón celeste");
    let marking = came.iter().find(|o| o["type"] == "marking-definition").unwrap();
    let handling = marking["extensions"].as_object().unwrap().values().next().unwrap();
    assert_eq!(handling["purposes"], json!(["protection-of-life"]));
    assert_eq!((&handling["onward"], &handling["handling"]), (&json!("none"), &json!(["H2"])));
    // What came with it is held at once, without anybody's verdict.
    assert_eq!(kept(nl, &text(&person["id"]))["name"], person["name"]);

    let told = |o: &str, p: &str| {
        let last = p.rsplit('.').next().unwrap_or_default();
        (o == VICTIM && ["name", "birth_date"].contains(&last))
            || (o == HOUSE
                && ["name", "latitude", "longitude", "city", "street_address"].contains(&last))
    };
    let mut canaries = withheld();
    canaries.retain(|c| !told(&c.object, &c.property));
    assert!(canaries.len() > 100, "{}", canaries.len());
    let searcher = Searcher::new(canaries);
    let files = nl.stored_bytes();
    let holds = |what: &[u8]| files.iter().any(|(_, f)| f.windows(what.len()).any(|w| w == what));
    assert!(holds(b"Nadia Isabel"), "the store is searched as it lies on disk");
    assert!(!holds(WHY.as_bytes()), "the officer's own words stay");
    let found: Vec<String> =
        files.iter().flat_map(|(name, bytes)| searcher.search(name, bytes)).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(us_before, everything(&world, &world.us_by_token()), "US notices nothing");

    // The answer came back; the log says that and why, in a code, and nothing of what was said.
    nl.must(&["partner", "sync", "EC"]);
    assert_eq!(sent(ec)[0]["state"], "received");
    let folder = world.home.path().join("log");
    ec.must(&["ledger", "export", folder.to_str().unwrap()]);
    let log = bytes_below(&folder);
    let holds = |what: &str| log.windows(what.len()).any(|w| w == what.as_bytes());
    assert!(holds("danger-to-life") && holds("threat-to-life") && holds(&id));
    assert!(!holds("Zzyzxwhy") && !holds("armed men") && !holds("Nadia"));
}

#[test]
fn a_source_stays_in_the_set_and_in_the_words_and_so_does_whatever_is_no_object_of_a_warning() {
    let world = World::new();
    let ec = &world.ec;
    let report = text(&crate::support::scenario_json("expected.json")["release"]["report"]);
    assert!(report.starts_with(REPORT));
    let ask = ["danger", "release", "--partner", "US", "--reason", "kidnapping", "--dry-run"];
    let dry = |words: &str, ids: &[&str]| asked(ec, &[&ask[..], &["--text", words], ids].concat());
    let run = dry(WORDS, &[VICTIM, SOURCE, &report]);
    assert_eq!(run.code, 0, "{}", run.errors);
    let whole = |id: &str| {
        let line = run.results().find(|l| l["object"] == id && l["path"] == "").unwrap();
        (text(&line["verdict"]), text(&line["clause"]))
    };
    assert_eq!(whole(SOURCE).0, "withheld");
    assert!(whole(SOURCE).1.contains("private.source-identity"), "{:?}", whole(SOURCE));
    assert_eq!(whole(&report), ("withheld".to_owned(), "D.3".to_owned()));
    assert_ne!(whole(VICTIM).0, "withheld");
    // Whether the source is in the set or not, its name leaves in no spelling.
    for words in ["They look for Jacinto Eloy Baquerizo Yánez", "JACINTO-ELOY BAQUERIZO YANEZ"] {
        for ids in [&[VICTIM, SOURCE][..], &[VICTIM], &[]] {
            let refused = dry(words, ids);
            assert_eq!(refused.code, 2, "{words}: {}", refused.text);
            assert!(refused.errors.contains("danger.names"), "{}", refused.errors);
        }
    }
    assert_eq!(dry(&format!("see {VICTIM}"), &[]).code, 2, "no id of ours in the words");
    assert_eq!(sent(ec).len() + received(&world.us).len(), 0, "a dry run sends nothing");
    // Without objects, the words alone leave.
    let line = warn(ec, "US", &[]);
    assert_eq!((line["objects"].clone(), received(&world.us).len()), (json!([]), 1));
}

#[test]
fn it_takes_one_named_officer_who_confirms_and_a_second_one_who_looks_at_it() {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    let args = release("US", &[VICTIM]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (_, unconfirmed) = (args.len(), args.iter().filter(|a| **a != "--confirm").copied());
    let unconfirmed: Vec<&str> = unconfirmed.collect();
    assert_eq!(asked(ec, &unconfirmed).code, 1, "not without confirming");
    assert_eq!(ec.cli(&args).code, 1, "nobody at the console");
    ec.must(&["account", "create", "ana", "--role", "investigator", "--password", PASSWORD]);
    assert_eq!(ec.cli_as(Some("ana"), &args).code, 1, "no investigator");
    assert_eq!(received(us).len(), 0);

    let id = text(&warn(ec, "US", &[VICTIM])["id"]);
    let review = ["danger", "review", &id, "confirmed"];
    assert_eq!(asked(ec, &review).code, 1, "who sent it is no second person");
    let line = ec.must_as("approver", &review).summary().clone();
    assert_eq!(line["review"][1], "confirmed");
    assert_eq!(ec.cli_as(Some("approver"), &review).code, 1, "once");
    us.must_as("liaison-officer", &["danger", "seen", &id]);
    assert_eq!(received(us)[0]["seen_by"], "liaison-officer");
}

#[test]
fn what_was_wrong_is_taken_back_and_nothing_of_it_is_left_with_the_partner() {
    let world = World::new();
    let (ec, us) = (&world.ec, &world.us);
    let id = text(&warn(ec, "US", &[VICTIM])["id"]);
    let twin = text(&received(us)[0]["objects"][0]);
    assert_eq!(us.cli(&["get", &twin]).code, 0);
    us.must_as("liaison-officer", &["danger", "seen", &id]);
    ec.must_as("approver", &["danger", "review", &id, "recalled", "--note", "wrong man"]);
    let got = received(us);
    assert_eq!((&got[0]["withdrawn"], &got[0]["text"]), (&json!(true), &json!("")), "{got:?}");
    assert_eq!(got[0]["seen_by"], Value::Null, "that it was taken back is news");
    for file in us.stored_bytes() {
        let found = file.1.windows(12).any(|w| w == b"Nadia Isabel");
        assert!(!found || !file.0.ends_with("enlace.db"), "{}", file.0);
    }
    us.must(&["partner", "sync", "EC"]);
    assert_eq!(sent(ec)[0]["state"], "purged", "US states it");
    // It can be sent again: no recall stands in the way of a life.
    assert_eq!(warn(ec, "US", &[VICTIM])["objects"], json!([VICTIM]));
}

#[test]
fn a_suspended_agreement_stops_no_warning_and_a_cut_off_key_gets_none() {
    let world = World::new();
    let suspend = ["agreement", "suspend", &world.agreement];
    world.ec.must_as("liaison-officer", &suspend);
    warn(&world.ec, "US", &[VICTIM]);
    assert_eq!(received(&world.us).len(), 1);
    world.ec.must(&["partner", "revoke", "US"]);
    let args = release("US", &[VICTIM]);
    let refused = asked(&world.ec, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(refused.code, 1, "{}", refused.text);
}

#[test]
fn an_originator_is_told_at_once_what_of_its_information_left_to_whom() {
    let world = World::new();
    let (ec, us, nl) = (&world.ec, &world.us, &world.nl);
    nl.serve();
    us.must(&["import", scenario("us/case-biscayne.json").to_str().unwrap()]);
    // A firm of US's case.
    let firm = "identity--44cf0558-a1a5-4009-b4a2-c1066586d0ca";
    let ask = ["release", "--agreement", &world.agreement, "--purpose", "firearms-tracing", firm];
    let id = text(&us.must_as("liaison-officer", &ask).summary()["id"]);
    us.must_as("approver", &["release", "approve", &id]);
    us.must_as("liaison-officer", &["release", "send", &id]);
    ec.must(&["partner", "sync", "US"]);
    ec.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let found = ec.must(&["search", "Biscayne Range Supply"]);
    let held = found.results().find(|l| l["type"] == "identity").unwrap();
    let held = text(&held["id"]);
    assert_ne!(held, firm, "EC knows it by US's id for EC");

    let line = warn(ec, "NL", &[&held]);
    assert_eq!(line["told"], json!([name_of(us)]), "{line}");
    let came = kept(nl, &text(&line["id"]));
    let twin = came["objects"].as_array().unwrap().iter().find(|o| o["type"] == "identity");
    let twin = twin.unwrap();
    assert_ne!(twin["id"], held.as_str(), "NL cannot compare it with what US has");
    let came = came.to_string();
    let told = came.contains("Liaison Cell") || came.contains("\"ILC\"");
    assert!(!told, "NL is not told whose it is");

    let raw = us
        .database()
        .prepare("SELECT raw FROM object WHERE kind = 'danger-notice'")
        .unwrap()
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(Result::unwrap)
        .collect::<Vec<_>>();
    let [notice] = raw.as_slice() else { panic!("US has one notice: {raw:?}") };
    let notice: Value = serde_json::from_str(notice).unwrap();
    assert_eq!(notice["object_refs"], json!([held]));
    assert_eq!(
        (&notice["recipient_country"], &notice["role"]),
        (&json!("NL"), &json!("liaison-officer"))
    );
    assert!(!notice.to_string().contains("armed"), "what was said is for the warned one");
}

fn name_of(node: &Node) -> String {
    text(&node.card()["name"])
}

pub(super) fn bytes_below(folder: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(bytes_below(&path)),
            false => all.extend(fs::read(&path).unwrap()),
        }
    }
    all
}
