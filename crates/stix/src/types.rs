//! Our own object types and extensions: names and definition ids in one place.
//!
//! A definition id is UUIDv5 of `enlace:NAME:1` in [`NAMESPACE`]; the JSON Schemas stand in
//! `schemas/`. Public extensions that we reuse keep the ids of their publishers.

use std::sync::LazyLock;

use uuid::Uuid;

/// Namespace of our extension definition ids.
pub const NAMESPACE: Uuid = Uuid::from_u128(0xeba32c90_fa6c_4df9_9609_9aacb162c8ed);

/// What an extension does to the object that carries it (§7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new domain object type.
    NewSdo,
    /// Properties nested in an existing object.
    Property,
}

/// One of our extension definitions.
#[derive(Debug, Clone, Copy)]
pub struct Extension {
    /// Type name (new types) or short name (property extensions).
    pub name: &'static str,
    /// New type or nested properties.
    pub kind: Kind,
    /// Properties that every instance must carry (beside the common ones).
    pub required: &'static [&'static str],
}

/// Every extension this version defines, sorted by name.
pub const EXTENSIONS: &[Extension] = &[
    sdo("agreement", &["lineage", "title", "parties", "valid_from", "valid_until", "terms"]),
    sdo(
        "agreement-signature",
        &["agreement_ref", "agreement_modified", "sha256", "key_id", "value"],
    ),
    property("criminal-group", &[]),
    sdo("firearm", &["serial_status"]),
    property("handling", &["tlp"]),
    property("organization", &[]),
    property("person", &["names"]),
    property("provenance", &["source"]),
    sdo("recall-answer", &["object_ref", "outcome"]),
    sdo("receipt", &["agreement_ref", "received"]),
    sdo("release-record", &["agreement_ref", "released", "purpose"]),
    sdo("shipping-container", &["number"]),
    property("tear-line", &["title", "text"]),
];

const fn sdo(name: &'static str, required: &'static [&'static str]) -> Extension {
    Extension { name, kind: Kind::NewSdo, required }
}

const fn property(name: &'static str, required: &'static [&'static str]) -> Extension {
    Extension { name, kind: Kind::Property, required }
}

impl Extension {
    /// `extension-definition--…` of version 1.
    pub fn definition_id(&self) -> String {
        definition_id(self.name)
    }
}

/// Definition ids of [`EXTENSIONS`], computed once: looking one up is no hash.
static IDS: LazyLock<Vec<String>> =
    LazyLock::new(|| EXTENSIONS.iter().map(|e| compute_id(e.name)).collect());

/// The definition id of our extension `name`, version 1.
pub fn definition_id(name: &str) -> String {
    let known = EXTENSIONS.iter().zip(IDS.iter()).find(|(e, _)| e.name == name);
    known.map_or_else(|| compute_id(name), |(_, id)| id.clone())
}

fn compute_id(name: &str) -> String {
    let uuid = Uuid::new_v5(&NAMESPACE, format!("enlace:{name}:1").as_bytes());
    format!("extension-definition--{uuid}")
}

/// Our extension with this definition id.
pub fn by_definition(id: &str) -> Option<&'static Extension> {
    EXTENSIONS.iter().zip(IDS.iter()).find(|(_, known)| *known == id).map(|(e, _)| e)
}

/// Our new object type of this name.
pub fn new_type(name: &str) -> Option<&'static Extension> {
    EXTENSIONS.iter().find(|e| e.kind == Kind::NewSdo && e.name == name)
}

/// Public extensions that we reuse (publisher's id).
pub mod reused {
    /// `bank-account`, dogesec stix2extensions.
    pub const BANK_ACCOUNT: &str = "extension-definition--f19f3291-6a84-5674-b311-d75a925d5bd9";
    /// `phone-number`, dogesec stix2extensions.
    pub const PHONE_NUMBER: &str = "extension-definition--14a97ee2-e666-5ada-a6bd-b7177f79e211";
    /// TLP 2.0, OASIS common objects.
    pub const TLP_2: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
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
        for extension in EXTENSIONS {
            let found = by_definition(&extension.definition_id()).unwrap();
            assert_eq!(found.name, extension.name);
            assert_eq!(new_type(extension.name).is_some(), extension.kind == Kind::NewSdo);
        }
        assert!(by_definition(reused::BANK_ACCOUNT).is_none());
        assert!(by_definition(&definition_id("no-such-extension")).is_none());
    }
}
