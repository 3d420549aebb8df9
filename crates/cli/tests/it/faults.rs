//! Faults of the machine and of clients, against the real binary under load: what was acknowledged
//! stays, no cursor skips, errors are clear, and the service comes back by itself
//! (docs/design/faults.md).
//!
//! `ENLACE_KILLS` says how many instants a drill gets (default 10), `ENLACE_LONG` that every write
//! and sync is failed instead of a sample, `ENLACE_SEED` where the generator starts.

#![allow(clippy::expect_used, clippy::print_stdout)]

mod bodies;
mod clock;
mod crowd;
pub mod desk;
mod full;
mod kill;
mod load;
mod restart;
mod server;
pub mod walk;
mod write;
