//! Extensions (§7.3): keys, kinds, the bodies of those we know.

use serde_json::{Map, Value};

use super::report::{Path, Report};
use super::sdo::EXTENSION_TYPES;
use super::{own, predefined, rules, text};
use crate::types::{self, Extension, Kind};
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
    let known = types::by_definition(key);
    let record = known.and_then(|known| own::extension(known.name));
    let section = std::mem::replace(&mut report.section, "7.3");
    report.record(record.unwrap_or(&FREE), body, at);
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
    match known {
        Some(known) => ours(object, known, body, at, report),
        None if key == types::reused::TLP_2 && object.kind() != "marking-definition" => {
            let expected = "TLP 2.0 on marking-definition only";
            report.expect(rules::EXTENSION_MISMATCH, at, object.kind(), expected);
        }
        None => {}
    }
}

/// The body of an extension that only its definition describes.
const FREE: super::kinds::Record = super::kinds::record(&[]);

/// One of our extensions: of the right kind and on the right type.
fn ours(
    object: &Object,
    known: &'static Extension,
    body: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    let (kind, carrier) = match known.kind {
        Kind::NewSdo => ("new-sdo", Some(known.name)),
        Kind::Property => ("property-extension", own::carrier(known.name)),
    };
    let found = body.get("extension_type").and_then(Value::as_str);
    if let Some(found) = found.filter(|found| *found != kind) {
        let expected = format!("`{kind}`, as the definition of `{}` says", known.name);
        report.expect(rules::EXTENSION_MISMATCH, &at.member("extension_type"), found, expected);
    }
    if let Some(carrier) = carrier.filter(|carrier| *carrier != object.kind()) {
        let expected = format!("the extension `{}` on {carrier} only", known.name);
        report.expect(rules::EXTENSION_MISMATCH, at, object.kind(), expected);
    }
}
