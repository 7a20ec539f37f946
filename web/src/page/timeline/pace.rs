//! How many tasks end in a second.

use std::collections::VecDeque;

/// The rate is that of the last so many milliseconds.
const WINDOW_MS: f64 = 3000.0;

/// How many tasks of a run were over at which times, of late. A run begins at 0 with none.
#[derive(Clone, Debug)]
pub struct Pace(VecDeque<(f64, u32)>);

impl Default for Pace {
    fn default() -> Self {
        Self(VecDeque::from([(0.0, 0)]))
    }
}

impl Pace {
    /// So many tasks are over now. Returns how many were in a second, of late.
    pub fn per_second(&mut self, now_ms: f64, finished: u32) -> f64 {
        self.0.push_back((now_ms, finished));
        while self.0.len() > 2 && self.0[1].0 <= now_ms - WINDOW_MS {
            self.0.pop_front();
        }
        let (from_ms, before) = self.0[0];
        let tasks = f64::from(finished.saturating_sub(before));
        if now_ms > from_ms { tasks / (now_ms - from_ms) * 1e3 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut pace = Pace::default();
        assert_eq!(pace.per_second(0.0, 0), 0.0);
        assert_eq!(pace.per_second(500.0, 50), 100.0);
        // For ten seconds a hundred tasks a second, then none: what was is forgotten.
        for tenth in 6..=100 {
            assert_eq!(pace.per_second(f64::from(tenth) * 100.0, tenth * 10), 100.0);
        }
        assert!(pace.0.len() <= 33);
        assert_eq!(pace.per_second(11_500.0, 1000), 50.0);
        assert_eq!(pace.per_second(20_000.0, 1000), 0.0);
        // A worker that died takes back what it had begun.
        assert_eq!(pace.per_second(20_100.0, 990), 0.0);
    }
}
