//! Mutants: for every rule of the table, objects that break it and nothing else, and near misses
//! that look like it and break nothing.
//!
//! What a generator expects comes from the sentence of the standard; the validator is the one under
//! test. A new rule needs one [`Generator`] in the room of its chapter. `ENLACE_LONG=1` makes more
//! cases; `ENLACE_MUTANTS_OUT=FILE` writes them for `scripts/oracles.py mutants FILE`.

#![allow(clippy::string_slice, reason = "the texts that are cut here are ASCII")]

mod across;
mod addresses;
mod advice;
mod base;
mod bundles;
mod case;
mod content;
mod extensions;
mod identity;
mod markings;
mod names;
mod numbers;
mod objects;
mod observables;
mod properties;
mod reading;
mod references;
mod rng;
mod site;
mod tables;
mod texts;
mod times;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use enlace_stix::validate::{self, Across, Finding, Level, RULES};
use enlace_stix::{Object, read};
use serde_json::json;

use base::Size;
use case::{Case, Generator, Subject};
use rng::Rng;

/// One room a chapter; a rule stands in exactly one.
fn generators() -> Vec<&'static Generator> {
    let rooms: [&[Generator]; 17] = [
        reading::GENERATORS,
        identity::GENERATORS,
        properties::GENERATORS,
        names::GENERATORS,
        content::GENERATORS,
        texts::GENERATORS,
        numbers::GENERATORS,
        times::GENERATORS,
        references::GENERATORS,
        markings::GENERATORS,
        extensions::GENERATORS,
        bundles::GENERATORS,
        objects::GENERATORS,
        addresses::GENERATORS,
        observables::GENERATORS,
        advice::GENERATORS,
        across::GENERATORS,
    ];
    rooms.into_iter().flatten().collect()
}

/// What is judged: the object, the bundle and every object in it, or its objects together.
fn judge(rule: &str, case: &Case) -> Vec<Finding> {
    let one = |text: &str| match Object::parse_within(text, case.limits()) {
        Ok(object) => {
            let mut findings = validate::object(&object);
            // Said only where it is asked for.
            if rule.starts_with("stix.advice.") {
                findings.extend(validate::advice(&object));
            }
            findings
        }
        Err(error) => vec![validate::unreadable(&error)],
    };
    match case.subject {
        Subject::Object | Subject::Limited => one(&case.text),
        Subject::Together => together(&case.text),
        Subject::Bundle => {
            let mut findings = validate::bundle(&case.text);
            if let Ok((_, objects)) = read::split(&case.text) {
                findings.extend(objects.into_iter().flat_map(one));
            }
            findings
        }
    }
}

/// The objects of a bundle in the two readings of [`Across`].
fn together(text: &str) -> Vec<Finding> {
    let bundle: serde_json::Value = serde_json::from_str(text).unwrap();
    let objects = bundle["objects"].as_array().unwrap();
    let objects: Vec<_> = objects.iter().map(|v| Object::parse(&v.to_string()).unwrap()).collect();
    let mut across = Across::default();
    objects.iter().for_each(|object| across.learn(object));
    let mut findings: Vec<_> = objects.iter().flat_map(|object| across.object(object)).collect();
    for object in objects.iter().filter(|object| object.kind() == "language-content") {
        findings.extend(across.translation(object));
    }
    findings
}

fn codes(findings: &[Finding], level: Level) -> BTreeSet<&'static str> {
    findings.iter().filter(|f| f.level == level).map(|f| f.rule).collect()
}

/// Different cases of one rule: by what was done, not by the random rest of the object.
fn collect(rule: &str, kind: &str, make: fn(&mut Rng) -> Option<Case>, wanted: usize) -> Vec<Case> {
    let mut rng = Rng::named(rule, kind.len() as u64);
    let (mut seen, mut cases, mut in_vain) = (BTreeSet::new(), Vec::new(), 0);
    // Some rules have no more different cases than they have: after so many tries it is enough.
    while cases.len() < wanted && in_vain < 2000 {
        in_vain += 1;
        if let Some(case) = make(&mut rng)
            && seen.insert(case.note.clone())
        {
            cases.push(case);
            in_vain = 0;
        }
    }
    cases
}

fn sizes() -> (usize, usize) {
    if std::env::var_os("ENLACE_LONG").is_some() { (300, 100) } else { (60, 25) }
}

const LEAST: (usize, usize) = (50, 20);

