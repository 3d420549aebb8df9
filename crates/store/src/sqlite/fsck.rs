//! Whether everything derived is what it derives from.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::{derived, log, object};
use crate::fault::{Check, MOST, REBUILD, RESTORE, fault};
use crate::instant::instant;
use crate::tree::Walk;
use crate::{Fault, StoreError};

const CHECKS: &[Check] = &[
    Check {
        place: "object",
        problem: "content hash is not 64 lower-case hex digits",
        sql: "SELECT row FROM object
              WHERE length(content_hash) <> 64 OR content_hash GLOB '*[^0-9a-f]*'",
        advice: RESTORE,
    },
    Check {
        place: "object",
        problem: "purged, but text, label, source or state remained",
        sql: "SELECT row FROM object WHERE purged = 1 AND
              (raw <> '' OR label <> '' OR source <> '' OR state <> 'recalled'
               OR refs <> 0 OR keys <> 0)",
        advice: "recall the object again",
    },
    Check {
        place: "object_ref",
        problem: "count of references differs from the object's",
        sql: "SELECT row FROM object o
              WHERE refs <> (SELECT count(*) FROM object_ref r WHERE r.row = o.row)",
        advice: REBUILD,
    },
    Check {
        place: "object_key",
        problem: "count of identifier keys differs from the object's",
        sql: "SELECT row FROM object o
              WHERE keys <> (SELECT count(*) FROM object_key k WHERE k.row = o.row)",
        advice: REBUILD,
    },
    Check {
        place: "search",
        problem: "words are missing, or remained after a purge",
        sql: "SELECT row FROM object o
              WHERE purged = EXISTS (SELECT 1 FROM search_content s WHERE s.id = o.row)",
        advice: REBUILD,
    },
    Check {
        place: "search",
        problem: "words without an object",
        sql: "SELECT s.id FROM search_content s LEFT JOIN object o ON o.row = s.id
              WHERE o.row IS NULL",
        advice: REBUILD,
    },
    Check {
        place: "collection",
        problem: "date of the head lies before that of its last member",
        sql: "SELECT collection FROM collection c
              WHERE last_added_us < (SELECT max(date_added_us) FROM member m
                                     WHERE m.collection = c.collection)",
        advice: RESTORE,
    },
    Check {
        place: "member",
        problem: "published out of the order of dates",
        sql: "SELECT collection || ' ' || seq FROM
              (SELECT collection, seq, date_added_us, lag(date_added_us) OVER
                 (PARTITION BY collection ORDER BY seq) AS before FROM member)
              WHERE date_added_us <= before",
        advice: RESTORE,
    },
    Check {
        place: "member",
        problem: "wrongly marked as first or last version",
        sql: "SELECT collection || ' ' || seq FROM
              (SELECT collection, seq, is_first, is_last,
                 row_number() OVER (PARTITION BY collection, id ORDER BY instant, seq) AS up,
                 row_number() OVER (PARTITION BY collection, id
                                    ORDER BY instant DESC, seq DESC) AS down FROM member)
              WHERE is_first <> (up = 1) OR is_last <> (down = 1)",
        advice: RESTORE,
    },
];

/// Checks the database on one snapshot; answers also the blobs that its rows name, with sizes.
pub(super) fn database(db: &Connection) -> Result<(Vec<Fault>, BTreeMap<String, u64>), StoreError> {
    let mut faults = Vec::new();
    integrity(db, &mut faults)?;
    for check in CHECKS {
        run(db, check.sql, &mut faults, |row| check.fault(&row))?;
    }
    current(db, &mut faults)?;
    for (row, table) in derived::differing(db)?.into_iter().take(MOST) {
        let place = format!("table {table}, of object row {row}");
        faults.push(fault(place, "differs from what the text of the object says", REBUILD));
    }
    instants(db, &mut faults)?;
    sequences(db, &mut faults)?;
    for name in log::names(db)? {
        faults.extend(one_log(db, &name)?);
    }
    Ok((faults, named(db)?))
}

/// The blobs that rows name, with sizes.
pub(super) fn named(db: &Connection) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement = db.prepare("SELECT sha256, size FROM blob")?;
    let named = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
        .collect::<Result<_, _>>()?;
    Ok(named)
}

