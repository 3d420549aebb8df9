//! Whole logs: written, changed in one place, verified.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod changed;
mod sample;
mod second_verifier;
mod tampered;
mod worked_example;
