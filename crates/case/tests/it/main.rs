//! A case is reckoned alike by every side, whatever the wire did; what does not follow counts for nothing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails here has found something"
)]

mod model;
mod operation;

use enlace_case::{Case, Event, Side, Stage, Step, TaskState, Void};
use model::{A, B, C, World};
use proptest::prelude::*;

#[test]
fn a_case_is_proposed_accepted_worked_on_and_closed() {
    let mut world = World::new(&[A, B]);
    world.act(A, Step::Opened, &[]);
    assert_eq!(world.case(B).stage(), Stage::Proposed);
    world.act(B, Step::Accepted, &[]);
    world.act(B, Step::Joined, &[("member", "Desk 4"), ("member_role", "investigator")]);
    let task = world.act(A, Step::TaskGiven, &[("title", "Find the buyer"), ("assigned_ref", B)]);
    world.act(B, Step::TaskTaken, &[("task", &task)]);
    world.act(B, Step::TaskDone, &[("task", &task)]);
    world.act(A, Step::Said, &[("text", "Thank you.")]);
    world.act(A, Step::Closed, &[]);
    for side in [A, B] {
        let case = world.case(side);
        assert_eq!((case.stage(), case.voided()), (Stage::Closed, [].as_slice()));
        assert_eq!(case.tasks()[0].state, TaskState::Done);
        assert_eq!(case.members()[0].member, "Desk 4");
        assert_eq!(case.timeline().len(), 8);
    }
    assert_eq!(world.case(A), world.case(B));
}

#[test]
fn every_step_that_does_not_follow_is_void_and_says_why() {
    let rule = |before: &[(&str, Step)], by: &str, step: Step, says: &[(&str, &str)]| {
        let mut world = World::new(&[A, B]);
        world.act(A, Step::Opened, &[]);
        for (side, step) in before {
            world.act(side, *step, &[]);
        }
        let event = world.draft(by, step, says);
        // Who is no side of it is judged by one that is.
        world.case(if by == C { A } else { by }).judge(&event).err()
    };
    let accepted = [(B, Step::Accepted)];
    let closed = [(B, Step::Accepted), (A, Step::Closed)];
    let out = [(B, Step::Accepted), (B, Step::Withdrawn)];
    let text = [("text", "x")];
    assert_eq!(rule(&[], B, Step::Said, &text), Some(Void::NotIn), "not accepted");
    assert_eq!(rule(&accepted, B, Step::Said, &text), None);
    assert_eq!(rule(&closed, B, Step::Said, &text), Some(Void::Closed));
    assert_eq!(rule(&closed, A, Step::Said, &text), Some(Void::Closed));
    assert_eq!(rule(&out, B, Step::Said, &text), Some(Void::NotIn), "it withdrew");
    assert_eq!(rule(&accepted, B, Step::Closed, &[]), Some(Void::NotSo), "not the opener");
    assert_eq!(rule(&accepted, A, Step::Withdrawn, &[]), Some(Void::NotSo), "the opener closes");
    assert_eq!(rule(&accepted, B, Step::Accepted, &[]), Some(Void::NotSo), "twice");
    assert_eq!(rule(&accepted, C, Step::Said, &text), Some(Void::NotIn), "no side of it");
    let task = [("task", "2b9f7c51-8d3e-4e60-a4b7-5c1d6e9f3a28")];
    assert_eq!(rule(&accepted, B, Step::TaskDone, &task), Some(Void::NotSo), "no such task");
    let member = [("member", "Desk 4")];
    assert_eq!(rule(&accepted, B, Step::Left, &member), Some(Void::NotSo), "no such member");
    let exhibit =
        [("exhibit_number", "1"), ("object_refs", "firearm--f431f809-377b-45e0-aa1c-6a4751cae5ff")];
    assert_eq!(rule(&accepted, B, Step::Exhibit, &exhibit), Some(Void::NotSo), "not shared");
    let to = [("title", "x"), ("assigned_ref", C)];
    assert_eq!(rule(&accepted, B, Step::TaskGiven, &to), Some(Void::NotSo), "to no side of it");
}

