//! Tests of the policy as a whole.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod approval;
mod consent;
mod decisions;
mod drafts;
mod fields;
mod lifecycle;
mod memo;
mod model;
mod models;
mod mutation;
mod restrictions;
mod roles;
mod speed;
mod standing;
mod unlisted;
