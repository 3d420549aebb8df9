//! Files for a partner that no wire leads to: what waits for it, signed, padded and encrypted to it
//! (docs/design/offline.md).
//!
//! Writing a file is handing out: each object goes through `reopen` and is logged before the bytes
//! exist. What was carried is carried again until the partner's own file says that it was read.

use std::collections::{HashMap, HashSet};

use enlace_keys::{Content, Manifest, Recipient, SignedObject};
use enlace_policy::roles::Action;
use enlace_release::Released;
use enlace_stix::Object;
use enlace_store::{Batch, Guard, Member, MemberQuery, RecordQuery, VersionFilter, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::hand_out::{Reader, Visible};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::Stage;
use crate::{Actor, Node, NodeError, clock};

/// Members that are read at once.
const PAGE: usize = 1000;
/// Ids that are asked for at once.
const IDS: usize = 500;
/// Bundles of the partner that a file acknowledges, newest first.
const ACKNOWLEDGED: usize = 200;
/// Times that what goes is looked up because something stopped, or went, or was fetched meanwhile.
const PATIENCE: usize = 5;

/// A file for a partner.
#[derive(Debug)]
pub struct CarriedOut {
    /// Name of the partner.
    pub partner: String,
    /// The bundle.
    pub bundle: String,
    /// Release-records in it.
    pub releases: usize,
    /// Released objects in it.
    pub objects: usize,
    /// Papers in it.
    pub papers: usize,
    /// Release-records that did not fit (`limits.body_bytes`) and go into the next file.
    pub left: usize,
    /// What to write; for this partner's eyes only.
    pub bytes: Vec<u8>,
}

/// What a file took along, kept until it is acknowledged.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Carried {
    /// Release-records.
    pub(crate) records: Vec<String>,
    /// Keys of the messages in the outbox.
    pub(crate) messages: Vec<String>,
    /// When it was written.
    pub(crate) made_us: i64,
}

/// A release-record with what it lists of a collection.
struct Load {
    collection: usize,
    /// Id of the record.
    record: String,
    /// Id and hash of the record and of all that it lists and that may leave.
    members: Vec<(String, String)>,
    bytes: usize,
    carried: bool,
}

/// Messages by key, and papers of others.
type Papers = (Vec<(String, Vec<SignedObject>)>, Vec<SignedObject>);

/// What is known of a member without its text.
struct Seen {
    bytes: usize,
    fetched: bool,
}

impl Node {
    /// A sent release as one file for its partner. It counts as fetched.
    pub async fn release_file(&self, actor: &Actor, id: &str) -> Result<CarriedOut, NodeError> {
        actor.require(Action::ReleaseSend)?;
        self.settle_rules().await?;
        let mut left = PATIENCE;
        loop {
            left -= 1;
            match self.release_file_now(actor, id).await {
                Err(NodeError::Changed { .. }) if left > 0 => {}
                done => return done,
            }
        }
    }

    async fn release_file_now(&self, actor: &Actor, id: &str) -> Result<CarriedOut, NodeError> {
        let (_, release, _) = self.release_for(actor, id).await?;
        if release.stage != Stage::Sent || release.person.is_some() {
            let expected = "a sent one that is for the unit: `enlace release send`";
            return Err(NodeError::state("the release", release.stage.name(), expected));
        }
        let expected = "nothing to carry: all of it was recalled";
        let gone = || NodeError::state("the release", "withdrawn", expected);
        let record = release.record.clone().ok_or_else(gone)?;
        let who = Reader::of(&release.partner, Some(&release.lineage));
        let ground = self.ground_of_reader(&who).await?.unwrap_or_default();
        let to = self.addressee(&release.partner).await?;
        let visible = self.readable(&who).await?;
        let mut loads = Vec::new();
        for place in 0..visible.len() {
            loads.extend(self.loads(&who, &visible, place, &HashSet::new()).await?);
        }
        loads.retain(|load| load.record == record);
        if loads.is_empty() {
            let expected = "under an agreement in force and within its retention";
            return Err(NodeError::state("the release", "closed", expected));
        }
        let visible = (visible.as_slice(), ground);
        self.carry(actor, &who, visible, to, loads, (Vec::new(), Vec::new())).await
    }

