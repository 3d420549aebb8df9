//! Recall: withdrawn from every partner that has it, answered by each.

use enlace_policy::Agreement;
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{Batch, Member, Outcome, Twin, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// A recall and what the partner said to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecallRecord {
    pub(crate) original: String,
    pub(crate) by: String,
    pub(crate) at_us: i64,
    pub(crate) fetched: bool,
    pub(crate) answer: Option<String>,
}

/// A recall at one partner.
#[derive(Debug, Clone, Serialize)]
pub struct Recalled {
    /// Name of the partner.
    pub partner: String,
    /// Id that the partner knows.
    pub twin: String,
    /// Whether it had fetched the object and therefore gets a revoked twin.
    pub fetched: bool,
}

impl Node {
    /// Withdraws an original from all partners, or from one. Needs no approval: stopping never
    /// does.
    pub async fn recall(
        &self,
        actor: &Actor,
        id: &str,
        partner: Option<&str>,
    ) -> Result<Vec<Recalled>, NodeError> {
        actor.require(Action::Recall)?;
        let id = id.to_lowercase();
        let only = match partner {
            Some(name) => Some(self.partner_named(name).await?.0),
            None => None,
        };
        let view = self.view_of(actor).await?.with_overdue();
        let mut twins = self.store.twins_of(&id).await?;
        let hidden = self.hidden(&view).await?;
        twins.retain(|twin| !hidden.contains(&twin.original));
        let due = twins
            .into_iter()
            .filter(|t| !t.recalled && only.as_ref().is_none_or(|p| *p == t.partner));
        let (mut recalled, mut failed) = (Vec::new(), None);
        for twin in due {
            // A partner at which it fails must not keep it at the others.
            match self.recall_twin(actor, twin).await {
                Ok(done) => recalled.push(done),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if recalled.is_empty() {
            let expected = "an object that was released and not recalled yet";
            return Err(NodeError::state(id, "at no partner", expected));
        }
        Ok(recalled)
    }

    pub(crate) async fn recall_twin(
        &self,
        actor: &Actor,
        mut twin: Twin,
    ) -> Result<Recalled, NodeError> {
        let unlisted = self.unlist(&twin).await?;
        // A record that the partner has names the twin: then it is told, whatever it fetched.
        let mut fetched = self.was_fetched(&twin).await? || unlisted.is_none();
        let last = self.last_published(&twin).await?;
        twin.recalled = true;
        let withdraw =
            Write::Withdraw { collection: twin.collection.clone(), id: twin.twin.clone() };
        let mut writes = vec![withdraw];
        if fetched {
            writes.extend(self.farewell(&mut twin, last.as_ref()).await);
        } else {
            writes.extend(unlisted.unwrap_or_default());
        }
        writes.extend(self.recall_writes(actor, &twin, fetched)?);
        writes.push(Write::Twin(Box::new(twin.clone())));
        let outcomes = self.store.commit(Batch { guards: vec![], writes }).await?;
        if !fetched && matches!(outcomes.first(), Some(Outcome::Withdrawn { fetched: true, .. })) {
            // It was fetched between our look and the withdrawal.
            fetched = true;
            let mut writes = self.farewell(&mut twin, last.as_ref()).await;
            writes.extend(self.recall_writes(actor, &twin, true)?);
            writes.push(Write::Twin(Box::new(twin.clone())));
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        let partner = self.channel_name(&twin.partner).await?;
        Ok(Recalled { partner, twin: twin.twin, fetched })
    }

    /// The revoked version and its record. What cannot be made does not keep the rest from being
    /// withdrawn: stopping always works.
    async fn farewell(&self, twin: &mut Twin, last: Option<&Member>) -> Vec<Write> {
        match self.publish_recall(twin, last).await {
            Ok(writes) => writes,
            Err(error) => {
                tracing::error!(code = error.code(), "no revoked version could be made");
                Vec::new()
            }
        }
    }

    /// The record of a recall and its leaves. Who never fetched learns nothing, not even from the
    /// channel log.
    fn recall_writes(
        &self,
        actor: &Actor,
        twin: &Twin,
        fetched: bool,
    ) -> Result<Vec<Write>, NodeError> {
        let record = RecallRecord {
            original: twin.original.clone(),
            by: actor.account().to_owned(),
            at_us: self.now_us(),
            fetched,
            answer: None,
        };
        let key = key(&twin.partner, &twin.twin);
        let mut writes = vec![record::put(Bucket::RECALL, &key, &record, None)?];
        let act = Act::new("recall").field("object", twin.twin.as_str());
        let inside = |a: Act| a.by(actor).field("original", twin.original.as_str());
        if fetched {
            writes.extend(self.channel_leaves(&twin.partner, act, inside)?);
        } else {
            let act = inside(act).field("partner", twin.partner.as_str());
            writes.push(self.node_leaf(act)?);
        }
        Ok(writes)
    }

    /// A partner revoked what it had released to us: text, links and search rows go, the answer
    /// goes back.
    pub(crate) async fn apply_recall(
        &self,
        partner: &str,
        agreement: &Agreement,
        id: &str,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        writes.push(Write::Purge { channel: partner.to_owned(), id: id.to_owned() });
        // A file that was written before may still be on its way.
        let at_us = self.now_us();
        writes.push(record::put(Bucket::WITHDRAWN, &key(partner, id), &at_us, None)?);
        writes.extend(self.note_deletions(id, Some(partner)).await?);
        writes.extend(self.copy_deletions(id, Some(partner)).await?);
        let mut view = self.own_object("recall-answer")?;
        view.insert("agreement_ref".to_owned(), agreement.id.as_str().into());
        view.insert("object_ref".to_owned(), id.into());
        view.insert("outcome".to_owned(), "purged".into());
        let answer = Object::from_view(view).map_err(|_| NodeError::Internal("recall answer"))?;
        writes.extend(self.own_message(partner, agreement, &answer)?);
        let act = Act::new("erasure").field("object", id).field("reason", "recalled");
        writes.extend(self.channel_leaves(partner, act, |a| a)?);
        Ok(())
    }

    /// Keeps a partner's answer beside the recall it answers.
    pub(crate) async fn note_answer(
        &self,
        partner: &str,
        answer: &Object,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let Some(twin) = answer.text("object_ref") else { return Ok(()) };
        if let Some(mut recall) = self.recall_of(partner, twin).await? {
            let outcome = answer.text("outcome").unwrap_or_default().to_owned();
            recall.answer = Some(format!("{outcome}, {}", clock::text(self.now_us())));
            writes.push(record::put(Bucket::RECALL, &key(partner, twin), &recall, None)?);
        }
        Ok(())
    }
}

/// Key of the record of a recall.
pub(crate) fn key(partner: &str, twin: &str) -> String {
    format!("{partner}/{twin}")
}
