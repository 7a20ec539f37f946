//! What gives cause for doubt about a measurement, found in its runs.

use std::collections::BTreeSet;

use super::{Analysis, RowAnalysis, Spread};
use crate::measure::{Precision, precision};
use crate::report::{Environment, Report, Run, STEPS_MIN, Warning};
use crate::row::Row;
use crate::say::RowLabel;
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
