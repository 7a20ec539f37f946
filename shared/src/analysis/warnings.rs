//! What gives cause for doubt about a measurement, found in its runs.

use std::collections::BTreeSet;

use super::{Analysis, RowAnalysis, Spread};
use crate::label::RowLabel;
use crate::measure::{Precision, precision};
use crate::report::{Environment, Report, STEPS_MIN, Warning};
use crate::row::Row;
use crate::run::Run;
use crate::statistics::{drift, outliers};
use crate::workload::{Cost, Nature};

/// From this step on a clock is coarse: what browsers give to pages that are not isolated.
const COARSE_STEP_MS: f64 = 0.1;
/// An outlier that is nearer to the median than this share of it is nobody's problem.
const FAR: f64 = 0.1;
/// From so many runs on, a slow first run tells.
const RUNS_FOR_FIRST: usize = 3;
/// And so many for other outliers.
const RUNS_FOR_OUTLIERS: usize = 6;
/// A trend is one if chance alone would make it with less than this probability.
const DRIFT_P: f64 = 0.01;
/// And if it changes times by more than so many percent.
const DRIFT_PERCENT: f64 = 5.0;
/// The same for the machine.
const THROTTLING_PERCENT: f64 = 10.0;
/// The slowest probe on a steady machine takes less than so many times the median.
const UNSTEADY: f64 = 1.5;
/// With so many tasks per worker, none is left without one by chance.
const TASKS_PER_WORKER: u32 = 8;
/// A step of a kernel waits for the one before: no processor takes less than this for it.
const NS_PER_STEP_MIN: f64 = 0.05;
/// With more runnable programs per core than this, they are in each other's way.
const LOAD_PER_CORE_MAX: f64 = 0.5;

/// A row with its experiment, if it has one.
fn name(row: &Row) -> String {
    let label = RowLabel::of(row);
    row.experiment.as_ref().map_or_else(|| label.to_string(), |experiment| format!("{experiment}, {label}"))
}

/// What gives cause for doubt about a report: what was recorded with it, then what its runs show.
pub fn warnings(report: &Report) -> Vec<Warning> {
    let analysis = Analysis::of(report);
    let mut warnings = report.warnings.clone();
    warnings.extend(report.sampling.iter().flat_map(|goal| sampling_warnings(report, *goal)));
    warnings.extend(machine_warnings(report));
    let cores = report.environment.cores;
    let parallel = analysis.rows.iter().map(|row| row.row).filter(|row| {
        // Workers that wait need no core meanwhile.
        row.workload.nature() == Nature::Computes && row.strategy.is_parallel()
    });
    if let Some(workers) = parallel.map(|row| row.workers).max().filter(|workers| *workers > cores) {
        warnings.push(Warning::MoreWorkersThanCores { workers, cores });
    }
    warnings.extend(analysis.rows.iter().flat_map(|row| row_warnings(report, row)));
    if report.failed() > 0 {
        warnings.push(Warning::FailedTasks { failed: report.failed() });
    }
    warnings
}

/// What is to be known of runs that were taken until the rows were known well enough, or the time was over.
fn sampling_warnings(report: &Report, goal: Precision) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for part in Analysis::parts(report) {
        let walls = |row: &RowAnalysis<'_>| {
            let runs = row.runs.iter().filter(|run| !run.warmup);
            runs.map(|run| run.is_measured().then_some(run.wall_ms)).collect::<Vec<_>>()
        };
        // Each pass had its own order; repetitions of a row stand in theirs.
        let walls: Vec<_> = part.rows.iter().map(walls).collect();
        let reached = precision(&walls, goal.of);
        let is_wide = |reached: &Option<f64>| reached.is_none_or(|share| share > goal.half_width);
        for (row, reached) in part.rows.iter().zip(&reached).filter(|(_, reached)| is_wide(reached)) {
            warnings.push(Warning::Imprecise {
                row: name(row.row),
                reached_percent: reached.map(|share| share * 100.0),
                asked_percent: goal.half_width * 100.0,
            });
        }
        if !reached.iter().any(is_wide) && !warnings.contains(&Warning::EndedWhenNarrow) {
            warnings.push(Warning::EndedWhenNarrow);
        }
    }
    warnings
}

