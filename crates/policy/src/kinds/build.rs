//! Makes the kinds of the tables of the validator and of the tables here; once, and for as long as
//! the program runs.

use std::sync::LazyLock;

use enlace_stix::types::{self, reused};
use enlace_stix::validate::shape::{self, Form, Property, Shape};

use super::class::Class;
use super::{Family, Field, Kind, free_text, identifiers, own, standard, table};

/// Every kind, sorted by name.
pub(super) static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut names = shape::standard_types();
    names.extend(table::OURS.iter().chain(table::REUSED));
    names.sort_unstable();
    names.into_iter().filter_map(kind).collect()
});

/// A property extension whose properties a clause can name.
pub(super) struct Extension {
    pub(super) name: &'static str,
    /// The key under which an object carries it.
    pub(super) id: &'static str,
    /// Types that can carry it; empty = every type.
    carriers: &'static [&'static str],
    pub(super) fields: &'static [Field],
    pub(super) required: &'static [&'static str],
}

/// Every such extension, sorted by name.
pub(super) static EXTENSIONS: LazyLock<Vec<Extension>> = LazyLock::new(|| {
    let described = table::EXTENSIONS.iter().filter_map(|(name, carriers)| {
        let id = match reused::by_name(name) {
            Some(public) => public.id,
            None => types::definition_id(name).leak(),
        };
        made(name, id, carriers)
    });
    let predefined = shape::predefined_extensions()
        .filter_map(|(name, carrier)| made(name, name, Box::leak(Box::new([carrier]))));
    let mut all: Vec<Extension> = described.chain(predefined).collect();
    all.sort_unstable_by_key(|extension| extension.name);
    all
});

/// The extension of this name.
pub(super) fn extension(name: &str) -> Option<&'static Extension> {
    let at = EXTENSIONS.binary_search_by(|extension| extension.name.cmp(name)).ok()?;
    EXTENSIONS.get(at)
}

impl Extension {
    /// Whether an object of this type can carry it.
    pub(super) fn fits(&self, kind: &str) -> bool {
        self.carriers.is_empty() || self.carriers.contains(&kind)
    }
}

fn made(
    name: &'static str,
    id: &'static str,
    carriers: &'static [&'static str],
) -> Option<Extension> {
    let shape = shape::of_extension(id)?;
    let mut fields = Vec::new();
    walk(name, shape, "", &mut fields);
    let required = shape.properties().filter(|p| p.required).map(|p| p.name).collect();
    Some(Extension { name, id, carriers, fields: sorted(fields), required: kept(required) })
}

/// The kind of a type that has a table of properties; meta objects are none.
fn kind(name: &'static str) -> Option<Kind> {
    let (family, shape) = shape::of_type(name)?;
    let family = match family {
        shape::Family::Domain => Family::Domain,
        shape::Family::Relation => Family::Relation,
        shape::Family::Observable => Family::Observable,
        shape::Family::Meta => return None,
    };
    let mut fields = Vec::new();
    walk(name, shape, "", &mut fields);
    common(family, &mut fields);
    let fields = sorted(fields);
    // An extension is something too: a process may be nothing but its `windows-service-ext`.
    let leaves = |property: &str| {
        property == "extensions" || class_in(fields, property).is_some_and(Class::nameable)
    };
    let mut required: Vec<_> = shape.properties().filter(|p| p.required).map(|p| p.name).collect();
    let in_words = table::ONE_OF.iter().find(|(of, _)| *of == name).map(|(_, one_of)| *one_of);
    let mut one_of = in_words.unwrap_or(shape.one_of()).to_vec();
    one_of.retain(|property| leaves(property));
    if let [only] = one_of.as_slice() {
        required.push(only);
        one_of.clear();
    }
    let (title, text) = slots(name, family, fields);
    let optional = shape
        .properties()
        .map(|property| property.name)
        .filter(|name| class_in(fields, name).is_some_and(Class::nameable))
        .filter(|name| !required.contains(name) && !one_of.contains(name))
        .collect();
    let (required, one_of, optional) = (kept(required), kept(one_of), kept(optional));
    Some(Kind { name, family, required, one_of, optional, title, text, fields, shape })
}

/// Where title and text of a tear-line go: observables have neither.
fn slots(
    name: &str,
    family: Family,
    fields: &[Field],
) -> (Option<&'static str>, Option<&'static str>) {
    if let Some((_, title, text)) = table::SLOTS.iter().find(|(of, ..)| *of == name) {
        return (*title, *text);
    }
    let free = |property: &'static str| {
        let is_free = class_in(fields, property) == Some(Class::FreeText);
        (is_free && family != Family::Observable).then_some(property)
    };
    (free("name"), free(free_text::EVERYWHERE))
}

/// The common properties that a clause can name.
fn common(family: Family, fields: &mut Vec<Field>) {
    let names: &[&str] = match family {
        Family::Observable => &["defanged"],
        _ => &["labels", "confidence", "lang", "external_references"],
    };
    for property in shape::common().properties().filter(|p| names.contains(&p.name)) {
        put("*", property, "", fields);
    }
}

fn walk(owner: &str, shape: Shape, above: &str, fields: &mut Vec<Field>) {
    shape.properties().for_each(|property| put(owner, property, above, fields));
}

fn put(owner: &str, property: Property, above: &str, fields: &mut Vec<Field>) {
    let dot = if above.is_empty() { "" } else { "." };
    let path: &'static str = format!("{above}{dot}{}", property.name).leak();
    let identifier = identifiers::held(owner, path, property.form);
    // What nobody has classified is taken for free text.
    let class = class_of(owner, path, property.form).unwrap_or(Class::FreeText);
    let identifier = identifier.filter(|_| class == Class::Identifier);
    let inner = match (class, property.form) {
        (Class::Nested, Form::Record(inner)) => Some(inner),
        _ => None,
    };
    let in_words = table::RECORD_ONE_OF.iter().find(|(of, _)| *of == path);
    let one_of = in_words.map(|(_, one_of)| *one_of).or(inner.map(Shape::one_of));
    let one_of = one_of.unwrap_or_default();
    fields.push(Field { path, class, identifier, required: property.required, one_of });
    if let Some(inner) = inner {
        walk(owner, inner, path, fields);
    }
}

/// The class of one property: what the tables say, else what its form tells.
pub(super) fn class_of(owner: &str, path: &str, form: Form) -> Option<Class> {
    let last = path.rsplit('.').next().unwrap_or(path);
    if free_text::lists(free_text::NEVER, owner, path) {
        return Some(Class::Never);
    }
    if last == free_text::EVERYWHERE || free_text::lists(free_text::FREE_TEXT, owner, path) {
        return Some(Class::FreeText);
    }
    if identifiers::held(owner, path, form).is_some() {
        return Some(Class::Identifier);
    }
    let stated = standard::CLASSES.iter().chain(own::CLASSES);
    let mut stated = stated.filter(|(of, _, paths)| *of == owner && paths.contains(&path));
    if let Some((_, class, _)) = stated.next() {
        return Some(*class);
    }
    let is_money = last.ends_with("_minor") && matches!(form, Form::Integer(_));
    if is_money { Some(Class::Amount) } else { Class::of_form(form) }
}

fn class_in(fields: &[Field], path: &str) -> Option<Class> {
    fields.iter().find(|field| field.path == path).map(|field| field.class)
}

fn sorted(mut fields: Vec<Field>) -> &'static [Field] {
    fields.sort_unstable_by_key(|field| field.path);
    fields.leak()
}

fn kept(names: Vec<&'static str>) -> &'static [&'static str] {
    names.leak()
}
