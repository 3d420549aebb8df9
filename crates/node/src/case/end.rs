//! The end of a case: its acts are kept as long as the agreement lets what was released be kept,
//! counted from when the case ended for us, and no longer. Each side does so by itself.

use enlace_case::{Side, Stage, Step};
use enlace_store::{Batch, Guard, Record, RecordQuery, Veil, Write};

use super::{Held, MOST};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::{Node, NodeError};

/// Cases that one round looks at.
const ROUND: usize = 1_000;

impl Node {
    /// The write by which the end of a case is reckoned anew, since something was told of it.
    pub(crate) fn case_news(&self, case: &str) -> Result<Write, NodeError> {
        let now = self.now_us();
        record::put(Bucket::CASE_END, case, &now, Some(now))
    }

    /// Erases cases whose retention has run. Answers how many.
    pub(crate) async fn end_cases(&self) -> Result<usize, NodeError> {
        let query = RecordQuery {
            bucket: Bucket::CASE_END,
            due_before_us: Some(self.now_us().saturating_add(1)),
            limit: ROUND,
            ..RecordQuery::default()
        };
        let mut ended = 0;
        for found in self.store.records(query).await? {
            // One that fails is looked at again, and keeps no other.
            match self.end_case(&found).await {
                Ok(gone) => ended += usize::from(gone),
                Err(error) => tracing::error!(code = error.code(), case = found.key, "a case"),
            }
        }
        Ok(ended)
    }

    async fn end_case(&self, found: &Record) -> Result<bool, NodeError> {
        let until = self.case_until(&found.key).await?;
        let guards = vec![record::unchanged(Bucket::CASE_END, found)];
        if until.is_some_and(|until| until > self.now_us()) {
            let writes = vec![record::put(Bucket::CASE_END, &found.key, &until, until)?];
            self.store.commit(Batch { guards, writes }).await?;
            return Ok(false);
        }
        self.erase_case(&found.key, guards).await
    }

    /// Until when the acts of a case are kept; `None`: nothing of it is here.
    async fn case_until(&self, id: &str) -> Result<Option<i64>, NodeError> {
        let held = match self.case_held(id).await {
            Ok(held) => held,
            Err(NodeError::NotFound { .. }) => return self.unopened_until(id).await,
            Err(error) => return Err(error),
        };
        let lineage = &held.standing.agreement.lineage;
        // A version that prolongs the agreement keeps the case.
        let standings = self.standings().await?;
        let of_lineage = standings.iter().filter(|s| s.agreement.lineage == *lineage);
        let agreed = of_lineage.map(|s| s.agreement.validity_us().1).max();
        let end = self.ended_us(&held).or(agreed).unwrap_or_default();
        let days = i64::from(held.standing.agreement.terms().retention.days);
        Ok(Some(end.saturating_add(days.saturating_mul(DAY_US))))
    }

    /// When a case ended for us, by its acts.
    fn ended_us(&self, held: &Held) -> Option<i64> {
        let me = self.me.identity_id.as_str();
        let acts = held.case.timeline();
        match (held.case.side_of(me), held.case.stage()) {
            (Some(Side::Declined | Side::Out), _) => {
                let leaves = |step| matches!(step, Step::Declined | Step::Withdrawn);
                acts.iter().filter(|a| a.by == me && leaves(a.step)).map(|a| a.at_us).max()
            }
            (_, Stage::Closed) => held.case.closed_us(),
            (_, Stage::Alone) => acts.iter().map(|act| act.at_us).max(),
            _ => None,
        }
    }

    /// Acts of a case that was never opened here, or was erased: kept as long as the agreement that they
    /// name lets them wait.
    async fn unopened_until(&self, id: &str) -> Result<Option<i64>, NodeError> {
        let gone = self.store.record(Bucket::CASE_GONE, id).await?.is_some();
        let mut until = None;
        for found in self.store.referring(id, &Veil::default(), MOST).await? {
            let row = found.object;
            if row.kind != "case-event" || found.path != "case_ref" || row.raw.is_empty() {
                continue;
            }
            let days = match (gone, self.retention_of(&row.raw).await?) {
                (false, Some(days)) => days,
                _ => 0,
            };
            let kept = row.received_us.saturating_add(days.saturating_mul(DAY_US));
            until = until.max(Some(kept));
        }
        Ok(until)
    }

    async fn retention_of(&self, raw: &str) -> Result<Option<i64>, NodeError> {
        let Ok(object) = enlace_stix::Object::parse(raw) else { return Ok(None) };
        let about = object.text("agreement_ref").unwrap_or_default();
        let standing = self.agreement_with_id(about).await?;
        Ok(standing.map(|s| i64::from(s.agreement.terms().retention.days)))
    }

    async fn erase_case(&self, id: &str, mut guards: Vec<Guard>) -> Result<bool, NodeError> {
        let mut writes = vec![Write::Delete { bucket: Bucket::CASE_END, key: id.to_owned() }];
        let mut acts = 0;
        for found in self.store.referring(id, &Veil::default(), MOST).await? {
            let row = found.object;
            if row.kind == "case-event" && found.path == "case_ref" {
                acts += 1;
                writes.push(Write::Purge { channel: row.channel, id: row.id });
            }
        }
        for bucket in [Bucket::CASE_MEMBER, Bucket::CASE_FILED] {
            let prefix = format!("{id}/");
            let query = RecordQuery { bucket, prefix, limit: MOST, ..RecordQuery::default() };
            let kept = self.store.records(query).await?;
            writes.extend(kept.into_iter().map(|one| Write::Delete { bucket, key: one.key }));
        }
        if acts > 0 {
            // What comes late belongs to what is gone, and the places of our own acts stay taken.
            let gone = self.store.record(Bucket::CASE_GONE, id).await?;
            guards.push(record::as_read(Bucket::CASE_GONE, id, gone.as_ref()));
            writes.push(record::put(Bucket::CASE_GONE, id, &self.now_us(), None)?);
            let act = Act::new("erasure").field("actor", crate::flow::NODE).field("case", id);
            writes.push(self.node_leaf(act.field("reason", "retention").field("acts", acts))?);
        }
        self.store.commit(Batch { guards, writes }).await?;
        Ok(acts > 0)
    }
}
