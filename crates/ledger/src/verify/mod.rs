//! Verifies exported logs offline and names the first place that is wrong.
//!
//! [`verify_log`] checks one log's folder, [`verify_all`] an export folder with its `log.json`.
//! Checked are: the signatures, origin, size and root of the checkpoint; every tile of every level
//! against what is computed from below; every entry against its leaf hash; every record against
//! the commitments of its entry; the one allowed spelling of every file; that no file is missing
//! and none too many. So a change of any one byte of any file is found.
//!
//! The place named is the **first byte of the changed element**: of the hash in a tile, of the
//! length before an entry, of the line of a record or of the checkpoint, of the log in `log.json`
//! (or its first byte, if it cannot be read). Which of two files that contradict each other is
//! wrong is decided by the signed root: what hashes to it is right. What cannot be found here: a
//! whole record removed (erasure is allowed), or a log rewritten by those who hold all its keys;
//! for the latter compare with a checkpoint seen before.

mod checkpoint;
mod folder;
mod log;
mod records;
mod scan;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

pub use folder::{FolderVerdict, LogVerdict, verify_all};
pub use log::verify_log;

/// Reads the files of an export folder. Paths are relative, with `/` between elements.
pub trait Files {
    /// The bytes of a file, `None` if there is no such file, a reason if it cannot be read.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String>;

    /// The paths of all files, in any order.
    fn list(&self) -> Result<Vec<String>, String>;
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.get(path).cloned())
    }

    fn list(&self) -> Result<Vec<String>, String> {
        Ok(self.keys().cloned().collect())
    }
}

/// A file could not be read, so that nothing can be said about the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` cannot be read: {reason}")]
pub struct Unreadable {
    /// The file, or empty for the folder.
    pub file: String,
    /// What the reader said.
    pub reason: String,
}

/// What is wrong in a place. Serialised as its [`Problem::rule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A file that a log of this size has is not there.
    FileMissing,
    /// A file that a log of this size does not have is there.
    FileUnexpected,
    /// `log.json` is not the canonical list of logs.
    IndexForm,
    /// `log.json` names a folder that is not there or not allowed.
    IndexDir,
    /// `log.json` states another origin than the signed checkpoint.
    IndexOrigin,
    /// `log.json` has something that is no verifier key.
    IndexKey,
    /// `log.json` has a key that the caller does not trust.
    IndexUntrusted,
    /// The checkpoint is not the form of a signed checkpoint.
    CheckpointForm,
    /// A signature of the checkpoint does not verify.
    CheckpointSignature,
    /// The checkpoint is signed by a key that was not given.
    CheckpointUnknownSigner,
    /// A key that was given has not signed the checkpoint.
    CheckpointUnsigned,
    /// The checkpoint is that of another log.
    CheckpointOrigin,
    /// Neither entries nor tiles hash to the signed root.
    CheckpointRoot,
    /// A tile has not the length of its width.
    TileLength,
    /// A hash of a tile is not that of what stands below it.
    TileHash,
    /// A tile does not hash to the hash above it, nor the log to the signed root.
    TileRoot,
    /// The lengths in an entry bundle do not fill it exactly.
    EntryLength,
    /// An entry is not the one whose hash is in the tree.
    EntryHash,
    /// An entry in the tree is not the canonical form of field commitments.
    EntryForm,
    /// A line is not the canonical form of a record, or lines are missing or too many.
    RecordForm,
    /// A record states a field or value to which its entry does not commit.
    RecordMismatch,
}

impl Problem {
    /// Every problem, for tables of texts.
    pub const ALL: [Self; 21] = [
        Self::FileMissing,
        Self::FileUnexpected,
        Self::IndexForm,
        Self::IndexDir,
        Self::IndexOrigin,
        Self::IndexKey,
        Self::IndexUntrusted,
        Self::CheckpointForm,
        Self::CheckpointSignature,
        Self::CheckpointUnknownSigner,
        Self::CheckpointUnsigned,
        Self::CheckpointOrigin,
        Self::CheckpointRoot,
        Self::TileLength,
        Self::TileHash,
        Self::TileRoot,
        Self::EntryLength,
        Self::EntryHash,
        Self::EntryForm,
        Self::RecordForm,
        Self::RecordMismatch,
    ];

