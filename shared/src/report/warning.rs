//! Doubts about a measurement, as data.

use serde::{Deserialize, Serialize};

use super::Throttled;
use crate::label::{self, RowLabel, group};
use crate::measure::{LeftOut, Plan};
use crate::number::{Cores, Counted, Grouped, Time};

/// A run should last this many steps of the clock, or its time means little.
pub const STEPS_MIN: f64 = 1000.0;

/// What follows from spans of some tasks only.
const SAMPLED: &str = "percentiles, phases and timelines are of these, drawn by chance; rates, failures, bytes and checksums are of \
    all";

/// For how long a clock is watched that makes no step, in milliseconds: what is then reported as its step.
pub const CLOCK_STANDS_MS: f64 = 2000.0;

/// A doubt about a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Warning {
    /// A run lasts so short that the clock's step matters.
    TooShort {
        /// The row. Reports of older versions do not name it.
        #[serde(default)]
        row: String,
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
        /// How much of their time the program may use, in cores, if that is less.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quota: Option<f64>,
        /// As how many cores they compute, if the browser names more than there are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        like: Option<u32>,
    },
    /// Others were using the machine just before the first run.
    BusyMachine {
        /// How much of the cores' time they used, in cores; in older reports, the load average of the minute before.
        load: f64,
        /// The machine's logical cores.
        cores: u32,
    },
    /// A quota for the cores' time held the program back.
    CpuQuota {
        /// The quota, in cores.
        quota: f64,
        /// How often it held the program back.
        #[serde(flatten)]
        throttled: Throttled,
    },
    /// Files were written to memory, and not to a disk.
    FilesInMemory {
        /// The type of the file system that they lie on.
        file_system: String,
    },
    /// The machine, as a fixed piece of computing before each run saw it, was not always as fast: others may have used it
    /// meanwhile, or it slowed down.
    UnsteadyMachine {
        /// What that took in the middle, in milliseconds.
        median_ms: f64,
        /// And at its slowest.
        slowest_ms: f64,
        /// The quota that held the program back, in cores, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quota: Option<f64>,
    },
    /// The machine became slower from run to run: it may throttle, or others may use it more and more.
    Throttling {
        /// By how much of the fixed piece's time, over all runs, in percent.
        percent: f64,
        /// The quota that held the program back, in cores, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quota: Option<f64>,
    },
    /// The clock's step is coarse.
    CoarseClock {
        /// The step.
        clock_step_ms: f64,
        /// Whether the page was cross-origin isolated; `null` outside browsers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cross_origin_isolated: Option<bool>,
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
        /// The type of the file system that the row's files lie on, if it writes any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file_system: Option<String>,
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
    /// The report keeps the spans of some tasks of a run only: there were too many.
    Sampled {
        /// The row.
        row: String,
        /// How many spans of a run are kept.
        kept: usize,
        /// How many tasks it had.
        tasks: usize,
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
    /// The machine slept while runs were measured.
    Asleep {
        /// During how many of them.
        runs: usize,
        /// For how long in all.
        ms: f64,
        /// It is a browser that tells: its time of day may have been set instead.
        in_browser: bool,
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
    /// Requests went to a server that is not the platform's own target: it may not know what it is asked to do with them.
    OtherTarget {
        /// Its address.
        target: String,
    },
    /// A browser was lost, or had no room for another run, and was opened again: what it had warmed up is gone, and its run
    /// was repeated.
    OpenedAgain {
        /// Why.
        reason: String,
        /// How often for that reason.
        times: u32,
    },
    /// A platform was lost before its last run: what was to follow failed.
    Lost {
        /// Why.
        reason: String,
    },
    /// A task took longer than it may: its run was ended with it, and its row not run again.
    TooLong {
        /// The row.
        row: String,
    },
    /// Some tasks failed: times of their runs do not compare.
    FailedTasks {
        /// How many.
        failed: usize,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(OfRow { seen, so, .. }) = self.of_row() {
            return write!(f, "{seen}{so}");
        }
        match self {
            Warning::MoreWorkersThanCores { workers, cores, like: Some(like), .. } => write!(
                f,
                "Up to {workers} workers compute in a browser that says {} and computes like {like}: more workers than that take \
                 turns and gain nothing.",
                Cores((*cores).into())
            ),
            Warning::MoreWorkersThanCores { workers, cores, quota: None, .. } => write!(
                f,
                "Up to {workers} workers compute on {}: more workers than cores take turns and gain nothing.",
                Cores((*cores).into())
            ),
            Warning::MoreWorkersThanCores { workers, cores, quota: Some(quota), .. } => write!(
                f,
                "Up to {workers} workers compute on {} with a quota of {}: more workers than that take turns and gain nothing. \
                 Raise the quota or ask for fewer workers.",
                Cores((*cores).into()),
                Cores(*quota)
            ),
            Warning::BusyMachine { load, cores } => write!(
                f,
                "Other programs were using {load:.1} of this computer's {} just before the first run. Close them and run \
                 again.",
                Cores((*cores).into())
            ),
            Warning::CpuQuota { quota, throttled: Throttled { periods, ms } } => write!(
                f,
                "A quota of {} held this program back {}, for {} in all: runs that are slow or uneven may be so for that reason. \
                 Raise the quota or ask for fewer workers.",
                Cores(*quota),
                Counted(*periods, "time"),
                Time(*ms)
            ),
            Warning::FilesInMemory { file_system } => write!(
                f,
                "Files were written to memory ({file_system}), not to a disk: their times say nothing about disks. Name a \
                 folder on a disk (TMPDIR) and run again."
            ),
            Warning::UnsteadyMachine { median_ms, slowest_ms, quota } => {
                let (median, slowest) = (Time(*median_ms), Time(*slowest_ms));
                let (cause, fix) = match quota {
                    None => ("Other programs may have slowed it".to_owned(), "Close them"),
                    Some(quota) => (format!("A quota of {} may have held it back", Cores(*quota)), "Raise the quota"),
                };
                write!(
                    f,
                    "This computer was not always as fast: a {median} test took up to {slowest}. {cause}. {fix} and run again."
                )
            }
            Warning::Throttling { percent, quota: None } => write!(
                f,
                "This computer became {percent:.0} % slower from the first run to the last: it may have grown hot, or other \
                 programs may have used it more and more. Let it cool, close them and run again."
            ),
            Warning::Throttling { percent, quota: Some(quota) } => write!(
                f,
                "This program became {percent:.0} % slower from the first run to the last: a quota of {} may have held it back \
                 more and more. Raise the quota and run again.",
                Cores(*quota)
            ),
            Warning::CoarseClock { clock_step_ms, .. } if *clock_step_ms >= CLOCK_STANDS_MS => write!(
                f,
                "The clock made no step in {}: a browser or an extension of it holds it still on purpose, against tracking. Times \
                 mean nothing here: measure with a browser that does not.",
                Time(CLOCK_STANDS_MS)
            ),
            Warning::CoarseClock { clock_step_ms, cross_origin_isolated } => write!(
                f,
                "The clock steps by {}: {}. Choose sizes whose runs last {} or more{}.",
                Time(*clock_step_ms),
                match cross_origin_isolated {
                    Some(false) =>
                        "this page is not cross-origin isolated, and browsers give such pages a coarse clock",
                    Some(true) =>
                        "this browser may make clocks coarse on purpose, against tracking (in Firefox \
                                   privacy.resistFingerprinting)",
                    None => "this system's clock is coarse",
                },
                Time(STEPS_MIN * clock_step_ms),
                match cross_origin_isolated {
                    Some(false) => ", or serve the page with its isolation headers",
                    Some(true) => ", or measure with a browser that does not",
                    None => "",
                }
            ),
            Warning::EndedWhenNarrow => write!(
                f,
                "Runs ended as soon as the intervals were narrow, which chance may make happen too early: 90 to 95 of 100 such \
                 intervals hold the true value, not 95; for a full 95, ask for a number of runs (runs)."
            ),
            Warning::Asleep { runs, ms, in_browser } => write!(
                f,
                "The machine slept{} during {}, for {} in all: {} not count. Keep it awake and run again.",
                if *in_browser { ", or its time of day was set," } else { "" },
                Counted(*runs as u64, "run"),
                Time(*ms),
                if *runs == 1 { "it does" } else { "they do" }
            ),
            Warning::HiddenPage => write!(
                f,
                "The page was hidden during the measurement, and browsers slow hidden pages down: repeat it in view."
            ),
            Warning::OtherTarget { target } => write!(
                f,
                "Requests went to {target}, and only a target of parlab's answers as late as it is asked to: nothing is \
                 predicted of them. Leave the target out to have that."
            ),
            Warning::OpenedAgain { reason, times } => write!(
                f,
                "The browser was opened again {}, and its run repeated: {reason}. The runs after that are of a browser that had run \
                 nothing yet.",
                if *times == 1 { "once".to_owned() } else { format!("{times} times") }
            ),
            Warning::Lost { reason } => {
                write!(f, "It was lost before its last run, and what was to follow failed: {reason}")
            }
            Warning::FailedTasks { failed } => {
                let tasks = Counted(*failed as u64, "task");
                write!(f, "{tasks} failed: the times of their runs do not compare with others")
            }
            Warning::TooShort { .. }
            | Warning::FirstRunSlow { .. }
            | Warning::Outliers { .. }
            | Warning::Drift { .. }
            | Warning::IdleWorkers { .. }
            | Warning::Sampled { .. }
            | Warning::OptimisedAway { .. }
            | Warning::Imprecise { .. }
            | Warning::TooLong { .. }
            | Warning::LeftOut { .. } => unreachable!("it is of one row"),
        }
    }
}

/// A doubt about one row, in words: whoever has the same of several rows says what follows from it once.
pub struct OfRow {
    /// The row, and what was seen there.
    pub seen: String,
    /// What follows, as the rest of that sentence.
    pub so: String,
    /// The same of several rows, and what follows: it stands after "3 rows: ".
    pub of_several: String,
}

impl Warning {
    /// What is said of it, if it is about one row.
    pub fn of_row(&self) -> Option<OfRow> {
        let (seen, so, of_several) = match self {
            Warning::TooShort { row, fastest_ms, clock_step_ms } => {
                let [fastest, step] = [fastest_ms, clock_step_ms].map(|ms| Time(*ms));
                (
                    format!(
                        "{row}: a run took {fastest}, less than {} steps of a clock that steps by {step}",
                        Grouped(STEPS_MIN)
                    ),
                    ": choose a larger size or scale".to_owned(),
                    "a run took less than 1,000 steps of the clock: choose a larger size or scale.",
                )
            }
            Warning::FirstRunSlow { row, first_ms, median_ms } => {
                let [first, median] = [first_ms, median_ms].map(|ms| Time(*ms));
                (
                    format!("{row}: the first measured run took {first}, the median is {median}"),
                    ": ask for more warm-up runs (warmup), or for as many as it takes (stable)".to_owned(),
                    "the first measured run took much longer than the others: ask for more warm-up runs (warmup), or for as \
                     many as it takes (stable).",
                )
            }
            Warning::Outliers { row, outliers, runs, file_system } => {
                let (are, they_count) = if *outliers == 1 { ("is", "it counts") } else { ("are", "they count") };
                let files = file_system.as_ref().map_or_else(String::new, |file_system| {
                    format!(
                        ", and its files go to {file_system}, where what a disk writes late, or for others, may have slowed them"
                    )
                });
                (
                    format!("{row}: {outliers} of {runs} runs {are} far from the others{files}"),
                    format!("; {they_count} all the same. Close other programs, or ask for more runs."),
                    "some runs are far from the others; they count all the same. Close other programs, or ask for more runs.",
                )
            }
            Warning::Drift { row, percent } => {
                let (percent, how) = (percent.abs(), if *percent > 0.0 { "slower" } else { "faster" });
                (
                    format!("{row}: its runs became {how}, by {percent:.0} % from the first to the last"),
                    ": compare it as a ratio to rows that took turns with it, not by its time".to_owned(),
                    "the runs became slower, or faster, from the first to the last: compare such rows as ratios to others that \
                     took turns with them, not by their times.",
                )
            }
            Warning::IdleWorkers { row, workers, used } => (
                format!("{row}: only {used} of {workers} workers had a task"),
                format!(": its time is that of {used}; ask for more or longer tasks"),
                "not every worker had a task, and times are those of fewer workers: ask for more or longer tasks.",
            ),
            Warning::Sampled { row, kept, tasks } => (
                format!(
                    "{row}: of {} of a run the report keeps the spans of {}",
                    Counted(*tasks as u64, "task"),
                    Grouped(*kept as f64)
                ),
                format!(": {SAMPLED}"),
                "the report keeps the spans of some tasks of each run only: percentiles, phases and timelines are of these, \
                 drawn by chance; rates, failures, bytes and checksums are of all.",
            ),
            Warning::OptimisedAway { row, ns_per_step } => (
                format!("{row}: {ns_per_step:.4} ns per step is faster than any processor"),
                ": the work was optimised away, its times mean nothing".to_owned(),
                "tasks ended faster than any processor computes: the work was optimised away, and times mean nothing.",
            ),
            Warning::Imprecise { row, reached_percent: Some(reached), asked_percent } => (
                format!("{row}: its interval is ±{reached:.1} %, not ±{asked_percent:.1} % as asked for"),
                ": the time was over; ask for more of it (budget)".to_owned(),
                "the interval is wider than asked for: the time was over; ask for more of it (budget).",
            ),
            Warning::Imprecise { row, reached_percent: None, asked_percent } => (
                format!("{row}: there are too few whole runs for an interval; ±{asked_percent:.1} % was asked for"),
                String::new(),
                "the interval is wider than asked for: the time was over; ask for more of it (budget).",
            ),
            Warning::TooLong { row } => (
                format!("{row}: a task took longer than it may, its run was ended with it and the row not run again"),
                ": if it needs longer, raise the limit (task-limit)".to_owned(),
                "a task took longer than it may, its run was ended with it and the row not run again: if it needs longer, raise the \
                 limit (task-limit).",
            ),
            Warning::LeftOut { name, row, reason } => {
                return Some(OfRow {
                    seen: format!("{name}, {}", label::grouped(row)),
                    so: format!(", was left out: {reason}"),
                    of_several: format!("left out: {reason}."),
                });
            }
            _ => return None,
        };
        Some(OfRow { seen, so, of_several: of_several.to_owned() })
    }

    /// Whether it tells of something that the runs do not show: only that is stored in a report.
    pub fn is_recorded(&self) -> bool {
        matches!(
            self,
            Warning::LeftOut { .. }
                | Warning::HiddenPage
                | Warning::OtherTarget { .. }
                | Warning::OpenedAgain { .. }
                | Warning::Lost { .. }
        )
    }
}

/// What of a plan, as it was asked for, its runs will not show: what it leaves out, and that requests go elsewhere.
pub fn recorded(plan: &Plan) -> impl Iterator<Item = Warning> {
    let left_out = plan.left_out.iter().map(|LeftOut { row, reason }| Warning::LeftOut {
        name: group(row).to_owned(),
        row: RowLabel::of(row).plain(),
        reason: reason.clone(),
    });
    let target = plan.target.as_ref().filter(|_| plan.needs_target());
    left_out.chain(target.map(|target| Warning::OtherTarget { target: target.to_string() }))
}
