//! The store on a PostgreSQL server (15 or later), for several node processes at once.
//!
//! One transaction writes at a time, whichever process it belongs to ([`writer`]); within it the
//! writes of a batch are done table by table with arrays, so that a batch of hundreds of objects
//! takes about ten statements. Blobs lie in a folder that all processes share.

mod address;
mod apply;
mod connection;
mod derived;
mod each;
mod fsck;
mod log;
mod member;
mod member_page;
mod object;
mod object_view;
mod presence;
mod record;
mod search;
mod side;
mod sweep;
mod veil;
mod writer;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use async_trait::async_trait;
use deadpool_postgres::{Object as Client, Pool, Transaction};
use enlace_stix::version::Version;
use futures_util::future::try_join_all;
use tokio::sync::watch;
use tokio_postgres::IsolationLevel;

use self::presence::Presence;
use crate::queue::Queue;
use crate::{
    Batch, Blobs, BodyPage, Checkpoint, Claim, Extent, Fault, Gone, LogEntry, LogState, Member,
    MemberPage, MemberQuery, ObjectQuery, ObjectRow, Outcome, Quarantined, Record, RecordQuery,
    RefRow, SearchPage, SearchQuery, Stats, Store, StoreError, Sweep, Twin, Unchanged, Veil,
};
pub(crate) use connection::{pool, probe};
pub(crate) use writer::LOCK;

/// A store on a server.
pub struct PostgresStore {
    /// Says a password where the server asks for one: not for printing.
    url: String,
    blobs: Blobs,
    readers: Pool,
    queue: Queue,
    /// Of a process that serves: started when it is first asked for.
    presence: OnceLock<Presence>,
}

impl PostgresStore {
    /// Opens the store at `url` (`postgres://USER@HOST/DATABASE`, to another machine with TLS), with
    /// its blobs in a folder that every process on this store shares; makes tables and folder where
    /// they are missing and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Address`] when the URL is none; [`StoreError::Remote`] and
    /// [`StoreError::TlsMode`] when the way there would not be safe; [`StoreError::Untrusted`] when
    /// who answers is not the server that it names; [`StoreError::Unreachable`] when nobody answers;
    /// [`StoreError::Newer`] when a newer program wrote the store; otherwise what the file system or
    /// the server refused.
    pub async fn open(url: &str, blobs: &Path) -> Result<Self, StoreError> {
        let writers = connection::pool(url, 1)?;
        crate::blob::make_folder(blobs)?;
        let blobs = Blobs::open(blobs)?;
        let mut client: Client = writers.get().await?;
        connection::prepare(&mut client).await?;
        derived::bring_up_to_date(&mut client).await?;
        drop(client);
        let queue = writer::start(writers, blobs.clone());
        let (url, readers) = (url.to_owned(), connection::readers(url)?);
        Ok(Self { url, blobs, readers, queue, presence: OnceLock::new() })
    }

    fn presence(&self) -> &Presence {
        self.presence.get_or_init(|| Presence::start(self.url.clone()))
    }

    async fn reader(&self) -> Result<Client, StoreError> {
        Ok(self.readers.get().await?)
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, batch: Batch) -> Result<Vec<Outcome>, StoreError> {
        self.queue.commit(batch).await
    }

    async fn object(
        &self,
        id: &str,
        channel: Option<&str>,
    ) -> Result<Option<ObjectRow>, StoreError> {
        object_view::current(&self.reader().await?, id, channel).await
    }

    async fn beside(
        &self,
        channel: &str,
        arriving: &[(String, Version)],
    ) -> Result<Vec<Vec<Version>>, StoreError> {
        object::beside(&self.reader().await?, channel, arriving).await
    }

    async fn versions(&self, id: &str) -> Result<Vec<ObjectRow>, StoreError> {
        object_view::versions(&self.reader().await?, id).await
    }

    async fn object_each(
        &self,
        ids: &[String],
        channel: Option<&str>,
    ) -> Result<Vec<Option<ObjectRow>>, StoreError> {
        object_view::current_each(&self.reader().await?, ids, channel).await
    }

    async fn versions_each(&self, ids: &[String]) -> Result<Vec<Vec<ObjectRow>>, StoreError> {
        object_view::versions_each(&self.reader().await?, ids).await
    }

    async fn objects(&self, query: ObjectQuery) -> Result<Vec<ObjectRow>, StoreError> {
        object_view::list(&self.reader().await?, &query).await
    }

    async fn referring(
        &self,
        id: &str,
        veil: &Veil,
        limit: usize,
    ) -> Result<Vec<RefRow>, StoreError> {
        object_view::referring(&self.reader().await?, id, veil, limit).await
    }

    async fn bearing(
        &self,
        kind: &str,
        value: &str,
        veil: &Veil,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        object_view::bearing(&self.reader().await?, (kind, value), veil, limit).await
    }

    async fn relations_from(
        &self,
        channel: &str,
        id: &str,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        object_view::relations_from(&self.reader().await?, channel, id, limit).await
    }

    async fn relations_from_each(
        &self,
        channel: &str,
        ids: &[String],
        limit: usize,
    ) -> Result<Vec<Vec<ObjectRow>>, StoreError> {
        object_view::relations_from_each(&self.reader().await?, channel, ids, limit).await
    }

