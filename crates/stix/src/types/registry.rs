//! What the `extension-definition` objects met in data say (§7.3.1).

use std::collections::BTreeMap;

use serde_json::Value;

use super::Kind;
use crate::{Id, Object};

/// So many definitions are kept: a hostile file cannot fill the memory.
const MOST: usize = 10_000;

/// One extension definition, as its newest version describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Display name.
    pub name: String,
    /// Version as its publisher writes it: `1.0.0`.
    pub version: String,
    /// What the extension may be used for; empty if the definition does not say it.
    pub kinds: Vec<Kind>,
    /// Top-level properties that it adds; empty if the definition does not list them.
    pub properties: Vec<String>,
    /// Whether its publisher withdrew it.
    pub revoked: bool,
    modified: String,
}

/// Extension definitions by id: what a file, a channel or a store holds of them.
///
/// ```
/// use enlace_stix::{Object, types::{Kind, Registry}};
/// let raw = r#"{"type":"extension-definition","spec_version":"2.1",
///   "id":"extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62",
///   "created_by_ref":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
///   "created":"2026-03-01T10:00:00.000Z","modified":"2026-03-01T10:00:00.000Z",
///   "name":"Customs seals","schema":"https://example.org/seals.json","version":"1.0.0",
///   "extension_types":["property-extension"]}"#;
/// let mut registry = Registry::new();
/// assert!(registry.learn(&Object::parse(raw)?));
/// let id = "extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62".parse()?;
/// assert_eq!(registry.get(&id).map(|d| d.kinds.clone()), Some(vec![Kind::Property]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    known: BTreeMap<Id, Definition>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of an object; true if it is an extension definition not known in this or a
    /// later version. Of two versions the later `modified` counts, in whatever order they come.
    /// At most 10,000 definitions are kept; those beyond are as good as not known.
    pub fn learn(&mut self, object: &Object) -> bool {
        if object.kind() != "extension-definition" {
            return false;
        }
        let definition = Definition::of(object);
        let later = |known: &Definition| match (time(&known.modified), time(&definition.modified)) {
            (Some(known), Some(new)) => new > known,
            (None, Some(_)) => true,
            _ => false,
        };
        let known = self.known.get(object.id());
        if known.map_or(self.known.len() >= MOST, |known| !later(known)) {
            return false;
        }
        self.known.insert(object.id().clone(), definition);
        true
    }

    /// The definition with this id.
    pub fn get(&self, id: &Id) -> Option<&Definition> {
        self.known.get(id)
    }

    /// How many definitions are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

impl Definition {
    fn of(object: &Object) -> Self {
        let text = |name| {
            let text = object.text(name).unwrap_or_default();
            text.chars().take(250).collect::<String>()
        };
        // A list longer than any real one says as much as none.
        let listed = object.texts("extension_properties").take(1001).map(str::to_owned);
        let mut properties: Vec<_> = listed.collect();
        if properties.len() > 1000 {
            properties.clear();
        }
        Self {
            name: text("name"),
            version: text("version"),
            kinds: Kind::ALL
                .into_iter()
                .filter(|kind| object.texts("extension_types").any(|name| name == kind.name()))
                .collect(),
            properties,
            revoked: object.get("revoked") == Some(&Value::Bool(true)),
            modified: text("modified"),
        }
    }
}

fn time(text: &str) -> Option<crate::Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "extension-definition--9c59fd79-4215-4ba2-920d-3e4f320e1e62";

    fn version(modified: &str, kinds: &[&str]) -> Object {
        let view = json!({"type": "extension-definition", "spec_version": "2.1", "id": ID,
            "created_by_ref": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "created": "2026-03-01T10:00:00.000Z", "modified": modified, "name": "Customs seals",
            "schema": "https://example.org/seals.json", "version": "1.0.0",
            "extension_types": kinds});
        Object::parse(&view.to_string()).unwrap()
    }

    #[test]
    fn the_later_version_counts_in_whatever_order_they_come() {
        let old = version("2026-03-01T10:00:00.000Z", &["new-sdo"]);
        let new = version("2026-03-01T10:00:00.0001Z", &["new-sco", "new-sro"]);
        for order in [[&old, &new], [&new, &old]] {
            let mut registry = Registry::new();
            assert!(registry.is_empty() && registry.learn(order[0]));
            registry.learn(order[1]);
            assert_eq!(registry.len(), 1);
            let known = registry.get(&ID.parse().unwrap()).unwrap();
            assert_eq!(known.kinds, [Kind::NewSco, Kind::NewSro]);
            assert!(!registry.learn(&old) && !registry.learn(&new));
        }
    }

    #[test]
    fn a_hostile_definition_takes_little_room() {
        let many: Vec<String> = (0..5000).map(|i| format!("property_{i}")).collect();
        let mut view = version("2026-03-01T10:00:00.000Z", &["new-sdo"; 900]).view().clone();
        view.insert("extension_properties".to_owned(), json!(many));
        view.insert("name".to_owned(), json!("x".repeat(100_000)));
        let mut registry = Registry::new();
        assert!(registry.learn(&Object::from_view(view).unwrap()));
        let known = registry.get(&ID.parse().unwrap()).unwrap();
        assert_eq!((known.kinds.len(), known.properties.len(), known.name.len()), (1, 0, 250));
    }

    #[test]
    fn a_definition_is_found_whatever_the_case_of_its_id() {
        let mut registry = Registry::new();
        registry.learn(&version("2026-03-01T10:00:00.000Z", &["new-sdo"]));
        let (kind, uuid) = ID.split_once("--").unwrap();
        let upper = format!("{kind}--{}", uuid.to_uppercase()).parse().unwrap();
        assert!(registry.get(&upper).is_some());
    }
}
