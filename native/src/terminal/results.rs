//! A report as text: a table of rows, then a timeline of each.

use std::fmt::Write;

use comfy_table::CellAlignment;
use parlab_shared::experiment;
use parlab_shared::report::{Report, RowSummary, Run, summarize};
use parlab_shared::strategy::Strategy;

use super::{table, timeline};

/// Errors that are spelled out; more of them would bury the table.
const ERRORS_SHOWN: usize = 5;

/// The whole report as text.
pub fn results(report: &Report) -> String {
    let mut text = String::new();
    heading(&mut text, report);
    let rows = summarize(report);
    let mut lines = table([
        "strategy",
        "workers",
        "carried out by",
        "runs",
        "fastest ms",
        "median ms",
        "slowest ms",
        "setup ms",
        "speed-up",
        "efficiency",
        "failed",
    ]);
    for one in &rows {
        let wall = |pick: fn(&parlab_shared::report::Spread) -> f64| one.wall.as_ref().map(pick);
        lines.add_row([
            one.row.strategy.to_string(),
            one.row.workers.to_string(),
            carried_out_by(one),
            one.runs.to_string(),
            number(wall(|wall| wall.fastest_ms), 1),
            number(wall(|wall| wall.median_ms), 1),
            number(wall(|wall| wall.slowest_ms), 1),
            number(one.setup_ms, 1),
            number(one.speedup, 2),
            number(one.efficiency.filter(|_| one.row.strategy != Strategy::Async), 2),
            one.failed.to_string(),
        ]);
    }
    for column in lines.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    _ = writeln!(text, "{lines}\n");
    for one in &rows {
        let run = report.runs.iter().rev().find(|run| !run.warmup && run.row() == one.row);
        if let Some(run) = run {
            let title = title(report, run);
            text.push_str(&timeline::timeline(&title, run, terminal_width()));
            text.push('\n');
        }
    }
    errors(&mut text, report);
    text
}

fn heading(text: &mut String, report: &Report) {
    let environment = &report.environment;
    let name = report.experiment.as_deref().or(report.runs.first().map(|run| run.workload.name())).unwrap_or("nothing");
    _ = writeln!(text, "{name} at scale {} on {}", report.scale, report.platform);
    if let Some(experiment) = report.experiment.as_deref().and_then(experiment::find) {
        _ = writeln!(text, "{}", experiment.0.question);
    }
    if let Some(run) = report.runs.first() {
        let params = serde_json::to_value(&run.workload).ok();
        let params = params.as_ref().and_then(|value| value.get("params")).and_then(|params| params.as_object());
        let params: Vec<_> = params.into_iter().flatten().map(|(name, value)| format!("{name} {value}")).collect();
        _ = writeln!(text, "{}: {}", run.workload.name(), params.join(", "));
    }
    let cpu = environment.cpu.as_deref().unwrap_or("unknown processor");
    _ = writeln!(
        text,
        "{cpu}, {} cores, {}; clock step {:.6} ms; build {}\n",
        environment.cores, environment.os, environment.clock_step_ms, report.tool.build
    );
}

fn carried_out_by(one: &RowSummary) -> String {
    match one.row.dispatch {
        parlab_shared::strategy::Dispatch::Pool => one.mechanism.to_string(),
        parlab_shared::strategy::Dispatch::PerTask => format!("{}, one per task", one.mechanism),
    }
}

fn title(report: &Report, run: &Run) -> String {
    let own = format!("{} × {}", run.strategy, run.workers);
    let figure =
        report.experiment.as_deref().and_then(|name| experiment::figure(name, run.strategy, run.workers, run.dispatch));
    figure.map_or(own.clone(), |figure| format!("{figure} ({own})"))
}

fn errors(text: &mut String, report: &Report) {
    let spans = report.runs.iter().flat_map(|run| run.spans.iter().map(move |span| (run, span)));
    let mut failures = spans.filter_map(|(run, span)| span.error.as_ref().map(|error| (run, span, error)));
    for (run, span, error) in failures.by_ref().take(ERRORS_SHOWN) {
        let (strategy, workers) = (run.strategy, run.workers);
        _ = writeln!(text, "failed: task {} of {strategy} × {workers}, run {}: {error}", span.task, run.repetition);
    }
    match failures.count() {
        0 => {}
        more => _ = writeln!(text, "… and {more} more; the report has them all"),
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

/// Columns of the terminal, within what is readable; 80 where there is none.
fn terminal_width() -> usize {
    let columns = console::Term::stdout().size_checked().map_or(80, |(_, columns)| usize::from(columns));
    columns.clamp(40, 120)
}
