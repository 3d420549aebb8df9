//! The object types that can be released: their properties, what is required, of which class each is.
//!
//! One source of truth: which properties there are, which are required and of what form is read from
//! the tables of the validator, and those of our own types from `schemas/`
//! ([`enlace_stix::validate::shape`]). What no program can tell stands in tables here: which types can
//! be released at all, which texts are free text, which numbers are identifiers. A type that no table
//! lists cannot be named in an agreement, so it never leaves; a property that no table classifies is
//! taken for free text, which never leaves as it is, and a test fails on it.
//!
//! Paths are written as clauses name them: without list positions, properties of an extension behind
//! its short name: `plates.number`, `person.identity_documents.number`, `archive-ext.contains_refs`.
//! A path of the object itself (`extensions.extension-definition--….names.[0].full`) means the same.
//!
//! ```
//! use enlace_policy::kinds::{self, Class};
//! assert_eq!(kinds::class("vessel", "imo"), Some(Class::Identifier));
//! assert_eq!(kinds::identifier_kind("vessel", "imo"), Some("imo-ship"));
//! assert_eq!(kinds::class("seizure", "concealment_detail"), Some(Class::FreeText));
//! assert_eq!(kinds::class("release-record", "objects"), None);
//! ```

mod blank;
mod build;
mod class;
mod free_text;
mod identifiers;
mod own;
mod standard;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use enlace_stix::types::{self, reused};
use enlace_stix::validate::shape::Shape;

use build::{EXTENSIONS, KINDS};
pub use class::Class;
pub use identifiers::{IDENTIFIERS, OPERATION, PERSON, matchable};
pub use table::PAPERS;

/// The three families of objects that can be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Domain object.
    Domain,
    /// Relationship object.
    Relation,
    /// Cyber-observable object: no `created`, no `modified`.
    Observable,
}

/// One object type.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// STIX `type`.
    pub name: &'static str,
    /// Family.
    pub family: Family,
    /// Properties of its own that must be there.
    pub required: &'static [&'static str],
    /// Of these at least one must be there; empty = no such rule.
    pub one_of: &'static [&'static str],
    /// Other properties of its own that a clause can name.
    pub optional: &'static [&'static str],
    /// Where the title of a tear-line goes; that property is free text.
    pub title: Option<&'static str>,
    /// Where the text of a tear-line goes.
    pub text: Option<&'static str>,
    fields: &'static [Field],
    shape: Shape,
}

/// One property, or one inside a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Path as clauses name it; of an extension without its short name.
    pub path: &'static str,
    /// What it holds.
    pub class: Class,
    /// The kind of identifier, for the class [`Class::Identifier`].
    pub identifier: Option<&'static str>,
    /// Whether the object, or the record around it, must have it.
    pub required: bool,
    /// Of its members at least one must be there; empty for what is no record.
    pub one_of: &'static [&'static str],
}

/// What a record inside an object cannot be without. A record that lacks it is nothing: it does not
/// leave, and a list of which no record is left does not either (docs/design/kinds.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// Members that must be there.
    pub required: Vec<&'static str>,
    /// Of these at least one must be there; empty = no such rule.
    pub one_of: &'static [&'static str],
}

impl Needs {
    /// What a record lacks that has the members of which `has` says yes; `None` = nothing.
    pub fn missing(&self, has: impl Fn(&str) -> bool) -> Option<String> {
        if let Some(name) = self.required.iter().find(|name| !has(name)) {
            return Some((*name).to_owned());
        }
        let lacks = !self.one_of.is_empty() && !self.one_of.iter().any(|name| has(name));
        lacks.then(|| self.one_of.join(", "))
    }
}

/// Properties that every object bears and that the exit writes anew.
pub const ENVELOPE: &[&str] = &[
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "object_marking_refs",
    "granular_markings",
    "revoked",
    "extensions",
];

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    let at = KINDS.binary_search_by(|kind| kind.name.cmp(name)).ok()?;
    KINDS.get(at)
}

/// Every kind, sorted by name.
pub fn all() -> &'static [Kind] {
    &KINDS
}

/// The class of the property at `path` of objects of type `kind`; `None` if there is no such type or
/// property, which then stays.
pub fn class(kind: &str, path: &str) -> Option<Class> {
    self::kind(kind)?.class(path)
}

/// Which of [`IDENTIFIERS`] the property at `path` of objects of type `kind` holds, if any.
pub fn identifier_kind(kind: &str, path: &str) -> Option<&'static str> {
    self::kind(kind)?.identifier(path)
}

/// Every property of objects of type `kind` that holds an identifier, as clauses name it, with which
/// of [`IDENTIFIERS`] it is.
pub fn identifier_paths(kind: &str) -> impl Iterator<Item = (String, &'static str)> {
    let kind = self::kind(kind);
    let own = kind.into_iter().flat_map(Kind::fields);
    let own = own.filter_map(|field| Some((field.path.to_string(), field.identifier?)));
    let carried = kind.into_iter().flat_map(Kind::extensions).flat_map(|name| {
        extension_fields(name)
            .iter()
            .filter_map(move |field| Some((format!("{name}.{}", field.path), field.identifier?)))
    });
    own.chain(carried)
}

/// Short names of the property extensions whose properties may leave, sorted.
pub fn extensions() -> impl Iterator<Item = &'static str> {
    EXTENSIONS.iter().map(|extension| extension.name)
}

/// The short name by which clauses call the property extension with this definition id; `None` if
/// its properties may not leave.
pub fn extension_called(id: &str) -> Option<&'static str> {
    EXTENSIONS.iter().find(|extension| extension.id == id).map(|extension| extension.name)
}

