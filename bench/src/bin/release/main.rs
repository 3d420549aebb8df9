//! The exit beside its limits: decisions a core second, dry run of a large set, many partners.
//!
//! `release AGREEMENT FILE…` measures the objects of the files under the draft agreement and prints
//! one JSON line a figure. Files are in memory and objects parsed before the clock starts.

mod closure;
mod node;

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;

use enlace_bench::{Runs, cpu_median};
use enlace_release::{Candidate, Context, Outcome, plan};
use enlace_stix::{Object, canonical, validate};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use node::{Node, distinct, properties, rules, scenario};

/// Objects of the large set.
const LARGE: usize = 10_000;
const PARTNERS: usize = 50;

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let mut args = std::env::args().skip(1);
    let text = std::fs::read_to_string(args.next().ok_or("release AGREEMENT FILE…")?)?;
    let (objects, markings) = scenario(&args.collect::<Vec<_>>())?;
    let objects = distinct(objects);
    let mix: Vec<Candidate> =
        objects.into_iter().map(|object| Candidate::new(object, true)).collect();
    let mut node = Node::new(&text, 2)?;
    node.definitions = markings.iter().map(|m| (m.id().to_string(), m.clone())).collect();
    node.remember(&mix)?;
    limits(&mix)?;
    decisions(&node, &mix)?;
    large(&node)?;
    partners(&text, &mix, &markings)
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

/// What reading, writing and hashing the same bytes cost, and what the validator costs.
fn limits(mix: &[Candidate]) -> Result<(), Failed> {
    let touch = each(mix, |candidate| {
        let value: Value = serde_json::from_str(candidate.object.raw()).unwrap_or_default();
        let text = canonical::to_string(&value);
        black_box(Sha256::digest(text.as_bytes()));
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(b"key") {
            mac.update(text.as_bytes());
            black_box(mac.finalize().into_bytes());
        }
    })?;
    let valid = each(mix, |candidate| {
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
        "validate_per_s": (1.0 / valid).round(),
    }))
}

/// One decision after the other.
fn decisions(node: &Node, mix: &[Candidate]) -> Result<(), Failed> {
    let leaves = |context: &Context<'_>| -> Vec<bool> {
        let outcome = |candidate| plan(std::slice::from_ref(candidate), context).objects.remove(0);
        mix.iter().map(|c| !matches!(outcome(c).outcome, Outcome::Withheld(_))).collect()
    };
    let released = node.with(leaves);
    let out: Vec<Candidate> =
        mix.iter().zip(&released).filter(|(_, out)| **out).map(|(c, _)| c.clone()).collect();
    for (name, set) in [("scenario mix", mix), ("those that leave", &out)] {
        let warm = node.with(|context| {
            each(set, |c| {
                black_box(plan(std::slice::from_ref(c), context));
            })
        })?;
        let cold = node.with(|context| {
            each(set, |c| {
                node.policy.forget();
                black_box(plan(std::slice::from_ref(c), context));
            })
        })?;
        say(&json!({
            "figure": "decisions", "of": name, "objects": set.len(), "leave": out.len(),
            "rules": rules(&node.policy),
            "warm_per_s": (1.0 / warm).round(), "cold_per_s": (1.0 / cold).round(),
        }))?;
    }
    Ok(())
}

/// The dry run of a set of ten thousand objects.
fn large(node: &Node) -> Result<(), Failed> {
    let set = closure::set(LARGE)?;
    let (seconds, made) = node.with(|context| {
        cpu_median(Runs::of_size(usize::MAX), || Ok::<_, Failed>(plan(&set, context)))
    })?;
    say(&json!({
        "figure": "dry run", "objects": set.len(), "released": made.released.len(),
        "lines": made.lines().count(), "cpu_s": seconds,
    }))
}

/// One object is updated: its twins for fifty partners, each under an agreement of its own.
fn partners(text: &str, mix: &[Candidate], markings: &[Object]) -> Result<(), Failed> {
    let mut nodes = Vec::with_capacity(PARTNERS);
    for number in 0..PARTNERS {
        let mut node = Node::new(text, 100 + number)?;
        node.definitions = markings.iter().map(|m| (m.id().to_string(), m.clone())).collect();
        node.remember(mix)?;
        nodes.push(node);
    }
    let updated = mix.iter().find(|c| c.object.kind() == "firearm").ok_or("no firearm")?;
    let set = std::slice::from_ref(updated);
    let recompute = |cold: bool| {
        let mut twins = 0;
        for node in &nodes {
            if cold {
                node.policy.forget();
            }
            twins += node.with(|context| plan(set, context)).released.len();
        }
        Ok::<_, Failed>(twins)
    };
    let (warm, twins) = cpu_median(Runs::of_size(1_000_000), || recompute(false))?;
    let (cold, _) = cpu_median(Runs::of_size(1_000_000), || recompute(true))?;
    say(&json!({
        "figure": "partners", "partners": PARTNERS, "twins": twins,
        "warm_cpu_s": warm, "cold_cpu_s": cold,
    }))
}
