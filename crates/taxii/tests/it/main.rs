//! Rules of the TAXII crate, checked from outside.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod client;
mod memory;
mod odd;
mod openapi;
mod places;
mod poll;
mod push;
mod server;
mod shelf;
mod writing;
