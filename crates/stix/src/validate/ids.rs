//! Type name, identifier and version of the standard (§2.9, §3.1, §3.2).

use uuid::{Uuid, Variant};

use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{rules, text};
use crate::{Object, types};

const TYPE: Path<'static> = Path::Member(&Path::Root, "type");
const ID: Path<'static> = Path::Member(&Path::Root, "id");

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    type_name(object, resolved, report);
    let uuid = object.id().uuid();
    // RFC 4122 knows versions 1 to 5; the OASIS schema refuses any other.
    if uuid.get_variant() != Variant::RFC4122 || !(1..=5).contains(&uuid.get_version_num()) {
        return report.add(rules::ID_NOT_RFC4122, &ID, object.id().as_str());
    }
    match resolved.family {
        Family::Sco => sco(object, uuid, report),
        Family::Marking => {}
        _ if uuid.get_version_num() != 4 => {
            report.add(rules::ID_NOT_V4, &ID, object.id().as_str());
        }
        _ => {}
    }
}

fn type_name(object: &Object, resolved: &Resolved, report: &mut Report) {
    let kind = object.kind();
    if !text::is_type_name(kind) {
        report.add(rules::TYPE_NAME, &TYPE, kind);
    }
    match kind {
        "bundle" => report.add(rules::TYPE_BUNDLE, &TYPE, kind),
        "action" => report.add(rules::TYPE_RESERVED, &TYPE, kind),
        _ if resolved.known.is_some() || resolved.defined => {}
        _ if kind.starts_with("x-") => report.add(rules::TYPE_CUSTOM, &TYPE, kind),
        _ => report.add(rules::TYPE_UNKNOWN, &TYPE, kind),
    }
}

/// §2.9: deterministic where contributing properties are present, else random.
fn sco(object: &Object, uuid: Uuid, report: &mut Report) {
    let kind = object.kind();
    let rule_is_ours = super::resolve::standard(kind).is_some()
        || types::contributing(kind).is_some_and(|(id, _)| object.extension(id).is_some());
    if !rule_is_ours {
        return;
    }
    let id = object.id();
    match (object.expected_sco_id(), uuid.get_version_num()) {
        (Some(expected), _) if expected == *id => {}
        (Some(expected), 5) => {
            report.expect(rules::SCO_ID_MISMATCH, &ID, id.as_str(), expected.as_str());
        }
        (Some(expected), _) => {
            report.expect(rules::SCO_ID_RANDOM, &ID, id.as_str(), expected.as_str());
        }
        // Malformed hashes yield no expectation; they are reported as such.
        (None, version) if version != 4 && object.get("hashes").is_none() => {
            report.add(rules::SCO_ID_NOT_V4, &ID, id.as_str());
        }
        (None, _) => {}
    }
}
