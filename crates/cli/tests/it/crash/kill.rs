//! Stops a process at an instant, looks whether a transaction is open, kills it.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::case::PASSWORD;
use super::random::Random;
use super::trace;
use crate::support::BINARY;

/// Patience with a process that neither ends nor reaches its instant.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a process is to die.
#[derive(Debug, Clone)]
pub enum Instants {
    /// After the n-th such call on a file by one thread; `strace` stops it there.
    Call { path: PathBuf, call: String, nth: usize },
    /// Whenever a look from outside finds a transaction open.
    Inside,
    /// After this time, wherever that is.
    After(Duration),
}

impl Instants {
    /// What the report says.
    pub fn place(&self) -> String {
        match self {
            Self::Call { path, call, nth } => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name: String = name.chars().take(16).collect();
                format!("after {call} {nth} of {name}")
            }
            Self::Inside => "looked at until in a transaction".to_owned(),
            Self::After(time) => format!("after {} ms", time.as_millis()),
        }
    }
}

/// A process that will be killed.
pub struct Victim {
    child: Child,
    traced: Option<PathBuf>,
    pub stdout: PathBuf,
    at: Instants,
}

/// How it died.
pub struct Death {
    /// Whether it held SQLite's write lock on a snapshot: a write transaction was open.
    pub inside: bool,
    /// What it had said by then.
    pub said: String,
}

impl Victim {
    /// Starts the binary; its output goes to files in `home`.
    pub fn start(home: &Path, args: &[String], at: &Instants) -> Self {
        let (stdout, traced) = (home.join("victim.out"), home.join("victim.trace"));
        let (mut command, traced) = match at {
            Instants::Call { path, call, nth } => {
                let inject = format!("inject={call}:signal=SIGSTOP:when={nth}");
                // `signal=none` of other traces would hide the line that tells of the stop.
                let options =
                    ["-P", path.to_str().unwrap(), "-e", &inject, "-e", "signal=SIGSTOP", BINARY];
                (trace::strace(&traced, call, &options), Some(traced))
            }
            _ => (Command::new(BINARY), None),
        };
        let child = command
            .args(args)
            .env("ENLACE_PASSWORD", PASSWORD)
            .env("ENLACE_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(home.join("victim.err")).unwrap())
            .spawn()
            .unwrap();
        Self { child, traced, stdout, at: at.clone() }
    }

    /// Kills it at its instant. `None` if it ended before, or `over` says that there is nothing to
    /// wait for any more.
    pub fn kill(mut self, random: &mut Random, mut over: impl FnMut() -> bool) -> Option<Death> {
        let started = Instant::now();
        loop {
            if self.child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(started.elapsed() < PATIENCE, "neither ended nor at {}", self.at.place());
            let last_chance = over();
            let there = match &self.at {
                Instants::Call { .. } => self.is_stopped_by_strace(),
                Instants::After(time) => started.elapsed() >= *time && self.stop(),
                Instants::Inside => {
                    std::thread::sleep(Duration::from_micros(random.below(4_000) as u64));
                    self.stop() && (self.in_transaction() || self.go_on())
                }
            };
            if there {
                return Some(self.die());
            }
            if last_chance {
                signal("KILL", self.process());
                self.child.wait().unwrap();
                return None;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    fn die(mut self) -> Death {
        let inside = self.in_transaction();
        signal("KILL", self.process());
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "died of SIGKILL");
        Death { inside, said: fs::read_to_string(&self.stdout).unwrap() }
    }

    fn is_stopped_by_strace(&self) -> bool {
        let trace = self.traced.as_ref().map(fs::read_to_string);
        trace.is_some_and(|t| t.unwrap_or_default().contains("--- stopped by SIGSTOP ---"))
    }

    /// Stops it from outside; false if it ended instead.
    fn stop(&mut self) -> bool {
        signal("STOP", self.process());
        loop {
            match state_of(self.process()) {
                Some('T' | 't') => return true,
                None | Some('Z' | 'X') => return false,
                Some(_) => std::thread::sleep(Duration::from_micros(100)),
            }
        }
    }

    fn go_on(&self) -> bool {
        signal("CONT", self.process());
        false
    }

    /// The process of the binary itself: `strace` is its parent.
    fn process(&self) -> u32 {
        match self.traced {
            None => self.child.id(),
            Some(_) => child_of(self.child.id()).unwrap_or_else(|| self.child.id()),
        }
    }

    /// SQLite in WAL mode: a writer holds a read mark (bytes 123 to 127 of `enlace.db-shm`) and the
    /// write lock (byte 120). Recovery at the start takes byte 120 without a read mark.
    fn in_transaction(&self) -> bool {
        let locks = fs::read_to_string("/proc/locks").expect("/proc/locks is needed");
        let process = self.process().to_string();
        let held = |kind: &str, from: u64, to: u64| {
            locks.lines().any(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let start = words.get(6).and_then(|w| w.parse().ok()).unwrap_or(u64::MAX);
                words.get(3) == Some(&kind)
                    && words.get(4) == Some(&process.as_str())
                    && (from..=to).contains(&start)
            })
        };
        held("WRITE", 120, 120) && held("READ", 123, 127)
    }
}

/// Sends a signal; one that is gone already is no fault.
pub fn signal(name: &str, process: u32) {
    let mut kill = Command::new("kill");
    kill.args(["-s", name, &process.to_string()]).stderr(Stdio::null()).status().unwrap();
}

/// State letter of a process, after its name in brackets.
fn state_of(process: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The one child of a process.
pub fn child_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    processes.into_iter().find(|process| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
        after_name.split(' ').nth(1) == Some(&parent.to_string())
    })
}
