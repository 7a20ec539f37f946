//! Everything that is built, in order.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::provision::{self, BUILDING};
use crate::steps::{Step, Steps, quietly};
use crate::with::With;
use crate::workspace::Workspace;
use crate::{CannotRun, files, site};

/// Builds the site and the binary. Cargo decides what must be compiled: to ask it takes half a second.
pub fn all(workspace: &Workspace) -> Result<()> {
    provision::require(workspace, &[BUILDING])?;
    everything(workspace, None, &mut Steps::new(STEPS, Duration::ZERO))
}

/// How many steps [`everything`] takes. With a crate of somebody's own there are as many: it is built first, and the binary is its own
/// from the beginning.
pub const STEPS: usize = site::STEPS + 2;

/// Builds the site and the binary.
pub fn everything(workspace: &Workspace, with: Option<&With>, steps: &mut Steps) -> Result<()> {
    let libraries = || quietly(&mut workspace.cargo("build --quiet --release --package parlab --lib"));
    let libraries = Step { what: "Building what the binary is made of".to_owned(), work: Box::new(libraries) };
    site::build(workspace, with, steps, with.is_none().then_some(libraries))?;
    steps.step("Building the binary", || {
        quietly(&mut match with {
            Some(with) => with.cargo(workspace, &format!("build --quiet --release --bin {}", with.package())),
            None => workspace.cargo("build --quiet --release --package parlab"),
        })?;
        let site = with.map_or_else(|| workspace.site(), With::site);
        ensure_has_page(&binary(workspace, with), &site.join("index.html"))
    })
}

/// The binary that is built.
fn binary(workspace: &Workspace, with: Option<&With>) -> PathBuf {
    with.map_or_else(|| workspace.binary(), |with| with.binary(workspace))
}

/// Makes sure that a binary has this page in it: one without serves all the same, but nothing to look at.
fn ensure_has_page(binary: &Path, index: &Path) -> Result<()> {
    let (program, page) = (files::read(binary)?, files::read(index)?);
    let has_page = program.windows(page.len()).any(|part| part == page);
    ensure!(has_page, "{} does not have {} in it", binary.display(), index.display());
    Ok(())
}

/// What is built in, and run with which arguments: `--with DIR` may stand before them.
fn with<'a>(workspace: &mut Workspace, args: &'a [OsString]) -> Result<(Option<With>, &'a [OsString])> {
    match args {
        [option, folder, args @ ..] if option == "--with" => {
            let with = With::find(workspace, Path::new(folder))?;
            workspace.add_sources(with.sources())?;
            Ok((Some(with), args))
        }
        [option] if option == "--with" => {
            Err(CannotRun("--with is followed by the folder of a crate; `cargo lab new DIR` makes one".to_owned())
                .into())
        }
        _ => Ok((None, args)),
    }
}

/// Runs `parlab` with these arguments, after building what is missing.
pub fn lab(mut workspace: Workspace, args: &[OsString]) -> Result<ExitCode> {
    provision::require(&workspace, &[BUILDING])?;
    let (with, args) = with(&mut workspace, args)?;
    // Silent where there is nothing to do.
    let mut steps = Steps::new(STEPS, Duration::from_secs(1));
    everything(&workspace, with.as_ref(), &mut steps)?;
    let binary = binary(&workspace, with.as_ref());
    let mut parlab = Command::new(&binary);
    parlab.args(args).args(if args.is_empty() { &["serve", "--open"][..] } else { &[] });
    become_it(&mut parlab).with_context(|| format!("cannot run {}", binary.display()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_without_the_page_is_noticed() -> Result<()> {
        let folder = files::tests::folder(&[
            ("with", "..<p>page..<p>pages.."),
            ("without", "..<p>page.."),
            ("page", "<p>pages"),
        ])?;
        let check = |name: &str| ensure_has_page(&folder.0.join(name), &folder.0.join("page"));
        check("with")?;
        assert!(check("without").is_err_and(|error| error.to_string().contains("does not have")));
        Ok(())
    }
}
