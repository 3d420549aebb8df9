//! What a delivery holds, value by value, as the officer reads it before he judges: the partner's
//! words, beside what is held from the same partner under the same id.
//!
//! Nothing else that we hold is looked at. What the officer may not see here is as if it were not
//! held: an object of it that comes again is new to him.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use enlace_stix::Object;
use enlace_stix::marking::Effective;
use enlace_store::{ObjectRow, ObjectState};
use serde::Serialize;
use serde_json::Value;

use crate::facts::{Marked, ObjectName, join, leaves, readable, relate};
use crate::view::View;
use crate::{Actor, Node, NodeError};

/// Characters of a text that are shown.
const TEXT: usize = 1_000;
/// Characters of a document's content that are shown: nobody reads its bytes.
const CONTENT: usize = 40;
/// Items of a list that are shown.
const ITEMS: usize = 100;
/// Values of one object that are shown.
const VALUES: usize = 500;
/// Characters of a property's path that are shown.
const PATH: usize = 200;

/// One object of a delivery.
#[derive(Debug, Clone)]
pub struct Received {
    /// What its originator calls it.
    pub name: ObjectName,
    /// `pending`, `held`, `rejected`.
    pub state: ObjectState,
    /// Beside what is held of it from this partner.
    pub news: News,
    /// Its values; none of what was rejected or recalled.
    pub values: Vec<ReceivedValue>,
    /// Values beyond those.
    pub beyond: usize,
    /// Names of objects that the values refer to: of this delivery, or held from this partner.
    pub names: BTreeMap<String, ObjectName>,
}

/// An object beside what is held of it from the same partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum News {
    /// Nothing is held of it.
    New,
    /// Another version is held, with other values.
    Changed,
    /// What is held says the same.
    Same,
}

impl News {
    /// `new`, `changed`, `same`.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

/// One value of a received object.
#[derive(Debug, Clone, Serialize)]
pub struct ReceivedValue {
    /// Path for people: `person.birth_date`.
    pub path: String,
    /// What the partner says now; `None` = it says nothing any more.
    #[serde(flatten)]
    pub now: Option<ShownValue>,
    /// Whether it is another than the one that is held; never of an object that is new.
    pub changed: bool,
    /// What is held, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<ShownValue>,
    /// Effective marking of the value.
    #[serde(skip)]
    pub marking: Effective,
}

/// A value, cut where it is long.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownValue {
    /// A text, number or truth value, or a list of such.
    pub value: Value,
    /// How much there is, where not all of it is shown.
    #[serde(flatten)]
    pub cut: Option<Cut>,
}

/// How much of a value there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Characters of a text.
    Characters(usize),
    /// Items of a list.
    Items(usize),
}

/// What a delivery's objects are read with.
struct Delivery<'a> {
    view: View,
    rows: HashMap<&'a str, &'a ObjectRow>,
}

impl Node {
    /// The objects of a delivery from `offset` on with their values, and how many there are; the
    /// look is logged. Refused to whom the list is refused.
    pub async fn inbox_read(
        &self,
        actor: &Actor,
        record_id: &str,
        offset: usize,
        limit: usize,
    ) -> Result<(usize, Vec<Received>), NodeError> {
        let rows = self.inbox_show(actor, record_id).await?;
        let view = self.view_of(actor).await?;
        let delivery = Delivery { view, rows: rows.iter().map(|r| (r.id.as_str(), r)).collect() };
        let mut read = Vec::new();
        for row in rows.iter().skip(offset).take(limit) {
            read.push(self.received(&delivery, row).await?);
        }
        Ok((rows.len(), read))
    }

    async fn received(
        &self,
        delivery: &Delivery<'_>,
        row: &ObjectRow,
    ) -> Result<Received, NodeError> {
        let readable = matches!(row.state, ObjectState::Pending | ObjectState::Held);
        let marked = match readable {
            true => self.marked_among(delivery, row).await?,
            false => None,
        };
        let Some(marked) = marked else {
            let (id, kind, label) = (row.id.clone(), row.kind.clone(), row.id.clone());
            let name = ObjectName { id, kind, label, marking: Effective::default() };
            let (values, names) = (Vec::new(), BTreeMap::new());
            return Ok(Received {
                name,
                state: row.state,
                news: News::New,
                values,
                beyond: 0,
                names,
            });
        };
        let held = match self.held_before(delivery, row).await? {
            Some(held) => self.marked_among(delivery, &held).await?,
            None => None,
        };
        let mut values = compared(&marked, held.as_ref());
        let changed = values.iter().any(|value| value.changed);
        let names = self.names_among(delivery, &row.channel, &values).await?;
        let beyond = values.len().saturating_sub(VALUES);
        // What is different is never what is left out.
        values.sort_by_key(|value| beyond > 0 && !value.changed);
        values.truncate(VALUES);
        let mut name = marked.name();
        relate(&mut name, &marked, |id| names.get(id));
        let news = match (held, changed) {
            (None, _) => News::New,
            (Some(_), true) => News::Changed,
            (Some(_), false) => News::Same,
        };
        Ok(Received { name, state: row.state, news, values, beyond, names })
    }

