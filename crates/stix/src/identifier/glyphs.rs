//! The same sign written otherwise: digits of other scripts, full-width letters, look-alikes,
//! signs that are not seen at all.
//!
//! Tables of our own instead of NFKC: identifiers need few of its mappings, and none of those that
//! change a meaning (`²` is not `2` in a serial number).

/// Code points of the digit zero of each script (Unicode 15.1, general category Nd, sorted); the
/// nine other digits follow each.
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950,
    0x1fbf0,
];

/// The text as a clerk would type it: no invisible signs, digits and full-width forms in ASCII, one
/// kind of hyphen, blank and dot; trimmed. Letters keep their case and script.
pub(super) fn plain(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).map(typed).collect();
    match seen.trim() {
        trimmed if trimmed.len() == seen.len() => seen,
        trimmed => trimmed.to_owned(),
    }
}

/// Letters and digits as they look on metal, paper or a plate: upper case, look-alikes of Latin
/// capitals in Latin, all else dropped. Letters without a look-alike stay (`Ñ`, `Ж`).
pub(super) fn marks(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c)).map(typed);
    let kept = |c: &char| c.is_alphanumeric() && !matches!(c, 'º' | 'ª');
    visible.flat_map(char::to_uppercase).map(latin).filter(kept).collect()
}

/// Marks behind words that cannot begin the identifier, however many.
pub(super) fn behind<'a>(mut marks: &'a str, words: &[&str]) -> &'a str {
    while let Some(rest) = words.iter().find_map(|word| marks.strip_prefix(word)) {
        marks = rest;
    }
    marks
}

/// The text behind words such as `S/N` or `SWIFT:`, however many. Each label ends in or holds a sign
/// that no key has, so that a key is never taken for a label. Labels are ASCII, upper case.
pub(super) fn unlabelled<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    let mut text = text.trim();
    let behind = |text: &'a str, label: &&str| {
        let (head, rest) = text.split_at_checked(label.len())?;
        let rest = rest.trim_start_matches([' ', ':', '.', '#', '=']);
        Some(rest).filter(|r| head.eq_ignore_ascii_case(label) && r.contains(char::is_alphanumeric))
    };
    while let Some(rest) = labels.iter().find_map(|label| behind(text, label)) {
        text = rest;
    }
    text
}

/// The digits of a text, those of other scripts in ASCII.
pub(super) fn digits(text: &str) -> String {
    text.chars().map(typed).filter(char::is_ascii_digit).collect()
}

fn typed(c: char) -> char {
    if c.is_ascii() && !c.is_ascii_whitespace() {
        return c;
    }
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        '\u{3002}' | '\u{FF61}' => '.',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ if c.is_whitespace() => ' ',
        _ => ascii_digit(c).unwrap_or(c),
    }
}

/// The ASCII digit of the same value.
fn ascii_digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let place = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code - ZEROS.get(place)?, 10)
}

/// The Latin capital that looks the same as a Cyrillic or Greek capital.
fn latin(c: char) -> char {
    match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ԛ' => 'Q',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ԝ' => 'W',
        'Х' | 'Χ' => 'X',
        'У' | 'Υ' | 'Ү' => 'Y',
        'Ζ' => 'Z',
        _ => c,
    }
}

/// Signs without a picture: controls, zero-width and direction marks, variation selectors, fillers.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zeros_are_sorted_and_ten_apart() {
        assert!(ZEROS.windows(2).all(|pair| pair[1] - pair[0] >= 10));
    }

    #[test]
    fn digits_of_other_scripts_and_widths_read_as_ascii() {
        for same in ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９"]
        {
            assert_eq!(digits(same), "0123456789");
            assert_eq!(plain(same), "0123456789");
            assert_eq!(marks(same), "0123456789");
        }
        assert_eq!(marks("²½"), "²½", "another value is not the digit");
    }

    #[test]
    fn look_alikes_of_latin_capitals_read_as_latin() {
        assert_eq!(marks("авсенікморстух"), "ABCEHIKMOPCTYX");
        assert_eq!(marks("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"), "ABEZHIKMNOPTYX");
        assert_eq!(marks("ж-ñ 1"), "ЖÑ1");
    }

    #[test]
    fn what_is_not_seen_is_dropped() {
        assert_eq!(plain(" \u{FEFF}a\u{200B}b\u{202E}c\u{AD}\u{0}\u{A0}"), "abc");
        assert_eq!(plain("ａ＠ｂ。ｃ–1"), "a@b.c-1");
    }
}
