//! This program, to be started once more: as the target, or as a worker.

use std::path::Path;
use std::process::Command;

use anyhow::Context;

/// Where Linux has the image that a process runs (proc_pid_exe(5)): also when its file was replaced, or removed.
const IMAGE: &str = "/proc/self/exe";

/// A command that runs the program that is running now, whatever became of its file since it was started. Elsewhere than
/// on Linux it is the file. What interrupts this process in a terminal is not for the other one: it has a process group of
/// its own.
///
/// # Errors
/// It is not known where the program is.
pub fn this_program() -> anyhow::Result<Command> {
    let image = Path::new(IMAGE);
    let mut command = if image.exists() {
        Command::new(image)
    } else {
        Command::new(std::env::current_exe().context("this program's own file is not known")?)
    };
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.arg0("parlab").process_group(0);
    }
    Ok(command)
}
