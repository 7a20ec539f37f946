//! What runs say about their single tasks: rates, latencies, failures.

use std::collections::BTreeMap;

use crate::row::Row;
use crate::run::Run;
use crate::span::{ErrorKind, Span, phase};
use crate::statistics::{median, nearest_rank};

/// How the tasks of one row fared. Rates, latencies and phases are of its measured, whole runs.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskStats {
    /// Whether every task is a request.
    pub are_requests: bool,
    /// Tasks that ended well, and whose spans are kept: those that `latency` is of.
    pub tasks: usize,
    /// Tasks that failed, by kind, in all runs but the warm-up: as many as
    /// [`RowSummary::failed`](super::RowSummary::failed), but for those that left nothing.
    pub failures: BTreeMap<ErrorKind, usize>,
    /// Tasks of a run that ended well, by its wall time: the median over the runs. Where a task is a
    /// request, that is requests per second. `None` if no run was whole.
    pub tasks_per_s: Option<f64>,
    /// Bytes of tasks that ended well, by the run's wall time: the median over the runs. `None` if
    /// no run was whole, and where tasks move no bytes.
    pub bytes_per_s: Option<f64>,
    /// Time from the start to the end of a task that ended well, over all tasks of all runs, as far as their spans are
    /// kept; `None` if there is no such task.
    pub latency: Option<Percentiles>,
    /// The same times, in milliseconds, from the shortest to the longest.
    pub latencies_ms: Vec<f64>,
    /// The median of each named part of a task's time, in milliseconds, without the time to the first byte.
    pub phases: BTreeMap<String, f64>,
    /// The median time from sending a request until the head of its response was there, in
    /// milliseconds, where the platform tells.
    pub first_byte_ms: Option<f64>,
    /// How many requests were sent again, because their server had ended the connection that was kept for them.
    pub resent: usize,
}

/// Percentiles of times, in milliseconds.
///
/// The p-th percentile is the shortest time that p % of the times do not exceed (nearest rank, the
/// inverse of the empirical distribution function): the ⌈p·n/100⌉-th of n times in their order. It
/// is definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
/// Statistician 50 (1996), 361–365. Each is a time that was measured, and of few times the high
/// ones are the slowest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// Half of the times are no longer than this.
    pub p50_ms: f64,
    /// 90 % of them.
    pub p90_ms: f64,
    /// 95 % of them.
    pub p95_ms: f64,
    /// 99 % of them.
    pub p99_ms: f64,
    /// The slowest task's time, in milliseconds: no task took longer.
    pub slowest_ms: f64,
}

impl Percentiles {
    /// The percentiles of times that are in order, the shortest first; `None` if there are none.
    pub fn of_sorted(times_ms: &[f64]) -> Option<Self> {
        let at = |percent| nearest_rank(times_ms, percent);
        Some(Self { p50_ms: at(50)?, p90_ms: at(90)?, p95_ms: at(95)?, p99_ms: at(99)?, slowest_ms: at(100)? })
    }
}

/// The phases that any of some rows has, in the order in which a task goes through them.
pub fn phases<'a>(rows: impl IntoIterator<Item = &'a TaskStats>) -> Vec<&'a str> {
    let mut names: Vec<&str> = rows.into_iter().flat_map(|stats| stats.phases.keys().map(String::as_str)).collect();
    let known = || [phase::SPAWN].iter().chain(phase::LEADING).chain(phase::TRAILING).chain([&phase::LOCK]);
    let place = |name: &str| known().position(|phase| *phase == name).unwrap_or(usize::MAX);
    names.sort_by_key(|name| (place(name), *name));
    names.dedup();
    names
}

impl TaskStats {
    /// How the tasks of a row fared, given all its runs and those of them that were measured, whole.
    pub(super) fn of(row: &Row, runs: &[&Run], measured: &[&Run]) -> Self {
        let mut failures = BTreeMap::new();
        for (kind, count) in runs.iter().filter(|run| !run.warmup).flat_map(|run| run.failures()) {
            *failures.entry(kind).or_default() += count as usize;
        }
        let per_s = |amount: fn(&Run) -> f64| {
            // A run that took no time has no rate.
            let timed = measured.iter().filter(|run| run.wall_ms > 0.0);
            let rates = timed.map(|run| amount(run) / (run.wall_ms / 1e3));
            median(&rates.collect::<Vec<f64>>())
        };
        let mut latencies_ms = Vec::new();
        let mut parts: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for span in measured.iter().flat_map(|run| good(run)) {
            latencies_ms.push(span.end_ms - span.start_ms);
            for (name, ms) in &span.phases {
                parts.entry(name).or_default().push(*ms);
            }
        }
        latencies_ms.sort_unstable_by(f64::total_cmp);
        let first_byte_ms = parts.remove(phase::FIRST_BYTE).and_then(|times| median(&times));
        let resent = parts.remove(phase::RESENT).map_or(0, |times| times.len());
        let phase = |(name, times): (&str, Vec<f64>)| Some((name.to_owned(), median(&times)?));
        Self {
            are_requests: row.workload.cost().is_request(),
            tasks: latencies_ms.len(),
            failures,
            tasks_per_s: per_s(|run| run.tasks_done() as f64),
            bytes_per_s: per_s(|run| run.bytes() as f64).filter(|rate| *rate > 0.0 && row.moves_bytes()),
            latency: Percentiles::of_sorted(&latencies_ms),
            latencies_ms,
            phases: parts.into_iter().filter_map(phase).collect(),
            first_byte_ms,
            resent,
        }
    }
}

