//! What follows a warning: a second person looks at it within a day, it can be taken back, and
//! everybody concerned is shown it.

use std::collections::HashSet;

use enlace_keys::SignedObject;
use enlace_policy::roles::Action;
use enlace_release::withdrawn;
use enlace_stix::Object;
use enlace_store::{Batch, Record, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use super::arrival::Arrived;
use super::{HOUR_US, REVIEW_US, Review, Sent, first};
use crate::ledger_log::Act;
use crate::recall::Recalled;
use crate::record::{self, Bucket};
use crate::release::{Counts, Step};
use crate::{Actor, Node, NodeError, clock};

/// Most warnings of a list.
const LISTED: usize = 100_000;

/// What the second person found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DangerOutcome {
    /// It was right.
    Confirmed,
    /// It was not: the warning is taken back.
    Recalled,
}

impl DangerOutcome {
    /// Name for the command line, forms and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Recalled => "recalled",
        }
    }

    /// Reads [`DangerOutcome::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Confirmed, Self::Recalled].into_iter().find(|outcome| outcome.name() == name)
    }
}

/// A warning that this node sent.
#[derive(Debug, Clone, Serialize)]
pub struct DangerLine {
    /// The warning.
    pub id: String,
    /// Name of the partner.
    pub partner: String,
    /// Why, as a code.
    pub reason: String,
    /// What the partner reads; empty where only the log is shown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Why the officer decided so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Who sent it.
    pub by: String,
    /// When.
    pub at: String,
    /// Until when a second person has to look at it.
    pub due: String,
    /// `waiting`, `received`, `recalled`, `purged` (the partner states it).
    pub state: &'static str,
    /// Originals that left.
    pub objects: Vec<String>,
    /// Counts of the set.
    pub counts: Counts,
    /// Names of the originators that were told.
    pub told: Vec<String>,
    /// Who looked at it, what that person found, when.
    pub review: Option<(String, &'static str, String)>,
    /// Whether nobody has looked at it in time.
    pub overdue: bool,
    /// Whole hours since it was sent.
    pub hours: u64,
}

/// A warning that a partner sent.
#[derive(Debug, Clone, Serialize)]
pub struct DangerWarning {
    /// The warning.
    pub id: String,
    /// Name of the partner.
    pub partner: String,
    /// Why, as a code.
    pub reason: String,
    /// What it says; empty once it was taken back.
    pub text: String,
    /// Objects that came with it.
    pub objects: Vec<String>,
    /// When it came.
    pub received: String,
    /// Whether the partner took it back.
    pub withdrawn: bool,
    /// Who took note of it.
    pub seen_by: Option<String>,
}

/// What needs somebody now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DangerAlerts {
    /// Warnings of partners that nobody took note of.
    pub received: usize,
    /// Warnings of ours that wait for a second person other than the actor.
    pub to_review: usize,
    /// Those of them that are overdue.
    pub overdue: usize,
    /// Warnings with objects of a compartment that the actor leads, not looked at yet.
    pub of_yours: usize,
}

