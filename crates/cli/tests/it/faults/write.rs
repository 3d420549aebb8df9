//! Each write and each sync of the store fails: once, as a disk does that loses a block, or for a
//! while, as one does that is full until somebody makes room.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::desk::{Desk, id_of, indicator, is_acknowledged};
use super::walk::{Walk, Way};
use crate::crash::kill::{child_of, signal};
use crate::crash::trace::{self, Event};
use crate::support::BINARY;

/// What brings bytes to disk.
const CALLS: &str = "pwrite64,ftruncate,fallocate,fdatasync,fsync";
/// Envelopes that are sent while the fault strikes.
const ENVELOPES: usize = 4;
/// Calls that a full disk refuses before there is room again.
const WHILE: usize = 12;
/// Points of a sample.
const SAMPLE: usize = 7;

/// The n-th such call on a file by one thread.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    path: PathBuf,
    call: String,
    nth: usize,
}

impl Point {
    fn is_sync(&self) -> bool {
        matches!(self.call.as_str(), "fsync" | "fdatasync")
    }
}

/// `serve` under `strace`.
struct Traced {
    strace: Child,
    trace: PathBuf,
    errors: PathBuf,
}

impl Traced {
    /// `None` if it ended before it served: then it has said why.
    fn start(desk: &Desk, calls: &str, options: &[&str]) -> Result<Self, String> {
        let beside = |name: &str| desk.node.dir.with_extension(name);
        let (trace, errors) = (beside("trace"), beside("errors"));
        let mut strace = trace::strace(&trace, calls, &[options, &[BINARY]].concat())
            .arg("--node")
            .arg(&desk.node.dir)
            .arg("serve")
            .env("ENLACE_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(strace.stdout.take().unwrap()).lines();
        if lines.map_while(Result::ok).any(|line| line.starts_with("partners")) {
            return Ok(Self { strace, trace, errors });
        }
        let status = strace.wait().unwrap();
        let said = fs::read_to_string(&errors).unwrap();
        assert!(status.code().is_some_and(|code| code > 0), "{status}: {said}");
        Err(said)
    }

    /// Ends it as a service manager does; what the trace tells.
    fn stop(mut self) -> String {
        signal("TERM", child_of(self.strace.id()).expect("a process"));
        let status = self.strace.wait().unwrap();
        let said = fs::read_to_string(&self.errors).unwrap();
        assert!(status.success(), "{status}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        fs::read_to_string(&self.trace).unwrap()
    }
}

/// A node, and what it acknowledged.
struct Drill {
    desk: Desk,
    envelopes: usize,
    kept: BTreeMap<String, String>,
}

impl Drill {
    /// Sends envelopes until each is acknowledged; how many tries were refused. Reading goes on
    /// meanwhile.
    fn send(&mut self) -> usize {
        let mut refused = 0;
        for _ in 0..ENVELOPES {
            self.envelopes += 1;
            let texts: Vec<String> = (0..3).map(|n| indicator(1, self.envelopes, n)).collect();
            let body = format!("{{\"objects\":[{}]}}", texts.join(","));
            for again in 0.. {
                assert!(again < 2 * WHILE, "the fault is over, and the service is not back");
                let answer = self.desk.shelf.post(body.as_bytes()).unwrap();
                if is_acknowledged(&answer) {
                    break;
                }
                super::desk::check_refusal(&answer);
                refused += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            self.kept.extend(texts.into_iter().map(|text| (id_of(&text), text)));
            assert_eq!(self.desk.shelf.page().unwrap().status, 200, "what is there can be read");
        }
        refused
    }

    /// Everything that was acknowledged is there once, and nothing else.
    fn check(&self) {
        self.desk.node.must(&["fsck"]);
        self.desk.node.serve();
        let mut walk = Walk::new(&self.desk.shelf, Way::Next, 500);
        walk.finish();
        let found: BTreeSet<&String> = walk.ids.iter().collect();
        assert!(found == self.kept.keys().collect(), "{} of {}", found.len(), self.kept.len());
        self.desk.node.stop();
    }
}

/// Where a node writes from its start to its end.
fn points(drill: &mut Drill) -> Vec<Point> {
    let traced = Traced::start(&drill.desk, CALLS, &["-s", "0"]).expect("a node that serves");
    assert_eq!(drill.send(), 0);
    let text = traced.stop();
    let mut counts: HashMap<(u32, String, PathBuf), usize> = HashMap::new();
    let mut points = BTreeSet::new();
    for event in trace::read(&text).into_iter().filter(Event::worked) {
        let path = PathBuf::from(event.path());
        if !path.starts_with(&drill.desk.node.dir) {
            continue;
        }
        let key = (event.thread, event.call.clone(), path.clone());
        let nth = *counts.entry(key).and_modify(|n| *n += 1).or_insert(1);
        points.insert(Point { path, call: event.call, nth });
    }
    points.into_iter().collect()
}

/// A sample, or with `ENLACE_LONG` all.
fn some<T: Clone>(all: &[T], sample: usize) -> Vec<T> {
    if std::env::var_os("ENLACE_LONG").is_some() || all.len() <= sample {
        return all.to_vec();
    }
    (0..sample).map(|n| all[n * (all.len() - 1) / (sample - 1)].clone()).collect()
}

/// Whether the fault struck, and how often somebody was refused by it.
fn strike(drill: &mut Drill, point: &Point, error: &str, last: usize) -> (bool, usize) {
    let Point { path, call, nth } = point;
    let inject = format!("inject={call}:error={error}:when={nth}..{last}");
    let path: &Path = path;
    let options = ["-P", path.to_str().unwrap(), "-e", &inject, "-s", "0"];
    let traced = match Traced::start(&drill.desk, call, &options) {
        Ok(traced) => traced,
        Err(said) => {
            // It says what is wrong, and what to do.
            let told = said.contains("Input/output") || said.contains("disk");
            assert!(told && !said.contains("panicked"), "{point:?}: {said}");
            drill.check();
            return (true, 1);
        }
    };
    let refused = drill.send();
    let struck = traced.stop().contains("(INJECTED)");
    drill.check();
    (struck, refused)
}

fn run(error: &str, of: &dyn Fn(&Point) -> bool, times: usize) {
    let mut drill = Drill { desk: Desk::new(), envelopes: 0, kept: BTreeMap::new() };
    let all: Vec<Point> = points(&mut drill).into_iter().filter(of).collect();
    let (mut struck, mut refused, sample) = (0, 0, some(&all, SAMPLE));
    for point in &sample {
        let (hit, told) = strike(&mut drill, point, error, point.nth + times - 1);
        struck += usize::from(hit);
        refused += told;
        let name = point.path.file_name().unwrap_or_default().to_string_lossy();
        println!("{error} at {} {} of {name}: {told} refused", point.call, point.nth);
    }
    println!(
        "{} points of {}, {struck} struck, {refused} answers refused",
        sample.len(),
        all.len()
    );
    assert!(struck * 10 >= sample.len() * 8, "{struck} of {} struck", sample.len());
    assert!(refused > 0, "somebody noticed");
}

#[test]
fn a_write_that_fails_once_loses_nothing_and_the_node_goes_on() {
    run("EIO", &|point| !point.is_sync(), 1);
}

#[test]
fn a_sync_that_fails_once_is_never_acknowledged_and_the_node_goes_on() {
    run("EIO", &Point::is_sync, 1);
}

#[test]
fn a_disk_without_room_for_a_while_is_told_and_the_node_goes_on() {
    run("ENOSPC", &|point| !point.is_sync(), WHILE);
}
