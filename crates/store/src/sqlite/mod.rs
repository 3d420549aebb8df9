//! The store in one folder: `enlace.db` (SQLite, WAL, synchronous FULL) and `blobs/`.
//!
//! One thread writes and commits waiting batches together; four connections read. Other processes
//! may open the same folder: sequences, log positions and current versions are therefore read
//! inside the writing transaction and never remembered across transactions.

mod apply;
mod connection;
mod copy;
mod derived;
mod duty;
mod each;
mod fsck;
mod log;
mod member;
mod member_page;
mod object;
mod rank;
mod reader;
mod record;
mod search;
mod side;
mod sweep;
mod veil;
mod writer;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use enlace_stix::version::Version;
use tokio::sync::watch;

use crate::queue::Queue;
use crate::{
    Batch, Blobs, BodyPage, Checkpoint, Claim, Extent, Fault, Gone, LogEntry, LogState, Member,
    MemberPage, MemberQuery, ObjectQuery, ObjectRow, Outcome, Quarantined, Record, RecordQuery,
    RefRow, SearchPage, SearchQuery, Stats, Store, StoreError, Sweep, Twin, Unchanged, Veil,
};
pub(crate) use connection::{Mode, connect, probe, widen};
use duty::Duty;
use reader::Readers;
use writer::Writer;

/// Keys that are answered at a glance, on the thread that asks.
const FEW: usize = 4;

/// A store in one folder. Dropping it finishes the batches that wait and closes the file.
#[derive(Debug)]
pub struct SqliteStore {
    folder: PathBuf,
    blobs: Blobs,
    readers: Readers,
    writer: Option<Writer>,
    changes: watch::Sender<u64>,
    duty: Duty,
    /// Copy of the database of before its schema was changed, if opening did that.
    copied: Option<PathBuf>,
}

