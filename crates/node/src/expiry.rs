//! The end of retention: what a partner released is hidden at that instant, purged in the next
//! round, and its originator reads so; who has not confirmed is listed there.
//!
//! Retention is the originator's to set: by the marking that travels with each version, no later than
//! the agreement says. Nobody here can keep the text longer but under a legal hold.

use std::collections::BTreeMap;

use enlace_release::Released;
use enlace_stix::Object;
use enlace_store::{
    Batch, Guard, OWN, ObjectRow, ObjectState, Record, RecordQuery, StoreError, Write,
};
use serde::{Deserialize, Serialize};

use crate::flow::NODE;
use crate::ledger_log::Act;
use crate::recall::key;
use crate::recall_answer::{Asked, Received, Why};
use crate::record::{self, Bucket};
use crate::review::{DAY_US, RETENTION, ends};
use crate::view::EXPIRED;
use crate::{Node, NodeError};

/// Records that one round takes; the rest waits for the next, hidden already.
const ROUND: usize = 1000;

/// Until when a copy may be kept, beside its due date.
#[derive(Debug, Serialize, Deserialize)]
struct KeptUntil {
    agreement: String,
    /// The latest end that the agreement allows, counted from the first version that came.
    agreed_us: i64,
}

/// What a round of retention did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// Objects of partners that were purged, or restricted under a legal hold.
    pub ended: usize,
    /// Objects of ours at partners that are to confirm the end.
    pub asked: usize,
}

impl Node {
    /// Carries out what time has brought: purges what we may not keep any longer and answers, asks
    /// partners whose time is up, and purges what no legal hold keeps any more.
    pub async fn retention_round(&self) -> Result<Retained, NodeError> {
        let mut retained = Retained::default();
        // One that fails must not keep the others; it is hidden already.
        for found in self.due(Bucket::KEPT_UNTIL).await? {
            retained.ended += usize::from(done(self.end_received(&found).await));
        }
        for found in self.due(Bucket::RETENTION).await? {
            retained.asked += usize::from(done(self.end_released(&found).await));
        }
        done(self.purge_unheld().await.map(|purged| purged > 0));
        done(self.sum_repeated().await);
        Ok(retained)
    }

    async fn due(&self, bucket: &'static str) -> Result<Vec<Record>, NodeError> {
        let query = RecordQuery {
            bucket,
            due_before_us: Some(self.now_us()),
            limit: ROUND,
            ..RecordQuery::default()
        };
        Ok(self.store.records(query).await?)
    }

    async fn end_received(&self, found: &Record) -> Result<bool, NodeError> {
        let Some((id, partner)) = found.key.rsplit_once('/') else { return Ok(false) };
        let kept: KeptUntil = record::read(found)?;
        let standing = self.agreement_named(&kept.agreement).await?;
        let of = Received { partner, agreement: &standing.agreement, id };
        let mut writes = Vec::new();
        self.withdraw_received(&of, Why::Retention, &mut writes).await?;
        let guards = vec![record::unchanged(Bucket::KEPT_UNTIL, found)];
        finished(self.store.commit(Batch { guards, writes }).await)
    }

    /// Who fetched what has ended owes an answer; who did not has nothing and learns nothing.
    async fn end_released(&self, found: &Record) -> Result<bool, NodeError> {
        let delete = Write::Delete { bucket: Bucket::RETENTION, key: found.key.clone() };
        let mut writes = vec![delete];
        let Some((partner, twin)) = found.key.rsplit_once('/') else { return Ok(false) };
        let mut twins = self.store.twins_of(twin).await?;
        twins.retain(|t| t.partner == partner && t.twin == twin && !t.recalled);
        let mut guards = vec![record::unchanged(Bucket::RETENTION, found)];
        if let Some(twin) = twins.pop()
            && self.was_fetched(&twin).await?
        {
            let asked = Asked::about(twin, Why::Retention, NODE, self.now_us());
            // Its answer may have been faster.
            if self.store.record(Bucket::ASKED, &asked.key()).await?.is_none() {
                let act = Act::new("retention-ended").field("partner", partner);
                let act = act.field("object", asked.twin.as_str());
                writes.push(self.node_leaf(act.field("original", asked.original.as_str()))?);
                guards.push(Guard::Absent { bucket: Bucket::ASKED, key: asked.key() });
                writes.push(record::put(Bucket::ASKED, &asked.key(), &asked, None)?);
            }
        }
        let asked = writes.len() > 1;
        Ok(finished(self.store.commit(Batch { guards, writes }).await)? && asked)
    }

