//! Forms of the Internet: domain names, mailboxes, URLs, addresses, media types.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::text;

/// RFC 1034 in the labels of RFC 5890: letters and digits of any script, inner hyphens, and the
/// underscore of service names.
pub(super) fn is_domain_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.chars().count() <= 253 && name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let of_name = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || c == '-' || c == '_',
        false => !c.is_whitespace() && !c.is_control(),
    };
    // In its ASCII form (RFC 5891 §4.4) a label of other letters is `xn--`, its ASCII letters, a
    // hyphen and at least one letter for each of the others.
    let others = label.chars().filter(|c| !c.is_ascii()).count();
    let shortest = label.chars().count() + if others > 0 { 4 } else { 0 };
    let encoded = label.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("xn--"));
    if encoded && others > 0 {
        return false;
    }
    (1..=63).contains(&shortest)
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(of_name)
}

/// `addr-spec` of RFC 5322 §3.4.1, with the characters beyond ASCII of RFC 6532.
pub(super) fn is_mailbox(text: &str) -> bool {
    let (local, domain) = match text.strip_prefix('"') {
        Some(rest) => match after_quoted(rest).and_then(|rest| rest.strip_prefix('@')) {
            Some(domain) => (true, domain),
            None => return false,
        },
        None => match text.split_once('@') {
            Some((local, domain)) => (is_dot_atom(local), domain),
            None => return false,
        },
    };
    let literal = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']'));
    let in_literal = |c: char| matches!(c, '!'..='Z' | '^'..='~');
    local && literal.map_or_else(|| is_dot_atom(domain), |l| l.chars().all(in_literal))
}

/// What follows the closing quote of a `quoted-string`.
fn after_quoted(text: &str) -> Option<&str> {
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return text.get(at + 1..),
            '\\' => {
                characters.next()?;
            }
            c if c.is_control() && c != '\t' => return None,
            _ => {}
        }
    }
    None
}

fn is_dot_atom(text: &str) -> bool {
    let atom = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c),
        false => !c.is_whitespace() && !c.is_control(),
    };
    text.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

/// A URI of RFC 3986 with a scheme and something behind it.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let of_scheme = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.');
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(of_scheme) {
        return false;
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if !is_authority(authority) {
                return false;
            }
            path
        }
        None => rest,
    };
    !rest.is_empty()
        && has_only(path, b":@/")
        && has_only(query, b":@/?")
        && has_only(fragment, b":@/?")
}

/// `[userinfo@]host[:port]`.
fn is_authority(text: &str) -> bool {
    let (user, rest) = text.split_once('@').unwrap_or(("", text));
    let (host, port) = match rest.strip_prefix('[').map(|r| r.split_once(']')) {
        Some(Some((inside, port))) => {
            let future = inside.starts_with(['v', 'V']) && has_only(inside, b":");
            if inside.parse::<Ipv6Addr>().is_err() && !future {
                return false;
            }
            ("", port)
        }
        Some(None) => return false,
        None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    has_only(user, b":")
        && has_only(host, b"")
        && (port.is_empty() || port.starts_with(':'))
        && digits.bytes().all(|c| c.is_ascii_digit())
}

/// Unreserved characters, sub-delimiters, percent-encoded bytes, and `more` (RFC 3986 §2).
fn has_only(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|c| c.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => {
                byte.is_ascii_alphanumeric()
                    || b"-._~!$&'()*+,;=".contains(&byte)
                    || more.contains(&byte)
            }
        };
        if !fits {
            return false;
        }
    }
    true
}

/// An IPv4 address, with a prefix length if it is a network (§6.8).
pub(super) fn is_ipv4(value: &str) -> bool {
    let (host, prefix) = cidr(value);
    host.parse::<Ipv4Addr>().is_ok() && is_prefix(prefix, 32)
}

/// An IPv6 address, with a prefix length if it is a network (§6.9).
pub(super) fn is_ipv6(value: &str) -> bool {
    let (host, prefix) = cidr(value);
    host.parse::<Ipv6Addr>().is_ok() && is_prefix(prefix, 128)
}

fn cidr(value: &str) -> (&str, Option<&str>) {
    value.split_once('/').map_or((value, None), |(host, prefix)| (host, Some(prefix)))
}

