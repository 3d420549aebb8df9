//! The sweep of blobs: first the rows that nobody needs, then the files that no row names.

use std::collections::BTreeSet;

use deadpool_postgres::Pool;
use tokio_postgres::Row;

use super::connection::{Db, execute, rows};
use super::writer;
use crate::blob::is_name;
use crate::{Blobs, OWN, StoreError, Sweep};

/// Blobs done under one lock: other processes wait for it, and give up after ten seconds.
const PORTION: usize = 100;

/// Of the names `$1`, those that are not kept: no pin (bucket `$2`) holds at `$4`, and no object of
/// the channel `$5` has its text whose document this is (bucket `$3`). What is noted of a blob lies
/// together behind `NAME/`, before the character that follows `/`.
const NOT_KEPT: &str = "
    SELECT n.name FROM unnest($1::text[]) AS n (name)
    WHERE NOT EXISTS (
        SELECT 1 FROM record p
        WHERE p.bucket = $2 AND p.key > n.name || '/' AND p.key < n.name || '0'
          AND (p.due_us IS NULL OR p.due_us > $4))
      AND NOT EXISTS (
        SELECT 1 FROM record u JOIN object o ON o.id = substr(u.key, length(n.name) + 2)
        WHERE u.bucket = $3 AND u.key > n.name || '/' AND u.key < n.name || '0'
          AND o.channel = $5 AND NOT o.purged AND o.raw <> '')";

/// Takes away what nothing keeps; answers the names of the files that are gone.
///
/// Each step holds the lock of the writers, so no process names or pins a blob meanwhile. A crash
/// between them leaves files without a row: the next sweep takes them.
pub(super) async fn sweep(
    pool: &Pool,
    blobs: &Blobs,
    sweep: &Sweep,
) -> Result<Vec<String>, StoreError> {
    let names = match &sweep.names {
        Some(names) => names.iter().filter(|name| is_name(name)).cloned().collect(),
        None => all(pool, blobs).await?,
    };
    let names: Vec<String> = names.into_iter().collect();
    let mut gone = Vec::new();
    for portion in names.chunks(PORTION) {
        forget(pool, sweep, portion).await?;
        gone.extend(delete(pool, blobs, sweep, portion).await?);
    }
    Ok(gone)
}

/// What rows name, and what lies in the folder.
async fn all(pool: &Pool, blobs: &Blobs) -> Result<BTreeSet<String>, StoreError> {
    let folder = blobs.clone();
    let files = tokio::task::spawn_blocking(move || folder.names_now()).await;
    let mut names = BTreeSet::from_iter(files.map_err(|_| StoreError::Closed)??);
    let client = pool.get().await?;
    names.extend(texts(&rows(&client, "SELECT sha256 FROM blob", &[]).await?)?);
    Ok(names)
}

/// Deletes the rows of blobs that are not kept, and what was noted of them.
async fn forget(pool: &Pool, sweep: &Sweep, names: &[String]) -> Result<(), StoreError> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    writer::enter(&tx).await?;
    let unkept = not_kept(&tx, sweep, names, "").await?;
    if unkept.is_empty() {
        return Ok(());
    }
    execute(&tx, "DELETE FROM blob WHERE sha256 = ANY ($1)", &[&unkept]).await?;
    let sql = "
        WITH gone AS (
            DELETE FROM record r USING unnest($1::text[]) AS n (name)
            WHERE r.bucket IN ($2, $3) AND r.key > n.name || '/' AND r.key < n.name || '0'
            RETURNING r.bucket, r.revision)
        INSERT INTO record_floor SELECT bucket, max(revision) FROM gone GROUP BY bucket
        ON CONFLICT (bucket) DO UPDATE
        SET revision = greatest(record_floor.revision, excluded.revision)";
    execute(&tx, sql, &[&unkept, &sweep.pins, &sweep.uses]).await?;
    tx.commit().await.map_err(|e| StoreError::from(e).during("committing"))
}

/// Deletes the files that neither a row nor a pin keeps; answers their names.
async fn delete(
    pool: &Pool,
    blobs: &Blobs,
    sweep: &Sweep,
    names: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut client = pool.get().await?;
    let tx = client.transaction().await?;
    writer::enter(&tx).await?;
    // The server must not end the lock while a slow disk deletes.
    tx.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
    let no_row = "AND NOT EXISTS (SELECT 1 FROM blob b WHERE b.sha256 = n.name)";
    let free = not_kept(&tx, sweep, names, no_row).await?;
    let folder = blobs.clone();
    let deleting = tokio::task::spawn_blocking(move || {
        let mut gone = Vec::new();
        for name in free {
            if folder.remove_now(&name)? {
                gone.push(name);
            }
        }
        Ok(gone)
    });
    let gone = deleting.await.map_err(|_| StoreError::Closed)?;
    tx.rollback().await?;
    gone
}

async fn not_kept(
    tx: &impl Db,
    sweep: &Sweep,
    names: &[String],
    and: &str,
) -> Result<Vec<String>, StoreError> {
    let sql = format!("{NOT_KEPT} {and}");
    texts(&rows(tx, &sql, &[&names, &sweep.pins, &sweep.uses, &sweep.now_us, &OWN]).await?)
}

fn texts(rows: &[Row]) -> Result<Vec<String>, StoreError> {
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}
