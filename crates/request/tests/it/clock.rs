//! Limits: from receipt, by the clock of the asked side, with pauses that both see.

use enlace_request::clock::{LimitRule, Standing, Wanted};
use enlace_request::state::{Kind, Side, Step};
use enlace_stix::Timestamp;
use serde_json::json;

use crate::desk::{DAY, Desk, HOUR, INFORMATION, MINUTE, NORMAL, URGENT};

fn delivered(wanted: Wanted) -> Desk {
    let mut desk = Desk::new(INFORMATION, wanted);
    desk.asking(Step::Sent, 0);
    desk.asked(Step::Delivered, HOUR);
    desk
}

#[test]
fn the_limit_counts_from_the_receipt_and_not_from_the_sending() {
    let mut desk = Desk::new(INFORMATION, URGENT);
    desk.asking(Step::Sent, 0);
    assert_eq!(desk.thread().clock.standing(DAY), Standing::NotStarted);
    desk.asked(Step::Delivered, DAY);
    assert_eq!(desk.thread().clock.due_us, Some(DAY + 8 * HOUR));
}

#[test]
fn urgency_and_accessibility_choose_eight_hours_three_days_or_seven() {
    let due = |wanted, accessibility: &str| {
        let mut desk = delivered(wanted);
        let more = json!({ "accessibility": accessibility });
        desk.try_say(Side::Asked, Step::Acknowledged, 2 * HOUR, more).unwrap();
        let clock = desk.thread().clock;
        (clock.rule, clock.due_us.unwrap() - HOUR)
    };
    assert_eq!(due(URGENT, "direct"), (LimitRule::UrgentDirect, 8 * HOUR));
    assert_eq!(due(URGENT, "indirect"), (LimitRule::UrgentIndirect, 3 * DAY));
    assert_eq!(due(NORMAL, "direct"), (LimitRule::Other, 7 * DAY));
    assert_eq!(due(NORMAL, "indirect"), (LimitRule::Other, 7 * DAY));
}

#[test]
fn until_the_asked_side_says_that_it_is_indirect_the_short_limit_counts() {
    assert_eq!(delivered(URGENT).thread().clock.rule, LimitRule::UrgentDirect);
}

#[test]
fn an_urgent_request_cannot_be_made_another_by_a_word_of_the_asked_side() {
    for rule in ["other-7d", "none", "agreed", "urgent-indirect-3d"] {
        let mut desk = delivered(URGENT);
        let more = json!({ "deadline_rule": rule });
        desk.try_say(Side::Asked, Step::Acknowledged, 2 * HOUR, more).unwrap();
        assert_eq!(desk.thread().clock.rule, LimitRule::UrgentDirect, "{rule}");
    }
}

#[test]
fn a_time_that_was_asked_for_counts_once_the_asked_side_agrees() {
    let wanted = Wanted { answer_by_us: Some(2 * DAY), ..NORMAL };
    let mut desk = delivered(wanted);
    assert_eq!(desk.thread().clock.due_us, Some(HOUR + 7 * DAY));
    let more = json!({ "deadline_rule": "agreed" });
    desk.try_say(Side::Asked, Step::Acknowledged, 2 * HOUR, more).unwrap();
    assert_eq!(desk.thread().clock.due_us, Some(2 * DAY));
}

#[test]
fn an_agreement_that_promises_nothing_sets_no_limit() {
    let desk = delivered(Wanted { limits: None, ..URGENT });
    assert_eq!(desk.thread().clock.standing(100 * DAY), Standing::NoLimit);
}

#[test]
fn a_question_back_holds_the_limit_up_until_its_answer_arrives() {
    let mut desk = delivered(URGENT);
    desk.asked(Step::NeedsClarification, 3 * HOUR);
    assert_eq!(desk.thread().clock.standing(50 * HOUR), Standing::Paused(6 * HOUR));
    desk.asking(Step::Clarified, 20 * HOUR);
    // It has not arrived: the asked side has not read it yet.
    assert_eq!(desk.thread().clock.standing(50 * HOUR), Standing::Paused(6 * HOUR));
    desk.asked(Step::Delivered, 21 * HOUR);
    assert_eq!(desk.thread().clock.due_us, Some(9 * HOUR + 18 * HOUR));
    assert_eq!(desk.thread().clock.standing(22 * HOUR), Standing::Running(5 * HOUR));
}

