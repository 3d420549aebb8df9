//! Compartments: who is no member neither sees nor counts what is in them.
//!
//! A compartment hides objects inside this node only. It changes no byte that a partner has or
//! gets: recalling or holding back is somebody's decision of its own.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::{Action, Role, allows};
use enlace_stix::Object;
use enlace_store::{Batch, Guard, ObjectState, Record, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::{EXPIRED, OVERDUE, View};
use crate::{Actor, Node, NodeError, clock};

/// Most compartments of one account.
const MOST: usize = 10_000;
/// Most objects that one act places, with what goes along.
const PLACED: usize = 10_000;
/// Papers of the node itself, which everybody's work rests on.
const EVERYBODYS: &[&str] = &[
    "agreement",
    "agreement-signature",
    "extension-definition",
    "marking-definition",
    "receipt",
    "recall-answer",
    "release-record",
];
/// What says something about an object that it names: hidden with it.
const ABOUT: &[&str] = &["language-content", "note", "opinion", "relationship", "sighting"];

/// A compartment as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Compartment {
    name: String,
    kind: Kind,
    why: String,
    lead: String,
    members: BTreeSet<String>,
    created_us: i64,
    /// Whether a partner's question of hit or no hit is answered *refer* for what is in it.
    #[serde(default)]
    refers: bool,
}

/// What a compartment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The people of one case.
    Case,
    /// People named one by one.
    NeedToKnow,
}

impl Kind {
    /// Name for the command line, forms and lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::NeedToKnow => "need-to-know",
        }
    }

    /// Reads [`Kind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Case, Self::NeedToKnow].into_iter().find(|kind| kind.name() == name)
    }
}

/// A compartment for who is in it.
#[derive(Debug, Clone, Serialize)]
pub struct CompartmentLine {
    /// Its id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `case` or `need-to-know`.
    pub kind: &'static str,
    /// Why it exists.
    pub why: String,
    /// The account that says who is in it and takes objects out.
    pub lead: String,
    /// Accounts in it, the lead among them.
    pub members: Vec<String>,
    /// Objects in it.
    pub objects: usize,
    /// When it was made.
    pub created: String,
    /// Whether partners that ask hit or no hit are referred to us for what is in it.
    pub refers: bool,
}

/// A compartment that an import goes into.
pub(crate) struct Placing {
    compartment: String,
    /// Ids that everybody's work rests on.
    common: BTreeSet<String>,
}

impl Placing {
    /// Whether an object can be hidden.
    pub(crate) fn takes(&self, object: &Object) -> bool {
        !EVERYBODYS.contains(&object.kind()) && !self.common.contains(object.id().as_str())
    }

    /// The write that puts it in.
    pub(crate) fn write(&self, object: &Object) -> Result<Write, NodeError> {
        let key = format!("{}/{}", object.id(), self.compartment);
        record::put(Bucket::VEIL, &key, &(), Some(0))
    }

    /// The entry of the log.
    pub(crate) fn act(&self, actor: &Actor, placed: Vec<String>) -> Act {
        let act = Act::new("compartment-placed").by(actor);
        act.field("compartment", self.compartment.as_str()).field("objects", placed)
    }
}

/// A compartment with what is in it.
#[derive(Debug, Clone)]
pub struct CompartmentView {
    /// The compartment.
    pub line: CompartmentLine,
    /// Its objects, as far as the actor sees them: some may be in a further compartment.
    pub objects: Vec<ObjectName>,
}

