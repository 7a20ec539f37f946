//! Checksums of what was read or written: Adler-32, which Python's standard library has too.

use simd_adler32::Adler32;

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

    /// Adds the next chunk.
    pub fn add(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        self.adler.write(chunk);
    }

    /// How many bytes have been added.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The lower 32 bits of the length, then the Adler-32 of all bytes (RFC 1950).
    pub fn checksum(&self) -> u64 {
        self.bytes << 32 | u64::from(self.adler.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_do_not_matter() {
        let digest = |chunks: &[&[u8]]| {
            let mut body = Body::default();
            chunks.iter().for_each(|chunk| body.add(chunk));
            body.checksum()
        };
        // The value of the algorithm's best-known example.
        assert_eq!(digest(&[b"Wikipedia"]), 9 << 32 | 0x11e6_0398);
        assert_eq!(digest(&[b"Wiki", b"", b"pedia"]), digest(&[b"Wikipedia"]));
    }
}
