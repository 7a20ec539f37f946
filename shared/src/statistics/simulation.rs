//! Intervals are held to what they claim: the truth is known, experiments are simulated, and 95 % of the
//! intervals have to contain it.

use super::scaling::{Law, Point, fit};
use super::*;
use crate::draw;

/// How many experiments are simulated for each claim. The part of them whose interval contains the truth then
/// has a standard error of 0.15 %.
const EXPERIMENTS: u64 = 20_000;

/// What is asked of a claim of 95 %.
#[derive(Clone, Copy, Debug)]
enum Claim {
    /// 94 to 96 % of the intervals contain the truth.
    Holds,
    /// 94 % do, or more: the interval is wider than it would have to be.
    Conservative,
    /// 90 to 96 % do: the claim is weaker, and said to be.
    Weaker,
}

/// Draws by chance, one after the other.
struct Draws {
    seed: u64,
    next: u64,
}

impl Draws {
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
}

/// Simulates experiments and checks how many of their intervals contain the truth.
fn check(name: &str, claim: Claim, truth: f64, experiment: impl Fn(&mut Draws) -> Option<Interval>) {
    let holds = |seed: &u64| {
        let mut draws = Draws { seed: *seed, next: 0 };
        experiment(&mut draws).expect("an interval").contains(truth)
    };
    let coverage = (0..EXPERIMENTS).filter(holds).count() as f64 / EXPERIMENTS as f64;
    let range = match claim {
        Claim::Holds => 0.94..=0.96,
        Claim::Conservative => 0.94..=1.0,
        Claim::Weaker => 0.90..=0.96,
    };
    assert!(range.contains(&coverage), "{name}: {coverage}");
}

#[test]
fn medians() {
    for n in [6, 7, 8, 10, 15, 20, 50, 200] {
        check(&format!("median of {n}"), Claim::Holds, 2.0, |draws| {
            let times: Vec<f64> = (0..n).map(|_| draws.time()).collect();
            median_interval(&times)
        });
    }
}

/// As a schedule does it that takes runs until the interval is narrow: see `Warning::EndedWhenNarrow`.
#[test]
fn medians_of_runs_that_end_when_the_interval_is_narrow() {
    for half_width in [0.1, 0.2] {
        check(&format!("median until ±{half_width}"), Claim::Weaker, 2.0, |draws| {
            let mut times: Vec<f64> = Vec::new();
            loop {
                times.push(draws.time());
                let narrow = median_interval(&times).filter(|interval| interval.relative_half_width() <= half_width);
                if narrow.is_some() {
                    return narrow;
                }
            }
        });
    }
}

#[test]
fn ratios_of_medians() {
    for (n, m) in [(6, 6), (8, 8), (10, 10), (20, 20), (50, 50), (6, 30), (200, 200)] {
        check(&format!("ratio of {n} and {m}"), Claim::Conservative, 1.5, |draws| {
            let first: Vec<f64> = (0..n).map(|_| 1.5 * draws.time()).collect();
            let second: Vec<f64> = (0..m).map(|_| draws.time()).collect();
            ratio_interval(&first, &second)?.interval
        });
    }
}

#[test]
fn ratios_in_pairs() {
    for n in [6, 8, 10, 20, 50] {
        check(&format!("{n} pairs"), Claim::Holds, 1.5, |draws| {
            let pairs: Vec<(f64, f64)> = (0..n).map(|_| (1.5 * draws.time(), draws.time())).collect();
            paired_ratio(&pairs)?.interval
        });
    }
}

#[test]
fn geometric_means() {
    for n in [2, 3, 5, 10, 30] {
        check(&format!("geometric mean of {n}"), Claim::Holds, 1.5, |draws| {
            let ratios: Vec<f64> = (0..n).map(|_| 1.5 * (0.3 * draws.normal()).exp()).collect();
            geometric_mean(&ratios)?.interval
        });
    }
}

#[test]
fn laws_of_scaling() {
    for repetitions in [3, 8] {
        // Times of a repetition vary alone and with their baseline, which they have in common.
        let points = |draws: &mut Draws, cost: fn(f64) -> f64| {
            let counts = [1, 2, 4, 8];
            let mut points = counts.map(|workers| Point { workers, speedups: Vec::new() });
            for _ in 0..repetitions {
                let baseline = 0.03 * draws.normal();
                for point in &mut points {
                    let p = f64::from(point.workers);
                    point.speedups.push(p / cost(p) * (baseline + 0.03 * draws.normal()).exp());
                }
            }
            points
        };
        check(&format!("Amdahl's σ, {repetitions} repetitions"), Claim::Holds, 0.2, |draws| {
            fit(Law::Amdahl, &points(draws, |p| 1.0 + 0.2 * (p - 1.0))).ok()?.serial.interval
        });
        check(&format!("κ, {repetitions} repetitions"), Claim::Holds, 0.03, |draws| {
            let points = points(draws, |p| 1.0 + 0.2 * (p - 1.0) + 0.03 * p * (p - 1.0));
            fit(Law::Universal, &points).ok()?.crosstalk?.interval
        });
    }
}

#[test]
fn no_drift_is_seldom_taken_for_one() {
    for n in [4, 6, 10, 30] {
        let alarm = |seed: &u64| {
            let mut draws = Draws { seed: *seed, next: 0 };
            let times: Vec<f64> = (0..n).map(|_| draws.time()).collect();
            drift(&times).expect("enough times").p < 0.05
        };
        let alarms = (0..EXPERIMENTS).filter(alarm).count() as f64 / EXPERIMENTS as f64;
        assert!(alarms <= 0.06, "{n}: {alarms}");
    }
}
