//! Sets are made and brought up to date in the partner's slots, whether anything changed or not.

use enlace_oprf::{Change, Key, Scope, Set};
use enlace_policy::AgreementState;
use enlace_store::{Batch, Guard, Record, RecordQuery, StoreError, Write};
use serde::{Deserialize, Serialize};

use super::set::Asked;
use super::{Chance, fault, set_key, term_of};
use crate::ledger_log::Act;
use crate::mac::mac;
use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::standing::Standing;
use crate::update::minutes_of;
use crate::{Node, NodeError};

/// How long a key serves at most: an evaluation is good for its epoch and no longer.
const EPOCH_US: i64 = 60 * DAY_US;
/// How long it serves on average. Each slot may be the last one, whatever went before: one that ends
/// because we stopped in silence is like any other.
const MEAN_US: i64 = 14 * DAY_US;
/// So much after its slot a set that was not brought up to date is not asked any more: it may hold what
/// is under protection since.
const LATE_US: i64 = 15 * 60 * 1_000_000;
/// How long bytes are kept that no set names yet.
const PINNED_US: i64 = DAY_US;
/// Lists of changes that are kept for partners that were away; who lags further fetches the table.
const CHANGES: usize = 48;
/// Most sets of a node.
const MOST: usize = 10_000;

/// One set as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptSet {
    /// The version of the agreement by which it was made.
    pub(super) agreement: String,
    /// Whether more may be found than the partner has: no, while we suspended the agreement in silence.
    pub(super) open: bool,
    /// Begins a key; seconds since 1970, so that it rises also after a restore.
    pub(super) epoch: u64,
    pub(super) began_us: i64,
    /// The store's own epoch: after a restore an older table must not go on under a key.
    pub(super) store: String,
    /// How often it was brought up to date in its epoch.
    pub(super) sequence: u64,
    /// The public key, hexadecimal.
    pub(super) public: String,
    /// The set with what is not published, by SHA-256 of its blob.
    pub(super) set: String,
    /// What is published.
    pub(super) table: Published,
    /// The changes that led to it, the newest last.
    pub(super) changes: Vec<Published>,
}

/// Bytes that a partner fetches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Published {
    /// After how many slots of the epoch.
    pub(super) sequence: u64,
    pub(super) sha256: String,
    pub(super) size: u64,
}

impl KeptSet {
    fn blobs(&self) -> impl Iterator<Item = &str> {
        let changes = self.changes.iter().map(|one| one.sha256.as_str());
        [self.set.as_str(), self.table.sha256.as_str()].into_iter().chain(changes)
    }
}

impl Node {
    /// Makes the sets that are missing and brings those up to date whose slot has come; takes away
    /// those of agreements that ended. Answers how many it worked on. One that fails is made up for by
    /// the next round.
    pub async fn match_round(&self) -> Result<usize, NodeError> {
        self.match_refresh(false).await
    }

    /// The same; `now`: those too whose slot has not come.
    pub(crate) async fn match_refresh(&self, now: bool) -> Result<usize, NodeError> {
        let standings = self.standings().await?;
        let mut wanted: Vec<Asked<'_>> = Vec::new();
        let partners = self.partners().await?;
        for standing in standings.iter().filter(|s| s.agreed == AgreementState::Active) {
            let Some(term) = term_of(standing) else { continue };
            for (partner, _) in partners.iter().filter(|(_, partner)| !partner.revoked) {
                if standing.agreement.party(partner).is_none() {
                    continue;
                }
                for purpose in &standing.agreement.terms().purposes.allowed {
                    wanted.push(Asked { partner, standing, term, purpose });
                }
            }
        }
        let mut done = self.match_ended(&wanted).await?;
        for place in &wanted {
            let key = place.key();
            let found = self.store.record(Bucket::MATCH_SET, &key).await?;
            let due = |r: &Record| now || r.due_us.is_none_or(|due| due <= self.now_us());
            if !found.as_ref().is_none_or(due) {
                continue;
            }
            match self.match_made(place, found.as_ref()).await {
                Ok(()) => done += 1,
                Err(error) => tracing::warn!(code = error.code(), "hit/no-hit set"),
            }
        }
        Ok(done)
    }

