//! Tests of the policy as a whole.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod decisions;
mod drafts;
mod model;
mod mutation;
mod roles;
mod unlisted;
