//! Logs: entries in their order, the frontier from which roots follow, signed checkpoints.

use std::collections::BTreeMap;

use enlace_ledger::tree::{Frontier, leaf_hash};

use super::apply::{Placed, Settled};
use super::connection::{Db, execute, first, rows};
use super::limit;
use crate::tree::{frontier, position};
use crate::{Checkpoint, LogEntry, LogState, Outcome, StoreError, Write};

struct Head {
    number: i64,
    frontier: Frontier,
}

/// Entries of all logs of a batch, as columns.
#[derive(Default)]
struct Entries<'a> {
    log: Vec<i64>,
    index: Vec<i64>,
    hash: Vec<Vec<u8>>,
    entry: Vec<&'a [u8]>,
    record: Vec<Option<&'a [u8]>>,
}

/// Appends leaves and keeps checkpoints. The heads are read inside the transaction and written
/// back at the end of the batch.
pub(super) async fn lane(tx: &impl Db, writes: &[Placed<'_>]) -> Result<Settled, StoreError> {
    let mut settled = Vec::with_capacity(writes.len());
    let mut heads: BTreeMap<&str, Head> = BTreeMap::new();
    let mut entries = Entries::default();
    for (at, write) in writes {
        let (Write::Leaf { log, .. } | Write::Checkpoint { log, .. }) = write else { continue };
        let head = match heads.entry(log) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(head(tx, log).await?),
        };
        let outcome = match write {
            Write::Leaf { entry, record, .. } => {
                entries.append(log, head, entry, record.as_deref())?
            }
            Write::Checkpoint { size, note, .. } => {
                keep_checkpoint(tx, head.number, log, *size, note).await?
            }
            _ => continue,
        };
        settled.push((*at, outcome));
    }
    entries.write(tx).await?;
    for (log, Head { number, frontier }) in heads {
        let size = position(log, frontier.size())?;
        let sql = "UPDATE log SET size = $2, frontier = $3 WHERE number = $1 AND size <> $2";
        execute(tx, sql, &[&number, &size, &frontier.to_bytes()]).await?;
    }
    Ok(settled)
}

impl<'a> Entries<'a> {
    fn append(
        &mut self,
        log: &str,
        head: &mut Head,
        entry: &'a [u8],
        record: Option<&'a [u8]>,
    ) -> Result<Outcome, StoreError> {
        let index = head.frontier.size();
        let hash = leaf_hash(entry);
        self.log.push(head.number);
        self.index.push(position(log, index)?);
        self.hash.push(hash.to_vec());
        self.entry.push(entry);
        self.record.push(record);
        head.frontier.push(hash);
        Ok(Outcome::Leaf { index })
    }

    async fn write(self, tx: &impl Db) -> Result<(), StoreError> {
        if self.log.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO log_entry
                   SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[],
                                        $5::bytea[])";
        execute(tx, sql, &[&self.log, &self.index, &self.hash, &self.entry, &self.record]).await?;
        Ok(())
    }
}

/// The head of a log; makes the log where it is new.
async fn head(tx: &impl Db, log: &str) -> Result<Head, StoreError> {
    let make = "INSERT INTO log (name, size, frontier) VALUES ($1, 0, $2)
                ON CONFLICT (name) DO NOTHING";
    let read = "SELECT number, frontier FROM log WHERE name = $1";
    let unreadable = || StoreError::Log { log: log.to_owned() };
    let found = match first(tx, read, &[&log]).await? {
        Some(found) => found,
        None => {
            execute(tx, make, &[&log, &Frontier::default().to_bytes()]).await?;
            first(tx, read, &[&log]).await?.ok_or_else(unreadable)?
        }
    };
    Ok(Head { number: found.try_get(0)?, frontier: frontier(log, found.try_get(1)?)? })
}

/// Keeps a signed note; the same note twice is one.
async fn keep_checkpoint(
    tx: &impl Db,
    number: i64,
    log: &str,
    size: u64,
    note: &str,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO checkpoint (log, size, note)
               SELECT $1, $2, $3 WHERE NOT EXISTS
                 (SELECT 1 FROM checkpoint WHERE log = $1 AND size = $2 AND note = $3)";
    execute(tx, sql, &[&number, &position(log, size)?, &note]).await?;
    Ok(Outcome::Done)
}

pub(super) async fn size(db: &impl Db, log: &str) -> Result<u64, StoreError> {
    let found = first(db, "SELECT size FROM log WHERE name = $1", &[&log]).await?;
    let size: Option<i64> = found.map(|row| row.try_get(0)).transpose()?;
    Ok(size.map_or(0, i64::unsigned_abs))
}

pub(super) async fn state(db: &impl Db, log: &str) -> Result<LogState, StoreError> {
    let found = first(db, "SELECT frontier FROM log WHERE name = $1", &[&log]).await?;
    let frontier = match found {
        Some(row) => frontier(log, row.try_get(0)?)?,
        None => Frontier::default(),
    };
    Ok(LogState { size: frontier.size(), root: frontier.root() })
}

pub(super) async fn names(db: &impl Db) -> Result<Vec<String>, StoreError> {
    let found = rows(db, "SELECT name FROM log ORDER BY name", &[]).await?;
    Ok(found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

pub(super) async fn entries(
    db: &impl Db,
    log: &str,
    from: u64,
    count: usize,
) -> Result<Vec<LogEntry>, StoreError> {
    let Ok(from) = i64::try_from(from) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT e.idx, e.entry, e.record FROM log_entry e
               WHERE e.log = (SELECT number FROM log WHERE name = $1) AND e.idx >= $2
               ORDER BY e.idx LIMIT $3";
    let mut found = Vec::new();
    for row in rows(db, sql, &[&log, &from, &limit(count)]).await? {
        let index = row.try_get::<_, i64>(0)?.unsigned_abs();
        found.push(LogEntry { index, entry: row.try_get(1)?, record: row.try_get(2)? });
    }
    Ok(found)
}

/// Newest first, in the order in which they were kept.
pub(super) async fn checkpoints(
    db: &impl Db,
    log: &str,
    count: usize,
) -> Result<Vec<Checkpoint>, StoreError> {
    let sql = "SELECT size, note FROM checkpoint
               WHERE log = (SELECT number FROM log WHERE name = $1)
               ORDER BY size DESC, number DESC LIMIT $2";
    let mut found = Vec::new();
    for row in rows(db, sql, &[&log, &limit(count)]).await? {
        let size = row.try_get::<_, i64>(0)?.unsigned_abs();
        found.push(Checkpoint { size, note: row.try_get(1)? });
    }
    Ok(found)
}
