//! Collections: what a reader sees, page by page.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::connection::shrink;
use super::limit;
use super::member::json;
use crate::query::Versions;
use crate::{BodyPage, Extent, Member, MemberPage, MemberQuery, StoreError};

/// Rows of a page that somebody reads a collection with, from one end to the other.
const MANY: usize = 100;

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
    if members.len() >= MANY {
        shrink(db)?;
    }
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
    let mut members = Vec::new();
    let body = if query.without_bodies { "''" } else { "body" };
    let columns = format!("seq, date_added_us, id, kind, version, {body}, fetched_us");
    each(db, query, (after, kind), &columns, |row| {
        members.push(read(row)?);
        Ok(true)
    })?;
    Ok(members)
}

/// The bodies of a page, joined as they are read: no row is handed out.
pub(super) fn bodies(
    db: &Connection,
    query: &MemberQuery,
    most_bytes: usize,
) -> Result<BodyPage, StoreError> {
    let mut page = BodyPage::default();
    if let Some(id) = query.one_last() {
        let mut statement = db.prepare_cached(ONE_LAST)?;
        let mut rows = statement.query([query.collection.as_str(), id])?;
        if let Some(row) = rows.next()? {
            page.more = !add(&mut page, row, most_bytes)?;
        }
        return Ok(page);
    }
    let kind = match query.kinds.as_slice() {
        [] => None,
        [kind] => Some(kind.as_str()),
        // Several types are merged: row by row, after all.
        _ => {
            let MemberPage { members, more } = self::page(db, query)?;
            page.more = more;
            for member in members {
                if !page.add((member.seq, member.date_added_us), &member.body, most_bytes) {
                    page.more = true;
                    break;
                }
            }
            return Ok(page);
        }
    };
    let after = after(db, query)?;
    each(db, query, (after, kind), "seq, date_added_us, body", |row| {
        if page.count == query.limit {
            page.more = true;
            return Ok(false);
        }
        let added = add(&mut page, row, most_bytes)?;
        page.more = !added;
        Ok(added)
    })?;
    if page.count >= MANY {
        shrink(db)?;
    }
    Ok(page)
}

/// Of one object the last version: in its index the one at the end.
const ONE_LAST: &str = "SELECT seq, date_added_us, body FROM member INDEXED BY member_id
    WHERE collection = ?1 AND id = ?2 ORDER BY instant DESC, seq DESC LIMIT 1";

/// Whether it still fits.
fn add(page: &mut BodyPage, row: &Row<'_>, most_bytes: usize) -> rusqlite::Result<bool> {
    let body = row.get_ref(2)?.as_str().map_err(|_| rusqlite::Error::InvalidQuery)?;
    Ok(page.add((row.get(0)?, row.get(1)?), body, most_bytes))
}

/// The newest member of each id, of the version where one is named.
pub(super) fn newest(
    db: &Connection,
    collection: &str,
    of: &[(String, String)],
) -> Result<Vec<Option<Member>>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT seq, date_added_us, id, kind, version, body, fetched_us FROM member
         WHERE collection = ?1 AND seq = ?2",
    )?;
    let mut found = Vec::with_capacity(of.len());
    for (id, version) in of {
        found.push(match super::member::newest(db, collection, id, version)? {
            Some(seq) => statement.query_row(params![collection, seq], read).optional()?,
            None => None,
        });
    }
    Ok(found)
}

/// How much there is in a collection.
pub(super) fn extent(db: &Connection, collection: &str) -> Result<Extent, StoreError> {
    let sql = "SELECT count(*) FROM member INDEXED BY member_added WHERE collection = ?1";
    let versions: i64 = db.prepare_cached(sql)?.query_row([collection], |row| row.get(0))?;
    let sql = "SELECT count(*) FROM member INDEXED BY member_last
               WHERE collection = ?1 AND is_last = 1";
    let objects: i64 = db.prepare_cached(sql)?.query_row([collection], |row| row.get(0))?;
    let sql = "SELECT last_added_us FROM collection WHERE collection = ?1";
    let last_added_us =
        db.prepare_cached(sql)?.query_row([collection], |row| row.get(0)).optional()?;
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(Extent { objects: count(objects), versions: count(versions), last_added_us })
}

/// Shows the rows behind `from` that the query names, up to one more than the page holds, as long
/// as it is wanted.
fn each(
    db: &Connection,
    query: &MemberQuery,
    (after, kind): (i64, Option<&str>),
    columns: &str,
    mut show: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<(), StoreError> {
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
        "SELECT {columns} FROM member {index}
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
    let mut rows = statement.query(values.as_slice())?;
    while let Some(row) = rows.next()? {
        if !show(row)? {
            break;
        }
    }
    Ok(())
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