impl Node {
    /// Makes a compartment; the actor leads it. Answers its id.
    pub async fn compartment_create(
        &self,
        actor: &Actor,
        name: &str,
        kind: Kind,
        why: &str,
    ) -> Result<String, NodeError> {
        actor.require(Action::CompartmentLead)?;
        let (name, why) = (name.trim(), why.trim());
        if name.is_empty() || name.chars().count() > 100 || why.is_empty() {
            let expected = "a name of at most 100 characters, and why it is needed";
            return Err(NodeError::input(
                "compartment.name",
                "no name or reason",
                "NAME",
                expected,
            ));
        }
        // Only among those that the actor knows: a name that is taken elsewhere says nothing.
        if self.compartment_named(actor, name).await.is_ok() {
            let expected = "another name";
            return Err(NodeError::input("compartment.taken", "the name is taken", name, expected));
        }
        let id = clock::new_uuid()?.to_string();
        let lead = actor.account().to_owned();
        let compartment = Compartment {
            name: name.to_owned(),
            kind,
            why: why.to_owned(),
            members: BTreeSet::from([lead.clone()]),
            lead,
            created_us: self.now_us(),
            refers: false,
        };
        let act = Act::new("compartment-created").by(actor).field("compartment", id.as_str());
        let writes = vec![
            record::put(Bucket::COMPARTMENT, &id, &compartment, None)?,
            member(actor.account(), &id)?,
            self.node_leaf(act.field("kind", kind.name()))?,
        ];
        let guards = vec![Guard::Absent { bucket: Bucket::COMPARTMENT, key: id.clone() }];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(id)
    }

    /// The compartments that the actor is in, by name.
    pub async fn compartment_list(&self, actor: &Actor) -> Result<Vec<CompartmentLine>, NodeError> {
        actor.require(Action::CompartmentUse)?;
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (_, compartment) in self.placements(&self.view_of(actor).await?).await? {
            *counts.entry(compartment).or_default() += 1;
        }
        let mut lines = Vec::new();
        for (record, compartment) in self.compartments_of(actor).await? {
            let objects = counts.get(&record.key).copied().unwrap_or_default();
            lines.push(line(record.key, compartment, objects));
        }
        lines.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(lines)
    }

