//! When we last exchanged with a partner, and what that brought; for people, nothing decides by it.

use enlace_policy::roles::Action;
use enlace_store::Batch;
use serde::{Deserialize, Serialize};

use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, SyncReport, clock};

/// The last rounds with a partner as stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Rounds {
    /// The last round that went through.
    good: Option<(i64, SyncReport)>,
    /// When a round failed since, and why (a stable code).
    fault: Option<(i64, String)>,
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
        let Rounds { good, fault } = self.rounds(key_id).await?;
        Ok(RoundLine {
            good: good.map(|(at, report)| (clock::text(at), report)),
            fault: fault.map(|(at, code)| (clock::text(at), code)),
        })
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
            Ok(report) => rounds = Rounds { good: Some((now, report.clone())), fault: None },
            Err(error) => rounds.fault = Some((now, error.code().to_owned())),
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
