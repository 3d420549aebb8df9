//! Sending an approved release, and what becomes of it: fetched, receipt, recalled.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::Action;
use enlace_policy::{AgreementState, approval_allowed};
use enlace_release::{
    Gate, Previous, RecallError, Record, Released, recalled, reopen, sealed_under,
};
use enlace_stix::{Object, Timestamp};
use enlace_store::{
    Batch, Guard, Member, MemberQuery, OWN, ObjectState, Twin, VersionFilter, Write,
};
use serde::Serialize;
use serde_json::Value;

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage, digest};
use crate::release_set::{Planned, previous_of};
use crate::standing::Standing;
use crate::update::{Update, UpdateStage};
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// A release for lists.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseLine {
    /// The release.
    pub id: String,
    /// Title of the agreement.
    pub agreement: String,
    /// Name of the partner.
    pub partner: String,
    /// Key id of the partner; for pages.
    #[serde(skip)]
    pub partner_key: String,
    /// Country of the partner; for pages.
    #[serde(skip)]
    pub country: String,
    /// Who approved it and when; for pages.
    #[serde(skip)]
    pub approved: Option<(String, String)>,
    /// Who sent it; for pages.
    #[serde(skip)]
    pub sent_by: Option<String>,
    /// Purpose.
    pub purpose: String,
    /// `drafted`, `approved`, `scheduled`, `sent`.
    pub state: &'static str,
    /// When a scheduled one leaves.
    pub slot: Option<String>,
    /// Named person that it is for; absent = for the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Picked objects.
    pub picked: Vec<String>,
    /// Objects looked at.
    pub objects: usize,
    /// Objects that leave, whole or in part.
    pub kept: usize,
    /// Objects that stay.
    pub withheld: usize,
    /// Who proposed it.
    pub drafted_by: String,
    /// When.
    pub drafted: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When it was sent.
    pub sent: Option<String>,
    /// The release-record.
    pub record: Option<String>,
    /// Whether the partner fetched any of it.
    pub fetched: bool,
    /// When the partner's signed receipt came.
    pub receipt: Option<String>,
    /// What was recalled of it.
    pub recalls: Vec<RecallLine>,
}

/// A recall of an object of a release.
#[derive(Debug, Clone, Serialize)]
pub struct RecallLine {
    /// The original.
    pub original: String,
    /// Id that the partner knows.
    pub twin: String,
    /// What the partner answered, and when.
    pub answer: Option<String>,
    /// Who recalled it; for pages.
    #[serde(skip)]
    pub by: String,
    /// When it was recalled; for pages.
    #[serde(skip)]
    pub at: String,
}

/// A planned release on its way out.
pub(crate) struct Leaving<'a> {
    pub(crate) id: &'a str,
    /// The release as it was read; `None` = a new one.
    pub(crate) kept: Option<&'a enlace_store::Record>,
    pub(crate) release: Release,
    pub(crate) planned: Planned,
    /// Times of the twins and of the record, microseconds since the epoch.
    pub(crate) at_us: i64,
    /// What the transaction does before it publishes.
    pub(crate) first: Vec<Write>,
    /// What else the transaction does.
    pub(crate) more: Vec<Write>,
    /// Originals whose new form says nothing that the partner does not have, and replaces that.
    pub(crate) in_place: BTreeSet<String>,
}

/// When an approved release becomes visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendWhen {
    /// At once, by choice of the officer.
    Now,
    /// In the partner's next slot, with the updates.
    Slot,
}

impl Node {
    /// Puts an approved release where the partner fetches it: at once, or in the partner's next
    /// slot. What leaves must be what was approved, to the field.
    pub async fn release_send(
        &self,
        actor: &Actor,
        id: &str,
        when: SendWhen,
    ) -> Result<ReleaseLine, NodeError> {
        actor.require(Action::ReleaseSend)?;
        let (kept, release, view) = self.release_for(actor, id).await?;
        if release.person.is_some() {
            let expected = "a file for that person alone: `enlace release send ID --file OUT`";
            return Err(NodeError::state("the release", "for a named person", expected));
        }
        if !matches!(release.stage, Stage::Approved | Stage::Scheduled { .. }) {
            let expected = "an approved one: `enlace release approve`";
            return Err(NodeError::state("the release", release.stage.name(), expected));
        }
        if release.drafted.by == crate::flow::NODE {
            // Nobody drafted it: the second person is the one who sends it.
            let rule = self.planned(&view, &release.request()).await?.approval(self.now_us()).0;
            let approver = release.approved.as_ref().map_or("", |step| step.by.as_str());
            if !approval_allowed(rule, approver, actor.account()) {
                let expected = "another account than the one that approved it (four eyes)";
                return Err(NodeError::state("the release", "approved by its sender", expected));
            }
        }
        match when {
            SendWhen::Now => self.send_now(actor, &view, &kept, release, self.now_us()).await,
            SendWhen::Slot => self.schedule(actor, &kept, release).await,
        }
    }

