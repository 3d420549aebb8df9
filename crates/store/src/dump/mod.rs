//! A whole store as an archive, and an archive as a store: the same bytes for a folder and a server,
//! so that a backup of the one can be restored into the other.
//!
//! [`write()`] reads one snapshot while others write. [`Loader`] writes into an empty place within one
//! transaction; a place that was not loaded to its end holds the record [`UNFINISHED`], and no node
//! opens it.

mod frame;
mod row;

use std::collections::HashSet;
use std::io::{Read, Write};

use enlace_ledger::tree::Hash;

use crate::carry::{
    Place, Row, Side, TABLES, Table, Value, check_empty, key, open, side, snapshot,
};
use crate::{Blobs, StoreError};

pub use frame::{ArchiveReader, ArchiveWriter, Part};

/// The record of a store that was not restored to its end.
pub const UNFINISHED: (&str, &str) = ("store", "restoring");

/// Name of the part with the blobs.
pub const BLOBS: &str = "blobs";
/// Names of the parts with rows begin so.
const TABLE: &str = "table/";
/// About as many bytes of rows are held at a time.
const HELD: usize = 8 << 20;
/// Most rows that are held at a time.
const MOST_ROWS: usize = 1_000;
/// Bytes of a blob in one chunk.
const PIECE: usize = 256 << 10;

/// The state of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// Its name.
    pub name: String,
    /// Entries.
    pub size: u64,
    /// Root of its tree.
    pub root: Hash,
}

/// What an archive got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dumped {
    /// Tables and their rows.
    pub tables: Vec<(&'static str, u64)>,
    /// Blobs.
    pub blobs: u64,
    /// Every log, by number.
    pub logs: Vec<LogHead>,
}

/// Something that a row says of what may have been erased or recalled since.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// A version of an object that has its text.
    Version {
        /// Channel.
        channel: &'a str,
        /// Object.
        id: &'a str,
        /// Version.
        version: &'a str,
    },
    /// A twin that was not recalled.
    Twin {
        /// Key id of the partner.
        partner: &'a str,
        /// Lineage of the agreement.
        lineage: &'a str,
        /// Id of the original.
        original: &'a str,
        /// Id of the twin.
        twin: &'a str,
    },
}

/// Writes everything that a store holds, as it is at one instant: blobs that rows name, then the
/// tables. `progress` hears a part and how much of it was written.
///
/// # Errors
/// What the database or the archive's writer refused; [`StoreError::BlobMissing`] or
/// [`StoreError::BlobDamaged`] when a document is not what its row says.
pub async fn write<W: Write + Send>(
    place: &Place,
    archive: &mut ArchiveWriter<W>,
    mut progress: impl FnMut(&str, u64) + Send,
) -> Result<Dumped, StoreError> {
    let mut from = snapshot(place).await?;
    let mut dumped = Dumped::default();
    let gone = write_blobs(place, from.as_mut(), archive, &mut dumped.blobs).await?;
    progress(BLOBS, dumped.blobs);
    for table in TABLES {
        archive.begin(&format!("{TABLE}{}", table.name))?;
        let (mut count, mut after, mut limit) = (0, None, MOST_ROWS);
        loop {
            let page = from.page(table, after.take(), limit).await?;
            let Some(last) = page.last() else { break };
            after = Some(key(table, last));
            let mut bytes = 0;
            for row in &page {
                if table.name == "log" {
                    dumped.logs.extend(log_head(row)?);
                }
                if table.name == "blob" && first_text(row).is_some_and(|name| gone.contains(name)) {
                    continue;
                }
                let encoded = row::encode(row);
                bytes += encoded.len();
                archive.chunk(&encoded)?;
                count += 1;
            }
            progress(table.name, count);
            limit = fitting(bytes, page.len());
        }
        archive.end()?;
        dumped.tables.push((table.name, count));
    }
    Ok(dumped)
}

