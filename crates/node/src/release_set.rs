//! The set of a release: what was picked and everything it refers to, with what the plan needs to
//! know (docs/design/release-sets.md).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use enlace_policy::{AgreementState, Approval, Clause, Facts, Policy, approval_of, kinds};
use enlace_release::{Candidate, Context, Outcome, Plan, Previous, Unspeakable, facts, plan};
use enlace_stix::{Id, Object, Timestamp};
use enlace_store::{Guard, OWN, ObjectRow, ObjectState, Twin};

use crate::around::Around;
use crate::consent_use::Makers;
use crate::document::Document;
use crate::inherited;
use crate::origin::Origins;
use crate::record::Bucket;
use crate::release::ReleaseRequest;
use crate::standing::Standing;
use crate::unspeakable::Untold;
use crate::view::View;
use crate::{Node, NodeError};

/// Most objects of one release; a larger set is refused, not cut.
const MOST: usize = 10_000;
/// Objects asked for at once.
const CHUNK: usize = 1000;

/// A set, planned.
pub(crate) struct Planned {
    pub(crate) standing: Standing,
    pub(crate) partner: String,
    /// Id of the named person that it is for.
    pub(crate) person: Option<String>,
    pub(crate) purpose: String,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) definitions: BTreeMap<String, Object>,
    pub(crate) plan: Plan,
    pub(crate) previous: BTreeMap<String, Previous>,
    /// Hold for as long as nothing that it rests on changed: consents, and what `ground.rs` names.
    pub(crate) guards: Vec<Guard>,
    /// What becomes of documents that leave as copies, by the id of their artifact.
    pub(crate) documents: BTreeMap<String, Document>,
}

impl Planned {
    /// The object of the set with this id, as the exit took it.
    pub(crate) fn original(&self, id: &str) -> Option<&Object> {
        let mut objects = self.candidates.iter().map(|candidate| &candidate.object);
        objects.find(|object| object.id().as_str() == id)
    }

    /// The approval that one object of the set needs by itself.
    pub(crate) fn approval_of_one(&self, id: &str, now_us: i64) -> Approval {
        let definition = |id: &str| self.definitions.get(id);
        let one = self.candidates.iter().filter(|candidate| candidate.object.id().as_str() == id);
        let facts: Vec<Facts> = one.map(|c| facts(&c.object, c.own, now_us, &definition)).collect();
        approval_of(self.standing.agreement.terms(), &self.purpose, &facts).0
    }

    /// The approval that each object of the set asks for by itself.
    pub(crate) fn approvals(&self, now_us: i64) -> BTreeMap<&str, Approval> {
        let definition = |id: &str| self.definitions.get(id);
        let terms = self.standing.agreement.terms();
        let of = |candidate: &Candidate| {
            let facts = facts(&candidate.object, candidate.own, now_us, &definition);
            approval_of(terms, &self.purpose, [&facts]).0
        };
        self.candidates.iter().map(|one| (one.object.id().as_str(), of(one))).collect()
    }

    /// The approval that what leaves needs, and the clauses that ask for it.
    pub(crate) fn approval(&self, now_us: i64) -> (Approval, Vec<Clause>) {
        if self.person.is_some() {
            // What is red is for few eyes, and never by one person's decision.
            return (Approval::FourEyes, Vec::new());
        }
        let leaves: BTreeSet<&Id> = self
            .plan
            .objects
            .iter()
            .filter(|object| !matches!(object.outcome, Outcome::Withheld(_)))
            .map(|object| &object.original)
            .collect();
        let definition = |id: &str| self.definitions.get(id);
        let facts: Vec<Facts> = self
            .candidates
            .iter()
            .filter(|candidate| leaves.contains(candidate.object.id()))
            .map(|candidate| facts(&candidate.object, candidate.own, now_us, &definition))
            .collect();
        approval_of(self.standing.agreement.terms(), &self.purpose, &facts)
    }
}

