//! `parlab`: the native half of the laboratory, and the server of the other half.

mod alone;
mod any_executor;
mod browsers;
mod capacity;
mod cli;
mod clock;
mod conduct;
mod environment;
mod executors;
#[cfg(test)]
#[path = "../../tests/support/golden.rs"]
mod golden;
mod host;
mod http;
mod hub;
mod messages;
mod open_files;
mod peer;
mod prepared;
mod python;
mod remote;
mod run_folder;
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

fn main() -> ExitCode {
    cli::main()
}
