//! Selectors (§7.2.3): which part of an object a granular marking covers.
//!
//! `external_references.[0].source_name`: names and zero-based list indexes, joined by dots, read
//! from the object that carries the marking. A dictionary key that holds a dot cannot be addressed
//! (§2.3 forbids such keys); what lies below it is covered through its parent.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde_json::{Map, Value};

/// A selector of the right form. Borrowed and never copied: parsing allocates only for an error.
///
/// Two selectors are equal when their steps are: `labels.[01]` is `labels.[1]`. Names compare with
/// their case, as JSON member names do. The order is by steps, list indexes as numbers.
#[derive(Clone, Copy)]
pub struct Selector<'a>(&'a str);

/// One step of a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step<'a> {
    /// Into the list item of this index. An index that no list can have reads as `usize::MAX`.
    Item(usize),
    /// Into the member of this name.
    Member(&'a str),
}

/// How one selector lies to another, by steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same value.
    Equal,
    /// A value that holds the other.
    Above,
    /// A value inside the other.
    Below,
    /// Neither holds the other.
    Apart,
}

/// Why a text is no selector (§7.2.3, *Selector Syntax*).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// No text at all.
    #[error("selector is empty: expected a property name")]
    Empty,
    /// A dot at an end, or two in a row.
    #[error("selector `{0}` has an empty step: expected names or `[n]`, joined by single dots")]
    EmptyStep(String),
    /// The first step is a list index, but an object is no list.
    #[error("selector `{0}` begins with a list index: expected a property name")]
    IndexFirst(String),
    /// Brackets without a non-negative integer in them.
    #[error("selector step `{0}` is not a list index: expected `[n]` with n from 0")]
    Index(String),
    /// Characters that no property name or dictionary key has, or more than 250 of them.
    #[error("selector step `{0}` is not a name: expected 1 to 250 of a-z, A-Z, 0-9, `-`, `_`")]
    Name(String),
}

impl<'a> Selector<'a> {
    /// Checks the form of `text`; whether an object holds such a value is [`Selector::resolve`].
    pub fn parse(text: &'a str) -> Result<Self, SelectorError> {
        if text.is_empty() {
            return Err(SelectorError::Empty);
        }
        for (i, step) in text.split('.').enumerate() {
            if step.starts_with('[') || step.ends_with(']') {
                if index(step).is_none() {
                    return Err(SelectorError::Index(shown(step)));
                }
                if i == 0 {
                    return Err(SelectorError::IndexFirst(shown(text)));
                }
            } else if step.is_empty() {
                return Err(SelectorError::EmptyStep(shown(text)));
            } else if !is_name(step) {
                return Err(SelectorError::Name(shown(step)));
            }
        }
        Ok(Self(text))
    }

    /// The text as it came.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// The steps from the object inwards; at least one, the first a member.
    pub fn steps(self) -> impl Iterator<Item = Step<'a>> {
        steps(self.0)
    }

    /// The value it selects in `object`, if that is there: names lead into dictionaries, indexes
    /// into lists, and nothing leads into a text.
    pub fn resolve(self, object: &Map<String, Value>) -> Option<&Value> {
        let mut steps = self.steps();
        let Some(Step::Member(first)) = steps.next() else { return None };
        steps.try_fold(object.get(first)?, |value, step| match (value, step) {
            (Value::Object(members), Step::Member(name)) => members.get(name),
            (Value::Array(items), Step::Item(index)) => items.get(index),
            _ => None,
        })
    }

    /// How this selector lies to `other`.
    pub fn relation(self, other: Selector<'_>) -> Relation {
        relation(self.0, other.0)
    }

    /// Whether marking this marks `other`: equal to it or above it.
    pub fn covers(self, other: Selector<'_>) -> bool {
        matches!(self.relation(other), Relation::Equal | Relation::Above)
    }
}

/// The relation of two paths of any form: what is no step of a selector is a name like another.
pub(super) fn relation(one: &str, other: &str) -> Relation {
    let (mut ours, mut theirs) = (steps(one), steps(other));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return Relation::Equal,
            (None, Some(_)) => return Relation::Above,
            (Some(_), None) => return Relation::Below,
            (Some(a), Some(b)) if a != b => return Relation::Apart,
            _ => {}
        }
    }
}

/// The order of two paths of any form, by steps.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    steps(one).cmp(steps(other))
}

pub(super) fn steps(text: &str) -> impl Iterator<Item = Step<'_>> {
    text.split('.').map(|step| index(step).map_or(Step::Member(step), Step::Item))
}

/// Whether a member of this name can be addressed (§7.2.3), which is to say that it is a key of §2.3:
/// up to 250 of a-z, A-Z, 0-9, hyphen and underscore.
pub(crate) fn is_name(step: &str) -> bool {
    (1..=250).contains(&step.len())
        && step.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
}

fn index(step: &str) -> Option<usize> {
    let digits = step.strip_prefix('[')?.strip_suffix(']')?;
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(usize::MAX))
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

impl PartialEq for Selector<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.cmp(other).is_eq()
    }
}
impl Eq for Selector<'_> {}
impl PartialOrd for Selector<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Selector<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        order(self.0, other.0)
    }
}
impl Hash for Selector<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.steps().for_each(|step| step.hash(state));
    }
}
impl fmt::Display for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl fmt::Debug for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Selector({})", self.0)
    }
}
