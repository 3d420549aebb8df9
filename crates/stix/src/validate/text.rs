//! Forms of short texts: names, keys, language tags, digests, dates.

use crate::Timestamp;

/// §3.1: 3 to 250 of a-z, 0-9 and underscore, a letter first.
pub(super) fn is_property_name(name: &str) -> bool {
    (3..=250).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
}

/// §3.1: 3 to 250 of a-z, 0-9 and single hyphens, a letter first.
pub(super) fn is_type_name(name: &str) -> bool {
    (3..=250).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !name.contains("--")
}

/// §2.3: up to 250 of a-z, A-Z, 0-9, hyphen and underscore.
pub(super) fn is_dictionary_key(key: &str) -> bool {
    (1..=250).contains(&key.len())
        && key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
}

/// The shape of an RFC 5646 tag: subtags of 1 to 8 letters and digits, the first of letters only.
pub(super) fn is_language(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let first = subtags.next().unwrap_or_default();
    let primary = (2..=8).contains(&first.len()) && first.bytes().all(|c| c.is_ascii_alphabetic());
    let private = matches!(first, "x" | "X" | "i" | "I") && tag.len() > 2;
    (primary || private)
        && subtags
            .all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|c| c.is_ascii_alphanumeric()))
}

/// `digits` hexadecimal digits of either case.
pub(super) fn is_hex_of(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Hexadecimal digits in lower case.
pub(super) fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// Base64 with padding, standard alphabet, no line breaks (RFC 4648 §4).
pub(super) fn is_base64(text: &str) -> bool {
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'+' || c == b'/';
    !text.is_empty() && text.len().is_multiple_of(4) && body.bytes().all(plain)
}

/// `YYYY`, `YYYY-MM`, `YYYY-MM-DD` that exist, or a timestamp.
pub(super) fn is_date(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return text.parse::<Timestamp>().is_ok(),
    };
    format!("{whole}T00:00:00Z").parse::<Timestamp>().is_ok()
}

/// Whether a digest has the form of its algorithm; `None` = no algorithm of the vocabulary (§10.9).
pub(super) fn digest_fits(algorithm: &str, digest: &str) -> Option<bool> {
    let fits = match algorithm {
        "MD5" => is_hex_of(digest, 32),
        "SHA-1" => is_hex_of(digest, 40),
        "SHA-256" | "SHA3-256" => is_hex_of(digest, 64),
        "SHA-512" | "SHA3-512" => is_hex_of(digest, 128),
        "SSDEEP" => digest.split(':').count() == 3,
        // 35 bytes in hexadecimal; newer releases put `T1` in front.
        "TLSH" => is_hex_of(digest.strip_prefix("T1").unwrap_or(digest), 70),
        _ => return None,
    };
    Some(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keys_and_tags_have_their_forms() {
        assert!(is_property_name("x_a1") && !is_property_name("ab") && !is_property_name("1abc"));
        assert!(!is_property_name("Name") && !is_property_name(&"a".repeat(251)));
        assert!(is_type_name("x-mitre-asset") && !is_type_name("a--b") && !is_type_name("ab"));
        assert!(
            is_dictionary_key("SHA-256") && !is_dictionary_key("a.b") && !is_dictionary_key("")
        );
        for good in ["es", "en-US", "zh-Hant-TW", "x-klingon"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "e", "en_US", "español", "en-", "englishlanguage"] {
            assert!(!is_language(bad), "{bad}");
        }
    }

    #[test]
    fn dates_name_days_that_exist() {
        for good in ["1984", "1984-02", "1984-02-29", "1984-02-29T00:00:00Z"] {
            assert!(is_date(good), "{good}");
        }
        for bad in ["84", "1984-13", "1985-02-29", "29.02.1984", "1984-2-9", "ñandú"] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
