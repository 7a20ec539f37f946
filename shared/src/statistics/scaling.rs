//! How speed-up grows with the number of workers: Amdahl's law and the Universal Scalability Law.

mod curve;
mod sentence;

use thiserror::Error;

use self::curve::LawCurve;
use super::interval::student_975;
use super::{CONFIDENCE, Interval};

/// A law has to be held against so many worker counts, or any curve would fit.
const COUNTS_MIN: usize = 3;

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

/// The speed-ups that were measured with a number of workers.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The number of workers that was measured.
    pub workers: u32,
    /// The speed-up of each repetition, in order, over a single worker of the same repetition.
    pub speedups: Vec<f64>,
}

/// A number that was estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// Its 95 % interval; `None` of a single repetition.
    pub interval: Option<Interval>,
}

/// Why no law can be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum FitError {
    /// There are too few different worker counts.
    #[error("{counts} different worker counts were measured; a law needs {COUNTS_MIN}")]
    TooFewCounts {
        /// How many there are.
        counts: usize,
    },
    /// A speed-up is not a finite number over 0.
    #[error("a speed-up of {speedup} at {workers} workers is not a number over 0")]
    BadSpeedup {
        /// How many workers had it.
        workers: u32,
        /// What it is.
        speedup: f64,
    },
    /// A number of workers is 0.
    #[error("no speed-up can be measured with 0 workers")]
    NoWorkers,
}

/// A law with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The law that was fitted.
    pub law: Law,
    /// σ, the part of the work that is serial, 0 to 1; in the Universal law, what workers wait for one
    /// another (contention).
    pub serial: Estimate,
    /// κ, what each pair of workers costs to keep in step (coherency), 0 or more; `None` in Amdahl's law.
    pub crosstalk: Option<Estimate>,
    /// The most workers that were measured: what is said of more is extrapolated.
    pub measured: u32,
    curve: LawCurve,
    /// What the fit would be without each of the repetitions.
    without: Vec<LawCurve>,
}

/// Fits a law to the speed-ups of a worker sweep.
///
/// The parameters are those with the least squares of `ln S` (Gauss–Newton), since times vary in proportion
/// to their size; σ is kept in 0..1 and κ at 0 or over. Every repetition counts.
///
/// Intervals are the jackknife's, leaving out one whole repetition at a time, with Student's t (Tukey's proposal;
/// Miller, "The jackknife – a review", Biometrika 61 (1974), 1–15). Speed-ups of one repetition have their
/// baseline in common, so that they are not independent of each other; repetitions are.
pub fn fit(law: Law, points: &[Point]) -> Result<Fit, FitError> {
    let points: Vec<&Point> = points.iter().filter(|point| !point.speedups.is_empty()).collect();
    let mut counts: Vec<u32> = points.iter().map(|point| point.workers).collect();
    counts.sort_unstable();
    counts.dedup();
    if counts.first() == Some(&0) {
        return Err(FitError::NoWorkers);
    }
    for point in &points {
        if let Some(&speedup) = point.speedups.iter().find(|speedup| !(speedup.is_finite() && **speedup > 0.0)) {
            return Err(FitError::BadSpeedup { workers: point.workers, speedup });
        }
    }
    if counts.len() < COUNTS_MIN {
        return Err(FitError::TooFewCounts { counts: counts.len() });
    }

    let observations: Vec<(usize, f64, f64)> = points
        .iter()
        .flat_map(|point| {
            point
                .speedups
                .iter()
                .enumerate()
                .map(|(repetition, speedup)| (repetition, f64::from(point.workers), *speedup))
        })
        .collect();
    let repetitions = points.iter().map(|point| point.speedups.len()).min().unwrap_or(0);
    let fit_without = |left_out: Option<usize>| {
        let kept = observations.iter().filter(|(repetition, ..)| Some(*repetition) != left_out);
        let kept: Vec<(f64, f64)> = kept.map(|&(_, workers, speedup)| (workers, speedup)).collect();
        LawCurve::fit(law, &kept)
    };
    let free = fit_without(None);
    // Of a single repetition, nothing would be left.
    let without: Vec<LawCurve> = match repetitions {
        0 | 1 => Vec::new(),
        _ => (0..repetitions).map(|repetition| fit_without(Some(repetition))).collect(),
    };
    // Intervals are of the parameters without their limits, and then cut off there: at a limit, leaving out a
    // repetition would change nothing, and the interval would come out too narrow.
    let jackknife = |of: &dyn Fn(&LawCurve) -> f64| jackknifed(of(&free), without.iter().map(of));
    let curve = free.limited(law, &observations.iter().map(|&(_, p, s)| (p, s)).collect::<Vec<_>>());
    // At a limit of one parameter the other one moves: its interval reaches to where it went.
    let reaching = |interval: Interval, value: f64| Interval {
        low: interval.low.min(value),
        high: interval.high.max(value),
        ..interval
    };
    let serial = jackknife(&|curve| curve.serial).map(|interval| interval.map(|end| end.clamp(0.0, 1.0)));
    let serial = serial.map(|interval| reaching(interval, curve.serial));
    let crosstalk = jackknife(&|curve| curve.crosstalk).map(|interval| interval.map(|end| end.max(0.0)));
    let crosstalk = crosstalk.map(|interval| reaching(interval, curve.crosstalk));
    Ok(Fit {
        law,
        serial: Estimate { value: curve.serial, interval: serial },
        crosstalk: (law == Law::Universal).then_some(Estimate { value: curve.crosstalk, interval: crosstalk }),
        measured: counts.last().copied().unwrap_or(0),
        curve,
        without,
    })
}

