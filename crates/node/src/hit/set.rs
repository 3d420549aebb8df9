//! What a partner may find: what is held here as our own, could be released to it under the agreement
//! for the purpose, and bears a kind of key that the agreement opens.
//!
//! Never in it: protected persons and sources with everything that is one step from them, objects
//! under a hold, what is overdue for review, what came from others. What is in a compartment is not
//! in it either, unless its lead wants partners to be referred to us.

use std::collections::{BTreeSet, HashMap, HashSet};

use enlace_oprf::{Value, Verdict};
use enlace_policy::{AgreementState, MatchTerm, kinds};
use enlace_release::Outcome;
use enlace_stix::Object;
use enlace_stix::types::definition_id;
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState, RecordQuery, Veil};

use serde_json::Value as Json;

use super::keys::{MatchKey, Side, keys_of, operation_held};
use crate::record::Bucket;
use crate::standing::Standing;
use crate::view::View;
use crate::{Node, NodeError, ReleaseRequest};

/// Objects looked at together.
const CHUNK: usize = 1000;
/// Most records of a kind that are read.
const MOST: usize = 1_000_000;
/// What refers to one protected person.
const AROUND: usize = 10_000;

/// What keeps objects of ours out of every set, as it stands now.
pub(super) struct Kept {
    /// Protected persons, and what is one step from them.
    out: HashSet<String>,
    /// Why an object is hidden inside this node.
    hidden: HashMap<String, BTreeSet<String>>,
    /// Compartments for which partners are referred to us.
    referring: BTreeSet<String>,
}

impl Kept {
    /// Whether an object may be found, and how.
    fn verdict(&self, id: &str) -> Option<Verdict> {
        if self.out.contains(id) {
            return None;
        }
        match self.hidden.get(id) {
            None => Some(Verdict::Hit),
            Some(reasons) if reasons.is_subset(&self.referring) => Some(Verdict::Refer),
            Some(_) => None,
        }
    }
}

impl Node {
    /// What keeps objects out of every set.
    pub(super) async fn match_kept(&self) -> Result<Kept, NodeError> {
        let mut persons = BTreeSet::new();
        let query =
            RecordQuery { bucket: Bucket::PROTECTED, limit: MOST, ..RecordQuery::default() };
        for found in self.store.records(query).await? {
            persons.insert(found.key);
        }
        let mut out = HashSet::new();
        for person in &persons {
            out.insert(person.clone());
            for row in self.store.versions(person).await? {
                out.extend(named_by(&row));
            }
            for found in self.store.referring(person, &Veil::default(), AROUND).await? {
                // A report about several does not make each of them protected; a bond does.
                if found.object.kind == "relationship" {
                    out.extend(named_by(&found.object));
                }
                out.insert(found.object.id);
            }
        }
        out.remove(&self.me.identity_id);
        Ok(Kept {
            out,
            hidden: self.match_hidden().await?,
            referring: self.referring_compartments().await?,
        })
    }

    /// Every reason that hides an object from somebody now.
    async fn match_hidden(&self) -> Result<HashMap<String, BTreeSet<String>>, NodeError> {
        let mut hidden: HashMap<String, BTreeSet<String>> = HashMap::new();
        let mut add = |id: &str, reason: &str| {
            hidden.entry(id.to_owned()).or_default().insert(reason.to_owned());
        };
        self.each_veil(self.now_us(), &mut add).await?;
        Ok(hidden)
    }

