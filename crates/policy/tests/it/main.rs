//! Tests of the policy as a whole.

mod decisions;
mod drafts;
mod model;
mod roles;
