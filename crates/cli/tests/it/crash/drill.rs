//! An operation, killed at drawn instants, checked, repeated and compared with an undisturbed run.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::case::{Case, Folder, PASSWORD, Server, wait_until_up};
use super::kill::{Death, Instants, Victim, child_of, signal};
use super::random::Random;
use super::state::{State, kept, known_ids};
use super::trace::{self, DISK};
use crate::support::{BINARY, scenario_json};

const OFFICER: Option<&str> = Some("liaison-officer");
/// Draws for one instant before the test gives up.
const DRAWS: usize = 40;

/// What is done, in steps that are acknowledged one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// EC imports five files with one command; what it says of a file acknowledges that file.
    Import,
    /// EC drafts, approves and sends.
    Release,
    /// US fetches, accepts, sends the receipt, then purges what EC recalled.
    Sync,
}

/// Who dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The command.
    Command,
    /// The server at EC, while US's command talks to it.
    Server,
}

impl Operation {
    fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Import => &["import"],
            Self::Release => &["draft", "approve", "send"],
            Self::Sync => &["fetch", "accept", "receipt", "recall"],
        }
    }
}

/// Where one step writes, seen in the undisturbed run.
#[derive(Default)]
struct Plan {
    /// The writes and syncs of the write-ahead log, one list a sync.
    groups: Vec<Vec<(String, usize)>>,
    /// Calls outside of transactions, on documents and by checkpoints: path in the node's folder,
    /// call, number.
    others: Vec<(PathBuf, String, usize)>,
    took: Duration,
}

/// Plays an operation on a case as often as `ENLACE_KILLS` says.
pub fn run(case: &Case, operation: Operation, side: Side) {
    let seed = Random::seed();
    let kills = std::env::var("ENLACE_KILLS").ok().and_then(|k| k.parse().ok()).unwrap_or(10);
    let (plans, reference) = undisturbed(case, operation, side);
    check_reference(operation, &reference);
    let mut report = Report::new(operation, side, seed, &plans);
    for number in 0..kills {
        let drawn = (0..DRAWS).find_map(|draw| {
            // Each draw has a generator of its own: what a slow machine misses shifts no other.
            let mut random = Random::new(seed ^ ((number << 8 | draw) as u64));
            let (step, at) = draw_instant(&mut random, &plans, number, draw);
            let found = Play::new(case, operation, side).killed(step, &at, &mut random, &reference);
            found.map(|death| (operation.steps()[step], at.place(), death.inside))
        });
        report.add(drawn.expect("an instant that the process reaches"));
    }
    report.finish();
}

/// Eight of ten instants lie where a transaction is open, half of them at a write to the log, half
/// at any moment; two lie anywhere.
fn draw_instant(
    random: &mut Random,
    plans: &[Plan],
    number: usize,
    draw: usize,
) -> (usize, Instants) {
    let step = loop {
        let step = random.below(plans.len());
        if !plans[step].groups.is_empty() {
            break step;
        }
    };
    let plan = &plans[step];
    let at = match number % 5 {
        4 if !plan.others.is_empty() && random.below(2) == 0 => {
            let (path, call, nth) = random.pick(&plan.others).clone();
            Instants::Call { path, call, nth }
        }
        4 => Instants::After(plan.took * u32::try_from(random.below(1_000)).unwrap() / 1_000),
        1 | 3 if draw < 5 => Instants::Inside,
        _ => {
            let group: &Vec<(String, usize)> = random.pick(&plan.groups);
            let (call, nth) = random.pick(group).clone();
            Instants::Call { path: "enlace.db-wal".into(), call, nth }
        }
    };
    (step, at)
}

/// One play of an operation on nodes of its own.
struct Play {
    case: Case,
    operation: Operation,
    side: Side,
    home: tempfile::TempDir,
    server: Option<Server>,
}

