//! How many times as long.

use serde::Serialize;

use super::interval::mean_interval;
use super::{Interval, logarithms, median, median_interval};

/// A ratio, and where it is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatioEstimate {
    /// The first by the second: of times, over 1 the first took longer.
    pub ratio: f64,
    /// Its 95 % interval; `None` where there are too few values for one.
    pub interval: Option<Interval>,
}

impl RatioEstimate {
    /// What its interval allows to say.
    pub fn verdict(&self) -> Verdict {
        self.interval.map_or(Verdict::CannotTell, Verdict::of)
    }
}

/// What may be said of the first of two that were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It took less time.
    Faster,
    /// It took more time.
    Slower,
    /// The interval contains 1, or there is none.
    CannotTell,
}

crate::named::named!(Verdict "verdict": Faster = "faster", Slower = "slower", CannotTell = "cannot-tell");

impl Verdict {
    /// The verdict on the first of two by the interval of the ratio of its times to the other's.
    pub fn of(interval: Interval) -> Self {
        if interval.high < 1.0 {
            Self::Faster
        } else if interval.low > 1.0 {
            Self::Slower
        } else {
            Self::CannotTell
        }
    }
}

/// The ratio of the medians of two independent sets of times. `None` if one of them is empty or contains what
/// is not a finite number over 0; no interval if one of them has fewer than 6.
///
/// The interval is recovered from those of both medians ([`median_interval`], `l` to `u`): with θ, l and u
/// in logarithms, it begins at `θ₁ − θ₂ − √((θ₁ − l₁)² + (u₂ − θ₂)²)` and ends at
/// `θ₁ − θ₂ + √((u₁ − θ₁)² + (θ₂ − l₂)²)`. That is the MOVER method of Zou and Donner, "Construction of
/// confidence limits about effect measures: A general approach", Statistics in Medicine 27 (2008), 1693–1702. It
/// supposes nothing about either distribution.
pub fn ratio_interval(first: &[f64], second: &[f64]) -> Option<RatioEstimate> {
    let (first, second) = (Logs::of(first)?, Logs::of(second)?);
    let difference = first.median - second.median;
    let interval = first.interval.zip(second.interval).map(|(of_first, of_second)| {
        let below = (first.median - of_first.low).hypot(of_second.high - second.median);
        let above = (of_first.high - first.median).hypot(second.median - of_second.low);
        Interval::new((difference - below).exp(), (difference + above).exp())
    });
    Some(RatioEstimate { ratio: difference.exp(), interval })
}

/// The logarithms of a set's median and of its ends.
struct Logs {
    median: f64,
    interval: Option<Interval>,
}

impl Logs {
    fn of(times: &[f64]) -> Option<Self> {
        logarithms(times.iter().copied())?;
        let interval = median_interval(times).map(|interval| interval.map(f64::ln));
        Some(Self { median: median(times)?.ln(), interval })
    }
}

/// The median ratio of times that were measured in pairs, in turns: `first/second` of each repetition. What
/// slowed both down cancels out, so the interval is narrower than [`ratio_interval`]'s on a machine that drifts.
///
/// The interval is that of the median ([`median_interval`]) of the logarithms of ratios, so that the
/// ratio of the second to the first has the inverse one. `None` if there are no pairs or if a time is not a finite
/// number over 0; no interval of fewer than 6 pairs.
pub fn paired_ratio(pairs: &[(f64, f64)]) -> Option<RatioEstimate> {
    logarithms(pairs.iter().flat_map(|&(first, second)| [first, second]))?;
    let logs: Vec<f64> = pairs.iter().map(|(first, second)| first.ln() - second.ln()).collect();
    Some(RatioEstimate {
        ratio: median(&logs)?.exp(),
        interval: median_interval(&logs).map(|interval| interval.map(f64::exp)),
    })
}

