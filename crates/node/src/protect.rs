//! Protected persons: victims, hostages, witnesses, minors, named officers, journalists, lawyers,
//! rights defenders, who reported a suspicious transaction.
//!
//! A status feeds no decision on what leaves: what protects a person must not point at them. It
//! warns the officers who decide, asks the one who approves to confirm, and proposes that an officer
//! hold or recall a whole set, in which the person is one of several.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::Action;
use enlace_release::{Outcome, Plan};
use enlace_store::{Batch, OWN, ObjectQuery, ObjectState, Record, RecordQuery, Veil};
use serde::{Deserialize, Serialize};

use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// Statuses that protect.
pub const STATUSES: [&str; 9] = [
    "victim",
    "hostage",
    "witness",
    "minor",
    "officer",
    "journalist",
    "lawyer",
    "rights-defender",
    "reporting-person",
];
/// Fewest persons of a set that is proposed.
const LEAST: usize = 5;
const MOST: usize = 100_000;
/// Objects that refer to a person which are looked at for a set.
const REFERRING: usize = 100;
/// Persons asked for at once.
const CHUNK: usize = 1000;

/// One status of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// One of [`STATUSES`].
    pub status: String,
    /// On what it rests.
    pub basis: String,
    /// Since when, as the officer writes it.
    pub since: String,
    /// Who set it.
    pub by: String,
    /// When it was set.
    pub at: String,
}

/// A protected person.
#[derive(Debug, Clone)]
pub struct Protected {
    /// The person.
    pub name: ObjectName,
    /// Every status.
    pub statuses: Vec<Status>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Proposal {
    at_us: i64,
    /// The whole set, sorted: nothing says whose status it follows from.
    set: BTreeSet<String>,
    decided: Option<Decided>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Decided {
    decision: Decision,
    by: String,
    at_us: i64,
}

/// What an officer decides on a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Nothing changes.
    Keep,
    /// Nothing of the set is released from now on.
    Narrow,
    /// Narrowed, and what left of the set is recalled.
    Recall,
}

impl Decision {
    /// Name for the command line and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Narrow => "narrow",
            Self::Recall => "recall",
        }
    }

    /// Reads [`Decision::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Keep, Self::Narrow, Self::Recall].into_iter().find(|d| d.name() == name)
    }
}

/// A proposal that waits for an officer, or was decided.
#[derive(Debug, Clone)]
pub struct ProposalLine {
    /// The proposal.
    pub id: String,
    /// When it was made.
    pub at: String,
    /// The set, as far as the actor sees it.
    pub set: Vec<ObjectName>,
    /// Of these at partners.
    pub released: usize,
    /// What was decided, by whom, when.
    pub decided: Option<(Decision, String, String)>,
}

