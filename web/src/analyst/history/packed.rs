//! Texts, compressed: what the history keeps, and what links carry.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use parlab_shared::number::Bytes;

/// Compresses a text (gzip).
pub fn pack(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // What is written to memory has room.
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).expect("memory takes what is written to it")
}

/// Reads a text that was compressed, of `most` bytes at most.
///
/// # Errors
/// Why it cannot be read; the words follow a name: `the link is damaged: …`.
pub fn unpack(packed: &[u8], most: u64) -> Result<String, String> {
    let mut text = String::new();
    let mut decoder = GzDecoder::new(packed).take(most + 1);
    decoder.read_to_string(&mut text).map_err(|error| format!("is damaged: {error}"))?;
    if text.len() as u64 > most {
        return Err(format!("has more than {} unpacked, which no report needs", Bytes(most)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_if_it_is_short_enough() {
        let text = "0123456789".repeat(1000);
        let packed = pack(&text);
        assert!(packed.len() < 100, "{}", packed.len());
        assert_eq!(unpack(&packed, 10_000).as_deref(), Ok(&*text));
        let reason = unpack(&packed, 9_999).expect_err("too long");
        assert!(reason.starts_with("has more than 10 kB"), "{reason}");
        assert!(unpack(&packed[..packed.len() / 2], 10_000).expect_err("half").starts_with("is damaged"));
    }
}
