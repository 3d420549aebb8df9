//! Quarantine, twins, blob names and counts.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{limit, log};
use crate::{Blobs, Gone, Outcome, Quarantined, Stats, StoreError, Twin};

const QUARANTINE: &str = "number, source, object_id, path, rule, expected, found, raw, at_us";
const TWIN: &str =
    "partner, lineage, original, twin, created, modified, content_hash, collection, recalled";

pub(super) fn set_aside(tx: &Connection, row: &Quarantined) -> Result<Outcome, StoreError> {
    tx.prepare_cached(
        "INSERT INTO quarantine (source, object_id, path, rule, expected, found, raw, at_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        row.source,
        row.object_id,
        row.path,
        row.rule,
        row.expected,
        row.found,
        row.raw,
        row.at_us
    ])?;
    Ok(Outcome::Done)
}

/// Takes the texts away.
pub(super) fn purge_aside(tx: &Connection, source: &str, id: &str) -> Result<Outcome, StoreError> {
    let purged = tx
        .prepare_cached(
            "UPDATE quarantine SET raw = '', found = ''
             WHERE source = ?1 AND object_id = ?2 AND (raw <> '' OR found <> '')",
        )?
        .execute(params![source, id])?;
    Ok(if purged == 0 { Outcome::Missing } else { Outcome::Done })
}

/// Newest first.
pub(super) fn quarantine(
    db: &Connection,
    after: Option<i64>,
    count: usize,
) -> Result<Vec<Quarantined>, StoreError> {
    let sql = format!(
        "SELECT {QUARANTINE} FROM quarantine WHERE number < ?1 ORDER BY number DESC LIMIT ?2"
    );
    let values = params![after.unwrap_or(i64::MAX), limit(count)];
    let read = |row: &Row<'_>| {
        Ok(Quarantined {
            number: row.get(0)?,
            source: row.get(1)?,
            object_id: row.get(2)?,
            path: row.get(3)?,
            rule: row.get(4)?,
            expected: row.get(5)?,
            found: row.get(6)?,
            raw: row.get(7)?,
            at_us: row.get(8)?,
        })
    };
    let found = db.prepare_cached(&sql)?.query_map(values, read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

pub(super) fn keep_twin(tx: &Connection, twin: &Twin) -> Result<Outcome, StoreError> {
    let sql = format!("INSERT OR REPLACE INTO twin ({TWIN}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)");
    tx.prepare_cached(&sql)?.execute(params![
        twin.partner,
        twin.lineage,
        twin.original,
        twin.twin,
        twin.created,
        twin.modified,
        twin.content_hash,
        twin.collection,
        twin.recalled
    ])?;
    Ok(Outcome::Done)
}

/// Forgets what stands for an original at a partner: key is partner, lineage, original.
pub(super) fn forget_twin(tx: &Connection, key: [&String; 3]) -> Result<Outcome, StoreError> {
    let gone = tx
        .prepare_cached("DELETE FROM twin WHERE partner = ?1 AND lineage = ?2 AND original = ?3")?
        .execute(key)?;
    Ok(if gone == 0 { Outcome::Missing } else { Outcome::Done })
}

/// By partner, lineage and original.
pub(super) fn twin(db: &Connection, key: &[String; 3]) -> Result<Option<Twin>, StoreError> {
    let sql =
        format!("SELECT {TWIN} FROM twin WHERE partner = ?1 AND lineage = ?2 AND original = ?3");
    Ok(db.prepare_cached(&sql)?.query_row(key.each_ref(), read_twin).optional()?)
}

pub(super) fn twins_of(db: &Connection, id: &str) -> Result<Vec<Twin>, StoreError> {
    let sql = format!(
        "SELECT {TWIN} FROM twin WHERE original = ?1 OR twin = ?1
         ORDER BY partner, lineage, original"
    );
    let found = db.prepare_cached(&sql)?.query_map([id], read_twin)?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn read_twin(row: &Row<'_>) -> rusqlite::Result<Twin> {
    Ok(Twin {
        partner: row.get(0)?,
        lineage: row.get(1)?,
        original: row.get(2)?,
        twin: row.get(3)?,
        created: row.get(4)?,
        modified: row.get(5)?,
        content_hash: row.get(6)?,
        collection: row.get(7)?,
        recalled: row.get(8)?,
    })
}

/// Names a blob, which must lie in its folder with this size.
pub(super) fn name_blob(
    tx: &Connection,
    blobs: &Blobs,
    sha256: &str,
    size: u64,
) -> Result<Outcome, StoreError> {
    if blobs.size_now(sha256)? != Some(size) {
        return Err(StoreError::BlobMissing { sha256: sha256.to_owned() });
    }
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let new = tx
        .prepare_cached("INSERT OR IGNORE INTO blob VALUES (?1, ?2)")?
        .execute(params![sha256, size])?;
    Ok(if new == 0 { Outcome::Known } else { Outcome::New })
}

/// Counts of the database; sizes of files are added by the caller.
pub(super) fn stats(db: &Connection) -> Result<Stats, StoreError> {
    let count = |sql: &str| -> Result<u64, StoreError> {
        Ok(db.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    let mut stats = Stats {
        objects: count("SELECT count(DISTINCT id) FROM object WHERE is_current = 1")?,
        object_versions: count("SELECT count(*) FROM object")?,
        quarantined: count("SELECT count(*) FROM quarantine")?,
        ..Stats::default()
    };
    let mut by_type = db.prepare_cached(
        "SELECT kind, count(DISTINCT id) FROM object WHERE is_current = 1 GROUP BY kind",
    )?;
    let pairs = by_type.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    for pair in pairs {
        let (kind, objects) = pair?;
        stats.by_type.insert(kind, objects.unsigned_abs());
    }
    for name in log::names(db)? {
        let size = log::size(db, &name)?;
        stats.logs.insert(name, size);
    }
    Ok(stats)
}

/// Every version without its text and every recalled twin.
pub(super) fn gone(db: &Connection) -> Result<Gone, StoreError> {
    let three = |sql: &str| -> Result<Vec<[String; 3]>, StoreError> {
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    Ok(Gone {
        versions: three("SELECT channel, id, version FROM object WHERE purged = 1")?,
        twins: three("SELECT partner, lineage, twin FROM twin WHERE recalled = 1")?,
    })
}
