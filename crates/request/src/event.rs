//! One step as its side signed it: a `request-event` object, read once.

use enlace_stix::{Object, Timestamp, canonical};
use serde_json::Value;

use crate::clock::{Accessibility, LimitRule};
use crate::state::{Side, Step};

/// Most steps that one side takes in a thread.
pub const MOST_EVENTS: u64 = 1_000;

/// SHA-256 of the RFC 8785 text of an object.
pub type Hash = [u8; 32];

/// The hash by which events name the request or event before them.
pub fn hash(object: &Object) -> Hash {
    canonical::sha256(&Value::Object(object.view().clone()))
}

/// How far a side had read the other's chain when it took a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Place of the last event that it had.
    pub sequence: u64,
    /// Hash of that event.
    pub hash: Hash,
}

/// A step of one side.
#[derive(Debug, Clone)]
pub struct Event {
    /// Id of the object.
    pub id: String,
    /// Who made it: `created_by_ref`.
    pub maker: String,
    /// The request.
    pub request: String,
    /// Who took it.
    pub side: Side,
    /// What it is.
    pub step: Step,
    /// Place in the chain of its side, from 1.
    pub sequence: u64,
    /// Hash of the event of its side before it, or of the request.
    pub previous: Hash,
    /// What of the other side it follows; `None` = nothing.
    pub seen: Option<Seen>,
    /// When, by the clock of its side, in microseconds since 1970.
    pub occurred_us: i64,
    /// When the last of what it has seen arrived, by the clock of its side.
    pub received_us: Option<i64>,
    /// Whether the information is held directly, as the asked side says.
    pub accessibility: Option<Accessibility>,
    /// Limit that binds, as the asked side says.
    pub limit_rule: Option<LimitRule>,
    /// End of the limit, as the asked side says.
    pub due_us: Option<i64>,
    /// Hash of this event.
    pub hash: Hash,
}

/// Why an object is no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: expected {expected}")]
pub struct EventError {
    /// Property.
    pub path: &'static str,
    /// What should stand there.
    pub expected: &'static str,
}

impl EventError {
    /// Stable code.
    pub fn rule(&self) -> &'static str {
        "request.event.malformed"
    }
}

impl Event {
    /// Reads a `request-event` that passed validation. Refused are those that name no place in a
    /// chain: steps that never leave a node have none.
    pub fn read(object: &Object) -> Result<Self, EventError> {
        let need = |path, expected| EventError { path, expected };
        if object.kind() != "request-event" {
            return Err(need("type", "`request-event`"));
        }
        let text = |path: &'static str| object.text(path).map(str::to_owned);
        let named = |path| text(path).ok_or_else(|| need(path, "a text"));
        let side = object.text("side").and_then(Side::from_name);
        let step = object.text("state").and_then(Step::from_name);
        let sequence = object.get("sequence").and_then(Value::as_u64);
        let in_bounds = |n: &u64| (1..=MOST_EVENTS).contains(n);
        Ok(Self {
            id: object.id().to_string(),
            maker: named("created_by_ref")?,
            request: named("request_ref")?,
            side: side.ok_or_else(|| need("side", "`asking` or `asked`"))?,
            step: step.ok_or_else(|| need("state", "a step that leaves a node"))?,
            sequence: sequence
                .filter(in_bounds)
                .ok_or_else(|| need("sequence", "a number from 1 to 1000"))?,
            previous: digest(object, "previous_sha256")?
                .ok_or_else(|| need("previous_sha256", "a SHA-256"))?,
            seen: seen(object)?,
            occurred_us: instant(object, "occurred_at")?
                .ok_or_else(|| need("occurred_at", "a timestamp"))?,
            received_us: instant(object, "received_at")?,
            accessibility: object.text("accessibility").and_then(Accessibility::from_name),
            limit_rule: object.text("deadline_rule").and_then(LimitRule::from_name),
            due_us: instant(object, "deadline_at")?,
            hash: hash(object),
        })
    }
}

fn seen(object: &Object) -> Result<Option<Seen>, EventError> {
    let sequence = object.get("seen_sequence").and_then(Value::as_u64);
    match (sequence, digest(object, "seen_sha256")?) {
        (None, None) if object.get("seen_sequence").is_none() => Ok(None),
        (Some(sequence), Some(hash)) if (1..=MOST_EVENTS).contains(&sequence) => {
            Ok(Some(Seen { sequence, hash }))
        }
        _ => Err(EventError { path: "seen_sequence", expected: "a number beside `seen_sha256`" }),
    }
}

fn digest(object: &Object, path: &'static str) -> Result<Option<Hash>, EventError> {
    let Some(value) = object.get(path) else { return Ok(None) };
    let mut hash = Hash::default();
    let read = value.as_str().map(|text| hex::decode_to_slice(text, &mut hash).is_ok());
    match read {
        Some(true) => Ok(Some(hash)),
        _ => Err(EventError { path, expected: "a SHA-256" }),
    }
}

fn instant(object: &Object, path: &'static str) -> Result<Option<i64>, EventError> {
    let Some(value) = object.get(path) else { return Ok(None) };
    let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    match time {
        Some(time) => Ok(Some(time.micros())),
        None => Err(EventError { path, expected: "a timestamp" }),
    }
}
