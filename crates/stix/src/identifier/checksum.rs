//! Check digits: the sums behind them. Text that the sum does not know gives `None` or `false`.

/// ISO 7064 MOD 97-10 over the text: letters count 10 to 35. `None` unless ASCII letters and digits.
pub(super) fn mod_97(mut text: impl Iterator<Item = char>) -> Option<u32> {
    text.try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    })
}

/// ISO/IEC 7812-1 annex B (Luhn): every second digit from the right doubled, sum divisible by 10.
pub(super) fn luhn(digits: &str) -> bool {
    let mut sum = 0;
    for (place, c) in digits.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        sum += match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, twice) => twice / 10 + twice % 10,
        };
    }
    !digits.is_empty() && sum % 10 == 0
}

/// Digits of the text, each times its weight, summed. `None` where a character is no digit or the
/// text has not as many as there are weights.
pub(super) fn weighted(digits: &str, weights: &[u32]) -> Option<u32> {
    if digits.chars().count() != weights.len() {
        return None;
    }
    digits.chars().zip(weights).try_fold(0, |sum, (c, w)| Some(sum + c.to_digit(10)? * w))
}

/// ICAO Doc 9303 part 3 §4.9: weights 7, 3, 1 again and again, filler `<` counts 0, modulo 10.
pub(super) fn icao(field: &str) -> Option<u32> {
    let sum = field.chars().zip([7, 3, 1].into_iter().cycle()).try_fold(0_u32, |sum, (c, w)| {
        let value = if c == '<' { 0 } else { c.to_ascii_uppercase().to_digit(36)? };
        Some((sum + value * w) % 10)
    });
    sum.filter(|_| !field.is_empty())
}

/// Letters that are read for digits, as the digits. Only where a check digit then agrees is such a
/// reading taken.
pub(super) fn as_digits(text: &str) -> String {
    let read = |c| match c {
        'O' | 'Q' | 'D' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        'G' => '6',
        'B' => '8',
        _ => c,
    };
    text.chars().map(read).collect()
}

/// The text itself where it is right or beyond help; else its reading with digits for letters, if
/// `is_right` accepts that. The flag says whether it was read so.
pub(super) fn repaired(text: String, is_right: impl Fn(&str) -> bool) -> (String, bool) {
    if text.bytes().all(|c| c.is_ascii_digit()) || is_right(&text) {
        return (text, false);
    }
    let read = as_digits(&text);
    if is_right(&read) { (read, true) } else { (text, false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_accepts_the_published_examples() {
        for good in ["79927398713", "490154203237518", "4111111111111111", "0"] {
            assert!(luhn(good), "{good}");
        }
        for bad in ["79927398710", "490154203237517", "", "4111 1111", "٤"] {
            assert!(!luhn(bad), "{bad}");
        }
    }

    /// Examples of ICAO Doc 9303 part 3, appendix A, and part 4, appendix B.
    #[test]
    fn icao_digits_agree_with_doc_9303() {
        for (field, digit) in [
            ("520727", 3),
            ("AB2134<<<", 5),
            ("L898902C3", 6),
            ("740812", 2),
            ("120415", 9),
            ("ZE184226B<<<<<", 1),
            ("L898902C3674081221204159ZE184226B<<<<<1", 0),
        ] {
            assert_eq!(icao(field), Some(digit), "{field}");
        }
        assert_eq!(icao("Ñ"), None);
        assert_eq!(icao(""), None);
    }

    #[test]
    fn the_sums_refuse_what_they_do_not_know() {
        assert_eq!(weighted("12", &[1]), None);
        assert_eq!(weighted("1x", &[1, 1]), None);
        assert_eq!(mod_97("Ñ".chars()), None);
        assert_eq!(mod_97("GB82".chars()), Some(161_182 % 97));
    }
}
