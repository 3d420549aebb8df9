//! What the tables of the validator say of a type, an extension and their properties, for others to
//! read: one source of truth for whoever must know every property there is.

use super::common::COMMON;
use super::kinds::{self, Kind, Record, Targets};
use super::syntax::{COUNTRY, COUNTRY_CODE, CURRENCY_CODE, Syntax};
use super::{own, predefined, resolve, sco, sdo};
use crate::identifier;
use crate::types::{self, reused, schemas};

/// How the common properties apply to a type (table in §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Domain object.
    Domain,
    /// Relationship object.
    Relation,
    /// Cyber-observable object.
    Observable,
    /// Marking definition, language content, extension definition.
    Meta,
}

/// The properties of a type, an extension or a record inside of one.
#[derive(Clone, Copy)]
pub struct Shape(&'static Record);

/// One property.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it is a list of what `form` says.
    pub list: bool,
    /// What its value, or each item of the list, is.
    pub form: Form,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A text that nothing more is said of.
    Text,
    /// A text with a syntax of its own.
    Written,
    /// A code or name of a country.
    Country,
    /// A code of a currency.
    Currency,
    /// A closed list.
    Enum(&'static [&'static str]),
    /// A suggested vocabulary, or a phrase in lower case.
    Term,
    /// RFC 5646 tag.
    Language,
    /// True or false.
    Flag,
    /// A timestamp.
    Time,
    /// A day, month or year, or a timestamp.
    Date,
    /// An integer, and the least that is allowed.
    Integer(i64),
    /// A number.
    Number,
    /// Hexadecimal digits.
    Hex,
    /// A SHA-256 in hexadecimal digits.
    Sha256,
    /// Digests by algorithm.
    Hashes,
    /// What the schemas call an `x-identifier`.
    Identifier(identifier::Kind),
    /// The id of another object, and the types that it may have; empty = no list says it.
    Reference(&'static [&'static str]),
    /// Base64.
    Binary,
    /// A dictionary with names that are nowhere fixed.
    Dictionary,
    /// A record with properties of its own.
    Record(Shape),
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.properties().map(|property| property.name)).finish()
    }
}

/// Names of the types of chapters 4 to 7, sorted.
pub fn standard_types() -> Vec<&'static str> {
    let mut names: Vec<_> = sdo::TYPES.iter().chain(sco::TYPES).map(|known| known.name).collect();
    names.sort_unstable();
    names
}

/// The family and the properties of a type of the standard, of ours, or a public one that `schemas/`
/// describes. Common properties (§3.2) are left out.
pub fn of_type(name: &str) -> Option<(Family, Shape)> {
    if let Some(known) = resolve::standard(name) {
        return Some((family(known.family), Shape(&known.record)));
    }
    let (id, kind) = match reused::by_name(name) {
        Some(public) => (public.id.to_owned(), public.kinds.first().copied()?),
        None => {
            let own = schemas::own(name)?.head();
            (own.definition_id(), own.kind)
        }
    };
    let family = match kind {
        types::Kind::NewSdo => Family::Domain,
        types::Kind::NewSro => Family::Relation,
        types::Kind::NewSco => Family::Observable,
        types::Kind::Property | types::Kind::Toplevel => return None,
    };
    Some((family, Shape(own::record(&id)?)))
}

/// The properties that objects of many types have (§3.2): `labels`, `external_references`, …
pub fn common() -> Shape {
    Shape(&COMMON)
}

/// The properties of a property extension with this definition id, ours or a public one that
/// `schemas/` describes, or of a predefined extension of chapter 6 (`archive-ext`).
pub fn of_extension(id: &str) -> Option<Shape> {
    own::body(id).or_else(|| predefined::by_name(id).map(|(_, record)| record)).map(Shape)
}

/// The predefined extensions of chapter 6, each with the type that carries it.
pub fn predefined_extensions() -> impl Iterator<Item = (&'static str, &'static str)> {
    predefined::all().map(|(name, carrier, _)| (name, carrier))
}

