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
    /// Classes of recipients that the unit belongs to.
    #[serde(default)]
    classes: Vec<String>,
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
    /// Classes of recipients that it belongs to, as agreements and consents name them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

impl Node {
    /// Records that `by` vetted a partner's unit, valid through the day `until` (`2027-01-31`).
    /// `classes`: those of recipients that the unit was found to belong to (`customs`); what is
    /// consented in advance to a class goes on to a unit of it.
    pub async fn partner_vet(
        &self,
        actor: &Actor,
        name: &str,
        by: &str,
        until: &str,
        result: VettingResult,
        classes: &[&str],
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
        let classes = classes_of(classes)?;
        let recorded_us = self.now_us();
        let (who, day) = (by.to_owned(), until.to_owned());
        let vetting =
            Vetting { result, by: who, until: day, recorded_us, classes: classes.clone() };
        let act = Act::new("partner-vetted").by(actor).field("partner", key_id.as_str());
        let act = act.field("result", result.name()).field("vetted_by", by).field("until", until);
        let act = act.field("classes", classes);
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
        let Vetting { result, by, until, recorded_us, classes } = record::read(&found)?;
        let in_time = last_day(&until).is_some_and(|last| last >= self.today());
        let valid = result == VettingResult::Passed && in_time;
        let recorded = clock::text(recorded_us);
        Ok(Some(VettingLine { result, by, until, recorded, valid, classes }))
    }

    /// Classes of recipients that a partner's valid record names.
    pub(crate) async fn classes_vetted(&self, key_id: &str) -> Result<Vec<String>, NodeError> {
        let line = self.vetting_line(key_id).await?.filter(|line| line.valid);
        Ok(line.map(|line| line.classes).unwrap_or_default())
    }

    fn today(&self) -> i64 {
        self.now_us().div_euclid(DAY_US)
    }
}

/// Names of classes, each once, sorted; `none` and what says how a unit stands in an agreement are no
/// classes that vetting finds.
fn classes_of(named: &[&str]) -> Result<Vec<String>, NodeError> {
    let fits = |name: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&name.len())
            && name.chars().all(plain)
            && !["none", enlace_policy::consent::PARTIES].contains(&name)
    };
    let mut classes: Vec<String> = named.iter().map(|name| name.trim().to_owned()).collect();
    if let Some(wrong) = classes.iter().find(|name| !fits(name)) {
        let expected = "a class of recipients in lower case, such as `customs` or \
                        `financial-intelligence-units`";
        return Err(NodeError::input("partner.vetting", wrong, "--class", expected));
    }
    classes.sort();
    classes.dedup();
    Ok(classes)
}

/// The day of a date `YYYY-MM-DD`, counted from 1970-01-01.
fn last_day(date: &str) -> Option<i64> {
    if date.len() != 10 {
        return None;
    }
    let instant: Timestamp = format!("{date}T00:00:00Z").parse().ok()?;
    Some(instant.micros().div_euclid(DAY_US))
}