/// What planning depends on beside the set.
pub(crate) struct Asked<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) partner: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) active: bool,
    pub(crate) vetted: bool,
    pub(crate) offence: Option<&'a str>,
    pub(crate) reasoned: bool,
    pub(crate) twin_key: &'a [u8],
    pub(crate) now_us: i64,
    /// What no text may tell this partner.
    pub(crate) untold: Option<Untold<'a>>,
    /// What stands around the set and may not be told either.
    pub(crate) around: Option<Around>,
}

impl Node {
    /// Gathers the set of a request, as far as the view goes, and plans it as of now.
    pub(crate) async fn planned(
        &self,
        view: &View,
        request: &ReleaseRequest,
    ) -> Result<Planned, NodeError> {
        self.planned_at(view, request, self.now_us()).await
    }

    /// Gathers the set of a request and plans it with the times of `at_us`.
    pub(crate) async fn planned_at(
        &self,
        view: &View,
        request: &ReleaseRequest,
        at_us: i64,
    ) -> Result<Planned, NodeError> {
        let mut ground = vec![self.nothing_stopped().await?];
        let standing = self.agreement_named(&request.agreement).await?;
        let partner = self.recipient(&standing, request.partner.as_deref()).await?;
        ground.extend(self.ground_of(&partner).await?);
        self.refuse_cut_off(&partner).await?;
        let terms = standing.agreement.terms();
        let purpose = match &request.purpose {
            Some(purpose) => purpose.clone(),
            None => terms.purposes.allowed.first().cloned().unwrap_or_default(),
        };
        let mut candidates =
            self.gather(&view.clone().without_overdue(), &request.ids, request.exact).await?;
        self.hold(&mut candidates).await?;
        let active = Some(standing.state == AgreementState::Active);
        let whom = (standing, partner, purpose);
        let mut planned = self.planned_set(whom, candidates, request, at_us, active, true).await?;
        planned.guards.extend(ground);
        Ok(planned)
    }

    async fn hold(&self, candidates: &mut [Candidate]) -> Result<(), NodeError> {
        let held = self.held_back(candidates).await?;
        for candidate in candidates {
            candidate.held_back = held.contains(candidate.object.id().as_str());
        }
        Ok(())
    }

    /// Plans anew what a partner has: exactly these originals, as if it had nothing of them, under
    /// a version of the agreement that is in force or was. Of them, those that are held; `request`
    /// says whom, for what purpose and offence and for what reason.
    pub(crate) async fn planned_again(
        &self,
        standing: &Standing,
        request: &ReleaseRequest,
        originals: &BTreeSet<String>,
    ) -> Result<Planned, NodeError> {
        // Holds and reviews are no cause here: what the partner has says less afterwards, whoever
        // holds what.
        let candidates = self.released_of(originals).await?;
        self.planned_set(whom_of(standing, request), candidates, request, self.now_us(), None, true)
            .await
    }

    /// As [`Node::planned_again`], with all that this node alone forbids today (holds, its own
    /// rules), or without any of it.
    pub(crate) async fn planned_forbidding(
        &self,
        standing: &Standing,
        request: &ReleaseRequest,
        originals: &BTreeSet<String>,
        forbidding: bool,
    ) -> Result<Planned, NodeError> {
        let mut candidates = self.released_of(originals).await?;
        if forbidding {
            self.hold(&mut candidates).await?;
        }
        let (whom, now) = (whom_of(standing, request), self.now_us());
        self.planned_set(whom, candidates, request, now, None, forbidding).await
    }

    /// Of these originals, those that are held. Nothing goes along that was not released before.
    async fn released_of(&self, originals: &BTreeSet<String>) -> Result<Vec<Candidate>, NodeError> {
        let mut held = Vec::new();
        let originals = Vec::from_iter(originals.iter().cloned());
        for ids in originals.chunks(CHUNK) {
            for (id, row) in ids.iter().zip(self.store.object_each(ids, None).await?) {
                if row.is_some_and(|row| row.state == ObjectState::Held) {
                    held.push(id.clone());
                }
            }
        }
        self.gather(&View::whole(), &held, true).await
    }

