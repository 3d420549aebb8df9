//! What the crate promises, seen from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod invariants;
mod mutants;
mod rules;
mod schemas;
mod standard;
