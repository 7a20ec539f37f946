//! How many times as fast with more workers: the series of an analysis, and their chart.

mod plot;

use super::form::Form;
use super::svg::Picture;
use crate::analysis::Analysis;
use crate::label::RowLabel;
use crate::number::Grouped;
use crate::row::Row;
use crate::statistics::scaling::FittedValue;
use crate::strategy::Dispatch;

pub(super) use plot::{Curve, Point, Series, plot};

/// A fitted law is drawn up to so many times the most workers that were measured.
const EXTRAPOLATED: u32 = 2;

/// Speed-ups by workers, where any is known.
pub(super) fn of_analysis(analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
    let series = series_of(analysis);
    let cores = Some(analysis.report.environment.usable_cores());
    (!series.is_empty()).then(|| plot(form, "Speed-up by workers", &series, cores)).into_iter().collect()
}

/// The scaling series of an analysis: one per strategy that has several tasks under way, only where a speed-up is known.
///
/// Where there are several workloads, or several ways to hand out tasks, each has a series of its own, and its name says
/// which.
pub(super) fn series_of(analysis: &Analysis<'_>) -> Vec<Series> {
    let mut series: Vec<(Row, Series)> = Vec::new();
    for row in analysis.rows.iter().filter(|row| row.row.strategy.is_concurrent()) {
        let Some(speedup) = row.summary.speedup else { continue };
        // Rows of one series differ only in their workers.
        let key = Row { workers: 0, ..row.row.clone() };
        let interval = row.summary.speedup_interval.map(|interval| (interval.low, interval.high));
        let point = Point { workers: row.row.workers, speedup, interval };
        match series.iter_mut().find(|(known, _)| *known == key) {
            Some((_, series)) => series.points.push(point),
            None => series.push((key, Series { name: String::new(), points: vec![point], law: None })),
        }
    }
    for sweep in &analysis.sweeps {
        let key = Row { workers: 0, ..sweep.row.clone() };
        let Some(law) = sweep.law() else { continue };
        if let Some((_, series)) = series.iter_mut().find(|(row, _)| *row == key) {
            // The law knows speed-ups over one worker of the sweep; the chart shows them over the report's baseline.
            let single = series.points.iter().find(|point| point.workers == 1).map_or(1.0, |point| point.speedup);
            // Work that computes is no faster on this machine with more workers than cores, whatever the law.
            let cores = sweep.cores.map_or(u32::MAX, |cores| cores as u32);
            let until = law.measured.saturating_mul(EXTRAPOLATED).min(cores.max(law.measured));
            let fitted = |workers| {
                let FittedValue { value, interval } = law.predict(workers);
                // One worker is what the law begins with: it has no interval.
                let interval = (workers > 1).then_some((interval.low * single, interval.high * single));
                Point { workers, speedup: value * single, interval }
            };
            series.law = Some(Curve { name: law.law.name(), values: (1..=until).map(fitted).collect() });
        }
    }
    let keys: Vec<Row> = series.iter().map(|(row, _)| row.clone()).collect();
    let named = |(row, series): (Row, Series)| Series { name: name(&row, &keys), ..series };
    series.into_iter().map(named).collect()
}

