//! STIX 2.0 is upgraded with a report, STIX 1.x refused with one message.

use enlace_import::import;

use crate::{read, shown, source};

const INDICATOR: &str = r#"{"type": "indicator",
  "id": "indicator--c1b7b2a4-6d1e-4f0a-9a53-0e6f5a2d7b11", "created": "2018-01-01T00:00:00.000Z",
  "modified": "2018-01-01T00:00:00.000Z", "labels": ["malicious-activity"],
  "pattern": "[ipv4-addr:value = '198.51.100.3']", "valid_from": "2018-01-01T00:00:00Z"}"#;

const OBSERVED: &str = r#"{"type": "observed-data",
  "id": "observed-data--5f1b7b2a-6d1e-4f0a-9a53-0e6f5a2d7b12",
  "created": "2018-01-01T00:00:00.000Z", "modified": "2018-01-01T00:00:00.000Z",
  "first_observed": "2018-01-01T00:00:00Z", "last_observed": "2018-01-01T00:00:00Z",
  "number_observed": 1,
  "object_marking_refs": ["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],
  "objects": {"0": {"type": "ipv4-addr", "value": "198.51.100.3"},
    "1": {"type": "file", "name": "a.exe", "is_encrypted": false}}}"#;

fn bundle(objects: &[&str]) -> String {
    let id = "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d";
    format!(
        "{{\"type\":\"bundle\",\"id\":\"{id}\",\"spec_version\":\"2.0\",\"objects\":[\n{}\n]}}",
        objects.join(",\n")
    )
}

#[test]
fn a_2_0_bundle_is_upgraded_with_a_report() {
    let text = bundle(&[INDICATOR, OBSERVED]);
    insta::assert_snapshot!(shown(&read("dir/a.json", text.as_bytes())));
}

#[test]
fn every_form_of_a_file_is_upgraded() {
    let lines = format!("{}\n{}\n", INDICATOR.replace('\n', ""), OBSERVED.replace('\n', ""));
    for text in
        [format!("[{INDICATOR},{OBSERVED}]"), lines, format!("{{\"objects\":[{INDICATOR}]}}")]
    {
        let outcome = read("a.json", text.as_bytes());
        assert!(outcome.rejected.is_empty());
        assert_eq!(outcome.objects[0].object.text("spec_version"), Some("2.1"));
        assert_eq!(outcome.blobs[0].bytes, text.as_bytes());
    }
    assert_eq!(read("a.json", INDICATOR.as_bytes()).objects.len(), 1);
}

#[test]
fn the_same_file_gives_the_same_objects() {
    let text = bundle(&[INDICATOR, OBSERVED]);
    let (a, b) = (read("a.json", text.as_bytes()), read("b.json", text.as_bytes()));
    let raw = |outcome: &enlace_import::Outcome| -> Vec<String> {
        outcome.objects.iter().map(|o| o.object.raw().to_owned()).collect()
    };
    assert_eq!(raw(&a), raw(&b));
}

#[test]
fn an_object_of_2_1_in_the_same_file_keeps_its_text() {
    let new = INDICATOR
        .replace("\"labels\"", "\"spec_version\": \"2.1\", \"labels\"")
        .replace("\"pattern\":", "\"pattern_type\": \"stix\", \"pattern\":");
    let outcome = read("a.json", bundle(&[&new, OBSERVED]).as_bytes());
    assert_eq!(outcome.objects[0].object.raw(), new);
    assert!(outcome.objects[0].changes.is_empty());
    assert!(read("a.json", bundle(&[&new]).as_bytes()).blobs.is_empty());
}

#[test]
fn observed_data_and_what_it_contains_are_refused_together() {
    let faulty = OBSERVED.replace("\"198.51.100.3\"", "7");
    let outcome = read("a.json", bundle(&[INDICATOR, &faulty]).as_bytes());
    assert_eq!(outcome.objects.len(), 1);
    let rejected = &outcome.rejected[0];
    assert_eq!((rejected.path.as_str(), rejected.raw.as_str()), ("objects.0.value", &*faulty));
    assert_eq!(rejected.rule, "stix.value.kind");
}

#[test]
fn stix_1_is_refused_with_what_to_do() {
    let xml =
        "<?xml version=\"1.0\"?><stix:STIX_Package xmlns:stix=\"http://stix.mitre.org/stix-1\"/>";
    let wide: Vec<u8> =
        format!("\u{feff}{xml}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let json = r#"{"stix_header": {"title": "Marea"}, "version": "1.2",
        "id": "example:Package-8b8ed1c1-f01d-4393-ac65-97017ed15876"}"#;
    for (bytes, what) in [
        (xml.as_bytes(), "this is a STIX 1.x package in XML: STIX 1.x is not read"),
        (&wide, "this is a STIX 1.x package in XML: STIX 1.x is not read"),
        (json.as_bytes(), "this is a STIX 1.x package in JSON: STIX 1.x is not read"),
    ] {
        let error = import(&source("a.xml", bytes)).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("import.stix.version-1", what));
        assert!(error.expected().contains("stix2-elevator"));
    }
    let outcome = read("a.json", format!("[{json},{INDICATOR}]").as_bytes());
    assert_eq!((outcome.objects.len(), &*outcome.rejected[0].rule), (1, "import.stix.version-1"));
}
