//! Doubts about a measurement, as data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Environment, Report, RowSummary, Spread, summarize};
use crate::measure::{LeftOut, Plan, Row, precision};
use crate::statistics::{drift, outliers};
use crate::strategy::Strategy;
use crate::workload::{Nature, Workload};

/// A run should last this many steps of the clock, or its time means little.
const STEPS_MIN: f64 = 1000.0;
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

/// A doubt about a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Warning {
    /// A run lasts so short that the clock's step matters.
    TooShort {
        /// The row's strategy.
        strategy: Strategy,
        /// The row's workers.
        workers: u32,
        /// Its fastest run.
        fastest_ms: f64,
        /// The clock's step.
        clock_step_ms: f64,
    },
    /// Workers that compute outnumber the cores.
    MoreWorkersThanCores {
        /// The most workers in a row.
        workers: u32,
        /// The machine's logical cores.
        cores: u32,
    },
    /// Others were using the machine before the first run.
    BusyMachine {
        /// Load average over one minute.
        load: f64,
        /// The machine's logical cores.
        cores: u32,
    },
    /// The machine, as a fixed piece of computing before each run saw it, was not always as fast: others used it
    /// meanwhile, or it slowed down.
    UnsteadyMachine {
        /// What that took in the middle, in milliseconds.
        median_ms: f64,
        /// And at its slowest.
        slowest_ms: f64,
    },
    /// The machine became slower from run to run: it throttles, or others use it more and more.
    Throttling {
        /// By how much of the fixed piece's time, over all runs, in percent.
        percent: f64,
    },
    /// The clock's step is coarse.
    CoarseClock {
        /// The step.
        clock_step_ms: f64,
    },
    /// The first measured run of a row was much slower than the others.
    FirstRunSlow {
        /// The row.
        row: String,
        /// The first run.
        first_ms: f64,
        /// The median of all.
        median_ms: f64,
    },
    /// Some runs of a row are far from the others.
    Outliers {
        /// The row.
        row: String,
        /// How many.
        outliers: usize,
        /// Of how many.
        runs: usize,
    },
    /// The runs of a row became slower, or faster, one after another.
    Drift {
        /// The row.
        row: String,
        /// From the first to the last, in percent of the median; negative if they became faster.
        percent: f64,
    },
    /// Not every worker had a task, though there were enough of them.
    IdleWorkers {
        /// The row.
        row: String,
        /// The workers that were asked for.
        workers: u32,
        /// Those that had a task.
        used: usize,
    },
    /// Tasks ended faster than any processor computes: the work was optimised away.
    OptimisedAway {
        /// The row.
        row: String,
        /// Nanoseconds per step.
        ns_per_step: f64,
    },
    /// A row's interval is wider than was asked for: the time was over.
    Imprecise {
        /// The row.
        row: String,
        /// Half of the interval's width, in percent of its middle; `null` if there is none.
        reached_percent: Option<f64>,
        /// What was asked for.
        asked_percent: f64,
    },
    /// Runs were taken until the intervals were as narrow as asked. Chance makes some of them narrow too early, and an
    /// interval of that kind holds the true value less often than it says: [`simulation`](crate::statistics) has how often.
    EndedWhenNarrow,
    /// The page was not in view for some of the time: browsers slow hidden pages down.
    HiddenPage,
    /// A row of an experiment was not run.
    LeftOut {
        /// The experiment or workload.
        name: String,
        /// The row.
        row: String,
        /// Why not.
        reason: String,
    },
    /// Some tasks failed: times of their runs do not compare.
    FailedTasks {
        /// How many.
        failed: usize,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warning::TooShort { strategy, workers, fastest_ms, clock_step_ms } => write!(
                f,
                "{strategy} with {workers} took {fastest_ms:.3} ms, under {STEPS_MIN} steps of a clock that steps by \
                 {clock_step_ms:.6} ms: choose a larger size or scale"
            ),
            Warning::MoreWorkersThanCores { workers, cores } => write!(
                f,
                "up to {workers} workers compute on {cores} cores: more workers than cores take turns and gain nothing"
            ),
            Warning::BusyMachine { load, cores } => write!(
                f,
                "the machine was busy before the first run (load {load:.2} on {cores} cores): end other programs and repeat"
            ),
            Warning::UnsteadyMachine { median_ms, slowest_ms } => write!(
                f,
                "the machine was unsteady: what takes {median_ms:.2} ms took up to {slowest_ms:.2} ms before some runs; \
                 end other programs and repeat"
            ),
            Warning::Throttling { percent } => write!(
                f,
                "the machine became {percent:.0} % slower from the first run to the last: let it cool, end other programs \
                 and repeat"
            ),
            Warning::CoarseClock { clock_step_ms } => write!(
                f,
                "the clock steps by {clock_step_ms} ms, as where a page is not cross-origin isolated: choose larger sizes, \
                 or serve the page with its isolation headers"
            ),
            Warning::FirstRunSlow { row, first_ms, median_ms } => write!(
                f,
                "{row}: the first measured run took {first_ms:.1} ms, the median {median_ms:.1} ms: ask for more warm-up runs \
                 (warmup), or for as many as it takes (stable)"
            ),
            Warning::Outliers { row, outliers, runs } => write!(
                f,
                "{row}: {outliers} of {runs} runs are far from the others; they count all the same: end other programs, or \
                 ask for more runs"
            ),
            Warning::Drift { row, percent } => {
                let (percent, how) = (percent.abs(), if *percent > 0.0 { "slower" } else { "faster" });
                write!(
                    f,
                    "{row}: its runs became {how}, by {percent:.0} % from the first to the last: compare it as a ratio to \
                     rows that took turns with it, not by its time"
                )
            }
            Warning::IdleWorkers { row, workers, used } => write!(
                f,
                "{row}: only {used} of {workers} workers had a task: its time is that of {used}; ask for more or longer tasks"
            ),
            Warning::OptimisedAway { row, ns_per_step } => write!(
                f,
                "{row}: {ns_per_step:.4} ns per step is faster than any processor: the work was optimised away, its times \
                 mean nothing"
            ),
            Warning::Imprecise { row, reached_percent: Some(reached), asked_percent } => write!(
                f,
                "{row}: its interval is ±{reached:.1} %, asked for were ±{asked_percent:.1} %: the time was over; ask for \
                 more (budget)"
            ),
            Warning::Imprecise { row, reached_percent: None, asked_percent } => {
                write!(f, "{row}: there are too few whole runs for an interval; asked for were ±{asked_percent:.1} %")
            }
            Warning::EndedWhenNarrow => write!(
                f,
                "runs ended as soon as the intervals were narrow, which chance makes happen too early: 90 to 95 of 100 such \
                 intervals hold the true value, not 95; for a full 95, ask for a number of runs (runs)"
            ),
            Warning::HiddenPage => write!(
                f,
                "the page was hidden during the measurement, and browsers slow hidden pages down: repeat it in view"
            ),
            Warning::LeftOut { name, row, reason } => write!(f, "{name}, {row} was left out: {reason}"),
            Warning::FailedTasks { failed } => {
                let tasks = if *failed == 1 { "1 task" } else { &format!("{failed} tasks") };
                write!(f, "{tasks} failed: the times of their runs do not compare with others")
            }
        }
    }
}

