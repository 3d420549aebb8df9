//! A release, planned: what of a set leaves to one partner, and why.

use std::collections::BTreeMap;

use enlace_policy::{Ask, Clause, Decision, Origin, Policy, kinds};
use enlace_stix::marking::of_every_property;
use enlace_stix::{Id, Object, Timestamp, sco_id};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::closure::{Alive, Made, State, Work, Works, valid};
use crate::draft::{Draft, draft, is_reference};
use crate::seal::{Released, To};
use crate::subject::facts_with;
use crate::twin::{self, Times};

/// Papers of the node itself and what is made anew for each partner.
const INTERNAL: &[&str] = &[
    "agreement",
    "agreement-signature",
    "bundle",
    "extension-definition",
    "language-content",
    "marking-definition",
    "receipt",
    "recall-answer",
    "key-change",
    "key-compromise",
    "release-record",
];

/// An original that someone proposes to release.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The object as held.
    pub object: Object,
    /// Whether this node is its originator (held in the channel `own`).
    pub own: bool,
}

/// What the partner has got of one original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Id that the partner sees.
    pub twin: Id,
    /// `created` of the twin: the first release to this partner.
    pub created: Timestamp,
    /// `modified` of the last published version.
    pub modified: Timestamp,
    /// [`Released::content_hash`] of the last published version.
    pub content_hash: String,
    /// Whether it was recalled; that is final.
    pub recalled: bool,
}

/// Everything a release depends on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The compiled agreement.
    pub policy: &'a Policy,
    /// Key id of the recipient.
    pub partner: &'a str,
    /// Purpose of this release.
    pub purpose: &'a str,
    /// Whether the agreement is in force now (`AgreementState::Active`).
    pub active: bool,
    /// The identity object of this node: the originator of every twin.
    pub own_identity: &'a Object,
    /// Secret of this partner and agreement lineage from which twin ids are made.
    pub twin_key: &'a [u8],
    /// Slot time of this release, microseconds since the epoch.
    pub now_us: i64,
    /// What the partner has, by id of the original (for objects made for the partner: their own
    /// id), as [`Released::original`] names it.
    pub previous: &'a BTreeMap<String, Previous>,
    /// Finds marking definitions by id.
    pub definition: &'a dyn Fn(&str) -> Option<&'a Object>,
}

/// What happens to an object or field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Leaves as it is.
    Kept,
    /// Leaves in another form, or in part.
    Changed,
    /// Stays.
    Withheld,
}

/// One line of a dry run; for our own officers only.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Id of the original.
    pub object: String,
    /// STIX type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Property (`person.names`); empty for the whole object.
    pub path: String,
    /// What happens.
    pub verdict: Verdict,
    /// The clause that decided first.
    pub clause: Clause,
    /// More clauses that say the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Clause>,
    /// What leaves.
    pub after: Option<Value>,
    /// What is held.
    pub before: Option<Value>,
}

/// Why an object stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// Every clause that forbids it; never empty.
    pub clauses: Vec<Clause>,
    /// Code of the first clause.
    pub reason: &'static str,
}

/// What becomes of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Leaves; the twin is in [`Plan::released`].
    Released {
        /// Id that the partner sees.
        twin: Id,
    },
    /// The partner already has exactly this.
    Unchanged {
        /// Id that the partner sees.
        twin: Id,
    },
    /// Stays.
    Withheld(Withheld),
}

/// One object of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectPlan {
    /// Id of the original.
    pub original: Id,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The whole object first (path ""), then its fields by path.
    pub lines: Vec<Line>,
}

/// What a release would do; carrying it out is publishing `released`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One entry for each original, sorted by id.
    pub objects: Vec<ObjectPlan>,
    /// What leaves, sorted by the id that the partner sees: twins, the markings they bear and the
    /// identity of this node, as far as the partner does not have them yet.
    pub released: Vec<Released>,
}

impl Plan {
    /// Every line, in the order of objects.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.objects.iter().flat_map(|object| &object.lines)
    }
}

/// Plans the release of `set`. Depends on nothing but its arguments, not on the order of `set`;
/// of several versions of one object the newest counts.
pub fn plan(set: &[Candidate], context: &Context<'_>) -> Plan {
    let mut newest: BTreeMap<&Id, &Candidate> = BTreeMap::new();
    let rank = |c: &Candidate| (c.object.version(), c.own, c.object.raw().to_owned());
    for candidate in set {
        let held = newest.entry(candidate.object.id()).or_insert(candidate);
        if rank(candidate) > rank(held) {
            *held = candidate;
        }
    }
    let ask = Ask {
        partner: context.partner.to_owned(),
        purpose: context.purpose.to_owned(),
        now_us: context.now_us,
        active: context.active,
    };
    let own = newest.remove(context.own_identity.id()).is_some();
    let all = newest.into_iter().map(|(id, c)| (id.clone(), judge(c, context, &ask))).collect();
    let mut works = Works { all, same: BTreeMap::new(), context };
    share_twins(&mut works);
    works.settle();
    finish(&works, context, own)
}

