//! The tree of a log, whichever database keeps it.

use enlace_ledger::tree::{Frontier, leaf_hash};

use crate::fault::{MOST, RESTORE, fault};
use crate::{Fault, StoreError};

/// The kept frontier of a log.
pub(crate) fn frontier(log: &str, bytes: &[u8]) -> Result<Frontier, StoreError> {
    Frontier::from_bytes(bytes).map_err(|_| StoreError::Log { log: log.to_owned() })
}

/// An index or size for SQL.
pub(crate) fn position(log: &str, index: u64) -> Result<i64, StoreError> {
    i64::try_from(index).map_err(|_| StoreError::Log { log: log.to_owned() })
}

/// A check of a log from its first entry: entries are contiguous, hash to their leaves, and the
/// leaves to the kept root.
pub(crate) struct Walk<'a> {
    log: &'a str,
    tree: Frontier,
    faults: Vec<Fault>,
    broken: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn of(log: &'a str) -> Self {
        Self { log, tree: Frontier::default(), faults: Vec::new(), broken: false }
    }

    /// Index of the entry that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.tree.size()
    }

    /// Looks at an entry; whether the walk goes on.
    pub(crate) fn entry(&mut self, index: i64, leaf: &[u8], entry: &[u8]) -> bool {
        let index = index.unsigned_abs();
        let place = || format!("log {}, entry {index}", self.log);
        if index != self.tree.size() {
            self.faults.push(fault(place(), "does not follow the entry before it", RESTORE));
            self.broken = true;
            return false;
        }
        let hash = leaf_hash(entry);
        if leaf != hash && self.faults.len() < MOST {
            self.faults.push(fault(place(), "entry does not hash to its leaf", RESTORE));
        }
        self.tree.push(hash);
        true
    }

    /// The faults, once every entry was looked at.
    pub(crate) fn end(self, size: i64, kept: &[u8]) -> Vec<Fault> {
        let Self { log, tree, mut faults, broken } = self;
        if broken {
            return faults;
        }
        let size = size.unsigned_abs();
        let kept = frontier(log, kept).ok().map(|kept| (kept.size(), kept.root()));
        if tree.size() != size || kept != Some((tree.size(), tree.root())) {
            let problem =
                format!("{} entries do not make the kept size {size} and root", tree.size());
            faults.push(fault(format!("log {log}"), &problem, RESTORE));
        }
        faults
    }
}
