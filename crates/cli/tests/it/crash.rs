//! `kill -9` at drawn instants, and the order of disk writes before an acknowledgement.
//!
//! An instant is drawn between a command's start and its acknowledgement. The process is stopped
//! there (SIGSTOP), the kernel is asked whether a write transaction is open (`/proc/locks`), then
//! the process is killed with SIGKILL and never runs again. `ENLACE_KILLS` says how many instants
//! an operation gets (default 10), `ENLACE_SEED` where the generator starts.

#![allow(clippy::expect_used, clippy::print_stdout)]

mod case;
mod drill;
pub mod kill;
mod order;
mod plan;
mod play;
pub mod random;
mod state;
pub mod trace;

use case::Case;
use drill::{Operation, Side};

#[test]
fn kill_inside_import_loses_no_acknowledged_write() {
    drill::run(&Case::fresh(), Operation::Import, Side::Command);
}

#[test]
fn kill_inside_release_loses_no_acknowledged_write() {
    drill::run(&Case::agreed(), Operation::Release, Side::Command);
}

#[test]
fn kill_of_the_asking_node_inside_sync_loses_no_acknowledged_write() {
    drill::run(&Case::sent(), Operation::Sync, Side::Command);
}

#[test]
fn kill_of_the_answering_node_inside_sync_loses_no_acknowledged_write() {
    drill::run(&Case::sent(), Operation::Sync, Side::Server);
}
