//! Consents at the exit: whose content an object of a release holds, and whether each of them lets
//! it go to this partner for this purpose (docs/design/consent.md).
//!
//! An object is another's if a partner released it to us or made it, and if it was made from what
//! is another's: a derived object carries the markings and the originators of all its inputs. What
//! is another's leaves with the consent of every one of them or not at all.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::consent::{
    Asked, Consent as Paper, Consented, Covered, NoConsent, PARTIES, onward,
};
use enlace_policy::kinds;
use enlace_release::{Candidate, Consent, Input, Joined, joined};
use enlace_stix::marking::{Effective, Tlp};
use enlace_stix::{Id, Object, Timestamp, types};
use enlace_store::{Guard, OWN, ObjectQuery, ObjectRow, ObjectState, RecordQuery, Twin, Veil};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::consent_paper::epoch;
use crate::inbox::Arrival;
use crate::origin::Origins;
use crate::record::{self, Bucket};
use crate::release_set::markings_named;
use crate::{Node, NodeError};

/// Most objects that what was made from one object is followed to.
const MOST: usize = 10_000;
/// Objects read at once: all versions of each.
const CHUNK: usize = 256;
/// Most references to one object that are looked through for what was made from it.
const REFERRING: usize = 100_000;

/// Content of another originator in an object of ours, or that object itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// Id under which it is held.
    pub(crate) id: String,
    /// The partner whose it is; `None` = nobody can say.
    pub(crate) partner: Option<String>,
}

/// What an object was made from.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// What of it is another's; empty = all of it is ours.
    pub(crate) foreign: BTreeSet<Source>,
    /// Every input, ours and others'.
    pub(crate) inputs: BTreeSet<String>,
}

/// Identities under which objects are made: ours, and those of partners with their key ids.
#[derive(Debug)]
pub(crate) struct Makers {
    own: String,
    partners: BTreeMap<String, String>,
}

/// Whom a use is proposed for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whom {
    /// Key id; empty = ourselves.
    pub(crate) partner: String,
    /// Key id, identity, country.
    pub(crate) names: Vec<String>,
    pub(crate) purpose: String,
    pub(crate) proceedings: Option<String>,
}

/// What planning a release takes from the consents.
#[derive(Debug, Default)]
pub(crate) struct Permitted {
    /// Markings of others as their consent widens them.
    pub(crate) definitions: BTreeMap<String, Object>,
    /// Hold for as long as no consent changed since it was read.
    pub(crate) guards: Vec<Guard>,
}

/// Papers of originators, read once.
#[derive(Debug, Default)]
pub(crate) struct Consents {
    held: BTreeMap<String, Vec<Paper>>,
    /// Agreement under which an object came, by partner and id.
    came: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether a recipient is a party of an agreement.
    fellows: BTreeMap<(String, String), bool>,
    /// Classes that a recipient was found to belong to.
    classes: BTreeMap<String, Vec<String>>,
}

/// An object of another as its originator released it to us.
pub(crate) struct Came {
    pub(crate) object: Object,
    pub(crate) marking: Effective,
    pub(crate) released_us: i64,
    definitions: Vec<Object>,
}

/// What is read of a set before each of its objects is judged.
struct Read {
    came: BTreeMap<Source, Came>,
    /// Ids of markings that our own channel defines.
    own: BTreeSet<String>,
}

impl Came {
    fn new(object: Object, received_us: i64, all: &BTreeMap<String, Object>) -> Self {
        let definitions: Vec<Object> = object
            .references()
            .iter()
            .filter_map(|reference| all.get(reference.target.as_str()).cloned())
            .collect();
        let input = Input { object: &object, originator: None };
        let find = |id: &str| definitions.iter().find(|d| d.id().as_str() == id);
        let marking = joined(&[input], &find).marking;
        let released_us = object.time("created").map_or(received_us, |t| t.micros());
        Self { object, marking, released_us, definitions }
    }

    pub(crate) fn covered(&self) -> Covered<'_> {
        Covered {
            id: self.object.id().as_str(),
            kind: self.object.kind(),
            released_us: self.released_us,
            marking: &self.marking,
        }
    }
}

