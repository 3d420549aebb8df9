//! A release that was sent, as it was then: what we held, what the partner got.

use std::collections::{BTreeMap, BTreeSet};

use enlace_release::Verdict;
use enlace_stix::marking::Effective;
use enlace_stix::types::definition_id;
use enlace_stix::{Id, Object};
use enlace_store::{ObjectState, Twin};
use serde_json::Value;

use crate::facts::{Marked, ObjectName, join};
use crate::release::Release;
use crate::release_view::{StoredObject, paths};
use crate::view::View;
use crate::{Node, NodeError};

/// One side of a line of a release that was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// It was this.
    Value(Value),
    /// There was nothing.
    Nothing,
    /// The content of then cannot be shown any more: erased, recalled, hidden, or it went to one
    /// person as a file.
    Gone,
}

/// Both sides of a property.
#[derive(Debug, Clone)]
pub struct Sides {
    /// What we held.
    pub held: Side,
    /// What the partner got.
    pub seen: Side,
    /// Effective marking of what we held, as far as it can be shown.
    pub marking: Option<Effective>,
}

/// What is known of a release that was sent.
#[derive(Debug, Clone, Default)]
pub struct AsSent {
    /// Objects that left with it or that the partner had already.
    pub left: BTreeSet<String>,
    /// By object and path.
    pub sides: BTreeMap<(String, String), Sides>,
    /// Path of a reference that led to an object; picked ones are not in it.
    pub through: BTreeMap<String, String>,
    /// Names of the objects that the values refer to: of originals as they are called here, of
    /// twins as the partner calls them.
    pub names: BTreeMap<String, ObjectName>,
}

impl Node {
    /// Values of a release as they were when it was sent, for who sees everything of it.
    pub(crate) async fn as_sent(
        &self,
        view: &View,
        release: &Release,
        stored: &[StoredObject],
    ) -> Result<AsSent, NodeError> {
        let mut found = AsSent::default();
        let (mut held, mut ids) = (BTreeMap::new(), BTreeSet::new());
        let tear_line = format!("extensions.{}", definition_id("tear-line"));
        let sums = self.listed_sums(release).await?;
        let all: Vec<String> = stored.iter().map(|object| object.name.id.to_string()).collect();
        let twins = self.store.twin_each(&release.partner, &release.lineage, &all).await?;
        let went: BTreeSet<&str> = release.twins.iter().map(|(id, _)| id.as_str()).collect();
        for (object, twin) in stored.iter().zip(twins) {
            let id = object.name.id.as_str();
            let ours = self.held_then(view, id, release).await?;
            // No value without the marking of what it was made from, nor what is hidden now.
            let theirs = match object.verdict {
                Verdict::Kept | Verdict::Changed if ours.is_some() => {
                    self.left_then(id, twin.as_ref(), release, &sums).await?
                }
                _ => None,
            };
            if twin.is_some() || went.contains(id) {
                found.left.insert(id.to_owned());
            }
            let markings = ours.as_ref().map(Marked::markings);
            for field in &object.fields {
                let before = side(ours.as_ref().map(|ours| &ours.object), &field.path);
                let after = match field.verdict {
                    Verdict::Withheld => Side::Nothing,
                    _ => side(theirs.as_ref(), &field.path),
                };
                let mut marking = None;
                if let (Some(ours), Some(markings)) = (&ours, &markings) {
                    let mut found = ours.of_path(markings, &field.path);
                    if field.clauses.first().is_some_and(|c| c.code == "clause-tear-line") {
                        join(&mut found, &markings.property(&tear_line));
                    }
                    marking = Some(found);
                }
                // An id stands for itself, not for what it names.
                for shown in [&before, &after].into_iter().filter(|_| field.path != "id") {
                    if let Side::Value(value) = shown {
                        references(value, &mut ids);
                    }
                }
                let key = (id.to_owned(), field.path.clone());
                found.sides.insert(key, Sides { held: before, seen: after, marking });
            }
            drop(markings);
            held.extend(ours.map(|ours| (id.to_owned(), ours)));
        }
        let picked = release.ids.iter().map(|id| id.to_lowercase()).collect();
        found.through = paths(&held, &picked);
        for id in ids {
            if let Some(name) = self.called(view, &id, release, &sums).await? {
                found.names.insert(id, name);
            }
        }
        Ok(found)
    }

