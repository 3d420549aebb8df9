//! The part of a source that is in memory: what is wanted of it, what was given up.

use std::io::Read;

use memchr::{memchr_iter, memrchr};

use super::SplitError;
use super::scan::Scan;
use super::stream::ReadError;
use crate::Limits;

/// How much is asked of the source at a time.
pub(super) const PIECE: usize = 256 << 10;
/// So much of an item that is too large is kept, to name its id.
const HEAD: usize = 4 << 10;

pub(super) struct Window<R> {
    source: R,
    pub(super) limits: Limits,
    pub(super) piece: usize,
    pub(super) buffer: Vec<u8>,
    /// Where the bytes still wanted begin: the item being read.
    pub(super) from: usize,
    /// Where reading stands.
    pub(super) at: usize,
    /// The source has given all.
    ended: bool,
    /// Bytes of the source before `buffer`.
    pub(super) before: u64,
    /// Bytes given up of the item being read.
    pub(super) dropped: u64,
    /// Line of the place in `buffer` up to which line ends were counted, and where it begins.
    line: u64,
    line_start: u64,
    counted: usize,
    /// Line and column at which the item being read begins.
    pub(super) place: (u64, u64),
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R, limits: Limits) -> Self {
        Self {
            source,
            limits,
            piece: PIECE,
            buffer: Vec::new(),
            from: 0,
            at: 0,
            ended: false,
            before: 0,
            dropped: 0,
            line: 1,
            line_start: 0,
            counted: 0,
            place: (1, 1),
        }
    }

    /// The next item begins where reading stands.
    pub(super) fn begin_item(&mut self) {
        (self.from, self.dropped) = (self.at, 0);
        // Where reading went back to the beginning of the item, its place is known.
        if self.counted <= self.from {
            self.count_lines(self.from);
            let column = self.before + self.from as u64 - self.line_start + 1;
            self.place = (self.line, column);
        }
    }

    /// The bytes read of the item, as far as they are kept.
    pub(super) fn held(&self) -> &[u8] {
        self.buffer.get(self.from..self.at).unwrap_or_default()
    }

    /// The bytes in memory that are not yet read.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Where in the source the item being read begins.
    pub(super) fn begin(&self) -> u64 {
        self.before + self.from as u64 - self.dropped
    }

    /// Size so far of the item being read.
    pub(super) fn size(&self) -> u64 {
        (self.at - self.from) as u64 + self.dropped
    }

    /// Moves `at` behind a value, to the mark that follows it.
    pub(super) fn scan_value(&mut self, scan: &mut Scan) -> Result<(), ReadError> {
        loop {
            let rest = self.rest();
            if let Some(end) = scan.end(rest) {
                self.at += end;
                return Ok(());
            }
            self.at = self.buffer.len();
            self.drop_if_too_large();
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Gives up the bytes of an item over the limit, all but its head.
    pub(super) fn drop_if_too_large(&mut self) {
        let held = self.at - self.from;
        if self.size() > self.limits.object_bytes as u64 && held > HEAD {
            self.count_lines(self.at);
            let keep = self.from + HEAD;
            self.buffer.drain(keep..self.at);
            let gone = (self.at - keep) as u64;
            self.before += gone;
            self.dropped += gone;
            self.at = keep;
            self.counted = keep;
        }
    }

    pub(super) fn count_lines(&mut self, to: usize) {
        let between = self.buffer.get(self.counted..to).unwrap_or_default();
        if let Some(last) = memrchr(b'\n', between) {
            self.line += memchr_iter(b'\n', between).count() as u64;
            self.line_start = self.before + (self.counted + last + 1) as u64;
        }
        self.counted = self.counted.max(to);
    }

    /// The byte at a place of the buffer, which is filled as far as needed. Places stay valid.
    pub(super) fn byte_at(&mut self, place: usize) -> Result<Option<u8>, ReadError> {
        while place >= self.buffer.len() {
            if !self.grow()? {
                return Ok(None);
            }
        }
        Ok(self.buffer.get(place).copied())
    }

    pub(super) fn skip_space(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let rest = self.rest();
            let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
            match rest.iter().position(|b| !space(b)) {
                Some(n) => {
                    self.at += n;
                    return Ok(self.buffer.get(self.at).copied());
                }
                None => {
                    self.at = self.buffer.len();
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    pub(super) fn skip_byte_order_mark(&mut self) -> Result<(), ReadError> {
        if self.byte_at(2)?.is_some() && self.buffer.starts_with("\u{feff}".as_bytes()) {
            self.at = 3;
        }
        Ok(())
    }

    /// Reads more; what is no longer wanted goes. `false` at the end of the source.
    pub(super) fn fill(&mut self) -> Result<bool, ReadError> {
        if self.from >= self.piece {
            self.count_lines(self.from);
            self.buffer.drain(..self.from);
            self.before += self.from as u64;
            self.at -= self.from;
            self.counted -= self.from;
            self.from = 0;
        }
        self.grow()
    }

    /// Reads one more piece behind the buffer.
    pub(super) fn grow(&mut self) -> Result<bool, ReadError> {
        if self.ended {
            return Ok(false);
        }
        let mut piece = Read::take(&mut self.source, self.piece as u64);
        let count = piece.read_to_end(&mut self.buffer)?;
        self.ended = count < self.piece;
        Ok(count > 0)
    }

    /// The text is broken where reading stands.
    pub(super) fn wrong(&mut self, reason: &str) -> ReadError {
        self.count_lines(self.at);
        let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let column = whole(self.before + self.at as u64 - self.line_start + 1);
        let line = whole(self.line);
        ReadError::Split(SplitError { line, column, reason: reason.to_owned() })
    }

    pub(super) fn without_trailing_space(&self, size: u64) -> u64 {
        let held = self.buffer.get(self.from..self.at).unwrap_or_default();
        if held.len() as u64 == size { held.trim_ascii_end().len() as u64 } else { size }
    }
}
