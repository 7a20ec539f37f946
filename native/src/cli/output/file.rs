//! A file that is replaced as a whole, so that it always holds a whole text.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use tempfile::NamedTempFile;

/// What the names of files begin and end with that are to replace others.
const PARTIAL: (&str, &str) = (".parlab-", ".partial");

/// Why a file cannot be had.
const TAKEN: &str = "another parlab is writing it just now; wait for its end, or name another file";

/// A file that nobody else writes meanwhile: as long as this lives, it is locked, whatever it is replaced by.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    /// What is there.
    locked: Option<File>,
    /// It was not there before, and goes again if nothing more comes of it.
    is_for_now: bool,
}

impl OutputFile {
    /// Makes sure that a file can be written, and that no other process does. What died over it is cleared away.
    ///
    /// # Errors
    /// It cannot be written, or somebody else writes it.
    pub fn claim(path: &Path) -> anyhow::Result<Self> {
        remove_dead_partials(folder_of(path));
        let file = |locked| Ok(Self { path: path.to_owned(), locked, is_for_now: false });
        loop {
            let opened = match File::options().write(true).open(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    partial(path, None)?;
                    return file(None);
                }
                opened => opened?,
            };
            // On a file system without locks the other one is not noticed.
            if matches!(opened.try_lock(), Err(TryLockError::WouldBlock)) {
                bail!(TAKEN);
            }
            // It may have been replaced before it was locked.
            if is_at(&opened, path) {
                return file(Some(opened));
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is not there yet.
    pub fn is_new(&self) -> bool {
        self.locked.is_none()
    }

    /// What is there goes with this, unless something else is written.
    pub fn keep_for_now(&mut self) {
        self.is_for_now = true;
    }

    /// Puts a text in its place, with the same owner and rights. It is there as a whole or not at all.
    ///
    /// # Errors
    /// What `write` says, or that somebody else wrote it first; then it holds what it held before.
    pub fn replace(&mut self, write: impl Fn(&mut File) -> io::Result<()>) -> anyhow::Result<()> {
        match (partial(&self.path, self.locked.as_ref()), &mut self.locked) {
            (Err(error), None) => return Err(error.into()),
            (Ok(mut partial), None) => {
                write(partial.as_file_mut())?;
                let made = partial.persist_noclobber(&self.path).map_err(|refused| match refused.error.kind() {
                    io::ErrorKind::AlreadyExists => anyhow!(TAKEN),
                    _ => refused.error.into(),
                });
                self.locked = Some(made?);
            }
            (Ok(mut partial), Some(locked)) => {
                write(partial.as_file_mut())?;
                match partial.persist(&self.path) {
                    Ok(file) => *locked = file,
                    Err(_) => write_over(locked, write)?,
                }
            }
            (Err(_), Some(locked)) => write_over(locked, write)?,
        }
        self.is_for_now = false;
        Ok(())
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if self.is_for_now {
            // Nothing came of it; why all this ends is said elsewhere.
            _ = fs::remove_file(&self.path);
        }
    }
}

/// A file that can take a path: beside it, locked, with the owner and the rights of what is there. There is none in a folder
/// that takes no more files, where the owner is not ours to give, or if what is there has other names.
fn partial(path: &Path, there: Option<&File>) -> io::Result<NamedTempFile> {
    let (prefix, suffix) = PARTIAL;
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(suffix);
    #[cfg(unix)]
    if there.is_none() {
        use std::os::unix::fs::PermissionsExt;
        // Less what the user's mask takes away, as of any new file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let partial = builder.tempfile_in(folder_of(path))?;
    // A file system without locks keeps what the dead leave.
    _ = partial.as_file().try_lock();
    if let Some(there) = there {
        let now = there.metadata()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            if now.nlink() > 1 {
                return Err(io::ErrorKind::Unsupported.into());
            }
            let own = partial.as_file().metadata()?;
            if (own.uid(), own.gid()) != (now.uid(), now.gid()) {
                fchown(partial.as_file(), Some(now.uid()), Some(now.gid()))?;
            }
        }
        partial.as_file().set_permissions(now.permissions())?;
    }
    Ok(partial)
}

/// Writes over what a file holds.
fn write_over(file: &mut File, write: impl Fn(&mut File) -> io::Result<()>) -> io::Result<()> {
    file.rewind()?;
    write(file)?;
    let end = file.stream_position()?;
    file.set_len(end)
}

/// Whether a path still leads to an open file: it may have been replaced since.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let place = |of: io::Result<fs::Metadata>| of.ok().map(|of| (of.dev(), of.ino()));
        place(file.metadata()) == place(fs::metadata(path))
    }
    #[cfg(not(unix))]
    {
        _ = (file, path);
        true
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Removes what processes left that died while they wrote.
fn remove_dead_partials(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_partial = name.to_str().is_some_and(|name| name.starts_with(PARTIAL.0) && name.ends_with(PARTIAL.1));
        if is_partial
            && let Ok(file) = File::options().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            // What cannot be removed stays.
            _ = fs::remove_file(entry.path());
        }
    }
}
