//! `sum`: adding up consecutive numbers, the last one included.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::summable;
use super::{Cost, OutOfRange, Setting, Waves, count};
use crate::task::Work;

/// What `sum` is.
pub(super) static ENTRY: Entry = Entry {
    name: "sum",
    about: "add up 0..=n",
    size: Some(Size { name: "n", means: "the last number" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Add up 0..=n in every task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Sum {
    /// Tasks per run.
    pub tasks: u32,
    /// The last number that is added, from 1 on.
    pub n: u64,
}

impl Definition for Sum {
    fn cost(&self) -> Cost {
        Cost::Steps(self.n)
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|_| Work::Sum { n: self.n }))
    }
}

impl Parameters for Sum {
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

/// The sum of `0..=n`, or nothing if `go_on` said no between two chunks.
pub fn sum(n: u64, go_on: impl FnMut() -> bool) -> Option<u64> {
    count::count(n + 1, go_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_sources_own() {
        for n in [0, 1, 7, 8, 1000] {
            assert_eq!(sum(n, || true), Some((0..=n).sum()), "sum({n})");
        }
        assert_eq!(sum(100_000_000, || true), Some(5_000_000_050_000_000));
    }
}
