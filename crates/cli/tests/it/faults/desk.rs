//! A node with one plain collection, and a tool that may read and write it.

use std::fs;
use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::Server;
use crate::support::{Answer, Client, Node, TAXII, alone};

pub struct Desk {
    _home: TempDir,
    pub node: Node,
    pub shelf: Shelf,
}

/// The collection, as the tool sees it.
#[derive(Clone)]
pub struct Shelf {
    pub pages: SocketAddr,
    pub tool: Client,
    /// Path of the collection's objects.
    pub objects: String,
}

impl Desk {
    /// The store lies in the node's folder.
    pub fn new() -> Self {
        let (home, node) = alone();
        Self::of(home, node)
    }

    /// The same in a folder that is there.
    pub fn of(home: TempDir, node: Node) -> Self {
        let role = ["--role", "tool", "--password", "a long enough password"];
        node.must(&[&["account", "create", "feeder"], &role[..]].concat());
        let made = node.must(&["collection", "create", "shelf"]);
        let id = made.lines[0]["id"].as_str().unwrap();
        let objects = format!("/taxii2/node/collections/{id}/objects/");
        node.must(&["collection", "grant", "shelf", "feeder", "--read", "--write"]);
        let made = node.must(&["account", "token", "feeder"]);
        let token = format!("Bearer {}", made.lines[0]["token"].as_str().unwrap());
        let pages = node.pages;
        let tool = Client::plain(pages).with("Authorization", &token);
        Self { _home: home, node, shelf: Shelf { pages, tool, objects } }
    }

    /// The store lies on a server.
    pub fn on(server: &Server) -> Self {
        let desk = Self::new();
        desk.node.must(&["migrate", "--to", &server.url]);
        desk.configure(&format!("[store]\nurl = \"{}\"\n", server.url));
        desk
    }

    /// Adds to the configuration.
    pub fn configure(&self, more: &str) {
        let path = self.node.dir.join("enlace.toml");
        let before = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{before}{more}")).unwrap();
    }
}

impl Shelf {
    /// The same collection at another process of the node.
    pub fn at(&self, pages: SocketAddr) -> Self {
        Self { pages, tool: self.tool.at(pages), objects: self.objects.clone() }
    }

    /// Sends an envelope.
    pub fn post(&self, envelope: &[u8]) -> io::Result<Answer> {
        let types = [("Accept", TAXII), ("Content-Type", TAXII)];
        self.tool.attempt("POST", &self.objects, &types, envelope)
    }

    /// Sends an envelope of one indicator, which has this number.
    pub fn post_one(&self, number: usize) -> io::Result<Answer> {
        self.post(format!("{{\"objects\":[{}]}}", indicator(9, number, 0)).as_bytes())
    }

    /// Request line and headers of a POST, with what is said of its body.
    pub fn head(&self, said: &[(&str, &str)]) -> String {
        let types = [("Accept", TAXII), ("Content-Type", TAXII)];
        self.tool.head("POST", &self.objects, &types, said)
    }

    /// The first page.
    pub fn page(&self) -> io::Result<Answer> {
        self.tool.attempt("GET", &self.objects, &[("Accept", TAXII)], b"")
    }
}

/// The text of an indicator that nobody else sends.
pub fn indicator(writer: usize, envelope: usize, place: usize) -> String {
    json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": format!("indicator--{writer:08x}-{place:04x}-4000-8000-{envelope:012x}"),
        "created": "2026-03-01T10:00:00.000Z",
        "modified": "2026-03-01T10:00:00.000Z",
        "name": format!("writer {writer}, envelope {envelope}, object {place}"),
        "pattern": "[ipv4-addr:value = '198.51.100.7']",
        "pattern_type": "stix",
        "valid_from": "2026-03-01T10:00:00Z",
    })
    .to_string()
}

/// The id of an object's text.
pub fn id_of(text: &str) -> String {
    let object: Value = serde_json::from_str(text).unwrap();
    object["id"].as_str().unwrap().to_owned()
}

/// Whether a POST was acknowledged as a whole.
pub fn is_acknowledged(answer: &Answer) -> bool {
    let status = answer.json();
    answer.status == 202 && status["status"] == "complete" && status["failure_count"] == 0
}

/// That an answer of a service that cannot serve now says so, and when to come again.
pub fn check_refusal(answer: &Answer) {
    let error = answer.json();
    let code = error["error_code"].as_str().unwrap_or_default();
    assert_eq!(answer.status, 503, "{}\n{error}", answer.head);
    assert_eq!(code, "taxii.unavailable", "{error}");
    assert!(error["title"].is_string() && error["description"].is_string(), "{error}");
    let again = answer.header("retry-after").and_then(|s| s.parse::<u32>().ok());
    assert!(again.is_some_and(|s| s > 0), "{}", answer.head);
}
