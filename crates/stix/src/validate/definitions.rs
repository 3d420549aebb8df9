//! What foreign extension definitions say of the objects that use them (§7.3).

use serde_json::Value;

use super::common::COMMON;
use super::own::{self, Compiled};
use super::report::{Path, Report};
use super::{predefined, resolve, rules};
use crate::types::{self, Definition, Kind, Registry, reused};
use crate::{Id, Object};

pub(super) fn check(object: &Object, registry: &Registry, report: &mut Report) {
    let extensions = object.get("extensions").and_then(Value::as_object);
    let at = Path::Root.member("extensions");
    let mut added = Added::default();
    for (key, body) in extensions.into_iter().flatten() {
        if let Some(ours) = own::by_definition(key).and_then(Compiled::added) {
            added.list(ours.properties.iter().map(|property| property.name));
        }
        if predefined::by_name(key).is_some() || types::by_definition(key).is_some() {
            continue;
        }
        let found = body.get("extension_type").and_then(Value::as_str);
        let Some(kind) = found.and_then(Kind::from_name) else { continue };
        let public = reused::by_definition(key);
        let definition = key.parse().ok().and_then(|id: Id| registry.get(&id));
        if let Some(definition) = definition.filter(|_| public.is_none()) {
            of_its_kind(definition, kind, &at.member(key), report);
        }
        match (kind, definition, public) {
            (Kind::Toplevel, Some(definition), _) if !definition.properties.is_empty() => {
                added.list(definition.properties.iter().map(String::as_str));
            }
            (Kind::Toplevel, _, Some(public)) => added.list(public.properties.iter().copied()),
            // A definition that lists nothing, or none: anything may be its property.
            (Kind::Toplevel, ..) => added.anything = true,
            _ => added.anything |= kind.is_new_type(),
        }
    }
    added.check(object, report);
}

fn of_its_kind(definition: &Definition, kind: Kind, at: &Path<'_>, report: &mut Report) {
    if definition.kinds.is_empty() || definition.kinds.contains(&kind) {
        return;
    }
    let kinds: Vec<_> = definition.kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let expected =
        format!("{}, as the definition of `{}` says", kinds.join(" or "), definition.name);
    let at = at.member("extension_type");
    report.expect(rules::EXTENSION_MISMATCH, &at, kind.name(), expected);
}

/// The properties that top-level extensions of an object add to it.
#[derive(Default)]
struct Added<'a> {
    listed: Vec<&'a str>,
    anything: bool,
}

impl<'a> Added<'a> {
    fn list(&mut self, names: impl Iterator<Item = &'a str>) {
        self.listed.extend(names);
    }

    /// Reports top-level properties that neither the standard nor a definition knows. Without a
    /// top-level extension that is said of every object; here it closes what one had opened.
    fn check(&self, object: &Object, report: &mut Report) {
        let Some(standard) = resolve::standard(object.kind()) else { return };
        if self.anything || self.listed.is_empty() {
            return;
        }
        for name in object.view().keys() {
            let known = standard.record.property(name).is_some()
                || COMMON.property(name).is_some()
                || self.listed.contains(&name.as_str());
            if !known {
                let expected = "a property that the definition lists in `extension_properties`";
                let at = Path::Root.member(name);
                report.expect(rules::PROPERTY_UNKNOWN, &at, name.as_str(), expected);
            }
        }
    }
}
