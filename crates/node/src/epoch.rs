//! Epochs: a restored store says that it is not the one that went on after the backup.
//!
//! Cursors of before are refused, and the channel log with each partner rests until an administrator
//! has asked the partner what it holds of our half: what was appended after the backup comes back
//! from the partner's mirror, so that the half only ever grew (docs/design/backup.md).

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_ledger::note::{Checkpoint, VerifierKey};
use enlace_ledger::tree::{Frontier, leaf_hash};
use enlace_policy::roles::Action;
use enlace_store::{Batch, Guard, RecordQuery, Store, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::{Act, ours, theirs};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Key of the record of the epoch.
const EPOCH: &str = "epoch";
/// Most entries that a partner gives back at once; more come with the next question.
const MOST: usize = 4_096;
/// Most leaves that wait for one partner and are appended at once.
const WAITING: usize = 1_000;

/// The epoch of a store, once it was restored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Epoch {
    /// Random, eight bytes in hex: the same backup restored twice gives two.
    pub(crate) tag: String,
    /// When it was opened.
    pub(crate) opened: String,
    /// When the backup was made.
    pub(crate) made: String,
    /// Tags of the epochs before.
    pub(crate) before: Vec<String>,
}

/// A channel that rests: our half as the backup had it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rest {
    made: String,
    size: u64,
    root: String,
}

/// A leaf of our half that is appended when the channel goes on.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    entry: String,
    record: String,
}

/// What a partner holds of the half of the node that asks.
#[derive(Debug, Serialize, Deserialize)]
struct HeldHalf {
    /// The newest checkpoint of it, signed by both.
    checkpoint: Option<String>,
    /// Entries from the one asked for on, base64.
    entries: Vec<String>,
    /// Whether more follow.
    more: bool,
}

/// A channel that goes on.
#[derive(Debug, Clone, Serialize)]
pub struct Resumed {
    /// Name of the partner.
    pub partner: String,
    /// Entries of our half that the backup had.
    pub kept: u64,
    /// Entries that came back from the partner: that they were made is known, not what they say.
    pub recovered: u64,
    /// Entries of acts since the restore.
    pub appended: usize,
    /// Requests and steps of ours since the backup that came back, word by word.
    pub said: usize,
}

/// Partners whose channel rests; known to every use case without asking the store.
#[derive(Debug, Default)]
pub(crate) struct Resting(RwLock<HashSet<String>>);

impl Resting {
    pub(crate) fn has(&self, partner: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(partner)
    }

    pub(crate) fn add(&self, partner: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(partner.to_owned());
    }

    #[cfg(test)]
    pub(crate) fn forget(&self, partner: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(partner);
    }

    fn set(&self, partners: HashSet<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = partners;
    }
}

/// The epoch of a store; none before the first restore.
pub(crate) async fn epoch(store: &dyn Store) -> Result<Option<Epoch>, NodeError> {
    store.record(Bucket::NODE, EPOCH).await?.as_ref().map(record::read).transpose()
}

impl Node {
    /// The bytes that cursors of this epoch bear; none before the first restore.
    pub(crate) fn epoch_tag(&self) -> Vec<u8> {
        self.epoch.as_ref().and_then(|epoch| hex::decode(&epoch.tag).ok()).unwrap_or_default()
    }

    /// The writes that open a new epoch of a store made from a backup: every channel rests.
    pub(crate) async fn open_epoch(&self, made: &str) -> Result<(String, Vec<Write>), NodeError> {
        let mut before = Vec::new();
        if let Some(epoch) = &self.epoch {
            before.clone_from(&epoch.before);
            before.push(epoch.tag.clone());
        }
        let tag = hex::encode(clock::random::<8>()?);
        let (opened, made) = (clock::text(self.now_us()), made.to_owned());
        let epoch = Epoch { tag: tag.clone(), opened, made: made.clone(), before };
        let mut writes = vec![record::put(Bucket::NODE, EPOCH, &epoch, None)?];
        for (partner, pinned) in self.partners().await? {
            let half = self.store.log(&ours(&partner)).await?;
            if !pinned.revoked && half.size > 0 {
                let root = hex::encode(half.root);
                let rest = Rest { made: made.clone(), size: half.size, root };
                writes.push(record::put(Bucket::RESTING, &partner, &rest, None)?);
            }
        }
        Ok((tag, writes))
    }

    /// The write by which the channel with a partner that is pinned after a restore rests: it may have
    /// been pinned after the backup already, and hold a half that the backup knows nothing of.
    pub(crate) async fn rest_of_new(&self, partner: &str) -> Result<Option<Write>, NodeError> {
        let Some(epoch) = &self.epoch else { return Ok(None) };
        let half = self.store.log(&ours(partner)).await?;
        let (made, size, root) = (epoch.made.clone(), half.size, hex::encode(half.root));
        record::put(Bucket::RESTING, partner, &Rest { made, size, root }, None).map(Some)
    }

