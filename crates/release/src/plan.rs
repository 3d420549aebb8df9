//! A release, planned: what of a set leaves to one partner, and why.

use std::collections::BTreeMap;

use enlace_policy::{Clause, Origin, Policy};
use enlace_stix::marking::Effective;
use enlace_stix::{Id, Object, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::exit::Exit;
use crate::lines::Lines;
use crate::seal::Released;
use crate::silence::Unspeakable;

/// An original that someone proposes to release.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The object as held.
    pub object: Object,
    /// Whether this node is its originator (held in the channel `own`).
    pub own: bool,
    /// What another originator consented to for this release; of our own objects no matter.
    pub consent: Consent,
    /// Whether a named officer holds it back.
    pub held_back: bool,
    /// The flattened copy of its document, made for release.
    pub flattened: Option<Flattened>,
}

impl Candidate {
    /// An object as held, without consent, hold or copy.
    pub fn new(object: Object, own: bool) -> Self {
        Self { object, own, consent: Consent::None, held_back: false, flattened: None }
    }
}

/// What another originator consented to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Consent {
    /// Nothing that covers this release.
    #[default]
    None,
    /// Passing on: whole, under its own id, or not at all.
    Whole,
    /// Passing on with less in it, as a copy of ours.
    Redacted {
        /// How the consent wants the originator named.
        named_as: String,
    },
}

/// A copy of a document that shows its pages and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flattened {
    /// The copy.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub mime: String,
}

impl Flattened {
    /// What a file tells of it.
    pub fn imprint(&self) -> Imprint {
        let sha256 = hex::encode(Sha256::digest(&self.bytes));
        Imprint { sha256, size: self.bytes.len() as u64, mime: self.mime.clone() }
    }
}

/// What a `file` tells of the flattened copy of its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imprint {
    /// SHA-256 of the copy, lower-case hex.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// Its media type.
    pub mime: String,
}

/// What the partner has got of one original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Id that the partner sees.
    pub twin: Id,
    /// `created` of the twin: the first release to this partner.
    pub created: Timestamp,
    /// `modified` of the last published version.
    pub modified: Timestamp,
    /// [`Released::content_hash`] of the last published version.
    pub content_hash: String,
    /// Whether it was recalled; that is final.
    pub recalled: bool,
    /// Of an artifact: the flattened copy in the last published version, if it had one.
    pub copy: Option<Imprint>,
}

/// Everything a release depends on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The compiled agreement.
    pub policy: &'a Policy,
    /// Key id of the recipient.
    pub partner: &'a str,
    /// Purpose of this release.
    pub purpose: &'a str,
    /// Whether the agreement is in force now (`AgreementState::Active`).
    pub active: bool,
    /// Whether the recipient has a valid vetting record.
    pub vetted: bool,
    /// Offence that the release is about, for which the recipient gave assurances.
    pub offence: Option<&'a str>,
    /// Whether the release names a reason for its transfer.
    pub reasoned: bool,
    /// The identity object of this node: the originator of every twin.
    pub own_identity: &'a Object,
    /// Secret of this partner and agreement lineage from which twin ids are made.
    pub twin_key: &'a [u8],
    /// Slot time of this release, microseconds since the epoch.
    pub now_us: i64,
    /// What the partner has, by id of the original (for objects made for the partner: their own
    /// id), as [`Released::original`] names it.
    pub previous: &'a BTreeMap<String, Previous>,
    /// Finds marking definitions by id.
    pub definition: &'a dyn Fn(&str) -> Option<&'a Object>,
    /// Names and identifiers of objects outside the set that no text may tell this partner.
    pub unspeakable: Option<Unspeakable<'a>>,
}

/// What happens to an object or field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Leaves as it is.
    Kept,
    /// Leaves in another form, or in part.
    Changed,
    /// Stays.
    Withheld,
}

/// One line of a dry run; for our own officers only.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Id of the original.
    pub object: String,
    /// STIX type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Property (`person.names`); empty for the whole object.
    pub path: String,
    /// What happens.
    pub verdict: Verdict,
    /// The clause that decided first.
    pub clause: Clause,
    /// More clauses that say the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Clause>,
    /// What leaves.
    pub after: Option<Value>,
    /// What is held.
    pub before: Option<Value>,
}

/// Why an object stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// Every clause that forbids it; never empty.
    pub clauses: Vec<Clause>,
    /// Code of the first clause.
    pub reason: &'static str,
}

impl Withheld {
    /// Withheld by these clauses. What this node itself forbids weighs most and is named first.
    pub(crate) fn by(clauses: &[Clause]) -> Self {
        let mut clauses = if clauses.is_empty() { vec![Clause::deny()] } else { clauses.to_vec() };
        clauses.sort_by_key(|clause| clause.origin != Origin::Private);
        let reason = clauses.first().map_or("default-deny", |clause| clause.code);
        Self { clauses, reason }
    }
}

/// What becomes of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Leaves; the twin is in [`Plan::released`].
    Released {
        /// Id that the partner sees.
        twin: Id,
    },
    /// The partner already has exactly this.
    Unchanged {
        /// Id that the partner sees.
        twin: Id,
    },
    /// Stays.
    Withheld(Withheld),
}

/// One object of the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectPlan {
    /// Id of the original.
    pub original: Id,
    /// What becomes of it.
    pub outcome: Outcome,
    /// How what leaves of it is marked here: the markings of the object and of each part that
    /// leaves, joined; `None` where it stays. For our own people, who decide on it.
    pub marking: Option<Effective>,
    /// The whole object first (path ""), then its fields by path; empty with [`Lines::Untold`].
    pub lines: Vec<Line>,
}

/// What a release would do; carrying it out is publishing `released`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One entry for each original, sorted by id.
    pub objects: Vec<ObjectPlan>,
    /// What leaves, sorted by the id that the partner sees: twins, the markings they bear and the
    /// identity of this node, as far as the partner does not have them yet.
    pub released: Vec<Released>,
}

impl Plan {
    /// Every line, in the order of objects.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.objects.iter().flat_map(|object| &object.lines)
    }
}

/// Plans the release of `set`, with every line: [`Exit::plan`].
pub fn plan(set: &[Candidate], context: &Context<'_>) -> Plan {
    Exit::new(context).plan(set, Lines::Told)
}

/// The twin of one object, or why it stays: [`Exit::release`].
pub fn release(candidate: &Candidate, context: &Context<'_>) -> Result<Released, Withheld> {
    Exit::new(context).release(candidate)
}
