//! Danger to life: one named officer warns one known key, without an agreement and past handling
//! codes; the originator is told at once and a second person looks at it within a day
//! (docs/design/danger.md).
//!
//! - [`DangerRequest`], [`DangerRun`]: a warning, planned or sent
//! - `danger/after.rs`: review, recall, lists
//! - `danger/erase.rs`: what an erasure at review does to warnings
//! - `danger/named.rs`: who may be named in its words
//! - `danger/arrival.rs`: a warning that a partner sent, and its answers

mod after;
mod arrival;
mod erase;
mod named;

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::Action;
use enlace_policy::{Policy, danger as terms};
use enlace_release::{Candidate, Danger, DangerError, Released, Silence, Warned, danger, notice};
use enlace_stix::marking::Effective;
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, Guard, ObjectQuery, ObjectRow, ObjectState, RecordQuery, Veil, Write};
use serde::{Deserialize, Serialize};

use crate::consent_use::Makers;
use crate::ledger_log::Act;
use crate::partner::Partner;
use crate::record::{self, Bucket};
use crate::release::{Counts, DryLine, Step, counts, lines_of};
use crate::view::View;
use crate::{Actor, Node, NodeError};

pub(crate) use named::People;

pub use after::{DangerAlerts, DangerLine, DangerOutcome, DangerWarning};
pub use erase::WarningsErased;

/// Most objects of one warning.
const MOST: usize = 50;
/// Most objects whose names are looked for in a warning.
const SOURCES: usize = 100_000;
/// Times that a warning is planned because something stopped meanwhile.
const PATIENCE: usize = 5;
/// Microseconds of an hour.
const HOUR_US: i64 = 3600 * 1_000_000;
/// A second person looks at a warning within so many microseconds.
const REVIEW_US: i64 = 24 * HOUR_US;
/// The caveat of what identifies a source.
const SOURCE_IDENTITY: &str = "source-identity";

/// A warning to send.
#[derive(Debug, Clone, Default)]
pub struct DangerRequest {
    /// Name, country or key id of the one partner.
    pub partner: String,
    /// One of [`enlace_policy::danger::REASONS`].
    pub reason: String,
    /// What the partner reads, written for this release.
    pub text: String,
    /// Why the officer decided so: kept with the release, never sent and never logged.
    pub why: String,
    /// Exactly these objects; what they refer to stays. May be none.
    pub ids: Vec<String>,
}

/// What a warning would let out.
#[derive(Debug, Clone)]
pub struct DangerRun {
    /// Name of the partner.
    pub partner: String,
    /// What becomes of each object and field.
    pub lines: Vec<DryLine>,
    /// Counts of objects.
    pub counts: Counts,
    /// Partners whose information it is: each is told.
    pub originators: Vec<String>,
}

/// A warning as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) partner: String,
    pub(crate) reason: String,
    text: String,
    why: String,
    by: String,
    at_us: i64,
    /// `created` of the warning, for its last version.
    created: String,
    /// Picked originals.
    pub(crate) ids: Vec<String>,
    /// Original and twin of what left.
    pub(crate) twins: Vec<(String, String)>,
    counts: Counts,
    /// Key ids of the originators that were told.
    told: Vec<String>,
    /// Leads of the compartments that the objects are in.
    leads: BTreeSet<String>,
    review: Option<Review>,
    recalled: Option<Step>,
}

/// What the second person found.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Review {
    by: String,
    at_us: i64,
    outcome: DangerOutcome,
    note: String,
}

/// A warning, planned.
struct Planned {
    key: String,
    partner: Partner,
    said: Object,
    warned: Warned,
    /// What is whose: ids of objects by the partner that originated them.
    originators: BTreeMap<String, Vec<String>>,
    leads: BTreeSet<String>,
    /// The keys that its one reader has, and the holds that there are.
    ground: Vec<Guard>,
}

impl Node {
    /// What a warning would let out; sends nothing, and logs that somebody looked.
    pub async fn danger_dry_run(
        &self,
        actor: &Actor,
        request: &DangerRequest,
    ) -> Result<DangerRun, NodeError> {
        actor.require(Action::DangerRelease)?;
        let planned = self.danger_planned(actor, request).await?;
        let act = Act::new("consultation").by(actor).field("kind", "danger-dry-run");
        let act = act.field("partner", planned.key.as_str());
        self.log_act(act.field("objects", request.ids.clone())).await?;
        let mut originators = Vec::new();
        for key in planned.originators.keys() {
            originators.push(self.channel_name(key).await?);
        }
        Ok(DangerRun {
            partner: planned.partner.name,
            lines: lines_of(&planned.warned.plan),
            counts: counts(&planned.warned.plan),
            originators,
        })
    }