/// What a plan left out.
pub fn left_out(plan: &Plan) -> impl Iterator<Item = Warning> {
    plan.left_out.iter().map(|LeftOut { row, reason }| {
        let name = row.experiment.clone().unwrap_or_else(|| row.workload.name().to_owned());
        Warning::LeftOut { name, row: row.label(), reason: reason.clone() }
    })
}

/// What is to be known of stages that ran until their rows were known well enough, or their time was over.
pub fn sampling(plan: &Plan, report: &Report) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for stage in &plan.stages {
        let Some(until) = stage.until else { continue };
        let measured = |row: &Row| {
            let runs = report.runs.iter().filter(|run| !run.warmup && run.row == *row);
            runs.map(|run| run.is_measured().then_some(run.wall_ms)).collect::<Vec<_>>()
        };
        // Each pass had its own order; repetitions of a row stand in theirs.
        let walls: Vec<_> = stage.rows.iter().map(measured).collect();
        let before = warnings.len();
        for (row, reached) in stage.rows.iter().zip(precision(&walls, until.of)) {
            if reached.is_none_or(|share| share > until.half_width) {
                warnings.push(Warning::Imprecise {
                    row: name(row),
                    reached_percent: reached.map(|share| share * 100.0),
                    asked_percent: until.half_width * 100.0,
                });
            }
        }
        let went_on = walls.iter().any(|walls| walls.len() > stage.runs as usize);
        let ended = warnings.len() == before && went_on;
        if ended && !warnings.contains(&Warning::EndedWhenNarrow) {
            warnings.push(Warning::EndedWhenNarrow);
        }
    }
    warnings
}

