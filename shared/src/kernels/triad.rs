//! `triad`: numbers read from memory and written to it, whose bandwidth is the limit.

use parlab_work::{Sizes, Task, Workload};

use super::fraction;

/// How often a task goes over all numbers.
const PASSES: u32 = 8;
/// Numbers between two looks at whether somebody still waits.
const CHUNK: usize = 1 << 18;

/// `a = b + factor × c` for long lists of doubles. Source: the STREAM benchmark's Triad (McCalpin).
pub struct Triad;

/// The three lists.
pub struct Lists {
    sums: Vec<f64>,
    plain: Vec<f64>,
    scaled: Vec<f64>,
}

impl Workload for Triad {
    const NAME: &'static str = "triad";
    const ABOUT: &'static str = "add one long list of doubles to the multiple of another, eight times";
    const SIZE: &'static str = "doubles in each of three lists";
    const SIZES: Sizes = Sizes { smoke: 20_000, lab: 2_000_000, most: 1 << 27 };

    type Input = Lists;

    fn setup(task: &Task<'_>) -> Lists {
        let list = |from: u64| (from..from + task.size).map(fraction).collect();
        Lists { sums: vec![0.0; task.size as usize], plain: list(0), scaled: list(task.size) }
    }

    fn routine(lists: &mut Lists, task: &Task<'_>) -> u64 {
        let Lists { sums, plain, scaled } = lists;
        for pass in 0..PASSES {
            let factor = f64::from(task.id + 1) + f64::from(pass);
            let parts = sums.chunks_mut(CHUNK).zip(plain.chunks(CHUNK)).zip(scaled.chunks(CHUNK));
            for ((sums, plain), scaled) in parts {
                if task.is_cancelled() {
                    return 0;
                }
                add(sums, plain, scaled, factor);
            }
        }
        // All of them would be another pass, that only reads.
        sums.iter().step_by(61).fold(0, |digest: u64, sum| digest.rotate_left(5) ^ sum.to_bits())
    }

    fn steps(size: u64) -> Option<u64> {
        Some(size.saturating_mul(u64::from(PASSES)) / 8)
    }
}

#[inline(never)]
fn add(sums: &mut [f64], plain: &[f64], scaled: &[f64], factor: f64) {
    for ((sum, plain), scaled) in sums.iter_mut().zip(plain).zip(scaled) {
        *sum = plain + factor * scaled;
    }
}
