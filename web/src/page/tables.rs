//! The tables of a report: rows with their times, single tasks, failures, and what was left out.

use parlab_shared::experiment::{self, own_params};
use parlab_shared::measure::Row;
use parlab_shared::report::{
    ABOUT_RUNS, Percentiles, Report, RowSummary, Spread, Theory, Traffic, TrafficColumns, Warning, baseline, sweeps,
    theory,
};
use parlab_shared::strategy::Strategy;
use parlab_shared::task::ErrorKind;
use yew::prelude::*;

use super::text;

/// So many different failures are named; more would bury the rest.
const FAILURES_MAX: usize = 12;

/// Why tasks failed: each reason once per row, with how often.
pub fn failures(report: &Report) -> Html {
    let many = text::many_workloads(report);
    let mut reasons: Vec<(String, String, usize)> = Vec::new();
    for run in &report.runs {
        let row = text::row(&run.row, many);
        let errors = run.spans.iter().filter_map(|span| span.error.as_ref());
        for error in errors.filter(|error| error.kind != ErrorKind::Cancelled) {
            let reason = error.to_string();
            match reasons.iter_mut().find(|(other, known, _)| *other == row && *known == reason) {
                Some((_, _, count)) => *count += 1,
                None => reasons.push((row.clone(), reason, 1)),
            }
        }
    }
    if reasons.is_empty() {
        return Html::default();
    }
    let more = reasons.len().saturating_sub(FAILURES_MAX);
    html! {
        <div class="failures">
            <h3>{ "What failed" }</h3>
            <ul>
                for (row, reason, count) in reasons.into_iter().take(FAILURES_MAX) {
                    <li><strong>{ row }</strong>{ format!(", {}: ", text::count(count, "task")) }<code>{ reason }</code></li>
                }
            </ul>
            if more > 0 {
                <p class="hint">{ format!("And {more} more, in the report.") }</p>
            }
        </div>
    }
}

/// A line of the table.
enum Line<'a> {
    Measured(&'a RowSummary),
    /// A row that could not be run, by its label, and why.
    LeftOut(&'a str, &'a str),
}

/// The rows, those that were left out in their places.
fn lines<'a>(report: &'a Report, rows: &'a [RowSummary]) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = rows.iter().map(Line::Measured).collect();
    let Some(name) = rows.first().map(|one| name_of(&one.row)) else { return lines };
    let own = experiment::find(name).map(|(one, _)| one.rows(report.scale, report.platform)).unwrap_or_default();
    let labels: Vec<String> = own.iter().map(Row::label).collect();
    let place = |label: &str| labels.iter().position(|own| own == label).unwrap_or(labels.len());
    for warning in &report.warnings {
        let Warning::LeftOut { name: of, row, reason } = warning else { continue };
        if of != name {
            continue;
        }
        let after = |line: &Line<'_>| match line {
            Line::Measured(one) => place(&one.row.label()) > place(row),
            Line::LeftOut(label, _) => place(label) > place(row),
        };
        let at = lines.iter().position(after).unwrap_or(lines.len());
        lines.insert(at, Line::LeftOut(row, reason));
    }
    lines
}

/// The name under which a plan's warnings speak of a row.
pub fn name_of(row: &Row) -> &str {
    row.experiment.as_deref().unwrap_or(row.workload.name())
}

