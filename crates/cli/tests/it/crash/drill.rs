//! An operation, killed at drawn instants, checked, repeated and compared with an undisturbed run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::case::Case;
use super::kill::Instants;
use super::plan::{Plan, undisturbed};
use super::play::Play;
use super::random::Random;

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
    pub fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Import => &["import"],
            Self::Release => &["draft", "approve", "send"],
            Self::Sync => &["fetch", "accept", "receipt", "recall"],
        }
    }
}

/// Plays an operation on a case as often as `ENLACE_KILLS` says.
pub fn run(case: &Case, operation: Operation, side: Side) {
    let seed = Random::seed();
    let kills = std::env::var("ENLACE_KILLS").ok().and_then(|k| k.parse().ok()).unwrap_or(10);
    let (plans, reference) = undisturbed(case, operation, side);
    let mut report = Report::new(operation, side, seed, &plans);
    for number in 0..kills {
        let wants_inside = number % 5 != 4;
        let drawn = (0..DRAWS).find_map(|draw| {
            // Each draw has a generator of its own: what a slow machine misses shifts no other.
            let mut random = Random::new(seed ^ ((number << 8 | draw) as u64));
            let (step, at) = draw_instant(&mut random, &plans, number, draw);
            let play = Play::new(case, operation, side);
            let death = play.killed(step, &at, &mut random, &reference)?;
            let drawn = (operation.steps()[step], at.place(), death.inside);
            // A write that this run made outside of a transaction was survived too, but does not
            // stand for one inside.
            if wants_inside && !death.inside {
                report.add_beside(&drawn);
                return None;
            }
            Some(drawn)
        });
        report.add(drawn.expect("an instant that the process reaches before it acknowledges"));
    }
    report.finish();
}

/// Eight of ten instants lie where a transaction is open: half of them at a write or sync of the
/// log, half at any moment. Two lie anywhere.
fn draw_instant(
    random: &mut Random,
    plans: &[Plan],
    number: usize,
    draw: usize,
) -> (usize, Instants) {
    let writing: Vec<usize> =
        (0..plans.len()).filter(|step| !plans[*step].transactions.is_empty()).collect();
    let step = *random.pick(&writing);
    let plan = &plans[step];
    let at = match number % 5 {
        4 if !plan.others.is_empty() && random.below(2) == 0 => {
            let (path, call, nth) = random.pick(&plan.others).clone();
            Instants::Call { path, call, nth }
        }
        // Traced, and with its start and stop, it took longer than it will: each draw is for earlier.
        4 => {
            let share = u32::try_from(random.below(1_000)).unwrap();
            Instants::After(plan.took * share / 1_000 / u32::try_from(draw + 1).unwrap())
        }
        1 | 3 if draw < 5 => Instants::Inside,
        _ => {
            let transaction: &Vec<(String, usize)> = random.pick(&plan.transactions);
            let (call, nth) = random.pick(transaction).clone();
            Instants::Call { path: "enlace.db-wal".into(), call, nth }
        }
    };
    (step, at)
}

/// What the test prints, and leaves in `target/tmp`.
struct Report {
    text: String,
    name: String,
    instants: usize,
    inside: usize,
}

impl Report {
    fn new(operation: Operation, side: Side, seed: u64, plans: &[Plan]) -> Self {
        let name = format!("{operation:?}-{side:?}").to_lowercase();
        let mut text = format!("kill -9 inside {name}, ENLACE_SEED={seed}\n");
        for (step, plan) in operation.steps().iter().zip(plans) {
            let transactions = plan.transactions.len();
            let calls: usize = plan.transactions.iter().map(Vec::len).sum();
            let _ = writeln!(
                text,
                "      {step}: {transactions} transactions, {calls} writes and syncs of the log"
            );
        }
        Self { text, name, instants: 0, inside: 0 }
    }

    fn add(&mut self, (step, place, inside): (&str, String, bool)) {
        self.instants += 1;
        self.inside += usize::from(inside);
        let open = if inside { "transaction open" } else { "no transaction" };
        let _ = writeln!(self.text, "{:>4}  {step:<8} {open:<17} {place}", self.instants);
    }

    fn add_beside(&mut self, (step, place, _): &(&str, String, bool)) {
        let _ = writeln!(self.text, "   +  {step:<8} no transaction    {place}");
    }

    fn finish(mut self) {
        let Self { instants, inside, .. } = self;
        let _ = writeln!(
            self.text,
            "{instants} instants, {inside} inside an open transaction, no acknowledged write lost"
        );
        println!("{}", self.text);
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-{}.txt", self.name));
        fs::write(file, &self.text).unwrap();
        assert!(inside * 5 >= instants * 4, "less than 80 % inside a transaction\n{}", self.text);
    }
}