    /// Reads anew whose channels rest.
    pub(crate) async fn read_resting(&self) -> Result<(), NodeError> {
        let query = RecordQuery { bucket: Bucket::RESTING, limit: 10_000, ..Default::default() };
        let found = self.store.records(query).await?;
        self.resting.set(found.into_iter().map(|record| record.key).collect());
        Ok(())
    }

    /// Looks again whose channels rest: another process may have been told that one goes on. To be
    /// called now and then by each process that serves.
    pub async fn look_for_resting(&self) -> Result<(), NodeError> {
        match self.epoch {
            None => Ok(()),
            Some(_) => self.read_resting().await,
        }
    }

    /// Appends what waited for a channel that goes on. To be called now and then by the process that
    /// does the rounds.
    pub async fn resting_round(&self) -> Result<(), NodeError> {
        if self.epoch.is_none() {
            return Ok(());
        }
        for (partner, _) in self.partners().await? {
            if !self.resting.has(&partner) {
                self.append_waiting(&partner).await?;
            }
        }
        Ok(())
    }

    /// Refuses what would pass between the nodes while the channel rests.
    pub(crate) fn check_not_resting(&self, partner: &str, name: &str) -> Result<(), NodeError> {
        if !self.resting.has(partner) {
            return Ok(());
        }
        let expected = "an administrator's word that it goes on: `enlace partner resume NAME`";
        Err(NodeError::state(name, "resting since this node was restored from a backup", expected))
    }

    /// The write that keeps a leaf of a half that rests.
    pub(crate) fn waiting_leaf(
        &self,
        partner: &str,
        entry: &[u8],
        values: &[u8],
    ) -> Result<Write, NodeError> {
        let random = hex::encode(clock::random::<4>()?);
        // As wide as any time, so that keys sort as times do.
        let key = format!("{partner}/{:020}-{random}", self.now_us());
        let waiting = Waiting { entry: STANDARD.encode(entry), record: STANDARD.encode(values) };
        record::put(Bucket::WAITING_LEAF, &key, &waiting, None)
    }

    /// Lets the channel with a partner go on after a restore. The partner is asked what it holds of
    /// our half: what the backup lacks is appended as the partner mirrored and we signed it, then a
    /// leaf that says so, then what was done since.
    ///
    /// # Errors
    /// When the channel does not rest, the partner cannot be asked, or what it holds is no
    /// continuation of what the backup has: then people have to talk.
    pub async fn partner_resume(&self, actor: &Actor, name: &str) -> Result<Resumed, NodeError> {
        actor.require(Action::PartnerManage)?;
        let (key_id, partner) = self.partner_named(name).await?;
        let Some(kept) = self.store.record(Bucket::RESTING, &key_id).await? else {
            let expected = "one that rests since this node was restored: `enlace doctor`";
            return Err(NodeError::state(partner.name, "not resting", expected));
        };
        let rest: Rest = record::read(&kept)?;
        let lost = self.recover_half(&key_id, &partner).await?;
        let recovered = lost.entries.len() as u64;
        let said = self.said_before(&self.wire(&partner)?).await?;
        let requests = self.lost_requests(&key_id, said).await?;
        let said = requests.count;
        let log = ours(&key_id);
        let append = |entry| Write::Leaf { log: log.clone(), entry, record: None };
        let mut writes: Vec<Write> = lost.entries.into_iter().map(append).collect();
        if let Some(note) = lost.note {
            writes.push(Write::Checkpoint { log: log.clone(), size: lost.size, note });
        }
        let act = Act::new("log-restored").field("kept", rest.size).field("root", rest.root);
        let act = act.field("made", rest.made).field("recovered", recovered);
        let inside = |act: Act| act.by(actor).field("said", said);
        writes.extend(self.channel_leaves_now(&key_id, act, inside)?);
        writes.extend(requests.writes);
        writes.push(Write::Delete { bucket: Bucket::RESTING, key: key_id.clone() });
        let size = lost.from;
        let guards = vec![
            Guard::LogSize { log: log.clone(), size },
            record::unchanged(Bucket::RESTING, &kept),
        ];
        self.store.commit(Batch { guards, writes }).await?;
        self.read_resting().await?;
        let appended = self.append_waiting(&key_id).await?;
        self.hear_again(&key_id, &requests.theirs).await?;
        Ok(Resumed { partner: partner.name, kept: rest.size, recovered, appended, said })
    }