    async fn schedule(
        &self,
        actor: &Actor,
        kept: &enlace_store::Record,
        mut release: Release,
    ) -> Result<ReleaseLine, NodeError> {
        let standing = self.agreement_named(&release.agreement).await?;
        let minutes = crate::update::minutes_of(&standing);
        let (partner, lineage) = (release.partner.as_str(), release.lineage.as_str());
        let slot_us = self.next_slot(partner, lineage, minutes, self.now_us());
        release.stage = Stage::Scheduled { slot_us };
        let act = Act::new("release-scheduled").by(actor).field("release", kept.key.as_str());
        let writes = vec![
            record::put(Bucket::RELEASE, &kept.key, &release, Some(slot_us))?,
            self.node_leaf(act.field("slot", clock::text(slot_us)))?,
        ];
        let guards = vec![record::unchanged(Bucket::RELEASE, kept)];
        self.store.commit(Batch { guards, writes }).await?;
        self.release_line(&kept.key, &release).await
    }

    /// Sends an approved release with the times of `at_us`.
    pub(crate) async fn send_now(
        &self,
        actor: &Actor,
        view: &View,
        kept: &enlace_store::Record,
        release: Release,
        at_us: i64,
    ) -> Result<ReleaseLine, NodeError> {
        let planned = self.planned_at(view, &release.request(), at_us).await?;
        if digest(&planned) != release.digest {
            let expected = "drafted and approved again: look at what is different";
            return Err(NodeError::state("the release", "changed since it was drafted", expected));
        }
        let mut done = Vec::new();
        // Updates that were drafted for a person leave with it.
        for original in release.ids.iter() {
            let key = crate::sent::key(&release.partner, &release.lineage, original);
            if let Some(found) = self.store.record(Bucket::UPDATE, &key).await? {
                let update: Update = record::read(&found)?;
                if update.stage == UpdateStage::Drafted(kept.key.clone()) {
                    done.push(update.delete());
                }
            }
        }
        let id = &kept.key;
        let (first, in_place) = (Vec::new(), BTreeSet::new());
        let kept = Some(kept);
        let leaving = Leaving { id, kept, release, planned, at_us, first, more: done, in_place };
        self.publish_release(actor, leaving).await
    }

    /// Publishes what was planned: sealed twins in an order that says nothing, the signed record,
    /// the mapping, the leaf and the release itself in one transaction.
    pub(crate) async fn publish_release(
        &self,
        actor: &Actor,
        leaving: Leaving<'_>,
    ) -> Result<ReleaseLine, NodeError> {
        let Leaving { id, kept, mut release, planned, at_us, first, more, in_place } = leaving;
        let mut writes = first;
        self.still_in_force(&planned).await?;
        let found = self.collection_for(&release.partner, &release.lineage).await?;
        let (collection, _) = found.ok_or(NodeError::Internal("collection of an agreement"))?;
        let mut released = planned.plan.released.clone();
        clock::shuffle(&mut released)?;
        let (record, published) =
            self.publication(&planned.standing, &planned.purpose, &released, &collection, at_us)?;
        writes.extend(published);
        self.map_twins(&planned, &collection, at_us, &mut writes)?;
        writes.extend(self.sent_writes(id, &release, &planned, &in_place).await?);
        writes.extend(more);
        self.files_of_copies(&release, &planned, &mut writes).await?;
        release.stage = Stage::Sent;
        release.sent = Some(self.step(actor));
        release.record = Some(record.id().to_string());
        release.twins = twins_of(&planned.plan.released);
        writes.push(self.node_leaf(self.disclosed(actor, id, &release, &record))?);
        writes.push(record::put(Bucket::RELEASE, id, &release, None)?);
        let mut guards: Vec<Guard> =
            kept.map(|kept| record::unchanged(Bucket::RELEASE, kept)).into_iter().collect();
        guards.extend(planned.guards.iter().cloned());
        for (_, twin) in &release.twins {
            guards.push(self.not_recalled(&release.partner, &release.lineage, twin).await?);
        }
        self.store.commit(Batch { guards, writes }).await?;
        self.release_line(id, &release).await
    }