impl Play {
    fn new(case: &Case, operation: Operation, side: Side) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { case: case.copy(), operation, side, home, server: None }
    }

    /// The node that dies.
    fn victim(&self) -> &Folder {
        match (self.operation, self.side) {
            (Operation::Sync, Side::Command) => &self.case.us,
            _ => &self.case.ec,
        }
    }

    fn arguments(&self, step: &str) -> Vec<String> {
        let Case { ec, us, .. } = &self.case;
        match step {
            "import" => {
                let files = self.case.files();
                let files = files.iter().map(String::as_str);
                let import = ["import", "--marking", "amber"].into_iter();
                ec.arguments(None, &import.chain(files).collect::<Vec<_>>())
            }
            "fetch" | "receipt" | "recall" => us.arguments(None, &["partner", "sync", "EC"]),
            "accept" => us.arguments(OFFICER, &["inbox", "accept", "all"]),
            step => {
                let (role, args) = self.case.release_step(step);
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                ec.arguments(Some(role), &args)
            }
        }
    }

    /// What has to be so before a step.
    fn prepare(&mut self, step: &str) {
        if self.operation == Operation::Sync && self.server.is_none() {
            self.server = Some(self.case.ec.serve());
        }
        if step == "recall" {
            let object = scenario_json("expected.json")["recall"]["object"].clone();
            self.case.ec.must(OFFICER, &["recall", object.as_str().unwrap()]);
        }
    }

    /// A step that has to complete. An import of broken objects ends with 1.
    fn complete(&self, step: &str) {
        let done = Command::new(BINARY)
            .args(self.arguments(step))
            .env("ENLACE_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let code = i32::from(step == "import");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{step}: {said}{errors}");
        assert!(is_acknowledged(&said), "{step}: {said}");
    }

    /// Whether the step is done already: after a crash an officer looks, then repeats.
    fn is_done(&self, step: &str) -> bool {
        let states = ["drafted", "approved", "sent"];
        let Some(wanted) = Operation::Release.steps().iter().position(|s| *s == step) else {
            return false;
        };
        let found = self.case.release().map(|(_, state)| state);
        found.is_some_and(|f| states.iter().position(|s| *s == f).unwrap() >= wanted)
    }

    /// The whole operation with one death in it, and everything that must hold afterwards. `None`
    /// if the process ended or acknowledged before its instant.
    fn killed(
        mut self,
        dies_in: usize,
        at: &Instants,
        random: &mut Random,
        reference: &[State; 2],
    ) -> Option<Death> {
        let mut found = None;
        for (number, step) in self.operation.steps().iter().enumerate() {
            self.prepare(step);
            if number == dies_in {
                let context = format!("{step}, {}", at.place());
                let (before, death) = self.die(step, at, random)?;
                self.check(&before, &death, &context);
                found = Some(death);
                self.prepare(if self.operation == Operation::Sync { "fetch" } else { step });
                if self.is_done(step) {
                    continue;
                }
            }
            self.complete(step);
        }
        let state = self.end();
        for ((node, state), reference) in ["EC", "US"].iter().zip(&state).zip(reference) {
            let different = state.differs_from(reference);
            let (step, place) = (self.operation.steps()[dies_in], at.place());
            assert!(
                different.is_empty(),
                "{node} after {step}, {place}:\n{}",
                different.join("\n")
            );
        }
        found
    }

    /// Kills inside a step; with what the node held before.
    fn die(
        &mut self,
        step: &str,
        at: &Instants,
        random: &mut Random,
    ) -> Option<(std::collections::BTreeSet<String>, Death)> {
        let at = in_folder(at, &self.victim().dir);
        let args = self.arguments(step);
        if self.side == Side::Command {
            let before = kept(&self.victim().dir);
            let death = Victim::start(self.home.path(), &args, &at).kill(random, || false)?;
            return (!is_acknowledged(&death.said)).then_some((before, death));
        }
        if let Some(server) = self.server.take() {
            server.stop();
        }
        let before = kept(&self.victim().dir);
        let serve = self.case.ec.arguments(None, &["serve"]);
        let victim = Victim::start(self.home.path(), &serve, &at);
        wait_until_up(&victim.stdout);
        let mut asking = self.spawn(&args);
        let death = victim.kill(random, || asking.try_wait().unwrap().is_some());
        asking.wait().unwrap();
        Some((before, death?))
    }

    fn spawn(&self, args: &[String]) -> Child {
        let mut command = Command::new(BINARY);
        command.args(args).env("ENLACE_PASSWORD", PASSWORD);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Right after the death: consistent, and everything acknowledged is there.
    fn check(&self, before: &std::collections::BTreeSet<String>, death: &Death, context: &str) {
        let victim = self.victim();
        for check in [&["fsck"][..], &["ledger", "verify"]] {
            let done = victim.cli(None, check);
            assert_eq!(done.code, 0, "{context}: {check:?}: {}{}", done.text, done.errors);
        }
        let after = kept(&victim.dir);
        let lost: Vec<_> = before.difference(&after).collect();
        assert!(lost.is_empty(), "{context}: lost {lost:#?}");
        if self.operation == Operation::Import {
            let (held, aside) = known_ids(&victim.dir);
            for line in death.said.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()) {
                let id = line["id"].as_str().unwrap();
                let there = if line["result"] == "rejected" { &aside } else { &held };
                assert!(there.contains(id), "{context}: acknowledged and lost: {line}");
            }
        }
    }

    /// Brings a release to the partner, then reads both nodes.
    fn end(&mut self) -> [State; 2] {
        if self.operation == Operation::Release {
            self.server = Some(self.case.ec.serve());
            for step in Operation::Sync.steps().iter().take(3) {
                self.complete(step);
            }
        }
        self.server = None;
        [&self.case.ec, &self.case.us].map(|node| {
            node.must(None, &["fsck"]);
            node.must(None, &["ledger", "verify"]);
            State::of(&node.dir)
        })
    }
}

