//! Collections: what a reader sees, page by page.

use tokio_postgres::Row;

use super::connection::{Db, Values, comparable, rows};
use super::limit;
use crate::query::Versions;
use crate::{Member, MemberPage, MemberQuery, StoreError};

/// A page. Types are read one by one and merged; dates grow with sequences, so that "added after"
/// is a sequence too.
pub(super) async fn page(db: &impl Db, query: &MemberQuery) -> Result<MemberPage, StoreError> {
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
    let sql = format!(
        "SELECT m.seq, m.date_added_us, m.id, m.kind, m.version, m.body, m.fetched_us FROM {source}
         WHERE ($2::bigint, $3::bigint, $5::text[], $6::text[], $7::bigint, $8::text[])
               IS NOT NULL OR true
         ORDER BY m.seq LIMIT $4"
    );
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
    let mut members: Vec<Member> =
        rows(db, &sql, values).await?.iter().map(read).collect::<Result<_, _>>()?;
    let more = members.len() > query.limit;
    members.truncate(query.limit);
    Ok(MemberPage { members, more })
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
