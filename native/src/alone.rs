//! One pair at a time on a machine: two would measure each other.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The file that is locked while a pair is measured. It stays: to remove it would race with whoever waits for it.
const NAME: &str = "parlab-pair.lock";

/// Makes sure that no other pair is measured as long as what is returned lives, however this process ends.
///
/// # Errors
/// One is; or the file that says so can be neither made nor read.
pub fn alone() -> anyhow::Result<File> {
    take(&folder().join(NAME))
}

/// A folder that there is once for a user of a machine, wherever files for a while are made: whoever has another `TMPDIR`
/// measures on the same cores.
fn folder() -> PathBuf {
    #[cfg(target_os = "linux")]
    {
        let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let user = rustix::process::geteuid().as_raw();
        // Services and containers have none of these.
        let usual = [PathBuf::from(format!("/run/user/{user}")), PathBuf::from("/tmp")];
        let there = named.into_iter().chain(usual).find(|folder| folder.is_dir());
        there.unwrap_or_else(std::env::temp_dir)
    }
    // Elsewhere it is the user's own.
    #[cfg(not(target_os = "linux"))]
    std::env::temp_dir()
}

fn take(path: &Path) -> anyhow::Result<File> {
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    // Another user's can be locked, too, and says as much.
    let mut file = open.or_else(|_| File::open(path)).with_context(|| {
        format!(
            "{} cannot be opened, which tells pairs of each other: make it readable, or name another folder with \
             XDG_RUNTIME_DIR",
            path.display()
        )
    })?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            // Who it is, is only said to help.
            _ = file.read_to_string(&mut process);
            let process = process.trim();
            let who = if process.is_empty() { String::new() } else { format!(" (process {process})") };
            bail!(
                "another `parlab pair`{who} measures on this machine, and two would disturb each other: wait for its end"
            );
        }
        // A file system without locks knows of no others.
        Err(TryLockError::Error(_)) => return Ok(file),
    }
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    // It only names the process.
    _ = written;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_of_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let first = take(&path).expect("the first");
        let error = take(&path).expect_err("the second").to_string();
        assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
        drop(first);
        take(&path).expect("the next");
    }
}
