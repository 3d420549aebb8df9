//! The binary as users and partners meet it: real processes, real TLS, on loopback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod agreements;
mod attacks;
mod backup;
mod crash;
mod exits;
mod faults;
mod feeds;
mod inside;
mod jobs;
mod migrate;
mod models;
mod processes;
mod story;
mod support;
mod validate;
mod versions;
