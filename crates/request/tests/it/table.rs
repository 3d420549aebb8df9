//! The state machine, evaluated completely: every position that can be reached, every side, every
//! step. The snapshot is reviewed by people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use enlace_request::rule::{Impossible, Rules, after};
use enlace_request::state::{Kind, Position, Side, Step};

/// Every position that can be reached, in the order in which it is found.
fn reachable(rules: Rules) -> Vec<Position> {
    let first = after(rules, None, Side::Asking, Step::Sent).unwrap();
    let mut found = vec![first];
    let mut next = 0;
    while let Some(at) = found.get(next).copied() {
        next += 1;
        for side in Side::ALL {
            for step in Step::ALL {
                let to = after(rules, Some(at), side, *step);
                found.extend(to.ok().filter(|to| !found.contains(to)));
            }
        }
    }
    found
}

fn name(at: Position) -> String {
    let asked_back = match at.interrupted {
        Some((by, state)) => format!(" by {} in {}", by.name(), state.name()),
        None => String::new(),
    };
    let feedback = if at.has_feedback { " + feedback" } else { "" };
    format!("{}{asked_back}{feedback}", at.state.name())
}

fn table(rules: Rules) -> String {
    let mut text = String::new();
    // Feedback changes no step, see below: one line is enough for both.
    for at in reachable(rules).into_iter().filter(|at| !at.has_feedback) {
        writeln!(text, "{}", name(at)).unwrap();
        for side in Side::ALL {
            let moves = |step: &Step| {
                let to = after(rules, Some(at), side, *step).ok()?;
                let stays = if to == at { String::new() } else { format!(" → {}", name(to)) };
                Some(format!("{}{stays}", step.name()))
            };
            let steps: Vec<String> = Step::ALL.iter().filter_map(moves).collect();
            writeln!(text, "  {}: {}", side.name(), steps.join(", ")).unwrap();
        }
    }
    text
}

const INFORMATION: Rules = Rules { kind: Kind::Information, one_answer: false };
const ONE_ANSWER: Rules = Rules { kind: Kind::Information, one_answer: true };
const SPONTANEOUS: Rules = Rules { kind: Kind::Spontaneous, one_answer: false };

#[test]
fn the_table_of_an_ordinary_request_is_the_reviewed_one() {
    insta::assert_snapshot!(table(INFORMATION));
}

#[test]
fn the_table_under_one_outward_answer_is_the_reviewed_one() {
    insta::assert_snapshot!(table(ONE_ANSWER));
}

#[test]
fn the_table_of_spontaneous_information_is_the_reviewed_one() {
    insta::assert_snapshot!(table(SPONTANEOUS));
}

/// What is impossible says why, and the reason is the true one.
#[test]
fn every_step_that_is_impossible_names_its_reason() {
    for rules in [INFORMATION, ONE_ANSWER, SPONTANEOUS] {
        let all = reachable(rules);
        for side in Side::ALL {
            for step in Step::ALL {
                let outcomes: BTreeSet<_> =
                    all.iter().map(|at| after(rules, Some(*at), side, *step).err()).collect();
                let never = |why| outcomes == BTreeSet::from([Some(why)]);
                let ever = outcomes.contains(&None);
                // A reason that has nothing to do with the position holds at every position.
                for why in [Impossible::OtherSide, Impossible::OtherKind, Impossible::KeptInside] {
                    assert_eq!(outcomes.contains(&Some(why)), never(why), "{side:?} {step:?}");
                }
                assert_eq!(*step == Step::Sent, never(Impossible::Beginning), "{side:?} {step:?}");
                if outcomes.contains(&Some(Impossible::OutOfOrder)) {
                    assert!(ever, "{side:?} {step:?} is never possible: {outcomes:?}");
                }
            }
        }
    }
}

#[test]
fn nothing_but_a_request_that_is_sent_begins_a_thread() {
    for side in Side::ALL {
        for step in Step::ALL {
            let begins = after(INFORMATION, None, side, *step).is_ok();
            assert_eq!(begins, side == Side::Asking && *step == Step::Sent);
        }
    }
}

#[test]
fn feedback_changes_no_step() {
    for rules in [INFORMATION, ONE_ANSWER, SPONTANEOUS] {
        let all = reachable(rules);
        for at in all.iter().filter(|at| at.has_feedback) {
            let without = Position { has_feedback: false, ..*at };
            assert!(all.contains(&without));
            for side in Side::ALL {
                for step in Step::ALL {
                    let with =
                        after(rules, Some(*at), side, *step).map(|p| (p.state, p.interrupted));
                    let bare = after(rules, Some(without), side, *step);
                    assert_eq!(with, bare.map(|p| (p.state, p.interrupted)));
                }
            }
        }
    }
}

/// From every position the thread can end, so no request hangs for ever; from every open one the
/// asked side can end its part by itself, or the asking side has to speak.
#[test]
fn every_thread_can_end() {
    for rules in [INFORMATION, ONE_ANSWER, SPONTANEOUS] {
        let all = reachable(rules);
        let mut ends: BTreeMap<String, bool> =
            all.iter().map(|at| (name(*at), at.state == Step::Closed)).collect();
        loop {
            let mut more = false;
            for at in &all {
                let leads = Side::ALL.into_iter().any(|side| {
                    Step::ALL.iter().any(|step| {
                        after(rules, Some(*at), side, *step).is_ok_and(|to| ends[&name(to)])
                    })
                });
                if leads && !ends[&name(*at)] {
                    ends.insert(name(*at), true);
                    more = true;
                }
            }
            if !more {
                break;
            }
        }
        assert!(ends.values().all(|ends| *ends), "{ends:?}");
    }
}

/// Under one outward answer no step of the asked side before its answer tells whether there is
/// anything: what is possible then does not depend on what it holds.
#[test]
fn under_one_answer_the_asked_side_says_only_that_it_came_and_what_is_unclear() {
    let asked = |at: Position| {
        let can = move |step: &&Step| after(ONE_ANSWER, Some(at), Side::Asked, **step).is_ok();
        Step::ALL.iter().filter(can).copied().collect::<BTreeSet<_>>()
    };
    let quiet = BTreeSet::from([
        Step::Delivered,
        Step::Acknowledged,
        Step::NeedsClarification,
        Step::Clarified,
    ]);
    let answers =
        BTreeSet::from([Step::Partial, Step::Answered, Step::NothingProvided, Step::Closed]);
    for at in reachable(ONE_ANSWER) {
        for step in asked(at) {
            assert!(quiet.contains(&step) || answers.contains(&step), "{}: {step:?}", name(at));
        }
    }
}
