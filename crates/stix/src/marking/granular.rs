//! Editing granular markings (§7.2.3) on a view of an object.
//!
//! Every function is pure: it takes the properties of an object and gives new ones. A received
//! object is never changed; what comes out is a new version, whose `modified` is the caller's to
//! set. Selectors must resolve (§7.2.3), and results are compressed: one entry for each marking,
//! sorted, nothing twice. Entries that are not understood stay as they are.

use serde_json::{Map, Value};

use super::selector::{self, Selector, SelectorError};

mod mark;
pub use mark::{Kinds, Mark, Reach};

/// Why an edit is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A selector has the wrong form.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A selector names nothing in the object (§7.2.3: selectors MUST refer to what is present).
    #[error("selector `{0}` selects nothing: the object has no such value")]
    Missing(String),
    /// No selector was given.
    #[error("no selector is given: expected at least one")]
    NoSelector,
    /// No mark was given.
    #[error("no marking is given: expected at least one")]
    NoMark,
    /// The mark is no marking definition id and no language tag.
    #[error("`{0}` is no marking: expected `marking-definition--UUID` or a language tag")]
    Mark(String),
    /// None of the selectors bears such a mark.
    #[error("none of the selectors bears such a marking")]
    NotMarked,
    /// `granular_markings` is there but is no list.
    #[error("`granular_markings` is not a list")]
    NotAList,
    /// A part of `granular_markings` cannot be taken out: edit the markings instead.
    #[error("selector `{0}` lies inside `granular_markings`: change the markings instead")]
    InsideMarkings(String),
}

