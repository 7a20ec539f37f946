//! Folders for files: one of this process, in the system's folder for temporary files, and in it one for each run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;
use parlab_shared::measure::PairPlan;
use parlab_shared::strategy::Platform;
use tempfile::TempDir;

/// What the names of processes' folders begin with.
const PREFIX: &str = "parlab-";
/// A file in such a folder that its process holds locked: as long as it lives, however it ends.
const MARK: &str = ".parlab-is-running";

/// The folder of this process. Dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct PlanFolder {
    folder: TempDir,
    _mark: File,
}

impl PlanFolder {
    /// Creates one if a plan needs it: if its tasks write files, or if it takes a process that is told through files.
    /// Folders of processes that died are removed.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn of(plan: &PairPlan) -> anyhow::Result<Option<Self>> {
        remove_dead(&RunFolder::parent());
        let on = |platform| plan.parts.iter().any(|part| part.platform == platform);
        let is_apart = on(Platform::Native) && plan.plan.calls_added_functions();
        let needs_one = on(Platform::Python) || is_apart || plan.plan.rows().any(|row| row.workload.writes_files());
        needs_one.then(Self::create).transpose()
    }

    /// Creates one.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create() -> anyhow::Result<Self> {
        let parent = RunFolder::parent();
        Self::create_in(&parent).with_context(|| {
            format!("no folder for files can be created in {}; TMPDIR may name another place", parent.display())
        })
    }

    fn create_in(parent: &Path) -> std::io::Result<Self> {
        loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let mark = File::create(folder.path().join(MARK))?;
            // A file system without locks keeps the folders of the dead.
            _ = mark.try_lock();
            // Another process may have taken it for a dead one's before it was locked.
            if folder.path().join(MARK).exists() {
                return Ok(Self { folder, _mark: mark });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of processes that died. What cannot be removed, such as those of other users, is left alone.
fn remove_dead(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    for folder in folders.filter(|folder| folder.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())) {
        // A folder without a mark was made by somebody else.
        let mark = File::options().write(true).open(folder.path().join(MARK));
        if mark.is_ok_and(|mark| mark.try_lock().is_ok()) {
            _ = fs::remove_dir_all(folder.path());
        }
    }
}

/// A folder of its own for each run. Dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct RunFolder(TempDir);

impl RunFolder {
    /// Creates an empty one in the process's own.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn create(parent: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(parent);
        Ok(Self(folder.with_context(|| format!("no folder for files can be created in {}", parent.display()))?))
    }

    /// Where all files of tasks lie.
    pub fn parent() -> PathBuf {
        std::env::temp_dir()
    }

    /// Where the files of tasks are written.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