/// The tasks of a run that ended well.
fn good(run: &Run) -> impl Iterator<Item = &Span> {
    run.spans.iter().filter(|span| span.error.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::{self, report, row};
    use crate::span::TaskError;
    use crate::strategy::Strategy;
    use crate::workload::{Model, Post, Workload};

    fn span(start_ms: f64, end_ms: f64, bytes: u64) -> Span {
        Span { bytes, ..fixture::span(0, 0, start_ms, end_ms) }
    }

    fn failed(kind: ErrorKind) -> Span {
        Span { error: Some(TaskError::new(kind, "why")), ..span(0.0, 1000.0, 0) }
    }

    fn run(wall_ms: f64, spans: Vec<Span>) -> Run {
        // Its runs may have more tasks than the row asks for, never fewer.
        let row = row(Workload::Post(Post { tasks: 1, protocol: None, model: Model::default() }), Strategy::Async, 4);
        fixture::run(row, wall_ms, spans)
    }

    fn stats(runs: Vec<Run>) -> Vec<TaskStats> {
        Analysis::of(&report(runs)).rows.into_iter().map(|row| row.tasks).collect()
    }

    #[test]
    fn percentiles_are_times_of_the_nearest_rank() {
        fn check(times: impl IntoIterator<Item = u32>, expected: [f64; 5]) {
            let times: Vec<f64> = times.into_iter().map(f64::from).collect();
            let [p50_ms, p90_ms, p95_ms, p99_ms, slowest_ms] = expected;
            let expected = Percentiles { p50_ms, p90_ms, p95_ms, p99_ms, slowest_ms };
            assert_eq!(Percentiles::of_sorted(&times), Some(expected));
        }
        check([7], [7.0, 7.0, 7.0, 7.0, 7.0]);
        check([1, 2], [1.0, 2.0, 2.0, 2.0, 2.0]);
        check([15, 20, 35, 40, 50], [35.0, 50.0, 50.0, 50.0, 50.0]);
        check(1..=20, [10.0, 18.0, 19.0, 20.0, 20.0]);
        check(1..=100, [50.0, 90.0, 95.0, 99.0, 100.0]);
        check(1..=1000, [500.0, 900.0, 950.0, 990.0, 1000.0]);
        check(1..=101, [51.0, 91.0, 96.0, 100.0, 101.0]);
        assert_eq!(Percentiles::of_sorted(&[]), None);
    }

    #[test]
    fn rates_are_medians_of_whole_measured_runs() {
        let good = |bytes| span(1.0, 3.0, bytes);
        let runs = vec![
            Run { warmup: true, ..run(1.0, vec![good(9), failed(ErrorKind::Timeout)]) },
            // 2 tasks and 300 bytes in 0.1 s.
            run(100.0, vec![good(100), good(200), failed(ErrorKind::Status)]),
            // 4 tasks and 400 bytes in 0.1 s.
            run(100.0, vec![good(100); 4]),
            // 4 tasks and 4000 bytes in 0.5 s.
            run(500.0, vec![good(1000); 4]),
            Run { cancelled: true, ..run(1.0, vec![good(9), failed(ErrorKind::Cancelled)]) },
        ];
        let row = &stats(runs)[0];
        assert_eq!((row.tasks_per_s, row.bytes_per_s), (Some(20.0), Some(4000.0)));
        assert_eq!(row.tasks, 10);
        let kinds = [(ErrorKind::Status, 1)];
        assert_eq!(row.failures, BTreeMap::from(kinds));
    }

    #[test]
    fn latencies_are_of_all_tasks_that_ended_well() {
        let runs = vec![
            run(10.0, vec![span(5.0, 9.0, 0), span(2.0, 3.0, 0)]),
            run(10.0, vec![span(0.0, 3.0, 0), span(8.0, 10.0, 0), failed(ErrorKind::Body)]),
        ];
        let row = &stats(runs)[0];
        assert_eq!(row.latencies_ms, [1.0, 2.0, 3.0, 4.0]);
        let expected = Percentiles { p50_ms: 2.0, p90_ms: 4.0, p95_ms: 4.0, p99_ms: 4.0, slowest_ms: 4.0 };
        assert_eq!(row.latency, Some(expected));
    }

    #[test]
    fn phases_stand_in_their_order_and_the_first_byte_apart() {
        let visit = |[first_byte, get, parse, filter]: [f64; 4]| {
            let parts = [("first-byte", first_byte), ("get", get), ("parse", parse), ("filter", filter)];
            let phases = BTreeMap::from(parts.map(|(name, ms)| (name.to_owned(), ms)));
            Span { phases, ..span(0.0, 10.0, 0) }
        };
        let spans = vec![visit([1.0, 2.0, 3.0, 4.0]), visit([2.0, 4.0, 6.0, 8.0]), failed(ErrorKind::Dns)];
        let rows = stats(vec![run(10.0, spans)]);
        assert_eq!(rows[0].first_byte_ms, Some(1.5));
        let expected = [("get", 3.0), ("parse", 4.5), ("filter", 6.0)];
        assert_eq!(phases(&rows), expected.map(|(name, _)| name));
        assert_eq!(rows[0].phases, BTreeMap::from(expected.map(|(name, ms)| (name.to_owned(), ms))));
    }

    #[test]
    fn what_failed_has_no_latency_and_what_did_not_end_no_rate() {
        let row = &stats(vec![run(1.0, vec![failed(ErrorKind::Connect)])])[0];
        assert_eq!((row.tasks, row.latency, row.tasks_per_s), (0, None, Some(0.0)));
        let stopped = Run { cancelled: true, ..run(1.0, vec![span(0.0, 1.0, 0)]) };
        let mut timeless = run(0.0, vec![span(0.0, 0.0, 0)]);
        timeless.row.workers = 2;
        for row in stats(vec![stopped, timeless]) {
            assert_eq!((row.tasks_per_s, row.bytes_per_s), (None, None));
        }
    }
}
