//! Extensions (§7.3): keys, kinds, the bodies of those we know.

use serde_json::{Map, Value};

use super::own::{self, Compiled};
use super::report::{Path, Report};
use super::sdo::EXTENSION_TYPES;
use super::{predefined, rules, text};
use crate::types::{self, Kind};
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
    let described = own::by_definition(key);
    let section = std::mem::replace(&mut report.section, "7.3");
    report.record(described.and_then(Compiled::body).unwrap_or(&FREE), body, at);
    if let Some(described) = described {
        described.rest(object, body, at, report);
    }
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
    fit(object, key, body, at, report);
}

/// The body of an extension that only its definition describes.
const FREE: super::kinds::Record = super::kinds::record(&[]);

/// An extension that we know: of the right kind and on the right type.
fn fit(
    object: &Object,
    definition: &str,
    body: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    let own = types::by_definition(definition);
    let public = types::reused::by_definition(definition);
    let (name, kinds) = match (&own, public) {
        (Some(own), _) => (own.name, std::slice::from_ref(&own.kind)),
        (None, Some(public)) => (public.name, public.kinds),
        (None, None) => return,
    };
    let found = body.get("extension_type").and_then(Value::as_str).unwrap_or_default();
    let kind = Kind::from_name(found);
    if kind.is_some_and(|kind| !kinds.contains(&kind)) {
        let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let expected = format!("{}, as the definition of `{name}` says", kinds.join(" or "));
        report.expect(rules::EXTENSION_MISMATCH, &at.member("extension_type"), found, expected);
    }
    // A wrong kind is said once; the carrier is that of the right one.
    let kind = kind.filter(|kind| kinds.contains(kind)).or(kinds.first().copied());
    let fits = match (own, public) {
        (Some(own), _) => own.fits(object.kind()),
        (None, Some(public)) => kind.is_none_or(|kind| public.fits(kind, object.kind())),
        (None, None) => true,
    };
    if !fits {
        let carrier = match (own, public) {
            (Some(own), _) if !own.kind.is_new_type() => own.carrier.join(", "),
            (None, Some(public)) if !public.carrier.is_empty() => public.carrier.join(", "),
            _ => name.to_owned(),
        };
        let expected = format!("the extension `{name}` on {carrier} only");
        report.expect(rules::EXTENSION_MISMATCH, at, object.kind(), expected);
    }
}
