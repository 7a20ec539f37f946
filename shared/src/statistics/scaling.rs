//! How speed-up grows with the number of workers: Amdahl's law and the Universal Scalability Law.

mod curve;
mod sentence;

use thiserror::Error;

use self::curve::LawCurve;
use super::{Interval, VALUES_FOR_INTERVAL, median, median_interval};
use crate::number::Percent;

/// A share of the work whose interval is wider than this is not known.
const UNKNOWN: f64 = 0.5;

/// What is nearer to 0 than this is 0: rounding made it.
const ROUNDING: f64 = 1e-9;

/// A law of scaling, for the speed-up S of p workers over one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// `S = p/(1 + σ(p − 1))`: a part σ of the work is serial. Amdahl, "Validity of the single processor approach
    /// to achieving large scale computing capabilities", AFIPS Spring Joint Computer Conference (1967), 483–485.
    Amdahl,
    /// `S = p/(1 + σ(p − 1) + κp(p − 1))`: workers also keep each other up pair by pair, and S has a peak.
    /// Gunther, "A General Theory of Computational Scalability Based on Rational Functions", arXiv:0808.1431 (2008).
    Universal,
}

impl Law {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Law::Amdahl => "Amdahl's law",
            Law::Universal => "Universal Scalability Law",
        }
    }

    /// How many numbers of workers over 1 it takes to hold the law against: one more than it has parameters, or any
    /// speed-ups would follow it.
    pub fn counts_needed(self) -> usize {
        match self {
            Law::Amdahl => 2,
            Law::Universal => 3,
        }
    }
}

/// The speed-ups of a sweep over workers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speedups {
    /// Numbers of workers over 1, ascending, each once.
    pub workers: Vec<u32>,
    /// For each pass over the sweep, the speed-up with each of those numbers over a single worker of the same pass.
    pub passes: Vec<Vec<f64>>,
}

/// A number that was estimated. It lies in its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FittedValue {
    /// The best guess.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

/// Why nothing is said by a law.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum NoFit {
    /// There are too few numbers of workers.
    #[error("There are too few numbers of workers to tell.")]
    TooFewCounts {
        /// How many there are, beside 1.
        counts: usize,
        /// How many it takes.
        needed: usize,
    },
    /// There are too few passes for an interval.
    #[error("Too few runs to tell ({passes} of {VALUES_FOR_INTERVAL}): raise \"Measured runs\" (--runs).")]
    TooFewPasses {
        /// How many passes measured all numbers of workers.
        passes: usize,
    },
    /// A speed-up is not a finite number over 0.
    #[error("A speed-up of {speedup} with {workers} workers is no number over 0.")]
    BadSpeedup {
        /// How many workers had it.
        workers: u32,
        /// What it is.
        speedup: f64,
    },
    /// Passes differ so much that nothing is known.
    #[error(
        "Too few runs to tell how much of the work is serial (95 % interval: {} to {}): raise \"Measured runs\" (--runs).",
        Percent(serial.low), Percent(serial.high)
    )]
    Imprecise {
        /// Where the serial part is likely to be.
        serial: Interval,
    },
    /// The serial part comes out below nothing.
    #[error(
        "Faster than the workers allow: {workers} workers are {speedup:.2} times as fast as 1. Suspect the baseline: the run \
         with 1 worker took longer than the work needs."
    )]
    FasterThanWorkers {
        /// How many workers.
        workers: u32,
        /// The median of their speed-ups.
        speedup: f64,
    },
    /// The speed-ups do not follow the law.
    #[error(
        "It does not hold here: the serial fraction {} from {} with {} workers to {} with {}{}.",
        if from.1 < to.1 { "grows" } else { "falls" },
        Percent(from.1), from.0, Percent(to.1), to.0,
        if from.1 < to.1 { ", so it is overhead of the workers and not serial work" } else { "" }
    )]
    AnotherLaw {
        /// The fewest workers, with the serial fraction that they show.
        from: (u32, f64),
        /// And the most.
        to: (u32, f64),
    },
    /// A parameter would have to be below 0.
    #[error("It does not hold here: the speed-ups have another form than its curve.")]
    AnotherForm,
}

/// A law with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The law that was fitted.
    pub law: Law,
    /// σ, the part of the work that is serial, 0 to 1; in the Universal law, what workers wait for one
    /// another (contention).
    pub serial: FittedValue,
    /// κ, what each pair of workers costs to keep in step (coherency), 0 or more; `None` in Amdahl's law.
    pub crosstalk: Option<FittedValue>,
    /// The most workers that were measured: what is said of more is extrapolated.
    pub measured: u32,
    /// The law of each pass, without limits to its parameters.
    curves: Vec<LawCurve>,
}

