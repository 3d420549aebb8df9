use enlace_import::{Format, Limits, import};
use enlace_stix::{types, validate};

use crate::{read, shown, source};

const PAGE: &str = "<!DOCTYPE html>\n<html lang=\"es\"><head><meta charset=\"utf-8\">\
<title>Caen tres por el alijo de la Pe&ntilde;a</title></head><body><p>…</p></body></html>\n";

#[test]
fn a_page_becomes_an_artifact_a_report_and_a_blob() {
    let outcome = read("prensa/nota.html", PAGE.as_bytes());
    insta::assert_snapshot!(shown(&outcome));
    assert_eq!(outcome.blobs[0].bytes, PAGE.as_bytes());
    for held in &outcome.objects {
        // A press report is none of the reports on threats that the vocabulary of §10.22 knows.
        let found = validate::object(&held.object);
        assert!(found.iter().all(|f| f.found == "press-report"), "{found:?}");
        assert!(held.object.extension(&types::definition_id("provenance")).is_some());
    }
    let artifact = &outcome.objects[0].object;
    assert_eq!(artifact.expected_sco_id().as_ref(), Some(artifact.id()));
}

#[test]
fn a_long_page_is_named_by_its_hash() {
    let mut long = source("nota.html", PAGE.as_bytes());
    long.limits = Limits { inline_bytes: 10, ..Limits::default() };
    let outcome = import(&long).unwrap();
    let artifact = &outcome.objects[0].object;
    let url = format!("urn:sha256:{}", outcome.sha256);
    assert_eq!(artifact.text("url"), Some(url.as_str()));
    assert!(artifact.get("payload_bin").is_none());
    assert_eq!(outcome.blobs[0].sha256, outcome.sha256);
}

#[test]
fn the_title_is_read_in_the_charset_of_the_page() {
    let latin = b"<html><meta charset=iso-8859-1><title>Pe\xf1a</title>";
    assert_eq!(read("a.html", latin).objects[1].object.text("name"), Some("Peña"));
    let undeclared = read("a.html", b"<html><title>Pe\xf1a</title>");
    assert_eq!(undeclared.objects[1].object.text("name"), Some("Peña"));
    assert_eq!(undeclared.notes[0].rule, "import.encoding.assumed");
    let other = read("a.html", b"<html><meta charset=koi8-r><title>x</title>");
    assert_eq!(other.notes[0].rule, "import.encoding.unknown");
}

#[test]
fn a_page_without_a_title_is_named_by_its_file() {
    let outcome = read("a/nota.html", b"<html><body>x</body></html>");
    assert_eq!(outcome.objects[1].object.text("name"), Some("nota.html"));
    assert_eq!(outcome.format, Format::HtmlReport);
}

#[test]
fn the_same_page_gives_the_same_bytes() {
    let raws = || read("a.html", PAGE.as_bytes()).objects.map_raws();
    assert_eq!(raws(), raws());
}

trait Raws {
    fn map_raws(&self) -> Vec<String>;
}

impl Raws for Vec<enlace_import::Imported> {
    fn map_raws(&self) -> Vec<String> {
        self.iter().map(|i| i.object.raw().to_owned()).collect()
    }
}