fn is_prefix(prefix: Option<&str>, most: u8) -> bool {
    prefix.is_none_or(|p| {
        let plain = p == "0" || !p.starts_with(['0', '+']);
        plain && p.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}

/// MAC-48 in lower case, with colons (§6.10).
pub(super) fn is_mac(value: &str) -> bool {
    let pair = |p: &str| p.len() == 2 && text::is_lower_hex(p);
    value.split(':').count() == 6 && value.split(':').all(pair)
}

/// `type/subtype` as in the template column of the IANA registry: a registered type, no parameters.
pub(super) fn is_media_type(text: &str) -> bool {
    let Some((kind, subtype)) = text.split_once('/') else { return false };
    let of_name = |c: u8| c.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&c);
    MEDIA.binary_search(&kind).is_ok()
        && (1..=127).contains(&subtype.len())
        && subtype.starts_with(|c: char| c.is_ascii_alphanumeric())
        && subtype.bytes().all(of_name)
}

const MEDIA: &[&str] = &[
    "application",
    "audio",
    "example",
    "font",
    "haptics",
    "image",
    "message",
    "model",
    "multipart",
    "text",
    "video",
];

/// A service name of RFC 6335 §5.1, in the lower case of the registry.
pub(super) fn is_service(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=15).contains(&name.len())
        && name.bytes().all(plain)
        && name.bytes().any(|c| c.is_ascii_lowercase())
        && name.split('-').all(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(test: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(test(text), "{text}");
        }
        for text in bad {
            assert!(!test(text), "{text}");
        }
    }

    #[test]
    fn domain_names_are_labels_of_1_to_63_with_inner_hyphens() {
        hold(
            is_domain_name,
            &[
                "example.com",
                "example.com.",
                "xn--bcher-kva.example",
                "bücher.example",
                "a",
                "_dmarc.example.org",
                "r3---sn-p5q.example",
                "3com.example",
            ],
            &[
                "",
                ".",
                "a..b",
                "-a.example",
                "a-.example",
                "exa mple.com",
                "example.com/x",
                "example[.]com",
                "*.example.com",
                "a@b.example",
                "http://example.com",
            ],
        );
        assert!(is_domain_name(&format!("{}.example", "a".repeat(63))));
        assert!(!is_domain_name(&format!("{}.example", "a".repeat(64))));
        assert!(!is_domain_name(&"abc.".repeat(64)));
    }

    #[test]
    fn a_mailbox_is_an_addr_spec_without_display_name() {
        hold(
            is_mailbox,
            &[
                "jane.smith@example.com",
                "a+b@example.com",
                "\"a b\\\"@c\"@example.com",
                "a@[198.51.100.7]",
                "josé@example.com",
                "o'brien@localhost",
            ],
            &[
                "",
                "jane",
                "Jane Smith <jane@example.com>",
                "<jane@example.com>",
                "jane@",
                "@example.com",
                "a@b@example.com",
                "a..b@example.com",
                "a @example.com",
                "a@example..com",
                "\"a@example.com",
                "a@[198 51]",
            ],
        );
    }

    #[test]
    fn a_url_is_a_uri_of_rfc_3986() {
        hold(
            is_url,
            &[
                "https://example.com/research/index.html",
                "http://198.51.100.7:8080/a?b=c&d#e",
                "ftp://user:secret@example.com/",
                "http://[2001:db8::7]/",
                "mailto:a@example.com",
                "http://example.com/%C3%A9",
                "file:///etc/passwd",
                "urn:isbn:0",
                "http://[v1.a:b]/",
            ],
            &[
                "",
                "example.com",
                "//example.com",
                "http:",
                "1http://example.com",
                "http://exa mple.com/",
                "http://example.com/é",
                "http://example.com/%C",
                "http://example.com/{id}",
                "http://example[.]com/",
                "http://[2001:db8::7",
                "http://example.com:80a/",
                "http://a@b@example.com/",
                "hxxp//example.com",
                "http://example.com/a#b#c",
                "http://[198.51.100.7]/",
            ],
        );
    }

    #[test]
    fn media_types_have_a_registered_type_and_no_parameters() {
        hold(
            is_media_type,
            &["application/msword", "image/svg+xml", "application/vnd.ms-excel", "text/x-a"],
            &["", "text", "text/", "msword/application", "Text/plain", "text/html; charset=utf-8"],
        );
        assert!(MEDIA.is_sorted());
    }

    #[test]
    fn services_are_lower_case_words_with_single_hyphens() {
        hold(
            is_service,
            &["tcp", "http", "ipv4", "z39-50", "a"],
            &["", "TCP", "80", "-a", "a-", "a--b", "a_b", "sixteen-letters-x"],
        );
    }
}
