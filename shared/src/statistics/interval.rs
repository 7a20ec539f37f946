//! Where the truth is likely to be.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{median_of_sorted, sorted};

/// What every interval here claims: of a hundred experiments, the intervals of 95 contain the truth.
pub const CONFIDENCE: f64 = 0.95;

/// Over so many values, the interval of the median uses the normal approximation of the binomial
/// distribution: its ranks then differ from the exact ones by less than 0.03.
const EXACT_MAX: usize = 1000;

/// The 97.5 % quantile of the normal distribution.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Two ends between which the truth is likely to be, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end, in the unit of the values.
    pub low: f64,
    /// The upper end, in the unit of the values.
    pub high: f64,
    /// In which part of all experiments such an interval contains the truth, 0 to 1.
    pub confidence: f64,
}

impl Interval {
    /// An interval that claims [`CONFIDENCE`].
    pub(super) fn new(low: f64, high: f64) -> Self {
        Self { low, high, confidence: CONFIDENCE }
    }

    /// Whether a value is in it.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// From end to end.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    /// Half its width as a part of its middle: 0.02 is read as "± 2 %". Infinite where the middle is 0.
    pub fn relative_half_width(&self) -> f64 {
        if self.width() == 0.0 {
            return 0.0;
        }
        (self.width() / (self.high + self.low)).abs()
    }

    /// The interval of another quantity that grows with this one.
    pub(super) fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self { low: f(self.low), high: f(self.high), ..self }
    }
}

/// Fewer values than this have no interval of their median: with 5, its smallest and largest hold it with 93.75 %.
pub const VALUES_FOR_INTERVAL: u32 = 6;

/// The 95 % interval of the median that some values were drawn from; `None` for fewer than 6 values, from which
/// no such interval can be had, and where a value is not finite.
///
/// It supposes nothing about the distribution. The d-th smallest and the d-th largest of n values enclose
/// the median with probability `1 − 2·P(B < d)`, where B is binomial (n, ½). The claimed 95 % lies between
/// those of two neighbouring d; the ends are interpolated between both pairs of values as by Hettmansperger
/// and Sheather, "Confidence intervals based on interpolated order statistics", Statistics & Probability
/// Letters 4 (1986), 75–79, which Nyblom, "Note on interpolated order statistics", ibid. 14 (1992),
/// 129–131, found to hold for skewed distributions too.
///
/// The values have to be independent: drift makes the interval too narrow.
pub fn median_interval(values: &[f64]) -> Option<Interval> {
    median_interval_of_sorted(&sorted(values)?)
}

/// [`median_interval`] of finite values that are in order, the smallest first.
pub fn median_interval_of_sorted(sorted: &[f64]) -> Option<Interval> {
    let (d, part) = rank(sorted.len())?;
    let n = sorted.len();
    let between = |from: f64, to: f64| if from == to { from } else { from + part * (to - from) };
    let median = median_of_sorted(sorted)?;
    let low = between(sorted[d - 1], sorted[d]).min(median);
    let high = between(sorted[n - d], sorted[n - d - 1]).max(median);
    Some(Interval::new(low, high))
}

/// The rank d, from 1, of the order statistic at which the interval of n values begins, and which part of
/// the way to the next it goes.
fn rank(n: usize) -> Option<(usize, f64)> {
    if n > EXACT_MAX {
        let rank = normal_rank(n);
        return Some((rank as usize, rank.fract()));
    }
    let size = n as f64;
    // P(B = d − 1), and the confidence of d, which falls with every d.
    let (mut exactly, mut outer) = (0.5_f64.powi(n as i32), 1.0 - 2.0 * 0.5_f64.powi(n as i32));
    if outer < CONFIDENCE {
        return None;
    }
    for d in 1..n {
        let rank = d as f64;
        exactly *= (size - rank + 1.0) / rank;
        let inner = outer - 2.0 * exactly;
        if inner < CONFIDENCE {
            let share = (outer - CONFIDENCE) / (outer - inner);
            return Some((d, (size - rank) * share / (rank + (size - 2.0 * rank) * share)));
        }
        outer = inner;
    }
    None
}