impl DangerAlerts {
    /// Whether there is anything to show.
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl Node {
    /// Warnings that this node sent, newest first, as far as the actor sees their objects.
    pub async fn danger_list(&self, actor: &Actor) -> Result<Vec<DangerLine>, NodeError> {
        actor.require(Action::DangerReview)?;
        let mut lines = Vec::new();
        for (id, sent) in self.dangers_for(actor).await? {
            lines.push(self.danger_line(&id, &sent).await?);
        }
        lines.sort_by(|a, b| b.at.cmp(&a.at));
        Ok(lines)
    }

    /// Every warning that this node sent, without what it said: for oversight.
    pub async fn danger_oversight(&self, actor: &Actor) -> Result<Vec<DangerLine>, NodeError> {
        actor.require(Action::Oversight)?;
        let mut lines = Vec::new();
        for (id, sent) in self.dangers().await? {
            let line = self.danger_line(&id, &sent).await?;
            lines.push(DangerLine { text: String::new(), why: String::new(), ..line });
        }
        lines.sort_by(|a, b| b.at.cmp(&a.at));
        Ok(lines)
    }

    /// Says of a warning what the second person found; `recalled` takes it back too. The note is
    /// kept with it and never logged.
    pub async fn danger_review(
        &self,
        actor: &Actor,
        id: &str,
        outcome: DangerOutcome,
        note: &str,
    ) -> Result<DangerLine, NodeError> {
        actor.require(Action::DangerReview)?;
        let (kept, mut sent) = self.danger_for(actor, id).await?;
        if sent.by == actor.account() {
            let expected = "another account than the one that sent it (a second person)";
            return Err(NodeError::state("the review", "by the sender", expected));
        }
        if sent.review.is_some() {
            let expected = "a warning that nobody has looked at";
            return Err(NodeError::state("the warning", "reviewed already", expected));
        }
        let (by, at_us) = (actor.account().to_owned(), self.now_us());
        sent.review = Some(Review { by, at_us, outcome, note: note.trim().to_owned() });
        let act = Act::new("danger-review").by(actor).field("warning", id);
        let act = act.field("partner", sent.partner.as_str());
        let mut writes = vec![self.node_leaf(act.field("outcome", outcome.name()))?];
        if outcome == DangerOutcome::Recalled && sent.recalled.is_none() {
            writes.extend(self.take_back(actor, id, &mut sent).await?);
        }
        self.danger_kept(id, &kept, sent, writes).await
    }

    /// Takes a warning back: one person, no approval, the sender too.
    pub async fn danger_recall(&self, actor: &Actor, id: &str) -> Result<DangerLine, NodeError> {
        actor.require(Action::Recall)?;
        let (kept, mut sent) = self.danger_for(actor, id).await?;
        if sent.recalled.is_some() {
            let expected = "one that was not taken back yet";
            return Err(NodeError::state("the warning", "taken back", expected));
        }
        let writes = self.take_back(actor, id, &mut sent).await?;
        self.danger_kept(id, &kept, sent, writes).await
    }

    /// Warnings of partners, newest first.
    pub async fn danger_received(&self, actor: &Actor) -> Result<Vec<DangerWarning>, NodeError> {
        actor.require(Action::DangerReview)?;
        let mut warnings = Vec::new();
        for (id, arrived) in self.danger_arrivals().await? {
            let row = self.store.object(&id, Some(&arrived.partner)).await?;
            let object = row.and_then(|row| Object::parse(&row.raw).ok());
            let text = object.filter(|_| arrived.withdrawn_us.is_none());
            let text = text.as_ref().and_then(|o| o.text("text")).unwrap_or_default().to_owned();
            warnings.push(DangerWarning {
                partner: self.channel_name(&arrived.partner).await?,
                id,
                reason: arrived.reason,
                text,
                objects: arrived.objects,
                received: clock::text(arrived.received_us),
                withdrawn: arrived.withdrawn_us.is_some(),
                seen_by: arrived.seen.map(|step| step.by),
            });
        }
        if !warnings.is_empty() {
            let ids: Vec<&str> = warnings.iter().map(|w| w.id.as_str()).collect();
            let act = Act::new("consultation").by(actor).field("kind", "danger");
            self.log_act(act.field("objects", ids)).await?;
        }
        warnings.sort_by(|a, b| b.received.cmp(&a.received));
        Ok(warnings)
    }

    /// Takes note of a partner's warning: it is no longer on top.
    pub async fn danger_seen(&self, actor: &Actor, id: &str) -> Result<(), NodeError> {
        actor.require(Action::DangerReview)?;
        let ends = format!("/{id}");
        let mut found = self.danger_arrival_records().await?.into_iter();
        let found = found.find(|record| record.key.ends_with(&ends));
        let found = found.ok_or_else(|| NodeError::not_found("warning", id))?;
        let mut arrived: Arrived = record::read(&found)?;
        arrived.seen = Some(Step { by: actor.account().to_owned(), at_us: self.now_us() });
        let act = Act::new("danger-seen").by(actor).field("warning", id);
        let writes = vec![arrived.put(id)?, self.node_leaf(act)?];
        let guards = vec![record::unchanged(Bucket::DANGER_IN, &found)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// What needs the actor now; nothing for who has no part in it.
    pub async fn danger_alerts(&self, actor: &Actor) -> Result<DangerAlerts, NodeError> {
        let mut alerts = DangerAlerts::default();
        if actor.may(Action::CompartmentLead) {
            let sent = self.dangers().await?;
            let mine = |s: &Sent| s.review.is_none() && s.leads.contains(actor.account());
            alerts.of_yours = sent.iter().filter(|(_, s)| mine(s)).count();
        }
        if actor.may(Action::DangerReview) {
            let arrivals = self.danger_arrivals().await?;
            alerts.received = arrivals.iter().filter(|(_, a)| a.seen.is_none()).count();
            for (_, sent) in self.dangers_for(actor).await? {
                let open = sent.review.is_none() && sent.by != actor.account();
                alerts.to_review += usize::from(open);
                alerts.overdue += usize::from(open && sent.overdue(self.now_us()));
            }
        }
        Ok(alerts)
    }

    async fn danger_kept(
        &self,
        id: &str,
        kept: &Record,
        sent: Sent,
        mut writes: Vec<Write>,
    ) -> Result<DangerLine, NodeError> {
        writes.push(record::put(Bucket::DANGER, id, &sent, None)?);
        let guards = vec![record::unchanged(Bucket::DANGER, kept)];
        self.store.commit(Batch { guards, writes }).await?;
        if sent.recalled.is_some()
            && let Err(error) = self.deliver(&Actor::console(), Some(&sent.partner)).await
        {
            tracing::warn!(code = error.code(), "a recall waits for its partner");
        }
        let (_, sent) = self.danger_sent(id).await?;
        self.danger_line(id, &sent).await
    }

    /// Takes a warning back that was taken back before a restore; nothing leaves yet.
    pub(crate) async fn danger_recall_again(&self, id: &str) -> Result<(), NodeError> {
        let (kept, mut sent) = self.danger_sent(id).await?;
        if sent.recalled.is_some() {
            return Ok(());
        }
        let mut writes = self.take_back(&Actor::console(), id, &mut sent).await?;
        writes.push(record::put(Bucket::DANGER, id, &sent, None)?);
        let guards = vec![record::unchanged(Bucket::DANGER, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Takes back every warning with which an original left, at all partners or one (key id).
    pub(crate) async fn danger_recall_object(
        &self,
        actor: &Actor,
        original: &str,
        only: Option<&str>,
    ) -> Result<Vec<Recalled>, NodeError> {
        let mut recalled = Vec::new();
        for (id, sent) in self.dangers_for(actor).await? {
            let Some((_, twin)) = sent.twins.iter().find(|(left, _)| left == original) else {
                continue;
            };
            if sent.recalled.is_none() && only.is_none_or(|only| only == sent.partner) {
                let partner = self.danger_recall(actor, &id).await?.partner;
                recalled.push(Recalled { partner, twin: twin.clone(), fetched: true });
            }
        }
        Ok(recalled)
    }

    /// The writes that take a warning back. It is told whether or not the warning has arrived: it
    /// may be on its way.
    async fn take_back(
        &self,
        actor: &Actor,
        id: &str,
        sent: &mut Sent,
    ) -> Result<Vec<Write>, NodeError> {
        let modified = self.later(&sent.created);
        let times = (sent.created.as_str(), modified.as_str());
        let last = withdrawn(id, times, &self.identity, &sent.partner)
            .map_err(|_| NodeError::Internal("withdrawn warning"))?;
        sent.recalled = Some(Step { by: actor.account().to_owned(), at_us: self.now_us() });
        let mut writes = vec![first(self.message(&sent.partner, &[last])?)];
        for (key, message) in self.waiting(&sent.partner).await? {
            let is_it = |signed: &SignedObject| signed.object.get("id") == Some(&id.into());
            if message.objects.iter().all(is_it) {
                writes.push(Write::Delete { bucket: Bucket::OUTBOX, key });
            }
        }
        let act = Act::new("danger-recalled").field("warning", id);
        writes.extend(self.channel_leaves(&sent.partner, act, |act| act.by(actor))?);
        Ok(writes)
    }

    pub(super) async fn dangers(&self) -> Result<Vec<(String, Sent)>, NodeError> {
        let query = RecordQuery { bucket: Bucket::DANGER, limit: LISTED, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }

    /// The warnings that an actor sees everything of.
    async fn dangers_for(&self, actor: &Actor) -> Result<Vec<(String, Sent)>, NodeError> {
        let hidden = self.hidden(&self.view_of(actor).await?.with_overdue()).await?;
        let mut all = self.dangers().await?;
        all.retain(|(_, sent)| !sent.touches(&hidden));
        Ok(all)
    }

    async fn danger_for(&self, actor: &Actor, id: &str) -> Result<(Record, Sent), NodeError> {
        let (kept, sent) = self.danger_sent(id).await?;
        let hidden = self.hidden(&self.view_of(actor).await?.with_overdue()).await?;
        if sent.touches(&hidden) {
            return Err(NodeError::not_found("warning", id));
        }
        Ok((kept, sent))
    }

    pub(super) async fn danger_arrivals(&self) -> Result<Vec<(String, Arrived)>, NodeError> {
        let found = self.danger_arrival_records().await?;
        let id = |key: &str| key.rsplit_once('/').map_or(key, |(_, id)| id).to_owned();
        found.into_iter().map(|r| Ok((id(&r.key), record::read(&r)?))).collect()
    }

    async fn danger_arrival_records(&self) -> Result<Vec<Record>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::DANGER_IN, limit: LISTED, ..RecordQuery::default() };
        Ok(self.store.records(query).await?)
    }

    async fn danger_state(&self, id: &str, sent: &Sent) -> Result<&'static str, NodeError> {
        let answered = async |answer: &str| {
            self.store.record(Bucket::DANGER_ANSWER, &format!("{id}/{answer}")).await
        };
        Ok(match sent.recalled {
            Some(_) if answered("purged").await?.is_some() => "purged",
            Some(_) => "recalled",
            None if answered("received").await?.is_some() => "received",
            None => "waiting",
        })
    }

    pub(super) async fn danger_line(&self, id: &str, sent: &Sent) -> Result<DangerLine, NodeError> {
        let mut told = Vec::new();
        for key in &sent.told {
            told.push(self.channel_name(key).await?);
        }
        Ok(DangerLine {
            id: id.to_owned(),
            partner: self.channel_name(&sent.partner).await?,
            reason: sent.reason.clone(),
            text: sent.text.clone(),
            why: sent.why.clone(),
            by: sent.by.clone(),
            at: clock::text(sent.at_us),
            due: clock::text(sent.at_us.saturating_add(REVIEW_US)),
            state: self.danger_state(id, sent).await?,
            objects: sent.twins.iter().map(|(original, _)| original.clone()).collect(),
            counts: sent.counts.clone(),
            told,
            review: sent
                .review
                .as_ref()
                .map(|r| (r.by.clone(), r.outcome.name(), clock::text(r.at_us))),
            overdue: sent.overdue(self.now_us()),
            hours: u64::try_from((self.now_us() - sent.at_us) / HOUR_US).unwrap_or_default(),
        })
    }
}

impl Sent {
    fn overdue(&self, now_us: i64) -> bool {
        self.review.is_none() && now_us >= self.at_us.saturating_add(REVIEW_US)
    }

    /// Whether any of these ids is part of it.
    fn touches(&self, ids: &HashSet<String>) -> bool {
        self.ids.iter().any(|id| ids.contains(id))
    }
}
