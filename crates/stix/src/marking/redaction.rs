//! Taking values out of an object so that its granular markings stay true.
//!
//! Lists close up, so indexes behind a removed item shift; a list or dictionary of which nothing
//! is left goes too, and so does what held only that: the standard has no empty lists. A marking
//! on what is gone goes with it, a marking on what is left stays, and no selector dangles.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::granular::{self, EditError, Entry, Mark};
use super::selector::{Selector, Step};

/// The object without the values at these selectors, its granular markings re-indexed.
///
/// Selectors count in `view` as it is. One that selects nothing is an error: a redaction that
/// silently removes less than it was told would be a leak.
pub fn redact(
    view: &Map<String, Value>,
    removed: &[&str],
) -> Result<Map<String, Value>, EditError> {
    let cut = Cut::of(view, removed)?;
    let left = remaining(view, &cut);
    marked(view, &cut, left)
}

/// The granular markings of `original`, made true for `redacted`: what a caller left of it after
/// it took out the values at `removed` (selectors in `original`) and everything that became empty.
///
/// Values may also have been reduced. A selector into one that no longer has such a part selects
/// the nearest value above it that is left. Whatever granular markings `redacted` has are replaced.
pub fn reindex(
    original: &Map<String, Value>,
    removed: &[&str],
    redacted: &Map<String, Value>,
) -> Result<Map<String, Value>, EditError> {
    let cut = Cut::of(original, removed)?;
    marked(original, &cut, redacted.clone())
}

/// What is cut from a value: all of it, or parts.
#[derive(Default)]
struct Cut<'a> {
    whole: bool,
    parts: BTreeMap<Step<'a>, Cut<'a>>,
}

impl<'a> Cut<'a> {
    fn of(view: &Map<String, Value>, removed: &[&'a str]) -> Result<Self, EditError> {
        let mut root = Self::default();
        for text in removed {
            let selector = Selector::parse(text)?;
            if selector.resolve(view).is_none() {
                return Err(EditError::Missing(text.chars().take(200).collect()));
            }
            let mut steps = selector.steps();
            if steps.next() == Some(Step::Member(MARKINGS)) && steps.next().is_some() {
                return Err(EditError::InsideMarkings(text.chars().take(200).collect()));
            }
            let cut =
                selector.steps().fold(&mut root, |cut, step| cut.parts.entry(step).or_default());
            cut.whole = true;
        }
        for (step, cut) in &mut root.parts {
            if let Step::Member(name) = step {
                view.get(*name).into_iter().for_each(|value| cut.close(value));
            }
        }
        Ok(root)
    }

    /// What loses every part is gone itself.
    fn close(&mut self, value: &Value) {
        if self.whole || self.parts.is_empty() {
            return;
        }
        for (step, cut) in &mut self.parts {
            let part = match step {
                Step::Member(name) => value.get(*name),
                Step::Item(index) => value.get(*index),
            };
            part.into_iter().for_each(|part| cut.close(part));
        }
        let held = match value {
            Value::Object(members) => members.len(),
            Value::Array(items) => items.len(),
            _ => return,
        };
        self.whole = self.parts.values().filter(|part| part.whole).count() == held;
    }

    fn part(&self, step: Step<'a>) -> Option<&Self> {
        self.parts.get(&step)
    }

    /// Where the value at `selector` is found after the cut; `None` = gone.
    fn shifted(&self, selector: Selector<'a>) -> Option<String> {
        let mut here = Some(self);
        let mut path = String::new();
        for step in selector.steps() {
            if !path.is_empty() {
                path.push('.');
            }
            match step {
                Step::Member(name) => path.push_str(name),
                Step::Item(index) => {
                    let before = |cut: &Self| {
                        let range = cut.parts.range(Step::Item(0)..Step::Item(index));
                        range.filter(|(_, part)| part.whole).count()
                    };
                    let gone = here.map_or(0, before);
                    path.push_str(&format!("[{}]", index.saturating_sub(gone)));
                }
            }
            here = here.and_then(|cut| cut.part(step));
            if here.is_some_and(|cut| cut.whole) {
                return None;
            }
        }
        Some(path)
    }
}

const MARKINGS: &str = "granular_markings";

fn remaining<'a>(view: &'a Map<String, Value>, cut: &Cut<'a>) -> Map<String, Value> {
    let kept = view.iter().filter_map(|(name, value)| {
        Some((name.clone(), rest(value, cut.part(Step::Member(name)))?))
    });
    kept.collect()
}

