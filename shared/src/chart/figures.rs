//! What of a report goes into which chart, and what it is called there: the same on the page and in exports.

use std::iter::once_with;

use super::{Bar, Distribution, article, bars, distribution, scaling, scaling_series, sweep};
use crate::experiment;
use crate::measure::Row;
use crate::report::{Report, RowSummary, Run, Traffic, theory};
use crate::strategy::Strategy;

/// The charts of a report of one experiment, but for its timelines: each with what kind it is, drawn when it is asked for.
pub fn figures<'a>(
    report: &'a Report,
    rows: &'a [RowSummary],
    traffic: &'a [Traffic],
) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let speedups = move || {
        let series = scaling_series(report, rows, false);
        let cores = Some(report.environment.cores);
        (!series.is_empty()).then(|| scaling("Speed-up by workers", &series, cores))
    };
    let article = once_with(move || article(report, rows)).flatten().map(|chart| ("article", chart));
    let sweep = once_with(move || sweep(report, rows)).flatten().map(|chart| ("sweep", chart));
    let scaling = once_with(speedups).flatten().map(|chart| ("scaling", chart));
    let bars = once_with(move || ("bars", bars("Wall time by row", &bars_of_rows(report, rows))));
    let latencies = once_with(move || latencies(report, traffic)).flatten().map(|chart| ("distribution", chart));
    article.chain(sweep).chain(scaling).chain(bars).chain(latencies)
}

/// A bar for each row that was measured, in groups of one strategy.
fn bars_of_rows(report: &Report, rows: &[RowSummary]) -> Vec<Bar> {
    let many = many_workloads(report);
    let counted = |number: u32| format!("{number} worker{}", if number == 1 { "" } else { "s" });
    let bar = |one: &RowSummary| {
        let row = Row { workers: 1, ..one.row.clone() };
        let series = match one.row.strategy {
            Strategy::Sequential => counted(1),
            Strategy::Async => format!("{} in flight", one.row.workers),
            Strategy::Threads | Strategy::Processes => counted(one.row.workers),
        };
        let expected_ms = theory(report, rows, &one.row).map(|theory| theory.expected_ms);
        Some(Bar { expected_ms, ..Bar::of_row(label(&row, many).replace(" × 1", ""), series, one)? })
    };
    rows.iter().filter_map(bar).collect()
}

/// How long single tasks took: a chart for each number of tasks of a workload, with a curve per row.
fn latencies(report: &Report, rows: &[Traffic]) -> Vec<String> {
    let many = many_workloads(report);
    let of_workload = |rows: &[Traffic]| {
        let curve = |one: &Traffic| Distribution { name: label(&one.row, false), values_ms: one.latencies_ms.clone() };
        let curves: Vec<Distribution> = rows.iter().map(curve).collect();
        let title = match rows.first().filter(|_| many) {
            Some(one) => format!("Time that tasks took: {}", one.row.workload.name()),
            None => "Time that tasks took".to_owned(),
        };
        distribution(&title, &curves)
    };
    let of = |one: &Traffic| (one.row.workload.name(), one.row.workload.tasks());
    rows.chunk_by(|one, other| of(one) == of(other)).map(of_workload).collect()
}

/// The last run of each row: measured and whole if there is one, else whatever there is.
pub fn last_runs(report: &Report) -> Vec<&Run> {
    let worth = |run: &Run| (!run.cancelled, !run.warmup);
    let mut last: Vec<(Row, &Run)> = Vec::new();
    for run in &report.runs {
        let row = run.row.clone();
        match last.iter_mut().find(|(known, _)| *known == row) {
            None => last.push((row, run)),
            Some((_, other)) if worth(run) >= worth(other) => *other = run,
            Some(_) => {}
        }
    }
    last.into_iter().map(|(_, run)| run).collect()
}

/// The title of the source's figure, or else the row.
pub fn figure_title(report: &Report, run: &Run) -> String {
    let row = run.row.clone();
    let of_source = experiment::source_row(&row, report.scale).and_then(|row| row.figure.clone());
    of_source.unwrap_or_else(|| label(&row, many_workloads(report)))
}

/// A row of a report; with the workload's name where the report has several.
pub fn label(row: &Row, name_workload: bool) -> String {
    if name_workload { format!("{} · {}", row.workload.name(), row.label()) } else { row.label() }
}

/// Whether rows need the workload's name to be told apart.
pub fn many_workloads(report: &Report) -> bool {
    report.runs.windows(2).any(|two| two[0].row.workload.name() != two[1].row.workload.name())
}
