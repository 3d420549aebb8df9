//! The exit beside its limits: decisions a core second, dry run of a large set, many partners.
//!
//! `release AGREEMENT FILE…` measures the objects of the files under the draft agreement and prints
//! one JSON line a figure, each beside its bar; it fails if one is missed. Files are in memory and
//! objects parsed before the clock starts.
//!
//! The limit of a decision is what cannot be left out: to parse the same bytes, to write them in
//! canonical form, to hash them and to make one HMAC. The validator's own rate stands beside it.

mod closure;
mod desk;
mod node;

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;

use enlace_bench::{Runs, cpu_median};
use enlace_release::{Candidate, Exit, Lines, release};
use enlace_stix::{Object, canonical, validate};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use node::{Node, distinct, properties, rules, scenario};

/// Objects of the large set.
const LARGE: usize = 10_000;
const PARTNERS: usize = 50;

/// Decisions a core second.
const WARM: f64 = 20_000.0;
const COLD: f64 = 3_000.0;
/// Seconds of a dry run of [`LARGE`] objects.
const DRY_RUN: f64 = 2.0;
/// Seconds for the twins of [`PARTNERS`] partners after one update.
const UPDATE: f64 = 0.1;

type Failed = Box<dyn Error>;

/// What one object of the mix costs at least.
struct Limits {
    touch: f64,
    validate: f64,
}

fn main() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    let text = std::fs::read_to_string(args.next().ok_or("release AGREEMENT FILE…")?)?;
    let (objects, markings) = scenario(&args.collect::<Vec<_>>())?;
    let objects = distinct(objects).into_iter();
    let mix: Vec<Candidate> = objects.map(|object| Candidate::new(object, true)).collect();
    let mut node = Node::new(&text, 2)?;
    node.definitions = markings.iter().map(|m| (m.id().to_string(), m.clone())).collect();
    node.remember(&mix)?;
    let limits = limits(&mix)?;
    let bars = [
        decisions(&node, &mix, &limits)?,
        large(&node)?,
        desk(&text)?,
        partners(&text, &mix, &markings)?,
    ];
    if bars.iter().all(|met| *met) { Ok(()) } else { Err("a bar is missed".into()) }
}

fn say(line: &Value) -> Result<(), Failed> {
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}

/// CPU seconds for one object of the mix: the median run over the whole mix.
fn each(mix: &[Candidate], mut act: impl FnMut(&Candidate)) -> Result<f64, Failed> {
    let bytes = mix.iter().map(|c| c.object.raw().len()).sum();
    let run = || {
        mix.iter().for_each(&mut act);
        Ok::<(), Failed>(())
    };
    let (seconds, ()) = cpu_median(Runs::of_size(bytes), run)?;
    Ok(seconds / mix.len().max(1) as f64)
}

fn limits(mix: &[Candidate]) -> Result<Limits, Failed> {
    let touch = each(mix, |candidate| {
        let value: Value = serde_json::from_str(candidate.object.raw()).unwrap_or_default();
        let text = canonical::to_string(&value);
        black_box(Sha256::digest(text.as_bytes()));
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(b"key") {
            mac.update(text.as_bytes());
            black_box(mac.finalize().into_bytes());
        }
    })?;
    let validate = each(mix, |candidate| {
        black_box(validate::object(&candidate.object));
    })?;
    let count = mix.len().max(1) as f64;
    let mean = |of: &dyn Fn(&Object) -> usize| {
        mix.iter().map(|c| of(&c.object)).sum::<usize>() as f64 / count
    };
    say(&json!({
        "figure": "limits", "objects": mix.len(),
        "properties_mean": mean(&properties), "bytes_mean": mean(&|o| o.raw().len()),
        "parse_write_hash_mac_per_s": (1.0 / touch).round(),
        "validate_per_s": (1.0 / validate).round(),
    }))?;
    Ok(Limits { touch, validate })
}

