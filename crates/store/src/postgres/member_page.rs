//! Collections: what a reader sees, page by page.

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::{Db, comparable, first, rows};
use super::limit;
use super::member::NEWEST;
use crate::instant::instant;
use crate::query::Versions;
use crate::{BodyPage, Extent, Member, MemberPage, MemberQuery, StoreError, Unchanged};

/// A page. Types are read one by one and merged; dates grow with sequences, so that "added after"
/// is a sequence too.
pub(super) async fn page(db: &impl Db, query: &MemberQuery) -> Result<MemberPage, StoreError> {
    let body = if query.without_bodies { "''" } else { "m.body" };
    let columns =
        format!("m.seq, m.date_added_us, m.id, m.kind, m.version, {body} AS body, m.fetched_us");
    let found = Asked::of(query).rows(db, &columns, i64::MAX, None).await?;
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
    let found = Asked::of(query).rows(db, BODIES, most, None).await?;
    joined(&found, query, most_bytes)
}

/// The same, if all these records are still as they were.
pub(super) async fn bodies_if(
    db: &impl Db,
    unchanged: &[Unchanged],
    query: &MemberQuery,
    most_bytes: usize,
) -> Result<Option<BodyPage>, StoreError> {
    let most = i64::try_from(most_bytes).unwrap_or(i64::MAX);
    let mut found = match query.one_last() {
        Some(id) => one_last(db, unchanged, &query.collection, id).await?,
        None => Asked::of(query).rows(db, BODIES, most, Some(unchanged)).await?,
    };
    let Some(first) = found.first() else { return Ok(None) };
    if !first.try_get::<_, bool>("holds")? {
        return Ok(None);
    }
    // An empty page is a row without a member.
    if first.try_get::<_, Option<i64>>(0)?.is_none() {
        found.clear();
    }
    joined(&found, query, most_bytes).map(Some)
}

const BODIES: &str = "m.seq, m.date_added_us, m.body";

/// Of one object the last version, if these records are as they were, and whether they are: where one
/// is not, nothing is looked for. Written so that each table has one index that can be used: such a
/// question is planned when the server knows nothing yet of how much there is.
async fn one_last(
    db: &impl Db,
    unchanged: &[Unchanged],
    collection: &str,
    id: &str,
) -> Result<Vec<Row>, StoreError> {
    let Records { buckets, keys, revisions } = Records::of(unchanged);
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&collection, &id];
    let mut holds = String::from("true");
    for ((bucket, key), revision) in buckets.iter().zip(&keys).zip(&revisions) {
        let n = values.len();
        holds.push_str(&format!(
            " AND coalesce((SELECT r.revision FROM record r
                            WHERE r.bucket = ${} AND r.key = ${}) = ${}, false)",
            n + 1,
            n + 2,
            n + 3
        ));
        values.extend([bucket as &(dyn ToSql + Sync), key, revision]);
    }
    let sql = format!(
        "SELECT m.seq, m.date_added_us, m.body, k.holds
         FROM (SELECT {holds} AS holds OFFSET 0) k LEFT JOIN LATERAL (
           SELECT * FROM member m WHERE k.holds AND m.collection = $1 AND m.id = $2
           ORDER BY m.instant DESC, m.seq DESC LIMIT 1) m ON true"
    );
    rows(db, &sql, &values).await
}

/// Records that have to be unchanged, as values of a question.
struct Records<'a> {
    buckets: Vec<&'a str>,
    keys: Vec<String>,
    revisions: Vec<i64>,
}

impl<'a> Records<'a> {
    fn of(unchanged: &'a [Unchanged]) -> Self {
        Self {
            buckets: unchanged.iter().map(|one| one.bucket).collect(),
            keys: unchanged.iter().map(|one| one.key.clone()).collect(),
            revisions: unchanged.iter().map(|one| one.revision).collect(),
        }
    }
}