/// Marks the selected values, beside what marks them already.
pub fn add(
    view: &Map<String, Value>,
    marks: &[Mark<'_>],
    selectors: &[&str],
) -> Result<Map<String, Value>, EditError> {
    check(view, selectors)?;
    check_marks(marks)?;
    let mut entries = entries_of(view)?;
    for mark in marks {
        let selectors = selectors.iter().map(|s| (*s).to_owned()).collect();
        entries.push(Entry::Read { mark: mark.member(), selectors });
    }
    Ok(with(view, compressed(entries)))
}

/// Takes marks away from exactly these selectors; marks on what holds them, or on parts of them,
/// stay. An object without granular markings stays as it is.
pub fn remove(
    view: &Map<String, Value>,
    marks: &[Mark<'_>],
    selectors: &[&str],
) -> Result<Map<String, Value>, EditError> {
    check(view, selectors)?;
    check_marks(marks)?;
    take(view, selectors, |held| marks.iter().any(|mark| mark.is(held)))
}

/// Takes all marks of these kinds away from exactly these selectors.
pub fn clear(
    view: &Map<String, Value>,
    selectors: &[&str],
    kinds: Kinds,
) -> Result<Map<String, Value>, EditError> {
    check(view, selectors)?;
    take(view, selectors, |held| kinds.has(held))
}

/// Puts these marks in the place of all marks of these kinds on the selectors, marked or not.
pub fn set(
    view: &Map<String, Value>,
    marks: &[Mark<'_>],
    selectors: &[&str],
    kinds: Kinds,
) -> Result<Map<String, Value>, EditError> {
    match clear(view, selectors, kinds) {
        Ok(cleared) => add(&cleared, marks, selectors),
        Err(EditError::NotMarked) => add(view, marks, selectors),
        Err(error) => Err(error),
    }
}

/// One entry for each marking, selectors sorted by their steps.
pub fn compress(view: &Map<String, Value>) -> Result<Map<String, Value>, EditError> {
    Ok(with(view, compressed(entries_of(view)?)))
}

/// One entry for each marking and selector.
pub fn expand(view: &Map<String, Value>) -> Result<Map<String, Value>, EditError> {
    let mut expanded = Vec::new();
    for entry in compressed(entries_of(view)?) {
        match entry {
            Entry::Read { mark, selectors } => expanded.extend(
                selectors
                    .into_iter()
                    .map(|one| Entry::Read { mark: mark.clone(), selectors: vec![one] }),
            ),
            strange => expanded.push(strange),
        }
    }
    Ok(with(view, expanded))
}

/// The marks on any of the selectors, within reach, sorted: definitions, then languages.
pub fn get<'v>(
    view: &'v Map<String, Value>,
    selectors: &[&str],
    reach: Reach,
    kinds: Kinds,
) -> Result<Vec<Mark<'v>>, EditError> {
    check(view, selectors)?;
    let mut found: Vec<Mark<'v>> = Vec::new();
    for item in list_of(view)? {
        let Some((mark, held)) = read(item) else { continue };
        let hit = |asked: &&str| held.iter().any(|held| reach.meets(held, asked));
        if kinds.has(mark) && selectors.iter().any(hit) {
            found.push(mark);
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether all of these marks are on the selectors, within reach; for no mark, whether any is.
pub fn is_marked(
    view: &Map<String, Value>,
    marks: &[Mark<'_>],
    selectors: &[&str],
    reach: Reach,
) -> Result<bool, EditError> {
    let found = get(view, selectors, reach, Kinds::All)?;
    Ok(!found.is_empty() && marks.iter().all(|mark| found.iter().any(|held| mark.is(*held))))
}

/// One item of `granular_markings`.
pub(super) enum Entry {
    /// A mark with what it selects. `mark` holds every member but `selectors`.
    Read { mark: Map<String, Value>, selectors: Vec<String> },
    /// Not understood: kept as it is.
    Strange(Value),
}

pub(super) fn entries_of(view: &Map<String, Value>) -> Result<Vec<Entry>, EditError> {
    let entries = list_of(view)?.iter().map(|item| match read(item) {
        Some((_, selectors)) => {
            let members = item.as_object().into_iter().flatten();
            let mark = members.filter(|(name, _)| *name != "selectors");
            let mark = mark.map(|(name, value)| (name.clone(), value.clone())).collect();
            Entry::Read { mark, selectors: selectors.into_iter().map(str::to_owned).collect() }
        }
        None => Entry::Strange(item.clone()),
    });
    Ok(entries.collect())
}

fn list_of(view: &Map<String, Value>) -> Result<&[Value], EditError> {
    match view.get("granular_markings") {
        None => Ok(&[]),
        Some(list) => list.as_array().map(Vec::as_slice).ok_or(EditError::NotAList),
    }
}

/// The mark and the selectors of an item; `None` where it has no mark or a selector is no text.
/// A `marking_ref` decides beside a `lang`, which must not stand there.
fn read(item: &Value) -> Option<(Mark<'_>, Vec<&str>)> {
    let mark = mark_of(item.as_object()?)?;
    let selectors = item.get("selectors")?.as_array()?;
    let texts: Vec<&str> = selectors.iter().filter_map(Value::as_str).collect();
    (!texts.is_empty() && texts.len() == selectors.len()).then_some((mark, texts))
}

pub(super) fn mark_of(members: &Map<String, Value>) -> Option<Mark<'_>> {
    match (members.get("marking_ref"), members.get("lang")) {
        (Some(id), _) => id.as_str().map(Mark::Ref),
        (None, lang) => lang?.as_str().map(Mark::Lang),
    }
}

/// The view with these entries in the place of its granular markings; without any, without them.
pub(super) fn with(view: &Map<String, Value>, entries: Vec<Entry>) -> Map<String, Value> {
    let list: Vec<Value> = entries.into_iter().map(Entry::into_item).collect();
    let empty = list.is_empty();
    let kept = view.iter().filter(|(name, _)| !empty || *name != "granular_markings");
    let mut made: Map<String, Value> =
        kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    if !empty {
        made.insert("granular_markings".into(), list.into());
    }
    made
}

impl Entry {
    fn into_item(self) -> Value {
        match self {
            Self::Read { mut mark, selectors } => {
                mark.insert("selectors".into(), selectors.into());
                Value::Object(mark)
            }
            Self::Strange(item) => item,
        }
    }
}

/// Merges entries of the same mark; strange ones stand last.
fn compressed(entries: Vec<Entry>) -> Vec<Entry> {
    let mut merged: Vec<(Map<String, Value>, Vec<String>)> = Vec::new();
    let mut strange = Vec::new();
    for entry in entries {
        let Entry::Read { mark, selectors } = entry else {
            strange.push(entry);
            continue;
        };
        match merged.iter_mut().find(|(held, _)| is_same(held, &mark)) {
            Some((_, held)) => held.extend(selectors),
            None => merged.push((mark, selectors)),
        }
    }
    merged.sort_by(|(a, _), (b, _)| mark_of(a).cmp(&mark_of(b)));
    let merged = merged.into_iter().map(|(mark, mut selectors)| {
        sort_selectors(&mut selectors);
        Entry::Read { mark, selectors }
    });
    merged.chain(strange).collect()
}

pub(super) fn sort_selectors(selectors: &mut Vec<String>) {
    selectors.sort_by(|a, b| selector::order(a, b));
    selectors.dedup_by(|a, b| selector::order(a, b).is_eq());
}

/// Whether two entries say the same beside what they select.
fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let rest = |members: &Map<String, Value>| -> usize {
        members.keys().filter(|name| *name != "marking_ref" && *name != "lang").count()
    };
    match (mark_of(one), mark_of(other)) {
        (Some(a), Some(b)) if a.is(b) => one == other || (rest(one) == 0 && rest(other) == 0),
        _ => false,
    }
}

/// Takes the marks that `gone` names away from the selectors.
fn take(
    view: &Map<String, Value>,
    from: &[&str],
    gone: impl Fn(Mark<'_>) -> bool,
) -> Result<Map<String, Value>, EditError> {
    if view.get("granular_markings").is_none() {
        return Ok(view.clone());
    }
    let mut taken = false;
    let mut left = Vec::new();
    for entry in entries_of(view)? {
        let Entry::Read { mark, mut selectors } = entry else {
            left.push(entry);
            continue;
        };
        if mark_of(&mark).is_some_and(&gone) {
            let before = selectors.len();
            selectors.retain(|held| !from.iter().any(|s| selector::order(held, s).is_eq()));
            taken |= selectors.len() < before;
        }
        if !selectors.is_empty() {
            left.push(Entry::Read { mark, selectors });
        }
    }
    if taken { Ok(with(view, compressed(left))) } else { Err(EditError::NotMarked) }
}

fn check(view: &Map<String, Value>, selectors: &[&str]) -> Result<(), EditError> {
    if selectors.is_empty() {
        return Err(EditError::NoSelector);
    }
    for text in selectors {
        if Selector::parse(text)?.resolve(view).is_none() {
            return Err(EditError::Missing(text.chars().take(200).collect()));
        }
    }
    Ok(())
}

fn check_marks(marks: &[Mark<'_>]) -> Result<(), EditError> {
    if marks.is_empty() {
        return Err(EditError::NoMark);
    }
    match marks.iter().find(|mark| !mark.is_well_formed()) {
        Some(Mark::Ref(text) | Mark::Lang(text)) => {
            Err(EditError::Mark(text.chars().take(200).collect()))
        }
        None => Ok(()),
    }
}