/// A row per strategy and number of workers.
pub fn table(report: &Report, rows: &[RowSummary], id: Option<&'static str>) -> Html {
    let many = text::many_workloads(report);
    let theories: Vec<Option<Theory>> = rows.iter().map(|one| theory(report, rows, &one.row)).collect();
    let article_s = |one: &RowSummary| experiment::source_row(&one.row, report.scale).and_then(|own| own.source_s);
    let columns = Columns {
        theory: theories.iter().any(Option::is_some),
        article: rows.iter().any(|one| article_s(one).is_some()),
    };
    let longest_ms = rows.iter().filter_map(|one| one.wall).map(|wall| wall.slowest_ms).fold(0.0, f64::max);
    html! {
        <>
        <div class="scroll" role="region" aria-label="Table of rows" tabindex="0">
        <table {id} class="rows">
            <caption class="unseen">{ "Wall times of the measured runs by row, in milliseconds" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th>
                    <th scope="col" class="number">{ "Median, ms" }</th>
                    if columns.theory { <th scope="col" class="number">{ "In theory, ms" }</th> }
                    if columns.article { <th scope="col" class="number">{ "In the article, s" }</th> }
                    <th scope="col" class="number">{ "Speed-up" }</th>
                    <th scope="col" class="number">{ "Efficiency" }</th>
                    <th scope="col" class="number">{ "Failed" }</th>
                    <th scope="col">{ "Spread" }</th>
                    <th scope="col" class="number">{ "Runs" }</th>
                    <th scope="col">{ "Mechanism" }</th>
                </tr>
            </thead>
            <tbody>
                for line in lines(report, rows) {
                    { match line {
                        Line::LeftOut(label, reason) => left_out(label, reason, columns),
                        Line::Measured(one) => {
                            let index = rows.iter().position(|other| other.row == one.row);
                            let theory = index.and_then(|index| theories[index].as_ref());
                            table_row(one, many, longest_ms, columns, theory, article_s(one))
                        }
                    } }
                }
            </tbody>
        </table>
        </div>
        if let Some(hint) = against(rows) {
            <p class="hint">{ hint }</p>
        }
        { runs_in_numbers(rows, many) }
        </>
    }
}

/// What else is known of each row's runs, to unfold.
fn runs_in_numbers(rows: &[RowSummary], many: bool) -> Html {
    let row = |one: &RowSummary| {
        html! {
            <tr>
                <th scope="row">{ text::row(&one.row, many) }</th>
                { cell("fastest", one.wall.map(|wall| wall.fastest_ms), text::ms) }
                { cell("slowest", one.wall.map(|wall| wall.slowest_ms), text::ms) }
                { cell("mean", one.mean_ms, text::ms) }
                { cell("deviation", one.deviation_ms, text::ms) }
                { cell("setup", one.setup_ms, text::ms) }
                { cell("queued", one.queued_ms, text::ms) }
                <td class="number">{ one.outliers }</td>
            </tr>
        }
    };
    html! {
        <details class="more">
            <summary>{ "Runs in numbers" }</summary>
            <div class="scroll" role="region" aria-label="Table of runs in numbers" tabindex="0">
            <table class="rows run-rows">
                <caption class="unseen">{ "The measured runs of each row, in milliseconds" }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Row" }</th>
                        <th scope="col" class="number">{ "Fastest, ms" }</th>
                        <th scope="col" class="number">{ "Slowest, ms" }</th>
                        <th scope="col" class="number">{ "Mean, ms" }</th>
                        <th scope="col" class="number">{ "Deviation, ms" }</th>
                        <th scope="col" class="number">{ "Setup, ms" }</th>
                        <th scope="col" class="number">{ "Queued, ms" }</th>
                        <th scope="col" class="number">{ "Outliers" }</th>
                    </tr>
                </thead>
                <tbody>
                    for one in rows { { row(one) } }
                </tbody>
            </table>
            </div>
            <p class="hint">{ ABOUT_RUNS }</p>
        </details>
    }
}

/// What speed-ups are against, where it is not the sequential row.
fn against(rows: &[RowSummary]) -> Option<String> {
    let other =
        rows.iter().filter_map(|one| baseline(rows, &one.row)).find(|one| one.row.strategy != Strategy::Sequential)?;
    Some(format!("Speed-up is against {}, because there is no sequential row.", text::row(&other.row, false)))
}

/// Columns that not every table has.
#[derive(Clone, Copy)]
struct Columns {
    theory: bool,
    article: bool,
}

/// A row that could not be run.
fn left_out(label: &str, reason: &str, columns: Columns) -> Html {
    let span = 7 + usize::from(columns.theory) + usize::from(columns.article);
    html! {
        <tr class="left-out" data-left-out={label.to_owned()}>
            <th scope="row">{ label }</th>
            <td colspan={span.to_string()}>{ format!("Left out: {reason}.") }</td>
        </tr>
    }
}

/// What tells the row from others of its experiment, for scripts: `keep=lock`.
fn own(row: &Row) -> Option<String> {
    let own: Vec<String> = own_params(row).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!own.is_empty()).then(|| own.join(","))
}

