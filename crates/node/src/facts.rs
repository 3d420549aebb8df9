//! An object as people read it: what it is called, its properties, the marking of each.

use std::sync::Arc;

use enlace_stix::marking::{Effective, Markings, Tlp, of_every_property};
use enlace_stix::{Object, types};
use enlace_store::{OWN, ObjectRow};
use serde_json::Value;

use crate::view::View;
use crate::{Node, NodeError};

/// Properties that name an object, in the order of `Object::label`.
pub(crate) const NAMING: [&str; 8] =
    ["name", "value", "number", "iban", "serial", "subject", "title", "path"];
/// Properties whose beginning names an object that has none of those.
const DESCRIBING: [&str; 5] = ["account_number", "abstract", "content", "pattern", "key"];
/// Characters of such a beginning.
const BEGINNING: usize = 80;

/// Properties that come last: of the record, not of the thing.
const OF_THE_RECORD: [&str; 9] = [
    "labels",
    "confidence",
    "lang",
    "external_references",
    "created_by_ref",
    "created",
    "modified",
    "revoked",
    "spec_version",
];

/// Properties that a page shows elsewhere: in the heading and as chips.
const SHOWN_ELSEWHERE: [&str; 4] = ["type", "id", "object_marking_refs", "granular_markings"];

/// An object that is held, enough to name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// STIX id.
    pub id: String,
    /// STIX type.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// Marking of the object joined with that of the property that names it.
    pub marking: Effective,
}

/// One property of an object.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Path for people: `extensions.….birth_date` is shown as `person.birth_date`.
    pub path: String,
    /// A text, number or truth value, or a list of such.
    pub value: Value,
    /// Effective marking of this property.
    pub marking: Effective,
    /// The object that the value refers to, where it is one reference to a held object.
    pub target: Option<ObjectName>,
}

/// A unit by name and country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyName {
    /// Name of the unit.
    pub name: String,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}

/// A held object with the markings that it bears or inherits.
pub(crate) struct Marked {
    pub(crate) object: Object,
    definitions: Arc<Vec<Object>>,
}

impl Marked {
    /// An object that has its inherited markings already, and the definitions that it may name.
    pub(crate) fn new(object: Object, definitions: Arc<Vec<Object>>) -> Self {
        Self { object, definitions }
    }

    /// What the object is called, with the marking of that.
    pub(crate) fn name(&self) -> ObjectName {
        let marking = self.naming().map_or_else(|| self.whole(), |property| self.at(property));
        let (id, kind) = (self.object.id().to_string(), self.object.kind().to_owned());
        ObjectName { id, kind, label: self.label(), marking }
    }

    fn label(&self) -> String {
        match self.naming().filter(|name| DESCRIBING.contains(name)) {
            None => self.object.label(),
            Some(property) => {
                let text = self.object.text(property).unwrap_or_default();
                let beginning: String = text.chars().take(BEGINNING).collect();
                let cut = if beginning.len() < text.len() { "…" } else { "" };
                format!("{beginning}{cut}")
            }
        }
    }

    /// The property that names the object.
    fn naming(&self) -> Option<&'static str> {
        let mut all = NAMING.iter().chain(&DESCRIBING);
        all.find(|name| self.object.text(name).is_some_and(|text| !text.is_empty())).copied()
    }

    /// The markings of all values, read once.
    pub(crate) fn markings(&self) -> Markings<'_> {
        of_every_property(&self.object, &|id| self.definition(id))
    }

    /// The marking of the whole object.
    pub(crate) fn whole(&self) -> Effective {
        self.markings().object().clone()
    }

    /// The marking of the value at a selector, of what holds it and of what it holds.
    pub(crate) fn at(&self, selector: &str) -> Effective {
        self.markings().property(selector).into_owned()
    }

    /// The join of everything that the object holds.
    pub(crate) fn strictest(&self) -> Effective {
        let markings = self.markings();
        let mut all = markings.object().clone();
        for name in self.object.view().keys() {
            join(&mut all, &markings.property(name));
        }
        all
    }

    /// The marking of a property named as clauses name it: `person.birth_date`; of [`Marked::markings`]
    /// of this object.
    pub(crate) fn of_path(&self, markings: &Markings<'_>, path: &str) -> Effective {
        let at = |selector: &str| markings.property(selector).into_owned();
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if self.object.get(first).is_some() {
            return at(path);
        }
        let definition = types::definition_id(first);
        match (self.object.extension(&definition), rest) {
            (Some(_), "") => at(&format!("extensions.{definition}")),
            (Some(_), rest) => at(&format!("extensions.{definition}.{rest}")),
            // An extension under another name: everything below `extensions` counts.
            (None, _) => at("extensions"),
        }
    }

    fn definition(&self, id: &str) -> Option<&Object> {
        self.definitions.iter().find(|d| d.id().as_str() == id)
    }
}

