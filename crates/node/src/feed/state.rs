//! Where a feed stands: apart from what it is, because each run changes it.

use enlace_taxii::Position;
use serde::{Deserialize, Serialize};

/// Most objects that are named as refused.
const NAMED: usize = 20;

/// Where a feed stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Where a poll stands at the server.
    pub(super) position: Position,
    /// The collection that was found, by its id: another one under the same title is another.
    pub(super) found: Option<String>,
    /// Up to which member our own collection was sent.
    pub(super) sent: Option<Sent>,
    pub(super) running: Option<Running>,
    /// Since when it should run: added, or resumed.
    pub(super) since_us: i64,
    /// The last run that went through.
    pub(super) good_us: Option<i64>,
    /// The last run that began.
    pub(super) tried_us: i64,
    pub(super) next_us: i64,
    pub(super) fault: Option<Fault>,
    /// Objects that it brought or gave, in all.
    pub(super) objects: u64,
    /// What the last run did, whether it went through or not.
    pub(super) last: Option<FeedReport>,
}

/// Up to where our own collection was sent, in which epoch of the store: behind a restore the same
/// number may be another object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) seq: i64,
    pub(super) epoch: String,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    /// Which.
    pub(super) run: String,
    /// When its process last gave a sign of life: a record of its own.
    #[serde(skip)]
    pub(super) alive_us: i64,
}

/// The last sign of life of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beat {
    pub(super) run: String,
    pub(super) at_us: i64,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) at_us: i64,
    pub(super) code: String,
    pub(super) problem: String,
    /// How many in a row.
    pub(super) failures: u32,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedReport {
    /// The feed.
    pub feed: String,
    /// Objects that are held, or that the server took, for the first time.
    pub new: usize,
    /// Those that were there.
    pub known: usize,
    /// Versions that contradict what is held.
    pub conflict: usize,
    /// Objects that were refused.
    pub rejected: usize,
    /// Pages.
    pub pages: usize,
    /// The first that were refused, each with the reason, where no quarantine has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<[String; 2]>,
}

impl FeedReport {
    pub(super) fn refuse(&mut self, id: &str, reason: &str) {
        self.rejected += 1;
        if self.refused.len() < NAMED {
            let reason = reason.chars().filter(|c| !c.is_control()).take(300).collect();
            self.refused.push([id.chars().take(150).collect(), reason]);
        }
    }
}

impl State {
    /// Of a feed that is due at once.
    pub(super) fn fresh(now_us: i64) -> Self {
        Self { since_us: now_us, ..Self::default() }
    }

    /// With the last sign of life, if it is that of the run under way.
    pub(super) fn with_beat(mut self, beat: Option<Beat>) -> Self {
        if let (Some(running), Some(beat)) = (&mut self.running, beat)
            && running.run == beat.run
        {
            running.alive_us = beat.at_us;
        }
        self
    }

    /// As it goes on, at once.
    pub(super) fn resumed(self, now_us: i64) -> Self {
        Self { since_us: now_us, next_us: 0, ..self }
    }
}
