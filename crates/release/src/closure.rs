//! References are closed over what policy left, never before.
//!
//! An object whose required reference stays, stays too; that can take others with it, and the
//! name of each object that stays may not be told by a tear-line. The largest set for which all
//! of this holds is found by taking objects out until nothing more has to go.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use enlace_policy::{Clause, kinds};
use enlace_stix::validate::{self, Level};
use enlace_stix::{Id, Object};
use serde_json::{Map, Value, json};

use crate::draft::{Draft, Field, is_reference};
use crate::plan::Context;
use crate::tearline::{Folded, Guard, guards};
use crate::twin::{self, Times};

/// One object on its way out.
pub(crate) struct Work<'a> {
    pub(crate) original: &'a Object,
    pub(crate) state: State,
}

/// Where it stands.
pub(crate) enum State {
    /// May leave as far as is known.
    Alive(Box<Alive>),
    /// Stays.
    Dead(Vec<Clause>),
}

/// What there is of an object that may leave.
pub(crate) struct Alive {
    pub(crate) kind: &'static kinds::Kind,
    pub(crate) draft: Draft,
    pub(crate) twin: Id,
    pub(crate) times: Times,
    pub(crate) permitted: Vec<Clause>,
    pub(crate) made: Option<Made>,
}

/// A finished twin.
pub(crate) struct Made {
    pub(crate) object: Object,
    pub(crate) marking: Map<String, Value>,
    /// For each field of the draft: what leaves, and the clause if closure changed it.
    pub(crate) after: Vec<(Option<Value>, Option<Clause>)>,
    pub(crate) expires_us: i64,
}

/// All objects of one plan.
pub(crate) struct Works<'a, 'c> {
    pub(crate) all: BTreeMap<Id, Work<'a>>,
    /// Originals that leave as the twin of another.
    pub(crate) same: BTreeMap<Id, Id>,
    pub(crate) context: &'a Context<'c>,
}

impl Works<'_, '_> {
    /// Takes out what cannot leave until the rest can leave as it is.
    pub(crate) fn settle(&mut self) {
        let mut told = BTreeSet::new();
        let mut queue: VecDeque<Id> = self.alive().cloned().collect();
        let users = self.users();
        loop {
            let mut queued: BTreeSet<Id> = queue.iter().cloned().collect();
            while let Some(id) = queue.pop_front() {
                queued.remove(&id);
                let Some(built) = self.build(&id) else { continue };
                let Some(work) = self.all.get_mut(&id) else { continue };
                match (&mut work.state, built) {
                    (State::Alive(alive), Ok(made)) => alive.made = Some(made),
                    (state, Err(clauses)) => {
                        *state = State::Dead(clauses);
                        for user in users.get(&id).into_iter().flatten() {
                            if queued.insert(user.clone()) {
                                queue.push_back(user.clone());
                            }
                        }
                    }
                    (State::Dead(_), Ok(_)) => {}
                }
            }
            queue.extend(self.silence(&mut told));
            if queue.is_empty() {
                return;
            }
        }
    }

    fn alive(&self) -> impl Iterator<Item = &Id> {
        let alive = self.all.iter().filter(|(_, work)| matches!(work.state, State::Alive(_)));
        alive.map(|(id, _)| id)
    }

    /// Who refers to whom: target → referring objects.
    fn users(&self) -> BTreeMap<Id, BTreeSet<Id>> {
        let mut users: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for id in self.alive() {
            let Some(work) = self.all.get(id) else { continue };
            for reference in work.original.references() {
                let named = [Some(&reference.target), self.same.get(&reference.target)];
                for target in named.into_iter().flatten() {
                    users.entry(target.clone()).or_default().insert(id.clone());
                }
            }
        }
        users
    }

    /// What a reference to an original becomes; `None` where the partner does not receive it.
    fn target(&self, id: &Id) -> Option<Id> {
        if id == self.context.own_identity.id() {
            return Some(id.clone());
        }
        let id = self.same.get(id).unwrap_or(id);
        match self.all.get(id) {
            Some(Work { state: State::Alive(alive), .. }) => Some(alive.twin.clone()),
            Some(_) => None,
            None => {
                let previous = self.context.previous.get(id.as_str());
                previous.filter(|p| !p.recalled).map(|p| p.twin.clone())
            }
        }
    }