/// The 95 % interval by the jackknife, from an estimate and the estimates without one of n repetitions each: Student's
/// interval of the mean of the pseudo-values `n·all − (n − 1)·without`, around the estimate itself. `None` for fewer
/// than 2.
fn jackknifed(all: f64, without: impl ExactSizeIterator<Item = f64>) -> Option<Interval> {
    let count = without.len();
    let quantile = student_975(count.checked_sub(1)?)?;
    let n = count as f64;
    let values: Vec<f64> = without.collect();
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let half = quantile * ((n - 1.0) / n * squares).sqrt();
    Some(Interval { low: all - half, high: all + half, confidence: CONFIDENCE })
}

impl Fit {
    /// The speed-up of so many workers, by the law; extrapolated where that is over [`Fit::measured`]. The interval is
    /// that of the curve, not of single runs.
    pub fn predict(&self, workers: u32) -> Estimate {
        let p = f64::from(workers);
        let value = self.curve.speedup(p);
        let logs = self.without.iter().map(|curve| curve.speedup(p).ln());
        // A curve without limits may have no speed-up out there: then there is no interval.
        let interval = jackknifed(value.ln(), logs).map(|interval| interval.map(f64::exp));
        Estimate { value, interval: interval.filter(|interval| interval.low.is_finite() && interval.high.is_finite()) }
    }

    /// The most that any number of workers can reach by Amdahl's law, `1/σ`. `None` if nothing is serial, and in
    /// the Universal law unless κ is 0: there, see [`Fit::peak`].
    pub fn ceiling(&self) -> Option<f64> {
        (self.curve.serial > 0.0 && self.curve.crosstalk == 0.0).then(|| 1.0 / self.curve.serial)
    }

