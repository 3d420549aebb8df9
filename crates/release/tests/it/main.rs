//! Tests of the one exit.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod derived;
mod differences;
mod documents;
mod generate;
mod hostile;
mod kinds;
mod model;
mod mutation;
mod narrow;
mod oracle;
mod properties;
mod records;
mod reference;
mod story;
mod table;
mod through_the_store;
mod unacted;
