//! Many numbers in a few.

use serde::Serialize;

use super::sorted;

/// What some values say together, in their own unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many there are.
    pub count: usize,
    /// Their sum by their number.
    pub mean: f64,
    /// The standard deviation `√(Σ(x − mean)²/(n − 1))`; `None` of a single value.
    pub deviation: Option<f64>,
    /// The smallest.
    pub fastest: f64,
    /// The middle one; the mean of the two middle ones of an even number.
    pub median: f64,
    /// The largest.
    pub slowest: f64,
    /// The 90th percentile, a value that was measured: see [`nearest_rank`].
    pub p90: f64,
    /// The 95th.
    pub p95: f64,
    /// The 99th.
    pub p99: f64,
}

impl Summary {
    /// The summary of some values in any order; `None` if there are none, or if one is no finite number. They are
    /// sorted once.
    pub fn of(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values)?;
        let size = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / size;
        // In two passes: the sum of squares alone would lose its digits to a large mean.
        let squares = sorted.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Some(Self {
            count: sorted.len(),
            mean,
            deviation: (sorted.len() > 1).then(|| (squares / (size - 1.0)).sqrt()),
            fastest: *sorted.first()?,
            median: median_of_sorted(&sorted)?,
            slowest: *sorted.last()?,
            p90: nearest_rank(&sorted, 90)?,
            p95: nearest_rank(&sorted, 95)?,
            p99: nearest_rank(&sorted, 99)?,
        })
    }
}

/// The median of values in any order: the middle one, or the mean of the two middle ones of an even number.
/// `None` if there are none, or if one is no finite number.
pub fn median(values: &[f64]) -> Option<f64> {
    median_of_sorted(&sorted(values)?)
}

/// [`median`] of values that are in order, the smallest first.
pub fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let low = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let high = *sorted.get(sorted.len() / 2)?;
    Some(low + (high - low) / 2.0)
}

/// The p-th percentile of values that are in order, the smallest first: the smallest value that p % of them
/// do not exceed (nearest rank), the ⌈p·n/100⌉-th of n. `None` if there are none.
///
/// It is definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
/// Statistician 50 (1996), 361–365.
pub fn nearest_rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw;
    use crate::statistics::{median_interval, outliers};

    #[test]
    fn of_few_values() {
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[1.0, f64::NAN]), None);
        let one = Summary::of(&[3.0]).expect("a value");
        assert_eq!((one.count, one.mean, one.deviation, one.median, one.p99), (1, 3.0, None, 3.0, 3.0));
        // Σ(x − 5)² is 32, by 7: the textbook's example.
        let eight = Summary::of(&[9.0, 2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0]).expect("values");
        assert_eq!((eight.mean, eight.median, eight.fastest, eight.slowest), (5.0, 4.5, 2.0, 9.0));
        assert_eq!(eight.deviation, Some((32.0_f64 / 7.0).sqrt()));
        assert_eq!((eight.p90, eight.p95), (9.0, 9.0));
    }

    #[test]
    fn a_large_mean_leaves_the_deviation_its_digits() {
        let far = Summary::of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).expect("values");
        assert_eq!(far.deviation, Some(30_f64.sqrt()));
    }

    #[test]
    fn of_very_many_values() {
        let values: Vec<f64> = (0..100_000).map(|index| 1.0 + draw::uniform(5, index)).collect();
        let summary = Summary::of(&values).expect("values");
        assert!((summary.median - 1.5).abs() < 0.01 && (summary.p99 - 1.99).abs() < 0.01, "{summary:?}");
        let interval = median_interval(&values).expect("enough values");
        // The median's standard error is 1/(2·f·√n) with density f = 1.
        assert!((interval.width() - 2.0 * 1.96 * 0.5 / 1e5_f64.sqrt()).abs() < 5e-4, "{interval:?}");
        assert_eq!(outliers(&values), Vec::<usize>::new());
    }
}
