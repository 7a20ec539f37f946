//! Limits of the parameters, and what is said of a value beyond them.

use super::Workload;

/// The largest `n`: with more, the sum would not fit into 64 bits on every platform.
pub const N_MAX: u64 = u32::MAX as u64;
/// The largest number of tasks in one run.
pub const TASKS_MAX: u32 = 100_000;
/// The largest body or file, in bytes.
pub const BYTES_MAX: u64 = 2_000_000_000;
/// The most keys per task.
pub const INSERTS_MAX: u64 = 10_000;
/// The longest sleep, in milliseconds.
pub const SLEEP_MAX_MS: u64 = 60_000;
/// The largest picture, in pixels along one side.
pub const SIDE_MAX: u32 = 4096;
/// The largest number of steps per point.
pub const ITERATIONS_MAX: u32 = 1_000_000;

/// A parameter that is out of its range: names the value, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} = {value} cannot be run: {reason}; use {fix}")]
pub struct OutOfRange {
    /// The parameter.
    pub name: &'static str,
    /// What was asked for.
    pub value: u64,
    /// Why that cannot be.
    pub reason: &'static str,
    /// What can.
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
    Err(OutOfRange { name, value, reason, fix: format!("{from} to {to}") })
}

impl Workload {
    /// Checks every parameter.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        within("tasks", self.tasks().into(), 1, TASKS_MAX.into(), "a report of so many tasks would not be readable")?;
        match *self {
            Workload::Count { n, .. } | Workload::Countdown { n, .. } | Workload::Sum { n, .. } => {
                within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")
            }
            Workload::Crash { n, at, tasks, .. } => {
                within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")?;
                within("at", at.into(), 0, u64::from(tasks) - 1, "there is no such task")
            }
            Workload::Mandelbrot { tasks, side, iterations } => {
                let per_side = tasks.isqrt();
                if per_side * per_side != tasks {
                    return Err(OutOfRange {
                        name: "tasks",
                        value: tasks.into(),
                        reason: "the picture is cut into equal rows and columns of tiles",
                        fix: format!("a square number such as {} or {}", per_side.pow(2), (per_side + 1).pow(2)),
                    });
                }
                within(
                    "side",
                    side.into(),
                    per_side.into(),
                    SIDE_MAX.into(),
                    "the picture would be too large to show",
                )?;
                within("iterations", iterations.into(), 1, ITERATIONS_MAX.into(), "a tile would take minutes")
            }
            Workload::Download { bytes, .. } => within("bytes", bytes, 0, BYTES_MAX, "the target sends no longer body"),
            Workload::Write { bytes, .. } => within("bytes", bytes, 0, BYTES_MAX, "it would fill the disk"),
            Workload::Dictionary { inserts, .. } => {
                within("inserts", inserts.into(), 1, INSERTS_MAX, "the dictionary would not fit into memory")
            }
            Workload::Sleep { longest_ms, .. } => within("longest_ms", longest_ms, 0, SLEEP_MAX_MS, "it would not end"),
            Workload::Crawl { pages, links, .. } => {
                within("pages", pages.into(), 1, TASKS_MAX.into(), "the site would not end")?;
                within("links", links.into(), 1, 1000, "the page would not end")
            }
            Workload::Mixed { n, .. } => {
                within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")
            }
            Workload::Sites { .. } | Workload::Images { .. } | Workload::Post { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named_with_its_limit() {
        fn check(workload: Workload, expected: &str) {
            assert_eq!(workload.check().expect_err("out of range").to_string(), expected);
        }
        check(
            Workload::Count { tasks: 0, n: 1 },
            "tasks = 0 cannot be run: there would be nothing to measure; use 1 to 100000",
        );
        check(
            Workload::Sum { tasks: 1, n: 1 << 33 },
            "n = 8589934592 cannot be run: the sum of so many numbers does not fit into 64 bits; use 1 to 4294967295",
        );
        check(
            Workload::Mandelbrot { tasks: 15, side: 64, iterations: 9 },
            "tasks = 15 cannot be run: the picture is cut into equal rows and columns of tiles; \
             use a square number such as 9 or 16",
        );
        check(
            Workload::Crash { tasks: 2, n: 1, at: 2, waits: false },
            "at = 2 cannot be run: there is no such task; use 0 to 1",
        );
    }
}
