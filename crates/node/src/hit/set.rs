//! What a partner may find: what is held here as our own, could be released to it under the agreement
//! for the purpose, and bears a kind of key that the agreement opens.
//!
//! Never in it: protected persons and sources with everything that is one step from them, and every
//! other object by a key of these; objects under a hold, what is overdue for review, what came from
//! others. What is in a compartment is not
//! in it either, unless its lead wants partners to be referred to us.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use enlace_oprf::{Value, Verdict};
use enlace_policy::{AgreementState, MatchTerm, kinds};
use enlace_release::{ObjectPlan, Outcome};
use enlace_stix::Object;
use enlace_stix::types::definition_id;
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState, RecordQuery, Veil};

use serde_json::Value as Json;

use super::keys::{MatchKey, Side, keys_of, operation_held};
use crate::record::Bucket;
use crate::release_set::Planned;
use crate::standing::Standing;
use crate::{Node, NodeError, ReleaseRequest};

/// Objects looked at together.
const CHUNK: usize = 1000;
/// Most records of a kind that are read.
const MOST: usize = 1_000_000;
/// What refers to one protected person.
const AROUND: usize = 10_000;

/// Why an operation may be found though its case never leaves: the clause on hit/no-hit itself opens it.
const NO_BAR: &[&str] = &["clause-type", "default-deny", "private-unmarked"];

/// Who may ask, under which agreement, for what.
pub(super) struct Asked<'a> {
    pub(super) partner: &'a str,
    pub(super) standing: &'a Standing,
    pub(super) term: &'a MatchTerm,
    pub(super) purpose: &'a str,
}

/// What keeps objects of ours out of every set, as it stands now.
pub(super) struct Kept {
    /// Protected persons and sources, and what is one step from them.
    out: HashSet<String>,
    /// Keys of all these, whichever object bears them: a witness who is held twice is one person.
    never: HashSet<MatchKey>,
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

    /// The same of what is found by several objects together: the strictest counts.
    fn verdict_of(&self, ids: &[&str]) -> Option<Verdict> {
        let verdicts: Option<Vec<Verdict>> = ids.iter().map(|id| self.verdict(id)).collect();
        let refers = verdicts?.contains(&Verdict::Refer);
        Some(if refers { Verdict::Refer } else { Verdict::Hit })
    }
}

impl Node {
    /// What keeps objects out of every set.
    pub(super) async fn match_kept(&self) -> Result<Kept, NodeError> {
        let mut shielded = self.linked_to_sources().await?;
        let query =
            RecordQuery { bucket: Bucket::PROTECTED, limit: MOST, ..RecordQuery::default() };
        for found in self.store.records(query).await? {
            shielded.insert(found.key);
        }
        let mut out = HashSet::new();
        for one in &shielded {
            out.insert(one.clone());
            for row in self.store.versions(one).await? {
                out.extend(named_by(&row));
            }
            for found in self.store.referring(one, &Veil::default(), AROUND).await? {
                // A report about several does not make each of them protected; a bond does.
                if found.object.kind == "relationship" {
                    out.extend(named_by(&found.object));
                }
                out.insert(found.object.id);
            }
        }
        out.remove(&self.me.identity_id);
        Ok(Kept {
            never: self.keys_of_all(&out).await?,
            out,
            hidden: self.match_hidden().await?,
            referring: self.referring_compartments().await?,
        })
    }

