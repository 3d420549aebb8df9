//! The twin: what is left of an object, its references re-pointed, valid or not at all.

use std::borrow::Cow;
use std::rc::Rc;

use enlace_policy::{Clause, kinds};
use enlace_stix::marking::Effective;
use enlace_stix::validate::{self, Level};
use enlace_stix::{Id, Object};
use serde_json::{Map, Value, json};

use crate::closure::{Alive, Works};
use crate::draft::{Field, is_reference};
use crate::judge::{Form, not_whole};
use crate::twin::{self, Stamp};

/// A finished twin.
pub(crate) struct Made {
    pub(crate) object: Object,
    stamp: Rc<Result<Stamp, Vec<Clause>>>,
    /// Fields of the draft of which closure took something or all, and why.
    pub(crate) lost: Vec<(usize, Clause)>,
}

impl Made {
    /// Its marking.
    pub(crate) fn stamp(&self) -> Option<&Stamp> {
        self.stamp.as_ref().as_ref().ok()
    }
}

/// What repointing met.
#[derive(Default)]
struct Met {
    /// First object that the partner does not receive.
    lost: Option<String>,
    /// Whether any reference became another.
    changed: bool,
    /// Whether lists stay as they stand: those of another originator's object are not ours to
    /// order.
    as_it_stands: bool,
}

/// Builds the twin as things stand, or says why it cannot be.
pub(crate) fn build(
    alive: &Alive<'_>,
    original: &Object,
    works: &Works<'_, '_>,
) -> Result<Made, Vec<Clause>> {
    let exit = works.exit;
    let mut view = twin::envelope(alive, original, exit.context.own_identity.id());
    let mut extensions: Vec<(&'static str, Map<String, Value>)> = Vec::new();
    let (mut lost, mut changed) = (Vec::new(), false);
    for (i, field) in alive.draft.fields.iter().enumerate() {
        let Some(kept) = &field.kept else { continue };
        let as_it_stands = alive.form == Form::Foreign;
        let mut met = Met { as_it_stands, ..Met::default() };
        let value = repoint(field.name, kept, works, &mut met);
        changed |= met.changed;
        if let Some(target) = met.lost {
            let clause = Clause::product("closure.not-released", "closure-not-released");
            lost.push((i, clause.with("target", target)));
        }
        let Some(value) = value else { continue };
        match field.extension {
            None => drop(view.insert(field.name.to_owned(), value)),
            Some(short) => match extensions.iter_mut().find(|(of, _)| *of == short) {
                Some((_, body)) => drop(body.insert(field.name.to_owned(), value)),
                None => extensions.push((short, Map::from_iter([(field.name.to_owned(), value)]))),
            },
        }
    }
    let (extensions, broken) = carried(alive, extensions, &mut lost);
    if !extensions.is_empty() {
        view.insert("extensions".to_owned(), Value::Object(extensions));
    }
    let effective = effective(alive, &broken, works);
    let stamp = exit.stamp(&effective, &alive.times, alive.named_as.as_ref());
    let marked = stamp.as_ref().as_ref().map_err(Clone::clone)?;
    twin::mark(&mut view, marked, &effective);
    complete(alive, |name| view.contains_key(name), works)?;
    let whole = if alive.form == Form::Foreign { !changed } else { true };
    if alive.form.is_whole() && !(whole && lost.is_empty()) {
        let mut clauses = vec![not_whole(alive.form, &alive.of)];
        clauses.extend(lost.into_iter().next().map(|(_, clause)| clause));
        return Err(clauses);
    }
    let object = valid(view)?;
    Ok(Made { object, stamp, lost })
}

/// The join of the markings of the object and of every value that is left of it: the marking of
/// what stays would tell that something stays.
fn effective<'x>(
    alive: &'x Alive<'_>,
    broken: &[&'static str],
    works: &Works<'_, '_>,
) -> Cow<'x, Effective> {
    let mut effective = Cow::Borrowed(&alive.draft.marking);
    for field in &alive.draft.fields {
        if field.kept.is_none() || field.extension.is_some_and(|short| broken.contains(&short)) {
            continue;
        }
        for mark in &field.marks {
            let reference = mark.reference.as_ref();
            if reference.is_none_or(|reference| works.target(reference).is_some()) {
                effective.to_mut().unite(&mark.effective);
            }
        }
    }
    effective
}