impl Node {
    /// Who makes objects: asked once for a whole set.
    pub(crate) async fn makers(&self) -> Result<Makers, NodeError> {
        let cards = self.cards().await?.into_iter();
        let partners = cards.map(|(key, _, card)| (card.identity_id().to_owned(), key)).collect();
        Ok(Makers { own: self.me.identity_id.clone(), partners })
    }

    /// The object with the markings of everything that it was made from beside its own.
    pub(crate) async fn with_marks_of(
        &self,
        object: Object,
        inputs: &BTreeSet<String>,
    ) -> Result<Object, NodeError> {
        let mut marks = BTreeSet::new();
        let inputs = Vec::from_iter(inputs.iter().cloned());
        for chunk in inputs.chunks(CHUNK) {
            let versions = self.store.versions_each(chunk).await?;
            for row in versions.iter().flatten().filter(|r| is_held(r)) {
                let Ok(input) = Object::parse(&row.raw) else { continue };
                let input = self.with_inherited(input, &row.channel).await?;
                marks.extend(marks_of(&input));
            }
        }
        if marks.is_empty() {
            return Ok(object);
        }
        marks.extend(object.texts("object_marking_refs").map(str::to_owned));
        let mut view = object.view().clone();
        view.insert("object_marking_refs".to_owned(), marks.into_iter().collect());
        Object::from_view(view).map_err(|_| NodeError::Internal("markings of inputs"))
    }

    /// The markings and originators that a result made from these objects carries, for whatever
    /// computes one (score, trail, total, canonical view): each object with all that it was made
    /// from. What is not held makes it nobody's.
    pub(crate) async fn joined_of(&self, ids: &[String]) -> Result<Joined, NodeError> {
        let makers = self.makers().await?;
        let of_partner =
            |key: &str| makers.partners.iter().find(|(_, k)| *k == key).map(|(id, _)| id);
        let mut all = Joined::default();
        for id in ids {
            let sources = self.sources(&makers, id).await?;
            all.unattributed |= sources.foreign.iter().any(|source| source.partner.is_none());
            for at in sources.inputs.iter().chain([id]) {
                let versions = self.store.versions(&at.to_lowercase()).await?;
                all.unattributed |= !versions.iter().any(is_held);
                for row in versions.iter().filter(|row| is_held(row)) {
                    let Ok(object) = Object::parse(&row.raw) else { continue };
                    let object = self.with_inherited(object, &row.channel).await?;
                    let definitions = self.definitions(&object, &row.channel).await?;
                    let by = match row.channel == OWN {
                        true => Some(self.me.identity_id.clone()),
                        false => of_partner(&row.channel).cloned(),
                    };
                    let by: Option<Id> = by.and_then(|id| id.parse().ok());
                    let input = Input { object: &object, originator: by.as_ref() };
                    let find = |id: &str| definitions.iter().find(|d| d.id().as_str() == id);
                    let one = joined(&[input], &find);
                    all.marking.merge(&one.marking);
                    all.originators.extend(one.originators);
                    all.unattributed |= one.unattributed;
                }
            }
            for source in &sources.foreign {
                let by = source.partner.as_deref().and_then(of_partner);
                all.originators.extend(by.and_then(|id| id.parse().ok()));
            }
        }
        Ok(all)
    }

    /// Says of each candidate that is not ours what its originators let be done with it, and takes
    /// it as they released it.
    pub(crate) async fn permit(
        &self,
        candidates: &mut [Candidate],
        whom: &Whom,
    ) -> Result<Permitted, NodeError> {
        let mut permitted = Permitted::default();
        let mut consents = Consents::default();
        let makers = self.makers().await?;
        let mut origins = Origins::new(&makers);
        let (ids, marks) = foreign(candidates);
        self.read_ahead(&mut origins, ids.clone()).await?;
        let mut whose = Vec::with_capacity(ids.len());
        let mut all = BTreeSet::new();
        for id in &ids {
            let sources = self.sources_in(&mut origins, id).await?;
            all.extend(sources.foreign.iter().cloned());
            whose.push(sources);
        }
        for partner in partners(&all) {
            // Before the papers are read: what comes in between fails the guard.
            permitted.guards.push(self.epoch_guard(&partner).await?);
        }
        let own = self.definitions_held(marks, OWN).await?.into_keys().collect();
        let read = Read { came: self.came_each(all).await?, own };
        let mut whose = whose.iter();
        for candidate in candidates.iter_mut() {
            if candidate.own {
                continue;
            }
            let Some(sources) = whose.next() else { break };
            let (consents, permitted) = (&mut consents, &mut permitted);
            self.permit_one(candidate, sources, &read, whom, consents, permitted).await?;
        }
        Ok(permitted)
    }

