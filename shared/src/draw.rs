//! Numbers drawn by chance, the same on every platform: a pure function of a seed and an index.

/// The `index`-th draw of `seed`: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014), whose state after k steps is `seed + k · γ`.
pub fn bits(seed: u64, index: u64) -> u64 {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
    let z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GAMMA));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `index`-th draw of `seed`, uniform in 0..1: its upper 53 bits.
pub fn uniform(seed: u64, index: u64) -> f64 {
    (bits(seed, index) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Puts values into an order drawn by chance (Fisher–Yates).
pub fn shuffle<T>(seed: u64, values: &mut [T]) {
    for i in (1..values.len()).rev() {
        let j = (uniform(seed, i as u64) * (i + 1) as f64) as usize;
        values.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence() {
        // The first outputs of SplitMix64 for seed 1234567, from the author's reference implementation.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|index| bits(1_234_567, index)), expected);
    }

    #[test]
    fn uniform_draws_have_their_mean() {
        let mean = (0..10_000).map(|index| uniform(7, index)).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut values: Vec<u32> = (0..100).collect();
        shuffle(3, &mut values);
        assert_ne!(values, (0..100).collect::<Vec<_>>());
        values.sort_unstable();
        assert_eq!(values, (0..100).collect::<Vec<_>>());
    }
}
