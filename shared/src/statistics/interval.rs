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

/// The degrees of freedom of the interval of the median of `n` values: how well its own length is known.
///
/// That length is one of about √n gaps between neighbouring values, and so it scatters more than a standard deviation's,
/// which has n − 1. The factor is fitted by simulation: with it, intervals that are joined from several
/// ([`join`]) hold what they claim for 6 to 200 values each.
pub(super) fn freedom(n: usize) -> f64 {
    1.4 * (n as f64).sqrt()
}

/// A number that was estimated, with its interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    /// What it is multiplied by in a sum.
    pub factor: f64,
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
    /// The degrees of freedom of its interval.
    pub freedom: f64,
}

/// The interval of a sum of independent estimates, `Σ factor·value`, with its degrees of freedom.
///
/// It is recovered from the intervals of the terms, each end for itself: an end's distance is `t·√Σ(factor·dᵢ/tᵢ)²`, where
/// dᵢ is the distance from the value to the end of a term's interval that pulls the same way. That is the MOVER method of Zou
/// and Donner, "Construction of confidence limits about effect measures: A general approach", Statistics in Medicine 27
/// (2008), 1693–1702; theirs has no quantiles t, and is too wide where the lengths of the intervals are themselves known
/// badly. The quantiles are Student's, with degrees of freedom by Welch, "The generalization of 'Student's' problem when
/// several different population variances are involved", Biometrika 34 (1947), 28–35.
pub(super) fn join(terms: &[Term]) -> (Interval, f64) {
    let middle: f64 = terms.iter().map(|term| term.factor * term.value).sum();
    let distance = |is_upper: bool| {
        let (mut variance, mut weight) = (0.0, 0.0);
        for Term { factor, value, interval, freedom } in terms {
            let own = if is_upper == (*factor > 0.0) { interval.high - value } else { value - interval.low };
            let part = (factor * own / student_975(*freedom)).powi(2);
            (variance, weight) = (variance + part, weight + part.powi(2) / freedom);
        }
        // Without any scatter, the smallest of the terms' degrees of freedom is as good as another.
        let least = terms.iter().map(|term| term.freedom).fold(f64::INFINITY, f64::min);
        let freedom = if weight > 0.0 { variance.powi(2) / weight } else { least };
        (student_975(freedom) * variance.sqrt(), freedom)
    };
    let ((below, under), (above, over)) = (distance(false), distance(true));
    (Interval::new(middle - below, middle + above), under.min(over))
}

/// The 97.5 % quantile of Student's t distribution with so many degrees of freedom, over 0.
pub(super) fn student_975(freedom: f64) -> f64 {
    student(freedom).inverse_cdf(0.975)
}

/// How probable it is that a draw from Student's t distribution is at least so far from 0, on either side.
pub(super) fn student_p(t: f64, freedom: f64) -> f64 {
    2.0 * student(freedom).sf(t.abs())
}

fn student(freedom: f64) -> StudentsT {
    StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom are over 0")
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
            let found = student_975(freedom);
            assert!((found - expected).abs() < 5e-4, "{freedom}: {found}");
        };
        check(1.0, 12.7062);
        check(2.0, 4.3027);
        check(4.0, 2.7764);
        check(9.0, 2.2622);
        check(30.0, 2.0423);
        check(1000.0, 1.9623);
        assert!((student_p(-2.2622, 9.0) - 0.05).abs() < 1e-5);
    }

    #[test]
    fn joined_intervals_by_hand() {
        let of = |factor, half: f64| Term {
            factor,
            value: 5.0,
            interval: Interval::new(5.0 - half, 5.0 + 2.0 * half),
            freedom: 9.0,
        };
        // One term is itself; the ends change places where it is subtracted.
        let (alone, freedom) = join(&[of(1.0, 3.0)]);
        assert!((alone.low - 2.0).abs() < 1e-9 && (alone.high - 11.0).abs() < 1e-9 && (freedom - 9.0).abs() < 1e-9);
        assert!((join(&[of(-1.0, 3.0)]).0.low + 11.0).abs() < 1e-9);
        // Two alike have twice the freedom: √2 times the length, with t of 18 instead of 9.
        let (both, freedom) = join(&[of(1.0, 3.0), of(1.0, 3.0)]);
        let expected = 3.0 * 2_f64.sqrt() * 2.1009 / 2.2622;
        assert!((10.0 - both.low - expected).abs() < 1e-3 && (freedom - 18.0).abs() < 1e-9, "{both:?} {freedom}");
        assert_eq!(join(&[of(1.0, 0.0), of(-1.0, 0.0)]).0, Interval::new(0.0, 0.0));
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