    /// Takes away the sets that nobody may ask any more.
    async fn match_ended(&self, wanted: &[Asked<'_>]) -> Result<usize, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::MATCH_SET, limit: MOST, ..RecordQuery::default() };
        let mut ended = 0;
        for found in self.store.records(query).await? {
            if wanted.iter().any(|place| place.key() == found.key) {
                continue;
            }
            let set: KeptSet = record::read(&found)?;
            let mut writes = Vec::new();
            for blob in set.blobs() {
                writes.extend(unpinned(&found.key, blob)?);
            }
            let guards = vec![record::unchanged(Bucket::MATCH_SET, &found)];
            writes.push(Write::Delete { bucket: Bucket::MATCH_SET, key: found.key });
            match self.store.commit(Batch { guards, writes }).await {
                Ok(_) => ended += 1,
                // Another process was faster; the next round looks again.
                Err(StoreError::Guard { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(ended)
    }

    /// Makes one set, or brings it up to date.
    async fn match_made(&self, place: &Asked<'_>, found: Option<&Record>) -> Result<(), NodeError> {
        let Asked { partner, standing, purpose, .. } = *place;
        // Read for each set: one that takes long is no reason to miss what was protected meanwhile.
        let held = self.match_held(&self.match_kept().await?, place).await?;
        let before: Option<KeptSet> = found.map(record::read).transpose()?;
        let open = standing.state == AgreementState::Active;
        let store = hex::encode(self.epoch_tag());
        let goes_on = |set: &KeptSet| {
            set.agreement == standing.agreement.id.as_str()
                && set.open == open
                && set.store == store
                && self.now_us() - set.began_us < EPOCH_US
        };
        let ends = self.epoch_ends(place, found.and_then(|found| found.due_us))?;
        let made = match &before {
            Some(set) if goes_on(set) && !ends => self.match_changed(place, set, &held).await?,
            _ => None,
        };
        let (mut set, bytes, list) = match made {
            Some(made) => made,
            None => self.match_begun(place, before.as_ref(), &held, open, store)?,
        };
        let key = place.key();
        // What is to be kept is pinned before it is written, so that no sweep takes it.
        let table = bytes.published().to_bytes();
        let list = list.map(|changes| Change::list_to_bytes(&changes));
        set.set = self.match_blob(&key, bytes.to_bytes()).await?;
        let size = table.len() as u64;
        let sha256 = self.match_blob(&key, table).await?;
        set.table = Published { sequence: set.sequence, sha256, size };
        if let Some(list) = list {
            let (sequence, size) = (set.sequence, list.len() as u64);
            let sha256 = self.match_blob(&key, list).await?;
            set.changes.push(Published { sequence, sha256, size });
        }
        let beyond = set.changes.len().saturating_sub(CHANGES);
        set.changes.drain(..beyond);
        let minutes = minutes_of(standing);
        let slot = self.next_slot(partner, &standing.agreement.lineage, minutes, self.now_us());
        let mut writes = vec![record::put(Bucket::MATCH_SET, &key, &set, Some(slot))?];
        for blob in set.blobs() {
            writes.push(pinned(&key, blob, None)?);
        }
        for old in before.iter().flat_map(KeptSet::blobs) {
            if !set.blobs().any(|blob| blob == old) {
                writes.extend(unpinned(&key, old)?);
            }
        }
        if before.as_ref().is_none_or(|before| before.epoch != set.epoch) {
            let act = Act::new("match-epoch").field("agreement", standing.agreement.id.as_str());
            let act = act.field("partner", partner).field("purpose", purpose);
            writes.push(self.node_leaf(act.field("public_key", set.public.as_str()))?);
        }
        let guards = vec![record::as_read(Bucket::MATCH_SET, &key, found)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// The set of before with what changed; `None`: it has no room for it.
    async fn match_changed(
        &self,
        place: &Asked<'_>,
        before: &KeptSet,
        held: &[(enlace_oprf::Value, enlace_oprf::Verdict)],
    ) -> Result<Option<(KeptSet, Set, Option<Vec<Change>>)>, NodeError> {
        let Some(bytes) = self.store.blobs().get(&before.set).await? else { return Ok(None) };
        let Ok(mut set) = Set::from_bytes(&bytes) else { return Ok(None) };
        let key = self.match_secret(place.partner, place.standing, place.purpose, before.epoch)?;
        let mut chance = Chance::new();
        let changes = match set.change(&key, held, &mut || chance.next()) {
            Ok(changes) => changes,
            Err(enlace_oprf::Error::Full(_) | enlace_oprf::Error::Returns) => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        chance.whole()?;
        let sequence = before.sequence + 1;
        Ok(Some((KeptSet { sequence, ..before.clone() }, set, Some(changes))))
    }

    /// Whether the slot that came is the last one of the epoch: one slot in so many, by a number that
    /// nobody else can reckon and that all sets of an agreement share.
    pub(super) fn epoch_ends(
        &self,
        place: &Asked<'_>,
        slot_us: Option<i64>,
    ) -> Result<bool, NodeError> {
        let Some(slot_us) = slot_us.filter(|slot_us| *slot_us <= self.now_us()) else {
            return Ok(false);
        };
        let slots = MEAN_US / (i64::from(minutes_of(place.standing)).max(1) * 60_000_000);
        let (secret, slot) = (self.keys.match_key(), slot_us.to_be_bytes());
        let lineage = place.standing.agreement.lineage.as_bytes();
        let parts = [b"epoch ends".as_slice(), place.partner.as_bytes(), lineage, &slot];
        let drawn = mac(secret.expose(), &parts).ok_or(NodeError::Internal("epoch"))?;
        let drawn = drawn.first_chunk::<8>().map_or(0, |eight| u64::from_be_bytes(*eight));
        Ok(drawn.is_multiple_of(slots.max(1).unsigned_abs()))
    }

    /// A new epoch, never smaller than the one before: that much is gone must not show.
    fn match_begun(
        &self,
        place: &Asked<'_>,
        before: Option<&KeptSet>,
        held: &[(enlace_oprf::Value, enlace_oprf::Verdict)],
        open: bool,
        store: String,
    ) -> Result<(KeptSet, Set, Option<Vec<Change>>), NodeError> {
        let now = u64::try_from(self.now_us() / 1_000_000).unwrap_or_default();
        let epoch = before.map_or(now, |before| now.max(before.epoch + 1));
        let key = self.match_secret(place.partner, place.standing, place.purpose, epoch)?;
        let entry = enlace_oprf::ENTRY as u64;
        let least = before.map_or(0, |before| before.table.size / entry);
        let mut chance = Chance::new();
        let least = usize::try_from(least).unwrap_or_default();
        let set = Set::prepare(&key, held, least, &mut || chance.next());
        chance.whole()?;
        let kept = KeptSet {
            agreement: place.standing.agreement.id.to_string(),
            open,
            epoch,
            began_us: self.now_us(),
            store,
            sequence: 0,
            public: hex::encode(key.public().to_bytes()),
            set: String::new(),
            table: Published { sequence: 0, sha256: String::new(), size: 0 },
            changes: Vec::new(),
        };
        Ok((kept, set, None))
    }

    /// The key by which a partner's queries are answered.
    pub(super) fn match_secret(
        &self,
        partner: &str,
        standing: &Standing,
        purpose: &str,
        epoch: u64,
    ) -> Result<Key, NodeError> {
        let purpose = format!("{} {purpose}", standing.agreement.lineage);
        let (asked, asking) = (fingerprint(self.key_id())?, fingerprint(partner)?);
        let scope = Scope { asked: &asked, asking: &asking, purpose: &purpose, epoch };
        Key::derive(self.keys.match_key().expose(), &scope).map_err(fault)
    }

    /// Keeps bytes until a set names them, or for a day; answers their name.
    pub(super) async fn match_blob(&self, key: &str, bytes: Vec<u8>) -> Result<String, NodeError> {
        let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        let pin = vec![pinned(key, &sha256, Some(self.now_us().saturating_add(PINNED_US)))?];
        self.store.commit(Batch { guards: vec![], writes: pin }).await?;
        let size = bytes.len() as u64;
        self.store.blobs().put(bytes).await?;
        let writes = vec![Write::Blob { sha256: sha256.clone(), size }];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(sha256)
    }

    /// The set that a partner may ask, if it was made already and is brought up to date.
    pub(super) async fn match_set(
        &self,
        partner: &str,
        lineage: &str,
        purpose: &str,
    ) -> Result<Option<KeptSet>, NodeError> {
        let key = set_key(partner, lineage, purpose);
        let found = self.store.record(Bucket::MATCH_SET, &key).await?;
        let late = |due: i64| due.saturating_add(LATE_US) < self.now_us();
        match found {
            Some(found) if !found.due_us.is_some_and(late) => record::read(&found).map(Some),
            _ => Ok(None),
        }
    }

    /// Bytes that a partner fetches by their hash: only what a set of its own names now. The first time
    /// is an entry of the log.
    pub async fn match_file(
        &self,
        partner: &str,
        sha256: &str,
    ) -> Result<Option<bytes::Bytes>, NodeError> {
        let prefix = format!("{partner}/");
        let bucket = Bucket::MATCH_SET;
        let query = RecordQuery { bucket, prefix, limit: MOST, ..RecordQuery::default() };
        for found in self.store.records(query).await? {
            let set: KeptSet = record::read(&found)?;
            let mut published = set.changes.iter().chain([&set.table]);
            if !published.any(|one| one.sha256 == sha256) {
                continue;
            }
            let (bucket, key) = (Bucket::MATCH_FETCHED, fetched(&found.key, sha256));
            if self.store.record(bucket, &key).await?.is_none() {
                let act = Act::new("match-table").field("agreement", set.agreement.as_str());
                let act = act.field("epoch", set.epoch).field("sha256", sha256);
                let mut writes = vec![record::put(bucket, &key, &(), None)?];
                writes.extend(self.channel_leaves(partner, act, |act| act)?);
                let guards = vec![Guard::Absent { bucket, key }];
                match self.store.commit(Batch { guards, writes }).await {
                    // Fetched twice at once: it is one entry.
                    Ok(_) | Err(StoreError::Guard { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            return Ok(self.store.blobs().get(sha256).await?);
        }
        Ok(None)
    }
}

impl Asked<'_> {
    fn key(&self) -> String {
        set_key(self.partner, &self.standing.agreement.lineage, self.purpose)
    }
}

/// What keeps a blob for a set or a copy.
fn pin(key: &str, sha256: &str) -> String {
    format!("{sha256}/match/{key}")
}

/// That a set's partner fetched these bytes.
fn fetched(key: &str, sha256: &str) -> String {
    format!("{sha256}/{key}")
}

/// The write that keeps a blob, for good or until then.
pub(super) fn pinned(key: &str, sha256: &str, until: Option<i64>) -> Result<Write, NodeError> {
    record::put(Bucket::PIN, &pin(key, sha256), &(), until)
}

/// The writes that let a blob go.
pub(super) fn unpinned(key: &str, sha256: &str) -> Result<[Write; 3], NodeError> {
    let pin = Write::Delete { bucket: Bucket::PIN, key: pin(key, sha256) };
    let fetched = Write::Delete { bucket: Bucket::MATCH_FETCHED, key: fetched(key, sha256) };
    Ok([pin, fetched, record::put(Bucket::SWEEP, sha256, &(), None)?])
}

/// The 32 bytes of a key id.
fn fingerprint(key_id: &str) -> Result<[u8; 32], NodeError> {
    let bytes = hex::decode(key_id).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(NodeError::Internal("key id"))
}