    async fn permit_one(
        &self,
        candidate: &mut Candidate,
        sources: &Sources,
        read: &Read,
        whom: &Whom,
        consents: &mut Consents,
        permitted: &mut Permitted,
    ) -> Result<(), NodeError> {
        let id = candidate.object.id().to_string();
        let (mut names, mut redacted) = (BTreeSet::new(), false);
        let (mut passed, mut renamed) = (None, BTreeMap::new());
        for source in &sources.foreign {
            let Some(came) = read.came.get(source) else { return Ok(()) };
            let said = self.said_of(source, came, whom, consents).await?;
            let partner = source.partner.as_deref().unwrap_or_default();
            names.insert(match &said {
                Consented::No(_) => return Ok(()),
                Consented::Redacted { named_as: Some(name), .. } => name.clone(),
                _ => self.channel_name(partner).await?,
            });
            redacted |= matches!(said, Consented::Redacted { .. });
            renamed.extend(widened(came, partner, whom, permitted));
            if source.id == id {
                passed = Some(&came.object);
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        let none = BTreeSet::new();
        let (object, kept) = match passed {
            Some(passed) => (passed, &none),
            None => (&candidate.object, &read.own),
        };
        let made_here = passed.is_none();
        candidate.object = remarked(object, &renamed, kept)?;
        // What was made from another's content leaves as ours, and names whose it is.
        candidate.consent = match made_here || redacted {
            true => Consent::Redacted { named_as: Vec::from_iter(names).join("; ") },
            false => Consent::Whole,
        };
        Ok(())
    }

    /// What a source is, as its originator released it to us; `None` = it did not, or has recalled
    /// it since.
    pub(crate) async fn came(&self, source: &Source) -> Result<Option<Came>, NodeError> {
        Ok(self.came_each(BTreeSet::from([source.clone()])).await?.remove(source))
    }

    /// [`Node::came`] of many; those that are not there did not come.
    async fn came_each(
        &self,
        sources: BTreeSet<Source>,
    ) -> Result<BTreeMap<Source, Came>, NodeError> {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Source { id, partner } in sources {
            if let Some(partner) = partner {
                wanted.entry(partner).or_default().push(id);
            }
        }
        let mut came = BTreeMap::new();
        for (partner, ids) in wanted {
            for ids in ids.chunks(CHUNK) {
                let mut held = Vec::with_capacity(ids.len());
                for (id, row) in ids.iter().zip(self.store.object_each(ids, Some(&partner)).await?)
                {
                    let Some(row) = row.filter(is_held) else { continue };
                    let Ok(object) = Object::parse(&row.raw) else { continue };
                    held.push((id.clone(), object, row.received_us));
                }
                let marks = markings_named(held.iter().map(|(_, object, _)| object));
                let definitions = self.definitions_held(marks, &partner).await?;
                for (id, object, received_us) in held {
                    let source = Source { id, partner: Some(partner.clone()) };
                    came.insert(source, Came::new(object, received_us, &definitions));
                }
            }
        }
        Ok(came)
    }

    /// What the originator of a source says to passing it on.
    pub(crate) async fn said_of(
        &self,
        source: &Source,
        came: &Came,
        whom: &Whom,
        consents: &mut Consents,
    ) -> Result<Consented, NodeError> {
        let Some(partner) = source.partner.as_deref() else {
            return Ok(Consented::No(NoConsent::Unattributed));
        };
        let mut classes = match consents.classes.get(&whom.partner) {
            Some(classes) => classes.clone(),
            None => {
                let classes = self.classes_vetted(&whom.partner).await?;
                consents.classes.insert(whom.partner.clone(), classes.clone());
                classes
            }
        };
        if self.is_fellow_party(partner, &source.id, &whom.partner, consents).await? {
            classes.push(PARTIES.to_owned());
        }
        let held = self.consents_by(partner, consents).await?;
        Ok(onward(held, &came.covered(), &whom.asked(&classes, self.now_us())))
    }

    /// The consents that an originator gave us, and what it decided against.
    pub(crate) async fn consents_by<'c>(
        &self,
        partner: &str,
        consents: &'c mut Consents,
    ) -> Result<&'c [Paper], NodeError> {
        if !consents.held.contains_key(partner) {
            let query = ObjectQuery {
                kinds: vec!["consent".to_owned()],
                channel: Some(partner.to_owned()),
                state: Some(ObjectState::Held),
                limit: 100_000,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let read = |row: &ObjectRow| Paper::of(&Object::parse(&row.raw).ok()?);
            consents.held.insert(partner.to_owned(), rows.iter().filter_map(read).collect());
        }
        Ok(consents.held.get(partner).map_or(&[], Vec::as_slice))
    }

    /// Whether the recipient is a party of the agreement under which an object came.
    async fn is_fellow_party(
        &self,
        partner: &str,
        id: &str,
        recipient: &str,
        consents: &mut Consents,
    ) -> Result<bool, NodeError> {
        if !consents.came.contains_key(partner) {
            let came = self.came_under(partner).await?;
            consents.came.insert(partner.to_owned(), came);
        }
        let Some(agreement) = consents.came.get(partner).and_then(|came| came.get(id)) else {
            return Ok(false);
        };
        let key = (agreement.clone(), recipient.to_owned());
        if let Some(fellow) = consents.fellows.get(&key) {
            return Ok(*fellow);
        }
        let fellow = match self.agreement_named(agreement).await {
            Ok(standing) => standing.agreement.party(recipient).is_some(),
            Err(NodeError::NotFound { .. }) => false,
            Err(error) => return Err(error),
        };
        consents.fellows.insert(key, fellow);
        Ok(fellow)
    }

    /// The agreement under which each object of a partner came last.
    pub(crate) async fn came_under(
        &self,
        partner: &str,
    ) -> Result<BTreeMap<String, String>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::ARRIVAL, limit: 100_000, ..RecordQuery::default() };
        let mut came = BTreeMap::new();
        for found in self.store.records(query).await? {
            let arrival: Arrival = record::read(&found)?;
            if arrival.partner == partner {
                let ids = arrival.objects.iter().map(|(id, _)| id.clone());
                came.extend(ids.map(|id| (id, arrival.agreement.clone())));
            }
        }
        Ok(came)
    }

    /// Twins that we made of another's object and of what was made from it, recalled ones too; none
    /// of an object that is ours. `whose`: only those that may hold what this partner released or
    /// made; ids of observables can be guessed, and what another sent us is not for it to know of.
    pub(crate) async fn onward_twins(
        &self,
        id: &str,
        whose: Option<&str>,
    ) -> Result<Vec<Twin>, NodeError> {
        let (mut twins, mut seen) = (Vec::new(), BTreeSet::new());
        let mut queue = vec![id.to_lowercase()];
        let versions = self.store.versions(&id.to_lowercase()).await?;
        let makers = self.makers().await?;
        if !versions.is_empty() && makers.others(id, &versions).is_empty() {
            return Ok(twins);
        }
        let since = match whose.map(|partner| makers.since(partner, &versions)) {
            Some(None) => return Ok(twins),
            Some(Some(since)) => since,
            None => i64::MIN,
        };
        while let Some(at) = queue.pop() {
            if seen.len() > MOST || !seen.insert(at.clone()) {
                continue;
            }
            let made = self.store.twins_of(&at).await?;
            twins.extend(made.into_iter().filter(|twin| twin.original == at));
            for found in self.store.referring(&at, &Veil::default(), REFERRING).await? {
                let row = &found.object;
                if row.channel != OWN {
                    continue;
                }
                let relation = row.kind == "relationship" && found.path == "target_ref";
                if found.path.contains(".input_refs.") {
                    queue.push(row.id.clone());
                } else if relation
                    && let Ok(relation) = Object::parse(&row.raw)
                    && relation.text("relationship_type") == Some("derived-from")
                {
                    queue.extend(relation.text("source_ref").map(str::to_lowercase));
                }
            }
        }
        twins.retain(|twin| last_sent_us(twin) >= since);
        Ok(twins)
    }

    /// Those of them that are not recalled yet.
    pub(crate) async fn onward_copies(
        &self,
        id: &str,
        whose: Option<&str>,
    ) -> Result<Vec<Twin>, NodeError> {
        let mut twins = self.onward_twins(id, whose).await?;
        twins.retain(|twin| !twin.recalled);
        Ok(twins)
    }

    /// The use that a release proposes.
    pub(crate) async fn whom(&self, partner: &str, purpose: &str) -> Result<Whom, NodeError> {
        let mut names = vec![partner.to_owned()];
        if let Some(known) = self.partner(partner).await? {
            names.extend([known.card()?.identity_id().to_owned(), known.country]);
        }
        let (partner, purpose) = (partner.to_owned(), purpose.to_owned());
        Ok(Whom { partner, names, purpose, proceedings: None })
    }

    async fn epoch_guard(&self, partner: &str) -> Result<Guard, NodeError> {
        self.as_it_is(Bucket::CONSENT, &epoch(partner)).await
    }
}

