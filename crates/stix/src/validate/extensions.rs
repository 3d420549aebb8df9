//! Extensions (§7.3): keys, kinds, the bodies of those we know.

use serde_json::{Map, Value};

use super::custom::Custom;
use super::kinds::{Family, Kind::Enum, Record, may, record};
use super::report::{Path, Report};
use super::sdo::EXTENSION_TYPES;
use super::{own, predefined, resolve, rules};
use crate::{Object, id};

pub(super) fn check(object: &Object, report: &mut Report) {
    let Some(extensions) = object.get("extensions") else { return };
    let at = Path::Root.member("extensions");
    let Some(members) = extensions.as_object().filter(|m| !m.is_empty()) else {
        return report.value(super::kinds::Kind::Dictionary, extensions, &at);
    };
    for (key, body) in members {
        let at = at.member(key);
        match body.as_object() {
            Some(body) => extension(object, key, body, &at, report),
            None => report.value(super::kinds::Kind::Dictionary, body, &at),
        }
    }
}

fn extension(
    object: &Object,
    key: &str,
    body: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    if let Some((carrier, record)) = predefined::by_name(key) {
        if object.kind() != carrier {
            let expected = format!("`{key}` on {carrier} only");
            report.expect(rules::EXTENSION_CARRIER, at, object.kind(), expected);
        }
        report.custom = Custom::UNDEFINED;
        return report.record(record, body, at);
    }
    match id::split(key) {
        Some(("extension-definition", uuid)) => {
            if !id::is_rfc4122(uuid) {
                report.add(rules::ID_NOT_RFC4122, at, key);
            }
            defined(object, key, body, at, report);
        }
        _ if body.contains_key("extension_type") => {
            report.add(rules::EXTENSION_ID, at, key);
            content(&FREE, Custom::EXTENSION, body, at, report);
        }
        _ => {
            custom(object, key, at, report);
            content(&FREE, Custom::CUSTOM_EXTENSION, body, at, report);
        }
    }
}

fn content(
    record: &Record,
    custom: Custom,
    body: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    report.custom = custom;
    report.in_section("7.3", |report| report.record(record, body, at));
}

/// §11.3: an extension without a definition, deprecated.
fn custom(object: &Object, key: &str, at: &Path<'_>, report: &mut Report) {
    report.add(rules::EXTENSION_KEY, at, key);
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if !(3..=250).contains(&key.len()) || !key.bytes().all(plain) || !key.ends_with("-ext") {
        report.add(rules::EXTENSION_NAME, at, key);
    }
    if !key.starts_with("x-") {
        report.add(rules::EXTENSION_PREFIX, at, key);
    }
    if resolve::standard(object.kind()).is_some_and(|t| t.family != Family::Sco) {
        report.add(rules::EXTENSION_CARRIER, at, key);
    }
}

/// §7.3: an extension with a definition, ours or foreign.
fn defined(
    object: &Object,
    key: &str,
    body: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    content(own::body(key).unwrap_or(&FREE), Custom::EXTENSION, body, at, report);
    let kind_at = at.member("extension_type");
    match body.get("extension_type") {
        None => report.add(rules::EXTENSION_TYPE, &kind_at, "nothing"),
        Some(kind) => {
            report.in_section("3.2", |r| r.value(Enum(EXTENSION_TYPES), kind, &kind_at));
            let new = matches!(kind.as_str(), Some("new-sdo" | "new-sco" | "new-sro"));
            if new && resolve::standard(object.kind()).is_some() {
                report.add(rules::EXTENSION_REDEFINES, &kind_at, kind);
            }
        }
    }
    own::fit(object, key, body, at, report);
}

/// The body of an extension that only its definition describes.
/// `extension_type` has a check of its own.
const FREE: Record = record(&[may("extension_type", super::kinds::Kind::Text)]);