/// One decision after the other: warm through one exit, cold through a new one each time, with
/// nothing remembered of earlier decisions.
fn decisions(node: &Node, mix: &[Candidate], limits: &Limits) -> Result<bool, Failed> {
    let leaves = node.with(|context| {
        let exit = Exit::new(context);
        mix.iter().filter(|c| exit.release(c).is_ok()).cloned().collect::<Vec<_>>()
    });
    let mut met = true;
    for (name, set) in [("scenario mix", mix), ("those of it that leave", &leaves)] {
        let warm = node.with(|context| {
            let exit = Exit::new(context);
            each(set, |candidate| drop(black_box(exit.release(candidate))))
        })?;
        let cold = node.with(|context| {
            each(set, |candidate| {
                node.policy.forget();
                drop(black_box(release(candidate, context)));
            })
        })?;
        for (memo, seconds, bar) in [("warm", warm, WARM), ("cold", cold, COLD)] {
            met &= seconds * bar <= 1.0;
            say(&json!({
                "figure": format!("decisions, {memo}"), "of": name, "objects": set.len(),
                "rules": rules(&node.policy),
                "per_core_s": (1.0 / seconds).round(), "bar_per_core_s": bar,
                "times_the_limit": seconds / limits.touch,
                "times_the_validator": seconds / limits.validate,
                "met": seconds * bar <= 1.0,
            }))?;
        }
    }
    Ok(met)
}

/// The dry run of a set of ten thousand objects, every line told.
fn large(node: &Node) -> Result<bool, Failed> {
    let set = closure::set(LARGE)?;
    let mut met = true;
    for lines in [Lines::Told, Lines::Untold] {
        let run = || Ok::<_, Failed>(node.with(|c| Exit::new(c).plan(&set, lines)));
        let (seconds, made) = cpu_median(Runs::of_size(usize::MAX), run)?;
        met &= seconds <= DRY_RUN;
        say(&json!({
            "figure": if lines == Lines::Told { "dry run" } else { "the same, sent" },
            "objects": set.len(), "released": made.released.len(),
            "lines": made.lines().count(),
            "cpu_s": seconds, "bar_cpu_s": DRY_RUN, "met": seconds <= DRY_RUN,
        }))?;
    }
    Ok(met)
}

/// The same set through a node with its store on disk.
fn desk(text: &str) -> Result<bool, Failed> {
    let set = closure::set(LARGE)?;
    let figures = desk::measure(text, &set)?;
    let mut met = true;
    let runs = [("first", figures.first), ("again", figures.again), ("sent before", figures.sent)];
    for (run, (cpu, wall)) in runs {
        met &= cpu <= DRY_RUN;
        say(&json!({
            "figure": format!("dry run through the node, {run}"),
            "objects": set.len(), "released": figures.released, "lines": figures.lines,
            "cpu_s": cpu, "wall_s": wall, "bar_cpu_s": DRY_RUN, "met": cpu <= DRY_RUN,
        }))?;
    }
    Ok(met)
}

/// One object is updated: its twins for fifty partners, each under an agreement of its own.
fn partners(text: &str, mix: &[Candidate], markings: &[Object]) -> Result<bool, Failed> {
    let mut nodes = Vec::with_capacity(PARTNERS);
    for number in 0..PARTNERS {
        let mut node = Node::new(text, 100 + number)?;
        node.definitions = markings.iter().map(|m| (m.id().to_string(), m.clone())).collect();
        node.remember(mix)?;
        nodes.push(node);
    }
    let updated = mix.iter().find(|c| c.object.kind() == "firearm").ok_or("no firearm")?;
    let set = std::slice::from_ref(updated);
    let mut met = true;
    for memo in ["warm", "cold"] {
        let recompute = || {
            let mut twins = 0;
            for node in &nodes {
                if memo == "cold" {
                    node.policy.forget();
                }
                let made = node.with(|c| Exit::new(c).plan(set, Lines::Untold));
                twins += made.released.iter().filter(|r| r.kind() == "firearm").count();
            }
            Ok::<_, Failed>(twins)
        };
        let (seconds, twins) = cpu_median(Runs::of_size(1_000_000), recompute)?;
        met &= seconds <= UPDATE && twins == PARTNERS;
        say(&json!({
            "figure": format!("partners' twins after one update, {memo}"),
            "partners": PARTNERS, "twins": twins,
            "cpu_s": seconds, "bar_cpu_s": UPDATE, "met": seconds <= UPDATE,
        }))?;
    }
    Ok(met)
}
