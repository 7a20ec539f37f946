//! `nbody`: planets that attract each other, which the latency of floats limits.

use parlab_work::{Sizes, Task, Workload};

/// Steps between two looks at whether somebody still waits.
const CHUNK: u64 = 20_000;
/// How far time goes in a step.
const STEP: f64 = 0.01;

/// Moves five bodies, step by step; each waits for the one before. The problem is the Computer Language Benchmarks Game's.
pub struct Nbody;

/// A body: where it is, how fast it moves, its mass.
#[derive(Clone, Copy)]
pub struct Body {
    place: [f64; 3],
    speed: [f64; 3],
    mass: f64,
}

impl Workload for Nbody {
    const NAME: &'static str = "nbody";
    const ABOUT: &'static str = "move five bodies that attract each other";
    const SIZE: &'static str = "steps in time per task";
    const SIZES: Sizes = Sizes { smoke: 10_000, lab: 1_000_000, most: 1 << 32 };

    type Input = [Body; 5];

    fn setup(_: &Task<'_>) -> [Body; 5] {
        start(0)
    }

    fn routine(bodies: &mut [Body; 5], task: &Task<'_>) -> u64 {
        *bodies = start(task.id);
        let mut left = task.size;
        while left > 0 {
            if task.is_cancelled() {
                return 0;
            }
            let steps = left.min(CHUNK);
            advance(bodies, steps);
            left -= steps;
        }
        let numbers = bodies.iter().flat_map(|body| body.place.iter().chain(&body.speed));
        numbers.fold(0, |digest: u64, number| digest.rotate_left(5) ^ number.to_bits())
    }

    fn steps(size: u64) -> Option<u64> {
        // Ten pairs, each with a root and a division.
        Some(size.saturating_mul(40))
    }
}

/// A sun and four planets around it, a little apart from where those of another task begin.
fn start(task: u32) -> [Body; 5] {
    let apart = f64::from(task) * 1e-6;
    let planet = |far: f64, mass: f64| Body {
        place: [far + apart, far / 3.0, far / 50.0],
        speed: [-0.4 / far.sqrt(), 1.2 / far.sqrt(), 0.01],
        mass,
    };
    let sun = Body { place: [0.0; 3], speed: [0.0; 3], mass: 1.0 };
    [sun, planet(1.0, 1e-3), planet(1.8, 3e-4), planet(3.1, 4e-5), planet(5.2, 5e-5)]
}

/// Lets some steps pass.
#[inline(never)]
fn advance(bodies: &mut [Body; 5], steps: u64) {
    for _ in 0..steps {
        for at in 1..bodies.len() {
            let (before, rest) = bodies.split_at_mut(at);
            let body = &mut rest[0];
            before.iter_mut().for_each(|earlier| attract(body, earlier));
        }
        for Body { place, speed, .. } in bodies.iter_mut() {
            place.iter_mut().zip(speed).for_each(|(place, speed)| *place += STEP * *speed);
        }
    }
}

/// Has two bodies attract each other for a step.
#[inline]
fn attract(body: &mut Body, other: &mut Body) {
    let [x, y, z] = [0, 1, 2].map(|axis| body.place[axis] - other.place[axis]);
    let square = x * x + y * y + z * z;
    let pull = STEP / (square * square.sqrt());
    let speeds = body.speed.iter_mut().zip(&mut other.speed);
    for ((of_body, of_other), apart) in speeds.zip([x, y, z]) {
        *of_body -= apart * other.mass * pull;
        *of_other += apart * body.mass * pull;
    }
}
