//! Holds: a named officer keeps a whole set from being released.
//!
//! A hold points at nobody: it covers a set of at least [`LEAST`] objects with everything they refer
//! to, and never exactly one person. Who drafts a release reads that an officer holds it back, not
//! which one and not why.

use std::collections::{BTreeSet, HashSet};

use enlace_policy::Clause;
use enlace_policy::roles::Action;
use enlace_release::{Candidate, ObjectPlan, Outcome, Plan, Withheld};
use enlace_store::{Batch, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Fewest objects of a hold.
const LEAST: usize = 5;
const MOST: usize = 100_000;
/// Objects asked for at once.
const CHUNK: usize = 1000;

#[derive(Debug, Serialize, Deserialize)]
struct Hold {
    by: String,
    at_us: i64,
    objects: BTreeSet<String>,
}

/// A hold for who placed it.
#[derive(Debug, Clone, Serialize)]
pub struct HoldLine {
    /// The hold.
    pub id: String,
    /// When it was placed.
    pub since: String,
    /// What it covers.
    pub objects: Vec<String>,
}

impl Node {
    /// Holds a set back: the objects and everything that they refer to. Needs no approval: stopping
    /// never does. Answers its id and how many objects it covers.
    pub async fn hold_place(
        &self,
        actor: &Actor,
        ids: &[String],
    ) -> Result<(String, usize), NodeError> {
        actor.require(Action::Hold)?;
        let view = self.view_of(actor).await?;
        let mut set = BTreeSet::new();
        for id in ids {
            set.insert(self.visible(&view, id).await?.id);
        }
        for candidate in self.gather(&view, ids, false).await? {
            set.insert(candidate.object.id().to_string());
        }
        set.remove(&self.me.identity_id);
        self.hold_writes(actor, set).await
    }

    /// As [`Node::hold_place`], of a set that is known.
    pub(crate) async fn hold_writes(
        &self,
        actor: &Actor,
        objects: BTreeSet<String>,
    ) -> Result<(String, usize), NodeError> {
        let persons = objects.iter().filter(|id| id.starts_with("identity--")).count();
        if objects.len() < LEAST || persons == 1 {
            let expected = format!(
                "a report with everything it refers to: at least {LEAST} objects and never one \
                 person, so that the hold points at nobody (rule hold.whole-set)"
            );
            return Err(NodeError::state("the set", "too small", expected));
        }
        let id = clock::new_uuid()?.to_string();
        let mut writes = Vec::with_capacity(objects.len() + 2);
        for object in &objects {
            writes.push(record::put(Bucket::HELD, &format!("{object}/{id}"), &(), None)?);
        }
        let act = Act::new("hold-placed").by(actor).field("hold", id.as_str());
        let listed: Vec<&str> = objects.iter().map(String::as_str).collect();
        writes.push(self.node_leaf(act.field("objects", listed))?);
        let count = objects.len();
        let hold = Hold { by: actor.account().to_owned(), at_us: self.now_us(), objects };
        writes.push(record::put(Bucket::HOLD, &id, &hold, None)?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok((id, count))
    }

    /// The actor's own holds, newest first; whose the others are is not shown to anybody.
    pub async fn hold_list(&self, actor: &Actor) -> Result<Vec<HoldLine>, NodeError> {
        actor.require(Action::Hold)?;
        let query = RecordQuery { bucket: Bucket::HOLD, limit: MOST, ..RecordQuery::default() };
        let mut lines = Vec::new();
        for found in self.store.records(query).await? {
            let hold: Hold = record::read(&found)?;
            if hold.by == actor.account() {
                let (since, objects) = (clock::text(hold.at_us), hold.objects);
                lines.push(HoldLine { id: found.key, since, objects: Vec::from_iter(objects) });
            }
        }
        lines.sort_by(|a, b| b.since.cmp(&a.since));
        Ok(lines)
    }

    /// Ends a hold; who placed it decides.
    pub async fn hold_lift(&self, actor: &Actor, id: &str) -> Result<(), NodeError> {
        actor.require(Action::Hold)?;
        let missing = || NodeError::not_found("hold", id);
        let found = self.store.record(Bucket::HOLD, id).await?.ok_or_else(missing)?;
        let hold: Hold = record::read(&found)?;
        if hold.by != actor.account() {
            return Err(missing());
        }
        let delete = |key: String| Write::Delete { bucket: Bucket::HELD, key };
        let keys = hold.objects.iter().map(|object| format!("{object}/{id}"));
        let mut writes: Vec<Write> = keys.map(delete).collect();
        writes.push(Write::Delete { bucket: Bucket::HOLD, key: id.to_owned() });
        let act = Act::new("hold-lifted").by(actor).field("hold", id);
        writes.push(self.node_leaf(act)?);
        let guards = vec![record::unchanged(Bucket::HOLD, &found)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Which of a set's objects are held back.
    pub(crate) async fn held_back(
        &self,
        candidates: &[Candidate],
    ) -> Result<HashSet<String>, NodeError> {
        let mut held = HashSet::new();
        let any = RecordQuery { bucket: Bucket::HELD, limit: 1, ..RecordQuery::default() };
        if self.store.records(any).await?.is_empty() {
            return Ok(held);
        }
        for candidates in candidates.chunks(CHUNK) {
            let queries: Vec<RecordQuery> = candidates.iter().map(holds_of).collect();
            let found = self.store.records_each(queries).await?;
            for (candidate, holds) in candidates.iter().zip(found) {
                if !holds.is_empty() {
                    held.insert(candidate.object.id().to_string());
                }
            }
        }
        Ok(held)
    }
}

/// The question whether a candidate is held back.
fn holds_of(candidate: &Candidate) -> RecordQuery {
    let prefix = format!("{}/", candidate.object.id());
    RecordQuery { bucket: Bucket::HELD, prefix, limit: 1, ..RecordQuery::default() }
}

/// Says of held objects that an officer holds them, and nothing else: what else would keep them here
/// could tell why.
pub(crate) fn say_held(plan: &mut Plan) {
    let clause = || Clause::private("held-back", "private-held-back");
    for ObjectPlan { outcome, lines, .. } in &mut plan.objects {
        let Outcome::Withheld(Withheld { clauses, .. }) = &*outcome else { continue };
        if !clauses.contains(&clause()) {
            continue;
        }
        let reason = clause().code;
        *outcome = Outcome::Withheld(Withheld { clauses: vec![clause()], reason });
        for line in lines {
            line.clause = clause();
            line.others = Vec::new();
        }
    }
}