    /// The version that was held when a release left.
    async fn held_then(
        &self,
        view: &View,
        id: &str,
        release: &Release,
    ) -> Result<Option<Marked>, NodeError> {
        let Some(sent) = &release.sent else { return Ok(None) };
        if id == self.identity.id().as_str() {
            return Ok(Some(Marked::new(self.identity.clone(), Default::default())));
        }
        let now = match self.visible(view, id).await {
            Ok(now) => now,
            Err(NodeError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let then = match now.received_us < sent.at_us {
            true => Some(now),
            false => {
                let mut all = self.store.versions(id).await?;
                all.retain(|row| row.channel == now.channel && row.received_us < sent.at_us);
                all.into_iter().max_by_key(|row| row.received_us)
            }
        };
        match then.filter(|row| row.state == ObjectState::Held) {
            Some(row) => self.marked(&row).await,
            None => Ok(None),
        }
    }

    /// What left of an object, if that very version is still where the partner fetches it. `sums`:
    /// hashes of what the release lists, by twin; what it found unchanged had left before.
    async fn left_then(
        &self,
        id: &str,
        twin: Option<&Twin>,
        release: &Release,
        sums: &BTreeMap<String, String>,
    ) -> Result<Option<Object>, NodeError> {
        if id == self.identity.id().as_str() {
            return Ok(Some(self.identity.clone()));
        }
        let (Some(sent), Some(twin)) = (&release.sent, twin) else { return Ok(None) };
        if twin.recalled || release.person.is_some() {
            return Ok(None);
        }
        // What is published together gets dates one after the other.
        let last = sent.at_us.saturating_add(release.twins.len() as i64 + 16);
        let sum = sums.get(&twin.twin);
        for member in self.members_of(&twin.collection, &twin.twin).await?.into_iter().rev() {
            let Ok(left) = self.unsealed(&release.partner, &member.body) else {
                tracing::error!(object = id, "a published row does not open");
                continue;
            };
            let is_it = match sum {
                Some(sum) => left.sha256() == *sum,
                None => member.date_added_us <= last,
            };
            if is_it {
                return Ok(Object::parse(left.bytes()).ok().filter(|object| !object.revoked()));
            }
        }
        Ok(None)
    }

    /// What a reference in a release is called: on our side by its name here, on the partner's by
    /// that of the twin.
    async fn called(
        &self,
        view: &View,
        id: &str,
        release: &Release,
        sums: &BTreeMap<String, String>,
    ) -> Result<Option<ObjectName>, NodeError> {
        // Ourselves: the id, as in a dry run. Who we are has no marking.
        if id == self.identity.id().as_str() {
            return Ok(None);
        }
        if let Some(name) = self.named(view, id).await? {
            return Ok(Some(name));
        }
        let twins = self.store.twins_of(id).await?;
        let ours = |t: &&Twin| t.twin == id && t.partner == release.partner;
        let Some(twin) = twins.iter().find(ours) else { return Ok(None) };
        let Some(name) = self.named(view, &twin.original).await? else { return Ok(None) };
        let under = self.store.twin(&release.partner, &release.lineage, &twin.original).await?;
        let left = self.left_then(&twin.original, under.as_ref(), release, sums).await?;
        // What has no name there is known by its id.
        let label = left.map(|left| left.label()).filter(|label| *label != name.kind);
        Ok(Some(ObjectName { label: label.unwrap_or_else(|| id.to_owned()), ..name }))
    }
}

fn side(object: Option<&Object>, path: &str) -> Side {
    let Some(object) = object else { return Side::Gone };
    value_at(object, path).map_or(Side::Nothing, |value| Side::Value(value.clone()))
}

/// The value of a property as lines of a plan name it: `name`, `person.names`, `provenance`.
fn value_at<'o>(object: &'o Object, path: &str) -> Option<&'o Value> {
    if let Some(found) = object.get(path) {
        return Some(found);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let definition = definition_id(first);
    match rest {
        "" => object.get("extensions")?.get(&definition),
        rest => object.extension(&definition)?.get(rest),
    }
}

/// The ids of objects in a value; markings have no name.
fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if Id::is_id(text) && !text.starts_with("marking-definition--") => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        Value::Object(members) => members.values().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_to_the_object_its_extension_or_the_whole_extension() {
        let (person, provenance) = (definition_id("person"), definition_id("provenance"));
        let text = json!({
            "type": "identity", "spec_version": "2.1", "name": "n",
            "id": "identity--5341317d-8a18-4a91-a7ff-6f1c9e2b7d10",
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "extensions": {
                person: {"extension_type": "property-extension", "birth_date": "1980-01-01"},
                provenance: {"extension_type": "property-extension", "source": "a.csv"},
            },
        });
        let object = Object::parse(&text.to_string()).unwrap();
        assert_eq!(value_at(&object, "name"), Some(&json!("n")));
        assert_eq!(value_at(&object, "person.birth_date"), Some(&json!("1980-01-01")));
        assert_eq!(value_at(&object, "provenance").unwrap()["source"], "a.csv");
        assert_eq!(value_at(&object, "person.names"), None);
        assert_eq!(side(Some(&object), "description"), Side::Nothing);
        assert_eq!(side(None, "name"), Side::Gone);
    }
}
