//! The parent of a child process of this binary, and the pipes to it.

use std::fs::File;
use std::io::{self, BufReader};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{messages, signals};

/// Whoever started this process, asks it, and hears its answers.
#[derive(Debug)]
pub struct Parent {
    input: BufReader<File>,
    output: File,
}

impl Parent {
    /// Takes standard input and output, over which it asks, for that alone: what tasks print goes to standard error from now
    /// on, and what they read is empty. Signals to end are left to it, with which this process ends. Needs a runtime.
    ///
    /// # Errors
    /// The system does not allow it.
    pub fn take() -> io::Result<Self> {
        signals::leave_to_parent()?;
        let (input, output) = own_pipes()?;
        signals::end_with(input.try_clone()?)?;
        Ok(Self { input: BufReader::new(input), output })
    }

    /// What it sends next; `None` when there will be no more.
    ///
    /// # Errors
    /// The pipe broke, or what came is no such message.
    pub fn hear<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        messages::read(&mut self.input)
    }

    /// Sends it a message.
    ///
    /// # Errors
    /// The pipe broke.
    pub fn tell(&mut self, message: &impl Serialize) -> io::Result<()> {
        messages::write(&mut self.output, message)
    }
}

#[cfg(unix)]
fn own_pipes() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;

    let (input, output) = (io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok((input.into(), output.into()))
}

/// What tasks print would be taken for an answer here.
#[cfg(windows)]
fn own_pipes() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;

    let (input, output) =
        (io::stdin().as_handle().try_clone_to_owned()?, io::stdout().as_handle().try_clone_to_owned()?);
    Ok((input.into(), output.into()))
}
