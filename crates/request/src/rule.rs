//! Which step may follow which: the whole state machine, one function.
//!
//! `tests/it/table.rs` evaluates it completely and compares it with a table that people review.

use crate::state::{Kind, Position, Side, Step};

/// What both sides know beforehand: it decides which steps there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Kind of the request.
    pub kind: Kind,
    /// The agreement wants one outward answer for *nothing held* and *refused* (its term `answer`):
    /// no step says whether there is anything before the answer does.
    pub one_answer: bool,
}

/// Why a step cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Impossible {
    /// The thread begins otherwise.
    #[error("a thread begins with `sent` by the asking side, and has one")]
    Beginning,
    /// Only the other side takes this step.
    #[error("this step is the other side's")]
    OtherSide,
    /// There is no such step in requests of this kind.
    #[error("requests of this kind have no such step")]
    OtherKind,
    /// The step would say whether there is anything.
    #[error(
        "the agreement wants one answer for nothing held and for refused: this step stays inside"
    )]
    KeptInside,
    /// Not from where the thread stands.
    #[error("not from where the thread stands")]
    OutOfOrder,
    /// The thread is over.
    #[error("the thread is over")]
    Over,
}

impl Impossible {
    /// Stable code.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Beginning => "request.step.beginning",
            Self::OtherSide => "request.step.other-side",
            Self::OtherKind => "request.step.other-kind",
            Self::KeptInside => "request.step.kept-inside",
            Self::OutOfOrder => "request.step.out-of-order",
            Self::Over => "request.step.over",
        }
    }
}

/// Where a thread stands after a step, or why the step cannot be taken. `at`: `None` before the first.
pub fn after(
    rules: Rules,
    at: Option<Position>,
    side: Side,
    step: Step,
) -> Result<Position, Impossible> {
    let Some(at) = at else {
        return match (side, step) {
            (Side::Asking, Step::Sent) => {
                Ok(Position { state: Step::Sent, interrupted: None, has_feedback: false })
            }
            _ => Err(Impossible::Beginning),
        };
    };
    if step == Step::Sent {
        return Err(Impossible::Beginning);
    }
    is_known(rules, side, step)?;
    // What arrived arrived, also when all is over.
    if step == Step::Delivered {
        let first = side == Side::Asked && at.state == Step::Sent;
        return Ok(if first { at.at(Step::Delivered) } else { at });
    }
    if at.state == Step::Closed {
        return Err(Impossible::Over);
    }
    let next = match side {
        Side::Asking => asking(rules, at, step),
        Side::Asked => asked(rules, at, step),
    };
    let over = if at.is_over() { Impossible::Over } else { Impossible::OutOfOrder };
    next.ok_or(over)
}

/// Whether a side takes this step at all in such a request.
fn is_known(rules: Rules, side: Side, step: Step) -> Result<(), Impossible> {
    use Step::{
        Accepted, Acknowledged, Appealed, Authorised, AwaitingAuthorisation, Clarified, Closed,
        Delivered, Escalated, Extended, Feedback, Gathering, NeedsClarification, NoData, Referred,
        Refused, Releasing, Sent, Supplemented, Withdrawn,
    };
    let spontaneous = rules.kind == Kind::Spontaneous;
    let gives = matches!(step, Supplemented | Withdrawn | Clarified | Closed | Delivered);
    let takes = matches!(step, Acknowledged | NeedsClarification | Feedback | Delivered);
    let asks = matches!(
        step,
        Sent | Delivered
            | NeedsClarification
            | Clarified
            | Supplemented
            | Feedback
            | Appealed
            | Escalated
            | Withdrawn
            | Closed
    );
    let only_asks =
        matches!(step, Sent | Supplemented | Feedback | Appealed | Escalated | Withdrawn);
    let ok = match (side, spontaneous) {
        (Side::Asking, true) => gives,
        (Side::Asked, true) => takes,
        (Side::Asking, false) => asks,
        (Side::Asked, false) => !only_asks,
    };
    let elsewhere = match (side, spontaneous) {
        (Side::Asking, true) => takes,
        (Side::Asked, true) => gives,
        _ => true,
    };
    match (ok, elsewhere) {
        (false, true) => return Err(Impossible::OtherSide),
        (false, false) => return Err(Impossible::OtherKind),
        _ => {}
    }
    let telling = matches!(
        step,
        Accepted
            | Gathering
            | AwaitingAuthorisation
            | Authorised
            | Releasing
            | Extended
            | NoData
            | Refused
            | Referred
    );
    if rules.one_answer && telling { Err(Impossible::KeptInside) } else { Ok(()) }
}