    /// One of them with its objects.
    pub async fn compartment_view(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<CompartmentView, NodeError> {
        actor.require(Action::CompartmentUse)?;
        let (record, compartment) = self.compartment_named(actor, name).await?;
        let view = self.view_of(actor).await?;
        let mut objects = Vec::new();
        for (id, place) in self.placements(&view).await? {
            if place == record.key {
                objects.extend(self.named(&view, &id).await?);
            }
        }
        let ids: Vec<&str> = objects.iter().map(|o| o.id.as_str()).collect();
        let act = Act::new("consultation").by(actor).field("kind", "compartment");
        self.log_act(act.field("compartment", record.key.as_str()).field("objects", ids)).await?;
        Ok(CompartmentView { line: line(record.key, compartment, objects.len()), objects })
    }

    /// Puts objects into a compartment, with everything they refer to if `whole`, and always with
    /// what says something about them (relationships, sightings, notes, opinions, translations).
    /// Answers how many were not in it before.
    pub async fn compartment_add(
        &self,
        actor: &Actor,
        name: &str,
        ids: &[String],
        whole: bool,
    ) -> Result<usize, NodeError> {
        actor.require(Action::CompartmentUse)?;
        let (record, _) = self.compartment_named(actor, name).await?;
        let view = self.view_of(actor).await?;
        let mut placed = BTreeSet::new();
        for id in ids {
            let row = self.visible(&view, id).await?;
            self.placeable(&row.id, &row.kind).await?;
            placed.insert(row.id);
        }
        if whole {
            let picked: Vec<String> = placed.iter().cloned().collect();
            for candidate in self.gather(&view.clone().with_overdue(), &picked, false).await? {
                let id = candidate.object.id().to_string();
                if self.placeable(&id, candidate.object.kind()).await.is_ok() {
                    placed.insert(id);
                }
            }
        }
        for id in placed.clone() {
            placed.extend(self.about(&view, &id).await?);
        }
        if placed.len() > PLACED {
            let expected = format!("at most {PLACED} objects at once: name fewer");
            return Err(NodeError::input("compartment.too-large", "too many", "ID", expected));
        }
        let mut writes = Vec::new();
        let mut fresh = Vec::new();
        for id in placed {
            let key = format!("{id}/{}", record.key);
            if self.store.record(Bucket::VEIL, &key).await?.is_none() {
                writes.push(record::put(Bucket::VEIL, &key, &(), Some(0))?);
                fresh.push(id);
            }
        }
        if fresh.is_empty() {
            return Ok(0);
        }
        let count = fresh.len();
        let act = Act::new("compartment-placed").by(actor);
        let act = act.field("compartment", record.key.as_str()).field("objects", fresh);
        writes.push(self.node_leaf(act)?);
        let guards = vec![record::unchanged(Bucket::COMPARTMENT, &record)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(count)
    }

    /// Takes objects out of a compartment; the lead decides. Answers how many were in it.
    pub async fn compartment_remove(
        &self,
        actor: &Actor,
        name: &str,
        ids: &[String],
    ) -> Result<usize, NodeError> {
        actor.require(Action::CompartmentLead)?;
        let (record, compartment) = self.compartment_named(actor, name).await?;
        led_by(&compartment, actor)?;
        let view = self.view_of(actor).await?;
        let (mut writes, mut taken) = (Vec::new(), Vec::new());
        for id in ids {
            let id = self.visible(&view, id).await?.id;
            let key = format!("{id}/{}", record.key);
            if self.store.record(Bucket::VEIL, &key).await?.is_some() {
                writes.push(Write::Delete { bucket: Bucket::VEIL, key });
                taken.push(id);
            }
        }
        if taken.is_empty() {
            return Err(NodeError::state("the object", "not in it", "`enlace compartment list`"));
        }
        let count = taken.len();
        let act = Act::new("compartment-taken-out").by(actor);
        let act = act.field("compartment", record.key.as_str()).field("objects", taken);
        writes.push(self.node_leaf(act)?);
        let guards = vec![record::unchanged(Bucket::COMPARTMENT, &record)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(count)
    }

    /// Whether a partner's question of hit or no hit about what is in it is answered *refer*, or as if
    /// it was not held; the lead decides. At first nothing of a compartment is told.
    pub async fn compartment_refer(
        &self,
        actor: &Actor,
        name: &str,
        refers: bool,
    ) -> Result<(), NodeError> {
        actor.require(Action::CompartmentLead)?;
        let (record, mut compartment) = self.compartment_named(actor, name).await?;
        led_by(&compartment, actor)?;
        compartment.refers = refers;
        let act = Act::new("compartment-refers").by(actor).field("refers", refers);
        let writes = vec![
            record::put(Bucket::COMPARTMENT, &record.key, &compartment, None)?,
            self.node_leaf(act.field("compartment", record.key.as_str()))?,
        ];
        let guards = vec![record::unchanged(Bucket::COMPARTMENT, &record)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// The compartments for whose content partners are referred to us.
    pub(crate) async fn referring_compartments(&self) -> Result<BTreeSet<String>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::COMPARTMENT, limit: MOST, ..RecordQuery::default() };
        let mut refers = BTreeSet::new();
        for found in self.store.records(query).await? {
            if record::read::<Compartment>(&found)?.refers {
                refers.insert(found.key);
            }
        }
        Ok(refers)
    }

    /// Takes an account in (`inside`) or puts it out; the lead decides.
    pub async fn compartment_member(
        &self,
        actor: &Actor,
        name: &str,
        account: &str,
        inside: bool,
    ) -> Result<(), NodeError> {
        actor.require(Action::CompartmentLead)?;
        let (record, mut compartment) = self.compartment_named(actor, name).await?;
        led_by(&compartment, actor)?;
        if inside {
            let found = self.account(account).await?;
            let role = found.ok_or_else(|| NodeError::not_found("account", account))?.role()?;
            if !allows(role, Action::CompartmentUse) {
                return Err(sees_no_content(role));
            }
        } else if account == compartment.lead {
            let expected = "another account, or another lead first (`--lead`)";
            return Err(NodeError::state(account, "the lead", expected));
        }
        let changed = match inside {
            true => compartment.members.insert(account.to_owned()),
            false => compartment.members.remove(account),
        };
        if !changed {
            let found = if inside { "in it already" } else { "not in it" };
            return Err(NodeError::state(account, found, "nothing to do"));
        }
        let key = format!("{account}/{}", record.key);
        let write = match inside {
            true => member(account, &record.key)?,
            false => Write::Delete { bucket: Bucket::MEMBER, key },
        };
        let kind = if inside { "compartment-member-in" } else { "compartment-member-out" };
        let act = Act::new(kind).by(actor).field("compartment", record.key.as_str());
        self.change(&record, &compartment, vec![write], act.field("account", account)).await
    }

    /// Hands the lead over to another member.
    pub async fn compartment_hand_over(
        &self,
        actor: &Actor,
        name: &str,
        account: &str,
    ) -> Result<(), NodeError> {
        actor.require(Action::CompartmentLead)?;
        let (record, mut compartment) = self.compartment_named(actor, name).await?;
        led_by(&compartment, actor)?;
        let found = self.account(account).await?;
        let role = found.ok_or_else(|| NodeError::not_found("account", account))?.role()?;
        if !compartment.members.contains(account) || !allows(role, Action::CompartmentLead) {
            let expected = "a member whose role may lead";
            return Err(NodeError::state(account, "not fit to lead", expected));
        }
        compartment.lead = account.to_owned();
        let act = Act::new("compartment-lead").by(actor);
        let act = act.field("compartment", record.key.as_str()).field("account", account);
        self.change(&record, &compartment, Vec::new(), act).await
    }

    /// What hides an object that is about others with them: the writes for the compartments that its
    /// targets are in and its importer is a member of. Who is no member may say what he likes about
    /// an id; that nothing becomes of it then would tell him that the id is somebody's.
    pub(crate) async fn hidden_with(
        &self,
        view: &View,
        object: &Object,
    ) -> Result<Vec<Write>, NodeError> {
        if !ABOUT.contains(&object.kind()) || !view.is_inside() {
            return Ok(Vec::new());
        }
        let mut reasons = BTreeSet::new();
        for reference in object.references() {
            let id = reference.target.to_string();
            if reference.path != "created_by_ref" && self.sees(view, &id).await? {
                reasons.extend(self.compartments_with(&id).await?);
            }
        }
        let key = |reason: String| format!("{}/{reason}", object.id());
        reasons.into_iter().map(|r| record::put(Bucket::VEIL, &key(r), &(), Some(0))).collect()
    }

    /// The accounts that lead the compartments that an object is in.
    pub(crate) async fn compartment_leads(&self, id: &str) -> Result<Vec<String>, NodeError> {
        let mut leads = Vec::new();
        for reason in self.compartments_with(id).await? {
            let found = self.store.record(Bucket::COMPARTMENT, &reason).await?;
            let compartment: Option<Compartment> = found.as_ref().map(record::read).transpose()?;
            leads.extend(compartment.map(|compartment| compartment.lead));
        }
        Ok(leads)
    }

    /// Compartments that an object is in.
    pub(crate) async fn compartments_with(&self, id: &str) -> Result<Vec<String>, NodeError> {
        let prefix = format!("{id}/");
        let query = RecordQuery {
            bucket: Bucket::VEIL,
            prefix: prefix.clone(),
            limit: MOST,
            ..RecordQuery::default()
        };
        let records = self.store.records(query).await?;
        let reasons = records.iter().filter_map(|r| r.key.strip_prefix(&prefix));
        Ok(reasons
            .filter(|reason| ![OVERDUE, EXPIRED].contains(reason))
            .map(str::to_owned)
            .collect())
    }

    async fn change(
        &self,
        record: &Record,
        compartment: &Compartment,
        mut writes: Vec<Write>,
        act: Act,
    ) -> Result<(), NodeError> {
        writes.push(record::put(Bucket::COMPARTMENT, &record.key, compartment, None)?);
        writes.push(self.node_leaf(act)?);
        let guards = vec![record::unchanged(Bucket::COMPARTMENT, record)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// The actor's own compartments.
    async fn compartments_of(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(Record, Compartment)>, NodeError> {
        let prefix = format!("{}/", actor.account());
        let query = RecordQuery {
            bucket: Bucket::MEMBER,
            prefix: prefix.clone(),
            limit: MOST,
            ..RecordQuery::default()
        };
        let mut found = Vec::new();
        for entry in self.store.records(query).await? {
            let id = entry.key.strip_prefix(&prefix).unwrap_or_default();
            if let Some(kept) = self.store.record(Bucket::COMPARTMENT, id).await? {
                let compartment = record::read(&kept)?;
                found.push((kept, compartment));
            }
        }
        Ok(found)
    }

    /// The compartment of the actor with this name or id; one that he is not in does not exist.
    async fn compartment_named(
        &self,
        actor: &Actor,
        name: &str,
    ) -> Result<(Record, Compartment), NodeError> {
        let mut all = self.compartments_of(actor).await?;
        all.retain(|(record, compartment)| record.key == name || compartment.name == name);
        match (all.pop(), all.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => {
                let expected = "the id: `enlace compartment list`";
                Err(NodeError::input("compartment.ambiguous", "several fit", name, expected))
            }
            (None, _) => Err(NodeError::not_found("compartment", name)),
        }
    }

    /// Objects in compartments that a view sees, each with the compartment's id.
    async fn placements(&self, view: &View) -> Result<Vec<(String, String)>, NodeError> {
        let hidden = self.hidden(view).await?;
        let (mut placed, mut after) = (Vec::new(), None);
        loop {
            let query =
                RecordQuery { bucket: Bucket::VEIL, after, limit: MOST, ..RecordQuery::default() };
            let records = self.store.records(query).await?;
            for record in &records {
                if let Some((id, reason)) = record.key.rsplit_once('/')
                    && ![OVERDUE, EXPIRED].contains(&reason)
                    && !hidden.contains(id)
                {
                    placed.push((id.to_owned(), reason.to_owned()));
                }
            }
            match records.last() {
                Some(last) if records.len() == MOST => after = Some(last.key.clone()),
                _ => return Ok(placed),
            }
        }
    }

    /// The compartment of this name for an import by one of its members.
    pub(crate) async fn placing(&self, actor: &Actor, name: &str) -> Result<Placing, NodeError> {
        actor.require(Action::CompartmentUse)?;
        let (record, _) = self.compartment_named(actor, name).await?;
        let mut common = BTreeSet::from([self.me.identity_id.clone()]);
        for (_, partner) in self.partners().await? {
            common.insert(partner.card()?.identity_id().to_owned());
        }
        Ok(Placing { compartment: record.key, common })
    }

    /// Refuses what everybody's work rests on.
    async fn placeable(&self, id: &str, kind: &str) -> Result<(), NodeError> {
        let mut common = EVERYBODYS.contains(&kind) || id == self.me.identity_id;
        for (_, partner) in self.partners().await? {
            common |= partner.card()?.identity_id() == id;
        }
        let expected =
            "an object about a case: agreements, markings and the parties are everybody's";
        match common {
            true => Err(NodeError::input("compartment.common", "cannot be hidden", id, expected)),
            false => Ok(()),
        }
    }

    /// Objects that say something about another: they hide with it.
    async fn about(&self, view: &View, id: &str) -> Result<Vec<String>, NodeError> {
        let found = self.store.referring(id, &view.veil(), PLACED).await?;
        let about = found
            .into_iter()
            .map(|r| r.object)
            .filter(|row| ABOUT.contains(&row.kind.as_str()) && row.state == ObjectState::Held);
        Ok(about.map(|row| row.id).collect())
    }
}

fn member(account: &str, compartment: &str) -> Result<Write, NodeError> {
    record::put(Bucket::MEMBER, &format!("{account}/{compartment}"), &(), None)
}

fn led_by(compartment: &Compartment, actor: &Actor) -> Result<(), NodeError> {
    if compartment.lead == actor.account() {
        return Ok(());
    }
    let found = format!("led by {}", compartment.lead);
    let expected = "only the lead says who is in it and takes objects out (rule compartment.lead)";
    Err(NodeError::state(compartment.name.clone(), found, expected))
}

fn sees_no_content(role: Role) -> NodeError {
    let expected = "an account whose role sees content (rule compartment.role)";
    NodeError::state(role.name(), "not a role for a compartment", expected)
}

fn line(id: String, compartment: Compartment, objects: usize) -> CompartmentLine {
    CompartmentLine {
        id,
        name: compartment.name,
        kind: compartment.kind.name(),
        why: compartment.why,
        lead: compartment.lead,
        members: compartment.members.into_iter().collect(),
        objects,
        created: clock::text(compartment.created_us),
        refers: compartment.refers,
    }
}
