//! Threads: what stands, what waits, what is left out and why.

use enlace_request::event::Event;
use enlace_request::rule::Impossible;
use enlace_request::state::{Side, Step};
use enlace_request::thread::{FaultKind, Thread};
use serde_json::{Value, json};

use crate::desk::{ASKED, ASKING, Desk, HOUR, INFORMATION, MINUTE, URGENT, object, request};

fn answered() -> Desk {
    let mut desk = Desk::new(INFORMATION, URGENT);
    desk.asking(Step::Sent, 0);
    desk.asked(Step::Delivered, MINUTE);
    desk.asked(Step::Accepted, HOUR);
    desk.asked(Step::Answered, 2 * HOUR);
    desk
}

fn kinds(thread: &Thread) -> Vec<FaultKind> {
    thread.faults.iter().map(|fault| fault.kind).collect()
}

/// An event whose properties are changed before it is signed, as only its maker could.
fn forged(desk: &Desk, of: &Event, by: &str, number: u64, change: Value) -> Event {
    let mut view = json!({
        "request_ref": desk.request.id().as_str(), "state": of.step.name(), "side": of.side.name(),
        "occurred_at": enlace_stix::Timestamp::from_micros(of.occurred_us).as_str(),
        "sequence": of.sequence, "previous_sha256": hex::encode(of.previous),
    });
    if let Some(seen) = of.seen {
        view["seen_sequence"] = json!(seen.sequence);
        view["seen_sha256"] = json!(hex::encode(seen.hash));
    }
    view.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Event::read(&object(view.as_object().unwrap().clone(), number, by)).unwrap()
}

#[test]
fn a_step_waits_for_those_before_it() {
    let desk = answered();
    let events = || desk.events.iter().cloned();
    let without = Thread::weave(&desk.frame(), events().filter(|e| e.step != Step::Accepted));
    assert_eq!(without.position().unwrap().state, Step::Delivered);
    assert_eq!((without.waiting.len(), without.is_whole()), (1, true));
    let mut backwards: Vec<Event> = events().collect();
    backwards.reverse();
    let whole = Thread::weave(&desk.frame(), backwards);
    assert_eq!(whole.position().unwrap().state, Step::Answered);
    assert_eq!(whole.waiting.len(), 0);
}

#[test]
fn the_same_step_twice_is_one() {
    let desk = answered();
    let twice = desk.events.iter().chain(&desk.events).cloned();
    let thread = Thread::weave(&desk.frame(), twice);
    assert_eq!((thread.steps().count(), thread.is_whole()), (4, true));
}

#[test]
fn an_answer_stands_though_the_request_was_withdrawn_on_the_way() {
    let mut desk = Desk::new(INFORMATION, URGENT);
    desk.asking(Step::Sent, 0);
    desk.asked(Step::Delivered, MINUTE);
    let before = desk.events.clone();
    let withdrawn = desk.asking(Step::Withdrawn, HOUR);
    desk.events = before;
    desk.asked(Step::Answered, HOUR);
    desk.events.insert(2, withdrawn);
    let thread = desk.thread();
    let crossed: Vec<Step> = thread.steps().filter(|(_, c)| *c).map(|(e, _)| e.step).collect();
    assert_eq!(
        (thread.position().unwrap().state, crossed),
        (Step::Answered, vec![Step::Withdrawn])
    );
    assert!(thread.is_whole(), "nobody did anything wrong");
}

#[test]
fn two_steps_of_a_side_at_one_place_show_as_a_fork_and_the_first_stands() {
    let mut desk = answered();
    let last = desk.events[3].clone();
    let refused = json!({ "state": "refused" });
    desk.events.push(forged(&desk, &last, ASKED, 90, refused));
    let thread = desk.thread();
    assert_eq!(thread.position().unwrap().state, Step::Answered);
    assert_eq!(kinds(&thread), [FaultKind::Forked]);
}