impl Makers {
    /// The partner that made an object, by what it says of itself.
    pub(crate) fn of(&self, object: &Object) -> Option<&String> {
        self.partners.get(object.text("created_by_ref")?)
    }

    /// Since when something of this object may be the partner's; `None` = nothing of it is. Where
    /// nobody else's is held, all of it may be, whatever the clock said.
    pub(crate) fn since(&self, partner: &str, versions: &[ObjectRow]) -> Option<i64> {
        let is_its = |row: &&ObjectRow| {
            let maker = || self.of(&Object::parse(&row.raw).ok()?).map(String::as_str);
            row.channel == partner || maker() == Some(partner)
        };
        let first = versions.iter().filter(is_its).map(|row| row.received_us).min()?;
        let another = |row: &ObjectRow| row.channel != OWN && is_held(row) && !is_its(&row);
        Some(if versions.iter().any(another) { first } else { i64::MIN })
    }

    /// Whose an object is, if not ours: whoever released it to us, and whoever made it. What we hold
    /// as ours stays ours, whoever sends the same id: else a partner could stop and recall our
    /// releases by sending us what we know already.
    pub(crate) fn others(&self, id: &str, versions: &[ObjectRow]) -> BTreeSet<Source> {
        let objects: Vec<Option<Object>> =
            versions.iter().map(|row| Object::parse(&row.raw).ok()).collect();
        let objects = objects.iter().map(Option::as_ref);
        self.others_of(id, &versions.iter().zip(objects).collect::<Vec<_>>())
    }