/// Fits a law to the speed-ups of a worker sweep.
///
/// Each pass has a law of its own: the parameters with the least squares of `ln S` (Gauss–Newton), since times vary in
/// proportion to their size. What is said are the medians of all passes with their intervals ([`median_interval`]): passes are
/// independent of each other, while the speed-ups of a pass have their baseline in common; and a pass that was disturbed
/// counts once. Limits are no matter to that, because the parameters of a pass have none: intervals are cut off at the
/// limits only in the end. A true value within the limits is in an interval before it is cut as often as after it.
///
/// # Errors
/// Why nothing is said.
pub fn fit(law: Law, speedups: &Speedups) -> Result<Fit, NoFit> {
    let Speedups { workers, passes } = speedups;
    let (counts, needed) = (workers.len(), law.counts_needed());
    if counts < needed {
        return Err(NoFit::TooFewCounts { counts, needed });
    }
    for (&workers, &speedup) in passes.iter().flat_map(|pass| workers.iter().zip(pass)) {
        if !(speedup.is_finite() && speedup > 0.0) {
            return Err(NoFit::BadSpeedup { workers, speedup });
        }
    }
    let too_few = NoFit::TooFewPasses { passes: passes.len() };
    let of_pass = |pass: &Vec<f64>| {
        let observations = workers.iter().zip(pass).map(|(workers, speedup)| (f64::from(*workers), *speedup));
        LawCurve::fit(law, &observations.collect::<Vec<_>>())
    };
    let curves: Vec<LawCurve> = passes.iter().map(of_pass).collect();
    let parameter = |of: fn(&LawCurve) -> f64| estimate(curves.iter().map(of)).ok_or(too_few);
    let serial = parameter(|curve| curve.serial)?;
    let crosstalk = parameter(|curve| curve.crosstalk)?;
    let fraction = |at: usize| median(&passes.iter().map(|pass| pass[at]).collect::<Vec<f64>>()).ok_or(too_few);
    if serial.interval.high < -ROUNDING {
        let excess = |at: usize| fraction(at).map(|speedup| (at, speedup / f64::from(workers[at])));
        let most = (0..counts).map(excess).collect::<Result<Vec<_>, _>>()?;
        let most = most.into_iter().max_by(|(_, share), (_, next)| share.total_cmp(next));
        return Err(match most {
            Some((at, share)) if share > 1.0 => {
                NoFit::FasterThanWorkers { workers: workers[at], speedup: share * f64::from(workers[at]) }
            }
            _ => NoFit::AnotherForm,
        });
    }
    if law == Law::Amdahl {
        let last = counts - 1;
        let ends = |pass: &Vec<f64>| Some((karp_flatt(pass[0], workers[0])?, karp_flatt(pass[last], workers[last])?));
        let ends: Vec<(f64, f64)> = passes.iter().filter_map(ends).collect();
        let growth = estimate(ends.iter().map(|(from, to)| to - from)).ok_or(too_few)?;
        if growth.interval.low > ROUNDING || growth.interval.high < -ROUNDING {
            let middle = |at: usize| Ok((workers[at], karp_flatt(fraction(at)?, workers[at]).unwrap_or(f64::NAN)));
            return Err(NoFit::AnotherLaw { from: middle(0)?, to: middle(last)? });
        }
    } else if crosstalk.interval.high < -ROUNDING {
        return Err(NoFit::AnotherForm);
    }
    if serial.interval.width() > UNKNOWN {
        let serial = serial.interval.map(|end| end.clamp(0.0, 1.0));
        return Err(NoFit::Imprecise { serial });
    }
    let limited = |value: f64| if value < ROUNDING { 0.0 } else { value };
    Ok(Fit {
        law,
        serial: serial.map(|value| limited(value).min(1.0)),
        crosstalk: (law == Law::Universal).then_some(crosstalk.map(limited)),
        measured: workers[counts - 1],
        curves,
    })
}

/// The median of the estimates of each pass, with its interval; `None` of too few.
fn estimate(values: impl Iterator<Item = f64>) -> Option<FittedValue> {
    let values: Vec<f64> = values.collect();
    Some(FittedValue { value: median(&values)?, interval: median_interval(&values)? })
}

impl FittedValue {
    /// The estimate of another quantity that grows with this one.
    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self { value: f(self.value), interval: self.interval.map(f) }
    }

    /// The estimate of another quantity that shrinks where this one grows.
    fn map_down(self, f: impl Fn(f64) -> f64) -> Self {
        let Interval { low, high, confidence } = self.interval;
        Self { value: f(self.value), interval: Interval { low: f(high), high: f(low), confidence } }
    }
}

