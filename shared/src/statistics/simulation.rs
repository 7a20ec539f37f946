//! Claims are held to what they say: the truth is known, experiments are simulated, and 95 % of the intervals have to contain
//! it.
//!
//! The tests simulate a few experiments of each claim; 20,000 of each take a few minutes with
//! `cargo run --release -p parlab-shared --features fixture --example coverage`.

use std::ops::RangeInclusive;

use super::scaling::{Fit, FittedValue, Law, NoFit, Speedups, fit, karp_flatt};
use super::{
    Interval, RatioEstimate, Verdict, drift, geometric_mean, median_interval, paired_ratio, ratio_interval, verdicts,
};
use crate::draw;

/// What is asked of a claim of 95 %.
const HOLDS: RangeInclusive<f64> = 0.94..=0.96;
/// What is asked of a claim that is known to be weaker, and said to be.
const WEAKER: RangeInclusive<f64> = 0.90..=0.96;
/// What is asked where at most 5 % may be wrong.
const AT_LEAST: RangeInclusive<f64> = 0.95..=1.0;

/// Numbers drawn by chance, one after the other.
pub struct Chance {
    seed: u64,
    next: u64,
}

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.next += 1;
        draw::uniform(self.seed, self.next)
    }

    /// A standard normal draw (Box and Muller, 1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// A time as benchmarks have them, with median 2: never under 1, often near the median, sometimes far over it.
    fn time(&mut self) -> f64 {
        1.0 + (0.5 * self.normal()).exp()
    }

    fn times(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.time()).collect()
    }
}

/// How an experiment went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// What was claimed is true.
    Holds,
    /// The truth is below the interval, or the claim is wrong.
    Below,
    /// The truth is above the interval.
    Above,
    /// Nothing was claimed.
    Withheld,
}

impl Coverage {
    fn of(interval: Option<Interval>, truth: f64) -> Self {
        match interval {
            None => Self::Withheld,
            Some(interval) if truth < interval.low => Self::Below,
            Some(interval) if truth > interval.high => Self::Above,
            Some(_) => Self::Holds,
        }
    }

    fn if_true(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Below }
    }
}

/// Something that is claimed of experiments, with a way to simulate them.
pub struct Claim {
    /// What is claimed of which experiments.
    pub name: String,
    /// In which share of those experiments in which something is claimed it has to be true, 0 to 1.
    pub wanted: RangeInclusive<f64>,
    /// How many times as long an experiment takes as the short ones.
    pub effort: u64,
    experiment: Box<dyn Fn(&mut Chance) -> Coverage>,
}

/// How experiments went: shares of those in which something was claimed, and of all for [`Found::withheld`], 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The claim was true.
    pub holds: f64,
    /// The truth was below the interval.
    pub below: f64,
    /// The truth was above it.
    pub above: f64,
    /// Nothing was claimed.
    pub withheld: f64,
    /// What `holds` is uncertain by: two standard errors.
    pub error: f64,
}

impl Claim {
    fn new(name: String, wanted: RangeInclusive<f64>, experiment: impl Fn(&mut Chance) -> Coverage + 'static) -> Self {
        Self { name, wanted, effort: 1, experiment: Box::new(experiment) }
    }

    fn taking(self, effort: u64) -> Self {
        Self { effort, ..self }
    }

    /// Simulates so many experiments.
    pub fn simulate(&self, experiments: u64) -> Found {
        let outcomes: Vec<Coverage> =
            (0..experiments).map(|seed| (self.experiment)(&mut Chance { seed, next: 0 })).collect();
        let count = |outcome| outcomes.iter().filter(|found| **found == outcome).count() as f64;
        let claimed = experiments as f64 - count(Coverage::Withheld);
        let [holds, below, above] =
            [Coverage::Holds, Coverage::Below, Coverage::Above].map(|outcome| count(outcome) / claimed);
        let error = 2.0 * (holds * (1.0 - holds) / claimed).sqrt();
        Found { holds, below, above, withheld: count(Coverage::Withheld) / experiments as f64, error }
    }
}

/// Everything that is claimed.
pub fn claims() -> Vec<Claim> {
    [medians(), ratios(), laws(), words()].into_iter().flatten().collect()
}

