//! How many times as long.

use serde::Serialize;

use super::interval::{Term, freedom, join, student_975, student_p};
use super::{CONFIDENCE, Interval, logarithms, median, median_interval};

/// A ratio, and where it is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatioEstimate {
    /// The first by the second: of times, over 1 the first took longer. It lies in its interval.
    pub ratio: f64,
    /// Its 95 % interval; `None` where there are too few values for one.
    pub interval: Option<Interval>,
    /// The degrees of freedom of the interval, if there is one.
    #[serde(skip)]
    freedom: f64,
}

impl RatioEstimate {
    /// What its interval allows to say, if nothing else is said beside it: see [`super::holm`].
    pub fn verdict(&self) -> Verdict {
        self.interval.map_or(Verdict::CannotTell, Verdict::of)
    }

    /// Whether the first is shown to take longer, whichever two of so many were chosen for what was measured: by chance, at
    /// most 5 % of all sets of equals have any such two (Bonferroni, over all pairs).
    pub fn is_slower_of_any_pair(&self, of: usize) -> bool {
        let pairs = (of * of.saturating_sub(1) / 2) as f64;
        self.ratio > 1.0 && self.p(1.0).is_some_and(|p| p < (1.0 - CONFIDENCE) / pairs)
    }

    /// How probable a ratio is that is at least so far from `truth`, on either side, if that is the true one: under 0.05
    /// where the interval does not contain it. `None` without an interval.
    ///
    /// By Student's t, from the distance in logarithms and the length of the interval towards `truth`.
    pub fn p(&self, truth: f64) -> Option<f64> {
        let interval = self.interval?;
        let distance = (self.ratio / truth).ln();
        let end = if distance > 0.0 { interval.low } else { interval.high };
        let length = (self.ratio / end).ln().abs();
        Some(match (distance == 0.0, length > 0.0) {
            (true, _) => 1.0,
            (false, true) => student_p(distance / length * student_975(self.freedom), self.freedom),
            (false, false) => 0.0,
        })
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
    /// The interval contains 1, or there is none, or so many are compared that some seem to differ by chance.
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

/// Which of several findings hold together: by the probability of each if nothing but chance were at work, with at most 5 %
/// of all such sets having any that is wrong.
///
/// Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979), 65–70: in
/// ascending order, the first of n has to be below 0.05/n, the next below 0.05/(n − 1) …, until one is not. It supposes
/// nothing about how the findings depend on each other.
pub fn holm(p: &[f64]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|at, next| p[*at].total_cmp(&p[*next]));
    let mut holds = vec![false; p.len()];
    for (before, at) in order.into_iter().enumerate() {
        if p[at] >= (1.0 - CONFIDENCE) / (p.len() - before) as f64 {
            break;
        }
        holds[at] = true;
    }
    holds
}

/// On which side of a number each of several ratios is, as far as that holds beside all the others ([`holm`]): of such sets of
/// ratios that are all equal to the number, at most 5 % have any verdict that is wrong. Ratios without an interval say
/// nothing, and are not counted.
pub fn verdicts(ratios: &[RatioEstimate], number: f64) -> Vec<Verdict> {
    let known: Vec<(usize, f64)> =
        ratios.iter().enumerate().filter_map(|(at, ratio)| Some((at, ratio.p(number)?))).collect();
    let holds = holm(&known.iter().map(|(_, p)| *p).collect::<Vec<f64>>());
    let mut verdicts = vec![Verdict::CannotTell; ratios.len()];
    for (at, _) in known.into_iter().zip(holds).filter_map(|(known, holds)| holds.then_some(known)) {
        verdicts[at] = if ratios[at].ratio > number { Verdict::Slower } else { Verdict::Faster };
    }
    verdicts
}

/// The ratio of the medians of two independent sets of times. `None` if one of them is empty or contains what
/// is not a finite number over 0; no interval if one of them has fewer than 6.
///
/// The interval is joined from those of both medians ([`median_interval`]), in logarithms. It supposes nothing about either
/// distribution.
pub fn ratio_interval(first: &[f64], second: &[f64]) -> Option<RatioEstimate> {
    let logs = |times: &[f64]| {
        logarithms(times.iter().copied())?;
        let interval = median_interval(times).map(|interval| interval.map(f64::ln));
        Some((median(times)?.ln(), interval, freedom(times.len())))
    };
    let (first, second) = (logs(first)?, logs(second)?);
    let ratio = (first.0 - second.0).exp();
    let term = |factor, (value, interval, freedom)| Some(Term { factor, value, interval: interval?, freedom });
    let terms = term(1.0, first).zip(term(-1.0, second));
    Some(terms.map_or(RatioEstimate { ratio, interval: None, freedom: 0.0 }, |(first, second)| {
        let (interval, freedom) = join(&[first, second]);
        RatioEstimate { ratio, interval: Some(interval.map(f64::exp)), freedom }
    }))
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
        freedom: freedom(logs.len()),
    })
}

