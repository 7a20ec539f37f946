//! Doubts about a measurement, as data.

use serde::{Deserialize, Serialize};

use super::{Report, summarize};
use crate::measure::{LeftOut, Plan};
use crate::strategy::{Nature, Strategy};

/// A run should last this many steps of the clock, or its time means little.
const STEPS_MIN: f64 = 1000.0;
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

/// The doubts that a report gives cause for.
pub fn warnings(report: &Report) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let clock_step_ms = report.environment.clock_step_ms;
    let cores = report.environment.cores;
    if let Some(load) = report.environment.load_before.filter(|load| *load > LOAD_PER_CORE_MAX * f64::from(cores)) {
        warnings.push(Warning::BusyMachine { load, cores });
    }
    let rows = summarize(report);
    let parallel = rows.iter().filter(|one| {
        // Workers that wait need no core meanwhile.
        one.row.workload.nature() == Nature::Computes
            && matches!(one.row.strategy, Strategy::Threads | Strategy::Processes)
    });
    if let Some(workers) = parallel.map(|one| one.row.workers).max().filter(|workers| *workers > cores) {
        warnings.push(Warning::MoreWorkersThanCores { workers, cores });
    }
    for one in &rows {
        if let Some(wall) = one.wall.filter(|wall| wall.fastest_ms < STEPS_MIN * clock_step_ms) {
            let (strategy, workers) = (one.row.strategy, one.row.workers);
            warnings.push(Warning::TooShort { strategy, workers, fastest_ms: wall.fastest_ms, clock_step_ms });
        }
    }
    if report.failed() > 0 {
        warnings.push(Warning::FailedTasks { failed: report.failed() });
    }
    warnings
}
