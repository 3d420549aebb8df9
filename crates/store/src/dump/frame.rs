//! The frame of an archive: parts one behind the other, each in chunks and with its hash.
//!
//! ```text
//! enlace-backup 1\n
//! part:  length of the name (u16, not 0), name, chunks, 0 (u32), SHA-256 of the part
//! chunk: length (u32, not 0), bytes
//! end:   0 (u16), and nothing behind it
//! ```
//!
//! Numbers are big-endian. The hash of a part is over its chunks with their lengths. The archive
//! knows no encryption: its writer and reader are given.

use std::io::{Read, Write};

use sha2::{Digest, Sha256};

use crate::StoreError;

const MAGIC: &[u8] = b"enlace-backup 1\n";
/// What an archive of another version of the format begins with.
const FAMILY: &[u8] = b"enlace-backup ";
/// A longer chunk is none: no row of a store is.
const LONGEST: usize = 1 << 30;
const LONGEST_NAME: usize = 255;

/// A part that was written or read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Bytes of its chunks.
    pub bytes: u64,
    /// SHA-256 of its chunks with their lengths, lower-case hex.
    pub sha256: String,
}

/// A part under way.
struct Open {
    name: String,
    bytes: u64,
    hash: Sha256,
}

impl Open {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), bytes: 0, hash: Sha256::new() }
    }

    fn add(&mut self, length: u32, bytes: &[u8]) {
        self.bytes += u64::from(length);
        self.hash.update(length.to_be_bytes());
        self.hash.update(bytes);
    }

    fn close(self) -> (Part, [u8; 32]) {
        let hash: [u8; 32] = self.hash.finalize().into();
        (Part { name: self.name, bytes: self.bytes, sha256: hex::encode(hash) }, hash)
    }
}

/// Writes an archive, part by part.
pub struct ArchiveWriter<W> {
    inner: W,
    open: Option<Open>,
    parts: Vec<Part>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive.
    ///
    /// # Errors
    /// [`StoreError::Archiving`] here and below, when the writer refuses.
    pub fn new(mut inner: W) -> Result<Self, StoreError> {
        inner.write_all(MAGIC).map_err(StoreError::archiving)?;
        Ok(Self { inner, open: None, parts: Vec::new() })
    }

    /// Begins a part.
    pub fn begin(&mut self, name: &str) -> Result<(), StoreError> {
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.inner.write_all(&length.to_be_bytes()).map_err(StoreError::archiving)?;
        self.inner.write_all(name.as_bytes()).map_err(StoreError::archiving)?;
        self.open = Some(Open::new(name));
        Ok(())
    }

    /// Adds bytes to the part as one chunk; an empty one is none.
    pub fn chunk(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= LONGEST);
        let length = length.ok_or(StoreError::Archive { problem: "a row is too long for it" })?;
        if length == 0 {
            return Ok(());
        }
        self.inner.write_all(&length.to_be_bytes()).map_err(StoreError::archiving)?;
        self.inner.write_all(bytes).map_err(StoreError::archiving)?;
        if let Some(open) = &mut self.open {
            open.add(length, bytes);
        }
        Ok(())
    }

    /// Ends the part.
    pub fn end(&mut self) -> Result<(), StoreError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let (part, hash) = open.close();
        self.inner.write_all(&0_u32.to_be_bytes()).map_err(StoreError::archiving)?;
        self.inner.write_all(&hash).map_err(StoreError::archiving)?;
        self.parts.push(part);
        Ok(())
    }

    /// A part of one chunk.
    pub fn part(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.begin(name)?;
        self.chunk(bytes)?;
        self.end()
    }

    /// The parts that were written.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Ends the archive; the writer is the caller's to close.
    pub fn finish(mut self) -> Result<W, StoreError> {
        self.inner.write_all(&0_u16.to_be_bytes()).map_err(StoreError::archiving)?;
        Ok(self.inner)
    }
}

/// Reads an archive, part by part; what is read of a part counts only once the part has ended.
pub struct ArchiveReader<R> {
    inner: R,
    open: Option<Open>,
    parts: Vec<Part>,
    ended: bool,
}

const CUT: StoreError = StoreError::Archive { problem: "bytes are missing or were changed" };