/// What is wrong with one case, if anything.
fn fault(rule: &str, level: Level, kind: &str, case: &Case) -> Option<String> {
    let findings = judge(rule, case);
    let must = codes(&findings, Level::Must);
    let should = codes(&findings, Level::Should);
    let right = match (kind, level) {
        ("near", _) => must.is_empty() && !should.contains(rule),
        (_, Level::Must) => {
            let also: BTreeSet<_> = case.also.iter().copied().chain([rule]).collect();
            must.contains(rule) && must.is_subset(&also)
        }
        (_, Level::Should) => must.is_empty() && should.contains(rule),
    };
    let at = case.path.as_deref().filter(|_| kind == "mutant");
    let placed = at.is_none_or(|at| findings.iter().any(|f| f.rule == rule && f.path == at));
    if right && placed {
        return None;
    }
    let found: Vec<_> = findings.iter().map(|f| format!("{} at `{}`", f.rule, f.path)).collect();
    let text: String = case.text.chars().take(700).collect();
    let at = at.unwrap_or("any path");
    Some(format!("{rule} {kind} [{}] at {at}: found {found:?}\n    {text}", case.note))
}

#[test]
fn every_rule_is_broken_by_its_mutants_alone_and_by_no_near_miss() {
    let by_rule: BTreeMap<_, _> = generators().into_iter().map(|g| (g.rule, g)).collect();
    assert_eq!(by_rule.len(), generators().len(), "a rule has two generators");
    let mut report = String::new();
    let (mutants, nears) = sizes();
    for rule in RULES {
        let Some(generator) = by_rule.get(rule.code) else {
            let _ = writeln!(report, "{}: no generator", rule.code);
            continue;
        };
        let kinds = [
            ("mutant", generator.mutant, mutants, LEAST.0),
            ("near", generator.near, nears, LEAST.1),
        ];
        for (kind, make, wanted, least) in kinds {
            let cases = collect(rule.code, kind, make, wanted);
            if cases.len() < least {
                let _ = writeln!(report, "{} {kind}: only {} different", rule.code, cases.len());
            }
            let faults: Vec<_> =
                cases.iter().filter_map(|c| fault(rule.code, rule.level, kind, c)).collect();
            if !faults.is_empty() {
                let _ = writeln!(report, "{} {kind}: {} wrong", rule.code, faults.len());
            }
            for fault in faults.iter().take(3) {
                let _ = writeln!(report, "  {fault}");
            }
        }
    }
    let known: BTreeSet<_> = RULES.iter().map(|r| r.code).collect();
    for code in by_rule.keys().filter(|code| !known.contains(*code)) {
        let _ = writeln!(report, "{code}: a generator without a rule");
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Every kind of object that mutants are made from.
fn bases() -> Vec<serde_json::Value> {
    let mut rng = Rng::new(2026);
    let rounds = if std::env::var_os("ENLACE_LONG").is_some() { 60 } else { 6 };
    let mut all = base::own_examples();
    for _ in 0..rounds {
        for kind in base::kinds() {
            for size in [Size::Complete, Size::Some, Size::Least] {
                all.push(base::object(&mut rng, kind, size));
            }
        }
        all.extend([base::foreign(&mut rng), base::widened(&mut rng), base::own(&mut rng)]);
    }
    all
}

#[test]
fn what_mutants_are_made_from_is_sound() {
    let mut report = String::new();
    for view in bases() {
        let findings = validate::object(&Object::parse(&view.to_string()).unwrap());
        for f in &findings {
            let (kind, level) = (&view["type"], f.level);
            let _ = writeln!(report, "{kind} {level:?} {} `{}` {}", f.rule, f.path, f.found);
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// `ENLACE_MUTANTS_OUT=FILE`: every base and case as a JSON line, for the oracles.
#[test]
fn cases_are_written_where_asked() {
    let Some(path) = std::env::var_os("ENLACE_MUTANTS_OUT") else { return };
    let rules: Vec<_> = RULES
        .iter()
        .map(|r| json!({"code": r.code, "level": r.level, "section": r.section, "says": r.says}))
        .collect();
    let mut lines = format!("{}\n", json!({ "rules": rules }));
    for view in bases() {
        let line = json!({"rule": "", "level": Level::Must, "kind": "base", "note": view["type"],
            "path": null, "object": view.to_string(), "ours": []});
        let _ = writeln!(lines, "{line}");
    }
    let by_rule: BTreeMap<_, _> = generators().into_iter().map(|g| (g.rule, g)).collect();
    let (mutants, nears) = sizes();
    for rule in RULES {
        let Some(generator) = by_rule.get(rule.code) else { continue };
        for (kind, make, wanted) in
            [("mutant", generator.mutant, mutants), ("near", generator.near, nears)]
        {
            for case in collect(rule.code, kind, make, wanted) {
                let must = codes(&judge(rule.code, &case), Level::Must);
                let line = json!({"rule": rule.code, "level": rule.level, "kind": kind,
                    "note": case.note, "path": case.path, "object": case.text, "ours": must,
                    "node": case.subject == Subject::Limited});
                let _ = writeln!(lines, "{line}");
            }
        }
    }
    std::fs::write(path, lines).unwrap();
}
