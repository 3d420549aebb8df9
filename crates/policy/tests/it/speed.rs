//! Figures of decisions: `cargo test --release -p enlace-policy -- --ignored speed --nocapture`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use enlace_policy::{Ask, Forbid, Policy, PrivateRules, TypeFields, kinds};

use crate::model;

/// Every term, fields of every type, and rules of the node's own: more than sixty clauses.
fn large() -> Policy {
    let mut draft = enlace_policy::draft::parse(&model::whole(), "whole.toml").unwrap();
    for (i, kind) in kinds::all().iter().enumerate() {
        let clause = format!("9.{i}");
        let fields = TypeFields {
            clause,
            keep: vec!["labels".into()],
            generalise: Default::default(),
            drop: vec![],
        };
        let known = kind.knows("labels");
        if known {
            draft.terms.fields.entry(kind.name.into()).or_insert(fields);
        }
    }
    let forbid = (0..20).map(|i| Forbid {
        name: format!("rule-{i}"),
        caveat: Some(format!("caveat-{i}")),
        ..Forbid::default()
    });
    let rules = PrivateRules { forbid: forbid.collect() };
    Policy::compile(&model::agreement(&draft), &rules).unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
#[ignore = "figures of a release build"]
fn speed() {
    let policy = large();
    let (facts, ask) = (model::person(&["suspect"]), model::ask());
    let ask = Ask { offence: Some("drug-trafficking".into()), ..ask };
    assert!(policy.decide(&facts, &ask).permits());
    let cold = (0..2000).map(|_| {
        let start = Instant::now();
        black_box(policy.decide_anew(black_box(&facts), &ask));
        start.elapsed()
    });
    let cold = median(cold.collect());
    let warm = (0..200).map(|_| {
        let start = Instant::now();
        for _ in 0..1000 {
            black_box(policy.decide(black_box(&facts), &ask));
        }
        start.elapsed() / 1000
    });
    let warm = median(warm.collect());
    let masks = (0..200).map(|_| {
        let start = Instant::now();
        for _ in 0..1000 {
            black_box(policy.mask(black_box("identity"), "person.names"));
        }
        start.elapsed() / 1000
    });
    let mask = median(masks.collect());
    println!("a decision: cold {cold:?}, warm {warm:?}; a mask: {mask:?}");
    if !cfg!(debug_assertions) {
        assert!(cold < Duration::from_micros(300), "cold {cold:?}");
        assert!(warm < Duration::from_micros(2), "warm {warm:?}");
    }
}
