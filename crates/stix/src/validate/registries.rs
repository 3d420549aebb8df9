//! Codes that other bodies register and the standard points to: countries (ISO 3166-1).

use crate::identifier::is_iso_3166;

/// Whether `code` is an ISO 3166-1 alpha-2 code. The examples of the standard write `th`.
pub(super) fn is_country(code: &str) -> bool {
    let &[first, second] = code.as_bytes() else { return false };
    let upper = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    str::from_utf8(&upper).is_ok_and(is_iso_3166)
}

/// Whether `code` has the form of ISO 3166-2: a country and up to three letters or digits.
pub(super) fn is_subdivision(code: &str) -> bool {
    code.split_once('-').is_some_and(|(country, part)| {
        is_country(country)
            && (1..=3).contains(&part.len())
            && part.bytes().all(|c| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_their_parts_are_codes() {
        assert!(is_country("EC") && is_country("th") && is_country("ZW") && is_country("AD"));
        assert!(
            !is_country("XX")
                && !is_country("XK")
                && !is_country("ECU")
                && !is_country("é")
                && !is_country("")
        );
        assert!(is_subdivision("EC-G") && is_subdivision("US-NY") && is_subdivision("FR-75C"));
        assert!(!is_subdivision("Tak") && !is_subdivision("EC-") && !is_subdivision("XX-1"));
    }
}