    /// `active`: whether the agreement lets anything leave; `None` = it is taken to, and what the
    /// partner has of the set does not count as known to it. `ruled`: by the node's own rules too.
    async fn planned_set(
        &self,
        (standing, partner, purpose): (Standing, String, String),
        mut candidates: Vec<Candidate>,
        request: &ReleaseRequest,
        at_us: i64,
        active: Option<bool>,
        ruled: bool,
    ) -> Result<Planned, NodeError> {
        let whom = self.whom(&partner, &purpose).await?;
        let permitted = self.permit(&mut candidates, &whom).await?;
        let documents = self.add_copies(standing.agreement.terms(), &mut candidates).await?;
        let person = match &request.person {
            Some(name) => Some(self.person_of(&partner, name).await?.0.key),
            None => None,
        };
        let policy = match ruled {
            true => self.policy_to(&standing.agreement, person.as_deref())?,
            false => self.policy_without_rules(&standing.agreement)?,
        };
        let mut definitions = self.definitions_of(&candidates).await?;
        definitions.extend(permitted.definitions);
        let guards = permitted.guards;
        let lineage = standing.agreement.lineage.clone();
        let mut previous = BTreeMap::new();
        // A person gets a file of its own: it refers to nothing that the unit has.
        if person.is_none() {
            // What the partner has already is referred to as it has it.
            let had = ids_of(&candidates, request.exact);
            self.add_previous(&partner, &lineage, had, &mut previous).await?;
        }
        if active.is_none() {
            previous.values_mut().for_each(|p: &mut Previous| p.content_hash.clear());
        }
        let of_unit = person.is_none();
        // Nobody can lay a person's file beside the unit's collection.
        let twin_key = match &person {
            Some(person) => self.keys.twin_key(person, &lineage),
            None => self.keys.twin_key(&partner, &lineage),
        };
        let ask = Asked {
            policy: &policy,
            partner: &partner,
            purpose: &purpose,
            active: active.unwrap_or(true),
            vetted: self.is_vetted(&partner).await?,
            offence: request.offence.as_deref(),
            reasoned: request
                .ground_reason
                .as_ref()
                .is_some_and(|reason| !reason.trim().is_empty()),
            twin_key: twin_key.expose(),
            now_us: at_us,
            untold: self.untold(&candidates, &partner).await?,
            around: self.around(&candidates, &partner, of_unit.then_some(&lineage)).await?,
        };
        let mut made = self.plan_once(&candidates, &definitions, &previous, &ask);
        // What is made for the partner (markings, our identity) is known only after planning.
        let again = match &person {
            Some(_) => false,
            None => {
                let new = new_originals(&made, &previous);
                self.add_previous(&partner, &lineage, new, &mut previous).await?
            }
        };
        let same = match &person {
            Some(_) => BTreeSet::new(),
            None => self.same_values(&partner, &lineage, &made, &mut previous).await?,
        };
        if active.is_none() {
            previous
                .iter_mut()
                .filter(|(original, _)| same.contains(*original))
                .for_each(|(_, p)| p.content_hash.clear());
        }
        if again || !same.is_empty() {
            made = self.plan_once(&candidates, &definitions, &previous, &ask);
        }
        crate::hold::say_held(&mut made);
        let of_person = |key: String| key.rsplit('/').next().unwrap_or_default().to_owned();
        let person = person.map(of_person);
        Ok(Planned {
            standing,
            partner,
            person,
            purpose,
            candidates,
            definitions,
            plan: made,
            previous,
            documents,
            guards,
        })
    }

