//! Nothing is acknowledged before it is on disk: the order of system calls, told by `strace`.
//!
//! SQLite is built to sync the log with `fdatasync` (`.cargo/config.toml`); documents and folders
//! are synced with `fsync`, which is more. Either is taken.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use super::case::{Case, Folder, PASSWORD, wait_until_up};
use super::kill::{child_of, signal};
use super::state::lines_of;
use super::trace::{self, DISK, Event};
use crate::support::{BINARY, scenario};

/// A whole page of the database, and what stands around it.
const PAGE: &str = "4200";

/// A group of writes to the log, from taking the write lock to giving it back.
struct Transaction<'a> {
    opened: usize,
    writes: Vec<&'a Event>,
    /// Line on which the last sync of the log was done.
    synced: usize,
}

impl Transaction<'_> {
    fn writes(&self, bytes: &[u8]) -> bool {
        self.writes.iter().any(|w| w.text(0).windows(bytes.len()).any(|found| found == bytes))
    }
}

#[test]
fn an_import_is_acknowledged_after_log_document_and_folders_are_synced() {
    let case = Case::fresh();
    let file = scenario("ec/press.html");
    let events = traced(&case.ec, None, &["import", "--marking", "amber", file.to_str().unwrap()]);
    let transactions = acknowledged_when_synced(&events, &case.ec.dir);
    assert!(transactions.len() >= 3, "source, document, objects");

    let document = fs::read(&file).unwrap();
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&document));
    let folder = case.ec.dir.join("blobs").join(&sha256[..2]);
    let path = folder.join(&sha256).display().to_string();
    let renamed = events.iter().find(|e| e.call == "rename" && e.text(1) == path.as_bytes());
    let renamed = renamed.expect("the document gets its name by a rename");
    let staging = renamed.path();
    let written = events.iter().rfind(|e| e.call == "write" && e.path() == staging).unwrap();
    assert!(synced(&events, &staging, written.to, renamed.from), "document synced, then named");
    let named = row_naming(&transactions, &sha256, document.len());
    let folder = folder.display().to_string();
    assert!(synced(&events, &folder, renamed.to, named.opened), "its folder synced, then its row");
    let above = case.ec.dir.join("blobs").display().to_string();
    assert!(synced(&events, &above, renamed.to, named.opened), "the folder above synced as well");
}

#[test]
fn a_release_is_acknowledged_after_the_log_is_synced() {
    let case = Case::agreed();
    for step in ["draft", "approve", "send"] {
        let (role, args) = case.release_step(step);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let events = traced(&case.ec, Some(role), &args);
        acknowledged_when_synced(&events, &case.ec.dir);
    }
}

#[test]
fn a_new_node_is_acknowledged_after_its_files_and_folders_are_synced() {
    let home = tempfile::tempdir().unwrap();
    let above = home.path().join("agency");
    let node = Folder { dir: above.join("node") };
    let events = traced(&node, None, &["init", "--name", "UNE", "--country", "EC"]);
    let acknowledged = first_word(&events);
    let dir = node.dir.display().to_string();
    let database = node.dir.join("enlace.db").display().to_string();
    let created = events.iter().position(|e| {
        e.call == "openat" && e.text(0) == database.as_bytes() && e.args.contains("O_CREAT")
    });
    let created = &events[created.expect("the database is created")];
    let synced_once = |path: &str, from| synced(&events, path, from, acknowledged);
    assert!(synced_once(&database, created.to), "the database itself");
    assert!(synced_once(&dir, created.to), "the folder that names the database");
    for made in events.iter().filter(|e| e.call == "mkdir" && e.worked()) {
        let path = String::from_utf8(made.text(0)).unwrap();
        let parent = Path::new(&path).parent().unwrap().display().to_string();
        assert!(synced_once(&parent, made.to), "the folder that names `{path}`");
    }
    for named in events.iter().filter(|e| e.call == "rename" && e.worked()) {
        assert!(synced_once(&dir, named.to), "the folder that names the keys");
    }
    acknowledged_when_synced(&events, &node.dir);
}

