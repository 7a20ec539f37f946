//! Digests of results.

/// A digest of some numbers, the same on every platform: FNV-1a, a number at a time.
///
/// ```
/// assert_ne!(parlab_work::checksum(&[1, 2]), parlab_work::checksum(&[2, 1]));
/// ```
///
/// Source: Fowler, Noll, Vo, Eastlake, "The FNV Non-Cryptographic Hash Algorithm"; its offset and prime of 64 bits.
pub fn checksum(numbers: &[u64]) -> u64 {
    digest(numbers.iter().copied())
}

/// The same of bytes, eight at a time; their number counts too.
///
/// ```
/// assert_ne!(parlab_work::checksum_of_bytes(b"a"), parlab_work::checksum_of_bytes(b"a\0"));
/// ```
pub fn checksum_of_bytes(bytes: &[u8]) -> u64 {
    let (whole, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let numbers = whole.iter().chain([&last]).map(|eight| u64::from_le_bytes(*eight));
    digest(numbers.chain([bytes.len() as u64]))
}

fn digest(numbers: impl Iterator<Item = u64>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    numbers.fold(OFFSET, |digest, number| (digest ^ number).wrapping_mul(PRIME))
}
