//! What a decision is about and what it says.

use enlace_stix::marking::Effective;

use crate::{Clause, Evaluation};

/// What the policy needs to know of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// STIX type.
    pub kind: String,
    /// The joined marking.
    pub marking: Effective,
    /// Whether the object is about a natural person.
    pub natural_person: bool,
    /// Stated categories of that person, sorted; empty = nobody stated any.
    pub categories: Vec<String>,
    /// Whether this node is the originator.
    pub own: bool,
    /// Whether the originator consented to this release.
    pub consented: bool,
    /// Whether the object carries a document.
    pub document: bool,
    /// Whether that document is a flattened copy made for release.
    pub flattened: bool,
    /// Whether the originator withdrew it.
    pub revoked: bool,
    /// Whether a named officer holds it back.
    pub held_back: bool,
    /// How it is evaluated; `None` = nobody did.
    pub evaluation: Option<Evaluation>,
    /// Whole days since it was last true ([`crate::age_days`]); `None` = it states no date.
    pub age_days: Option<u32>,
}

/// Who asks, what for and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Key id of the recipient.
    pub partner: String,
    /// Purpose of this release.
    pub purpose: String,
    /// Now, microseconds since the epoch.
    pub now_us: i64,
    /// Whether the agreement is signed by all and not suspended (`AgreementState::Active`).
    pub active: bool,
    /// Whether the recipient has a valid vetting record here.
    pub vetted: bool,
    /// Offence that this release is about, for which the recipient gave assurances.
    pub offence: Option<String>,
    /// Whether this release names a reason for its transfer: a derogation needs one.
    pub reasoned: bool,
}

/// What the policy says; each case names every clause that decided, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// May leave, after its fields are masked.
    Permit {
        /// Clauses that permit.
        clauses: Vec<Clause>,
    },
    /// Stays.
    Withhold {
        /// All clauses that forbid.
        clauses: Vec<Clause>,
    },
}

impl Decision {
    /// Whether the object may leave.
    pub fn permits(&self) -> bool {
        matches!(self, Self::Permit { .. })
    }

    /// The clauses that decided.
    pub fn clauses(&self) -> &[Clause] {
        match self {
            Self::Permit { clauses } | Self::Withhold { clauses } => clauses,
        }
    }
}
