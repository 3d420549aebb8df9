//! Bytes to text: UTF-8, else Windows-1252 (which the WHATWG standard reads for Latin-1).

use std::borrow::Cow;

/// The encoding a text was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Windows1252,
}

/// Reads UTF-8 (a byte order mark is dropped); bytes that are not UTF-8 as Windows-1252.
pub(crate) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Encoding) {
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bare) {
        Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
        Err(_) => (Cow::Owned(windows_1252(bare)), Encoding::Windows1252),
    }
}

/// Every byte is a character; the five undefined ones become the C1 controls (WHATWG).
pub(crate) fn windows_1252(bytes: &[u8]) -> String {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let read = |byte: &u8| match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{fffd}'),
        _ => char::from(*byte),
    };
    bytes.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_utf8_is_read_as_windows_1252() {
        assert_eq!(decode("\u{feff}peña".as_bytes()), ("peña".into(), Encoding::Utf8));
        assert_eq!(decode(b"pe\xf1a \x80"), ("peña €".into(), Encoding::Windows1252));
    }

    /// A text cut in the middle of a character is not taken for UTF-8; all we lose is the guess.
    #[test]
    fn every_byte_reads_as_something() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(windows_1252(&all).chars().count(), 256);
    }
}
