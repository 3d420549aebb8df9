//! What a text document says, in the order in which it is read.

use crate::note::Notes;
use crate::{Code, Limits, NoteCode, Refusal};
use unicode_normalization::UnicodeNormalization;

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// A title of level 1 (largest) to 6.
    Heading(u8, String),
    /// A paragraph, indented by steps, with the mark of a list before it.
    Paragraph { indent: u8, mark: String, spans: Vec<Span> },
    /// A row of a table; rows in sequence are one table.
    Row(Vec<String>),
    /// Small text of headers and footers.
    Small(String),
    /// What follows begins a page.
    Break,
}

/// Text of one weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) bold: bool,
}

/// Stands where something visible was left out.
pub(crate) const IMAGE_MARK: &str = "[image withheld]";

/// Collects blocks within the limits.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) blocks: Vec<Block>,
    left: usize,
}

impl Story {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { blocks: Vec::new(), left: limits.parts }
    }

    pub(crate) fn push(&mut self, block: Block) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(1).ok_or(Code::Parts)?;
        self.blocks.push(block);
        Ok(())
    }
}

/// The text as a reader sees it: composed, without characters that are not seen, and with one kind
/// of space, so that neither says anything.
pub(crate) fn seen(text: &str, notes: &mut Notes) -> String {
    let mut out = String::with_capacity(text.len());
    let mut dropped = false;
    for c in text.nfc() {
        match c {
            '\n' | '\t' => out.push(c),
            '\u{00A0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200A}'
            | '\u{202F}'
            | '\u{205F}'
            | '\u{3000}' => out.push(' '),
            '\u{2028}' | '\u{2029}' | '\u{0085}' | '\u{000B}' | '\u{000C}' => out.push('\n'),
            c if is_unseen(c) => dropped = true,
            c => out.push(c),
        }
    }
    if dropped {
        notes.add(NoteCode::UnseenCharacters);
    }
    out
}

/// Controls, marks of direction, joiners, fillers, variation selectors, tags, private characters.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}'
            | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{E000}'..='\u{F8FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{10FFFF}')
}

/// Lines without space at their ends, and without more than one empty line in a row.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 1;
    for line in text.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// A colour as three levels.
pub(crate) type Rgb = [u8; 3];

/// `RRGGBB` in hexadecimal digits.
pub(crate) fn rgb(hex: &str) -> Option<Rgb> {
    let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6)?;
    let [_, r, g, b] = value.to_be_bytes();
    Some([r, g, b])
}

/// Whether an eye tells the two colours apart; in doubt not.
pub(crate) fn legible(ink: Rgb, paper: Rgb) -> bool {
    ink.iter().zip(paper).any(|(a, b)| a.abs_diff(b) >= 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_are_not_seen_are_dropped() {
        let mut notes = Notes::default();
        let tagged = "a\u{200B}b\u{E0041}c\u{202E}d\u{FE0F}e\u{00A0}f\u{2003}g e\u{301}";
        assert_eq!(seen(tagged, &mut notes), "abcde f g \u{e9}");
        assert_eq!(notes.into_vec().len(), 1);
        assert_eq!(tidy("\n\na \t\n\n\n\nb\n \n"), "a\n\nb\n");
    }

    #[test]
    fn colours_that_are_almost_the_same_are_not_legible() {
        let white = [255; 3];
        assert!(!legible([254; 3], white) && !legible([220; 3], white));
        assert!(legible([180; 3], white) && legible([255, 255, 0], white));
        assert_eq!(rgb("00FF7f"), Some([0, 255, 127]));
        assert_eq!(rgb("auto"), None);
    }
}