#[test]
fn nobody_else_opens_a_case_under_its_id() {
    let mut world = World::new(&[A, B]);
    world.act(A, Step::Opened, &[]);
    let mut view = world.held_by(A)[0].says.clone();
    view.insert("by_ref".to_owned(), serde_json::json!(B));
    view.insert("created_by_ref".to_owned(), serde_json::json!(B));
    view.insert("addressed_ref".to_owned(), serde_json::json!(A));
    let forged = enlace_stix::Object::parse(&serde_json::Value::Object(view).to_string()).unwrap();
    assert_eq!(Event::read(&forged).unwrap_err().path, "case_ref");
}

#[test]
fn a_side_that_withdraws_has_no_members_any_more() {
    let mut world = World::new(&[A, B]);
    world.act(A, Step::Opened, &[]);
    world.act(B, Step::Accepted, &[]);
    world.act(B, Step::Joined, &[("member", "Desk 4"), ("member_role", "analyst")]);
    world.act(B, Step::Withdrawn, &[]);
    let case = world.case(A);
    assert_eq!(case.side_of(B), Some(Side::Out));
    assert!(case.members()[0].until_us.is_some());
    assert_eq!(case.stage(), Stage::Alone);
}

#[test]
fn a_forged_or_missing_link_counts_for_nothing() {
    let mut world = World::new(&[A, B]);
    world.act(A, Step::Opened, &[]);
    world.act(B, Step::Accepted, &[]);
    let mut forged = world.draft(B, Step::Said, &[("text", "x")]);
    forged.previous = Some("00".repeat(32));
    let events = world.held_by(A).into_iter().chain([forged.clone()]);
    assert_eq!(Case::reckon(events).voided(), [(forged.id, Void::Waits)]);
    // Two at one place: each side takes the same one.
    let one = world.draft(B, Step::Said, &[("text", "one")]);
    let two = world.draft(B, Step::Said, &[("text", "two")]);
    let with = |a: &Event, b: &Event| {
        Case::reckon(world.held_by(A).into_iter().chain([a.clone(), b.clone()]))
    };
    assert_eq!(with(&one, &two), with(&two, &one));
    assert_eq!(with(&one, &two).thread().len(), 1);
    assert_eq!(with(&one, &two).voided()[0].1, Void::Forked);
}

/// Cases in `./test`; `ENLACE_LONG=1` plays more.
fn histories() -> u32 {
    if std::env::var("ENLACE_LONG").is_ok() { 20_000 } else { 500 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(histories()))]

    /// Loss with retry, duplicates, any order, one side away: once all has come, all reckon alike;
    /// and what any of them reckons on the way never shows an act before the one that it follows.
    #[test]
    fn sides_converge_whatever_the_wire_did(
        acts in prop::collection::vec((0_usize..3, 0_usize..14, any::<prop::sample::Index>()), 1..40),
        order in any::<u64>(),
        lost in 0_usize..30,
    ) {
        let mut world = World::new(&[A, B, C]);
        world.act(A, Step::Opened, &[]);
        for (side, step, pick) in acts {
            world.some_act([A, B, C][side], Step::ALL[step], pick);
        }
        let whole = world.case(A);
        for side in [A, B, C] {
            let held = world.held_by(side);
            let mut wire: Vec<Event> = held.iter().cloned().chain(held.iter().cloned()).collect();
            model::shuffle(&mut wire, order);
            let early = Case::reckon(wire.iter().take(lost.min(wire.len())).cloned());
            prop_assert!(early.timeline().len() <= held.len());
            let all = Case::reckon(wire);
            prop_assert_eq!(&all, &Case::reckon(held), "order and doubles do not matter");
            prop_assert_eq!(all.stage(), whole.stage());
            prop_assert_eq!(all.members(), whole.members());
            prop_assert_eq!(all.tasks(), whole.tasks());
            prop_assert_eq!(all.thread(), whole.thread());
        }
    }
}
