//! What cyber-observables demand of their values and between their properties (chapter 6).

use serde_json::{Map, Value};

use super::meaning::{exclude, is_true, require};
use super::report::{Path, Report};
use super::syntax::named;
use super::{Rule, internet, rules};
use crate::Object;

pub(super) fn check(object: &Object, report: &mut Report) {
    match object.kind() {
        "artifact" => artifact(object, report),
        "email-message" => message(object, report),
        "file" => file(object, report),
        "network-traffic" => traffic(object, report),
        // What was defanged is no address any more, on purpose (§3.2).
        _ if is_true(object, "defanged") => {}
        "domain-name" => {
            value(object, internet::is_domain_name, rules::DOMAIN_NAME, "", report);
        }
        "email-addr" => value(object, internet::is_mailbox, rules::EMAIL_ADDRESS, "", report),
        "url" => value(object, internet::is_url, rules::URL, "", report),
        "ipv4-addr" => {
            let expected = "`198.51.100.7` or `198.51.100.0/24`";
            value(object, internet::is_ipv4, rules::ADDRESS, expected, report);
        }
        "ipv6-addr" => {
            let expected = "`2001:db8::7` or `2001:db8::/32`";
            value(object, internet::is_ipv6, rules::ADDRESS, expected, report);
        }
        "mac-addr" => {
            value(object, internet::is_mac, rules::ADDRESS, "`d2:fb:49:24:37:18`", report);
        }
        _ => {}
    }
}

fn value(object: &Object, fits: fn(&str) -> bool, rule: Rule, expected: &str, report: &mut Report) {
    if let Some(value) = object.text("value").filter(|v| !fits(v)) {
        let expected = if expected.is_empty() { rule.sentence } else { expected };
        report.expect_of_type(rule, &Path::Root.member("value"), named(value), expected);
    }
}

/// The body of a predefined extension.
fn extension<'a>(object: &'a Object, name: &str) -> Option<&'a Map<String, Value>> {
    object.get("extensions")?.get(name)?.as_object()
}

fn artifact(object: &Object, report: &mut Report) {
    exclude(object, "payload_bin", "url", report);
    if object.get("url").is_some() {
        require(object, "hashes", "`url` is present", report);
    }
    if object.get("decryption_key").is_some() {
        require(object, "encryption_algorithm", "`decryption_key` is present", report);
    }
}

fn message(object: &Object, report: &mut Report) {
    if let Some(Value::Bool(multipart)) = object.get("is_multipart") {
        let part = if *multipart { "body" } else { "body_multipart" };
        if object.get(part).is_some() {
            let expected = "`body` without and `body_multipart` with `is_multipart`";
            let at = Path::Root.member(part);
            report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, part, expected);
        }
    }
    for name in ["subject", "content_type", "message_id", "received_lines"] {
        if let Some(value) = object.get(name) {
            decoded(value, &Path::Root.member(name), report);
        }
    }
    let at = Path::Root.member("additional_header_fields");
    let fields = object.get("additional_header_fields").and_then(Value::as_object);
    for (name, value) in fields.into_iter().flatten() {
        decoded(value, &at.member(name), report);
    }
}

/// A text, or a list of them, without encoded words of RFC 2047.
fn decoded(value: &Value, path: &Path<'_>, report: &mut Report) {
    match value {
        Value::String(text) if has_encoded_word(text) => {
            report.add(rules::EMAIL_ENCODED, path, text.as_str());
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                decoded(item, &path.item(i), report);
            }
        }
        _ => {}
    }
}

/// `=?charset?encoding?text?=` (RFC 2047 §2).
fn has_encoded_word(text: &str) -> bool {
    let token = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_graphic());
    text.match_indices("=?").any(|(at, start)| {
        let mut parts = text.get(at + start.len()..).unwrap_or_default().splitn(3, '?');
        let charset = parts.next().is_some_and(token);
        let encoding = parts.next().is_some_and(|e| matches!(e, "q" | "Q" | "b" | "B"));
        let body = parts.next().and_then(|rest| rest.split_once("?="));
        charset && encoding && body.is_some_and(|(word, _)| !word.contains([' ', '?']))
    })
}

