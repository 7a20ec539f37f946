//! Builds the page, provisions the toolchain, runs every check.
//!
//! - [`workspace`]: where everything is, and the `cargo` that everything is built with
//! - [`provision`]: what must be installed, as a table, and how to get it
//! - [`toolchain`]: which Rust compiles to WebAssembly, and with which flags
//! - [`site`]: the WebAssembly modules and the files around them
//! - [`split`]: the page's module, of which a part is loaded after the rest
//! - [`with`]: a crate of somebody's own, built in
//! - [`build`]: all of it, and the binary in which it is embedded
//! - [`checks`]: every test there is
//! - [`dist`]: what a release consists of
//! - [`fuzz`]: made-up input for whatever others can send
//! - [`models`]: what threads share by hand, in all orders of their steps
//! - [`lighthouse`]: a look at a page by hand
//! - [`wasm`], [`imports`], [`script`], [`files`], [`hash`], [`steps`]: what the others are made of

mod build;
mod checks;
mod dist;
mod files;
mod fuzz;
mod hash;
mod imports;
mod lighthouse;
mod models;
mod provision;
mod script;
mod site;
mod split;
mod steps;
mod toolchain;
mod wasm;
mod with;
mod workspace;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::{error, fmt, io};

use anyhow::Result;

use crate::provision::{BUILDING, TESTING};
use crate::steps::say;
use crate::workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  build               build the page, the lab and the binary (release)
  lab [--with DIR] [ARGS]
                      build what is missing, then run `parlab ARGS`; without ARGS: `serve --open`; with the crate in DIR,
                      which `lab new DIR` makes, its functions are workloads
  test [-- FILTER]    run every check there is; with FILTER only the tests that it selects
  bench [CASE…]       compare the lab in a browser with the shortest JavaScript that does the same; `drawing`, `tab`,
                      `opening` and `analysing` measure what the page costs; `load` and `soak` what grows: they take
                      minutes, and half an hour
  fuzz [TARGET…] [--seconds=N]
                      make up whatever others can send, led by what code it reaches; a minute each if not said otherwise
  loom                try the orders in which threads may take their steps, on models of what they share by hand
  lighthouse ADDRESS  what Lighthouse thinks of a page that `parlab serve` serves; no check, and not a part of `test`
  dist                make what a release consists of, for this platform, in target/dist: archives of the binary and of
                      the source with the page, licences, a list of crates (SBOM), checksums
  provision           install what building and testing need
  help                print this

Exit codes: 0 all is well; 1 a step failed; 2 it could not run (something is missing, or usage)
";

/// An error that says: nothing was tried, because something is missing or was asked for wrongly.
#[derive(Debug)]
struct CannotRun(String);

impl fmt::Display for CannotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for CannotRun {}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    run(&args).unwrap_or_else(|error| {
        say(&format!("error: {error:#}\n"));
        ExitCode::from(if error.is::<CannotRun>() { 2 } else { 1 })
    })
}

fn run(args: &[OsString]) -> Result<ExitCode> {
    let words: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    match words.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
        ["help" | "--help" | "-h"] => io::stdout().write_all(HELP.as_bytes())?,
        ["build"] => build::all(&Workspace::find()?)?,
        ["lab", ..] => return build::lab(Workspace::find()?, &args[1..]),
        ["test"] => checks::all(&Workspace::find()?)?,
        ["test", "--", ..] => checks::tests(&Workspace::find()?, &args[2..])?,
        ["bench", ..] => checks::bench(&Workspace::find()?, &args[1..])?,
        ["loom"] => checks::models(&Workspace::find()?)?,
        ["fuzz", ..] => checks::fuzz(&Workspace::find()?, &words[1..])?,
        ["dist"] => dist::all(&Workspace::find()?)?,
        ["lighthouse", address] => lighthouse::look(&Workspace::find()?, address)?,
        ["provision"] => provision::require(&Workspace::find()?, &[BUILDING, TESTING])?,
        [] => return Err(CannotRun(format!("no command was given\n\n{HELP}")).into()),
        _ => return Err(CannotRun(format!("unknown: {}\n\n{HELP}", words.join(" "))).into()),
    }
    Ok(ExitCode::SUCCESS)
}
