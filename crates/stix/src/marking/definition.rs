//! What one marking definition asks for: its deprecated `definition` and every extension, each
//! read by its scheme. A part that no scheme here reads makes the marking unknown, never void.

use serde_json::{Map, Value};

use super::{Effective, Tlp, acs, handling, iep};
use crate::{Object, types};

/// Reads the marking `id`; `definition` is the object that is held under it, if any.
pub(super) fn read(id: &str, definition: Option<&Object>) -> Effective {
    if let Some(tlp) = Tlp::from_marking_id(id) {
        return Effective { tlp: Some(tlp), ..Effective::default() };
    }
    let mut effective = Effective::default();
    // An object under another id says nothing about this one.
    let found = definition.filter(|d| d.id().as_str().eq_ignore_ascii_case(id));
    let Some(found) = found else {
        effective.refuse([id.to_owned()]);
        return effective;
    };
    let stated = deprecated(found, &mut effective);
    let extended = extensions(found, id, &mut effective);
    if !stated.unwrap_or(true) || !extended.unwrap_or(true) || stated.or(extended).is_none() {
        effective.refuse([id.to_owned()]);
    }
    effective
}

/// `definition_type` with `definition`: `None` where there is none, else whether it was read.
fn deprecated(definition: &Object, effective: &mut Effective) -> Option<bool> {
    let kind = definition.get("definition_type")?;
    if kind.as_str() != Some("statement") {
        // Also `tlp`: the only instances permitted have the ids that `Tlp` knows (§7.2.1.4).
        return Some(false);
    }
    let text = definition.get("definition").and_then(|body| body.get("statement"));
    effective.statements.extend(text.and_then(Value::as_str).map(str::to_owned));
    Some(true)
}

/// The extensions: `None` where there are none, else whether a scheme here reads each of them.
fn extensions(definition: &Object, id: &str, effective: &mut Effective) -> Option<bool> {
    let extensions = definition.get("extensions")?;
    let Some(extensions) = extensions.as_object().filter(|held| !held.is_empty()) else {
        return Some(false);
    };
    let mut all_read = true;
    for (extension, body) in extensions {
        match body.as_object().and_then(|body| scheme(extension, id, body)) {
            Some(part) => effective.merge(&part),
            None => all_read = false,
        }
    }
    Some(all_read)
}

fn scheme(extension: &str, id: &str, body: &Map<String, Value>) -> Option<Effective> {
    if types::by_definition(extension).is_some_and(|known| known.name == "handling") {
        return Some(handling::read(body));
    }
    let mut part = match extension {
        acs::DEFINITION => acs::read(body),
        iep::DEFINITION => iep::read(body),
        _ => return None,
    };
    // Colours, codes and lists do not express these schemes: see `Effective::unknown`.
    part.unknown.push(id.to_owned());
    part.unknown.sort();
    Some(part)
}
