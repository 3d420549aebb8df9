//! One observable, several markings: all of them hold.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::rules::{self, Rule};
use super::{Change, Upgraded, selector};

/// What all copies of one observable are marked with.
#[derive(Default)]
struct Markings {
    copies: usize,
    whole: Gathered,
    granular: Gathered,
}

/// Values, each once, in the order in which they came.
#[derive(Default)]
struct Gathered {
    values: Vec<Value>,
    seen: HashSet<String>,
}

impl Gathered {
    fn add(&mut self, from: Option<&Value>) {
        for item in from.and_then(Value::as_array).into_iter().flatten() {
            if self.seen.insert(item.to_string()) {
                self.values.push(item.clone());
            }
        }
    }
}

/// Gives every copy of an observable the markings of all copies.
pub(super) fn markings(all: &mut [Upgraded]) {
    let mut held: HashMap<String, Markings> = HashMap::new();
    for view in all.iter().flat_map(|one| one.objects.iter().skip(1)) {
        let Some(id) = view.get("id").and_then(Value::as_str) else { continue };
        let markings = held.entry(id.to_owned()).or_default();
        markings.copies += 1;
        markings.whole.add(view.get("object_marking_refs"));
        markings.granular.add(view.get("granular_markings"));
    }
    for one in all {
        let mut united = Vec::new();
        for (object, view) in one.objects.iter_mut().enumerate().skip(1) {
            let id = view.get("id").and_then(Value::as_str);
            let Some(markings) = id.and_then(|id| held.get(id)).filter(|m| m.copies > 1) else {
                continue;
            };
            if markings.copies * markings.whole.values.len().max(markings.granular.values.len())
                > super::MOST_MARKINGS
            {
                united.push(change(object, "", rules::TOO_MANY));
                continue;
            }
            for name in apply(view, markings) {
                united.push(change(object, name, rules::UNITED));
            }
        }
        one.changes.extend(united);
    }
}

fn change(object: usize, path: &str, rule: Rule) -> Change {
    let Rule { code: rule, reason } = rule;
    Change { object, path_before: String::new(), path_after: path.to_owned(), rule, reason }
}

/// Sets what is missing; gives the names of the properties that changed. Both lists come out in
/// one order in every copy, so that equal copies stay equal.
fn apply(view: &mut Map<String, Value>, markings: &Markings) -> Vec<&'static str> {
    let reaches = |marking: &&Value| {
        let selectors = marking.get("selectors").and_then(Value::as_array);
        selectors.is_some_and(|selectors| {
            selectors.iter().all(|s| s.as_str().is_some_and(|s| selector::find(view, s).is_some()))
        })
    };
    let own = view.get("granular_markings").and_then(Value::as_array);
    let is_own = |marking: &&Value| own.is_some_and(|own| own.contains(marking));
    let granular: Vec<Value> =
        markings.granular.values.iter().filter(|m| is_own(m) || reaches(m)).cloned().collect();
    let mut changed = Vec::new();
    for (name, list) in
        [("object_marking_refs", markings.whole.values.clone()), ("granular_markings", granular)]
    {
        let held = view.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        if list.len() != held {
            changed.push(name);
        }
        if !list.is_empty() {
            view.insert(name.to_owned(), Value::Array(list));
        }
    }
    changed
}
