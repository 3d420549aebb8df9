//! Writes logs as folders that anybody can check: see [`crate::verify`].
//!
//! [`LogExport`] is fed entries in order and hands out finished files, holding at most 256 entries
//! at a time; [`Index`] is the `log.json` beside the folders of several logs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::note::VerifierKey;
use crate::tile::{CHECKPOINT, Tile, WIDTH, entries_path, records_path};
use crate::tree::{Hash, root};

/// Path of the list of logs in an export folder.
pub const INDEX: &str = "log.json";

/// A file to be written: its path in the folder of the log, its bytes.
pub type Output = (String, Vec<u8>);

/// Why a log cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// An entry is longer than a bundle can hold.
    #[error("entry {index} has {bytes} bytes, a bundle holds at most {}", crate::entry::MAX_BYTES)]
    EntryTooLong {
        /// Index of the entry.
        index: u64,
        /// Its length.
        bytes: usize,
    },
    /// A record has a line feed, so that it is not the canonical JSON this crate writes.
    #[error("the record of entry {index} has a line feed: not canonical JSON")]
    RecordOnTwoLines {
        /// Index of the entry.
        index: u64,
    },
}

/// The export of one log: push its entries from 0 on, then finish with the checkpoint of exactly
/// that size.
#[derive(Debug, Default)]
pub struct LogExport {
    size: u64,
    entries: Vec<u8>,
    records: Vec<u8>,
    /// Hashes not yet in a written tile, by level.
    levels: Vec<Vec<Hash>>,
    /// Full tiles written, by level.
    written: Vec<u64>,
}

impl LogExport {
    /// Nothing pushed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next entry with its leaf hash as stored (so that [`crate::verify`] finds an entry
    /// that was changed in the store) and what is left of its record. Gives the files that are now
    /// complete: none but after every 256th entry.
    pub fn push(
        &mut self,
        leaf: Hash,
        entry: &[u8],
        record: Option<&[u8]>,
    ) -> Result<Vec<Output>, ExportError> {
        let index = self.size;
        let length = u16::try_from(entry.len())
            .map_err(|_| ExportError::EntryTooLong { index, bytes: entry.len() })?;
        // A record of which all was erased is no record.
        let record = record.filter(|record| *record != b"{}").unwrap_or_default();
        if record.contains(&b'\n') {
            return Err(ExportError::RecordOnTwoLines { index });
        }
        self.entries.extend_from_slice(&length.to_be_bytes());
        self.entries.extend_from_slice(entry);
        self.records.extend_from_slice(record);
        self.records.push(b'\n');
        self.size += 1;
        let mut files = Vec::new();
        self.put(0, leaf, &mut files);
        if self.size.is_multiple_of(WIDTH) {
            self.write_bundle(WIDTH, &mut files);
        }
        Ok(files)
    }

    /// The partial files at the end of the log, and the checkpoint.
    pub fn finish(mut self, checkpoint: &str) -> Vec<Output> {
        let mut files = Vec::new();
        let levels = std::mem::take(&mut self.levels);
        for ((level, hashes), index) in (0_u32..).zip(levels).zip(self.written.clone()) {
            if !hashes.is_empty() {
                let tile = Tile { level, index, width: hashes.len() as u64 };
                files.push((tile.path(), hashes.concat()));
            }
        }
        if !self.size.is_multiple_of(WIDTH) {
            self.write_bundle(self.size % WIDTH, &mut files);
        }
        files.push((CHECKPOINT.to_owned(), checkpoint.as_bytes().to_vec()));
        files
    }

    /// Adds a hash to a level; a tile that becomes full is written and hashed into the level above.
    fn put(&mut self, level: usize, hash: Hash, files: &mut Vec<Output>) {
        if self.levels.len() <= level {
            self.levels.resize(level + 1, Vec::new());
            self.written.resize(level + 1, 0);
        }
        let (Some(hashes), Some(written)) =
            (self.levels.get_mut(level), self.written.get_mut(level))
        else {
            return;
        };
        hashes.push(hash);
        if hashes.len() as u64 == WIDTH {
            let full = std::mem::take(hashes);
            let tile = Tile { level: level as u32, index: *written, width: WIDTH };
            *written += 1;
            files.push((tile.path(), full.concat()));
            self.put(level + 1, root(&full), files);
        }
    }