#[test]
fn the_asked_side_that_goes_on_without_an_answer_ends_the_pause() {
    let mut desk = delivered(URGENT);
    desk.asked(Step::NeedsClarification, 3 * HOUR);
    desk.asked(Step::Partial, 5 * HOUR);
    assert_eq!(desk.thread().clock.standing(6 * HOUR), Standing::Running(5 * HOUR));
}

#[test]
fn a_question_back_after_the_limit_does_not_undo_that_it_passed() {
    let mut desk = delivered(URGENT);
    desk.asked(Step::NeedsClarification, 10 * HOUR);
    assert_eq!(desk.thread().clock.standing(99 * HOUR), Standing::Overdue(HOUR));
    desk.asking(Step::Clarified, 20 * HOUR);
    desk.asked(Step::Answered, 30 * HOUR);
    assert_eq!(desk.thread().clock.standing(99 * HOUR), Standing::Missed(HOUR));
}

#[test]
fn a_receipt_of_something_else_does_not_end_the_pause() {
    let mut desk = delivered(URGENT);
    desk.asked(Step::NeedsClarification, 3 * HOUR);
    desk.asking(Step::Supplemented, 4 * HOUR);
    desk.asked(Step::Delivered, 5 * HOUR);
    assert_eq!(desk.thread().clock.standing(50 * HOUR), Standing::Paused(6 * HOUR));
}

#[test]
fn an_outcome_stops_it_in_time_or_late_to_the_microsecond() {
    for (at, standing) in [(9 * HOUR, Standing::Kept), (9 * HOUR + 1, Standing::Missed(1))] {
        let mut desk = delivered(URGENT);
        desk.asked(Step::Answered, at);
        assert_eq!(desk.thread().clock.standing(99 * DAY), standing);
    }
}

#[test]
fn a_part_of_the_answer_does_not_stop_it() {
    let mut desk = delivered(URGENT);
    desk.asked(Step::Partial, 2 * HOUR);
    assert_eq!(desk.thread().clock.standing(10 * HOUR), Standing::Overdue(HOUR));
}

#[test]
fn only_a_step_that_says_so_moves_the_end_and_never_to_an_earlier_one() {
    let text = |us| Timestamp::from_micros(us).to_string();
    let mut desk = delivered(URGENT);
    let more = json!({ "deadline_at": text(5 * DAY), "extension_reason": "district court" });
    desk.try_say(Side::Asked, Step::AwaitingAuthorisation, 2 * HOUR, more).unwrap();
    assert_eq!(desk.thread().clock.due_us, Some(5 * DAY));
    let more = json!({ "deadline_at": text(2 * HOUR), "extension_reason": "none" });
    desk.try_say(Side::Asked, Step::Extended, 3 * HOUR, more).unwrap();
    assert_eq!(desk.thread().clock.due_us, Some(9 * HOUR));
}

/// Received at 1 h, to be answered at 9 h.
#[test]
fn a_limit_that_has_passed_is_moved_by_no_later_word() {
    let text = |us| Timestamp::from_micros(us).to_string();
    let until = json!({ "deadline_at": text(5 * DAY), "extension_reason": "district court" });
    for (step, more) in [
        (Step::Extended, until.clone()),
        (Step::AwaitingAuthorisation, until),
        (Step::Accepted, json!({ "accessibility": "indirect" })),
        (Step::Accepted, json!({ "deadline_rule": "agreed" })),
    ] {
        let wanted = Wanted { answer_by_us: Some(4 * DAY), ..URGENT };
        let mut desk = delivered(wanted);
        desk.try_say(Side::Asked, Step::Acknowledged, 2 * HOUR, json!({})).unwrap();
        desk.try_say(Side::Asked, step, 9 * HOUR + 1, more.clone()).unwrap();
        let clock = desk.thread().clock;
        assert_eq!(clock.due_us, Some(9 * HOUR), "{} {more}", step.name());
        assert_eq!(clock.standing(10 * HOUR), Standing::Overdue(HOUR), "{}", step.name());
    }
    let mut desk = delivered(URGENT);
    desk.try_say(Side::Asked, Step::NeedsClarification, 9 * HOUR + 1, json!({})).unwrap();
    let more = json!({ "deadline_at": text(5 * DAY), "extension_reason": "district court" });
    desk.try_say(Side::Asked, Step::Extended, 10 * HOUR, more).unwrap();
    assert_eq!(desk.thread().clock.due_us, Some(9 * HOUR), "nor behind a question back");
    let mut desk = delivered(URGENT);
    let more = json!({ "accessibility": "indirect" });
    desk.try_say(Side::Asked, Step::Acknowledged, 9 * HOUR, more).unwrap();
    assert_eq!(desk.thread().clock.due_us, Some(HOUR + 3 * DAY), "at its end it counts");
}

