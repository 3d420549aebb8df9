//! Collections: what a reader sees, page by page.

use tokio_postgres::Row;

use super::connection::{Db, Values, comparable, first, rows};
use super::limit;
use super::member::NEWEST;
use crate::instant::instant;
use crate::query::Versions;
use crate::{BodyPage, Extent, Member, MemberPage, MemberQuery, StoreError};

/// A page. Types are read one by one and merged; dates grow with sequences, so that "added after"
/// is a sequence too.
pub(super) async fn page(db: &impl Db, query: &MemberQuery) -> Result<MemberPage, StoreError> {
    let body = if query.without_bodies { "''" } else { "m.body" };
    let columns =
        format!("m.seq, m.date_added_us, m.id, m.kind, m.version, {body} AS body, m.fetched_us");
    let found = found(db, query, &columns, i64::MAX).await?;
    let mut members: Vec<Member> = found.iter().map(read).collect::<Result<_, _>>()?;
    let more = members.len() > query.limit;
    members.truncate(query.limit);
    Ok(MemberPage { members, more })
}

/// The bodies of a page, joined.
pub(super) async fn bodies(
    db: &impl Db,
    query: &MemberQuery,
    most_bytes: usize,
) -> Result<BodyPage, StoreError> {
    let most = i64::try_from(most_bytes).unwrap_or(i64::MAX);
    let mut page = BodyPage::default();
    for row in found(db, query, "m.seq, m.date_added_us, m.body", most).await? {
        let added = page.count < query.limit
            && page.add((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?, most_bytes);
        if !added {
            page.more = true;
            break;
        }
    }
    Ok(page)
}

/// The newest member of each id, of the version where one is named.
pub(super) async fn newest(
    db: &impl Db,
    collection: &str,
    of: &[(String, String)],
) -> Result<Vec<Option<Member>>, StoreError> {
    let ids: Vec<Option<&str>> =
        of.iter().map(|(id, _)| Some(id.as_str()).filter(|id| !id.contains('\0'))).collect();
    let instants: Vec<Option<&str>> = of
        .iter()
        .map(|(_, version)| Some(instant(version)).filter(|text| !text.contains('\0')))
        .collect();
    let sql = format!(
        "SELECT m.seq, m.date_added_us, m.id, m.kind, m.version, m.body, m.fetched_us, n.nth
         FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS n (id, instant, nth)
         JOIN member m ON m.collection = $1 AND m.seq = ({NEWEST})"
    );
    let mut found: Vec<Option<Member>> = of.iter().map(|_| None).collect();
    for row in rows(db, &sql, &[&collection, &ids, &instants]).await? {
        let nth = usize::try_from(row.try_get::<_, i64>("nth")?).unwrap_or_default();
        // The server counts from 1.
        if let Some(place) = found.get_mut(nth.wrapping_sub(1)) {
            *place = Some(read(&row)?);
        }
    }
    Ok(found)
}

/// How much there is in a collection.
pub(super) async fn extent(db: &impl Db, collection: &str) -> Result<Extent, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM member m WHERE m.collection = $1 AND m.is_last),
                      (SELECT count(*) FROM member m WHERE m.collection = $1),
                      (SELECT last_added_us FROM collection c WHERE c.collection = $1)";
    let Some(row) = first(db, sql, &[&collection]).await? else { return Ok(Extent::default()) };
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(Extent {
        objects: count(row.try_get(0)?),
        versions: count(row.try_get(1)?),
        last_added_us: row.try_get(2)?,
    })
}

