//! What the runs of a row say together.

use std::collections::{BTreeMap, BTreeSet};

use super::{Report, Run};
use crate::measure::Row;
use crate::statistics::{Interval, Moments, median_interval, outliers, paired_ratio};
use crate::strategy::{Mechanism, Strategy};

/// Fastest, median and slowest of some times, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The shortest.
    pub fastest_ms: f64,
    /// The middle one; the mean of the two middle ones of an even number.
    pub median_ms: f64,
    /// The longest.
    pub slowest_ms: f64,
}

impl Spread {
    /// The spread of some times; `None` if there are none.
    pub fn of(times_ms: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut times: Vec<f64> = times_ms.into_iter().collect();
        let fastest_ms = times.iter().copied().min_by(f64::total_cmp)?;
        let slowest_ms = times.iter().copied().max_by(f64::total_cmp)?;
        let (middle, odd) = (times.len() / 2, times.len() % 2 == 1);
        let (below, high, _) = times.select_nth_unstable_by(middle, f64::total_cmp);
        let low = if odd { *high } else { below.iter().copied().max_by(f64::total_cmp)? };
        Some(Self { fastest_ms, median_ms: (low + *high) / 2.0, slowest_ms })
    }
}

/// How to read a summary's numbers, for a human.
pub const ABOUT_RUNS: &str = "Deviation: the sample's standard deviation. Setup: making the workers. Queued: how long tasks \
                              waited for one; both are medians. Outliers are far from the other runs of their row, and \
                              count all the same.";

/// The measured runs of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowSummary {
    /// The row.
    pub row: Row,
    /// What carried it out.
    pub mechanism: Mechanism,
    /// How many runs were measured, whole.
    pub runs: usize,
    /// Their wall times; `None` if no run was whole.
    pub wall: Option<Spread>,
    /// The mean of their wall times, in milliseconds.
    pub mean_ms: Option<f64>,
    /// Their standard deviation, in milliseconds; `None` of a single run.
    pub deviation_ms: Option<f64>,
    /// The 95 % interval of their median; `None` if they are too few.
    pub interval: Option<Interval>,
    /// How many of them are outliers. They are part of everything all the same.
    pub outliers: usize,
    /// The median time that it took to make the workers, in milliseconds.
    pub setup_ms: Option<f64>,
    /// The median time that tasks waited until a worker took them, in milliseconds.
    pub queued_ms: Option<f64>,
    /// How many times as fast as the row's [`baseline`]: ratio of medians. `None` where there is no such
    /// row, and where tasks failed: less work was done then.
    pub speedup: Option<f64>,
    /// The 95 % interval of the ratio to the baseline, repetition by repetition: rows take turns, and what slows one slows
    /// the other.
    pub speedup_interval: Option<Interval>,
    /// Speed-up per worker.
    pub efficiency: Option<f64>,
    /// Tasks that failed, in all runs, warm-up included.
    pub failed: usize,
}

/// Summarises a report row by row, in the order in which rows first ran.
pub fn summarize(report: &Report) -> Vec<RowSummary> {
    let mut rows: Vec<RowSummary> = Vec::new();
    // The wall times of each row, by repetition.
    let mut passes: Vec<BTreeMap<u32, f64>> = Vec::new();
    for (row, runs) in by_row(report) {
        let runs: Vec<&Run> = runs.into_iter().map(|(_, run)| run).collect();
        let measured = || runs.iter().filter(|run| run.is_measured());
        passes.push(measured().map(|run| (run.repetition, run.wall_ms)).collect());
        let walls: Vec<f64> = measured().map(|run| run.wall_ms).collect();
        let moments = Moments::of(&walls);
        let waits = measured().flat_map(|run| &run.spans).map(|span| span.start_ms - span.queued_ms);
        rows.push(RowSummary {
            mechanism: runs[0].mechanism,
            runs: walls.len(),
            mean_ms: moments.map(|one| one.mean),
            deviation_ms: moments.and_then(|one| one.deviation),
            interval: median_interval(&walls),
            outliers: outliers(&walls).len(),
            wall: Spread::of(walls),
            queued_ms: Spread::of(waits).map(|spread| spread.median_ms),
            setup_ms: Spread::of(measured().map(|run| run.setup_ms)).map(|spread| spread.median_ms),
            speedup: None,
            speedup_interval: None,
            efficiency: None,
            failed: runs.iter().map(|run| run.failed()).sum(),
            row,
        });
    }
    let clean: Vec<RowSummary> = rows.iter().filter(|one| one.failed == 0).cloned().collect();
    let in_order: Vec<Row> = rows.iter().map(|one| one.row.clone()).collect();
    for (place, one) in rows.iter_mut().enumerate().filter(|(_, one)| one.failed == 0) {
        let Some(base) = baseline(&clean, &one.row) else { continue };
        if let (Some(baseline), Some(wall)) = (base.wall, one.wall) {
            let speedup = baseline.median_ms / wall.median_ms;
            one.speedup = Some(speedup).filter(|speedup| speedup.is_finite());
            let of_base = in_order.iter().position(|row| *row == base.row).filter(|of_base| *of_base != place);
            one.speedup_interval = of_base
                .and_then(|of_base| paired_ratio(&in_pairs(&passes[of_base], &passes[place])))
                .and_then(|ratio| ratio.interval);
            // Tasks in flight on one thread are no workers: efficiency per worker would mean nothing.
            let workers = if one.row.strategy == Strategy::Async { 1 } else { one.row.workers };
            one.efficiency = one.speedup.map(|speedup| speedup / f64::from(workers));
        }
    }
    rows
}

