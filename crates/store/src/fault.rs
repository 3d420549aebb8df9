//! What `fsck` answers, whichever database it asked.

use std::collections::BTreeMap;

use crate::{Blobs, Fault, StoreError};

pub(crate) const RESTORE: &str =
    "stop the node and restore the last backup; keep the damaged file as evidence";
const RESTORE_BLOB: &str = "restore this file of the folder `blobs` from a backup";
pub(crate) const REBUILD: &str =
    "run `enlace fsck --rebuild`: it derives this anew from the texts of the objects";

/// Faults of one kind that are listed; a damaged store has more than anyone reads.
pub(crate) const MOST: usize = 100;

/// A query whose every row is a fault.
pub(crate) struct Check {
    /// The table.
    pub(crate) place: &'static str,
    /// What is wrong with the row.
    pub(crate) problem: &'static str,
    /// Selects one column that names the row.
    pub(crate) sql: &'static str,
    pub(crate) advice: &'static str,
}

impl Check {
    /// The fault that a row of the query is.
    pub(crate) fn fault(&self, row: &str) -> Fault {
        fault(format!("table {}, row {row}", self.place), self.problem, self.advice)
    }
}

pub(crate) fn fault(place: String, problem: &str, advice: &str) -> Fault {
    Fault { place, problem: problem.to_owned(), advice: advice.to_owned() }
}

/// Every blob there has the size that its row says, and hashes to its name; answers also which
/// named ones are not there. A blob that no row names is what a crash between `put` and commit
/// leaves: it harms nothing, so it is told to the operator's log and is no fault.
pub(crate) async fn blobs(
    blobs: &Blobs,
    mut named: BTreeMap<String, u64>,
) -> Result<(Vec<Fault>, Vec<String>), StoreError> {
    let mut faults = Vec::new();
    let mut orphans = 0_usize;
    for (sha256, size) in blobs.list().await? {
        match named.remove(&sha256) {
            Some(expected) if expected != size => {
                let problem = format!("has {size} bytes, its row says {expected}");
                faults.push(fault(place(&sha256), &problem, RESTORE));
            }
            Some(_) => {}
            None => orphans += 1,
        }
        if let Err(StoreError::BlobDamaged { .. }) = blobs.get(&sha256).await {
            faults.push(fault(place(&sha256), "content does not hash to its name", RESTORE_BLOB));
        }
    }
    if orphans > 0 {
        tracing::info!(orphans, "blobs that no row names: left by an interrupted import");
    }
    Ok((faults, named.into_keys().collect()))
}

/// Blobs whose file is not there, of those that rows still name: what was swept meanwhile is not
/// missed.
pub(crate) fn missing(sought: &[String], named: &BTreeMap<String, u64>) -> Vec<Fault> {
    let problem = "named by a row, but its file is missing";
    let lost = sought.iter().filter(|sha256| named.contains_key(*sha256));
    lost.map(|sha256| fault(place(sha256), problem, RESTORE_BLOB)).collect()
}

fn place(sha256: &str) -> String {
    format!("blob {sha256}")
}
