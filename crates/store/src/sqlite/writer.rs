//! The one writing thread.

use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::{apply, connection, derived, record, sweep};
use crate::queue::{Answer, Queue, Tasks, Work};
use crate::{Batch, Blobs, StoreError, Write};

/// Objects of one group that are an import.
const MANY: usize = 100;

/// Handle to the thread; dropping it lets the thread finish what waits.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(db: Connection, blobs: Blobs) -> Result<Self, StoreError> {
        let (queue, tasks) = Queue::new();
        let thread = std::thread::Builder::new()
            .name("enlace-store-writer".to_owned())
            .spawn(move || run(db, &blobs, tasks))
            .map_err(StoreError::file("starting the writer of", "enlace.db".as_ref()))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) fn queue(&self) -> Result<&Queue, StoreError> {
        self.queue.as_ref().ok_or(StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told to its callers as `Closed`.
            let _ = thread.join();
        }
    }
}

fn run(mut db: Connection, blobs: &Blobs, mut tasks: Tasks) {
    let (mut purged, mut wide) = (false, false);
    while let Some(work) = tasks.blocking_next() {
        match work {
            Work::Commit(group) => {
                purged |= group.batches.iter().flat_map(|batch| &batch.writes).any(is_purge);
                if !wide && objects(&group.batches) >= MANY {
                    // Without it everything works, slower.
                    wide = connection::widen(&db).is_ok();
                }
                let answers = commit_group(&mut db, blobs, &group.batches);
                group.answer(answers);
                purged = purged && !scrub_wal(&db);
            }
            Work::Rebuild(done) => {
                let _ = done.send(derived::rebuild(&mut db));
            }
            Work::Sweep(asked, done) => {
                let swept = sweep::sweep(&mut db, blobs, &asked);
                // What was noted of them stood in the log too.
                purged = !scrub_wal(&db);
                let _ = done.send(swept);
            }
        }
    }
}

/// One transaction; a batch that fails is taken back alone. An error means that none was kept.
fn commit_group(
    db: &mut Connection,
    blobs: &Blobs,
    batches: &[Batch],
) -> Result<Vec<Answer>, StoreError> {
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    check_not_moved(&tx)?;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        let part = tx.savepoint()?;
        match apply::apply(&part, blobs, batch) {
            Ok(outcomes) => {
                part.commit()?;
                answers.push(Ok(outcomes));
            }
            // Disk full, damage and the like: SQLite may have taken back everything.
            Err(error) if error.ends_transaction() => return Err(error),
            Err(error) => {
                part.finish()?;
                answers.push(Err(error));
            }
        }
    }
    tx.commit().map_err(|e| StoreError::from(e).during("committing"))?;
    Ok(answers)
}

/// Refuses to change a store that was carried elsewhere.
pub(super) fn check_not_moved(tx: &Connection) -> Result<(), StoreError> {
    let (bucket, key) = crate::carry::MOVED;
    match record::revision(tx, bucket, key)? {
        Some(_) => Err(StoreError::Moved),
        None => Ok(()),
    }
}

/// Object versions that are to be kept.
fn objects(batches: &[Batch]) -> usize {
    let writes = batches.iter().flat_map(|batch| &batch.writes);
    writes.filter(|write| matches!(write, Write::Object(_))).count()
}

fn is_purge(write: &Write) -> bool {
    matches!(write, Write::Purge { .. } | Write::PurgeEarlier { .. } | Write::PurgeAside { .. })
}

/// Empties the write-ahead log, which still holds what was purged. Readers may keep it: then the
/// next group tries again.
fn scrub_wal(db: &Connection) -> bool {
    let patience = |ms| db.busy_timeout(Duration::from_millis(ms));
    let _ = patience(200);
    let busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    let _ = patience(10_000);
    matches!(busy, Ok(0))
}

#[cfg(test)]
mod tests {
    use super::super::connection::{self, Mode};
    use super::*;
    use crate::Guard;

    fn put(key: &str, body: &str) -> Batch {
        let put = Write::Put { bucket: "b", key: key.into(), body: body.into(), due_us: None };
        Batch { guards: Vec::new(), writes: vec![put] }
    }

    fn fresh() -> (tempfile::TempDir, Connection, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        connection::prepare(folder.path()).unwrap();
        let db = connection::connect(folder.path(), Mode::Write).unwrap();
        let blobs = Blobs::open(&connection::blob_folder(folder.path())).unwrap();
        (folder, db, blobs)
    }

    fn records(db: &Connection) -> i64 {
        db.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn in_a_group_a_refused_batch_fails_alone() {
        let (_folder, mut db, blobs) = fresh();
        let mut second = put("l", "2");
        second.guards.push(Guard::Absent { bucket: "b", key: "k".into() });
        let group = [put("k", "1"), second, put("m", "3")];
        let answers = commit_group(&mut db, &blobs, &group).unwrap();
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(records(&db), 2);
    }

    #[test]
    fn when_the_disk_is_full_the_whole_group_fails_and_the_next_can_succeed() {
        let (_folder, mut db, blobs) = fresh();
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        db.query_row(&format!("PRAGMA max_page_count = {}", pages + 3), [], |_| Ok(())).unwrap();
        let group = [put("k", "1"), put("l", &"x".repeat(100_000)), put("m", "3")];
        let refused = commit_group(&mut db, &blobs, &group);
        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
        assert_eq!(records(&db), 0);
        commit_group(&mut db, &blobs, &[put("k", "1")]).unwrap();
        assert_eq!(records(&db), 1);
    }

    #[test]
    fn a_lock_that_is_never_given_back_is_told() {
        let (folder, mut db, blobs) = fresh();
        let mut other = connection::connect(folder.path(), Mode::Write).unwrap();
        let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        db.busy_timeout(Duration::from_millis(20)).unwrap();
        let refused = commit_group(&mut db, &blobs, &[put("k", "1")]);
        assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        drop(held);
        commit_group(&mut db, &blobs, &[put("k", "1")]).unwrap();
    }
}