fn medians() -> Vec<Claim> {
    let of = [6, 7, 8, 10, 15, 20, 50, 200].map(|n| {
        Claim::new(format!("median of {n} runs"), HOLDS, move |draws| {
            Coverage::of(median_interval(&draws.times(n)), 2.0)
        })
        .taking(1 + n as u64 / 50)
    });
    // As a schedule does it that takes runs until the interval is narrow: see `Warning::EndedWhenNarrow`.
    let until = [0.1, 0.2].map(|half_width| {
        Claim::new(format!("median, runs until ±{} %", 100.0 * half_width), WEAKER, move |draws| {
            let mut times = Vec::new();
            loop {
                times.push(draws.time());
                let narrow = median_interval(&times).filter(|interval| interval.relative_half_width() <= half_width);
                if narrow.is_some() {
                    return Coverage::of(narrow, 2.0);
                }
            }
        })
        .taking(10)
    });
    let ratio_until = [0.1, 0.2].map(|half_width| {
        Claim::new(format!("speed-up, passes until ±{} %", 100.0 * half_width), WEAKER, move |draws| {
            let mut pairs = Vec::new();
            loop {
                pairs.push((1.5 * draws.time(), draws.time()));
                let interval = paired_ratio(&pairs).and_then(|ratio| ratio.interval);
                let narrow = interval.filter(|interval| interval.relative_half_width() <= half_width);
                if narrow.is_some() {
                    return Coverage::of(narrow, 1.5);
                }
            }
        })
        .taking(20)
    });
    of.into_iter().chain(until).chain(ratio_until).collect()
}

fn ratios() -> Vec<Claim> {
    let sizes = [(6, 6), (8, 8), (10, 10), (20, 20), (50, 50), (200, 200), (6, 30), (10, 100)];
    let of_two = sizes.map(|(n, m)| {
        Claim::new(format!("ratio of {n} runs and {m}"), HOLDS, move |draws| {
            let first: Vec<f64> = draws.times(n).iter().map(|time| 1.5 * time).collect();
            let ratio = ratio_interval(&first, &draws.times(m));
            Coverage::of(ratio.and_then(|ratio| ratio.interval), 1.5)
        })
        .taking(2 + (n + m) as u64 / 50)
    });
    // Each pass has a speed of its own, and the machine gets slower all the time.
    let speedups = [6, 8, 10, 20, 30, 50].map(|n| {
        Claim::new(format!("speed-up in {n} passes, drifting"), HOLDS, move |draws| {
            let pass = |pass: usize| {
                let speed = (0.2 * draws.normal()).exp() * (1.0 + pass as f64 / 10.0);
                (1.5 * speed * draws.time(), speed * draws.time())
            };
            let pairs: Vec<(f64, f64)> = (0..n).map(pass).collect();
            Coverage::of(paired_ratio(&pairs).and_then(|ratio| ratio.interval), 1.5)
        })
    });
    // A step between platforms takes four runs of each pass.
    let steps = [6, 10, 20].map(|n| {
        Claim::new(format!("step between platforms in {n} passes"), HOLDS, move |draws| {
            let [one, two, three, four] = in_turn(draws, n);
            let step = |pass: usize| (1.2 * one[pass] * four[pass], two[pass] * three[pass]);
            let pairs: Vec<(f64, f64)> = (0..n).map(step).collect();
            Coverage::of(paired_ratio(&pairs).and_then(|ratio| ratio.interval), 1.2)
        })
        .taking(2)
    });
    let points = [10, 30].map(|n| {
        Claim::new(format!("the speed-up in {n} passes lies in its interval"), 1.0..=1.0, move |draws| {
            let pairs: Vec<(f64, f64)> = (0..n).map(|_| (draws.time(), draws.time())).collect();
            let inside = |ratio: RatioEstimate| ratio.interval.is_some_and(|interval| interval.contains(ratio.ratio));
            Coverage::if_true(paired_ratio(&pairs).is_some_and(inside))
        })
    });
    let means = [(2, 6), (10, 6), (10, 20)].map(|(rows, n)| {
        Claim::new(format!("geometric mean of {rows} ratios of {n} runs each"), AT_LEAST, move |draws| {
            let mut ratio = |_| ratio_interval(&draws.times(n), &draws.times(n));
            let ratios: Option<Vec<RatioEstimate>> = (0..rows).map(&mut ratio).collect();
            Coverage::of(ratios.and_then(|ratios| geometric_mean(&ratios)?.interval), 1.0)
        })
        .taking(2 * rows)
    });
    let means_of_pairs = [(2, 6), (10, 6), (10, 20)].map(|(rows, n)| {
        Claim::new(format!("geometric mean of {rows} ratios of platforms in {n} passes"), AT_LEAST, move |draws| {
            let ratio = |_| {
                let [one, two] = in_turn(draws, n);
                paired_ratio(&one.into_iter().zip(two).collect::<Vec<_>>())
            };
            let ratios: Option<Vec<RatioEstimate>> = (0..rows).map(ratio).collect();
            Coverage::of(ratios.and_then(|ratios| geometric_mean(&ratios)?.interval), 1.0)
        })
        .taking(2 * rows)
    });
    of_two.into_iter().chain(speedups).chain(steps).chain(points).chain(means).chain(means_of_pairs).collect()
}

