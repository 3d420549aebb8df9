//! Object versions: what is read.

use tokio_postgres::Row;

use super::connection::{Db, first, rows};
use super::each::{self, EACH};
use super::limit;
use super::object::state_name;
use super::veil::UNVEILED;
use crate::{OWN, ObjectQuery, ObjectRow, ObjectState, RefRow, StoreError, Veil};

/// Columns of [`ObjectRow`], in the order that [`read`] expects, of a table called `o`.
pub(super) const COLUMNS: &str = "o.row, o.id, o.channel, o.kind, o.version, o.raw, o.revoked, \
     CASE WHEN o.restricted THEN 'restricted' ELSE o.state END, \
     o.label, o.tlp, o.source, o.received_us, o.content_hash";

/// The order of versions, oldest first.
const OLDEST_FIRST: &str =
    "(CASE WHEN o.version LIKE 'sha256:%' THEN '' ELSE o.version END), o.row";

/// The current version of the object `id` in the channel `$2`, in any if that is null: own (`$3`)
/// before others, then held before not held, revoked, the latest.
fn current_sql(id: &str) -> String {
    format!(
        "SELECT o.* FROM object o
         WHERE o.id = {id} AND o.is_current AND ($2::text IS NULL OR o.channel = $2)
         ORDER BY o.channel <> $3, o.state <> 'held', o.revoked DESC,
                  (CASE WHEN o.version LIKE 'sha256:%' THEN '' ELSE o.version END) DESC, o.row
         LIMIT 1"
    )
}

pub(super) async fn current(
    db: &impl Db,
    id: &str,
    channel: Option<&str>,
) -> Result<Option<ObjectRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM ({}) o", current_sql("$1"));
    first(db, &sql, &[&id, &channel, &OWN]).await?.map(|row| read(&row)).transpose()
}

pub(super) async fn current_each(
    db: &impl Db,
    ids: &[String],
    channel: Option<&str>,
) -> Result<Vec<Option<ObjectRow>>, StoreError> {
    let of = current_sql("n.asked");
    let sql = format!("SELECT {COLUMNS}, n.nth FROM {EACH}, LATERAL ({of}) o");
    each::one(db, &sql, ids, &[&channel, &OWN], read).await
}

/// All versions in all channels, oldest first.
pub(super) async fn versions(db: &impl Db, id: &str) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM object o WHERE o.id = $1 ORDER BY {OLDEST_FIRST}");
    rows(db, &sql, &[&id]).await?.iter().map(read).collect()
}

pub(super) async fn versions_each(
    db: &impl Db,
    ids: &[String],
) -> Result<Vec<Vec<ObjectRow>>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, n.nth FROM {EACH} JOIN object o ON o.id = n.asked
         ORDER BY n.nth, {OLDEST_FIRST}"
    );
    each::all(db, &sql, ids, &[], read).await
}

/// Current versions in the order of rows; several types are read one by one and merged, so that a
/// page costs a page.
pub(super) async fn list(db: &impl Db, query: &ObjectQuery) -> Result<Vec<ObjectRow>, StoreError> {
    let optional = |asked: bool, term: &'static str| if asked { term } else { "" };
    let not_held = query.state.is_some_and(|state| state != ObjectState::Held);
    let terms = [
        optional(not_held, "AND o.state <> 'held'"),
        optional(query.channel.is_some(), "AND o.channel = $4"),
        optional(query.state.is_some(), "AND o.state = $5"),
    ]
    .join(" ");
    let page = |of_kind: &str| {
        format!(
            "SELECT o.* FROM object o WHERE o.is_current AND o.row > $1 {terms} {of_kind}
             ORDER BY o.row LIMIT $2"
        )
    };
    let source = if query.kinds.is_empty() {
        format!("(SELECT 1 WHERE $3::text[] IS NOT NULL) k, LATERAL ({}) o", page(""))
    } else {
        format!(
            "(SELECT DISTINCT kind FROM unnest($3::text[]) AS a (kind)) k, LATERAL ({}) o",
            page("AND o.kind = k.kind")
        )
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM {source}
         WHERE ($4::text IS NULL OR true) AND ($5::text IS NULL OR true)
         ORDER BY o.row LIMIT $2"
    );
    let (after, limit) = (query.after.unwrap_or(i64::MIN), limit(query.limit));
    let state = query.state.map(state_name);
    let values: super::connection::Values<'_> =
        &[&after, &limit, &query.kinds, &query.channel, &state];
    rows(db, &sql, values).await?.iter().map(read).collect()
}

