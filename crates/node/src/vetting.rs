//! Vetting: nothing is released to a unit of which no valid record says that somebody looked at it.
//!
//! The newest record counts. Records before it stand in the log.

use enlace_policy::roles::Action;
use enlace_stix::Timestamp;
use enlace_store::Batch;
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::partner::line;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, PartnerLine, clock};

const DAY_US: i64 = 86_400_000_000;

/// What vetting found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VettingResult {
    /// Nothing speaks against the unit.
    Passed,
    /// Something does: nothing is released to it.
    Failed,
}

impl VettingResult {
    /// Reads `passed`, `failed`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "passed" => Some(Self::Passed),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// A record as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Vetting {
    result: VettingResult,
    /// Who vetted, in words.
    by: String,
    /// Last day of validity.
    until: String,
    recorded_us: i64,
}

/// A vetting record for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VettingLine {
    /// What was found.
    pub result: VettingResult,
    /// Who vetted.
    pub by: String,
    /// Last day of validity.
    pub until: String,
    /// When it was recorded.
    pub recorded: String,
    /// Whether it lets anything be released now.
    pub valid: bool,
}

impl Node {
    /// Records that `by` vetted a partner's unit, valid through the day `until` (`2027-01-31`).
    pub async fn partner_vet(
        &self,
        actor: &Actor,
        name: &str,
        by: &str,
        until: &str,
        result: VettingResult,
    ) -> Result<PartnerLine, NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, partner) = self.partner_named(name).await?;
        let by = by.trim();
        if by.is_empty() || by.chars().count() > 200 {
            let expected = "who vetted the unit, in at most 200 characters";
            return Err(NodeError::input("partner.vetting", "nobody", "--by", expected));
        }
        let last = last_day(until).ok_or_else(|| {
            let expected = "the last day of validity, such as 2027-01-31";
            NodeError::input("partner.vetting", until, "--until", expected)
        })?;
        if result == VettingResult::Passed && last < self.today() {
            let expected = "a day that is not over";
            return Err(NodeError::input("partner.vetting", until, "--until", expected));
        }
        let recorded_us = self.now_us();
        let vetting = Vetting { result, by: by.to_owned(), until: until.to_owned(), recorded_us };
        let act = Act::new("partner-vetted").by(actor).field("partner", key_id.as_str());
        let act = act.field("result", result.name()).field("vetted_by", by).field("until", until);
        let writes = vec![
            record::put(Bucket::VETTING, &key_id, &vetting, None)?,
            // Never in the log that is shared: the partner does not hear what was found.
            self.node_leaf(act)?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        let vetting = self.vetting_line(&key_id).await?;
        line(&key_id, &partner, vetting)
    }

    /// Whether the newest record of a partner lets anything be released to it now.
    pub(crate) async fn is_vetted(&self, key_id: &str) -> Result<bool, NodeError> {
        Ok(self.vetting_line(key_id).await?.is_some_and(|line| line.valid))
    }

    pub(crate) async fn vetting_line(
        &self,
        key_id: &str,
    ) -> Result<Option<VettingLine>, NodeError> {
        let Some(found) = self.store.record(Bucket::VETTING, key_id).await? else {
            return Ok(None);
        };
        let Vetting { result, by, until, recorded_us } = record::read(&found)?;
        let in_time = last_day(&until).is_some_and(|last| last >= self.today());
        let valid = result == VettingResult::Passed && in_time;
        Ok(Some(VettingLine { result, by, until, recorded: clock::text(recorded_us), valid }))
    }

    fn today(&self) -> i64 {
        self.now_us().div_euclid(DAY_US)
    }
}

/// The day of a date `YYYY-MM-DD`, counted from 1970-01-01.
fn last_day(date: &str) -> Option<i64> {
    if date.len() != 10 {
        return None;
    }
    let instant: Timestamp = format!("{date}T00:00:00Z").parse().ok()?;
    Some(instant.micros().div_euclid(DAY_US))
}
