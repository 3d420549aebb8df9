//! An export folder: `log.json` and the folders of several logs.

use serde::Serialize;

use super::{Bad, Files, Problem, Unreadable, Verdict, list, read, verify_log};
use crate::export::{INDEX, Index, IndexEntry, IndexError};
use crate::note::VerifierKey;

/// The outcome for an export folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FolderVerdict {
    /// Whether the folder and every log in it hold.
    pub ok: bool,
    /// The logs in the order of `log.json`; empty if `log.json` itself is wrong.
    pub logs: Vec<LogVerdict>,
    /// The first place that is wrong; its file is a path from the export folder.
    pub first_bad: Option<Bad>,
}

/// The outcome for one log of an export folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogVerdict {
    /// Folder of the log.
    pub dir: String,
    /// Its origin.
    pub origin: String,
    /// The outcome; files are named by their path from the export folder.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Verifies every log of an export folder with the keys that its `log.json` states.
///
/// Those keys prove only that whoever wrote the folder holds them. Give `trusted` (keys from
/// cards): then each key in `log.json` must be one of these. No file may be in the folder that
/// belongs to no log.
pub fn verify_all(
    files: &impl Files,
    trusted: Option<&[VerifierKey]>,
) -> Result<FolderVerdict, Unreadable> {
    let bad_folder = |bad| FolderVerdict { ok: false, logs: Vec::new(), first_bad: Some(bad) };
    let Some(bytes) = read(files, INDEX)? else {
        return Ok(bad_folder(in_index(0, Problem::FileMissing)));
    };
    let index = match Index::parse(&bytes) {
        Ok(index) => index,
        Err(IndexError::Form) => return Ok(bad_folder(in_index(0, Problem::IndexForm))),
        Err(IndexError::Dir { offset, .. }) => {
            return Ok(bad_folder(in_index(offset, Problem::IndexDir)));
        }
        Err(IndexError::Key { offset, .. }) => {
            return Ok(bad_folder(in_index(offset, Problem::IndexKey)));
        }
    };
    let paths = list(files)?;
    if let Some(bad) = check_index(&index, &paths, trusted) {
        return Ok(bad_folder(bad));
    }
    let mut logs = Vec::new();
    for (place, log) in index.logs().iter().enumerate() {
        logs.push(verify_one(files, &paths, log, index.offset(place))?);
    }
    let first_bad = logs.iter().find_map(|log| log.verdict.first_bad.clone());
    Ok(FolderVerdict { ok: first_bad.is_none(), logs, first_bad })
}

fn in_index(offset: usize, problem: Problem) -> Bad {
    Bad { leaf: None, file: INDEX.to_owned(), offset: offset as u64, problem }
}

/// Keys, and that files and folders belong together.
fn check_index(index: &Index, paths: &[String], trusted: Option<&[VerifierKey]>) -> Option<Bad> {
    let is_trusted = |key| trusted.is_none_or(|trusted| trusted.contains(key));
    let place = index.logs().iter().position(|log| !log.vkeys.iter().all(is_trusted));
    if let Some(place) = place {
        return Some(in_index(index.offset(place), Problem::IndexUntrusted));
    }
    let empty = |log: &IndexEntry| !paths.iter().any(|path| inside(log, path).is_some());
    if let Some(place) = index.logs().iter().position(empty) {
        return Some(in_index(index.offset(place), Problem::IndexDir));
    }
    let stray = |path: &&String| {
        **path != INDEX && !index.logs().iter().any(|log| inside(log, path).is_some())
    };
    let path = paths.iter().filter(stray).min()?;
    Some(Bad::of_file(path.clone(), None, Problem::FileUnexpected))
}

fn verify_one(
    files: &impl Files,
    paths: &[String],
    log: &IndexEntry,
    offset: usize,
) -> Result<LogVerdict, Unreadable> {
    let folder = Folder { files, paths, log };
    let mut verdict = verify_log(&folder, &log.origin, &log.vkeys).map_err(|unreadable| {
        Unreadable { file: format!("{}/{}", log.dir, unreadable.file), ..unreadable }
    })?;
    if let Some(bad) = &mut verdict.first_bad {
        if bad.problem == Problem::CheckpointOrigin {
            // The checkpoint is signed as it is, so that `log.json` is wrong.
            *bad = in_index(offset, Problem::IndexOrigin);
        } else {
            bad.file = format!("{}/{}", log.dir, bad.file);
        }
    }
    Ok(LogVerdict { dir: log.dir.clone(), origin: log.origin.clone(), verdict })
}

/// The path inside the folder of a log.
fn inside<'a>(log: &IndexEntry, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(log.dir.as_str())?.strip_prefix('/')
}

/// The folder of one log as a folder of its own.
struct Folder<'a, F> {
    files: &'a F,
    paths: &'a [String],
    log: &'a IndexEntry,
}

impl<F: Files> Files for Folder<'_, F> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        self.files.read(&format!("{}/{path}", self.log.dir))
    }

    fn list(&self) -> Result<Vec<String>, String> {
        let inside = |path: &String| inside(self.log, path).map(str::to_owned);
        Ok(self.paths.iter().filter_map(inside).collect())
    }
}
