//! What a derived result carries is what the reference says that each of its inputs carries.

use std::collections::BTreeSet;

use enlace_release::{Input, joined};
use enlace_stix::Id;
use enlace_stix::marking::Effective;
use serde_json::Value;

use crate::differences::Node;
use crate::generate::case::case;
use crate::generate::terms;
use crate::model::object;
use crate::reference::marking::{COLOURS, Marking, Markings, PAP, Step};

/// Every place of an object that has a value.
fn places(value: &Value, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let above = at.len();
                at.extend(name.split('.').map(|part| Step::Name(part.to_owned())));
                places(value, at, found);
                at.truncate(above);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                at.push(Step::Item(i));
                places(item, at, found);
                at.pop();
            }
        }
        _ => {}
    }
    found.push(at.clone());
}

/// The parts of a marking that can be told of both, in words.
fn fast(marking: &Effective) -> String {
    let tlp = marking.tlp.map(|tlp| tlp.name().to_owned());
    let handling: BTreeSet<String> = marking.handling.iter().map(|h| format!("{h:?}")).collect();
    let caveats: BTreeSet<&String> = marking.caveats.iter().collect();
    let to: Option<BTreeSet<&String>> = marking.releasable_to.as_ref().map(|t| t.iter().collect());
    let purposes: Option<BTreeSet<&String>> = marking.purposes.as_ref().map(|p| p.iter().collect());
    let pap = marking.pap.map(|pap| pap.name().to_owned());
    let days = marking.retention_days;
    let until = marking.retention_until.as_ref().map(enlace_stix::Timestamp::micros);
    let review = marking.review_due.as_ref().map(enlace_stix::Timestamp::micros);
    let flags = (!marking.conditions.is_empty(), !marking.unknown.is_empty());
    format!(
        "{tlp:?} {handling:?} {caveats:?} {to:?} {purposes:?} {pap:?} {days:?} {until:?} \
         {review:?} {flags:?}"
    )
}

fn slow(marking: &Marking) -> String {
    let Marking { handling, caveats, to, purposes, days, until, review, .. } = marking;
    let tlp = marking.tlp.map(|tlp| COLOURS[tlp].to_owned());
    let pap = marking.pap.map(|pap| PAP[pap].to_owned());
    let flags = (marking.conditions, marking.unknown);
    format!(
        "{tlp:?} {handling:?} {caveats:?} {to:?} {purposes:?} {pap:?} {days:?} {until:?} \
         {review:?} {flags:?}"
    )
}

#[test]
fn a_result_carries_the_join_of_every_property_of_every_input() {
    let (mut marked, mut unattributed) = (0, 0);
    for number in 0..6 {
        let node = Node::plain(terms::agreement(number), |a, p| {
            enlace_policy::Policy::compile(a, p).unwrap()
        });
        for seed in 0..150 {
            let case = case(seed + number * 1000, &node.agreement);
            let own: Id = crate::model::OWN.parse().unwrap();
            let other: Id = crate::model::id("identity", 77).parse().unwrap();
            let objects: Vec<_> = case.originals.iter().map(|o| object(o.object.clone())).collect();
            let by = |i: usize| match i % 5 {
                0 => None,
                1 => Some(&other),
                _ => Some(&own),
            };
            // The first has a known originator in half of the cases, so that all may be known.
            let skipped = usize::try_from(seed % 2).unwrap();
            let inputs: Vec<Input<'_>> = objects
                .iter()
                .enumerate()
                .map(|(i, object)| Input { object, originator: by(i + skipped) })
                .collect();
            let held = |id: &str| node.held(id);
            let made = joined(&inputs, &held);
            let mut expected = Marking::default();
            for original in &case.originals {
                let markings = Markings::of(&original.object, &node.definitions);
                expected.join(&markings.whole);
                let mut all = Vec::new();
                places(&original.object, &mut Vec::new(), &mut all);
                all.iter().for_each(|place| expected.join(&markings.at(place)));
            }
            assert_eq!(fast(&made.marking), slow(&expected), "case {seed} of {number}");
            let expected: BTreeSet<&Id> = inputs.iter().filter_map(|i| i.originator).collect();
            assert_eq!(made.originators.iter().collect::<BTreeSet<_>>(), expected);
            let nobody = inputs.iter().any(|input| input.originator.is_none());
            assert_eq!(made.unattributed, nobody);
            assert_eq!(made.is_own(&own), !nobody && !expected.contains(&other));
            marked += usize::from(made.marking.tlp.is_some());
            unattributed += usize::from(nobody);
        }
    }
    assert!(marked > 500 && unattributed > 100, "{marked} {unattributed}");
}
