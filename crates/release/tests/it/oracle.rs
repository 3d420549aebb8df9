//! Equal to the reference, over many generated cases.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use enlace_policy::Clause;
use enlace_release::{Outcome, Plan};
use serde_json::Value;

use crate::differences::{Node, shrunk};
use crate::generate::case::case;

/// Cases under one agreement, before the next one is compiled.
const A_BLOCK: u64 = 256;

/// Codes that no plan bears.
const NEVER: &[&str] = &[
    // Said of approvals, not of objects.
    "clause-approval",
    "clause-approval-when",
    // No request to Cedar fails.
    "default-error",
    // No case has a flattened copy, or names from outside the set.
    "clause-document-copy",
    "tear-line-names-unknown",
    // Without what it tells of its document a file has too little left to leave.
    "clause-document-metadata",
    // Said of parts only: the line of the property is about what is left.
    "clause-field-dropped",
];

type Counts = BTreeMap<String, u64>;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// `ENLACE_CASES` cases, beginning with block `ENLACE_FIRST`.
#[test]
fn the_fast_path_is_the_reference_over_generated_cases() {
    let (cases, first) = (number("ENLACE_CASES", 20_000), number("ENLACE_FIRST", 0));
    let blocks = cases.div_ceil(A_BLOCK);
    let next = AtomicU64::new(first);
    let failed: Mutex<BTreeMap<u64, String>> = Mutex::default();
    let all: Mutex<Counts> = Mutex::default();
    let work = || {
        let mut counts = Counts::new();
        loop {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block >= first + blocks || failed.lock().unwrap().len() >= 40 {
                break;
            }
            let node = Node::compiled(block);
            options(&node.agreement["terms"], "terms", &mut counts);
            for seed in block * A_BLOCK..(block + 1) * A_BLOCK {
                let case = case(seed, &node.agreement);
                if !node.differences(&case, &mut |plan| count(plan, &mut counts)).is_empty() {
                    let small = shrunk(&node, &case);
                    let text = node.differences(&small, &mut |_| {}).join("\n");
                    failed.lock().unwrap().insert(seed, format!("{text}\n{small}"));
                    break;
                }
            }
        }
        let mut all = all.lock().unwrap();
        counts.into_iter().for_each(|(name, n)| *all.entry(name).or_default() += n);
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    for (seed, text) in &failed {
        let brief: String = text.chars().take(8000).collect();
        eprintln!("seed {seed}, agreement {}:\n{brief}\n", seed / A_BLOCK);
    }
    assert!(failed.is_empty(), "{} cases differ", failed.len());
    covers(&all.into_inner().unwrap(), cases);
}

fn count(plan: &Plan, counts: &mut Counts) {
    let mut add = |name: String| *counts.entry(name).or_default() += 1;
    for object in &plan.objects {
        let kind = object.original.kind();
        add(match &object.outcome {
            Outcome::Released { .. } => format!("released {kind}"),
            Outcome::Unchanged { .. } => format!("unchanged {kind}"),
            Outcome::Withheld(_) => format!("withheld {kind}"),
        });
        for line in &object.lines {
            line.others.iter().chain([&line.clause]).for_each(|c| add(format!("code {}", c.code)));
            if let (Some(rule), Some(path)) =
                (line.clause.args.get("rule"), line.clause.args.get("path"))
            {
                add(format!("invalid {kind} {rule} {path}"));
            }
            if let Some(mask) = line.clause.args.get("mask") {
                add(format!("mask {:?} {}", line.verdict, mask.split(':').next().unwrap()));
            }
        }
    }
}

/// Every value that a term has, by its path; lists by their items.
fn options(value: &Value, path: &str, counts: &mut Counts) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "fields") {
                options(value, &format!("{path}.{name}"), counts);
            }
        }
        Value::Array(items) if items.is_empty() => {
            *counts.entry(format!("{path} = nothing")).or_default() += 1;
        }
        Value::Array(items) => items.iter().for_each(|item| options(item, path, counts)),
        value => *counts.entry(format!("{path} = {value}")).or_default() += 1,
    }
}

/// A generator that no longer makes a kind of case makes the comparison worth less: it fails.
#[allow(clippy::print_stderr)]
fn covers(counts: &Counts, cases: u64) {
    if std::env::var("ENLACE_COUNTS").is_ok() {
        counts.iter().for_each(|(name, n)| eprintln!("{n:>9} {name}"));
    }
    // Small samples show what they can.
    if cases < 10_000 {
        return;
    }
    let at_least = |name: &str, least: u64| {
        let found = counts.get(name).copied().unwrap_or_default();
        assert!(found >= least, "{name}: {found} of {cases} cases, {least} wanted");
    };
    for code in Clause::CODES.iter().filter(|code| !NEVER.contains(code)) {
        at_least(&format!("code {code}"), 5);
    }
}
