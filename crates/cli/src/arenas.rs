//! How many heaps the C library keeps in a process that serves.
//!
//! glibc gives each thread a heap of its own, up to eight a processor, and none gives back what lies
//! between two things that are still used: of seven threads, three of which do most of the work, that
//! is a seventh of the memory of a node. It is told how many it may have by a variable that it reads
//! when a program starts, so the program starts itself once more, as the same process.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// What glibc reads; whoever sets it has decided.
const VARIABLE: &str = "MALLOC_ARENA_MAX";
const HEAPS: &str = "2";

/// Starts the program again with few heaps, unless something is said of them already. Comes back where
/// that cannot be done: without it everything works, with more memory.
pub(crate) fn few() {
    if cfg!(not(target_env = "gnu")) || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| OsString::from("enlace"));
    let _ = Command::new(program).arg0(name).args(arguments).env(VARIABLE, HEAPS).exec();
}