/// SQLite's own check (pages, indexes, full-text index against its words) and foreign keys.
fn integrity(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    // FTS5 keeps the layout of its index from the last search of this connection, and its part of
    // the check takes what has moved since for damage. A search makes it look again.
    db.query_row("SELECT count(*) FROM search WHERE search MATCH 'a'", [], |_| Ok(()))?;
    let mut statement = db.prepare("PRAGMA integrity_check(100)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            faults.push(fault("enlace.db".to_owned(), &line, RESTORE));
        }
    }
    let mut statement = db.prepare("PRAGMA foreign_key_check")?;
    let broken = statement.query_map([], |row| {
        Ok(format!("table {}, row {}", row.get::<_, String>(0)?, row.get::<_, i64>(1).unwrap_or(0)))
    })?;
    for place in broken.take(MOST) {
        faults.push(fault(place?, "names a row that does not exist", RESTORE));
    }
    Ok(())
}

/// Each object has exactly one current version in each channel, and it is the right one.
fn current(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT row FROM (SELECT row, is_current, last_value(row) OVER
           (PARTITION BY id, channel ORDER BY {}
            RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS leads FROM object)
         WHERE is_current <> (row = leads)",
        object::CURRENT_SQL
    );
    run(db, &sql, faults, |row| {
        fault(format!("table object, row {row}"), "wrongly marked as current or past", REBUILD)
    })
}

/// The sort form of each published version follows from its text.
fn instants(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut statement = db.prepare("SELECT collection, seq, version, instant FROM member")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if instant(row.get_ref(2)?.as_str().unwrap_or_default())
            != row.get_ref(3)?.as_str().unwrap_or_default()
        {
            let place =
                format!("table member, row {} {}", row.get::<_, String>(0)?, row.get::<_, i64>(1)?);
            faults.push(fault(place, "sort form differs from the version", RESTORE));
        }
    }
    Ok(())
}

/// Members and withdrawn sequences together are 1, 2, … up to the head, each once.
fn sequences(db: &Connection, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let mut heads = db.prepare("SELECT collection, last_seq FROM collection")?;
    let heads: Vec<(String, i64)> =
        heads.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut statement = db.prepare(
        "SELECT seq FROM member WHERE collection = ?1
         UNION ALL SELECT seq FROM withdrawn WHERE collection = ?1 ORDER BY seq",
    )?;
    for (collection, last) in heads {
        let mut expected = 1;
        let mut rows = statement.query(params![collection])?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            if seq != expected {
                break;
            }
            expected += 1;
        }
        if expected != last + 1 {
            let place = format!("collection {collection}, sequence {expected}");
            let problem = format!("missing or doubled, or the head {last} is wrong");
            faults.push(fault(place, &problem, RESTORE));
        }
    }
    Ok(())
}

/// Entries are contiguous, hash to their leaves, and the leaves to the kept root.
fn one_log(db: &Connection, name: &str) -> Result<Vec<Fault>, StoreError> {
    let (number, size, bytes): (i64, i64, Vec<u8>) =
        db.query_row("SELECT number, size, frontier FROM log WHERE name = ?1", [name], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let mut walk = Walk::of(name);
    let mut statement =
        db.prepare("SELECT idx, leaf_hash, entry FROM log_entry WHERE log = ?1 ORDER BY idx")?;
    let mut rows = statement.query([number])?;
    while let Some(row) = rows.next()? {
        let (leaf, entry) = (row.get_ref(1)?.as_blob(), row.get_ref(2)?.as_blob());
        if !walk.entry(row.get(0)?, leaf.unwrap_or_default(), entry.unwrap_or_default()) {
            break;
        }
    }
    Ok(walk.end(size, &bytes))
}

/// One fault for each row that a query finds.
fn run(
    db: &Connection,
    sql: &str,
    faults: &mut Vec<Fault>,
    describe: impl Fn(String) -> Fault,
) -> Result<(), StoreError> {
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        })
    })?;
    for row in rows.take(MOST) {
        faults.push(describe(row?));
    }
    Ok(())
}
