//! Where an agreement stands: a function of what its parties signed and said, in whatever order it
//! was heard (docs/design/agreements.md).
//!
//! Nobody versions another's object. A party signs with an `agreement-signature`, stops and resumes
//! with `agreement-state` objects of its own; an amendment is a further agreement of the same
//! lineage that every party of the earlier one signs.

use enlace_stix::{Object, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Agreement;

/// Where an agreement stands; only [`AgreementState::Active`] lets anything leave.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgreementState {
    /// Not every party has signed.
    AwaitingSignatures {
        /// Key ids of the parties whose valid signature is missing, sorted.
        missing: Vec<String>,
    },
    /// Signed; its first day has not come.
    NotYetValid,
    /// In force.
    Active,
    /// Stopped by one party or more; each resumes for itself alone.
    Suspended {
        /// Key ids of the parties that suspended it, sorted.
        by: Vec<String>,
    },
    /// A later version of its lineage is in force in its place.
    Replaced {
        /// Id of that version.
        by: String,
    },
    /// Its last day has passed.
    Expired,
    /// Ended for good by a party, or withdrawn by its drafter.
    Terminated,
}

impl AgreementState {
    /// Name for pages and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AwaitingSignatures { .. } => "awaiting-signatures",
            Self::NotYetValid => "not-yet-valid",
            Self::Active => "active",
            Self::Suspended { .. } => "suspended",
            Self::Replaced { .. } => "replaced",
            Self::Expired => "expired",
            Self::Terminated => "terminated",
        }
    }
}

/// What an amendment does to what was released before it; the strictest is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToReleased {
    /// It stays where it is.
    Keep,
    /// It is planned anew under the new terms: what they do not allow is withdrawn.
    Narrow,
    /// All of it is recalled.
    Recall,
}

impl ToReleased {
    /// Name in the draft and the object.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Narrow => "narrow",
            Self::Recall => "recall",
        }
    }
}

/// That an agreement amends the earlier versions of its lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amends {
    /// What happens to what was released under them.
    pub released: ToReleased,
}

/// What a party said about an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// Nothing leaves under it until the same party resumes.
    Suspended,
    /// The party's own suspension is over.
    Resumed,
    /// It is over for good.
    Terminated,
}

impl Said {
    /// Value of `state` in the object.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Terminated => "terminated",
        }
    }

    /// Reads [`Said::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Suspended, Self::Resumed, Self::Terminated].into_iter().find(|s| s.name() == name)
    }
}

/// An `agreement-state` object that one party made about one version of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Key id of the party.
    pub by: String,
    /// What it said.
    pub said: Said,
    /// When: `modified` of the object.
    pub made: Timestamp,
    /// From when on it counts, microseconds since the epoch; `None` = at once.
    pub effective_us: Option<i64>,
    /// Id of the object.
    pub id: String,
    /// What the party says to the others about it.
    pub note: Option<String>,
}

/// Properties of a statement; one that is not known might make a resumption conditional.
const KNOWN: &[&str] = &[
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "extensions",
    "agreement_ref",
    "agreement_modified",
    "state",
    "effective",
    "note",
];

impl Statement {
    /// Reads an `agreement-state` object whose envelope the key `by` signed. `None` where it says
    /// nothing about `agreement`: of another type, about another agreement or another version of
    /// it, by somebody who is no party, in another party's name, or not understood. A stop that is
    /// understood only in part is a stop, a resumption is none.
    pub fn from_object(object: &Object, agreement: &Agreement, by: &str) -> Option<Self> {
        let party = agreement.party(by)?;
        let about = object.kind() == "agreement-state"
            && object.text("agreement_ref") == Some(agreement.id.as_str())
            && object.time("agreement_modified")? == agreement.modified
            && object.text("created_by_ref") == Some(party.identity_ref.as_str());
        if !about {
            return None;
        }
        let said = Said::from_name(object.text("state")?)?;
        let doubtful = object.view().keys().any(|name| !KNOWN.contains(&name.as_str()));
        if said == Said::Resumed && doubtful {
            return None;
        }
        let effective = match object.get("effective") {
            None => None,
            // A time that nobody can read is no reason to go on.
            Some(_) if said == Said::Resumed => Some(object.time("effective")?.micros()),
            Some(_) => object.time("effective").map(|t| t.micros()),
        };
        Some(Self {
            by: by.to_owned(),
            said,
            made: object.time("modified")?,
            effective_us: effective,
            id: object.id().to_string(),
            note: object.text("note").map(str::to_owned),
        })
    }

    fn counts(&self, now_us: i64) -> bool {
        self.effective_us.is_none_or(|from| from <= now_us)
    }
}

