//! Plain text and tables of text: decoded, and every character that is not seen dropped.

use crate::note::Notes;
use crate::story::{seen, tidy};
use crate::{Code, Refusal};

/// The text of a file: UTF-8, UTF-16 with a mark of its order, or else Windows-1252.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, Refusal> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => windows_1252(bytes).ok_or(Code::Malformed)?,
        },
    };
    // A file with other controls than these is no text.
    let foreign = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r' | '\x0C');
    if text.chars().any(foreign) { Err(Code::Malformed.into()) } else { Ok(text) }
}

/// Only what is seen, with plain line ends.
pub(crate) fn normalised(text: &str, notes: &mut Notes) -> String {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    tidy(&seen(&text.replace("\r\n", "\n").replace('\r', "\n"), notes))
}

fn utf_16(bytes: &[u8], order: fn([u8; 2]) -> u16) -> Result<String, Refusal> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Code::Malformed.into());
    }
    let units: Vec<u16> = pairs.iter().map(|pair| order(*pair)).collect();
    String::from_utf16(&units).map_err(|_| Code::Malformed.into())
}

/// Windows-1252 by the WHATWG encoding standard; a byte without a character refuses.
fn windows_1252(bytes: &[u8]) -> Option<String> {
    const HIGH: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0',
        '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    let decode = |byte: &u8| match byte {
        0x80..=0x9F => HIGH.get(usize::from(byte - 0x80)).copied().filter(|c| *c != '\0'),
        byte => Some(char::from(*byte)),
    };
    bytes.iter().map(decode).collect()
}