    /// Everything that a partner has not got, as one file: releases and recalls that it has not
    /// fetched, papers, and what earlier files took along that it has not acknowledged.
    pub async fn outbox_bundle(&self, actor: &Actor, name: &str) -> Result<CarriedOut, NodeError> {
        actor.require(Action::Sync)?;
        self.settle_rules().await?;
        let mut left = PATIENCE;
        loop {
            left -= 1;
            match self.outbox_bundle_now(actor, name).await {
                Err(NodeError::Changed { .. }) if left > 0 => {}
                done => return done,
            }
        }
    }

    async fn outbox_bundle_now(&self, actor: &Actor, name: &str) -> Result<CarriedOut, NodeError> {
        let (partner, _) = self.partner_named(name).await?;
        let who = Reader::of(&partner, None);
        let ground = self.ground_of_reader(&who).await?.unwrap_or_default();
        let to = self.addressee(&partner).await?;
        let visible = self.readable(&who).await?;
        let mut again = HashSet::new();
        for (_, carried) in self.unacknowledged(&partner).await? {
            again.extend(carried.records);
        }
        let mut loads = Vec::new();
        for place in 0..visible.len() {
            loads.extend(self.loads(&who, &visible, place, &again).await?);
        }
        let messages = self.waiting(&partner).await?;
        let others = self.papers_for(&partner).await?;
        if loads.is_empty()
            && messages.is_empty()
            && others.is_empty()
            && self.bundles_read(&partner).await?.is_empty()
        {
            return Err(NodeError::state("the outbox", "empty", "nothing waits for this partner"));
        }
        let messages = messages.into_iter().map(|(key, m)| (key, m.objects)).collect();
        let visible = (visible.as_slice(), ground);
        self.carry(actor, &who, visible, to, loads, (messages, others)).await
    }

    /// Bytes that a file of a partner may have.
    pub fn bundle_limit(&self) -> usize {
        // Encryption adds a head and 16 bytes for each 64 KiB.
        enlace_keys::padded_len(self.config.limits.body_bytes).saturating_add(1 << 20)
    }

    /// To whom files for a partner are encrypted.
    async fn addressee(&self, key_id: &str) -> Result<(String, Recipient), NodeError> {
        let partner = self.partner(key_id).await?;
        let partner = partner.ok_or_else(|| NodeError::not_found("partner", key_id))?;
        if partner.revoked {
            return Err(NodeError::state(partner.name, "cut off", "nothing is written for it"));
        }
        let card = partner.card()?;
        let expected = "its present card: ask for the output of `enlace card` and pin it by \
                        `enlace partner add CARD`";
        let missing =
            || NodeError::state(partner.name.clone(), "without a key for files", expected);
        card.age.map(|age| (partner.name.clone(), age)).ok_or_else(missing)
    }

