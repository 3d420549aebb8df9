//! Files, connections and schema.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::StoreError;
use crate::blob::{make_folder, restrict, sync_folder};

mod schema {
    refinery::embed_migrations!("migrations/sqlite");
}

/// How long a connection waits for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Everything.
    Write,
    /// Read, beside a writer.
    Read,
    /// Read a folder that nobody writes to.
    Copy,
}

pub(super) fn blob_folder(folder: &Path) -> PathBuf {
    folder.join("blobs")
}

fn database(folder: &Path) -> PathBuf {
    folder.join("enlace.db")
}

/// Makes folder, database and schema, one process at a time.
pub(super) fn prepare(folder: &Path) -> Result<(), StoreError> {
    make_folder(folder)?;
    make_folder(&blob_folder(folder))?;
    let path = folder.join("enlace.lock");
    let lock = File::create(&path).map_err(StoreError::file("creating", &path))?;
    lock.lock().map_err(StoreError::file("locking", &path))?;
    let new = !database(folder).exists();
    let mut db = connect(folder, Mode::Write)?;
    if new {
        restrict(&database(folder), 0o600)?;
    }
    check_schema(&db)?;
    schema::migrations::runner()
        .set_grouped(true)
        .run(&mut db)
        .map_err(|source| StoreError::Migration { source: Arc::new(source) })?;
    super::derived::bring_up_to_date(&mut db)?;
    sync_folder(folder)
}

/// Refuses a folder without a store, or with one of another schema than ours.
pub(super) fn check_present(folder: &Path) -> Result<(), StoreError> {
    if !database(folder).is_file() || !blob_folder(folder).is_dir() {
        return Err(StoreError::Absent { path: folder.to_owned() });
    }
    check_schema(&connect(folder, Mode::Copy)?)
}

/// Opens one connection.
pub(crate) fn connect(folder: &Path, mode: Mode) -> Result<Connection, StoreError> {
    let flags = match mode {
        Mode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Mode::Read => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Mode::Copy => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(database(folder), flags)?;
    db.busy_timeout(PATIENCE)?;
    db.set_prepared_statement_cache_capacity(128);
    // Each question is written for its index. Without this SQLite plans a kept statement anew for
    // each value that is bound to it: a third of the time of a large dry run.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let pragmas = match mode {
        // The write-ahead log may grow to 32 MiB before it is copied back: imports are 1.7 times
        // as fast as with SQLite's 4 MiB.
        Mode::Write => {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;
             PRAGMA wal_autocheckpoint = 8000;"
        }
        Mode::Read | Mode::Copy => {
            "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;"
        }
    };
    db.execute_batch(pragmas).map_err(|e| StoreError::from(e).during("opening"))?;
    Ok(db)
}

/// Room for an import: each object touches pages of many indexes all over the file. What else is
/// written does with less, so that a node that only serves stays small.
pub(crate) fn widen(db: &Connection) -> Result<(), StoreError> {
    Ok(db.execute_batch("PRAGMA cache_size = -65536")?)
}

/// Gives back what the page cache holds: behind rows that are read once, one page after the other.
pub(super) fn shrink(db: &Connection) -> Result<(), StoreError> {
    Ok(db.execute_batch("PRAGMA shrink_memory")?)
}

/// Bytes of the database and its side files.
pub(super) fn bytes_on_disk(folder: &Path) -> u64 {
    ["enlace.db", "enlace.db-wal", "enlace.db-shm"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.join(name)).ok())
        .map(|file| file.len())
        .sum()
}

fn check_schema(db: &Connection) -> Result<(), StoreError> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if db.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Ok(());
    }
    let newest = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    let found: i64 = db.query_row(newest, [], |row| row.get(0))?;
    let runner = schema::migrations::runner();
    let versions = runner.get_migrations().iter().map(|m| i64::from(m.version()));
    let known = versions.max().unwrap_or_default();
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_kept_statement_is_planned_once_whatever_is_bound_to_it() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path()).unwrap();
        let writes = connect(folder.path(), Mode::Write).unwrap();
        let sql = "INSERT INTO record (bucket, key, revision, body) VALUES ('b', ?1, 1, '')";
        for key in ["x", "y", "z"] {
            writes.execute(sql, [key]).unwrap();
        }
        for mode in [Mode::Write, Mode::Read, Mode::Copy] {
            let db = connect(folder.path(), mode).unwrap();
            let mut found = 0;
            for key in ["x", "y", "z", "none"] {
                let sql = "SELECT body FROM record WHERE bucket = 'b' AND key >= ?1 AND key < ?2";
                let mut statement = db.prepare_cached(sql).unwrap();
                let rows = statement.query_map([key, "zz"], |_| Ok(())).unwrap();
                found += rows.count();
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{mode:?} {key}");
            }
            assert!(found > 0);
        }
    }
}