/// The times of several platforms that take turns: each pass has a speed of its own, which is that of all of them.
fn in_turn<const PLATFORMS: usize>(chance: &mut Chance, passes: usize) -> [Vec<f64>; PLATFORMS] {
    let speeds: Vec<f64> = (0..passes).map(|_| (0.2 * chance.normal()).exp()).collect();
    std::array::from_fn(|_| speeds.iter().map(|speed| speed * chance.time()).collect())
}

/// What work takes with p workers, in parts of what it would take if they did not hinder each other.
type Cost = fn(f64) -> f64;

/// The speed-ups of some passes over a sweep. Times vary alone, and with their baseline, which a pass has in common.
fn sweep(draws: &mut Chance, workers: &[u32], passes: usize, cost: Cost) -> Speedups {
    let mut pass = |_| {
        let baseline = 0.03 * draws.normal();
        let speedup = |workers: &u32| {
            let p = f64::from(*workers);
            p / cost(p) * (baseline + 0.03 * draws.normal()).exp()
        };
        workers.iter().map(speedup).collect()
    };
    Speedups { workers: workers.to_vec(), passes: (0..passes).map(&mut pass).collect() }
}

fn laws() -> Vec<Claim> {
    let linear: Cost = |_| 1.0;
    let serial: Cost = |p| 1.0 + 0.1 * (p - 1.0);
    let contended: Cost = |p| 1.0 + 0.05 * (p - 1.0) + 0.01 * p * (p - 1.0);
    // A tenth is serial, and there are four cores: with more workers than those, speed-up stays where it was.
    let shared: Cost = |p| p / p.min(4.0) * (1.0 + 0.1 * (p.min(4.0) - 1.0));
    let all: &'static [u32] = &[2, 4, 8, 16];
    let within: &'static [u32] = &[2, 3, 4];
    type Of = fn(&Fit) -> Option<FittedValue>;
    type Case = (&'static str, Law, &'static [u32], Cost, Of, f64);
    let sigma: Of = |fit| Some(fit.serial);
    let kappa: Of = |fit| fit.crosstalk;
    let at_32: Of = |fit| Some(fit.predict(32));
    let cases: [Case; 10] = [
        ("Amdahl, linear: σ", Law::Amdahl, all, linear, sigma, 0.0),
        ("Amdahl, 10 % serial: σ", Law::Amdahl, all, serial, sigma, 0.1),
        ("Amdahl, 10 % serial: speed-up of 32 workers", Law::Amdahl, all, serial, at_32, 32.0 / serial(32.0)),
        ("Amdahl, 10 % serial, up to 16 workers on 4 cores: σ", Law::Amdahl, within, shared, sigma, 0.1),
        ("Universal, linear: σ", Law::Universal, all, linear, sigma, 0.0),
        ("Universal, linear: κ", Law::Universal, all, linear, kappa, 0.0),
        ("Universal, 10 % serial: κ", Law::Universal, all, serial, kappa, 0.0),
        ("Universal, contended: σ", Law::Universal, all, contended, sigma, 0.05),
        ("Universal, contended: κ", Law::Universal, all, contended, kappa, 0.01),
        ("Universal, contended: speed-up of 32 workers", Law::Universal, all, contended, at_32, 32.0 / contended(32.0)),
    ];
    let of_case = |passes: usize| {
        cases.map(|(name, law, workers, cost, of, truth)| {
            // At a limit, an interval that would lie beyond it is withheld, and the others hold the truth more often.
            let wanted = if truth == 0.0 { 0.94..=1.0 } else { HOLDS };
            Claim::new(format!("{name}, {passes} passes"), wanted, move |draws| {
                let told = fit(law, &sweep(draws, workers, passes, cost));
                Coverage::of(told.ok().as_ref().and_then(of).map(|estimate| estimate.interval), truth)
            })
            .taking(20)
        })
    };
    let fractions = [6, 20].map(|passes| {
        Claim::new(format!("Karp-Flatt with 4 workers, 10 % serial, {passes} passes"), HOLDS, move |draws| {
            let speedups = sweep(draws, &[4], passes, serial);
            let pairs: Vec<(f64, f64)> = speedups.passes.iter().map(|pass| (pass[0], 1.0)).collect();
            let interval = paired_ratio(&pairs).and_then(|ratio| ratio.interval);
            let fraction = |speedup| karp_flatt(speedup, 4).unwrap_or(f64::NAN);
            let interval = interval.map(|ends| Interval { low: fraction(ends.high), high: fraction(ends.low), ..ends });
            Coverage::of(interval, 0.1)
        })
    });
    let contradicted = [6, 20].map(|passes| {
        let name = format!("Amdahl is not held against contended work, {passes} passes");
        Claim::new(name, AT_LEAST, move |draws| {
            let told = fit(Law::Amdahl, &sweep(draws, all, passes, contended));
            Coverage::if_true(matches!(told, Err(NoFit::AnotherLaw { .. })))
        })
        .taking(10)
    });
    [6, 20].into_iter().flat_map(of_case).chain(fractions).chain(contradicted).collect()
}

