//! Freight containers: ISO 6346:2022, owner code, category, serial number, check digit.

use super::{Doubt, Normal, checksum, glyphs};

/// Eleven characters in upper case. A number without its check digit gets it; a size and type code
/// behind the number is left out.
pub(super) fn container(raw: &str) -> Normal {
    let text = with_digits_in_the_number(glyphs::marks(raw));
    let mut normal = Normal::new(text.0);
    if text.1 {
        normal.doubt(Doubt::Repaired, "letters were read as digits in the serial number");
    }
    let digit = normal.key.get(..10).and_then(check_digit);
    let rest = normal.key.get(10..).map(str::to_owned);
    match (digit, rest.as_deref()) {
        (Some(digit), Some("")) => {
            normal.key.push(char::from(b'0' + digit));
            normal.doubt(Doubt::Completed, "written without its check digit, which was added");
        }
        (Some(digit), Some(rest)) => tail(&mut normal, digit, rest),
        _ => form(&mut normal),
    }
    let category = normal.key.get(3..4);
    if category.is_some_and(|c| c.bytes().all(|c| c.is_ascii_alphabetic()) && !"UJZR".contains(c)) {
        let reason = "the fourth letter is U (container), J (equipment) or Z (trailer)";
        normal.doubt(Doubt::WrongForm, reason);
    }
    normal
}

/// What follows ten good characters: the check digit, perhaps a size and type code.
fn tail(normal: &mut Normal, digit: u8, rest: &str) {
    let mut after = rest.chars();
    let found = after.next().and_then(|c| c.to_digit(10));
    if found.is_some() && after.as_str().len() == 4 && after.as_str().is_ascii() {
        normal.doubt(Doubt::Dropped, "size and type code behind the number left out");
        normal.key.truncate(11);
    } else if !after.as_str().is_empty() {
        normal.doubt(Doubt::WrongLength, "a container number has 11 characters");
    }
    match found {
        Some(found) if found == u32::from(digit) => {}
        Some(found) => {
            let reason = format!("the check digit is {found}, the number before it gives {digit}");
            normal.doubt(Doubt::WrongCheckDigit, reason);
        }
        None => normal.doubt(Doubt::ImpossibleCharacter, "the check digit is no digit"),
    }
}

fn form(normal: &mut Normal) {
    let length = normal.key.chars().count();
    if length == 10 || length == 11 {
        let reason = "a container number is four letters and seven digits";
        normal.doubt(Doubt::WrongForm, reason);
    } else {
        let reason = format!("{length} characters, a container number has 11");
        normal.doubt(Doubt::WrongLength, reason);
    }
}

/// `O` for `0` behind the four letters, if the check digit then agrees.
fn with_digits_in_the_number(text: String) -> (String, bool) {
    if text.len() != 11 || is_right(&text) {
        return (text, false);
    }
    let Some((letters, number)) = text.split_at_checked(4) else { return (text, false) };
    let read = format!("{letters}{}", checksum::as_digits(number));
    if read != text && is_right(&read) { (read, true) } else { (text, false) }
}

/// Eleven characters whose last is the check digit of the others.
pub(super) fn is_right(number: &str) -> bool {
    let Some((first, last)) = number.split_at_checked(10) else { return false };
    let digit = last.parse::<u8>().ok().filter(|_| last.len() == 1);
    digit.is_some() && digit == check_digit(first)
}

/// The check digit of the first ten characters: values times 2⁰ to 2⁹, modulo 11; ten counts as
/// nought. `None` where they have another form.
pub(super) fn check_digit(first_ten: &str) -> Option<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_skip_the_multiples_of_eleven() {
        let values: Vec<_> = "ABKLUVZ".bytes().map(letter_value).collect();
        assert_eq!(values, [10, 12, 21, 23, 32, 34, 38]);
    }
}
