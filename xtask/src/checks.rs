//! Every test there is.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::provision::{self, BUILDING, TESTING};
use crate::steps::{Steps, quietly, say};
use crate::toolchain::{MODULES, Rust};
use crate::workspace::Workspace;
use crate::{fuzz, models, site};

/// What looks at the crates that parlab is built of; `deny.toml` says what it refuses. Not at advisories, whose database lies
/// elsewhere: a test neither needs the network for it, nor fails on the day after without a change.
const DENY: &str = "deny --log-level error check -D warnings licenses bans sources";

/// What builds a crate in, as it is typed.
const OWN_WORK: &str = "xtask lab --with tests/own list";

/// For how many seconds each target is fuzzed among the tests: long enough to try all inputs that are kept, and some more.
const FUZZ_S: u32 = 5;

/// Runs every check; the first one that fails is the last one.
pub fn all(workspace: &Workspace) -> Result<()> {
    provision::require(workspace, &[BUILDING, TESTING])?;
    let rust = Rust::find(workspace).unwrap_or(Rust::Own);
    let mut steps = Steps::new(site::STEPS + MODULES.len() + 8, Duration::ZERO);

    steps.step("Checking the format", || quietly(&mut workspace.cargo("fmt --all --check")))?;
    steps.step("Checking what others wrote: licences, versions, sources", || quietly(&mut workspace.cargo(DENY)))?;
    site::build(workspace, None, &mut steps, None)?;
    // The tests want more features of some dependencies, so the binary is built the way they want it.
    steps.step("Building the binary and the tests", || {
        quietly(&mut workspace.cargo("test --quiet --release --workspace --no-run"))
    })?;
    steps.step("Linting and documenting", || {
        quietly(&mut workspace.cargo("clippy --quiet --release --workspace --all-targets -- -D warnings"))?;
        document(&mut workspace.cargo("doc --quiet --release --workspace"))
    })?;
    for module in &MODULES {
        steps.step(&format!("Linting and documenting {}", module.title), || {
            quietly(rust.check(workspace, module, "clippy").args(["--", "-D", "warnings"]))?;
            document(&mut rust.check(workspace, module, "doc"))
        })?;
    }
    // The tests do it, too, but would have to wait for it.
    steps.step("Building a crate of somebody's own in", || quietly(&mut workspace.cargo(OWN_WORK)))?;
    steps.step("Trying orders of steps", || models::run(workspace))?;
    steps.step("Fuzzing for a moment", || {
        fuzz::build(workspace)?;
        fuzz::TARGETS.iter().try_for_each(|target| fuzz::run(workspace, target, FUZZ_S).map(drop))
    })?;
    steps.live("Testing", &mut workspace.cargo("test --release --workspace"))
}

fn document(doc: &mut Command) -> Result<()> {
    quietly(doc.args(["--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Builds everything and runs the tests that `filter`, arguments of `cargo test`, selects.
pub fn tests(workspace: &Workspace, filter: &[OsString]) -> Result<()> {
    provision::require(workspace, &[BUILDING])?;
    let mut steps = Steps::new(site::STEPS + 1, Duration::ZERO);
    site::build(workspace, None, &mut steps, None)?;
    steps.live("Testing", workspace.cargo("test --release --workspace").args(filter))
}

/// Tries the models of what threads share.
pub fn models(workspace: &Workspace) -> Result<()> {
    Steps::new(1, Duration::ZERO).step("Trying orders of steps", || models::run(workspace))
}

/// Fuzzes what is asked for.
pub fn fuzz<T: AsRef<str>>(workspace: &Workspace, args: &[T]) -> Result<()> {
    let (targets, seconds) = fuzz::wanted(args)?;
    let mut steps = Steps::new(1 + targets.len(), Duration::ZERO);
    steps.step("Building what is fuzzed", || fuzz::build(workspace))?;
    for target in targets {
        let mut executions = String::new();
        steps.step(&format!("Fuzzing {target} for {seconds} s"), || {
            executions = fuzz::run(workspace, target, seconds)?;
            Ok(())
        })?;
        say(&format!("      {executions} inputs, none at fault\n"));
    }
    Ok(())
}

/// Builds everything and measures what the lab costs in a browser; `cases` names what is measured.
pub fn bench(workspace: &Workspace, cases: &[OsString]) -> Result<()> {
    provision::require(workspace, &[BUILDING, TESTING])?;
    let mut steps = Steps::new(site::STEPS + 1, Duration::ZERO);
    site::build(workspace, None, &mut steps, None)?;
    let mut bench = workspace.cargo("bench --quiet --package parlab --bench browser --");
    steps.live("Measuring", bench.args(cases))
}