fn table_row(
    one: &RowSummary,
    many: bool,
    longest_ms: f64,
    columns: Columns,
    theory: Option<&Theory>,
    article_s: Option<f64>,
) -> Html {
    let row = &one.row;
    html! {
        <tr
            data-workload={row.workload.name()} data-strategy={row.strategy.name()}
            data-workers={row.workers.to_string()} data-dispatch={row.dispatch.name()}
            data-own={own(row)}
        >
            <th scope="row">{ text::row(row, many) }</th>
            { cell("median", one.wall.map(|wall| wall.median_ms), text::ms) }
            if columns.theory {
                <td
                    class="number" data-key="theory" title={theory.map(ToString::to_string)}
                    data-value={theory.map(|theory| theory.expected_ms.to_string())}
                >{ theory.map_or("–".to_owned(), |theory| text::ms(theory.expected_ms)) }</td>
            }
            if columns.article { { cell("article", article_s, text::seconds) } }
            { cell("speedup", one.speedup, text::times) }
            { cell("efficiency", one.efficiency, text::percent) }
            <td class={classes!("number", (one.failed > 0).then_some("failed"))} data-key="failed">{ one.failed }</td>
            <td>{ one.wall.map(|wall| spread(wall, longest_ms)).unwrap_or_default() }</td>
            <td class="number">{ one.runs }</td>
            <td><span title={text::mechanism(one.mechanism)}>{ one.mechanism.name() }</span></td>
        </tr>
    }
}

/// What is known of single tasks, for each row.
pub fn traffic_table(report: &Report, rows: &[Traffic], id: Option<&'static str>) -> Html {
    if rows.is_empty() {
        return Html::default();
    }
    let many = text::many_workloads(report);
    let columns = TrafficColumns::of(rows);
    let noun = columns.noun;
    html! {
        <div class="traffic">
        <h3>{ format!("{noun} one by one") }</h3>
        <p class="meta">{ "From the start of a task to its end, over all tasks that ended well in measured runs." }</p>
        <div class="scroll" role="region" aria-label="Table of rates and latencies" tabindex="0">
        <table {id} class="rows traffic-rows">
            <caption class="unseen">{ "Rates, latencies in milliseconds, and failures by row" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th>
                    <th scope="col" class="number">{ "Workers" }</th>
                    <th scope="col" class="number">{ noun }{ "/s" }</th>
                    if columns.bytes { <th scope="col" class="number">{ "MB/s" }</th> }
                    <th scope="col" class="number">{ "p50, ms" }</th>
                    <th scope="col" class="number">{ "p90, ms" }</th>
                    <th scope="col" class="number">{ "p95, ms" }</th>
                    <th scope="col" class="number">{ "p99, ms" }</th>
                    <th scope="col" class="number">{ "Slowest, ms" }</th>
                    if columns.first_byte { <th scope="col" class="number">{ "First byte, ms" }</th> }
                    for phase in &columns.phases {
                        <th scope="col" class="number">{ format!("{phase}, ms") }</th>
                    }
                    <th scope="col">{ "Failed, by kind" }</th>
                </tr>
            </thead>
            <tbody>
                for one in rows {
                    { traffic_row(one, many, &columns) }
                }
            </tbody>
        </table>
        </div>
        <p class="hint">
            { "p95: 95 % of tasks took no longer than this (nearest rank). Rates are medians of runs; a MB is 1 000 000 bytes." }
        </p>
        { waited(report, rows) }
        </div>
    }
}

/// How long tasks waited for a dictionary and inserted into it: all of them together, beside what they took.
fn waited(report: &Report, rows: &[Traffic]) -> Html {
    let step_ms = report.environment.clock_step_ms;
    // What is shorter than the clock's step reads as nothing.
    let told = |ms: f64| {
        if ms < step_ms { format!("less than the clock's step of {}", text::short(step_ms)) } else { text::short(ms) }
    };
    let sentence = |one: &Traffic| {
        let (wait, insert) = (*one.phases.get("wait")?, *one.phases.get("insert")?);
        let p50_ms = one.latency.as_ref()?.p50_ms;
        let of_task = format!("{}: of a task's {} (p50)", one.row.label(), text::short(p50_ms));
        if wait.max(insert) < step_ms {
            return Some(format!(
                "{of_task}, waiting for its turn at the dictionary and writing took {} each.",
                told(0.0)
            ));
        }
        Some(format!(
            "{of_task}, it waited {} for its turn at the dictionary and wrote for {}; over a run's {} that is about {}.",
            told(wait),
            told(insert),
            text::tasks(&one.row.workload),
            text::short((wait + insert) * f64::from(one.row.workload.tasks())),
        ))
    };
    let sentences: Vec<String> = rows.iter().filter_map(sentence).collect();
    if sentences.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="readings" data-about="waiting">
            for sentence in sentences { <li>{ sentence }</li> }
        </ul>
    }
}

