//! A node whose store goes to a PostgreSQL server and back: the same node, and what it learnt there.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Client, Node, alone};

const REMOTE: &str = "postgres://enlace@db.example/enlace";

struct Desk {
    home: TempDir,
    node: Node,
    listen: String,
}

impl Desk {
    fn new() -> Self {
        let (home, node) = alone();
        let listen = fs::read_to_string(node.dir.join("enlace.toml")).unwrap();
        Self { home, node, listen }
    }

    /// Where the store lies from now on; `None` = the node's folder.
    fn configure(&self, url: Option<&str>) {
        let store = url.map_or(String::new(), |url| format!("[store]\nurl = \"{url}\"\n"));
        fs::write(self.node.dir.join("enlace.toml"), format!("{}{store}", self.listen)).unwrap();
    }

    /// What the node tells of itself, and that nothing is at fault. Sizes differ between databases,
    /// and the ledger grows with what is done.
    fn seen(&self) -> (Vec<Value>, Vec<u8>) {
        let mut stats = self.stats();
        for name in ["bytes", "logs"] {
            stats.as_object_mut().unwrap().remove(name);
        }
        let mut seen = vec![stats];
        for word in ["calamares", "contenedor", "fusil"] {
            let mut found: Vec<Value> =
                self.node.must(&["search", word]).results().cloned().collect();
            // The databases rank by other numbers.
            found.sort_by_key(|hit| hit["id"].to_string());
            seen.extend(found);
        }
        assert!(seen.len() > 2, "{seen:?}");
        self.node.must(&["ledger", "verify"]);
        self.node.must(&["fsck"]);
        (seen, self.ledger())
    }

    /// The records of the ledger, entry after entry.
    fn ledger(&self) -> Vec<u8> {
        let folder = tempfile::tempdir_in(self.home.path()).unwrap();
        let export = folder.path().join("export");
        self.node.must(&["ledger", "export", export.to_str().unwrap()]);
        fs::read(export.join("node/records/000")).unwrap()
    }

    fn stats(&self) -> Value {
        self.node.must(&["stats"]).lines[0].clone()
    }

    fn migrate(&self, to: &str) -> Value {
        self.node.must(&["migrate", "--to", to]).summary().clone()
    }

    fn refused(&self, args: &[&str], why: &str) {
        let done = self.node.cli(args);
        assert!(done.code > 0 && done.errors.contains(why), "{}\n{}", done.text, done.errors);
    }
}

/// The same objects; in the ledger what was there, and the move behind it.
fn same_node((before, acts): &(Vec<Value>, Vec<u8>), (after, more): &(Vec<Value>, Vec<u8>)) {
    assert_eq!(before, after);
    let move_and_what_followed = more.strip_prefix(acts.as_slice()).unwrap();
    let text = String::from_utf8_lossy(move_and_what_followed);
    assert!(text.contains("store-moved"), "{text}");
}

/// The address of an empty store on the server that tests share.
pub fn server() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres.sh");
    let made = Command::new("bash").arg(script).arg("fresh").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_node_goes_to_a_server_works_there_and_comes_back() {
    let (desk, url) = (Desk::new(), server());
    desk.node.import("ec/case-calamares.json");
    desk.node.import("ec/press.html");
    let before = desk.seen();
    let carried = desk.migrate(&url);
    assert!(carried["rows"].as_u64() > Some(20), "{carried}");
    assert_eq!(carried["blobs"], 0, "both read the same folder of documents");

    // Nothing runs on the old place any more, nor is anything taken from it.
    desk.refused(&["stats"], "moved to another database");
    desk.refused(&["fsck", "--sweep"], "moved to another database");
    desk.configure(Some(&url));
    let there = desk.seen();
    same_node(&before, &there);
    desk.refused(&["migrate", "--to", &url], "another place");

    // Two processes on one server: who serves, and the console.
    desk.node.serve();
    let held = desk.stats()["object_versions"].as_u64();
    desk.node.import("us/case-biscayne.json");
    assert!(desk.stats()["object_versions"].as_u64() > held);
    let hello = Client::plain(desk.node.pages).get("/");
    assert!(hello.status < 500, "{}", hello.head);
    desk.node.must(&["fsck", "--sweep"]);
    desk.node.stop();

    let there = desk.seen();
    // A process that never ended on the old place keeps its write-ahead log there.
    let lingering = desk.node.database();
    lingering.query_row("SELECT count(*) FROM object", [], |_| Ok(())).unwrap();
    desk.refused(&["migrate", "--to", "sqlite"], "stop the one that still runs");
    drop(lingering);
    let carried = desk.migrate("sqlite");
    assert!(carried["rows"].as_u64() > Some(20), "{carried}");
    desk.refused(&["stats"], "moved to another database");
    desk.configure(None);
    same_node(&there, &desk.seen());
    // What was left there is kept under another name, and the server is no target again.
    assert!(desk.node.dir.join("enlace-moved.db").is_file());
    desk.refused(&["migrate", "--to", &url], "not empty");
    same_node(&there, &desk.seen());
}

#[test]
fn a_server_on_another_machine_is_refused_as_target_and_as_place() {
    let desk = Desk::new();
    for args in [["migrate", "--to", REMOTE], ["migrate", "--to", "postgres://nothing"]] {
        desk.refused(&args, "leaves this machine without TLS");
    }
    desk.refused(&["migrate", "--to", "mysql://localhost/enlace"], "postgres://USER@HOST/DATABASE");
    desk.node.must(&["stats"]);
    desk.configure(Some(REMOTE));
    desk.refused(&["stats"], "leaves this machine without TLS");
    assert!(desk.node.cli(&["serve"]).errors.contains("by `localhost`"));
    desk.configure(None);
    desk.node.must(&["fsck"]);
}
