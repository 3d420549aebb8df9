//! Our own object types and extensions, and the public ones we reuse.
//!
//! The JSON Schemas in `schemas/` are the one source: what an extension is called, what it does,
//! who may carry it, which properties it has. A schema is parsed when its extension is first met.
//! A definition id of ours is UUIDv5 of `enlace:NAME:1` in [`NAMESPACE`]; public extensions
//! ([`reused`]) keep the ids of their publishers, and a [`Registry`] knows what the
//! `extension-definition` objects say that were met in data.

mod definition;
mod registry;
pub mod reused;
pub(crate) mod schemas;

use std::fmt;
use std::ops::Deref;
use std::sync::LazyLock;

use uuid::Uuid;

pub use definition::{definition_object, definitions, publisher};
pub use registry::{Definition, Registry};

/// Namespace of our extension definition ids.
pub const NAMESPACE: Uuid = Uuid::from_u128(0xeba32c90_fa6c_4df9_9609_9aacb162c8ed);

/// What an extension does to the object that carries it (§7.3, extension-type-enum of §10.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A new domain object type.
    NewSdo,
    /// A new cyber-observable object type.
    NewSco,
    /// A new relationship object type.
    NewSro,
    /// Properties nested in an existing object.
    Property,
    /// Properties at the top level of an existing object.
    Toplevel,
}

impl Kind {
    /// All five, in the order of the enumeration.
    pub const ALL: [Self; 5] =
        [Self::NewSdo, Self::NewSco, Self::NewSro, Self::Property, Self::Toplevel];

    /// The value of `extension_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NewSdo => "new-sdo",
            Self::NewSco => "new-sco",
            Self::NewSro => "new-sro",
            Self::Property => "property-extension",
            Self::Toplevel => "toplevel-property-extension",
        }
    }

    /// The kind that `extension_type` names.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it defines a new type of object.
    pub const fn is_new_type(self) -> bool {
        matches!(self, Self::NewSdo | Self::NewSco | Self::NewSro)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One of our extension definitions, as its schema describes it.
#[derive(Debug, Clone, Copy)]
pub struct Extension {
    /// Type name (new types) or short name (property extensions).
    pub name: &'static str,
    /// What it does to the object that carries it.
    pub kind: Kind,
    /// Properties that every instance must carry (beside the common ones).
    pub required: &'static [&'static str],
    /// Types that may carry a property extension; empty = any. A new type is carried by itself.
    pub carrier: &'static [&'static str],
    /// Who published it: `enlace`.
    pub publisher: &'static str,
    /// Version of the definition: 1 until a property changes its meaning.
    pub version: u64,
    /// What people call it.
    pub title: &'static str,
    /// What it is, in one sentence or two.
    pub description: &'static str,
}

impl Extension {
    /// `extension-definition--…` of this version.
    pub fn definition_id(&self) -> String {
        definition_id(self.name)
    }

    /// Whether an object of this type may carry it.
    pub fn fits(&self, kind: &str) -> bool {
        if self.kind.is_new_type() {
            return self.name == kind;
        }
        self.carrier.is_empty() || self.carrier.contains(&kind)
    }
}

/// A list that is made when it is first looked at.
#[derive(Debug)]
pub struct Table(LazyLock<Vec<Extension>>);

impl Deref for Table {
    type Target = [Extension];

    fn deref(&self) -> &[Extension] {
        &self.0
    }
}

/// Every extension this version defines, sorted by name. Looking at it parses every schema of ours
/// once; [`by_definition`] and [`new_type`] parse the one they find.
pub static EXTENSIONS: Table =
    Table(LazyLock::new(|| schemas::ours().map(|schema| *schema.head()).collect()));

/// The definition id of our extension `name`, version 1.
pub fn definition_id(name: &str) -> String {
    schemas::own_id(name).map_or_else(|| compute_id(name), str::to_owned)
}

/// `extension-definition--` and UUIDv5 of `enlace:NAME:1` in [`NAMESPACE`].
fn compute_id(name: &str) -> String {
    let uuid = Uuid::new_v5(&NAMESPACE, format!("enlace:{name}:1").as_bytes());
    format!("extension-definition--{uuid}")
}

/// Our extension with this definition id.
pub fn by_definition(id: &str) -> Option<&'static Extension> {
    let schema = schemas::by_definition(id).filter(|schema| schema.is_ours())?;
    Some(schema.head())
}

/// Our new object type of this name.
pub fn new_type(name: &str) -> Option<&'static Extension> {
    let head = schemas::own(name)?.head();
    head.kind.is_new_type().then_some(head)
}

/// For a cyber-observable type that an extension defines: the definition id and the properties
/// from which its deterministic id is made (§2.9), as its publisher says.
pub fn contributing(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    if let Some(public) = reused::by_name(name).filter(|public| !public.contributing.is_empty()) {
        return Some((public.id, public.contributing));
    }
    let schema = schemas::own(name).filter(|schema| schema.head().kind == Kind::NewSco)?;
    Some((schemas::own_id(name)?, schema.contributing()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A definition id is for ever: partners hold objects that name it.
    #[test]
    fn definition_ids_never_change() {
        let table: Vec<_> =
            EXTENSIONS.iter().map(|e| format!("{} {}", e.name, e.definition_id())).collect();
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn the_table_is_sorted_and_found_by_id_and_by_name() {
        assert!(EXTENSIONS.is_sorted_by(|a, b| a.name < b.name));
        for extension in EXTENSIONS.iter() {
            assert_eq!(extension.definition_id(), compute_id(extension.name));
            let found = by_definition(&extension.definition_id()).unwrap();
            assert_eq!(found.name, extension.name);
            assert_eq!(found.publisher, "enlace");
            assert_eq!(new_type(extension.name).is_some(), extension.kind.is_new_type());
        }
        assert!(by_definition(reused::BANK_ACCOUNT).is_none());
        assert!(by_definition(&definition_id("no-such-extension")).is_none());
    }

    #[test]
    fn the_five_extension_types_have_the_names_of_the_enumeration() {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(
            names,
            ["new-sdo", "new-sco", "new-sro", "property-extension", "toplevel-property-extension"]
        );
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("new-object"), None);
    }
}
