//! Functions that parlab measures: natively and in browsers, on one worker or many.
//!
//! `cargo lab --with path/to/this run histogram`, in a checkout of parlab, measures the one below; `serve` offers it on the
//! page, and `pair` compares this machine with its browsers. `cargo doc --open` in this folder says what else there is.

use parlab_work::{Entry, Sizes, Task, Workload, checksum};

/// What parlab builds in: one entry for each workload.
pub static WORKLOADS: &[Entry] = &[Entry::of::<Histogram>()];

/// How often each byte occurs in a text.
pub struct Histogram;

impl Workload for Histogram {
    const NAME: &'static str = "histogram";
    const ABOUT: &'static str = "count how often each byte occurs";
    const SIZE: &'static str = "bytes per task";
    const SIZES: Sizes = Sizes { smoke: 100_000, lab: 50_000_000, most: 500_000_000 };

    type Input = Vec<u8>;

    fn setup(task: &Task<'_>) -> Vec<u8> {
        (0..task.size).map(|at| (at * at % 251) as u8).collect()
    }

    fn routine(text: &mut Vec<u8>, task: &Task<'_>) -> u64 {
        let mut counts = [0; 256];
        // In parts, so that a run can be stopped between them.
        for part in text.chunks(1 << 20) {
            if task.is_cancelled() {
                return 0;
            }
            part.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        }
        checksum(&counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_counted() {
        let counted = |size| {
            let task = Task::new(0, size);
            Histogram::routine(&mut Histogram::setup(&task), &task)
        };
        assert_eq!(counted(1000), counted(1000));
        assert_ne!(counted(1000), counted(1001));
    }
}