/// The geometric mean of ratios, `exp(mean(ln r))`: the only mean of normalised numbers that does not depend
/// on what they were normalised by (Fleming and Wallace, "How not to lie with statistics: the correct way to
/// summarize benchmark results", Communications of the ACM 29 (1986), 218–221). `None` if there are none; no interval if one of
/// them has none.
///
/// The interval is joined from those of the ratios, each end at the root of the sum of squares: it says how well the mean of
/// *these* was measured, if they were measured independently of each other, and nothing about others. It is wider than it has
/// to be: how to join the intervals of two medians ([`ratio_interval`]) does not hold for many.
pub fn geometric_mean(ratios: &[RatioEstimate]) -> Option<RatioEstimate> {
    let count = ratios.len() as f64;
    let logs = logarithms(ratios.iter().map(|estimate| estimate.ratio))?;
    let mean = logs.iter().sum::<f64>() / count;
    let intervals: Option<Vec<Interval>> =
        ratios.iter().map(|estimate| Some(estimate.interval?.map(f64::ln))).collect();
    let distance = |distances: &mut dyn Iterator<Item = f64>| distances.fold(0.0, f64::hypot) / count;
    let interval = intervals.map(|intervals| {
        let below = distance(&mut logs.iter().zip(&intervals).map(|(log, interval)| log - interval.low));
        let above = distance(&mut logs.iter().zip(&intervals).map(|(log, interval)| interval.high - log));
        Interval::new((mean - below).exp(), (mean + above).exp())
    });
    let freedom = ratios.iter().map(|estimate| estimate.freedom).fold(f64::INFINITY, f64::min);
    Some(RatioEstimate { ratio: mean.exp(), interval, freedom })
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
        assert_eq!(geometric_mean(&[estimate]).expect("a ratio").interval, None);
        assert_eq!(estimate.p(1.0), None);
    }

    #[test]
    fn times_that_have_no_logarithm() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(ratio_interval(&[1.0, bad], &[1.0; 6]), None, "{bad}");
            assert_eq!(paired_ratio(&[(1.0, 1.0), (1.0, bad)]), None, "{bad}");
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
        let of = |ratio: f64| paired_ratio(&[(ratio, 1.0); 6]).expect("pairs");
        let same = geometric_mean(&[of(2.0), of(8.0)]).expect("ratios");
        assert!((same.ratio - 4.0).abs() < 1e-12);
        assert!(same.interval.is_some_and(|interval| interval.width() < 1e-9), "they do not scatter: {same:?}");
        let scattered = paired_ratio(&[0.9, 0.95, 1.0, 1.0, 1.05, 1.1].map(|ratio| (ratio, 1.0))).expect("pairs");
        let width = |estimate: RatioEstimate| estimate.interval.map_or(f64::NAN, |interval| interval.width());
        let mean = geometric_mean(&[scattered; 4]).expect("ratios");
        assert!(width(mean) < width(scattered) / 1.9, "four are known better than one: {mean:?} {scattered:?}");
    }

    #[test]
    fn probabilities_agree_with_intervals() {
        let pairs: Vec<(f64, f64)> = (0..12).map(f64::from).map(|i| (1.1 + i / 100.0, 1.0)).collect();
        let estimate = paired_ratio(&pairs).expect("pairs");
        let interval = estimate.interval.expect("enough");
        for (end, inside) in [(interval.low, 1.0 + 1e-6), (interval.high, 1.0 - 1e-6)] {
            let at = |truth| estimate.p(truth).expect("an interval");
            assert!((at(end) - 0.05).abs() < 1e-6, "{}", at(end));
            assert!(at(end * inside) > 0.05 && at(end / inside) < 0.05);
        }
        assert_eq!(estimate.p(estimate.ratio), Some(1.0));
        let exact = paired_ratio(&[(2.0, 1.0); 6]).expect("pairs");
        assert_eq!((exact.p(2.0), exact.p(1.0)), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn findings_that_hold_together() {
        let check = |p: &[f64], expected: &[bool]| assert_eq!(holm(p), expected, "{p:?}");
        check(&[], &[]);
        check(&[0.049], &[true]);
        check(&[0.049, 0.049], &[false, false]);
        check(&[0.049, 0.024], &[true, true]);
        // 0.05/4, 0.05/3, 0.05/2: the third fails, and with it the fourth.
        check(&[0.03, 0.016, 0.04, 0.012], &[false, true, false, true]);
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
        RatioEstimate { ratio: 1.0 / one.ratio, interval, ..one }
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
                let times = RatioEstimate { ratio: estimate.ratio * factor, interval: Some(times), ..estimate };
                prop_assert!(near(times, scaled.expect("times")));
                prop_assert!(near(inverse(estimate), swapped.expect("times")));
            }
        }
    }
}