    /// Objects of which a source's handler is told. The register knows them by a keyed hash alone.
    async fn linked_to_sources(&self) -> Result<BTreeSet<String>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::SOURCE_LINK, limit: MOST, ..RecordQuery::default() };
        let tags = self.store.records(query).await?;
        let tags: HashSet<String> = tags.into_iter().map(|record| record.key).collect();
        let (mut linked, mut after) = (BTreeSet::new(), None);
        while !tags.is_empty() {
            let query = ObjectQuery { after, limit: CHUNK, ..ObjectQuery::default() };
            let rows = self.store.objects(query).await?;
            for row in &rows {
                if tags.contains(&hex::encode(self.source_tag("object", &row.id))) {
                    linked.insert(row.id.clone());
                }
            }
            match rows.last() {
                Some(last) if rows.len() == CHUNK => after = Some(last.row),
                _ => break,
            }
        }
        Ok(linked)
    }

    async fn keys_of_all(&self, ids: &HashSet<String>) -> Result<HashSet<MatchKey>, NodeError> {
        let (ids, mut keys) = (Vec::from_iter(ids.iter().cloned()), HashSet::new());
        for ids in ids.chunks(CHUNK) {
            for row in self.store.object_each(ids, None).await?.into_iter().flatten() {
                if let Ok(object) = Object::parse(&row.raw) {
                    keys.extend(keys_of(&object, Side::Held));
                }
            }
        }
        Ok(keys)
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

    /// What a partner may find under an agreement for a purpose. While we suspended it in silence only
    /// what the partner has from us: that this is held it knows, and that it were not would tell.
    pub(super) async fn match_held(
        &self,
        kept: &Kept,
        asked: &Asked<'_>,
    ) -> Result<Vec<(Value, Verdict)>, NodeError> {
        let term = asked.term;
        let silent = asked.standing.state != AgreementState::Active;
        let operations = !silent && term.kinds.iter().any(|kind| kind == kinds::OPERATION);
        let (mut held, mut after) = (Vec::new(), None);
        loop {
            let query = ObjectQuery {
                channel: Some(OWN.to_owned()),
                state: Some(ObjectState::Held),
                after,
                limit: CHUNK,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let mut found = BTreeMap::new();
            for row in rows.iter().filter(|row| !kinds::PAPERS.contains(&row.kind.as_str())) {
                let Some(verdict) = kept.verdict(&row.id) else { continue };
                let keys = opened(row, kept, term);
                if !keys.is_empty() {
                    found.insert(row.id.clone(), (verdict, keys));
                }
            }
            if operations {
                held.extend(self.operations_in(kept, asked, &rows).await?);
            }
            let ids = found.keys().cloned().collect();
            for id in self.could_leave(asked, &ids, silent).await? {
                let Some((verdict, keys)) = found.get(&id) else { continue };
                held.extend(keys.iter().filter_map(|key| Some((key.value()?, *verdict))));
            }
            match rows.last() {
                Some(last) if rows.len() == CHUNK => after = Some(last.row),
                _ => return Ok(held),
            }
        }
    }

    /// The planned operations of our cases. They never leave: the clause on hit/no-hit alone opens them,
    /// and whatever else bars the case or its place shuts them.
    async fn operations_in(
        &self,
        kept: &Kept,
        asked: &Asked<'_>,
        rows: &[ObjectRow],
    ) -> Result<Vec<(Value, Verdict)>, NodeError> {
        let mut held = Vec::new();
        for row in rows.iter().filter(|row| row.kind == "grouping") {
            let Ok(object) = Object::parse(&row.raw) else { continue };
            for (place, from, until) in planned_in(&object) {
                let Some(verdict) = kept.verdict_of(&[&row.id, &place]) else { continue };
                let Some(at) = self.store.object(&place, Some(OWN)).await? else { continue };
                let Ok(at) = Object::parse(&at.raw) else { continue };
                if !self.is_free(asked, [row.id.clone(), place]).await? {
                    continue;
                }
                for key in operation_held(&at, from.as_deref(), until.as_deref()) {
                    held.extend(key.value().map(|value| (value, verdict)));
                }
            }
        }
        Ok(held)
    }

    /// Whether nothing keeps these from the partner but that their type or marking was not agreed.
    async fn is_free(&self, asked: &Asked<'_>, ids: [String; 2]) -> Result<bool, NodeError> {
        let ids = BTreeSet::from(ids);
        let planned = self.planned_for(asked, &ids).await?;
        let free = |one: &ObjectPlan| match &one.outcome {
            Outcome::Released { .. } | Outcome::Unchanged { .. } => true,
            Outcome::Withheld(withheld) => {
                withheld.clauses.iter().all(|clause| NO_BAR.contains(&clause.code))
            }
        };
        let plans = planned.plan.objects.iter();
        let mut plans = plans.filter(|one| ids.contains(&one.original.to_string()));
        Ok(plans.clone().count() == ids.len() && plans.all(free))
    }

    /// Which of these the one exit would let leave, at least in part. `had`: only what the partner has.
    async fn could_leave(
        &self,
        asked: &Asked<'_>,
        ids: &BTreeSet<String>,
        had: bool,
    ) -> Result<BTreeSet<String>, NodeError> {
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let planned = self.planned_for(asked, ids).await?;
        let known = |id: &str| planned.previous.get(id).is_some_and(|before| !before.recalled);
        let leaves = planned.plan.released.iter().filter_map(|released| released.original());
        let leaves = leaves.filter(|id| ids.contains(*id) && (!had || known(id)));
        Ok(leaves.map(str::to_owned).collect())
    }

    /// What would leave of these if the partner had none of it, with all that forbids it today.
    async fn planned_for(
        &self,
        asked: &Asked<'_>,
        ids: &BTreeSet<String>,
    ) -> Result<Planned, NodeError> {
        let request = ReleaseRequest {
            partner: Some(asked.partner.to_owned()),
            purpose: Some(asked.purpose.to_owned()),
            ..ReleaseRequest::default()
        };
        self.planned_forbidding(asked.standing, &request, ids, true).await
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

/// The keys of a row that the agreement opens and that nothing keeps out. Also those of properties that
/// do not leave with the object: to be asked about without being shown is what the clause is for.
fn opened(row: &ObjectRow, kept: &Kept, term: &MatchTerm) -> Vec<MatchKey> {
    let Ok(object) = Object::parse(&row.raw) else { return Vec::new() };
    let mut keys = keys_of(&object, Side::Held);
    keys.retain(|key| term.kinds.contains(&key.kind) && !kept.never.contains(key));
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
