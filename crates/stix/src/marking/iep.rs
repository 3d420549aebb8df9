//! FIRST Information Exchange Policy 2.0, as an extension of a marking definition.
//!
//! Source: OASIS common objects, `iep-marking-definition-762`. Every field is an order of
//! strictness; the join takes the strictest of each and the common part of the validity windows.
//! The colour of a policy joins [`super::Effective::tlp`].

use std::hash::{Hash, Hasher};

use serde_json::{Map, Value};

use super::body::Body;
use super::{Effective, Tlp, lattice};
use crate::Timestamp;

/// Definition id of the extension.
pub const DEFINITION: &str = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a";

/// What a policy says of one act, mildest first. Where `must` and `must-not` meet, `must-not`
/// wins: an act left undone can be done later, a name once given cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Norm {
    /// `may`
    May,
    /// `must`
    Must,
    /// `must-not`
    MustNot,
}

/// What recipients may do with the information, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actions {
    /// `externally-visible-direct-actions`
    ExternalDirect,
    /// `externally-visible-indirect-actions`
    ExternalIndirect,
    /// `internally-visible-actions`
    Internal,
    /// `contact-for-instruction`
    ContactFirst,
    /// `none`
    None,
}

/// The join of every IEP 2.0 policy on a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iep {
    /// Whether it must be encrypted when passed on: `May` or `Must`.
    pub encrypt_in_transit: Norm,
    /// What recipients may do with it.
    pub permitted_actions: Actions,
    /// Whether affected parties may be told: `May` or `MustNot`.
    pub affected_party_notifications: Norm,
    /// Whether the provider is named when it is passed on.
    pub provider_attribution: Norm,
    /// Whether it may be sold unmodified: `May` or `MustNot`.
    pub unmodified_resale: Norm,
    /// The latest start of all policies.
    pub start: Option<Timestamp>,
    /// The earliest end of all policies; `None` = no policy ends.
    pub end: Option<Timestamp>,
    /// Ids of the policies, sorted.
    pub policies: Vec<String>,
}

impl Iep {
    /// Whether every policy is in force at this instant: from its start until before its end.
    /// Outside that window no policy allows anything, and the data is withheld.
    pub fn in_force(&self, at: &Timestamp) -> bool {
        self.start.as_ref().is_none_or(|start| start <= at)
            && self.end.as_ref().is_none_or(|end| at < end)
    }

    pub(super) fn merge(&mut self, more: &Self) {
        // Every field by name: a new one that nobody joins would loosen.
        let Self {
            encrypt_in_transit,
            permitted_actions,
            affected_party_notifications,
            provider_attribution,
            unmodified_resale,
            start,
            end,
            policies,
        } = more;
        let raise = |held: &mut Norm, norm: &Norm| *held = (*held).max(*norm);
        raise(&mut self.encrypt_in_transit, encrypt_in_transit);
        raise(&mut self.affected_party_notifications, affected_party_notifications);
        raise(&mut self.provider_attribution, provider_attribution);
        raise(&mut self.unmodified_resale, unmodified_resale);
        self.permitted_actions = self.permitted_actions.max(*permitted_actions);
        lattice::latest(&mut self.start, start.as_ref());
        lattice::earliest(&mut self.end, end.as_ref());
        lattice::unite(&mut self.policies, policies);
    }

    pub(super) fn at_least_as_strict_as(&self, other: &Self) -> bool {
        self.encrypt_in_transit >= other.encrypt_in_transit
            && self.permitted_actions >= other.permitted_actions
            && self.affected_party_notifications >= other.affected_party_notifications
            && self.provider_attribution >= other.provider_attribution
            && self.unmodified_resale >= other.unmodified_resale
            && self.start >= other.start
            && lattice::ends_by(self.end.as_ref(), other.end.as_ref())
            && lattice::includes(&self.policies, &other.policies)
    }
}

impl Hash for Iep {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            encrypt_in_transit,
            permitted_actions,
            affected_party_notifications,
            provider_attribution,
            unmodified_resale,
            start,
            end,
            policies,
        } = self;
        (encrypt_in_transit, permitted_actions, affected_party_notifications).hash(state);
        (provider_attribution, unmodified_resale, policies).hash(state);
        lattice::hash_time(start.as_ref(), state);
        lattice::hash_time(end.as_ref(), state);
    }
}

const MEMBERS: &[&str] = &[
    "extension_type",
    "encrypt_in_transit",
    "permitted_actions",
    "affected_party_notifications",
    "tlp",
    "provider_attribution",
    "unmodified_resale",
    "iep_id",
    "iep_version",
    "name",
    "description",
    "external_reference",
    "start_date",
    "end_date",
];

/// Reads the body of the extension; a required member that is missing or unreadable is the
/// strictest of its kind, and named as unread.
pub(super) fn read(members: &Map<String, Value>) -> Effective {
    let mut body = Body::new("iep", members);
    body.only(MEMBERS);
    if members.get("iep_version").and_then(Value::as_f64) != Some(2.0) {
        body.refuse("iep_version");
    }
    if body.get("start_date").is_none() {
        body.refuse("start_date");
    }
    let norm =
        |may: &'static [Norm]| move |name: &str| norm_of(name).filter(|found| may.contains(found));
    const NOT: &[Norm] = &[Norm::May, Norm::MustNot];
    let iep = Iep {
        encrypt_in_transit: body
            .code("encrypt_in_transit", norm(&[Norm::May, Norm::Must]))
            .unwrap_or(Norm::Must),
        permitted_actions: body.code("permitted_actions", actions_of).unwrap_or(Actions::None),
        affected_party_notifications: body
            .code("affected_party_notifications", norm(NOT))
            .unwrap_or(Norm::MustNot),
        provider_attribution: body.code("provider_attribution", norm_of).unwrap_or(Norm::MustNot),
        unmodified_resale: body.code("unmodified_resale", norm(NOT)).unwrap_or(Norm::MustNot),
        start: body.time("start_date"),
        end: body.time("end_date"),
        policies: body.text("iep_id").map(str::to_owned).into_iter().collect(),
    };
    let tlp = Some(body.code("tlp", Tlp::from_name).unwrap_or(Tlp::Red));
    let mut effective = Effective { tlp, iep: Some(iep), ..Effective::default() };
    effective.refuse(body.into_unread());
    effective
}

fn norm_of(name: &str) -> Option<Norm> {
    match name {
        "may" => Some(Norm::May),
        "must" => Some(Norm::Must),
        "must-not" => Some(Norm::MustNot),
        _ => None,
    }
}

fn actions_of(name: &str) -> Option<Actions> {
    match name {
        "none" => Some(Actions::None),
        "contact-for-instruction" => Some(Actions::ContactFirst),
        "internally-visible-actions" => Some(Actions::Internal),
        "externally-visible-indirect-actions" => Some(Actions::ExternalIndirect),
        "externally-visible-direct-actions" => Some(Actions::ExternalDirect),
        _ => None,
    }
}