impl Node {
    /// The object of a row with its markings; `None` once its text is gone.
    pub(crate) async fn marked(&self, row: &ObjectRow) -> Result<Option<Marked>, NodeError> {
        let Ok(object) = Object::parse(&row.raw) else { return Ok(None) };
        let object = self.with_inherited(object, &row.channel).await?;
        let definitions = Arc::new(self.definitions(&object, &row.channel).await?);
        Ok(Some(Marked { object, definitions }))
    }

    /// What a row is called, with the marking of that. A relationship is called by what it
    /// relates, as far as the view goes.
    pub(crate) async fn name_of(
        &self,
        view: &View,
        row: &ObjectRow,
    ) -> Result<ObjectName, NodeError> {
        let Some(marked) = self.marked(row).await? else {
            let (id, kind, label) = (row.id.clone(), row.kind.clone(), row.id.clone());
            return Ok(ObjectName { id, kind, label, marking: Effective::default() });
        };
        let mut ends = Vec::new();
        for id in ends_of(&marked.object).into_iter().flatten() {
            let end = match self.visible(view, id).await {
                Ok(row) => self.marked(&row).await?,
                Err(NodeError::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            ends.extend(end.map(|end| end.name()));
        }
        let mut name = marked.name();
        relate(&mut name, &marked, |id| ends.iter().find(|end| end.id == id));
        Ok(name)
    }

    /// The name of a held object, or `None` where it is not held (or not for this view).
    pub(crate) async fn named(
        &self,
        view: &View,
        id: &str,
    ) -> Result<Option<ObjectName>, NodeError> {
        match self.visible(view, id).await {
            Ok(row) => Ok(Some(self.name_of(view, &row).await?)),
            Err(NodeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The unit behind a channel; `None` for our own.
    pub(crate) async fn party(&self, channel: &str) -> Result<Option<PartyName>, NodeError> {
        if channel == OWN {
            return Ok(None);
        }
        let found = self.partner(channel).await?;
        let unknown = || PartyName { name: channel.to_owned(), country: String::new() };
        let name = found.map(|p| PartyName { name: p.name, country: p.country });
        Ok(Some(name.unwrap_or_else(unknown)))
    }

    /// Country of the partner behind a key id; empty where it is not known.
    pub(crate) async fn country_of(&self, key_id: &str) -> Result<String, NodeError> {
        Ok(self.partner(key_id).await?.map(|p| p.country).unwrap_or_default())
    }

    /// The properties of an object in the order to show.
    pub(crate) async fn facts(&self, view: &View, marked: &Marked) -> Result<Vec<Fact>, NodeError> {
        let mut leaves = Vec::new();
        for (name, value) in marked.object.view() {
            if !SHOWN_ELSEWHERE.contains(&name.as_str()) {
                walk(name.clone(), value, &mut leaves);
            }
        }
        leaves.sort_by_key(|(path, _)| rank(path));
        let mut facts = Vec::with_capacity(leaves.len());
        let markings = marked.markings();
        for (selector, value) in leaves {
            let target = match value.as_str() {
                Some(id) if selector.ends_with("_ref") => self.named(view, id).await?,
                _ => None,
            };
            let mut marking = markings.property(&selector).into_owned();
            if let Some(target) = &target {
                join(&mut marking, &target.marking);
            }
            facts.push(Fact { path: readable(&selector), value, marking, target });
        }
        Ok(facts)
    }
}

/// The two ends of a relationship; `None` for any other object.
fn ends_of(object: &Object) -> Option<[&str; 2]> {
    Some([object.text("source_ref")?, object.text("target_ref")?])
        .filter(|_| object.kind() == "relationship")
}

/// Calls a relationship by what it relates, if both ends have names: `A – owns – B`.
pub(crate) fn relate<'n>(
    name: &mut ObjectName,
    marked: &Marked,
    named: impl Fn(&str) -> Option<&'n ObjectName>,
) {
    let ends = ends_of(&marked.object).and_then(|[a, b]| named(a).zip(named(b)));
    let Some((source, target)) = ends else { return };
    let kind = marked.object.text("relationship_type").unwrap_or_default();
    name.label = format!("{} – {kind} – {}", source.label, target.label);
    join(&mut name.marking, &marked.strictest());
    join(&mut name.marking, &source.marking);
    join(&mut name.marking, &target.marking);
}

/// Joins the marking of one thing into that of another that is shown with it: the strictest of
/// each, and only whom both name.
pub(crate) fn join(into: &mut Effective, more: &Effective) {
    into.merge(more);
}

/// A selector as people read it: short names of extensions, `object_refs[2]`.
pub(crate) fn readable(selector: &str) -> String {
    let Some(rest) = selector.strip_prefix("extensions.") else {
        return selector.replace(".[", "[");
    };
    let (definition, rest) = rest.split_once('.').unwrap_or((rest, ""));
    let name = types::by_definition(definition).map_or(definition, |e| e.name);
    if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}").replace(".[", "[") }
}

/// Whether an id is that of a TLP marking, which pages show as a chip.
pub(crate) fn is_tlp(id: &str) -> bool {
    Tlp::from_marking_id(id).is_some()
}

/// Every value of an object but its type and id, with its selector, in the order to show: also lists
/// of references and markings. A list with a text longer than `long` characters comes item by item.
pub(crate) fn leaves(object: &Object, long: usize) -> Vec<(String, Value)> {
    let (mut found, mut leaves) = (Vec::new(), Vec::new());
    for (name, value) in object.view() {
        match value {
            Value::Array(_) if name.ends_with("_refs") => found.push((name.clone(), value.clone())),
            _ if matches!(name.as_str(), "type" | "id") => {}
            _ => walk(name.clone(), value, &mut found),
        }
    }
    for (selector, value) in found {
        let is_long = |v: &Value| v.as_str().is_some_and(|text| text.chars().count() > long);
        match value {
            Value::Array(items) if items.iter().any(is_long) => {
                let items = items.into_iter().enumerate();
                leaves.extend(items.map(|(i, item)| (format!("{selector}.[{i}]"), item)));
            }
            value => leaves.push((selector, value)),
        }
    }
    leaves.sort_by_key(|(path, _)| rank(path));
    leaves
}

/// Values that are no dictionary, each with its selector. Lists of plain values stay whole; lists
/// of references are links of the object, not facts.
fn walk(selector: String, value: &Value, leaves: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members.iter().filter(|(name, _)| *name != "extension_type") {
                walk(format!("{selector}.{name}"), inner, leaves);
            }
        }
        Value::Array(_) if selector.ends_with("_refs") => {}
        Value::Array(items) if items.iter().any(|i| i.is_object() || i.is_array()) => {
            for (i, inner) in items.iter().enumerate() {
                walk(format!("{selector}.[{i}]"), inner, leaves);
            }
        }
        plain => leaves.push((selector, plain.clone())),
    }
}

/// What names the thing first, what belongs to the record last.
fn rank(selector: &str) -> usize {
    let first = selector.split('.').next().unwrap_or(selector);
    if let Some(place) = NAMING.iter().position(|name| *name == first) {
        return place;
    }
    let place = OF_THE_RECORD.iter().position(|name| *name == first);
    NAMING.len() + place.map_or(0, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_of_plain_values_stay_whole_and_names_come_first() {
        let view = json!({"aliases": ["a", "b"], "created": "t", "names": [{"full": "c"}],
            "name": "n", "object_refs": ["x"]});
        let mut leaves = Vec::new();
        for (name, value) in view.as_object().unwrap() {
            walk(name.clone(), value, &mut leaves);
        }
        leaves.sort_by_key(|(path, _)| rank(path));
        let paths: Vec<&str> = leaves.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["name", "aliases", "names.[0].full", "created"]);
    }

    #[test]
    fn selectors_are_shown_with_short_names() {
        let person = types::definition_id("person");
        assert_eq!(
            readable(&format!("extensions.{person}.names.[0].full")),
            "person.names[0].full"
        );
        assert_eq!(readable("object_refs.[2]"), "object_refs[2]");
    }
}
