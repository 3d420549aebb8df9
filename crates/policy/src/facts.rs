//! What a decision is about and what it says.

use std::hash::{Hash, Hasher};

use enlace_stix::marking::Effective;

use crate::Clause;

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
    /// Whether the originator withdrew it.
    pub revoked: bool,
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

impl Hash for Facts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.marking.hash(state);
        (&self.kind, &self.categories).hash(state);
        (self.natural_person, self.own, self.consented, self.document, self.revoked).hash(state);
    }
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