    /// Drops tear-lines that name what stays; returns the objects that lost one.
    fn silence(&mut self, told: &mut BTreeSet<(Guard, Id)>) -> Vec<Id> {
        let mut fresh: Vec<(Guard, Id, bool)> = Vec::new();
        for (id, work) in &self.all {
            let (found, own_title) = match &work.state {
                State::Dead(_) => (guards(work.original, &HashSet::new()), false),
                // A tear-line may well say what the title of its own object says.
                State::Alive(alive) => {
                    let released = alive.draft.released_texts();
                    (guards(work.original, &released), alive.kind.is_free_text("name"))
                }
            };
            for guard in found {
                if told.insert((guard.clone(), id.clone())) {
                    fresh.push((guard, id.clone(), own_title));
                }
            }
        }
        let mut silenced = Vec::new();
        for (id, work) in &mut self.all {
            let State::Alive(alive) = &mut work.state else { continue };
            let texts = alive.draft.tear_texts();
            if texts.is_empty() {
                continue;
            }
            let folded = Folded::of(&texts);
            let mut others = fresh.iter().filter(|(_, of, own_title)| !own_title || of != id);
            if let Some((_, named, _)) = others.find(|(guard, ..)| folded.names(guard)) {
                let clause = Clause::product("default.tear-line", "tear-line-names-withheld");
                alive.draft.drop_tear(&clause.with("object", named.as_str()));
                silenced.push(id.clone());
            }
        }
        silenced
    }

    /// Builds the twin as things stand, or says why it cannot be.
    fn build(&self, id: &Id) -> Option<Result<Made, Vec<Clause>>> {
        let Some(Work { state: State::Alive(alive), .. }) = self.all.get(id) else { return None };
        Some(self.make(alive))
    }

    fn make(&self, alive: &Alive) -> Result<Made, Vec<Clause>> {
        let Context { policy, partner, purpose, own_identity, twin_key, .. } = self.context;
        let mut after: Vec<(Option<Value>, Option<Clause>)> =
            alive.draft.fields.iter().map(|field| self.close(field)).collect();
        let extensions = extensions(alive, &mut after);
        let originator = own_identity.id();
        let effective = &alive.draft.marking;
        let expires_us = alive.times.expires_us(policy, effective);
        let marking =
            twin::marking(policy, partner, purpose, effective, &alive.times, originator, twin_key);
        let marking_id = marking.get("id").and_then(Value::as_str).unwrap_or_default();
        let (kind, times) = (alive.kind, &alive.times);
        let mut view =
            twin::envelope(kind, &alive.twin, times, originator, marking_id, effective.tlp);
        for (field, (value, _)) in alive.draft.fields.iter().zip(&after) {
            if let (None, Some(value)) = (field.extension, value) {
                view.insert(field.name.clone(), value.clone());
            }
        }
        if !extensions.is_empty() {
            view.insert("extensions".to_owned(), Value::Object(extensions));
        }
        complete(alive, &view, &after)?;
        valid(marking.clone())?;
        let object = valid(view)?;
        Ok(Made { object, marking, after, expires_us })
    }

    /// Re-points the references in a kept value; drops those to what the partner does not get.
    fn close(&self, field: &Field) -> (Option<Value>, Option<Clause>) {
        let mut lost = None;
        let value =
            field.kept.as_ref().and_then(|value| self.repoint(&field.name, value, &mut lost));
        let clause = lost.map(|target: Id| {
            Clause::product("closure.not-released", "closure-not-released")
                .with("target", target.as_str())
        });
        (value, clause)
    }