    pub(crate) fn plan_once(
        &self,
        candidates: &[Candidate],
        definitions: &BTreeMap<String, Object>,
        previous: &BTreeMap<String, Previous>,
        ask: &Asked<'_>,
    ) -> Plan {
        let made = |unspeakable: Option<Unspeakable<'_>>| {
            let definition = |id: &str| definitions.get(id);
            let context = Context {
                policy: ask.policy,
                partner: ask.partner,
                purpose: ask.purpose,
                active: ask.active,
                vetted: ask.vetted,
                offence: ask.offence,
                reasoned: ask.reasoned,
                own_identity: &self.identity,
                twin_key: ask.twin_key,
                now_us: ask.now_us,
                previous,
                definition: &definition,
                unspeakable,
            };
            plan(candidates, &context)
        };
        match (&ask.untold, &ask.around) {
            (None, None) => made(None),
            (None, Some(around)) => around.with(None, |both| made(Some(both))),
            (Some(untold), None) => untold.with(|unspeakable| made(Some(unspeakable))),
            (Some(untold), Some(around)) => {
                untold.with(|unspeakable| around.with(Some(unspeakable), |both| made(Some(both))))
            }
        }
    }

    /// Adds what the partner has of the values of a plan under other ids of ours: the id of an
    /// observable is made of its value. Returns the originals of which something was added.
    async fn same_values(
        &self,
        partner: &str,
        lineage: &str,
        plan: &Plan,
        previous: &mut BTreeMap<String, Previous>,
    ) -> Result<BTreeSet<String>, NodeError> {
        let mut added = BTreeSet::new();
        for ids in observables(plan).chunks(CHUNK) {
            let rows = self.store.twins_of_each(ids).await?;
            for (id, rows) in ids.iter().zip(rows) {
                for row in rows {
                    let of_partner = row.partner == partner && row.lineage == lineage;
                    if of_partner && row.twin == *id && !previous.contains_key(&row.original) {
                        let sent = self.sent_object(partner, lineage, &row.original).await?;
                        let copy = sent.and_then(|sent| sent.copy);
                        let had = Previous { copy, ..previous_of(&row)? };
                        previous.insert(row.original.clone(), had);
                        added.insert(row.original);
                    }
                }
            }
        }
        Ok(added)
    }

    /// Adds what the partner has of these originals; whether it has anything.
    async fn add_previous(
        &self,
        partner: &str,
        lineage: &str,
        originals: BTreeSet<String>,
        previous: &mut BTreeMap<String, Previous>,
    ) -> Result<bool, NodeError> {
        let mut added = false;
        let originals = Vec::from_iter(originals);
        for ids in originals.chunks(CHUNK) {
            let twins = self.store.twin_each(partner, lineage, ids).await?;
            for (original, twin) in ids.iter().zip(twins) {
                let Some(twin) = twin else { continue };
                added = true;
                if !original.starts_with("artifact--") {
                    previous.insert(original.clone(), previous_of(&twin)?);
                    continue;
                }
                // A file tells of the copy in it, whichever of our artifacts that was made of.
                for row in self.store.twins_of(&twin.twin).await? {
                    if row.partner == partner && row.lineage == lineage && row.twin == twin.twin {
                        let sent = self.sent_object(partner, lineage, &row.original).await?;
                        let copy = sent.and_then(|sent| sent.copy);
                        let had = Previous { copy, ..previous_of(&row)? };
                        previous.insert(row.original.clone(), had);
                    }
                }
            }
        }
        Ok(added)
    }

    /// The other party, where there is one; else the one that is named.
    pub(crate) async fn recipient(
        &self,
        standing: &Standing,
        name: Option<&str>,
    ) -> Result<String, NodeError> {
        let parties = &standing.agreement.draft.parties;
        let others: Vec<&str> =
            parties.iter().map(|p| p.key_id.as_str()).filter(|k| *k != self.key_id()).collect();
        match (name, others.as_slice()) {
            (Some(name), others) => {
                let (key_id, _) = self.partner_named(name).await?;
                let expected = "a party of the agreement";
                match others.contains(&key_id.as_str()) {
                    true => Ok(key_id),
                    false => {
                        Err(NodeError::input("release.partner", "not a party", name, expected))
                    }
                }
            }
            (None, [one]) => Ok((*one).to_owned()),
            (None, _) => {
                let expected = "`--partner` with one of them";
                Err(NodeError::input("release.partner", "several parties", "--partner", expected))
            }
        }
    }

    /// The picked objects and, unless it is exact, everything that they refer to
    /// (docs/design/release-sets.md). What the view does not see is like what is not held.
    pub(crate) async fn gather(
        &self,
        view: &View,
        ids: &[String],
        exact: bool,
    ) -> Result<Vec<Candidate>, NodeError> {
        let hidden = self.hidden(view).await?;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut queue: VecDeque<(String, bool)> =
            ids.iter().map(|id| (id.to_lowercase(), true)).collect();
        let mut set: Vec<Candidate> = Vec::new();
        let makers = self.makers().await?;
        let mut origins = Origins::new(&makers);
        while !queue.is_empty() {
            let mut asked: Vec<(String, bool)> = Vec::with_capacity(CHUNK);
            while let Some((id, picked)) = queue.pop_front() {
                if seen.insert(id.clone()) {
                    asked.push((id, picked));
                }
                if asked.len() == CHUNK {
                    break;
                }
            }
            let ids: Vec<String> = asked.iter().map(|(id, _)| id.clone()).collect();
            let mut held = Vec::with_capacity(ids.len());
            for ((id, picked), row) in asked.iter().zip(self.store.object_each(&ids, None).await?) {
                let is_held = |r: &ObjectRow| r.state == ObjectState::Held && !hidden.contains(id);
                let Some(row) = row.filter(is_held) else {
                    if *picked {
                        return Err(NodeError::not_found("object", id));
                    }
                    continue;
                };
                let broken = |_| NodeError::Internal("held object");
                let object = Object::parse(&row.raw).map_err(broken)?;
                for reference in object.references() {
                    let follows = !exact
                        && reference.path != "created_by_ref"
                        && reference.target.kind() != "marking-definition";
                    if follows {
                        queue.push_back((reference.target.to_string(), false));
                    }
                }
                held.push((object, row.channel));
                if set.len() + held.len() > MOST {
                    let expected = format!("at most {MOST} objects in one release: pick fewer");
                    return Err(NodeError::input("release.too-large", "too many", "ID", expected));
                }
            }
            set.extend(self.candidates_of(&mut origins, held).await?);
        }
        Ok(set)
    }

    /// Objects as the exit takes them, each with its channel. A partner's object in a file stays a
    /// partner's object, and so does what was made from it (docs/design/consent.md).
    pub(crate) async fn candidates_of(
        &self,
        origins: &mut Origins<'_>,
        held: Vec<(Object, String)>,
    ) -> Result<Vec<Candidate>, NodeError> {
        let (mut ids, mut bare) = (Vec::with_capacity(held.len()), Vec::new());
        for (object, channel) in &held {
            ids.push(object.id().to_string());
            if !inherited::bears_markings(object) {
                bare.push(inherited::key(channel, object.id().as_str()));
            }
        }
        self.read_ahead(origins, ids).await?;
        let mut kept_of = HashMap::new();
        for ids in bare.chunks(CHUNK) {
            for kept in self.store.record_each(Bucket::INHERITED, ids).await?.into_iter().flatten()
            {
                kept_of.insert(kept.key.clone(), kept);
            }
        }
        let mut candidates = Vec::with_capacity(held.len());
        for (object, channel) in held {
            let sources = self.sources_in(origins, object.id().as_str()).await?;
            let own = channel == OWN && sources.foreign.is_empty();
            let object = match kept_of.get(&inherited::key(&channel, object.id().as_str())) {
                Some(kept) => inherited::bearing(&object, kept)?,
                None => object,
            };
            let object = self.with_marks_of(object, &sources.inputs).await?;
            candidates.push(Candidate::new(object, own));
        }
        Ok(candidates)
    }

    /// An object as the exit takes it.
    pub(crate) async fn candidate(
        &self,
        makers: &Makers,
        object: Object,
        channel: &str,
    ) -> Result<Candidate, NodeError> {
        let set = vec![(object, channel.to_owned())];
        let mut made = self.candidates_of(&mut Origins::new(makers), set).await?;
        made.pop().ok_or(NodeError::Internal("candidate"))
    }

    /// The markings that candidates name, as our own channel defines them.
    pub(crate) async fn definitions_of(
        &self,
        candidates: &[Candidate],
    ) -> Result<BTreeMap<String, Object>, NodeError> {
        self.definitions_held(markings_named(candidates.iter().map(|c| &c.object)), OWN).await
    }

    /// Markings by their ids, as a channel defines them.
    pub(crate) async fn definitions_held(
        &self,
        ids: BTreeSet<String>,
        channel: &str,
    ) -> Result<BTreeMap<String, Object>, NodeError> {
        let (ids, mut found) = (Vec::from_iter(ids), BTreeMap::new());
        for ids in ids.chunks(CHUNK) {
            for row in self.store.object_each(ids, Some(channel)).await?.into_iter().flatten() {
                let held = row.state == ObjectState::Held;
                if let Some(definition) = Object::parse(&row.raw).ok().filter(|_| held) {
                    found.insert(definition.id().to_string(), definition);
                }
            }
        }
        Ok(found)
    }
}

