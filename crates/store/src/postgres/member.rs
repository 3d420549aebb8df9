//! Collections: what is published and withdrawn, in the order of its sequence.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use enlace_stix::Timestamp;

use super::apply::{Placed, Settled};
use super::connection::{Db, Values, comparable, execute, first, rows};
use crate::instant::instant;
use crate::{Outcome, StoreError, Write};

/// Collection and id of what is published.
type Key<'a> = (&'a str, &'a str);

/// What is published together, and what it changes of what was published before.
#[derive(Default)]
struct Run<'a> {
    heads: BTreeMap<&'a str, (i64, i64)>,
    ends: HashMap<Key<'a>, Ends>,
    new: Vec<New<'a>>,
    /// Position in `new` by collection and sequence.
    places: HashMap<(&'a str, i64), usize>,
    no_longer_first: Vec<(&'a str, i64)>,
    no_longer_last: Vec<(&'a str, i64)>,
}

/// Sequence and instant of the first and of the last version of an id.
#[derive(Default, Clone)]
struct Ends {
    first: Option<(i64, String)>,
    last: Option<(i64, String)>,
}

struct New<'a> {
    collection: &'a str,
    seq: i64,
    date_added_us: i64,
    id: &'a str,
    kind: &'a str,
    version: Cow<'a, str>,
    is_first: bool,
    is_last: bool,
    body: &'a str,
}

/// Publishes, withdraws and notes what was fetched, in the order of the writes.
pub(super) async fn lane(tx: &impl Db, writes: &[Placed<'_>]) -> Result<Settled, StoreError> {
    let mut settled = Vec::with_capacity(writes.len());
    let mut run: Vec<Placed<'_>> = Vec::new();
    for placed in writes {
        if matches!(placed.1, Write::Publish { .. }) {
            run.push(*placed);
            continue;
        }
        settled.extend(publish(tx, &std::mem::take(&mut run)).await?);
        let outcome = match placed.1 {
            Write::Withdraw { collection, id } => withdraw(tx, collection, id).await?,
            Write::WithdrawVersions { collection, seqs } => {
                withdraw_versions(tx, collection, seqs).await?
            }
            Write::Fetched { collection, seqs, now_us } => {
                fetched(tx, collection, seqs, *now_us).await?
            }
            _ => continue,
        };
        settled.push((placed.0, outcome));
    }
    settled.extend(publish(tx, &run).await?);
    Ok(settled)
}

/// Gives each the next sequence and date of its collection and appends it. First and last version
/// of an id are marked here, so that a page of `last` reads along an index.
async fn publish(tx: &impl Db, writes: &[Placed<'_>]) -> Result<Settled, StoreError> {
    if writes.is_empty() {
        return Ok(Vec::new());
    }
    let mut run = Run::read(tx, writes).await?;
    let mut settled = Vec::with_capacity(writes.len());
    for (at, write) in writes {
        if let Write::Publish { collection, id, kind, version, body, now_us } = write {
            let (seq, date_added_us) = run.next(collection, *now_us);
            let version: Cow<'_, str> = match version.as_str() {
                "" => Timestamp::from_micros(date_added_us).as_str().to_owned().into(),
                version => version.into(),
            };
            let (is_first, is_last) = run.place((collection, id), seq, instant(&version));
            run.places.insert((collection, seq), run.new.len());
            run.new.push(New {
                collection,
                seq,
                date_added_us,
                id,
                kind,
                version,
                is_first,
                is_last,
                body,
            });
            settled.push((*at, Outcome::Member { seq, date_added_us }));
        }
    }
    run.write(tx).await?;
    Ok(settled)
}

impl<'a> Run<'a> {
    /// Heads and ends of all that is published.
    async fn read(tx: &impl Db, writes: &[Placed<'a>]) -> Result<Self, StoreError> {
        let mut keys: Vec<Key<'a>> = Vec::with_capacity(writes.len());
        for (_, write) in writes {
            if let Write::Publish { collection, id, .. } = write {
                keys.push((collection, id));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let mut run = Self::default();
        let (collections, ids): (Vec<&str>, Vec<&str>) = keys.iter().copied().unzip();
        let mut named = collections.clone();
        named.dedup();
        let sql = "SELECT n.n, c.last_seq, c.last_added_us FROM
                     unnest($1::text[]) WITH ORDINALITY AS n (collection, n)
                   JOIN collection c ON c.collection = n.collection";
        for row in rows(tx, sql, &[&named]).await? {
            if let Some(collection) = at(&named, row.try_get(0)?) {
                run.heads.insert(*collection, (row.try_get(1)?, row.try_get(2)?));
            }
        }
        let sql = "SELECT n.n, f.seq, f.instant, l.seq, l.instant FROM
                     unnest($1::text[], $2::text[]) WITH ORDINALITY AS n (collection, id, n),
                   LATERAL (SELECT seq, instant FROM member m
                            WHERE m.collection = n.collection AND m.id = n.id
                            ORDER BY instant, seq LIMIT 1) f,
                   LATERAL (SELECT seq, instant FROM member m
                            WHERE m.collection = n.collection AND m.id = n.id
                            ORDER BY instant DESC, seq DESC LIMIT 1) l";
        for row in rows(tx, sql, &[&collections, &ids]).await? {
            if let Some(key) = at(&keys, row.try_get(0)?) {
                let first = Some((row.try_get(1)?, row.try_get(2)?));
                let last = Some((row.try_get(3)?, row.try_get(4)?));
                run.ends.insert(*key, Ends { first, last });
            }
        }
        Ok(run)
    }

    /// The next sequence and date; neither ever goes back.
    fn next(&mut self, collection: &'a str, now_us: i64) -> (i64, i64) {
        let next = match self.heads.get(collection) {
            Some((seq, added)) => (seq + 1, now_us.max(added + 1)),
            None => (1, now_us),
        };
        self.heads.insert(collection, next);
        next
    }

    /// Whether a version is the first and the last of its id; those that were step back.
    fn place(&mut self, key: Key<'a>, seq: i64, instant: &str) -> (bool, bool) {
        let ends = self.ends.entry(key).or_default();
        let is_first = ends.first.as_ref().is_none_or(|(_, first)| instant < first.as_str());
        let is_last = ends.last.as_ref().is_none_or(|(_, last)| instant >= last.as_str());
        let this = || Some((seq, instant.to_owned()));
        if is_first && let Some((before, _)) = std::mem::replace(&mut ends.first, this()) {
            match self.places.get(&(key.0, before)).and_then(|at| self.new.get_mut(*at)) {
                Some(new) => new.is_first = false,
                None => self.no_longer_first.push((key.0, before)),
            }
        }
        if is_last && let Some((before, _)) = std::mem::replace(&mut ends.last, this()) {
            match self.places.get(&(key.0, before)).and_then(|at| self.new.get_mut(*at)) {
                Some(new) => new.is_last = false,
                None => self.no_longer_last.push((key.0, before)),
            }
        }
        (is_first, is_last)
    }

    async fn write(self, tx: &impl Db) -> Result<(), StoreError> {
        let (collections, heads): (Vec<&str>, Vec<(i64, i64)>) = self.heads.into_iter().unzip();
        let (seqs, dates): (Vec<i64>, Vec<i64>) = heads.into_iter().unzip();
        let sql = "INSERT INTO collection
                   SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
                   ON CONFLICT (collection) DO UPDATE SET last_seq = excluded.last_seq,
                                                          last_added_us = excluded.last_added_us";
        execute(tx, sql, &[&collections, &seqs, &dates]).await?;
        for (mark, gone) in [("is_first", self.no_longer_first), ("is_last", self.no_longer_last)] {
            if !gone.is_empty() {
                let (collections, seqs): (Vec<&str>, Vec<i64>) = gone.into_iter().unzip();
                let sql = format!(
                    "UPDATE member m SET {mark} = false
                     FROM unnest($1::text[], $2::bigint[]) AS n (collection, seq)
                     WHERE m.collection = n.collection AND m.seq = n.seq"
                );
                execute(tx, &sql, &[&collections, &seqs]).await?;
            }
        }
        append(tx, &self.new).await
    }
}

/// Element of an ordinality, which counts from 1.
fn at<T>(values: &[T], n: i64) -> Option<&T> {
    usize::try_from(n).ok().and_then(|n| values.get(n.checked_sub(1)?))
}

async fn append(tx: &impl Db, new: &[New<'_>]) -> Result<(), StoreError> {
    macro_rules! column {
        (|$member:ident| $value:expr) => {
            new.iter().map(|$member| $value).collect::<Vec<_>>()
        };
    }
    let sql = "
        INSERT INTO member (collection, seq, date_added_us, id, kind, version, instant,
                            is_first, is_last, body)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
                             $6::text[], $7::text[], $8::bool[], $9::bool[], $10::text[])";
    let values: Values<'_> = &[
        &column!(|m| m.collection),
        &column!(|m| m.seq),
        &column!(|m| m.date_added_us),
        &column!(|m| m.id),
        &column!(|m| m.kind),
        &column!(|m| &*m.version),
        &column!(|m| instant(&m.version)),
        &column!(|m| m.is_first),
        &column!(|m| m.is_last),
        &column!(|m| m.body),
    ];
    execute(tx, sql, values).await?;
    Ok(())
}

/// Removes every version of an id; its sequences are noted as the only gaps there may be.
async fn withdraw(tx: &impl Db, collection: &str, id: &str) -> Result<Outcome, StoreError> {
    let gone = take_out(tx, "id = $2", &[&collection, &id]).await?;
    Ok(withdrawn(&gone))
}

/// Removes single versions; the first and the last of each id are judged anew among the rest.
async fn withdraw_versions(
    tx: &impl Db,
    collection: &str,
    seqs: &[i64],
) -> Result<Outcome, StoreError> {
    let gone = take_out(tx, "seq = ANY ($2)", &[&collection, &seqs]).await?;
    let ids: BTreeSet<&str> = gone.iter().map(|(id, _)| id.as_str()).collect();
    if !ids.is_empty() {
        let ids: Vec<&str> = ids.into_iter().collect();
        let sql = "
            UPDATE member m SET is_first = e.is_first, is_last = e.is_last
            FROM (SELECT seq,
                    row_number() OVER (PARTITION BY id ORDER BY instant, seq) = 1 AS is_first,
                    row_number() OVER (PARTITION BY id ORDER BY instant DESC, seq DESC) = 1
                      AS is_last
                  FROM member WHERE collection = $1 AND id = ANY ($2)) e
            WHERE m.collection = $1 AND m.seq = e.seq
              AND (m.is_first, m.is_last) <> (e.is_first, e.is_last)";
        execute(tx, sql, &[&collection, &ids]).await?;
    }
    Ok(withdrawn(&gone))
}

/// Removes members of the collection `$1` and notes them; answers of each its id and whether it was
/// handed out.
async fn take_out(
    tx: &impl Db,
    which: &str,
    values: Values<'_>,
) -> Result<Vec<(String, bool)>, StoreError> {
    let sql = format!(
        "WITH gone AS (DELETE FROM member WHERE collection = $1 AND {which}
                       RETURNING collection, seq, id, fetched_us IS NOT NULL AS seen),
              noted AS (INSERT INTO withdrawn (collection, seq, handed_out)
                        SELECT collection, seq, CASE WHEN seen THEN id END FROM gone)
         SELECT id, seen FROM gone"
    );
    let gone = rows(tx, &sql, values).await?;
    gone.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

fn withdrawn(gone: &[(String, bool)]) -> Outcome {
    Outcome::Withdrawn { versions: gone.len(), fetched: gone.iter().any(|(_, seen)| *seen) }
}

/// Whether all these members are there and none was handed out.
pub(super) async fn unseen(
    db: &impl Db,
    collection: &str,
    seqs: &[i64],
) -> Result<bool, StoreError> {
    let sql = "SELECT NOT EXISTS (
                 SELECT 1 FROM unnest($2::bigint[]) AS n (seq) WHERE NOT EXISTS (
                   SELECT 1 FROM member m
                   WHERE m.collection = $1 AND m.seq = n.seq AND m.fetched_us IS NULL))";
    let found = first(db, sql, &[&collection, &seqs]).await?;
    Ok(found.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// Whether the newest members of these ids, or of these versions of them, are those that are named.
pub(super) async fn are_newest(
    db: &impl Db,
    collection: &str,
    of: &[(String, String, Option<i64>)],
) -> Result<bool, StoreError> {
    let ids: Vec<&str> = of.iter().map(|(id, ..)| id.as_str()).collect();
    let instants: Vec<&str> = of.iter().map(|(_, version, _)| instant(version)).collect();
    let seqs: Vec<Option<i64>> = of.iter().map(|(.., seq)| *seq).collect();
    let sql = format!(
        "SELECT NOT EXISTS (
           SELECT 1 FROM unnest($2::text[], $3::text[], $4::bigint[]) AS n (id, instant, seq)
           WHERE n.seq IS DISTINCT FROM ({NEWEST}))"
    );
    let found = first(db, &sql, &[&collection, &ids, &instants, &seqs]).await?;
    Ok(found.map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// The highest sequence of `n.id` in the collection `$1`, of the version `n.instant` if it is one.
pub(super) const NEWEST: &str = "SELECT max(o.seq) FROM member o
    WHERE o.collection = $1 AND o.id = n.id AND (n.instant = '' OR o.instant = n.instant)";

/// Of these ids, those of which a version was ever handed out.
pub(super) async fn handed_out(
    db: &impl Db,
    collection: &str,
    ids: &[String],
) -> Result<BTreeSet<String>, StoreError> {
    let sql = "
        SELECT DISTINCT n.id FROM unnest($2::text[]) AS n (id)
        WHERE EXISTS (SELECT 1 FROM member m WHERE m.collection = $1 AND m.id = n.id
                                               AND m.fetched_us IS NOT NULL)
           OR EXISTS (SELECT 1 FROM withdrawn w
                      WHERE w.collection = $1 AND w.handed_out = n.id)";
    let found = rows(db, sql, &[&collection, &comparable(ids)]).await?;
    Ok(found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Notes the first time that members were handed out.
async fn fetched(
    tx: &impl Db,
    collection: &str,
    seqs: &[i64],
    now_us: i64,
) -> Result<Outcome, StoreError> {
    let sql = "UPDATE member SET fetched_us = $3
               WHERE collection = $1 AND seq = ANY ($2) AND fetched_us IS NULL";
    execute(tx, sql, &[&collection, &seqs, &now_us]).await?;
    Ok(Outcome::Done)
}
