//! The ZIP file of an office document: read by its central directory, each part within the limits.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;

use rawzip::{CompressionMethod, ZipArchive};

use crate::{Code, Limits, Refusal};

/// Parts longer than this when expanded are held to the ratio.
const RATIO_FROM: u64 = 1 << 20;

/// A part as it lies in the file.
#[derive(Debug)]
struct Part<'a> {
    data: &'a [u8],
    deflated: bool,
    size: u64,
    crc: u32,
}

/// An opened package.
#[derive(Debug)]
pub(super) struct Package<'a> {
    parts: BTreeMap<String, Part<'a>>,
    limits: &'a Limits,
    expanded: Cell<u64>,
}

impl<'a> Package<'a> {
    /// Reads the directory. Two parts of one name, parts that share bytes, and encrypted parts
    /// refuse the whole.
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, Refusal> {
        let archive = ZipArchive::from_slice(bytes).map_err(|_| Code::Malformed)?;
        let mut parts = BTreeMap::new();
        let mut ranges = Vec::new();
        for record in archive.entries() {
            let record = record.map_err(|_| Code::Malformed)?;
            if record.is_dir() {
                continue;
            }
            if parts.len() >= limits.parts.min(20_000) {
                return Err(Code::Parts.into());
            }
            if record.flags().is_encrypted() {
                return Err(Code::Encrypted.into());
            }
            let deflated = match record.compression_method() {
                CompressionMethod::STORE => false,
                CompressionMethod::DEFLATE => true,
                _ => return Err(Code::Unfaithful.into()),
            };
            let raw = record.file_path();
            let name = std::str::from_utf8(raw.as_ref()).map_err(|_| Code::Malformed)?.to_owned();
            let entry = archive.get_entry(record.wayfinder()).map_err(|_| Code::Malformed)?;
            ranges.push(entry.compressed_data_range());
            let (begin, end) = entry.compressed_data_range();
            let within = |at: u64| usize::try_from(at).map_err(|_| Code::Malformed);
            let data = bytes.get(within(begin)?..within(end)?).ok_or(Code::Malformed)?;
            let (size, crc) = (record.uncompressed_size_hint(), record.crc32());
            let part = Part { data, deflated, size, crc };
            if parts.insert(name.to_lowercase(), part).is_some() {
                return Err(Code::Malformed.into());
            }
        }
        ranges.sort_unstable();
        let mut behind = 0;
        for (begin, end) in ranges {
            if begin < behind {
                return Err(Code::Expansion.into());
            }
            behind = end;
        }
        Ok(Self { parts, limits, expanded: Cell::new(0) })
    }

    /// Names of all parts, in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// The text of a part; `None` if there is none of this name.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        let Some(part) = self.parts.get(&name.trim_start_matches('/').to_lowercase()) else {
            return Ok(None);
        };
        let bytes = self.expand(part)?;
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let text = std::str::from_utf8(text).map_err(|_| Code::Malformed)?;
        Ok(Some(text.to_owned()))
    }

    /// The text of a part that must be there.
    pub(super) fn must(&self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| Code::Malformed.into())
    }

    fn expand(&self, part: &Part<'_>) -> Result<Vec<u8>, Refusal> {
        let sum = self.expanded.get().saturating_add(part.size);
        let packed = part.data.len() as u64;
        let bomb = part.size > RATIO_FROM && part.size / packed.max(1) > self.limits.ratio;
        if bomb || sum > self.limits.expanded_bytes {
            return Err(Code::Expansion.into());
        }
        self.expanded.set(sum);
        let mut out = Vec::new();
        if part.deflated {
            let reader = flate2::read::DeflateDecoder::new(part.data);
            let mut reader = reader.take(part.size.saturating_add(1));
            reader.read_to_end(&mut out).map_err(|_| Code::Malformed)?;
        } else {
            out.extend_from_slice(part.data);
        }
        let mut crc = flate2::Crc::new();
        crc.update(&out);
        if out.len() as u64 != part.size || crc.sum() != part.crc {
            return Err(Code::Malformed.into());
        }
        Ok(out)
    }
}