/// The suspensions that hold at `now_us`, one a party, sorted by party. What a party said last
/// counts, as soon as it is effective; of two things said at one instant, the stop.
pub fn suspending(statements: &[Statement], now_us: i64) -> Vec<&Statement> {
    let mut last: Vec<&Statement> = Vec::new();
    for statement in statements.iter().filter(|s| s.said != Said::Terminated && s.counts(now_us)) {
        match last.iter_mut().find(|held| held.by == statement.by) {
            Some(held) if rank(held) < rank(statement) => *held = statement,
            Some(_) => {}
            None => last.push(statement),
        }
    }
    last.retain(|s| s.said == Said::Suspended);
    last.sort_by(|a, b| a.by.cmp(&b.by));
    last
}

fn rank(statement: &Statement) -> (i64, bool, &str) {
    let stops = statement.said == Said::Suspended;
    (statement.made.micros(), stops, statement.id.as_str())
}

/// One version of a lineage with what was heard about it. Versions whose key ids, signatures and
/// statements were not verified do not belong here.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// The agreement.
    pub agreement: &'a Agreement,
    /// Key ids that signed exactly its bytes.
    pub signed: &'a [String],
    /// What its parties said about it.
    pub statements: &'a [Statement],
}

impl Version<'_> {
    fn missing(&self) -> Vec<String> {
        let parties = self.agreement.draft.parties.iter().map(|p| &p.key_id);
        let mut missing: Vec<String> =
            parties.filter(|key| !self.signed.contains(key)).cloned().collect();
        missing.sort();
        missing
    }

    fn in_order(&self) -> (i64, &str) {
        (self.agreement.modified.micros(), self.agreement.id.as_str())
    }

    /// Whether this version stands in the place of `earlier` at `now_us`: a later amendment of the
    /// same lineage that every party of the earlier one signed and whose first day has come. What
    /// it replaces does not come back when it ends.
    fn replaces(&self, earlier: &Self, now_us: i64) -> bool {
        let (new, old) = (self.agreement, earlier.agreement);
        let identity = |who: &str| new.draft.parties.iter().any(|party| party.identity_ref == who);
        new.draft.amends.is_some()
            && !new.revoked
            && new.lineage == old.lineage
            && self.in_order() > earlier.in_order()
            && old.draft.parties.iter().all(|party| identity(&party.identity_ref))
            && self.missing().is_empty()
            && new.validity_us().0 <= now_us
    }

    fn state(&self, replaced_by: Option<&Self>, now_us: i64) -> AgreementState {
        let ended = |s: &Statement| s.said == Said::Terminated && s.counts(now_us);
        if self.agreement.revoked || self.statements.iter().any(ended) {
            return AgreementState::Terminated;
        }
        let missing = self.missing();
        if !missing.is_empty() {
            return AgreementState::AwaitingSignatures { missing };
        }
        if let Some(later) = replaced_by {
            return AgreementState::Replaced { by: later.agreement.id.to_string() };
        }
        let (from, until) = self.agreement.validity_us();
        if now_us < from {
            return AgreementState::NotYetValid;
        }
        if now_us >= until {
            return AgreementState::Expired;
        }
        let by: Vec<String> =
            suspending(self.statements, now_us).into_iter().map(|s| s.by.clone()).collect();
        if by.is_empty() { AgreementState::Active } else { AgreementState::Suspended { by } }
    }
}

/// Where a version stands, and what governs what was released under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its own state.
    pub state: AgreementState,
    /// Index of the version that stands in its place; its own where none does.
    pub governed_by: usize,
    /// What the amendments since then do to what was released under it, the strictest of them;
    /// `None` where nothing stands in its place.
    pub released: Option<ToReleased>,
}

/// Where each version of a lineage stands at `now_us`, in the order given. Depends on neither that
/// order nor the order of statements; versions of other lineages do not meet.
pub fn places(versions: &[Version<'_>], now_us: i64) -> Vec<Place> {
    let place = |own: usize, version: &Version<'_>| {
        let later = versions.iter().enumerate().filter(|(_, w)| w.replaces(version, now_us));
        let released =
            later.clone().filter_map(|(_, w)| w.agreement.draft.amends).map(|a| a.released).max();
        let newest = later.max_by(|(_, a), (_, b)| a.in_order().cmp(&b.in_order()));
        Place {
            state: version.state(newest.map(|(_, w)| w), now_us),
            governed_by: newest.map_or(own, |(index, _)| index),
            released,
        }
    };
    versions.iter().enumerate().map(|(i, version)| place(i, version)).collect()
}

/// Where `agreement` stands at `now_us` (microseconds since the epoch) if it is the only version of
/// its lineage and nobody said anything about it, given the key ids that signed exactly these bytes
/// and whether each signature verified.
pub fn state(agreement: &Agreement, signatures: &[(&str, bool)], now_us: i64) -> AgreementState {
    let valid = signatures.iter().filter(|(_, valid)| *valid);
    let signed: Vec<String> = valid.map(|(key, _)| (*key).to_owned()).collect();
    Version { agreement, signed: &signed, statements: &[] }.state(None, now_us)
}
