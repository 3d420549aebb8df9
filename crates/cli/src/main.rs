//! `enlace`: one binary, every verb of a node. A skin over `enlace-node`: it reads the command
//! line, calls one use case and prints.
#![forbid(unsafe_code)]

mod arenas;
mod args;
mod feeds;
mod listen;
mod out;
mod verb;
mod who;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Verb};
use crate::out::Out;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    if matches!(cli.verb, Verb::Serve { .. }) {
        arenas::few();
    }
    let out = Out::new(cli.json);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let Ok(runtime) = runtime else {
        out.error("cli.runtime", "cannot start: no threads");
        return ExitCode::from(2);
    };
    match runtime.block_on(verb::run(cli, &out)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            out.error(error.code(), &error.to_string());
            if let enlace_node::NodeError::Faults { faults, .. } = &error {
                for fault in faults {
                    out.note(fault);
                }
            }
            if let enlace_node::NodeError::Store(failure) = &error {
                out.note(failure.advice());
            }
            ExitCode::from(error.exit_code())
        }
    }
}