fn words() -> Vec<Claim> {
    let tables = [6, 10, 20].map(|n| {
        Claim::new(format!("no false word in a table of 80 equal rows of {n} runs"), AT_LEAST, move |draws| {
            let mut ratio = |_| ratio_interval(&draws.times(n), &draws.times(n));
            let ratios: Vec<RatioEstimate> = (0..80).filter_map(&mut ratio).collect();
            Coverage::if_true(verdicts(&ratios, 1.0).iter().all(|verdict| *verdict == Verdict::CannotTell))
        })
        .taking(200)
    });
    // As in a pair: each pass has a speed of its own, and two platforms are divided by the same third one.
    let pairs = [6, 10, 20].map(|n| {
        Claim::new(
            format!("no false word in a pair of 40 equal rows on 3 platforms in {n} passes"),
            AT_LEAST,
            move |draws| {
                let mut ratios = Vec::new();
                for _ in 0..40 {
                    let [first, second, third] = in_turn(draws, n);
                    let pairs = |part: Vec<f64>| part.into_iter().zip(first.iter().copied()).collect::<Vec<_>>();
                    ratios.extend([second, third].into_iter().filter_map(|part| paired_ratio(&pairs(part))));
                }
                Coverage::if_true(verdicts(&ratios, 1.0).iter().all(|verdict| *verdict == Verdict::CannotTell))
            },
        )
        .taking(200)
    });
    // As `say::statements` decides, by the ratios of all others to the row with the smallest median.
    let to_fastest = |draws: &mut Chance, rows: usize, n: usize| -> Vec<RatioEstimate> {
        let rows: Vec<Vec<f64>> = (0..rows).map(|_| draws.times(n)).collect();
        let medians: Vec<f64> = rows.iter().filter_map(|row| super::median(row)).collect();
        let fastest = (0..rows.len()).min_by(|row, next| medians[*row].total_cmp(&medians[*next])).unwrap_or(0);
        let others = rows.iter().enumerate().filter(|(row, _)| *row != fastest);
        let pairs = |row: &[f64]| row.iter().copied().zip(rows[fastest].iter().copied()).collect::<Vec<_>>();
        others.filter_map(|(_, row)| paired_ratio(&pairs(row))).collect()
    };
    let fastest = [6, 10, 20].map(|n| {
        Claim::new(format!("no fastest of six equal rows in {n} passes"), AT_LEAST, move |draws| {
            let is_slower = |ratio: &RatioEstimate| ratio.verdict() == Verdict::Slower;
            Coverage::if_true(!to_fastest(draws, 6, n).iter().all(is_slower))
        })
        .taking(10)
    });
    let longer = [(6, 6), (6, 20), (12, 6), (12, 20)].map(|(rows, n)| {
        Claim::new(format!("none of {rows} equal rows takes longer in {n} passes"), AT_LEAST, move |draws| {
            let is_slower = |ratio: &RatioEstimate| ratio.is_slower_of_any_pair(rows);
            Coverage::if_true(!to_fastest(draws, rows, n).iter().any(is_slower))
        })
        .taking(20)
    });
    // The test is of whole ranks: with few of them it cannot be exact.
    let drifts = [4, 6, 10, 30].map(|n| {
        Claim::new(format!("no drift in {n} runs"), 0.94..=1.0, move |draws| {
            Coverage::if_true(drift(&draws.times(n)).is_some_and(|drift| drift.p >= 0.05))
        })
        .taking(1 + n as u64 / 5)
    });
    tables.into_iter().chain(pairs).chain(fastest).chain(longer).chain(drifts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What all experiments of a test cost together, in short ones: a few seconds without optimisation.
    const EFFORT: u64 = 4_000;

    /// Simulates some experiments of each claim. What they cannot tell from chance passes here; the example tells.
    fn check(claims: Vec<Claim>) {
        for claim in claims {
            let experiments = (EFFORT / claim.effort).max(100);
            let found = claim.simulate(experiments);
            // Four standard errors of what is wanted: one test in ten thousand is wrong by chance, and always the same one.
            let chance = 4.0 * (0.05 * 0.95 / (experiments as f64 * (1.0 - found.withheld))).sqrt();
            let (low, high) = (claim.wanted.start() - chance, claim.wanted.end() + chance);
            assert!((low..=high).contains(&found.holds), "{}: {found:?}, {experiments} experiments", claim.name);
        }
    }

    #[test]
    fn medians_hold() {
        check(medians());
    }

    #[test]
    fn ratios_and_speedups_hold() {
        check(ratios());
    }

    #[test]
    fn laws_hold() {
        check(laws());
    }

    #[test]
    fn words_hold() {
        check(words());
    }
}
