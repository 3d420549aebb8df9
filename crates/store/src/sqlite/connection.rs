//! Files, connections and schema.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::StoreError;
use crate::blob::{make_folder, restrict, sync_folder};
use crate::probe::Probe;

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

/// Makes folder, database and schema, one process at a time. Answers where the database was copied
/// to, if its schema was changed.
pub(super) fn prepare(folder: &Path) -> Result<Option<PathBuf>, StoreError> {
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
    // One that is there, and older: the copy is for going back to the program of before.
    let mut copied = None;
    if let Some(found) = check_schema(&db)?.filter(|found| *found < known()) {
        let copy = super::copy::make(&db, folder, found)?;
        tracing::warn!(schema = found, copy = %copy.display(), "copied before a migration");
        copied = Some(copy);
    }
    schema::migrations::runner()
        .set_grouped(true)
        .run(&mut db)
        .map_err(|source| StoreError::Migration { source: Arc::new(source) })?;
    super::derived::bring_up_to_date(&mut db)?;
    sync_folder(folder)?;
    Ok(copied)
}

/// Refuses a folder without a store, or with one of another schema than ours.
pub(super) fn check_present(folder: &Path) -> Result<(), StoreError> {
    if !database(folder).is_file() || !blob_folder(folder).is_dir() {
        return Err(StoreError::Absent { path: folder.to_owned() });
    }
    check_schema(&connect(folder, Mode::Copy)?).map(|_| ())
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
             PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;
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

/// A look that changes nothing.
pub(crate) fn probe(folder: &Path) -> Result<Probe, StoreError> {
    if !database(folder).is_file() {
        return Err(StoreError::Absent { path: folder.to_owned() });
    }
    let db = connect(folder, Mode::Copy)?;
    let mut probe = Probe { schema: check_schema(&db)?, known: known(), ..Probe::default() };
    if probe.schema.is_some() {
        let last = "SELECT max(last_added_us) FROM collection";
        probe.last_added_us = db.query_row(last, [], |row| row.get(0))?;
        let wrong: i64 = db.query_row(crate::probe::WRONG_HEADS, [], |row| row.get(0))?;
        probe.wrong_heads = wrong.unsigned_abs();
    }
    Ok(probe)
}

/// The schema of a store, if it has one that this program knows.
fn check_schema(db: &Connection) -> Result<Option<i64>, StoreError> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if db.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let newest = "SELECT max(version) FROM refinery_schema_history";
    let found: Option<i64> = db.query_row(newest, [], |row| row.get(0))?;
    match found {
        Some(found) if found > known() => Err(StoreError::Newer { found, known: known() }),
        found => Ok(found),
    }
}

/// The newest schema of this program.
fn known() -> i64 {
    let runner = schema::migrations::runner();
    let versions = runner.get_migrations().iter().map(|m| i64::from(m.version()));
    versions.max().unwrap_or_default()
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

    /// A folder with a store as the program of before left it, and one record in it.
    fn older(schema: i32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut db = connect(folder.path(), Mode::Write).unwrap();
        let to = refinery::Target::Version(schema);
        schema::migrations::runner().set_grouped(true).set_target(to).run(&mut db).unwrap();
        let sql = "INSERT INTO record (bucket, key, revision, body) VALUES ('b', 'k', 1, 'kept')";
        db.execute(sql, []).unwrap();
        std::fs::create_dir(folder.path().join("blobs")).unwrap();
        folder
    }

    fn copies(folder: &Path) -> Vec<PathBuf> {
        let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let mut found: Vec<PathBuf> =
            all.filter(|path| name(path).starts_with("enlace-schema")).collect();
        found.sort();
        found
    }

    /// Schema and record of a database file.
    fn held(path: &Path) -> (i64, String) {
        let db = Connection::open(path).unwrap();
        let newest = "SELECT max(version) FROM refinery_schema_history";
        let one = |sql| db.query_row(sql, [], |row| row.get(0));
        let body = "SELECT body FROM record WHERE bucket = 'b' AND key = 'k'";
        (one(newest).unwrap(), db.query_row(body, [], |row| row.get(0)).unwrap())
    }

    #[test]
    fn a_store_is_copied_before_a_migration_and_a_new_or_present_one_is_not() {
        let before = i32::try_from(known() - 1).unwrap();
        let folder = older(before);
        let said = prepare(folder.path()).unwrap();
        let [copy] = copies(folder.path()).try_into().unwrap();
        assert_eq!(said.as_deref(), Some(copy.as_path()), "and it is said where to");
        assert_eq!(held(&copy), (i64::from(before), "kept".to_owned()));
        assert_eq!(held(&database(folder.path())), (known(), "kept".to_owned()));
        let mode = std::fs::metadata(&copy).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        assert_eq!(prepare(folder.path()).unwrap(), None);
        assert_eq!(copies(folder.path()), [copy], "nothing to migrate, nothing to copy");
        let new = tempfile::tempdir().unwrap();
        assert_eq!(prepare(new.path()).unwrap(), None);
        assert!(copies(new.path()).is_empty());
    }

    #[test]
    fn of_the_copies_the_last_two_stay_and_a_purge_removes_them() {
        let folder = older(1);
        let stale = folder.path().join("enlace-schema.unfinished");
        std::fs::write(stale, "cut off").unwrap();
        let db = connect(folder.path(), Mode::Write).unwrap();
        let made: Vec<PathBuf> =
            (1..=3).map(|n| crate::sqlite::copy::make(&db, folder.path(), n).unwrap()).collect();
        assert_eq!(copies(folder.path()), made[1..]);
        drop(db);
        let store = crate::sqlite::SqliteStore::open(folder.path()).unwrap();
        assert_eq!(copies(folder.path()).len(), 2);
        let purge = crate::Write::Purge { channel: "own".into(), id: "note--a".into() };
        let batch = crate::Batch { guards: Vec::new(), writes: vec![purge] };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(crate::Store::commit(&store, batch)).unwrap();
        assert!(copies(folder.path()).is_empty());
    }

    #[test]
    fn a_migration_that_fails_leaves_the_store_as_it_was_and_says_what_to_do() {
        let folder = older(1);
        let db = connect(folder.path(), Mode::Write).unwrap();
        // Something in the way of a later migration.
        db.execute("CREATE INDEX withdrawn_handed_out ON withdrawn (collection)", []).unwrap();
        drop(db);
        let error = prepare(folder.path()).unwrap_err();
        assert_eq!(error.code(), "store.migration");
        assert!(error.advice().contains("nothing was changed"), "{}", error.advice());
        assert_eq!(held(&database(folder.path())), (1, "kept".to_owned()));
        assert_eq!(copies(folder.path()).len(), 1);
    }
}
