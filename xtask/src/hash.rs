//! A hash that is the same on every machine and for every Rust version, for telling contents apart.

use std::path::Path;

use anyhow::Result;

use crate::files;

/// FNV-1a with 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>. Not for secrets.
#[derive(Clone, Copy)]
pub struct Fnv(u64);

impl Fnv {
    /// The hash of nothing.
    pub const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// The hash of `bytes` after what was hashed so far.
    pub fn with(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)))
    }

    /// The hash as 16 hexadecimal digits.
    pub fn hex(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// What can change a number: what is done, what carries it out and what it asks, on every platform; with which versions,
/// flags and profiles all of it is compiled.
pub const SOURCES: &[&str] = &[
    "work/Cargo.toml",
    "work/src",
    "shared/Cargo.toml",
    "shared/src",
    "native/Cargo.toml",
    "native/build.rs",
    "native/src",
    "web/Cargo.toml",
    "web/modules",
    "web/src",
    "web/static/service-worker.js",
    "web/static/start.js",
    "web/static/worker.js",
    "baselines/python",
    "xtask/src/toolchain.rs",
    "xtask/src/site.rs",
    "xtask/src/split.rs",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    // Hidden names are left out below a folder, not here.
    ".cargo/config.toml",
];

/// What can change a number in a crate that is built in.
pub const OF_A_CRATE: &[&str] = &["Cargo.toml", "build.rs", "src"];

/// The identity of a build: 12 hexadecimal digits over the contents of all `sources` and over what else decides how they
/// are compiled, such as the compiler's own words on its version. Line ends do not count, because Git may change them.
pub fn build_id(root: &Path, sources: &[&str], compiled_with: &[String]) -> Result<String> {
    let mut hash = Fnv::EMPTY;
    let with_length = |hash: Fnv, bytes: &[u8]| hash.with(&(bytes.len() as u64).to_le_bytes()).with(bytes);
    for path in files::walk(root, sources)? {
        let mut bytes = files::read(&root.join(&path))?;
        bytes.retain(|&byte| byte != b'\r');
        hash = with_length(hash.with(path.as_bytes()), &bytes);
    }
    for text in compiled_with {
        hash = with_length(hash, text.as_bytes());
    }
    Ok(hash.hex().split_off(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of FNV's authors.
    #[test]
    fn fnv_gives_the_published_answers() {
        assert_eq!(Fnv::EMPTY.hex(), "cbf29ce484222325");
        assert_eq!(Fnv::EMPTY.with(b"a").hex(), "af63dc4c8601ec8c");
        assert_eq!(Fnv::EMPTY.with(b"foo").with(b"bar").hex(), "85944171f73967e8");
    }

    #[test]
    fn the_build_id_depends_on_contents_and_not_on_line_ends() -> Result<()> {
        let id = |source: &str| {
            let root = files::tests::folder(&[("shared/src/lib.rs", source), ("Cargo.lock", "x"), ("notes", source)])?;
            build_id(&root.0, SOURCES, &[])
        };
        assert_eq!(id("a\nb\n")?, id("a\r\nb\r\n")?);
        assert_ne!(id("a\nb\n")?, id("a\nc\n")?);
        assert_eq!(id("")?.len(), 12);
        Ok(())
    }

    #[test]
    fn everything_that_can_change_a_number_is_in_the_build_id() -> Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
        let all = files::walk(root, SOURCES)?;
        for path in [
            "shared/src/task.rs",
            "shared/src/workload/count.rs",
            "shared/src/kernels/matmul.rs",
            "work/src/entry.rs",
            "native/src/executors/rayon_pool.rs",
            "native/src/host.rs",
            "native/src/target/answering.rs",
            "shared/src/target/latency.rs",
            "web/src/lab/host.rs",
            "web/src/lab/fetch.js",
            "web/src/lab/files.js",
            "web/static/service-worker.js",
            "web/static/worker.js",
            "baselines/python/parlab.py",
            "baselines/python/twin/crews.py",
            "xtask/src/toolchain.rs",
            "Cargo.toml",
            "Cargo.lock",
            "rust-toolchain.toml",
            ".cargo/config.toml",
        ] {
            assert!(all.iter().any(|known| known == path), "{path} does not count");
        }
        // Each source is there: a name that leads nowhere would hold nothing.
        for source in SOURCES {
            assert!(root.join(source).exists(), "there is no {source}");
        }
        let id = |compiled_with: &[&str]| {
            build_id(root, SOURCES, &compiled_with.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(id(&["rustc 1.95.0"])?, id(&["rustc 1.95.0"])?);
        assert_ne!(id(&["rustc 1.95.0"])?, id(&["rustc 1.96.0"])?);
        assert_ne!(id(&["ab", "c"])?, id(&["a", "bc"])?);
        Ok(())
    }
}
