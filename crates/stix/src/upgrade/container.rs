//! The observable container (§2.13): members become objects, keys become ids.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value, json};
use uuid::Builder;

use super::draft::Draft;
use super::{collisions, observable, rules, selector};
use crate::{Id, canonical, id};

/// Takes the observables out of an `observed-data`; nothing for other objects. Where the container
/// is no valid one of 2.0 it stays, since 2.1 still allows it.
pub(super) fn split(draft: &mut Draft) -> Vec<Draft> {
    if draft.text("type") != Some("observed-data") || draft.view.contains_key("object_refs") {
        return Vec::new();
    }
    let Some(objects) = draft.dictionary("objects") else { return Vec::new() };
    let Some(mut members) = Members::read(objects) else {
        draft.note("objects", "objects", rules::KEPT);
        return Vec::new();
    };
    let origin = draft.text("id").unwrap_or_default().to_owned();
    members.settle_names();
    mark(draft, &mut members);
    members.upgrade();
    let ids = members.name(&origin);
    let refs = members.refer(&ids);
    draft.view.shift_remove("objects");
    draft.view.insert("object_refs".to_owned(), Value::Array(refs));
    draft.note("objects", "object_refs", rules::OBJECTS);
    members.parts
}

struct Members {
    /// Each member by its own.
    parts: Vec<Draft>,
    /// Keys of the container and their place in `parts`.
    keys: HashMap<String, usize>,
}

impl Members {
    /// The members, if each has a type and every reference leads to one of them.
    fn read(objects: &Map<String, Value>) -> Option<Self> {
        let keys: HashMap<String, usize> = objects.keys().cloned().zip(0..).collect();
        let mut parts = Vec::with_capacity(objects.len());
        for (key, member) in objects {
            let mut view = member.as_object()?.clone();
            let kind = view.get("type")?.as_str()?;
            format!("{kind}--00000000-0000-4000-8000-000000000000").parse::<Id>().ok()?;
            let mut found = Vec::new();
            observable::references(&mut view, &mut found);
            let closed = found.iter().all(|r| r.as_str().is_some_and(|k| keys.contains_key(k)));
            if !closed {
                return None;
            }
            parts.push(Draft::new(view, &format!("objects.{key}")));
        }
        (!parts.is_empty()).then_some(Self { parts, keys })
    }