    /// Appends the leaves that waited, in the order of the acts.
    async fn append_waiting(&self, partner: &str) -> Result<usize, NodeError> {
        let mut appended = 0;
        loop {
            let query = RecordQuery {
                bucket: Bucket::WAITING_LEAF,
                prefix: format!("{partner}/"),
                limit: WAITING,
                ..RecordQuery::default()
            };
            let found = self.store.records(query).await?;
            if found.is_empty() {
                return Ok(appended);
            }
            let (mut guards, mut writes) = (Vec::new(), Vec::new());
            for kept in found {
                let waiting: Waiting = record::read(&kept)?;
                let bytes = |text: &str| STANDARD.decode(text);
                let (Ok(entry), Ok(values)) = (bytes(&waiting.entry), bytes(&waiting.record))
                else {
                    return Err(NodeError::Internal("leaf that waits"));
                };
                writes.push(Write::Leaf { log: ours(partner), entry, record: Some(values) });
                guards.push(record::unchanged(Bucket::WAITING_LEAF, &kept));
                writes.push(Write::Delete { bucket: Bucket::WAITING_LEAF, key: kept.key });
                appended += 1;
            }
            self.store.commit(Batch { guards, writes }).await?;
        }
    }

    /// What a partner holds of our half and we do not, checked: it goes on where ours ends, and we
    /// signed it.
    async fn recover_half(
        &self,
        key_id: &str,
        partner: &crate::partner::Partner,
    ) -> Result<Lost, NodeError> {
        let wire = self.wire(partner)?;
        let log = ours(key_id);
        let from = self.store.log(&log).await?.size;
        let (mut entries, mut note) = (Vec::new(), None);
        loop {
            let path = format!("/enlace/v1/log/held/{}", from + entries.len() as u64);
            let answer = wire.get(&path, None).await?;
            if !answer.status.is_success() {
                return Err(wire.fault(format!("log/held answered {}", answer.status)));
            }
            let held: HeldHalf = serde_json::from_slice(&answer.body)
                .map_err(|_| wire.fault("log/held gave no JSON"))?;
            let fresh: Result<Vec<_>, _> =
                held.entries.iter().map(|entry| STANDARD.decode(entry)).collect();
            let fresh = fresh.map_err(|_| wire.fault("log/held gave no base64"))?;
            let none = fresh.is_empty();
            entries.extend(fresh);
            note = held.checkpoint.or(note);
            if !held.more || none {
                break;
            }
        }
        let Some(note) = note else {
            return Ok(Lost { from, size: from, entries: Vec::new(), note: None });
        };
        let own: VerifierKey =
            self.keys.log_verifier_key().parse().map_err(|_| NodeError::Internal("own log key"))?;
        let foreign = || wire.fault("holds a checkpoint of our half that we did not sign");
        let (checkpoint, _) = Checkpoint::open(&note, &[own]).map_err(|_| foreign())?;
        if checkpoint.origin != self.channel_origin(key_id) {
            return Err(foreign());
        }
        if checkpoint.size < from {
            return Ok(Lost { from, size: from, entries: Vec::new(), note: None });
        }
        let mut tree = Frontier::new();
        for entry in self.entries(&log, 0, from).await? {
            tree.push(leaf_hash(&entry));
        }
        let wanted = usize::try_from(checkpoint.size - from).unwrap_or(usize::MAX);
        entries.truncate(wanted);
        for entry in &entries {
            tree.push(leaf_hash(entry));
        }
        if tree.size() != checkpoint.size || tree.root() != checkpoint.root {
            let problem = "holds a half of the channel log that is no continuation of the one in \
                           the backup: call them, and compare checkpoints";
            return Err(wire.fault(problem));
        }
        let note = (wanted > 0).then_some(note);
        Ok(Lost { from, size: checkpoint.size, entries, note })
    }

    /// The partner's side: what we hold of its half, for a partner that lost it. Nothing in it is
    /// news to the partner, who wrote it. The question itself is logged: a log that its owner asks
    /// for was lost. Asked again the same day it is counted ([`crate::repeated`]).
    pub(crate) async fn held_half(&self, partner: &str, from: u64) -> Result<Vec<u8>, NodeError> {
        let log = theirs(partner);
        let size = self.store.log(&log).await?.size;
        let kept = self.store.checkpoints(&log, 1).await?.into_iter().next();
        let to = size.min(from.saturating_add(MOST as u64));
        let entries = self.entries(&log, from.min(size), to).await?;
        let about = |act: Act| act.field("from", from).field("held", size);
        if self.log_repeated("log-asked-back", partner, about).await? {
            tracing::warn!(partner, from, held = size, "a partner asks for its half of the log");
        }
        let held = HeldHalf {
            checkpoint: kept.map(|kept| kept.note),
            entries: entries.iter().map(|entry| STANDARD.encode(entry)).collect(),
            more: to < size,
        };
        serde_json::to_vec(&held).map_err(|_| NodeError::Internal("held half"))
    }
}

/// What our half lost.
struct Lost {
    /// Size of the half as it is here.
    from: u64,
    /// Size with what came back.
    size: u64,
    entries: Vec<Vec<u8>>,
    note: Option<String>,
}
