//! Quarantine, twins, blob names and counts.

use tokio_postgres::Row;

use super::apply::{Placed, Settled};
use super::connection::{Db, execute, first, rows};
use super::each::{self, EACH};
use super::{limit, log, plain};
use crate::{Blobs, Gone, Outcome, Quarantined, Stats, StoreError, Twin, Write};

const TWIN: &str =
    "partner, lineage, original, twin, created, modified, content_hash, collection, recalled";

/// Sets aside, keeps twins and names blobs, in the order of the writes.
pub(super) async fn lane(
    tx: &impl Db,
    blobs: &Blobs,
    writes: &[Placed<'_>],
) -> Result<Settled, StoreError> {
    let mut settled = Vec::with_capacity(writes.len());
    for (at, write) in writes {
        let outcome = match write {
            Write::Quarantine(row) => set_aside(tx, row).await?,
            Write::PurgeAside { source, id } => purge_aside(tx, source, id).await?,
            Write::Twin(twin) => keep_twin(tx, twin).await?,
            Write::Untwin { partner, lineage, original } => {
                forget_twin(tx, partner, lineage, original).await?
            }
            Write::Blob { sha256, size } => name_blob(tx, blobs, sha256, *size).await?,
            _ => continue,
        };
        settled.push((*at, outcome));
    }
    Ok(settled)
}

async fn set_aside(tx: &impl Db, row: &Quarantined) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO quarantine (source, object_id, path, rule, expected, found, raw, at_us)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute(
        tx,
        sql,
        &[
            &plain(&row.source),
            &row.object_id.as_deref().map(plain),
            &plain(&row.path),
            &row.rule,
            &plain(&row.expected),
            &plain(&row.found),
            &row.raw.as_bytes(),
            &row.at_us,
        ],
    )
    .await?;
    Ok(Outcome::Done)
}

/// Takes the texts away.
async fn purge_aside(tx: &impl Db, source: &str, id: &str) -> Result<Outcome, StoreError> {
    let sql = "UPDATE quarantine SET raw = '', found = ''
               WHERE source = $1 AND object_id = $2 AND (raw <> '' OR found <> '')";
    let purged = execute(tx, sql, &[&plain(source), &plain(id)]).await?;
    Ok(if purged == 0 { Outcome::Missing } else { Outcome::Done })
}

/// Newest first.
pub(super) async fn quarantine(
    db: &impl Db,
    after: Option<i64>,
    count: usize,
) -> Result<Vec<Quarantined>, StoreError> {
    let sql = "SELECT number, source, object_id, path, rule, expected, found, raw, at_us
               FROM quarantine WHERE number < $1 ORDER BY number DESC LIMIT $2";
    let mut found = Vec::new();
    for row in rows(db, sql, &[&after.unwrap_or(i64::MAX), &limit(count)]).await? {
        let raw: &[u8] = row.try_get(7)?;
        found.push(Quarantined {
            number: row.try_get(0)?,
            source: row.try_get(1)?,
            object_id: row.try_get(2)?,
            path: row.try_get(3)?,
            rule: row.try_get(4)?,
            expected: row.try_get(5)?,
            found: row.try_get(6)?,
            raw: String::from_utf8_lossy(raw).into_owned(),
            at_us: row.try_get(8)?,
        });
    }
    Ok(found)
}

async fn keep_twin(tx: &impl Db, twin: &Twin) -> Result<Outcome, StoreError> {
    let sql = format!(
        "INSERT INTO twin ({TWIN}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (partner, lineage, original) DO UPDATE
         SET twin = excluded.twin, created = excluded.created, modified = excluded.modified,
             content_hash = excluded.content_hash, collection = excluded.collection,
             recalled = excluded.recalled"
    );
    execute(
        tx,
        &sql,
        &[
            &twin.partner,
            &twin.lineage,
            &twin.original,
            &twin.twin,
            &twin.created,
            &twin.modified,
            &twin.content_hash,
            &twin.collection,
            &twin.recalled,
        ],
    )
    .await?;
    Ok(Outcome::Done)
}

/// Forgets what stands for an original at a partner.
async fn forget_twin(
    tx: &impl Db,
    partner: &str,
    lineage: &str,
    original: &str,
) -> Result<Outcome, StoreError> {
    let sql = "DELETE FROM twin WHERE partner = $1 AND lineage = $2 AND original = $3";
    let gone = execute(tx, sql, &[&partner, &lineage, &original]).await?;
    Ok(if gone == 0 { Outcome::Missing } else { Outcome::Done })
}

