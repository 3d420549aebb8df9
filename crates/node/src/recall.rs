//! Recall and correction: withdrawn from every partner that has it, answered by each.

use std::collections::BTreeSet;

use enlace_policy::Agreement;
use enlace_policy::roles::Action;
use enlace_release::{Record, Released};
use enlace_stix::Timestamp;
use enlace_store::{Batch, Guard, Member, Outcome, Twin, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::person::Handed;
use crate::recall_answer::{Asked, Received, Stated, Why};
use crate::recall_refs::Without;
use crate::record::{self, Bucket};
use crate::release::{Counts, Release};
use crate::{Actor, Node, NodeError, clock};

/// Times that a recall looks again because something was fetched or changed meanwhile; then it
/// happens in any case.
const PATIENCE: usize = 8;

/// A recall and what the partner said to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RecallRecord {
    pub(crate) original: String,
    pub(crate) by: String,
    pub(crate) at_us: i64,
    pub(crate) fetched: bool,
    pub(crate) answer: Option<String>,
    /// The same with everything that was stated.
    #[serde(default)]
    pub(crate) said: Option<Stated>,
    /// Lineages under which it was recalled: an observable has one id under all of them. Empty: all,
    /// in records of earlier versions and of what went by hand.
    #[serde(default)]
    pub(crate) lineages: BTreeSet<String>,
}

/// Key of the record of a recall from a named person. An observable has one id for a unit and for
/// its persons; what each has is recalled from each.
pub(crate) fn key_of_person(partner: &str, twin: &str, person: &str) -> String {
    format!("{}@{person}", key(partner, twin))
}

/// The twin that the key of a recall names, of a unit or of a person.
pub(crate) fn twin_of(key: &str) -> &str {
    key.split_once('@').map_or(key, |(twin, _)| twin)
}

impl RecallRecord {
    /// Whether it was recalled under a lineage.
    pub(crate) fn covers(&self, lineage: &str) -> bool {
        self.lineages.is_empty() || self.lineages.contains(lineage)
    }
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

/// Earlier versions withdrawn at a partner.
#[derive(Debug, Clone, Serialize)]
pub struct Corrected {
    /// Name of the partner.
    pub partner: String,
    /// Id that the partner knows.
    pub twin: String,
    /// Versions withdrawn.
    pub versions: usize,
    /// Whether it had fetched any version and therefore is told.
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
        let id = id.to_lowercase();
        let (due, only) = self.recallable(actor, &id, partner).await?;
        let (mut recalled, mut failed) = (Vec::new(), None);
        for twin in due {
            // A partner at which it fails must not keep it at the others.
            match self.recall_whole(actor, twin).await {
                Ok(done) => recalled.push(done),
                Err(error) => failed = Some(error),
            }
        }
        match self.recall_from_persons(actor, &id, only.as_deref()).await {
            Ok(told) => recalled.extend(told),
            Err(error) => failed = Some(error),
        }
        match self.danger_recall_object(actor, &id, only.as_deref()).await {
            Ok(warned) => recalled.extend(warned),
            Err(error) => failed = Some(error),
        }
        self.keep_erasures().await;
        if let Some(error) = failed {
            return Err(error);
        }
        if recalled.is_empty() {
            let expected = "an object that was released and not recalled yet";
            return Err(NodeError::state(id, "at no partner", expected));
        }
        Ok(recalled)
    }

    /// The twins of an object that the actor sees and that are not recalled yet, and the key of the
    /// only partner that is meant.
    async fn recallable(
        &self,
        actor: &Actor,
        id: &str,
        partner: Option<&str>,
    ) -> Result<(Vec<Twin>, Option<String>), NodeError> {
        actor.require(Action::Recall)?;
        let only = match partner {
            Some(name) => Some(self.partner_named(name).await?.0),
            None => None,
        };
        let hidden = self.hidden(&self.view_of(actor).await?.with_overdue()).await?;
        let mut twins = self.store.twins_of(id).await?;
        twins.retain(|twin| {
            let wanted = only.as_ref().is_none_or(|partner| *partner == twin.partner);
            wanted && !twin.recalled && !hidden.contains(&twin.original)
        });
        Ok((twins, only))
    }

