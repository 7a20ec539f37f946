//! A report as text: a table of rows, one of their single tasks, then a timeline of each row.

use std::fmt::Write;

use comfy_table::{Attribute, Cell, CellAlignment};
use parlab_shared::experiment;
use parlab_shared::report::{
    Percentiles, Report, RowSummary, Run, Traffic, TrafficColumns, baseline, summarize, sweeps, theory, traffic,
};
use parlab_shared::statistics::Interval;
use parlab_shared::strategy::Strategy;
use parlab_shared::text::one_line;

use super::{table, timeline};

/// Errors that are spelled out; more of them would bury the table.
const ERRORS_SHOWN: usize = 5;

/// The whole report as text, one experiment after another. Of several, timelines would bury the tables: they are left out.
pub fn results(report: &Report) -> String {
    let mut text = String::new();
    let parts = report.by_experiment();
    for part in &parts {
        results_of(&mut text, part, parts.len() == 1);
    }
    if parts.len() > 1 {
        text.push_str("timelines are shown where a single experiment runs\n");
    }
    text
}

/// A report of one experiment.
fn results_of(text: &mut String, report: &Report, timelines: bool) {
    heading(text, report);
    let rows = summarize(report);
    rows_table(text, report, &rows);
    let mut against = rows.iter().filter_map(|one| baseline(&rows, &one.row)).map(|one| &one.row);
    if let Some(row) = against.find(|row| row.strategy != Strategy::Sequential) {
        _ = writeln!(text, "speed-up is against {}: there is no sequential row\n", row.label());
    }
    theories(text, report, &rows);
    laws(text, report, &rows);
    single_tasks(text, &traffic(report));
    for one in rows.iter().filter(|_| timelines) {
        let run = report.runs.iter().rev().find(|run| !run.warmup && run.row == one.row);
        if let Some(run) = run {
            let title = title(report, run);
            text.push_str(&timeline::timeline(&title, run, terminal_width()));
            text.push('\n');
        }
    }
    if let Some(hides) = report.experiment.as_deref().and_then(experiment::find).and_then(|(one, _)| one.hides.as_ref())
    {
        _ = writeln!(text, "what the source hides: {hides}\n");
    }
    errors(text, report);
}

