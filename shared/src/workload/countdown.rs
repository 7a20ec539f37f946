//! `countdown`: from n to zero, one step after another.
//!
//! `while n > 0 { n -= 1 }` compiles to nothing. Each step here passes through a zero that the
//! compiler cannot see, so that step k + 1 needs the result of step k: a chain that neither the
//! compiler nor the processor can take two at a time.

use std::hint::black_box;

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::summable;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::task::Work;

/// Steps per chunk: about 2–4 ms at 0.7–1 ns each.
pub(super) const CHUNK: u64 = 4_000_000;

/// What `countdown` is.
pub(super) static ENTRY: Entry = Entry {
    name: "countdown",
    about: "count from n down to 0",
    size: Some(Size { name: "n", means: "steps per task" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Count from n down to 0 in every task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Countdown {
    /// Tasks per run.
    pub tasks: u32,
    /// Steps per task.
    pub n: u64,
}

impl Definition for Countdown {
    fn cost(&self) -> Cost {
        Cost::Steps(self.n)
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|_| Work::Countdown { n: self.n }))
    }
}

impl Parameters for Countdown {
    fn size(&self) -> Option<u64> {
        Some(self.n)
    }

    fn set_size(&mut self, size: u64) {
        self.n = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        summable(self.n)
    }
}

/// Counts from `n` down to 0 and returns the number of steps that it took, which is `n`;
/// or nothing if `go_on` said no between two chunks.
pub fn countdown(n: u64, mut go_on: impl FnMut() -> bool) -> Option<u64> {
    let unseen_zero = black_box(0);
    let mut left = n;
    while left > 0 {
        if !go_on() {
            return None;
        }
        let steps = left.min(CHUNK);
        left = left - steps + count_down(steps, unseen_zero);
    }
    Some(n - left)
}

/// Counts from `n` down to 0 and returns what is left: 0, if `mask` is.
#[inline(never)]
fn count_down(mut n: u64, mask: u64) -> u64 {
    while n > 0 {
        n = (n - 1) ^ mask;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_step() {
        for n in [0, 1, 2, 850_000, CHUNK, CHUNK + 1] {
            assert_eq!(countdown(n, || true), Some(n));
        }
    }

    #[test]
    fn stops_between_chunks() {
        assert_eq!(countdown(1, || false), None);
    }
}
