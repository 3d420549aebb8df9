//! Names of what a text's object refers to or is about, where that is not in the set of the release:
//! an update is planned without it, and an officer may not see it. It stays, so no text may name it.

use std::collections::{BTreeMap, BTreeSet};

use enlace_release::{Candidate, Silence, Unspeakable};
use enlace_stix::Object;
use enlace_store::{ObjectState, Veil};

use crate::unspeakable::text_of;
use crate::{Node, NodeError};

/// Objects that are followed from the texts of one release.
const MOST: usize = 100_000;
/// Objects that are asked for at once.
const CHUNK: usize = 1_000;
/// Relationships of one object that are followed.
const RELATED: usize = 10_000;

/// What stands around a set and stays.
pub(crate) struct Around {
    silence: Silence,
    /// Those that bear a name which the texts tell and the partner does not have.
    unknown: BTreeSet<String>,
}

impl Around {
    /// Calls `plan` with what may not be told, beside what `other` says of it.
    pub(crate) fn with<T>(
        &self,
        other: Option<Unspeakable<'_>>,
        plan: impl FnOnce(Unspeakable<'_>) -> T,
    ) -> T {
        let mut silences = other.map(|o| o.silences.to_vec()).unwrap_or_default();
        silences.push(&self.silence);
        let knows =
            |id: &str| !self.unknown.contains(id) && other.is_none_or(|other| (other.knows)(id));
        plan(Unspeakable { silences: &silences, knows: &knows })
    }
}

impl Node {
    /// What the objects with a text refer to, and the persons who are related to them and to the
    /// people, groups and incidents among that, as far as the set does not hold it; whatever anybody
    /// may see here. `lineage`: under which the partner has
    /// what it has; `None` = for a person, who has nothing. `None` where no text names any of it.
    pub(crate) async fn around(
        &self,
        candidates: &[Candidate],
        partner: &str,
        lineage: Option<&str>,
    ) -> Result<Option<Around>, NodeError> {
        let texts: Vec<String> = candidates.iter().filter_map(text_of).collect();
        if texts.is_empty() {
            return Ok(None);
        }
        let mut around = Around { silence: Silence::default(), unknown: BTreeSet::new() };
        for object in self.standing_around(candidates).await? {
            around.silence.add(&object);
        }
        let named: BTreeSet<String> =
            texts.iter().flat_map(|text| around.silence.named(text)).map(str::to_owned).collect();
        if named.is_empty() {
            return Ok(None);
        }
        let mut known = Silence::default();
        let ids: Vec<String> = named.into_iter().filter(|_| lineage.is_some()).collect();
        let had = self.store.twin_each(partner, lineage.unwrap_or_default(), &ids).await?;
        for twin in had.into_iter().flatten().filter(|twin| !twin.recalled) {
            let Some(last) = self.last_published(&twin).await? else { continue };
            // The names that it has of it, and no others.
            let (had, _) = self.opened(partner, &last.body).await?;
            if let Ok(had) = Object::parse(had.bytes()) {
                known.add(&had);
            }
        }
        let unknown = texts.iter().flat_map(|text| around.silence.named_beyond(text, &known));
        around.unknown = unknown.map(str::to_owned).collect();
        Ok((!around.unknown.is_empty()).then_some(around))
    }

    /// Held objects outside the set that the objects with a text lead to.
    async fn standing_around(&self, candidates: &[Candidate]) -> Result<Vec<Object>, NodeError> {
        let set: BTreeMap<&str, &Object> =
            candidates.iter().map(|c| (c.object.id().as_str(), &c.object)).collect();
        let (mut seen, mut next) = (BTreeSet::new(), BTreeSet::new());
        let mut near = BTreeSet::new();
        for candidate in candidates.iter().filter(|candidate| text_of(candidate).is_some()) {
            let leads_to = followed(&candidate.object);
            near.insert(candidate.object.id().to_string());
            near.extend(leads_to.iter().filter(|id| is_about_people(id)).cloned());
            next.extend(leads_to);
        }
        next.extend(self.persons_related(&near).await?);
        let mut found = Vec::new();
        // In circles around the set, each asked for at once.
        while !next.is_empty() && seen.len() < MOST {
            let mut outside = Vec::new();
            for id in std::mem::take(&mut next) {
                if seen.len() == MOST || !seen.insert(id.clone()) {
                    continue;
                }
                match set.get(id.as_str()) {
                    Some(object) => next.extend(followed(object)),
                    None => outside.push(id),
                }
            }
            for object in self.held_each(&outside).await? {
                next.extend(followed(&object));
                found.push(object);
            }
        }
        Ok(found)
    }

    /// Natural persons at the other end of the relationships of these objects.
    async fn persons_related(&self, near: &BTreeSet<String>) -> Result<Vec<String>, NodeError> {
        let mut others = BTreeSet::new();
        for id in near {
            for found in self.store.referring(id, &Veil::default(), RELATED).await? {
                if found.object.kind != "relationship" {
                    continue;
                }
                let Ok(relationship) = Object::parse(&found.object.raw) else { continue };
                let ends = ["source_ref", "target_ref"].into_iter();
                let ends = ends.filter_map(|end| relationship.text(end));
                let other = |end: &&str| *end != id && end.starts_with("identity--");
                others.extend(ends.filter(other).map(str::to_owned));
            }
        }
        let others = self.held_each(&Vec::from_iter(others)).await?;
        Ok(others.iter().filter(|o| is_person(o)).map(|person| person.id().to_string()).collect())
    }

    /// Of these, the objects that are held.
    async fn held_each(&self, ids: &[String]) -> Result<Vec<Object>, NodeError> {
        let mut found = Vec::new();
        for ids in ids.chunks(CHUNK) {
            let rows = self.store.object_each(ids, None).await?.into_iter().flatten();
            let held = rows.filter(|row| row.state == ObjectState::Held);
            found.extend(held.filter_map(|row| Object::parse(&row.raw).ok()));
        }
        Ok(found)
    }
}

/// Whether persons related to it are what a text about it may be about.
fn is_about_people(id: &str) -> bool {
    ["identity--", "incident--", "case--"].iter().any(|kind| id.starts_with(kind))
}

/// What is not said to be a group, an organisation or a thing is taken for a person.
fn is_person(object: &Object) -> bool {
    let others = ["group", "system", "organization", "class"];
    !object.text("identity_class").is_some_and(|class| others.contains(&class))
}

/// What an object refers to, but for who made it and how it is marked.
fn followed(object: &Object) -> Vec<String> {
    let mut references = object.references();
    references.retain(|reference| {
        reference.path != "created_by_ref" && reference.target.kind() != "marking-definition"
    });
    references.into_iter().map(|reference| reference.target.to_string()).collect()
}
