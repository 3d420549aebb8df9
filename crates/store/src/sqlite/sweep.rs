//! The sweep of blobs: first the rows that nobody needs, then the files that no row names.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::record;
use super::writer::check_not_moved;
use crate::blob::is_name;
use crate::{Blobs, OWN, StoreError, Sweep};

/// Takes away what nothing keeps; answers the names of the files that are gone.
///
/// Both steps hold the lock of the database, so no process names or pins a blob meanwhile. A crash
/// between them leaves files without a row: the next sweep takes them.
pub(super) fn sweep(
    db: &mut Connection,
    blobs: &Blobs,
    sweep: &Sweep,
) -> Result<Vec<String>, StoreError> {
    let asked = sweep
        .names
        .clone()
        .map(|names| names.into_iter().filter(|name| is_name(name)).collect::<BTreeSet<String>>());
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Where it was carried to, the blobs may still lie in this folder.
    check_not_moved(&tx)?;
    let named = match &asked {
        Some(names) => names.iter().cloned().collect(),
        None => all_named(&tx)?,
    };
    for name in named {
        if !is_kept(&tx, sweep, &name)? {
            forget(&tx, sweep, &name)?;
        }
    }
    tx.commit()?;
    let files = match asked {
        Some(names) => names.into_iter().collect(),
        None => blobs.names_now()?,
    };
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    check_not_moved(&tx)?;
    let mut gone = Vec::new();
    for name in files {
        if !has_row(&tx, &name)? && !is_kept(&tx, sweep, &name)? && blobs.remove_now(&name)? {
            gone.push(name);
        }
    }
    tx.rollback()?;
    Ok(gone)
}

fn all_named(tx: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT sha256 FROM blob")?;
    let found = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn has_row(tx: &Connection, name: &str) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM blob WHERE sha256 = ?1")?;
    Ok(statement.exists([name])?)
}

/// Whether a pin holds, or an object has its text whose document this is.
fn is_kept(tx: &Connection, sweep: &Sweep, name: &str) -> Result<bool, StoreError> {
    let (from, to) = range(name);
    let pinned = tx
        .prepare_cached(
            "SELECT 1 FROM record WHERE bucket = ?1 AND key > ?2 AND key < ?3
             AND (due_us IS NULL OR due_us > ?4) LIMIT 1",
        )?
        .query_row(params![sweep.pins, from, to, sweep.now_us], |_| Ok(()))
        .optional()?;
    let used = tx
        .prepare_cached(
            "SELECT 1 FROM record r CROSS JOIN object o ON o.id = substr(r.key, length(?2) + 1)
             WHERE r.bucket = ?1 AND r.key > ?2 AND r.key < ?3
               AND o.channel = ?4 AND o.purged = 0 AND o.raw <> '' LIMIT 1",
        )?
        .query_row(params![sweep.uses, from, to, OWN], |_| Ok(()))
        .optional()?;
    Ok(pinned.or(used).is_some())
}

/// Deletes the row of a blob and what was noted of it.
fn forget(tx: &Connection, sweep: &Sweep, name: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM blob WHERE sha256 = ?1")?.execute([name])?;
    let (from, to) = range(name);
    for bucket in [sweep.uses, sweep.pins] {
        let keys: Vec<String> = tx
            .prepare_cached("SELECT key FROM record WHERE bucket = ?1 AND key > ?2 AND key < ?3")?
            .query_map(params![bucket, from, to], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for key in keys {
            record::delete(tx, bucket, &key)?;
        }
    }
    Ok(())
}

/// Keys that begin with a name: behind `NAME/`, before the character that follows `/`.
fn range(name: &str) -> (String, String) {
    (format!("{name}/"), format!("{name}0"))
}
