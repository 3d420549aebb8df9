//! Recall, correction and the end of retention: what is left at the partner, what it states, and
//! who has not answered.

use serde_json::{Value, json};

use super::world::{World, text};
use crate::support::{Done, Node, scenario_json};

/// EC's indicator, its value that leaves, and the twin that US holds after it was released alone.
struct Released {
    world: World,
    original: String,
    canary: String,
    twin: String,
}

impl Released {
    fn new() -> Self {
        let world = World::new();
        let recall = scenario_json("expected.json")["recall"].clone();
        let (original, canary) = (text(&recall["object"]), text(&recall["canary"]));
        world.release(&[&original]);
        world.us.must(&["partner", "sync", "EC"]);
        world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
        let twin = world.twins().into_iter().find(|id| id.starts_with("indicator--")).unwrap();
        let released = Self { world, original, canary, twin };
        assert_eq!(released.found(), 1, "US finds it");
        released
    }

    /// How often US finds the value, by a part of it: the log keeps what is searched for.
    fn found(&self) -> u64 {
        let found = self.world.us.must_as("liaison-officer", &["search", "marbrisa"]);
        found.summary()["total"].as_u64().unwrap()
    }

    fn recalls(&self, unanswered: bool) -> Vec<Value> {
        let all = ["recalls", "--unanswered"];
        let done = self.world.ec.must_as("liaison-officer", &all[..1 + usize::from(unanswered)]);
        done.results().cloned().collect()
    }

    fn sync(&self) -> Done {
        self.world.us.must(&["partner", "sync", "EC"])
    }

    fn purged_for_good(&self, texts: &[&str]) {
        self.world.us.stop();
        for (name, bytes) in self.world.us.stored_bytes() {
            for text in texts {
                let left = bytes.windows(text.len()).any(|w| w == text.as_bytes());
                assert!(!left, "{name}: US still keeps `{text}`");
            }
        }
    }
}

/// The state of a class of copies in a statement.
fn covered<'v>(stated: &'v Value, class: &str) -> &'v str {
    stated["covered"][class].as_str().unwrap_or_else(|| panic!("no {class} in {stated}"))
}

/// As if the day had come: records of these buckets are due.
fn days_pass(node: &Node, bucket: &str) {
    let moved = node
        .database()
        .execute("UPDATE record SET due_us = 1 WHERE bucket = ?1 AND due_us IS NOT NULL", [bucket]);
    assert!(moved.unwrap() > 0, "{}: nothing in {bucket}", node.key);
}

#[test]
fn a_recall_purges_notes_too_and_lists_who_has_not_answered_until_it_does() {
    let released = Released::new();
    let (world, twin) = (&released.world, released.twin.as_str());
    world.us.must_as("liaison-officer", &["note", "add", twin, "Zzyzxnota sobre el correo"]);
    assert!(released.recalls(false).is_empty(), "nothing was recalled");

    world.ec.must_as("liaison-officer", &["recall", &released.original]);
    let waiting = released.recalls(true);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let line = &waiting[0];
    assert_eq!((&line["object"], &line["state"]), (&json!(released.original), &json!("waiting")));
    assert_eq!((&line["fetched"], &line["reason"]), (&json!(true), &json!("recall")), "{line}");
    assert_eq!(line["partner"], "Interagency Liaison Cell (ILC)");

    released.sync();
    assert!(released.recalls(true).is_empty(), "US has answered");
    let stated = released.recalls(false)[0]["stated"].clone();
    assert_eq!((&stated["outcome"], &stated["ground"]), (&json!("purged"), &json!("")), "{stated}");
    for class in ["content", "old-versions", "notes", "alerts"] {
        assert_eq!(covered(&stated, class), "purged");
    }
    assert_eq!((covered(&stated, "exports"), covered(&stated, "onward-copies")), ("none", "none"));
    released.purged_for_good(&[&released.canary, "Zzyzxnota"]);
}

#[test]
fn who_never_fetched_is_listed_with_nothing_to_answer() {
    let world = World::new();
    let original = text(&scenario_json("expected.json")["recall"]["object"]);
    world.release(&[&original]);
    world.ec.must_as("liaison-officer", &["recall", &original]);
    let unanswered = world.ec.must_as("liaison-officer", &["recalls", "--unanswered"]);
    assert_eq!(unanswered.summary()["listed"], 0, "{}", unanswered.text);
    let all = world.ec.must_as("liaison-officer", &["recalls"]);
    assert_eq!(
        (all.lines[0]["state"].as_str(), &all.lines[0]["fetched"]),
        (Some("not-fetched"), &json!(false))
    );
    let auditor = world.ec.cli(&["recalls"]);
    assert_eq!(auditor.code, 0, "the console may read the list: {}", auditor.text);
}