    fn write_bundle(&mut self, width: u64, files: &mut Vec<Output>) {
        let index = (self.size - 1) / WIDTH;
        files.push((entries_path(index, width), std::mem::take(&mut self.entries)));
        files.push((records_path(index), std::mem::take(&mut self.records)));
    }
}

/// All files of one log at once, from its leaf hashes, entries and records in order.
pub fn files<'a>(
    entries: impl IntoIterator<Item = (Hash, &'a [u8], Option<&'a [u8]>)>,
    checkpoint: &str,
) -> Result<Vec<Output>, ExportError> {
    let (mut export, mut files) = (LogExport::new(), Vec::new());
    for (leaf, entry, record) in entries {
        files.extend(export.push(leaf, entry, record)?);
    }
    files.extend(export.finish(checkpoint));
    Ok(files)
}

/// One log of an export folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Folder of the log, relative: elements of letters, digits, `-` and `_` between slashes.
    pub dir: String,
    /// Origin that its checkpoint states.
    pub origin: String,
    /// The keys that have signed its checkpoint: all of them, and no others.
    pub vkeys: Vec<VerifierKey>,
}

/// `log.json`: the logs of an export folder, by `dir`. It holds no secret and no proof: whose keys
/// these are, the reader must know from elsewhere (a card).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    logs: Vec<IndexEntry>,
}

/// Why a `log.json` is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// Not the RFC 8785 form of a list of logs.
    #[error("not the RFC 8785 form of a list of `dir`, `origin` and `vkeys`")]
    Form,
    /// A folder is named in a way that is not allowed, twice, out of order or inside another.
    #[error("folder `{dir}` at byte {offset} is not a plain relative path after the one before it")]
    Dir {
        /// The folder.
        dir: String,
        /// First byte of its log in the file.
        offset: usize,
    },
    /// A log has no key, or one that is no verifier key.
    #[error("log `{dir}` at byte {offset} has no keys or one that is no verifier key")]
    Key {
        /// The folder.
        dir: String,
        /// First byte of its log in the file.
        offset: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    dir: String,
    origin: String,
    vkeys: Vec<String>,
}

impl Index {
    /// An index of these logs, in any order.
    pub fn new(mut logs: Vec<IndexEntry>) -> Result<Self, IndexError> {
        logs.sort_by(|a, b| a.dir.cmp(&b.dir));
        Self::parse(&Self { logs }.to_bytes())
    }

    /// The logs, by `dir`.
    pub fn logs(&self) -> &[IndexEntry] {
        &self.logs
    }

    /// The bytes of `log.json`: RFC 8785, no line feed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let rows: Vec<_> = self.logs.iter().map(IndexEntry::to_text).collect();
        format!("[{}]", rows.join(",")).into_bytes()
    }

    /// Reads `log.json`; one list has one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        let rows: Vec<Row> = serde_json::from_slice(bytes).map_err(|_| IndexError::Form)?;
        let texts: Vec<_> = rows.iter().map(Row::to_text).collect();
        if rows.is_empty() || format!("[{}]", texts.join(",")).as_bytes() != bytes {
            return Err(IndexError::Form);
        }
        let mut offset = 1;
        let mut logs: Vec<IndexEntry> = Vec::new();
        for (place, (row, text)) in rows.iter().zip(&texts).enumerate() {
            let inside = format!("{}/", row.dir);
            let mut later = rows.iter().skip(place + 1).map(|other| &other.dir);
            let in_order = later.all(|dir| row.dir < *dir && !dir.starts_with(&inside));
            let dir = row.dir.clone();
            if !is_plain(&dir) || !in_order {
                return Err(IndexError::Dir { dir, offset });
            }
            let vkeys: Result<Vec<VerifierKey>, _> = row.vkeys.iter().map(|k| k.parse()).collect();
            match vkeys {
                Ok(vkeys) if !vkeys.is_empty() => {
                    logs.push(IndexEntry { dir, origin: row.origin.clone(), vkeys });
                }
                _ => return Err(IndexError::Key { dir, offset }),
            }
            offset += text.len() + 1;
        }
        Ok(Self { logs })
    }

    /// First byte of the log at this place in `log.json`.
    pub(crate) fn offset(&self, place: usize) -> usize {
        1 + self.logs.iter().take(place).map(|log| log.to_text().len() + 1).sum::<usize>()
    }
}