#[test]
fn a_step_that_does_not_follow_is_left_out_and_the_right_one_still_finds_its_place() {
    let desk = answered();
    let last = desk.events[3].clone();
    let zeros = "0".repeat(64);
    let broken = forged(&desk, &last, ASKED, 90, json!({ "previous_sha256": zeros }));
    let unread = forged(&desk, &last, ASKED, 91, json!({ "seen_sha256": zeros }));
    let early = forged(&desk, &last, ASKED, 92, json!({ "occurred_at": "1970-01-01T00:00:30Z" }));
    let mut events = desk.events[..3].to_vec();
    events.extend([broken, unread, early, last]);
    let thread = Thread::weave(&desk.frame(), events);
    assert_eq!(thread.position().unwrap().state, Step::Answered);
    let expected = [FaultKind::BrokenChain, FaultKind::Divergent, FaultKind::Backwards];
    assert_eq!(kinds(&thread), expected);
}

#[test]
fn a_step_that_is_impossible_where_its_side_saw_the_thread_is_left_out_with_the_reason() {
    let mut desk = answered();
    let last = desk.events[3].clone();
    desk.events.pop();
    desk.events.push(forged(&desk, &last, ASKED, 90, json!({ "state": "authorised" })));
    let thread = desk.thread();
    assert_eq!(kinds(&thread), [FaultKind::Impossible(Impossible::OutOfOrder)]);
    assert_eq!(thread.position().unwrap().state, Step::Accepted);
}

#[test]
fn nobody_speaks_for_the_other_side_or_in_another_thread() {
    let mut desk = answered();
    let last = desk.events[3].clone();
    desk.events.pop();
    desk.events.push(forged(&desk, &last, ASKING, 90, json!({})));
    let elsewhere = json!({ "request_ref": request(2).id().as_str() });
    desk.events.push(forged(&desk, &last, ASKED, 91, elsewhere));
    let thread = desk.thread();
    assert_eq!(kinds(&thread), [FaultKind::Stranger, FaultKind::Stranger]);
    assert_eq!(thread.position().unwrap().state, Step::Accepted);
}

#[test]
fn a_clock_that_was_set_back_writes_no_time_before_its_last() {
    let mut desk = answered();
    let event = desk.asking(Step::Closed, 0);
    assert_eq!(event.occurred_us, 0);
    let mut desk = answered();
    desk.events.truncate(3);
    let event = desk.asked(Step::Answered, 0);
    assert_eq!(event.occurred_us, HOUR);
    assert!(desk.thread().is_whole());
}

#[test]
fn a_receipt_is_owed_for_steps_and_not_for_receipts() {
    let mut desk = Desk::new(INFORMATION, URGENT);
    desk.asking(Step::Sent, 0);
    assert!(desk.thread().owes_receipt(Side::Asked));
    assert!(!desk.thread().owes_receipt(Side::Asking));
    desk.asked(Step::Delivered, MINUTE);
    assert!(!desk.thread().owes_receipt(Side::Asked));
    assert!(!desk.thread().owes_receipt(Side::Asking), "receipts would never end");
    desk.asked(Step::Acknowledged, MINUTE);
    assert!(desk.thread().owes_receipt(Side::Asking));
}

#[test]
fn what_names_no_place_in_a_chain_is_no_step() {
    let view = json!({
        "request_ref": request(1).id().as_str(), "state": "draft", "side": "asking",
        "occurred_at": "2026-03-01T10:00:00Z", "sequence": 1,
        "previous_sha256": "0".repeat(64),
    });
    let read = |change: Value| {
        let mut view = view.as_object().unwrap().clone();
        view.extend(change.as_object().unwrap().clone());
        Event::read(&object(view, 1, ASKING)).map(|e| e.step).map_err(|e| e.path)
    };
    assert_eq!(read(json!({})), Err("state"));
    assert_eq!(read(json!({ "state": "sent" })), Ok(Step::Sent));
    assert_eq!(read(json!({ "state": "sent", "sequence": 0 })), Err("sequence"));
    assert_eq!(read(json!({ "state": "sent", "sequence": 1001 })), Err("sequence"));
    assert_eq!(read(json!({ "state": "sent", "previous_sha256": "0" })), Err("previous_sha256"));
    assert_eq!(read(json!({ "state": "sent", "seen_sequence": 1 })), Err("seen_sequence"));
    assert_eq!(read(json!({ "state": "sent", "occurred_at": "now" })), Err("occurred_at"));
}
