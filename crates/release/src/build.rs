//! The twin: what is left of an object, its references re-pointed, valid or not at all.

use std::borrow::Cow;
use std::rc::Rc;

use enlace_policy::{Clause, kinds};
use enlace_stix::marking::Effective;
use enlace_stix::validate::{self, Level};
use enlace_stix::{Id, Object};
use serde_json::{Map, Value, json};

use crate::closure::{Alive, Works};
use crate::draft::{Field, Mark, is_reference};
use crate::judge::{Form, not_whole};
use crate::twin::{self, Stamp};

/// A finished twin.
pub(crate) struct Made {
    pub(crate) object: Object,
    stamp: Rc<Result<Stamp, Vec<Clause>>>,
    /// Joined marking of what is left of the original.
    pub(crate) marking: Effective,
    /// Fields of the draft of which closure took something or all, and why.
    pub(crate) lost: Vec<(usize, Clause)>,
}

impl Made {
    /// Its marking.
    pub(crate) fn stamp(&self) -> Option<&Stamp> {
        self.stamp.as_ref().as_ref().ok()
    }
}

/// Why there is no twin.
pub(crate) enum Fault {
    /// Something that it needs is not there.
    Lacks(Vec<Clause>),
    /// It may not leave as it would be.
    Cannot(Vec<Clause>),
}

/// The walk that re-points the references in one kept value.
struct Repoint<'w, 'x, 'a> {
    alive: &'w Alive<'x>,
    works: &'w Works<'x, 'a>,
    /// Where it is, as clauses name it.
    path: String,
    /// Number of the next leaf, and which are left.
    leaf: usize,
    left: Vec<usize>,
    /// First object that the partner does not receive.
    lost: Option<String>,
    /// Whether any reference became another.
    changed: bool,
}