    /// Sends a warning. `confirmed`: the officer said that a life is in danger and that this is to
    /// leave without an agreement. Needs no approval; a second person looks at it afterwards.
    ///
    /// Release, entries of the logs, the message and the notices to the originators are one
    /// transaction; then it is delivered at once, and again and again if that fails.
    pub async fn danger_release(
        &self,
        actor: &Actor,
        request: &DangerRequest,
        confirmed: bool,
    ) -> Result<DangerLine, NodeError> {
        actor.require(Action::DangerRelease)?;
        if request.why.trim().is_empty() {
            let expected = "why you decide so; it stays here and is never logged";
            return Err(NodeError::input("danger.why", "no reason", "--why", expected));
        }
        if !confirmed {
            let expected = "confirmed: a life is in danger and no agreement is asked (`--confirm`)";
            return Err(NodeError::state("the warning", "not confirmed", expected));
        }
        let mut left = PATIENCE;
        let (id, told) = loop {
            let planned = self.danger_planned(actor, request).await?;
            left -= 1;
            match self.danger_left(actor, request, &planned).await {
                // Something stopped meanwhile: it says whether this does.
                Err(NodeError::Changed { .. }) if left > 0 => {}
                done => break done?,
            }
        };
        // Who is warned first; an originator that does not answer must not keep the warning.
        for key in &told {
            if let Err(error) = self.deliver(&Actor::console(), Some(key)).await {
                tracing::warn!(code = error.code(), "a warning waits for its partner");
            }
        }
        let (_, sent) = self.danger_sent(&id).await?;
        self.danger_line(&id, &sent).await
    }

    /// Lets a planned warning out: its id, and to whom something goes, who is warned first.
    async fn danger_left(
        &self,
        actor: &Actor,
        request: &DangerRequest,
        planned: &Planned,
    ) -> Result<(String, Vec<String>), NodeError> {
        let id = planned.warned.warning.id().to_string();
        let sent = self.sent(actor, request, planned);
        let mut writes = vec![
            record::put(Bucket::DANGER, &id, &sent, None)?,
            first(self.message(&planned.key, std::slice::from_ref(&planned.warned.warning))?),
        ];
        let act = Act::new("danger-to-life").field("warning", id.as_str());
        let act = act.field("reason", request.reason.as_str());
        let act = act.field("sha256", planned.warned.warning.sha256());
        let inside = |act: Act| {
            let left: Vec<&str> =
                sent.twins.iter().map(|(original, _)| original.as_str()).collect();
            act.by(actor).field("objects", left).field("withheld", sent.counts.withheld)
        };
        writes.extend(self.channel_leaves(&planned.key, act, inside)?);
        for key in &sent.told {
            let ids = planned.originators.get(key).cloned().unwrap_or_default();
            writes.extend(self.tell_originator(actor, request, planned, key, &ids)?);
        }
        self.store.commit(Batch { guards: planned.ground.clone(), writes }).await?;
        Ok((id, std::iter::once(planned.key.clone()).chain(sent.told).collect()))
    }

    /// The warning to the officer's request, planned in the officer's own view.
    async fn danger_planned(
        &self,
        actor: &Actor,
        request: &DangerRequest,
    ) -> Result<Planned, NodeError> {
        let (key, partner) = self.partner_named(&request.partner).await?;
        let ground =
            vec![self.as_it_is(Bucket::PARTNER, &key).await?, self.nothing_stopped().await?];
        self.refuse_cut_off(&key).await?;
        if !terms::REASONS.contains(&request.reason.as_str()) {
            let expected = terms::REASONS.join(", ");
            return Err(NodeError::input("danger.reason", "unknown reason", "--reason", expected));
        }
        if request.ids.len() > MOST {
            let expected = format!("at most {MOST} objects: what a warning needs");
            return Err(NodeError::input("danger.too-large", "too many objects", "ID", expected));
        }
        let view = self.view_of(actor).await?;
        let (mut set, mut definitions) = (Vec::new(), BTreeMap::new());
        let (mut whose, mut leads) = (BTreeMap::new(), BTreeSet::new());
        let makers = self.makers().await?;
        let ids: BTreeSet<String> = request.ids.iter().map(|id| id.to_lowercase()).collect();
        for id in ids {
            let (row, candidate) = self.endangered(&view, &makers, &id).await?;
            for definition in self.definitions(&candidate.object, &row.channel).await? {
                let known: &mut BTreeMap<String, Object> = &mut definitions;
                known.entry(definition.id().to_string()).or_insert(definition);
            }
            if let Some(originator) = self.originator(&makers, &candidate.object).await? {
                whose.insert(id.clone(), originator);
            }
            leads.extend(self.compartment_leads(&id).await?);
            set.push(candidate);
        }
        let held = self.held_back(&set).await?;
        for candidate in &mut set {
            candidate.held_back = held.contains(candidate.object.id().as_str());
        }
        let said = self.warning(&key, request)?;
        let (policy, mut sources) = (self.danger_policy(&key)?, self.names_of_sources().await?);
        self.add_named(&request.text, &mut sources).await?;
        let twin_key = self.keys.twin_key(&key, said.id().as_str());
        let warned = {
            let definition = |id: &str| definitions.get(id);
            let context = Danger {
                policy: &policy,
                partner: &key,
                own_identity: &self.identity,
                twin_key: twin_key.expose(),
                now_us: self.now_us(),
                definition: &definition,
                sources: &sources,
            };
            danger(&set, &said, &context)
        };
        if warned == Err(DangerError::Names) {
            // Who tries names to see which are refused leaves tracks.
            let act = Act::new("danger-refused").by(actor).field("partner", key.as_str());
            self.log_act(act.field("rule", "danger.names")).await?;
        }
        let mut warned = warned.map_err(|error| refused(&error))?;
        crate::hold::say_held(&mut warned.plan);
        let mut originators: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (original, _) in &warned.twins {
            // Who is warned learns it from the warning.
            if let Some(originator) = whose.get(original).filter(|o| **o != key) {
                originators.entry(originator.clone()).or_default().push(original.clone());
            }
        }
        leads.remove(actor.account());
        Ok(Planned { key, partner, said, warned, originators, leads, ground })
    }

