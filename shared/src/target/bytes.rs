//! Bytes that nobody has to generate: one block, over and over.
//!
//! The byte at offset `i` of every body is `block[i % 2^20]`. The block is what xorshift64 (Marsaglia, "Xorshift RNGs",
//! Journal of Statistical Software 8, 2003; shifts 13, 7, 17) yields from `SEED`, each number after its step as eight
//! bytes, the lowest first. The seed of a request does not enter.

use std::ops::Range;

/// The length of the block, in bytes.
pub const BLOCK_BYTES: usize = 1 << 20;

/// The most bytes that one body has.
pub const MAX_BYTES: u64 = 2_000_000_000;

/// The state of the generator before its first step.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The most bytes that one chunk has; it divides the block. So much is handed over at once.
const CHUNK_BYTES: usize = 512 << 10;

/// The block.
pub fn block() -> Vec<u8> {
    let mut state = SEED;
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    while block.len() < BLOCK_BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        block.extend_from_slice(&state.to_le_bytes());
    }
    block
}

/// The places in the block of the first `count` bytes, in chunks.
pub fn chunks(count: u64) -> impl Iterator<Item = Range<usize>> + Send + 'static {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = usize::try_from(count - at).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        let begin = (at % BLOCK_BYTES as u64) as usize;
        at += length as u64;
        (length > 0).then(|| begin..begin + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_what_the_formula_says() {
        let block = block();
        assert_eq!(block.len(), BLOCK_BYTES);
        // Computed with another implementation, in Python.
        assert_eq!(block[..8], FIRST_EIGHT);
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        assert_eq!(sum, SUM);
    }

    const FIRST_EIGHT: [u8; 8] = [173, 77, 243, 11, 174, 119, 27, 220];
    const SUM: u64 = 133_674_056;

    #[test]
    fn chunks_repeat_the_block() {
        let check = |count: u64| {
            let block = block();
            let body: Vec<u8> = chunks(count).flat_map(|places| block[places].to_vec()).collect();
            assert_eq!(body.len() as u64, count);
            assert!(body.iter().enumerate().all(|(at, byte)| *byte == block[at % BLOCK_BYTES]), "{count}");
        };
        for count in [0, 1, 524_288, 524_289, 1_048_576, 2_500_001] {
            check(count);
        }
    }
}
