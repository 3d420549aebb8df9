//! What waits becomes visible in its slot: planned by the one exit as every release is, published
//! with times of the slot, in an order that says nothing.
//!
//! Three things can come of an update. The partner would see the same bytes: nothing is emitted.
//! It shows nothing that nobody decided on, and whoever approved the release (or the agreement)
//! lets updates follow: it is published. Else a person decides: a draft, or, where it may no longer
//! leave, a proposal to recall. Nothing is withdrawn by itself: what follows from a protected
//! status must not point at a person (product law 6).

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::Action;
use enlace_policy::{AgreementState, Approval};
use enlace_release::{ObjectPlan, Outcome};
use enlace_store::{Batch, RecordQuery, Write};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage, Step, counts, digest, lines_of};
use crate::release_set::Planned;
use crate::send::Leaving;
use crate::sent::Shown;
use crate::slot::LATE_US;
use crate::standing::Standing;
use crate::update::{Update, UpdateStage, minutes_of};
use crate::view::View;
use crate::{Actor, DryLine, Node, NodeError, ReleaseRequest, clock};

/// Updates that one round takes.
const MOST: usize = 10_000;

/// Who acts when no person does.
pub(crate) const NODE: &str = "node";

/// Updates of one partner that leave together.
#[derive(Default)]
struct Together {
    /// By purpose: the rest of what a release needs is the same.
    by_purpose: BTreeMap<String, Vec<Update>>,
}

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Flowed {
    /// Objects published to a partner.
    pub published: usize,
    /// Objects that no partner would see differently.
    pub unchanged: usize,
    /// Objects that wait for a person.
    pub for_a_person: usize,
}

impl Node {
    /// Publishes what is due; `now`: an officer lets everything that waits out at once.
    pub async fn update_run(&self, actor: &Actor, now: bool) -> Result<Flowed, NodeError> {
        actor.require(Action::ReleaseSend)?;
        let by = now.then_some(actor);
        let flowed = self.flow(by).await?;
        // What partners may find follows what they have.
        self.match_refresh(now).await?;
        Ok(flowed)
    }

    /// The node's own round: notices changes, publishes what is due.
    pub async fn update_round(&self) -> Result<Flowed, NodeError> {
        self.flow(None).await
    }

    async fn flow(&self, at_once: Option<&Actor>) -> Result<Flowed, NodeError> {
        self.settle_consents().await;
        self.settle_requests().await;
        self.look_for_owners().await;
        self.examine().await?;
        self.send_scheduled().await?;
        let now = self.now_us();
        let due = if at_once.is_some() { i64::MAX } else { now };
        let query = RecordQuery {
            bucket: Bucket::UPDATE,
            due_before_us: Some(due),
            limit: MOST,
            ..RecordQuery::default()
        };
        let mut groups: BTreeMap<(String, String), Vec<Update>> = BTreeMap::new();
        for found in self.store.records(query).await? {
            let update: Update = record::read(&found)?;
            groups
                .entry((update.partner.clone(), update.lineage.clone()))
                .or_default()
                .push(update);
        }
        let mut flowed = Flowed::default();
        for ((partner, lineage), updates) in groups {
            let done = self.flow_to(&partner, &lineage, updates, at_once).await?;
            flowed.published += done.published;
            flowed.unchanged += done.unchanged;
            flowed.for_a_person += done.for_a_person;
        }
        Ok(flowed)
    }

    async fn flow_to(
        &self,
        partner: &str,
        lineage: &str,
        updates: Vec<Update>,
        at_once: Option<&Actor>,
    ) -> Result<Flowed, NodeError> {
        let standings = self.standings().await?;
        let of_lineage = |s: &&Standing| s.agreement.lineage == lineage;
        let standing =
            standings.iter().filter(of_lineage).find(|s| s.state == AgreementState::Active);
        let now = self.now_us();
        let late = updates.iter().any(|u| now - u.slot_us > LATE_US);
        let Some(standing) = standing.filter(|_| at_once.is_some() || !late) else {
            // Not in force, or the slot is long past: the next one.
            let minutes = standings.iter().find(of_lineage).map_or(0, minutes_of);
            return self.postpone(updates, minutes).await;
        };
        let mut together = Together::default();
        for mut update in updates {
            if self.is_overdue(&update.original).await? {
                update.stage = UpdateStage::MayNotLeave(vec!["review.overdue".to_owned()]);
                self.store.commit(Batch { guards: vec![], writes: vec![update.put()?] }).await?;
                continue;
            }
            let purpose = self.purpose_of(&update, standing).await?;
            together.by_purpose.entry(purpose).or_default().push(update);
        }
        let mut flowed = Flowed::default();
        for (purpose, updates) in together.by_purpose {
            let slot_us = match at_once {
                Some(_) => now,
                None => updates.iter().map(|u| u.slot_us).max().unwrap_or(now),
            };
            let request = ReleaseRequest {
                agreement: standing.agreement.id.to_string(),
                partner: Some(partner.to_owned()),
                purpose: Some(purpose),
                ids: updates.iter().map(|u| u.original.clone()).collect(),
                exact: true,
                ..ReleaseRequest::default()
            };
            let done = self.flow_set(standing, request, updates, slot_us, at_once).await?;
            flowed.published += done.published;
            flowed.unchanged += done.unchanged;
            flowed.for_a_person += done.for_a_person;
        }
        Ok(flowed)
    }