    fn danger_policy(&self, partner: &str) -> Result<Policy, NodeError> {
        Policy::danger(partner, &self.config.rules).map_err(|error| {
            tracing::error!(%error, "the terms of a danger to life do not compile");
            NodeError::Internal("danger policy")
        })
    }

    /// A held object that the view sees and that is not overdue for review.
    async fn endangered(
        &self,
        view: &View,
        makers: &Makers,
        id: &str,
    ) -> Result<(ObjectRow, Candidate), NodeError> {
        let row = self.seen(&view.clone().without_overdue(), id).await?;
        let row = row.filter(|row| row.state == ObjectState::Held);
        let row = row.ok_or_else(|| NodeError::not_found("object", id))?;
        let object = Object::parse(&row.raw).map_err(|_| NodeError::Internal("held object"))?;
        let candidate = self.candidate(makers, object, &row.channel).await?;
        Ok((row, candidate))
    }

    /// The partner that originated an object: who made it, else who released it to us; `None` = it
    /// is ours.
    async fn originator(
        &self,
        makers: &Makers,
        object: &Object,
    ) -> Result<Option<String>, NodeError> {
        if let Some(maker) = makers.of(object) {
            return Ok(Some(maker.clone()));
        }
        let id = object.id().as_str();
        let others = makers.others(id, &self.store.versions(id).await?);
        Ok(others.into_iter().find_map(|source| source.partner))
    }

    /// Names and identifiers of everything held that a marking calls the identity of a source.
    async fn names_of_sources(&self) -> Result<Silence, NodeError> {
        let mut silence = Silence::default();
        let query = ObjectQuery {
            kinds: vec!["marking-definition".to_owned()],
            limit: SOURCES,
            ..ObjectQuery::default()
        };
        let mut inherited = None;
        for row in self.store.objects(query).await? {
            let Ok(definition) = Object::parse(&row.raw) else { continue };
            let mut marking = Effective::default();
            marking.join(&row.id, Some(&definition));
            if !marking.caveats.iter().any(|caveat| caveat == SOURCE_IDENTITY) {
                continue;
            }
            for found in self.store.referring(&row.id, &Veil::default(), SOURCES).await? {
                add(&mut silence, &found.object.raw);
            }
            if inherited.is_none() {
                let limit = usize::MAX >> 1;
                let query =
                    RecordQuery { bucket: Bucket::INHERITED, limit, ..RecordQuery::default() };
                inherited = Some(self.store.records(query).await?);
            }
            for kept in inherited.iter().flatten().filter(|kept| kept.body.contains(&row.id)) {
                // Of what a feed brought the channel stands in front.
                let id = kept.key.rsplit('/').next().unwrap_or(&kept.key);
                let found = self.store.object(id, None).await?;
                found.into_iter().for_each(|row| add(&mut silence, &row.raw));
            }
        }
        Ok(silence)
    }

