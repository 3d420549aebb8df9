//! Records: the node's own state by bucket and key.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::limit;
use crate::{Outcome, Record, RecordQuery, StoreError, Unchanged};

const COLUMNS: &str = "bucket, key, body, revision, due_us";

/// Inserts or replaces; a new key starts above every revision that was deleted in its bucket.
pub(super) fn put(
    tx: &Connection,
    bucket: &str,
    key: &str,
    body: &str,
    due_us: Option<i64>,
) -> Result<Outcome, StoreError> {
    tx.prepare_cached(
        "INSERT INTO record (bucket, key, revision, due_us, body)
         VALUES (?1, ?2, 1 + coalesce((SELECT revision FROM record_floor WHERE bucket = ?1), 0),
                 ?3, ?4)
         ON CONFLICT (bucket, key) DO UPDATE
         SET revision = revision + 1, due_us = excluded.due_us, body = excluded.body",
    )?
    .execute(params![bucket, key, due_us, body])?;
    Ok(Outcome::Done)
}

/// Deletes, and remembers the revision as floor of the bucket.
pub(super) fn delete(tx: &Connection, bucket: &str, key: &str) -> Result<Outcome, StoreError> {
    let gone: Option<i64> = tx
        .prepare_cached("DELETE FROM record WHERE bucket = ?1 AND key = ?2 RETURNING revision")?
        .query_row([bucket, key], |row| row.get(0))
        .optional()?;
    let Some(revision) = gone else {
        return Ok(Outcome::Missing);
    };
    tx.prepare_cached(
        "INSERT INTO record_floor VALUES (?1, ?2)
         ON CONFLICT (bucket) DO UPDATE SET revision = max(revision, excluded.revision)",
    )?
    .execute(params![bucket, revision])?;
    Ok(Outcome::Done)
}

/// The revision of a record, if there is one.
pub(super) fn revision(
    db: &Connection,
    bucket: &str,
    key: &str,
) -> Result<Option<i64>, StoreError> {
    Ok(db
        .prepare_cached("SELECT revision FROM record WHERE bucket = ?1 AND key = ?2")?
        .query_row([bucket, key], |row| row.get(0))
        .optional()?)
}

/// Whether all these are as they were.
pub(super) fn all_are(db: &Connection, unchanged: &[Unchanged]) -> Result<bool, StoreError> {
    for one in unchanged {
        if revision(db, one.bucket, &one.key)? != Some(one.revision) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn one(db: &Connection, bucket: &str, key: &str) -> Result<Option<Record>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE bucket = ?1 AND key = ?2");
    Ok(db.prepare_cached(&sql)?.query_row([bucket, key], read).optional()?)
}

pub(super) fn list(db: &Connection, query: &RecordQuery) -> Result<Vec<Record>, StoreError> {
    match query.due_before_us {
        Some(until) => list_due(db, query, until),
        None => list_keys(db, query),
    }
}

/// In the order of keys. Keys with the prefix lie together: the first without it ends the list.
fn list_keys(db: &Connection, query: &RecordQuery) -> Result<Vec<Record>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record
         WHERE bucket = ?1 AND key >= ?2 AND (?3 IS NULL OR key > ?3) ORDER BY key LIMIT ?4"
    );
    let mut statement = db.prepare_cached(&sql)?;
    // The later of both bounds is where reading starts.
    let after = query.after.as_deref().filter(|after| *after >= query.prefix.as_str());
    let from = after.unwrap_or(&query.prefix);
    let values = params![query.bucket, from, after, limit(query.limit)];
    let mut found = Vec::new();
    for record in statement.query_map(values, read)? {
        let record = record?;
        if !record.key.starts_with(&query.prefix) {
            break;
        }
        found.push(record);
    }
    Ok(found)
}

/// In the order of (due, key). `after` continues behind that record as long as it is due.
fn list_due(db: &Connection, query: &RecordQuery, until: i64) -> Result<Vec<Record>, StoreError> {
    let behind: Option<i64> = match &query.after {
        Some(key) => one(db, query.bucket, key)?.and_then(|record| record.due_us),
        None => None,
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM record INDEXED BY record_due
         WHERE bucket = ?1 AND due_us IS NOT NULL AND due_us <= ?2
           AND (?3 IS NULL OR (due_us, key) > (?3, ?4))
           AND substr(key, 1, length(?5)) = ?5
         ORDER BY due_us, key LIMIT ?6"
    );
    let values =
        params![query.bucket, until, behind, query.after, query.prefix, limit(query.limit)];
    let found = db.prepare_cached(&sql)?.query_map(values, read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        bucket: row.get(0)?,
        key: row.get(1)?,
        body: row.get(2)?,
        revision: row.get(3)?,
        due_us: row.get(4)?,
    })
}