/// Doubts about the machine.
fn machine_warnings(report: &Report) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Environment { clock_step_ms, cores, load_before, .. } = report.environment;
    if let Some(load) = load_before.filter(|load| *load > LOAD_PER_CORE_MAX * f64::from(cores)) {
        warnings.push(Warning::BusyMachine { load, cores });
    }
    if clock_step_ms >= COARSE_STEP_MS {
        warnings.push(Warning::CoarseClock { clock_step_ms });
    }
    // The first probe of a process, or of a page, runs before its code is warm.
    let probes: Vec<f64> = report.runs.iter().skip(1).filter_map(|run| run.probe_ms).collect();
    if let Some(drift) = drift(&probes).filter(|drift| drift.p < DRIFT_P)
        && let Some(Spread { median_ms, .. }) = Spread::of(probes.iter().copied())
    {
        let percent = drift.per_step * (probes.len() - 1) as f64 / median_ms * 100.0;
        if percent > THROTTLING_PERCENT {
            warnings.push(Warning::Throttling { percent });
        }
    }
    if let Some(Spread { median_ms, slowest_ms, .. }) = Spread::of(probes)
        && slowest_ms > UNSTEADY * median_ms
    {
        warnings.push(Warning::UnsteadyMachine { median_ms, slowest_ms });
    }
    warnings
}

