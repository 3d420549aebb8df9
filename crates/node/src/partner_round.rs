//! When we last exchanged with a partner, and what that brought; for people, nothing decides by it.

use enlace_policy::roles::Action;
use enlace_store::Batch;
use serde::{Deserialize, Serialize};

use crate::outbox::{LONGEST_PAUSE_US, asked_us};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, SyncReport, clock};

/// The last rounds with a partner as stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Rounds {
    /// The last round that went through.
    good: Option<(i64, SyncReport)>,
    /// When a round failed since, and why (a stable code).
    fault: Option<(i64, String)>,
    /// Until when it asked us to wait.
    #[serde(default)]
    wait_until_us: i64,
}

/// The last rounds with a partner.
#[derive(Debug, Clone, Serialize)]
pub struct RoundLine {
    /// When the last round went through, and what it brought.
    pub good: Option<(String, SyncReport)>,
    /// When a later round failed, and its stable code.
    pub fault: Option<(String, String)>,
}

impl Node {
    /// The last rounds with the partner of this key id; nothing where there was none.
    pub async fn partner_round(&self, actor: &Actor, key_id: &str) -> Result<RoundLine, NodeError> {
        actor.require(Action::PartnerView)?;
        let Rounds { good, fault, .. } = self.rounds(key_id).await?;
        Ok(RoundLine {
            good: good.map(|(at, report)| (clock::text(at), report)),
            fault: fault.map(|(at, code)| (clock::text(at), code)),
        })
    }

    /// Whether a partner asked us to wait and that time is not over: rounds of the node leave it out
    /// until then, at most for an hour.
    pub async fn asked_to_wait(&self, key_id: &str) -> Result<bool, NodeError> {
        Ok(self.rounds(key_id).await?.wait_until_us > self.now_us())
    }

    /// Remembers how a round ended.
    pub(crate) async fn note_round(
        &self,
        key_id: &str,
        done: &Result<SyncReport, NodeError>,
    ) -> Result<(), NodeError> {
        let mut rounds = self.rounds(key_id).await?;
        let now = self.now_us();
        match done {
            Ok(report) => {
                rounds = Rounds { good: Some((now, report.clone())), ..Rounds::default() };
            }
            Err(error) => {
                rounds.fault = Some((now, error.code().to_owned()));
                rounds.wait_until_us = now + asked_us(error).min(LONGEST_PAUSE_US);
            }
        }
        let writes = vec![record::put(Bucket::ROUND, key_id, &rounds, None)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    async fn rounds(&self, key_id: &str) -> Result<Rounds, NodeError> {
        let found = self.store.record(Bucket::ROUND, key_id).await?;
        Ok(found.as_ref().map(record::read).transpose()?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::standing::tests::Trio;

    #[tokio::test]
    async fn a_partner_that_asks_to_wait_is_left_alone_for_that_time_and_at_most_an_hour() {
        let trio = Trio::new().await;
        let (node, us) = (&trio.nodes[0], trio.nodes[1].key_id());
        for (retry_after_s, waits_s) in [(30, 30), (u32::MAX, 3_600)] {
            assert!(!node.asked_to_wait(us).await.unwrap());
            let busy = NodeError::Busy { partner: "ILC".into(), retry_after_s };
            node.note_round(us, &Err(busy)).await.unwrap();
            assert!(node.asked_to_wait(us).await.unwrap());
            trio.clock.0.fetch_add((waits_s - 1) * 1_000_000, Ordering::Relaxed);
            assert!(node.asked_to_wait(us).await.unwrap());
            trio.clock.0.fetch_add(1_000_000, Ordering::Relaxed);
        }
        node.note_round(us, &Err(NodeError::Busy { partner: "ILC".into(), retry_after_s: 30 }))
            .await
            .unwrap();
        node.note_round(us, &Ok(SyncReport::default())).await.unwrap();
        assert!(!node.asked_to_wait(us).await.unwrap(), "a round that went through ends it");
    }
}
