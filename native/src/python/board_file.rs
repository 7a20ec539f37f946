//! A run's board in a file, which Python maps into the memory of its workers.

use std::fs;
use std::path::Path;

use anyhow::Context;
use parlab_shared::measure::Board;
use tempfile::TempPath;

/// The file. Dropping it removes it.
#[derive(Debug)]
pub struct BoardFile(TempPath);

impl BoardFile {
    /// A file in `folder` with what stands on the board.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(board: &Board, folder: &Path) -> anyhow::Result<Self> {
        let write = || {
            let file = tempfile::Builder::new().prefix("board-").tempfile_in(folder)?;
            fs::write(file.path(), board.bytes())?;
            std::io::Result::Ok(file.into_temp_path())
        };
        Ok(Self(write().with_context(|| format!("cannot create a file in {}", folder.display()))?))
    }

    /// Where Python finds it.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Shows what Python noted in the file on the board.
    pub fn show_on(&self, board: &Board) {
        // A file that cannot be read shows no progress, and that is all.
        if let Ok(bytes) = fs::read(&self.0) {
            board.mirror(&bytes);
        }
    }
}