    /// What a partner may find under an agreement for a purpose. Nothing, while we suspended it in
    /// silence.
    pub(super) async fn match_held(
        &self,
        kept: &Kept,
        standing: &Standing,
        term: &MatchTerm,
        partner: &str,
        purpose: &str,
    ) -> Result<Vec<(Value, Verdict)>, NodeError> {
        let mut held = Vec::new();
        if standing.state != AgreementState::Active {
            return Ok(held);
        }
        let mut after = None;
        loop {
            let query = ObjectQuery {
                channel: Some(OWN.to_owned()),
                state: Some(ObjectState::Held),
                after,
                limit: CHUNK,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let mut found = Vec::new();
            for row in &rows {
                if kinds::PAPERS.contains(&row.kind.as_str()) {
                    continue;
                }
                let Some(verdict) = kept.verdict(&row.id) else { continue };
                let keys = opened(row, term);
                if !keys.is_empty() {
                    found.push((row.id.clone(), verdict, keys));
                }
            }
            if term.kinds.iter().any(|kind| kind == kinds::OPERATION) {
                held.extend(self.operations_in(kept, &rows).await?);
            }
            self.without_sources(&mut found).await?;
            let leaves = self.could_leave(standing, partner, purpose, &found).await?;
            for (_, verdict, keys) in found.iter().filter(|(id, ..)| leaves.contains(id)) {
                held.extend(keys.iter().filter_map(|key| Some((key.value()?, *verdict))));
            }
            match rows.last() {
                Some(last) if rows.len() == CHUNK => after = Some(last.row),
                _ => return Ok(held),
            }
        }
    }

    /// The planned operations of our cases. They never leave: the clause on hit/no-hit alone opens them, and
    /// a hold or compartment shuts them.
    async fn operations_in(
        &self,
        kept: &Kept,
        rows: &[ObjectRow],
    ) -> Result<Vec<(Value, Verdict)>, NodeError> {
        let mut held = Vec::new();
        for row in rows.iter().filter(|row| row.kind == "grouping") {
            let Some(verdict) = kept.verdict(&row.id) else { continue };
            let Ok(object) = Object::parse(&row.raw) else { continue };
            for (place, from, until) in planned_in(&object) {
                let Some(place) = self.store.object(&place, Some(OWN)).await? else { continue };
                let Ok(place) = Object::parse(&place.raw) else { continue };
                for key in operation_held(&place, from.as_deref(), until.as_deref()) {
                    held.extend(key.value().map(|value| (value, verdict)));
                }
            }
        }
        Ok(held)
    }

    /// Leaves out what a source's handler is told of.
    async fn without_sources(
        &self,
        found: &mut Vec<(String, Verdict, Vec<MatchKey>)>,
    ) -> Result<(), NodeError> {
        let tags: Vec<String> =
            found.iter().map(|(id, ..)| hex::encode(self.source_tag("object", id))).collect();
        let linked = self.store.record_each(Bucket::SOURCE_LINK, &tags).await?;
        let mut linked = linked.into_iter();
        found.retain(|_| linked.next().flatten().is_none());
        Ok(())
    }

    /// Which of these the one exit would let leave.
    async fn could_leave(
        &self,
        standing: &Standing,
        partner: &str,
        purpose: &str,
        found: &[(String, Verdict, Vec<MatchKey>)],
    ) -> Result<HashSet<String>, NodeError> {
        if found.is_empty() {
            return Ok(HashSet::new());
        }
        let request = ReleaseRequest {
            agreement: standing.agreement.id.to_string(),
            partner: Some(partner.to_owned()),
            purpose: Some(purpose.to_owned()),
            ids: found.iter().map(|(id, ..)| id.clone()).collect(),
            exact: true,
            ..ReleaseRequest::default()
        };
        let planned = self.planned(&View::whole(), &request).await?;
        let leaves = planned.plan.objects.iter().filter_map(|object| match object.outcome {
            Outcome::Withheld(_) => None,
            Outcome::Released { .. } | Outcome::Unchanged { .. } => {
                Some(object.original.to_string())
            }
        });
        Ok(leaves.collect())
    }
}

/// Place, beginning and end of each operation that a case plans.
fn planned_in(object: &Object) -> Vec<(String, Option<String>, Option<String>)> {
    let case = object.extension(&definition_id("case"));
    let planned = case.and_then(|case| case.get("operations")).and_then(Json::as_array);
    let text = |one: &Json, name: &str| one.get(name).and_then(Json::as_str).map(str::to_owned);
    let planned = planned.into_iter().flatten();
    let planned = planned.filter_map(|one| {
        Some((text(one, "place_ref")?, text(one, "starts_at"), text(one, "ends_at")))
    });
    planned.collect()
}

/// The keys of a row that the agreement opens.
fn opened(row: &ObjectRow, term: &MatchTerm) -> Vec<MatchKey> {
    let Ok(object) = Object::parse(&row.raw) else { return Vec::new() };
    let mut keys = keys_of(&object, Side::Held);
    keys.retain(|key| term.kinds.contains(&key.kind));
    keys
}

/// What an object names.
fn named_by(row: &ObjectRow) -> Vec<String> {
    let Ok(object) = Object::parse(&row.raw) else { return Vec::new() };
    let named = object
        .references()
        .into_iter()
        .filter(|r| r.path != "created_by_ref" && r.target.kind() != "marking-definition");
    named.map(|reference| reference.target.to_string()).collect()
}