    /// [`Makers::others`] of versions that were read.
    pub(crate) fn others_of(
        &self,
        id: &str,
        versions: &[(&ObjectRow, Option<&Object>)],
    ) -> BTreeSet<Source> {
        let mut found = BTreeSet::new();
        let source = |partner: Option<String>| Source { id: id.to_owned(), partner };
        let of_others = versions.iter().filter(|(row, _)| row.channel != OWN);
        let first = of_others.map(|(row, _)| row.received_us).min();
        let mut ours = false;
        for (row, object) in versions {
            let foreign = row.channel != OWN;
            let creator = object.and_then(|object| object.text("created_by_ref"));
            let maker = object.and_then(|object| self.of(object));
            // The id of an observable is made of its value; any other we made, or had first.
            ours |= !foreign
                && is_held(row)
                && maker.is_none()
                && (is_observable(&row.kind)
                    || creator == Some(self.own.as_str())
                    || first.is_none_or(|first| row.received_us <= first));
            if foreign {
                found.insert(source(Some(row.channel.clone())));
            }
            match maker {
                Some(maker) => drop(found.insert(source(Some(maker.clone())))),
                // Passed on to us for somebody whom we do not know.
                None if foreign && creator.is_some() => drop(found.insert(source(None))),
                None => {}
            }
        }
        if ours { BTreeSet::new() } else { found }
    }
}

impl Whom {
    pub(crate) fn asked<'a>(&'a self, classes: &'a [String], now_us: i64) -> Asked<'a> {
        let (names, purpose) = (&self.names[..], self.purpose.as_str());
        Asked { names, classes, purpose, proceedings: self.proceedings.as_ref(), now_us }
    }
}

