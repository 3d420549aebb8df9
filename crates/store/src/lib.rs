//! What a node keeps: object versions, references, search, collections, logs, blobs, records.
//!
//! The [`Store`] trait is shaped for a single-file database and for a server with several node
//! processes alike: every change is one [`Batch`] that commits whole or not at all, every read is
//! a bounded query. Rows are opaque here: the store knows no policy and opens no release.
//!
//! - [`Store`]: the trait; [`sqlite::SqliteStore`]: the adapter for one directory;
//!   [`postgres::PostgresStore`]: the adapter for several node processes on one server
//! - [`Batch`], [`Write`], [`Guard`], [`Outcome`]: one transaction and what became of each part
//! - [`carry`]: a whole store from one database to another
//! - [`dump`]: a whole store as an archive, and back
//! - [`probe`]: a look at a store that changes nothing
//! - [`Blobs`]: source documents by SHA-256, durable before the row that names them
//! - [`StoreError`]: what failed, a stable code, and advice
//! - [`text`]: folding and stemming, the same for every database
//! - `README.md` of this crate tells the life of an object step by step
//!
//! ```
//! use enlace_store::sqlite::SqliteStore;
//! use enlace_store::{Batch, Guard, Outcome, Store, Write};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! let store = SqliteStore::open(folder.path())?;
//! let publish = Write::Publish {
//!     collection: "plain".to_owned(),
//!     id: "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11".to_owned(),
//!     kind: "note".to_owned(),
//!     version: "2026-01-01T00:00:00.000Z".to_owned(),
//!     body: "{}".to_owned(),
//!     now_us: 1_767_225_600_000_000,
//! };
//! let leaf = Write::Leaf { log: "node".to_owned(), entry: b"{}".to_vec(), record: None };
//! // Both or neither, and only while nobody has logged before.
//! let guards = vec![Guard::LogSize { log: "node".to_owned(), size: 0 }];
//! let outcomes = store.commit(Batch { guards, writes: vec![publish, leaf] }).await?;
//! assert_eq!(outcomes, [
//!     Outcome::Member { seq: 1, date_added_us: 1_767_225_600_000_000 },
//!     Outcome::Leaf { index: 0 },
//! ]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod batch;
mod blob;
pub mod carry;
mod claim;
pub mod dump;
mod error;
mod fault;
mod instant;
pub mod postgres;
pub mod probe;
mod query;
mod queue;
mod row;
pub mod sqlite;
pub mod text;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;

use async_trait::async_trait;
use enlace_stix::version::Version;
use tokio::sync::watch;

pub use batch::{Batch, Guard, Outcome, Write};
pub use blob::Blobs;
pub use claim::Claim;
pub use error::{GuardFailure, StoreError};
pub use query::{
    MemberQuery, ObjectQuery, RecordQuery, SearchQuery, Sweep, Unchanged, Veil, VersionFilter,
};
pub use row::{
    BodyPage, Checkpoint, Extent, Fault, Gone, LogEntry, LogState, Member, MemberPage, NewObject,
    ObjectRow, ObjectState, Quarantined, Record, RefRow, SearchPage, Stats, Twin,
};

/// Channel name of the objects that this node originated or imported itself.
pub const OWN: &str = "own";

/// A place that keeps what a node knows. All methods may block on disk; none may lose an
/// acknowledged write.
#[async_trait]
pub trait Store: Send + Sync {
    /// Applies a batch in one durable transaction: all guards hold and all writes are kept, or
    /// nothing is. Answers one [`Outcome`] per write, in order, after the data is on disk.
    async fn commit(&self, batch: Batch) -> Result<Vec<Outcome>, StoreError>;

    /// The current version of an object: in [`OWN`] first, else in any other channel; `channel`
    /// narrows it (`enlace_stix::version::current`: the first revocation, else the latest instant).
    /// Any [`ObjectState`].
    async fn object(
        &self,
        id: &str,
        channel: Option<&str>,
    ) -> Result<Option<ObjectRow>, StoreError>;