impl Shape {
    /// Its properties, in the order of the standard or the schema.
    pub fn properties(self) -> impl Iterator<Item = Property> {
        self.0.properties.iter().map(|property| {
            let (list, kind) = match property.kind {
                Kind::List(item) => (true, *item),
                kind => (false, kind),
            };
            let (name, required) = (property.name, property.required);
            Property { name, required, list, form: form(kind) }
        })
    }

    /// The property of this name.
    pub fn property(self, name: &str) -> Option<Property> {
        self.properties().find(|property| property.name == name)
    }

    /// Properties of which at least one must be there; empty where none has to be.
    pub fn one_of(self) -> &'static [&'static str] {
        self.0.any_of
    }
}

fn family(family: kinds::Family) -> Family {
    match family {
        kinds::Family::Sdo => Family::Domain,
        kinds::Family::Sro => Family::Relation,
        kinds::Family::Sco => Family::Observable,
        kinds::Family::Marking | kinds::Family::Meta => Family::Meta,
    }
}

fn form(kind: Kind) -> Form {
    match kind {
        Kind::Text => Form::Text,
        Kind::Phrase | Kind::Term(_) => Form::Term,
        Kind::Boolean => Form::Flag,
        Kind::Time => Form::Time,
        Kind::Date => Form::Date,
        Kind::Language => Form::Language,
        Kind::Hex => Form::Hex,
        Kind::Binary => Form::Binary,
        Kind::Sha256 => Form::Sha256,
        Kind::Identifier(kind) => Form::Identifier(kind),
        Kind::Hashes(_) => Form::Hashes,
        Kind::Integer(least, _) => Form::Integer(least),
        Kind::Number(..) | Kind::Scalar => Form::Number,
        Kind::Enum(values) => Form::Enum(values),
        Kind::Form(syntax) => written(syntax),
        Kind::Ref(Targets::Only(types)) => Form::Reference(types),
        Kind::Ref(_) => Form::Reference(&[]),
        Kind::Record(record) => Form::Record(Shape(record)),
        // A list in a list has no name to be told apart by.
        Kind::Dictionary | Kind::Content | Kind::Each(_) | Kind::List(_) => Form::Dictionary,
    }
}

fn written(syntax: &Syntax) -> Form {
    if syntax.is(&COUNTRY) || syntax.is(&COUNTRY_CODE) {
        Form::Country
    } else if syntax.is(&CURRENCY_CODE) {
        Form::Currency
    } else {
        Form::Written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_and_extension_that_is_known_has_a_shape() {
        for name in standard_types() {
            assert!(of_type(name).is_some(), "{name}");
        }
        for schema in schemas::all() {
            let id = schema.json()["x-definition-id"].as_str().unwrap();
            let shape = match schema.head().kind.is_new_type() {
                true => of_type(schema.name).map(|(_, shape)| shape),
                false => of_extension(id),
            };
            assert!(shape.unwrap().properties().next().is_some(), "{}", schema.name);
        }
        for (name, carrier) in predefined_extensions() {
            assert!(of_extension(name).is_some() && of_type(carrier).is_some(), "{name}");
        }
        assert!(of_type("person").is_none() && of_type("x-unheard-of").is_none());
        assert!(of_extension(&types::definition_id("firearm")).is_none());
    }

    #[test]
    fn a_shape_says_what_the_tables_say() {
        let (family, vehicle) = of_type("vehicle").unwrap();
        assert_eq!(family, Family::Domain);
        assert_eq!(vehicle.one_of(), ["vin", "plates", "engine_number", "make", "vehicle_type"]);
        let plates = vehicle.property("plates").unwrap();
        let Form::Record(plate) = plates.form else { panic!("{:?}", plates.form) };
        assert!(plates.list && !plates.required);
        let number = plate.property("number").unwrap();
        assert!(number.required && !number.list);
        assert!(matches!(number.form, Form::Identifier(identifier::Kind::Plate)));
        let country = plate.property("country").unwrap();
        assert!(matches!(country.form, Form::Country));
    }
}
