//! Collections: what was published, in the order of its sequence.

use std::collections::BTreeSet;

use enlace_stix::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::instant::instant;
use crate::{Outcome, StoreError};

/// What is published.
pub(super) struct New<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) version: &'a str,
    pub(super) body: &'a str,
    pub(super) now_us: i64,
}

/// Gives the next sequence and date and appends. First and last version of the id are marked
/// here, so that a page of `last` reads along an index.
pub(super) fn publish(
    tx: &Connection,
    collection: &str,
    new: &New<'_>,
) -> Result<Outcome, StoreError> {
    let (seq, date_added_us): (i64, i64) = tx
        .prepare_cached(
            "INSERT INTO collection VALUES (?1, 1, ?2) ON CONFLICT (collection) DO UPDATE
             SET last_seq = last_seq + 1, last_added_us = max(?2, last_added_us + 1)
             RETURNING last_seq, last_added_us",
        )?
        .query_row(params![collection, new.now_us], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let dated;
    let version = match new.version {
        "" => {
            dated = Timestamp::from_micros(date_added_us);
            dated.as_str()
        }
        version => version,
    };
    let instant = instant(version);
    let first = end(tx, collection, new.id, "is_first")?;
    // Most ids are new.
    let last = match first {
        Some(_) => end(tx, collection, new.id, "is_last")?,
        None => None,
    };
    let is_first = first.as_ref().is_none_or(|(_, first)| instant < first.as_str());
    let is_last = last.as_ref().is_none_or(|(_, last)| instant >= last.as_str());
    if let Some((seq, _)) = first.filter(|_| is_first) {
        step_back(tx, collection, seq, "is_first")?;
    }
    if let Some((seq, _)) = last.filter(|_| is_last) {
        step_back(tx, collection, seq, "is_last")?;
    }
    tx.prepare_cached(
        "INSERT INTO member (collection, seq, date_added_us, id, kind, version, instant,
                             is_first, is_last, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        collection,
        seq,
        date_added_us,
        new.id,
        new.kind,
        version,
        instant,
        is_first,
        is_last,
        new.body
    ])?;
    Ok(Outcome::Member { seq, date_added_us })
}