fn traffic_row(one: &Traffic, many: bool, columns: &TrafficColumns<'_>) -> Html {
    let row = &one.row;
    let latency = |of: fn(&Percentiles) -> f64| one.latency.as_ref().map(of);
    let bytes_per_s = one.bytes_per_s.filter(|rate| *rate > 0.0);
    let failures: Vec<String> = one.failures.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let failed = !failures.is_empty();
    html! {
        <tr
            data-workload={row.workload.name()} data-strategy={row.strategy.name()}
            data-workers={row.workers.to_string()} data-dispatch={row.dispatch.name()}
            data-tasks={one.tasks.to_string()}
        >
            <th scope="row">{ text::row(row, many) }</th>
            <td class="number">{ row.workers }</td>
            { cell("requests-per-s", one.requests_per_s, text::rate) }
            if columns.bytes { { cell("bytes-per-s", bytes_per_s, |rate| text::rate(rate / 1e6)) } }
            { cell("p50", latency(|one| one.p50_ms), text::ms) }
            { cell("p90", latency(|one| one.p90_ms), text::ms) }
            { cell("p95", latency(|one| one.p95_ms), text::ms) }
            { cell("p99", latency(|one| one.p99_ms), text::ms) }
            { cell("slowest", latency(|one| one.slowest_ms), text::ms) }
            if columns.first_byte { { cell("first-byte", one.first_byte_ms, text::ms) } }
            for phase in &columns.phases {
                { cell(format!("phase-{phase}"), one.phases.get(*phase).copied(), text::ms) }
            }
            <td class={classes!(failed.then_some("failed"))} data-key="failures">
                { if failed { failures.join(", ") } else { "none".to_owned() } }
            </td>
        </tr>
    }
}

/// A number of a table; a dash where there is none.
fn cell(key: impl Into<AttrValue>, value: Option<f64>, text: fn(f64) -> String) -> Html {
    html! {
        <td class="number" data-key={key.into()} data-value={value.map(|value| value.to_string())}>
            { value.map_or("–".to_owned(), text) }
        </td>
    }
}

/// A line from fastest to slowest with a mark at the median, on the axis that all rows share.
/// The numbers stand beside it: it is decoration.
fn spread(wall: Spread, longest_ms: f64) -> Html {
    let x = |ms: f64| if longest_ms > 0.0 { 4.0 + 112.0 * ms / longest_ms } else { 4.0 };
    let [fastest, median, slowest] =
        [wall.fastest_ms, wall.median_ms, wall.slowest_ms].map(|ms| format!("{:.1}", x(ms)));
    html! {
        <svg class="spread" viewBox="0 0 120 16" width="120" height="16" aria-hidden="true">
            <line class="spread-axis" x1="4" x2="116" y1="8" y2="8" />
            <line class="spread-range" x1={fastest} x2={slowest} y1="8" y2="8" />
            <circle class="spread-median" cx={median} cy="8" r="4" />
        </svg>
    }
}

/// What worker sweeps say about more workers.
pub fn laws(report: &Report, rows: &[RowSummary]) -> Html {
    let sweeps = sweeps(report, rows);
    if sweeps.is_empty() {
        return Html::default();
    }
    html! {
        <div class="theory" data-about="scaling">
            <h3>{ "How it scales" }</h3>
            <ul class="readings">
                for sweep in &sweeps {
                    <li>
                        <strong>{ sweep.name() }</strong>{ ", over its own single worker:" }
                        <ul>
                            <li>{ format!("By Amdahl's law: {}", sweep.amdahl.sentence()) }</li>
                            <li>{ format!("By the Universal Scalability Law: {}", sweep.universal.sentence()) }</li>
                            <li>{ format!("Serial fraction (Karp-Flatt): {}.", sweep.fractions()) }</li>
                        </ul>
                    </li>
                }
            </ul>
        </div>
    }
}