/// Ids of the candidates that are not ours, in their order, and the markings that they name.
fn foreign(candidates: &[Candidate]) -> (Vec<String>, BTreeSet<String>) {
    let foreign = candidates.iter().filter(|candidate| !candidate.own).map(|c| &c.object);
    let ids = foreign.clone().map(|object| object.id().to_string()).collect();
    (ids, markings_named(foreign))
}

fn partners(sources: &BTreeSet<Source>) -> BTreeSet<String> {
    sources.iter().filter_map(|source| source.partner.clone()).collect()
}

/// When a twin was published last; what cannot be read is now.
pub(crate) fn last_sent_us(twin: &Twin) -> i64 {
    twin.modified.parse::<Timestamp>().map_or(i64::MAX, |time| time.micros())
}

fn is_held(row: &ObjectRow) -> bool {
    row.state == ObjectState::Held
}

fn is_observable(kind: &str) -> bool {
    kinds::kind(kind).is_some_and(|kind| kind.family == kinds::Family::Observable)
}

/// Markings of an object and of its parts.
fn marks_of(object: &Object) -> BTreeSet<String> {
    let granular = object.get("granular_markings").and_then(Value::as_array);
    let granular = granular.into_iter().flatten().filter_map(|g| g.get("marking_ref")?.as_str());
    object.texts("object_marking_refs").chain(granular).map(str::to_owned).collect()
}

/// The markings of what came, under ids of their own, with the recipient and purpose to which its
/// originator agreed: `releasable_to` named only us. Everything else that they ask for stays, and a
/// marking that its originator did not define for us is unknown.
fn widened(
    came: &Came,
    partner: &str,
    whom: &Whom,
    permitted: &mut Permitted,
) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    for id in marks_of(&came.object) {
        if Tlp::from_marking_id(&id).is_some() {
            continue;
        }
        let seed = [partner, &id, &whom.partner, &whom.purpose].join("\0");
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(Sha256::digest(seed)).for_each(|(to, from)| *to = from);
        let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let new = format!("marking-definition--{uuid}");
        if let Some(known) = came.definitions.iter().find(|d| d.id().as_str() == id) {
            let mut view = known.view().clone();
            admit(&mut view, "releasable_to", &whom.partner);
            admit(&mut view, "purposes", &whom.purpose);
            view.insert("id".to_owned(), new.as_str().into());
            permitted.definitions.extend(Object::from_view(view).ok().map(|d| (new.clone(), d)));
        }
        renamed.insert(id, new);
    }
    renamed
}

/// One more in a list of the handling marking, where it has that list.
fn admit(view: &mut Map<String, Value>, name: &str, more: &str) {
    let body = view.get_mut("extensions").and_then(Value::as_object_mut);
    let body = body.and_then(|all| all.get_mut(&types::definition_id("handling")));
    let list = body.and_then(|body| body.get_mut(name)).and_then(Value::as_array_mut);
    list.into_iter().for_each(|list| list.push(more.into()));
}

/// The object with other markings in place of those; `kept`: markings that stay beside them.
fn remarked(
    object: &Object,
    renamed: &BTreeMap<String, String>,
    kept: &BTreeSet<String>,
) -> Result<Object, NodeError> {
    let mut view = object.view().clone();
    let marks: BTreeSet<String> = object
        .texts("object_marking_refs")
        .flat_map(|id| {
            let stays = renamed.get(id).is_none() || kept.contains(id);
            renamed.get(id).cloned().into_iter().chain(stays.then(|| id.to_owned()))
        })
        .collect();
    if !marks.is_empty() {
        view.insert("object_marking_refs".to_owned(), marks.into_iter().collect());
    }
    for granular in
        view.get_mut("granular_markings").and_then(Value::as_array_mut).into_iter().flatten()
    {
        let new =
            granular.get("marking_ref").and_then(Value::as_str).and_then(|id| renamed.get(id));
        if let (Some(new), Some(members)) = (new.cloned(), granular.as_object_mut()) {
            members.insert("marking_ref".to_owned(), new.into());
        }
    }
    Object::from_view(view).map_err(|_| NodeError::Internal("markings of a consent"))
}
