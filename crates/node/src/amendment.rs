//! What an amendment does to what was released before it (docs/design/agreements.md).
//!
//! From the first instant of the amendment its doors are narrower already
//! ([`crate::standing::Door`]); here the collection follows. Everything is done by the terms that
//! all parties signed, so no officer approves it; what has other causes than the terms is left to
//! one.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::{Action, Role};
use enlace_policy::{AgreementState, ToReleased};
use enlace_release::{Outcome, Released, sealed_under};
use enlace_stix::Object;
use enlace_store::{Batch, Guard, Twin, Write};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage};
use crate::release_set::Planned;
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
    /// Twins whose form would be different for other causes than the terms: an officer releases or
    /// recalls them. Partner and original.
    pub left: Vec<(String, String)>,
}

/// Something that was released to a partner before an amendment.
struct Before {
    twin: Twin,
    fetched: bool,
    published: Object,
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
        let all = self.released_before(standing).await?;
        let at = |partner: &str| -> BTreeSet<String> {
            let there = all.iter().filter(|(group, _)| group.partner == partner);
            there.flat_map(|(_, before)| before).map(|b| b.twin.original.clone()).collect()
        };
        let known: BTreeMap<String, BTreeSet<String>> =
            all.keys().map(|group| (group.partner.clone(), at(&group.partner))).collect();
        for (group, before) in all {
            if effect == ToReleased::Recall {
                for found in before {
                    self.recall_twin(&actor, found.twin).await?;
                    amended.recalled += 1;
                }
            } else {
                let known = known.get(&group.partner).cloned().unwrap_or_default();
                self.narrow(&actor, standing, &group, before, &known, &mut amended).await?;
            }
        }
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

