//! What a plan takes at least, known before it begins: numbers that are fine one by one multiply.

use super::Plan;
use crate::row::Row;
use crate::run::SPANS_KEPT_MAX;
use crate::workload::{Cost, NS_PER_STEP_MIN, OutOfRange, in_all};

/// More spans than this are a file of over 4 GB.
const SPANS_MAX: u64 = 10_000_000;
/// A report of more runs than this is not read.
pub(crate) const RUNS_IN_ALL_MAX: u64 = 100_000;
/// No plan is begun that is known to take longer than a week.
const HOURS_MAX: u64 = 7 * 24;

/// What a plan takes at least.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Runs, warm-up runs included.
    pub runs: u64,
    /// The spans that a report keeps of all of them, at most.
    pub spans: u64,
    /// The most tasks of one of them, whose spans are all there until it is over.
    pub tasks_of_run: u64,
    /// How long its computing and sleeping takes, in milliseconds.
    pub time_ms: f64,
    /// The most that files of one run take, in bytes; they are removed after it.
    pub disk_bytes: u64,
}

impl Estimate {
    /// What a plan takes.
    pub fn of(plan: &Plan) -> Self {
        let mut estimate = Self::default();
        for stage in &plan.stages {
            let runs_per_row = stage.passes_at_least() as u64;
            for row in &stage.rows {
                estimate.runs += runs_per_row;
                let tasks = u64::from(row.workload.tasks());
                estimate.spans += runs_per_row * tasks.min(SPANS_KEPT_MAX as u64);
                estimate.tasks_of_run = estimate.tasks_of_run.max(tasks);
                estimate.time_ms += runs_per_row as f64 * least_ms(row);
                estimate.disk_bytes = estimate.disk_bytes.max(row.workload.disk_bytes());
            }
        }
        estimate
    }

    /// What two plans take that are carried out in turn.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            runs: self.runs + other.runs,
            spans: self.spans + other.spans,
            tasks_of_run: self.tasks_of_run.max(other.tasks_of_run),
            time_ms: self.time_ms + other.time_ms,
            disk_bytes: self.disk_bytes.max(other.disk_bytes),
        }
    }

    /// Passes what can be carried out, kept and read again.
    ///
    /// # Errors
    /// The first product that is too large, with its limit.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let hours = (self.time_ms / 3.6e6) as u64;
        let less = "a smaller size, or fewer tasks, runs or rows";
        in_all("hours of computing", hours, HOURS_MAX, "it would take longer than a week", less)?;
        let too_many = "a report of more runs is not read again";
        in_all("runs of all rows", self.runs, RUNS_IN_ALL_MAX, too_many, "fewer runs, strategies or workers")?;
        let too_large = "a report keeps the times of each of them, in about 400 bytes";
        in_all("tasks of all runs", self.spans, SPANS_MAX, too_large, "fewer tasks, runs or rows")
    }
}

/// The least that a run of a row takes, in milliseconds, as far as its tasks compute or sleep.
fn least_ms(row: &Row) -> f64 {
    let tasks = f64::from(row.workload.tasks());
    match row.workload.cost() {
        Cost::Steps(steps) => {
            let workers = f64::from(row.strategy.effective_workers(row.workers));
            tasks * steps as f64 * NS_PER_STEP_MIN / 1e6 / workers
        }
        // Half of the longest in the middle, and some of them fall: a quarter.
        Cost::Sleep { longest_ms } => {
            tasks * longest_ms as f64 / 4.0 / f64::from(row.strategy.tasks_at_once(row.workers))
        }
        Cost::Uneven | Cost::Request { .. } | Cost::Mixed | Cost::Unknown => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::names;
    use crate::measure::Request;
    use crate::scale::Scale;
    use crate::strategy::Platform;

    fn request(pairs: &[(&str, &str)]) -> Request {
        let mut request = Request::default();
        pairs.iter().for_each(|(key, value)| request.set(key, value).expect("a value"));
        request
    }

    #[test]
    fn products_are_bounded_and_say_how() {
        let check = |pairs: &[(&str, &str)], expected: &str| {
            let error = request(pairs).plan(Platform::Native).expect_err("refused").to_string();
            assert!(error.contains(expected), "{error}");
        };
        let many = [("run", "count"), ("tasks", "100000"), ("size", "1"), ("runs", "1000"), ("workers", "2")];
        check(&many, "tasks of all runs = ");
        check(&many, "use fewer tasks, runs or rows: 10,000,000 at most");
        let long = [("run", "count"), ("strategy", "sequential"), ("tasks", "100000"), ("size", "4294967295")];
        check(&[&long[..], &[("runs", "1000")]].concat(), "hours of computing = ");
        let workers: Vec<String> = (1..=200).map(|workers| workers.to_string()).collect();
        let workers = workers.join(",");
        let rows =
            [("run", "count"), ("strategy", "threads"), ("workers", &*workers), ("runs", "1000"), ("tasks", "1")];
        check(&rows, "runs of all rows = ");
    }

    #[test]
    fn what_experiments_ask_for_is_within_bounds() {
        for name in names().into_iter().chain(["all"]) {
            for scale in [Scale::Exact, Scale::Lab, Scale::Smoke] {
                let request = Request { scale, ..Request::named(name) };
                let plan = request.plan(Platform::Native).unwrap_or_else(|error| panic!("{name}: {error}"));
                let estimate = Estimate::of(&plan);
                assert!(estimate.spans > 0 && estimate.check().is_ok(), "{name}: {estimate:?}");
            }
        }
    }

    #[test]
    fn files_of_a_run_are_added_up() {
        let disk_bytes = |one_file: &str| {
            let pairs = [("run", "write"), ("tasks", "100"), ("size", "2000000000"), ("one-file", one_file)];
            Estimate::of(&request(&pairs).plan(Platform::Native).expect("a plan")).disk_bytes
        };
        assert_eq!([disk_bytes("0"), disk_bytes("1")], [200_000_000_000, 2_000_000_000]);
    }
}
