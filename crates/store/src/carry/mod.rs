//! Carries a whole store from one database to another: from a folder to a server and back.
//!
//! Rows go as they are, with their numbers, table by table, within one transaction on either side;
//! then every row of both is compared, what follows from texts is derived anew, and `fsck` has no
//! fault to tell. Only then is the source marked as moved ([`MOVED`]), before its transaction lets
//! other writers in: no write is acknowledged by a store that is not used any more.

mod folder;
mod server;

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::{Blobs, Store, StoreError};

/// Where a store is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// `enlace.db` and `blobs/` in a folder.
    Folder(PathBuf),
    /// Tables on a server, blobs in a folder.
    Server {
        /// `postgres://USER@HOST/DATABASE`
        url: String,
        /// The folder of the blobs.
        blobs: PathBuf,
    },
}

/// What was carried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Table and its rows.
    pub tables: Vec<(&'static str, u64)>,
    /// Blobs copied; those of a shared folder stay where they are.
    pub blobs: u64,
}

/// Rows carried at a time.
const PAGE: usize = 1_000;

/// One value of a row, in the one form that both databases agree on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    /// `boolean` there, 0 or 1 here.
    Bool,
    Text,
    Bytes,
    /// Text here; bytes there, because it may hold a NUL.
    Any,
}

/// A table that is carried; what follows from texts is not, it is derived.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Columns; the first `key` of them name a row and give the order.
    pub(crate) columns: &'static [(&'static str, Kind)],
    pub(crate) key: usize,
    /// The column that the target numbers from now on.
    pub(crate) numbered: Option<&'static str>,
}

use Kind::{Any, Bool, Bytes, Int, Text};

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "object",
        columns: &[
            ("row", Int),
            ("id", Text),
            ("channel", Text),
            ("version", Text),
            ("kind", Text),
            ("content_hash", Text),
            ("revoked", Bool),
            ("state", Text),
            ("restricted", Bool),
            ("is_current", Bool),
            ("purged", Bool),
            ("tlp", Text),
            ("received_us", Int),
            ("label", Text),
            ("source", Text),
            ("raw", Text),
            ("created", Text),
            ("creator", Text),
        ],
        key: 1,
        numbered: Some("row"),
    },
    Table {
        name: "quarantine",
        columns: &[
            ("number", Int),
            ("source", Text),
            ("object_id", Text),
            ("path", Text),
            ("rule", Text),
            ("expected", Text),
            ("found", Text),
            ("at_us", Int),
            ("raw", Any),
        ],
        key: 1,
        numbered: Some("number"),
    },
    Table {
        name: "record",
        columns: &[
            ("bucket", Text),
            ("key", Text),
            ("revision", Int),
            ("due_us", Int),
            ("body", Text),
        ],
        key: 2,
        numbered: None,
    },
    Table {
        name: "record_floor",
        columns: &[("bucket", Text), ("revision", Int)],
        key: 1,
        numbered: None,
    },
    Table {
        name: "collection",
        columns: &[("collection", Text), ("last_seq", Int), ("last_added_us", Int)],
        key: 1,
        numbered: None,
    },
    Table {
        name: "member",
        columns: &[
            ("collection", Text),
            ("seq", Int),
            ("date_added_us", Int),
            ("id", Text),
            ("kind", Text),
            ("version", Text),
            ("instant", Text),
            ("is_first", Bool),
            ("is_last", Bool),
            ("fetched_us", Int),
            ("body", Text),
        ],
        key: 2,
        numbered: None,
    },
    Table {
        name: "withdrawn",
        columns: &[("collection", Text), ("seq", Int), ("handed_out", Text)],
        key: 2,
        numbered: None,
    },
    Table {
        name: "twin",
        columns: &[
            ("partner", Text),
            ("lineage", Text),
            ("original", Text),
            ("twin", Text),
            ("created", Text),
            ("modified", Text),
            ("content_hash", Text),
            ("collection", Text),
            ("recalled", Bool),
        ],
        key: 3,
        numbered: None,
    },
    Table {
        name: "log",
        columns: &[("number", Int), ("name", Text), ("size", Int), ("frontier", Bytes)],
        key: 1,
        numbered: Some("number"),
    },
    Table {
        name: "log_entry",
        columns: &[
            ("log", Int),
            ("idx", Int),
            ("leaf_hash", Bytes),
            ("entry", Bytes),
            ("record", Bytes),
        ],
        key: 2,
        numbered: None,
    },
    Table {
        name: "checkpoint",
        columns: &[("number", Int), ("log", Int), ("size", Int), ("note", Text)],
        key: 1,
        numbered: Some("number"),
    },
    Table { name: "blob", columns: &[("sha256", Text), ("size", Int)], key: 1, numbered: None },
];

/// A row, in the order of the table's columns.
pub(crate) type Row = Vec<Value>;

