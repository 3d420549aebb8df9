//! Which type an object is: of the standard, ours, defined by a foreign extension, or custom.

use std::sync::LazyLock;

use serde_json::Value;

use super::kinds::{Family, Type};
use super::{own, sco, sdo};
use crate::Object;

/// The type of an object and how freely it may carry other properties.
pub(super) struct Resolved {
    /// `None` = a type that only its (foreign or missing) definition describes.
    pub(super) known: Option<&'static Type>,
    pub(super) family: Family,
    /// A new-type extension is there: the type and all its properties are defined.
    pub(super) defined: bool,
    /// A toplevel-property-extension is there: unknown properties are defined.
    pub(super) open: bool,
}

impl Resolved {
    pub(super) fn of(object: &Object) -> Self {
        let mut resolved = Self { known: None, family: Family::Sco, defined: false, open: false };
        if let Some(known) = standard(object.kind()) {
            resolved.known = Some(known);
            resolved.family = known.family;
        } else if object.get("created").is_some() || object.get("modified").is_some() {
            resolved.family = Family::Sdo;
        }
        let extensions = object.get("extensions").and_then(Value::as_object);
        for (definition, body) in extensions.into_iter().flatten() {
            resolved.extend(object.kind(), definition, body);
        }
        resolved
    }

    fn extend(&mut self, kind: &str, definition: &str, body: &Value) {
        let extension_type = body.get("extension_type").and_then(Value::as_str);
        let family = match extension_type {
            Some("toplevel-property-extension") => {
                self.open = true;
                return;
            }
            Some("new-sdo") => Family::Sdo,
            Some("new-sro") => Family::Sro,
            Some("new-sco") => Family::Sco,
            _ => return,
        };
        if self.known.is_none() {
            self.defined = true;
            self.family = family;
            self.known = own::new_type(kind, definition);
        }
    }

    pub(super) fn section(&self) -> &'static str {
        self.known.map_or("11.2", |t| t.section)
    }
}

/// The types of chapters 4 to 7, sorted by length and name: each object is looked up, and lengths
/// are compared faster than texts.
static STANDARD: LazyLock<Vec<&'static Type>> = LazyLock::new(|| {
    let mut types: Vec<_> = sdo::TYPES.iter().chain(sco::TYPES).collect();
    types.sort_unstable_by_key(|known| (known.name.len(), known.name));
    types
});

/// The type of chapters 4 to 7 of this name.
pub(super) fn standard(name: &str) -> Option<&'static Type> {
    let wanted = (name.len(), name);
    let place = STANDARD.binary_search_by(|known| (known.name.len(), known.name).cmp(&wanted));
    STANDARD.get(place.ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_standard_is_found_by_its_name_and_nothing_else() {
        let names = sdo::TYPES.iter().chain(sco::TYPES).map(|known| known.name);
        for name in names.clone() {
            assert_eq!(standard(name).unwrap().name, name);
        }
        // 19 SDOs, 2 SROs, 18 SCOs, 3 meta objects.
        assert_eq!((names.count(), STANDARD.len()), (42, 42));
        for other in ["", "bundle", "Malware", "malware ", "firearm"] {
            assert!(standard(other).is_none(), "{other}");
        }
    }
}