/// Who refers to an object.
pub(super) async fn referring(
    db: &impl Db,
    id: &str,
    veil: &Veil,
    count: usize,
) -> Result<Vec<RefRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, r.path FROM object_ref r JOIN object o ON o.row = r.row
         WHERE r.target = $4 AND o.is_current AND o.state = 'held' AND {UNVEILED}
         ORDER BY r.row, r.path LIMIT $5"
    );
    let found =
        rows(db, &sql, &[&veil.bucket, &veil.now_us, &veil.lifted, &id, &limit(count)]).await?;
    let read_ref = |row: &Row| Ok(RefRow { object: read(row)?, path: row.try_get(13)? });
    found.iter().map(read_ref).collect()
}

/// Objects that bear an identifier.
pub(super) async fn bearing(
    db: &impl Db,
    (kind, value): (&str, &str),
    veil: &Veil,
    count: usize,
) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM object_key k JOIN object o ON o.row = k.row
         WHERE k.kind = $4 AND k.value = $5 AND o.is_current AND o.state = 'held' AND {UNVEILED}
         ORDER BY k.row LIMIT $6"
    );
    let (bucket, now_us, lifted) = (&veil.bucket, &veil.now_us, &veil.lifted);
    let found = rows(db, &sql, &[bucket, now_us, lifted, &kind, &value, &limit(count)]).await?;
    found.iter().map(read).collect()
}

/// Relationships of the channel `$2` that go out from the object `id`, `$3` of them.
fn relations_sql(id: &str) -> String {
    format!(
        "SELECT o.* FROM object_ref r JOIN object o ON o.row = r.row
         WHERE r.target = {id} AND r.path = 'source_ref' AND o.kind = 'relationship'
           AND o.channel = $2 AND o.is_current AND o.state = 'held'
         ORDER BY r.row LIMIT $3"
    )
}

pub(super) async fn relations_from(
    db: &impl Db,
    channel: &str,
    id: &str,
    count: usize,
) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM ({}) o ORDER BY o.row", relations_sql("$1"));
    rows(db, &sql, &[&id, &channel, &limit(count)]).await?.iter().map(read).collect()
}

pub(super) async fn relations_from_each(
    db: &impl Db,
    channel: &str,
    ids: &[String],
    count: usize,
) -> Result<Vec<Vec<ObjectRow>>, StoreError> {
    let of = relations_sql("n.asked");
    let sql =
        format!("SELECT {COLUMNS}, n.nth FROM {EACH}, LATERAL ({of}) o ORDER BY n.nth, o.row");
    each::all(db, &sql, ids, &[&channel, &limit(count)], read).await
}

/// Versions that name their creator so, behind a row.
pub(super) async fn created_by(
    db: &impl Db,
    creator: &str,
    after: Option<i64>,
    count: usize,
) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM object_ref r JOIN object o ON o.row = r.row
         WHERE r.target = $1 AND r.row > $2 AND r.path = 'created_by_ref'
         ORDER BY r.row LIMIT $3"
    );
    let after = after.unwrap_or(i64::MIN);
    rows(db, &sql, &[&creator, &after, &limit(count)]).await?.iter().map(read).collect()
}

/// Reads [`COLUMNS`].
pub(super) fn read(row: &Row) -> Result<ObjectRow, StoreError> {
    Ok(ObjectRow {
        row: row.try_get(0)?,
        id: row.try_get(1)?,
        channel: row.try_get(2)?,
        kind: row.try_get(3)?,
        version: row.try_get(4)?,
        raw: row.try_get(5)?,
        revoked: row.try_get(6)?,
        state: state(row.try_get(7)?)?,
        label: row.try_get(8)?,
        tlp: row.try_get(9)?,
        source: row.try_get(10)?,
        received_us: row.try_get(11)?,
        content_hash: row.try_get(12)?,
    })
}

fn state(name: &str) -> Result<ObjectState, StoreError> {
    match name {
        "held" => Ok(ObjectState::Held),
        "pending" => Ok(ObjectState::Pending),
        "rejected" => Ok(ObjectState::Rejected),
        "recalled" => Ok(ObjectState::Recalled),
        "restricted" => Ok(ObjectState::Restricted),
        _ => Err(StoreError::Damaged { doing: "reading the state of an object" }),
    }
}
