//! Two processes of one node on one PostgreSQL server.

pub mod pause;
mod pollers;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::migrate::server;
use crate::support::{Client, Node, TAXII, scenario};

/// EC, served by two processes on one server, and US.
struct Desk {
    home: TempDir,
    ec: [Node; 2],
    us: Node,
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let first = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
        let us = Node::init(home.path(), "us", "Interagency Liaison Cell (ILC)", "US");
        for (node, other) in [(&first, &us), (&us, &first)] {
            let card = home.path().join(format!("{}.card.json", other.key));
            fs::write(&card, other.must(&["card"]).text).unwrap();
            node.must(&["partner", "add", card.to_str().unwrap()]);
        }
        // Makes the accounts while the store lies in the folder: both processes know them.
        first.must_as("liaison-officer", &["stats"]);
        let url = server();
        first.must(&["migrate", "--to", &url]);
        let second = first.double("ec-second");
        let blobs = first.dir.join("blobs");
        for node in [&first, &second] {
            let path = node.dir.join("enlace.toml");
            let listen = fs::read_to_string(&path).unwrap();
            let store = format!("[store]\nurl = \"{url}\"\nblobs = \"{}\"\n", blobs.display());
            fs::write(&path, format!("{listen}{store}")).unwrap();
        }
        Self { home, ec: [first, second], us }
    }

    /// EC signs an agreement at the console of one of its machines, which delivers nothing.
    fn signs(&self, at: usize, title: &str) -> String {
        let (terms, draft) =
            (self.home.path().join("terms.toml"), self.home.path().join("draft.toml"));
        let model = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
        let title = format!("title = \"{title}\"");
        let titled: Vec<&str> = model
            .lines()
            .map(|line| if line.starts_with("title = ") { title.as_str() } else { line })
            .collect();
        fs::write(&terms, titled.join("\n")).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let (terms, draft) = (text(&terms), text(&draft));
        let new = ["agreement", "new", "--with", "US", "--terms", &terms, "--out", &draft];
        self.ec[at].must_as("liaison-officer", &new);
        let signed = self.ec[at].must_as("approver", &["agreement", "sign", &draft]);
        fs::remove_file(draft).unwrap();
        signed.summary()["id"].as_str().unwrap().to_owned()
    }

    /// Whether the node's log has an act of this name.
    fn logged(&self, act: &str) -> bool {
        let folder = tempfile::tempdir_in(self.home.path()).unwrap();
        let export = folder.path().join("export");
        self.ec[0].must(&["ledger", "export", export.to_str().unwrap()]);
        let records = fs::read(export.join("node/records/000")).unwrap();
        String::from_utf8_lossy(&records).contains(act)
    }

    /// Waits until US has it, which a process of EC must have sent.
    fn arrives(&self, agreement: &str) {
        let since = Instant::now();
        while self.us.cli(&["agreement", "show", agreement]).code != 0 {
            let logs = self.ec.each_ref().map(Node::log);
            assert!(since.elapsed() < Duration::from_secs(60), "nobody delivers: {logs:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// What a process remembers by itself is its own to log, whoever does the rounds of the node.
#[test]
fn what_a_tool_reads_is_logged_by_the_process_that_it_asked() {
    let desk = Desk::new();
    let node = &desk.ec[0];
    let role = ["--role", "tool", "--password", "a long enough password"];
    node.must(&[&["account", "create", "feeder"], &role[..]].concat());
    node.must(&["collection", "create", "shelf"]);
    node.must(&["collection", "grant", "shelf", "feeder", "--read", "--write"]);
    let made = node.must(&["account", "token", "feeder"]);
    let token = made.lines[0]["token"].as_str().unwrap();
    desk.ec.iter().for_each(Node::serve);
    let tool = Client::plain(desk.ec[1].pages).with("Authorization", &format!("Bearer {token}"));
    let listed = tool.get("/taxii2/node/collections/").json();
    let id = listed["collections"][0]["id"].as_str().unwrap();
    let objects = format!("/taxii2/node/collections/{id}/objects/");
    let envelope = br#"{"objects":[{"type":"ipv4-addr","value":"198.51.100.3",
        "id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"}]}"#;
    let types = [("Accept", TAXII), ("Content-Type", TAXII)];
    assert_eq!(tool.send("POST", &objects, &types, envelope).status, 202);
    assert_eq!(tool.get(&objects).objects().len(), 1);
    let since = Instant::now();
    while !desk.logged("plain-read") {
        assert!(since.elapsed() < Duration::from_secs(60), "nobody says what the tool read");
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn two_processes_serve_one_node_and_when_one_dies_the_other_does_its_rounds() {
    let desk = Desk::new();
    desk.us.serve();
    desk.ec.iter().for_each(Node::serve);
    for process in &desk.ec {
        assert!(Client::plain(process.pages).get("/").status < 500);
        let known = Client::node(process.partners, &desk.us).get("/taxii2/");
        assert_eq!(known.status, 200, "{}: {}", process.key, known.head);
    }
    desk.arrives(&desk.signs(1, "Made on the second machine"));
    desk.ec[0].kill();
    desk.arrives(&desk.signs(1, "Made after the first machine died"));
    // It comes back as the second one, and what the other did is there.
    desk.ec[0].serve();
    desk.ec[1].kill();
    desk.arrives(&desk.signs(0, "Made after the other one died too"));
    desk.ec[0].stop();
    desk.ec[0].must(&["fsck"]);
    desk.ec[0].must(&["ledger", "verify"]);
}
