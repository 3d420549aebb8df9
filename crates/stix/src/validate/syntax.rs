//! Texts with a form of their own: the rule that a text of the wrong form breaks, and its test.

use super::report::{Path, Report};
use super::{Rule, internet, registries, rules, text};

/// The form of a text property.
pub(super) struct Syntax {
    rule: Rule,
    /// Completes "expected …".
    expected: &'static str,
    fits: fn(&str) -> bool,
}

impl Syntax {
    /// Whether both say the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.rule.code == other.rule.code && self.expected == other.expected
    }
}

impl Report {
    /// A text that must have a form.
    pub(super) fn form_of(&mut self, syntax: &Syntax, text: &str, path: &Path<'_>) {
        if !(syntax.fits)(text) {
            self.expect_of_type(syntax.rule, path, named(text), syntax.expected);
        }
    }
}

/// A form of our own types, which is a part of their data type (§7.3).
const fn own(expected: &'static str, fits: fn(&str) -> bool) -> Syntax {
    Syntax { rule: rules::VALUE_KIND, expected, fits }
}

/// Upper case, unlike §4.10, and the form only: new codes come faster than new versions of ours.
pub(super) const COUNTRY_CODE: Syntax =
    own("two letters of ISO 3166-1 alpha-2", |code| text::is_upper(code, 2));
pub(super) const CURRENCY_CODE: Syntax =
    own("three letters of ISO 4217", |code| text::is_upper(code, 3));
pub(super) const UUID: Syntax = own("a UUID of RFC 4122", text::is_uuid);
pub(super) const BASE64URL: Syntax =
    own("base64url without padding (RFC 4648)", text::is_base64url);

/// A text as a message shows it: an empty one in words.
pub(super) fn named(text: &str) -> &str {
    if text.is_empty() { "an empty text" } else { text }
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident = $rule:ident $fits:expr;)*) => {
        $($(#[$doc])*
        pub(super) const $name: Syntax = Syntax {
            rule: rules::$rule,
            expected: rules::$rule.sentence,
            fits: $fits,
        };)*
    };
}

forms! {
    /// §6.1, §6.7.
    MEDIA_TYPE = MEDIA_TYPE internet::is_media_type;
    /// §3.9.1.
    /// §6.14.
    CPE = SOFTWARE_CPE is_cpe;
    /// §6.12.
    SERVICE = NETWORK_PROTOCOL internet::is_service;
    /// §6.13.2.
    PRIORITY = PROCESS_PRIORITY |text| text.ends_with("_CLASS");
    /// §6.17.
    REGISTRY_KEY = REGISTRY_HIVE has_full_hive;
    /// §6.1.
    URL = URL internet::is_url;
    /// §4.12.
    PRODUCT = ANALYSIS_PRODUCT is_hyphenated;
    /// §4.10.
    COUNTRY = LOCATION_COUNTRY registries::is_country;
    /// §4.10.
    SUBDIVISION = LOCATION_AREA registries::is_subdivision;
}

fn is_hyphenated(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '_']) && !text.contains(char::is_uppercase)
}

/// The abbreviations `HKLM`, `HKCU`, … are no hives.
fn has_full_hive(key: &str) -> bool {
    let hive = key.split('\\').next().unwrap_or_default();
    let starts = |with: &str| hive.get(..with.len()).is_some_and(|s| s.eq_ignore_ascii_case(with));
    !starts("HK") || starts("HKEY_")
}

/// A formatted string of CPE 2.3 (NISTIR 7695 §6.2): `cpe:2.3:` and eleven attributes.
fn is_cpe(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("cpe:2.3:") else { return false };
    let mut count = 0;
    let mut rest = Some(rest);
    while let Some(text) = rest {
        let (attribute, after) = attribute(text);
        let fits = match count {
            0 => matches!(attribute, "a" | "h" | "o" | "*" | "-"),
            _ => is_attribute(attribute),
        };
        if !fits {
            return false;
        }
        count += 1;
        rest = after;
    }
    count == 11
}

/// The text up to a colon that no backslash quotes, and what follows.
fn attribute(text: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if quoted => quoted = false,
            b'\\' => quoted = true,
            b':' => return (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
            _ => {}
        }
    }
    (text, None)
}

/// `*`, `-`, or plain and quoted characters between wildcards.
fn is_attribute(text: &str) -> bool {
    if matches!(text, "*" | "-") {
        return true;
    }
    let inner = match text.strip_prefix('*') {
        Some(rest) => rest,
        None => text.trim_start_matches('?'),
    };
    let mut bytes = inner.bytes().peekable();
    let mut some = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if bytes.next().is_some_and(|c| c.is_ascii_punctuation()) => some = true,
            b'-' | b'.' | b'_' => some = true,
            c if c.is_ascii_alphanumeric() => some = true,
            b'*' => return some && bytes.next().is_none(),
            b'?' => return some && bytes.all(|c| c == b'?'),
            _ => return false,
        }
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpe_is_a_formatted_string_of_eleven_attributes() {
        for good in [
            "cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*",
            "cpe:2.3:o:microsoft:windows_7:-:sp1:*:en-us:*:*:x64:*",
            r"cpe:2.3:a:foo\\bar:big\$money_manager_2010:*:*:*:*:special:ipod_touch:80gb:*",
            r"cpe:2.3:a:a\:b:?x??:1.*:*:*:*:*:*:*:*",
        ] {
            assert!(is_cpe(good), "{good}");
        }
        for bad in [
            "",
            "cpe:/a:microsoft:word:2000",
            "cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*",
            "cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*:*",
            "cpe:2.3:x:microsoft:word:2000:*:*:*:*:*:*:*",
            "cpe:2.3:a:microsoft::2000:*:*:*:*:*:*:*",
            "cpe:2.3:a:micro soft:word:2000:*:*:*:*:*:*:*",
            "cpe:2.3:a:mi*ro:word:2000:*:*:*:*:*:*:*",
            "cpe:2.3:a:**:word:2000:*:*:*:*:*:*:*",
        ] {
            assert!(!is_cpe(bad), "{bad}");
        }
    }

    #[test]
    fn a_hive_is_written_out() {
        for good in [r"HKEY_LOCAL_MACHINE\System\Foo", "hkey_local_machine", r"\System", ""] {
            assert!(has_full_hive(good), "{good}");
        }
        for bad in [r"HKLM\System\Foo", "hkcu", r"HKU\S-1-5"] {
            assert!(!has_full_hive(bad), "{bad}");
        }
    }
}