/// Sequence and instant of the first or last version of an id.
fn end(
    tx: &Connection,
    collection: &str,
    id: &str,
    mark: &str,
) -> Result<Option<(i64, String)>, StoreError> {
    let order = if mark == "is_first" { "instant, seq" } else { "instant DESC, seq DESC" };
    let sql = format!(
        "SELECT seq, instant FROM member INDEXED BY member_id
         WHERE collection = ?1 AND id = ?2 ORDER BY {order} LIMIT 1"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_row([collection, id], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?)
}

fn step_back(tx: &Connection, collection: &str, seq: i64, mark: &str) -> Result<(), StoreError> {
    let sql = format!("UPDATE member SET {mark} = 0 WHERE collection = ?1 AND seq = ?2");
    tx.prepare_cached(&sql)?.execute(params![collection, seq])?;
    Ok(())
}

/// Removes every version of an id; its sequences are noted as the only gaps there may be.
pub(super) fn withdraw(tx: &Connection, collection: &str, id: &str) -> Result<Outcome, StoreError> {
    tx.prepare_cached(
        "INSERT INTO withdrawn (collection, seq, handed_out)
         SELECT collection, seq, iif(fetched_us IS NULL, NULL, id) FROM member
         WHERE collection = ?1 AND id = ?2",
    )?
    .execute([collection, id])?;
    let gone: Vec<bool> = tx
        .prepare_cached(
            "DELETE FROM member WHERE collection = ?1 AND id = ?2
             RETURNING fetched_us IS NOT NULL",
        )?
        .query_map([collection, id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(Outcome::Withdrawn { versions: gone.len(), fetched: gone.contains(&true) })
}

/// Whether all these members are there and none was handed out.
pub(super) fn unseen(db: &Connection, collection: &str, seqs: &[i64]) -> Result<bool, StoreError> {
    let mut wanted: Vec<i64> = seqs.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let found: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM member WHERE collection = ?1 AND fetched_us IS NULL
             AND seq IN (SELECT value FROM json_each(?2))",
        )?
        .query_row(params![collection, numbers(&wanted)], |row| row.get(0))?;
    Ok(usize::try_from(found).is_ok_and(|found| found == wanted.len()))
}

/// Whether the newest members of these ids, or of these versions of them, are those that are named.
pub(super) fn are_newest(
    db: &Connection,
    collection: &str,
    of: &[(String, String, Option<i64>)],
) -> Result<bool, StoreError> {
    for (id, version, expected) in of {
        if newest(db, collection, id, version)? != *expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The highest sequence of an id, of one version of it where one is named.
pub(super) fn newest(
    db: &Connection,
    collection: &str,
    id: &str,
    version: &str,
) -> Result<Option<i64>, StoreError> {
    let found = if version.is_empty() {
        let sql = "SELECT max(seq) FROM member INDEXED BY member_id
                   WHERE collection = ?1 AND id = ?2";
        db.prepare_cached(sql)?.query_row([collection, id], |row| row.get(0))
    } else {
        let sql = "SELECT max(seq) FROM member INDEXED BY member_id
                   WHERE collection = ?1 AND id = ?2 AND instant = ?3";
        let values = [collection, id, instant(version)];
        db.prepare_cached(sql)?.query_row(values, |row| row.get(0))
    };
    Ok(found?)
}

/// Removes single versions; the first and the last of each id are judged anew among the rest.
pub(super) fn withdraw_versions(
    tx: &Connection,
    collection: &str,
    seqs: &[i64],
) -> Result<Outcome, StoreError> {
    let seqs = numbers(seqs);
    tx.prepare_cached(
        "INSERT INTO withdrawn (collection, seq, handed_out)
         SELECT collection, seq, iif(fetched_us IS NULL, NULL, id) FROM member
         WHERE collection = ?1 AND seq IN (SELECT value FROM json_each(?2))",
    )?
    .execute(params![collection, seqs])?;
    let gone: Vec<(String, bool)> = tx
        .prepare_cached(
            "DELETE FROM member
             WHERE collection = ?1 AND seq IN (SELECT value FROM json_each(?2))
             RETURNING id, fetched_us IS NOT NULL",
        )?
        .query_map(params![collection, seqs], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut ids: Vec<&String> = gone.iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        for mark in ["is_first", "is_last"] {
            let Some((seq, _)) = end(tx, collection, id, mark)? else { continue };
            let sql = format!("UPDATE member SET {mark} = 1 WHERE collection = ?1 AND seq = ?2");
            tx.prepare_cached(&sql)?.execute(params![collection, seq])?;
        }
    }
    let fetched = gone.iter().any(|(_, fetched)| *fetched);
    Ok(Outcome::Withdrawn { versions: gone.len(), fetched })
}

/// Of these ids, those of which a version was ever handed out.
pub(super) fn handed_out(
    db: &Connection,
    collection: &str,
    ids: &[String],
) -> Result<BTreeSet<String>, StoreError> {
    let mut wanted = db.prepare_cached(
        "SELECT value FROM json_each(?2) WHERE
         EXISTS (SELECT 1 FROM member
                 WHERE collection = ?1 AND id = value AND fetched_us IS NOT NULL)
         OR EXISTS (SELECT 1 FROM withdrawn WHERE collection = ?1 AND handed_out = value)",
    )?;
    let found = wanted.query_map([collection, &json(ids)], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Notes the first time that members were handed out.
pub(super) fn fetched(
    tx: &Connection,
    collection: &str,
    seqs: &[i64],
    now_us: i64,
) -> Result<Outcome, StoreError> {
    let mut mark = tx.prepare_cached(
        "UPDATE member SET fetched_us = ?3
         WHERE collection = ?1 AND seq = ?2 AND fetched_us IS NULL",
    )?;
    for seq in seqs {
        mark.execute(params![collection, seq, now_us])?;
    }
    Ok(Outcome::Done)
}

fn numbers(seqs: &[i64]) -> String {
    serde_json::Value::from(seqs).to_string()
}

pub(super) fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}