    /// The act of a release. The channel log tells of it when the partner fetches it: until then a
    /// recall must leave no trace there.
    pub(crate) fn disclosed(
        &self,
        actor: &Actor,
        id: &str,
        release: &Release,
        record: &Released,
    ) -> Act {
        let approved = release.approved.as_ref().map_or("", |s| s.by.as_str());
        let originals: Vec<&str> = release.twins.iter().map(|(o, _)| o.as_str()).collect();
        let mut act = Act::new("disclosure")
            .field("kind", "release")
            .field("record", record.id().as_str())
            .field("agreement", release.agreement.as_str())
            .field("purpose", release.purpose.as_str())
            .field("sha256", record.sha256())
            .by(actor)
            .field("release", id)
            .field("approved_by", approved)
            .field("objects", originals)
            .field("withheld", release.counts.withheld)
            .field("clauses", clauses_of(release))
            .field("ground", release.ground.as_str())
            .field("partner", release.partner.as_str());
        for (name, value) in
            [("ground_reason", &release.ground_reason), ("offence", &release.offence)]
        {
            if let Some(value) = value {
                act = act.field(name, value.as_str());
            }
        }
        act
    }

    /// All releases, newest first.
    pub async fn release_list(&self, actor: &Actor) -> Result<Vec<ReleaseLine>, NodeError> {
        actor.require(Action::ReleaseView)?;
        let mut all = self.releases_for(actor).await?;
        all.sort_by_key(|(_, r)| std::cmp::Reverse(r.drafted.at_us));
        let mut lines = Vec::with_capacity(all.len());
        for (id, release) in &all {
            lines.push(self.release_line(id, release).await?);
        }
        Ok(lines)
    }

    /// What became of a release.
    pub async fn release_status(&self, actor: &Actor, id: &str) -> Result<ReleaseLine, NodeError> {
        actor.require(Action::ReleaseView)?;
        let (_, release, _) = self.release_for(actor, id).await?;
        self.release_line(id, &release).await
    }

    /// The signed record of released objects, and the writes that publish both.
    pub(crate) fn publication(
        &self,
        standing: &Standing,
        purpose: &str,
        released: &[Released],
        collection: &str,
        at_us: i64,
    ) -> Result<(Released, Vec<Write>), NodeError> {
        let creator = self.identity.id().clone();
        let now = Timestamp::from_micros(at_us);
        let uuid = clock::new_uuid()?;
        let record = Record::new(uuid, &standing.agreement, purpose, released, &creator, &now)
            .map_err(|_| NodeError::Internal("release-record"))?;
        self.publish(record, released, collection)
    }

    /// Signs a record and publishes it behind what it lists.
    pub(crate) fn publish(
        &self,
        record: Record,
        released: &[Released],
        collection: &str,
    ) -> Result<(Released, Vec<Write>), NodeError> {
        let now_us = self.now_us();
        let (record, row) = self.signed_record(record)?;
        let key = self.keys.seal_key();
        let publish = |r: &Released| Write::Publish {
            collection: collection.to_owned(),
            id: r.id().to_string(),
            kind: r.kind().to_owned(),
            version: r.modified().or(r.created()).unwrap_or_default().to_owned(),
            body: r.seal(record.id().as_str(), key.expose()),
            now_us,
        };
        let mut writes: Vec<Write> = released.iter().map(publish).collect();
        writes.push(publish(&record));
        writes.push(row);
        Ok((record, writes))
    }

    /// A record with our signature, and the write that keeps it as our own object.
    pub(crate) fn signed_record(&self, record: Record) -> Result<(Released, Write), NodeError> {
        let signature = self.keys.sign(record.to_sign().as_bytes());
        let record = record
            .signed(&signature.key_id, &signature.value)
            .map_err(|_| NodeError::Internal("signed release-record"))?;
        let object =
            Object::parse(record.bytes()).map_err(|_| NodeError::Internal("release-record"))?;
        let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
        Ok((record, Write::Object(Box::new(row))))
    }

    fn map_twins(
        &self,
        planned: &Planned,
        collection: &str,
        at_us: i64,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let now = Timestamp::from_micros(at_us).to_millis();
        for released in &planned.plan.released {
            let original = released.original().unwrap_or_default();
            let before = planned.previous.get(original);
            let created = before.map_or_else(
                || released.created().unwrap_or(now.as_str()).to_owned(),
                |p| p.created.to_string(),
            );
            let lineage = &planned.standing.agreement.lineage;
            writes.extend(self.retention_write(&planned.partner, lineage, released)?);
            // What has no version of its own is later than what the partner had under its id,
            // whatever the clock does: `Exit::had` takes the latest for what the partner has.
            let same = planned.previous.values().filter(|p| p.twin == *released.id());
            let last = same.map(|p| p.modified.micros().saturating_add(1_000)).max();
            let next = Timestamp::from_micros(last.unwrap_or(at_us).max(at_us)).to_millis();
            let next = next.to_string();
            writes.push(Write::Twin(Box::new(Twin {
                partner: planned.partner.clone(),
                lineage: planned.standing.agreement.lineage.clone(),
                original: original.to_owned(),
                twin: released.id().to_string(),
                created,
                modified: released.modified().map_or(next, str::to_owned),
                content_hash: released.content_hash().to_owned(),
                collection: collection.to_owned(),
                recalled: false,
            })));
        }
        Ok(())
    }

