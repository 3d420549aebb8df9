//! What an amendment does to what was released before it (docs/design/agreements.md).
//!
//! From the first instant of the amendment its doors are narrower already
//! ([`crate::standing::Door`]); here the collection follows. Everything is done by the terms that
//! all parties signed, so no officer approves it. What is narrowed is the form that the partner was
//! sent, whatever its original is by now: an original that is left as it was sent would point at
//! itself. What else changed is left to an officer.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::{Action, Role};
use enlace_policy::{Agreement, AgreementState, Policy, PrivateRules, ToReleased};
use enlace_release::{Outcome, Plan, Previous, Published, Released, sealed_under};
use enlace_stix::Object;
use enlace_store::{Batch, Guard, Twin, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::published::{Anew, Had};
use crate::record::{self, Bucket};
use crate::release::{Release, Stage};
use crate::release_set::{Planned, previous_of};
use crate::send::Leaving;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, ReleaseRequest, clock};

/// What an amendment did with what was released before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amended {
    /// Id of the amendment.
    pub agreement: String,
    /// Twins that were recalled.
    pub recalled: usize,
    /// Twins that were replaced by a version that says less.
    pub narrowed: usize,
    /// Twins that the new terms leave as they are.
    pub kept: usize,
    /// Of the narrowed twins, those whose original would leave otherwise today (altered since,
    /// another rule of ours): an officer lets an update out or recalls them. Partner and original.
    pub left: Vec<(String, String)>,
}

/// Something that was released to a partner before an amendment.
struct Before {
    twin: Twin,
    /// Whether its last version was fetched.
    fetched: bool,
    published: Published,
}

/// Twins that are planned together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    partner: String,
    purpose: String,
    /// Version under which they were released last.
    under: String,
    offence: Option<String>,
    ground_reason: Option<String>,
}

impl Group {
    fn of(release: &Release, under: String) -> Self {
        Self {
            partner: release.partner.clone(),
            purpose: release.purpose.clone(),
            under,
            offence: release.offence.clone(),
            ground_reason: release.ground_reason.clone(),
        }
    }
}

impl Node {
    /// Carries out what amendments in force do to earlier releases, each once; what was done now.
    /// To be called often: most of the time there is nothing to do.
    pub async fn amendments_apply(&self, actor: &Actor) -> Result<Vec<Amended>, NodeError> {
        actor.require(Action::Sync)?;
        let mut done = Vec::new();
        for standing in self.standings().await? {
            let effect = standing.agreement.draft.amends.map(|amends| amends.released);
            let (Some(effect), AgreementState::Active) = (effect, &standing.state) else {
                continue;
            };
            let id = standing.agreement.id.as_str();
            let first = self.store.record(Bucket::AMENDMENT, id).await?.is_none();
            if effect != ToReleased::Keep && first {
                done.push(self.after_amendment(&standing, effect).await?);
            }
        }
        Ok(done)
    }

