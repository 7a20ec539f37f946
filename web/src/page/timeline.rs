//! The timeline of a run that is going on, or of two on one axis: a bar per task in the colour of its worker or its kind, or
//! a lane per worker where there are too many tasks to see each.

mod pace;
mod time;
mod track;

#[cfg(target_arch = "wasm32")]
mod drawn;

use parlab_shared::measure::Counts;
use parlab_shared::number::{Grouped, Time};

#[cfg(target_arch = "wasm32")]
pub use drawn::{Seen, Timeline};
#[cfg(target_arch = "wasm32")]
pub use track::LANES_MAX;

/// What was seen of a run that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// How many tasks are over.
    pub counts: Counts,
    /// For how long it has gone on.
    pub gone_ms: f64,
    /// How many tasks were over in a second, of late.
    pub per_second: f64,
    /// For how much of that time each worker was at a task, from 0 to 1.
    pub shares: Vec<f64>,
}

impl Facts {
    /// They in words: what each is, and how much.
    pub fn in_words(&self) -> [(&'static str, String); 4] {
        [
            ("Tasks done", Grouped(self.counts.finished.into()).to_string()),
            ("Failed", Grouped(self.counts.failed.into()).to_string()),
            ("Tasks per second", Grouped(self.per_second.round()).to_string()),
            ("Time of this run", Time(self.gone_ms).to_string()),
        ]
    }

    /// For how much of the time a worker was at a task, in percent; `None`, if there is no such worker.
    pub fn share(&self, worker: usize) -> Option<u32> {
        self.shares.get(worker).map(|share| (share.min(1.0) * 100.0).round() as u32)
    }

    /// How long a run of so many tasks takes, judged by what is over of it; `None`, if that is too little.
    pub fn expected_ms(&self, tasks: usize) -> Option<f64> {
        let share = f64::from(self.counts.finished) / tasks.max(1) as f64;
        (share > 0.05).then(|| self.gone_ms / share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_words() {
        let counts = Counts { finished: 3421, failed: 2 };
        let facts = Facts { counts, gone_ms: 1234.0, per_second: 2772.3, shares: vec![0.974, 1.0001] };
        let words = facts.in_words().map(|(_, value)| value);
        assert_eq!(words, ["3,421", "2", "2,772", "1.23 s"]);
        assert_eq!([0, 1, 2].map(|worker| facts.share(worker)), [Some(97), Some(100), None]);
        assert_eq!([6842, 100_000].map(|tasks| facts.expected_ms(tasks)), [Some(2468.0), None]);
        assert_eq!(Facts::default().in_words().map(|(_, value)| value), ["0", "0", "0", "0.00 ms"]);
    }
}
