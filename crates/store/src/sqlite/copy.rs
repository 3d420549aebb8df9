//! A copy of the database as it was before its schema was changed: `enlace-schema3-….db` beside it.
//!
//! A migration is one transaction, so that the copy is for regrets: a program that turns out to be
//! wrong is replaced by the one before it, with the store that it knows. What is erased afterwards
//! must not stay in a copy: the first purge removes all of them.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use enlace_stix::Timestamp;
use rusqlite::Connection;

use crate::StoreError;
use crate::blob::{restrict, sync_folder};

/// Names of copies begin so.
const BEGINS: &str = "enlace-schema";
const ENDS: &str = ".db";
/// Under this name a copy is written.
const UNFINISHED: &str = "enlace-schema.unfinished";
/// Copies that stay.
const KEPT: usize = 2;

/// Copies a database of this schema; answers where to.
pub(super) fn make(db: &Connection, folder: &Path, schema: i64) -> Result<PathBuf, StoreError> {
    let unfinished = folder.join(UNFINISHED);
    // What a crash left.
    remove(&unfinished)?;
    // Made here, so that nobody else may read it from its first byte on.
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).open(&unfinished);
    made.map_err(StoreError::file("creating", &unfinished))?;
    restrict(&unfinished, 0o600)?;
    let name = unfinished.display().to_string();
    db.execute("VACUUM INTO ?1", [name]).map_err(|e| StoreError::from(e).during("copying"))?;
    let file = fs::File::open(&unfinished).map_err(StoreError::file("opening", &unfinished))?;
    file.sync_all().map_err(StoreError::file("syncing", &unfinished))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    let digits = |c: &char| c.is_ascii_digit();
    let time: String = now.to_string().chars().filter(digits).collect();
    let copy = folder.join(format!("{BEGINS}{schema}-{time}{ENDS}"));
    fs::rename(&unfinished, &copy).map_err(StoreError::file("renaming", &unfinished))?;
    sync_folder(folder)?;
    let mut all = copies(folder)?;
    all.sort_by_key(|path| time_of(path));
    let old = all.len().saturating_sub(KEPT);
    for path in all.into_iter().take(old) {
        remove(&path)?;
    }
    Ok(copy)
}

/// Removes every copy: they hold what was just erased.
pub(super) fn remove_all(folder: &Path) -> Result<(), StoreError> {
    let all = copies(folder)?;
    if all.is_empty() {
        return Ok(());
    }
    all.iter().try_for_each(|path| remove(path))?;
    sync_folder(folder)
}

/// Copies in a folder, also one that was not finished.
fn copies(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(StoreError::file("listing", folder))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == UNFINISHED || (name.starts_with(BEGINS) && name.ends_with(ENDS)) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn time_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.rsplit('-').next().unwrap_or_default().to_owned()
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(StoreError::file("removing", path)),
    }
}
