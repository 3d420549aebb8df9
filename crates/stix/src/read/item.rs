//! One item of a source: an object's text, not yet read.

use memchr::{memchr_iter, memrchr};

use super::Scan;
use crate::{Limits, Object, ParseError};

/// One object's text and where it stood.
#[derive(Debug)]
pub struct Item<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) size: u64,
    pub(super) limits: Limits,
    /// Counts from 1.
    pub number: u64,
    /// First byte, counted from 0.
    pub offset: u64,
    /// Line of the first byte, counted from 1.
    pub line: u64,
    /// Column of the first byte in its line, in bytes, counted from 1.
    pub column: u64,
    /// What was met on the way, where the reader followed the value.
    pub(super) scan: Option<Scan>,
}

impl<'a> Item<'a> {
    /// The text of the item as it stands in the source.
    ///
    /// # Errors
    /// An item longer than the limit, or one that is not UTF-8.
    pub fn text(&self) -> Result<&'a str, ParseError> {
        if self.size > self.bytes.len() as u64 {
            let found = usize::try_from(self.size).unwrap_or(usize::MAX);
            return Err(ParseError::TooLarge { found, limit: self.limits.object_bytes });
        }
        std::str::from_utf8(self.bytes).map_err(|error| {
            let before = self.bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = memchr_iter(b'\n', before).count() + 1;
            let column = before.len() - memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
            ParseError::NotJson { line, column, reason: "invalid UTF-8".to_owned() }
        })
    }

    /// The object in the item; its text is kept.
    ///
    /// # Errors
    /// What [`Item::text`] and [`Object::parse_within`] say.
    ///
    /// Lines and columns of an error count from the beginning of the source.
    pub fn object(&self) -> Result<Object, ParseError> {
        self.text()
            .and_then(|text| Object::parse_scanned(text, self.limits, self.scan.as_ref()))
            .map_err(|error| error.in_file((self.line, self.column)))
    }

    /// The id of an item that cannot be held, as far as it can be read.
    pub fn id(&self) -> Option<String> {
        super::id_in(&String::from_utf8_lossy(self.bytes))
    }

    /// Where the item ends, in bytes from the beginning of the source.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.size
    }
}
