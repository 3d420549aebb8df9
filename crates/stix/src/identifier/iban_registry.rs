//! The IBAN registry (ISO 13616-2, release 101): how the account part of each country is built.

/// Country and classes of the account part (BBAN): `4a6n` is four letters, then six digits; `c` is a
/// letter or a digit.
#[rustfmt::skip]
const REGISTRY: &[(&str, &str)] = &[
    ("AD", "8n12c"), ("AE", "19n"), ("AL", "8n16c"), ("AT", "16n"), ("AZ", "4a20c"),
    ("BA", "16n"), ("BE", "12n"), ("BG", "4a6n8c"), ("BH", "4a14c"), ("BI", "23n"),
    ("BR", "23n1a1c"), ("BY", "4c4n16c"), ("CH", "5n12c"), ("CR", "18n"), ("CY", "8n16c"),
    ("CZ", "20n"), ("DE", "18n"), ("DJ", "23n"), ("DK", "14n"), ("DO", "4c20n"),
    ("EE", "16n"), ("EG", "25n"), ("ES", "20n"), ("FI", "14n"), ("FK", "2a12n"),
    ("FO", "14n"), ("FR", "10n11c2n"), ("GB", "4a14n"), ("GE", "2a16n"), ("GI", "4a15c"),
    ("GL", "14n"), ("GR", "7n16c"), ("GT", "24c"), ("HN", "4a20n"), ("HR", "17n"),
    ("HU", "24n"), ("IE", "4a14n"), ("IL", "19n"), ("IQ", "4a15n"), ("IS", "22n"),
    ("IT", "1a10n12c"), ("JO", "4a4n18c"), ("KW", "4a22c"), ("KZ", "3n13c"), ("LB", "4n20c"),
    ("LC", "4a24c"), ("LI", "5n12c"), ("LT", "16n"), ("LU", "3n13c"), ("LV", "4a13c"),
    ("LY", "21n"), ("MC", "10n11c2n"), ("MD", "20c"), ("ME", "18n"), ("MK", "3n10c2n"),
    ("MN", "16n"), ("MR", "23n"), ("MT", "4a5n18c"), ("MU", "4a19n3a"), ("NI", "4a20n"),
    ("NL", "4a10n"), ("NO", "11n"), ("OM", "3n16c"), ("PK", "4a16c"), ("PL", "24n"),
    ("PS", "4a21c"), ("PT", "21n"), ("QA", "4a21c"), ("RO", "4a16c"), ("RS", "18n"),
    ("RU", "14n15c"), ("SA", "2n18c"), ("SC", "4a20n3a"), ("SD", "14n"), ("SE", "20n"),
    ("SI", "15n"), ("SK", "20n"), ("SM", "1a10n12c"), ("SO", "19n"), ("ST", "21n"),
    ("SV", "4a20n"), ("TL", "19n"), ("TN", "20n"), ("TR", "6n16c"), ("UA", "6n19c"),
    ("VA", "18n"), ("VG", "4a16n"), ("XK", "16n"), ("YE", "4a4n18c"),

];

/// The classes of a country's account part, one character for each place. `None` for a country that
/// is not in the registry.
pub(super) fn classes(country: &str) -> Option<impl Iterator<Item = char>> {
    let place = REGISTRY.binary_search_by_key(&country, |(c, _)| c).ok()?;
    let (_, form) = REGISTRY.get(place)?;
    let parts = form.split_inclusive(|c: char| c.is_ascii_alphabetic());
    Some(parts.flat_map(|part| {
        let class = part.chars().next_back().unwrap_or('c');
        let count = part.trim_end_matches(class).parse().unwrap_or(0);
        std::iter::repeat_n(class, count)
    }))
}

/// Whether a character belongs to a class of the registry.
pub(super) fn fits(class: char, c: char) -> bool {
    match class {
        'n' => c.is_ascii_digit(),
        'a' => c.is_ascii_uppercase(),
        _ => c.is_ascii_digit() || c.is_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_sorted_and_no_iban_is_longer_than_34() {
        assert_eq!(REGISTRY.len(), 89);
        assert!(REGISTRY.is_sorted_by(|a, b| a.0 < b.0));
        for (country, _) in REGISTRY {
            let length = classes(country).unwrap().count() + 4;
            assert!((15..=34).contains(&length), "{country} {length}");
        }
        let malta: String = classes("MT").unwrap().collect();
        assert_eq!(malta, format!("{}{}{}", "a".repeat(4), "n".repeat(5), "c".repeat(18)));
        assert!(classes("US").is_none());
    }
}