impl SqliteStore {
    /// Opens the store in a folder; creates folder, database and `blobs/` where they are missing
    /// and brings the schema up to date. Blocks on disk.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer program wrote the store; otherwise what the file system
    /// or database refused.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let copied = connection::prepare(folder)?;
        let blobs = Blobs::open(&connection::blob_folder(folder))?;
        let changes = watch::Sender::new(0);
        let db = connection::connect(folder, Mode::Write)?;
        let writer = Some(Writer::start(db, blobs.clone(), changes.clone())?);
        let (readers, duty) = (Readers::open(folder, Mode::Read)?, Duty::default());
        Ok(Self { folder: folder.to_owned(), blobs, readers, writer, changes, duty, copied })
    }

    /// Opens an existing store, a copy for example, without changing anything in it; every
    /// [`Store::commit`] answers [`StoreError::ReadOnly`]. Nothing is migrated.
    ///
    /// # Errors
    /// [`StoreError::Absent`] when the folder holds no store; otherwise as [`SqliteStore::open`].
    pub fn open_read_only(folder: &Path) -> Result<Self, StoreError> {
        connection::check_present(folder)?;
        let blobs = Blobs::open(&connection::blob_folder(folder))?;
        let readers = Readers::open(folder, Mode::Copy)?;
        let (changes, duty) = (watch::Sender::new(0), Duty::default());
        Ok(Self {
            folder: folder.to_owned(),
            blobs,
            readers,
            writer: None,
            changes,
            duty,
            copied: None,
        })
    }

    fn queue(&self) -> Result<&Queue, StoreError> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)?.queue()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Batch) -> Result<Vec<Outcome>, StoreError> {
        self.queue()?.commit(batch).await
    }

    async fn object(
        &self,
        id: &str,
        channel: Option<&str>,
    ) -> Result<Option<ObjectRow>, StoreError> {
        let (id, channel) = (id.to_owned(), channel.map(str::to_owned));
        self.readers.read(move |db| object::current(db, &id, channel.as_deref())).await
    }

    async fn beside(
        &self,
        channel: &str,
        arriving: &[(String, Version)],
    ) -> Result<Vec<Vec<Version>>, StoreError> {
        let (channel, arriving) = (channel.to_owned(), arriving.to_owned());
        self.readers.read(move |db| each::beside(db, &channel, &arriving)).await
    }

    async fn versions(&self, id: &str) -> Result<Vec<ObjectRow>, StoreError> {
        let id = id.to_owned();
        self.readers.read(move |db| object::versions(db, &id)).await
    }

    async fn object_each(
        &self,
        ids: &[String],
        channel: Option<&str>,
    ) -> Result<Vec<Option<ObjectRow>>, StoreError> {
        let (ids, channel) = (ids.to_owned(), channel.map(str::to_owned));
        self.readers.read(move |db| each::objects(db, &ids, channel.as_deref())).await
    }

    async fn versions_each(&self, ids: &[String]) -> Result<Vec<Vec<ObjectRow>>, StoreError> {
        let ids = ids.to_owned();
        self.readers.read(move |db| each::versions(db, &ids)).await
    }

    async fn objects(&self, query: ObjectQuery) -> Result<Vec<ObjectRow>, StoreError> {
        self.readers.read(move |db| object::list(db, &query)).await
    }

    async fn referring(
        &self,
        id: &str,
        veil: &Veil,
        limit: usize,
    ) -> Result<Vec<RefRow>, StoreError> {
        let (id, veil) = (id.to_owned(), veil.clone());
        self.readers.read(move |db| object::referring(db, &id, &veil, limit)).await
    }

    async fn bearing(
        &self,
        kind: &str,
        value: &str,
        veil: &Veil,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        let (key, veil) = ((kind.to_owned(), value.to_owned()), veil.clone());
        self.readers.read(move |db| object::bearing(db, (&key.0, &key.1), &veil, limit)).await
    }

    async fn relations_from(
        &self,
        channel: &str,
        id: &str,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        let (channel, id) = (channel.to_owned(), id.to_owned());
        self.readers.read(move |db| object::relations_from(db, &channel, &id, limit)).await
    }

    async fn relations_from_each(
        &self,
        channel: &str,
        ids: &[String],
        limit: usize,
    ) -> Result<Vec<Vec<ObjectRow>>, StoreError> {
        let (channel, ids) = (channel.to_owned(), ids.to_owned());
        self.readers.read(move |db| each::relations_from(db, &channel, &ids, limit)).await
    }

    async fn created_by(
        &self,
        creator: &str,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        let creator = creator.to_owned();
        self.readers.read(move |db| object::created_by(db, &creator, after, limit)).await
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchPage, StoreError> {
        self.readers.read(move |db| search::search(db, &query)).await
    }

    async fn search_each(&self, queries: Vec<SearchQuery>) -> Result<Vec<SearchPage>, StoreError> {
        self.readers.read(move |db| each::searches(db, &queries)).await
    }

    async fn gone(&self) -> Result<Gone, StoreError> {
        self.readers.read(side::gone).await
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        let mut stats = self.readers.read(side::stats).await?;
        stats.bytes = connection::bytes_on_disk(&self.folder);
        let blobs = self.blobs.list().await?;
        stats.blobs = blobs.len() as u64;
        stats.blob_bytes = blobs.iter().map(|(_, size)| size).sum();
        Ok(stats)
    }

    async fn quarantine(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Quarantined>, StoreError> {
        self.readers.read(move |db| side::quarantine(db, after, limit)).await
    }

    async fn record(&self, bucket: &str, key: &str) -> Result<Option<Record>, StoreError> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        self.readers.glance(move |db| record::one(db, &bucket, &key)).await
    }

    async fn record_each(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Record>>, StoreError> {
        let (bucket, keys) = (bucket.to_owned(), keys.to_owned());
        let few = keys.len() <= FEW;
        self.readers.answer(few, move |db| each::record(db, &bucket, &keys)).await
    }

    async fn records(&self, query: RecordQuery) -> Result<Vec<Record>, StoreError> {
        self.readers.read(move |db| record::list(db, &query)).await
    }

    async fn records_each(
        &self,
        queries: Vec<RecordQuery>,
    ) -> Result<Vec<Vec<Record>>, StoreError> {
        let few = queries.len() <= FEW;
        self.readers.answer(few, move |db| each::records(db, &queries)).await
    }

    async fn members(&self, query: MemberQuery) -> Result<MemberPage, StoreError> {
        self.readers.read(move |db| member_page::page(db, &query)).await
    }

    async fn bodies(&self, query: MemberQuery, most_bytes: usize) -> Result<BodyPage, StoreError> {
        let few = (1..=FEW).contains(&query.ids.len());
        self.readers.answer(few, move |db| member_page::bodies(db, &query, most_bytes)).await
    }

    async fn bodies_if(
        &self,
        unchanged: &[Unchanged],
        query: MemberQuery,
        most_bytes: usize,
    ) -> Result<Option<BodyPage>, StoreError> {
        let unchanged = unchanged.to_owned();
        let few = (1..=FEW).contains(&query.ids.len()) && unchanged.len() <= FEW;
        self.readers
            .answer(few, move |db| match record::all_are(db, &unchanged)? {
                true => member_page::bodies(db, &query, most_bytes).map(Some),
                false => Ok(None),
            })
            .await
    }

    async fn newest(
        &self,
        collection: &str,
        of: &[(String, String)],
    ) -> Result<Vec<Option<Member>>, StoreError> {
        let (collection, of) = (collection.to_owned(), of.to_owned());
        self.readers.read(move |db| member_page::newest(db, &collection, &of)).await
    }

    async fn extent(&self, collection: &str) -> Result<Extent, StoreError> {
        let collection = collection.to_owned();
        self.readers.read(move |db| member_page::extent(db, &collection)).await
    }

    async fn handed_out(
        &self,
        collection: &str,
        ids: &[String],
    ) -> Result<BTreeSet<String>, StoreError> {
        let (collection, ids) = (collection.to_owned(), ids.to_owned());
        self.readers.read(move |db| member::handed_out(db, &collection, &ids)).await
    }

    async fn twin(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
    ) -> Result<Option<Twin>, StoreError> {
        let key = [partner.to_owned(), lineage.to_owned(), original.to_owned()];
        self.readers.read(move |db| side::twin(db, &key)).await
    }

    async fn twin_each(
        &self,
        partner: &str,
        lineage: &str,
        originals: &[String],
    ) -> Result<Vec<Option<Twin>>, StoreError> {
        let (partner, lineage) = (partner.to_owned(), lineage.to_owned());
        let originals = originals.to_owned();
        self.readers.read(move |db| each::twins(db, &partner, &lineage, &originals)).await
    }

    async fn twins_of(&self, original_or_twin: &str) -> Result<Vec<Twin>, StoreError> {
        let id = original_or_twin.to_owned();
        self.readers.read(move |db| side::twins_of(db, &id)).await
    }

    async fn twins_of_each(&self, ids: &[String]) -> Result<Vec<Vec<Twin>>, StoreError> {
        let ids = ids.to_owned();
        self.readers.read(move |db| each::twins_of(db, &ids)).await
    }

    async fn log(&self, log: &str) -> Result<LogState, StoreError> {
        let log = log.to_owned();
        self.readers.read(move |db| log::state(db, &log)).await
    }

    async fn logs(&self) -> Result<Vec<String>, StoreError> {
        self.readers.read(log::names).await
    }

    async fn log_entries(
        &self,
        log: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        let log = log.to_owned();
        self.readers.read(move |db| log::entries(db, &log, from, limit)).await
    }

    async fn checkpoints(&self, log: &str, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        let log = log.to_owned();
        self.readers.read(move |db| log::checkpoints(db, &log, limit)).await
    }

    async fn fsck(&self) -> Result<Vec<Fault>, StoreError> {
        let (mut faults, named) = self.readers.read(fsck::database).await?;
        let (found, missing) = crate::fault::blobs(&self.blobs, named).await?;
        faults.extend(found);
        if !missing.is_empty() {
            let named = self.readers.read(fsck::named).await?;
            faults.extend(crate::fault::missing(&missing, &named));
        }
        Ok(faults)
    }

    async fn sweep(&self, sweep: Sweep) -> Result<Vec<String>, StoreError> {
        self.queue()?.sweep(sweep).await
    }

    async fn rebuild(&self) -> Result<usize, StoreError> {
        self.queue()?.rebuild().await
    }

    async fn on_duty(&self) -> bool {
        self.writer.is_some() && self.duty.held(&self.folder)
    }

    async fn claim_jobs(&self) -> Result<Option<Claim>, StoreError> {
        match self.writer {
            Some(_) => Claim::in_folder(&self.folder),
            None => Ok(None),
        }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn copied(&self) -> Option<&Path> {
        self.copied.as_deref()
    }

    fn blobs(&self) -> &Blobs {
        &self.blobs
    }
}

/// A count for SQL; more than 2^63 is as good as no limit.
fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
