//! A law's curve, and the curve that is nearest to some speed-ups.

use super::Law;

/// The Gauss–Newton steps after which the search is given up; it takes about ten.
const STEPS_MAX: usize = 100;
/// A step that is shorter than this is none.
const STEP_MIN: f64 = 1e-10;
/// So often a step that would lead away is halved before the search ends.
const HALVINGS_MAX: i32 = 20;

/// `S = p/(1 + σ(p − 1) + κp(p − 1))`; Amdahl's law is that of κ = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LawCurve {
    pub serial: f64,
    pub crosstalk: f64,
}

impl LawCurve {
    /// The curve through the speed-ups of `(workers, speed-up)` with the least squares of logarithms, whatever
    /// its parameters; beginning at the least squares of `p/S − 1`, which are linear.
    pub fn fit(law: Law, observations: &[(f64, f64)]) -> Self {
        let free = [true, law == Law::Universal];
        let residual = |&(p, s): &(f64, f64)| (basis(p), p / s - 1.0);
        let mut curve = solve(observations.iter().map(residual), free);
        if observations.iter().any(|&(p, _)| curve.cost(p) <= 0.0) {
            curve = Self { serial: 0.0, crosstalk: 0.0 };
        }
        curve.descend(free, observations)
    }

    /// The nearest curve that can be reached from this one by changing the parameters that are free.
    fn descend(mut self, free: [bool; 2], observations: &[(f64, f64)]) -> Self {
        for _ in 0..STEPS_MAX {
            // How ln(p/S) differs from ln(cost), and how ln(cost) grows with the parameters.
            let residual = |&(p, s): &(f64, f64)| {
                let cost = self.cost(p);
                (basis(p).map(|slope| slope / cost), (p / s / cost).ln())
            };
            let step = solve(observations.iter().map(residual), free);
            if step.serial.abs() + step.crosstalk.abs() < STEP_MIN {
                break;
            }
            let Some(next) = self.towards(step, observations) else { break };
            self = next;
        }
        self
    }

    /// The speed-up of so many workers.
    pub fn speedup(self, workers: f64) -> f64 {
        workers / self.cost(workers)
    }

    /// What p workers take, in parts of what they would take if they did not hinder each other.
    pub fn cost(self, p: f64) -> f64 {
        let [serial, crosstalk] = basis(p);
        1.0 + self.serial * serial + self.crosstalk * crosstalk
    }

    /// The sum of squares of what `ln S` is off by.
    fn squares(self, observations: &[(f64, f64)]) -> f64 {
        observations.iter().map(|&(p, s)| (s / self.speedup(p)).ln().powi(2)).sum()
    }

    /// The curve after a step, or after the half, the quarter … of it: the first that is no worse. `None`
    /// where none is.
    fn towards(self, step: Self, observations: &[(f64, f64)]) -> Option<Self> {
        let before = self.squares(observations);
        (0..=HALVINGS_MAX).map(|halvings| 0.5_f64.powi(halvings)).find_map(|part| {
            let serial = self.serial + part * step.serial;
            let next = Self { serial, crosstalk: self.crosstalk + part * step.crosstalk };
            let real = observations.iter().all(|&(p, _)| next.cost(p) > 0.0);
            (real && next.squares(observations) <= before).then_some(next)
        })
    }
}

/// By what the two parameters are multiplied.
fn basis(p: f64) -> [f64; 2] {
    [p - 1.0, p * (p - 1.0)]
}

/// Linear least squares of `y = a·x` in the parameters that are free; the others are 0.
fn solve(rows: impl Iterator<Item = ([f64; 2], f64)>, free: [bool; 2]) -> LawCurve {
    let [mut aa, mut ab, mut bb, mut ay, mut by] = [0.0; 5];
    for ([a, b], y) in rows {
        let (a, b) = (if free[0] { a } else { 0.0 }, if free[1] { b } else { 0.0 });
        (aa, ab, bb, ay, by) = (aa + a * a, ab + a * b, bb + b * b, ay + a * y, by + b * y);
    }
    let determinant = aa * bb - ab * ab;
    match free {
        [true, true] => {
            LawCurve { serial: (ay * bb - by * ab) / determinant, crosstalk: (by * aa - ay * ab) / determinant }
        }
        [true, false] => LawCurve { serial: ay / aa, crosstalk: 0.0 },
        _ => LawCurve { serial: 0.0, crosstalk: by / bb },
    }
}