#[test]
fn a_sync_is_acknowledged_and_the_inbox_answers_after_the_log_is_synced() {
    let case = Case::sent();
    let server = case.ec.serve();
    for (role, args) in
        [(None, ["partner", "sync", "EC"]), (Some("liaison-officer"), ["inbox", "accept", "all"])]
    {
        acknowledged_when_synced(&traced(&case.us, role, &args), &case.us.dir);
    }
    server.stop();
    let receipt = lines_of(&case.us.dir, "SELECT id FROM object WHERE kind = 'receipt'");
    assert_eq!(receipt.len(), 1, "one receipt waits in the outbox of US");

    let out = case.ec.dir.with_extension("trace");
    let up = case.ec.dir.with_extension("served");
    let calls = format!("{DISK},fcntl,writev,sendto,sendmsg,read,readv,recvfrom,recvmsg");
    let mut server = trace::strace(&out, &calls, &["-s", PAGE, BINARY])
        .args(case.ec.arguments(None, &["serve"]))
        .env("ENLACE_LOG", "warn")
        .stdout(File::create(&up).unwrap())
        .spawn()
        .unwrap();
    wait_until_up(&up);
    case.us.must(None, &["partner", "sync", "EC"]);
    signal("TERM", child_of(server.id()).unwrap());
    server.wait().unwrap();

    let events = trace::read(&fs::read_to_string(&out).unwrap());
    let transactions = transactions(&events, &case.ec.dir);
    let kept = transactions.iter().find(|t| t.writes(receipt[0].as_bytes()));
    let kept = kept.expect("a transaction writes the receipt");
    let asked = events.iter().rfind(|e| is_talk(e, READS) && e.to < kept.opened);
    let asked = asked.expect("the request was read before");
    let answered = events.iter().find(|e| is_talk(e, WRITES) && e.from > asked.to);
    let answered = answered.expect("the request was answered");
    assert_eq!(asked.path(), answered.path(), "request and answer are on one connection");
    assert!(kept.synced < answered.from, "the receipt is on disk before the answer is written");
}

const READS: &[&str] = &["read", "readv", "recvfrom", "recvmsg"];
const WRITES: &[&str] = &["write", "writev", "sendto", "sendmsg"];

/// Bytes that went over a TCP connection: not the runtime's own wake-ups.
fn is_talk(event: &Event, calls: &[&str]) -> bool {
    let some = event.result.parse().is_ok_and(|bytes: u64| bytes > 16);
    calls.contains(&event.call.as_str()) && some && event.path().starts_with("socket:")
}

/// A command of a node, traced to its end.
fn traced(node: &Folder, role: Option<&str>, args: &[&str]) -> Vec<Event> {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("trace");
    let done = trace::strace(&out, &format!("{DISK},fcntl"), &["-s", PAGE, BINARY])
        .args(node.arguments(role, args))
        .env("ENLACE_PASSWORD", PASSWORD)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?}");
    trace::read(&fs::read_to_string(&out).unwrap())
}

/// Where the command begins to say what it did.
fn first_word(events: &[Event]) -> usize {
    let said = events.iter().find(|e| e.call == "write" && e.args.starts_with("1<"));
    said.expect("the command acknowledges").from
}

/// Whether a file or folder was synced between two lines.
fn synced(events: &[Event], path: &str, after: usize, before: usize) -> bool {
    events.iter().any(|e| e.is_sync_of(path) && e.from > after && e.to < before)
}

/// The transactions that wrote. Each syncs the log after its last write to it and before it gives
/// the lock back; no write to the log lies outside.
fn transactions<'a>(events: &'a [Event], dir: &Path) -> Vec<Transaction<'a>> {
    let wal = dir.join("enlace.db-wal").display().to_string();
    let shm = dir.join("enlace.db-shm").display().to_string();
    let mut found = Vec::new();
    let mut open: Option<Transaction<'_>> = None;
    for event in events {
        let path = event.path();
        if event.call == "fcntl" && path == shm && event.args.contains("l_start=120, l_len=1}") {
            if event.args.contains("F_WRLCK") && event.worked() {
                open = Some(Transaction { opened: event.from, writes: Vec::new(), synced: 0 });
            } else if event.args.contains("F_UNLCK")
                && let Some(done) = open.take()
                && let Some(last) = done.writes.last()
            {
                assert!(done.synced > last.to, "line {}: not synced", event.from + 1);
                assert!(done.synced < event.from, "line {}: synced late", event.from + 1);
                found.push(done);
            }
        } else if event.is_sync_of(&wal) {
            // A checkpoint syncs the log once more, outside of transactions.
            if let Some(open) = &mut open {
                open.synced = event.to;
            }
        } else if event.call == "pwrite64" && path == wal {
            open.as_mut().expect("a write to the log in a transaction").writes.push(event);
        }
    }
    found
}

/// The transactions of a command: all synced before its first word, and so is the folder that
/// names the log, which the command creates.
fn acknowledged_when_synced<'a>(events: &'a [Event], dir: &Path) -> Vec<Transaction<'a>> {
    let acknowledged = first_word(events);
    let transactions = transactions(events, dir);
    let first = transactions.first().expect("the command writes");
    assert!(transactions.iter().all(|t| t.synced < acknowledged), "acknowledged before synced");
    let dir = dir.display().to_string();
    assert!(synced(events, &dir, first.opened, first.synced), "folder of the log not synced");
    transactions
}

/// The transaction that writes the row of a document: its SHA-256 and behind it the size.
fn row_naming<'a>(
    transactions: &'a [Transaction<'a>],
    sha256: &str,
    size: usize,
) -> &'a Transaction<'a> {
    let size: Vec<u8> = size.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
    let row = [sha256.as_bytes(), &size].concat();
    transactions.iter().find(|t| t.writes(&row)).expect("a transaction names the document")
}
