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

/// The identity of the work that both platforms do: 12 hexadecimal digits over the contents of `shared`, the versions
/// of all dependencies and the compiler's version. Line ends do not count, because Git may change them.
pub fn build_id(root: &Path) -> Result<String> {
    let mut hash = Fnv::EMPTY;
    for path in files::walk(root, &["shared/Cargo.toml", "shared/src", "Cargo.lock", "rust-toolchain.toml"])? {
        let mut bytes = files::read(&root.join(&path))?;
        bytes.retain(|&byte| byte != b'\r');
        hash = hash.with(path.as_bytes()).with(&(bytes.len() as u64).to_le_bytes()).with(&bytes);
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
            build_id(&root.0)
        };
        assert_eq!(id("a\nb\n")?, id("a\r\nb\r\n")?);
        assert_ne!(id("a\nb\n")?, id("a\nc\n")?);
        assert_eq!(id("")?.len(), 12);
        Ok(())
    }
}
