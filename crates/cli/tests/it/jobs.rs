//! A large file on the command line: killed in the middle, gone on with by another process.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::migrate::server;
use crate::support::{Node, alone};

/// Enough for a job of several steps.
const CROWD: usize = 9_000;

fn crowd() -> Vec<u8> {
    let words = "palabras inventadas ".repeat(40);
    let person = |n: usize| {
        json!({"type": "identity", "spec_version": "2.1",
            "id": format!("identity--5f2e0000-0000-4000-8000-{n:012}"),
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "name": format!("Persona {n}"), "identity_class": "individual",
            "description": format!("{words}{n}")})
    };
    let mut objects: Vec<Value> = (0..CROWD).map(person).collect();
    objects[4_321].as_object_mut().unwrap().remove("name");
    let id = "bundle--5f2e0000-0000-4000-8000-000000000000";
    let bytes = json!({"type": "bundle", "id": id, "objects": objects}).to_string().into_bytes();
    assert!(bytes.len() > 8 << 20, "{} bytes are no large file", bytes.len());
    bytes
}

fn only_job(node: &Node) -> Option<Value> {
    node.must(&["job", "list"]).results().next().cloned()
}

/// Kills an import after its first step, if it gets that far before it ends.
fn cut_off(node: &Node, file: &str) -> Value {
    let mut child = node.start(&["import", file]);
    let begun = Instant::now();
    let job = loop {
        if let Some(job) = only_job(node).filter(|job| job["done"].as_u64() > Some(0)) {
            break job;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no step in a minute");
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        std::thread::sleep(Duration::from_millis(20));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    job
}

fn a_killed_import_is_gone_on_with(node: &Node) {
    let file = node.dir.with_file_name("crowd.json");
    fs::write(&file, crowd()).unwrap();
    let file = file.to_str().unwrap();
    let killed = cut_off(node, file);
    let left = only_job(node).unwrap();
    assert_eq!((&left["id"], left["state"].as_str()), (&killed["id"], Some("running")));
    // The server that starts next takes it up.
    node.serve();
    let begun = Instant::now();
    let done = loop {
        let job = only_job(node).unwrap();
        if job["state"] == "done" {
            break job;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{job}\n{}", node.log());
        std::thread::sleep(Duration::from_millis(100));
    };
    node.stop();
    let counts = &done["counts"];
    assert_eq!((counts["new"].as_u64(), counts["rejected"].as_u64()), (Some(8_999), Some(1)));
    let shown = node.must(&["job", "show", done["id"].as_str().unwrap()]);
    assert_eq!(shown.results().count(), CROWD, "a line for each object, and none twice");
    let held = node.must(&["stats"]).lines[0]["by_type"]["identity"].as_u64();
    assert_eq!(held, Some(CROWD as u64 - 1 + 1), "and our own identity");
    node.must(&["fsck"]);
    node.must(&["ledger", "verify"]);
}

#[test]
fn a_killed_import_is_gone_on_with_in_a_folder() {
    let (_home, node) = alone();
    a_killed_import_is_gone_on_with(&node);
    // Again, in one go: the same lines, all known.
    let file = node.dir.with_file_name("crowd.json");
    let again = node.cli(&["import", file.to_str().unwrap()]);
    assert_eq!(again.code, 1, "one is rejected: {}", again.errors);
    assert_eq!(again.summary()["known"], 8_999);
    assert_eq!(again.results().count(), CROWD);
}

#[test]
fn a_killed_import_is_gone_on_with_on_a_server() {
    let (_home, node) = alone();
    let url = server();
    node.must(&["migrate", "--to", &url]);
    let config = node.dir.join("enlace.toml");
    let listen = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{listen}[store]\nurl = \"{url}\"\n")).unwrap();
    a_killed_import_is_gone_on_with(&node);
}

#[test]
fn an_import_is_stopped_from_elsewhere_and_says_so() {
    let (_home, node) = alone();
    let file = node.dir.with_file_name("crowd.json");
    fs::write(&file, crowd()).unwrap();
    let job = cut_off(&node, file.to_str().unwrap());
    let id = job["id"].as_str().unwrap();
    let stopped = node.must(&["job", "cancel", id]);
    assert_eq!(stopped.summary()["state"], "cancelled");
    let over = node.cli(&["job", "cancel", id]);
    assert!(over.code > 0 && over.errors.contains("cancelled"), "{}", over.errors);
    let held = node.must(&["stats"]).lines[0]["by_type"]["identity"].as_u64().unwrap();
    assert_eq!(held, stopped.summary()["counts"]["new"].as_u64().unwrap() + 1);
    assert!(node.cli(&["job", "show", "no-such"]).code > 0);
}