/// How many rows of this size are held at a time.
fn fitting(bytes: usize, rows: usize) -> usize {
    (HELD / (bytes / rows.max(1)).max(1)).clamp(1, MOST_ROWS)
}

/// Writes the blobs that rows name; answers those that were erased since the snapshot.
async fn write_blobs<W: Write + Send>(
    place: &Place,
    from: &mut dyn Side,
    archive: &mut ArchiveWriter<W>,
    count: &mut u64,
) -> Result<HashSet<String>, StoreError> {
    let blobs = Blobs::open(&place.blobs())?;
    let mut gone = HashSet::new();
    archive.begin(BLOBS)?;
    let table = table_named("blob")?;
    let mut after = None;
    loop {
        let page = from.page(table, after.take(), MOST_ROWS).await?;
        let Some(last) = page.last() else { break };
        after = Some(key(table, last));
        for name in page.iter().filter_map(first_text) {
            match blobs.read_now(name, |first| archive.chunk(first)) {
                Ok(true) => *count += 1,
                Ok(false) => {
                    gone.insert(name.to_owned());
                }
                Err(error) => return Err(error),
            }
        }
    }
    archive.end()?;
    if !gone.is_empty() {
        check_erased(place, &gone).await?;
    }
    Ok(gone)
}

/// A document that is not there may have been erased while we read; then no row names it any more.
async fn check_erased(place: &Place, gone: &HashSet<String>) -> Result<(), StoreError> {
    let mut now = snapshot(place).await?;
    let table = table_named("blob")?;
    let mut after = None;
    loop {
        let page = now.page(table, after.take(), MOST_ROWS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(key(table, last));
        if let Some(name) = page.iter().filter_map(first_text).find(|name| gone.contains(*name)) {
            return Err(StoreError::BlobMissing { sha256: name.to_owned() });
        }
    }
}

fn table_named(name: &'static str) -> Result<&'static Table, StoreError> {
    let unknown = StoreError::Archive { problem: "it has a table that this program does not know" };
    TABLES.iter().find(|table| table.name == name).ok_or(unknown)
}

fn first_text(row: &Row) -> Option<&str> {
    text(row, 0)
}

fn text(row: &Row, at: usize) -> Option<&str> {
    match row.get(at) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// The column of a table by its name, in one of its rows.
fn column<'r>(table: &Table, row: &'r Row, name: &str) -> Option<&'r Value> {
    let at = table.columns.iter().position(|(column, _)| *column == name)?;
    row.get(at)
}

fn log_head(row: &Row) -> Result<Option<LogHead>, StoreError> {
    let (Some(name), Some(Value::Bytes(bytes))) = (text(row, 1), row.get(3)) else {
        return Ok(None);
    };
    let tree = crate::tree::frontier(name, bytes)?;
    Ok(Some(LogHead { name: name.to_owned(), size: tree.size(), root: tree.root() }))
}

/// Fills an empty place from an archive, within one transaction. Dropped before
/// [`Loader::finish`], it leaves no row.
pub struct Loader {
    place: Place,
    to: Box<dyn Side>,
    blobs: Blobs,
    /// What was loaded so far.
    pub loaded: Dumped,
    /// No collection dates anything earlier than this from now on.
    floor_us: i64,
}

impl Loader {
    /// Begins. `floor_us`: what is published afterwards is dated later, in every collection.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] when the place holds anything.
    pub async fn begin(place: &Place, floor_us: i64) -> Result<Self, StoreError> {
        let target = open(place).await?;
        check_empty(target.as_ref()).await?;
        drop(target);
        let blobs = Blobs::open(&place.blobs())?;
        let mut to = side(place).await?;
        let [bucket, key] = [UNFINISHED.0, UNFINISHED.1].map(|text| Value::Text(text.to_owned()));
        let body = Value::Text("null".to_owned());
        let mark = vec![bucket, key, Value::Int(1), Value::Null, body];
        to.put(table_named("record")?, vec![mark]).await?;
        Ok(Self { place: place.clone(), to, blobs, loaded: Dumped::default(), floor_us })
    }

    /// Reads the blobs: the part [`BLOBS`].
    pub async fn blobs<R: Read + Send>(
        &mut self,
        archive: &mut ArchiveReader<R>,
    ) -> Result<(), StoreError> {
        while let Some(head) = archive.chunk()? {
            let damaged = StoreError::Archive { problem: "a document of it cannot be read" };
            let (name, size) = blob_head(&head).ok_or(damaged.clone())?;
            self.blobs.write_now(name, size, || archive.chunk()?.ok_or(damaged.clone()))?;
            self.loaded.blobs += 1;
        }
        Ok(())
    }

    /// Reads the rows of the part of this name; false if it is none with rows. `seen` hears of every
    /// version and twin.
    pub async fn table<R: Read + Send>(
        &mut self,
        name: &str,
        archive: &mut ArchiveReader<R>,
        mut seen: impl FnMut(Seen<'_>) + Send,
    ) -> Result<bool, StoreError> {
        let Some(name) = name.strip_prefix(TABLE) else { return Ok(false) };
        let unknown =
            StoreError::Archive { problem: "it has a table that this program does not know" };
        let table = TABLES.iter().find(|table| table.name == name).ok_or(unknown)?;
        let (mut held, mut bytes, mut count) = (Vec::new(), 0, 0);
        while let Some(chunk) = archive.chunk()? {
            let mut row = row::decode(&chunk, table.columns.len())?;
            bytes += chunk.len();
            count += 1;
            self.look(table, &mut row, &mut seen)?;
            held.push(row);
            if held.len() >= MOST_ROWS || bytes >= HELD {
                self.to.put(table, std::mem::take(&mut held)).await?;
                bytes = 0;
            }
        }
        self.to.put(table, held).await?;
        self.loaded.tables.push((table.name, count));
        Ok(true)
    }

    fn look(
        &mut self,
        table: &Table,
        row: &mut Row,
        seen: &mut impl FnMut(Seen<'_>),
    ) -> Result<(), StoreError> {
        let of = |name| match column(table, row, name) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let unset = |name| column(table, row, name) == Some(&Value::Int(0));
        match table.name {
            "object" if unset("purged") => {
                let (channel, id, version) = (of("channel"), of("id"), of("version"));
                seen(Seen::Version { channel, id, version });
            }
            "twin" if unset("recalled") => {
                let (partner, lineage) = (of("partner"), of("lineage"));
                let (original, twin) = (of("original"), of("twin"));
                seen(Seen::Twin { partner, lineage, original, twin });
            }
            "log" => self.loaded.logs.extend(log_head(row)?),
            "collection" => {
                if let Some(Value::Int(last)) = row.get_mut(2) {
                    *last = self.floor_us.max(*last);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Commits, derives what follows from texts, and checks all of it.
    ///
    /// # Errors
    /// [`StoreError::Archive`] when `fsck` finds a fault: the archive was made of a damaged store.
    pub async fn finish(self) -> Result<(), StoreError> {
        let Self { place, to, .. } = self;
        to.finish().await?;
        let store = open(&place).await?;
        store.rebuild().await?;
        if store.fsck().await?.is_empty() {
            return Ok(());
        }
        Err(StoreError::Archive { problem: "the store in it is not consistent" })
    }
}

/// Name and size of the blob that follows.
fn blob_head(head: &[u8]) -> Option<(&str, u64)> {
    let (name, size) = head.split_last_chunk::<8>()?;
    Some((std::str::from_utf8(name).ok()?, u64::from_be_bytes(*size)))
}

/// What stands before the bytes of a blob.
pub(crate) fn blob_headed(name: &str, size: u64) -> Vec<u8> {
    [name.as_bytes(), &size.to_be_bytes()].concat()
}

/// Bytes of a blob in one chunk.
pub(crate) const fn piece() -> usize {
    PIECE
}