/// Doubts about one row.
fn row_warnings(report: &Report, analysis: &RowAnalysis<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let RowAnalysis { row, measured, summary, .. } = analysis;
    let name = || name(row);
    let Some(wall) = summary.wall else { return warnings };
    let clock_step_ms = report.environment.clock_step_ms;
    if wall.fastest_ms < STEPS_MIN * clock_step_ms {
        let (strategy, workers) = (row.strategy, row.workers);
        warnings.push(Warning::TooShort { strategy, workers, fastest_ms: wall.fastest_ms, clock_step_ms });
    }
    let walls: Vec<f64> = measured.iter().map(|run| run.wall_ms).collect();
    let far: Vec<usize> =
        outliers(&walls).into_iter().filter(|at| (walls[*at] - wall.median_ms).abs() > FAR * wall.median_ms).collect();
    let first_is_slow = far.first() == Some(&0) && walls[0] == wall.slowest_ms;
    if first_is_slow && walls.len() >= RUNS_FOR_FIRST {
        warnings.push(Warning::FirstRunSlow { row: name(), first_ms: walls[0], median_ms: wall.median_ms });
    }
    let outliers = far.len() - usize::from(first_is_slow);
    if outliers > 0 && walls.len() >= RUNS_FOR_OUTLIERS {
        warnings.push(Warning::Outliers { row: name(), outliers, runs: walls.len() });
    }
    if let Some(drift) = drift(&walls).filter(|drift| drift.p < DRIFT_P) {
        let percent = drift.per_step * (walls.len() - 1) as f64 / wall.median_ms * 100.0;
        if percent.abs() > DRIFT_PERCENT {
            warnings.push(Warning::Drift { row: name(), percent });
        }
    }
    let requested = row.strategy.effective_workers(row.workers);
    // With tasks to spare, a worker that gets none was not there.
    if row.workload.tasks() >= TASKS_PER_WORKER * requested && summary.failed == 0 {
        let workers = |run: &&Run| run.spans.iter().map(|span| span.worker).collect::<BTreeSet<_>>().len();
        let used = measured.iter().map(workers).max();
        if let Some(used) = used.filter(|used| *used < requested as usize) {
            warnings.push(Warning::IdleWorkers { row: name(), workers: requested, used });
        }
    }
    let tasks = measured.iter().flat_map(|run| &run.spans).filter(|span| span.error.is_none());
    if let Cost::Steps(steps) = row.workload.cost()
        && let Some(task) = Spread::of(tasks.map(|span| span.end_ms - span.start_ms))
        && task.slowest_ms > STEPS_MIN * clock_step_ms
    {
        let ns_per_step = task.median_ms * 1e6 / steps as f64;
        if ns_per_step < NS_PER_STEP_MIN {
            warnings.push(Warning::OptimisedAway { row: name(), ns_per_step });
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::golden;
    use crate::report::fixture::ReportBuilder;
    use crate::span::{ErrorKind, TaskError};
    use crate::strategy::Strategy;

    /// How wall times scatter where nothing is wrong, by repetition.
    const SCATTER: [f64; 8] = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01];

    /// Eight runs per row of enough tasks for one and for two workers.
    fn clean<'a>() -> ReportBuilder<'a> {
        timed(|_, _| 1.0)
    }

    /// The same with times that are so many times as long.
    fn timed<'a>(factor: impl Fn(&Row, u32) -> f64 + 'a) -> ReportBuilder<'a> {
        let wall_ms = move |row: &Row, repetition: u32| {
            160.0 / f64::from(row.workers.min(2)) * SCATTER[repetition as usize] * factor(row, repetition)
        };
        ReportBuilder::of("cpu-heavy").tasks(16).runs(8).only(|row| row.workers <= 2).wall_ms(wall_ms)
    }

    fn changed(change: impl Fn(&mut Report)) -> Report {
        let mut report = clean().build();
        change(&mut report);
        report
    }

    /// A report for each kind of warning, in which something is wrong that it tells of, and nothing else.
    fn flawed() -> Vec<(&'static str, Report)> {
        let is_sequential = |row: &Row| row.strategy == Strategy::Sequential;
        let slow =
            move |at: u32| timed(move |row, run| if is_sequential(row) && run == at { 1.5 } else { 1.0 }).build();
        let failure = || TaskError::new(ErrorKind::Panicked, "why");
        let left_out = || {
            let (name, row) = ("cpu-heavy".to_owned(), "threads × 4".to_owned());
            Warning::LeftOut { name, row, reason: "it needs shared memory".to_owned() }
        };
        let precise = |percent: f64| clean().request(move |request| request.precision = Some(percent)).build();
        vec![
            ("too-short", changed(|report| report.environment.clock_step_ms = 0.09)),
            ("more-workers-than-cores", clean().only(|row| row.workers <= 4).tasks(32).build()),
            ("busy-machine", changed(|report| report.environment.load_before = Some(1.5))),
            ("unsteady-machine", changed(|report| report.runs[7].probe_ms = Some(9.0))),
            (
                "throttling",
                changed(|report| {
                    (0..).zip(&mut report.runs).for_each(|(at, run)| run.probe_ms = Some(4.0 + 0.02 * f64::from(at)));
                }),
            ),
            (
                "coarse-clock",
                changed(|report| {
                    report.environment.clock_step_ms = 0.1;
                    report.runs.iter_mut().for_each(|run| run.wall_ms *= 10.0);
                }),
            ),
            ("first-run-slow", slow(0)),
            ("outliers", slow(5)),
            (
                "drift",
                timed(|_, repetition| (1.0 + 0.03 * f64::from(repetition)) / SCATTER[repetition as usize]).build(),
            ),
            (
                "idle-workers",
                changed(|report| {
                    report.runs.iter_mut().flat_map(|run| &mut run.spans).for_each(|span| span.worker = 0);
                }),
            ),
            ("optimised-away", clean().request(|request| request.size = Some(1_000_000_000)).build()),
            ("imprecise", precise(0.1)),
            ("ended-when-narrow", precise(50.0)),
            ("hidden-page", changed(|report| report.warnings.push(Warning::HiddenPage))),
            ("left-out", changed(|report| report.warnings.push(left_out()))),
            ("failed-tasks", clean().fails(|_, run, task| (run + task == 0).then(failure)).build()),
        ]
    }

    /// What a warning is called in JSON.
    fn kind(warning: &Warning) -> String {
        serde_json::to_value(warning).expect("JSON")["kind"].as_str().expect("a kind").to_owned()
    }

    #[test]
    fn nothing_is_wrong_with_a_clean_report() {
        assert_eq!(warnings(&clean().build()), []);
    }

    #[test]
    fn every_kind_of_warning_fires_and_no_other() {
        let mut words = String::new();
        for (expected, report) in flawed() {
            let of_kind: BTreeMap<String, Warning> =
                warnings(&report).into_iter().map(|warning| (kind(&warning), warning)).collect();
            assert_eq!(of_kind.keys().collect::<Vec<_>>(), [expected], "{of_kind:?}");
            words += &format!("{expected}: {}\n", of_kind[expected]);
        }
        golden::check([("warnings.txt".to_owned(), words)]);
    }

    #[test]
    fn every_kind_of_warning_has_a_flawed_report() {
        // Who is asked for a kind that there is not names those that there are.
        let error = serde_json::from_str::<Warning>(r#"{"kind": ""}"#).expect_err("no kind").to_string();
        let known: BTreeSet<&str> = error.split('`').skip(1).step_by(2).filter(|kind| !kind.is_empty()).collect();
        let flawed = flawed();
        assert_eq!(flawed.iter().map(|(kind, _)| *kind).collect::<BTreeSet<_>>(), known);
    }
}
