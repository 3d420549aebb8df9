//! The end of retention: what a partner released is hidden at that instant, purged in the next
//! round, and its originator reads so; who has not confirmed is listed there.
//!
//! Retention is the originator's to set: by the marking that travels with each version, no later than
//! the agreement says. Nobody here can keep the text longer but under a legal hold.

use std::collections::BTreeMap;

use enlace_release::Released;
use enlace_stix::Object;
use enlace_store::{
    Batch, OWN, ObjectRow, ObjectState, Record, RecordQuery, StoreError, Twin, Write,
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

/// Until when a copy may be kept under an agreement, beside its due date. What was released under two
/// has one id and one copy (an observable): it goes when the last of them ends.
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
        done(self.end_cases().await.map(|ended| ended > 0));
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
        let mut key = found.key.split('/');
        let (Some(id), Some(partner)) = (key.next(), key.next()) else { return Ok(false) };
        let kept: KeptUntil = record::read(found)?;
        let guards = vec![record::unchanged(Bucket::KEPT_UNTIL, found)];
        let now_us = self.now_us();
        let later = |other: &Record| other.due_us.is_some_and(|due_us| due_us > now_us);
        if self.kept_under(id, partner).await?.iter().any(later) {
            let (bucket, key) = (Bucket::KEPT_UNTIL, found.key.clone());
            let writes = vec![Write::Delete { bucket, key }];
            return finished(self.store.commit(Batch { guards, writes }).await).map(|_| false);
        }
        let standing = self.agreement_named(&kept.agreement).await?;
        let of = Received { partner, agreement: &standing.agreement, id };
        let mut writes = Vec::new();
        self.withdraw_received(&of, Why::Retention, &mut writes).await?;
        finished(self.store.commit(Batch { guards, writes }).await)
    }

    /// Who fetched what has ended owes an answer; who did not has nothing and learns nothing.
    async fn end_released(&self, found: &Record) -> Result<bool, NodeError> {
        let delete = Write::Delete { bucket: Bucket::RETENTION, key: found.key.clone() };
        let mut writes = vec![delete];
        let mut parts = found.key.split('/');
        let (Some(partner), Some(twin)) = (parts.next(), parts.next_back()) else {
            return Ok(false);
        };
        // Records of before name no agreement.
        let lineage = parts.next();
        let mut guards = vec![record::unchanged(Bucket::RETENTION, found)];
        if let Some(twin) = self.ended_last(partner, lineage, twin).await? {
            let asked = Asked::about(twin, Why::Retention, NODE, self.now_us());
            let kept = self.store.record(Bucket::ASKED, &asked.key()).await?;
            let before: Option<Asked> = kept.as_ref().map(record::read).transpose()?;
            if before.is_none_or(|before| is_of_another_end(&before, found.due_us)) {
                let act = Act::new("retention-ended").field("partner", partner);
                let act = act.field("object", asked.twin.as_str());
                writes.push(self.node_leaf(act.field("original", asked.original.as_str()))?);
                guards.push(record::as_read(Bucket::ASKED, &asked.key(), kept.as_ref()));
                writes.push(record::put(Bucket::ASKED, &asked.key(), &asked, None)?);
            }
        }
        let asked = writes.len() > 1;
        Ok(finished(self.store.commit(Batch { guards, writes }).await)? && asked)
    }

    /// What a partner fetched under an agreement, or any, and may keep under no other any longer.
    async fn ended_last(
        &self,
        partner: &str,
        lineage: Option<&str>,
        twin: &str,
    ) -> Result<Option<Twin>, NodeError> {
        let (mut ended, now_us) = (None, self.now_us());
        let mut twins = self.store.twins_of(twin).await?;
        twins.retain(|t| t.partner == partner && t.twin == twin && !t.recalled);
        for found in twins {
            if !self.was_fetched(&found).await? {
                continue;
            }
            let key = released_under(partner, &found.lineage, twin);
            let end = self.store.record(Bucket::RETENTION, &key).await?;
            if end.and_then(|end| end.due_us).is_some_and(|due_us| due_us > now_us) {
                return Ok(None);
            }
            if lineage.is_none_or(|lineage| lineage == found.lineage) {
                ended = Some(found);
            }
        }
        Ok(ended)
    }

    /// The write that remembers when a partner has to erase a twin; none for what comes with every
    /// delivery and for what has no end.
    pub(crate) fn retention_write(
        &self,
        partner: &str,
        lineage: &str,
        released: &Released,
    ) -> Result<Option<Write>, NodeError> {
        let id = released.id().as_str();
        let ends = released.expires_us();
        if is_framework(released.kind()) || id == self.me.identity_id || ends == i64::MAX {
            return Ok(None);
        }
        let key = released_under(partner, lineage, id);
        record::put(Bucket::RETENTION, &key, &(), Some(ends)).map(Some)
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
        let (now, lineage) = (self.now_us(), of.agreement.lineage.as_str());
        let at = format!("{}/{}/{lineage}", of.id, of.partner);
        let mut this = vec![at.clone()];
        let mut known = self.store.record(Bucket::KEPT_UNTIL, &at).await?;
        if known.is_none()
            && let Some(before) = self.kept_of_before(of).await?
        {
            let (bucket, key) = (Bucket::KEPT_UNTIL, before.key.clone());
            this.push(key.clone());
            writes.push(Write::Delete { bucket, key });
            known = Some(before);
        }
        let known: Option<KeptUntil> = known.as_ref().map(record::read).transpose()?;
        // The originator counts whole days, so that its markings can be shared.
        let days = i64::from(terms.days).saturating_add(1).saturating_mul(DAY_US);
        let agreed_us = known.map_or_else(|| now.saturating_add(days), |known| known.agreed_us);
        let stated = self.markings_of(object, definitions).await?;
        let stated = stated.iter().flat_map(|definition| ends(definition, &RETENTION, now));
        let until = stated.chain([agreed_us]).min().unwrap_or(agreed_us);
        let kept = KeptUntil { agreement: of.agreement.id.to_string(), agreed_us };
        writes.push(record::put(Bucket::KEPT_UNTIL, &at, &kept, Some(until))?);
        writes.push(self.expired_veil(of.id, &this, Some(until)).await?);
        Ok(writes)
    }

    /// The writes after which a copy has no end any more: it is gone, or kept for a legal hold.
    pub(crate) async fn kept_no_longer(
        &self,
        partner: &str,
        id: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let bucket = Bucket::KEPT_UNTIL;
        let kept = self.kept_under(id, partner).await?;
        let keys: Vec<String> = kept.into_iter().map(|kept| kept.key).collect();
        let veil = self.expired_veil(id, &keys, None).await?;
        let gone = keys.into_iter().map(|key| Write::Delete { bucket, key });
        Ok(gone.chain([veil]).collect())
    }

    /// Until when a partner's copy may be kept, under each agreement with it.
    async fn kept_under(&self, id: &str, partner: &str) -> Result<Vec<Record>, NodeError> {
        self.records_of(Bucket::KEPT_UNTIL, format!("{id}/{partner}")).await
    }

    /// The record of a copy that came before its agreement stood in the key, if it came under this
    /// one.
    async fn kept_of_before(&self, of: &Received<'_>) -> Result<Option<Record>, NodeError> {
        let key = format!("{}/{}", of.id, of.partner);
        let Some(found) = self.store.record(Bucket::KEPT_UNTIL, &key).await? else {
            return Ok(None);
        };
        let kept: KeptUntil = record::read(&found)?;
        let standing = self.agreement_named(&kept.agreement).await?;
        Ok((standing.agreement.lineage == of.agreement.lineage).then_some(found))
    }

    /// Until when a version may be kept; `None` for our own.
    pub(crate) async fn end_of_retention(&self, row: &ObjectRow) -> Result<Option<i64>, NodeError> {
        if row.channel == OWN {
            return Ok(None);
        }
        let kept = self.records_of(Bucket::KEPT_UNTIL, format!("{}/", row.id)).await?;
        Ok(kept.iter().filter_map(|record| record.due_us).max())
    }

    /// The write that hides an object when the last of its copies has ended, this one at `until`;
    /// `this`: keys of what is known of it. What we hold as our own stays: the partner's copy beside it
    /// is purged in the next round.
    async fn expired_veil(
        &self,
        id: &str,
        this: &[String],
        until: Option<i64>,
    ) -> Result<Write, NodeError> {
        let veil = format!("{id}/{EXPIRED}");
        let others = self.records_of(Bucket::KEPT_UNTIL, format!("{id}/")).await?;
        let others = others.iter().filter(|record| !this.contains(&record.key));
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

/// Key of the end of what was released to a partner under a lineage.
pub(crate) fn released_under(partner: &str, lineage: &str, twin: &str) -> String {
    key(partner, &format!("{lineage}/{twin}"))
}

/// Whether what a partner was asked, and answered, was about an earlier end than this: of a copy that it
/// had under another agreement. An answer may be a little faster than our clock.
fn is_of_another_end(before: &Asked, end_us: Option<i64>) -> bool {
    let at_us = before.at_us.saturating_add(DAY_US);
    before.said.is_some() && end_us.is_some_and(|end_us| at_us < end_us)
}

/// Types that come with every delivery and say nothing of anybody.
fn is_framework(kind: &str) -> bool {
    matches!(kind, "marking-definition" | "extension-definition")
}

#[cfg(test)]
mod tests;