    /// Whether the partner ever fetched a version of a twin, one that is published still or not.
    pub(crate) async fn was_fetched(&self, twin: &Twin) -> Result<bool, NodeError> {
        let id = std::slice::from_ref(&twin.twin);
        Ok(!self.store.handed_out(&twin.collection, id).await?.is_empty())
    }

    /// The last published version of a twin.
    pub(crate) async fn last_published(&self, twin: &Twin) -> Result<Option<Member>, NodeError> {
        Ok(self.members_of(&twin.collection, &twin.twin).await?.pop())
    }

    /// A published row, opened under the agreement that it was sealed for, in force or not.
    pub(crate) async fn opened(
        &self,
        partner: &str,
        body: &str,
    ) -> Result<(Released, Standing), NodeError> {
        let released = self.unsealed(partner, body)?;
        let standing = self.agreement_named(released.agreement()).await?;
        Ok((released, standing))
    }

    /// A published row of a partner, opened for our own eyes.
    pub(crate) fn unsealed(&self, partner: &str, body: &str) -> Result<Released, NodeError> {
        let broken = || NodeError::Internal("published row");
        let agreement = sealed_under(body).ok_or_else(broken)?;
        let state = &AgreementState::Active;
        let gate =
            Gate { agreement: &agreement, partner, state, recalled: false, now_us: i64::MIN };
        let key = self.keys.seal_key();
        reopen(body, key.expose(), &gate).map_err(|_| broken())
    }

    /// The writes that publish the last, empty version of a twin with its record; of observables,
    /// which have none, a record that says so.
    pub(crate) async fn publish_recall(
        &self,
        twin: &mut Twin,
        last: Option<&Member>,
    ) -> Result<Vec<Write>, NodeError> {
        let Some(last) = last else { return Ok(Vec::new()) };
        let (sent, standing) = self.opened(&twin.partner, &last.body).await?;
        let published =
            Object::parse(sent.bytes()).map_err(|_| NodeError::Internal("published twin"))?;
        let previous: Previous = previous_of(twin)?;
        let (now, agreement) = (self.now_us(), sent.agreement());
        let made = recalled(&twin.original, &previous, &published, agreement, &twin.partner, now);
        let made = match made {
            Ok(made) => Some(made),
            Err(RecallError::NotRevocable(_)) => None,
            Err(_) => return Err(NodeError::Internal("revoked twin")),
        };
        if let Some(made) = &made {
            twin.modified = made.modified().unwrap_or(&twin.modified).to_owned();
            twin.content_hash = made.content_hash().to_owned();
        }
        // The record says of each that it is recalled: it passes under an agreement that has ended.
        let (creator, now) = (self.identity.id(), Timestamp::from_micros(now));
        let (uuid, listed) = (clock::new_uuid()?, made.as_ref().unwrap_or(&sent));
        let record = Record::of_recall(uuid, &standing.agreement, listed, creator, &now)
            .map_err(|_| NodeError::Internal("record of a recall"))?;
        Ok(self.publish(record, made.as_slice(), &twin.collection)?.1)
    }

    /// The writes that publish a twin that nobody fetched in another form, with a record of its own:
    /// the partner has the one that listed it.
    pub(crate) async fn published_alone(
        &self,
        actor: &Actor,
        twin: &Twin,
        form: &Released,
    ) -> Result<Vec<Write>, NodeError> {
        let standing = self.agreement_named(form.agreement()).await?;
        let purpose = self.sent_purpose(twin).await?.unwrap_or_default();
        let (released, at_us) = (std::slice::from_ref(form), self.now_us());
        let (made, published) =
            self.publication(&standing, &purpose, released, &twin.collection, at_us)?;
        let (collection, id) = (twin.collection.clone(), twin.twin.clone());
        let mut writes = vec![Write::Withdraw { collection, id }];
        writes.extend(published);
        writes.extend(self.released_alone(actor, twin, &made).await?);
        Ok(writes)
    }

