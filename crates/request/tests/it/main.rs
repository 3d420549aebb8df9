//! What two nodes must agree on about a request.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod clock;
mod content;
mod desk;
mod simulation;
mod table;
mod thread;