impl<R: Read> ArchiveReader<R> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`StoreError::Archive`] here and below, when it is no archive, was cut or changed.
    pub fn new(mut inner: R) -> Result<Self, StoreError> {
        let mut magic = [0; MAGIC.len()];
        inner.read_exact(&mut magic).map_err(|_| CUT)?;
        match magic.as_slice() {
            MAGIC => Ok(Self { inner, open: None, parts: Vec::new(), ended: false }),
            other if other.starts_with(FAMILY) => {
                Err(StoreError::Archive { problem: "its format is newer than this program's" })
            }
            _ => Err(StoreError::Archive { problem: "it holds no backup of a node" }),
        }
    }

    /// The name of the next part; `None` at the end of the archive, behind which nothing follows.
    /// What is left of the part before is read and checked.
    pub fn next_part(&mut self) -> Result<Option<String>, StoreError> {
        while self.chunk()?.is_some() {}
        if self.ended {
            return Ok(None);
        }
        let length = usize::from(u16::from_be_bytes(self.exactly()?));
        if length == 0 {
            self.ended = true;
            return match self.inner.read(&mut [0]).map_err(|_| CUT)? {
                0 => Ok(None),
                _ => Err(CUT),
            };
        }
        if length > LONGEST_NAME {
            return Err(CUT);
        }
        let name = String::from_utf8(self.bytes(length)?).map_err(|_| CUT)?;
        self.open = Some(Open::new(&name));
        Ok(Some(name))
    }

    /// The next chunk of the part; `None` at its end, where its hash was checked.
    pub fn chunk(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut open) = self.open.take() else { return Ok(None) };
        let length = u32::from_be_bytes(self.exactly()?);
        if length == 0 {
            let (part, hash) = open.close();
            if self.exactly::<32>()? != hash {
                return Err(CUT);
            }
            self.parts.push(part);
            return Ok(None);
        }
        let size = usize::try_from(length).ok().filter(|size| *size <= LONGEST).ok_or(CUT)?;
        let bytes = self.bytes(size)?;
        open.add(length, &bytes);
        self.open = Some(open);
        Ok(Some(bytes))
    }

    /// The rest of the part, which is short.
    pub fn whole(&mut self, most: usize) -> Result<Vec<u8>, StoreError> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk()? {
            if whole.len() + chunk.len() > most {
                return Err(CUT);
            }
            whole.extend(chunk);
        }
        Ok(whole)
    }

    /// The parts that were read to their end.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn exactly<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes).map_err(|_| CUT)?;
        Ok(bytes)
    }

    /// Memory grows with what is there, not with what a length says.
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let read = (&mut self.inner).take(length as u64).read_to_end(&mut bytes);
        match read {
            Ok(read) if read == length => Ok(bytes),
            _ => Err(CUT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut archive = ArchiveWriter::new(Vec::new()).unwrap();
        archive.part("a", b"one").unwrap();
        archive.begin("table/b").unwrap();
        archive.chunk(b"two").unwrap();
        archive.chunk(b"three").unwrap();
        archive.end().unwrap();
        archive.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut archive = ArchiveReader::new(bytes)?;
        let mut found = Vec::new();
        while let Some(name) = archive.next_part()? {
            found.push((name, archive.whole(100)?));
        }
        Ok(found)
    }

    #[test]
    fn an_archive_reads_as_it_was_written() {
        let expected =
            [("a".to_owned(), b"one".to_vec()), ("table/b".to_owned(), b"twothree".to_vec())];
        assert_eq!(read(&written()).unwrap(), expected);
    }

    #[test]
    fn an_archive_that_is_cut_or_changed_at_any_byte_or_goes_on_is_refused() {
        let whole = written();
        for at in 0..whole.len() {
            assert!(read(&whole[..at]).is_err(), "cut at {at}");
            for bit in [1, 0x80] {
                let mut other = whole.clone();
                other[at] ^= bit;
                // A name is the only thing without a hash: the manifest lists names.
                if let Ok(parts) = read(&other) {
                    let bytes = |parts: Vec<(String, Vec<u8>)>| -> Vec<Vec<u8>> {
                        parts.into_iter().map(|(_, bytes)| bytes).collect()
                    };
                    assert_ne!(parts, read(&whole).unwrap(), "changed at {at}");
                    assert_eq!(bytes(parts), bytes(read(&whole).unwrap()), "changed at {at}");
                }
            }
        }
        assert!(read(&[whole, vec![0]].concat()).is_err());
    }
}
