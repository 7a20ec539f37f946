//! The folder in which a run's tasks create their files.

use std::path::Path;

use anyhow::Context;

/// A folder of its own for each run, in the system's folder for temporary files. Dropping it removes
/// it with all that is in it.
#[derive(Debug)]
pub struct RunFolder(tempfile::TempDir);

impl RunFolder {
    /// Creates an empty one.
    pub fn create() -> anyhow::Result<Self> {
        let parent = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix("parlab-").tempdir_in(&parent);
        Ok(Self(folder.with_context(|| format!("cannot create a folder for files in {}", parent.display()))?))
    }

    /// Where the files of tasks are written.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
