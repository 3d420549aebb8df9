//! Whether an extension is used as its definition says.

use serde_json::{Map, Value};

use crate::Object;
use crate::types::{self, Kind};
use crate::validate::report::{Path, Report};
use crate::validate::rules;

/// Checks an extension that we know: of the right kind, on the right type, and what holds between
/// its properties; those themselves are in [`super::body`].
pub(in crate::validate) fn fit(
    object: &Object,
    definition: &str,
    body: &Map<String, Value>,
    at: &Path<'_>,
    report: &mut Report,
) {
    if let Some(described) = super::by_definition(definition) {
        let section = std::mem::replace(&mut report.section, "7.3");
        described.rest(object, body, at, report);
        report.section = section;
    }
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