    /// The write that remembers when a partner has to erase a twin; none for what comes with every
    /// delivery and for what has no end.
    pub(crate) fn retention_write(
        &self,
        partner: &str,
        released: &Released,
    ) -> Result<Option<Write>, NodeError> {
        let id = released.id().as_str();
        let ends = released.expires_us();
        if is_framework(released.kind()) || id == self.me.identity_id || ends == i64::MAX {
            return Ok(None);
        }
        record::put(Bucket::RETENTION, &key(partner, id), &(), Some(ends)).map(Some)
    }

    /// The writes that set until when an object that a partner released is shown without review and
    /// kept at all.
    pub(crate) async fn keeping_writes(
        &self,
        of: &Received<'_>,
        object: &Object,
        definitions: &BTreeMap<String, Object>,
    ) -> Result<Vec<Write>, NodeError> {
        let terms = &of.agreement.terms().retention;
        let review = self.review_write(object, definitions, Some(terms.review_days)).await?;
        let mut writes: Vec<Write> = review.into_iter().collect();
        let sender = of.agreement.party(of.partner).map(|party| party.identity_ref.as_str());
        if is_framework(object.kind()) || sender == Some(of.id) {
            return Ok(writes);
        }
        let (now, at) = (self.now_us(), format!("{}/{}", of.id, of.partner));
        let known = self.store.record(Bucket::KEPT_UNTIL, &at).await?;
        let known: Option<KeptUntil> = known.as_ref().map(record::read).transpose()?;
        // The originator counts whole days, so that its markings can be shared.
        let days = i64::from(terms.days).saturating_add(1).saturating_mul(DAY_US);
        let agreed_us = known.map_or_else(|| now.saturating_add(days), |known| known.agreed_us);
        let stated = self.markings_of(object, definitions).await?;
        let stated = stated.iter().flat_map(|definition| ends(definition, &RETENTION, now));
        let until = stated.chain([agreed_us]).min().unwrap_or(agreed_us);
        let kept = KeptUntil { agreement: of.agreement.id.to_string(), agreed_us };
        writes.push(record::put(Bucket::KEPT_UNTIL, &at, &kept, Some(until))?);
        writes.push(self.expired_veil(of, Some(until)).await?);
        Ok(writes)
    }

    /// The writes after which a copy has no end any more: it is gone, or kept for a legal hold.
    pub(crate) async fn kept_no_longer(
        &self,
        partner: &str,
        id: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let key = format!("{id}/{partner}");
        Ok(vec![
            Write::Delete { bucket: Bucket::KEPT_UNTIL, key },
            self.expired_veil_of(partner, id, None).await?,
        ])
    }

    /// Until when a version may be kept; `None` for our own.
    pub(crate) async fn end_of_retention(&self, row: &ObjectRow) -> Result<Option<i64>, NodeError> {
        if row.channel == OWN {
            return Ok(None);
        }
        let kept = self.records_of(Bucket::KEPT_UNTIL, format!("{}/", row.id)).await?;
        Ok(kept.iter().filter_map(|record| record.due_us).max())
    }

    async fn expired_veil(
        &self,
        of: &Received<'_>,
        until: Option<i64>,
    ) -> Result<Write, NodeError> {
        self.expired_veil_of(of.partner, of.id, until).await
    }

    /// The write that hides an object when the last of its copies has ended, this one at `until`.
    /// What we hold as our own stays: the partner's copy beside it is purged in the next round.
    async fn expired_veil_of(
        &self,
        partner: &str,
        id: &str,
        until: Option<i64>,
    ) -> Result<Write, NodeError> {
        let (veil, this) = (format!("{id}/{EXPIRED}"), format!("{id}/{partner}"));
        let others = self.records_of(Bucket::KEPT_UNTIL, format!("{id}/")).await?;
        let others = others.iter().filter(|record| record.key != this);
        let last = others.filter_map(|record| record.due_us).chain(until).max();
        let own = self.store.object(id, Some(OWN)).await?;
        match last.filter(|_| own.is_none_or(|row| row.state != ObjectState::Held)) {
            Some(last) => record::put(Bucket::VEIL, &veil, &(), Some(last)),
            None => Ok(Write::Delete { bucket: Bucket::VEIL, key: veil }),
        }
    }
}

/// Whether a batch was kept; another process may have been faster.
pub(crate) fn finished<T>(kept: Result<T, StoreError>) -> Result<bool, NodeError> {
    match kept {
        Ok(_) => Ok(true),
        Err(StoreError::Guard { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What was done; a failure is told to the operator, without content.
fn done(result: Result<bool, NodeError>) -> bool {
    result.unwrap_or_else(|error| {
        tracing::error!(code = error.code(), "retention");
        false
    })
}

/// Types that come with every delivery and say nothing of anybody.
fn is_framework(kind: &str) -> bool {
    matches!(kind, "marking-definition" | "extension-definition")
}

#[cfg(test)]
mod tests;
