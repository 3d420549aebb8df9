//! A disk that is full, and then is not: a file system of a few megabytes, in a namespace of the
//! test's own, so that nobody has to be root.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::desk::{Desk, check_refusal, indicator};
use super::load::{BACK, Load};

const DISK: &str = "ENLACE_TEST_DISK";
const SIZE: &str = "size=48m";

/// The options of `unshare` by which this machine lets us have a file system of our own.
fn namespace() -> Option<&'static str> {
    let works = |option: &&str| {
        let tried = Command::new("unshare").args([option, "true"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    ["-rm", "-m"].into_iter().find(works)
}

#[test]
fn on_a_full_disk_a_node_refuses_clearly_reads_on_and_is_back_when_there_is_room() {
    let Some(option) = namespace() else {
        println!("skipped: no namespace to mount a small disk in (`unshare -rm` is refused here)");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let child = Command::new("unshare")
        .arg(option)
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "faults::full::child", "--nocapture"])
        .env(DISK, home.path())
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    println!("{said}");
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

/// Not a test: what goes on in the namespace.
#[test]
#[ignore = "run by the test above in a namespace of its own"]
fn child() {
    let Some(disk) = std::env::var_os(DISK).map(PathBuf::from) else { return };
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(&disk);
    assert!(mount.status().unwrap().success());
    let desk = Desk::new();
    desk.node.serve();
    let serving = desk.node.process();
    let load = Load::start(&desk);
    for round in 0..3 {
        load.wait_for_more(3);
        let refused = load.known.refused.load(Ordering::SeqCst);
        let ballast = fill(&disk);
        let since = Instant::now();
        while load.known.refused.load(Ordering::SeqCst) < refused + 5 {
            assert!(since.elapsed() < BACK, "writers wait without an answer");
            std::thread::sleep(Duration::from_millis(5));
        }
        // One that fits into what the log has given back is taken, and rightly so.
        let mut number = 1_000_000 * (round + 1);
        let answer = loop {
            let answer = desk.shelf.post_one(number).unwrap();
            if answer.status != 202 {
                break answer;
            }
            load.keep(indicator(9, number, 0));
            assert!(since.elapsed() < BACK, "everything is taken on a full disk");
            number += 1;
        };
        check_refusal(&answer);
        assert_eq!(desk.shelf.page().unwrap().status, 200, "what is there can be read");
        fs::remove_file(ballast).unwrap();
        load.wait_for_more(3);
        println!("{round}: {} refused", load.known.refused.load(Ordering::SeqCst));
    }
    assert_eq!(desk.node.process(), serving, "the same process");
    // It dies while there is no room, and somebody tries to start it.
    let ballast = fill(&disk);
    desk.node.kill();
    let tried = desk.node.cli(&["stats"]);
    let told = tried.code == 0 || tried.errors.contains("disk");
    assert!(told && !tried.errors.contains("panicked"), "{} {}", tried.code, tried.errors);
    println!("on a full disk `stats` ends with {}: {}", tried.code, tried.errors);
    fs::remove_file(ballast).unwrap();
    desk.node.serve();
    println!("{} objects", load.finish());
    desk.node.stop();
    desk.node.must(&["fsck"]);
    desk.node.must(&["ledger", "verify"]);
}

/// Leaves no room; answers the file that takes it.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("ballast");
    File::create(&path).unwrap();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    for size in [1 << 20, 4096, 1] {
        let piece = vec![b'x'; size];
        while file.write_all(&piece).is_ok() {}
    }
    path
}