/// The geometric mean of ratios, `exp(mean(ln r))`: the only mean of normalised numbers that does not depend
/// on what they were normalised by (Fleming and Wallace, "How not to lie with statistics: the correct way to
/// summarize benchmark results", Communications of the ACM 29 (1986), 218–221). `None` if there are no
/// ratios or if one is not a finite number over 0.
///
/// The interval, of 2 ratios or more, is Student's on the mean of logarithms. It supposes that they are
/// independent and about normally distributed; it says where the mean over *other such experiments* would be.
pub fn geometric_mean(ratios: &[f64]) -> Option<RatioEstimate> {
    let logs = logarithms(ratios.iter().copied())?;
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    Some(RatioEstimate { ratio: mean.exp(), interval: mean_interval(&logs).map(|interval| interval.map(f64::exp)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn verdicts() {
        let check = |low, high, expected| assert_eq!(Verdict::of(Interval::new(low, high)), expected);
        check(0.5, 0.99, Verdict::Faster);
        check(0.5, 1.0, Verdict::CannotTell);
        check(0.9, 1.1, Verdict::CannotTell);
        check(1.0, 1.1, Verdict::CannotTell);
        check(1.01, 1.1, Verdict::Slower);
    }

    #[test]
    fn too_few_to_tell() {
        let estimate = ratio_interval(&[4.0, 6.0], &[2.0; 9]).expect("times");
        assert!((estimate.ratio - 2.5).abs() < 1e-12);
        assert_eq!((estimate.interval, estimate.verdict()), (None, Verdict::CannotTell));
        let estimate = paired_ratio(&[(4.0, 2.0); 5]).expect("pairs");
        assert!((estimate.ratio - 2.0).abs() < 1e-12);
        assert_eq!(estimate.interval, None);
        assert_eq!(geometric_mean(&[3.0]).expect("a ratio").interval, None);
    }

    #[test]
    fn times_that_have_no_logarithm() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ratio_interval(&[1.0, bad], &[1.0; 6]), None, "{bad}");
            assert_eq!(paired_ratio(&[(1.0, 1.0), (1.0, bad)]), None, "{bad}");
            assert_eq!(geometric_mean(&[bad, 1.0]), None, "{bad}");
        }
        assert_eq!(ratio_interval(&[], &[1.0]), None);
        assert_eq!(paired_ratio(&[]), None);
        assert_eq!(geometric_mean(&[]), None);
    }

    #[test]
    fn pairs_cancel_what_slowed_both() {
        // The machine gets four times as slow, the first always takes 2 % longer.
        let pairs: Vec<(f64, f64)> = (0..20).map(f64::from).map(|i| (1.02 * (1.0 + i / 5.0), 1.0 + i / 5.0)).collect();
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        assert_eq!(paired_ratio(&pairs).expect("pairs").verdict(), Verdict::Slower);
        assert_eq!(ratio_interval(&first, &second).expect("times").verdict(), Verdict::CannotTell);
    }

    #[test]
    fn a_geometric_mean_by_hand() {
        let estimate = geometric_mean(&[2.0, 8.0]).expect("ratios");
        assert!((estimate.ratio - 4.0).abs() < 1e-12);
        // s = ln 2·√2, by √2: half the interval is 12.7062·ln 2.
        let interval = estimate.interval.expect("two ratios");
        assert!((interval.high.ln() - (4_f64.ln() + 12.7062 * 2_f64.ln())).abs() < 1e-3, "{interval:?}");
    }

    fn times() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(0.01_f64..1e4, 6..40)
    }

    /// Whether two estimates are the same but for rounding.
    fn near(one: RatioEstimate, other: RatioEstimate) -> bool {
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        let (a, b) = (one.interval.expect("enough"), other.interval.expect("enough"));
        near(one.ratio, other.ratio) && near(a.low, b.low) && near(a.high, b.high)
    }

    /// The estimate of the inverse ratio.
    fn inverse(one: RatioEstimate) -> RatioEstimate {
        let interval = one.interval.map(|interval| Interval::new(1.0 / interval.high, 1.0 / interval.low));
        RatioEstimate { ratio: 1.0 / one.ratio, interval }
    }

    proptest! {
        #[test]
        fn ratios_are_inside_and_can_be_turned_round(first in times(), second in times(), factor in 0.01_f64..100.0) {
            let slower: Vec<f64> = first.iter().map(|time| time * factor).collect();
            let pairs: Vec<(f64, f64)> = first.iter().copied().zip(second.iter().copied()).collect();
            let scaled: Vec<(f64, f64)> = pairs.iter().map(|(first, second)| (first * factor, *second)).collect();
            let swapped: Vec<(f64, f64)> = pairs.iter().map(|&(first, second)| (second, first)).collect();
            for (estimate, scaled, swapped) in [
                (ratio_interval(&first, &second), ratio_interval(&slower, &second), ratio_interval(&second, &first)),
                (paired_ratio(&pairs), paired_ratio(&scaled), paired_ratio(&swapped)),
            ] {
                let estimate = estimate.expect("times");
                let interval = estimate.interval.expect("enough");
                prop_assert!(interval.contains(estimate.ratio));
                let times = Interval::new(interval.low * factor, interval.high * factor);
                let times = RatioEstimate { ratio: estimate.ratio * factor, interval: Some(times) };
                prop_assert!(near(times, scaled.expect("times")));
                prop_assert!(near(inverse(estimate), swapped.expect("times")));
            }
        }
    }
}
