//! Entries and records of one bundle: their form, and whether each record opens its entry.

use super::{Bad, Problem};
use crate::entry::{self, EntryError};

/// What is wrong in one bundle, apart from hashes.
#[derive(Debug, Default)]
pub(super) struct Openings {
    /// First entry that is in the tree but has not the form of an entry.
    pub(super) entry: Option<Bad>,
    /// First record that is wrong.
    pub(super) record: Option<Bad>,
}

/// One entry of a bundle.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) leaf: u64,
    /// First byte of its length in the bundle.
    pub(super) offset: u64,
    /// Its bytes, if they are the ones whose hash is in the tile.
    pub(super) bytes: Option<&'a [u8]>,
}

/// Checks the entries of the bundle at `bundle_path` and the lines of the records file beside it.
pub(super) fn check(
    entries: &[Entry<'_>],
    bundle_path: &str,
    records: &[u8],
    records_path: &str,
) -> Openings {
    let mut found = Openings::default();
    let lines = Lines::split(records, entries.len());
    for (place, entry) in entries.iter().enumerate() {
        let line = lines.get(place);
        let opened = match (entry.bytes, line) {
            (_, None) => Err(EntryError::Record),
            (None, _) => Ok(()),
            (Some(bytes), Some(b"")) => entry::commitments(bytes).map(drop),
            (Some(bytes), Some(record)) => entry::open(bytes, Some(record)).map(drop),
        };
        let problem = match opened {
            // A record of which all is erased is an empty line.
            Ok(()) if line == Some(b"{}") => Problem::RecordForm,
            Ok(()) => continue,
            Err(EntryError::Entry) => {
                let (leaf, file) = (Some(entry.leaf), bundle_path.to_owned());
                let problem = Problem::EntryForm;
                found.entry.get_or_insert(Bad { leaf, file, offset: entry.offset, problem });
                continue;
            }
            Err(EntryError::Record) => Problem::RecordForm,
            Err(_) => Problem::RecordMismatch,
        };
        found.record = Some(lines.bad(place, entries, records_path, problem));
        return found;
    }
    if lines.starts.len() > entries.len() {
        let bad = lines.bad(entries.len(), entries, records_path, Problem::RecordForm);
        found.record = Some(bad);
    }
    found
}

/// The lines of a records file, each with the offset at which it begins.
struct Lines<'a> {
    starts: Vec<(usize, &'a [u8])>,
    end: usize,
    expected: usize,
}

impl<'a> Lines<'a> {
    fn split(bytes: &'a [u8], expected: usize) -> Self {
        let mut start = 0;
        let starts = bytes.split_inclusive(|b| *b == b'\n').map(|line| {
            start += line.len();
            (start - line.len(), line)
        });
        Self { starts: starts.collect(), end: bytes.len(), expected }
    }

    /// A line without its line feed; `None` if it is not there or has none.
    fn get(&self, place: usize) -> Option<&'a [u8]> {
        self.starts.get(place)?.1.strip_suffix(b"\n")
    }

    /// The line at `place` is bad. If there are too many lines, a line feed stands where another
    /// byte should; if that byte was the first of its line, the line before is the bad one.
    fn bad(&self, place: usize, entries: &[Entry<'_>], file: &str, problem: Problem) -> Bad {
        let begun = self.starts.get(place).is_none_or(|(_, line)| line.starts_with(b"{"));
        let before = place.checked_sub(1).filter(|before| self.get(*before) == Some(b""));
        let place = match before {
            Some(before) if self.starts.len() > self.expected && !begun => before,
            _ => place,
        };
        let offset = self.starts.get(place).map_or(self.end, |(start, _)| *start);
        let leaf = entries.get(place).or(entries.last()).map(|entry| entry.leaf);
        Bad { leaf, file: file.to_owned(), offset: offset as u64, problem }
    }
}
