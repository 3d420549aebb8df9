//! Vehicles and aircraft: VIN, number plates, registration marks.

use super::{Context, Doubt, Normal, document, glyphs};

/// Weights of the 17 places (49 CFR 565.15); the ninth is the check digit itself.
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Vehicle identification number (ISO 3779:2009): 17 characters without I, O, Q, which are read as
/// 1, 0, 0. The check digit is used in North America only.
pub(super) fn vin(raw: &str) -> Normal {
    let marks = glyphs::marks(raw);
    // `I` is in no VIN, so the word is never its beginning.
    let text = marks.trim_start_matches("VIN");
    let key = text.replace('I', "1").replace(['O', 'Q'], "0");
    let read_otherwise = key != text;
    let mut normal = Normal::new(key);
    if read_otherwise {
        normal.doubt(Doubt::Repaired, "I, O and Q stand in no VIN: read as 1 and 0");
    }
    let key = normal.key.as_str();
    let length = key.chars().count();
    if !key.is_ascii() {
        normal.doubt(Doubt::ImpossibleCharacter, "a VIN has Latin letters and digits");
    } else if length != 17 {
        let reason = format!("{length} characters, a VIN has 17 (since 1981)");
        normal.doubt(Doubt::WrongLength, reason);
    } else if key.bytes().all(|c| key.starts_with(char::from(c))) {
        normal.doubt(Doubt::Placeholder, "a number typed to fill the field");
    } else if has_check_digit(key) {
        let expected = vin_check_digit(key);
        let found = key.chars().nth(8);
        if let Some(expected) = expected.filter(|digit| Some(*digit) != found) {
            let reason = format!("the check digit in place 9 is not {expected}");
            normal.doubt(Doubt::WrongCheckDigit, reason);
        }
    }
    normal
}

/// The check digit that belongs in place 9 of a VIN (49 CFR 565.15): `0` to `9` or `X`. `None` unless
/// it has 17 characters, none of them I, O or Q. Makers outside North America need not use it.
pub fn vin_check_digit(vin: &str) -> Option<char> {
    if vin.len() != WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (c, weight) in vin.chars().zip(WEIGHTS) {
        sum += vin_value(c)? * weight;
    }
    match sum % 11 {
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

/// Letters count along the keys of an old adding machine.
fn vin_value(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        'A'..='H' => Some(u32::from(c) - u32::from('A') + 1),
        'J'..='N' => Some(u32::from(c) - u32::from('J') + 1),
        'P' => Some(7),
        'R' => Some(9),
        'S'..='Z' => Some(u32::from(c) - u32::from('S') + 2),
        _ => None,
    }
}

/// Makers in the United States, Canada and Mexico: beginnings 1 to 5, and 7F to 70 of the United
/// States (ISO 3780; 7A to 7E are New Zealand).
fn has_check_digit(vin: &str) -> bool {
    match vin.as_bytes() {
        [b'1'..=b'5', ..] => true,
        [b'7', second, ..] => !(b'A'..=b'E').contains(second),
        _ => false,
    }
}

/// Number plate: `EC/PBA1234`. Letters that look the same on metal are one; the form is not
/// checked, since each country has many and lets people choose.
pub(super) fn plate(raw: &str, context: Context<'_>) -> Normal {
    let (country, known) = document::country_of(context);
    let prefix = format!("{country}/");
    let number = glyphs::marks(raw.strip_prefix(&prefix).unwrap_or(raw));
    let mut normal = Normal::new(if number.is_empty() { number } else { prefix + &number });
    if !known {
        normal.doubt(Doubt::UnknownCountry, "a plate means something in its country only");
    }
    normal
}

/// Registration mark of an aircraft (ICAO annex 7): letters and digits without the hyphen, so that
/// `HC-ABC` and `HCABC` are one.
pub(super) fn aircraft(raw: &str) -> Normal {
    let mut normal = Normal::new(glyphs::marks(raw));
    if !normal.key.is_ascii() {
        normal
            .doubt(Doubt::ImpossibleCharacter, "a registration mark has Latin letters and digits");
    }
    let length = normal.key.chars().count();
    if !(3..=8).contains(&length) {
        normal.doubt(Doubt::WrongLength, format!("{length} characters, a mark has 3 to 8"));
    }
    normal
}
