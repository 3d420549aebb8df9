//! What the crate promises, seen from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod complete;
mod invariants;
mod objects;
mod rules;
mod schemas;
mod sco_ids;
mod standard;
