//! Acts that somebody outside can bring about without end: the first of a day is a leaf of its own,
//! what follows that day is counted, and the sum is one leaf more.
//!
//! A partner must not make our log grow as often as it likes, and nothing that it did is left out: how
//! often, from when until when stands in the sum, which the next act of another day or the next round
//! writes. What the others said (which size, which root) stands in none of them but the first.

use enlace_store::{Batch, Guard, Record, RecordQuery, StoreError, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::{Node, NodeError, clock};

/// Times that a count is raised anew because another raised it meanwhile.
const PATIENCE: usize = 8;
/// Sums that one round writes.
const ROUND: usize = 1000;

/// What no leaf says yet of a kind of act and a partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Repeated {
    /// Which act.
    kind: String,
    /// The partner that brings it about.
    partner: String,
    /// Last instant at which what comes is counted only.
    until_us: i64,
    /// How often it happened since its leaf.
    times: u64,
    first_us: i64,
    last_us: i64,
}

impl Node {
    /// Logs an act that a partner brings about, or counts it if one of its kind was logged today;
    /// says whether it was logged.
    pub(crate) async fn log_repeated(
        &self,
        kind: &'static str,
        partner: &str,
        about: impl Fn(Act) -> Act,
    ) -> Result<bool, NodeError> {
        let key = format!("{kind}/{partner}");
        let mut left = PATIENCE;
        loop {
            let kept = self.store.record(Bucket::REPEATED, &key).await?;
            let before: Option<Repeated> = kept.as_ref().map(record::read).transpose()?;
            let now_us = self.now_us();
            let counting = before.as_ref().is_some_and(|before| now_us <= before.until_us);
            let (mut writes, next) = match before {
                Some(before) if counting => (Vec::new(), before.and(now_us)),
                before => {
                    let mut writes = self.summed(before.as_ref())?;
                    let act = Act::new(kind).field("partner", partner);
                    writes.push(self.node_leaf(about(act))?);
                    (writes, Repeated::none(kind, partner, now_us))
                }
            };
            writes.push(record::put(Bucket::REPEATED, &key, &next, Some(next.until_us))?);
            let guards = vec![record::as_read(Bucket::REPEATED, &key, kept.as_ref())];
            left -= 1;
            match self.store.commit(Batch { guards, writes }).await {
                Err(StoreError::Guard { .. }) if left > 0 => {}
                done => return done.map(|_| !counting).map_err(NodeError::from),
            }
        }
    }

    /// Writes the sums of days that are over.
    pub(crate) async fn sum_repeated(&self) -> Result<bool, NodeError> {
        let due_before_us = Some(self.now_us());
        let query = RecordQuery { bucket: Bucket::REPEATED, due_before_us, ..Default::default() };
        let due = self.store.records(RecordQuery { limit: ROUND, ..query }).await?;
        for found in &due {
            self.sum_one(found).await?;
        }
        Ok(!due.is_empty())
    }

    async fn sum_one(&self, found: &Record) -> Result<(), NodeError> {
        let before: Repeated = record::read(found)?;
        let mut writes = self.summed(Some(&before))?;
        writes.push(Write::Delete { bucket: Bucket::REPEATED, key: found.key.clone() });
        let guards: Vec<Guard> = vec![record::unchanged(Bucket::REPEATED, found)];
        crate::expiry::finished(self.store.commit(Batch { guards, writes }).await)?;
        Ok(())
    }

    /// The leaf of what was only counted, if anything was.
    fn summed(&self, before: Option<&Repeated>) -> Result<Vec<Write>, NodeError> {
        let Some(before) = before.filter(|before| before.times > 0) else { return Ok(Vec::new()) };
        let act = Act::new("repeated").field("kind", before.kind.as_str());
        let act = act.field("partner", before.partner.as_str()).field("times", before.times);
        let act = act.field("from", clock::text(before.first_us));
        Ok(vec![self.node_leaf(act.field("until", clock::text(before.last_us)))?])
    }
}

impl Repeated {
    /// Nothing since its leaf, which is of now.
    fn none(kind: &str, partner: &str, now_us: i64) -> Self {
        Self {
            kind: kind.to_owned(),
            partner: partner.to_owned(),
            until_us: now_us.saturating_add(DAY_US),
            times: 0,
            first_us: now_us,
            last_us: now_us,
        }
    }

    fn and(self, now_us: i64) -> Self {
        let first_us = if self.times == 0 { now_us } else { self.first_us };
        Self { times: self.times.saturating_add(1), first_us, last_us: now_us, ..self }
    }
}

#[cfg(test)]
mod tests;