#[test]
fn an_end_that_does_not_follow_from_the_thread_is_named() {
    let text = |us| Timestamp::from_micros(us).to_string();
    let mut desk = delivered(URGENT);
    let right = json!({ "deadline_at": text(9 * HOUR) });
    desk.try_say(Side::Asked, Step::Acknowledged, 2 * HOUR, right).unwrap();
    assert_eq!(desk.thread().clock.misstated, Vec::<String>::new());
    let wrong = json!({ "deadline_at": text(90 * HOUR) });
    let event = desk.try_say(Side::Asked, Step::Accepted, 2 * HOUR, wrong).unwrap();
    let clock = desk.thread().clock;
    assert_eq!((clock.misstated, clock.due_us), (vec![event.id], Some(9 * HOUR)));
}

#[test]
fn what_is_withdrawn_runs_no_longer() {
    let mut desk = delivered(URGENT);
    desk.asking(Step::Withdrawn, 3 * HOUR);
    assert_eq!(desk.thread().clock.standing(99 * HOUR), Standing::Kept);
}

#[test]
fn the_answer_to_a_question_of_the_asking_side_changes_no_limit() {
    let mut desk = delivered(URGENT);
    desk.asked(Step::Answered, 5 * HOUR);
    let before = desk.thread().clock;
    desk.asking(Step::NeedsClarification, 20 * HOUR);
    desk.asked(Step::Clarified, 40 * HOUR);
    assert_eq!(desk.thread().clock, before);
    assert_eq!(desk.thread().position().unwrap().state, Step::Answered);
}

#[test]
fn spontaneous_information_has_no_limit() {
    let rules = enlace_request::rule::Rules { kind: Kind::Spontaneous, one_answer: false };
    let mut desk = Desk::new(rules, Wanted { limits: None, ..NORMAL });
    desk.asking(Step::Sent, 0);
    desk.asked(Step::Delivered, MINUTE);
    desk.asked(Step::Acknowledged, 2 * MINUTE);
    assert_eq!(desk.thread().clock.standing(99 * DAY), Standing::NoLimit);
    desk.asked(Step::Feedback, 3 * MINUTE);
    desk.asking(Step::Closed, 4 * MINUTE);
    assert!(desk.thread().position().unwrap().is_over());
}

#[test]
fn nothing_is_late_only_after_its_own_hour() {
    let rules = enlace_request::rule::Rules { one_answer: true, ..INFORMATION };
    let wanted = Wanted { nothing_after_us: Some(7 * DAY), ..URGENT };
    for (at, standing) in
        [(7 * DAY, Standing::Kept), (9 * DAY, Standing::Missed(2 * DAY - 2 * HOUR))]
    {
        let mut desk = Desk::new(rules, wanted);
        desk.asking(Step::Sent, 0);
        desk.asked(Step::Delivered, HOUR);
        assert_eq!(desk.thread().clock.standing(DAY), Standing::Overdue(15 * HOUR));
        desk.asked(Step::NothingProvided, at);
        assert_eq!(desk.thread().clock.standing(99 * DAY), standing);
    }
}

#[test]
fn a_limit_nears_when_a_quarter_of_its_time_is_left_whatever_pauses_it_had() {
    let mut desk = delivered(URGENT);
    assert_eq!(desk.thread().clock.nears_us(), Some(HOUR + 6 * HOUR));
    desk.asked(Step::NeedsClarification, 3 * HOUR);
    desk.asking(Step::Clarified, 20 * HOUR);
    desk.asked(Step::Delivered, 21 * HOUR);
    assert_eq!(desk.thread().clock.nears_us(), Some(HOUR + 6 * HOUR + 18 * HOUR));
    let none = delivered(Wanted { limits: None, ..URGENT });
    assert_eq!(none.thread().clock.nears_us(), None);
}
