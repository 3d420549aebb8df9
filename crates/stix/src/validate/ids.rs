//! Type name, identifier and version of the standard (§2.9, §3.1, §3.2).

use uuid::Uuid;

use super::kinds::Family;
use super::report::{Path, Report};
use super::resolve::Resolved;
use super::{rules, text};
use crate::{Object, id, types};

const TYPE: Path<'static> = Path::Member(&Path::Root, "type");
const ID: Path<'static> = Path::Member(&Path::Root, "id");

pub(super) fn check(object: &Object, resolved: &Resolved, report: &mut Report) {
    type_name(object, resolved, report);
    let uuid = object.id().uuid();
    if !id::is_rfc4122(uuid) {
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
        // `modified` makes versions, and two producers would make two histories of one id.
        (Some(expected), _) if expected == *id => {
            if object.get("modified").is_some() {
                report.add(rules::SCO_VERSIONED, &ID, id.as_str());
            }
        }
        (Some(expected), 5) => {
            report.expect(rules::SCO_ID_MISMATCH, &ID, id.as_str(), expected.as_str());
        }
        (Some(expected), _) => {
            report.expect(rules::SCO_ID_RANDOM, &ID, id.as_str(), expected.as_str());
        }
        // Malformed hashes yield no expectation; they are reported as such.
        (None, version)
            if version != 4 && may_be_random(kind) && object.get("hashes").is_none() =>
        {
            report.add(rules::SCO_ID_NOT_V4, &ID, id.as_str());
        }
        (None, _) => {}
    }
}

/// Types without a contributing property that is required: only these may come without any.
fn may_be_random(kind: &str) -> bool {
    matches!(
        kind,
        "artifact"
            | "bank-account"
            | "email-message"
            | "file"
            | "process"
            | "user-account"
            | "windows-registry-key"
            | "x509-certificate"
    )
}