    /// Stable code.
    pub fn rule(self) -> &'static str {
        match self {
            Self::FileMissing => "ledger.file.missing",
            Self::FileUnexpected => "ledger.file.unexpected",
            Self::IndexForm => "ledger.index.form",
            Self::IndexDir => "ledger.index.dir",
            Self::IndexOrigin => "ledger.index.origin",
            Self::IndexKey => "ledger.index.key",
            Self::IndexUntrusted => "ledger.index.untrusted-key",
            Self::CheckpointForm => "ledger.checkpoint.form",
            Self::CheckpointSignature => "ledger.checkpoint.signature",
            Self::CheckpointUnknownSigner => "ledger.checkpoint.unknown-signer",
            Self::CheckpointUnsigned => "ledger.checkpoint.unsigned",
            Self::CheckpointOrigin => "ledger.checkpoint.origin",
            Self::CheckpointRoot => "ledger.checkpoint.root",
            Self::TileLength => "ledger.tile.length",
            Self::TileHash => "ledger.tile.hash",
            Self::TileRoot => "ledger.tile.root",
            Self::EntryLength => "ledger.entry.length",
            Self::EntryHash => "ledger.entry.hash",
            Self::EntryForm => "ledger.entry.form",
            Self::RecordForm => "ledger.record.form",
            Self::RecordMismatch => "ledger.record.mismatch",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule())
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.rule())
    }
}

/// The first place that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Index of the entry concerned, of the first one if it concerns several; `None` if it
    /// concerns the log as a whole.
    pub leaf: Option<u64>,
    /// Path of the file.
    pub file: String,
    /// First byte of the wrong element in it, from 0.
    pub offset: u64,
    /// What is wrong.
    pub problem: Problem,
}

impl Bad {
    fn of_file(file: String, leaf: Option<u64>, problem: Problem) -> Self {
        Self { leaf, file, offset: 0, problem }
    }
}

/// The outcome for one log: `{"ok","size","root","first_bad":{"leaf","file","offset","problem"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether everything holds.
    pub ok: bool,
    /// Number of entries: as signed, or if the signature does not hold, as found.
    pub size: u64,
    /// Root in lower-case hex: as signed, or if the signature does not hold, as computed (empty if
    /// it could not be).
    pub root: String,
    /// The first place that is wrong; `None` exactly if `ok`.
    pub first_bad: Option<Bad>,
}

/// Ends a check early.
enum Stop {
    Bad(Bad),
    Unreadable(Unreadable),
}

impl From<Bad> for Stop {
    fn from(bad: Bad) -> Self {
        Self::Bad(bad)
    }
}

impl From<Unreadable> for Stop {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

fn read(files: &impl Files, path: &str) -> Result<Option<Vec<u8>>, Unreadable> {
    files.read(path).map_err(|reason| Unreadable { file: path.to_owned(), reason })
}

fn list(files: &impl Files) -> Result<Vec<String>, Unreadable> {
    files.list().map_err(|reason| Unreadable { file: String::new(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_the_json_line_of_the_interface() {
        let first_bad = Some(Bad {
            leaf: Some(7),
            file: "records/000".into(),
            offset: 9,
            problem: Problem::RecordForm,
        });
        let verdict = Verdict { ok: false, size: 8, root: "00ff".into(), first_bad };
        assert_eq!(
            serde_json::to_string(&verdict).unwrap(),
            "{\"ok\":false,\"size\":8,\"root\":\"00ff\",\"first_bad\":{\"leaf\":7,\
             \"file\":\"records/000\",\"offset\":9,\"problem\":\"ledger.record.form\"}}"
        );
    }

    #[test]
    fn every_problem_has_a_code_of_its_own() {
        let codes: std::collections::BTreeSet<_> = Problem::ALL.iter().map(|p| p.rule()).collect();
        assert_eq!(codes.len(), Problem::ALL.len());
    }
}