#[test]
fn a_legal_hold_restricts_what_is_recalled_and_its_end_purges_and_tells() {
    let released = Released::new();
    let (world, twin) = (&released.world, released.twin.as_str());
    let us = &world.us;
    let place = ["legal-hold", "place", twin, "--ground", "evidence", "--reference", "Zzyzxcausa"];
    let refused = us.cli_as(Some("liaison-officer"), &place);
    assert_eq!(refused.code, 1, "a liaison officer may not: {}", refused.text);
    let hold = text(&us.must_as("approver", &place).summary()["id"]);
    assert_eq!(released.found(), 1, "a hold alone changes nothing");

    world.ec.must_as("liaison-officer", &["recall", &released.original]);
    released.sync();
    assert_eq!(released.found(), 0, "restricted: nobody finds it");
    for role in ["liaison-officer", "approver"] {
        for args in [&["get", twin][..], &["get", twin, "--versions"], &["note", "add", twin, "x"]]
        {
            let shown = us.cli_as(Some(role), args);
            let said = format!("{}{}", shown.text, shown.errors);
            assert_eq!(shown.code, 1, "{role} {args:?}: {said}");
            assert!(!said.contains(&released.canary), "{role} {args:?}: {said}");
        }
    }
    let shown = us.must_as("approver", &["legal-hold", "show", twin]);
    assert!(shown.text.contains(&released.canary), "who holds the right sees it: {}", shown.text);
    let refused = us.cli_as(Some("liaison-officer"), &["legal-hold", "show", twin]);
    assert_eq!((refused.code, refused.text.contains(&released.canary)), (1, false));
    let listed = us.must_as("approver", &["legal-hold", "list"]).lines[0].clone();
    assert_eq!((&listed["id"], &listed["because"]), (&json!(hold), &json!("recall")));

    let stated = released.recalls(false)[0]["stated"].clone();
    assert_eq!((&stated["outcome"], &stated["ground"]), (&json!("restricted"), &json!("evidence")));
    assert_eq!(covered(&stated, "content"), "restricted");
    assert!(released.recalls(true).is_empty(), "a restriction is an answer");

    us.must_as("approver", &["legal-hold", "lift", &hold]);
    let gone = us.cli_as(Some("approver"), &["legal-hold", "show", twin]);
    assert_eq!(gone.code, 1, "nothing is restricted any more: {}", gone.text);
    released.sync();
    let stated = released.recalls(false)[0]["stated"].clone();
    assert_eq!((&stated["outcome"], &stated["ground"]), (&json!("purged"), &json!("")), "{stated}");
    released.purged_for_good(&[&released.canary]);
    world.ec.stop();
    for (name, bytes) in world.ec.stored_bytes() {
        let told = bytes.windows(10).any(|w| w == b"Zzyzxcausa");
        assert!(!told, "{name}: EC reads the ground, never the reference");
    }
}

#[test]
fn at_the_end_of_its_retention_an_object_is_hidden_purged_and_its_originator_told() {
    let released = Released::new();
    let (world, twin) = (&released.world, released.twin.as_str());
    let until = ["review", "keep", twin, "--until", "2099-01-01", "--why", "still of use"];
    let refused = world.us.cli_as(Some("approver"), &until);
    assert_eq!(refused.code, 2, "nobody keeps it beyond the retention: {}", refused.text);
    assert!(refused.errors.contains("retention"), "{}", refused.errors);

    world.us.stop();
    days_pass(&world.us, "kept-until");
    world
        .us
        .database()
        .execute("UPDATE record SET due_us = 1 WHERE bucket = 'veil' AND key LIKE '%/expired'", [])
        .unwrap();
    assert_eq!(released.found(), 0, "hidden at once, before any round");
    for role in ["liaison-officer", "approver"] {
        assert_eq!(world.us.cli_as(Some(role), &["get", twin]).lines.len(), 0, "{role}");
    }
    days_pass(&world.ec, "retention");
    let waiting = released.recalls(true);
    assert_eq!(waiting.len(), 1, "EC lists who has not confirmed: {waiting:?}");
    assert_eq!((&waiting[0]["reason"], &waiting[0]["by"]), (&json!("retention"), &json!("node")));

    released.sync();
    assert!(released.recalls(true).is_empty(), "US has confirmed");
    let lines = released.recalls(false);
    assert_eq!((lines.len(), &lines[0]["stated"]["outcome"]), (1, &json!("purged")), "{lines:?}");
    let shown = world.us.cli_as(Some("liaison-officer"), &["get", twin]);
    assert_eq!(shown.lines[0]["state"], "recalled", "the text is gone: {}", shown.text);
    released.purged_for_good(&[&released.canary]);
}

