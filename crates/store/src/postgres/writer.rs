//! The one writing task: waiting batches share a transaction and one wait for the disk.
//!
//! One transaction writes at a time, in all processes on the store: guards, versions, sequences
//! and logs are judged by what is there, and nearly every batch appends to the node's log.

use deadpool_postgres::{Object, Pool};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::connection::execute;
use super::{apply, derived, record, sweep};
use crate::{Batch, Blobs, Outcome, StoreError, Sweep};

/// Batches that may wait before callers do.
const QUEUE: usize = 256;
/// Changes after which a group is closed.
const GROUP_WRITES: usize = 5_000;

/// Held until the end of the transaction; the table's own number keeps stores of one database
/// apart.
pub(crate) const LOCK: &str =
    "SELECT pg_advisory_xact_lock(1701735523, 'collection'::regclass::oid::int)";

type Answer = Result<Vec<Outcome>, StoreError>;

struct Job {
    batch: Batch,
    done: oneshot::Sender<Answer>,
}

enum Task {
    Commit(Job),
    Rebuild(oneshot::Sender<Result<usize, StoreError>>),
    Sweep(Sweep, oneshot::Sender<Result<Vec<String>, StoreError>>),
}

/// Handle to the task; it finishes what waits when all handles are gone.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Task>,
    _task: JoinHandle<()>,
}

impl Writer {
    pub(super) fn start(pool: Pool, blobs: Blobs) -> Self {
        let (queue, tasks) = mpsc::channel(QUEUE);
        Self { queue, _task: tokio::spawn(run(pool, blobs, tasks)) }
    }

    /// Hands a batch over and waits until it is on disk. A caller that stops waiting does not
    /// stop the batch.
    pub(super) async fn commit(&self, batch: Batch) -> Answer {
        let (done, answer) = oneshot::channel();
        let task = Task::Commit(Job { batch, done });
        self.queue.send(task).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Derives anew between two groups; answers how many texts were read.
    pub(super) async fn rebuild(&self) -> Result<usize, StoreError> {
        let (done, answer) = oneshot::channel();
        self.queue.send(Task::Rebuild(done)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Sweeps blobs between two groups; answers which are gone.
    pub(super) async fn sweep(&self, sweep: Sweep) -> Result<Vec<String>, StoreError> {
        let (done, answer) = oneshot::channel();
        self.queue.send(Task::Sweep(sweep, done)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

async fn run(pool: Pool, blobs: Blobs, mut tasks: mpsc::Receiver<Task>) {
    let mut next = None;
    loop {
        let task = match next.take() {
            Some(task) => task,
            None => match tasks.recv().await {
                Some(task) => task,
                None => return,
            },
        };
        let first = match task {
            Task::Commit(job) => job,
            Task::Rebuild(done) => {
                // The caller may have gone away; what was made stands.
                let _ = done.send(rebuild(&pool).await);
                continue;
            }
            Task::Sweep(asked, done) => {
                let _ = done.send(sweep::sweep(&pool, &blobs, &asked).await);
                continue;
            }
        };
        let mut writes = first.batch.writes.len();
        let mut group = vec![first];
        while writes < GROUP_WRITES
            && next.is_none()
            && let Ok(task) = tasks.try_recv()
        {
            match task {
                Task::Commit(job) => {
                    writes += job.batch.writes.len();
                    group.push(job);
                }
                other => next = Some(other),
            }
        }
        settle(&pool, &blobs, group).await;
    }
}

async fn rebuild(pool: &Pool) -> Result<usize, StoreError> {
    let mut client = pool.get().await?;
    derived::rebuild(&mut client).await
}

/// Commits a group and answers everyone in it, after the disk has it.
async fn settle(pool: &Pool, blobs: &Blobs, group: Vec<Job>) {
    let (batches, callers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|job| (job.batch, job.done)).unzip();
    let answers = match commit_group(pool, blobs, &batches).await {
        Ok(answers) => answers,
        Err(error) => vec![Err(error); batches.len()],
    };
    for (caller, answer) in callers.into_iter().zip(answers) {
        // The caller may have gone away; the batch stands.
        let _ = caller.send(answer);
    }
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
    enter(&tx).await?;
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
