//! What tools add to plain collections, and delete.

use std::collections::HashMap;

use enlace_stix::{Id, Object, Timestamp};
use enlace_store::{Batch, Guard, Member, MemberQuery, StoreError, Write};
use enlace_taxii::{Addition, Failure, Refused, Status, StatusDetail, Submission};
use serde::{Deserialize, Serialize};

use crate::backend::internal;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// How long a status can be looked up: a day.
const STATUS_US: i64 = 86_400 * 1_000_000;
/// Times that an addition or a deletion is looked at again because something changed meanwhile.
const PATIENCE: usize = 20;
/// Ids that a leaf names one by one; of more it says how many.
const MOST_NAMED: usize = 1_000;
/// Versions of one object that are deleted together.
const TOGETHER: usize = 1_000;

const CONFLICT: &str = "taxii.object.conflict: another content is held of this version (same `id` \
                        and `modified`): send it as a new version";

/// A status as stored.
#[derive(Debug, Serialize, Deserialize)]
struct KeptStatus {
    account: String,
    status: Status,
}

/// An object on its way into a collection, with what it is if that was found out.
struct Arriving {
    addition: Addition,
    /// Version to be kept; of an object without one it is made from the clock.
    version: String,
    /// Version that who does not read the collection is told: of an object without one that is held
    /// it is as if it were new. The held one is the instant when somebody added it.
    shown: String,
    /// Newest sequence of the version, or of the id where there is no version.
    beside: Option<i64>,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// To be published.
    New,
    /// To be published behind another of this request that has no version either.
    Next,
    /// The same content is there.
    Known,
    /// Another content is there.
    Conflict,
}

impl Node {
    /// Adds objects to a collection and keeps the status for its owner. Each is judged by itself:
    /// the same content again is a success, another content of the same version a failure. What
    /// is added, the leaf and the status are one transaction. Who does not read the collection is not
    /// told when an object without version was added.
    pub(crate) async fn plain_add(
        &self,
        actor: &Actor,
        collection: &str,
        submission: Submission,
        reads: bool,
    ) -> Result<Status, Refused> {
        let now_us = self.now_us();
        let Submission { additions, failures } = submission;
        let mut arriving = arrivals(additions, now_us);
        for round in 0..PATIENCE {
            // Most of what is sent is new: that nothing is there is first only supposed.
            if round > 0 {
                self.look_beside(collection, &mut arriving, now_us).await?;
            }
            let status = status_of(&arriving, &failures, now_us, reads).map_err(internal)?;
            let batch = self.addition(actor, collection, &arriving, &status, now_us);
            match self.store.commit(batch.map_err(internal)?).await {
                Ok(_) => return Ok(status),
                Err(StoreError::Guard { .. }) => {}
                Err(error) => return Err(store(error)),
            }
        }
        Err(Refused::Unavailable)
    }

    /// The transaction. Guarded by what was found, or supposed, beside the new ones.
    fn addition(
        &self,
        actor: &Actor,
        collection: &str,
        arriving: &[Arriving],
        status: &Status,
        now_us: i64,
    ) -> Result<Batch, NodeError> {
        let mut of = Vec::new();
        let mut writes = Vec::with_capacity(arriving.len() + 2);
        let mut ids = Vec::new();
        for one in arriving.iter().filter(|one| matches!(one.fate, Fate::New | Fate::Next)) {
            let Addition { id, kind, version, raw } = &one.addition;
            if one.fate == Fate::New {
                of.push((id.clone(), version.clone().unwrap_or_default(), one.beside));
            }
            ids.push(id.as_str());
            writes.push(Write::Publish {
                collection: collection.to_owned(),
                id: id.clone(),
                kind: kind.clone(),
                version: one.version.clone(),
                body: raw.clone(),
                now_us,
            });
        }
        let mut guards = Vec::new();
        if !writes.is_empty() {
            let act = Act::new("plain-added").by(actor).field("collection", collection);
            let act = act.field("count", ids.len()).field("status", status.id.as_str());
            ids.truncate(if ids.len() > MOST_NAMED { 0 } else { MOST_NAMED });
            writes.push(self.node_leaf(act.field("objects", ids))?);
            guards.push(Guard::Newest { collection: collection.to_owned(), of });
        }
        let kept = KeptStatus { account: actor.account().to_owned(), status: status.clone() };
        let due_us = Some(now_us.saturating_add(STATUS_US));
        writes.push(record::put(Bucket::PLAIN_STATUS, &status.id, &kept, due_us)?);
        Ok(Batch { guards, writes })
    }