    /// The object of a row with the markings that came with it or are held from its sender.
    async fn marked_among(
        &self,
        delivery: &Delivery<'_>,
        row: &ObjectRow,
    ) -> Result<Option<Marked>, NodeError> {
        let Ok(object) = Object::parse(&row.raw) else { return Ok(None) };
        let mut definitions = self.definitions(&object, &row.channel).await?;
        let came = object.references().into_iter().filter_map(|reference| {
            let row = delivery.rows.get(reference.target.as_str())?;
            Object::parse(&row.raw).ok().filter(|o| o.kind() == "marking-definition")
        });
        definitions.extend(came);
        Ok(Some(Marked::new(object, Arc::new(definitions))))
    }

    /// The version of an object that is held from its sender beside this one: the newest, or of
    /// what was accepted the one before it.
    async fn held_before(
        &self,
        delivery: &Delivery<'_>,
        row: &ObjectRow,
    ) -> Result<Option<ObjectRow>, NodeError> {
        if !self.sees(&delivery.view, &row.id).await? {
            return Ok(None);
        }
        let mut versions = self.store.versions(&row.id).await?;
        versions.retain(|v| v.channel == row.channel);
        let place = versions.iter().position(|v| v.version == row.version);
        if row.state != ObjectState::Pending {
            versions.truncate(place.unwrap_or(0));
        }
        let other = |v: &ObjectRow| v.version != row.version && v.state == ObjectState::Held;
        Ok(versions.into_iter().rev().find(other))
    }

    /// Names of what the values refer to, by its sender's own words.
    async fn names_among(
        &self,
        delivery: &Delivery<'_>,
        channel: &str,
        values: &[ReceivedValue],
    ) -> Result<BTreeMap<String, ObjectName>, NodeError> {
        let mut names = BTreeMap::new();
        for value in values.iter().filter(|v| v.path.ends_with("_ref") || is_list(&v.path)) {
            let shown = [&value.now, &value.before].into_iter().flatten();
            let texts = shown.flat_map(|shown| match &shown.value {
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                value => Vec::from_iter(value.as_str()),
            });
            for id in Vec::from_iter(texts) {
                if !names.contains_key(id) {
                    let name = self.name_among(delivery, channel, id).await?;
                    names.extend(name.map(|name| (id.to_owned(), name)));
                }
            }
        }
        Ok(names)
    }

    async fn name_among(
        &self,
        delivery: &Delivery<'_>,
        channel: &str,
        id: &str,
    ) -> Result<Option<ObjectName>, NodeError> {
        let held = match delivery.rows.get(id) {
            Some(row) => Some((*row).clone()),
            None if self.sees(&delivery.view, id).await? => {
                self.store.object(id, Some(channel)).await?
            }
            None => None,
        };
        let open = |r: &ObjectRow| matches!(r.state, ObjectState::Pending | ObjectState::Held);
        // Pending in another delivery: nobody has accepted that name.
        let own = delivery.rows.contains_key(id);
        let held = held.filter(|row| open(row) && (own || row.state == ObjectState::Held));
        let Some(row) = held else { return Ok(None) };
        Ok(self.marked_among(delivery, &row).await?.map(|marked| marked.name()))
    }
}

fn is_list(path: &str) -> bool {
    path.ends_with("_refs")
}

/// The values of an object beside those that are held of it.
fn compared(marked: &Marked, held: Option<&Marked>) -> Vec<ReceivedValue> {
    let mut before: BTreeMap<String, Value> =
        held.map(|held| leaves(&held.object, TEXT).into_iter().collect()).unwrap_or_default();
    let mut values = Vec::new();
    for (selector, value) in leaves(&marked.object, TEXT) {
        let was = before.remove(&selector);
        let changed = held.is_some() && was.as_ref() != Some(&value);
        let was = was.filter(|_| changed);
        let mut marking = marked.at(&selector);
        if let (Some(held), Some(_)) = (held, &was) {
            join(&mut marking, &held.at(&selector));
        }
        values.push(ReceivedValue {
            now: Some(shown(&selector, value)),
            before: was.map(|was| shown(&selector, was)),
            changed,
            marking,
            path: path(&selector),
        });
    }
    values.extend(before.into_iter().map(|(selector, was)| ReceivedValue {
        now: None,
        changed: true,
        marking: held.map(|held| held.at(&selector)).unwrap_or_default(),
        path: path(&selector),
        before: Some(shown(&selector, was)),
    }));
    values
}

