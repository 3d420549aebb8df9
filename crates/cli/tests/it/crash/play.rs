//! One play of an operation on nodes of its own, with or without a death in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::case::{Case, Folder, PASSWORD, Server, wait_until_up};
use super::drill::{Operation, Side};
use super::kill::{Death, Instants, Victim};
use super::random::Random;
use super::state::{State, kept, known_ids};
use crate::support::{BINARY, scenario_json};

const OFFICER: Option<&str> = Some("liaison-officer");

pub struct Play {
    pub case: Case,
    /// For outputs and traces.
    pub home: TempDir,
    operation: Operation,
    side: Side,
    server: Option<Server>,
}

impl Play {
    pub fn new(case: &Case, operation: Operation, side: Side) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { case: case.copy(), home, operation, side, server: None }
    }

    /// The node that dies.
    pub fn victim(&self) -> &Folder {
        match (self.operation, self.side) {
            (Operation::Sync, Side::Command) => &self.case.us,
            _ => &self.case.ec,
        }
    }

    pub fn arguments(&self, step: &str) -> Vec<String> {
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
    pub fn prepare(&mut self, step: &str) {
        self.start_server();
        if step == "recall" {
            let object = scenario_json("expected.json")["recall"]["object"].clone();
            self.case.ec.must(OFFICER, &["recall", object.as_str().unwrap()]);
        }
    }

    /// In a sync somebody answers.
    fn start_server(&mut self) {
        if self.operation == Operation::Sync && self.server.is_none() {
            self.server = Some(self.case.ec.serve());
        }
    }

    pub fn stop_server(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }

    /// A step that has to complete. An import of broken objects ends with 1.
    pub fn complete(&self, step: &str) {
        let done = Command::new(BINARY)
            .args(self.arguments(step))
            .env("ENLACE_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let errors = String::from_utf8_lossy(&done.stderr);
        let code = i32::from(step == "import");
        assert_eq!(done.status.code(), Some(code), "{step}: {said}{errors}");
        assert!(is_acknowledged(&said), "{step}: {said}");
    }

    /// Whether a step of a release is done: after a crash an officer looks, then repeats.
    fn is_done(&self, step: &str) -> bool {
        let at = |name: &str, names: &[&str]| names.iter().position(|n| *n == name);
        let Some(wanted) = at(step, Operation::Release.steps()) else { return false };
        let reached =
            self.case.release().and_then(|(_, s)| at(&s, &["drafted", "approved", "sent"]));
        reached.is_some_and(|reached| reached >= wanted)
    }

    /// The whole operation with one death in it, and everything that must hold afterwards. What
    /// was acknowledged is not repeated. `None` if the instant was not before the acknowledgement.
    pub fn killed(
        mut self,
        dies_in: usize,
        at: &Instants,
        random: &mut Random,
        reference: &[State; 2],
    ) -> Option<Death> {
        let context = format!("killed in {}, {}", self.operation.steps()[dies_in], at.place());
        let (mut found, mut acknowledged) = (None, false);
        for (number, step) in self.operation.steps().iter().enumerate() {
            self.prepare(step);
            if number == dies_in {
                let (before, death) = self.die(step, at, random)?;
                self.check(&before, &death, &context);
                acknowledged = self.side == Side::Command && is_acknowledged(&death.said);
                found = Some(death);
                self.start_server();
                if acknowledged || self.is_done(step) {
                    continue;
                }
            }
            self.complete(step);
        }
        for ((node, state), reference) in ["EC", "US"].iter().zip(&self.end()).zip(reference) {
            let different = state.differs_from(reference).join("\n");
            assert!(different.is_empty(), "{node}, {context}:\n{different}");
        }
        found.filter(|_| !acknowledged)
    }

    /// Kills inside a step; with what the node held before.
    fn die(
        &mut self,
        step: &str,
        at: &Instants,
        random: &mut Random,
    ) -> Option<(BTreeSet<String>, Death)> {
        let at = in_folder(at, &self.victim().dir);
        let args = self.arguments(step);
        if self.side == Side::Command {
            let before = kept(&self.victim().dir);
            let death = Victim::start(self.home.path(), &args, &at).kill(random, || false)?;
            return Some((before, death));
        }
        self.stop_server();
        let before = kept(&self.victim().dir);
        let serve = self.case.ec.arguments(None, &["serve"]);
        let victim = Victim::start(self.home.path(), &serve, &at);
        wait_until_up(&victim.stdout);
        let mut asking = spawn(&args);
        let death = victim.kill(random, || asking.try_wait().unwrap().is_some());
        asking.wait().unwrap();
        Some((before, death?))
    }

    /// Right after the death: consistent, and everything acknowledged is there.
    fn check(&self, before: &BTreeSet<String>, death: &Death, context: &str) {
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
            let said = death.said.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
            for line in said.filter(|l| l["result"].is_string()) {
                let there = if line["result"] == "rejected" { &aside } else { &held };
                let id = line["id"].as_str().unwrap();
                assert!(there.contains(id), "{context}: acknowledged and lost: {line}");
            }
        }
    }

    /// Brings a release to the partner, then reads both nodes.
    pub fn end(&mut self) -> [State; 2] {
        if self.operation == Operation::Release {
            self.server = Some(self.case.ec.serve());
            for step in ["fetch", "accept", "receipt"] {
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

fn spawn(args: &[String]) -> Child {
    let mut command = Command::new(BINARY);
    command.args(args).env("ENLACE_PASSWORD", PASSWORD);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
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