    /// The member that a selector reaches, behind `objects`, and the path inside that member.
    fn reached<'p>(&mut self, rest: &'p str) -> Option<(&mut Draft, &'p str)> {
        let rest = rest.strip_prefix('.')?;
        let (key, within) = match self.keys.contains_key(rest) {
            true => (rest, ""),
            false => rest.split_once('.')?,
        };
        let member = *self.keys.get(key)?;
        Some((self.parts.get_mut(member)?, within))
    }

    /// Names of the members' own that mean something in an object of 2.1. An `id` of the right
    /// form is one: the member was written in the way of 2.1.
    fn settle_names(&mut self) {
        for part in &mut self.parts {
            collisions::settle(part);
            if part.text("spec_version").is_none_or(|version| !version.starts_with("2.")) {
                part.set_aside("spec_version", rules::COLLISION);
            }
            let kind = part.text("type").unwrap_or_default();
            let id = part.text("id").and_then(|text| text.parse::<Id>().ok());
            if id.is_none_or(|id| id.kind() != kind) {
                part.set_aside("id", rules::COLLISION);
            }
        }
    }

    fn upgrade(&mut self) {
        for part in &mut self.parts {
            let kind = part.text("type").unwrap_or_default().to_owned();
            observable::upgrade(&kind, part);
        }
    }

    /// The id of every member, in an order in which what an id is made of is known before it.
    ///
    /// Where members wait for each other (an archive in itself), the first of them gets an id that
    /// does not depend on the others.
    fn name(&mut self, origin: &str) -> Vec<Id> {
        let mut order = Order::of(&self.dependencies());
        let mut ids: Vec<Option<Id>> = vec![None; self.parts.len()];
        let mut taken: HashMap<Id, usize> = HashMap::new();
        while let Some((member, circular)) = order.next() {
            let id = self.id_of(member, &ids, circular, &mut taken, origin);
            if let Some(place) = ids.get_mut(member) {
                *place = Some(id);
            }
        }
        ids.into_iter().flatten().collect()
    }

    /// For every member the members that its id depends on, each once.
    fn dependencies(&mut self) -> Vec<Vec<usize>> {
        let keys = &self.keys;
        let needs = |part: &mut Draft| {
            let mut contributing = contributing(&part.view);
            let mut found = Vec::new();
            observable::references(&mut contributing, &mut found);
            let mut needs: Vec<usize> =
                found.iter().filter_map(|r| keys.get(r.as_str()?).copied()).collect();
            needs.sort_unstable();
            needs.dedup();
            needs
        };
        self.parts.iter_mut().map(needs).collect()
    }

    fn id_of(
        &self,
        member: usize,
        ids: &[Option<Id>],
        circular: bool,
        taken: &mut HashMap<Id, usize>,
        origin: &str,
    ) -> Id {
        let Some(part) = self.parts.get(member) else { return derived("", origin, "", &json!(0)) };
        let kind = part.text("type").unwrap_or_default();
        if let Some(id) = part.text("id").and_then(|text| text.parse().ok()) {
            return id;
        }
        let key = part.place().to_owned();
        let before = Value::Object(part.before.clone());
        let own = derived(kind, origin, &key, &before);
        if circular {
            return own;
        }
        let mut view = part.view.clone();
        let mut contributing = contributing(&part.view);
        resolve(&mut contributing, &self.keys, ids);
        view.extend(contributing);
        let Some(id) = id::sco_id(kind, &view) else { return own };
        let first = *taken.entry(id.clone()).or_insert(member);
        let same = self.parts.get(first).is_some_and(|first| first.before == part.before);
        if same || !observable::is_event(kind) { id } else { own }
    }

    /// Puts ids in the place of keys; gives the references of the observed data, each once.
    fn refer(&mut self, ids: &[Id]) -> Vec<Value> {
        let named: Vec<Option<Id>> = ids.iter().cloned().map(Some).collect();
        let mut refs: Vec<Value> = Vec::with_capacity(ids.len());
        let mut seen = std::collections::HashSet::new();
        for (part, id) in self.parts.iter_mut().zip(ids) {
            if resolve(&mut part.view, &self.keys, &named) {
                part.note("", "", rules::REFERENCE);
            }
            part.view.insert("spec_version".to_owned(), json!("2.1"));
            part.view.insert("id".to_owned(), json!(id.as_str()));
            let deterministic = id.uuid().get_version_num() == 5;
            part.note("", "id", if deterministic { rules::ID } else { rules::ID_DERIVED });
            if seen.insert(id) {
                refs.push(json!(id.as_str()));
            }
        }
        refs
    }
}

/// Members in an order in which each comes behind those that it depends on.
struct Order {
    /// For every member those that depend on it.
    after: Vec<Vec<usize>>,
    /// For every member how many it still waits for; `None` once it has come.
    open: Vec<Option<usize>>,
    ready: VecDeque<usize>,
    /// The first member that may still be open.
    first: usize,
}

impl Order {
    fn of(needs: &[Vec<usize>]) -> Self {
        let mut after = vec![Vec::new(); needs.len()];
        for (member, needs) in needs.iter().enumerate() {
            for need in needs {
                if let Some(list) = after.get_mut(*need) {
                    list.push(member);
                }
            }
        }
        let free = needs.iter().enumerate().filter(|(_, needs)| needs.is_empty());
        let ready = free.map(|(member, _)| member).collect();
        let open = needs.iter().map(|needs| Some(needs.len())).collect();
        Self { after, open, ready, first: 0 }
    }

    /// The next member, and whether it comes only to break a circle.
    fn next(&mut self) -> Option<(usize, bool)> {
        let ready = self.ready.pop_front().map(|member| (member, false));
        let (member, circular) = ready.or_else(|| {
            self.first += self.open.get(self.first..)?.iter().position(Option::is_some)?;
            Some((self.first, true))
        })?;
        if let Some(open) = self.open.get_mut(member) {
            *open = None;
        }
        for follower in self.after.get_mut(member).map(std::mem::take)? {
            if let Some(Some(open)) = self.open.get_mut(follower) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    self.ready.push_back(follower);
                }
            }
        }
        Some((member, circular))
    }
}

/// An id shaped as UUIDv4 that depends on where the observable was found and on what it was.
fn derived(kind: &str, origin: &str, place: &str, before: &Value) -> Id {
    let digest = canonical::sha256(&json!(["enlace upgrade 1", origin, place, before]));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    Id::new(kind, Builder::from_random_bytes(bytes).into_uuid())
}

