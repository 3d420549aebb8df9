//! What a plan tells: the outcome of each object, and for a dry run each of its fields.

use std::collections::BTreeMap;

use enlace_policy::{Clause, kinds};
use enlace_stix::{Id, Object};
use serde_json::{Value, json};

use crate::build::Made;
use crate::closure::{Alive, State, Work, Works};
use crate::draft::Field;
use crate::exit::Exit;
use crate::plan::{Line, ObjectPlan, Outcome, Plan, Verdict, Withheld};
use crate::seal::Released;

/// Whether a plan tells what happens to each field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Each field with its clause: a dry run.
    Told,
    /// Only what becomes of each object: sending.
    Untold,
}

/// Reports every object and collects what leaves.
pub(crate) fn plan(works: &Works<'_, '_>, lines: Lines) -> Plan {
    let exit = works.exit;
    let mut objects = Vec::with_capacity(works.all.len());
    let mut released: BTreeMap<Id, Released> = BTreeMap::new();
    for work in &works.all {
        let original = work.original.id().clone();
        let (outcome, told) = outcome(work, works, lines, &mut released);
        let leaves = !matches!(outcome, Outcome::Withheld(_));
        let made = work.alive().and_then(|alive| alive.made.as_ref()).filter(|_| leaves);
        let marking = made.map(|made| made.marking.clone());
        objects.push(ObjectPlan { original, outcome, marking, lines: told });
    }
    if works.own {
        objects.push(own_plan(exit, lines));
        objects.sort_by(|a, b| a.original.cmp(&b.original));
    }
    if let (false, Ok(identity)) = (released.is_empty(), exit.identity())
        && !exit.already_has(identity)
    {
        released.insert(identity.id().clone(), identity.clone());
    }
    Plan { objects, released: released.into_values().collect() }
}

fn outcome(
    work: &Work<'_>,
    works: &Works<'_, '_>,
    lines: Lines,
    released: &mut BTreeMap<Id, Released>,
) -> (Outcome, Vec<Line>) {
    let exit = works.exit;
    let alive = match (&work.state, exit.identity()) {
        (State::Dead(clauses), _) => return withheld(work.original, clauses, lines),
        // Every twin names this node: without a valid identity nothing leaves.
        (_, Err(clauses)) => return withheld(work.original, clauses, lines),
        (State::Fallen(_), _) => return withheld(work.original, &[], lines),
        (State::Alive(alive), Ok(_)) => alive,
    };
    let (Some(made), Some(twin)) = (&alive.made, works.released(work)) else {
        return withheld(work.original, &[], lines);
    };
    let told = match lines {
        Lines::Told => fields(work.original, alive, made, exit),
        Lines::Untold => Vec::new(),
    };
    let id = alive.twin.clone();
    if exit.already_has(&twin) {
        return (Outcome::Unchanged { twin: id }, told);
    }
    if let Some(marking) = made.stamp().map(|stamp| &stamp.released)
        && !released.contains_key(marking.id())
        && !exit.already_has(marking)
    {
        released.insert(marking.id().clone(), marking.clone());
    }
    released.insert(id.clone(), twin);
    (Outcome::Released { twin: id }, told)
}

fn own_plan(exit: &Exit<'_>, lines: Lines) -> ObjectPlan {
    let object = exit.context.own_identity;
    let (original, twin) = (object.id().clone(), object.id().clone());
    let (outcome, lines) = match exit.identity() {
        Err(clauses) => withheld(object, clauses, lines),
        Ok(identity) => {
            let clause = Clause::product("default.own-identity", "default-own-identity");
            let told = match lines {
                Lines::Told => vec![line(object, "", Verdict::Kept, clause)],
                Lines::Untold => Vec::new(),
            };
            match exit.already_has(identity) {
                true => (Outcome::Unchanged { twin }, told),
                false => (Outcome::Released { twin }, told),
            }
        }
    };
    ObjectPlan { original, outcome, marking: None, lines }
}

fn withheld(object: &Object, clauses: &[Clause], lines: Lines) -> (Outcome, Vec<Line>) {
    let withheld = Withheld::by(clauses);
    let mut told = Vec::new();
    if let (Lines::Told, Some((first, others))) = (lines, withheld.clauses.split_first()) {
        let mut line = line(object, "", Verdict::Withheld, first.clone());
        line.others = others.to_vec();
        told.push(line);
    }
    (Outcome::Withheld(withheld), told)
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
fn fields(original: &Object, alive: &Alive<'_>, made: &Made, exit: &Exit<'_>) -> Vec<Line> {
    let mut fields = envelope(original, made, exit);
    for (i, field) in alive.draft.fields.iter().enumerate() {
        let lost = made.lost.iter().find(|(at, _)| *at == i).map(|(_, clause)| clause);
        let clause = lost.cloned().unwrap_or_else(|| field.clause.clone().into_owned());
        let after = after(field, &made.object);
        let verdict = match (after, field.before) {
            (None, _) => Verdict::Withheld,
            (Some(after), Some(before)) if same(after, before) => Verdict::Kept,
            _ => Verdict::Changed,
        };
        let mut line = line(original, &field.path, verdict, clause);
        line.after = after.cloned();
        line.before = field.before.cloned();
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

/// What of a field stands in the twin.
fn after<'m>(field: &Field<'_>, made: &'m Object) -> Option<&'m Value> {
    field.kept.as_ref()?;
    match field.extension {
        None => made.get(field.name),
        Some(short) => made.extension(kinds::extension_key(short)?.0)?.get(field.name),
    }
}

/// Equal, or equal but for identifiers of twins and the order of references.
fn same(after: &Value, before: &Value) -> bool {
    match (after, before) {
        (Value::Array(after), Value::Array(before)) => {
            let both = after.len() == before.len();
            let ids = after.iter().all(is_id) && before.iter().all(is_id);
            both && (ids || after.iter().zip(before).all(|(a, b)| same(a, b)))
        }
        (Value::Object(after), Value::Object(before)) => {
            let member =
                |(name, a): (&String, &Value)| before.get(name).is_some_and(|b| same(a, b));
            after.len() == before.len() && after.iter().all(member)
        }
        // One number may be written in two ways.
        (Value::Number(after), Value::Number(before)) => {
            after == before || after.as_f64() == before.as_f64()
        }
        (after, before) => after == before || (is_id(after) && is_id(before)),
    }
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(Id::is_id)
}

fn envelope(original: &Object, made: &Made, exit: &Exit<'_>) -> Vec<Line> {
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
    let handling = &exit.policy().terms().handling.clause;
    let stamped = Clause::agreement(handling, "clause-stamped");
    let mut marking = line(original, "object_marking_refs", Verdict::Changed, stamped);
    marking.before = original.get("object_marking_refs").cloned();
    marking.after = made.object.get("object_marking_refs").cloned();
    lines.push(marking);
    lines
}
