//! What one operation costs, and from which length on a task pays for its way to another worker.

use super::{Analysis, RowAnalysis};
use crate::statistics::{Interval, median, median_interval};
use crate::strategy::Strategy;
use crate::way::Setup;
use crate::workload::{OperationKind, Workload};

/// A time with what is known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimated {
    /// The median, in milliseconds.
    pub ms: f64,
    /// Its 95 % interval; `None` if runs are too few.
    pub interval: Option<Interval>,
}

/// What one operation of a row costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OperationCost {
    /// Wall time by operations; of several workers, that of all together. Where it is timed how a pool is made, that is the
    /// operation: the wall time as a whole.
    pub each: Estimated,
    /// How long a task must last, or all tasks of a run together where it is timed how their pool is made, so that the row's
    /// workers take no longer than one worker by itself. `None` where one worker cannot gain anything, where some of the workers
    /// had no task though their pool was there before, and of operations other than [`OperationKind::Nothing`].
    pub break_even: Option<Estimated>,
}

impl Estimated {
    /// Of values, one for each pass, in milliseconds; `None` if there are none.
    fn of(values: &[f64]) -> Option<Self> {
        Some(Self { ms: median(values)?, interval: median_interval(values) })
    }
}

/// What a row's operations cost; `None` if it does no single operation, or none of its runs counts.
///
/// A task that lasts t takes N tasks of one worker N (t + s), where s is what it costs that worker to take one, and P workers
/// N (t / P + w), where w is the row's wall time by tasks that do nothing: they are equal at t = (w − s) / (1 − 1 / P). P is no
/// more than there are cores. Of a pool that is made for a run of work T, with S the wall time of making it: T = S / (1 − 1 / P).
pub(super) fn cost(analysis: &Analysis<'_>, row: &RowAnalysis<'_>) -> Option<OperationCost> {
    let operations = operations(row)?;
    if row.summary.failed > 0 {
        return None;
    }
    let each: Vec<f64> = row.passes().into_values().map(|ms| ms / operations).collect();
    Some(OperationCost { each: Estimated::of(&each)?, break_even: break_even(analysis, row) })
}

/// By how many operations the wall time of a row's run is shared.
fn operations(row: &RowAnalysis<'_>) -> Option<f64> {
    let Workload::Operation(work) = &row.row.workload else { return None };
    let is_of_a_run = row.row.way.setup == Setup::Timed;
    Some(if is_of_a_run { 1.0 } else { work.operations() })
}

fn does_nothing(row: &RowAnalysis<'_>) -> bool {
    matches!(&row.row.workload, Workload::Operation(work) if work.operation == OperationKind::Nothing)
}

fn break_even(analysis: &Analysis<'_>, row: &RowAnalysis<'_>) -> Option<Estimated> {
    let report = analysis.report;
    let cores = if report.has_global_lock(row.row) { 1.0 } else { report.environment.usable_cores() };
    let workers = f64::from(row.row.workers).min(cores);
    let gain = 1.0 - 1.0 / workers;
    if !does_nothing(row) || !row.row.strategy.is_parallel() || gain <= 0.0 {
        return None;
    }
    if row.row.way.setup == Setup::Timed {
        let all: Vec<f64> = row.passes().into_values().map(|ms| ms / gain).collect();
        return Estimated::of(&all);
    }
    if !row.is_of_all_its_workers() {
        return None;
    }
    let alone = analysis.rows.iter().find(|row| does_nothing(row) && row.row.strategy == Strategy::Sequential)?;
    let (by, alone_by) = (operations(row)?, operations(alone)?);
    let lasts = |(ms, alone_ms): (f64, f64)| ((ms / by - alone_ms / alone_by) / gain).max(0.0);
    let all: Vec<f64> = row.pairs_with(alone).into_iter().map(lasts).collect();
    Estimated::of(&all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::row::Row;
    use crate::way::Lock;

    #[test]
    fn a_task_pays_where_what_it_costs_is_what_it_gains() {
        // One worker takes 1 µs for a task, each of two 3 µs, and a pool is made in 8 ms.
        let wall_ms = |row: &Row, _: u32| match (&row.workload, row.way.setup) {
            (_, Setup::Timed) => 8.0,
            (Workload::Operation(work), _) => work.operations() * if row.workers == 1 { 0.001 } else { 0.003 },
            _ => 1.0,
        };
        let report = ReportBuilder::of("ladder").runs(6).wall_ms(wall_ms).build();
        let analysis = Analysis::of(&report);
        let mut seen = 0;
        for row in &analysis.rows {
            let cost = cost(&analysis, row).expect("an operation");
            let close = |found: Option<Estimated>, ms: f64| {
                let found = found.expect("an estimate");
                assert!((found.ms - ms).abs() < 1e-9, "{}: {found:?}", row.label);
                assert!(found.interval.is_some_and(|interval| interval.contains(found.ms)), "{found:?}");
            };
            let (workers, is_timed) = (row.row.workers, row.row.way.setup == Setup::Timed);
            close(
                Some(cost.each),
                if is_timed {
                    8.0
                } else if workers == 1 {
                    0.001
                } else {
                    0.003
                },
            );
            if does_nothing(row) && workers == 2 {
                // More than two cores are not used.
                close(cost.break_even, if is_timed { 16.0 } else { 0.004 });
                seen += 1;
            } else {
                assert_eq!(cost.break_even, None, "{}", row.label);
            }
        }
        assert!(seen >= 4, "{seen}");
        // Threads that compute one at a time gain nothing.
        let mut locked = report;
        locked.runs.iter_mut().for_each(|run| run.row.way.lock = Lock::Gil);
        let analysis = Analysis::of(&locked);
        for row in analysis.rows.iter().filter(|row| does_nothing(row) && row.row.workers == 2) {
            let pays = cost(&analysis, row).expect("an operation").break_even.is_some();
            assert_eq!(pays, row.row.strategy == Strategy::Processes, "{}", row.label);
        }
        let sum = ReportBuilder::of("sum").build();
        let analysis = Analysis::of(&sum);
        assert!(analysis.rows.iter().all(|row| cost(&analysis, row).is_none()));
    }
}