/// Re-points the references in a kept value; drops those to what the partner does not get.
fn repoint(name: &str, value: &Value, works: &Works<'_, '_>, met: &mut Met) -> Option<Value> {
    match value {
        Value::String(text) if is_reference(name) => {
            if !Id::is_id(text) {
                return None;
            }
            let twin = works.target(text);
            match twin {
                Some(twin) => met.changed |= twin != text,
                None => drop(met.lost.get_or_insert_with(|| text.to_ascii_lowercase())),
            }
            twin.map(Value::from)
        }
        Value::Array(items) => {
            let mut kept: Vec<Value> =
                items.iter().filter_map(|item| repoint(name, item, works, met)).collect();
            if is_reference(name) && !met.as_it_stands {
                // Neither order nor repetition tells how the original was listed.
                kept.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                kept.dedup();
            }
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(members) => {
            let kept: Map<String, Value> = members
                .iter()
                .filter_map(|(name, v)| Some((name.clone(), repoint(name, v, works, met)?)))
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other.clone()),
    }
}

/// Calls `act` with every leaf of a kept value: the text of a reference, or `None` for what can
/// always leave.
pub(crate) fn leaves<'v>(name: &str, value: &'v Value, act: &mut dyn FnMut(Option<&'v str>)) {
    match value {
        Value::String(text) if is_reference(name) => act(Some(text)),
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, act)),
        Value::Object(members) => members.iter().for_each(|(name, v)| leaves(name, v, act)),
        _ => act(None),
    }
}

/// The extensions of the twin, and the short names of those that lost a property they need and
/// are left out.
fn carried(
    alive: &Alive<'_>,
    extensions: Vec<(&'static str, Map<String, Value>)>,
    lost: &mut Vec<(usize, Clause)>,
) -> (Map<String, Value>, Vec<&'static str>) {
    let (mut all, mut broken) = (Map::new(), Vec::new());
    for (short, mut body) in extensions {
        let missing = kinds::extension_required(short).iter().find(|p| !body.contains_key(**p));
        let key = kinds::extension_key(short);
        match (missing, key) {
            (None, Some((id, extension_type))) => {
                if let Some(extension_type) = extension_type {
                    body.insert("extension_type".to_owned(), json!(extension_type));
                }
                all.insert(id.to_owned(), Value::Object(body));
            }
            (missing, _) => {
                broken.push(short);
                let missing = format!("{short}.{}", missing.unwrap_or(&"extension_type"));
                let inside = |field: &Field<'_>| field.extension == Some(short);
                let fields = alive.draft.fields.iter().enumerate();
                for (i, _) in fields.filter(|(_, f)| inside(f) && body.contains_key(f.name)) {
                    lost.retain(|(at, _)| *at != i);
                    lost.push((i, required(&missing)));
                }
            }
        }
    }
    if let Some((id, extension_type)) = &alive.of.definition {
        all.insert(id.clone(), json!({ "extension_type": extension_type }));
    }
    (all, broken)
}

fn required(property: &str) -> Clause {
    Clause::product("closure.required", "closure-required").with("property", property)
}

/// Whether everything that the type needs is there (`has`: in the twin); else why not.
pub(crate) fn complete(
    alive: &Alive<'_>,
    has: impl Fn(&str) -> bool,
    works: &Works<'_, '_>,
) -> Result<(), Vec<Clause>> {
    let kind = alive.of.kind;
    if !kind.one_of.is_empty() && !kind.one_of.iter().any(|name| has(name)) {
        return Err(vec![required(&kind.one_of.join(", "))]);
    }
    let Some(missing) = kind.required.iter().find(|name| !has(name)) else { return Ok(()) };
    let mut fields = alive.draft.fields.iter();
    let field = fields.find(|f| f.extension.is_none() && f.name == *missing);
    Err(match field.map(|field| (field, &field.kept)) {
        None => vec![required(missing)],
        Some((field, None)) => vec![required(missing), field.clause.clone().into_owned()],
        Some((_, Some(Value::Array(_)))) => {
            let clause = Clause::product("closure.list-empty", "closure-list-empty");
            vec![clause.with("property", *missing)]
        }
        Some((field, Some(kept))) => {
            let mut met = Met::default();
            repoint(field.name, kept, works, &mut met);
            let clause = Clause::product("closure.end-withheld", "closure-end-withheld");
            vec![match met.lost {
                Some(target) => clause.with("target", target),
                None => clause,
            }]
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
