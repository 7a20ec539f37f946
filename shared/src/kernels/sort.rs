//! `sort`: numbers in disorder, which branches and caches limit, and for which several can work together.

use parlab_work::{Sizes, Task, Workload};
use rayon::slice::ParallelSliceMut;

use super::mixed;

/// Numbers that are copied between two looks at whether somebody still waits.
const CHUNK: usize = 1 << 16;

/// Sorts numbers: each worker its own, or, where tasks are done by a pool of threads, its idle threads help
/// (`par_sort_unstable` of rayon).
pub struct Sort;

/// Numbers in disorder, and the place where they are sorted.
pub struct Numbers {
    drawn: Vec<u64>,
    sorted: Vec<u64>,
}

impl Workload for Sort {
    const NAME: &'static str = "sort";
    const ABOUT: &'static str = "sort numbers in disorder";
    const SIZE: &'static str = "numbers per task";
    const SIZES: Sizes = Sizes { smoke: 20_000, lab: 1_500_000, most: 1 << 27 };
    const METHODS: &'static [&'static str] = &["alone", "together"];

    type Input = Numbers;

    fn setup(task: &Task<'_>) -> Numbers {
        Numbers { drawn: (0..task.size).map(mixed).collect(), sorted: vec![0; task.size as usize] }
    }

    fn routine(numbers: &mut Numbers, task: &Task<'_>) -> u64 {
        let Numbers { drawn, sorted } = numbers;
        let of_task = mixed(u64::from(task.id));
        for (drawn, copy) in drawn.chunks(CHUNK).zip(sorted.chunks_mut(CHUNK)) {
            if task.is_cancelled() {
                return 0;
            }
            drawn.iter().zip(copy).for_each(|(drawn, copy)| *copy = drawn ^ of_task);
        }
        if task.is_cancelled() {
            return 0;
        }
        // Outside of a pool rayon would start one of its own.
        if task.method == 1 && rayon::current_thread_index().is_some() {
            sorted.par_sort_unstable();
        } else {
            sorted.sort_unstable();
        }
        sorted.iter().step_by(61).fold(0, |digest: u64, number| digest.rotate_left(5) ^ number)
    }
}
