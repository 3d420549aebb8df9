//! Logs: entries in their order, the frontier from which roots follow, signed checkpoints.

use std::collections::HashMap;

use enlace_ledger::tree::{Frontier, leaf_hash};
use rusqlite::{Connection, OptionalExtension, params};

use super::limit;
use crate::tree::{frontier, position};
use crate::{Checkpoint, LogEntry, LogState, Outcome, StoreError};

/// The heads of the logs that one batch appends to: read inside the transaction at the first
/// leaf, written back at the end of the batch.
#[derive(Default)]
pub(super) struct Heads(HashMap<String, Head>);

struct Head {
    number: i64,
    frontier: Frontier,
}

impl Heads {
    /// Appends an entry.
    pub(super) fn append(
        &mut self,
        tx: &Connection,
        log: &str,
        entry: &[u8],
        record: Option<&[u8]>,
    ) -> Result<Outcome, StoreError> {
        if !self.0.contains_key(log) {
            self.0.insert(log.to_owned(), head(tx, log)?);
        }
        let unreadable = || StoreError::Log { log: log.to_owned() };
        let head = self.0.get_mut(log).ok_or_else(unreadable)?;
        let index = head.frontier.size();
        let hash = leaf_hash(entry);
        tx.prepare_cached("INSERT INTO log_entry VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![head.number, position(log, index)?, hash, entry, record])?;
        head.frontier.push(hash);
        Ok(Outcome::Leaf { index })
    }

    /// Writes the heads back.
    pub(super) fn keep(self, tx: &Connection) -> Result<(), StoreError> {
        let mut update =
            tx.prepare_cached("UPDATE log SET size = ?2, frontier = ?3 WHERE number = ?1")?;
        for (log, Head { number, frontier }) in self.0 {
            let size = position(&log, frontier.size())?;
            update.execute(params![number, size, frontier.to_bytes()])?;
        }
        Ok(())
    }
}

/// The head of a log; makes the log where it is new.
fn head(tx: &Connection, log: &str) -> Result<Head, StoreError> {
    tx.prepare_cached("INSERT OR IGNORE INTO log (name, size, frontier) VALUES (?1, 0, ?2)")?
        .execute(params![log, Frontier::default().to_bytes()])?;
    let (number, bytes): (i64, Vec<u8>) = tx
        .prepare_cached("SELECT number, frontier FROM log WHERE name = ?1")?
        .query_row([log], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Head { number, frontier: frontier(log, &bytes)? })
}

/// Keeps a signed note; the same note twice is one.
pub(super) fn keep_checkpoint(
    tx: &Connection,
    log: &str,
    size: u64,
    note: &str,
) -> Result<Outcome, StoreError> {
    let number = head(tx, log)?.number;
    let size = position(log, size)?;
    tx.prepare_cached("INSERT OR IGNORE INTO checkpoint (log, size, note) VALUES (?1, ?2, ?3)")?
        .execute(params![number, size, note])?;
    Ok(Outcome::Done)
}

/// Count of entries; 0 for a log that does not exist.
pub(super) fn size(db: &Connection, log: &str) -> Result<u64, StoreError> {
    let size: Option<i64> = db
        .prepare_cached("SELECT size FROM log WHERE name = ?1")?
        .query_row([log], |row| row.get(0))
        .optional()?;
    Ok(size.map_or(0, i64::unsigned_abs))
}

pub(super) fn state(db: &Connection, log: &str) -> Result<LogState, StoreError> {
    let bytes: Option<Vec<u8>> = db
        .prepare_cached("SELECT frontier FROM log WHERE name = ?1")?
        .query_row([log], |row| row.get(0))
        .optional()?;
    let frontier = match bytes {
        Some(bytes) => frontier(log, &bytes)?,
        None => Frontier::default(),
    };
    Ok(LogState { size: frontier.size(), root: frontier.root() })
}

pub(super) fn names(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare_cached("SELECT name FROM log ORDER BY name")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

pub(super) fn entries(
    db: &Connection,
    log: &str,
    from: u64,
    count: usize,
) -> Result<Vec<LogEntry>, StoreError> {
    let Ok(from) = i64::try_from(from) else {
        return Ok(Vec::new());
    };
    let mut statement = db.prepare_cached(
        "SELECT e.idx, e.entry, e.record FROM log_entry e
         WHERE e.log = (SELECT number FROM log WHERE name = ?1) AND e.idx >= ?2
         ORDER BY e.idx LIMIT ?3",
    )?;
    let found = statement
        .query_map(params![log, from, limit(count)], |row| {
            let index = row.get::<_, i64>(0)?.unsigned_abs();
            Ok(LogEntry { index, entry: row.get(1)?, record: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// Newest first, in the order in which they were kept.
pub(super) fn checkpoints(
    db: &Connection,
    log: &str,
    count: usize,
) -> Result<Vec<Checkpoint>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT size, note FROM checkpoint
         WHERE log = (SELECT number FROM log WHERE name = ?1) ORDER BY size DESC, number DESC LIMIT ?2",
    )?;
    let found = statement
        .query_map(params![log, limit(count)], |row| {
            Ok(Checkpoint { size: row.get::<_, i64>(0)?.unsigned_abs(), note: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}
