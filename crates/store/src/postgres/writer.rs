//! The one writing task.
//!
//! One transaction writes at a time, in all processes on the store: guards, versions, sequences
//! and logs are judged by what is there, and nearly every batch appends to the node's log.

use deadpool_postgres::{Object, Pool};

use super::connection::execute;
use super::presence::TELL;
use super::{apply, derived, record, sweep};
use crate::queue::{Answer, Queue, Tasks, Work};
use crate::{Batch, Blobs, StoreError};

/// Held until the end of the transaction; the table's own number keeps stores of one database
/// apart.
pub(crate) const LOCK: &str =
    "SELECT pg_advisory_xact_lock(1701735523, 'collection'::regclass::oid::int)";

/// Starts the task; it finishes what waits when the queue is gone.
pub(super) fn start(pool: Pool, blobs: Blobs) -> Queue {
    let (queue, tasks) = Queue::new();
    tokio::spawn(run(pool, blobs, tasks));
    queue
}

async fn run(pool: Pool, blobs: Blobs, mut tasks: Tasks) {
    while let Some(work) = tasks.next().await {
        match work {
            Work::Commit(group) => {
                let answers = commit_group(&pool, &blobs, &group.batches).await;
                group.answer(answers);
            }
            Work::Rebuild(done) => {
                let _ = done.send(rebuild(&pool).await);
            }
            Work::Sweep(asked, done) => {
                let _ = done.send(sweep::sweep(&pool, &blobs, &asked).await);
            }
        }
    }
}

async fn rebuild(pool: &Pool) -> Result<usize, StoreError> {
    let mut client = pool.get().await?;
    derived::rebuild(&mut client).await
}

/// One transaction; a batch that fails is taken back alone. An error means that nobody was told
/// that any was kept: only when the very answer to the commit is lost, all may be there.
async fn commit_group(
    pool: &Pool,
    blobs: &Blobs,
    batches: &[Batch],
) -> Result<Vec<Answer>, StoreError> {
    let mut client: Object = pool.get().await?;
    let mut tx = client.transaction().await?;
    // Told to the others with the commit, and to nobody without one: it goes along with the lock.
    let (entered, told) = tokio::join!(enter(&tx), execute(&tx, TELL, &[]));
    entered?;
    told?;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        let part = tx.savepoint("batch").await?;
        match apply::apply(&part, blobs, batch).await {
            Ok(outcomes) => {
                part.commit().await?;
                answers.push(Ok(outcomes));
            }
            Err(error) if error.ends_transaction() => return Err(error),
            Err(error) => {
                part.rollback().await?;
                answers.push(Err(error));
            }
        }
    }
    tx.commit().await.map_err(|e| StoreError::from(e).during("committing"))?;
    Ok(answers)
}

/// Takes the lock of the writers until the end of a transaction.
pub(super) async fn lock(tx: &impl super::connection::Db) -> Result<(), StoreError> {
    execute(tx, LOCK, &[]).await.map(|_| ())
}

/// Takes the lock of the writers, in a store that was not moved.
pub(super) async fn enter(tx: &impl super::connection::Db) -> Result<(), StoreError> {
    let (bucket, key) = crate::carry::MOVED;
    let (locked, moved) = tokio::join!(lock(tx), record::revision(tx, bucket, key));
    locked?;
    if moved?.is_some() { Err(StoreError::Moved) } else { Ok(()) }
}