fn file(object: &Object, report: &mut Report) {
    let extensions = Path::Root.member("extensions");
    if let Some(files) = extension(object, "archive-ext").and_then(|e| e.get("contains_refs")) {
        let at = extensions.member("archive-ext");
        let is_directory = |v: &Value| v.as_str().is_some_and(|id| id.starts_with("directory--"));
        if files.as_array().is_some_and(|l| !l.is_empty() && l.iter().all(is_directory)) {
            report.add(rules::ARCHIVE_NO_FILE, &at.member("contains_refs"), files);
        }
    }
    let time = extension(object, "windows-pebinary-ext").and_then(|e| e.get("time_date_stamp"));
    if let Some(time) = time.and_then(Value::as_str) {
        let fraction = time.split_once('.').map_or("", |(_, fraction)| fraction);
        if fraction.bytes().any(|c| matches!(c, b'1'..=b'9')) {
            let at = extensions.member("windows-pebinary-ext");
            report.add(rules::PE_TIME, &at.member("time_date_stamp"), time);
        }
    }
}

fn traffic(object: &Object, report: &mut Report) {
    if is_true(object, "is_active") {
        exclude(object, "is_active", "end", report);
    }
    for port in ["src_port", "dst_port"] {
        if object.get(port).is_none() {
            report.add(rules::NETWORK_PORTS, &Path::Root.member(port), "nothing");
        }
    }
    for (name, protocol) in [("http-request-ext", "http"), ("icmp-ext", "icmp"), ("tcp-ext", "tcp")]
    {
        let listed = || object.texts("protocols").any(|p| p == protocol);
        if extension(object, name).is_some() && !listed() {
            let expected = format!("`{protocol}`, as `{name}` is present");
            report.expect(
                rules::NETWORK_EXTENSION,
                &Path::Root.member("protocols"),
                name,
                expected,
            );
        }
    }
    for layer in 1..=2 {
        let first = |inner: bool| {
            let fits = |l: u8| if inner { l > layer } else { l == layer };
            object.texts("protocols").position(|p| layer_of(p).is_some_and(fits))
        };
        if let (Some(outer), Some(inner)) = (first(false), first(true))
            && inner < outer
        {
            let at = Path::Root.member("protocols");
            let found = object.texts("protocols").nth(outer).unwrap_or_default();
            report.add(rules::NETWORK_ORDER, &at.item(outer), found);
        }
    }
    let is_element = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    let elements = object.get("ipfix").and_then(Value::as_object);
    keys(elements, is_element, rules::NETWORK_IPFIX, &Path::Root.member("ipfix"), report);
    let is_option = |key: &str| {
        key.contains('_')
            && key.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_')
    };
    let options = extension(object, "socket-ext").and_then(|e| e.get("options"));
    let (extensions, socket) = (Path::Root.member("extensions"), "socket-ext");
    let at = extensions.member(socket);
    let options = options.and_then(Value::as_object);
    keys(options, is_option, rules::SOCKET_OPTION, &at.member("options"), report);
}

/// Network, transport or application: what is known of a protocol's place. Tunnels may repeat a
/// layer further in.
fn layer_of(protocol: &str) -> Option<u8> {
    match protocol {
        "ip" | "ipv4" | "ipv6" => Some(1),
        "icmp" | "icmp6" | "sctp" | "tcp" | "udp" => Some(2),
        "dns" | "ftp" | "http" | "https" | "imap" | "pop3" | "smtp" | "ssh" | "ssl" | "tls" => {
            Some(3)
        }
        _ => None,
    }
}

/// Keys of a dictionary that are names of a registry.
fn keys(
    members: Option<&Map<String, Value>>,
    fits: fn(&str) -> bool,
    rule: Rule,
    path: &Path<'_>,
    report: &mut Report,
) {
    for key in members.into_iter().flat_map(Map::keys).filter(|key| !fits(key)) {
        report.add(rule, &path.member(key), key.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_seen_inside_other_text() {
        for encoded in ["=?iso-8859-1?q?this=20is?=", "Re: =?UTF-8?B?w6k=?= x", "=?a =?b?Q?c?="] {
            assert!(has_encoded_word(encoded), "{encoded}");
        }
        for plain in ["", "=?", "a =? b ?=", "=?utf-8?x?a?=", "=?utf-8?q?a b?=", "2 =? 3"] {
            assert!(!has_encoded_word(plain), "{plain}");
        }
    }
}
