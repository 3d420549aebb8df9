//! Ships and their companies: IMO numbers, MMSI, call signs.

use super::{Doubt, Normal, checksum, glyphs, mids};

/// IMO ship identification number (resolution A.1117(30)): seven digits, the last digit of the first
/// six weighted 7 to 2. It catches every wrong digit in places 1, 3, 5 and 7 only: 6, 4 and 2
/// share a factor with 10. Real ships carry bad ones.
pub(super) fn imo_ship(raw: &str) -> Normal {
    let mut normal = seven_digits(raw, is_ship);
    let key = normal.key.as_str();
    if key == "1234567" || (key.len() == 7 && key.bytes().all(|c| key.starts_with(char::from(c)))) {
        normal.doubt(Doubt::Placeholder, "a number typed to fill the field");
    } else if is_seven(key) && !is_ship(key) {
        let of_a_company =
            if is_company(key) { "; it is right as the number of a company" } else { "" };
        let reason = format!("the last digit does not agree with the first six{of_a_company}");
        normal.doubt(Doubt::WrongCheckDigit, reason);
    }
    normal
}

/// IMO company and registered owner number (resolution MSC.160(78)): seven digits, weights 8, 6, 4,
/// 2, 9, 7, eleven minus the remainder modulo 11, its last digit.
pub(super) fn imo_company(raw: &str) -> Normal {
    let mut normal = seven_digits(raw, is_company);
    let key = normal.key.as_str();
    if is_seven(key) && !is_company(key) {
        let of_a_ship = if is_ship(key) { "; it is right as the number of a ship" } else { "" };
        let reason = format!("the last digit does not agree with the first six{of_a_ship}");
        normal.doubt(Doubt::WrongCheckDigit, reason);
    }
    normal
}

/// Whether seven digits end in the check digit of a ship.
pub(super) fn is_ship(number: &str) -> bool {
    let sum = |first: &str| checksum::weighted(first, &[7, 6, 5, 4, 3, 2]).map(|sum| sum % 10);
    ends_in(number, sum)
}

/// Whether seven digits end in the check digit of a company.
pub(super) fn is_company(number: &str) -> bool {
    let weights = [8, 6, 4, 2, 9, 7];
    ends_in(number, |first| checksum::weighted(first, &weights).map(|sum| (11 - sum % 11) % 10))
}

fn ends_in(number: &str, check: impl Fn(&str) -> Option<u32>) -> bool {
    let Some((first, last)) = number.split_at_checked(6) else { return false };
    is_seven(number) && last.chars().next().and_then(|c| c.to_digit(10)) == check(first)
}

fn is_seven(number: &str) -> bool {
    number.len() == 7 && number.bytes().all(|c| c.is_ascii_digit())
}

/// The number without `IMO` before it.
pub(super) fn without_imo(raw: &str) -> String {
    let labels = ["IMO", "OMI", "NUMBER", "NO"];
    glyphs::behind(&glyphs::marks(raw), &labels).to_owned()
}

fn seven_digits(raw: &str, is_right: fn(&str) -> bool) -> Normal {
    let (text, read_otherwise) = checksum::repaired(without_imo(raw), is_right);
    let mut normal = Normal::new(text);
    if read_otherwise {
        normal.doubt(Doubt::Repaired, "letters were read as digits");
    }
    let length = normal.key.chars().count();
    if !normal.key.bytes().all(|c| c.is_ascii_digit()) {
        normal.doubt(Doubt::ImpossibleCharacter, "an IMO number has digits only");
    } else if length != 7 {
        normal.doubt(Doubt::WrongLength, format!("{length} digits, an IMO number has 7"));
    }
    normal
}

/// Maritime mobile service identity (ITU-R M.585-9): nine digits, no check digit. The three digits
/// of the country stand first for ships, later for other stations.
pub(super) fn mmsi(raw: &str) -> Normal {
    let text = glyphs::marks(raw);
    let mut normal = Normal::new(text.trim_start_matches("MMSI").to_owned());
    let key = normal.key.as_str();
    if !key.bytes().all(|c| c.is_ascii_digit()) {
        normal.doubt(Doubt::ImpossibleCharacter, "an MMSI has digits only");
    } else if key.len() != 9 {
        let reason = format!("{} digits, an MMSI has 9", key.len());
        normal.doubt(Doubt::WrongLength, reason);
    } else if key == "123456789" || key.bytes().all(|c| key.starts_with(char::from(c))) {
        normal.doubt(Doubt::Placeholder, "a number typed to fill the field");
    } else {
        match mid(key) {
            Some(mid) if mids::country(mid).is_none() => {
                normal.doubt(Doubt::UnknownCountry, format!("{mid} is given to no country (ITU)"));
            }
            None if !["970", "972", "974"].iter().any(|device| key.starts_with(device)) => {
                normal.doubt(Doubt::WrongForm, "no station has a number that begins like this");
            }
            _ => {}
        }
    }
    normal
}

/// The three digits of the country in an MMSI. `None` for distress devices, which have none, and
/// for beginnings that no station has.
fn mid(mmsi: &str) -> Option<&str> {
    let at = match mmsi.as_bytes() {
        // SAR aircraft, coast stations, groups of ships, craft of a ship, aids to navigation,
        // hand-held radios.
        [b'1', b'1', b'1', ..] => 3,
        [b'0', b'0', ..] | [b'9', b'8' | b'9', ..] => 2,
        [b'0' | b'8', ..] => 1,
        [b'2'..=b'7', ..] => 0,
        _ => return None,
    };
    mmsi.get(at..at + 3)
}

/// The country that an MMSI names (ISO 3166-1 alpha-2): the flag that was programmed in, which may
/// be old or borrowed.
pub(super) fn mmsi_country(mmsi: &str) -> Option<&'static str> {
    mids::country(mid(mmsi).filter(|_| mmsi.len() == 9)?)
}

/// Call sign (ITU Radio Regulations, article 19): letters and digits, three to eight of them.
pub(super) fn call_sign(raw: &str) -> Normal {
    let mut normal = Normal::new(glyphs::marks(raw));
    let length = normal.key.chars().count();
    if !(3..=8).contains(&length) {
        normal.doubt(Doubt::WrongLength, format!("{length} characters, a call sign has 3 to 8"));
    }
    if !normal.key.is_ascii() {
        normal.doubt(Doubt::ImpossibleCharacter, "a call sign has Latin letters and digits");
    }
    normal
}
