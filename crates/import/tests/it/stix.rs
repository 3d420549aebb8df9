use enlace_import::{Format, Marking, import};
use enlace_stix::version::{self, Arrival};

use crate::{read, source};

const IDENTITY: &str = r#"{"type": "identity", "spec_version": "2.1",
  "id": "identity--c1b7b2a4-6d1e-4f0a-9a53-0e6f5a2d7b11", "created": "2026-01-01T00:00:00.000Z",
  "modified": "2026-01-01T00:00:00.000Z", "name": "Puerto Marítimo", "x_raw": 1.50}"#;

fn bundle(objects: &[&str]) -> String {
    let id = "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d";
    format!("{{\"type\":\"bundle\",\"id\":\"{id}\",\"objects\":[\n{}\n]}}", objects.join(",\n"))
}

#[test]
fn objects_keep_the_text_they_arrived_with() {
    for text in [bundle(&[IDENTITY]), format!("[{IDENTITY}]"), IDENTITY.to_owned()] {
        let outcome = read("a.json", text.as_bytes());
        assert_eq!(outcome.format, Format::Stix);
        assert_eq!(outcome.objects[0].object.raw(), IDENTITY);
    }
}

#[test]
fn a_broken_object_stops_only_itself_and_is_located() {
    let text = bundle(&["{\"type\":\"identity\"}", "null", "\"x\"", IDENTITY]);
    let outcome = read("a.json", text.as_bytes());
    assert_eq!(outcome.objects.len(), 1);
    assert_eq!(outcome.objects[0].position, "object 4, line 5");
    let rules: Vec<_> = outcome.rejected.iter().map(|r| r.rule.as_str()).collect();
    assert_eq!(
        rules,
        ["stix.property.missing", "stix.object.not-an-object", "stix.object.not-an-object"]
    );
    let places: Vec<_> = outcome.rejected.iter().map(|r| r.position.as_str()).collect();
    assert_eq!(places, ["object 1, line 2", "object 2, line 3", "object 3, line 4"]);
    assert_eq!(outcome.rejected[0].raw, "{\"type\":\"identity\"}");
}

#[test]
fn the_id_of_a_rejected_object_is_named_as_far_as_it_can_be_read() {
    let text = bundle(&[r#"{"type":"malware","id":"identity--x"}"#]);
    let outcome = read("a.json", text.as_bytes());
    assert_eq!(outcome.rejected[0].object_id.as_deref(), Some("identity--x"));
}

#[test]
fn what_a_version_means_beside_others_is_for_the_holder_to_say() {
    let respelt = IDENTITY.replace("00.000Z", "00.0000Z").replace("1.50", "1.5");
    let other = IDENTITY.replace("Puerto", "Muelle");
    let outcome = read("a.json", bundle(&[IDENTITY, &respelt, &other]).as_bytes());
    assert_eq!((outcome.objects.len(), outcome.rejected.len()), (3, 0));
    let [first, respelt, other] = [0, 1, 2].map(|i| &outcome.objects[i].object);
    assert_eq!(version::compare(first, respelt), Arrival::Same);
    assert_eq!(version::compare(first, other), Arrival::Conflict);
    assert_eq!(outcome.objects[2].position, "object 3, line 8");
}

#[test]
fn a_later_version_in_the_same_file_is_no_conflict() {
    let later = IDENTITY.replace("\"modified\": \"2026-01-01", "\"modified\": \"2026-01-02");
    let outcome = read("a.json", bundle(&[IDENTITY, &later]).as_bytes());
    assert_eq!((outcome.objects.len(), outcome.rejected.len()), (2, 0));
}

#[test]
fn a_marking_option_changes_no_stix_object_and_says_so() {
    let marking = Marking::parse("amber").unwrap();
    let text = bundle(&[IDENTITY]);
    let mut source = source("a.json", text.as_bytes());
    source.marking = Some(marking);
    let outcome = import(&source).unwrap();
    assert_eq!(outcome.objects[0].object.raw(), IDENTITY);
    assert_eq!(outcome.notes[0].rule, "import.marking.not-applicable");
}

#[test]
fn members_without_a_marking_inherit_that_of_their_container() {
    let amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
    let report = format!(
        r#"{{"type":"report","spec_version":"2.1",
        "id":"report--a2b7b2a4-6d1e-4f0a-9a53-0e6f5a2d7b11","name":"r",
        "created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",
        "published":"2026-01-01T00:00:00Z","object_marking_refs":["{amber}"],
        "object_refs":["identity--c1b7b2a4-6d1e-4f0a-9a53-0e6f5a2d7b11"]}}"#
    );
    let outcome = read("a.json", bundle(&[&report, IDENTITY]).as_bytes());
    assert_eq!(outcome.inherited.len(), 1);
    assert_eq!(outcome.inherited[0].member, *outcome.objects[1].object.id());
    assert_eq!(outcome.inherited[0].markings, [amber]);
}

#[test]
fn what_is_no_utf8_or_no_json_is_refused_as_a_whole_with_the_place() {
    let error = import(&source("a.json", b"{\"type\":\"\xff\"}")).unwrap_err();
    assert_eq!(error.code(), "import.encoding.not-utf8");
    let error = import(&source("a.json", b"{\"objects\": [}")).unwrap_err();
    assert_eq!(error.code(), "import.json.unreadable");
    assert!(error.to_string().contains("line 1, column 14"), "{error}");
}
