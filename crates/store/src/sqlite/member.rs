//! Collections: what was published, in the order of its sequence.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::limit;
use crate::instant::instant;
use crate::query::Versions;
use crate::{Member, MemberPage, MemberQuery, Outcome, StoreError};

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
    let instant = instant(new.version);
    let first = end(tx, collection, new.id, "is_first")?;
    let last = end(tx, collection, new.id, "is_last")?;
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
        new.version,
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

/// A page. Ids are read along their own index and sorted; types one by one and merged; all else
/// along the sequence.
pub(super) fn page(db: &Connection, query: &MemberQuery) -> Result<MemberPage, StoreError> {
    let after = after(db, query)?;
    let kinds: Vec<Option<&str>> = match query.kinds.as_slice() {
        [] => vec![None],
        kinds => kinds.iter().map(|kind| Some(kind.as_str())).collect(),
    };
    let mut members = Vec::new();
    for kind in kinds {
        members.extend(page_of_kind(db, query, after, kind)?);
    }
    members.sort_by_key(|member: &Member| member.seq);
    members.dedup_by_key(|member| member.seq);
    let more = members.len() > query.limit;
    members.truncate(query.limit);
    Ok(MemberPage { members, more })
}

/// The sequence behind which the page starts. Dates grow with sequences, so that "added after"
/// is a sequence too.
fn after(db: &Connection, query: &MemberQuery) -> Result<i64, StoreError> {
    let cursor = query.after_seq.unwrap_or(0);
    let Some(date) = query.added_after_us else {
        return Ok(cursor);
    };
    let dated: Option<i64> = db
        .prepare_cached(
            "SELECT seq FROM member INDEXED BY member_added
             WHERE collection = ?1 AND date_added_us <= ?2 ORDER BY date_added_us DESC LIMIT 1",
        )?
        .query_row(params![query.collection, date], |row| row.get(0))
        .optional()?;
    Ok(cursor.max(dated.unwrap_or(0)))
}

/// Up to one member more than the page holds.
fn page_of_kind(
    db: &Connection,
    query: &MemberQuery,
    after: i64,
    kind: Option<&str>,
) -> Result<Vec<Member>, StoreError> {
    let versions = Versions::of(&query.versions);
    let part = query.handed_out_until_us.is_some();
    let index = match (query.ids.is_empty(), kind, versions.last_only()) {
        (false, _, _) => "INDEXED BY member_id",
        (true, Some(_), true) if !part => "INDEXED BY member_kind_last",
        (true, Some(_), _) => "INDEXED BY member_kind",
        (true, None, true) if !part => "INDEXED BY member_last",
        (true, None, _) => "",
    };
    let optional = |asked: bool, term: &'static str| if asked { term } else { "" };
    let sql = format!(
        "SELECT seq, date_added_us, id, kind, version, body, fetched_us FROM member {index}
         WHERE collection = :collection AND seq > :after {} {} {} {} {}
         ORDER BY seq LIMIT :limit",
        optional(!query.ids.is_empty(), "AND id IN (SELECT value FROM json_each(:ids))"),
        optional(kind.is_some(), "AND kind = :kind"),
        optional(part, "AND (fetched_us IS NOT NULL OR date_added_us > :until)"),
        optional(query.not_handed_out, "AND fetched_us IS NULL"),
        if part { term_of_part(&versions) } else { term(&versions).to_owned() },
    );
    let ids = json(&query.ids);
    let exact = json(&versions.exact);
    let most = limit(query.limit).saturating_add(1);
    let mut values: Vec<(&str, &dyn ToSql)> =
        vec![(":collection", &query.collection), (":after", &after), (":limit", &most)];
    if !query.ids.is_empty() {
        values.push((":ids", &ids));
    }
    if kind.is_some() {
        values.push((":kind", &kind));
    }
    if versions.names_exact() {
        values.push((":exact", &exact));
    }
    if part {
        values.push((":until", &query.handed_out_until_us));
    }
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(values.as_slice(), read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// As [`term`], where first and last are those of a part of the collection.
fn term_of_part(versions: &Versions) -> String {
    let end = |order: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM member AS other INDEXED BY member_id
             WHERE other.collection = member.collection AND other.id = member.id
               AND (other.fetched_us IS NOT NULL OR other.date_added_us > :until)
               AND (other.instant, other.seq) {order} (member.instant, member.seq))"
        )
    };
    term(versions).replace("is_last = 1", &end(">")).replace("is_first = 1", &end("<"))
}

fn term(versions: &Versions) -> &'static str {
    let exact = versions.names_exact();
    match (versions.all, versions.first, versions.last, exact) {
        (true, ..) => "",
        (_, false, true, false) => "AND is_last = 1",
        (_, true, false, false) => "AND is_first = 1",
        (_, true, true, false) => "AND (is_last = 1 OR is_first = 1)",
        (_, false, true, true) => {
            "AND (is_last = 1 OR instant IN (SELECT value FROM json_each(:exact)))"
        }
        (_, true, false, true) => {
            "AND (is_first = 1 OR instant IN (SELECT value FROM json_each(:exact)))"
        }
        (_, true, true, true) => {
            "AND (is_last = 1 OR is_first = 1
                  OR instant IN (SELECT value FROM json_each(:exact)))"
        }
        (_, false, false, true) => "AND instant IN (SELECT value FROM json_each(:exact))",
        // `Exactly` with no text: nothing is asked for.
        (_, false, false, false) => "AND 0",
    }
}

fn numbers(seqs: &[i64]) -> String {
    serde_json::Value::from(seqs).to_string()
}

fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        seq: row.get(0)?,
        date_added_us: row.get(1)?,
        id: row.get(2)?,
        kind: row.get(3)?,
        version: row.get(4)?,
        body: row.get(5)?,
        fetched_us: row.get(6)?,
    })
}