/// Builds the twin as things stand, or says why it cannot be.
pub(crate) fn build<'x, 'a: 'x>(
    alive: &Alive<'x>,
    original: &Object,
    works: &Works<'x, 'a>,
) -> Result<Made, Fault> {
    let exit = works.exit;
    let mut view = twin::envelope(alive, original, exit.context.own_identity.id());
    let mut extensions: Vec<(&'static str, Map<String, Value>)> = Vec::new();
    let (mut lost, mut changed) = (Vec::new(), false);
    let mut marks = Vec::new();
    for (i, field) in alive.draft.fields.iter().enumerate() {
        let Some(kept) = &field.kept else { continue };
        if let Some(tells) = alive.tells(field).filter(|tells| !works.has_copy(tells)) {
            let clause = Clause::product("closure.not-released", "closure-not-released");
            lost.push((i, clause.with("target", tells.content.as_str())));
            continue;
        }
        let mut walk = Repoint::at(field, alive, works);
        let value = walk.value(field.name, kept);
        changed |= walk.changed;
        let leaves = |mark: &&Mark| mark.leaf.is_none_or(|leaf| walk.left.contains(&leaf));
        let marked = field.marks.iter().filter(|_| value.is_some()).filter(leaves);
        marks.extend(marked.map(|mark| (field.extension, &mark.effective)));
        if let Some(target) = walk.lost {
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
    complete(alive, |name| view.contains_key(name), works).map_err(Fault::Lacks)?;
    // The marking of what stays would tell that something stays.
    let mut effective = Cow::Borrowed(&alive.draft.marking);
    for (extension, mark) in marks {
        if !extension.is_some_and(|short| broken.contains(&short)) {
            effective.to_mut().unite(mark);
        }
    }
    let stamp = exit.stamp(&effective, &alive.times, alive.named_as.as_ref());
    let marked = stamp.as_ref().as_ref().map_err(|clauses| Fault::Cannot(clauses.clone()))?;
    twin::mark(&mut view, marked, &effective);
    let one_of = alive.of.kind.one_of;
    if !one_of.is_empty() && !one_of.iter().any(|name| view.contains_key(*name)) {
        return Err(Fault::Cannot(vec![required(&one_of.join(", "))]));
    }
    let whole = if alive.form == Form::Foreign { !changed } else { true };
    if alive.form.is_whole() && !(whole && lost.is_empty()) {
        let mut clauses = vec![not_whole(alive.form, &alive.of)];
        clauses.extend(lost.into_iter().next().map(|(_, clause)| clause));
        return Err(Fault::Cannot(clauses));
    }
    let object = valid(view).map_err(Fault::Cannot)?;
    let marking = effective.into_owned();
    Ok(Made { object, stamp, marking, lost })
}

impl<'w, 'x, 'a: 'x> Repoint<'w, 'x, 'a> {
    fn at(field: &Field<'_>, alive: &'w Alive<'x>, works: &'w Works<'x, 'a>) -> Self {
        let path = field.path.to_string();
        Self { alive, works, path, leaf: 0, left: Vec::new(), lost: None, changed: false }
    }

    /// The value with references to what the partner gets; without those to what it does not, and
    /// without records that cannot be without them.
    fn value(&mut self, name: &str, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) if is_reference(name) => self.reference(text),
            Value::Array(items) => {
                let mut kept: Vec<Value> =
                    items.iter().filter_map(|item| self.value(name, item)).collect();
                // Another originator's list is not ours to order.
                if is_reference(name) && self.alive.form != Form::Foreign {
                    // Neither order nor repetition tells how the original was listed.
                    kept.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                    kept.dedup();
                }
                (!kept.is_empty()).then_some(Value::Array(kept))
            }
            Value::Object(members) => self.record(members),
            other => {
                self.left.push(self.leaf);
                self.leaf += 1;
                Some(other.clone())
            }
        }
    }

    fn reference(&mut self, text: &str) -> Option<Value> {
        let leaf = self.leaf;
        self.leaf += 1;
        if !Id::is_id(text) {
            return None;
        }
        let twin = self.works.target(text);
        match twin {
            Some(twin) => {
                self.changed |= twin != text;
                self.left.push(leaf);
            }
            None => drop(self.lost.get_or_insert_with(|| text.to_ascii_lowercase())),
        }
        twin.map(Value::from)
    }

    fn record(&mut self, members: &Map<String, Value>) -> Option<Value> {
        let (left, above) = (self.left.len(), self.path.len());
        let mut kept = Map::new();
        for (name, value) in members {
            self.path.push('.');
            self.path.push_str(name);
            let value = self.value(name, value);
            self.path.truncate(above);
            kept.extend(value.map(|value| (name.clone(), value)));
        }
        // Masks left it what it needs, so only a lost reference can have taken that.
        if kept.len() < members.len() {
            let needs = self.alive.of.kind.needs(&self.path);
            let missing = needs.and_then(|needs| needs.missing(|name| kept.contains_key(name)));
            if kept.is_empty() || missing.is_some() {
                self.left.truncate(left);
                return None;
            }
        }
        Some(Value::Object(kept))
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

/// What the type or a record must have is not there.
pub(crate) fn required(property: &str) -> Clause {
    Clause::product("closure.required", "closure-required").with("property", property)
}

/// Whether everything that the type needs is there (`has`: in the twin); else why not.
pub(crate) fn complete<'x, 'a: 'x>(
    alive: &Alive<'x>,
    has: impl Fn(&str) -> bool,
    works: &Works<'x, 'a>,
) -> Result<(), Vec<Clause>> {
    let kind = alive.of.kind;
    // What an extension is left is seen when the rest is settled.
    let late = kind.one_of.contains(&"extensions");
    if !kind.one_of.is_empty() && !late && !kind.one_of.iter().any(|name| has(name)) {
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
            let mut walk = Repoint::at(field, alive, works);
            walk.value(field.name, kept);
            let clause = Clause::product("closure.end-withheld", "closure-end-withheld");
            vec![match walk.lost {
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