/// By partner, lineage and original.
pub(super) async fn twin(
    db: &impl Db,
    partner: &str,
    lineage: &str,
    original: &str,
) -> Result<Option<Twin>, StoreError> {
    let sql =
        format!("SELECT {TWIN} FROM twin WHERE partner = $1 AND lineage = $2 AND original = $3");
    first(db, &sql, &[&partner, &lineage, &original]).await?.map(|row| read_twin(&row)).transpose()
}

pub(super) async fn twin_each(
    db: &impl Db,
    partner: &str,
    lineage: &str,
    originals: &[String],
) -> Result<Vec<Option<Twin>>, StoreError> {
    let sql = format!(
        "SELECT {TWIN}, n.nth FROM {EACH}
         JOIN twin ON partner = $2 AND lineage = $3 AND original = n.asked"
    );
    each::one(db, &sql, originals, &[&partner, &lineage], read_twin).await
}

pub(super) async fn twins_of(db: &impl Db, id: &str) -> Result<Vec<Twin>, StoreError> {
    let sql = format!(
        "SELECT {TWIN} FROM twin WHERE original = $1 OR twin = $1
         ORDER BY partner, lineage, original"
    );
    rows(db, &sql, &[&id]).await?.iter().map(read_twin).collect()
}

pub(super) async fn twins_of_each(
    db: &impl Db,
    ids: &[String],
) -> Result<Vec<Vec<Twin>>, StoreError> {
    let sql = format!(
        "SELECT {TWIN}, n.nth FROM {EACH} JOIN twin ON original = n.asked OR twin = n.asked
         ORDER BY n.nth, partner, lineage, original"
    );
    each::all(db, &sql, ids, &[], read_twin).await
}

fn read_twin(row: &Row) -> Result<Twin, StoreError> {
    Ok(Twin {
        partner: row.try_get(0)?,
        lineage: row.try_get(1)?,
        original: row.try_get(2)?,
        twin: row.try_get(3)?,
        created: row.try_get(4)?,
        modified: row.try_get(5)?,
        content_hash: row.try_get(6)?,
        collection: row.try_get(7)?,
        recalled: row.try_get(8)?,
    })
}

/// Names a blob, which must lie in its folder with this size.
async fn name_blob(
    tx: &impl Db,
    blobs: &Blobs,
    sha256: &str,
    size: u64,
) -> Result<Outcome, StoreError> {
    if blobs.size_now(sha256)? != Some(size) {
        return Err(StoreError::BlobMissing { sha256: sha256.to_owned() });
    }
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let sql = "INSERT INTO blob VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING";
    let new = execute(tx, sql, &[&sha256, &size]).await?;
    Ok(if new == 0 { Outcome::Known } else { Outcome::New })
}

/// Counts of the database; sizes of blobs are added by the caller.
pub(super) async fn stats(db: &impl Db) -> Result<Stats, StoreError> {
    let sql = "
        SELECT (SELECT count(DISTINCT id) FROM object WHERE is_current),
               (SELECT count(*) FROM object), (SELECT count(*) FROM quarantine),
               (SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest(ARRAY[
                  'object', 'object_ref', 'object_key', 'search', 'quarantine', 'record',
                  'collection', 'member', 'withdrawn', 'twin', 'log', 'log_entry', 'checkpoint'
                ]) AS t (name))";
    let mut stats = Stats::default();
    if let Some(row) = first(db, sql, &[]).await? {
        let count = |at: usize| Ok::<_, StoreError>(row.try_get::<_, i64>(at)?.unsigned_abs());
        stats.objects = count(0)?;
        stats.object_versions = count(1)?;
        stats.quarantined = count(2)?;
        stats.bytes = count(3)?;
    }
    let by_type = "SELECT kind, count(DISTINCT id) FROM object WHERE is_current GROUP BY kind";
    for row in rows(db, by_type, &[]).await? {
        stats.by_type.insert(row.try_get(0)?, row.try_get::<_, i64>(1)?.unsigned_abs());
    }
    for name in log::names(db).await? {
        let size = log::size(db, &name).await?;
        stats.logs.insert(name, size);
    }
    Ok(stats)
}

/// Every version without its text and every recalled twin.
pub(super) async fn gone(db: &impl Db) -> Result<Gone, StoreError> {
    let three = |row: &tokio_postgres::Row| -> Result<[String; 3], StoreError> {
        Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
    };
    let versions = "SELECT channel, id, version FROM object WHERE purged";
    let twins = "SELECT partner, lineage, twin FROM twin WHERE recalled";
    Ok(Gone {
        versions: rows(db, versions, &[]).await?.iter().map(three).collect::<Result<_, _>>()?,
        twins: rows(db, twins, &[]).await?.iter().map(three).collect::<Result<_, _>>()?,
    })
}