    /// Notes that persons who got it by hand are to be told; each stands in the list of recalls
    /// until somebody notes the answer.
    async fn recall_from_persons(
        &self,
        actor: &Actor,
        original: &str,
        partner: Option<&str>,
    ) -> Result<Vec<Recalled>, NodeError> {
        let (mut writes, mut told) = (Vec::new(), Vec::new());
        for found in self.persons_with(original, partner).await? {
            let Handed { partner, twin, person, name } = found;
            let recall = self.recall_record(actor, original, true);
            let key = key_of_person(&partner, &twin, &person);
            writes.push(record::put(Bucket::RECALL, &key, &recall, None)?);
            let act = Act::new("recall").field("object", twin.as_str()).by(actor);
            let act = act.field("original", original).field("partner", partner.as_str());
            writes.push(self.node_leaf(act.field("by_hand", true))?);
            let partner = format!("{name} ({})", self.channel_name(&partner).await?);
            told.push(Recalled { partner, twin, fetched: true });
        }
        if !writes.is_empty() {
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        Ok(told)
    }

    /// Recalls a twin. If the partner has not seen it, what refers to it comes anew without it.
    pub(crate) async fn recall_whole(
        &self,
        actor: &Actor,
        twin: Twin,
    ) -> Result<Recalled, NodeError> {
        let mut left = PATIENCE;
        loop {
            let without = match self.without(&twin).await {
                Ok(without) => without,
                Err(error) => {
                    // Stopping always works, also where the rest cannot be made anew.
                    tracing::error!(code = error.code(), "references to what is recalled stay");
                    Without::default()
                }
            };
            match self.recall_with(actor, twin.clone(), without, left > 0).await {
                // Something was fetched or changed between the look and here: another look.
                Err(NodeError::Changed { .. }) if left > 0 => left -= 1,
                done => return done,
            }
        }
    }

    /// Recalls a twin; what refers to it is somebody else's care.
    pub(crate) async fn recall_twin(
        &self,
        actor: &Actor,
        twin: Twin,
    ) -> Result<Recalled, NodeError> {
        self.recall_with(actor, twin, Without::default(), false).await
    }

    /// `guarded`: only if all is still as it was looked at; else it happens in any case.
    async fn recall_with(
        &self,
        actor: &Actor,
        mut twin: Twin,
        without: Without,
        guarded: bool,
    ) -> Result<Recalled, NodeError> {
        let unlisted = match self.unlist(actor, &twin, &without).await {
            Ok(unlisted) => unlisted,
            Err(error) => {
                // Stopping always works: the record stays, and who reads it is told.
                tracing::error!(code = error.code(), "records of what is recalled stay");
                None
            }
        };
        let listed = unlisted.is_none();
        let mut rest = unlisted.unwrap_or_default();
        // A record that the partner has names the twin, or what it has leads there: then it is told,
        // whatever it fetched.
        let mut fetched = self.was_fetched(&twin).await? || without.mentioned || listed;
        let last = self.last_published(&twin).await?;
        twin.recalled = true;
        let withdraw = |twin: &Twin| Write::Withdraw {
            collection: twin.collection.clone(),
            id: twin.twin.clone(),
        };
        let (mut writes, mut ends) = (vec![withdraw(&twin)], Vec::new());
        if fetched {
            if without.mentioned {
                // No record that it has yet lists the twin as something to fetch.
                writes.extend(rest.writes);
            } else {
                (rest.guards, rest.seqs) = (Vec::new(), BTreeSet::new());
            }
            writes.extend(self.farewell(&mut twin, last.as_ref()).await);
        } else {
            writes.extend(rest.writes);
            let gone = without.gone.iter().map(|end| &end.twin).chain(&without.beside);
            for id in gone.chain([&twin.twin]) {
                let members = self.members_of(&twin.collection, id).await?;
                let unseen = members.iter().filter(|member| member.fetched_us.is_none());
                rest.seqs.extend(unseen.map(|member| member.seq));
            }
            for end in &without.gone {
                ends.push((writes.len(), end, self.last_published(end).await?));
                writes.push(withdraw(end));
                writes.extend(self.recall_writes(actor, end, false).await?);
                writes.push(Write::Twin(Box::new(Twin { recalled: true, ..end.clone() })));
            }
            for id in &without.beside {
                let collection = twin.collection.clone();
                writes.push(Write::Withdraw { collection, id: id.clone() });
                writes.extend(self.never_made(&twin.partner, &twin.lineage, id).await?);
            }
        }
        writes.extend(self.recall_writes(actor, &twin, fetched).await?);
        writes.push(Write::Twin(Box::new(twin.clone())));
        let (mut guards, seqs) = (Vec::new(), Vec::from_iter(rest.seqs));
        if guarded {
            guards = rest.guards;
            guards.push(Guard::Unseen { collection: twin.collection.clone(), seqs });
        }
        let outcomes = self.store.commit(Batch { guards, writes }).await?;
        let seen = |outcome: &Outcome| {
            !guarded && matches!(outcome, Outcome::Withdrawn { fetched: true, .. })
        };
        if !fetched && outcomes.iter().any(seen) {
            // It, or what led to it, was fetched between our look and the withdrawal.
            fetched = true;
            let mut writes = self.farewell(&mut twin, last.as_ref()).await;
            writes.extend(self.recall_writes(actor, &twin, true).await?);
            writes.push(Write::Twin(Box::new(twin.clone())));
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        for (at, end, last) in ends {
            if outcomes.get(at).is_some_and(seen) {
                let mut end = Twin { recalled: true, ..end.clone() };
                let mut writes = self.farewell(&mut end, last.as_ref()).await;
                writes.extend(self.recall_writes(actor, &end, true).await?);
                writes.push(Write::Twin(Box::new(end)));
                self.store.commit(Batch { guards: vec![], writes }).await?;
            }
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
    async fn recall_writes(
        &self,
        actor: &Actor,
        twin: &Twin,
        fetched: bool,
    ) -> Result<Vec<Write>, NodeError> {
        let key = key(&twin.partner, &twin.twin);
        let mut recall = self.recall_record(actor, &twin.original, fetched);
        recall.lineages.insert(twin.lineage.clone());
        // Under another agreement it may have been recalled before: who was told there still is.
        if let Some(before) = self.recall_of(&twin.partner, &twin.twin).await? {
            let all = before.lineages.is_empty();
            recall.lineages.extend(before.lineages.iter().cloned());
            if before.fetched && !fetched {
                recall = RecallRecord { lineages: recall.lineages, ..before };
            }
            if all {
                recall.lineages.clear();
            }
        }
        let mut writes = vec![record::put(Bucket::RECALL, &key, &recall, None)?];
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

    /// The record of a recall that waits for its answer.
    fn recall_record(&self, actor: &Actor, original: &str, fetched: bool) -> RecallRecord {
        RecallRecord {
            original: original.to_owned(),
            by: actor.account().to_owned(),
            at_us: self.now_us(),
            fetched,
            answer: None,
            said: None,
            lineages: BTreeSet::new(),
        }
    }

    /// Holds for as long as a twin is not recalled from a partner under a lineage.
    pub(crate) async fn not_recalled(
        &self,
        partner: &str,
        lineage: &str,
        twin: &str,
    ) -> Result<Guard, NodeError> {
        let key = key(partner, twin);
        let kept = self.store.record(Bucket::RECALL, &key).await?;
        let recall: Option<RecallRecord> = kept.as_ref().map(record::read).transpose()?;
        Ok(match recall.filter(|recall| !recall.covers(lineage)) {
            Some(_) => record::as_read(Bucket::RECALL, &key, kept.as_ref()),
            None => Guard::Absent { bucket: Bucket::RECALL, key },
        })
    }

    /// A partner revoked what it had released to us: text, links, search rows, notes and alerts go,
    /// or are restricted; the answer goes back.
    pub(crate) async fn apply_recall(
        &self,
        partner: &str,
        agreement: &Agreement,
        id: &str,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        // A file that was written before may still be on its way.
        let at_us = self.now_us();
        writes.push(record::put(Bucket::WITHDRAWN, &key(partner, id), &at_us, None)?);
        let of = Received { partner, agreement, id };
        self.withdraw_received(&of, Why::Recall, writes).await
    }

    /// Withdraws the earlier versions of an original from all partners that have a later one, or
    /// from one of them: the last version corrects them. Partners that fetched any are told, erase
    /// them and answer; who fetched none finds the last version alone.
    pub async fn correct(
        &self,
        actor: &Actor,
        id: &str,
        partner: Option<&str>,
    ) -> Result<Vec<Corrected>, NodeError> {
        let id = id.to_lowercase();
        let (mut twins, _) = self.recallable(actor, &id, partner).await?;
        twins.retain(|twin| twin.original == id);
        let mut corrected = Vec::new();
        for twin in twins {
            let mut left = PATIENCE;
            corrected.extend(loop {
                match self.correct_twin(actor, &twin).await {
                    // Something was fetched between the look and here: another look.
                    Err(NodeError::Changed { .. }) if left > 0 => left -= 1,
                    done => break done?,
                }
            });
        }
        if corrected.is_empty() {
            let expected = "an object of which a partner has a later version: import the \
                            correction and let it out (`enlace release updates --now`)";
            return Err(NodeError::state(id, "the only version at every partner", expected));
        }
        Ok(corrected)
    }

    async fn correct_twin(
        &self,
        actor: &Actor,
        twin: &Twin,
    ) -> Result<Option<Corrected>, NodeError> {
        let mut members = self.members_of(&twin.collection, &twin.twin).await?;
        let Some(last) = members.pop() else { return Ok(None) };
        // Also a version that is not published any more: the partner has it all the same.
        let was_fetched = self.was_fetched(twin).await?;
        if members.is_empty() && (last.fetched_us.is_some() || !was_fetched) {
            return Ok(None);
        }
        let unlisted = self.unlist(actor, twin, &Without::default()).await?;
        let fetched = was_fetched || unlisted.is_none();
        let (sent, standing) = self.opened(&twin.partner, &last.body).await?;
        let withdraw =
            Write::Withdraw { collection: twin.collection.clone(), id: twin.twin.clone() };
        let mut writes = vec![withdraw];
        let mut guards = vec![self.not_recalled(&twin.partner, &twin.lineage, &twin.twin).await?];
        if let Some(mut rest) = unlisted.filter(|_| !fetched) {
            writes.extend(rest.writes);
            guards.extend(rest.guards);
            rest.seqs.extend(members.iter().chain([&last]).map(|member| member.seq));
            let (collection, seqs) = (twin.collection.clone(), Vec::from_iter(rest.seqs));
            guards.push(Guard::Unseen { collection, seqs });
        }
        let creator = self.identity.id();
        let (uuid, now) = (clock::new_uuid()?, Timestamp::from_micros(self.now_us()));
        let agreement = &standing.agreement;
        let made = match fetched {
            true => Record::of_correction(uuid, agreement, &sent, creator, &now),
            // Nothing tells that there was another one.
            false => {
                let purpose = agreement.terms().purposes.allowed.first();
                let purpose = self.sent_purpose(twin).await?.or(purpose.cloned());
                let purpose = purpose.unwrap_or_default();
                Record::new(uuid, agreement, &purpose, std::slice::from_ref(&sent), creator, &now)
            }
        };
        let made = made.map_err(|_| NodeError::Internal("record of a correction"))?;
        let (made, published) =
            self.publish(made, std::slice::from_ref(&sent), &twin.collection)?;
        writes.extend(published);
        let act = Act::new("correction").field("object", twin.twin.as_str());
        let inside = |a: Act| a.by(actor).field("original", twin.original.as_str());
        if fetched {
            let (by, at_us) = (actor.account(), self.now_us());
            let asked = Asked::about(twin.clone(), Why::Correction, by, at_us);
            let asked = Asked { record: Some(made.id().to_string()), ..asked };
            writes.push(record::put(Bucket::ASKED, &asked.key(), &asked, None)?);
            writes.extend(self.channel_leaves(&twin.partner, act, inside)?);
        } else {
            writes.extend(self.released_alone(actor, twin, &made).await?);
            let act = inside(act).field("partner", twin.partner.as_str());
            writes.push(self.node_leaf(act)?);
        }
        self.store.commit(Batch { guards, writes }).await?;
        let partner = self.channel_name(&twin.partner).await?;
        Ok(Some(Corrected { partner, twin: twin.twin.clone(), versions: members.len(), fetched }))
    }

    /// The writes of the release that a new record of a twin alone belongs to: as the last one of
    /// it, which the other objects stay with.
    pub(crate) async fn released_alone(
        &self,
        actor: &Actor,
        twin: &Twin,
        made: &Released,
    ) -> Result<Vec<Write>, NodeError> {
        let carries = |r: &Release| {
            r.published_beside(twin) && r.twins.iter().any(|(_, listed)| *listed == twin.twin)
        };
        let mut all = self.releases().await?;
        all.retain(|(_, release)| carries(release));
        all.sort_by_key(|(_, release)| release.sent.as_ref().map(|sent| sent.at_us));
        let Some((_, mut release)) = all.pop() else { return Ok(Vec::new()) };
        release.agreement = made.agreement().to_owned();
        release.ids = vec![twin.original.clone()];
        release.exact = true;
        release.twins.retain(|(_, listed)| *listed == twin.twin);
        release.lines.retain(|line| line.object == twin.original);
        release.counts = Counts { objects: 1, kept: 0, changed: 1, withheld: 0 };
        release.record = Some(made.id().to_string());
        release.receipt = None;
        let id = clock::new_uuid()?.to_string();
        let leaf = self.node_leaf(self.disclosed(actor, &id, &release, made))?;
        Ok(vec![record::put(Bucket::RELEASE, &id, &release, None)?, leaf])
    }

    /// The purpose under which a twin left.
    pub(crate) async fn sent_purpose(&self, twin: &Twin) -> Result<Option<String>, NodeError> {
        let sent = self.sent_object(&twin.partner, &twin.lineage, &twin.original).await?;
        Ok(sent.map(|sent| sent.purpose))
    }
}

/// Key of the record of a recall.
pub(crate) fn key(partner: &str, twin: &str) -> String {
    format!("{partner}/{twin}")
}
