//! Decisions remembered by what decides: the attributes of object and question, never an id and
//! never a time, only on which side of each limit it lies.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, RwLock};

use enlace_stix::Timestamp;
use enlace_stix::marking::{Effective, Handling, Pap, Tlp};

use crate::{Ask, Decision, Evaluation, Facts};

/// Decisions remembered before all are forgotten and made anew.
const REMEMBERED: usize = 20_000;

const DAY_US: i64 = 86_400_000_000;

/// Limits of time of an agreement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// First instant of validity and first after it, microseconds since the epoch.
    pub(crate) valid: (i64, i64),
    /// Greatest age in days.
    pub(crate) age: Option<u32>,
}

/// Everything that a decision depends on; two questions with one signature have one answer.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Signature<'a> {
    kind: &'a str,
    marking: Marks<'a>,
    categories: &'a [String],
    evaluation: Option<&'a Evaluation>,
    /// Natural person, own, consented, document, flattened, revoked, held back.
    flags: [bool; 7],
    /// Within the limit of age; `None` = it states no date, or there is no limit.
    young: Option<bool>,
    partner: &'a str,
    purpose: &'a str,
    offence: Option<&'a str>,
    /// Active, vetted, reasoned, in the dates.
    asked: [bool; 4],
}

/// What of a marking decides.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Marks<'a> {
    tlp: Option<Tlp>,
    handling: &'a [Handling],
    caveats: &'a [String],
    releasable_to: Option<&'a [String]>,
    purposes: Option<&'a [String]>,
    pap: Option<Pap>,
    /// Unknown, conditions in words, retention over, review overdue.
    flags: [bool; 4],
}

/// Whether a marking says something that no rule here acts on: then nobody knows whether the data
/// may leave.
pub(crate) fn asks_for_more(marking: &Effective) -> bool {
    // Every field by name: of a new one it must be told who acts on it.
    let Effective {
        // Attributes of the record.
        tlp: _,
        handling: _,
        caveats: _,
        releasable_to: _,
        purposes: _,
        pap: _,
        conditions: _,
        // Attributes of the record when they are over; the exit stamps the stricter of these and
        // the agreement.
        retention_until: _,
        review_due: _,
        // The exit stamps the stricter of these and the agreement.
        onward: _,
        onward_recipients: _,
        retention_days: _,
        // Shown, never a control (§7.2.1.3).
        statements: _,
        unknown,
        unread,
        acs,
        iep,
    } = marking;
    !unknown.is_empty() || !unread.is_empty() || acs.is_some() || iep.is_some()
}

/// Whether the day on which a marking demands deletion has come.
pub(crate) fn retention_over(marking: &Effective, now_us: i64) -> bool {
    marking.retention_until.as_ref().is_some_and(|until| day(until) <= now_us.div_euclid(DAY_US))
}

/// Whether the day of review is past.
pub(crate) fn review_overdue(marking: &Effective, now_us: i64) -> bool {
    marking.review_due.as_ref().is_some_and(|due| day(due) < now_us.div_euclid(DAY_US))
}

fn day(time: &Timestamp) -> i64 {
    time.micros().div_euclid(DAY_US)
}

impl<'a> Signature<'a> {
    pub(crate) fn of(facts: &'a Facts, ask: &'a Ask, limits: &Limits) -> Self {
        Self::marked(facts, &facts.marking, ask, limits)
    }

    /// As [`Signature::of`], with this marking in place of the one in `facts`.
    pub(crate) fn marked(
        facts: &'a Facts,
        marking: &'a Effective,
        ask: &'a Ask,
        limits: &Limits,
    ) -> Self {
        // Every field by name: a new one that decides must be part of the key.
        let Facts {
            kind,
            marking: _,
            natural_person,
            categories,
            own,
            consented,
            document,
            flattened,
            revoked,
            held_back,
            evaluation,
            age_days,
        } = facts;
        let Ask { partner, purpose, now_us, active, vetted, offence, reasoned } = ask;
        let marks = Marks {
            tlp: marking.tlp,
            handling: &marking.handling,
            caveats: &marking.caveats,
            releasable_to: marking.releasable_to.as_deref(),
            purposes: marking.purposes.as_deref(),
            pap: marking.pap,
            flags: [
                asks_for_more(marking),
                !marking.conditions.is_empty(),
                retention_over(marking, *now_us),
                review_overdue(marking, *now_us),
            ],
        };
        let in_dates = (limits.valid.0..limits.valid.1).contains(now_us);
        Self {
            kind,
            marking: marks,
            categories,
            evaluation: evaluation.as_ref(),
            flags: [*natural_person, *own, *consented, *document, *flattened, *revoked, *held_back],
            young: limits.age.and_then(|limit| age_days.map(|days| days <= limit)),
            partner,
            purpose,
            offence: offence.as_deref(),
            asked: [*active, *vetted, *reasoned, in_dates],
        }
    }
}

/// Decisions of one compiled agreement.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    hasher: RandomState,
    held: RwLock<Held>,
}

#[derive(Debug, Default)]
struct Held {
    count: usize,
    /// By hash of the signature; those of one hash are compared in full.
    by_hash: HashMap<u64, Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    facts: Facts,
    ask: Ask,
    decision: Arc<Decision>,
}

impl Memo {
    pub(crate) fn hash(&self, signature: &Signature<'_>) -> u64 {
        self.hasher.hash_one(signature)
    }

    pub(crate) fn get(
        &self,
        hash: u64,
        signature: &Signature<'_>,
        limits: &Limits,
    ) -> Option<Arc<Decision>> {
        let held = self.held.read().ok()?;
        let entries = held.by_hash.get(&hash)?.iter();
        let mut fitting = entries.filter(|e| Signature::of(&e.facts, &e.ask, limits) == *signature);
        fitting.next().map(|entry| Arc::clone(&entry.decision))
    }

    pub(crate) fn forget(&self) {
        if let Ok(mut held) = self.held.write() {
            *held = Held::default();
        }
    }

    pub(crate) fn put(&self, hash: u64, facts: &Facts, ask: &Ask, decision: &Arc<Decision>) {
        let Ok(mut held) = self.held.write() else { return };
        if held.count >= REMEMBERED {
            *held = Held::default();
        }
        held.count += 1;
        let mut facts = facts.clone();
        // Of no weight, and of any length.
        facts.marking.statements = Vec::new();
        let entry = Entry { facts, ask: ask.clone(), decision: Arc::clone(decision) };
        held.by_hash.entry(hash).or_default().push(entry);
    }
}