/// A database within one transaction: nobody else changes what it sees meanwhile.
#[async_trait]
pub(crate) trait Side: Send {
    /// Up to `limit` rows of a table behind a key, in the order of keys.
    async fn page(
        &mut self,
        table: &'static Table,
        after: Option<Vec<Value>>,
        limit: usize,
    ) -> Result<Vec<Row>, StoreError>;
    /// Inserts rows.
    async fn put(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError>;
    /// Makes everything durable.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// The record that tells every process on a store that it was carried elsewhere: from then on
/// each [`Store::commit`] answers [`StoreError::Moved`], also in processes that were running.
pub const MOVED: (&str, &str) = ("store", "moved");

/// Carries everything from one place to another, which must be empty or new; `progress` hears a
/// table and how many of its rows have been carried. Who writes to the source waits meanwhile, and is
/// refused afterwards.
///
/// # Errors
/// [`StoreError::NotEmpty`] when the target holds anything; [`StoreError::Differs`] when a row that
/// was written reads otherwise; else what either database refused. The source is then as before.
pub async fn carry(
    from: &Place,
    to: &Place,
    mut progress: impl FnMut(&'static str, u64) + Send,
) -> Result<Carried, StoreError> {
    let target = open(to).await?;
    check_empty(target.as_ref()).await?;
    let blobs = carry_blobs(from, target.blobs()).await?;
    drop(target);
    let mut source = side(from).await?;
    let mut written = side(to).await?;
    let mut carried = Carried { tables: Vec::new(), blobs };
    for table in TABLES {
        let mut count = 0;
        let mut after = None;
        loop {
            let page = source.page(table, after.take(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(key(table, last));
            count += page.len() as u64;
            written.put(table, page).await?;
            progress(table.name, count);
        }
        carried.tables.push((table.name, count));
    }
    compare(source.as_mut(), written.as_mut()).await?;
    written.finish().await?;
    let target = open(to).await?;
    target.rebuild().await?;
    if !target.fsck().await?.is_empty() {
        return Err(StoreError::Differs { table: "fsck" });
    }
    let (bucket, key) = MOVED;
    let texts = [bucket, key].map(|text| Value::Text(text.to_owned()));
    let [bucket, key] = texts;
    let moved = vec![bucket, key, Value::Int(1), Value::Null, Value::Text("null".to_owned())];
    if let Some(records) = TABLES.iter().find(|table| table.name == "record") {
        source.put(records, vec![moved]).await?;
    }
    source.finish().await?;
    Ok(carried)
}

/// Without the address of a server, which may hold a password.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Server { blobs, .. } => {
                f.debug_struct("Server").field("blobs", blobs).finish_non_exhaustive()
            }
        }
    }
}

impl Place {
    /// The folder of the blobs.
    pub fn blobs(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join("blobs"),
            Self::Server { blobs, .. } => blobs.clone(),
        }
    }
}

pub(crate) async fn open(place: &Place) -> Result<Box<dyn Store>, StoreError> {
    Ok(match place {
        Place::Folder(folder) => Box::new(SqliteStore::open(folder)?),
        Place::Server { url, blobs } => Box::new(PostgresStore::open(url, blobs).await?),
    })
}

/// A place within one reading transaction, while others write.
pub(crate) async fn snapshot(place: &Place) -> Result<Box<dyn Side>, StoreError> {
    Ok(match place {
        Place::Folder(folder) => Box::new(folder::Folder::snapshot(folder)?),
        Place::Server { url, .. } => Box::new(server::Server::snapshot(url).await?),
    })
}

/// A place within one writing transaction.
pub(crate) async fn side(place: &Place) -> Result<Box<dyn Side>, StoreError> {
    Ok(match place {
        Place::Folder(folder) => Box::new(folder::Folder::begin(folder)?),
        Place::Server { url, .. } => Box::new(server::Server::begin(url).await?),
    })
}

pub(crate) async fn check_empty(store: &dyn Store) -> Result<(), StoreError> {
    let stats = store.stats().await?;
    let empty = stats.object_versions == 0 && stats.quarantined == 0 && stats.logs.is_empty();
    if empty { Ok(()) } else { Err(StoreError::NotEmpty) }
}

/// Copies blobs unless both places share their folder; answers how many.
async fn carry_blobs(from: &Place, target: &Blobs) -> Result<u64, StoreError> {
    let folder = from.blobs();
    if same(&folder, target.folder()) || !folder.is_dir() {
        return Ok(0);
    }
    let source = Blobs::open(&folder)?;
    let mut copied = 0;
    for (sha256, _) in source.list().await? {
        if let Some(bytes) = source.get(&sha256).await? {
            target.put(bytes).await?;
            copied += 1;
        }
    }
    Ok(copied)
}

fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

pub(crate) fn key(table: &Table, row: &Row) -> Vec<Value> {
    row.iter().take(table.key).cloned().collect()
}

/// Every row of both, side by side.
async fn compare(from: &mut dyn Side, to: &mut dyn Side) -> Result<(), StoreError> {
    for table in TABLES {
        let mut after = None;
        loop {
            let page = from.page(table, after.clone(), PAGE).await?;
            if to.page(table, after.take(), PAGE).await? != page {
                return Err(StoreError::Differs { table: table.name });
            }
            let Some(last) = page.last() else { break };
            after = Some(key(table, last));
        }
    }
    Ok(())
}
