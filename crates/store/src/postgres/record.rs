//! Records: the node's own state by bucket and key.

use std::collections::HashSet;

use tokio_postgres::Row;

use super::apply::{Placed, Settled};
use super::connection::{Db, Values, comparable, execute, first, rows};
use super::each::{self, EACH};
use super::limit;
use crate::{Outcome, Record, RecordQuery, StoreError, Write};

const COLUMNS: &str = "bucket, key, body, revision, due_us";

/// Records of different keys that are written together.
#[derive(Default)]
struct Puts<'a> {
    seen: HashSet<(&'a str, &'a str)>,
    bucket: Vec<&'a str>,
    key: Vec<&'a str>,
    body: Vec<&'a str>,
    due_us: Vec<Option<i64>>,
}

/// Writes and deletes records, in their order.
pub(super) async fn lane(tx: &impl Db, writes: &[Placed<'_>]) -> Result<Settled, StoreError> {
    let mut settled = Vec::with_capacity(writes.len());
    let mut puts = Puts::default();
    for (at, write) in writes {
        match write {
            Write::Put { bucket, key, body, due_us } => {
                if !puts.seen.insert((bucket, key)) {
                    std::mem::take(&mut puts).write(tx).await?;
                    puts.seen.insert((bucket, key));
                }
                puts.bucket.push(bucket);
                puts.key.push(key);
                puts.body.push(body);
                puts.due_us.push(*due_us);
                settled.push((*at, Outcome::Done));
            }
            Write::Delete { bucket, key } => {
                std::mem::take(&mut puts).write(tx).await?;
                settled.push((*at, delete(tx, bucket, key).await?));
            }
            _ => {}
        }
    }
    puts.write(tx).await?;
    Ok(settled)
}

impl Puts<'_> {
    /// Inserts or replaces; a new key starts above every revision that was deleted in its bucket.
    async fn write(self, tx: &impl Db) -> Result<(), StoreError> {
        if self.key.is_empty() {
            return Ok(());
        }
        let sql = "
            INSERT INTO record (bucket, key, revision, due_us, body)
            SELECT n.bucket, n.key, 1 + coalesce(f.revision, 0), n.due_us, n.body
            FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
                 AS n (bucket, key, body, due_us)
            LEFT JOIN record_floor f ON f.bucket = n.bucket
            ON CONFLICT (bucket, key) DO UPDATE
            SET revision = record.revision + 1, due_us = excluded.due_us, body = excluded.body";
        execute(tx, sql, &[&self.bucket, &self.key, &self.body, &self.due_us]).await?;
        Ok(())
    }
}

/// Deletes, and remembers the revision as floor of the bucket.
async fn delete(tx: &impl Db, bucket: &str, key: &str) -> Result<Outcome, StoreError> {
    let sql = "WITH gone AS
                 (DELETE FROM record WHERE bucket = $1 AND key = $2 RETURNING bucket, revision)
               INSERT INTO record_floor SELECT bucket, revision FROM gone
               ON CONFLICT (bucket) DO UPDATE
               SET revision = greatest(record_floor.revision, excluded.revision)";
    let gone = execute(tx, sql, &[&bucket, &key]).await?;
    Ok(if gone == 0 { Outcome::Missing } else { Outcome::Done })
}

/// The revision of a record, if there is one.
pub(super) async fn revision(
    db: &impl Db,
    bucket: &str,
    key: &str,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT revision FROM record WHERE bucket = $1 AND key = $2";
    Ok(first(db, sql, &[&bucket, &key]).await?.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn one(
    db: &impl Db,
    bucket: &str,
    key: &str,
) -> Result<Option<Record>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE bucket = $1 AND key = $2");
    first(db, &sql, &[&bucket, &key]).await?.map(|row| read(&row)).transpose()
}

pub(super) async fn one_each(
    db: &impl Db,
    bucket: &str,
    keys: &[String],
) -> Result<Vec<Option<Record>>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS}, n.nth FROM {EACH} JOIN record ON bucket = $2 AND key = n.asked");
    each::one(db, &sql, keys, &[&bucket], read).await
}

pub(super) async fn list(db: &impl Db, query: &RecordQuery) -> Result<Vec<Record>, StoreError> {
    match query.due_before_us {
        Some(until) => list_due(db, query, until).await,
        None => {
            let found = list_each(db, std::slice::from_ref(query)).await?;
            Ok(found.into_iter().flatten().collect())
        }
    }
}

/// For each of these questions in the order of keys: one statement, one way there and back. Keys with a
/// prefix lie together, up to the first that is greater than all of them: no text is greater than the
/// prefix followed by the last character.
pub(super) async fn list_each(
    db: &impl Db,
    queries: &[RecordQuery],
) -> Result<Vec<Vec<Record>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, n.nth
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
              WITH ORDINALITY AS n (asked, first, behind, last, prefix, most, nth),
         LATERAL (SELECT * FROM record
                  WHERE bucket = n.asked AND key >= n.first
                    AND (n.behind IS NULL OR key > n.behind)
                    AND key <= n.last AND starts_with(key, n.prefix)
                  ORDER BY key LIMIT n.most) r
         ORDER BY n.nth, key"
    );
    let texts = |text: fn(&RecordQuery) -> String| queries.iter().map(text).collect::<Vec<_>>();
    let buckets = texts(|query| query.bucket.to_owned());
    let prefixes = texts(|query| query.prefix.clone());
    let first = texts(|query| behind(query).unwrap_or(&query.prefix).to_owned());
    let last = texts(|query| greatest(&query.prefix));
    let after: Vec<Option<&str>> =
        queries.iter().map(|query| behind(query).filter(|after| !after.contains('\0'))).collect();
    let most: Vec<i64> = queries.iter().map(|query| limit(query.limit)).collect();
    // One that no key can be equal to must not keep the others from their answers.
    let (first, last, prefixes) = (comparable(&first), comparable(&last), comparable(&prefixes));
    each::all(db, &sql, &buckets, &[&first, &after, &last, &prefixes, &most], read).await
}

/// The key behind which reading starts, where it says more than the prefix.
fn behind(query: &RecordQuery) -> Option<&str> {
    query.after.as_deref().filter(|after| *after >= query.prefix.as_str())
}

/// No key with this prefix is greater.
fn greatest(prefix: &str) -> String {
    format!("{prefix}{}", "\u{10ffff}".repeat(64))
}

/// In the order of (due, key). `after` continues behind that record as long as it is due.
async fn list_due(
    db: &impl Db,
    query: &RecordQuery,
    until: i64,
) -> Result<Vec<Record>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record
         WHERE bucket = $1 AND due_us IS NOT NULL AND due_us <= $2
           AND coalesce((due_us, key) > ((SELECT b.due_us FROM record b
                                          WHERE b.bucket = $1 AND b.key = $3), $3::text), true)
           AND starts_with(key, $4)
         ORDER BY due_us, key LIMIT $5"
    );
    let values: Values<'_> =
        &[&query.bucket, &until, &query.after, &query.prefix, &limit(query.limit)];
    rows(db, &sql, values).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Record, StoreError> {
    Ok(Record {
        bucket: row.try_get(0)?,
        key: row.try_get(1)?,
        body: row.try_get(2)?,
        revision: row.try_get(3)?,
        due_us: row.try_get(4)?,
    })
}
