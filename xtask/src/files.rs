//! Files: listing, comparing, writing only what changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Every file among and below `starts`, as paths relative to `root` with `/` between names, sorted.
/// Hidden names, and folders tagged as caches as Cargo's own are (<https://bford.info/cachedir/>), are left out below a
/// start: not all that is called `target`, for sources are too. A start that does not exist has no files.
pub fn walk(root: &Path, starts: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut left: Vec<String> = starts.iter().map(ToString::to_string).collect();
    while let Some(path) = left.pop() {
        let full = root.join(&path);
        if full.is_dir() {
            for name in names(&full)? {
                let is_cache = name == "__pycache__" || full.join(&name).join("CACHEDIR.TAG").exists();
                if !name.starts_with('.') && !is_cache {
                    left.push(if path.is_empty() { name } else { format!("{path}/{name}") });
                }
            }
        } else if full.exists() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The names in a folder.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let list = || -> std::io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into())).collect()
    };
    list().with_context(|| format!("cannot list {}", folder.display()))
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file, with the folders above it, unless it has this content already: who watches it sees changes only.
pub fn write_changed(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    // In one go: nobody sees half a file, even if this is killed.
    let part = path.with_added_extension("part");
    fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| fs::write(&part, content))
        .and_then(|()| fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A folder without anything in it.
pub fn empty_folder(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))
}

#[cfg(test)]
pub mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A folder that is gone at the end of the test.
    pub struct Folder(pub PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A temporary folder with these files.
    pub fn folder(files: &[(&str, &str)]) -> Result<Folder> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("parlab-xtask-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Folder(std::env::temp_dir().join(name));
        empty_folder(&folder.0)?;
        for (path, content) in files {
            write_changed(&folder.0.join(path), content.as_bytes())?;
        }
        Ok(folder)
    }

    #[test]
    fn walk_is_sorted_and_leaves_hidden_files_and_caches_out() -> Result<()> {
        let caches = [("b/cache/CACHEDIR.TAG", ""), ("b/cache/x", ""), ("b/__pycache__/x", ""), ("b/.hidden", "")];
        let sources = [("b/y", ""), ("b/a/x", ""), ("b/target/x", ""), ("a", ""), (".c/z", "")];
        let root = folder(&[&caches[..], &sources].concat())?;
        assert_eq!(walk(&root.0, &["b", "a", "missing", ".c"])?, [".c/z", "a", "b/a/x", "b/target/x", "b/y"]);
        Ok(())
    }
}
