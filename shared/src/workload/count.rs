//! `count`: adding up consecutive numbers.
//!
//! A compiler turns `for i in 0..n { count += i }` into `n * (n - 1) / 2`, in WebAssembly too.
//! Here each partial sum passes through a zero that the compiler cannot see: the result is the
//! source's own, and no closed form exists for the loop that the compiler sees. Two sums run side
//! by side, of the even and of the odd numbers; each waits for its own last step, which takes as
//! long natively as in a browser. (Independent additions would be faster, and would measure how
//! well a browser schedules vector instructions: Chromium took 1.45 times as long as native code.)

use std::hint::black_box;

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::summable;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::task::Work;

/// Numbers per chunk: about 3 ms at 0.4 ns each.
const CHUNK: u64 = 8_000_000;

/// What `count` is.
pub(super) static ENTRY: Entry = Entry {
    name: "count",
    about: "add up 0..n",
    size: Some(Size { name: "n", means: "numbers per task" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Add up 0..n in every task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Count {
    /// Tasks per run.
    pub tasks: u32,
    /// Numbers per task.
    pub n: u64,
}

impl Definition for Count {
    fn cost(&self) -> Cost {
        Cost::Steps(self.n)
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|_| Work::Count { n: self.n }))
    }
}

impl Parameters for Count {
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

/// The sum of `0..n`, or nothing if `go_on` said no between two chunks.
pub fn count(n: u64, mut go_on: impl FnMut() -> bool) -> Option<u64> {
    let unseen_zero = black_box(0);
    let mut sum = 0_u64;
    let mut from = 0;
    while from < n {
        if !go_on() {
            return None;
        }
        let to = n.min(from + CHUNK);
        sum = sum.wrapping_add(add_up(from, to, unseen_zero));
        from = to;
    }
    Some(sum)
}

/// The sum of `from..to`, if `mask` is 0.
#[inline(never)]
fn add_up(from: u64, to: u64, mask: u64) -> u64 {
    let (mut even, mut odd) = (0_u64, 0_u64);
    let mut i = from;
    while i + 2 <= to {
        even = even.wrapping_add(i) ^ mask;
        odd = odd.wrapping_add(i + 1) ^ mask;
        i += 2;
    }
    if i < to {
        even = even.wrapping_add(i) ^ mask;
    }
    even.wrapping_add(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_the_sources_own() {
        for n in [0, 1, 7, 8, 9, 1000, CHUNK - 1, CHUNK, CHUNK + 9, 10_000_000] {
            assert_eq!(count(n, || true), Some((0..n).sum()), "count({n})");
        }
        assert_eq!(count(10_000_000, || true), Some(49_999_995_000_000));
    }

    #[test]
    fn stops_between_chunks() {
        let mut chunks = 0;
        let stopped = count(10 * CHUNK, || {
            chunks += 1;
            chunks <= 3
        });
        assert_eq!((stopped, chunks), (None, 4));
    }
}
