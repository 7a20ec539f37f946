//! Checksums of what was read or written: Adler-32, which Python's standard library has too.

use std::collections::BTreeMap;

use simd_adler32::Adler32;

use crate::task::{Outcome, TaskError};

/// A body whose chunks are counted and digested as they pass by.
#[derive(Clone, Default)]
pub struct Body {
    bytes: u64,
    adler: Adler32,
}

impl Body {
    /// A body in one piece.
    pub fn of(bytes: &[u8]) -> Self {
        let mut body = Self { bytes: bytes.len() as u64, adler: Adler32::new() };
        body.adler.write(bytes);
        body
    }

    /// The next chunk.
    ///
    /// # Errors
    /// None; it is a `Result` so that it fits where a host gives chunks away.
    pub fn take(&mut self, chunk: &[u8]) -> Result<(), TaskError> {
        self.bytes += chunk.len() as u64;
        self.adler.write(chunk);
        Ok(())
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The lower 32 bits of the length, then the Adler-32 of all bytes (RFC 1950).
    pub fn checksum(&self) -> u64 {
        self.bytes << 32 | u64::from(self.adler.finish())
    }

    /// The outcome of a task whose result this body was.
    pub fn outcome(&self, phases: BTreeMap<String, f64>) -> Outcome {
        Outcome { bytes: self.bytes, checksum: self.checksum(), phases }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_do_not_matter() {
        let digest = |chunks: &[&[u8]]| {
            let mut body = Body::default();
            chunks.iter().for_each(|chunk| body.take(chunk).expect("taken"));
            body.checksum()
        };
        // The value of the algorithm's best-known example.
        assert_eq!(digest(&[b"Wikipedia"]), 9 << 32 | 0x11e6_0398);
        assert_eq!(digest(&[b"Wiki", b"", b"pedia"]), digest(&[b"Wikipedia"]));
    }
}