    /// The warning to a partner (key id) without its objects.
    fn warning(&self, partner: &str, request: &DangerRequest) -> Result<Object, NodeError> {
        let mut view = self.own_object("danger-to-life")?;
        view.insert("addressee".to_owned(), partner.into());
        view.insert("reason".to_owned(), request.reason.as_str().into());
        view.insert("text".to_owned(), request.text.trim().into());
        view.insert("purpose".to_owned(), terms::PURPOSE.into());
        view.insert("onward".to_owned(), "none".into());
        view.insert("keep_days".to_owned(), terms::RETENTION_DAYS.into());
        Object::from_view(view).map_err(|_| NodeError::Internal("warning"))
    }

    fn sent(&self, actor: &Actor, request: &DangerRequest, planned: &Planned) -> Sent {
        Sent {
            partner: planned.key.clone(),
            reason: request.reason.clone(),
            text: request.text.trim().to_owned(),
            why: request.why.trim().to_owned(),
            by: actor.account().to_owned(),
            at_us: self.now_us(),
            created: planned.said.text("created").unwrap_or_default().to_owned(),
            ids: request.ids.iter().map(|id| id.to_lowercase()).collect(),
            twins: planned.warned.twins.clone(),
            counts: counts(&planned.warned.plan),
            told: planned.originators.keys().cloned().collect(),
            leads: planned.leads.clone(),
            review: None,
            recalled: None,
        }
    }

    /// The notice to an originator: what of its information left, to which unit, why and by which
    /// role.
    fn tell_originator(
        &self,
        actor: &Actor,
        request: &DangerRequest,
        planned: &Planned,
        key: &str,
        ids: &[String],
    ) -> Result<Vec<Write>, NodeError> {
        let mut view = self.own_object("danger-notice")?;
        let mut set = |name: &str, value: serde_json::Value| {
            view.insert(name.to_owned(), value);
        };
        set("notice", "released".into());
        set("reason", request.reason.as_str().into());
        set("object_refs", ids.into());
        set("recipient", planned.partner.name.as_str().into());
        if let Some(unit) = planned.partner.card()?.unit.as_deref() {
            set("recipient_unit", unit.into());
        }
        set("recipient_country", planned.partner.country.to_ascii_uppercase().into());
        set("role", actor.role().name().into());
        let paper = self.danger_paper(view, key)?;
        let act = Act::new("danger-notice").field("notice", "released");
        let act = act.field("objects", ids.to_vec()).field("reason", request.reason.as_str());
        let mut writes = vec![first(self.message(key, &[paper])?)];
        writes.extend(self.channel_leaves(key, act, |act| act.by(actor))?);
        Ok(writes)
    }

    /// Lets a notice out through the one exit.
    fn danger_paper(
        &self,
        mut view: serde_json::Map<String, serde_json::Value>,
        partner: &str,
    ) -> Result<Released, NodeError> {
        view.insert("addressee".to_owned(), partner.into());
        let object = Object::from_view(view).map_err(|_| NodeError::Internal("notice"))?;
        notice(&object, partner).map_err(|error| {
            tracing::error!(%error, "notice");
            NodeError::Internal("notice")
        })
    }

    async fn danger_sent(&self, id: &str) -> Result<(enlace_store::Record, Sent), NodeError> {
        let found = self.store.record(Bucket::DANGER, id).await?;
        let found = found.ok_or_else(|| NodeError::not_found("warning", id))?;
        let sent = record::read(&found)?;
        Ok((found, sent))
    }

    fn later(&self, than: &str) -> String {
        let than = than.parse::<Timestamp>().map_or(0, |time| time.micros());
        let at = self.now_us().max(than.saturating_add(1000));
        Timestamp::from_micros(at).to_millis().to_string()
    }
}

/// A message that goes before all others that wait.
fn first(write: Write) -> Write {
    match write {
        Write::Put { bucket, key, body, .. } => {
            // Among themselves in the order in which they were written.
            let key = format!("{:020}-{key}", 0);
            Write::Put { bucket, key, body, due_us: Some(0) }
        }
        other => other,
    }
}

fn add(silence: &mut Silence, raw: &str) {
    if let Ok(object) = Object::parse(raw) {
        silence.add(&object);
    }
}

fn refused(error: &DangerError) -> NodeError {
    let (code, expected) = match error {
        DangerError::Names => (
            "danger.names",
            "a text that names no person held here but those who leave with the warning: pick who \
             is meant, or leave the name out",
        ),
        DangerError::HoldsId => ("danger.holds-id", "a text without ids of objects"),
        DangerError::Length => ("danger.text", "what threatens whom, where and when"),
        DangerError::Forbidden(_) => (
            "danger.forbidden",
            "no rule of this node (`[[rules.forbid]]`) that names this partner",
        ),
        DangerError::OtherPolicy | DangerError::Property(_) | DangerError::Invalid(_) => {
            ("danger.invalid", "a warning of text and objects")
        }
    };
    NodeError::input(code, error.to_string(), "--text", expected)
}

#[cfg(test)]
mod tests;