/// A row with its experiment, if it has one.
fn name(row: &Row) -> String {
    match &row.experiment {
        Some(experiment) => format!("{experiment}, {}", row.label()),
        None => row.label(),
    }
}

/// The doubts that a report gives cause for.
pub fn warnings(report: &Report) -> Vec<Warning> {
    let mut warnings = of_machine(report);
    let rows = summarize(report);
    let cores = report.environment.cores;
    let parallel = rows.iter().filter(|one| {
        // Workers that wait need no core meanwhile.
        one.row.workload.nature() == Nature::Computes
            && matches!(one.row.strategy, Strategy::Threads | Strategy::Processes)
    });
    if let Some(workers) = parallel.map(|one| one.row.workers).max().filter(|workers| *workers > cores) {
        warnings.push(Warning::MoreWorkersThanCores { workers, cores });
    }
    for one in &rows {
        of_row(report, one, &mut warnings);
    }
    if report.failed() > 0 {
        warnings.push(Warning::FailedTasks { failed: report.failed() });
    }
    warnings
}

/// Doubts about the machine.
fn of_machine(report: &Report) -> Vec<Warning> {
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
fn of_row(report: &Report, one: &RowSummary, warnings: &mut Vec<Warning>) {
    let row = || name(&one.row);
    let measured = || report.runs.iter().filter(|run| run.row == one.row && run.is_measured());
    let Some(wall) = one.wall else { return };
    let clock_step_ms = report.environment.clock_step_ms;
    if wall.fastest_ms < STEPS_MIN * clock_step_ms {
        let (strategy, workers) = (one.row.strategy, one.row.workers);
        warnings.push(Warning::TooShort { strategy, workers, fastest_ms: wall.fastest_ms, clock_step_ms });
    }
    let walls: Vec<f64> = measured().map(|run| run.wall_ms).collect();
    let far: Vec<usize> =
        outliers(&walls).into_iter().filter(|at| (walls[*at] - wall.median_ms).abs() > FAR * wall.median_ms).collect();
    let first_is_slow = far.first() == Some(&0) && walls[0] == wall.slowest_ms;
    if first_is_slow && walls.len() >= RUNS_FOR_FIRST {
        warnings.push(Warning::FirstRunSlow { row: row(), first_ms: walls[0], median_ms: wall.median_ms });
    }
    let outliers = far.len() - usize::from(first_is_slow);
    if outliers > 0 && walls.len() >= RUNS_FOR_OUTLIERS {
        warnings.push(Warning::Outliers { row: row(), outliers, runs: walls.len() });
    }
    if let Some(drift) = drift(&walls).filter(|drift| drift.p < DRIFT_P) {
        let percent = drift.per_step * (walls.len() - 1) as f64 / wall.median_ms * 100.0;
        if percent.abs() > DRIFT_PERCENT {
            warnings.push(Warning::Drift { row: row(), percent });
        }
    }
    let asked = match one.row.strategy {
        Strategy::Threads | Strategy::Processes => one.row.workers,
        Strategy::Sequential | Strategy::Async => 1,
    };
    // With tasks to spare, a worker that gets none was not there.
    if one.row.workload.tasks() >= TASKS_PER_WORKER * asked && one.failed == 0 {
        let used = measured().map(|run| run.spans.iter().map(|span| span.worker).collect::<BTreeSet<_>>().len()).max();
        if let Some(used) = used.filter(|used| *used < asked as usize) {
            warnings.push(Warning::IdleWorkers { row: row(), workers: asked, used });
        }
    }
    let steps = match one.row.workload {
        Workload::Count { n, .. } | Workload::Countdown { n, .. } | Workload::Sum { n, .. } => Some(n),
        _ => None,
    };
    let tasks = measured().flat_map(|run| &run.spans).filter(|span| span.error.is_none());
    if let Some(steps) = steps
        && let Some(task) = Spread::of(tasks.map(|span| span.end_ms - span.start_ms))
        && task.slowest_ms > STEPS_MIN * clock_step_ms
    {
        let ns_per_step = task.median_ms * 1e6 / steps as f64;
        if ns_per_step < NS_PER_STEP_MIN {
            warnings.push(Warning::OptimisedAway { row: row(), ns_per_step });
        }
    }
}
