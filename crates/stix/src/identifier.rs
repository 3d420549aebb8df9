//! Identifiers of persons, weapons, accounts and cargo: normal forms and check digits.
//!
//! The raw text stays in the object; a normal form is a key for finding the same thing written
//! otherwise. A wrong check digit is worth a warning, never a rejection.

use std::net::IpAddr;

/// Letters and digits of any script, upper case; all else dropped.
fn packed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Serial number of a firearm, key K1: upper case, no separators, the letter O read as zero.
/// Never enough alone: make, model or calibre must agree.
pub fn firearm_serial(serial: &str) -> String {
    packed(serial).replace('O', "0")
}

/// IBAN: upper case without separators.
pub fn iban(text: &str) -> String {
    packed(text)
}

/// Container number (ISO 6346): upper case without separators.
pub fn container(text: &str) -> String {
    packed(text)
}

/// Telephone number: digits, with `+` where the number says that it is international (`+`, `00`).
pub fn phone(text: &str) -> String {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        _ if text.starts_with('+') => format!("+{digits}"),
        Some(international) => format!("+{international}"),
        None => digits,
    }
}

/// E-mail address or domain name: lower case, without white space and the root dot.
pub fn name(text: &str) -> String {
    text.trim().trim_end_matches('.').to_lowercase()
}

/// Address or network of the internet protocol in its shortest form.
pub fn ip(text: &str) -> String {
    let text = text.trim();
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address =
        address.parse::<IpAddr>().map_or_else(|_| address.to_lowercase(), |a| a.to_string());
    if bits.is_empty() { address } else { format!("{address}/{bits}") }
}

/// Identity document: `passport/CO/AB123`; an unknown country is left empty.
pub fn document(kind: &str, country: &str, number: &str) -> String {
    format!("{}/{}/{}", kind.trim().to_lowercase(), packed(country), packed(number))
}

/// Whether an IBAN has the right check digits (ISO 13616: the number modulo 97 is 1).
pub fn is_iban(text: &str) -> bool {
    let iban = iban(text);
    let ascii = iban.bytes().all(|c| c.is_ascii_alphanumeric());
    let Some((head, body)) = iban.split_at_checked(4).filter(|_| ascii) else { return false };
    let shape = |i: usize, c: u8| if i < 2 { c.is_ascii_uppercase() } else { c.is_ascii_digit() };
    if !(15..=34).contains(&iban.len()) || !head.bytes().enumerate().all(|(i, c)| shape(i, c)) {
        return false;
    }
    let remainder = body.chars().chain(head.chars()).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    });
    remainder == Some(1)
}

/// The check digit of a container (ISO 6346) from its first ten characters: owner code, category,
/// serial number. `None` where they have another form.
pub fn container_check_digit(first_ten: &str) -> Option<u8> {
    if first_ten.len() != 10 {
        return None;
    }
    let mut sum = 0_u32;
    for (i, c) in first_ten.bytes().enumerate() {
        let value = match c {
            b'A'..=b'Z' if i < 4 => letter_value(c),
            b'0'..=b'9' if i >= 4 => u32::from(c - b'0'),
            _ => return None,
        };
        sum += value << i;
    }
    u8::try_from(sum % 11 % 10).ok()
}

/// Letters count from 10 and leave out the multiples of 11 (ISO 6346, annex A).
fn letter_value(letter: u8) -> u32 {
    let plain = u32::from(letter.saturating_sub(b'A')) + 10;
    // 11, 22 and 33 are skipped: one for each step passed.
    plain + (plain.saturating_sub(1)) / 10
}

/// Whether a container number has the form and the check digit of ISO 6346.
pub fn is_container(text: &str) -> bool {
    let number = container(text);
    let Some((first, last)) = number.split_at_checked(10) else { return false };
    let digit = last.parse::<u8>().ok().filter(|_| last.len() == 1);
    digit.is_some() && digit == container_check_digit(first)
}

/// Whether an IMO ship number has the right last digit: the first six weighted 7 to 2.
pub fn is_imo(text: &str) -> bool {
    let packed = packed(text);
    let digits: Vec<u32> = packed
        .strip_prefix("IMO")
        .unwrap_or(&packed)
        .chars()
        .map_while(|c| c.to_digit(10))
        .collect();
    let letters = packed.strip_prefix("IMO").unwrap_or(&packed).chars().count();
    let weighted: u32 = digits.iter().zip([7, 6, 5, 4, 3, 2]).map(|(d, w)| d * w).sum();
    digits.len() == 7 && letters == 7 && digits.last() == Some(&(weighted % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn container_check_digits_follow_iso_6346() {
        for good in ["CSQU3054383", "csqu 305438-3", "MSKU0000006", "TGHU7599330"] {
            assert!(is_container(good), "{good}");
        }
        for bad in ["CSQU3054384", "CSQU305438", "CSQU30543833", "12345678901", "", "ÑSQU305438"] {
            assert!(!is_container(bad), "{bad}");
        }
        assert_eq!(container_check_digit("CSQU305438"), Some(3));
    }

    #[test]
    fn letters_skip_the_multiples_of_eleven() {
        let values: Vec<_> = "ABKLUVZ".bytes().map(letter_value).collect();
        assert_eq!(values, [10, 12, 21, 23, 32, 34, 38]);
    }

    #[test]
    fn iban_check_digits_follow_iso_13616() {
        let good = ["DE89370400440532013000", "GB33 BUKB 2020 1555 5555 55", "nl91abna0417164300"];
        for good in good {
            assert!(is_iban(good), "{good}");
        }
        for bad in ["DE88370400440532013000", "DE89", "", "DE8937040044053201300Ñ", "8937"] {
            assert!(!is_iban(bad), "{bad}");
        }
    }

    #[test]
    fn imo_numbers_end_in_their_weighted_sum() {
        for good in ["9319466", "IMO 9319466", "IMO9074729"] {
            assert!(is_imo(good), "{good}");
        }
        for bad in ["9319467", "931946", "93194666", "IMO", "X9319466"] {
            assert!(!is_imo(bad), "{bad}");
        }
    }

    #[test]
    fn normal_forms_make_spellings_equal() {
        assert_eq!(firearm_serial("ab-1o 2"), firearm_serial("AB1 02"));
        assert_eq!(phone("+593 (4) 555-0101"), "+59345550101");
        assert_eq!(phone("00593 4 5550101"), "+59345550101");
        assert_eq!(phone("04 555 0101"), "045550101");
        assert_eq!(ip("2001:DB8:0:0::1"), "2001:db8::1");
        assert_eq!(ip("198.51.100.0/24"), "198.51.100.0/24");
        assert_eq!(name(" Ana@Example.ORG. "), "ana@example.org");
        assert_eq!(document("Passport", "co", "ab-123"), "passport/CO/AB123");
    }
}
