//! No text names who stays, whichever way the text leaves: by a pick, as an update, by a standing
//! rule.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::world::{World, in_collection, text};
use crate::support::{Client, scenario, scenario_json};

const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const REPORT: &str = "report--3b1c64c8-5a1e-4a53-9f0a-6d20a1c9b001";
/// A victim of the case, who stays.
const VICTIM: &str = "identity--c1e0b8d1-3d2f-451d-b297-a216fd7594ce";
const NAMES_HER: &str = "La señora Orrala Villao entregó las fechas.";
const NAMES_NOBODY: &str = "Se conocen las fechas del canje.";

fn tear_line(said: &str) -> Value {
    let definition = enlace_stix::types::definition_id("tear-line");
    json!({ definition: { "extension_type": "property-extension", "title": "Informe",
        "text": said, "lang": "es", "written_by": "UNE" } })
}

/// A report of EC that refers to these objects, with this text for partners.
fn report(refs: &[&str], said: &str, modified: &str) -> Value {
    json!({"type": "report", "spec_version": "2.1", "id": REPORT,
        "created": "2026-01-10T09:00:00.000Z", "modified": modified, "name": "Informe 0500",
        "report_types": ["threat-report"], "published": "2026-01-10T09:00:00Z",
        "object_refs": refs, "object_marking_refs": [GREEN], "extensions": tear_line(said)})
}

fn import(world: &World, objects: &[Value]) {
    let file = world.home.path().join("naming.json");
    fs::write(&file, Value::from(objects).to_string()).unwrap();
    let done = world.ec.must(&["import", file.to_str().unwrap()]);
    assert_eq!(done.summary()["new"], objects.len(), "{}", done.text);
}

/// The terms of EC and US, changed.
fn terms(world: &World, changes: &[(&str, &str)]) -> PathBuf {
    let mut terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    for (from, to) in changes {
        assert!(terms.contains(from), "{from}");
        terms = terms.replacen(from, to, 1);
    }
    let file = world.home.path().join("naming.toml");
    fs::write(&file, terms).unwrap();
    file
}

/// Releases one object under an agreement that approves by itself.
fn released(world: &World, agreement: &str, id: &str) {
    let ask = ["release", "--agreement", agreement, "--purpose", "firearms-tracing", id];
    let drafted = text(&world.ec.must_as("liaison-officer", &ask).summary()["id"]);
    world.ec.must_as("liaison-officer", &["release", "send", &drafted]);
}

/// What US gets of reports: their texts.
fn texts(client: &Client, collection: &str) -> Vec<String> {
    let all = client.get(&in_collection(collection, "objects/?match[type]=report"));
    let said = |object: &Value| object["description"].as_str().unwrap_or_default().to_owned();
    all.objects().iter().map(said).collect()
}

#[test]
fn an_update_that_names_who_stays_leaves_without_its_text() {
    let world = World::new();
    let gang = scenario_json("expected.json")["release"]["objects"][0]["object"].clone();
    let refs = [gang.as_str().unwrap(), VICTIM];
    import(&world, &[report(&refs, NAMES_NOBODY, "2026-01-10T09:00:00.000Z")]);
    world.release(&[REPORT]);
    assert_eq!(texts(&world.us_by_token(), &world.collection), [NAMES_NOBODY]);

    // The update is planned without what the report refers to: her name is known all the same.
    import(&world, &[report(&refs, NAMES_HER, "2026-01-11T09:00:00.000Z")]);
    let run = world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let waits = run.lines.iter().find(|line| line["object"] == REPORT).expect("for a person");
    assert_eq!(waits["state"], "may-not-leave", "{}", run.text);
    let clauses = waits["clauses"].as_array().unwrap();
    assert!(clauses.contains(&json!("default.tear-line")), "a report needs its title: {waits}");
    assert_eq!(texts(&world.us_by_token(), &world.collection), [NAMES_NOBODY]);

    // What names nobody goes on.
    import(&world, &[report(&refs, "Otras fechas.", "2026-01-12T09:00:00.000Z")]);
    let run = world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let waits = run.lines.iter().find(|line| line["object"] == REPORT).expect("for a person");
    assert_eq!(waits["state"], "drafted", "{}", run.text);
}

