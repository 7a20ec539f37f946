//! Whether values change while they are measured.

use statrs::distribution::{ContinuousCDF, Normal};

use super::median;

/// A longer series is first taken together into about so many blocks.
const BLOCKS_MAX: usize = 1000;

/// A change in one direction over a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// By how much a value is larger than the one before it, in the values' unit.
    pub per_step: f64,
    /// How probable a series as one-sided as this, or more, is without drift: small where there is drift.
    pub p: f64,
}

/// The drift of values in the order in which they were measured; `None` for fewer than 4, which never show
/// one, and where one is no finite number.
///
/// `p` is that of the two-sided Mann–Kendall test (Mann, "Nonparametric tests against trend", Econometrica 13
/// (1945), 245–259; Kendall, "Rank Correlation Methods", 1975): S, the pairs that grow less the pairs that
/// shrink, has variance `(n(n−1)(2n+5) − Σt(t−1)(2t+5))/18` for groups of t equal values, and
/// `(|S| − 1)/√variance` is compared with the normal distribution. It supposes nothing about the values' distribution.
///
/// `per_step` is the median slope of all pairs (Sen, "Estimates of the Regression Coefficient Based on
/// Kendall's Tau", Journal of the American Statistical Association 63 (1968), 1379–1389), which single outliers
/// do not move. Of more than 1000 values, medians of equally long blocks are tested instead.
pub fn drift(values: &[f64]) -> Option<Drift> {
    if values.len() < 4 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let length = values.len().div_ceil(BLOCKS_MAX);
    // A rest that is shorter than a block would count as much as one: it is left out.
    let blocks: Option<Vec<f64>> = values.chunks_exact(length).map(median).collect();
    let blocks = blocks?;
    let pairs = || {
        blocks.iter().enumerate().flat_map(|(i, from)| (i + 1..).zip(&blocks[i + 1..]).map(move |to| ((i, from), to)))
    };
    let sign = |difference: f64| if difference == 0.0 { 0.0 } else { difference.signum() };
    let s: f64 = pairs().map(|((_, from), (_, to))| sign(to - from)).sum();
    let slopes: Vec<f64> = pairs().map(|((i, from), (j, to))| (to - from) / ((j - i) * length) as f64).collect();
    Some(Drift { per_step: median(&slopes)?, p: probability(s, &blocks) })
}

/// How probable an S at least so far from 0 is without drift.
fn probability(s: f64, values: &[f64]) -> f64 {
    let term = |n: usize| (n * (n - 1) * (2 * n + 5)) as f64;
    let mut ordered = values.to_vec();
    ordered.sort_unstable_by(f64::total_cmp);
    let ties: f64 = ordered.chunk_by(|value, next| value == next).map(|group| term(group.len())).sum();
    let variance = (term(values.len()) - ties) / 18.0;
    if s == 0.0 || variance <= 0.0 {
        return 1.0;
    }
    let z = (s.abs() - 1.0) / variance.sqrt();
    2.0 * Normal::standard().sf(z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw;

    #[test]
    fn series_by_hand() {
        fn check(values: &[f64], per_step: f64, p: f64) {
            let found = drift(values).expect("enough values");
            assert!((found.per_step - per_step).abs() < 1e-12 && (found.p - p).abs() < 1e-4, "{values:?}: {found:?}");
        }
        check(&[3.0; 6], 0.0, 1.0);
        // S = 10 of 10 pairs, variance 5·4·15/18 = 16.667: z = 2.2045.
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], 1.0, 0.0275);
        check(&[5.0, 4.0, 3.0, 2.0, 1.0], -1.0, 0.0275);
        // S = 4 + 3 + 1 + 1 = 9, a pair is equal: variance (300 − 18)/18 = 15.667, z = 2.0212.
        check(&[1.0, 2.0, 3.0, 3.0, 5.0], 1.0, 0.0433);
        // Up and down: S = 3 − 3; the middle slopes are −1/6 and 1/2.
        check(&[1.0, 4.0, 4.5, 0.5], 1.0 / 6.0, 1.0);
    }

    #[test]
    fn too_short_or_no_numbers() {
        assert_eq!(drift(&[1.0, 2.0, 3.0]), None);
        assert_eq!(drift(&[1.0, 2.0, 3.0, f64::NAN]), None);
    }

    #[test]
    fn long_series_keep_their_slope() {
        let noisy = |i: u32| 100.0 + 1e-4 * f64::from(i) + draw::uniform(3, u64::from(i));
        let values: Vec<f64> = (0..100_000).map(noisy).collect();
        let found = drift(&values).expect("enough values");
        assert!((found.per_step / 1e-4 - 1.0).abs() < 0.01 && found.p < 1e-6, "{found:?}");
    }
}
