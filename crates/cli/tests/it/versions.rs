//! Versions of an object at the command line: what each arrival is called and what is held then.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Done, Node, alone};

const ID: &str = "campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f";
const ANA: &str = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
const EVA: &str = "identity--8c1e2f3a-0d6a-4b1e-9a2f-5c7d8e9f0a1b";
const ADDRESS: &str = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4";

struct Desk {
    home: TempDir,
    node: Node,
}

impl Desk {
    fn new() -> Self {
        let (home, node) = alone();
        Self { home, node }
    }

    fn import(&self, name: &str, text: &str) -> Done {
        let file = self.home.path().join(name);
        fs::write(&file, text).unwrap();
        self.node.cli(&["import", file.to_str().unwrap()])
    }

    /// Result and rule of each object of a file.
    fn results(&self, name: &str, text: &str) -> Vec<(String, String)> {
        results(&self.import(name, text))
    }

    fn versions(&self, id: &str) -> Vec<String> {
        let done = self.node.must(&["get", id, "--versions"]);
        let name = |line: &Value| line["name"].as_str().unwrap_or_default().to_owned();
        let names: Vec<String> = done.results().map(name).collect();
        assert_eq!(done.summary()["versions"], names.len());
        names
    }

    fn current(&self) -> Value {
        self.node.must(&["get", ID]).lines[0]["name"].clone()
    }
}

fn results(done: &Done) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let found: Vec<_> = done.results().map(|l| (text(&l["result"]), text(&l["rule"]))).collect();
    let bad = found.iter().any(|(result, _)| result == "conflict" || result == "rejected");
    assert_eq!(done.code, i32::from(bad), "{}{}", done.text, done.errors);
    found
}