#[test]
fn an_expiry_that_the_partner_notices_first_is_taken_and_under_a_legal_hold_it_says_restricted() {
    let released = Released::new();
    let (world, twin) = (&released.world, released.twin.as_str());
    let place = ["legal-hold", "place", twin, "--ground", "court-order", "--reference", "Auto 7"];
    let hold = text(&world.us.must_as("approver", &place).summary()["id"]);
    days_pass(&world.us, "kept-until");
    released.sync();
    let lines = released.recalls(false);
    assert_eq!(lines.len(), 1, "its clock was before ours: {lines:?}");
    let stated = &lines[0]["stated"];
    assert_eq!(
        (&stated["outcome"], &stated["ground"]),
        (&json!("restricted"), &json!("court-order"))
    );
    assert_eq!(released.found(), 0);
    world.us.must_as("approver", &["legal-hold", "lift", &hold]);
    released.sync();
    assert_eq!(released.recalls(false)[0]["stated"]["outcome"], "purged");
    // What was answered is not asked again when our own clock comes to it.
    days_pass(&world.ec, "retention");
    assert!(released.recalls(true).is_empty());
    released.purged_for_good(&[&released.canary]);
}

#[test]
fn a_correction_leaves_the_last_version_alone_here_and_there() {
    let released = Released::new();
    let (world, twin) = (&released.world, released.twin.as_str());
    let early =
        world.ec.cli_as(Some("liaison-officer"), &["recall", "--correct", &released.original]);
    assert_eq!(early.code, 1, "there is but one version: {}", early.text);
    let right = "[email-addr:value = 'zzyzxcorrecto@frutas.example']";
    world.amend(&released.original, "2026-02-01T00:00:00.000Z", json!({ "pattern": right }));
    world.release(&[&released.original]);
    released.sync();
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let versions = world.us.must_as("liaison-officer", &["get", twin, "--versions"]);
    assert!(versions.text.contains(&released.canary), "an update keeps what was before");

    let correct = ["recall", "--correct", &released.original];
    let line = world.ec.must_as("liaison-officer", &correct).lines[0].clone();
    assert_eq!((&line["versions"], &line["fetched"]), (&json!(1), &json!(true)), "{line}");
    let served = world.us_by_token().get(&world.at("objects/?match[version]=all"));
    let served = String::from_utf8_lossy(&served.body).into_owned();
    assert!(!served.contains(&released.canary) && served.contains("zzyzxcorrecto"), "{served}");
    assert_eq!(released.recalls(true)[0]["reason"], "correction");

    let synced = released.sync();
    assert_eq!(synced.lines[0]["rejected"], 0, "{}", synced.text);
    let waiting = world.us.must(&["inbox", "list"]);
    assert!(!waiting.text.contains("\"pending\""), "nothing to judge again: {}", waiting.text);
    assert!(released.recalls(true).is_empty(), "US has answered");
    let stated = released.recalls(false)[0]["stated"].clone();
    assert_eq!(covered(&stated, "old-versions"), "purged");
    let shown = world.us.must_as("liaison-officer", &["get", twin]);
    assert!(shown.text.contains("zzyzxcorrecto"), "the last version is held: {}", shown.text);
    // It is an object like any other afterwards: it changes, and can be recalled.
    world.ec.must_as("liaison-officer", &["recall", &released.original]);
    released.sync();
    assert!(released.recalls(true).is_empty());
    released.purged_for_good(&[&released.canary, "zzyzxcorrecto"]);
}

#[test]
fn a_correction_before_anybody_fetched_leaves_no_trace_of_the_earlier_version() {
    let world = World::new();
    let recall = scenario_json("expected.json")["recall"].clone();
    let (original, canary) = (text(&recall["object"]), text(&recall["canary"]));
    world.release(&[&original]);
    let right = "[email-addr:value = 'zzyzxcorrecto@frutas.example']";
    world.amend(&original, "2026-02-01T00:00:00.000Z", json!({ "pattern": right }));
    world.release(&[&original]);
    let line =
        world.ec.must_as("liaison-officer", &["recall", "--correct", &original]).lines[0].clone();
    assert_eq!(line["fetched"], false, "{line}");
    let served = world.us_by_token().get(&world.at("objects/?match[version]=all"));
    let twin = text(&line["twin"]);
    let all = served.objects();
    assert_eq!(all.iter().filter(|o| o["id"] == twin.as_str()).count(), 1, "one version");
    let lists = |o: &&Value| o["type"] == "release-record" && o.to_string().contains(&twin);
    let records: Vec<&Value> = all.iter().filter(lists).collect();
    assert_eq!(records.len(), 1, "one record, which tells of no correction: {records:?}");
    assert!(!records[0].to_string().contains("correct"), "{}", records[0]);
    assert!(!String::from_utf8_lossy(&served.body).contains(&canary));
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let unanswered = world.ec.must_as("liaison-officer", &["recalls"]);
    assert_eq!(unanswered.summary()["listed"], 0, "{}", unanswered.text);
    world.us.must(&["partner", "sync", "EC"]);
    let releases = world.ec.must_as("liaison-officer", &["release", "list"]);
    for release in releases.results().filter(|r| r["record"].is_string()) {
        assert!(release["receipt"].is_string(), "each record has its receipt: {release}");
    }
    let agreement = world.agreement.as_str();
    let dry = ["release", "--agreement", agreement, "--dry-run", &original];
    assert!(world.ec.must_as("liaison-officer", &dry).text.contains("zzyzxcorrecto"));
}
