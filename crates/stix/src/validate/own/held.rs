//! The identifiers that an object holds: where the schemas say `x-identifier`, in the types of the
//! standard, and under the names that other publishers use.

use serde_json::{Map, Value};

use super::by_definition;
use crate::identifier::Kind as Identifier;
use crate::types::{self, reused, schemas};
use crate::validate::kinds::{Kind, Record};
use crate::validate::report::{Path, Report};
use crate::{Object, identifier};

/// Is told the kind, the text, the dictionary in which it stands, and where.
type Visit<'v, 'o> = dyn FnMut(Identifier, &'o str, &'o Map<String, Value>, &Path<'_>) + 'v;

/// Calls `f` with every identifier in `object`: its kind, its text, and the dictionary around it,
/// which may name country and kind.
pub(crate) fn identifiers<'o>(
    object: &'o Object,
    f: &mut dyn FnMut(identifier::Kind, &'o str, &'o Map<String, Value>),
) {
    let f: &mut Visit<'_, 'o> = &mut |kind, text, beside, _| f(kind, text, beside);
    by_type(object, f);
    let extensions = object.get("extensions").and_then(Value::as_object);
    for (definition, body) in extensions.into_iter().flatten() {
        let Some(described) = by_definition(definition) else { continue };
        if let (Some(record), Some(body)) = (described.body(), body.as_object()) {
            walk(record, body, &Path::Root, f);
        }
        if let Some(added) = described.added() {
            walk(added, object.view(), &Path::Root, f);
        }
    }
}

/// Checks the identifiers of an object whose type no definition describes: its name tells what it
/// is meant to be.
pub(in crate::validate) fn check_by_name(object: &Object, report: &mut Report) {
    by_type(object, &mut |kind, text, _, path| report.identifier(kind, text, path));
}

fn by_type<'o>(object: &'o Object, f: &mut Visit<'_, 'o>) {
    let view = object.view();
    if let Some(record) = new_type_called(object.kind()) {
        walk(record, view, &Path::Root, f);
    }
    for (name, kind) in elsewhere(object.kind()) {
        if let Some(text) = object.text(name) {
            f(*kind, text, view, &Path::Root.member(name));
        }
    }
}

/// The properties of the new type of this name, ours or a public one, whatever definition an object
/// carries.
fn new_type_called(name: &str) -> Option<&'static Record> {
    match reused::by_name(name) {
        Some(public) => super::record(public.id),
        None => super::record(&types::definition_id(schemas::own(name)?.name)),
    }
}

fn walk<'o>(
    record: &Record,
    members: &'o Map<String, Value>,
    at: &Path<'_>,
    f: &mut Visit<'_, 'o>,
) {
    for property in record.properties {
        if let Some(held) = members.get(property.name) {
            value(property.kind, held, members, &at.member(property.name), f);
        }
    }
}

fn value<'o>(
    kind: Kind,
    held: &'o Value,
    beside: &'o Map<String, Value>,
    at: &Path<'_>,
    f: &mut Visit<'_, 'o>,
) {
    match (kind, held) {
        (Kind::Identifier(kind), Value::String(text)) => f(kind, text, beside, at),
        (Kind::List(item), Value::Array(items)) => {
            for (i, held) in items.iter().enumerate() {
                value(*item, held, beside, &at.item(i), f);
            }
        }
        (Kind::Record(record), Value::Object(members)) => walk(record, members, at, f),
        _ => {}
    }
}

/// Top-level properties that no schema here describes: those of the standard, and the names that
/// other publishers use for types that we describe or do not.
fn elsewhere(kind: &str) -> &'static [(&'static str, Identifier)] {
    match kind {
        "email-addr" => &[("value", Identifier::Email)],
        "domain-name" => &[("value", Identifier::Domain)],
        "ipv4-addr" | "ipv6-addr" => &[("value", Identifier::Ip)],
        "mac-addr" => &[("value", Identifier::Mac)],
        "url" => &[("value", Identifier::Url)],
        "vehicle" => &[("plate", Identifier::Plate)],
        "vessel" => &[
            ("mmsi", Identifier::Mmsi),
            ("call_sign", Identifier::CallSign),
            ("company_imo", Identifier::ImoCompany),
        ],
        "aircraft" => &[("registration", Identifier::AircraftRegistration)],
        "payment-card" => &[("card_number", Identifier::PaymentCard)],
        "device" => {
            &[("imei", Identifier::Imei), ("imsi", Identifier::Imsi), ("iccid", Identifier::Iccid)]
        }
        "imei" => &[("value", Identifier::Imei)],
        "imsi" => &[("value", Identifier::Imsi)],
        "iccid" => &[("value", Identifier::Iccid)],
        "cryptocurrency-wallet" => &[("address", Identifier::CryptoAddress)],
        "cryptocurrency-transaction" => &[("hash", Identifier::CryptoTransaction)],
        _ => &[],
    }
}