impl Fit {
    /// The speed-up of so many workers, by the law, no more than that number; extrapolated where that is over
    /// [`Fit::measured`]. The interval is that of the curve, not of single runs.
    pub fn predict(&self, workers: u32) -> FittedValue {
        let p = f64::from(workers);
        let costs = estimate(self.curves.iter().map(|curve| curve.cost(p))).expect("a fit has passes enough");
        costs.map_down(|cost| p / cost.max(1.0))
    }

    /// The most that any number of workers can reach by Amdahl's law, `1/σ`. `None` if no part is shown to be serial, and in
    /// the Universal law: there, see [`Fit::peak`].
    pub fn ceiling(&self) -> Option<FittedValue> {
        (self.law == Law::Amdahl && self.serial.interval.low > 0.0).then(|| self.serial.map_down(f64::recip))
    }

    /// The number of workers, 1 or more, after which more of them make it slower: `√((1 − σ)/κ)` (Gunther, 2008). `None`
    /// where it is not shown that workers hinder each other: always so in Amdahl's law.
    pub fn peak(&self) -> Option<FittedValue> {
        self.crosstalk.filter(|crosstalk| crosstalk.interval.low > 0.0)?;
        // The inverse of its square has no pole at κ = 0. Where everything is serial, one worker is the best.
        let inverse = |curve: &LawCurve| match 1.0 - curve.serial {
            parallel if parallel > 0.0 => (curve.crosstalk / parallel).min(1.0),
            _ => 1.0,
        };
        let inverse = estimate(self.curves.iter().map(inverse))?;
        Some(inverse.map_down(|inverse| if inverse > 0.0 { inverse.sqrt().recip() } else { f64::INFINITY }))
    }
}

