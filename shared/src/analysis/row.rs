//! What the runs of a row say together.

use std::collections::{BTreeMap, BTreeSet};

use super::{RowCosts, RowFrames, TaskStats, Theory, label};
use crate::experiment::ExperimentRow;
use crate::grouping::grouped;
use crate::label::RowLabel;
use crate::report::Report;
use crate::row::Row;
use crate::run::Run;
use crate::statistics::{Interval, Moments, median, median_interval, median_of_sorted, outliers, paired_ratio};
use crate::strategy::{Mechanism, Platform};

/// In so large a share of a row's runs all its workers had tasks, or its times tell nothing of that number.
const RUNS_WITH_ALL: f64 = 0.75;

/// Fastest, median and slowest of some times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The shortest time, in milliseconds.
    pub fastest_ms: f64,
    /// The middle one; the mean of the two middle ones of an even number.
    pub median_ms: f64,
    /// The longest time, in milliseconds.
    pub slowest_ms: f64,
}

impl Spread {
    /// The spread of some times; `None` if there are none.
    pub fn of(times_ms: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut times: Vec<f64> = times_ms.into_iter().collect();
        times.sort_unstable_by(f64::total_cmp);
        let (fastest_ms, slowest_ms) = (*times.first()?, *times.last()?);
        Some(Self { fastest_ms, median_ms: median_of_sorted(&times)?, slowest_ms })
    }
}

/// A row of a report, with everything that is derived from its runs.
#[derive(Clone, Debug)]
pub struct RowAnalysis<'a> {
    /// Workload, strategy, workers and dispatch, as they were planned.
    pub row: &'a Row,
    /// What it is called among the rows of the report.
    pub label: RowLabel,
    /// Where it was measured.
    pub platform: Platform,
    /// How many connections its requests share, if that limits them.
    pub connections_max: Option<u32>,
    /// What carried it out.
    pub mechanism: Mechanism,
    /// All its runs, warm-up runs included, in the order in which they took place.
    pub runs: Vec<&'a Run>,
    /// Its measured, whole runs.
    pub measured: Vec<&'a Run>,
    /// Times and counts over its measured, whole runs.
    pub summary: RowSummary,
    /// How their tasks fared.
    pub tasks: TaskStats,
    /// The row that speed-ups are against, by its place: the sequential row of the same workload, or else, as in some of the
    /// sources, a row with a single worker. `None` where there is no such row without a failed task.
    pub baseline: Option<usize>,
    /// What the row should take; `None` where nothing is known beforehand.
    pub theory: Option<Theory>,
    /// The row of its experiment that it is: where the source's figure and result stand.
    pub source: Option<&'static ExperimentRow>,
}

/// The measured runs of a row in numbers. Times are wall times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSummary {
    /// How many runs were measured, whole.
    pub runs: usize,
    /// Their wall times; `None` if no run was whole, or if all of them failed.
    pub wall: Option<Spread>,
    /// The mean of their wall times.
    pub mean_ms: Option<f64>,
    /// The sample's standard deviation of their wall times; `None` of a single run.
    pub deviation_ms: Option<f64>,
    /// The 95 % interval of their median; `None` if they are too few.
    pub interval: Option<Interval>,
    /// Those of them that are far from the others, in milliseconds. They are part of everything all the same.
    pub outliers_ms: Vec<f64>,
    /// The median time that it took to make the workers.
    pub setup_ms: Option<f64>,
    /// The 95 % interval of that; `None` if they are too few.
    pub setup_interval: Option<Interval>,
    /// The median of what making the workers and the run itself took together.
    pub whole_ms: Option<f64>,
    /// The 95 % interval of that; `None` if they are too few.
    pub whole_interval: Option<Interval>,
    /// The median time that tasks waited until a worker took them.
    pub queued_ms: Option<f64>,
    /// What they cost besides time; nothing is known if all of them failed.
    pub costs: RowCosts,
    /// What was drawn meanwhile; `None` where nothing is.
    pub frames: Option<RowFrames>,
    /// How many times as fast as the baseline: the median of the ratios of all repetitions, since rows take turns, and what
    /// slows one slows the other. `None` where there is no baseline, of a baseline of no other row, where they have no
    /// repetition in common, and where tasks failed: less work was done then.
    pub speedup: Option<f64>,
    /// The 95 % interval of that median, which contains it; `None` if repetitions are too few, and of the baseline itself.
    pub speedup_interval: Option<Interval>,
    /// Speed-up per worker, as a share of 1. `None` where it means nothing: tasks in flight on one thread are no workers.
    pub efficiency: Option<f64>,
    /// Tasks that failed, in all runs but the warm-up.
    pub failed: usize,
    /// Whether a task failed in each of the runs that count, and none is made to fail: less work was done in all of them, and
    /// there are no times of the work that was asked for.
    pub all_failed: bool,
}