    fn repoint(&self, name: &str, value: &Value, lost: &mut Option<Id>) -> Option<Value> {
        match value {
            Value::String(text) if is_reference(name) => {
                let id: Id = text.parse().ok()?;
                let twin = self.target(&id);
                if twin.is_none() {
                    lost.get_or_insert(id);
                }
                twin.map(|twin| json!(twin.as_str()))
            }
            Value::Array(items) => {
                let mut kept: Vec<Value> =
                    items.iter().filter_map(|item| self.repoint(name, item, lost)).collect();
                if is_reference(name) {
                    // Neither order nor repetition tells how the original was listed.
                    kept.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                    kept.dedup();
                }
                (!kept.is_empty()).then_some(Value::Array(kept))
            }
            Value::Object(members) => {
                let kept: Map<String, Value> = members
                    .iter()
                    .filter_map(|(name, v)| Some((name.clone(), self.repoint(name, v, lost)?)))
                    .collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            other => Some(other.clone()),
        }
    }
}

/// The extensions of the twin; one that lost a property it needs is left out.
fn extensions(alive: &Alive, after: &mut [(Option<Value>, Option<Clause>)]) -> Map<String, Value> {
    let mut all = Map::new();
    for short in kinds::extensions() {
        let mut body = Map::new();
        for (field, (value, _)) in alive.draft.fields.iter().zip(after.iter()) {
            if let (true, Some(value)) = (field.extension == Some(short), value) {
                body.insert(field.name.clone(), value.clone());
            }
        }
        let missing = kinds::extension_required(short).iter().find(|p| !body.contains_key(**p));
        if let Some(missing) = missing.filter(|_| !body.is_empty()) {
            let missing = format!("{short}.{missing}");
            for (field, (value, clause)) in alive.draft.fields.iter().zip(after.iter_mut()) {
                if field.extension == Some(short) && value.take().is_some() {
                    *clause = Some(required(&missing));
                }
            }
        } else if !body.is_empty() {
            body.insert("extension_type".to_owned(), json!("property-extension"));
            let id = enlace_stix::types::definition_id(short);
            all.insert(id, Value::Object(body));
        }
    }
    if let Some((id, extension_type)) = kinds::own_definition(alive.kind.name) {
        all.insert(id, json!({ "extension_type": extension_type }));
    }
    all
}

fn required(property: &str) -> Clause {
    Clause::product("closure.required", "closure-required").with("property", property)
}

/// Whether everything that the type needs is there; else why not.
fn complete(
    alive: &Alive,
    view: &Map<String, Value>,
    after: &[(Option<Value>, Option<Clause>)],
) -> Result<(), Vec<Clause>> {
    let one_of = alive.kind.one_of;
    if !one_of.is_empty() && !one_of.iter().any(|name| view.contains_key(*name)) {
        return Err(vec![required(&one_of.join(", "))]);
    }
    let Some(missing) = alive.kind.required.iter().find(|name| !view.contains_key(**name)) else {
        return Ok(());
    };
    let fields = alive.draft.fields.iter().zip(after);
    let field = fields.into_iter().find(|(f, _)| f.extension.is_none() && f.name == **missing);
    Err(match field {
        None => vec![required(missing)],
        Some((Field { kept: None, clause, .. }, _)) => vec![required(missing), clause.clone()],
        Some((Field { kept: Some(Value::Array(_)), .. }, _)) => {
            let clause = Clause::product("closure.list-empty", "closure-list-empty");
            vec![clause.with("property", *missing)]
        }
        Some((_, (_, lost))) => {
            let mut clause = Clause::product("closure.end-withheld", "closure-end-withheld");
            if let Some(target) = lost.as_ref().and_then(|lost| lost.args.get("target")) {
                clause = clause.with("target", target.as_str());
            }
            vec![clause]
        }
    })
}

/// The object, if it is valid STIX 2.1.
pub(crate) fn valid(view: Map<String, Value>) -> Result<Object, Vec<Clause>> {
    let invalid = |rule: &str, path: &str| {
        let clause = Clause::product("default.invalid", "invalid-stix");
        vec![clause.with("rule", rule).with("path", path)]
    };
    let object = Object::from_view(view).map_err(|e| invalid(e.rule(), e.path()))?;
    let finding = validate::object(&object).into_iter().find(|f| f.level == Level::Must);
    match finding {
        Some(finding) => Err(invalid(finding.rule, &finding.path)),
        None => Ok(object),
    }
}
