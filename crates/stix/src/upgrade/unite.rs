//! One observable, several markings: all of them hold.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Change, Upgraded, rules, selector};

/// What all copies of one observable are marked with.
#[derive(Default)]
struct Markings {
    copies: usize,
    whole: Vec<Value>,
    granular: Vec<Value>,
}

/// Gives every copy of an observable the markings of all copies.
pub(super) fn markings(all: &mut [Upgraded]) {
    let mut held: HashMap<String, Markings> = HashMap::new();
    for view in all.iter().flat_map(|one| one.objects.iter().skip(1)) {
        let Some(id) = view.get("id").and_then(Value::as_str) else { continue };
        let markings = held.entry(id.to_owned()).or_default();
        markings.copies += 1;
        gather(view.get("object_marking_refs"), &mut markings.whole);
        gather(view.get("granular_markings"), &mut markings.granular);
    }
    for one in all {
        let mut united = Vec::new();
        for (object, view) in one.objects.iter_mut().enumerate().skip(1) {
            let id = view.get("id").and_then(Value::as_str);
            let Some(markings) = id.and_then(|id| held.get(id)).filter(|m| m.copies > 1) else {
                continue;
            };
            for name in apply(view, markings) {
                united.push(Change {
                    object,
                    path_before: String::new(),
                    path_after: name.to_owned(),
                    rule: rules::UNITED.code,
                    reason: rules::UNITED.reason,
                });
            }
        }
        one.changes.extend(united);
    }
}

fn gather(from: Option<&Value>, into: &mut Vec<Value>) {
    for item in from.and_then(Value::as_array).into_iter().flatten() {
        if !into.contains(item) {
            into.push(item.clone());
        }
    }
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
        markings.granular.iter().filter(|m| is_own(m) || reaches(m)).cloned().collect();
    let mut changed = Vec::new();
    for (name, list) in
        [("object_marking_refs", markings.whole.clone()), ("granular_markings", granular)]
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