impl RowSummary {
    fn of(runs: &[&Run], measured: &[&Run]) -> Self {
        let failed = runs.iter().filter(|run| !run.warmup).map(|run| run.failed()).sum();
        let is_to_fail = runs.iter().any(|run| run.row.workload.panics_at().is_some());
        if !is_to_fail && !measured.is_empty() && measured.iter().all(|run| run.failed() > 0) {
            let setups: Vec<f64> = measured.iter().map(|run| run.setup_ms).collect();
            let (setup_ms, setup_interval) = (median(&setups), median_interval(&setups));
            return Self {
                runs: measured.len(),
                setup_ms,
                setup_interval,
                failed,
                all_failed: true,
                ..Self::default()
            };
        }
        let walls: Vec<f64> = measured.iter().map(|run| run.wall_ms).collect();
        let setups: Vec<f64> = measured.iter().map(|run| run.setup_ms).collect();
        let wholes: Vec<f64> = measured.iter().map(|run| run.whole_ms()).collect();
        let moments = Moments::of(&walls);
        let waits = measured.iter().flat_map(|run| &run.spans).map(|span| span.start_ms - span.queued_ms);
        Self {
            runs: walls.len(),
            mean_ms: moments.map(|moments| moments.mean),
            deviation_ms: moments.and_then(|moments| moments.deviation),
            interval: median_interval(&walls),
            outliers_ms: far_walls(&walls).into_iter().map(|at| walls[at]).collect(),
            wall: Spread::of(walls),
            queued_ms: median(&waits.collect::<Vec<f64>>()),
            setup_ms: median(&setups),
            setup_interval: median_interval(&setups),
            whole_ms: median(&wholes),
            whole_interval: median_interval(&wholes),
            costs: RowCosts::of(measured),
            frames: RowFrames::of(measured),
            failed,
            ..Self::default()
        }
    }

    /// The median of the wall times.
    pub fn median_ms(&self) -> Option<f64> {
        self.wall.map(|wall| wall.median_ms)
    }
}

impl<'a> RowAnalysis<'a> {
    /// The last run: measured and whole if there is one, else whatever there is.
    pub fn last_run(&self) -> &'a Run {
        let worth = |run: &&&Run| (!run.cancelled, !run.warmup);
        // Of equal worth the last one is taken.
        self.runs.iter().max_by_key(worth).copied().expect("a row is made of its runs")
    }

    /// How many workers had a task in most of its measured runs; `None` if there is no such run.
    pub fn workers_used(&self) -> Option<usize> {
        let mut used: Vec<usize> = self.measured.iter().map(|run| run.workers_used()).collect();
        used.sort_unstable();
        // Of most runs, not of all: one in which all were there does not make the others theirs.
        used.get(used.len() / 2).copied()
    }

    /// Whether one of several workers did all tasks in most of its runs, so that its times are those of one.
    pub fn is_of_one_of_several(&self) -> bool {
        self.row.strategy.is_parallel() && self.row.workers > 1 && self.workers_used() == Some(1)
    }

    /// Whether as many workers had tasks as the row has, or as there were tasks, in all but a few of its runs: what is derived
    /// from its times for that number of workers holds for no other.
    pub fn is_of_all_its_workers(&self) -> bool {
        let are_all = |run: &&&Run| {
            let workers = self.row.strategy.effective_workers(self.row.workers) as usize;
            run.workers_used() >= workers.min(run.tasks())
        };
        let with_all = self.measured.iter().filter(are_all).count();
        with_all as f64 >= RUNS_WITH_ALL * self.measured.len() as f64
    }

    /// The wall times of its measured runs by repetition, in milliseconds.
    pub(super) fn passes(&self) -> BTreeMap<u32, f64> {
        self.measured.iter().map(|run| (run.repetition, run.wall_ms)).collect()
    }

    /// The wall times of this row and of another in the passes in which both were measured, in milliseconds.
    pub fn pairs_with(&self, other: &Self) -> Vec<(f64, f64)> {
        let others = other.passes();
        self.passes().iter().filter_map(|(repetition, ms)| Some((*ms, *others.get(repetition)?))).collect()
    }
}