    /// What an amendment did with what was released before it; `None` = nothing to do, or not yet.
    pub async fn amendment_effects(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<Option<Amended>, NodeError> {
        actor.require(Action::AgreementView)?;
        let kept = self.store.record(Bucket::AMENDMENT, id).await?;
        kept.as_ref().map(record::read).transpose()
    }

    async fn after_amendment(
        &self,
        standing: &Standing,
        effect: ToReleased,
    ) -> Result<Amended, NodeError> {
        // The act of no person: what all parties signed.
        let actor = Actor::of("agreement", Role::Console);
        let id = standing.agreement.id.to_string();
        let mut amended = Amended { agreement: id.clone(), ..Amended::default() };
        let (all, beside) = self.released_before(standing).await?;
        if effect == ToReleased::Recall {
            for found in all.into_values().flatten() {
                self.recall_twin(&actor, found.twin).await?;
                amended.recalled += 1;
            }
        } else {
            let mut partners: BTreeMap<String, Vec<(Group, Vec<Before>)>> = BTreeMap::new();
            for (group, before) in all {
                partners.entry(group.partner.clone()).or_default().push((group, before));
            }
            for groups in partners.into_values() {
                self.narrow(&actor, standing, groups, &mut amended).await?;
            }
        }
        self.forget_unseen(standing, beside).await?;
        let act = Act::new("agreement-changed").field("agreement", id.as_str());
        let act = act.field("state", "amended").field("released", effect.name());
        let act = act.field("recalled", amended.recalled).field("narrowed", amended.narrowed);
        let writes = vec![
            record::put(Bucket::AMENDMENT, &id, &amended, None)?,
            self.node_leaf(act.field("left", amended.left.len()))?,
        ];
        let guards = vec![Guard::Absent { bucket: Bucket::AMENDMENT, key: id }];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(amended)
    }

    /// What partners have, or could fetch, under earlier versions of a lineage; and what was made
    /// for a partner beside it (our identity, markings).
    async fn released_before(
        &self,
        standing: &Standing,
    ) -> Result<(BTreeMap<Group, Vec<Before>>, Vec<Twin>), NodeError> {
        let lineage = standing.agreement.lineage.as_str();
        let mut groups: BTreeMap<Group, Vec<Before>> = BTreeMap::new();
        let (mut beside, mut seen, mut twins) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let makers = self.makers().await?;
        for (_, release) in self.releases().await? {
            let to_unit = release.lineage == lineage && release.person.is_none();
            if !to_unit || release.stage != Stage::Sent {
                continue;
            }
            for (original, _) in &release.twins {
                if !seen.insert((release.partner.clone(), original.clone())) {
                    continue;
                }
                let twin = self.store.twin(&release.partner, lineage, original).await?;
                let Some(twin) = twin.filter(|twin| !twin.recalled) else { continue };
                // One value under two ids of ours is one twin.
                if !twins.insert((twin.partner.clone(), twin.twin.clone())) {
                    continue;
                }
                let Some(last) = self.last_published(&twin).await? else { continue };
                let under = sealed_under(&last.body).unwrap_or_default();
                if under == standing.agreement.id.as_str() {
                    continue;
                }
                if self.is_beside(original) {
                    beside.push(twin);
                    continue;
                }
                let fetched = last.fetched_us.is_some();
                let (sent, _) = self.opened(&twin.partner, &last.body).await?;
                let object = Object::parse(sent.bytes())
                    .map_err(|_| NodeError::Internal("published twin"))?;
                let published = self.published(&makers, &twin, object).await?;
                let before = Before { twin, fetched, published };
                groups.entry(Group::of(&release, under)).or_default().push(before);
            }
        }
        Ok((groups, beside))
    }

    /// What was made for a partner beside twins and nobody fetched is made anew with the next
    /// release: under the earlier terms it does not leave any more.
    async fn forget_unseen(&self, standing: &Standing, beside: Vec<Twin>) -> Result<(), NodeError> {
        for mut twin in beside {
            let members = self.members_of(&twin.collection, &twin.twin).await?;
            let under = members.last().and_then(|last| sealed_under(&last.body));
            let again = under.as_deref() == Some(standing.agreement.id.as_str());
            let last_fetched = members.last().is_some_and(|last| last.fetched_us.is_some());
            if !again && !last_fetched {
                let unseen = members.iter().filter(|member| member.fetched_us.is_none());
                let (collection, seqs) = (twin.collection.clone(), unseen.map(|m| m.seq).collect());
                twin.content_hash = String::new();
                let withdraw = Write::WithdrawVersions { collection, seqs };
                let writes = vec![withdraw, Write::Twin(Box::new(twin))];
                self.store.commit(Batch { guards: vec![], writes }).await?;
            }
        }
        Ok(())
    }

    /// Plans what one partner was sent under the new terms, as it was sent: whatever an original is
    /// now, its published form says no more than those beside it.
    async fn narrow(
        &self,
        actor: &Actor,
        standing: &Standing,
        groups: Vec<(Group, Vec<Before>)>,
        amended: &mut Amended,
    ) -> Result<(), NodeError> {
        let plans = self.narrowed_plans(standing, &groups).await?;
        let known: BTreeSet<String> = groups
            .iter()
            .flat_map(|(_, before)| before.iter().map(|b| b.twin.original.clone()))
            .collect();
        for ((group, before), plan) in groups.into_iter().zip(plans) {
            let request = ReleaseRequest {
                agreement: standing.agreement.id.to_string(),
                partner: Some(group.partner.clone()),
                purpose: Some(group.purpose.clone()),
                offence: group.offence.clone(),
                ground_reason: group.ground_reason.clone(),
                exact: true,
                ..ReleaseRequest::default()
            };
            // What the original would say today, for the officer: it decides nothing here.
            let today = forms(&self.planned_again(standing, &request, &known).await?.plan);
            let leaving = forms(&plan);
            let (mut publish, mut previous) = (BTreeSet::new(), BTreeMap::new());
            let mut in_place = BTreeSet::new();
            for Before { twin, fetched, .. } in before {
                let original = twin.original.clone();
                let Some(form) = leaving.get(&original) else {
                    self.recall_twin(actor, twin).await?;
                    amended.recalled += 1;
                    continue;
                };
                if today.get(&original).is_none_or(|today| !says_the_same(form, today)) {
                    amended.left.push((group.partner.clone(), original.clone()));
                }
                match form.content_hash() == twin.content_hash {
                    true => amended.kept += 1,
                    false => amended.narrowed += 1,
                }
                // What nobody fetched yet goes on under the new terms.
                if !fetched || form.content_hash() != twin.content_hash {
                    previous.insert(original.clone(), previous_of(&twin)?);
                    if fetched || self.is_in_place(&twin, &twin.content_hash).await? {
                        in_place.insert(original.clone());
                    }
                    publish.insert(original);
                }
            }
            let planned = self.to_publish(standing, &group, plan, &publish, previous).await?;
            self.publish_narrowed(actor, request, planned, in_place).await?;
        }
        Ok(())
    }

    /// The plans of the groups of one partner. What stays in one of them is missing in the others.
    async fn narrowed_plans(
        &self,
        standing: &Standing,
        groups: &[(Group, Vec<Before>)],
    ) -> Result<Vec<Plan>, NodeError> {
        // The signed terms alone: no rule of ours may show in what happens by itself.
        let terms = |agreement: &Agreement| {
            let made = Policy::compile(agreement, &PrivateRules::default());
            made.map_err(|_| NodeError::Internal("policy of an agreement"))
        };
        let policy = terms(&standing.agreement)?;
        let (mut had, mut earlier) = (Had::default(), Vec::new());
        for (group, before) in groups {
            earlier.push(terms(&self.agreement_named(&group.under).await?.agreement)?);
            for found in before {
                self.had_of(&mut had, &found.twin, &found.published.object).await?;
            }
        }
        let sets: Vec<Vec<Published>> =
            groups.iter().map(|(_, b)| b.iter().map(|f| f.published.clone()).collect()).collect();
        let (now_us, mut gone) = (self.now_us(), BTreeSet::new());
        loop {
            let before = gone.len();
            let mut plans = Vec::with_capacity(groups.len());
            for (((group, _), set), under) in groups.iter().zip(&sets).zip(&earlier) {
                let anew = Anew {
                    policy: &policy,
                    under,
                    partner: &group.partner,
                    purpose: &group.purpose,
                    offence: group.offence.as_deref(),
                    reasoned: group.ground_reason.as_ref().is_some_and(|r| !r.trim().is_empty()),
                    now_us,
                };
                let plan = self.planned_anew(&anew, set, &had, &gone);
                let leave: BTreeSet<&str> = plan.released.iter().map(|r| r.id().as_str()).collect();
                let ids = set.iter().map(|published| published.object.id().as_str());
                gone.extend(ids.filter(|id| !leave.contains(id)).map(str::to_owned));
                plans.push(plan);
            }
            if gone.len() == before {
                return Ok(plans);
            }
        }
    }

    /// What of a plan is published, with the markings and the identity that the partner does not
    /// have.
    async fn to_publish(
        &self,
        standing: &Standing,
        group: &Group,
        mut plan: Plan,
        publish: &BTreeSet<String>,
        mut previous: BTreeMap<String, Previous>,
    ) -> Result<Planned, NodeError> {
        let (partner, lineage) = (group.partner.as_str(), standing.agreement.lineage.as_str());
        let mut released = Vec::new();
        for made in std::mem::take(&mut plan.released) {
            let original = made.original().unwrap_or_default().to_owned();
            let beside = made.kind() == "marking-definition" || original == self.me.identity_id;
            if !beside {
                if publish.contains(&original) {
                    released.push(made);
                }
                continue;
            }
            let twin = self.store.twin(partner, lineage, &original).await?;
            let had = match &twin {
                Some(twin) => {
                    previous.insert(original, previous_of(twin)?);
                    let last = self.last_published(twin).await?;
                    let fetched = last.is_some_and(|last| last.fetched_us.is_some());
                    twin.content_hash == made.content_hash() && fetched
                }
                None => false,
            };
            if !had && !publish.is_empty() {
                released.push(made);
            }
        }
        plan.released = released;
        plan.objects.retain(|o| publish.contains(o.original.as_str()));
        Ok(Planned {
            standing: standing.clone(),
            partner: partner.to_owned(),
            person: None,
            purpose: group.purpose.clone(),
            candidates: Vec::new(),
            definitions: BTreeMap::new(),
            plan,
            previous,
            guards: Vec::new(),
            documents: BTreeMap::new(),
        })
    }

    /// Puts the new versions where the partner fetches them, in place of all earlier ones.
    async fn publish_narrowed(
        &self,
        actor: &Actor,
        mut request: ReleaseRequest,
        planned: Planned,
        in_place: BTreeSet<String>,
    ) -> Result<(), NodeError> {
        if planned.plan.released.is_empty() {
            return Ok(());
        }
        let lineage = planned.standing.agreement.lineage.as_str();
        let found = self.collection_for(&planned.partner, lineage).await?;
        let (collection, _) = found.ok_or(NodeError::Internal("collection of an agreement"))?;
        let released = &planned.plan.released;
        let again = |r: &Released| Write::Withdraw {
            collection: collection.clone(),
            id: r.id().to_string(),
        };
        let mut first: Vec<Write> = released.iter().map(again).collect();
        first.extend(self.without_unseen_records(&planned, &collection).await?);
        request.ids = released.iter().filter_map(|r| r.original().map(str::to_owned)).collect();
        let mut release = self.release_of(&request, &planned, actor.account());
        release.stage = Stage::Approved;
        release.approved = Some(self.step(actor));
        let id = clock::new_uuid()?.to_string();
        let (kept, at_us, more) = (None, self.now_us(), Vec::new());
        let leaving = Leaving { id: &id, kept, release, planned, at_us, first, more, in_place };
        self.publish_release(actor, leaving).await?;
        Ok(())
    }

    /// Withdraws the records of earlier releases that nobody fetched: what they list has come
    /// anew, or does not come any more.
    async fn without_unseen_records(
        &self,
        planned: &Planned,
        collection: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let lists = |r: &Release| {
            let again = |twin: &str| planned.plan.released.iter().any(|p| p.id().as_str() == twin);
            // Our identity and observables have one id under all agreements.
            let here = r.partner == planned.partner
                && r.lineage == planned.standing.agreement.lineage
                && r.person.is_none();
            here && r.twins.iter().any(|(_, twin)| again(twin))
        };
        let mut writes = Vec::new();
        for (id, mut release) in self.releases().await? {
            let (Some(record), true) = (release.record.clone(), lists(&release)) else { continue };
            if self.record_fetched(&release, &record).await? {
                continue;
            }
            writes.push(Write::Withdraw { collection: collection.to_owned(), id: record });
            release.record = None;
            writes.push(record::put(Bucket::RELEASE, &id, &release, None)?);
        }
        Ok(writes)
    }
}

/// The forms that leave, by original; what is withheld has none.
fn forms(plan: &Plan) -> BTreeMap<String, Released> {
    let alive: BTreeSet<&str> = plan
        .objects
        .iter()
        .filter(|o| !matches!(o.outcome, Outcome::Withheld(_)))
        .map(|o| o.original.as_str())
        .collect();
    let released = plan.released.iter();
    released
        .filter_map(|r| Some((r.original()?.to_owned(), r.clone())))
        .filter(|(original, _)| alive.contains(original.as_str()))
        .collect()
}

/// Properties that follow from the agreement and the time, and say nothing of the object.
const ENVELOPE: &[&str] = &["modified", "object_marking_refs", "granular_markings"];

/// Whether two forms tell the same of their object.
fn says_the_same(one: &Released, other: &Released) -> bool {
    let told = |form: &Released| {
        let mut view = Object::parse(form.bytes()).ok()?.view().clone();
        ENVELOPE.iter().for_each(|name| drop(view.remove(*name)));
        Some(view)
    };
    told(one) == told(other)
}
