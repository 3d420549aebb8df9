//! The vocabulary of the tables: data types (chapter 2), properties, types of object.

use super::syntax::Syntax;
use super::vocabulary::Vocabulary;
use crate::identifier;

/// Data type of a property.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// §2.15.
    Text,
    /// A string that should be in lower case with hyphens (§2.11).
    Phrase,
    /// §2.2.
    Boolean,
    /// §2.16.
    Time,
    /// Our types: a day, month or year, or a timestamp.
    Date,
    /// RFC 5646 tag.
    Language,
    /// §2.8.
    Hex,
    /// §2.1.
    Binary,
    /// Lower-case SHA-256 or key id: 64 hexadecimal digits.
    Sha256,
    /// Types of §7.3: what the schemas call an `x-identifier`.
    Identifier(identifier::Kind),
    /// §2.7; `true` = only the algorithms of the vocabulary (§2.5).
    Hashes(bool),
    /// §2.3, free content.
    Dictionary,
    /// A dictionary that another part of the product describes (the terms of an agreement).
    Content,
    /// §2.10 with limits.
    Integer(i64, i64),
    /// §2.6 with limits.
    Number(f64, f64),
    /// §2.4, closed.
    Enum(&'static [&'static str]),
    /// §2.14, suggested.
    Term(&'static Vocabulary),
    /// A text with a form of its own.
    Form(&'static Syntax),
    /// An integer or a text.
    Scalar,
    /// A dictionary whose values are all of one data type.
    Each(&'static Kind),
    /// §2.9, with the types that may be meant.
    Ref(Targets),
    /// §2.12.
    List(&'static Kind),
    /// A dictionary with named properties.
    Record(&'static Record),
}

/// Types a reference may point to.
#[derive(Clone, Copy)]
pub(super) enum Targets {
    Any,
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
    /// Any SCO, of the standard or custom.
    Sco,
    /// Any SDO, of the standard or custom.
    Sdo,
    /// Any SCO or SRO, of the standard or custom.
    ScoOrSro,
}

/// One property of a type.
#[derive(Clone, Copy)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// Named properties, and of which at least one must be there.
pub(super) struct Record {
    pub(super) properties: &'static [Property],
    pub(super) any_of: &'static [&'static str],
    /// Where the standard describes it, if not with the type that holds it.
    pub(super) section: Option<&'static str>,
}

/// How common properties apply to an object (table in §3.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    Sdo,
    Sro,
    Sco,
    Marking,
    /// `language-content` and `extension-definition`.
    Meta,
}

/// `(earlier, later)`; `strict` = must not be equal.
pub(super) struct Order {
    pub(super) earlier: &'static str,
    pub(super) later: &'static str,
    pub(super) strict: bool,
}

/// One type of object.
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) section: &'static str,
    pub(super) family: Family,
    pub(super) record: Record,
    pub(super) order: &'static [Order],
}

/// A required property.
pub(super) const fn must(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, required: true }
}

/// An optional property.
pub(super) const fn may(name: &'static str, kind: Kind) -> Property {
    Property { name, kind, required: false }
}

/// Properties without an at-least-one rule.
pub(super) const fn record(properties: &'static [Property]) -> Record {
    Record { properties, any_of: &[], section: None }
}

/// Properties of which at least one of `any_of` must be there.
pub(super) const fn record_any(
    properties: &'static [Property],
    any_of: &'static [&'static str],
) -> Record {
    Record { properties, any_of, section: None }
}

/// Properties that a section of their own describes.
pub(super) const fn described_in(section: &'static str, record: Record) -> Record {
    Record { section: Some(section), ..record }
}

/// Names of properties that are not required.
// Evaluated by the compiler: an index out of bounds is no binary, not a panic.
#[expect(clippy::indexing_slicing, reason = "const evaluation")]
pub(super) const fn optional<const N: usize>(properties: &[Property]) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut i, mut found) = (0, 0);
    while i < properties.len() {
        if !properties[i].required {
            names[found] = properties[i].name;
            found += 1;
        }
        i += 1;
    }
    names
}

/// `earlier` not after `later`.
pub(super) const fn not_after(earlier: &'static str, later: &'static str) -> Order {
    Order { earlier, later, strict: false }
}

/// `earlier` before `later`.
pub(super) const fn before(earlier: &'static str, later: &'static str) -> Order {
    Order { earlier, later, strict: true }
}

impl Record {
    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|p| p.name == name)
    }
}

pub(super) const TEXTS: Kind = Kind::List(&Kind::Text);
pub(super) const COUNT: Kind = Kind::Integer(0, SAFE);
pub(super) const INTEGER: Kind = Kind::Integer(-SAFE, SAFE);
pub(super) const HASHES: Kind = Kind::Hashes(false);
/// Largest integer that JSON carries exactly (§2.10).
pub(super) const SAFE: i64 = (1 << 53) - 1;

/// A reference to one of these types.
pub(super) const fn to(types: &'static [&'static str]) -> Kind {
    Kind::Ref(Targets::Only(types))
}
