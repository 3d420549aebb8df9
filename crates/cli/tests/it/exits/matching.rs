//! Hit or no hit between two running nodes: what is found, what never is, what is counted, and what
//! the two logs say.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use enlace_stix::types::definition_id;
use serde_json::{Value, json};

use super::world::World;
use crate::support::{Done, PASSWORD, scenario, scenario_json};

const BOSS_ID: &str = "identity--5341317d-8a18-4a91-a7ff-3113adae3a3a";
const SOURCE_ID: &str = "identity--7a437102-95b6-4b39-bb4b-45f879abb1e5";
const CONTAINER: &str = "shipping-container--7328b39c-eeff-422e-beb4-5453e1dd362c";
const GUN: &str = "firearm--bf3ea114-0551-4dbb-b5b1-a43726a079fb";
const BOSS: [&str; 2] = ["person", "Wilmer Angel QUIJIJE Santistevan"];

/// US asks EC under terms that open hit/no-hit.
struct Desk {
    world: World,
}

impl Desk {
    fn new(quota: u32) -> Self {
        let world = World::new();
        let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
        let terms = terms.replacen("title = \"", "title = \"Matching: ", 1);
        let (before, rest) = terms.split_once("[match]").unwrap();
        let terms = format!("{before}[approval]{}", rest.split_once("[approval]").unwrap().1);
        let open = format!(
            "[match]\nclause = \"9.2\"\ndaily_quota = {quota}\n\
             kinds = [\"account-number\", \"container\", \"firearm-serial\", \"operation\", \"person\", \"phone\"]\n"
        );
        let file = world.home.path().join("matching.toml");
        fs::write(&file, format!("{terms}\n{open}")).unwrap();
        world.sign_with(&world.us, "US", &file);
        let role = ["investigator", "--role", "investigator", "--password", PASSWORD];
        for node in [&world.us, &world.ec] {
            node.must(&[&["account", "create"][..], &role].concat());
        }
        let desk = Self { world };
        desk.refreshed();
        desk
    }

    /// EC brings its sets up to date.
    fn refreshed(&self) {
        self.world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    }

    fn ask(&self, what: &[&str]) -> Done {
        let ask = ["ask", "--partner", "EC", "--purpose", "firearms-tracing", "--case", "ILC-9"];
        self.world.us.cli_as(Some("investigator"), &[&ask[..], what].concat())
    }

