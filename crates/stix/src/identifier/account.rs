//! Money: IBAN, BIC, account numbers without a standard, payment cards.

use super::{Doubt, Normal, checksum, country, glyphs, iban_registry};

/// ISO 13616-1:2020: country, two check digits (ISO 7064 MOD 97-10), account part of the country.
pub(super) fn iban(raw: &str) -> Normal {
    let marks = glyphs::marks(raw);
    // No country is `IB`, so the word before the number is never a part of it.
    let bare = marks.trim_start_matches("IBAN").to_owned();
    let (text, read_otherwise) = with_digits_where_digits_belong(bare);
    let mut normal = Normal::new(text);
    if read_otherwise {
        normal.doubt(Doubt::Repaired, "letters were read as digits where only digits stand");
    }
    iban_form(&mut normal);
    if !has_check_digits(&normal.key) {
        normal.doubt(Doubt::WrongCheckDigit, "the number modulo 97 is not 1");
    }
    normal
}

/// ISO 13616: the first four characters moved to the end, the number modulo 97 is 1; check digits
/// lie between 02 and 98.
pub(super) fn has_check_digits(iban: &str) -> bool {
    let Some((head, body)) = iban.split_at_checked(4) else { return false };
    let digits = head.get(2..).unwrap_or("");
    checksum::mod_97(body.chars().chain(head.chars())) == Some(1)
        && !matches!(digits, "00" | "01" | "99")
}

fn iban_form(normal: &mut Normal) {
    let text = normal.key.clone();
    if let Some(strange) = text.chars().find(|c| !c.is_ascii()) {
        normal.doubt(Doubt::ImpossibleCharacter, format!("`{strange}` never stands in an IBAN"));
        return;
    }
    let (head, body) = text.split_at_checked(4).unwrap_or((&text, ""));
    let shape = head.chars().zip("aann".chars()).all(|(c, class)| iban_registry::fits(class, c));
    if head.len() < 4 || !shape {
        normal.doubt(Doubt::WrongForm, "an IBAN begins with two letters and two digits");
        return;
    }
    let country = head.get(..2).unwrap_or("");
    let Some(classes) = iban_registry::classes(country) else {
        let reason = format!("`{country}` is not in the registry of ISO 13616 (release 101)");
        return normal.doubt(Doubt::UnknownCountry, reason);
    };
    let classes: Vec<char> = classes.collect();
    if body.len() != classes.len() {
        let (found, expected) = (text.len(), classes.len() + 4);
        let reason = format!("{found} characters, an IBAN of {country} has {expected}");
        return normal.doubt(Doubt::WrongLength, reason);
    }
    let misfit = body.chars().zip(classes).position(|(c, class)| !iban_registry::fits(class, c));
    if let Some(place) = misfit {
        let reason = format!("character {} is of the wrong kind for {country}", place + 5);
        normal.doubt(Doubt::WrongForm, reason);
    }
}

/// `O` for `0` in a place where the country has digits only, if the check digits then agree.
fn with_digits_where_digits_belong(text: String) -> (String, bool) {
    let country = text.get(..2).unwrap_or("");
    let Some(classes) = iban_registry::classes(country) else { return (text, false) };
    let places = "aann".chars().chain(classes).chain(std::iter::repeat('c'));
    let digits = checksum::as_digits(&text);
    let read: String = text
        .chars()
        .zip(digits.chars())
        .zip(places)
        .map(|((as_is, digit), class)| if class == 'n' { digit } else { as_is })
        .collect();
    let better = read != text && has_check_digits(&read) && !has_check_digits(&text);
    if better { (read, true) } else { (text, false) }
}

/// ISO 9362:2022: four of the party, country, two of the place, perhaps three of the branch. Without
/// a branch and with `XXX` it is the same head office: the key has eight characters.
pub(super) fn bic(raw: &str) -> Normal {
    let labels = ["BIC/SWIFT", "SWIFT/BIC", "SWIFT CODE", "SWIFT:", "SWIFT ", "BIC:", "BIC "];
    let mut text = glyphs::marks(glyphs::unlabelled(&glyphs::plain(raw), &labels));
    if text.len() == 11 && text.ends_with("XXX") {
        text.truncate(8);
    }
    let mut normal = Normal::new(text);
    let text = normal.key.clone();
    if let Some(strange) = text.chars().find(|c| !c.is_ascii()) {
        normal.doubt(Doubt::ImpossibleCharacter, format!("`{strange}` never stands in a BIC"));
    }
    let length = text.chars().count();
    if !matches!(length, 8 | 11) {
        normal.doubt(Doubt::WrongLength, format!("{length} characters, a BIC has 8 or 11"));
        return normal;
    }
    if let Some(code) = text.get(4..6).filter(|code| !country::is_alpha2(code)) {
        normal.doubt(Doubt::UnknownCountry, format!("`{code}` in places 5 and 6 is no country"));
    }
    if text.get(7..8) == Some("0") {
        normal.doubt(Doubt::Placeholder, "a BIC with 0 in place 8 is for tests");
    }
    normal
}

/// A number that only its bank understands: letters and digits, nothing checked.
pub(super) fn account_number(raw: &str) -> Normal {
    Normal::new(glyphs::marks(raw))
}

/// ISO/IEC 7812-1:2017: 12 to 19 digits, the last by Luhn. The key keeps the first six and the last
/// four: the whole number is never stored, so the key says *may be the same card*.
pub(super) fn payment_card(raw: &str) -> Normal {
    let visible = glyphs::plain(raw);
    let parts: Vec<_> = visible.split('*').map(|p| glyphs::marks(p).replace('X', "*")).collect();
    let marks = parts.join("*");
    if marks.contains('*') {
        let mut normal = Normal::new(masked(&marks));
        normal.doubt(Doubt::Partial, "some digits are masked");
        return normal;
    }
    let (number, read_otherwise) = checksum::repaired(marks, checksum::luhn);
    let digits = number.bytes().all(|c| c.is_ascii_digit());
    let length = number.chars().count();
    let mut normal = Normal::new(masked(&number));
    if read_otherwise {
        normal.doubt(Doubt::Repaired, "letters were read as digits");
    }
    if !digits {
        normal.doubt(Doubt::ImpossibleCharacter, "a card number has digits only");
    } else if !(12..=19).contains(&length) {
        normal.doubt(Doubt::WrongLength, format!("{length} digits, a card number has 12 to 19"));
    } else if !checksum::luhn(&number) {
        normal.doubt(Doubt::WrongCheckDigit, "the last digit does not agree (Luhn)");
    }
    normal
}

/// First six and last four characters, a `*` for each other; all but the last four of a short one.
fn masked(number: &str) -> String {
    let length = number.chars().count();
    let head = if length >= 12 { 6 } else { 0 };
    let hidden = |place: usize| place >= head && place + 4 < length;
    number.chars().enumerate().map(|(place, c)| if hidden(place) { '*' } else { c }).collect()
}