/// A command that prints its summary has acknowledged.
fn is_acknowledged(said: &str) -> bool {
    said.contains(r#"{"summary":"#)
}

fn in_folder(at: &Instants, dir: &Path) -> Instants {
    match at.clone() {
        Instants::Call { path, call, nth } => Instants::Call { path: dir.join(path), call, nth },
        other => other,
    }
}

/// The operation without a death, traced: where it writes, and how both nodes end.
fn undisturbed(case: &Case, operation: Operation, side: Side) -> (Vec<Plan>, [State; 2]) {
    let mut play = Play::new(case, operation, side);
    let mut plans = Vec::new();
    for step in operation.steps() {
        play.prepare(step);
        let args = play.arguments(step);
        let out = play.home.path().join("plan.trace");
        let started = Instant::now();
        if side == Side::Command {
            let command = trace::strace(&out, DISK, &["-s", "0", BINARY]);
            traced(command, &args, play.home.path()).wait().unwrap();
        } else {
            play.server.take().unwrap().stop();
            let command = trace::strace(&out, DISK, &["-s", "0", BINARY]);
            let serve = play.case.ec.arguments(None, &["serve"]);
            let mut server = traced(command, &serve, play.home.path());
            wait_until_up(&play.home.path().join("traced.out"));
            play.complete(step);
            signal("TERM", child_of(server.id()).unwrap());
            server.wait().unwrap();
        }
        let took = started.elapsed();
        let text = fs::read_to_string(&out).unwrap();
        plans.push(Plan { took, ..Plan::read(&text, &play.victim().dir) });
    }
    (plans, play.end())
}

fn traced(mut command: Command, args: &[String], home: &Path) -> Child {
    command
        .args(args)
        .env("ENLACE_PASSWORD", PASSWORD)
        .env("ENLACE_LOG", "warn")
        .stdout(File::create(home.join("traced.out")).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Plan {
    fn read(text: &str, dir: &Path) -> Self {
        let mut plan = Self::default();
        let mut counts: HashMap<(u32, String, PathBuf), usize> = HashMap::new();
        let mut group = Vec::new();
        for event in trace::read(text).into_iter().filter(trace::Event::worked) {
            let path = PathBuf::from(event.path());
            let Ok(path) = path.strip_prefix(dir) else { continue };
            let key = (event.thread, event.call.clone(), path.to_owned());
            let nth = counts.entry(key).and_modify(|n| *n += 1).or_insert(1);
            let is_log = path == Path::new("enlace.db-wal");
            match event.call.as_str() {
                "pwrite64" if is_log => group.push((event.call, *nth)),
                // A checkpoint syncs the log without having written to it.
                "fsync" | "fdatasync" if is_log && group.is_empty() => {
                    plan.others.push((path.to_owned(), event.call, *nth));
                }
                "fsync" | "fdatasync" if is_log => {
                    group.push((event.call, *nth));
                    plan.groups.push(std::mem::take(&mut group));
                }
                "mkdir" | "write" | "fsync" | "rename" if path.starts_with("blobs") => {
                    plan.others.push((path.to_owned(), event.call, *nth));
                }
                _ => {}
            }
        }
        plan
    }
}

/// What the undisturbed run must have done, or the comparison would prove nothing.
fn check_reference(operation: Operation, reference: &[State; 2]) {
    let [ec, us] = reference;
    if operation == Operation::Import {
        assert!(
            ec.count("object|own|") > 2_300 && ec.count("aside|") == 12 && ec.count("blob|") == 1
        );
        return;
    }
    assert_eq!(ec.count("leaf|node|release-approved"), 1);
    assert_eq!(ec.count("object|partner|receipt"), 1, "one receipt at EC");
    assert_eq!(us.count("object|own|receipt"), 1, "one receipt at US");
    let records = if operation == Operation::Sync { 2 } else { 1 };
    assert_eq!(ec.count("member|release-record"), records, "one record a release or recall");
    assert!(us.count("object|partner|") > 10);
}

/// What the test prints.
struct Report {
    text: String,
    name: String,
    instants: usize,
    inside: usize,
}

impl Report {
    fn new(operation: Operation, side: Side, seed: u64, plans: &[Plan]) -> Self {
        let name = format!("{operation:?}-{side:?}").to_lowercase();
        let mut text = format!("kill -9 inside {name}, seed {seed} (ENLACE_SEED, ENLACE_KILLS)\n");
        for (step, plan) in operation.steps().iter().zip(plans) {
            let writes: usize = plan.groups.iter().map(Vec::len).sum();
            let transactions = plan.groups.len();
            text.push_str(&format!(
                "      {step}: {transactions} syncs and {writes} writes of the log, undisturbed\n"
            ));
        }
        Self { text, name, instants: 0, inside: 0 }
    }

    fn add(&mut self, (step, place, inside): (&str, String, bool)) {
        self.instants += 1;
        self.inside += usize::from(inside);
        let open = if inside { "transaction open" } else { "no transaction" };
        self.text.push_str(&format!("{:>4}  {step:<8} {open:<17} {place}\n", self.instants));
    }

    fn finish(mut self) {
        let Self { instants, inside, .. } = self;
        self.text.push_str(&format!(
            "{instants} instants, {inside} inside an open transaction, no acknowledged write lost\n"
        ));
        println!("{}", self.text);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-{}.txt", self.name));
        fs::write(file, &self.text).unwrap();
        assert!(inside * 5 >= instants * 4, "less than 80 % inside a transaction\n{}", self.text);
    }
}