/// A path for people, cut where the partner made it endless.
fn path(selector: &str) -> String {
    let path = readable(selector);
    match path.char_indices().nth(PATH) {
        Some((end, _)) => format!("{}…", path.get(..end).unwrap_or_default()),
        None => path,
    }
}

/// A value, cut where it is long.
fn shown(selector: &str, value: Value) -> ShownValue {
    let most = if selector.ends_with("payload_bin") { CONTENT } else { TEXT };
    match value {
        Value::String(text) => match text.char_indices().nth(most) {
            Some((end, _)) => ShownValue {
                cut: Some(Cut::Characters(text.chars().count())),
                value: text.get(..end).unwrap_or_default().into(),
            },
            None => ShownValue { value: text.into(), cut: None },
        },
        Value::Array(items) if items.len() > ITEMS => ShownValue {
            cut: Some(Cut::Items(items.len())),
            value: items.into_iter().take(ITEMS).collect(),
        },
        value => ShownValue { value, cut: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(more: Value) -> Object {
        let mut view = json!({
            "type": "note", "spec_version": "2.1",
            "id": "note--3b1a2f0e-8a44-4f0e-9a44-2f0e8a443b1a",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "object_refs": ["note--3b1a2f0e-8a44-4f0e-9a44-2f0e8a443b1b"],
        });
        view.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Object::from_view(view.as_object().unwrap().clone()).unwrap()
    }

    fn values(now: Value, held: Option<Value>) -> Vec<ReceivedValue> {
        let marked = |more| Marked::new(object(more), Arc::new(Vec::new()));
        compared(&marked(now), held.map(marked).as_ref())
    }

    fn value<'a>(values: &'a [ReceivedValue], path: &str) -> &'a ReceivedValue {
        values.iter().find(|v| v.path == path).unwrap()
    }

    #[test]
    fn every_value_is_shown_also_references_and_nothing_of_a_new_object_is_called_changed() {
        let found = values(json!({"content": "a", "labels": ["x", "y"]}), None);
        let paths: Vec<&str> = found.iter().map(|v| v.path.as_str()).collect();
        for path in ["content", "labels", "object_refs", "created", "modified"] {
            assert!(paths.contains(&path), "{paths:?}");
        }
        assert!(found.iter().all(|v| !v.changed && v.before.is_none()));
    }

    #[test]
    fn what_is_another_is_shown_with_what_is_held_and_what_is_gone_too() {
        let held = json!({"content": "a", "abstract": "b", "authors": ["c"]});
        let found = values(json!({"content": "a2", "authors": ["c"], "lang": "es"}), Some(held));
        let text = |shown: &Option<ShownValue>| shown.as_ref().map(|s| s.value.clone());
        let changed = value(&found, "content");
        assert_eq!(text(&changed.now), Some(json!("a2")));
        assert_eq!(text(&changed.before), Some(json!("a")));
        assert!(!value(&found, "authors").changed);
        let gone = value(&found, "abstract");
        assert!(gone.changed && gone.now.is_none());
        assert_eq!(text(&gone.before), Some(json!("b")));
        let added = value(&found, "lang");
        assert!(added.changed && added.before.is_none());
    }

    #[test]
    fn what_is_long_is_cut_and_its_length_is_said() {
        let long = "ñ".repeat(TEXT + 1);
        let found = values(json!({"content": long, "authors": [long, "short"]}), None);
        for path in ["content", "authors[0]"] {
            let shown = value(&found, path).now.as_ref().unwrap();
            assert_eq!(shown.cut, Some(Cut::Characters(TEXT + 1)), "{path}");
            assert_eq!(shown.value.as_str().unwrap().chars().count(), TEXT);
        }
        let many: Vec<usize> = (0..=ITEMS).collect();
        let found = values(json!({"x_many": many, "payload_bin": "A".repeat(41)}), None);
        let cut = |path| value(&found, path).now.as_ref().unwrap().cut;
        assert_eq!(cut("x_many"), Some(Cut::Items(ITEMS + 1)));
        assert_eq!(cut("payload_bin"), Some(Cut::Characters(41)));
        let json = serde_json::to_value(value(&found, "payload_bin")).unwrap();
        assert_eq!(json["characters"], 41, "{json}");
    }

    #[test]
    fn a_path_that_the_partner_made_endless_is_cut() {
        let found = values(json!({"x".repeat(300): 1}), None);
        assert!(found.iter().any(|v| v.path.ends_with('…') && v.path.chars().count() == PATH + 1));
    }
}
