//! Tests of the store: the conformance suite that every adapter must pass, a random comparison
//! with a model, and what is particular to the single-file adapter.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that meets the unexpected should stop"
)]

mod carry;
mod concurrency;
mod conformance;
mod crash;
mod model;
mod place;
mod samples;
mod server;
mod sqlite;
mod tls;