fn campaign(day: u32, name: &str) -> Value {
    json!({
        "type": "campaign", "spec_version": "2.1", "id": ID, "name": name, "created_by_ref": ANA,
        "created": "2026-03-01T10:00:00.000Z", "first_seen": "2026-02-01T10:00:00.500Z",
        "modified": format!("2026-03-{day:02}T10:00:00.000Z"),
    })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn all(objects: &[Value]) -> String {
    Value::from(objects).to_string()
}

fn is(result: &str) -> Vec<(String, String)> {
    vec![(result.to_owned(), String::new())]
}

fn breaks(rule: &str) -> Vec<(String, String)> {
    vec![("conflict".to_owned(), format!("stix.version.{rule}"))]
}

#[test]
fn every_kind_of_arrival_is_named_and_only_what_may_be_held_is() {
    let desk = Desk::new();
    let one = |name: &str, object: &Value| desk.results(name, &object.to_string());
    assert_eq!(one("new.json", &campaign(5, "five")), is("new"));
    let same = format!(
        "{{ \"name\": \"five\",\n \"modified\": \"2026-03-05T10:00:00.000Z\", \"revoked\": false,
        \"first_seen\": \"2026-02-01T10:00:00.5Z\", \"created\": \"2026-03-01T10:00:00.000Z\",
        \"created_by_ref\": \"{ANA}\", \"id\": \"{ID}\", \"spec_version\": \"2.1\",
        \"type\": \"campaign\" }}"
    );
    assert_eq!(desk.results("same.json", &same), is("known"), "other digits, order, white space");
    assert_eq!(one("newer.json", &campaign(7, "seven")), is("new"));
    assert_eq!(one("late.json", &campaign(3, "three")), is("new"), "late, and stored");
    assert_eq!(desk.current(), "seven", "but not current");

    let conflict = desk.import("conflict.json", &campaign(7, "other").to_string());
    assert_eq!(results(&conflict), breaks("conflict"));
    let line = conflict.results().next().unwrap();
    assert_eq!((&line["id"], &line["path"]), (&json!(ID), &json!("modified")), "{line}");
    assert!(line["reason"].as_str().unwrap().contains("STIX 3.6"), "{line}");
    assert_eq!(conflict.summary()["conflict"], 1);
    let eva = with(campaign(8, "eva"), "created_by_ref", json!(EVA));
    assert_eq!(one("creator.json", &eva), breaks("other-creator"));
    let created = with(campaign(8, "moved"), "created", json!("2026-03-02T10:00:00.000Z"));
    assert_eq!(one("created.json", &created), breaks("other-created"));
    assert_eq!(desk.versions(ID), ["three", "five", "seven"], "nothing that is held changed");
    assert_eq!(desk.current(), "seven");

    let revoked = with(campaign(9, "gone"), "revoked", json!(true));
    assert_eq!(one("revoked.json", &revoked), is("new"));
    assert_eq!(one("after.json", &campaign(10, "back")), breaks("after-revocation"));
    let again = with(campaign(11, "gone again"), "revoked", json!(true));
    assert_eq!(one("again.json", &again), breaks("after-revocation"));
    assert_eq!(
        one("between.json", &campaign(8, "eight")),
        is("new"),
        "late, before the revocation"
    );
    let early = with(campaign(6, "earlier"), "revoked", json!(true));
    assert_eq!(one("early.json", &early), is("new"), "a revocation that comes late counts");
    assert_eq!(desk.current(), "earlier");
    let held = ["three", "five", "earlier", "seven", "eight", "gone"];
    assert_eq!(desk.versions(ID), held);

    let rules: Vec<String> = {
        let db = desk.node.database();
        let mut all = db.prepare("SELECT rule FROM quarantine ORDER BY number").unwrap();
        let rows = all.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let names =
        ["conflict", "other-creator", "other-created", "after-revocation", "after-revocation"];
    assert_eq!(rules, names.map(|n| format!("stix.version.{n}")), "each set aside, once");
    assert_eq!(results(&desk.import("conflict.json", &campaign(7, "other").to_string())).len(), 1);
    assert_eq!(desk.node.must(&["stats"]).lines[0]["quarantined"], 5, "the same file again");
    let checked = desk.node.must(&["fsck", "--rebuild"]);
    assert_eq!(checked.summary()["ok"], true, "{}", checked.text);
    assert_eq!(desk.current(), "earlier");
}

#[test]
fn the_objects_of_one_file_are_judged_as_if_they_came_one_by_one() {
    let objects = [
        campaign(5, "five"),
        campaign(5, "five"),
        campaign(5, "other"),
        campaign(3, "three"),
        with(campaign(6, "eva"), "created_by_ref", json!(EVA)),
        campaign(7, "seven"),
        with(campaign(4, "gone"), "revoked", json!(true)),
        campaign(8, "eight"),
    ];
    let wanted = [
        ("new", ""),
        ("known", ""),
        ("conflict", "conflict"),
        ("new", ""),
        ("conflict", "other-creator"),
        ("new", ""),
        ("new", ""),
        ("conflict", "after-revocation"),
    ];
    let wanted = wanted.map(|(result, rule)| {
        let rule = if rule.is_empty() { String::new() } else { format!("stix.version.{rule}") };
        (result.to_owned(), rule)
    });
    let (together, apart) = (Desk::new(), Desk::new());
    let text = all(&objects);
    let file = together.home.path().join("all.json");
    fs::write(&file, &text).unwrap();
    let dry = together.node.cli(&["import", "--dry-run", file.to_str().unwrap()]);
    assert_eq!(results(&dry), wanted, "a dry run says the same");
    assert_eq!(together.results("all.json", &text), wanted);
    for (number, object) in objects.iter().enumerate() {
        let name = format!("{number}.json");
        assert_eq!(apart.results(&name, &object.to_string()), wanted[number..=number]);
    }
    assert_eq!(together.versions(ID), ["three", "gone", "five", "seven"]);
    assert_eq!(together.versions(ID), apart.versions(ID));
    assert_eq!((together.current(), apart.current()), (json!("gone"), json!("gone")));
}

#[test]
fn an_observable_has_one_version_for_each_content() {
    let desk = Desk::new();
    let address = json!({ "type": "ipv4-addr", "id": ADDRESS, "value": "198.51.100.3" });
    let one = |name: &str, object: &Value| desk.results(name, &object.to_string());
    assert_eq!(one("a.json", &address), is("new"));
    let defaults = with(address.clone(), "defanged", json!(false));
    let defaults = with(defaults, "spec_version", json!("2.1"));
    assert_eq!(one("b.json", &defaults), is("known"), "defaults are no change (§3.6)");
    assert_eq!(one("c.json", &with(address.clone(), "defanged", json!(true))), is("new"));
    assert_eq!(one("d.json", &address), is("known"));
    assert_eq!(desk.versions(ADDRESS).len(), 2);
}

#[test]
fn what_partners_hold_of_an_id_never_changes_what_an_import_answers() {
    let (alone, beside) = (Desk::new(), Desk::new());
    // What a partner's channel holds: other content, by another creator, revoked.
    let theirs = Desk::new();
    let last = with(campaign(4, "theirs"), "revoked", json!(true));
    let last = with(last, "created_by_ref", json!(EVA));
    theirs.results("theirs.json", &all(&[campaign(5, "theirs"), last]));
    theirs.results(
        "theirs-too.json",
        &with(campaign(5, "x"), "created_by_ref", json!(EVA)).to_string(),
    );
    let path = theirs.node.dir.join("enlace.db").display().to_string();
    let db = beside.node.database();
    db.execute_batch(&format!(
        "ATTACH '{path}' AS theirs;
         INSERT INTO object SELECT row + 100, id, 'partner', version, kind, content_hash, 1,
           state, is_current, purged, 0, 0, tlp, received_us, label, source, raw, created, '{EVA}', 0
           FROM theirs.object WHERE id = '{ID}'"
    ))
    .unwrap();
    drop(db);
    let files = [
        ("a.json", campaign(5, "five").to_string()),
        ("b.json", campaign(5, "other").to_string()),
        ("c.json", campaign(7, "seven").to_string()),
        ("d.json", with(campaign(8, "eva"), "created_by_ref", json!(EVA)).to_string()),
        ("e.json", with(campaign(6, "gone"), "revoked", json!(true)).to_string()),
        ("f.json", campaign(3, "three").to_string()),
    ];
    for (name, text) in files {
        let [one, other] = [&alone, &beside].map(|desk| desk.import(name, &text));
        assert_eq!(one.text, other.text, "{name}: byte for byte");
        assert_eq!(one.code, other.code);
    }
}
