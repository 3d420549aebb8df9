//! Equal to the reference, over many generated cases.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use enlace_policy::Clause;
use enlace_release::{Outcome, Plan};
use serde_json::Value;

use crate::differences::{Node, shrunk};
use crate::generate::case::{Case, case};
use crate::reference::{Consent, Original, types};

/// Cases under one agreement, before the next one is compiled.
const A_BLOCK: u64 = 256;

/// Codes that no plan bears.
const NEVER: &[&str] = &[
    // Said of approvals, not of objects.
    "clause-approval",
    "clause-approval-when",
    // No request to Cedar fails.
    "default-error",
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
                features(&case, &mut counts);
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

/// Kinds of case that the comparison must not lose, with how many of ten thousand have one.
const FEATURES: &[(&str, u64)] = &[
    ("a cycle of references", 500),
    ("a chain of ten references", 20),
    ("a granular marking", 2000),
    ("a revoked version", 300),
    ("two versions of one object", 300),
    ("a date outside the agreement", 50),
    ("a missing signature", 50),
    ("a suspended agreement", 50),
    ("a recipient without vetting", 50),
    ("an unknown recipient", 50),
    ("an unknown extension", 100),
    ("an extension of a wrong form", 50),
    ("a consent to the whole", 500),
    ("a consent to less", 200),
    ("another's object without consent", 200),
    ("an object held back", 100),
    ("a flattened copy", 200),
    ("a file that tells of a copy", 5),
    ("a file that tells of a copy which the partner has", 5),
    ("something outside that the partner does not know", 500),
    ("something outside that it knows", 500),
    ("something recalled", 200),
    ("something sent before", 2000),
    ("a second release", 2000),
];

/// What kinds of case it is.
fn features(case: &Case, counts: &mut Counts) {
    let objects = || case.originals.iter().map(|original| &original.object);
    let any = |test: &dyn Fn(&Original) -> bool| case.originals.iter().any(test);
    let (cycle, longest) = paths(case);
    let ids: Vec<&Value> = objects().map(|object| &object["id"]).collect();
    let twice = ids.iter().enumerate().any(|(i, id)| ids[..i].contains(id));
    let known = |id: &str| {
        let all = types::EXTENSIONS.iter().map(|(_, id, _)| *id);
        let inside = types::INSIDE.iter().map(|(id, _)| *id);
        let types = types::all().iter().filter_map(|kind| kind.definition);
        all.chain(inside).chain(types).chain([types::TEAR_LINE]).any(|known| known == id)
    };
    let extensions = |test: &dyn Fn(&str, &Value) -> bool| {
        objects()
            .filter_map(|object| object["extensions"].as_object())
            .flatten()
            .any(|(id, body)| test(id, body))
    };
    let copied =
        |id: &Value| any(&|original| original.copy.is_some() && original.object["id"] == *id);
    let has = |id: &Value| {
        let previous = id.as_str().and_then(|id| case.previous.get(id));
        previous.is_some_and(|p| p.copy.is_some() && !p.recalled) && !ids.contains(&id)
    };
    let dates = 1_767_225_600_000_000..1_861_920_000_000_000;
    let all = [
        cycle,
        longest >= 10,
        objects().any(|object| object["granular_markings"].is_array()),
        objects().any(|object| object["revoked"] == true),
        twice,
        !dates.contains(&case.now_us),
        case.signed.len() < 2,
        case.suspended,
        !case.vetted,
        case.partner.starts_with("333"),
        extensions(&|id, _| !known(id)),
        extensions(&|_, body| !body.is_object()),
        any(&|o| o.consent == Consent::Whole),
        any(&|o| matches!(o.consent, Consent::Redacted(_))),
        any(&|o| !o.own && o.consent == Consent::None),
        any(&|o| o.held),
        any(&|o| o.copy.is_some()),
        objects().any(|object| object["type"] == "file" && copied(&object["content_ref"])),
        objects().any(|object| object["type"] == "file" && has(&object["content_ref"])),
        case.outside.iter().any(|(_, knows)| !knows),
        case.outside.iter().any(|(_, knows)| *knows),
        case.previous.values().any(|p| p.recalled),
        !case.previous.is_empty(),
        case.again.is_some(),
    ];
    for ((name, _), _) in FEATURES.iter().zip(all).filter(|(_, is)| *is) {
        *counts.entry(format!("case {name}")).or_default() += 1;
    }
}

/// Whether references go round in the set, and the longest way along them until something comes
/// again.
fn paths(case: &Case) -> (bool, usize) {
    let mut to: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for original in &case.originals {
        let mut found = Vec::new();
        references("", &original.object, &mut found);
        to.insert(original.object["id"].as_str().unwrap(), found);
    }
    let (mut cycle, mut longest) = (false, 0);
    for start in to.keys() {
        // The first reference that leads on, again and again.
        let (mut seen, mut at) = (vec![*start], *start);
        while let Some(next) = to[at].iter().find_map(|id| Some(*to.get_key_value(id.as_str())?.0))
        {
            if seen.contains(&next) {
                cycle = true;
                break;
            }
            seen.push(next);
            at = next;
        }
        longest = longest.max(seen.len());
    }
    (cycle, longest)
}

fn references(name: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(id) if name.ends_with("_ref") || name.ends_with("_refs") => {
            found.push(id.to_ascii_lowercase());
        }
        Value::Array(items) => items.iter().for_each(|item| references(name, item, found)),
        Value::Object(all) => all.iter().for_each(|(name, v)| references(name, v, found)),
        _ => {}
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
    for (name, least) in FEATURES {
        at_least(&format!("case {name}"), least * (cases / 10_000));
    }
}
