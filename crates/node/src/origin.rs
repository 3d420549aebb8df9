//! Whose content an object holds: its own channel, its maker, and those of everything that it was
//! made from (docs/design/consent.md). For a set each object on the way is read once.

use std::collections::{BTreeSet, HashMap};

use enlace_stix::{Object, types};
use enlace_store::{OWN, ObjectRow};
use serde_json::Value;

use crate::consent_use::{Makers, Source, Sources};
use crate::{Node, NodeError};

/// Most objects that one object is followed back to.
const MOST: usize = 10_000;
/// Most objects that are read ahead for one set; what lies behind is read when it is asked for.
const AHEAD: usize = 100_000;
/// Objects read at once: all versions of each.
const CHUNK: usize = 256;
/// Most relationships that go out from one object.
const RELATIONS: usize = 100_000;

/// What objects were made from, as far as it was read.
#[derive(Debug)]
pub(crate) struct Origins<'m> {
    makers: &'m Makers,
    known: HashMap<String, Origin>,
}

/// Where one object comes from.
#[derive(Debug)]
struct Origin {
    /// Whether any version of it is known.
    known: bool,
    /// Whose it is, if not ours.
    others: BTreeSet<Source>,
    /// What it was made from, if it is ours.
    inputs: Vec<String>,
}

impl<'m> Origins<'m> {
    /// Nothing is read yet.
    pub(crate) fn new(makers: &'m Makers) -> Self {
        Self { makers, known: HashMap::new() }
    }

    /// Takes up all versions of objects; answers which of the objects are ours.
    fn add(&mut self, ids: &[String], versions: &[Vec<ObjectRow>]) -> Vec<String> {
        let mut ours = Vec::new();
        for (id, rows) in ids.iter().zip(versions) {
            let objects: Vec<Option<Object>> =
                rows.iter().map(|row| Object::parse(&row.raw).ok()).collect();
            let versions: Vec<(&ObjectRow, Option<&Object>)> =
                rows.iter().zip(objects.iter().map(Option::as_ref)).collect();
            let others = self.makers.others_of(id, &versions);
            let mut inputs = Vec::new();
            if others.is_empty() {
                inputs.extend(objects.iter().flatten().flat_map(inputs_named));
                ours.push(id.clone());
            }
            self.known.insert(id.clone(), Origin { known: !rows.is_empty(), others, inputs });
        }
        ours
    }

    /// Those that were not read, each once.
    fn unknown(&self, ids: impl Iterator<Item = String>) -> Vec<String> {
        let unknown: BTreeSet<String> = ids.filter(|id| !self.known.contains_key(id)).collect();
        Vec::from_iter(unknown)
    }

    /// What these objects were made from.
    fn inputs(&self, ids: &[String]) -> Vec<String> {
        let read = ids.iter().filter_map(|id| self.known.get(id));
        read.flat_map(|origin| origin.inputs.iter().cloned()).collect()
    }
}

impl Node {
    /// Whose content an object holds: its own channel, its maker, and those of everything that it
    /// was made from, through any number of our own objects. Knows no view: what somebody may not
    /// see is another's all the same.
    pub(crate) async fn sources(&self, makers: &Makers, id: &str) -> Result<Sources, NodeError> {
        self.sources_in(&mut Origins::new(makers), id).await
    }

    /// [`Node::sources`] of an object of a set.
    pub(crate) async fn sources_in(
        &self,
        origins: &mut Origins<'_>,
        id: &str,
    ) -> Result<Sources, NodeError> {
        let mut found = Sources::default();
        let mut seen = BTreeSet::new();
        let first = id.to_lowercase();
        let mut queue = vec![first.clone()];
        while let Some(at) = queue.pop() {
            if !seen.insert(at.clone()) {
                continue;
            }
            if seen.len() > MOST {
                found.foreign.insert(Source { id: at, partner: None });
                return Ok(found);
            }
            if !origins.known.contains_key(&at) {
                self.read_origins(origins, std::slice::from_ref(&at)).await?;
            }
            let origin = origins.known.get(&at).ok_or(NodeError::Internal("origin"))?;
            let root = at == first;
            if !root {
                found.inputs.insert(at.clone());
            }
            found.foreign.extend(origin.others.iter().cloned());
            if !origin.known && !root {
                // What it was made from is not held: nobody can say whose it is.
                found.foreign.insert(Source { id: at, partner: None });
            } else if origin.others.is_empty() {
                queue.extend(origin.inputs.iter().cloned());
            }
        }
        Ok(found)
    }

    /// Reads where these objects come from, and what they were made from, through any number of our
    /// own objects: for a set one way to the store a step, not one an object.
    pub(crate) async fn read_ahead(
        &self,
        origins: &mut Origins<'_>,
        ids: Vec<String>,
    ) -> Result<(), NodeError> {
        let mut next = origins.unknown(ids.iter().map(|id| id.to_lowercase()));
        while !next.is_empty() {
            for chunk in std::mem::take(&mut next).chunks(CHUNK) {
                if origins.known.len() >= AHEAD {
                    return Ok(());
                }
                self.read_origins(origins, chunk).await?;
                next.extend(origins.inputs(chunk));
            }
            next = origins.unknown(next.into_iter());
        }
        Ok(())
    }

    /// What an object of ours names as its inputs, in any version: `input_refs` of its provenance,
    /// and `derived-from` relationships of ours. What was named once is not taken back by a version
    /// that is silent about it.
    async fn read_origins(
        &self,
        origins: &mut Origins<'_>,
        ids: &[String],
    ) -> Result<(), NodeError> {
        let versions = self.store.versions_each(ids).await?;
        let ours = origins.add(ids, &versions);
        let related = self.store.relations_from_each(OWN, &ours, RELATIONS).await?;
        for (id, rows) in ours.iter().zip(related) {
            let Some(origin) = origins.known.get_mut(id) else { continue };
            for row in rows {
                let Ok(relation) = Object::parse(&row.raw) else { continue };
                if relation.text("relationship_type") == Some("derived-from") {
                    origin.inputs.extend(relation.text("target_ref").map(str::to_lowercase));
                }
            }
        }
        Ok(())
    }
}

/// `input_refs` of the provenance of an object.
fn inputs_named(object: &Object) -> Vec<String> {
    let provenance = object.extension(&types::definition_id("provenance"));
    let refs = provenance.and_then(|p| p.get("input_refs")).and_then(Value::as_array);
    refs.into_iter().flatten().filter_map(Value::as_str).map(str::to_lowercase).collect()
}
