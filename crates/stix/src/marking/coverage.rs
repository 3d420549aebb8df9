//! Which markings cover which value of an object.
//!
//! A value is covered by the markings of the object, and by each granular marking that selects
//! it, what holds it, or what it holds. A granular marking that cannot be placed covers the whole
//! object: one without selectors, one with a selector that resolves to nothing, and one that
//! selects `type` or `id`, without which nothing of the object can be told.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::selector::{self, Relation, Selector};
use super::{Effective, definition};
use crate::Object;

/// Stands for a marking whose id cannot be read, as [`Effective::unread`] names it.
const MALFORMED: &str = "malformed";

/// The markings of one object, read once and ready to be asked for any of its values.
#[derive(Debug, Clone)]
pub struct Markings<'o> {
    view: &'o Map<String, Value>,
    object: Effective,
    granular: Vec<(&'o str, Effective)>,
}

/// The marking of the whole object: its `object_marking_refs`, and the granular markings that
/// cannot be placed.
///
/// `definition` finds a marking definition by id; TLP definitions need not be held.
pub fn of_object<'a>(
    object: &Object,
    definition: &dyn Fn(&str) -> Option<&'a Object>,
) -> Effective {
    Markings::of(object, definition).object
}

/// The marking of one property: the object's, joined with every granular marking whose selector
/// is the path, above it or below it (a part marked stricter makes the whole value stricter).
pub fn of_property<'a>(
    object: &Object,
    path: &str,
    definition: &dyn Fn(&str) -> Option<&'a Object>,
) -> Effective {
    Markings::of(object, definition).property(path).into_owned()
}

/// The markings of every value of the object, read once: [`Markings::property`] asks for one,
/// [`Markings::each`] walks them all.
pub fn of_every_property<'o, 'a>(
    object: &'o Object,
    definition: &dyn Fn(&str) -> Option<&'a Object>,
) -> Markings<'o> {
    Markings::of(object, definition)
}

impl<'o> Markings<'o> {
    /// Reads the markings of `object`; each definition is looked up and read once.
    pub fn of<'a>(object: &'o Object, definition: &dyn Fn(&str) -> Option<&'a Object>) -> Self {
        let mut all =
            Self { view: object.view(), object: Effective::default(), granular: Vec::new() };
        match object.get("object_marking_refs") {
            None => {}
            Some(Value::Array(ids)) => {
                ids.iter().for_each(|id| all.object.merge(&read(id.as_str(), definition)));
            }
            Some(_) => all.object.merge(&read(None, definition)),
        }
        match object.get("granular_markings") {
            None => {}
            Some(Value::Array(items)) => items.iter().for_each(|item| all.place(item, definition)),
            Some(_) => all.object.merge(&read(None, definition)),
        }
        all
    }

    /// The marking of the whole object.
    pub fn object(&self) -> &Effective {
        &self.object
    }

    /// The marking of the value at `path`; borrowed where that is the object's. Paths are
    /// compared by steps; a path of another form than a selector's is compared as it stands.
    pub fn property(&self, path: &str) -> Cow<'_, Effective> {
        let mut effective = Cow::Borrowed(&self.object);
        for (selector, marking) in &self.granular {
            if selector::relation(path, selector) != Relation::Apart {
                effective.to_mut().merge(marking);
            }
        }
        effective
    }

    /// Calls `f` with the path, the value and the marking of every member and list item, outer
    /// ones first, in the order of the text. Values that no granular marking touches cost no join.
    pub fn each(&self, f: &mut dyn FnMut(&str, &'o Value, &Effective)) {
        let granular: Vec<&(&str, Effective)> = self.granular.iter().collect();
        let mut path = String::new();
        for (name, value) in self.view {
            path.clear();
            path.push_str(name);
            visit(&mut path, value, &self.object, &granular, f);
        }
    }

    /// Whether any granular marking of a marking definition is there.
    pub fn is_granular(&self) -> bool {
        !self.granular.is_empty()
    }

    fn place<'a>(&mut self, item: &'o Value, definition: &dyn Fn(&str) -> Option<&'a Object>) {
        let id = match (item.get("marking_ref"), item.get("lang")) {
            (Some(id), _) => id.as_str(),
            // A language says nothing about who may see the value (§7.2.3).
            (None, Some(Value::String(_))) => return,
            (None, _) => None,
        };
        let marking = read(id, definition);
        let selectors = item.get("selectors").and_then(Value::as_array);
        let selectors = selectors.map_or(&[][..], Vec::as_slice);
        if id.is_none()
            || selectors.is_empty()
            || !selectors.iter().all(|selector| self.is_placed(selector))
        {
            self.object.merge(&marking);
            return;
        }
        let selectors = selectors.iter().filter_map(Value::as_str);
        self.granular.extend(selectors.map(|selector| (selector, marking.clone())));
    }

    fn is_placed(&self, selector: &Value) -> bool {
        let selector = selector.as_str().and_then(|text| Selector::parse(text).ok());
        selector.is_some_and(|selector| {
            !matches!(selector.as_str(), "id" | "type") && selector.resolve(self.view).is_some()
        })
    }
}

fn visit<'o>(
    path: &mut String,
    value: &'o Value,
    above: &Effective,
    granular: &[&(&str, Effective)],
    f: &mut dyn FnMut(&str, &'o Value, &Effective),
) {
    // What selects this value covers all below it; what selects a part of it makes it stricter.
    let mut covering = Cow::Borrowed(above);
    let mut parts = Vec::new();
    for entry in granular {
        match selector::relation(entry.0, path) {
            Relation::Equal | Relation::Above => covering.to_mut().merge(&entry.1),
            Relation::Below => parts.push(*entry),
            Relation::Apart => {}
        }
    }
    let mut whole = Cow::Borrowed(covering.as_ref());
    parts.iter().for_each(|part| whole.to_mut().merge(&part.1));
    f(path, value, &whole);
    let length = path.len();
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                path.push('.');
                path.push_str(name);
                visit(path, value, &covering, &parts, f);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                path.push_str(&format!(".[{i}]"));
                visit(path, value, &covering, &parts, f);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

fn read<'a>(id: Option<&str>, definition: &dyn Fn(&str) -> Option<&'a Object>) -> Effective {
    let Some(id) = id else {
        let mut malformed = Effective::default();
        malformed.refuse([MALFORMED.to_owned()]);
        return malformed;
    };
    definition::read(id, definition(id))
}