/// Runs with their places in the report, by their rows, in the order in which rows first ran.
pub(super) fn by_row(report: &Report) -> Vec<(Row, Vec<(usize, &Run)>)> {
    let mut rows: Vec<(Row, Vec<(usize, &Run)>)> = Vec::new();
    for (place, run) in report.runs.iter().enumerate() {
        match rows.iter_mut().find(|(row, _)| run.row == *row) {
            Some((_, runs)) => runs.push((place, run)),
            None => rows.push((run.row.clone(), vec![(place, run)])),
        }
    }
    rows
}

/// The places in a report of the runs that are far from the others of their row.
pub fn outlying(report: &Report) -> BTreeSet<usize> {
    let mut outlying = BTreeSet::new();
    for (_, mut runs) in by_row(report) {
        runs.retain(|(_, run)| run.is_measured());
        let walls: Vec<f64> = runs.iter().map(|(_, run)| run.wall_ms).collect();
        outlying.extend(outliers(&walls).into_iter().map(|at| runs[at].0));
    }
    outlying
}

/// The wall times of two rows in the passes in which both were measured, in milliseconds.
pub fn pairs(report: &Report, first: &Row, second: &Row) -> Vec<(f64, f64)> {
    let of = |row: &Row| -> BTreeMap<u32, f64> {
        let runs = report.runs.iter().filter(|run| run.row == *row && run.is_measured());
        runs.map(|run| (run.repetition, run.wall_ms)).collect()
    };
    in_pairs(&of(first), &of(second))
}

/// What two rows took in the same repetitions.
fn in_pairs(first: &BTreeMap<u32, f64>, second: &BTreeMap<u32, f64>) -> Vec<(f64, f64)> {
    first.iter().filter_map(|(repetition, ms)| Some((*ms, *second.get(repetition)?))).collect()
}

/// What a row's speed-up is against: the sequential row of the same workload, or else, as in some of the
/// sources, a row with a single worker.
pub fn baseline<'a>(rows: &'a [RowSummary], row: &Row) -> Option<&'a RowSummary> {
    let same = || rows.iter().filter(|one| one.row.experiment == row.experiment && one.row.workload == row.workload);
    let sequential = same().find(|one| one.row.strategy == Strategy::Sequential);
    sequential.or_else(|| same().find(|one| one.row.workers == 1 && one.row.strategy != Strategy::Async))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        let spread = |times: &[f64]| Spread::of(times.iter().copied());
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { fastest_ms: 1.0, median_ms: 2.0, slowest_ms: 3.0 }));
        assert_eq!(spread(&[4.0, 1.0]).map(|one| one.median_ms), Some(2.5));
        assert_eq!(spread(&[9.0, 1.0, 4.0, 2.0]), Some(Spread { fastest_ms: 1.0, median_ms: 3.0, slowest_ms: 9.0 }));
        assert_eq!(spread(&[5.0]), Some(Spread { fastest_ms: 5.0, median_ms: 5.0, slowest_ms: 5.0 }));
    }
}
