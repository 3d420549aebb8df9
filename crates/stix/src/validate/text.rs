//! Forms of short texts: names, keys, language tags, digests, dates.

use crate::Timestamp;
/// §2.3: what a selector can name is what a dictionary may have as a key.
pub(super) use crate::marking::is_name as is_dictionary_key;

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

/// §3.8: reserved for later versions of the standard.
pub(super) fn is_reserved(name: &str) -> bool {
    matches!(name, "severity" | "username" | "phone_number" | "action")
}

/// `count` letters A-Z.
pub(super) fn is_upper(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|c| c.is_ascii_uppercase())
}

/// RFC 4648 §5, without padding.
pub(super) fn is_base64url(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    !text.is_empty() && text.len() % 4 != 1 && text.bytes().all(plain)
}

/// RFC 4122, with its hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    text.len() == 36 && dashes && uuid::Uuid::try_parse(text).is_ok()
}

/// Without upper-case letters.
pub(super) fn is_lower(text: &str) -> bool {
    !text.bytes().any(|c| c.is_ascii_uppercase())
}

/// §2.11, §2.14: lower case, hyphens in place of spaces and underscores.
pub(super) fn is_phrase(text: &str) -> bool {
    !text.chars().any(|c| c == ' ' || c == '_' || c.is_uppercase())
}

/// §2.8: an even count, not zero, of 0-9 and a-f.
pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len().is_multiple_of(2) && is_lower_hex(text)
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
        "SSDEEP" => is_ssdeep(digest),
        // 35 bytes in hexadecimal; newer releases put `T1` in front.
        "TLSH" => is_hex_of(digest.strip_prefix("T1").unwrap_or(digest), 70),
        _ => return None,
    };
    Some(fits)
}

/// `blocksize:hash:hash`, the hashes of at most 64 characters of base64.
fn is_ssdeep(digest: &str) -> bool {
    let hash = |part: Option<&str>| {
        part.is_some_and(|p| {
            p.len() <= 64 && p.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/')
        })
    };
    let mut parts = digest.split(':');
    let size = parts.next().unwrap_or_default();
    (1..=10).contains(&size.len())
        && size.bytes().all(|c| c.is_ascii_digit())
        && hash(parts.next())
        && hash(parts.next())
        && parts.next().is_none()
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
        assert!(is_phrase("lockheed-martin") && !is_phrase("Lockheed") && !is_phrase("a_b"));
        assert!(is_hex("00ff") && !is_hex("0ff") && !is_hex("00FF") && !is_hex(""));
    }

    #[test]
    fn digests_have_the_form_of_their_algorithm() {
        let ssdeep = "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp";
        assert_eq!(digest_fits("SSDEEP", ssdeep), Some(true));
        for bad in ["", "a:b:c", "3:a:b:c", "3:a b:c", "3:a"] {
            assert_eq!(digest_fits("SSDEEP", bad), Some(false), "{bad}");
        }
        assert_eq!(digest_fits("MD5", &"aF".repeat(16)), Some(true));
        assert_eq!(digest_fits("MD5", &"g".repeat(32)), Some(false));
        assert_eq!(digest_fits("TLSH", &format!("T1{}", "A".repeat(70))), Some(true));
        assert_eq!(digest_fits("md5", ""), None);
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
