//! Extensions (§7.3): keys, kinds, the bodies of those we know.

use serde_json::{Map, Value};

use super::own;
use super::report::{Path, Report};
use super::sdo::EXTENSION_TYPES;
use super::{predefined, rules, text};
use crate::{Id, Object};

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
    for name in body.keys().filter(|name| !text::is_property_name(name)) {
        report.add(rules::PROPERTY_NAME, &at.member(name), name.as_str());
    }
    if let Some((carrier, record)) = predefined::by_name(key) {
        if object.kind() != carrier {
            let expected = format!("`{key}` on {carrier} only");
            report.expect(rules::EXTENSION_MISMATCH, at, object.kind(), expected);
        }
        return report.record(record, body, at);
    }
    let section = std::mem::replace(&mut report.section, "7.3");
    report.record(own::body(key).unwrap_or(&FREE), body, at);
    report.section = section;
    if !key.parse::<Id>().is_ok_and(|id| id.kind() == "extension-definition") {
        return report.add(rules::EXTENSION_KEY, at, key);
    }
    let kind_at = at.member("extension_type");
    match body.get("extension_type") {
        None => report.add(rules::EXTENSION_TYPE, &kind_at, "nothing"),
        Some(kind) => {
            report.value(super::kinds::Kind::Enum(EXTENSION_TYPES), kind, &kind_at);
        }
    }
    own::fit(object, key, body, at, report);
}

/// The body of an extension that only its definition describes.
const FREE: super::kinds::Record = super::kinds::record(&[]);
