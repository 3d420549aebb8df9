//! The machine's clock is set back, and forth again, under the real binary: a library that is loaded
//! before the system's (`clock.c`) answers for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::desk::Desk;
use super::load::Load;
use crate::support::{Answer, BINARY, Client, PASSWORD};

const HOUR: i64 = 3_600;

/// A clock that a test sets.
struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    fn new(home: &Path) -> Self {
        let library = home.join("clock.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/clock.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(cc.status().is_ok_and(|status| status.success()), "a C compiler is needed");
        let clock = Self { library, file: home.join("seconds") };
        clock.set(0);
        clock
    }

    /// So many seconds beside the machine's. The file is replaced: no reader sees half of it.
    fn set(&self, seconds: i64) {
        let new = self.file.with_extension("new");
        fs::write(&new, seconds.to_string()).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    fn serve(&self, desk: &Desk) {
        let mut command = Command::new(BINARY);
        command.env("LD_PRELOAD", &self.library).env("CLOCK_FILE", &self.file);
        desk.node.serve_by(command);
    }
}

/// `date_added` of everything, in the order of the collection.
fn dates(desk: &Desk) -> Vec<String> {
    let manifest = desk.shelf.objects.replace("/objects/", "/manifest/");
    let mut dates: Vec<String> = Vec::new();
    loop {
        let after = dates.last().map_or(String::new(), |last| format!("?added_after={last}"));
        let page = desk.shelf.tool.get(&format!("{manifest}{after}"));
        assert_eq!(page.status, 200, "{}", page.head);
        let objects = page.objects();
        if objects.is_empty() {
            return dates;
        }
        dates.extend(objects.iter().map(|o| o["date_added"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn when_the_clock_is_set_back_dates_still_grow_and_no_reader_skips() {
    let home = tempfile::tempdir().unwrap();
    let (desk, clock) = (Desk::new(), Clock::new(home.path()));
    clock.serve(&desk);
    let load = Load::start(&desk);
    for seconds in [-HOUR, 0, -HOUR, HOUR, -24 * HOUR] {
        load.wait_for_more(5);
        clock.set(seconds);
        load.wait_for_more(20);
    }
    // A process that begins with the wrong clock knows from the store what was given out.
    desk.node.kill();
    clock.serve(&desk);
    load.wait_for_more(20);
    let count = load.finish();
    let dates = dates(&desk);
    assert_eq!(dates.len(), count);
    assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "strictly");
    let first = desk.node.must(&["collection", "list"]);
    println!("{count} objects, from {} to {}: {}", dates[0], dates[count - 1], first.text);
    desk.node.stop();
    desk.node.must(&["fsck"]);
    // Whoever looks after the node is told that its clock is behind.
    let doctor = desk.node.cli(&["doctor"]);
    assert!(doctor.text.contains("ahead of it"), "{}", doctor.text);
}

#[test]
fn what_has_expired_stays_so_when_the_clock_is_set_back() {
    let home = tempfile::tempdir().unwrap();
    let (desk, clock) = (Desk::new(), Clock::new(home.path()));
    let role = ["--role", "analyst", "--password", PASSWORD];
    desk.node.must(&[&["account", "create", "ana"], &role[..]].concat());
    clock.serve(&desk);
    let browser = signed_in(&desk);
    let is_in = || browser.get("/search").status == 200;
    assert!(is_in());
    // Set back an hour: it goes on, and ends an hour later at most.
    clock.set(-HOUR);
    assert!(is_in());
    clock.set(11 * HOUR);
    assert!(is_in());
    clock.set(13 * HOUR);
    assert!(!is_in(), "a session ends after twelve hours");
    clock.set(0);
    assert!(!is_in(), "what has ended does not begin again");
    // A token ends too, after a year at most.
    assert_eq!(desk.shelf.page().unwrap().status, 200);
    clock.set(24 * HOUR * 400);
    assert_eq!(desk.shelf.page().unwrap().status, 401);
}

/// A browser with a session of `ana`.
fn signed_in(desk: &Desk) -> Client {
    let cookie = |answer: &Answer, name: &str| {
        let line = answer.head.lines().find(|line| line.contains(&format!("{name}="))).unwrap();
        line.split_once(": ").unwrap().1.split(';').next().unwrap().to_owned()
    };
    let browser = Client::plain(desk.node.pages);
    let form = browser.send("GET", "/login", &[("Accept", "text/html")], b"");
    let text = String::from_utf8(form.body.clone()).unwrap();
    let (_, csrf) = text.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let fields = format!("csrf={csrf}&account=ana&password={PASSWORD}");
    let entry = cookie(&form, "enlace_entry");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let headers = [kind, ("Cookie", entry.as_str()), ("Origin", "http://localhost")];
    let entered = browser.send("POST", "/login", &headers, fields.as_bytes());
    let said = String::from_utf8_lossy(&entered.body);
    assert_eq!(entered.status, 303, "{}\n{said}", entered.head);
    browser.with("Cookie", &cookie(&entered, "enlace_session"))
}
