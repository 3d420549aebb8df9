//! What a type demands between its properties (chapters 2 and 4 to 7).

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{rules, text};
use crate::Object;

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    if resolved.known.is_none() {
        return;
    }
    match object.kind() {
        "relationship" => relationship(object, report),
        "location" => location(object, report),
        "malware" if is_true(object, "is_family") => {
            require(object, "name", "`is_family` is true", report);
        }
        "observed-data" => {
            exclude(object, "object_refs", "objects", report);
            if let Some(objects) = object.get("objects") {
                report.add(rules::OBSERVED_OBJECTS, &Path::Root.member("objects"), objects);
            }
        }
        "artifact" => {
            exclude(object, "payload_bin", "url", report);
            if object.get("url").is_some() {
                require(object, "hashes", "`url` is present", report);
            }
            if object.get("decryption_key").is_some() {
                require(object, "encryption_algorithm", "`decryption_key` is present", report);
            }
        }
        "email-message" => {
            let part = if is_true(object, "is_multipart") { "body" } else { "body_multipart" };
            if object.get(part).is_some() {
                let at = Path::Root.member(part);
                let expected = "`body` without and `body_multipart` with `is_multipart`";
                report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, part, expected);
            }
        }
        "network-traffic" if is_true(object, "is_active") => {
            exclude(object, "is_active", "end", report);
        }
        "ipv4-addr" | "ipv6-addr" | "mac-addr" => address(object, report),
        _ => {}
    }
}

fn is_true(object: &Object, name: &str) -> bool {
    object.get(name) == Some(&Value::Bool(true))
}

fn require(object: &Object, name: &'static str, because: &str, report: &mut Report) {
    if object.get(name).is_none() {
        let expected = format!("this property, as {because}");
        report.expect_of_type(
            rules::PROPERTY_MISSING,
            &Path::Root.member(name),
            "nothing",
            expected,
        );
    }
}

/// Reports `second` if both are there.
fn exclude(object: &Object, first: &str, second: &str, report: &mut Report) {
    if object.get(first).is_some() && object.get(second).is_some() {
        let expected = format!("no `{second}` beside `{first}`");
        let at = Path::Root.member(second);
        report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, second, expected);
    }
}

fn relationship(object: &Object, report: &mut Report) {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let kind = object.text("relationship_type");
    if let Some(kind) = kind.filter(|k| k.is_empty() || !k.bytes().all(plain)) {
        report.add(rules::RELATIONSHIP_TYPE, &Path::Root.member("relationship_type"), kind);
    }
}

fn location(object: &Object, report: &mut Report) {
    let has = |name: &str| object.get(name).is_some();
    let (latitude, longitude) = (has("latitude"), has("longitude"));
    if !(has("region") || has("country") || latitude && longitude) {
        report.add(rules::LOCATION_PLACE, &Path::Root, "none of them");
    }
    for (there, other) in [("latitude", "longitude"), ("longitude", "latitude")] {
        if has(there) && !has(other) {
            require(object, other, &format!("`{there}` is present"), report);
        }
    }
    if has("precision") && !(latitude && longitude) {
        let at = Path::Root.member("precision");
        let expected = "`precision` beside `latitude` and `longitude` only";
        report.expect_of_type(rules::PROPERTY_EXCLUDED, &at, "precision", expected);
    }
    let letters = |c: &str| c.len() == 2 && c.bytes().all(|b| b.is_ascii_alphabetic());
    if let Some(country) = object.text("country").filter(|c| !letters(c)) {
        report.add(rules::LOCATION_COUNTRY, &Path::Root.member("country"), country);
    }
}

/// §6.8 to §6.10: IPv4 and IPv6 addresses with an optional prefix length; MAC-48 in lower case.
fn address(object: &Object, report: &mut Report) {
    let Some(value) = object.text("value") else { return };
    let (host, prefix) = match value.split_once('/') {
        Some((host, prefix)) => (host, Some(prefix)),
        None => (value, None),
    };
    let within = |most: u8| {
        prefix.is_none_or(|p| {
            let plain = p == "0" || !p.starts_with(['0', '+']);
            plain && p.parse::<u8>().is_ok_and(|bits| bits <= most)
        })
    };
    let (fits, expected) = match object.kind() {
        "ipv4-addr" => {
            (host.parse::<Ipv4Addr>().is_ok() && within(32), "`198.51.100.7` or `198.51.100.0/24`")
        }
        "ipv6-addr" => {
            (host.parse::<Ipv6Addr>().is_ok() && within(128), "`2001:db8::7` or `2001:db8::/32`")
        }
        _ => (is_mac(value), "`d2:fb:49:24:37:18`"),
    };
    if !fits {
        report.expect_of_type(rules::ADDRESS, &Path::Root.member("value"), value, expected);
    }
}

fn is_mac(value: &str) -> bool {
    let pair = |p: &str| p.len() == 2 && text::is_lower_hex(p);
    value.split(':').count() == 6 && value.split(':').all(pair)
}
