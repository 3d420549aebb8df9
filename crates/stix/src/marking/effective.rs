//! The join of every marking that covers a value, and its order of strictness.

use std::hash::{Hash, Hasher};

use super::acs::Acs;
use super::iep::Iep;
use super::{Handling, Onward, Pap, Tlp, definition, lattice};
use crate::{Object, Timestamp};

/// The join of every marking that covers one property.
///
/// Joining is associative, commutative and idempotent and never loosens: see
/// [`Effective::at_least_as_strict_as`]. Lists are sorted and hold nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effective {
    /// Strictest TLP; `None` where no TLP marking applies.
    pub tlp: Option<Tlp>,
    /// All handling codes, sorted.
    pub handling: Vec<Handling>,
    /// All caveats, sorted.
    pub caveats: Vec<String>,
    /// Recipients named by every marking that names any; `None` = no marking names any.
    pub releasable_to: Option<Vec<String>>,
    /// Purposes allowed by every marking that names any; `None` = no marking names any.
    pub purposes: Option<Vec<String>>,
    /// Markings that the fields above do not express: those of `unread`, and every ACS and IEP
    /// marking. Whoever does not also decide by `acs` and `iep` must withhold.
    pub unknown: Vec<String>,
    /// Markings, or members of markings, that this version cannot read: everybody must withhold.
    pub unread: Vec<String>,
    /// Strictest onward rule; `None` where no marking states one.
    pub onward: Option<Onward>,
    /// Recipients and classes of recipients to whom every marking that states an onward rule
    /// consents in advance; `None` = no marking states one.
    pub onward_recipients: Option<Vec<String>>,
    /// Strictest permissible-actions colour; `None` where no marking states one.
    pub pap: Option<Pap>,
    /// When the first marking demands deletion.
    pub retention_until: Option<Timestamp>,
    /// Fewest days that a marking allows the recipient to keep it.
    pub retention_days: Option<u64>,
    /// When the first marking demands that the recipient looks again whether it is needed.
    pub review_due: Option<Timestamp>,
    /// Conditions in words, sorted: whoever cannot have them read by a person must withhold.
    pub conditions: Vec<String>,
    /// Texts of statement markings (§7.2.1.3), sorted: shown, never a control.
    pub statements: Vec<String>,
    /// ACS 3.0, where any such marking applies.
    pub acs: Option<Acs>,
    /// IEP 2.0, where any such marking applies.
    pub iep: Option<Iep>,
}

impl Effective {
    /// Joins a marking definition into this one. The id decides for TLP, whatever object stands
    /// under it; any other marking is unknown without its definition.
    pub fn join(&mut self, marking_id: &str, definition: Option<&Object>) {
        self.merge(&definition::read(marking_id, definition));
    }

    /// Joins everything that `more` joined: each scheme by itself, the stricter side of each.
    pub fn merge(&mut self, more: &Self) {
        self.unite(more);
        lattice::intersect(&mut self.releasable_to, more.releasable_to.as_deref());
        lattice::intersect(&mut self.purposes, more.purposes.as_deref());
        lattice::unite(&mut self.unknown, &more.unknown);
        lattice::unite(&mut self.unread, &more.unread);
    }

    /// Takes over what another joined marking asks of whoever holds the data: the stricter colour,
    /// every handling code, every caveat and condition, the earliest deletion. Recipients, purposes and unknown
    /// markings stay apart: they are decided where each applies.
    pub fn unite(&mut self, more: &Self) {
        // Every field by name: a new one must be told whether it is taken over.
        let Self {
            tlp,
            handling,
            caveats,
            releasable_to: _,
            purposes: _,
            unknown: _,
            unread: _,
            onward,
            onward_recipients,
            pap,
            retention_until,
            retention_days,
            review_due,
            conditions,
            statements,
            acs,
            iep,
        } = more;
        self.tlp = self.tlp.max(*tlp);
        self.onward = self.onward.max(*onward);
        self.pap = self.pap.max(*pap);
        lattice::intersect(&mut self.onward_recipients, onward_recipients.as_deref());
        lattice::least(&mut self.retention_days, *retention_days);
        lattice::earliest(&mut self.review_due, review_due.as_ref());
        lattice::unite(&mut self.conditions, conditions);
        lattice::unite(&mut self.handling, handling);
        lattice::unite(&mut self.caveats, caveats);
        lattice::unite(&mut self.statements, statements);
        lattice::earliest(&mut self.retention_until, retention_until.as_ref());
        match (&mut self.acs, acs) {
            (Some(held), Some(more)) => held.merge(more),
            (held @ None, Some(more)) => *held = Some(more.clone()),
            (_, None) => {}
        }
        match (&mut self.iep, iep) {
            (Some(held), Some(more)) => held.merge(more),
            (held @ None, Some(more)) => *held = Some(more.clone()),
            (_, None) => {}
        }
    }

    /// Whether this marking allows nothing that `other` forbids, scheme by scheme: the order of
    /// the join. `a.at_least_as_strict_as(b)` exactly where joining `b` into `a` changes nothing.
    ///
    /// A field without any marking is the mildest. How strictly *unmarked* data is treated is the
    /// affair of whoever decides: a rule that withholds it may be opened by a stated colour.
    pub fn at_least_as_strict_as(&self, other: &Self) -> bool {
        self.tlp >= other.tlp
            && self.onward >= other.onward
            && self.pap >= other.pap
            && lattice::includes(&self.handling, &other.handling)
            && lattice::includes(&self.caveats, &other.caveats)
            && lattice::includes(&self.statements, &other.statements)
            && lattice::includes(&self.unknown, &other.unknown)
            && lattice::includes(&self.unread, &other.unread)
            && lattice::within(self.releasable_to.as_deref(), other.releasable_to.as_deref())
            && lattice::within(self.purposes.as_deref(), other.purposes.as_deref())
            && lattice::within(
                self.onward_recipients.as_deref(),
                other.onward_recipients.as_deref(),
            )
            && lattice::includes(&self.conditions, &other.conditions)
            && lattice::ends_by(self.retention_until.as_ref(), other.retention_until.as_ref())
            && lattice::ends_by(self.retention_days.as_ref(), other.retention_days.as_ref())
            && lattice::ends_by(self.review_due.as_ref(), other.review_due.as_ref())
            && match (&self.acs, &other.acs) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(ours), Some(theirs)) => ours.at_least_as_strict_as(theirs),
            }
            && match (&self.iep, &other.iep) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(ours), Some(theirs)) => ours.at_least_as_strict_as(theirs),
            }
    }

    /// Notes what cannot be read.
    pub(super) fn refuse(&mut self, unread: impl IntoIterator<Item = String>) {
        let unread: Vec<String> = unread.into_iter().collect();
        lattice::unite(&mut self.unknown, &unread);
        lattice::unite(&mut self.unread, &unread);
    }
}

impl Hash for Effective {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            tlp,
            handling,
            caveats,
            releasable_to,
            purposes,
            unknown,
            unread,
            onward,
            onward_recipients,
            pap,
            retention_until,
            retention_days,
            review_due,
            conditions,
            statements,
            acs,
            iep,
        } = self;
        (tlp, handling, caveats, releasable_to, purposes, unknown, unread).hash(state);
        (onward, onward_recipients, pap, retention_days, conditions).hash(state);
        (statements, acs, iep).hash(state);
        lattice::hash_time(retention_until.as_ref(), state);
        lattice::hash_time(review_due.as_ref(), state);
    }
}