/// Whom a request is for and for what.
fn whom_of(standing: &Standing, request: &ReleaseRequest) -> (Standing, String, String) {
    let partner = request.partner.clone().unwrap_or_default();
    (standing.clone(), partner, request.purpose.clone().unwrap_or_default())
}

/// Ids of the marking definitions that objects refer to.
pub(crate) fn markings_named<'o>(objects: impl Iterator<Item = &'o Object>) -> BTreeSet<String> {
    let references = objects.flat_map(Object::references);
    let markings = references.filter(|r| r.target.kind() == "marking-definition");
    markings.map(|reference| reference.target.to_string()).collect()
}

/// Ids of the candidates; with what they refer to, if asked for.
fn ids_of(candidates: &[Candidate], and_targets: bool) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for candidate in candidates {
        ids.insert(candidate.object.id().to_string());
        if and_targets {
            let references = candidate.object.references().into_iter();
            ids.extend(references.map(|reference| reference.target.to_string()));
        }
    }
    ids
}

/// Originals of what a plan releases that were not looked up before.
fn new_originals(plan: &Plan, previous: &BTreeMap<String, Previous>) -> BTreeSet<String> {
    let originals = plan.released.iter().map(|r| r.original().unwrap_or_default().to_owned());
    originals.filter(|id| !previous.contains_key(id)).collect()
}

/// Ids of the observables among the twins of a plan.
fn observables(plan: &Plan) -> Vec<String> {
    let twins = plan.objects.iter().filter_map(|object| match &object.outcome {
        Outcome::Released { twin } | Outcome::Unchanged { twin } => Some(twin),
        Outcome::Withheld(_) => None,
    });
    let family = |twin: &&Id| kinds::kind(twin.kind()).map(|kind| kind.family);
    let observables = twins.filter(|twin| family(twin) == Some(kinds::Family::Observable));
    observables.map(Id::to_string).collect()
}

pub(crate) fn previous_of(twin: &Twin) -> Result<Previous, NodeError> {
    let time = |text: &str| -> Result<Timestamp, NodeError> {
        text.parse().map_err(|_| NodeError::Internal("time of a twin"))
    };
    Ok(Previous {
        twin: twin.twin.parse().map_err(|_| NodeError::Internal("id of a twin"))?,
        created: time(&twin.created)?,
        modified: time(&twin.modified)?,
        content_hash: twin.content_hash.clone(),
        recalled: twin.recalled,
        copy: None,
    })
}
