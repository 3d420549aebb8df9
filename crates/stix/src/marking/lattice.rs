//! Joins of single fields. Each is associative, commutative and idempotent on sorted lists, and
//! never loosens; so is every join that is made of them.

use std::hash::{Hash, Hasher};

use crate::Timestamp;

/// The stricter side takes everything that either names.
pub(super) fn unite<T: Ord + Clone>(held: &mut Vec<T>, more: &[T]) {
    held.extend_from_slice(more);
    held.sort();
    held.dedup();
}

/// The stricter side allows only what both allow; `None` allows everything.
pub(super) fn intersect<T: Ord + Clone>(held: &mut Option<Vec<T>>, more: Option<&[T]>) {
    match (held.as_mut(), more) {
        (_, None) => {}
        (Some(held), Some(more)) => held.retain(|item| more.contains(item)),
        (None, Some(more)) => *held = Some(more.to_vec()),
    }
    if let Some(held) = held {
        held.sort();
        held.dedup();
    }
}

/// The stricter side ends first; `None` never ends.
pub(super) fn earliest(held: &mut Option<Timestamp>, more: Option<&Timestamp>) {
    if let Some(more) = more
        && held.as_ref().is_none_or(|held| more < held)
    {
        *held = Some(more.clone());
    }
}

/// The stricter side allows the smaller number; `None` allows any.
pub(super) fn least(held: &mut Option<u64>, more: Option<u64>) {
    *held = held.iter().copied().chain(more).min();
}

/// The stricter side begins last; `None` began long ago.
pub(super) fn latest(held: &mut Option<Timestamp>, more: Option<&Timestamp>) {
    if more > held.as_ref() {
        *held = more.cloned();
    }
}

/// Whether `held` names all that `other` names.
pub(super) fn includes<T: PartialEq>(held: &[T], other: &[T]) -> bool {
    other.iter().all(|item| held.contains(item))
}

/// Whether `held` allows nothing that `other` does not; `None` allows everything.
pub(super) fn within<T: PartialEq>(held: Option<&[T]>, other: Option<&[T]>) -> bool {
    match (held, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(held), Some(other)) => includes(other, held),
    }
}

/// Whether `held` ends no later than `other`; `None` never ends.
pub(super) fn ends_by<T: PartialOrd>(held: Option<&T>, other: Option<&T>) -> bool {
    match (held, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(held), Some(other)) => held <= other,
    }
}

/// Feeds an instant to a hash: equal instants feed the same, whatever digits they came with.
pub(super) fn hash_time<H: Hasher>(time: Option<&Timestamp>, state: &mut H) {
    time.map(Timestamp::sort_key).hash(state);
}