    /// Keeps a partner's receipt beside the release that it answers.
    pub(crate) async fn note_receipt(
        &self,
        partner: &str,
        receipt: &Object,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let answered = receipt.text("record_ref");
        for (id, mut release) in self.releases().await? {
            let known = release.partner == partner && release.record.as_deref() == answered;
            if known && self.fits(receipt, &release).await? {
                release.receipt = Some(clock::text(self.now_us()));
                writes.push(record::put(Bucket::RELEASE, &id, &release, None)?);
            }
        }
        Ok(())
    }

    /// Whether a receipt names nothing but what its record lists, with the same hashes.
    async fn fits(&self, receipt: &Object, release: &Release) -> Result<bool, NodeError> {
        let Some(record) = &release.record else { return Ok(false) };
        let Some(row) = self.store.object(record, Some(OWN)).await? else { return Ok(false) };
        let Ok(sent) = Object::parse(&row.raw) else { return Ok(false) };
        let list = |object: &Object, name: &str| -> Vec<Value> {
            object.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let listed = list(&sent, "released");
        Ok(list(receipt, "received").iter().all(|entry| listed.contains(entry)))
    }

    pub(crate) async fn release_line(
        &self,
        id: &str,
        release: &Release,
    ) -> Result<ReleaseLine, NodeError> {
        let mut recalls = Vec::new();
        for (original, twin) in &release.twins {
            if let Some(recall) = self.recall_from(release, twin).await? {
                recalls.push(RecallLine {
                    original: original.clone(),
                    twin: twin.clone(),
                    answer: recall.answer,
                    by: recall.by,
                    at: clock::text(recall.at_us),
                });
            }
        }
        let fetched = match (&release.record, release.stage) {
            (Some(record), Stage::Sent) => self.record_fetched(release, record).await?,
            _ => false,
        };
        Ok(ReleaseLine {
            id: id.to_owned(),
            agreement: release.title.clone(),
            partner: self.channel_name(&release.partner).await?,
            partner_key: release.partner.clone(),
            country: self.country_of(&release.partner).await?,
            approved: release.approved.as_ref().map(|s| (s.by.clone(), clock::text(s.at_us))),
            sent_by: release.sent.as_ref().map(|s| s.by.clone()),
            purpose: release.purpose.clone(),
            state: release.stage.name(),
            slot: match release.stage {
                Stage::Scheduled { slot_us } => Some(clock::text(slot_us)),
                _ => None,
            },
            person: match &release.person {
                Some(person) => Some(self.person_named(&release.partner, person).await),
                None => None,
            },
            picked: release.ids.clone(),
            objects: release.counts.objects,
            kept: release.counts.kept + release.counts.changed,
            withheld: release.counts.withheld,
            drafted_by: release.drafted.by.clone(),
            drafted: clock::text(release.drafted.at_us),
            approved_by: release.approved.as_ref().map(|s| s.by.clone()),
            sent: release.sent.as_ref().map(|s| clock::text(s.at_us)),
            record: release.record.clone(),
            fetched,
            receipt: release.receipt.clone(),
            recalls,
        })
    }

    pub(crate) async fn record_fetched(
        &self,
        release: &Release,
        record: &str,
    ) -> Result<bool, NodeError> {
        let found = self.collection_for(&release.partner, &release.lineage).await?;
        let Some((collection, _)) = found else { return Ok(false) };
        let members = self.members_of(&collection, record).await?;
        Ok(members.iter().any(|m| m.fetched_us.is_some()))
    }

    /// All versions of a twin in a collection, in their order there.
    pub(crate) async fn members_of(
        &self,
        collection: &str,
        id: &str,
    ) -> Result<Vec<Member>, NodeError> {
        let (mut found, mut after_seq) = (Vec::new(), None);
        loop {
            let query = MemberQuery {
                collection: collection.to_owned(),
                ids: vec![id.to_owned()],
                versions: vec![VersionFilter::All],
                after_seq,
                limit: 1000,
                ..MemberQuery::default()
            };
            let page = self.store.members(query).await?;
            after_seq = page.members.last().map(|member| member.seq);
            found.extend(page.members);
            if !page.more || after_seq.is_none() {
                return Ok(found);
            }
        }
    }
}

pub(crate) fn twins_of(released: &[Released]) -> Vec<(String, String)> {
    released.iter().filter_map(|r| Some((r.original()?.to_owned(), r.id().to_string()))).collect()
}

/// Clauses under which objects were withheld, and how many each.
fn clauses_of(release: &Release) -> serde_json::Value {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for line in release.lines.iter().filter(|l| l.path.is_empty() && l.verdict == "withheld") {
        for clause in line.clause.split(", ") {
            *found.entry(clause).or_default() += 1;
        }
    }
    serde_json::json!(found)
}
