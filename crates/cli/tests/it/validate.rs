//! `enlace validate` on hostile and on very large files: a clear word on each object, bounded memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::run;

const SOUND: &str = r#"{"type":"ipv4-addr","spec_version":"2.1","value":"198.51.100.3","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"}"#;

/// A sound object with one more member, as text.
fn with(member: &str) -> String {
    SOUND.replace(r#""spec_version":"2.1","#, &format!(r#""spec_version":"2.1",{member},"#))
}

/// Rules at MUST level by the place of their object in a list of hostile ones between sound ones.
fn findings(home: &Path, objects: &[Vec<u8>]) -> (Vec<(String, String)>, Value) {
    let path = home.join("hostile.json");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    out.write_all(
        br#"{"type":"bundle","id":"bundle--f431f809-377b-45e0-aa1c-6a4751cae5ff","objects":["#,
    )
    .unwrap();
    for object in objects {
        out.write_all(SOUND.as_bytes()).unwrap();
        out.write_all(b",\n").unwrap();
        out.write_all(object).unwrap();
        out.write_all(b",\n").unwrap();
    }
    out.write_all(SOUND.as_bytes()).unwrap();
    out.write_all(b"]}").unwrap();
    out.flush().unwrap();
    drop(out);
    let done = run(&["--json", "validate", path.to_str().unwrap()], &[]);
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let musts = done.results().filter(|l| l["level"] == "must");
    let found = musts.map(|l| (text(&l["rule"]), text(&l["id"]))).collect();
    (found, done.summary().clone())
}

#[test]
fn each_hostile_object_has_its_clear_word_and_the_stream_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let mut not_utf8 = with(r#""x_a1":"?""#).into_bytes();
    let at = not_utf8.iter().position(|b| *b == b'?').unwrap();
    not_utf8[at] = 0xff;
    let hostile = [
        with(&format!(r#""x_nested":{deep}"#)).into_bytes(),
        with(r#""x_number":1e400"#).into_bytes(),
        with(&format!(r#""x_number":{}"#, "9".repeat(10_000))).into_bytes(),
        with(r#""x_number":9007199254740992"#).into_bytes(),
        with(r#""x_twice":{"aaa":1,"aaa":1}"#).into_bytes(),
        not_utf8,
        with(&format!(r#""x_long":"{}""#, "a".repeat(100 << 20))).into_bytes(),
        with(r#""x_open":[1"#).into_bytes(),
        b"".to_vec(),
        b"null".to_vec(),
    ];
    let (found, counts) = findings(home.path(), &hostile);
    let id = "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4";
    let expected = [
        ("stix.object.too-deep", id),
        ("stix.object.not-json", id),
        ("stix.object.not-json", id),
        ("stix.integer.unsafe", id),
        ("stix.json.duplicate-member", id),
        ("stix.object.not-json", id),
        ("stix.object.too-large", id),
        // Its list is never closed: the id behind it cannot be told from what the list holds.
        ("stix.object.not-json", ""),
        ("stix.object.not-json", ""),
        ("stix.object.not-an-object", ""),
    ];
    let found: Vec<_> = found.iter().map(|(rule, id)| (rule.as_str(), id.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(counts["objects"], 2 * hostile.len() as u64 + 1, "none is passed over");
    assert_eq!(counts["valid"], hostile.len() as u64 + 1, "sound neighbours stay sound");
}

#[test]
fn a_file_that_cannot_be_read_does_not_stop_the_others() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let broken = write("broken.json", &format!("{{\"type\":\"bundle\",\"objects\":[{SOUND},\n"));
    let good = write("good.json", SOUND);
    let done = run(&["--json", "validate", &broken, &good], &[]);
    assert_eq!(done.code, 2, "a file that breaks off is an input error");
    assert!(done.errors.contains("line 2"), "{}", done.errors);
    assert_eq!(done.summary()["objects"], 2, "what came before the break counts");
}

/// Most memory that `enlace validate` held, in KiB, and its summary.
fn most_memory(path: &Path) -> (u64, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_enlace"))
        .args(["--json", "validate"])
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0 kB");
        most = most.max(line.trim().trim_end_matches(" kB").parse().unwrap_or(0));
        sleep(Duration::from_millis(20));
    }
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut text).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    (most, last["summary"].clone())
}

/// 40 MB, with `ENLACE_LONG` the 2 GB of the bar; sound objects, so that nothing is printed.
#[test]
fn a_large_file_is_validated_in_less_than_100_mib() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("large.json");
    let size: usize =
        if std::env::var_os("ENLACE_LONG").is_some() { 2_000_000_000 } else { 40_000_000 };
    let mut out = BufWriter::new(File::create(&path).unwrap());
    let (mut written, mut count) = (0, 0_u64);
    out.write_all(b"[").unwrap();
    let text = json!({"type": "note", "spec_version": "2.1",
        "id": "note--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z",
        "content": "Invented words. ".repeat(200),
        "object_refs": ["ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"]})
    .to_string();
    while written < size {
        let mark: &[u8] = if count == 0 { b"\n" } else { b",\n" };
        out.write_all(mark).unwrap();
        out.write_all(text.as_bytes()).unwrap();
        written += text.len() + mark.len();
        count += 1;
    }
    out.write_all(b"]\n").unwrap();
    out.flush().unwrap();
    let (most, summary) = most_memory(&path);
    assert_eq!(summary["valid"], count);
    assert!(most > 0 && most < 100 << 10, "{most} KiB");
}

#[test]
fn stix_1_is_named_and_stix_2_0_is_told_how_to_go_on() {
    let home = tempfile::tempdir().unwrap();
    let check = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        run(&["--json", "validate", path.to_str().unwrap()], &[])
    };
    let xml = check("one.xml", r#"<stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1"/>"#);
    assert_eq!(xml.code, 2);
    let named = xml.errors.contains("STIX 1.x package in XML") && xml.errors.contains("elevator");
    assert!(named, "{}", xml.errors);
    let package = r#"{"id":"example:Package-1","version":"1.2","stix_header":{"title":"x"}}"#;
    let json = check("one.json", package);
    assert_eq!(json.code, 2);
    assert!(json.errors.contains("STIX 1.x package in JSON"), "{}", json.errors);
    let old = check(
        "two.json",
        r#"{"type":"bundle","id":"bundle--f431f809-377b-45e0-aa1c-6a4751cae5ff","spec_version":"2.0",
        "objects":[{"type":"tool","id":"tool--f431f809-377b-45e0-aa1c-6a4751cae5ff","name":"t",
        "labels":["exploitation"],"created":"2018-01-01T00:00:00.000Z",
        "modified":"2018-01-01T00:00:00.000Z"}]}"#,
    );
    assert_eq!(old.code, 1);
    assert!(old.errors.contains("`enlace import` upgrades them"), "{}", old.errors);
}

#[test]
fn advice_is_given_only_where_it_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tool.json");
    let tool = json!({"type": "tool", "spec_version": "2.1", "name": "t",
        "id": "tool--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "created": "2026-03-01T10:00:00.000Z", "modified": "2026-03-01T10:00:00.000Z"});
    fs::write(&path, tool.to_string()).unwrap();
    let path = path.to_str().unwrap();
    let count = |args: &[&str]| {
        run(&[&["--json", "validate", path], args].concat(), &[]).summary()["should"].clone()
    };
    assert_eq!((count(&[]), count(&["--advice"])), (json!(0), json!(1)));
}