fn rest<'a>(value: &'a Value, cut: Option<&Cut<'a>>) -> Option<Value> {
    let Some(cut) = cut else { return Some(value.clone()) };
    if cut.whole {
        return None;
    }
    Some(match value {
        Value::Object(members) => Value::Object(remaining(members, cut)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.filter_map(|(i, item)| rest(item, cut.part(Step::Item(i)))).collect()
        }
        leaf => leaf.clone(),
    })
}

/// Puts the markings of `original` on what is left.
fn marked(
    original: &Map<String, Value>,
    cut: &Cut<'_>,
    mut left: Map<String, Value>,
) -> Result<Map<String, Value>, EditError> {
    if cut.part(Step::Member(MARKINGS)).is_some() {
        return Ok(granular::with(&left, Vec::new()));
    }
    let mut kept = Vec::new();
    let mut unplaced = Vec::new();
    for entry in granular::entries_of(original)? {
        match entry {
            Entry::Read { mark, selectors } => {
                let mut moved: Vec<String> = Vec::new();
                for text in &selectors {
                    match Selector::parse(text).ok().filter(|s| s.resolve(original).is_some()) {
                        Some(selector) => moved.extend(place(selector, cut, &left)),
                        None => unplaced.extend(granular::mark_of(&mark).and_then(reference)),
                    }
                }
                granular::sort_selectors(&mut moved);
                if !moved.is_empty() {
                    kept.push(Entry::Read { mark, selectors: moved });
                }
            }
            Entry::Strange(item) => match item.as_object().and_then(granular::mark_of) {
                Some(mark) => unplaced.extend(reference(mark)),
                // It says that something is marked, not how: it must go on saying so.
                None => kept.push(Entry::Strange(item)),
            },
        }
    }
    hoist(&mut left, unplaced);
    Ok(granular::with(&left, kept))
}

/// The selector after the cut, lifted to the nearest value that is left; `None` = gone.
fn place<'a>(selector: Selector<'a>, cut: &Cut<'a>, left: &Map<String, Value>) -> Option<String> {
    let mut path = cut.shifted(selector)?;
    if path.split('.').next() == Some(MARKINGS) {
        // The markings are rewritten here: their own parts have no stable place.
        return Some(MARKINGS.to_owned());
    }
    while Selector::parse(&path).ok()?.resolve(left).is_none() {
        path.truncate(path.rfind('.')?);
    }
    Some(path)
}

fn reference(mark: Mark<'_>) -> Option<String> {
    match mark {
        Mark::Ref(id) => Some(id.to_owned()),
        Mark::Lang(_) => None,
    }
}

/// A marking that could not be placed covered the whole object (see [`super::of_object`]): it
/// goes on doing so, as an object marking.
fn hoist(left: &mut Map<String, Value>, unplaced: Vec<String>) {
    if unplaced.is_empty() {
        return;
    }
    let refs = left.entry("object_marking_refs").or_insert_with(|| Value::Array(Vec::new()));
    let Some(refs) = refs.as_array_mut() else { return };
    for id in unplaced {
        let is_there = |held: &Value| held.as_str().is_some_and(|h| h.eq_ignore_ascii_case(&id));
        if !refs.iter().any(is_there) {
            refs.push(id.into());
        }
    }
}