#[test]
fn a_standing_rule_sends_no_text_that_names_who_the_report_is_about() {
    let world = World::new();
    let rule = "[[standing]]\nclause = \"5.5\"\nname = \"reports\"\ntype = \"report\"\n\
                where = { report_types = [\"threat-report\"] }\npurpose = \"firearms-tracing\"\n\n\
                [acceptance]";
    let automatic = ("rule = \"one-officer\"", "rule = \"automatic\"");
    let changes = [("[acceptance]", rule), automatic];
    let agreement = world.sign_with(&world.us, "US", &terms(&world, &changes));
    let gang = scenario_json("expected.json")["release"]["objects"][0]["object"].clone();
    let refs = [gang.as_str().unwrap(), VICTIM];
    released(&world, &agreement, refs[0]);
    import(&world, &[report(&refs, NAMES_HER, "2026-01-10T09:00:00.000Z")]);
    world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let token = world.new_token();
    let client = Client::token(world.ec.partners, &token);
    let listed = client.get("/taxii2/node/collections/").json()["collections"].clone();
    let collection = text(&listed[0]["id"]);
    assert_eq!(texts(&client, &collection), Vec::<String>::new(), "her name is in it");
    import(&world, &[report(&refs, NAMES_NOBODY, "2026-01-11T09:00:00.000Z")]);
    world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    assert_eq!(texts(&client, &collection), [NAMES_NOBODY]);
}

#[test]
fn a_text_names_nobody_who_is_related_to_what_leaves() {
    let world = World::new();
    let gang = scenario_json("expected.json")["release"]["objects"][0]["object"].clone();
    let gang = gang.as_str().unwrap();
    // The report does not refer to her; that she is related to the gang is held.
    let related = json!({"type": "relationship", "spec_version": "2.1",
        "id": "relationship--3b1c64c8-5a1e-4a53-9f0a-6d20a1c9b002",
        "created": "2026-01-10T09:00:00.000Z", "modified": "2026-01-10T09:00:00.000Z",
        "relationship_type": "related-to", "source_ref": VICTIM, "target_ref": gang,
        "object_marking_refs": [GREEN]});
    import(&world, &[related, report(&[gang], NAMES_HER, "2026-01-10T09:00:00.000Z")]);
    let ask = ["release", "--dry-run", "--agreement", &world.agreement];
    let ask = [&ask[..], &["--purpose", "firearms-tracing", REPORT]].concat();
    let dry = world.ec.must_as("liaison-officer", &ask);
    let line = dry.results().find(|l| l["path"] == "" && l["object"] == REPORT).unwrap();
    assert_eq!(line["verdict"], "withheld", "{line}");
    assert!(text(&line["reason"]).contains("tear-line-names-unknown"), "{line}");
}

#[test]
fn who_judges_a_selection_reads_what_the_rule_read_and_does_not_leave() {
    let world = World::new();
    let rule = "[[standing]]\nclause = \"5.5\"\nname = \"certain\"\ntype = \"report\"\n\
                where = { lang = [\"es\"] }\npurpose = \"firearms-tracing\"\n\n[acceptance]";
    let automatic = ("rule = \"one-officer\"", "rule = \"automatic\"");
    let terms = terms(&world, &[("[acceptance]", rule), automatic]);
    let agreement = world.sign_with(&world.us, "US", &terms);
    let gang = scenario_json("expected.json")["release"]["objects"][0]["object"].clone();
    released(&world, &agreement, gang.as_str().unwrap());
    let mut selected = report(&[gang.as_str().unwrap()], NAMES_NOBODY, "2026-01-10T09:00:00.000Z");
    selected["lang"] = json!("es");
    import(&world, &[selected]);
    let run = world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let waits = run.lines.iter().find(|line| line["object"] == REPORT).expect("for a person");
    assert_eq!((&waits["state"], &waits["rule"]), (&json!("drafted"), &json!("certain")));
    assert_eq!(waits["reads"], json!(["lang"]), "{}", run.text);
}