    /// The number of workers, over 1, after which more of them make it slower: `√((1 − σ)/κ)` (Gunther, 2008).
    /// `None` where κ is 0: always so in Amdahl's law.
    pub fn peak(&self) -> Option<f64> {
        (self.curve.crosstalk > 0.0).then(|| ((1.0 - self.curve.serial) / self.curve.crosstalk).sqrt().max(1.0))
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

    const COUNTS: [u32; 5] = [1, 2, 4, 8, 16];

    /// What a law says of some worker counts, the same in all repetitions.
    fn exact(serial: f64, crosstalk: f64, counts: &[u32], repetitions: usize) -> Vec<Point> {
        let curve = LawCurve { serial, crosstalk };
        let point = |&workers: &u32| Point { workers, speedups: vec![curve.speedup(f64::from(workers)); repetitions] };
        counts.iter().map(point).collect()
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
        let check = |points: &[Point], expected| assert_eq!(fit(Law::Universal, points), Err(expected));
        check(&[], FitError::TooFewCounts { counts: 0 });
        check(&exact(0.1, 0.0, &[1, 2, 2], 3), FitError::TooFewCounts { counts: 2 });
        check(&exact(0.1, 0.0, &[1, 2, 4], 0), FitError::TooFewCounts { counts: 0 });
        let mut points = exact(0.1, 0.0, &[1, 2, 4], 2);
        points[1].speedups[1] = -1.0;
        check(&points, FitError::BadSpeedup { workers: 2, speedup: -1.0 });
        points[0].workers = 0;
        check(&points, FitError::NoWorkers);
    }

    #[test]
    fn parameters_stay_within_their_limits() {
        // Better than linear: nothing is serial.
        let points: Vec<Point> = COUNTS.map(|p| Point { workers: p, speedups: vec![f64::from(p).powf(1.1)] }).into();
        for law in [Law::Amdahl, Law::Universal] {
            let fit = fit(law, &points).expect("a fit");
            assert_eq!((fit.serial.value, fit.serial.interval), (0.0, None));
            assert_eq!((fit.peak(), fit.ceiling()), (None, None));
            assert_eq!(fit.predict(32).value, 32.0);
        }
        // Slower with every worker: Amdahl's law knows nothing over "all of it is serial".
        let points: Vec<Point> = COUNTS.map(|p| Point { workers: p, speedups: vec![1.0 / f64::from(p); 3] }).into();
        let amdahl = fit(Law::Amdahl, &points).expect("a fit");
        assert_eq!((amdahl.serial.value, amdahl.ceiling()), (1.0, Some(1.0)));
        let universal = fit(Law::Universal, &points).expect("a fit");
        assert!(universal.predict(16).value < 0.2 && universal.peak() < Some(2.0), "{universal:?}");
    }

    #[test]
    fn a_peak_by_hand() {
        let fit = fit(Law::Universal, &exact(0.1, 0.001, &COUNTS, 3)).expect("a fit");
        assert!((fit.peak().expect("a peak") - 30.0).abs() < 1e-6);
        assert_eq!((fit.measured, fit.ceiling()), (16, None));
    }

    proptest! {
        #[test]
        fn what_is_estimated_lies_in_its_interval(speedups in proptest::collection::vec(0.2_f64..5.0, 9)) {
            let point = |(workers, speedups): (&u32, &[f64])| Point { workers: *workers, speedups: speedups.to_vec() };
            let points: Vec<Point> = COUNTS.iter().zip(speedups.chunks(3)).map(point).collect();
            for law in [Law::Amdahl, Law::Universal] {
                let fit = fit(law, &points).expect("a fit");
                for one in [Some(fit.serial), fit.crosstalk].into_iter().flatten() {
                    prop_assert!(one.interval.expect("three repetitions").contains(one.value), "{:?}", one);
                }
            }
        }

        #[test]
        fn laws_are_recovered(serial in 0.0_f64..1.0, crosstalk in 1e-6_f64..0.1, repetitions in 1_usize..4) {
            let amdahl = fit(Law::Amdahl, &exact(serial, 0.0, &COUNTS, repetitions)).expect("a fit");
            prop_assert!((amdahl.serial.value - serial).abs() < 1e-6, "{:?}", amdahl);
            let universal = fit(Law::Universal, &exact(serial, crosstalk, &COUNTS, repetitions)).expect("a fit");
            let found = universal.crosstalk.expect("it has one").value;
            prop_assert!((universal.serial.value - serial).abs() < 1e-6, "{:?}", universal);
            prop_assert!((found - crosstalk).abs() < 1e-6, "{:?}", universal);
            let law = LawCurve { serial, crosstalk };
            prop_assert!((universal.predict(64).value / law.speedup(64.0) - 1.0).abs() < 1e-6);
        }
    }
}
