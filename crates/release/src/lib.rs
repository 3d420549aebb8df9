//! The one exit: nothing that a node holds leaves except as a [`Released`] made here.
//!
//! [`Exit::plan`] takes a set of originals and says, per object and field, what is kept, changed or
//! withheld and by which clause; what may leave comes with it as finished twins. The dry run and
//! the release are the same call. Pure and total: time, keys and lookups come in, nothing panics.
//!
//! The order of things is the safety: policy decides each object, masks cut its fields, and only
//! then are references closed over what is left, so that no withheld object leaves because a
//! released one refers to it.
//!
//! - [`Candidate`], [`Context`], [`Exit`], [`Plan`]: one release, planned
//! - [`release`]: one object by itself
//! - [`Silence`], [`Unspeakable`]: names and identifiers that no text may tell
//! - [`joined`]: what a result derived from several objects carries
//! - [`narrowed`]: what was published, published again with less in it
//! - [`Released`]: bytes that may leave, with [`Released::seal`] and [`reopen`] for the store
//! - [`Record`]: the signed list of what was sent
//! - [`danger`]: a warning of danger to life, the one exception to default deny
//! - [`recalled`]: the last, empty version of a twin
//! - [`paper`]: agreements, signatures and answers that the parties exchange; [`notice`]: what a
//!   node says of its own keys; [`request`]: what one agency asks another, with its words looked through
//!
//! ```
//! use enlace_release::{Gate, ReopenError, reopen};
//! use enlace_policy::AgreementState;
//! let gate = Gate { agreement: "agreement--…", partner: "ab", state: &AgreementState::Active,
//!     recalled: false, now_us: 0 };
//! assert_eq!(reopen("{}", b"key", &gate).unwrap_err(), ReopenError::Malformed);
//! ```
#![forbid(unsafe_code)]

mod build;
mod closure;
mod danger;
mod derived;
mod document;
mod draft;
mod exit;
mod guards;
mod judge;
mod lines;
mod masker;
mod narrow;
mod paper;
mod plan;
mod recall;
mod record;
mod request;
mod seal;
mod silence;
mod subject;
mod tearline;
mod twin;

pub use danger::{Danger, DangerError, Warned, danger, withdrawn};
pub use derived::{Input, Joined, joined};
pub use exit::Exit;
pub use lines::Lines;
pub use narrow::{Published, narrowed};
pub use paper::{PaperError, notice, paper};
pub use plan::{
    Candidate, Consent, Context, Flattened, Imprint, Line, ObjectPlan, Outcome, Plan, Previous,
    Verdict, Withheld, plan, release,
};
pub use recall::{RecallError, recalled};
pub use record::{Record, RecordError};
pub use request::{RequestError, Wording, request, request_again, words};
pub use seal::{Gate, Released, ReopenError, reopen, sealed_under};
pub use silence::{Silence, Unspeakable, in_one};
pub use subject::{facts, facts_of};
