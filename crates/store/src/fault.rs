//! What `fsck` answers, whichever database it asked.

use std::collections::BTreeMap;

use crate::{Blobs, Fault, StoreError};

pub(crate) const RESTORE: &str =
    "stop the node and restore the last backup; keep the damaged file as evidence";
pub(crate) const REBUILD: &str =
    "run `enlace fsck --rebuild`: it derives this anew from the texts of the objects";

pub(crate) fn fault(place: String, problem: &str, advice: &str) -> Fault {
    Fault { place, problem: problem.to_owned(), advice: advice.to_owned() }
}

/// Every named blob is there with its size; every blob there hashes to its name. A blob that no
/// row names is what a crash between `put` and commit leaves: it harms nothing, so it is told to
/// the operator's log and is no fault.
pub(crate) async fn blobs(
    blobs: &Blobs,
    mut named: BTreeMap<String, u64>,
) -> Result<Vec<Fault>, StoreError> {
    let mut faults = Vec::new();
    let mut orphans = 0_usize;
    let place = |sha256: &str| format!("blob {sha256}");
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
            let advice = "restore this file of the folder `blobs` from a backup";
            faults.push(fault(place(&sha256), "content does not hash to its name", advice));
        }
    }
    for sha256 in named.keys() {
        let advice = "restore this file of the folder `blobs` from a backup";
        faults.push(fault(place(sha256), "named by a row, but its file is missing", advice));
    }
    if orphans > 0 {
        tracing::info!(orphans, "blobs that no row names: left by an interrupted import");
    }
    Ok(faults)
}
