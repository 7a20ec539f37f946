//! What the name of an output leads to.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::OutputFile;

/// More links than this, one leading to the next, lead nowhere.
const LINKS_MAX: usize = 40;

/// Where a name leads, one link after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// What was open when this process began, by its number, such as 1 for standard output.
    Descriptor(i32),
    /// A file that may be there already, by a path without links; or what is no file, such as a pipe.
    Path(PathBuf),
}

/// A place, opened.
#[derive(Debug)]
pub enum Destination {
    /// What takes one text after another.
    Stream(Stream),
    /// What is replaced as a whole.
    File(OutputFile),
}

/// What takes one text after another, and nothing is ever taken back of: a pipe, a terminal, or a file that is open.
#[derive(Debug)]
pub struct Stream {
    /// `None` is standard output.
    file: Option<File>,
    name: String,
}

impl Place {
    /// Where a name leads. `-` is standard output.
    ///
    /// # Errors
    /// Its folder is not there, or is none.
    pub fn of(name: &Path) -> io::Result<Self> {
        if name == Path::new("-") {
            return Ok(Self::Descriptor(1));
        }
        let own = ["/proc/self/fd", "/proc/thread-self/fd", "/dev/fd"].map(fs::canonicalize);
        let mut path = name.to_owned();
        for _ in 0..LINKS_MAX {
            let Some(last) = path.file_name() else { break };
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let folder = fs::canonicalize(parent)?;
            let number = last.to_str().and_then(|last| last.parse().ok());
            if let Some(number) = number
                && own.iter().any(|own| own.as_ref().is_ok_and(|own| *own == folder))
            {
                return Ok(Self::Descriptor(number));
            }
            let here = folder.join(last);
            match fs::read_link(&here) {
                // Of another process: what is open there is reached under this name only.
                Ok(_) if number.is_some() && folder.starts_with("/proc") => return Ok(Self::Path(here)),
                Ok(target) => path = folder.join(target),
                Err(_) => return Ok(Self::Path(here)),
            }
        }
        // It is no file's name, which opening it says in the system's words.
        Ok(Self::Path(path))
    }

    /// Opens what is there, or makes a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn open(&self, name: &Path) -> anyhow::Result<Destination> {
        let name = name.display().to_string();
        let path = match self {
            Self::Descriptor(1) => {
                return Ok(Destination::Stream(Stream { file: None, name: "standard output".to_owned() }));
            }
            Self::Descriptor(number) => {
                return Ok(Destination::Stream(Stream { file: Some(inherited(*number)?), name }));
            }
            Self::Path(path) => path,
        };
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if is_link || fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            let file = File::options().append(true).open(path)?;
            return Ok(Destination::Stream(Stream { file: Some(file), name }));
        }
        Ok(Destination::File(OutputFile::claim(path)?))
    }
}

/// What this process was given open by whoever started it.
#[cfg(unix)]
fn inherited(number: i32) -> anyhow::Result<File> {
    use std::os::fd::BorrowedFd;

    use rustix::fs::{OFlags, fcntl_getfl};
    use rustix::io::{FdFlags, fcntl_getfd};

    // SAFETY: it is used in this function only, in which nothing is closed: what is open stays so, and what is not is an
    // error of the first call.
    #[expect(unsafe_code, reason = "the number of something that this process was given open")]
    let given = unsafe { BorrowedFd::borrow_raw(number) };
    // What this process opened itself, it closes for others.
    if number < 0 || !fcntl_getfd(given).is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC)) {
        anyhow::bail!("nothing is open under this number; redirect it, as in {number}>> FILE");
    }
    if fcntl_getfl(given)? & OFlags::RWMODE == OFlags::RDONLY {
        anyhow::bail!("it is open for reading only; redirect it, as in {number}>> FILE");
    }
    Ok(File::from(given.try_clone_to_owned()?))
}

#[cfg(not(unix))]
fn inherited(number: i32) -> anyhow::Result<File> {
    anyhow::bail!("nothing is open under the number {number}; name a file")
}

impl Stream {
    /// Whether it is standard output.
    pub fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => io::stdout().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.flush(),
            None => io::stdout().flush(),
        }
    }
}
