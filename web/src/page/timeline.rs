//! The timeline of a run that is going on, or of two on one axis: a bar per task in the colour of its worker or its kind, or
//! a lane per worker where there are too many tasks to see each.

mod time;
mod track;

#[cfg(target_arch = "wasm32")]
mod drawn;

use parlab_shared::measure::Counts;
use parlab_shared::number::Time;

#[cfg(target_arch = "wasm32")]
pub use drawn::{Seen, Timeline};

/// What the canvas shows, in words: how many tasks of how many are over, and for how long the run has gone on.
pub fn describe(counts: Counts, tasks: &str, gone_ms: f64) -> String {
    let failed = if counts.failed > 0 { format!(", {} failed", counts.failed) } else { String::new() };
    format!("{} of {tasks}{failed} · {}", counts.finished, Time(gone_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_words() {
        assert_eq!(describe(Counts { finished: 3, failed: 0 }, "8 tasks", 1234.0), "3 of 8 tasks · 1.23 s");
        assert_eq!(describe(Counts { finished: 8, failed: 2 }, "8 tasks", 0.0), "8 of 8 tasks, 2 failed · 0.00 ms");
    }
}