/// The rows of some runs of a report, in the order in which rows first ran.
pub(super) fn rows<'a>(runs: &'a [Run], of: &Report, name_workload: bool) -> Vec<RowAnalysis<'a>> {
    let rows = grouped(runs.iter().map(|run| (&run.row, run))).into_iter().map(|(row, runs)| {
        let measured: Vec<&Run> = runs.iter().copied().filter(|run| run.is_measured()).collect();
        (row, runs, measured)
    });
    let rows = rows.map(|(row, runs, measured)| RowAnalysis {
        row,
        label: label(row, name_workload),
        platform: of.platform,
        connections_max: of.connections_max(row),
        mechanism: runs[0].mechanism,
        summary: RowSummary::of(&runs, &measured),
        tasks: TaskStats::of(row, &runs, &measured),
        runs,
        measured,
        baseline: None,
        theory: None,
        source: None,
    });
    rows.collect()
}

/// Finds each row's baseline, and what the row takes beside it.
pub(super) fn compare_with_baselines(rows: &mut [RowAnalysis<'_>]) {
    let baselines: Vec<Option<usize>> = rows.iter().map(|row| baseline(rows, row.row)).collect();
    for place in 0..rows.len() {
        let baseline = baselines[place];
        rows[place].baseline = baseline;
        // Beside no other row, to be as fast as itself says nothing.
        if baseline == Some(place) && baselines.iter().filter(|known| **known == baseline).count() == 1 {
            continue;
        }
        let Some(baseline) = baseline.filter(|_| rows[place].summary.failed == 0).map(|baseline| &rows[baseline])
        else {
            continue;
        };
        let own = &rows[place];
        let Some(ratio) = paired_ratio(&baseline.pairs_with(own)) else { continue };
        // A row is itself, and not by an estimate.
        let interval = ratio.interval.filter(|_| baseline.row != own.row);
        let workers = (!own.row.strategy.counts_tasks_in_flight()).then(|| f64::from(own.row.workers));
        let summary = &mut rows[place].summary;
        summary.speedup = Some(ratio.ratio);
        summary.speedup_interval = interval;
        summary.efficiency = workers.map(|workers| ratio.ratio / workers);
    }
}

/// The place of the row that a row's speed-up is against.
fn baseline(rows: &[RowAnalysis<'_>], row: &Row) -> Option<usize> {
    let is_single = |row: &Row| row.workers == 1 && row.strategy.is_parallel();
    let find = |is_it: &dyn Fn(&Row) -> bool| {
        rows.iter().position(|candidate| {
            candidate.summary.failed == 0
                && candidate.row.experiment == row.experiment
                && candidate.row.workload == row.workload
                && is_it(candidate.row)
        })
    };
    find(&|row| !row.strategy.is_concurrent())
        // Of rows with a single worker the one that is timed alike comes first.
        .or_else(|| find(&|single| is_single(single) && single.way.setup == row.way.setup))
        .or_else(|| find(&is_single))
}

/// An outlier that is nearer to the median than this share of it is nobody's problem.
const FAR: f64 = 0.1;

/// The indexes of wall times that are far from the others of their row: outliers, and far enough to matter.
pub(super) fn far_walls(walls: &[f64]) -> Vec<usize> {
    let Some(middle) = median(walls) else { return Vec::new() };
    outliers(walls).into_iter().filter(|at| (walls[*at] - middle).abs() > FAR * middle).collect()
}

/// The places in a report of the runs that are far from the others of their row.
pub(crate) fn outlying(report: &Report) -> BTreeSet<usize> {
    let measured = report.runs.iter().enumerate().filter(|(_, run)| run.is_measured());
    let mut outlying = BTreeSet::new();
    for (_, runs) in grouped(measured.map(|(place, run)| (&run.row, (place, run.wall_ms)))) {
        let walls: Vec<f64> = runs.iter().map(|(_, wall_ms)| *wall_ms).collect();
        outlying.extend(far_walls(&walls).into_iter().map(|at| runs[at].0));
    }
    outlying
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        let spread = |times: &[f64]| Spread::of(times.iter().copied());
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { fastest_ms: 1.0, median_ms: 2.0, slowest_ms: 3.0 }));
        assert_eq!(spread(&[4.0, 1.0]).map(|spread| spread.median_ms), Some(2.5));
        assert_eq!(spread(&[9.0, 1.0, 4.0, 2.0]), Some(Spread { fastest_ms: 1.0, median_ms: 3.0, slowest_ms: 9.0 }));
        assert_eq!(spread(&[5.0]), Some(Spread { fastest_ms: 5.0, median_ms: 5.0, slowest_ms: 5.0 }));
    }
}
