//! The Python package in `baselines/python`: embedded, so that this binary alone can run it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

macro_rules! sources {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../baselines/python/", $name)))),+]
    };
}

/// Its files, by path.
const SOURCES: &[(&str, &str)] = &sources![
    "parlab.py",
    "twin/__init__.py",
    "twin/address.py",
    "twin/blocking.py",
    "twin/board.py",
    "twin/checksum.py",
    "twin/clock.py",
    "twin/cli.py",
    "twin/costs.py",
    "twin/crawl.py",
    "twin/crews.py",
    "twin/crews_of_sources.py",
    "twin/dictionary.py",
    "twin/draw.py",
    "twin/eventloop.py",
    "twin/read_back.py",
    "twin/host.py",
    "twin/kernels.py",
    "twin/links.py",
    "twin/parent.py",
    "twin/plan.py",
    "twin/pool_worker.py",
    "twin/report.py",
    "twin/run.py",
    "twin/serve.py",
    "twin/stopped.py",
    "twin/task.py",
    "twin/text.py",
    "twin/tls.py",
    "twin/workloads.py",
];

/// The package in a temporary folder. Dropping it removes it.
#[derive(Debug)]
pub struct Package(TempDir);

impl Package {
    /// Writes it into a folder of its own in `parent`.
    ///
    /// # Errors
    /// The folder, or a file in it, cannot be written.
    pub fn unpack(parent: &Path) -> anyhow::Result<Self> {
        let write = || {
            let folder = tempfile::Builder::new().prefix("python-").tempdir_in(parent)?;
            fs::create_dir(folder.path().join("twin"))?;
            SOURCES.iter().try_for_each(|(name, source)| fs::write(folder.path().join(name), source))?;
            std::io::Result::Ok(folder)
        };
        Ok(Self(write().with_context(|| format!("cannot write the Python package to {}", parent.display()))?))
    }

    /// What Python is started with.
    pub fn script(&self) -> PathBuf {
        self.0.path().join("parlab.py")
    }

    /// Where what Python says besides its answers goes.
    pub fn complaints(&self) -> PathBuf {
        self.0.path().join("stderr")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_of_the_package_is_embedded() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../baselines/python");
        let files = |folder: &str| -> Vec<String> {
            let entries = fs::read_dir(package.join(folder)).expect("the package").flatten();
            let names = entries.map(|entry| format!("{folder}{}", entry.file_name().display()));
            names.filter(|name| name.ends_with(".py")).collect()
        };
        let there: BTreeSet<String> = [files(""), files("twin/")].concat().into_iter().collect();
        let embedded: BTreeSet<String> = SOURCES.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(embedded, there);
    }
}
