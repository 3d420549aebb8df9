//! What a partner may fetch, given to a server of its own: the same pages, by the same exit.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::world::{World, text};
use crate::support::{Client, Node, PASSWORD, TAXII};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A TAXII server of US that is no node of a partner: TLS, a collection, and who may add to it.
struct Theirs {
    node: Node,
    url: String,
    shelf: String,
    token: String,
    pin: String,
}

fn theirs(world: &World) -> Theirs {
    let mut node = Node::init(world.home.path(), "tools", "Tools of ILC", "US");
    let port = node.pages.port();
    // Not on loopback: so the listener speaks TLS.
    node.pages = format!("0.0.0.0:{port}").parse().unwrap();
    node.configure();
    let made = node.must(&["collection", "create", "From EC"]);
    node.must(&["account", "create", "ec", "--role", "tool", "--password", PASSWORD]);
    node.must(&["collection", "grant", "From EC", "ec", "--read", "--write"]);
    let token = text(&node.must(&["account", "token", "ec"]).lines[0]["token"]);
    node.serve();
    let certificate = CertificateDer::from_pem_file(node.dir.join("keys/tls.crt")).unwrap();
    let pin = hex::encode(Sha256::digest(&certificate));
    let url = format!("https://127.0.0.1:{port}/taxii2/");
    Theirs { node, url, shelf: text(&made.lines[0]["id"]), token, pin }
}

impl Theirs {
    fn objects(&self) -> Vec<Value> {
        let address = format!("127.0.0.1:{}", self.node.pages.port()).parse().unwrap();
        let path = format!("/taxii2/node/collections/{}/objects/", self.shelf);
        let path = format!("{path}?match%5Bversion%5D=all");
        let client = Client::token(address, &self.token).with("Accept", TAXII);
        client.get(&path).objects()
    }
}

fn versions(objects: &[Value]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = objects
        .iter()
        .map(|o| (text(&o["id"]), o["modified"].as_str().unwrap_or_default().to_owned()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_partner_is_given_what_it_may_fetch_and_nothing_else_logged_and_taken_back() {
    let world = World::new();
    let theirs = theirs(&world);
    let file = world.home.path().join("token");
    fs::write(&file, &theirs.token).unwrap();
    let file = file.to_str().unwrap();
    let base = ["feed", "add", "to-us", "--url", &theirs.url, "--token-file", file, "--push"];
    let whom = ["--agreement", &world.agreement, "--partner", "US"];
    let unproved = world.ec.cli(&[&base[..], &whom].concat());
    assert_eq!(unproved.code, 2, "{}", unproved.errors);
    assert!(unproved.errors.contains("feed.unproved"), "{}", unproved.errors);
    let liaison = world
        .ec
        .cli_as(Some("liaison-officer"), &[&base[..], &whom, &["--pin", &theirs.pin]].concat());
    assert_eq!(liaison.code, 1, "{}", liaison.errors);
    // `serve` must not be faster than the test.
    world.ec.stop();
    world.ec.must(&[&base[..], &whom, &["--pin", &theirs.pin]].concat());
    let nothing = world.ec.must(&["feed", "run", "to-us"]);
    assert_eq!(nothing.lines[0]["new"], 0, "nothing is released: {}", nothing.text);
    assert!(theirs.objects().is_empty());

    world.ec.serve();
    world.release_report();
    world.ec.stop();
    let before = disclosures(&world);
    let run = world.ec.must(&["feed", "run", "to-us"]);
    let given = theirs.objects();
    assert!(!given.is_empty(), "{}", run.text);
    assert_eq!(run.lines[0]["new"].as_u64(), Some(given.len() as u64), "{}", run.text);
    assert!(disclosures(&world) > before, "logged as handed out");
    world.ec.serve();
    let fetched = world.us_by_token().get(&world.at("objects/?match%5Bversion%5D=all")).objects();
    assert_eq!(versions(&given), versions(&fetched), "what it would fetch, and nothing else");

    // Taken back: the next run gives the revoked version.
    let original = world.ec.must_as("approver", &["release", "list"]);
    assert!(original.code == 0);
    let report = crate::support::scenario_json("expected.json")["release"]["report"].clone();
    world.ec.must_as("liaison-officer", &["recall", report.as_str().unwrap()]);
    world.ec.stop();
    world.ec.must(&["feed", "run", "to-us"]);
    let revoked = theirs.objects().into_iter().filter(|o| o["revoked"] == json!(true)).count();
    assert_eq!(revoked, 1);
}

/// Entries of EC's log that say that something was handed out.
fn disclosures(world: &World) -> usize {
    let sql = "SELECT COUNT(*) FROM log_entry WHERE CAST(record AS TEXT) LIKE '%fetched%'";
    let db = world.ec.database();
    db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_or(0, |n| usize::try_from(n).unwrap())
}
