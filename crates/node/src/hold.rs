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
use crate::update::{Update, UpdateStage};
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

impl Hold {
    /// Whose it is. One that a restore brought back of an account that the backup does not have is of
    /// everybody who may hold: else nobody could end it.
    fn is_of(&self, actor: &Actor) -> bool {
        self.by == actor.account() || self.by == Actor::console().account()
    }
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
        let mut writes = self.hold_of(&id, actor.account().to_owned(), objects.clone())?;
        let act = Act::new("hold-placed").by(actor).field("hold", id.as_str());
        let listed: Vec<&str> = objects.iter().map(String::as_str).collect();
        writes.push(self.node_leaf(act.field("objects", listed))?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.withdraw_unseen().await?;
        // First, so that no change that came before is taken for one that came after.
        self.examine().await?;
        self.list_held(&objects).await?;
        Ok((id, objects.len()))
    }

    /// The writes of a hold.
    pub(crate) fn hold_of(
        &self,
        id: &str,
        by: String,
        objects: BTreeSet<String>,
    ) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::with_capacity(objects.len() + 3);
        for object in &objects {
            writes.push(record::put(Bucket::HELD, &format!("{object}/{id}"), &(), None)?);
        }
        let hold = Hold { by, at_us: self.now_us(), objects };
        writes.push(record::put(Bucket::HOLD, id, &hold, None)?);
        // Who is about to publish or to hand out looks again.
        writes.push(self.stop_write()?);
        Ok(writes)
    }

    /// Every hold with who placed it and what it covers.
    pub(crate) async fn holds(&self) -> Result<Vec<(String, String, BTreeSet<String>)>, NodeError> {
        let mut holds = Vec::new();
        for found in self.all_of(Bucket::HOLD).await? {
            let hold: Hold = record::read(&found)?;
            holds.push((found.key, hold.by, hold.objects));
        }
        Ok(holds)
    }

    /// Lists for an officer what partners have of a set: it stays there until somebody recalls it.
    async fn list_held(&self, objects: &BTreeSet<String>) -> Result<(), NodeError> {
        let (mut writes, slot_us) = (Vec::new(), self.now_us());
        for object in objects {
            for twin in self.store.twins_of(object).await? {
                if twin.original == *object && !twin.recalled {
                    let (partner, lineage, original) = (twin.partner, twin.lineage, twin.original);
                    let stage = UpdateStage::MayNotLeave(vec![held_clause().id]);
                    let rule = None;
                    let update = Update { partner, lineage, original, slot_us, rule, stage };
                    writes.push(update.put()?);
                }
            }
        }
        if !writes.is_empty() {
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        Ok(())
    }

    /// The actor's own holds, newest first; whose the others are is not shown to anybody.
    pub async fn hold_list(&self, actor: &Actor) -> Result<Vec<HoldLine>, NodeError> {
        actor.require(Action::Hold)?;
        let query = RecordQuery { bucket: Bucket::HOLD, limit: MOST, ..RecordQuery::default() };
        let mut lines = Vec::new();
        for found in self.store.records(query).await? {
            let hold: Hold = record::read(&found)?;
            if hold.is_of(actor) {
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
        if !hold.is_of(actor) {
            return Err(missing());
        }
        let delete = |key: String| Write::Delete { bucket: Bucket::HELD, key };
        let keys = hold.objects.iter().map(|object| format!("{object}/{id}"));
        let mut writes: Vec<Write> = keys.map(delete).collect();
        writes.push(Write::Delete { bucket: Bucket::HOLD, key: id.to_owned() });
        writes.extend(self.look_again(&hold.objects).await?);
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
            let queries: Vec<RecordQuery> =
                candidates.iter().map(|one| holds_of(one.object.id().as_str())).collect();
            let found = self.store.records_each(queries).await?;
            for (candidate, holds) in candidates.iter().zip(found) {
                if !holds.is_empty() {
                    held.insert(candidate.object.id().to_string());
                }
            }
        }
        Ok(held)
    }

    /// Whether an officer holds an object back.
    pub(crate) async fn is_held(&self, id: &str) -> Result<bool, NodeError> {
        Ok(!self.store.records(holds_of(id)).await?.is_empty())
    }
}

/// The question whether an object is held back.
fn holds_of(id: &str) -> RecordQuery {
    let (bucket, prefix) = (Bucket::HELD, format!("{id}/"));
    RecordQuery { bucket, prefix, limit: 1, ..RecordQuery::default() }
}

fn held_clause() -> Clause {
    Clause::private("held-back", "private-held-back")
}

/// Says of held objects that an officer holds them, and nothing else: what else would keep them here
/// could tell why.
pub(crate) fn say_held(plan: &mut Plan) {
    for ObjectPlan { outcome, lines, .. } in &mut plan.objects {
        let Outcome::Withheld(Withheld { clauses, .. }) = &*outcome else { continue };
        if !clauses.contains(&held_clause()) {
            continue;
        }
        let reason = held_clause().code;
        *outcome = Outcome::Withheld(Withheld { clauses: vec![held_clause()], reason });
        for line in lines {
            line.clause = held_clause();
            line.others = Vec::new();
        }
    }
}