/// The properties that hold references and go into the id.
fn contributing(view: &Map<String, Value>) -> Map<String, Value> {
    let kind = view.get("type").and_then(Value::as_str).unwrap_or_default();
    let names = observable::contributing_references(kind).iter();
    names.filter_map(|name| Some(((*name).to_owned(), view.get(*name)?.clone()))).collect()
}

/// Puts the ids that are known in the place of keys; whether there was any reference.
fn resolve(
    view: &mut Map<String, Value>,
    keys: &HashMap<String, usize>,
    ids: &[Option<Id>],
) -> bool {
    let mut found = Vec::new();
    observable::references(view, &mut found);
    let any = !found.is_empty();
    for reference in found {
        let member = reference.as_str().and_then(|key| keys.get(key));
        if let Some(Some(id)) = member.and_then(|member| ids.get(*member)) {
            *reference = json!(id.as_str());
        }
    }
    any
}

/// Markings of the observed data cover what was inside: those of the whole object go on every
/// member, granular ones on the member or the property that they name.
fn mark(draft: &mut Draft, members: &mut Members) {
    let whole = draft.view.get("object_marking_refs").and_then(Value::as_array).cloned();
    for part in &mut members.parts {
        for marking in whole.iter().flatten() {
            add_marking(part, marking);
        }
    }
    let Some(Value::Array(granular)) = draft.view.get("granular_markings").cloned() else { return };
    let mut kept = Vec::with_capacity(granular.len());
    for mut marking in granular {
        let selectors = marking.get("selectors").and_then(Value::as_array).cloned();
        let Some(selectors) = selectors else {
            kept.push(marking);
            continue;
        };
        let stay: Vec<Value> =
            selectors.into_iter().filter_map(|s| hand_down(s, &marking, members)).collect();
        if !stay.is_empty() {
            if let Some(marking) = marking.as_object_mut() {
                marking.insert("selectors".to_owned(), Value::Array(stay));
            }
            kept.push(marking);
        }
    }
    if draft.view.get("granular_markings").and_then(Value::as_array) != Some(&kept) {
        draft.note("granular_markings", "granular_markings", rules::SELECTORS);
    }
    if kept.is_empty() {
        draft.view.shift_remove("granular_markings");
    } else {
        draft.view.insert("granular_markings".to_owned(), Value::Array(kept));
    }
}

/// Gives a selector to the members that it reaches into; what is left of it for the observed data.
fn hand_down(selector: Value, marking: &Value, members: &mut Members) -> Option<Value> {
    let path = selector.as_str();
    let Some(rest) = path.and_then(|path| selector::below(path, "objects")) else {
        return Some(selector);
    };
    if rest.is_empty() {
        members.parts.iter_mut().for_each(|part| mark_whole(part, marking));
        return Some(json!("object_refs"));
    }
    let Some((part, within)) = members.reached(rest) else { return Some(selector) };
    match within {
        "" => mark_whole(part, marking),
        path if selector::find(&part.before, path).is_some() => {
            add_granular(part, marking, &[path]);
        }
        _ => return Some(selector),
    }
    // That it was observed is not marked by this, and its id is named in `object_refs` only.
    None
}

/// A granular marking of a whole member marks the object that it became. A language says
/// something of texts, not of an object: it goes on every property.
fn mark_whole(part: &mut Draft, marking: &Value) {
    match marking.get("marking_ref") {
        Some(marking) => add_marking(part, marking),
        None => {
            let names: Vec<String> = part.before.keys().cloned().collect();
            let names: Vec<&str> =
                names.iter().map(String::as_str).filter(|name| *name != "type").collect();
            add_granular(part, marking, &names);
        }
    }
}

fn add_marking(part: &mut Draft, marking: &Value) {
    let held = part.view.entry("object_marking_refs").or_insert_with(|| json!([]));
    if let Some(held) = held.as_array_mut().filter(|held| !held.contains(marking)) {
        held.push(marking.clone());
        part.note("", "object_marking_refs", rules::MARKED);
    }
}

fn add_granular(part: &mut Draft, marking: &Value, selectors: &[&str]) {
    let Some(mut marking) = marking.as_object().cloned() else { return };
    marking.insert("selectors".to_owned(), json!(selectors));
    let held = part.view.entry("granular_markings").or_insert_with(|| json!([]));
    if let Some(held) = held.as_array_mut() {
        held.push(Value::Object(marking));
        part.note("", "granular_markings", rules::MARKED);
    }
}
