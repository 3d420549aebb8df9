//! Agreements are the policy: their terms, compiled, decide what may leave and name the clause.
//!
//! Two parties or more sign an [`Agreement`]. Its [`Terms`] compile to Cedar policies that decide per
//! object and to a mask table that decides per field ([`Policy`]). A permit comes only from the
//! agreement; a forbid comes from the agreement or from the node's own [`PrivateRules`]; every
//! error withholds. No clock, no I/O: the time is part of the [`Ask`].
//!
//! - [`draft`]: the TOML text that people write, read with faults that point at the line
//! - [`Agreement`]: the signed object; [`places`]: where the versions of a lineage stand, by what
//!   their parties signed and said
//! - [`Policy`], [`Facts`], [`Ask`], [`Decision`]: one decision about one object
//! - [`Mask`]: what happens to one field
//! - [`consent`]: what an originator lets be done with what it released
//! - [`Clause`]: why, with a stable code whose sentence stands in `locales/`
//! - [`summary`]: an agreement in a page of sentences, computed from its terms
//! - [`models`]: model agreements, and the text that lies beside the terms
//! - [`kinds`]: the object types that can be released, with their properties
//! - [`roles`]: who inside the node may do what
//!
//! ```
//! use enlace_policy::draft;
//! let faults = draft::parse("[tlp]\nclause = \"3.2\"\nmax = \"red\"\n", "terms.toml").unwrap_err();
//! let red = faults.iter().find(|f| f.key == "tlp.max").unwrap();
//! assert_eq!((red.line, red.found.as_str()), (3, "`red`"));
//! ```
#![forbid(unsafe_code)]

mod agreement;
mod approval;
mod cedar;
mod check;
mod clause;
pub mod consent;
pub mod danger;
pub mod draft;
mod evaluation;
mod facts;
mod fields;
pub mod kinds;
mod lifecycle;
mod mask;
mod memo;
pub mod models;
mod policy;
mod private;
mod rewrite;
pub mod roles;
mod standing;
mod summary;
mod terms;
mod verdict;

pub use agreement::{Agreement, AgreementError, BLANK, Draft, Party};
pub use approval::{Approval, ApprovalTerm, ApprovalWhen, approval_allowed, approval_of};
pub use check::Problem;
pub use clause::{Clause, Origin};
pub use evaluation::{Evaluation, age_days};
pub use facts::{Ask, Decision, Facts};
pub use lifecycle::{
    AgreementState, Amends, Place, Said, Statement, ToReleased, Version, places, state, suspending,
};
pub use mask::Mask;
pub use policy::{CompileError, Policy};
pub use private::{Forbid, PrivateRules};
pub use rewrite::rewrite;
pub use standing::StandingRule;
pub use summary::{Arg, Sentence, summary};
pub use terms::{
    Acceptance, AcceptanceTerm, AgeLimit, Answer, Assurances, Deadlines, Documents,
    EvaluationFloor, Ground, HandlingTerm, Leaves, Listed, MatchTerm, Numbered, Onward, OnwardTerm,
    Originals, Otherwise, Recipients, Retention, Slots, Terms, Text, TlpMax, Transfer, TypeFields,
};