/// Decides one object and masks its fields.
fn judge<'a>(candidate: &'a Candidate, context: &Context<'_>, ask: &Ask) -> Work<'a> {
    let original = &candidate.object;
    let state = match permitted(candidate, context, ask) {
        Ok(alive) => State::Alive(Box::new(alive)),
        Err(clauses) => State::Dead(clauses),
    };
    Work { original, state }
}

fn permitted(
    candidate: &Candidate,
    context: &Context<'_>,
    ask: &Ask,
) -> Result<Alive, Vec<Clause>> {
    let object = &candidate.object;
    if INTERNAL.contains(&object.kind()) {
        return Err(vec![Clause::product("default.internal", "default-internal")]);
    }
    let previous = context.previous.get(object.id().as_str());
    if previous.is_some_and(|p| p.recalled) {
        return Err(vec![Clause::private("recalled", "private-recalled")]);
    }
    let markings = of_every_property(object, context.definition);
    let facts = facts_with(object, candidate.own, &markings);
    let permitted = match context.policy.decide(&facts, ask) {
        Decision::Permit { clauses } => clauses,
        Decision::Withhold { clauses } => return Err(clauses),
    };
    let kind = kinds::kind(object.kind()).ok_or_else(|| vec![Clause::deny()])?;
    if object.get("spec_version").is_some_and(|v| v != "2.1") {
        let clause = Clause::product("default.invalid", "invalid-stix");
        return Err(vec![clause.with("rule", "stix.spec-version").with("path", "spec_version")]);
    }
    let draft = draft(object, kind, &markings, context.policy, ask).map_err(|c| vec![c])?;
    let times = Times::at(context.now_us, previous.map(|p| (&p.created, &p.modified)));
    let twin = previous.map_or_else(|| new_twin(object, &draft, context), |p| p.twin.clone());
    Ok(Alive { kind, draft, twin, times, permitted, made: None })
}

/// The deterministic id of an observable whose identifying value leaves in full; else one made
/// with the twin key.
fn new_twin(object: &Object, draft: &Draft, context: &Context<'_>) -> Id {
    let fields = draft.fields.iter().filter(|f| f.extension.is_none() && !is_reference(&f.name));
    let kept: Map<String, Value> =
        fields.filter_map(|f| Some((f.name.clone(), f.kept.clone()?))).collect();
    let released = sco_id(object.kind(), &kept);
    match released {
        Some(id) if object.expected_sco_id().as_ref() == Some(&id) => id,
        _ => twin::twin_id(context.twin_key, object.id()),
    }
}

/// Two originals with one twin id (the same value under two ids) leave once.
fn share_twins(works: &mut Works<'_, '_>) {
    let mut first: BTreeMap<Id, Id> = BTreeMap::new();
    for (id, work) in &mut works.all {
        let State::Alive(alive) = &work.state else { continue };
        match first.get(&alive.twin) {
            None => {
                first.insert(alive.twin.clone(), id.clone());
            }
            Some(earlier) => {
                works.same.insert(id.clone(), earlier.clone());
                let clause = Clause::product("default.same-twin", "default-same-twin");
                work.state = State::Dead(vec![clause]);
            }
        }
    }
}

/// Reports every object and collects what leaves.
fn finish(works: &Works<'_, '_>, context: &Context<'_>, own: bool) -> Plan {
    let to = To {
        agreement: context.policy.agreement().id.to_string(),
        partner: context.partner.to_owned(),
    };
    let handling = &context.policy.terms().handling.clause;
    let stamped = Clause::agreement(handling, "clause-stamped");
    let identity = identity(context, &to);
    let mut objects = Vec::new();
    let mut released: BTreeMap<Id, Released> = BTreeMap::new();
    for (id, work) in &works.all {
        let (outcome, lines) = match &work.state {
            State::Dead(clauses) => withheld(work.original, clauses),
            State::Alive(alive) => match (&alive.made, &identity) {
                (None, _) => withheld(work.original, &[Clause::deny()]),
                // Every twin names this node: without a valid identity nothing leaves.
                (_, Err(clauses)) => withheld(work.original, clauses),
                (Some(made), Ok(_)) => {
                    let twin = Released::wrap(&made.object, id.as_str(), &to, made.expires_us);
                    let lines = lines(work.original, alive, made, &stamped);
                    let twin_id = alive.twin.clone();
                    if already_has(context, &twin) {
                        (Outcome::Unchanged { twin: twin_id }, lines)
                    } else {
                        add_marking(&mut released, made, &to, context);
                        released.insert(twin_id.clone(), twin);
                        (Outcome::Released { twin: twin_id }, lines)
                    }
                }
            },
        };
        objects.push(ObjectPlan { original: id.clone(), outcome, lines });
    }
    if own {
        objects.push(own_plan(context, &identity));
        objects.sort_by(|a, b| a.original.cmp(&b.original));
    }
    if let (false, Ok(identity)) = (released.is_empty(), identity)
        && !already_has(context, &identity)
    {
        released.insert(identity.id().clone(), identity);
    }
    Plan { objects, released: released.into_values().collect() }
}

fn already_has(context: &Context<'_>, made: &Released) -> bool {
    let previous = made.original().and_then(|original| context.previous.get(original));
    previous.is_some_and(|p| !p.recalled && p.content_hash == made.content_hash())
}

