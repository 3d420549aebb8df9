//! Serial numbers of firearms: four keys from strict to lax, and what was not readable.

use super::{Doubt, Normal, glyphs};

/// Keys of a serial number. None is enough alone: make, model or calibre must agree, and a match on
/// K2 to K4 is for a person to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirearmKeys {
    /// Upper case, no separators, the letter O as zero (NCIC enters it so).
    pub k1: String,
    /// K1 with look-alikes folded: I, L → 1; S → 5; B → 8; Z → 2; G → 6; Q → 0.
    pub k2: String,
    /// K2 without letters between digits (`369J257` as `369257`): NCIC searches so. Letters before
    /// the first and behind the last digit stay.
    pub k3: String,
    /// K1 without leading zeros.
    pub k4: String,
    /// The serial with a `?` for each sign that could not be read. `None` for a whole serial.
    pub mask: Option<String>,
}

/// The keys of a serial number as read. `status` is the property `serial_status`: `readable` or
/// `partial`; with `obliterated` and `none` there is no number, and `None` comes back, as it does for
/// text without any letter or digit or that says so (`unknown`, `S/N`).
///
/// `?`, `*`, `_`, `·` and `…` stand for signs that could not be read and make the serial partial.
///
/// ```
/// use enlace_stix::identifier::firearm_keys;
/// let keys = firearm_keys("ab-1O2 G", "readable").unwrap();
/// assert_eq!((keys.k1.as_str(), keys.k2.as_str()), ("AB102G", "A81026"));
/// assert_eq!(firearm_keys("369J257", "readable").unwrap().k3, "369257");
/// assert_eq!(firearm_keys("AB?12", "partial").unwrap().mask.as_deref(), Some("AB?12"));
/// assert_eq!(firearm_keys("filed off", "obliterated"), None);
/// ```
pub fn firearm_keys(serial: &str, status: &str) -> Option<FirearmKeys> {
    if matches!(status, "obliterated" | "none") {
        return None;
    }
    let serial = without_label(serial);
    let marks = glyphs::marks(&serial);
    if marks.is_empty() || super::says_nothing(&marks) {
        return None;
    }
    let k1 = marks.replace('O', "0");
    let k2: String = k1.chars().map(folded).collect();
    let k3 = without_letters_between_digits(&k2);
    let k4 = match k1.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let k4 = k4.to_owned();
    let partial = status == "partial" || serial.chars().any(is_wildcard);
    let mask = partial.then(|| mask(&serial));
    Some(FirearmKeys { k1, k2, k3, k4, mask })
}

/// K1 with its doubts.
pub(super) fn serial(raw: &str) -> Normal {
    let serial = without_label(raw);
    if super::says_nothing(&glyphs::marks(&serial)) {
        // K1 would hide the words: `N0NE`.
        return Normal::absent();
    }
    let mut normal = Normal::new(k1(&serial));
    if serial.chars().any(is_wildcard) {
        normal.doubt(Doubt::Partial, "some signs could not be read");
    }
    let key = normal.key.as_str();
    if key.chars().count() > 2 && key.chars().all(|c| key.starts_with(c)) {
        normal.doubt(Doubt::Placeholder, "one character again and again");
    }
    normal
}

fn k1(serial: &str) -> String {
    glyphs::marks(serial).replace('O', "0")
}

/// Look-alikes of stamped characters.
fn folded(c: char) -> char {
    match c {
        'I' | 'L' => '1',
        'S' => '5',
        'B' => '8',
        'Z' => '2',
        'G' => '6',
        'Q' => '0',
        _ => c,
    }
}

fn without_letters_between_digits(text: &str) -> String {
    let first = text.find(|c: char| c.is_ascii_digit());
    let last = text.rfind(|c: char| c.is_ascii_digit());
    let between = |place: usize| Some(place) > first && first.is_some() && Some(place) < last;
    let kept = |(place, c): &(usize, char)| c.is_ascii_digit() || !between(*place);
    text.char_indices().filter(kept).map(|(_, c)| c).collect()
}

fn is_wildcard(c: char) -> bool {
    matches!(c, '?' | '*' | '_' | '·' | '…')
}

fn mask(serial: &str) -> String {
    let mut mask = String::new();
    for c in serial.chars() {
        if is_wildcard(c) {
            mask.push('?');
        } else {
            mask.push_str(&k1(c.encode_utf8(&mut [0; 4])));
        }
    }
    mask
}

/// Words before the number, where a separator shows that they are no part of it.
const LABELS: &[&str] = &[
    "S/N",
    "S.N.",
    "SN:",
    "SN.",
    "SN#",
    "SERIAL NUMBER",
    "SERIAL NO",
    "SERIAL:",
    "SERIAL ",
    "SERIAL#",
    "SER.",
    "SER:",
    "SER NO",
    "SERIE:",
    "SERIE ",
    "NUMERO DE SERIE",
    "NUMERO:",
    "NUMERO ",
    "NUMBER:",
    "NUMBER ",
    "NRO.",
    "NRO:",
    "NRO ",
    "NUM.",
    "NUM:",
    "NO.",
    "NO:",
];

fn without_label(serial: &str) -> String {
    glyphs::unlabelled(&glyphs::plain(serial), LABELS).to_owned()
}
