//! A stricter rule of this node (`[[rules.forbid]]`) acts on what is published already: what nobody
//! fetched is withdrawn and leaves no trace. Of what partners have, the next round tells an officer
//! (`update.rs`): that something vanishes at their side is a person's decision.

use std::collections::BTreeSet;
use std::sync::Arc;

use enlace_policy::roles::{Action, Role};
use enlace_policy::{Ask, Policy, PrivateRules};
use enlace_release::facts;
use enlace_stix::Object;
use enlace_store::{Batch, Guard};

use crate::consent_use::Makers;
use crate::facts::Marked;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage};
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
        let more = rules.forbid.iter().filter(|rule| !before.forbid.contains(rule));
        let more: BTreeSet<String> = more.map(|rule| format!("private.{}", rule.name)).collect();
        let withdrawn = if more.is_empty() { 0 } else { self.withdraw_unseen(&more).await? };
        let act = Act::new("policy-changed").field("kind", KEPT);
        let act = act.field("rules", rules.forbid.len()).field("withdrawn", withdrawn);
        let writes = vec![
            record::put(Bucket::NODE, KEPT, rules, None)?,
            self.examine_again()?,
            self.node_leaf(act)?,
        ];
        let guard = match &kept {
            Some(kept) => record::unchanged(Bucket::NODE, kept),
            None => Guard::Absent { bucket: Bucket::NODE, key: KEPT.to_owned() },
        };
        self.store.commit(Batch { guards: vec![guard], writes }).await?;
        Ok(withdrawn)
    }

    /// Withdraws what one of these rules forbids and nobody fetched.
    async fn withdraw_unseen(&self, rules: &BTreeSet<String>) -> Result<usize, NodeError> {
        // The act of no person: what the node was configured to.
        let actor = Actor::of(KEPT, Role::Console);
        let makers = self.makers().await?;
        let (mut seen, mut withdrawn) = (BTreeSet::new(), 0);
        for (_, release) in self.releases().await? {
            if release.stage != Stage::Sent || release.person.is_some() {
                continue;
            }
            let standing = match self.agreement_named(&release.agreement).await {
                Ok(standing) => standing,
                // Nothing is handed out under an agreement that is not held.
                Err(NodeError::NotFound { .. }) => continue,
                Err(error) => return Err(error),
            };
            let policy = self.policy(&standing.agreement)?;
            for (original, _) in &release.twins {
                let at = (release.partner.clone(), release.lineage.clone(), original.clone());
                if !seen.insert(at) || original.starts_with("marking-definition--") {
                    continue;
                }
                let twin = self.store.twin(&release.partner, &release.lineage, original).await?;
                let Some(twin) = twin.filter(|twin| !twin.recalled) else { continue };
                if !self.was_fetched(&twin).await?
                    && self.forbidden(&policy, &release, original, &makers, rules).await?
                {
                    self.recall_whole(&actor, twin).await?;
                    withdrawn += 1;
                }
            }
        }
        Ok(withdrawn)
    }

    /// Whether one of these rules forbids an original to the partner of a release; a caveat of any
    /// property counts for the whole.
    async fn forbidden(
        &self,
        policy: &Policy,
        release: &Release,
        original: &str,
        makers: &Makers,
        rules: &BTreeSet<String>,
    ) -> Result<bool, NodeError> {
        let Some(row) = self.store.object(original, None).await? else { return Ok(false) };
        let Ok(object) = Object::parse(&row.raw) else { return Ok(false) };
        let candidate = self.candidate(makers, object, &row.channel).await?;
        let definitions = self.definitions(&candidate.object, &row.channel).await?;
        let definition = |id: &str| definitions.iter().find(|d| d.id().as_str() == id);
        let mut facts = facts(&candidate.object, candidate.own, self.now_us(), &definition);
        facts.marking = Marked::new(candidate.object, Arc::new(definitions)).strictest();
        let ask = Ask {
            partner: release.partner.clone(),
            purpose: release.purpose.clone(),
            now_us: self.now_us(),
            active: true,
            vetted: true,
            offence: None,
            reasoned: true,
        };
        let decision = policy.decide_anew(&facts, &ask);
        Ok(decision.clauses().iter().any(|clause| rules.contains(&clause.id)))
    }
}