/// The key under which an object carries the property extension `name`, and its `extension_type`,
/// which a predefined extension of the standard has not.
pub fn extension_key(name: &str) -> Option<(&'static str, Option<&'static str>)> {
    let extension = build::extension(name)?;
    let is_predefined = extension.id == extension.name;
    Some((extension.id, (!is_predefined).then_some("property-extension")))
}

/// The properties of the property extension `name`; empty if they may not leave.
pub fn extension_fields(name: &str) -> &'static [Field] {
    build::extension(name).map_or(&[], |extension| extension.fields)
}

/// Properties without which an instance of the property extension `name` may not exist.
pub fn extension_required(name: &str) -> &'static [&'static str] {
    build::extension(name).map_or(&[], |extension| extension.required)
}

/// The definition id that an object of `kind` carries as `new-sdo` or `new-sco`, if it is no type
/// of the standard, with that extension type.
pub fn own_definition(kind: &str) -> Option<(String, &'static str)> {
    let ours = types::new_type(kind).map(|own| (own.definition_id(), own.kind));
    let public = || reused::by_name(kind).and_then(|p| Some((p.id.to_owned(), *p.kinds.first()?)));
    let (id, how) = ours.or_else(public).filter(|(_, how)| how.is_new_type())?;
    Some((id, how.name()))
}

impl Kind {
    /// Whether a clause can name this path: a property of the type, one that is common, one of a
    /// property extension that it can carry, or a custom property (`x_…`); no free text.
    pub fn knows(&self, path: &str) -> bool {
        self.class(path).is_some_and(Class::nameable)
    }

    /// Whether what stands at `path` never leaves as it is, although the property around it does:
    /// free text, this node's own business, and members that no schema describes.
    pub fn is_free_text(&self, path: &str) -> bool {
        match self.class(path) {
            Some(class) => !class.nameable(),
            None => {
                let path = clause_path(path);
                path.contains('.') || free_text::BY_NAME.contains(&&*path)
            }
        }
    }

    /// The class of the property at `path`. What stands below a property that is no record has its
    /// class.
    pub fn class(&self, path: &str) -> Option<Class> {
        let path = clause_path(path);
        if path.starts_with("x_") {
            let last = path.rsplit('.').next().unwrap_or_default();
            let is_text = free_text::BY_NAME.contains(&last);
            return Some(if is_text { Class::FreeText } else { Class::Custom });
        }
        // Some are in no schema, so that nobody writes them.
        if free_text::lists(free_text::NEVER, self.name, &path) {
            return Some(Class::Never);
        }
        self.field(&path).map(|field| field.class)
    }

    /// The kind of identifier that stands at `path`.
    pub fn identifier(&self, path: &str) -> Option<&'static str> {
        self.field(&clause_path(path))?.identifier
    }

    /// What the record at `path` cannot be without; `None` if no record stands there, or one that
    /// needs nothing.
    pub fn needs(&self, path: &str) -> Option<Needs> {
        let path = clause_path(path);
        let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
        let (fields, path) = match build::extension(first).filter(|e| e.fits(self.name)) {
            Some(extension) => (extension.fields, rest),
            None => (self.fields, &*path),
        };
        let at = fields.binary_search_by(|field| field.path.cmp(path)).ok()?;
        let record = fields.get(at).filter(|field| field.class == Class::Nested)?;
        let member = |field: &Field| -> Option<&'static str> {
            let below = field.path.strip_prefix(path)?.strip_prefix('.')?;
            (field.required && !below.contains('.')).then_some(below)
        };
        let required: Vec<&str> = fields.iter().filter_map(member).collect();
        let needs = Needs { required, one_of: record.one_of };
        (!needs.required.is_empty() || !needs.one_of.is_empty()).then_some(needs)
    }

    /// Its properties, those in records and the common ones too, sorted by path; those of extensions
    /// are [`extension_fields`].
    pub fn fields(&self) -> &'static [Field] {
        self.fields
    }

    /// Short names of the property extensions that it can carry.
    pub fn extensions(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        EXTENSIONS.iter().filter(|extension| extension.fits(self.name)).map(|e| e.name)
    }

    fn field(&self, path: &str) -> Option<&'static Field> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        match build::extension(first).filter(|extension| extension.fits(self.name)) {
            Some(extension) => Field::at(extension.fields, rest),
            None => Field::at(self.fields, path),
        }
    }
}

impl Field {
    /// The property at `path`, or the one around it if that is no record: a record without such a
    /// member has nothing to say of it.
    fn at(fields: &'static [Self], path: &str) -> Option<&'static Self> {
        let mut path = path;
        let mut exact = true;
        loop {
            if let Ok(at) = fields.binary_search_by(|field| field.path.cmp(path)) {
                return fields.get(at).filter(|field| exact || field.class != Class::Nested);
            }
            (path, _) = path.rsplit_once('.')?;
            exact = false;
        }
    }
}

/// The path as clauses write it: list positions are left out, an extension has its short name.
fn clause_path(path: &str) -> Cow<'_, str> {
    if !path.contains('[') && !path.starts_with("extensions.") {
        return Cow::Borrowed(path);
    }
    let mut parts = path.split('.').filter(|part| !part.starts_with('[')).peekable();
    let mut found = Vec::new();
    if parts.peek() == Some(&"extensions") {
        parts.next();
        found.extend(parts.next().map(|id| extension_called(id).unwrap_or(id)));
    }
    found.extend(parts);
    Cow::Owned(found.join("."))
}