/// The rank of [`rank`], with its fraction, by the normal approximation.
fn normal_rank(n: usize) -> f64 {
    let size = n as f64;
    (size + 1.0 - NORMAL_975 * size.sqrt()) / 2.0
}

/// The 95 % interval of the mean that some values were drawn from: `mean ± t·s/√n` with Student's t at n − 1
/// degrees of freedom ("The probable error of a mean", Biometrika 6 (1908), 1–25). `None` for fewer than 2
/// values. It supposes that means of n values are normally distributed.
pub(super) fn mean_interval(values: &[f64]) -> Option<Interval> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let half = student_975(values.len().checked_sub(1)?)? * (squares / (n - 1.0) / n).sqrt();
    Some(Interval::new(mean - half, mean + half))
}

/// The 97.5 % quantile of Student's t distribution; `None` without degrees of freedom.
pub(super) fn student_975(freedom: usize) -> Option<f64> {
    (freedom > 0).then(|| {
        let student = StudentsT::new(0.0, 1.0, freedom as f64).expect("degrees of freedom are over 0");
        student.inverse_cdf(0.975)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_of_known_ranks() {
        fn check(n: u32, expected: Option<(f64, f64)>) {
            let values: Vec<f64> = (1..=n).rev().map(f64::from).collect();
            let found = median_interval(&values).map(|interval| (interval.low, interval.high));
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    let near = (found.0 - expected.0).abs() < 5e-3 && (found.1 - expected.1).abs() < 5e-3;
                    assert!(near, "{n}: {found:?}, {expected:?}");
                }
                (found, expected) => assert_eq!(found, expected, "{n}"),
            }
        }
        let values: Vec<f64> = (0..VALUES_FOR_INTERVAL).map(f64::from).collect();
        assert!(median_interval(&values).is_some() && median_interval(&values[1..]).is_none());
        check(0, None);
        check(5, None);
        // By hand: d = 1 has 0.96875, d = 2 has 0.78125; a tenth of the way in confidence is
        // 5·0.1/(1 + 4·0.1) = 0.357 of the way between values.
        check(6, Some((1.357, 5.643)));
        // d = 2: 0.97852, d = 3: 0.89063; share 0.32446, part 8·0.32446/(2 + 6·0.32446) = 0.6576.
        check(10, Some((2.658, 8.342)));
    }

    #[test]
    fn exact_and_normal_ranks_agree_where_one_hands_over_to_the_other() {
        let (exact, part) = rank(EXACT_MAX).expect("enough values");
        assert!((exact as f64 + part - normal_rank(EXACT_MAX)).abs() < 0.03, "{exact} {part}");
    }

    #[test]
    fn no_interval_of_what_is_no_number() {
        let mut values = [1.0; 8];
        assert_eq!(median_interval(&values), Some(Interval::new(1.0, 1.0)));
        values[3] = f64::NAN;
        assert_eq!(median_interval(&values), None);
        values[3] = f64::INFINITY;
        assert_eq!(median_interval(&values), None);
    }

    #[test]
    fn quantiles_of_the_tables() {
        let check = |freedom, expected: f64| {
            let found = student_975(freedom).expect("a quantile");
            assert!((found - expected).abs() < 5e-4, "{freedom}: {found}");
        };
        assert_eq!(student_975(0), None);
        check(1, 12.7062);
        check(2, 4.3027);
        check(4, 2.7764);
        check(9, 2.2622);
        check(30, 2.0423);
        check(1000, 1.9623);
    }

    #[test]
    fn relative_widths() {
        assert!((Interval::new(98.0, 102.0).relative_half_width() - 0.02).abs() < 1e-12);
        assert_eq!(Interval::new(0.0, 0.0).relative_half_width(), 0.0);
        assert_eq!(Interval::new(-1.0, 1.0).relative_half_width(), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn the_median_is_inside_and_units_do_not_matter(
            values in prop::collection::vec(0.001_f64..1e6, 6..80),
            exponent in -8_i32..8,
        ) {
            let interval = median_interval(&values).expect("enough values");
            let median = super::super::median(&values).expect("values");
            prop_assert!(interval.contains(median));
            // A power of two: no digit is lost.
            let factor = 2_f64.powi(exponent);
            let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
            prop_assert_eq!(median_interval(&scaled), Some(interval.map(|end| end * factor)));
        }
    }
}
