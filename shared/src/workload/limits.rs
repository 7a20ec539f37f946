//! Limits of the parameters, and what is said of a value beyond them.

use std::borrow::Cow;

use crate::number::Grouped;

/// The largest number of tasks in one run, natively.
pub(crate) const TASKS_MAX: u32 = 1_000_000;
/// Why there are no more.
pub(crate) const TOO_MANY_TASKS: &str = "what more of them leave behind would not fit into memory";
/// The largest `n`: with more, the sum would not fit into 64 bits on every platform.
pub(crate) const N_MAX: u64 = u32::MAX as u64;

/// A parameter that is out of its range: names the value, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} = {value} cannot be run: {reason}; use {fix}")]
pub struct OutOfRange {
    /// The parameter's name in JSON.
    pub name: &'static str,
    /// What was asked for.
    pub value: String,
    /// Why that cannot be.
    pub reason: Cow<'static, str>,
    /// What can be run instead, as a clause.
    pub fix: String,
}

/// Passes a number within its limits.
pub(crate) fn within(
    name: &'static str,
    value: u64,
    from: u64,
    to: u64,
    reason: &'static str,
) -> Result<(), OutOfRange> {
    if (from..=to).contains(&value) {
        return Ok(());
    }
    let reason = if value < from { "there would be nothing to measure" } else { reason };
    let fix = if from == to { from.to_string() } else { format!("{from} to {to}") };
    Err(OutOfRange { name, value: value.to_string(), reason: reason.into(), fix })
}

/// Passes what a plan comes to in all, within what it may. `name` says of what, `fix` what there has to be less of.
pub(crate) fn in_all(
    name: &'static str,
    value: u64,
    most: u64,
    reason: &'static str,
    fix: &str,
) -> Result<(), OutOfRange> {
    if value <= most {
        return Ok(());
    }
    let fix = format!("{fix}: {} at most", Grouped(most as f64));
    Err(OutOfRange { name, value: Grouped(value as f64).to_string(), reason: reason.into(), fix })
}

/// Passes a number of numbers, or of steps, that a task adds up.
pub(super) fn summable(n: u64) -> Result<(), OutOfRange> {
    within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")
}

#[cfg(test)]
mod tests {
    use crate::target::Filter;
    use crate::workload::{Count, Crash, Crawl, Mandelbrot, Model, Sleep, Sum, Workload};

    #[test]
    fn what_is_out_of_range_is_named_with_its_limit() {
        fn check(workload: Workload, expected: &str) {
            assert_eq!(workload.check().expect_err("out of range").to_string(), expected);
        }
        check(
            Workload::Count(Count { tasks: 0, n: 1 }),
            "tasks = 0 cannot be run: there would be nothing to measure; use 1 to 1000000",
        );
        check(
            Workload::Sum(Sum { tasks: 1, n: 1 << 33 }),
            "n = 8589934592 cannot be run: the sum of so many numbers does not fit into 64 bits; use 1 to 4294967295",
        );
        check(
            Workload::Mandelbrot(Mandelbrot { tasks: 15, side: 64, iterations: 9 }),
            "tasks = 15 cannot be run: the picture is cut into equal rows and columns of tiles; \
             use a square number such as 9 or 16",
        );
        check(
            Workload::Crash(Crash { tasks: 2, n: 1, at: 2, waits: false }),
            "tasks = 2 cannot be run: the task that panics would not be among them; use 3 to 1000000",
        );
        check(
            Workload::Sleep(Sleep { tasks: 1, longest_ms: 60_001, falling: false }),
            "longest_ms = 60001 cannot be run: a task sleeps for a minute at most; use 0 to 60000",
        );
        check(
            Workload::Crawl(Crawl {
                tasks: 1,
                pages: 1,
                links: 1001,
                round: 0,
                found: 0,
                filter: Filter::Pages,
                urls: vec![],
                model: Model::default(),
            }),
            "links = 1001 cannot be run: a page has a thousand links at most; use 1 to 1000",
        );
    }
}