    /// What partners have, or could fetch, under earlier versions of a lineage. What was made for
    /// a partner beside (our identity, markings) is made anew with the next release.
    async fn released_before(
        &self,
        standing: &Standing,
    ) -> Result<BTreeMap<Group, Vec<Before>>, NodeError> {
        let lineage = standing.agreement.lineage.as_str();
        let mut groups: BTreeMap<Group, Vec<Before>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
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
                let Some(mut twin) = twin.filter(|twin| !twin.recalled) else { continue };
                let Some(last) = self.last_published(&twin).await? else { continue };
                let under = sealed_under(&last.body).unwrap_or_default();
                if under == standing.agreement.id.as_str() {
                    continue;
                }
                let fetched = self.was_fetched(&twin).await?;
                if original.starts_with("marking-definition--") || *original == self.me.identity_id
                {
                    if !fetched {
                        let (collection, id) = (twin.collection.clone(), twin.twin.clone());
                        twin.content_hash = String::new();
                        let writes =
                            vec![Write::Withdraw { collection, id }, Write::Twin(Box::new(twin))];
                        self.store.commit(Batch { guards: vec![], writes }).await?;
                    }
                    continue;
                }
                let (sent, _) = self.opened(&twin.partner, &last.body).await?;
                let published = Object::parse(sent.bytes())
                    .map_err(|_| NodeError::Internal("published twin"))?;
                groups.entry(Group::of(&release, under)).or_default().push(Before {
                    twin,
                    fetched,
                    published,
                });
            }
        }
        Ok(groups)
    }

    /// Plans a group under the terms it was released under and under the new ones; what only the
    /// new ones make different is done. `known`: everything that the partner has of the lineage,
    /// so that references among it stay.
    async fn narrow(
        &self,
        actor: &Actor,
        standing: &Standing,
        group: &Group,
        before: Vec<Before>,
        known: &BTreeSet<String>,
        amended: &mut Amended,
    ) -> Result<(), NodeError> {
        let request = ReleaseRequest {
            agreement: standing.agreement.id.to_string(),
            partner: Some(group.partner.clone()),
            purpose: Some(group.purpose.clone()),
            offence: group.offence.clone(),
            ground_reason: group.ground_reason.clone(),
            exact: true,
            ..ReleaseRequest::default()
        };
        let earlier = self.agreement_named(&group.under).await?;
        let as_then = self.planned_again(&earlier, &request, known).await?;
        let mut as_now = self.planned_again(standing, &request, known).await?;
        let (then, now) = (forms(&as_then), forms(&as_now));
        let mut publish = BTreeSet::new();
        for found in before {
            let original = found.twin.original.clone();
            match (then.get(&original), now.get(&original)) {
                (Some(_), None) => {
                    self.recall_twin(actor, found.twin).await?;
                    amended.recalled += 1;
                }
                (_, Some(form)) if form.content_hash() == found.twin.content_hash => {
                    amended.kept += 1;
                    // What nobody fetched yet goes on under the new terms.
                    if !found.fetched {
                        publish.insert(original);
                    }
                }
                (Some(old), Some(new)) if says_less(&found.published, old, new) => {
                    amended.narrowed += 1;
                    publish.insert(original);
                }
                _ => amended.left.push((group.partner.clone(), original)),
            }
        }
        // Markings of the new forms, and our identity, where the partner does not have them.
        let beside = |r: &Released| r.original().is_some_and(|id| !known.contains(id));
        let chosen = |r: &Released| r.original().is_some_and(|id| publish.contains(id));
        let mut released: Vec<Released> = std::mem::take(&mut as_now.plan.released);
        released.retain(|r| chosen(r) || (beside(r) && !publish.is_empty()));
        as_now.plan.released = released;
        as_now.plan.objects.retain(|o| publish.contains(o.original.as_str()));
        self.publish_narrowed(actor, request, as_now).await
    }

    /// Puts the new versions where the partner fetches them, in place of all earlier ones.
    async fn publish_narrowed(
        &self,
        actor: &Actor,
        mut request: ReleaseRequest,
        planned: Planned,
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
        let leaving = Leaving { id: &id, kept, release, planned, at_us, first, more };
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
            r.partner == planned.partner && r.twins.iter().any(|(_, twin)| again(twin))
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
fn forms(planned: &Planned) -> BTreeMap<String, Released> {
    let alive: BTreeSet<&str> = planned
        .plan
        .objects
        .iter()
        .filter(|o| !matches!(o.outcome, Outcome::Withheld(_)))
        .map(|o| o.original.as_str())
        .collect();
    let released = planned.plan.released.iter();
    released
        .filter_map(|r| Some((r.original()?.to_owned(), r.clone())))
        .filter(|(original, _)| alive.contains(original.as_str()))
        .collect()
}

/// Properties that follow from the agreement and the time, and say nothing of the object.
const ENVELOPE: &[&str] = &["modified", "object_marking_refs", "granular_markings"];

/// Whether the new form says nothing that the published one does not, and differs from it by the
/// new terms alone: where a value is another one, the terms under which it was published would
/// give the published one still.
fn says_less(published: &Object, as_then: &Released, as_now: &Released) -> bool {
    let (Ok(then), Ok(now)) = (Object::parse(as_then.bytes()), Object::parse(as_now.bytes()))
    else {
        return false;
    };
    less(published.view(), then.view(), now.view())
}

fn less(
    published: &Map<String, Value>,
    then: &Map<String, Value>,
    now: &Map<String, Value>,
) -> bool {
    now.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str())).all(|(name, value)| {
        let Some(had) = published.get(name) else { return false };
        match (had, value, then.get(name)) {
            (had, value, _) if had == value => true,
            (Value::Object(had), Value::Object(value), Some(Value::Object(then))) => {
                less(had, then, value)
            }
            (Value::Array(had), Value::Array(value), _)
                if value.iter().all(|item| had.contains(item)) =>
            {
                true
            }
            (had, _, then) => then == Some(had),
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(published: Value, then: Value, now: Value) -> bool {
        let view = |value: Value| value.as_object().cloned().unwrap_or_default();
        less(&view(published), &view(then), &view(now))
    }

    #[test]
    fn a_form_says_less_if_it_drops_or_if_the_terms_alone_generalise() {
        let full =
            json!({ "serial": "TX1", "made": "2019-04-02", "refs": ["a", "b"], "modified": 1 });
        let same = |now: Value| holds(full.clone(), full.clone(), now);
        assert!(same(json!({ "serial": "TX1", "modified": 2 })));
        assert!(same(json!({ "made": "2019" })), "the terms alone made it a year");
        assert!(same(json!({ "refs": ["b"] })));
        assert!(!same(json!({ "serial": "TX1", "calibre": "9 mm" })), "a field that was not there");
        // It was altered since: the change would leave with the narrower form.
        let altered = json!({ "serial": "TX1", "made": "2020-04-02", "refs": ["a"] });
        assert!(!holds(full.clone(), altered, json!({ "made": "2020" })));
        let person = |names: Value| json!({ "extensions": { "x": names } });
        let had = person(json!({ "names": ["A"], "sex": "m" }));
        assert!(holds(had.clone(), had.clone(), person(json!({ "names": ["A"] }))));
        assert!(!holds(had.clone(), had, person(json!({ "names": ["A"], "minor": true }))));
    }
}