fn joined(found: &[Row], query: &MemberQuery, most_bytes: usize) -> Result<BodyPage, StoreError> {
    let mut page = BodyPage::default();
    for row in found {
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

/// A question about a collection.
struct Asked<'a> {
    query: &'a MemberQuery,
    versions: Versions,
}

impl<'a> Asked<'a> {
    fn of(query: &'a MemberQuery) -> Self {
        Self { query, versions: Versions::of(&query.versions) }
    }

    /// Up to one row more than the page holds; none behind the first whose bodies come to so many bytes
    /// together. With records that have to be unchanged each row says whether that `holds`, and there
    /// is one at least; where it does not, the server looks for no member.
    async fn rows(
        &self,
        db: &impl Db,
        columns: &str,
        most_bytes: i64,
        unchanged: Option<&[Unchanged]>,
    ) -> Result<Vec<Row>, StoreError> {
        let query = self.query;
        let after = query.after_seq.unwrap_or(0);
        let most = limit(query.limit).saturating_add(1);
        let (ids, kinds) = (comparable(&query.ids), comparable(&query.kinds));
        let exact = comparable(&self.versions.exact);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![
            &query.collection,
            &after,
            &query.added_after_us,
            &most,
            &ids,
            &kinds,
            &query.handed_out_until_us,
            &exact,
        ];
        let Some(unchanged) = unchanged else {
            return rows(db, &self.sql(columns, most_bytes, ""), &values).await;
        };
        let Records { buckets, keys, revisions } = Records::of(unchanged);
        let keys = comparable(&keys);
        values.extend([&buckets as &(dyn ToSql + Sync), &keys, &revisions]);
        let sql = format!(
            "SELECT p.*, k.holds
             FROM (SELECT count(*) = cardinality($9::text[]) AS holds
                   FROM unnest($9::text[], $10::text[], $11::bigint[]) AS n (asked, named, was)
                   JOIN record r ON r.bucket = n.asked AND r.key = n.named AND r.revision = n.was) k
             LEFT JOIN LATERAL ({}) p ON true ORDER BY p.seq",
            self.sql(columns, most_bytes, "AND k.holds")
        );
        rows(db, &sql, &values).await
    }

    fn sql(&self, columns: &str, most_bytes: i64, gate: &str) -> String {
        let source = self.source();
        // Each value is named once, so that the server knows its type in every form of the question.
        let named = "(($2::bigint, $3::bigint, $5::text[], $6::text[], $7::bigint, $8::text[])
                      IS NOT NULL OR true)";
        if most_bytes == i64::MAX {
            return format!(
                "SELECT {columns} FROM {source} WHERE {named} {gate} ORDER BY m.seq LIMIT $4"
            );
        }
        // One body more than fits, so that it is seen that there is more; the first always fits.
        format!(
            "SELECT {columns} FROM (
               SELECT m.*, sum(octet_length(m.body)) OVER w - octet_length(m.body) AS before,
                      first_value(octet_length(m.body)) OVER w AS first
               FROM {source} WHERE {named} {gate} WINDOW w AS (ORDER BY m.seq)
               ORDER BY m.seq LIMIT $4) m
             WHERE m.before <= greatest(m.first, {most_bytes}) ORDER BY m.seq"
        )
    }

    fn source(&self) -> String {
        let (query, versions) = (self.query, &self.versions);
        let part = query.handed_out_until_us.is_some();
        let optional = |asked: bool, term: &'static str| if asked { term } else { "" };
        let terms = [
            optional(query.not_handed_out, "AND m.fetched_us IS NULL").to_owned(),
            optional(part, "AND (m.fetched_us IS NOT NULL OR m.date_added_us > $7)").to_owned(),
            if part { term_of_part(versions) } else { term(versions) },
        ]
        .join(" ");
        let dated = "coalesce((SELECT d.seq FROM member d
            WHERE d.collection = $1 AND d.date_added_us <= $3
            ORDER BY d.date_added_us DESC LIMIT 1), 0)";
        if !query.ids.is_empty() {
            // In the order of the index of ids, with terms that no other index answers: to a server
            // that knows nothing yet of how much there is, all of them look as good.
            let terms = terms.replace("m.is_last", "m.is_last IS NOT FALSE");
            let kinds = optional(!query.kinds.is_empty(), "AND m.kind || '' = ANY ($6)");
            return format!(
                "(SELECT m.* FROM (SELECT DISTINCT id FROM unnest($5::text[]) AS u (id)) i, LATERAL (
                   SELECT m.* FROM member m
                   WHERE m.collection = $1 AND m.id = i.id AND m.seq + 0 > greatest($2, {dated})
                     {kinds} {terms}
                   ORDER BY m.instant, m.seq) m) m"
            );
        }
        let of_kind = |term: &str| {
            format!(
                "SELECT m.* FROM member m
                 WHERE m.collection = $1 AND m.seq > greatest($2, {dated}) {terms} {term}
                 ORDER BY m.seq LIMIT $4"
            )
        };
        if query.kinds.is_empty() {
            return format!("({}) m", of_kind(""));
        }
        format!(
            "(SELECT DISTINCT kind FROM unnest($6::text[]) AS u (kind)) a, LATERAL ({}) m",
            of_kind("AND m.kind = a.kind")
        )
    }
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