    /// Finds out what is there of each.
    async fn look_beside(
        &self,
        collection: &str,
        arriving: &mut [Arriving],
        now_us: i64,
    ) -> Result<(), Refused> {
        let asked: Vec<(String, String)> = arriving
            .iter()
            .map(|one| (one.addition.id.clone(), one.addition.version.clone().unwrap_or_default()))
            .collect();
        let found = self.store.newest(collection, &asked).await.map_err(store)?;
        let mut first = HashMap::with_capacity(arriving.len());
        for (place, member) in found.into_iter().enumerate() {
            let Some((one, before)) = split(arriving, place) else { continue };
            let key = key_of(&one.addition);
            match first.get(&key).and_then(|at: &usize| before.get(*at)) {
                // Judged beside the one before it in this request.
                Some(earlier) => one.beside_earlier(earlier, now_us, place),
                None => one.beside_held(member.as_ref(), now_us, place),
            }
            if arriving.get(place).is_some_and(|one| one.fate != Fate::Conflict) {
                first.insert(key, place);
            }
        }
        Ok(())
    }

    /// The status of an addition by this account, within a day.
    pub(crate) async fn plain_status(&self, actor: &Actor, id: &str) -> Result<Status, Refused> {
        let found = self.store.record(Bucket::PLAIN_STATUS, id).await.map_err(store)?;
        let found = found.ok_or(Refused::NotFound)?;
        if found.due_us.is_none_or(|due_us| due_us < self.now_us()) {
            return Err(Refused::NotFound);
        }
        let kept: KeptStatus = record::read(&found).map_err(internal)?;
        if kept.account == actor.account() { Ok(kept.status) } else { Err(Refused::NotFound) }
    }

    /// Deletes the versions of an object that a question finds, each batch with its leaf.
    pub(crate) async fn plain_delete(
        &self,
        actor: &Actor,
        id: &Id,
        ask: MemberQuery,
    ) -> Result<(), Refused> {
        let ask = MemberQuery { limit: TOGETHER, without_bodies: true, ..ask };
        let (mut deleted, mut rounds) = (false, 0);
        loop {
            let page = self.store.members(ask.clone()).await.map_err(store)?;
            if page.members.is_empty() {
                return if deleted { Ok(()) } else { Err(Refused::NotFound) };
            }
            let batch = self.deletion(actor, &ask.collection, id, &page.members);
            match self.store.commit(batch.map_err(internal)?).await {
                Ok(_) if page.more => deleted = true,
                Ok(_) => return Ok(()),
                // Somebody else deleted some of them.
                Err(StoreError::Guard { .. }) if rounds < PATIENCE => rounds += 1,
                Err(StoreError::Guard { .. }) => return Err(Refused::Unavailable),
                Err(error) => return Err(store(error)),
            }
        }
    }

    fn deletion(
        &self,
        actor: &Actor,
        collection: &str,
        id: &Id,
        members: &[Member],
    ) -> Result<Batch, NodeError> {
        let collection = collection.to_owned();
        let seqs: Vec<i64> = members.iter().map(|member| member.seq).collect();
        let versions: Vec<&str> = members.iter().map(|member| member.version.as_str()).collect();
        let act = Act::new("plain-deleted").by(actor).field("collection", collection.as_str());
        let act = act.field("object", id.as_str()).field("versions", versions);
        let guards = vec![Guard::Unseen { collection: collection.clone(), seqs: seqs.clone() }];
        let leaf = self.node_leaf(act)?;
        Ok(Batch { guards, writes: vec![Write::WithdrawVersions { collection, seqs }, leaf] })
    }
}

impl Arriving {
    /// Beside one of the same version, or of the same id without version, in the same request; the
    /// earlier one is no conflict itself.
    fn beside_earlier(&mut self, earlier: &Self, now_us: i64, place: usize) {
        let same = same_content(&earlier.addition.raw, &self.addition.raw);
        (self.beside, self.fate) = match (same, self.addition.version.is_some()) {
            (true, _) => (earlier.beside, Fate::Known),
            (false, true) => (earlier.beside, Fate::Conflict),
            (false, false) => (None, Fate::Next),
        };
        match self.fate {
            Fate::Known => {
                self.version.clone_from(&earlier.version);
                self.shown.clone_from(&earlier.shown);
            }
            Fate::Next => self.version = later_than(Some(&earlier.version), now_us, place),
            _ => {}
        }
    }

