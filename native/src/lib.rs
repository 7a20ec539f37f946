//! `parlab`: the native half of the laboratory, and the server of the other half.
//!
//! The binary is this library with a built page, and with the workloads of other crates, if it was built with any.

mod alone;
mod any_executor;
mod apart;
mod browsers;
mod capacity;
mod cli;
mod clock;
mod complaints;
mod conduct;
mod costs;
mod environment;
mod executors;
mod framed_child;
#[cfg(test)]
#[path = "../../tests/support/golden.rs"]
#[allow(dead_code, reason = "shared uses more of it")]
mod golden;
mod host;
mod http;
mod hub;
mod messages;
mod open_files;
mod parent;
mod peer;
mod prepared;
mod program;
mod python;
mod remote;
mod run_folder;
mod salvage;
mod server;
mod signals;
mod stopped;
mod target;
mod target_process;
mod terminal;
mod this_program;
mod threads_end;
mod tls;
mod token;
mod with_target;

use std::process::ExitCode;

pub use program::{Program, Site};

/// Runs the program with the arguments of this process.
pub fn main(program: Program) -> ExitCode {
    match program::set(program) {
        Ok(()) => cli::main(),
        Err(reason) => cli::unable(&reason),
    }
}
