//! Many numbers in a few.

use super::sorted;

/// Mean and standard deviation of some values, in their own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Their sum by their number.
    pub mean: f64,
    /// The sample's standard deviation `√(Σ(x − mean)²/(n − 1))`; `None` of a single value.
    pub deviation: Option<f64>,
}

impl Moments {
    /// The moments of some values; `None` if there are none, or if one is no finite number.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let size = values.len() as f64;
        let mean = values.iter().sum::<f64>() / size;
        // In two passes: the sum of squares alone would lose its digits to a large mean.
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Some(Self { mean, deviation: (values.len() > 1).then(|| (squares / (size - 1.0)).sqrt()) })
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
    fn moments_of_few_values() {
        assert_eq!(Moments::of(&[]), None);
        assert_eq!(Moments::of(&[1.0, f64::NAN]), None);
        assert_eq!(Moments::of(&[3.0]), Some(Moments { mean: 3.0, deviation: None }));
        // Σ(x − 5)² is 32, by 7: the textbook's example.
        let eight = Moments::of(&[9.0, 2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0]);
        assert_eq!(eight, Some(Moments { mean: 5.0, deviation: Some((32.0_f64 / 7.0).sqrt()) }));
    }

    #[test]
    fn a_large_mean_leaves_the_deviation_its_digits() {
        let far = Moments::of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).expect("values");
        assert_eq!(far.deviation, Some(30_f64.sqrt()));
    }

    #[test]
    fn of_very_many_values() {
        let values: Vec<f64> = (0..100_000).map(|index| 1.0 + draw::uniform(5, index)).collect();
        let sorted = sorted(&values).expect("values");
        let (middle, p99) = (median_of_sorted(&sorted).expect("values"), nearest_rank(&sorted, 99).expect("values"));
        assert!((middle - 1.5).abs() < 0.01 && (p99 - 1.99).abs() < 0.01, "{middle} {p99}");
        let interval = median_interval(&values).expect("enough values");
        // The median's standard error is 1/(2·f·√n) with density f = 1.
        assert!((interval.width() - 2.0 * 1.96 * 0.5 / 1e5_f64.sqrt()).abs() < 5e-4, "{interval:?}");
        assert_eq!(outliers(&values), Vec::<usize>::new());
    }
}
