//! Rules of the TAXII crate, checked from outside.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod client;
mod memory;
mod openapi;
mod server;
mod shelf;
mod writing;
