//! Digests of results.

/// A digest of some numbers, the same on every platform: FNV-1a, a number at a time.
///
/// ```
/// assert_ne!(parlab_work::checksum(&[1, 2]), parlab_work::checksum(&[2, 1]));
/// ```
///
/// Source: Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm"; its offset and prime of 64 bits.
pub fn checksum(numbers: &[u64]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    numbers.iter().fold(OFFSET, |digest, number| (digest ^ number).wrapping_mul(PRIME))
}