    /// Beside what the collection holds.
    fn beside_held(&mut self, member: Option<&Member>, now_us: i64, place: usize) {
        self.beside = member.map(|member| member.seq);
        let same = member.map(|member| same_content(&member.body, &self.addition.raw));
        self.fate = match (same, self.addition.version.is_some()) {
            (Some(true), _) => Fate::Known,
            (Some(false), true) => Fate::Conflict,
            _ => Fate::New,
        };
        let held = member.map(|member| member.version.as_str());
        if self.addition.version.is_none() {
            self.version = match (self.fate, held) {
                (Fate::Known, Some(held)) => held.to_owned(),
                _ => later_than(held, now_us, place),
            };
        }
    }
}

/// Id and version as instants: what can be there once.
fn key_of(addition: &Addition) -> (String, String) {
    let time = addition.version.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
    (addition.id.clone(), time.map(|time| time.sort_key().to_owned()).unwrap_or_default())
}

/// All of a request, as if nothing of it were held.
fn arrivals(additions: Vec<Addition>, now_us: i64) -> Vec<Arriving> {
    let mut arriving: Vec<Arriving> = Vec::with_capacity(additions.len());
    let mut first: HashMap<(String, String), usize> = HashMap::with_capacity(additions.len());
    for (place, addition) in additions.into_iter().enumerate() {
        let key = key_of(&addition);
        let version = addition.version.clone().unwrap_or_else(|| later_than(None, now_us, place));
        let shown = version.clone();
        let mut one = Arriving { addition, version, shown, beside: None, fate: Fate::New };
        if let Some(earlier) = first.get(&key).and_then(|at| arriving.get(*at)) {
            one.beside_earlier(earlier, now_us, place);
        }
        if one.fate != Fate::Conflict {
            first.insert(key, place);
        }
        arriving.push(one);
    }
    arriving
}

/// The version of an object without one: the time of the request, made later than the version that
/// it follows and than those before it in the request.
fn later_than(version: Option<&str>, now_us: i64, place: usize) -> String {
    let now_us = now_us.saturating_add(i64::try_from(place).unwrap_or_default());
    let before = version.and_then(|text| text.parse::<Timestamp>().ok());
    let before_us = before.map_or(i64::MIN, |time| time.micros());
    clock::text(now_us.max(before_us.saturating_add(1)))
}

fn split(arriving: &mut [Arriving], place: usize) -> Option<(&mut Arriving, &[Arriving])> {
    let (before, rest) = arriving.split_at_mut_checked(place)?;
    Some((rest.first_mut()?, before))
}

/// Whether two texts say the same.
fn same_content(held: &str, arriving: &str) -> bool {
    held == arriving
        || match (Object::parse(held), Object::parse(arriving)) {
            (Ok(held), Ok(arriving)) => held.content_hash() == arriving.content_hash(),
            _ => false,
        }
}

fn status_of(
    arriving: &[Arriving],
    failures: &[Failure],
    now_us: i64,
    reads: bool,
) -> Result<Status, NodeError> {
    let at = clock::text(now_us);
    let mut successes = Vec::with_capacity(arriving.len());
    let mut failed: Vec<StatusDetail> = Vec::new();
    for one in arriving {
        let id = one.addition.id.clone();
        let version = if reads { one.version.clone() } else { one.shown.clone() };
        match one.fate {
            Fate::Conflict => {
                failed.push(StatusDetail { id, version, message: Some(CONFLICT.to_owned()) });
            }
            _ => successes.push(StatusDetail { id, version, message: None }),
        }
    }
    failed.extend(failures.iter().map(|failure| StatusDetail {
        id: failure.id.clone(),
        version: failure.version.clone().unwrap_or_else(|| at.clone()),
        message: Some(failure.message.clone()),
    }));
    Ok(Status::complete(clock::new_uuid()?.to_string(), at, successes, failed))
}

pub(crate) fn store(error: StoreError) -> Refused {
    internal(error.into())
}
