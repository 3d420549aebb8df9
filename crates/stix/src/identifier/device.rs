//! Devices and SIM cards: IMEI, IMSI, ICCID.

use super::{Doubt, Normal, checksum, glyphs};

/// Mobile country codes in use (ITU-T E.212, operational bulletin), sorted.
#[rustfmt::skip]
const COUNTRIES: &[u16] = &[
    1, 202, 204, 206, 208, 212, 213, 214, 216, 218, 219, 220, 221, 222, 226, 228, 230, 231,
    232, 234, 235, 238, 240, 242, 244, 246, 247, 248, 250, 255, 257, 259, 260, 262, 266, 268,
    270, 272, 274, 276, 278, 280, 282, 283, 284, 286, 288, 289, 290, 292, 293, 294, 295, 297,
    302, 308, 310, 311, 312, 313, 314, 316, 330, 334, 338, 340, 342, 344, 346, 348, 350, 352,
    354, 356, 358, 360, 362, 363, 364, 365, 366, 368, 370, 372, 374, 376, 400, 401, 402, 404,
    405, 410, 412, 413, 414, 415, 416, 417, 418, 419, 420, 421, 422, 424, 425, 426, 427, 428,
    429, 432, 434, 436, 437, 438, 440, 441, 450, 452, 454, 455, 456, 457, 460, 466, 467, 470,
    472, 502, 505, 510, 514, 515, 520, 525, 528, 530, 536, 537, 539, 540, 541, 542, 543, 544,
    545, 546, 547, 548, 549, 550, 551, 552, 553, 554, 555, 602, 603, 604, 605, 606, 607, 608,
    609, 610, 611, 612, 613, 614, 615, 616, 617, 618, 619, 620, 621, 622, 623, 624, 625, 626,
    627, 628, 629, 630, 631, 632, 633, 634, 635, 636, 637, 638, 639, 640, 641, 642, 643, 645,
    646, 647, 648, 649, 650, 651, 652, 653, 654, 655, 657, 658, 659, 702, 704, 706, 708, 710,
    712, 714, 716, 722, 724, 730, 732, 734, 736, 738, 740, 742, 744, 746, 748, 750, 901, 902,
    991, 995, 999,];

/// IMEI (3GPP TS 23.003 §6.2): 14 digits of the device, then a check digit (Luhn) or, in an IMEISV,
/// two digits of its software. The key is the 14, so that all three forms of one device are equal.
pub(super) fn imei(raw: &str) -> Normal {
    let (number, read_otherwise) = number(raw, &["IMEISV", "IMEI"], |n| n.len() == 15);
    let is_digits = number.bytes().all(|c| c.is_ascii_digit());
    let key = match number.len() {
        15 | 16 if is_digits => number.get(..14).unwrap_or(&number),
        _ => &number,
    };
    let mut normal = Normal::new(key.to_owned());
    if read_otherwise {
        normal.doubt(Doubt::Repaired, "letters were read as digits");
    }
    let is_meid = number.len() == 14 && number.bytes().all(|c| c.is_ascii_hexdigit());
    if !is_digits && !is_meid {
        normal.doubt(Doubt::ImpossibleCharacter, "an IMEI has digits only");
    } else if !(14..=16).contains(&number.len()) {
        let reason = format!("{} digits, an IMEI has 15 (16 with software version)", number.len());
        normal.doubt(Doubt::WrongLength, reason);
    } else if number.len() == 15 && !checksum::luhn(&number) {
        normal.doubt(Doubt::WrongCheckDigit, "the last digit does not agree (Luhn)");
    }
    let key = normal.key.as_str();
    if key.starts_with("00") || key == "12345678901234" || key == "12345678912345" {
        normal.doubt(Doubt::Placeholder, "a test device or a number typed to fill the field");
    }
    normal
}

/// IMSI (ITU-T E.212): country, network, subscriber; 15 digits at most, no check digit.
pub(super) fn imsi(raw: &str) -> Normal {
    let (number, _) = number(raw, &["IMSI"], |_| false);
    let mut normal = Normal::new(number);
    let key = normal.key.as_str();
    let country = key.get(..3).and_then(|code| code.parse::<u16>().ok());
    if !key.bytes().all(|c| c.is_ascii_digit()) {
        normal.doubt(Doubt::ImpossibleCharacter, "an IMSI has digits only");
    } else if !(14..=15).contains(&key.len()) {
        let reason = format!("{} digits, an IMSI has 15 (14 in few networks)", key.len());
        normal.doubt(Doubt::WrongLength, reason);
    } else if country.is_some_and(|code| code == 1 || code == 999) {
        normal.doubt(Doubt::Placeholder, "a test or private network");
    } else if country.is_none_or(|code| COUNTRIES.binary_search(&code).is_err()) {
        normal.doubt(Doubt::UnknownCountry, "begins with no mobile country code (ITU-T E.212)");
    }
    normal
}

/// ICCID of a SIM card (ITU-T E.118): `89`, country, issuer, number, check digit (Luhn); 19 digits, 20
/// in many networks, a filler `F` behind.
pub(super) fn iccid(raw: &str) -> Normal {
    let has_check = |n: &str| (19..=20).contains(&n.len());
    let bare = glyphs::marks(raw);
    let (number, read_otherwise) = number(bare.trim_end_matches('F'), &["ICCID", "SIM"], has_check);
    let mut normal = Normal::new(number);
    if read_otherwise {
        normal.doubt(Doubt::Repaired, "letters were read as digits");
    }
    let key = normal.key.as_str();
    if !key.bytes().all(|c| c.is_ascii_digit()) {
        normal.doubt(Doubt::ImpossibleCharacter, "an ICCID has digits only");
    } else if !(18..=20).contains(&key.len()) {
        normal.doubt(Doubt::WrongLength, format!("{} digits, an ICCID has 19 or 20", key.len()));
    } else if !key.starts_with("89") {
        normal.doubt(Doubt::WrongForm, "the number of a SIM card begins with 89");
    } else if key.len() != 18 && !checksum::luhn(key) {
        normal.doubt(Doubt::WrongCheckDigit, "the last digit does not agree (Luhn)");
    }
    normal
}

/// The number without a label, letters read as digits where Luhn then agrees.
fn number(raw: &str, labels: &[&str], has_check: fn(&str) -> bool) -> (String, bool) {
    let marks = glyphs::marks(raw);
    checksum::repaired(glyphs::behind(&marks, labels).to_owned(), |n| {
        has_check(n) && checksum::luhn(n)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_codes_are_sorted() {
        assert_eq!(COUNTRIES.len(), 237);
        assert!(COUNTRIES.is_sorted());
    }
}
