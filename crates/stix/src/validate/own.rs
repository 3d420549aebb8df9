//! Our own types and extensions, and the public ones we describe (§7.3): compiled from the JSON
//! Schemas in `schemas/`, each when it is first met.

mod check;
mod compile;
mod fit;
mod held;
mod numbering;
mod secrets;

use std::sync::{LazyLock, OnceLock};

pub(super) use check::security_code;
pub(super) use fit::fit;
pub(super) use held::check_by_name;
pub(crate) use held::identifiers;
pub(super) use secrets::hide;

use super::kinds::{Order, Record, Type};
use crate::types::{Kind, schemas};

/// What the validator knows of one extension.
pub(super) struct Compiled {
    pub(super) kind: Kind,
    shape: Shape,
    /// Orders of days and months, which need not be full times, and every order inside a property
    /// extension; the times at the top level are in [`Type::order`].
    order: &'static [Order],
}

enum Shape {
    New(Type),
    /// The properties of a property extension; of a top-level one, those it adds to the object.
    Properties(Record),
}

/// One place for each schema.
static COMPILED: LazyLock<Vec<OnceLock<Option<Compiled>>>> =
    LazyLock::new(|| schemas::all().map(|_| OnceLock::new()).collect());

/// The extension with this definition id. A schema that cannot be compiled is as good as none; a
/// test compiles all.
pub(super) fn by_definition(id: &str) -> Option<&'static Compiled> {
    let cell = COMPILED.get(schemas::place(id)?)?;
    cell.get_or_init(|| compile::schema(schemas::by_definition(id)?).ok()).as_ref()
}

/// The new type `name` that the extension `definition` defines.
pub(super) fn new_type(name: &str, definition: &str) -> Option<&'static Type> {
    let Shape::New(new) = &by_definition(definition)?.shape else { return None };
    (new.name == name).then_some(new)
}

/// The properties in the body of the property extension with this definition id.
pub(super) fn body(id: &str) -> Option<&'static Record> {
    by_definition(id)?.body()
}

/// The properties of the new type that the extension with this definition id defines.
pub(super) fn record(id: &str) -> Option<&'static Record> {
    match &by_definition(id)?.shape {
        Shape::New(new) => Some(&new.record),
        Shape::Properties(_) => None,
    }
}

impl Compiled {
    /// The properties in the body of a property extension.
    pub(super) fn body(&self) -> Option<&Record> {
        match &self.shape {
            Shape::Properties(record) if self.kind == Kind::Property => Some(record),
            _ => None,
        }
    }

    /// The properties that a top-level extension adds.
    pub(super) fn added(&self) -> Option<&Record> {
        match &self.shape {
            Shape::Properties(record) if self.kind == Kind::Toplevel => Some(record),
            _ => None,
        }
    }
}

/// Names of the properties of one of our types or extensions, without the common ones.
pub(super) fn property_names(name: &str) -> impl Iterator<Item = &'static str> {
    let compiled = by_definition(&crate::types::definition_id(name));
    let record = compiled.map(|compiled| match &compiled.shape {
        Shape::New(new) => &new.record,
        Shape::Properties(record) => record,
    });
    record.into_iter().flat_map(|r| r.properties).map(|p| p.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_in_the_dialect() {
        for schema in schemas::all() {
            if let Err(outside) = compile::schema(schema) {
                panic!("schemas/{}.json {outside}", schema.name);
            }
        }
    }

    #[test]
    fn a_new_type_needs_its_own_definition() {
        let firearm = crate::types::definition_id("firearm");
        assert!(new_type("firearm", &firearm).is_some());
        assert!(new_type("shipping-container", &firearm).is_none());
        assert!(new_type("bank-account", crate::types::reused::BANK_ACCOUNT).is_some());
        assert!(new_type("bank-account", crate::types::reused::PHONE_NUMBER).is_none());
        assert!(new_type("person", &crate::types::definition_id("person")).is_none());
    }
}