/// The serial fraction that p workers show by their speed-up S: `(1/S − 1/p)/(1 − 1/p)`. If it grows with p, it
/// is overhead and no serial work. `None` for fewer than 2 workers or a speed-up that is not a number over 0.
///
/// Karp and Flatt, "Measuring parallel processor performance", Communications of the ACM 33 (1990), 539–543.
pub fn karp_flatt(speedup: f64, workers: u32) -> Option<f64> {
    let p = f64::from(workers);
    (workers > 1 && speedup > 0.0 && speedup.is_finite()).then(|| (1.0 / speedup - 1.0 / p) / (1.0 - 1.0 / p))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COUNTS: [u32; 4] = [2, 4, 8, 16];

    /// What a law says of some worker counts, the same in all passes.
    fn exact(serial: f64, crosstalk: f64, counts: &[u32], passes: usize) -> Speedups {
        let curve = LawCurve { serial, crosstalk };
        let pass = counts.iter().map(|workers| curve.speedup(f64::from(*workers))).collect();
        Speedups { workers: counts.to_vec(), passes: vec![pass; passes] }
    }

    #[test]
    fn serial_fractions() {
        // Karp and Flatt's own example: no overhead, a tenth is serial.
        let check = |speedup, workers, expected: f64| {
            let found = karp_flatt(speedup, workers).expect("a fraction");
            assert!((found - expected).abs() < 1e-12, "{found}");
        };
        check(4.0, 4, 0.0);
        check(1.0, 4, 1.0);
        check(4.0 / 1.3, 4, 0.1);
        assert_eq!(karp_flatt(1.0, 1), None);
        assert_eq!(karp_flatt(0.0, 2), None);
        assert_eq!(karp_flatt(f64::NAN, 2), None);
    }

    #[test]
    fn what_cannot_be_fitted() {
        let check = |law, speedups: &Speedups, expected| assert_eq!(fit(law, speedups), Err(expected));
        check(Law::Amdahl, &Speedups::default(), NoFit::TooFewCounts { counts: 0, needed: 2 });
        check(Law::Amdahl, &exact(0.1, 0.0, &[2], 9), NoFit::TooFewCounts { counts: 1, needed: 2 });
        check(Law::Universal, &exact(0.1, 0.0, &[2, 4], 9), NoFit::TooFewCounts { counts: 2, needed: 3 });
        for passes in [0, 1, 2, 5] {
            check(Law::Amdahl, &exact(0.1, 0.0, &[2, 4], passes), NoFit::TooFewPasses { passes });
        }
        let mut speedups = exact(0.1, 0.0, &[2, 4], 6);
        speedups.passes[1][0] = -1.0;
        check(Law::Amdahl, &speedups, NoFit::BadSpeedup { workers: 2, speedup: -1.0 });
    }

    #[test]
    fn faster_than_the_workers_allow_is_no_law() {
        let pass: Vec<f64> = COUNTS.iter().map(|workers| f64::from(*workers) * 1.25).collect();
        let speedups = Speedups { workers: COUNTS.to_vec(), passes: vec![pass; 6] };
        for law in [Law::Amdahl, Law::Universal] {
            let said = fit(law, &speedups).expect_err("no law").to_string();
            assert!(
                said.starts_with("Faster than the workers allow: 16 workers are 20.00 times as fast as 1. Suspect"),
                "{said}"
            );
        }
    }

    #[test]
    fn what_grows_with_the_workers_is_not_serial() {
        let said = fit(Law::Amdahl, &exact(0.01, 0.005, &COUNTS, 6)).expect_err("another law").to_string();
        assert_eq!(
            said,
            "It does not hold here: the serial fraction grows from 2.0 % with 2 workers to 9.0 % with 16, so it is overhead \
             of the workers and not serial work."
        );
    }

    #[test]
    fn linear_speed_up_has_an_interval_with_a_length() {
        let of_pass = |pass: u32| {
            let scatter = |at: u32| 1.0 + 0.01 * f64::from((7 * pass + 3 * at) % 5) - 0.02;
            COUNTS.iter().zip(0..).map(|(workers, at)| f64::from(*workers) * scatter(at)).collect()
        };
        let speedups = Speedups { workers: COUNTS.to_vec(), passes: (0..8).map(of_pass).collect() };
        let fit = fit(Law::Amdahl, &speedups).expect("a fit");
        assert!(fit.serial.interval.low == 0.0 && fit.serial.interval.width() > 0.0005, "{:?}", fit.serial);
        assert_eq!(fit.ceiling(), None, "no part is shown to be serial");
        let said = fit.predict(16);
        assert!(said.interval.high == 16.0 && said.interval.low < 15.9, "{said:?}");
    }

    #[test]
    fn slower_with_every_worker() {
        let pass: Vec<f64> = COUNTS.iter().map(|workers| 1.0 / f64::from(*workers)).collect();
        let speedups = Speedups { workers: COUNTS.to_vec(), passes: vec![pass; 6] };
        assert!(matches!(fit(Law::Amdahl, &speedups), Err(NoFit::AnotherLaw { .. })));
        // σ and κ are 1: p² = 1 + (p − 1) + p(p − 1).
        let fit = fit(Law::Universal, &speedups).expect("a fit");
        assert_eq!(fit.peak().map(|peak| peak.value), Some(1.0));
        assert!(fit.sentence().ends_with(": by this law, more of them are no faster."), "{}", fit.sentence());
    }

    #[test]
    fn a_peak_by_hand() {
        let fit = fit(Law::Universal, &exact(0.1, 0.001, &COUNTS, 6)).expect("a fit");
        assert!((fit.peak().expect("a peak").value - 30.0).abs() < 1e-6);
        assert_eq!((fit.measured, fit.ceiling()), (16, None));
    }

    proptest! {
        #[test]
        fn what_is_estimated_lies_in_its_interval(passes in proptest::collection::vec(proptest::collection::vec(0.2_f64..5.0, 4), 6..12)) {
            let speedups = Speedups { workers: COUNTS.to_vec(), passes };
            for fit in [Law::Amdahl, Law::Universal].into_iter().filter_map(|law| fit(law, &speedups).ok()) {
                let predicted = [2, 3, 16, 100].map(|workers| Some(fit.predict(workers)));
                let all = [Some(fit.serial), fit.crosstalk, fit.peak(), fit.ceiling()].into_iter().chain(predicted);
                for estimate in all.flatten() {
                    prop_assert!(estimate.interval.contains(estimate.value), "{:?}", estimate);
                }
            }
        }

        #[test]
        fn laws_are_recovered(serial in 0.001_f64..0.999, crosstalk in 1e-6_f64..0.1, passes in 6_usize..9) {
            let amdahl = fit(Law::Amdahl, &exact(serial, 0.0, &COUNTS, passes)).expect("a fit");
            prop_assert!((amdahl.serial.value - serial).abs() < 1e-6, "{:?}", amdahl);
            let universal = fit(Law::Universal, &exact(serial, crosstalk, &COUNTS, passes)).expect("a fit");
            let found = universal.crosstalk.expect("it has one").value;
            prop_assert!((universal.serial.value - serial).abs() < 1e-6, "{:?}", universal);
            prop_assert!((found - crosstalk).abs() < 1e-6, "{:?}", universal);
            let law = LawCurve { serial, crosstalk };
            prop_assert!((universal.predict(64).value / law.speedup(64.0) - 1.0).abs() < 1e-6);
        }
    }
}
