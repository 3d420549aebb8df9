//! A stricter rule of this node (`[[rules.forbid]]`) acts on what is published already: what nobody
//! fetched is withdrawn and leaves no trace (`unseen.rs`). Of what partners have, the next round
//! tells an officer (`update.rs`): that something vanishes at their side is a person's decision.

use enlace_policy::PrivateRules;
use enlace_policy::roles::Action;
use enlace_store::Batch;

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// The rules that were carried out last.
const KEPT: &str = "own-rules";

impl Node {
    /// Carries out what the rules of this node say more than before; how many objects were
    /// withdrawn. To be called before anything is handed out.
    pub async fn own_rules_apply(&self, actor: &Actor) -> Result<usize, NodeError> {
        actor.require(Action::Sync)?;
        self.settle_rules().await
    }

    /// As [`Node::own_rules_apply`], inside a use case that hands out.
    pub(crate) async fn settle_rules(&self) -> Result<usize, NodeError> {
        let rules = &self.config.rules;
        let kept = self.store.record(Bucket::NODE, KEPT).await?;
        let before: PrivateRules = kept.as_ref().map(record::read).transpose()?.unwrap_or_default();
        if before == *rules {
            return Ok(0);
        }
        let withdrawn = self.withdraw_unseen().await?;
        let act = Act::new("policy-changed").field("kind", KEPT);
        let act = act.field("rules", rules.forbid.len()).field("withdrawn", withdrawn);
        let writes = vec![
            record::put(Bucket::NODE, KEPT, rules, None)?,
            self.examine_again()?,
            self.node_leaf(act)?,
        ];
        let guard = record::as_read(Bucket::NODE, KEPT, kept.as_ref());
        self.store.commit(Batch { guards: vec![guard], writes }).await?;
        Ok(withdrawn)
    }
}