/// Whether the asked side works on it. A question of the asking side about a part of the answer does
/// not keep the rest from coming.
fn is_worked_on(at: Position) -> bool {
    match at.interrupted {
        Some((by, state)) => by == Side::Asked || state == Step::Partial,
        None => matches!(
            at.state,
            Step::Delivered
                | Step::Acknowledged
                | Step::Clarified
                | Step::Accepted
                | Step::Gathering
                | Step::AwaitingAuthorisation
                | Step::Authorised
                | Step::Releasing
                | Step::Partial
                | Step::Appealed
        ),
    }
}

fn asking(rules: Rules, at: Position, step: Step) -> Option<Position> {
    let waits = at.interrupted.is_some_and(|(by, _)| by == Side::Asked);
    let open = at.state == Step::Sent || is_worked_on(at);
    let outcome = at.interrupted.is_none() && (at.state.is_outcome() || at.state == Step::Partial);
    let spontaneous = rules.kind == Kind::Spontaneous;
    match step {
        Step::Clarified => waits.then(|| at.at(Step::Clarified)),
        Step::Supplemented | Step::Escalated => open.then_some(at),
        Step::Withdrawn => open.then(|| at.at(Step::Withdrawn)),
        Step::NeedsClarification => outcome.then(|| asked_back(at, Side::Asking)),
        Step::Feedback => outcome.then_some(Position { has_feedback: true, ..at }),
        Step::Appealed => (outcome && !matches!(at.state, Step::Answered | Step::Partial))
            .then(|| at.at(Step::Appealed)),
        Step::Closed => {
            let mine = at.interrupted.is_some_and(|(by, _)| by == Side::Asking);
            let given = spontaneous && matches!(at.state, Step::Acknowledged | Step::Clarified);
            (outcome || mine || given || at.state == Step::Withdrawn).then(|| at.at(Step::Closed))
        }
        _ => None,
    }
}

fn asked(rules: Rules, at: Position, step: Step) -> Option<Position> {
    let free = at.interrupted.is_none();
    let from = |states: &[Step]| free && states.contains(&at.state);
    let moved = |may: bool| may.then(|| at.at(step));
    if rules.kind == Kind::Spontaneous {
        let came = from(&[Step::Delivered, Step::Acknowledged, Step::Clarified]);
        return match step {
            Step::Acknowledged => moved(from(&[Step::Delivered])),
            Step::NeedsClarification => came.then(|| asked_back(at, Side::Asked)),
            Step::Feedback => came.then_some(Position { has_feedback: true, ..at }),
            _ => None,
        };
    }
    let begun = [Step::Delivered, Step::Acknowledged, Step::Clarified, Step::Appealed];
    match step {
        Step::Acknowledged => moved(from(&[Step::Delivered])),
        Step::NeedsClarification => {
            let may = is_worked_on(at) && free && at.state != Step::AwaitingAuthorisation;
            may.then(|| asked_back(at, Side::Asked))
        }
        Step::Clarified => match at.interrupted {
            Some((Side::Asking, state)) => Some(at.at(state)),
            _ => None,
        },
        Step::Accepted => moved(from(&begun)),
        Step::Gathering => {
            let on = [Step::Accepted, Step::Authorised, Step::Partial];
            moved(from(&begun) || from(&on))
        }
        Step::AwaitingAuthorisation => {
            moved(from(&begun) || from(&[Step::Accepted, Step::Gathering, Step::Partial]))
        }
        Step::Authorised => moved(from(&[Step::AwaitingAuthorisation])),
        Step::Releasing => {
            let on = [Step::Accepted, Step::Gathering, Step::Authorised, Step::Partial];
            moved(from(&begun) || from(&on))
        }
        Step::Extended => is_worked_on(at).then_some(at),
        Step::Partial => moved(is_worked_on(at)),
        outcome if outcome.is_outcome() => moved(is_worked_on(at)),
        Step::Closed => moved(at.state == Step::Withdrawn),
        _ => None,
    }
}

fn asked_back(at: Position, by: Side) -> Position {
    Position { state: Step::NeedsClarification, interrupted: Some((by, at.state)), ..at }
}