impl IndexEntry {
    fn to_text(&self) -> String {
        let vkeys = self.vkeys.iter().map(VerifierKey::to_string).collect();
        Row { dir: self.dir.clone(), origin: self.origin.clone(), vkeys }.to_text()
    }
}

impl Row {
    fn to_text(&self) -> String {
        enlace_stix::canonical::to_string(&serde_json::json!({
            "dir": self.dir, "origin": self.origin,
            "vkeys": self.vkeys.iter().cloned().map(Value::from).collect::<Vec<_>>(),
        }))
    }
}

/// Elements of letters, digits, `-` and `_`, so that no path leads out of the folder.
fn is_plain(dir: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    dir.split('/').all(|element| !element.is_empty() && element.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::KeyKind;

    fn log(dir: &str) -> IndexEntry {
        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key();
        let vkeys = vec![VerifierKey::new("une.example", KeyKind::Note, key).unwrap()];
        IndexEntry { dir: dir.into(), origin: format!("une.example/{dir}"), vkeys }
    }

    #[test]
    fn an_index_is_read_as_it_was_written() {
        let logs = vec![log("node"), log("channel/0a1b/ours"), log("channel/0a1b/theirs")];
        let index = Index::new(logs).unwrap();
        assert_eq!(Index::parse(&index.to_bytes()).unwrap(), index);
        assert_eq!(index.logs()[0].dir, "channel/0a1b/ours");
        let bytes = index.to_bytes();
        assert!(bytes[index.offset(2)..].starts_with(b"{\"dir\":\"node\""));
    }

    #[test]
    fn folders_out_of_place_are_refused() {
        for dir in ["", "/node", "node/", "../node", "a//b", "nodé", "a.b"] {
            assert!(matches!(Index::new(vec![log(dir)]), Err(IndexError::Dir { .. })), "{dir}");
        }
        for dirs in
            [["node", "node", "z"], ["node", "node/more", "z"], ["node", "node-b", "node/c"]]
        {
            let found = Index::new(dirs.map(log).to_vec());
            assert_eq!(found, Err(IndexError::Dir { dir: "node".into(), offset: 1 }), "{dirs:?}");
        }
        assert_eq!(Index::parse(b"[]"), Err(IndexError::Form));
    }

    #[test]
    fn an_entry_that_no_bundle_holds_is_refused() {
        let refused = LogExport::new().push([0; 32], &[b'a'; 65_536], None);
        assert_eq!(refused, Err(ExportError::EntryTooLong { index: 0, bytes: 65_536 }));
        assert!(LogExport::new().push([0; 32], b"{}", Some(b"{\n}")).is_err());
    }

    #[test]
    fn the_files_are_those_of_the_layout() {
        for size in [0, 1, 255, 256, 257, 65_536, 65_537 + 300] {
            let entries = (0..size).map(|_| ([0; 32], b"{}".as_slice(), None));
            let mut written: Vec<_> =
                files(entries, "note").unwrap().into_iter().map(|(path, _)| path).collect();
            let mut expected: Vec<_> = crate::tile::layout(size).map(|file| file.path()).collect();
            written.sort();
            expected.sort();
            assert_eq!(written, expected, "size {size}");
        }
    }
}
