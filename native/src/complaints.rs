//! What a child process writes to standard error: kept in a file until somebody reads it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;

/// The file, from where it was read last.
#[derive(Debug)]
pub struct Complaints(File);

impl Complaints {
    /// An empty file, and what the child is to write to.
    ///
    /// # Errors
    /// The file cannot be made or read.
    pub fn create(path: &Path) -> anyhow::Result<(File, Self)> {
        let to = File::create(path).context("its complaints cannot be kept")?;
        let from = File::open(path).context("its complaints cannot be read")?;
        Ok((to, Self(from)))
    }

    /// Lines that were written since the last time.
    pub fn new_lines(&mut self) -> Vec<String> {
        let mut text = Vec::new();
        // What cannot be read is not shown.
        _ = self.0.read_to_end(&mut text);
        String::from_utf8_lossy(&text).lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
    }
}