impl Node {
    /// States that a person is protected and proposes what may follow. Changes nothing of what
    /// partners have or get.
    pub async fn protect_set(
        &self,
        actor: &Actor,
        id: &str,
        status: &str,
        basis: &str,
        since: &str,
    ) -> Result<(), NodeError> {
        actor.require(Action::ProtectedSet)?;
        let row = self.visible(&self.view_of(actor).await?, id).await?;
        if row.kind != "identity" {
            return Err(NodeError::input("protect.person", "no person", id, "an identity"));
        }
        if !STATUSES.contains(&status) {
            return Err(NodeError::input("protect.status", "unknown", status, STATUSES.join(", ")));
        }
        if basis.trim().is_empty() {
            let expected = "on what it rests: law, order, statement";
            return Err(NodeError::input("protect.basis", "no basis", "--basis", expected));
        }
        let (kept, mut statuses) = self.statuses(&row.id).await?;
        statuses.retain(|s| s.status != status);
        statuses.push(Status {
            status: status.to_owned(),
            basis: basis.trim().to_owned(),
            since: since.trim().to_owned(),
            by: actor.account().to_owned(),
            at: clock::text(self.now_us()),
        });
        let set = self.set_around(&row.id).await?;
        let proposal = Proposal { at_us: self.now_us(), set, decided: None };
        let key = clock::new_uuid()?.to_string();
        let act = Act::new("protected-status").by(actor).field("object", row.id.as_str());
        let writes = vec![
            record::put(Bucket::PROTECTED, &row.id, &statuses, None)?,
            record::put(Bucket::PROPOSAL, &key, &proposal, None)?,
            self.node_leaf(act.field("proposal", key.as_str()))?,
        ];
        let guards = vec![record::as_read(Bucket::PROTECTED, &row.id, kept.as_ref())];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Every protected person that the actor sees.
    pub async fn protect_list(&self, actor: &Actor) -> Result<Vec<Protected>, NodeError> {
        actor.require(Action::ProtectedView)?;
        let view = self.view_of(actor).await?;
        let query =
            RecordQuery { bucket: Bucket::PROTECTED, limit: MOST, ..RecordQuery::default() };
        let mut found = Vec::new();
        for kept in self.store.records(query).await? {
            if let Some(name) = self.named(&view, &kept.key).await? {
                found.push(Protected { name, statuses: record::read(&kept)? });
            }
        }
        let ids: Vec<&str> = found.iter().map(|p| p.name.id.as_str()).collect();
        let act = Act::new("consultation").by(actor).field("kind", "protected");
        self.log_act(act.field("objects", ids)).await?;
        Ok(found)
    }

    /// What was proposed, newest first; only sets of which the actor sees everything.
    pub async fn protect_proposals(&self, actor: &Actor) -> Result<Vec<ProposalLine>, NodeError> {
        actor.require(Action::ProtectedDecide)?;
        let view = self.view_of(actor).await?.with_overdue();
        let hidden = self.hidden(&view).await?;
        let query = RecordQuery { bucket: Bucket::PROPOSAL, limit: MOST, ..RecordQuery::default() };
        let mut lines = Vec::new();
        for kept in self.store.records(query).await? {
            let proposal: Proposal = record::read(&kept)?;
            if proposal.set.iter().any(|id| hidden.contains(id)) {
                continue;
            }
            let (mut set, mut released) = (Vec::new(), 0);
            for id in &proposal.set {
                set.extend(self.named(&view, id).await?);
                released += usize::from(self.at_partners(id).await?);
            }
            let decided = proposal.decided.map(|d| (d.decision, d.by, clock::text(d.at_us)));
            lines.push(ProposalLine {
                id: kept.key,
                at: clock::text(proposal.at_us),
                set,
                released,
                decided,
            });
        }
        lines.sort_by(|a, b| b.at.cmp(&a.at));
        Ok(lines)
    }

    /// A named officer decides on the whole set. Answers how many objects were recalled.
    pub async fn protect_decide(
        &self,
        actor: &Actor,
        id: &str,
        decision: Decision,
    ) -> Result<usize, NodeError> {
        actor.require(Action::ProtectedDecide)?;
        let missing = || NodeError::not_found("proposal", id);
        let kept = self.store.record(Bucket::PROPOSAL, id).await?.ok_or_else(missing)?;
        let mut proposal: Proposal = record::read(&kept)?;
        let hidden = self.hidden(&self.view_of(actor).await?.with_overdue()).await?;
        if proposal.set.iter().any(|id| hidden.contains(id)) {
            return Err(missing());
        }
        if let Some(decided) = &proposal.decided {
            let found = format!("decided by {}", decided.by);
            return Err(NodeError::state("the proposal", found, "nothing to do"));
        }
        // Recalled for good first: a hold takes back only until it is lifted.
        let recalled = match decision {
            Decision::Recall => self.recall_set(actor, &proposal.set).await?,
            _ => 0,
        };
        if decision != Decision::Keep {
            // Before it is decided: a hold that stands without its decision stops too much, never too
            // little.
            self.hold_writes(actor, proposal.set.clone()).await?;
        }
        let (by, at_us) = (actor.account().to_owned(), self.now_us());
        proposal.decided = Some(Decided { decision, by, at_us });
        let act = Act::new("protected-decision").by(actor).field("proposal", id);
        let writes = vec![
            record::put(Bucket::PROPOSAL, id, &proposal, None)?,
            self.node_leaf(act.field("decision", decision.name()))?,
        ];
        let guards = vec![record::unchanged(Bucket::PROPOSAL, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(recalled)
    }

    /// Recalls what partners have of a set; with one object others may go that lean on it. Answers how
    /// many there were.
    async fn recall_set(&self, actor: &Actor, set: &BTreeSet<String>) -> Result<usize, NodeError> {
        let mut recalled = 0;
        for object in set {
            recalled += usize::from(self.at_partners(object).await?);
        }
        for object in set {
            if self.at_partners(object).await? {
                self.recall(actor, object, None).await?;
            }
        }
        Ok(recalled)
    }

    /// Protected persons among what a plan lets leave; nothing for who may not know.
    pub(crate) async fn protected_in(
        &self,
        actor: &Actor,
        plan: &Plan,
    ) -> Result<BTreeMap<String, Vec<String>>, NodeError> {
        let mut found = BTreeMap::new();
        if !actor.may(Action::ProtectedView) {
            return Ok(found);
        }
        for ids in persons_leaving(plan).chunks(CHUNK) {
            let kept = self.store.record_each(Bucket::PROTECTED, ids).await?;
            for kept in kept.into_iter().flatten() {
                let statuses: Vec<Status> = record::read(&kept)?;
                if !statuses.is_empty() {
                    found.insert(kept.key, statuses.into_iter().map(|s| s.status).collect());
                }
            }
        }
        Ok(found)
    }

    async fn statuses(&self, id: &str) -> Result<(Option<Record>, Vec<Status>), NodeError> {
        let kept = self.store.record(Bucket::PROTECTED, id).await?;
        let statuses = kept.as_ref().map(record::read).transpose()?.unwrap_or_default();
        Ok((kept, statuses))
    }

    /// Whether a partner has a twin of an object that was not recalled.
    pub(crate) async fn at_partners(&self, id: &str) -> Result<bool, NodeError> {
        let twins = self.store.twins_of(id).await?;
        Ok(twins.iter().any(|t| t.original == id && !t.recalled))
    }

    /// The set in which a person is one of several: what left with it, else what reports name beside
    /// it; then what left to the same partners, then other persons held, until there are enough.
    async fn set_around(&self, id: &str) -> Result<BTreeSet<String>, NodeError> {
        let mut set = BTreeSet::from([id.to_owned()]);
        let mut releases = self.releases().await?;
        releases.sort_by_key(|(_, r)| std::cmp::Reverse(r.drafted.at_us));
        let has = |r: &crate::release::Release| r.twins.iter().any(|(o, _)| o == id);
        let partners: BTreeSet<String> =
            releases.iter().filter(|(_, r)| has(r)).map(|(_, r)| r.partner.clone()).collect();
        for (_, release) in releases.iter().filter(|(_, r)| has(r)) {
            set.extend(release.twins.iter().map(|(original, _)| original.clone()));
        }
        for found in self.store.referring(id, &Veil::default(), REFERRING).await? {
            let container = ["report", "grouping", "note"].contains(&found.object.kind.as_str());
            if set.len() > 1 || !container {
                continue;
            }
            for candidate in self.gather(&View::whole(), &[found.object.id], false).await? {
                set.insert(candidate.object.id().to_string());
            }
        }
        // What fills the set up is known to everybody, so that somebody can decide on it.
        let nobody = self.view_of_account("").await?.with_overdue();
        let hidden = self.hidden(&nobody).await?;
        releases.retain(|(_, release)| !release.touches(&hidden));
        for (_, release) in releases.iter().filter(|(_, r)| partners.contains(&r.partner)) {
            if persons(&set) < LEAST {
                set.extend(release.twins.iter().map(|(original, _)| original.clone()));
            }
        }
        if persons(&set) < LEAST {
            let query = ObjectQuery {
                kinds: vec!["identity".to_owned()],
                channel: Some(OWN.to_owned()),
                state: Some(ObjectState::Held),
                limit: LEAST * 4,
                ..ObjectQuery::default()
            };
            for row in self.store.objects(query).await? {
                if persons(&set) < LEAST && !hidden.contains(&row.id) {
                    set.insert(row.id);
                }
            }
        }
        set.retain(|id| !self.is_beside(id));
        Ok(set)
    }
}

/// Ids of the identities that a plan lets leave.
fn persons_leaving(plan: &Plan) -> Vec<String> {
    let leaves = plan.objects.iter().filter(|o| !matches!(o.outcome, Outcome::Withheld(_)));
    let ids = leaves.map(|object| object.original.to_string());
    ids.filter(|id| id.starts_with("identity--")).collect()
}

fn persons(set: &BTreeSet<String>) -> usize {
    set.iter().filter(|id| id.starts_with("identity--")).count()
}
