//! Everything that is built, in order.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::provision::{self, BUILDING};
use crate::site;
use crate::steps::{Steps, quietly};
use crate::workspace::Workspace;

/// Builds the site and the binary. Cargo decides what must be compiled: to ask it takes half a second.
pub fn all(workspace: &Workspace) -> Result<()> {
    everything(workspace, Duration::ZERO)
}

fn everything(workspace: &Workspace, patience: Duration) -> Result<()> {
    provision::require(workspace, &[BUILDING])?;
    let mut steps = Steps::new(site::STEPS + 1, patience);
    site::build(workspace, &mut steps)?;
    steps.step("Building the binary", || quietly(&mut workspace.cargo("build --quiet --release --package parlab")))
}

/// Runs `parlab` with these arguments, after building what is missing.
pub fn lab(workspace: &Workspace, args: &[OsString]) -> Result<ExitCode> {
    // Silent where there is nothing to do.
    everything(workspace, Duration::from_secs(1))?;
    let mut parlab = Command::new(workspace.binary());
    parlab.args(args).args(if args.is_empty() { &["serve", "--open"][..] } else { &[] });
    become_it(&mut parlab).with_context(|| format!("cannot run {}", workspace.binary().display()))
}

/// Replaces this process, so that signals and the exit code are the command's own.
#[cfg(unix)]
fn become_it(command: &mut Command) -> Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(command).into())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Result<ExitCode> {
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
