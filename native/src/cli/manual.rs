//! What shells and `man` know of the command line.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use clap::Command;
use clap_complete::Shell;

use super::ExitStatus;
use crate::terminal::print;

/// Prints what a shell completes commands with.
pub fn completions(command: &mut Command, shell: Shell) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, command.get_name().to_owned(), &mut script);
    print(&String::from_utf8(script).context("the script is no text")?)?;
    Ok(ExitStatus::Clean)
}

/// Writes a manual page for each command into a folder, which is made if it is not there.
pub fn pages(command: Command, folder: &Path) -> anyhow::Result<ExitStatus> {
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    written.map(|()| ExitStatus::Clean).map_err(|error| {
        anyhow!("cannot write manual pages into {}: {error}; choose another folder, or make room", folder.display())
    })
}
