//! `write`: a text of lowercase letters to a file.

use crate::draw;

/// What is written at a time. A longer text repeats it, so that making a text costs as little as
/// writing it should.
pub const BLOCK_BYTES: u64 = 1 << 20;

/// The first block of the text: letters drawn by chance, as long as the text if that is shorter.
pub fn block(seed: u64, bytes: u64) -> Vec<u8> {
    let letters = |index| {
        // Twelve letters from each draw: 26¹² < 2⁶⁴.
        let mut bits = draw::bits(seed, index);
        std::array::from_fn::<u8, 12, _>(|_| {
            let letter = b'a' + (bits % 26) as u8;
            bits /= 26;
            letter
        })
    };
    let mut block: Vec<u8> = (0..bytes.min(BLOCK_BYTES).div_ceil(12)).flat_map(letters).collect();
    block.truncate(bytes.min(BLOCK_BYTES) as usize);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_nothing_else() {
        let text = block(1, 1000);
        assert_eq!(text.len(), 1000);
        assert!(text.iter().all(u8::is_ascii_lowercase));
        assert_ne!(text, block(2, 1000));
        assert_eq!(block(1, u64::MAX).len() as u64, BLOCK_BYTES);
    }
}