    /// What decides on the arrival of each of these versions (id, version) in a channel
    /// (`enlace_stix::version::arrival`): witnesses among the versions of its object there, nothing
    /// if none is held.
    async fn beside(
        &self,
        channel: &str,
        arriving: &[(String, Version)],
    ) -> Result<Vec<Vec<Version>>, StoreError>;

    /// Every stored version of an object in every channel, oldest first.
    async fn versions(&self, id: &str) -> Result<Vec<ObjectRow>, StoreError>;

    /// [`Store::object`] of each of these ids, in their order and on one snapshot. As with every
    /// question about many, the caller bounds how many it asks for at once.
    async fn object_each(
        &self,
        ids: &[String],
        channel: Option<&str>,
    ) -> Result<Vec<Option<ObjectRow>>, StoreError>;

    /// [`Store::versions`] of each of these ids.
    async fn versions_each(&self, ids: &[String]) -> Result<Vec<Vec<ObjectRow>>, StoreError>;

    /// Current versions by type, channel and state, in the order of their rows.
    async fn objects(&self, query: ObjectQuery) -> Result<Vec<ObjectRow>, StoreError>;

    /// Current held objects that refer to `id`, with the path of the reference; what the veil hides
    /// is left out before it is counted.
    async fn referring(
        &self,
        id: &str,
        veil: &Veil,
        limit: usize,
    ) -> Result<Vec<RefRow>, StoreError>;

