//! The next step of a side, as its node writes it.

use enlace_stix::Timestamp;
use serde_json::{Map, Value, json};

use crate::event::MOST_EVENTS;
use crate::rule::{Impossible, after};
use crate::state::{Side, Step};
use crate::thread::Thread;

/// What a side wants to say.
#[derive(Debug, Clone)]
pub struct Next {
    /// Who.
    pub side: Side,
    /// What.
    pub step: Step,
    /// Now, by the clock of this side, in microseconds since 1970.
    pub now_us: i64,
    /// When the last step of the other side arrived here, by the same clock.
    pub received_us: Option<i64>,
}

/// Why a step is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NextError {
    /// Not from where the thread stands.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// This side has said enough.
    #[error("a side takes at most 1000 steps in a thread")]
    Full,
}

impl NextError {
    /// Stable code.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Impossible(why) => why.rule(),
            Self::Full => "request.step.too-many",
        }
    }
}

impl Thread {
    /// The properties that put a step into its place: links, numbers, times. Its own content (replies,
    /// ground, statement) comes beside them. A clock that was set back writes the time of the step
    /// before: times of one side never fall.
    pub fn next(&self, next: &Next) -> Result<Map<String, Value>, NextError> {
        after(self.rules(), self.position(), next.side, next.step)?;
        let own = self.chain(next.side);
        let sequence = own.len() as u64 + 1;
        if sequence > MOST_EVENTS {
            return Err(NextError::Full);
        }
        let last = own.last().map_or(i64::MIN, |event| event.occurred_us);
        let occurred_us = next.now_us.max(last);
        let mut view = Map::new();
        let mut put = |name: &str, value: Value| drop(view.insert(name.to_owned(), value));
        put("request_ref", json!(self.request()));
        put("state", json!(next.step.name()));
        put("side", json!(next.side.name()));
        put("occurred_at", json!(Timestamp::from_micros(occurred_us).as_str()));
        put("sequence", json!(sequence));
        put("previous_sha256", json!(hex::encode(self.head(next.side))));
        if let Some(seen) = self.chain(next.side.other()).last() {
            put("seen_sequence", json!(seen.sequence));
            put("seen_sha256", json!(hex::encode(seen.hash)));
        }
        if let Some(received_us) = next.received_us {
            put("received_at", json!(Timestamp::from_micros(received_us).as_str()));
        }
        Ok(view)
    }

    /// The steps that a side could take now, receipts aside.
    pub fn possible(&self, side: Side) -> Vec<Step> {
        let can = |step: &Step| after(self.rules(), self.position(), side, *step).is_ok();
        let all = Step::ALL.iter().copied();
        all.filter(|step| *step != Step::Delivered).filter(can).collect()
    }
}
