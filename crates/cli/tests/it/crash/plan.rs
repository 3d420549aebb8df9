//! An operation without a death, traced: where it writes, and how both nodes end.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::case::{Case, PASSWORD, wait_until_up};
use super::drill::{Operation, Side};
use super::kill::{child_of, signal};
use super::play::Play;
use super::state::State;
use super::trace::{self, DISK};
use crate::support::BINARY;

/// Where one step writes.
#[derive(Default)]
pub struct Plan {
    /// The writes and syncs of the write-ahead log, one list a transaction: call and number.
    pub transactions: Vec<Vec<(String, usize)>>,
    /// Calls outside of transactions, on documents and by checkpoints: path in the node's folder,
    /// call, number.
    pub others: Vec<(PathBuf, String, usize)>,
    pub took: Duration,
}

/// The plan of each step, and the state of EC and of US at the end.
pub fn undisturbed(case: &Case, operation: Operation, side: Side) -> (Vec<Plan>, [State; 2]) {
    let mut play = Play::new(case, operation, side);
    let mut plans = Vec::new();
    for step in operation.steps() {
        play.prepare(step);
        let trace = play.home.path().join("plan.trace");
        let started = Instant::now();
        if side == Side::Command {
            let args = play.arguments(step);
            traced(&trace, &args, play.home.path()).wait().unwrap();
        } else {
            play.stop_server();
            let args = play.case.ec.arguments(None, &["serve"]);
            let mut server = traced(&trace, &args, play.home.path());
            wait_until_up(&play.home.path().join("traced.out"));
            play.complete(step);
            signal("TERM", child_of(server.id()).unwrap());
            server.wait().unwrap();
        }
        let took = started.elapsed();
        let text = fs::read_to_string(&trace).unwrap();
        plans.push(Plan { took, ..Plan::read(&text, &play.victim().dir) });
    }
    let end = play.end();
    check_reference(operation, &end);
    (plans, end)
}

fn traced(trace: &Path, args: &[String], home: &Path) -> Child {
    trace::strace(trace, DISK, &["-s", "0", BINARY])
        .args(args)
        .env("ENLACE_PASSWORD", PASSWORD)
        .env("ENLACE_LOG", "warn")
        .stdout(File::create(home.join("traced.out")).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Plan {
    /// Numbers are those by which `strace` counts: by thread, call and file.
    fn read(text: &str, dir: &Path) -> Self {
        let mut plan = Self::default();
        let mut counts: HashMap<(u32, String, PathBuf), usize> = HashMap::new();
        let mut open = Vec::new();
        for event in trace::read(text).into_iter().filter(trace::Event::worked) {
            let path = PathBuf::from(event.path());
            let Ok(path) = path.strip_prefix(dir) else { continue };
            let key = (event.thread, event.call.clone(), path.to_owned());
            let nth = *counts.entry(key).and_modify(|n| *n += 1).or_insert(1);
            let is_log = path == Path::new("enlace.db-wal");
            let is_sync = matches!(event.call.as_str(), "fsync" | "fdatasync");
            if is_log && (event.call == "pwrite64" || is_sync && !open.is_empty()) {
                open.push((event.call, nth));
                // A new log's header is synced alone, by its first transaction.
                if is_sync && open.len() > 2 {
                    plan.transactions.push(std::mem::take(&mut open));
                }
            } else if is_log && is_sync || path.starts_with("blobs") && event.call != "openat" {
                plan.others.push((path.to_owned(), event.call, nth));
            }
        }
        plan
    }
}

/// What the undisturbed run must have done, or the comparison would prove nothing.
fn check_reference(operation: Operation, [ec, us]: &[State; 2]) {
    if operation == Operation::Import {
        assert!(ec.count("object|own|") > 2_300, "all files are held");
        assert_eq!((ec.count("aside|"), ec.count("blob|")), (12, 1));
        return;
    }
    assert_eq!(ec.count("leaf|node|release-approved"), 1);
    assert_eq!(ec.count("object|partner|receipt"), 1, "one receipt at EC");
    assert_eq!(us.count("object|own|receipt"), 1, "one receipt at US");
    let records = if operation == Operation::Sync { 2 } else { 1 };
    assert_eq!(ec.count("member|release-record"), records, "one record a release or recall");
    assert!(us.count("object|partner|") > 10, "US holds what was released");
}