/// What tells a series from the others: no more than is needed.
fn name(row: &Row, all: &[Row]) -> String {
    let mut name = row.strategy.to_string();
    if row.strategy.counts_tasks_in_flight() {
        name += " (in flight)";
    }
    if row.dispatch == Dispatch::PerTask && all.iter().any(|known| known.dispatch != row.dispatch) {
        name += " per task";
    }
    if all.iter().any(|known| known.way != row.way) {
        name += &row.way.to_string();
    }
    let workload = &row.workload;
    let others = || all.iter().map(|known| &known.workload).filter(|known| *known != workload);
    let params = RowLabel::of(row).params();
    if others().any(|known| known.name() != workload.name() || params.is_empty()) {
        name += &format!(", {}", workload.name());
    }
    if !params.is_empty() {
        name += &params;
    } else if others().any(|known| known.name() == workload.name()) {
        name += &format!(" {}", Grouped(workload.tasks().into()));
        if let Some(size) = workload.size() {
            name += &format!(" × {}", Grouped(size as f64));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::fixture::{self, ReportBuilder, report, row};
    use crate::run::Run;
    use crate::strategy::Strategy;
    use crate::workload::{Count, Sum, Workload};

    fn series_of_runs(runs: Vec<Run>) -> Vec<Series> {
        let report = report(runs);
        let mut series = series_of(&Analysis::of(&report));
        // Ratios are of logarithms, whose last digit is lost.
        for point in series.iter_mut().flat_map(|series| &mut series.points) {
            point.speedup = (point.speedup * 1e9).round() / 1e9;
        }
        series
    }

    fn run(strategy: Strategy, workers: u32, wall_ms: f64) -> Run {
        let count = Workload::Count(Count { tasks: 1, n: 10 });
        fixture::run(row(count, strategy, workers), wall_ms, vec![fixture::span(0, 0, 0.0, wall_ms)])
    }

    #[test]
    fn a_series_per_strategy() {
        let runs = vec![
            run(Strategy::Sequential, 1, 100.0),
            run(Strategy::Threads, 1, 100.0),
            run(Strategy::Threads, 2, 50.0),
            run(Strategy::Processes, 2, 80.0),
        ];
        let point = |&(workers, speedup): &(u32, f64)| Point { workers, speedup, interval: None };
        let series = |name: &str, points: &[(u32, f64)]| Series {
            name: name.to_owned(),
            points: points.iter().map(point).collect(),
            law: None,
        };
        let expected = [series("threads", &[(1, 1.0), (2, 2.0)]), series("processes", &[(2, 1.25)])];
        assert_eq!(series_of_runs(runs.clone()), expected);
        assert_eq!(series_of_runs(runs[1..].to_vec()), expected, "one worker stands in");
        assert_eq!(series_of_runs(runs[2..].to_vec()), [], "nothing to compare with, no speed-up");
    }

    #[test]
    fn series_of_an_experiment_are_called_by_what_its_rows_differ_in() {
        let report = ReportBuilder::of("ladder").runs(6).build();
        let names: Vec<String> = series_of(&Analysis::of(&report)).into_iter().map(|series| series.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        for expected in ["threads, nothing", "processes, callback, nothing", "threads, atomic", "threads, fork-join"] {
            assert!(names.iter().any(|name| name == expected), "{expected}: {names:?}");
        }
    }

    #[test]
    fn series_are_told_apart_by_what_differs() {
        fn names(runs: Vec<Run>) -> Vec<String> {
            series_of_runs(runs).into_iter().map(|series| series.name).collect()
        }
        let mut per_task = run(Strategy::Threads, 2, 50.0);
        per_task.row.dispatch = Dispatch::PerTask;
        let base = [run(Strategy::Sequential, 1, 100.0), run(Strategy::Threads, 2, 50.0)];
        assert_eq!(names([base.as_slice(), &[per_task]].concat()), ["threads", "threads per task"]);
        let with = |workload: Workload| {
            base.clone().map(|run| Run { row: Row { workload: workload.clone(), ..run.row.clone() }, ..run })
        };
        let sum = with(Workload::Sum(Sum { tasks: 1, n: 7 }));
        assert_eq!(names([base.as_slice(), &sum].concat()), ["threads, count", "threads, sum"]);
        let larger = with(Workload::Count(Count { tasks: 1, n: 20 }));
        assert_eq!(names([base.as_slice(), &larger].concat()), ["threads, count 1 × 10", "threads, count 1 × 20"]);
        let mut asked = [base.as_slice(), &larger].concat();
        asked.iter_mut().for_each(|run| run.row.swept = vec!["n".to_owned()]);
        assert_eq!(names(asked), ["threads, n 10", "threads, n 20"]);
    }
}
