//! `parlab`: the native half of the laboratory, and the server of the other half.

mod cli;
mod clock;
mod environment;
mod executors;
mod files;
mod frames;
mod host;
mod http;
mod python;
mod server;
mod target;
mod target_process;
mod terminal;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