    async fn created_by(
        &self,
        creator: &str,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        object_view::created_by(&self.reader().await?, creator, after, limit).await
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchPage, StoreError> {
        search::search(&self.reader().await?, &query).await
    }

    async fn search_each(&self, queries: Vec<SearchQuery>) -> Result<Vec<SearchPage>, StoreError> {
        let mut client = self.reader().await?;
        let snapshot = snapshot(&mut client).await?;
        try_join_all(queries.iter().map(|query| search::search(&snapshot, query))).await
    }

    async fn gone(&self) -> Result<Gone, StoreError> {
        side::gone(&self.reader().await?).await
    }

    async fn stats(&self) -> Result<Stats, StoreError> {
        let mut stats = side::stats(&self.reader().await?).await?;
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
        side::quarantine(&self.reader().await?, after, limit).await
    }

    async fn record(&self, bucket: &str, key: &str) -> Result<Option<Record>, StoreError> {
        record::one(&self.reader().await?, bucket, key).await
    }

    async fn record_each(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Record>>, StoreError> {
        record::one_each(&self.reader().await?, bucket, keys).await
    }

    async fn records(&self, query: RecordQuery) -> Result<Vec<Record>, StoreError> {
        record::list(&self.reader().await?, &query).await
    }

    async fn records_each(
        &self,
        queries: Vec<RecordQuery>,
    ) -> Result<Vec<Vec<Record>>, StoreError> {
        let mut client = self.reader().await?;
        if queries.iter().all(|query| query.due_before_us.is_none()) {
            return record::list_each(&client, &queries).await;
        }
        let snapshot = snapshot(&mut client).await?;
        try_join_all(queries.iter().map(|query| record::list(&snapshot, query))).await
    }

    async fn members(&self, query: MemberQuery) -> Result<MemberPage, StoreError> {
        member_page::page(&self.reader().await?, &query).await
    }

    async fn bodies(&self, query: MemberQuery, most_bytes: usize) -> Result<BodyPage, StoreError> {
        member_page::bodies(&self.reader().await?, &query, most_bytes).await
    }

    async fn bodies_if(
        &self,
        unchanged: &[Unchanged],
        query: MemberQuery,
        most_bytes: usize,
    ) -> Result<Option<BodyPage>, StoreError> {
        member_page::bodies_if(&self.reader().await?, unchanged, &query, most_bytes).await
    }

    async fn newest(
        &self,
        collection: &str,
        of: &[(String, String)],
    ) -> Result<Vec<Option<Member>>, StoreError> {
        member_page::newest(&self.reader().await?, collection, of).await
    }

    async fn extent(&self, collection: &str) -> Result<Extent, StoreError> {
        member_page::extent(&self.reader().await?, collection).await
    }

    async fn handed_out(
        &self,
        collection: &str,
        ids: &[String],
    ) -> Result<BTreeSet<String>, StoreError> {
        member::handed_out(&self.reader().await?, collection, ids).await
    }

    async fn twin(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
    ) -> Result<Option<Twin>, StoreError> {
        side::twin(&self.reader().await?, partner, lineage, original).await
    }

    async fn twin_each(
        &self,
        partner: &str,
        lineage: &str,
        originals: &[String],
    ) -> Result<Vec<Option<Twin>>, StoreError> {
        side::twin_each(&self.reader().await?, partner, lineage, originals).await
    }

    async fn twins_of(&self, original_or_twin: &str) -> Result<Vec<Twin>, StoreError> {
        side::twins_of(&self.reader().await?, original_or_twin).await
    }

    async fn twins_of_each(&self, ids: &[String]) -> Result<Vec<Vec<Twin>>, StoreError> {
        side::twins_of_each(&self.reader().await?, ids).await
    }

    async fn log(&self, log: &str) -> Result<LogState, StoreError> {
        log::state(&self.reader().await?, log).await
    }

    async fn logs(&self) -> Result<Vec<String>, StoreError> {
        log::names(&self.reader().await?).await
    }

    async fn log_entries(
        &self,
        log: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError> {
        log::entries(&self.reader().await?, log, from, limit).await
    }

    async fn checkpoints(&self, log: &str, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        log::checkpoints(&self.reader().await?, log, limit).await
    }

    async fn fsck(&self) -> Result<Vec<Fault>, StoreError> {
        let mut client = self.reader().await?;
        let snapshot = snapshot(&mut client).await?;
        let (mut faults, named) = fsck::database(&snapshot).await?;
        snapshot.rollback().await?;
        let (found, missing) = crate::fault::blobs(&self.blobs, named).await?;
        faults.extend(found);
        if !missing.is_empty() {
            faults.extend(crate::fault::missing(&missing, &fsck::named(&client).await?));
        }
        Ok(faults)
    }

    async fn sweep(&self, sweep: Sweep) -> Result<Vec<String>, StoreError> {
        self.queue.sweep(sweep).await
    }

    async fn rebuild(&self) -> Result<usize, StoreError> {
        self.queue.rebuild().await
    }

    async fn on_duty(&self) -> bool {
        self.presence().on_duty().await
    }

    async fn claim_jobs(&self) -> Result<Option<Claim>, StoreError> {
        presence::claim_jobs(&self.url).await
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.presence().changes()
    }

    fn blobs(&self) -> &Blobs {
        &self.blobs
    }
}

/// Several questions to one state of the store. Asked together, they travel together.
async fn snapshot(client: &mut Client) -> Result<Transaction<'_>, StoreError> {
    let reading = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    Ok(reading.read_only(true).start().await?)
}

/// A count for SQL; more than 2^63 is as good as no limit.
fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A text as the server can keep it: it has no NUL.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}
