//! What the crate promises, seen from outside.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod across;
mod complete;
mod documentation;
mod extensions;
mod identifiers;
mod invariants;
mod markings;
mod mutants;
mod objects;
mod published;
mod rule_table;
mod rules;
mod schema_identifiers;
mod schemas;
mod sco_ids;
mod standard;
mod upgrade;