    /// Every member of a collection that may leave now, page by page.
    async fn each_member(
        &self,
        who: &Reader,
        visible: &Visible,
        ids: &[String],
        mut take: impl FnMut(Member, Released),
    ) -> Result<(), NodeError> {
        let recalled = self.recalled(who).await?;
        let mut after_seq = None;
        loop {
            let query = MemberQuery {
                collection: visible.id.clone(),
                after_seq,
                ids: ids.to_vec(),
                versions: vec![VersionFilter::All],
                limit: PAGE,
                handed_out_until_us: visible.handed_out_until(),
                ..MemberQuery::default()
            };
            let page = self.store.members(query).await?;
            after_seq = page.members.last().map(|m| m.seq);
            let more = page.more && after_seq.is_some();
            for (member, released) in self.reopened(who, visible, page.members, &recalled) {
                take(member, released);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// The records of a collection of which the partner lacks something, with all that each lists:
    /// an object never goes without its record, nor a record without its objects.
    async fn loads(
        &self,
        who: &Reader,
        visible: &[Visible],
        place: usize,
        again: &HashSet<String>,
    ) -> Result<Vec<Load>, NodeError> {
        let Some(collection) = visible.get(place) else { return Ok(Vec::new()) };
        let (mut seen, mut records) = (HashMap::new(), Vec::new());
        self.each_member(who, collection, &[], |member, released| {
            let name = (released.id().to_string(), released.sha256());
            if released.kind() == "release-record" {
                records.push((name.clone(), listed(&released)));
            }
            let fetched = member.fetched_us.is_some();
            seen.insert(name, Seen { bytes: released.bytes().len(), fetched });
        })
        .await?;
        let mut loads = Vec::new();
        for (name, listed) in records {
            let record = name.0.clone();
            let members: Vec<_> =
                listed.into_iter().chain([name]).filter(|name| seen.contains_key(name)).collect();
            let known = || members.iter().filter_map(|name| seen.get(name));
            let (carried, lacks) = (again.contains(&record), known().any(|m| !m.fetched));
            let bytes = known().map(|m| m.bytes).sum();
            if carried || lacks || who.lineage.is_some() {
                let collection = place;
                loads.push(Load { collection, record, members, bytes, carried: !lacks });
            }
        }
        Ok(loads)
    }

    /// Logs the disclosure, then signs and encrypts what it names. Beside `visible`: what all of it was
    /// looked up on.
    async fn carry(
        &self,
        actor: &Actor,
        who: &Reader,
        visible: (&[Visible], Vec<Guard>),
        (partner, to): (String, Recipient),
        loads: Vec<Load>,
        papers: Papers,
    ) -> Result<CarriedOut, NodeError> {
        self.check_not_resting(&who.partner, &partner)?;
        let all = loads.len();
        let loads = self.fitting(loads)?;
        let left = all - loads.len();
        let chosen = self.chosen(who, visible.0, &loads).await?;
        let (to, chosen) = ((partner, to), (loads, chosen));
        let file = self.carry_chosen(actor, who, visible, to, chosen, papers).await?;
        Ok(CarriedOut { left, ..file })
    }

    async fn carry_chosen(
        &self,
        actor: &Actor,
        who: &Reader,
        (visible, mut guards): (&[Visible], Vec<Guard>),
        (partner, to): (String, Recipient),
        (loads, chosen): (Vec<Load>, Vec<Vec<(Member, Released)>>),
        (messages, others): Papers,
    ) -> Result<CarriedOut, NodeError> {
        let bundle = clock::new_uuid()?.to_string();
        let carried = Carried {
            records: loads.iter().map(|load| load.record.clone()).collect(),
            messages: messages.iter().map(|(key, _)| key.clone()).collect(),
            made_us: self.now_us(),
        };
        let mut writes = Vec::new();
        for (place, items) in chosen.iter().enumerate() {
            let Some(visible) = visible.get(place) else { continue };
            let of_bundle = |act: Act| act.field("bundle", bundle.as_str());
            let batch = self.handing_out(who, visible, items, of_bundle)?;
            guards.extend(batch.guards);
            writes.extend(batch.writes);
        }
        writes.push(self.carried_leaf(actor, who, &bundle, &carried)?);
        let key = format!("{}/{bundle}", who.partner);
        writes.push(record::put(Bucket::CARRIED, &key, &carried, None)?);
        self.store.commit(Batch { guards, writes }).await?;
        let items: Vec<_> = chosen.into_iter().flatten().collect();
        let content = content(&items, messages, others)?;
        let releases = items.iter().filter(|(m, _)| m.kind == "release-record").count();
        let manifest = Manifest {
            id: bundle.clone(),
            from: self.key_id().to_owned(),
            to: who.partner.clone(),
            made_us: carried.made_us,
            received: self.bundles_read(&who.partner).await?,
        };
        let bytes = self.keys.seal_bundle(&manifest, &content, &to)?;
        let (objects, papers) = (items.len() - releases, content.papers.len());
        Ok(CarriedOut { partner, bundle, releases, objects, papers, left: 0, bytes })
    }

    fn carried_leaf(
        &self,
        actor: &Actor,
        who: &Reader,
        bundle: &str,
        carried: &Carried,
    ) -> Result<Write, NodeError> {
        let act = Act::new("carried").by(actor).field("partner", who.partner.as_str());
        let act = act.field("bundle", bundle).field("records", carried.records.clone());
        self.node_leaf(act.field("messages", carried.messages.len()))
    }

    /// As many loads as one file holds: what was never carried goes first, in its order.
    fn fitting(&self, mut loads: Vec<Load>) -> Result<Vec<Load>, NodeError> {
        loads.sort_by_key(|load| load.carried);
        // The frame, the papers and the punctuation get a tenth.
        let mut room = self.config.limits.body_bytes / 10 * 9;
        if let Some(large) = loads.first().filter(|load| load.bytes > room) {
            let expected = "at most nine tenths of `limits.body_bytes`, on both sides";
            return Err(NodeError::state(&large.record, "larger than one file may be", expected));
        }
        loads.retain(|load| {
            let fits = load.bytes <= room;
            room = if fits { room - load.bytes } else { 0 };
            fits
        });
        Ok(loads)
    }

    /// The members of the loads that may leave now, by collection, in the order of each.
    async fn chosen(
        &self,
        who: &Reader,
        visible: &[Visible],
        loads: &[Load],
    ) -> Result<Vec<Vec<(Member, Released)>>, NodeError> {
        let mut chosen = Vec::with_capacity(visible.len());
        for (place, collection) in visible.iter().enumerate() {
            let mine = loads.iter().filter(|load| load.collection == place);
            let wanted: HashSet<&(String, String)> = mine.flat_map(|load| &load.members).collect();
            let mut ids: Vec<String> = wanted.iter().map(|(id, _)| id.clone()).collect();
            ids.sort();
            ids.dedup();
            let mut items = Vec::with_capacity(wanted.len());
            for ids in ids.chunks(IDS) {
                self.each_member(who, collection, ids, |member, released| {
                    if wanted.contains(&(released.id().to_string(), released.sha256())) {
                        items.push((member, released));
                    }
                })
                .await?;
            }
            items.sort_by_key(|(member, _)| member.seq);
            chosen.push(with_records(items));
        }
        Ok(chosen)
    }

    /// Files for a partner that it has not acknowledged, by key.
    pub(crate) async fn unacknowledged(
        &self,
        partner: &str,
    ) -> Result<Vec<(String, Carried)>, NodeError> {
        let query = RecordQuery {
            bucket: Bucket::CARRIED,
            prefix: format!("{partner}/"),
            limit: 10_000,
            ..RecordQuery::default()
        };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }

    /// Bundles of a partner that were read, newest first.
    async fn bundles_read(&self, partner: &str) -> Result<Vec<String>, NodeError> {
        let prefix = format!("{partner}/");
        let query = RecordQuery {
            bucket: Bucket::BUNDLE,
            prefix: prefix.clone(),
            limit: 100_000,
            ..RecordQuery::default()
        };
        let mut read = Vec::new();
        for found in self.store.records(query).await? {
            let at_us: i64 = record::read(&found)?;
            read.extend(found.key.strip_prefix(&prefix).map(|id| (at_us, id.to_owned())));
        }
        read.sort_by(|a, b| b.cmp(a));
        Ok(read.into_iter().take(ACKNOWLEDGED).map(|(_, id)| id).collect())
    }
}

/// Without objects whose record is gone: a recall replaced it by another since.
fn with_records(items: Vec<(Member, Released)>) -> Vec<(Member, Released)> {
    let records = items.iter().filter(|(_, r)| r.kind() == "release-record");
    let listed: HashSet<(String, String)> = records.flat_map(|(_, r)| listed(r)).collect();
    let stays = |r: &Released| {
        r.kind() == "release-record" || listed.contains(&(r.id().to_string(), r.sha256()))
    };
    items.into_iter().filter(|(_, r)| stays(r)).collect()
}

/// Id and hash of what a release-record lists, but for what it says was recalled.
pub(crate) fn listed(record: &Released) -> Vec<(String, String)> {
    let Ok(object) = Object::parse(record.bytes()) else { return Vec::new() };
    let text = |entry: &Value, name: &str| entry.get(name)?.as_str().map(str::to_owned);
    let entries = object.get("released").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|e| Some((text(e, "id")?, text(e, "sha256")?)))
        .collect()
}

/// The one way from `Released` into a file.
fn content(
    items: &[(Member, Released)],
    messages: Vec<(String, Vec<SignedObject>)>,
    mut papers: Vec<SignedObject>,
) -> Result<Content, NodeError> {
    let raw = |released: &Released| RawValue::from_string(released.bytes().to_owned());
    let objects: Result<Vec<_>, _> = items.iter().map(|(_, released)| raw(released)).collect();
    let objects = objects.map_err(|_| NodeError::Internal("released object"))?;
    papers.extend(messages.into_iter().flat_map(|(_, objects)| objects));
    Ok(Content { objects, papers })
}

#[cfg(test)]
mod tests;
