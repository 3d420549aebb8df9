//! What the crate promises, seen from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod documentation;
mod extensions;
mod invariants;
mod published;
mod rule_table;
mod rules;
mod schemas;
mod standard;
