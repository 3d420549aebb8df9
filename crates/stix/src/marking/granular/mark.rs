//! What granular markings apply, and how a question or an edit names them.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::super::selector::{self, Relation};

/// What a granular marking applies to the values that it selects.
#[derive(Debug, Clone, Copy)]
pub enum Mark<'a> {
    /// A marking definition, by id (`marking_ref`).
    Ref(&'a str),
    /// A language, by RFC 5646 tag (`lang`).
    Lang(&'a str),
}

/// Which kinds of mark are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// Marking definitions and languages.
    All,
    /// Marking definitions only.
    Refs,
    /// Languages only.
    Langs,
}

/// How far from a selector a mark counts as one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Marks on what holds the value count.
    pub inherited: bool,
    /// Marks on parts of the value count.
    pub descendants: bool,
}

impl Reach {
    pub(super) fn meets(self, held: &str, asked: &str) -> bool {
        match selector::relation(held, asked) {
            Relation::Equal => true,
            Relation::Above => self.inherited,
            Relation::Below => self.descendants,
            Relation::Apart => false,
        }
    }
}

impl Kinds {
    pub(super) fn has(self, mark: Mark<'_>) -> bool {
        match mark {
            Mark::Ref(_) => self != Self::Langs,
            Mark::Lang(_) => self != Self::Refs,
        }
    }
}

impl<'a> Mark<'a> {
    pub(super) fn member(self) -> Map<String, Value> {
        let (name, value) = match self {
            Self::Ref(id) => ("marking_ref", id),
            Self::Lang(tag) => ("lang", tag),
        };
        [(name.to_owned(), Value::from(value))].into_iter().collect()
    }

    pub(super) fn is(self, other: Mark<'_>) -> bool {
        self.cmp(&other).is_eq()
    }

    pub(super) fn is_well_formed(self) -> bool {
        match self {
            Self::Ref(id) => {
                id.parse::<crate::Id>().is_ok_and(|id| id.kind() == "marking-definition")
            }
            Self::Lang(tag) => tag.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
            }),
        }
    }

    fn key(self) -> (bool, &'a str) {
        match self {
            Self::Ref(id) => (false, id),
            Self::Lang(tag) => (true, tag),
        }
    }
}

/// UUIDs (RFC 4122) and language tags (RFC 5646) are the same in any case of letters.
impl Ord for Mark<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((is_lang, text), (other_is_lang, other)) = (self.key(), other.key());
        let lower = |text: &str| text.bytes().map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
        is_lang.cmp(&other_is_lang).then_with(|| lower(text).cmp(&lower(other)))
    }
}
impl PartialOrd for Mark<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Mark<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Mark<'_> {}
