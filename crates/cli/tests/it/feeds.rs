//! Feeds as people meet them: a node asks the plain collection of another agency's node.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Client, Done, Node, PASSWORD, TAXII};

const FIRST: &str = "indicator--1d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0001";
const SECOND: &str = "indicator--1d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0002";

/// A CERT that serves, and us.
struct Desk {
    home: TempDir,
    cert: Node,
    ec: Node,
    shelf: String,
    token: String,
}

pub fn indicator(id: &str, name: &str) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": id,
        "created": "2026-05-01T00:00:00.000Z", "modified": "2026-05-01T00:00:00.000Z",
        "name": name, "indicator_types": ["malicious-activity"],
        "pattern": "[domain-name:value = 'loader.example']", "pattern_type": "stix",
        "valid_from": "2026-05-01T00:00:00Z",
    })
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let cert = Node::init(home.path(), "cert", "Equipo de respuesta (CERT)", "EC");
        let ec = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
        let shelf = cert.must(&["collection", "create", "Loaders"]).lines[0]["id"].clone();
        cert.must(&["account", "create", "une", "--role", "tool", "--password", PASSWORD]);
        cert.must(&["collection", "grant", "Loaders", "une", "--read", "--write"]);
        let token = cert.must(&["account", "token", "une"]).lines[0]["token"].clone();
        cert.serve();
        let text = |value: Value| value.as_str().unwrap().to_owned();
        let desk = Self { home, cert, ec, shelf: text(shelf), token: text(token) };
        fs::write(desk.file("token"), format!("{}\n", desk.token)).unwrap();
        fs::write(desk.file("password"), PASSWORD).unwrap();
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn cert_adds(&self, objects: &[Value]) {
        let client = Client::plain(self.cert.pages);
        let client = client.with("Authorization", &format!("Bearer {}", self.token));
        let path = format!("/taxii2/node/collections/{}/objects/", self.shelf);
        let body = json!({ "objects": objects }).to_string();
        let headers = [("Accept", TAXII), ("Content-Type", TAXII)];
        let answer = client.send("POST", &path, &headers, body.as_bytes());
        assert_eq!(answer.json()["failure_count"], 0, "{}", answer.json());
    }

    fn add(&self, name: &str, with: &[&str]) -> Done {
        let url = format!("http://{}/taxii2/", self.cert.pages);
        let token = self.file("token");
        let all = ["feed", "add", name, "--url", &url, "--token-file", token.to_str().unwrap()];
        self.ec.cli(&[&all[..], with].concat())
    }

    fn list(&self) -> Vec<Value> {
        self.ec.must(&["feed", "list"]).results().cloned().collect()
    }

    /// The line of a feed, once it says so.
    fn until(&self, name: &str, state: &str) -> Value {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let line = self.list().into_iter().find(|line| line["name"] == name).unwrap();
            if line["state"] == state {
                return line;
            }
            assert!(Instant::now() < end, "not {state}: {line}\n{}", self.ec.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn a_feed_is_added_run_listed_paused_and_removed_and_what_it_brought_is_found() {
    let desk = Desk::new();
    desk.cert_adds(&[indicator(FIRST, "Zzyzxloader one")]);
    let added = desk.add("loaders", &["--collection", "Loaders", "--marking", "green"]);
    assert_eq!(added.code, 0, "{}", added.errors);
    let again = desk.add("loaders", &[]);
    assert_eq!((again.code, again.errors.contains("taken")), (1, true), "{}", again.errors);
    let run = desk.ec.must(&["feed", "run", "loaders"]);
    let line = json!({ "feed": "loaders", "new": 1, "known": 0, "conflict": 0, "rejected": 0,
        "pages": 1 });
    assert_eq!(run.lines[0], line);
    assert_eq!(run.summary()["failed"], 0);
    let found = desk.ec.must(&["search", "Zzyzxloader"]);
    assert_eq!(found.lines[0]["id"], FIRST);
    assert_eq!(found.lines[0]["originator"], "feed/loaders");
    let listed = desk.ec.must(&["feed", "list"]);
    let line = &listed.lines[0];
    assert_eq!((line["state"].as_str(), line["objects"].as_u64()), (Some("ok"), Some(1)));
    for property in ["name", "direction", "url", "collection", "last_good", "next_run"] {
        assert!(line[property].is_string(), "{property}: {line}");
    }
    assert!(line["last_error"].is_null() && !listed.text.contains(&desk.token), "{line}");
    desk.ec.must(&["feed", "pause", "loaders"]);
    assert_eq!(desk.ec.cli(&["feed", "run", "loaders"]).code, 1);
    assert_eq!(desk.list()[0]["state"], "paused");
    desk.ec.must(&["feed", "resume", "loaders"]);
    desk.ec.must(&["feed", "remove", "loaders"]);
    assert!(desk.list().is_empty());
    assert_eq!(desk.ec.must(&["search", "Zzyzxloader"]).lines[0]["id"], FIRST, "it stays");
    for (path, bytes) in desk.ec.stored_bytes() {
        let token = desk.token.as_bytes();
        assert!(!bytes.windows(token.len()).any(|part| part == token), "{path}");
    }
}

#[test]
fn serve_runs_what_is_due_and_one_that_fails_holds_up_no_other_and_says_why() {
    let desk = Desk::new();
    desk.cert_adds(&[indicator(FIRST, "Zzyzxloader one")]);
    desk.ec.serve();
    let url = format!("http://{}/taxii2/", desk.cert.pages);
    let password = desk.file("token");
    let basic = ["--user", "une", "--password-file", password.to_str().unwrap()];
    let wrong = ["feed", "add", "a-wrong", "--url", &url, "--user", "nobody", "--password-file"];
    desk.ec.must(&[&wrong[..], &[password.to_str().unwrap()]].concat());
    let right = ["feed", "add", "right", "--url", &url, "--every", "1"];
    desk.ec.must(&[&right[..], &basic].concat());
    assert_eq!(desk.until("right", "ok")["objects"], 1);
    let failing = desk.until("a-wrong", "failing");
    let fault = &failing["last_error"];
    assert_eq!(
        (fault["code"].as_str(), fault["failures"].as_u64()),
        (Some("taxii.client.status"), Some(1))
    );
    assert!(failing["next_run"].as_str() > fault["at"].as_str(), "{failing}");
    let run = desk.ec.cli(&["feed", "run", "a-wrong"]);
    assert_eq!(run.code, 1);
    assert!(run.errors.contains("401"), "{}", run.errors);
    assert_eq!(desk.until("a-wrong", "failing")["last_error"]["failures"], 2);
    // Killed and started again: what is due runs, and goes on behind what it had.
    desk.ec.kill();
    desk.cert_adds(&[indicator(SECOND, "Zzyzxloader two")]);
    let run = desk.ec.must(&["feed", "run", "right"]);
    assert_eq!((run.lines[0]["new"].as_u64(), run.lines[0]["known"].as_u64()), (Some(1), Some(0)));
}

#[test]
fn a_feed_does_not_take_the_place_of_the_exchange_with_a_partner() {
    let desk = Desk::new();
    let card = desk.file("cert.card");
    fs::write(&card, desk.cert.must(&["card"]).text).unwrap();
    desk.ec.must(&["partner", "add", card.to_str().unwrap()]);
    let url = format!("https://{}/taxii2/", desk.cert.partners);
    let refused = desk.ec.cli(&["feed", "add", "past", "--url", &url]);
    assert_eq!(refused.code, 2, "{}", refused.errors);
    assert!(refused.errors.contains("partner sync"), "{}", refused.errors);
    // What its node made is set aside, by whatever way it comes.
    let mut theirs = indicator(FIRST, "Zzyzxloader of a partner");
    theirs["created_by_ref"] = desk.cert.identity().into();
    desk.cert_adds(&[theirs, indicator(SECOND, "Zzyzxloader of nobody")]);
    assert_eq!(desk.add("loaders", &[]).code, 0);
    let run = desk.ec.must(&["feed", "run"]);
    assert_eq!((&run.lines[0]["new"], &run.lines[0]["rejected"]), (&json!(1), &json!(1)));
    let found = desk.ec.must(&["search", "Zzyzxloader"]);
    let ids: Vec<&Value> = found.results().map(|line| &line["id"]).collect();
    assert_eq!(ids, [SECOND]);
}

#[test]
fn secrets_come_from_files_and_wrong_usage_is_named() {
    let desk = Desk::new();
    for wrong in [
        &["--user", "une"][..],
        &["--cert", "c.pem"],
        &["--from-collection", "Loaders", "--account", "une"],
        &["--push", "--marking", "red"],
        &["--into-collection", "Loaders"],
        &["--agreement", "a"],
    ] {
        let url = ["feed", "add", "x", "--url", "https://h.example/taxii2/"];
        assert_eq!(desk.ec.cli(&[&url[..], wrong].concat()).code, 2, "{wrong:?}");
    }
    for url in ["http://198.51.100.7/taxii2/", "https://u:p@h.example/", "h.example"] {
        assert_eq!(desk.ec.cli(&["feed", "add", "x", "--url", url]).code, 2, "{url}");
    }
    assert!(desk.list().is_empty());
}