    async fn postpone(&self, updates: Vec<Update>, minutes: u32) -> Result<Flowed, NodeError> {
        let mut writes = Vec::with_capacity(updates.len());
        for mut update in updates {
            update.slot_us =
                self.next_slot(&update.partner, &update.lineage, minutes, self.now_us());
            writes.push(update.put()?);
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(Flowed::default())
    }

    /// The purpose under which the original left, or that its standing rule names.
    pub(crate) async fn purpose_of(
        &self,
        update: &Update,
        standing: &Standing,
    ) -> Result<String, NodeError> {
        let (partner, lineage) = (update.partner.as_str(), update.lineage.as_str());
        let sent = self.sent_object(partner, lineage, &update.original).await?;
        let terms = standing.agreement.terms();
        let rule = terms.standing.iter().find(|rule| Some(&rule.name) == update.rule.as_ref());
        Ok(match (sent, rule) {
            (Some(sent), _) => sent.purpose,
            (None, Some(rule)) => rule.purpose.clone(),
            (None, None) => terms.purposes.allowed.first().cloned().unwrap_or_default(),
        })
    }

    /// Plans one set and parts it: nothing new, published, for a person.
    async fn flow_set(
        &self,
        standing: &Standing,
        mut request: ReleaseRequest,
        updates: Vec<Update>,
        slot_us: i64,
        at_once: Option<&Actor>,
    ) -> Result<Flowed, NodeError> {
        let planned = self.planned_at(&View::whole(), &request, slot_us).await?;
        let mut flowed = Flowed::default();
        let (mut writes, mut leave, mut ask) = (Vec::new(), Vec::new(), Vec::new());
        for mut update in updates {
            let object =
                planned.plan.objects.iter().find(|o| o.original.as_str() == update.original);
            match object.map(|o| (&o.outcome, o)) {
                Some((Outcome::Released { .. }, object)) => {
                    match self.may_follow(&planned, &update, object, standing).await? {
                        Follows::Itself => leave.push(update),
                        Follows::Person => ask.push(update),
                        Follows::NotSelected => writes.push(update.delete()),
                    }
                }
                Some((Outcome::Withheld(withheld), _)) if update.rule.is_none() => {
                    flowed.for_a_person += 1;
                    let clauses = withheld.clauses.iter().map(|c| c.id.clone()).collect();
                    update.stage = UpdateStage::MayNotLeave(clauses);
                    writes.push(update.put()?);
                }
                _ => {
                    flowed.unchanged += 1;
                    writes.push(update.delete());
                }
            }
        }
        if !writes.is_empty() {
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        if !ask.is_empty() {
            flowed.for_a_person += ask.len();
            request.ids = ask.iter().map(|u| u.original.clone()).collect();
            self.draft_updates(&request, ask, slot_us).await?;
        }
        if !leave.is_empty() {
            request.ids = leave.iter().map(|u| u.original.clone()).collect();
            flowed.published += self.publish_updates(&request, leave, slot_us, at_once).await?;
        }
        Ok(flowed)
    }

    async fn may_follow(
        &self,
        planned: &Planned,
        update: &Update,
        object: &ObjectPlan,
        standing: &Standing,
    ) -> Result<Follows, NodeError> {
        let original = object.original.as_str();
        let sent = self.sent_object(&update.partner, &update.lineage, original).await?;
        let shown = Shown::of(planned, original);
        let asks = planned.approval_of_one(original, self.now_us());
        let terms = standing.agreement.terms();
        if let Some(sent) = sent {
            let decided = sent.covers(&shown, asks, terms.approval.rule);
            let itself = decided || asks == Approval::Automatic;
            return Ok(if itself { Follows::Itself } else { Follows::Person });
        }
        let Some(rule) = terms.standing.iter().find(|r| Some(&r.name) == update.rule.as_ref())
        else {
            return Ok(Follows::Person);
        };
        let twin = planned.plan.released.iter().find(|r| r.original() == Some(original));
        let reads_only_what_leaves = rule.reads_only_what_leaves(terms);
        let selected = match (twin, reads_only_what_leaves) {
            // What the partner will see is what selects: selection tells nothing more.
            (Some(twin), true) => crate::standing_rule::selects_text(rule, twin.bytes()),
            (Some(_), false) => match planned.original(original) {
                Some(object) => crate::standing_rule::selects(rule, object.view()),
                None => false,
            },
            (None, _) => false,
        };
        Ok(match selected {
            false => Follows::NotSelected,
            true if reads_only_what_leaves && asks == Approval::Automatic => Follows::Itself,
            true => Follows::Person,
        })
    }

    /// A draft for a person, with the updates that it carries.
    async fn draft_updates(
        &self,
        request: &ReleaseRequest,
        updates: Vec<Update>,
        slot_us: i64,
    ) -> Result<(), NodeError> {
        let planned = self.planned_at(&View::whole(), request, slot_us).await?;
        let id = clock::new_uuid()?.to_string();
        let release = self.release_of(request, &planned, NODE);
        let mut writes = vec![record::put(Bucket::RELEASE, &id, &release, None)?];
        for mut update in updates {
            update.stage = UpdateStage::Drafted(id.clone());
            writes.push(update.put()?);
        }
        let act = Act::new("release-drafted").field("actor", NODE).field("release", id.as_str());
        let act = act.field("partner", release.partner.as_str());
        writes.push(self.node_leaf(act.field("objects", release.ids.clone()))?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Publishes a set that needs no person; planned again without what needs one, so that nothing
    /// leaves because of an object that stays.
    async fn publish_updates(
        &self,
        request: &ReleaseRequest,
        updates: Vec<Update>,
        slot_us: i64,
        at_once: Option<&Actor>,
    ) -> Result<usize, NodeError> {
        let planned = self.planned_at(&View::whole(), request, slot_us).await?;
        let deletes = updates.iter().map(Update::delete);
        if planned.plan.released.is_empty() {
            let writes: Vec<Write> = deletes.collect();
            self.store.commit(Batch { guards: vec![], writes }).await?;
            return Ok(0);
        }
        let id = clock::new_uuid()?.to_string();
        let mut release = self.release_of(request, &planned, NODE);
        release.stage = Stage::Approved;
        let by = at_once.map_or(NODE, Actor::account).to_owned();
        release.approved = Some(Step { by: by.clone(), at_us: self.now_us() });
        // What followed once follows again.
        release.follow = true;
        let actor = at_once.cloned().unwrap_or_else(Actor::console);
        let more = deletes.collect();
        let (first, at_us, in_place) = (Vec::new(), slot_us, BTreeSet::new());
        let kept = None;
        let leaving = Leaving { id: &id, kept, release, planned, at_us, first, more, in_place };
        self.publish_release(&actor, leaving).await?;
        Ok(updates.len())
    }

    /// Sends releases whose slot has come.
    async fn send_scheduled(&self) -> Result<(), NodeError> {
        let query = RecordQuery {
            bucket: Bucket::RELEASE,
            due_before_us: Some(self.now_us()),
            limit: MOST,
            ..RecordQuery::default()
        };
        for found in self.store.records(query).await? {
            let release: Release = record::read(&found)?;
            let Stage::Scheduled { slot_us } = release.stage else { continue };
            let actor = Actor::console();
            let view = match release.drafted.by.as_str() {
                NODE => View::whole(),
                drafter => self.view_of_account(drafter).await?,
            };
            if let Err(error) = self.send_now(&actor, &view, &found, release, slot_us).await {
                tracing::warn!(code = error.code(), release = found.key, "scheduled release stays");
                let mut release: Release = record::read(&found)?;
                release.stage = Stage::Approved;
                let write = record::put(Bucket::RELEASE, &found.key, &release, None)?;
                self.store.commit(Batch { guards: vec![], writes: vec![write] }).await?;
            }
        }
        Ok(())
    }

    /// A draft of what was planned.
    pub(crate) fn release_of(
        &self,
        request: &ReleaseRequest,
        planned: &Planned,
        by: &str,
    ) -> Release {
        let agreement = &planned.standing.agreement;
        let lines = lines_of(&planned.plan);
        Release {
            agreement: agreement.id.to_string(),
            lineage: agreement.lineage.clone(),
            title: agreement.title().to_owned(),
            partner: planned.partner.clone(),
            purpose: planned.purpose.clone(),
            offence: request.offence.clone(),
            ground: agreement.terms().transfer.ground.name().to_owned(),
            ground_reason: request.ground_reason.clone(),
            person: planned.person.clone(),
            ids: request.ids.clone(),
            exact: request.exact,
            answers: request.answers.clone(),
            follow: false,
            stage: Stage::Drafted,
            drafted: Step { by: by.to_owned(), at_us: self.now_us() },
            approved: None,
            sent: None,
            digest: digest(planned),
            counts: counts(&planned.plan),
            lines: lines.into_iter().map(|l| DryLine { after: None, ..l }).collect(),
            record: None,
            twins: Vec::new(),
            receipt: None,
        }
    }
}

/// Whether an update needs a person.
enum Follows {
    Itself,
    Person,
    /// No standing rule selects it.
    NotSelected,
}
