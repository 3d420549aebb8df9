//! A few connections that read, each question on one snapshot.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection::{self, Mode};
use crate::StoreError;

const CONNECTIONS: usize = 4;

/// The pool.
#[derive(Debug)]
pub(super) struct Readers {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    mode: Mode,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(folder: &Path, mode: Mode) -> Result<Self, StoreError> {
        // One now, so that a folder that cannot be read fails here; the others when needed.
        let idle = Mutex::new(vec![connection::connect(folder, mode)?]);
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        Ok(Self { inner: Arc::new(Inner { folder: folder.to_owned(), mode, idle, permits }) })
    }

    /// Runs a question on a thread that may block, within one read transaction.
    pub(super) async fn read<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let permit = Arc::clone(&inner.permits).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Closed)?;
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let db = inner.take()?;
            let answer = snapshot(&db, question);
            inner.give_back(db);
            answer
        });
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// A question at a [`Readers::glance`] if it is about few rows.
    pub(super) async fn answer<T, F>(&self, few: bool, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        if few { self.glance(question).await } else { self.read(question).await }
    }

    /// The same for a question about a few rows by their keys: on the thread that asks, if a
    /// connection is idle. It takes microseconds; to wake another thread and be woken by it takes
    /// longer than the answer. Readers wait for no writer here (write-ahead log).
    pub(super) async fn glance<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.inner.permits).try_acquire_owned().ok();
        match permit.and_then(|permit| Some((permit, self.inner.idle()?))) {
            Some((_permit, db)) => {
                let answer = snapshot(&db, question);
                self.inner.give_back(db);
                answer
            }
            None => self.read(question).await,
        }
    }
}

impl Inner {
    fn idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn take(&self) -> Result<Connection, StoreError> {
        match self.idle() {
            Some(db) => Ok(db),
            None => connection::connect(&self.folder, self.mode),
        }
    }

    /// One whose transaction did not end is closed.
    fn give_back(&self, db: Connection) {
        if !db.is_autocommit() {
            return;
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
    }
}

/// One read transaction. Its ends are statements that are kept: to read them anew each time costs as
/// much as to find a row.
fn snapshot<T>(
    db: &Connection,
    question: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    db.prepare_cached("BEGIN")?.execute([])?;
    let answer = question(db);
    // Nothing was written: how it ends is all the same, but it must.
    db.prepare_cached("ROLLBACK")?.execute([])?;
    answer
}
