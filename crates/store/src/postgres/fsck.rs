//! Whether everything derived is what it derives from.

use std::collections::BTreeMap;

use super::connection::{Db, rows};
use super::{derived, limit, log, object};
use crate::fault::{Check, MOST, REBUILD, RESTORE, fault};
use crate::instant::instant;
use crate::tree::{Walk, position};
use crate::{Fault, StoreError};

/// Rows read at a time.
const PAGE: usize = 2_000;

const CHECKS: &[Check] = &[
    Check {
        place: "object",
        problem: "content hash is not 64 lower-case hex digits",
        sql: "SELECT row::text FROM object WHERE content_hash !~ '^[0-9a-f]{64}$'",
        advice: RESTORE,
    },
    Check {
        place: "object",
        problem: "purged, but text, label, source or state remained",
        sql: "SELECT row::text FROM object WHERE purged AND
              (raw <> '' OR label <> '' OR source <> '' OR state <> 'recalled'
               OR refs <> 0 OR keys <> 0)",
        advice: "recall the object again",
    },
    Check {
        place: "object_ref",
        problem: "count of references differs from the object's",
        sql: "SELECT o.row::text FROM object o
              LEFT JOIN (SELECT row, count(*) AS n FROM object_ref GROUP BY row) r USING (row)
              WHERE o.refs <> coalesce(r.n, 0)",
        advice: REBUILD,
    },
    Check {
        place: "object_key",
        problem: "count of identifier keys differs from the object's",
        sql: "SELECT o.row::text FROM object o
              LEFT JOIN (SELECT row, count(*) AS n FROM object_key GROUP BY row) k USING (row)
              WHERE o.keys <> coalesce(k.n, 0)",
        advice: REBUILD,
    },
    Check {
        place: "search",
        problem: "words are missing, or remained after a purge",
        sql: "SELECT o.row::text FROM object o LEFT JOIN search s USING (row)
              WHERE o.purged = (s.row IS NOT NULL)",
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
        place: "collection",
        problem: "a sequence is missing or doubled, or the head is wrong",
        sql: "SELECT c.collection FROM collection c LEFT JOIN
                (SELECT collection, count(*) AS n, min(seq) AS low, max(seq) AS high,
                        count(DISTINCT seq) AS distinct_n FROM
                   (SELECT collection, seq FROM member
                    UNION ALL SELECT collection, seq FROM withdrawn) s GROUP BY collection) s
              USING (collection)
              WHERE (coalesce(s.n, 0), coalesce(s.distinct_n, 0), coalesce(s.high, 0))
                    <> (c.last_seq, c.last_seq, c.last_seq) OR s.low <> 1",
        advice: RESTORE,
    },
    Check {
        place: "member",
        problem: "published out of the order of dates",
        sql: "SELECT collection || ' ' || seq FROM
              (SELECT collection, seq, date_added_us, lag(date_added_us) OVER
                 (PARTITION BY collection ORDER BY seq) AS before FROM member) m
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
                                    ORDER BY instant DESC, seq DESC) AS down FROM member) m
              WHERE is_first <> (up = 1) OR is_last <> (down = 1)",
        advice: RESTORE,
    },
];

/// Checks the database on one snapshot; answers also the blobs that its rows name, with sizes.
pub(super) async fn database(
    db: &impl Db,
) -> Result<(Vec<Fault>, BTreeMap<String, u64>), StoreError> {
    let mut faults = Vec::new();
    for check in CHECKS {
        for row in rows(db, check.sql, &[]).await?.iter().take(MOST) {
            faults.push(check.fault(row.try_get(0)?));
        }
    }
    current(db, &mut faults).await?;
    for (row, table) in derived::differing(db).await? {
        let place = format!("table {table}, of object row {row}");
        faults.push(fault(place, "differs from what the text of the object says", REBUILD));
    }
    instants(db, &mut faults).await?;
    for name in log::names(db).await? {
        faults.extend(one_log(db, &name).await?);
    }
    Ok((faults, named(db).await?))
}

/// The blobs that rows name, with sizes.
pub(super) async fn named(db: &impl Db) -> Result<BTreeMap<String, u64>, StoreError> {
    let found = rows(db, "SELECT sha256, size FROM blob", &[]).await?;
    found
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get::<_, i64>(1)?.unsigned_abs())))
        .collect()
}

/// Each object has exactly one current version in each channel, and it is the right one.
async fn current(db: &impl Db, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let sql = format!(
        "SELECT row FROM (SELECT row, is_current, last_value(row) OVER
           (PARTITION BY id, channel ORDER BY {}
            RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS leads FROM object) o
         WHERE is_current <> (row = leads)",
        object::CURRENT_SQL
    );
    for row in rows(db, &sql, &[]).await?.iter().take(MOST) {
        let place = format!("table object, row {}", row.try_get::<_, i64>(0)?);
        faults.push(fault(place, "wrongly marked as current or past", REBUILD));
    }
    Ok(())
}

/// The sort form of each published version follows from its text.
async fn instants(db: &impl Db, faults: &mut Vec<Fault>) -> Result<(), StoreError> {
    let sql = "SELECT collection, seq, version, instant FROM member
               WHERE (collection, seq) > ($1, $2) ORDER BY collection, seq LIMIT $3";
    let mut after = (String::new(), i64::MIN);
    loop {
        let page = rows(db, sql, &[&after.0, &after.1, &limit(PAGE)]).await?;
        for row in &page {
            after = (row.try_get(0)?, row.try_get(1)?);
            if instant(row.try_get(2)?) != row.try_get::<_, &str>(3)? && faults.len() < MOST {
                let place = format!("table member, row {} {}", after.0, after.1);
                faults.push(fault(place, "sort form differs from the version", RESTORE));
            }
        }
        if page.len() < PAGE {
            return Ok(());
        }
    }
}

/// Entries are contiguous, hash to their leaves, and the leaves to the kept root.
async fn one_log(db: &impl Db, name: &str) -> Result<Vec<Fault>, StoreError> {
    let head = rows(db, "SELECT number, size, frontier FROM log WHERE name = $1", &[&name]).await?;
    let Some(head) = head.first() else { return Ok(Vec::new()) };
    let (number, size): (i64, i64) = (head.try_get(0)?, head.try_get(1)?);
    let mut walk = Walk::of(name);
    let sql = "SELECT idx, leaf_hash, entry FROM log_entry
               WHERE log = $1 AND idx >= $2 ORDER BY idx LIMIT $3";
    loop {
        let from = position(name, walk.next())?;
        let page = rows(db, sql, &[&number, &from, &limit(PAGE)]).await?;
        let mut goes_on = page.len() == PAGE;
        for row in &page {
            if !walk.entry(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?) {
                goes_on = false;
                break;
            }
        }
        if !goes_on {
            return Ok(walk.end(size, head.try_get(2)?));
        }
    }
}
