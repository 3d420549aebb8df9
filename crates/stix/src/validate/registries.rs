//! Codes that other bodies register and the standard points to: countries (ISO 3166-1).

/// Whether `code` is an ISO 3166-1 alpha-2 code. The examples of the standard write `th`.
pub(super) fn is_country(code: &str) -> bool {
    let &[first, second] = code.as_bytes() else { return false };
    let upper = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    COUNTRIES.binary_search_by(|known| known.as_bytes().cmp(&upper)).is_ok()
}

/// Whether `code` has the form of ISO 3166-2: a country and up to three letters or digits.
pub(super) fn is_subdivision(code: &str) -> bool {
    code.split_once('-').is_some_and(|(country, part)| {
        is_country(country)
            && (1..=3).contains(&part.len())
            && part.bytes().all(|c| c.is_ascii_alphanumeric())
    })
}

/// Sorted.
const COUNTRIES: &[&str] = &[
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS",
    "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN",
    "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM",
    "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC",
    "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA",
    "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS",
    "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO",
    "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_sorted_so_that_its_codes_are_found() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a < b));
        assert_eq!(COUNTRIES.len(), 249);
    }

    #[test]
    fn countries_and_their_parts_are_codes() {
        assert!(is_country("EC") && is_country("th") && is_country("ZW") && is_country("AD"));
        assert!(!is_country("XX") && !is_country("ECU") && !is_country("é") && !is_country(""));
        assert!(is_subdivision("EC-G") && is_subdivision("US-NY") && is_subdivision("FR-75C"));
        assert!(!is_subdivision("Tak") && !is_subdivision("EC-") && !is_subdivision("XX-1"));
    }
}