    /// Current held objects that bear an identifier, by its kind and normal form
    /// (`enlace_stix::Object::identifier_keys`), in the order of their rows; what the veil hides is
    /// left out before it is counted.
    async fn bearing(
        &self,
        kind: &str,
        value: &str,
        veil: &Veil,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError>;

    /// Current held relationships of a channel whose `source_ref` is `id`.
    async fn relations_from(
        &self,
        channel: &str,
        id: &str,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError>;

    /// [`Store::relations_from`] each of these ids.
    async fn relations_from_each(
        &self,
        channel: &str,
        ids: &[String],
        limit: usize,
    ) -> Result<Vec<Vec<ObjectRow>>, StoreError>;

    /// Object versions behind row `after` that name `creator` as their `created_by_ref`, in every
    /// channel and state, in the order of their rows.
    async fn created_by(
        &self,
        creator: &str,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ObjectRow>, StoreError>;

    /// Full-text search over current held objects: finds the newest 10,000 hits and ranks the newest
    /// 1,000 of these; older ones follow, newest first.
    async fn search(&self, query: SearchQuery) -> Result<SearchPage, StoreError>;

    /// Each of these searches.
    async fn search_each(&self, queries: Vec<SearchQuery>) -> Result<Vec<SearchPage>, StoreError>;

    /// What was erased and what was recalled, all of it: what a backup of before may not bring back.
    /// Reads every row of the objects.
    async fn gone(&self) -> Result<Gone, StoreError>;

    /// Counts and sizes.
    async fn stats(&self) -> Result<Stats, StoreError>;

    /// Objects and rows that could not be held, newest first; `after` = number of the last seen.
    async fn quarantine(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Quarantined>, StoreError>;

    /// One record by bucket and key.
    async fn record(&self, bucket: &str, key: &str) -> Result<Option<Record>, StoreError>;

    /// The record of each of these keys.
    async fn record_each(
        &self,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Record>>, StoreError>;

    /// Records of a bucket in the order of their keys, or of `due` where the query asks for it.
    async fn records(&self, query: RecordQuery) -> Result<Vec<Record>, StoreError>;

    /// The records of each of these questions.
    async fn records_each(&self, queries: Vec<RecordQuery>)
    -> Result<Vec<Vec<Record>>, StoreError>;

    /// A page of a collection in the order of its sequence.
    async fn members(&self, query: MemberQuery) -> Result<MemberPage, StoreError>;

    /// The bodies of such a page, joined by commas: what [`Store::members`] answers, as one text. It
    /// ends early where it would grow beyond `most_bytes`, never before its first body.
    async fn bodies(&self, query: MemberQuery, most_bytes: usize) -> Result<BodyPage, StoreError>;

    /// The same, if all these records are still as they were: one question on one snapshot. Where one
    /// is not, nothing is looked for in the collection, so that not even the time tells what is there.
    async fn bodies_if(
        &self,
        unchanged: &[Unchanged],
        query: MemberQuery,
        most_bytes: usize,
    ) -> Result<Option<BodyPage>, StoreError>;

    /// The newest member of each of these (id, version) in a collection; an empty version stands for
    /// any, versions are compared as instants.
    async fn newest(
        &self,
        collection: &str,
        of: &[(String, String)],
    ) -> Result<Vec<Option<Member>>, StoreError>;

    /// How much there is in a collection.
    async fn extent(&self, collection: &str) -> Result<Extent, StoreError>;

    /// Of these ids, those of which a version was ever handed out from a collection: one that is
    /// there, or one that was withdrawn since.
    async fn handed_out(
        &self,
        collection: &str,
        ids: &[String],
    ) -> Result<BTreeSet<String>, StoreError>;

    /// The twin that stands for `original` at a partner, by (partner, lineage, original id).
    async fn twin(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
    ) -> Result<Option<Twin>, StoreError>;

    /// [`Store::twin`] of each of these originals.
    async fn twin_each(
        &self,
        partner: &str,
        lineage: &str,
        originals: &[String],
    ) -> Result<Vec<Option<Twin>>, StoreError>;

    /// All twins of an original, or the twin with this id; at every partner.
    async fn twins_of(&self, original_or_twin: &str) -> Result<Vec<Twin>, StoreError>;

    /// [`Store::twins_of`] each of these ids.
    async fn twins_of_each(&self, ids: &[String]) -> Result<Vec<Vec<Twin>>, StoreError>;

    /// Size and root of a log; a log without entries has size 0.
    async fn log(&self, log: &str) -> Result<LogState, StoreError>;

    /// The names of all logs, sorted.
    async fn logs(&self) -> Result<Vec<String>, StoreError>;

    /// Up to `limit` entries of a log from index `from`.
    async fn log_entries(
        &self,
        log: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<LogEntry>, StoreError>;

    /// Signed checkpoints of a log, newest first.
    async fn checkpoints(&self, log: &str, limit: usize) -> Result<Vec<Checkpoint>, StoreError>;

    /// Compares every derived row with what it derives from, every blob with its hash, every log
    /// with its root and every collection's sequence with its members. Empty = consistent.
    async fn fsck(&self) -> Result<Vec<Fault>, StoreError>;

    /// Takes away blobs that nothing keeps ([`Sweep`]): their rows, what is noted of them in both
    /// buckets, and then their files, also such as no row names. Answers the names of the files
    /// that are gone. No blob goes that another process pins or names meanwhile.
    async fn sweep(&self, sweep: Sweep) -> Result<Vec<String>, StoreError>;

    /// Derives everything that follows from the texts of the objects anew: hashes, labels,
    /// references, identifier keys, words, current marks. Answers how many texts were read. Done on
    /// opening too, when the store was written by other rules than this program's.
    async fn rebuild(&self) -> Result<usize, StoreError>;

    /// Whether this process is the one on the store that does what is to be done once, whichever
    /// process does it. At most one is at a time; when it is gone, another one that asks is. Asked
    /// again before each round: whoever loses its connection loses the duty. A round that is under
    /// way then is safe by its guards, as every act is.
    async fn on_duty(&self) -> bool;

    /// The claim to work off jobs; none while another process, or another part of this one, has it.
    async fn claim_jobs(&self) -> Result<Option<Claim>, StoreError>;

    /// Counts up when something was committed: on a server by any process on the store, also for
    /// what may have been missed while the connection was lost; in a folder by this process.
    fn changes(&self) -> watch::Receiver<u64>;

    /// The copy of the database of before its schema was changed, if opening this store did that.
    fn copied(&self) -> Option<&Path> {
        None
    }

    /// The blobs of this store.
    fn blobs(&self) -> &Blobs;
}
