use enlace_stix::types::NAMESPACE;
use enlace_stix::{Object, Timestamp, canonical};
use serde_json::Value;
use uuid::Uuid;

/// The id of a case: made from who opened it and the act that did, so that nobody else opens it.
pub fn case_id(opener: &str, act: &str) -> String {
    let name = format!("enlace:case:{opener}:{act}");
    format!("grouping--{}", Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

/// Most acts that one side tells one partner about a case.
pub const MOST_EVENTS: u64 = 10_000;

macro_rules! steps {
    ($($(#[$words:meta])* $step:ident = $name:literal),+ $(,)?) => {
        /// What a side does in a case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Step { $($(#[$words])* $step),+ }

        impl Step {
            /// Every step.
            pub const ALL: &[Self] = &[$(Self::$step),+];

            /// The name in objects.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$step => $name),+ }
            }

            /// The step of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$step),)+ _ => None }
            }
        }
    };
}

steps! {
    /// Proposes the case to the sides that it names.
    Opened = "opened",
    /// Takes part.
    Accepted = "accepted",
    /// Does not take part.
    Declined = "declined",
    /// Takes part no longer.
    Withdrawn = "withdrawn",
    /// Names a member of its own.
    Joined = "joined",
    /// A member of its own works on it no longer.
    Left = "left",
    /// Gives a task to a side.
    TaskGiven = "task-given",
    /// Takes up a task that it was given.
    TaskTaken = "task-taken",
    /// Has done it.
    TaskDone = "task-done",
    /// Who gave it takes it back, or who has it gives it up.
    TaskDropped = "task-dropped",
    /// Says something.
    Said = "said",
    /// Names what it released into the case.
    Shared = "shared",
    /// Names an exhibit among what it released.
    Exhibit = "exhibit",
    /// Closes the case; only who opened it.
    Closed = "closed",
}

/// One act as its side told it to one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Id of the object.
    pub id: String,
    /// The case.
    pub case: String,
    /// The act.
    pub act: String,
    /// What it is.
    pub step: Step,
    /// The agency that did it.
    pub by: String,
    /// The agency that was told.
    pub to: String,
    /// When, in microseconds since 1970, by the clock of its side.
    pub at_us: i64,
    /// Place in its chain, from 1.
    pub sequence: u64,
    /// Hash of the event before it.
    pub previous: Option<String>,
    /// SHA-256 of the RFC 8785 text of this event.
    pub hash: String,
    /// What it says: the other properties, by name.
    pub says: serde_json::Map<String, Value>,
}

/// Why an object is no act of a case.
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
        "case.event.malformed"
    }
}

impl Event {
    /// Reads a `case-event` that passed validation. What its step needs must be there.
    pub fn read(object: &Object) -> Result<Self, EventError> {
        if object.kind() != "case-event" {
            return Err(EventError { path: "type", expected: "`case-event`" });
        }
        let need = |path: &'static str| {
            let text = object.text(path).map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or(EventError { path, expected: "a text" })
        };
        let step = need("step")?;
        let expected = "a step of a case";
        let step = Step::from_name(&step).ok_or(EventError { path: "step", expected })?;
        let at = need("occurred_at")?.parse::<Timestamp>();
        let at = at.map_err(|_| EventError { path: "occurred_at", expected: "a timestamp" })?;
        let sequence = object.get("sequence").and_then(Value::as_u64);
        let sequence = sequence.filter(|n| (1..=MOST_EVENTS).contains(n));
        let expected = "a number from 1 to 10000";
        for path in needed(step) {
            let listed = object.texts(path).next().is_some();
            if !listed && need(path).is_err() {
                return Err(EventError { path, expected: "what this step says" });
            }
        }
        let event = Self {
            id: object.id().to_string(),
            case: need("case_ref")?,
            act: need("act")?,
            step,
            by: need("by_ref")?,
            to: need("addressed_ref")?,
            at_us: at.micros(),
            sequence: sequence.ok_or(EventError { path: "sequence", expected })?,
            previous: object.text("previous_sha256").map(str::to_owned),
            hash: hex::encode(canonical::sha256(&Value::Object(object.view().clone()))),
            says: object.view().clone(),
        };
        if (event.sequence == 1) != event.previous.is_none() {
            let expected = "the event before, and nothing with the first";
            return Err(EventError { path: "previous_sha256", expected });
        }
        if step == Step::Opened && event.case != case_id(&event.by, &event.act) {
            let expected = "the id that follows from who opens it and the act";
            return Err(EventError { path: "case_ref", expected });
        }
        if object.text("created_by_ref") != Some(event.by.as_str()) {
            return Err(EventError { path: "by_ref", expected: "who made it" });
        }
        Ok(event)
    }

    /// A text that it says; empty where it says none.
    pub fn text(&self, name: &str) -> &str {
        self.says.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.says
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }
}

/// What a step must say.
fn needed(step: Step) -> &'static [&'static str] {
    match step {
        Step::Opened => &["side_refs", "purpose", "case_number", "title"],
        Step::Joined => &["member", "member_role"],
        Step::Left => &["member"],
        Step::TaskGiven => &["title", "assigned_ref"],
        Step::TaskTaken | Step::TaskDone | Step::TaskDropped => &["task"],
        Step::Said => &["text"],
        Step::Shared => &["object_refs", "release_record_ref"],
        Step::Exhibit => &["object_refs", "exhibit_number"],
        Step::Accepted | Step::Declined | Step::Withdrawn | Step::Closed => &[],
    }
}