/// Up to one row more than the page holds; none behind the first whose bodies come to so many bytes
/// together.
async fn found(
    db: &impl Db,
    query: &MemberQuery,
    columns: &str,
    most_bytes: i64,
) -> Result<Vec<Row>, StoreError> {
    let versions = Versions::of(&query.versions);
    let part = query.handed_out_until_us.is_some();
    let optional = |asked: bool, term: &'static str| if asked { term } else { "" };
    let terms = [
        optional(!query.ids.is_empty(), "AND m.id = ANY ($5)").to_owned(),
        optional(query.not_handed_out, "AND m.fetched_us IS NULL").to_owned(),
        optional(part, "AND (m.fetched_us IS NOT NULL OR m.date_added_us > $7)").to_owned(),
        if part { term_of_part(&versions) } else { term(&versions) },
    ]
    .join(" ");
    let of_kind = |term: &str| {
        format!(
            "SELECT m.* FROM member m
             WHERE m.collection = $1 AND m.seq > greatest($2, coalesce(
                 (SELECT d.seq FROM member d WHERE d.collection = $1 AND d.date_added_us <= $3
                  ORDER BY d.date_added_us DESC LIMIT 1), 0)) {terms} {term}
             ORDER BY m.seq LIMIT $4"
        )
    };
    let source = if query.kinds.is_empty() {
        format!("({}) m", of_kind(""))
    } else {
        format!(
            "(SELECT DISTINCT kind FROM unnest($6::text[]) AS a (kind)) k, LATERAL ({}) m",
            of_kind("AND m.kind = k.kind")
        )
    };
    // Each value is named once, so that the server knows its type in every form of the question.
    let named = "(($2::bigint, $3::bigint, $5::text[], $6::text[], $7::bigint, $8::text[])
                  IS NOT NULL OR true)";
    let sql = if most_bytes == i64::MAX {
        format!("SELECT {columns} FROM {source} WHERE {named} ORDER BY m.seq LIMIT $4")
    } else {
        // One body more than fits, so that it is seen that there is more; the first always fits.
        format!(
            "SELECT {columns} FROM (
               SELECT m.*, sum(octet_length(m.body)) OVER w - octet_length(m.body) AS before,
                      first_value(octet_length(m.body)) OVER w AS first
               FROM {source} WHERE {named} WINDOW w AS (ORDER BY m.seq)
               ORDER BY m.seq LIMIT $4) m
             WHERE m.before <= greatest(m.first, {most_bytes}) ORDER BY m.seq"
        )
    };
    let after = query.after_seq.unwrap_or(0);
    let most = limit(query.limit).saturating_add(1);
    let values: Values<'_> = &[
        &query.collection,
        &after,
        &query.added_after_us,
        &most,
        &comparable(&query.ids),
        &comparable(&query.kinds),
        &query.handed_out_until_us,
        &comparable(&versions.exact),
    ];
    rows(db, &sql, values).await
}

/// As [`term`], where first and last are those of a part of the collection.
fn term_of_part(versions: &Versions) -> String {
    let end = |order: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM member other
             WHERE other.collection = m.collection AND other.id = m.id
               AND (other.fetched_us IS NOT NULL OR other.date_added_us > $7)
               AND (other.instant, other.seq) {order} (m.instant, m.seq))"
        )
    };
    term(versions).replace("m.is_last", &end(">")).replace("m.is_first", &end("<"))
}

fn term(versions: &Versions) -> String {
    if versions.all {
        return String::new();
    }
    let terms = [
        (versions.last, "m.is_last"),
        (versions.first, "m.is_first"),
        (!versions.exact.is_empty(), "m.instant = ANY ($8)"),
    ];
    let asked: Vec<&str> =
        terms.into_iter().filter_map(|(asked, term)| asked.then_some(term)).collect();
    match asked.as_slice() {
        // `Exactly` with no text: nothing is asked for.
        [] => "AND false".to_owned(),
        asked => format!("AND ({})", asked.join(" OR ")),
    }
}

fn read(row: &Row) -> Result<Member, StoreError> {
    Ok(Member {
        seq: row.try_get(0)?,
        date_added_us: row.try_get(1)?,
        id: row.try_get(2)?,
        kind: row.try_get(3)?,
        version: row.try_get(4)?,
        body: row.try_get(5)?,
        fetched_us: row.try_get(6)?,
    })
}