fn add_marking(released: &mut BTreeMap<Id, Released>, made: &Made, to: &To, context: &Context<'_>) {
    let Ok(object) = Object::from_view(made.marking.clone()) else { return };
    let marking = Released::wrap(&object, object.id().as_str(), to, made.expires_us);
    if !already_has(context, &marking) {
        released.insert(object.id().clone(), marking);
    }
}

/// The identity of this node as it leaves.
fn identity(context: &Context<'_>, to: &To) -> Result<Released, Vec<Clause>> {
    let object = valid(twin::own_identity(context.own_identity))?;
    Ok(Released::wrap(&object, object.id().as_str(), to, i64::MAX))
}

fn own_plan(context: &Context<'_>, identity: &Result<Released, Vec<Clause>>) -> ObjectPlan {
    let object = context.own_identity;
    let (original, twin) = (object.id().clone(), object.id().clone());
    let (outcome, lines) = match identity {
        Err(clauses) => withheld(object, clauses),
        Ok(identity) => {
            let clause = Clause::product("default.own-identity", "default-own-identity");
            let line = line(object, "", Verdict::Kept, clause);
            match already_has(context, identity) {
                true => (Outcome::Unchanged { twin }, vec![line]),
                false => (Outcome::Released { twin }, vec![line]),
            }
        }
    };
    ObjectPlan { original, outcome, lines }
}

fn withheld(object: &Object, clauses: &[Clause]) -> (Outcome, Vec<Line>) {
    // What this node itself forbids weighs most, so it is named first.
    let mut clauses = if clauses.is_empty() { vec![Clause::deny()] } else { clauses.to_vec() };
    clauses.sort_by_key(|clause| clause.origin != Origin::Private);
    let mut line = line(object, "", Verdict::Withheld, Clause::deny());
    if let Some((first, others)) = clauses.split_first() {
        line.clause = first.clone();
        line.others = others.to_vec();
    }
    let reason = line.clause.code;
    (Outcome::Withheld(Withheld { clauses, reason }), vec![line])
}

fn line(object: &Object, path: &str, verdict: Verdict, clause: Clause) -> Line {
    Line {
        object: object.id().to_string(),
        kind: object.kind().to_owned(),
        path: path.to_owned(),
        verdict,
        clause,
        others: Vec::new(),
        after: None,
        before: None,
    }
}

/// The lines of an object that leaves.
fn lines(original: &Object, alive: &Alive, made: &Made, stamped: &Clause) -> Vec<Line> {
    let mut fields = envelope_lines(original, made, stamped);
    for (field, (after, closed)) in alive.draft.fields.iter().zip(&made.after) {
        let clause = closed.as_ref().unwrap_or(&field.clause).clone();
        let verdict = match (after, &field.before) {
            (None, _) => Verdict::Withheld,
            (Some(after), Some(before)) if same(after, before) => Verdict::Kept,
            _ => Verdict::Changed,
        };
        let mut line = line(original, &field.path, verdict, clause);
        line.after.clone_from(after);
        line.before.clone_from(&field.before);
        fields.push(line);
    }
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    // The envelope changes always; the object counts as kept when nothing else does.
    let made_anew = ["twin-envelope", "clause-stamped"];
    let cut =
        fields.iter().any(|l| l.verdict != Verdict::Kept && !made_anew.contains(&l.clause.code));
    let verdict = if cut { Verdict::Changed } else { Verdict::Kept };
    let first = alive.permitted.first().cloned().unwrap_or_else(Clause::deny);
    let mut whole = line(original, "", verdict, first);
    whole.others = alive.permitted.iter().skip(1).cloned().collect();
    whole.after = Some(json!(alive.twin.as_str()));
    let mut lines = vec![whole];
    lines.extend(fields);
    lines
}

/// Equal, or equal but for identifiers of twins and the order of references.
fn same(after: &Value, before: &Value) -> bool {
    match (after, before) {
        (Value::Array(after), Value::Array(before)) if after.iter().all(is_id) => {
            after.len() == before.len() && before.iter().all(is_id)
        }
        (after, before) => after == before || (is_id(after) && is_id(before)),
    }
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Id>().is_ok())
}

fn envelope_lines(original: &Object, made: &Made, stamped: &Clause) -> Vec<Line> {
    let envelope = Clause::product("default.twin", "twin-envelope");
    let mut lines = Vec::new();
    for name in ["id", "created", "modified", "created_by_ref", "granular_markings"] {
        let (before, after) = (original.get(name), made.object.get(name));
        if before.is_none() && after.is_none() || before == after {
            continue;
        }
        let verdict = if after.is_some() { Verdict::Changed } else { Verdict::Withheld };
        let mut line = line(original, name, verdict, envelope.clone());
        line.before = before.cloned();
        line.after = after.cloned();
        lines.push(line);
    }
    let mut marking = line(original, "object_marking_refs", Verdict::Changed, stamped.clone());
    marking.before = original.get("object_marking_refs").cloned();
    marking.after = made.object.get("object_marking_refs").cloned();
    lines.push(marking);
    lines
}