    /// The one answer.
    fn answer(&self, what: &[&str]) -> String {
        let done = self.ask(what);
        let lines: Vec<&Value> = done.results().collect();
        assert_eq!(lines.len(), 1, "{}", done.text);
        lines[0]["result"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_hit_says_hit_and_what_may_not_leave_is_like_what_is_not_held() {
    let desk = Desk::new(1000);
    let born = |date| [BOSS[0], BOSS[1], "--birth-date", date];
    assert_eq!(desk.answer(&born("1979-08-14")), "hit");
    assert_eq!(desk.answer(&born("1979")), "hit");
    assert_eq!(desk.answer(&born("1979-08-15")), "no-hit", "another day is another person");
    assert_eq!(desk.answer(&["container", "XMBU 481057-4"]), "hit");
    let gun = ["firearm-serial", "txz-48213", "--maker", "Taurus"];
    assert_eq!(desk.answer(&gun), "hit");
    assert_eq!(desk.answer(&["firearm-serial", "txz-48213", "--maker", "Beretta"]), "no-hit");
    // Victim, contact, a person whom nobody categorised, a source; a phone whose type stays.
    for (name, born) in [
        ("Nadia Isabel Orrala Villao", "1996-02-17"),
        ("Mirella Auxiliadora Pincay Bravo", "1988-12-09"),
        ("Ramiro Celso Tumbaco Lindao", "1990-06-30"),
        ("Jacinto Eloy Baquerizo Yánez", "1973-01-23"),
    ] {
        assert_eq!(desk.answer(&["person", name, "--birth-date", born]), "no-hit", "{name}");
    }
    assert_eq!(desk.answer(&["phone", "+593995550187"]), "no-hit");
    // A kind that no clause opens is not asked at all.
    let other = desk.ask(&["iban", "ES9121000418450200051332"]);
    assert_eq!(other.results().next().unwrap()["result"], "not-asked");
    assert_eq!(other.code, 1);

    both_logs_say_what_was_asked_and_not_about_whom(&desk);
}

fn both_logs_say_what_was_asked_and_not_about_whom(desk: &Desk) {
    let (ec, us) = (&desk.world.ec, &desk.world.us);
    for (node, act) in [(ec, "match-answered"), (us, "match-asked")] {
        let folder = desk.world.home.path().join(format!("log-{}", node.key));
        node.must(&["ledger", "export", folder.to_str().unwrap()]);
        let log = super::danger::bytes_below(&folder);
        let holds = |what: &str| log.windows(what.len()).any(|w| w == what.as_bytes());
        assert!(holds(act), "{act}");
        for value in ["QUIJIJE Santistevan", "XMBU 481057-4", "txz-48213"] {
            assert!(!holds(value), "{} keeps {value}", node.key);
        }
    }
    // The asked node has not seen what was asked, and not the case number of the other side.
    let bytes = ec.stored_bytes();
    for value in ["QUIJIJE Santistevan", "txz-48213", "ILC-9"] {
        let seen = bytes.iter().any(|(_, b)| b.windows(value.len()).any(|w| w == value.as_bytes()));
        assert!(!seen, "{value}");
    }
}

#[test]
fn who_is_protected_is_not_found_nor_what_is_one_step_from_them() {
    let desk = Desk::new(1000);
    let ec = &desk.world.ec;
    let boss = [BOSS[0], BOSS[1], "--birth-date", "1979-08-14"];
    assert_eq!(desk.answer(&boss), "hit");
    let set = ["protect", "set", BOSS_ID, "--status", "witness", "--basis", "order 7"];
    ec.must_as("investigator", &set);
    desk.refreshed();
    assert_eq!(desk.answer(&boss), "no-hit");
}

/// A second record of the same witness, in no way bound to the first.
#[test]
fn who_is_protected_is_found_by_no_other_record_of_the_same_person() {
    let desk = Desk::new(1000);
    let ec = &desk.world.ec;
    let file = scenario("ec/case-calamares.json");
    let held: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut again =
        held["objects"].as_array().unwrap().iter().find(|o| o["id"] == BOSS_ID).unwrap().clone();
    again["id"] = json!("identity--7c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e5");
    let bundle = json!({"type": "bundle", "id": "bundle--7c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e6",
        "objects": [again]});
    let file = desk.world.home.path().join("again.json");
    fs::write(&file, bundle.to_string()).unwrap();
    ec.must(&["import", "--marking", "amber", file.to_str().unwrap()]);
    let boss = [BOSS[0], BOSS[1], "--birth-date", "1979-08-14"];
    let set = ["protect", "set", BOSS_ID, "--status", "witness", "--basis", "order 7"];
    ec.must_as("investigator", &set);
    desk.refreshed();
    assert_eq!(desk.answer(&boss), "no-hit");
}

#[test]
fn what_is_one_step_from_a_source_is_not_found() {
    let desk = Desk::new(1000);
    let ec = &desk.world.ec;
    let container = ["container", "XMBU4810574"];
    let gun = ["firearm-serial", "TXZ48213", "--maker", "Taurus"];
    assert_eq!([desk.answer(&container), desk.answer(&gun)], ["hit", "hit"]);
    // The source is known to have used the container; the container itself is not in the register.
    let bond = json!({"type": "relationship", "spec_version": "2.1",
        "id": "relationship--7c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e7", "relationship_type": "related-to",
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "source_ref": SOURCE_ID, "target_ref": CONTAINER});
    let bundle = json!({"type": "bundle", "id": "bundle--7c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e8",
        "objects": [bond]});
    let file = desk.world.home.path().join("bond.json");
    fs::write(&file, bundle.to_string()).unwrap();
    ec.must(&["import", "--marking", "amber", file.to_str().unwrap()]);
    desk.refreshed();
    assert_eq!(desk.answer(&container), "hit", "a bond with somebody is no source yet");
    let secret = |name: &str, text: &str| {
        let file = desk.world.home.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (key, who) = (secret("register.key", "a long register phrase"), secret("who", "Jacinto"));
    let role = ["handler", "--role", "source-handler", "--password", PASSWORD];
    ec.must(&[&["account", "create"][..], &role].concat());
    ec.must_as("handler", &["source", "init", "--key-file", &key]);
    let add = ["source", "add", "HALCON", "--identity", &who, "--key-file", &key, "--object"];
    ec.must_as("handler", &[&add[..], &[SOURCE_ID]].concat());
    desk.refreshed();
    assert_eq!([desk.answer(&container), desk.answer(&gun)], ["no-hit", "hit"]);
}

#[test]
fn a_hold_on_the_case_or_its_place_shuts_an_operation() {
    let desk = Desk::new(1000);
    planned(&desk);
    let near = "-2.6985,-80.2440";
    let (from, until) = ("2027-01-31T09:00:00Z", "2027-01-31T15:00:00Z");
    let asked = || desk.answer(&["--from", from, "--until", until, "operation", "--", near]);
    assert_eq!(asked(), "hit");
    let lead = "liaison-officer";
    desk.world.ec.must_as(lead, &["compartment", "create", "Muelle", "--why", "an inquiry"]);
    desk.world.ec.must_as(lead, &["compartment", "add", "Muelle", PLACE]);
    desk.refreshed();
    assert_eq!(asked(), "no-hit", "the place is in a compartment");
    desk.world.ec.must_as(lead, &["compartment", "refer", "Muelle"]);
    desk.refreshed();
    assert_eq!(asked(), "refer");
    let report = scenario_json("expected.json")["release"]["report"].clone();
    desk.world.ec.must_as(lead, &["hold", "place", PLANNED, report.as_str().unwrap()]);
    desk.refreshed();
    assert_eq!(asked(), "no-hit", "the case is held");
}

#[test]
fn what_is_in_a_compartment_is_not_found_unless_its_lead_lets_partners_be_referred() {
    let desk = Desk::new(1000);
    let ec = &desk.world.ec;
    let container = ["container", "XMBU4810574"];
    assert_eq!(desk.answer(&container), "hit");
    let lead = "liaison-officer";
    ec.must_as(lead, &["compartment", "create", "Norte", "--why", "an inquiry"]);
    ec.must_as(lead, &["compartment", "add", "Norte", CONTAINER]);
    desk.refreshed();
    assert_eq!(desk.answer(&container), "no-hit");
    ec.must_as(lead, &["compartment", "refer", "Norte"]);
    desk.refreshed();
    assert_eq!(desk.answer(&container), "refer");
    ec.must_as(lead, &["compartment", "refer", "Norte", "--off"]);
    desk.refreshed();
    assert_eq!(desk.answer(&container), "no-hit");
}

#[test]
fn elements_are_counted_and_a_spent_quota_is_said_to_who_spent_it() {
    let desk = Desk::new(20);
    assert_eq!(desk.answer(&["container", "XMBU4810574"]), "hit");
    assert_eq!(desk.answer(&["container", "XMBU4810580"]), "no-hit");
    // 16 of 20 are used; a question takes 8.
    let third = desk.ask(&["container", "XMBU2203967"]);
    let line = third.results().next().unwrap();
    assert_eq!(line["result"], "not-asked");
    assert_eq!(line["reason"], "match.quota", "{line}");
}

#[test]
fn a_silent_suspension_leaves_what_the_partner_has_and_shows_in_no_answer() {
    let desk = Desk::new(1000);
    let ec = &desk.world.ec;
    assert_eq!(desk.answer(&["container", "XMBU4810574"]), "hit");
    let listed = ec.must_as("approver", &["agreement", "show"]);
    let matching =
        |line: &&Value| line["title"].as_str().is_some_and(|t| t.starts_with("Matching"));
    let id = listed.results().find(matching).unwrap()["id"].clone();
    let id = id.as_str().unwrap();
    let gun = ["firearm-serial", "TXZ48213", "--maker", "Taurus"];
    desk.world.release_under(id, &[GUN]);
    assert_eq!(desk.answer(&gun), "hit");
    let before = published(&desk, id);
    ec.must_as("approver", &["agreement", "suspend", id, "--silent"]);
    desk.refreshed();
    // Answered as ever, by a table of the same size under a new key; nothing is found but what the
    // partner has: that this were not held would tell.
    let done = desk.ask(&["container", "XMBU4810574"]);
    assert_eq!(done.results().next().unwrap()["result"], "no-hit", "{}", done.text);
    assert_eq!(done.code, 0);
    assert_eq!(desk.answer(&gun), "hit");
    let after = published(&desk, id);
    assert_eq!(after["table"]["size"], before["table"]["size"]);
    assert_ne!(after["public"], before["public"], "what was evaluated before is worth nothing");
    ec.must_as("approver", &["agreement", "resume", id]);
    desk.refreshed();
    assert_eq!(desk.answer(&["container", "XMBU4810574"]), "hit");
}

/// What EC keeps of the set for the purpose that is asked for.
fn published(desk: &Desk, agreement: &str) -> Value {
    let sql = "SELECT body FROM record WHERE bucket = 'match-set'
               AND key LIKE '%/firearms-tracing' AND body LIKE '%' || ?1 || '%'";
    let database = desk.world.ec.database();
    let kept: String = database.query_row(sql, [agreement], |row| row.get(0)).unwrap();
    serde_json::from_str(&kept).unwrap()
}

const PLACE: &str = "location--5d1c8b3a-7e42-4f96-a0b8-2c6d9e4f1a73";
const PLANNED: &str = "grouping--8e4b2f7c-1d59-4a63-b0c7-9f3a6d5e2b18";

/// EC plans an operation.
fn planned(desk: &Desk) {
    let location = json!({"type": "location", "spec_version": "2.1", "id": PLACE,
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "name": "Muelle nueve", "latitude": -2.7012, "longitude": -80.2468, "precision": 300.0});
    let case = definition_id("case");
    let planned = json!({"type": "grouping", "spec_version": "2.1",
        "id": PLANNED, "context": "case",
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "object_refs": [PLACE], "extensions": {case: {"extension_type": "property-extension",
            "case_number": "UNE-9", "purpose": "firearms-tracing", "operations": [{
                "title": "Amanecer", "place_ref": PLACE, "starts_at": "2027-01-31T04:00:00.000Z",
                "ends_at": "2027-01-31T10:00:00.000Z"}]}}});
    let bundle = json!({"type": "bundle", "id": "bundle--5d1c8b3a-7e42-4f96-a0b8-2c6d9e4f1a70",
        "objects": [location, planned]});
    let file = desk.world.home.path().join("plan.json");
    fs::write(&file, bundle.to_string()).unwrap();
    desk.world.ec.must(&["import", file.to_str().unwrap()]);
    desk.refreshed();
}

#[test]
fn two_operations_that_meet_are_a_hit_and_where_and_when_stays() {
    let desk = Desk::new(1000);
    planned(&desk);
    let at = |place, from, until| // A southern latitude begins like an option: `--` says that it is none.
        desk.answer(&["--from", from, "--until", until, "operation", "--", place]);
    let near = "-2.6985,-80.2440";
    assert_eq!(at(near, "2027-01-31T09:00:00Z", "2027-01-31T15:00:00Z"), "hit");
    assert_eq!(at(near, "2027-02-09T09:00:00Z", "2027-02-09T15:00:00Z"), "no-hit", "another day");
    assert_eq!(at("-1.2000,-80.2440", "2027-01-31T09:00:00Z", "2027-01-31T15:00:00Z"), "no-hit");
    let seen = desk.world.us.stored_bytes();
    for canary in ["Muelle nueve", "Amanecer", "UNE-9"] {
        let found =
            seen.iter().any(|(_, b)| b.windows(canary.len()).any(|w| w == canary.as_bytes()));
        assert!(!found, "{canary}");
    }
}

#[test]
fn a_watchlist_is_asked_in_blocks_and_an_object_by_all_its_keys() {
    let desk = Desk::new(1000);
    let file = desk.world.home.path().join("watch.csv");
    let mut list = "kind,value,birth_date,maker\n".to_owned();
    for number in 0..120 {
        list.push_str(&format!("person,Nobody Number{number},1980-01-01,\n"));
    }
    list.push_str("person,Santistevan Quijije Wilmer Ángel,1979-08-14,\n");
    list.push_str("firearm-serial,TXZ48213,,taurus\n");
    fs::write(&file, list).unwrap();
    let done = desk.ask(&["--list", file.to_str().unwrap()]);
    assert_eq!(done.summary()["hits"], json!(2), "{}", done.text);
    assert_eq!(done.summary()["no_hits"], json!(120));
    let hits: Vec<&Value> = done.results().filter(|l| l["result"] == "hit").collect();
    assert_eq!([&hits[0]["item"], &hits[1]["item"]], [&json!(121), &json!(122)]);
    fs::write(&file, "kind,value\nperson,Nobody Known\n").unwrap();
    let refused = desk.ask(&["--list", file.to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(refused.errors.contains("birth-date"), "{}", refused.errors);
    assert!(!refused.errors.contains("Nobody"), "an error does not repeat personal data");

    // The same gun is sold in the files of US.
    desk.world.us.import("us/case-biscayne.json");
    let text = fs::read_to_string(scenario("us/case-biscayne.json")).unwrap();
    let held: Value = serde_json::from_str(&text).unwrap();
    let gun = held["objects"].as_array().unwrap().iter();
    let gun = gun.clone().find(|o| o["serial"] == "TXZ48213").unwrap();
    assert_eq!(desk.answer(&["object", gun["id"].as_str().unwrap()]), "hit");
}

#[test]
fn a_partner_that_shows_another_key_than_it_committed_to_is_asked_nothing() {
    let desk = Desk::new(1000);
    assert_eq!(desk.answer(&["container", "XMBU4810574"]), "hit");
    desk.world.us.stop();
    let database = desk.world.us.database();
    let kept: String = database
        .query_row("SELECT body FROM record WHERE bucket = 'match-copy'", [], |row| row.get(0))
        .unwrap();
    // Another key in this epoch; another table at this place of it.
    for name in ["public", "sha256"] {
        let mut copy: Value = serde_json::from_str(&kept).unwrap();
        copy[name] = json!("e2".repeat(32));
        let body = copy.to_string();
        let sql = "UPDATE record SET body = ?1 WHERE bucket = 'match-copy'";
        database.execute(sql, [&body]).unwrap();
        let done = desk.ask(&["container", "XMBU4810574"]);
        let line = done.results().next().unwrap();
        assert_eq!(line["result"], "not-asked", "{name}: {line}");
        assert_eq!(line["reason"], "match.other-key", "{name}: {line}");
    }
}

#[test]
fn answers_have_one_size_and_leave_in_step_whatever_is_held() {
    let desk = Desk::new(1000);
    let mut took = Vec::new();
    for value in ["XMBU4810574", "XMBU4810580", "XMBU2203967", "XMBU2203999"] {
        let began = std::time::Instant::now();
        desk.answer(&["container", value]);
        took.push(began.elapsed());
        sleep(Duration::from_millis(10));
    }
    // Two messages, each in its own step of a tenth of a second.
    assert!(took.iter().all(|took| *took >= Duration::from_millis(200)), "{took:?}");
}