/// A line per row: what it took, and what the source says that it took.
fn rows_table(text: &mut String, report: &Report, rows: &[RowSummary]) {
    let source_s = |one: &RowSummary| experiment::source_row(&one.row, report.scale).and_then(|row| row.source_s);
    let has_source = rows.iter().any(|one| source_s(one).is_some());
    let mut header = vec![
        "row",
        "carried out by",
        "runs",
        "median ms",
        "±",
        "mean ms",
        "deviation ms",
        "fastest ms",
        "slowest ms",
        "setup ms",
        "queued ms",
        "speed-up",
        "±",
        "efficiency",
        "failed",
    ];
    header.extend(has_source.then_some("article s"));
    let mut lines = table([]);
    lines.set_header(header.into_iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    for one in rows {
        let wall = |pick: fn(&parlab_shared::report::Spread) -> f64| one.wall.as_ref().map(pick);
        let mut line = vec![
            one.row.label(),
            carried_out_by(one),
            match one.outliers {
                0 => one.runs.to_string(),
                outliers => format!("{} ({outliers} far)", one.runs),
            },
            number(wall(|wall| wall.median_ms), 1),
            half_width(one.interval),
            number(one.mean_ms, 1),
            number(one.deviation_ms, 1),
            number(wall(|wall| wall.fastest_ms), 1),
            number(wall(|wall| wall.slowest_ms), 1),
            number(one.setup_ms, 1),
            number(one.queued_ms, 1),
            number(one.speedup, 2),
            half_width(one.speedup_interval),
            number(one.efficiency.filter(|_| one.row.strategy != Strategy::Async), 2),
            one.failed.to_string(),
        ];
        line.extend(has_source.then(|| source_s(one).map_or_else(|| "–".to_owned(), |seconds| seconds.to_string())));
        lines.add_row(line);
    }
    for column in lines.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    _ = writeln!(text, "{lines}");
    if rows.iter().any(|one| one.interval.is_some()) {
        _ = writeln!(text, "±: half of the 95 % interval; of speed-ups, pass by pass");
    }
    text.push('\n');
}

/// Half of an interval's width, in percent of its middle.
fn half_width(interval: Option<Interval>) -> String {
    interval.map_or_else(|| "–".to_owned(), |interval| format!("{:.1} %", interval.relative_half_width() * 100.0))
}

/// What rows should have taken, beside what they took.
fn theories(text: &mut String, report: &Report, rows: &[RowSummary]) {
    let mut lines = table(["row", "in theory", "measured ms", "measured / theory"]);
    for one in rows {
        let Some(theory) = theory(report, rows, &one.row) else { continue };
        let median_ms = one.wall.map(|wall| wall.median_ms);
        let ratio = median_ms.map(|median_ms| median_ms / theory.expected_ms).filter(|ratio| ratio.is_finite());
        lines.add_row([one.row.label(), theory.to_string(), number(median_ms, 1), number(ratio, 3)]);
    }
    if lines.row_iter().next().is_none() {
        return;
    }
    for column in lines.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    _ = writeln!(text, "{lines}\n");
}

/// What worker sweeps say about more workers.
fn laws(text: &mut String, report: &Report, rows: &[RowSummary]) {
    for sweep in sweeps(report, rows) {
        _ = writeln!(
            text,
            "{}, over its own single worker: by Amdahl's law: {}",
            sweep.name(),
            sweep.amdahl.sentence()
        );
        _ = writeln!(text, "  by the Universal Scalability Law: {}", sweep.universal.sentence());
        _ = writeln!(text, "  serial fraction (Karp-Flatt): {}\n", sweep.fractions());
    }
}

/// Rates, latencies and failures of single tasks.
fn single_tasks(text: &mut String, rows: &[Traffic]) {
    if rows.is_empty() {
        return;
    }
    let TrafficColumns { noun, bytes, first_byte, phases } = TrafficColumns::of(rows);
    let mut header = vec!["row".to_owned(), format!("{}/s", noun.to_lowercase())];
    let names = bytes.then_some("MB/s").into_iter().chain(["p50 ms", "p90 ms", "p95 ms", "p99 ms", "slowest ms"]);
    header.extend(names.chain(first_byte.then_some("first byte ms")).map(str::to_owned));
    header.extend(phases.iter().map(|phase| format!("{phase} ms")));
    header.push("failed".to_owned());
    let failures_at = header.len() - 1;
    // Only some workloads have phases.
    let mut lines = table([]);
    lines.set_header(header.into_iter().map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    for one in rows {
        let latency = |of: fn(&Percentiles) -> f64| number(one.latency.as_ref().map(of), 2);
        let bytes_per_s = one.bytes_per_s.filter(|rate| *rate > 0.0);
        let mut line = vec![one.row.label(), number(one.requests_per_s, 1)];
        line.extend(bytes.then(|| number(bytes_per_s.map(|rate| rate / 1e6), 2)));
        line.extend([
            latency(|latency| latency.p50_ms),
            latency(|latency| latency.p90_ms),
            latency(|latency| latency.p95_ms),
            latency(|latency| latency.p99_ms),
            latency(|latency| latency.slowest_ms),
        ]);
        line.extend(first_byte.then(|| number(one.first_byte_ms, 2)));
        line.extend(phases.iter().map(|phase| number(one.phases.get(*phase).copied(), 2)));
        let failures: Vec<String> = one.failures.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        line.push(if failures.is_empty() { "–".to_owned() } else { failures.join(", ") });
        lines.add_row(line);
    }
    for column in lines.column_iter_mut().take(failures_at).skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    _ = writeln!(text, "{lines}\n");
}

fn heading(text: &mut String, report: &Report) {
    let environment = &report.environment;
    let name =
        report.experiment.as_deref().or(report.runs.first().map(|run| run.row.workload.name())).unwrap_or("nothing");
    _ = writeln!(text, "{name} at scale {} on {}", report.scale, report.platform);
    if let Some(experiment) = report.experiment.as_deref().and_then(experiment::find) {
        _ = writeln!(text, "{}", experiment.0.question);
    }
    if let Some(run) = report.runs.first() {
        // What rows differ in stands in their labels.
        let own = experiment::own_params(&run.row);
        let is_common = |name: &str| own.iter().all(|(other, _)| *other != name);
        let params = run.row.workload.params();
        let params = params.iter().filter(|(name, _)| is_common(name));
        let params: Vec<_> = params.map(|(name, value)| format!("{name} {value}")).collect();
        _ = writeln!(text, "{}: {}", run.row.workload.name(), params.join(", "));
    }
    let cpu = environment.cpu.as_deref().unwrap_or("unknown processor");
    let python = environment.python.as_ref().map(|one| format!("; {} {}", one.implementation, one.version));
    let python = python.unwrap_or_default();
    _ = writeln!(
        text,
        "{cpu}, {} cores, {}{python}; clock step {:.6} ms; build {}\n",
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
    let row = run.row.clone();
    let own = row.label();
    let figure = experiment::source_row(&row, report.scale).and_then(|row| row.figure.as_deref());
    figure.map_or(own.clone(), |figure| format!("{figure} ({own})"))
}

fn errors(text: &mut String, report: &Report) {
    let spans = report.runs.iter().flat_map(|run| run.spans.iter().map(move |span| (run, span)));
    let mut failures = spans.filter_map(|(run, span)| span.error.as_ref().map(|error| (run, span, error)));
    for (run, span, error) in failures.by_ref().take(ERRORS_SHOWN) {
        let error = one_line(&error.to_string());
        _ = writeln!(text, "failed: task {} of {}, run {}: {error}", span.task, run.row.label(), run.repetition);
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
