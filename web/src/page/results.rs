//! The results: a report as tables, charts and timelines.

use parlab_shared::chart::{self, Bar, Distribution};
use parlab_shared::experiment;
use parlab_shared::measure::Row;
use parlab_shared::report::{
    Percentiles, Report, RowSummary, Run, Spread, Traffic, baseline, phases, summarize, traffic,
};
use parlab_shared::strategy::{Platform, Strategy};
use parlab_shared::task::ErrorKind;
use parlab_shared::workload::Workload;
use yew::prelude::*;
use yew::virtual_dom::VNode;

use super::browser::{self, ObjectUrl, Timeout};
use super::state::Shared;
use super::text;

/// What the results show.
#[derive(Properties, PartialEq)]
pub struct ResultsProps {
    /// The report.
    pub report: Shared<Report>,
}

/// The results.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let report = &props.report;
    let experiment = report.experiment.as_deref();
    let heading =
        experiment.and_then(experiment::find).map_or_else(|| text::title(report), |(one, _)| one.title.clone());
    html! {
        <section id="results" class="sheet" aria-labelledby="results-title" data-report={report.id.clone()}>
            <div class="results-head">
                <div>
                    <p class="kicker">{ format!("Results · {}", text::platform(report.platform)) }</p>
                    <h2 id="results-title">{ heading }</h2>
                    <p class="meta">
                        { browser::local_time(&report.created) }{ " · " }
                        { text::count(report.runs.len(), "run") }{ " · " }{ text::machine(report) }
                        { format!(" · scale {}", report.scale) }
                        if report.cancelled { { " · " }<strong class="stopped">{ "stopped before its end" }</strong> }
                    </p>
                </div>
                <Download report={props.report.clone()} id="report-download" class="button" />
            </div>
            <Findings report={props.report.clone()} />
        </section>
    }
}

/// What a report says: warnings, table, charts.
#[component]
fn Findings(props: &ResultsProps) -> Html {
    let report = &props.report;
    let rows = use_memo(props.report.clone(), |report| summarize(report));
    let traffic = use_memo(props.report.clone(), |report| traffic(report));
    html! {
        <>
        { finding(&rows) }
        { warnings(report) }
        { table(report, &rows, Some("rows")) }
        { traffic_table(report, &traffic) }
        { failures(report) }
        <ChartsLater report={props.report.clone()} />
        </>
    }
}

/// The charts, in a task of their own after the tables: of a large report they take a while.
#[component]
fn ChartsLater(props: &ResultsProps) -> Html {
    let due = use_state(|| None::<String>);
    {
        let due = due.clone();
        use_effect_with(props.report.id.clone(), move |id| {
            let id = id.clone();
            let soon = Timeout::new(0, move || due.set(Some(id)));
            move || drop(soon)
        });
    }
    if due.as_ref() != Some(&props.report.id) {
        return html! { <p class="hint">{ "Drawing …" }</p> };
    }
    html! { <Charts report={props.report.clone()} /> }
}

/// The speed-up chart and the timelines. They are drawn once per report.
#[component]
fn Charts(props: &ResultsProps) -> Html {
    let charts = use_memo(props.report.clone(), |report| {
        let series = chart::scaling_series(report, false);
        let scaling = (!series.is_empty())
            .then(|| svg(chart::scaling("Speed-up by workers", &series, Some(report.environment.cores))));
        let bars = svg(chart::bars("Wall time by row", &bars(report)));
        let latencies: Vec<VNode> = distributions(report).into_iter().map(svg).collect();
        let runs = last_runs(report);
        // One axis for all rows of a workload: what is faster is shorter.
        let until_ms = |run: &Run| {
            let alike = runs.iter().filter(|other| other.workload == run.workload);
            alike.map(|other| other.wall_ms).max_by(f64::total_cmp)
        };
        let timeline = |run: &&Run| svg(chart::timeline(&figure(report, run), run, until_ms(run)));
        let timelines: Vec<(String, VNode)> = runs.iter().map(|run| (caption(report, run), timeline(run))).collect();
        (scaling, bars, latencies, timelines)
    });
    let (scaling, bars, latencies, timelines) = &*charts;
    html! {
        <>
        <div class="charts">
            if let Some(scaling) = scaling {
                <figure class="chart-box" data-chart="scaling">{ scaling.clone() }</figure>
            }
            <figure class="chart-box" data-chart="bars">{ bars.clone() }</figure>
            for latencies in latencies {
                <figure class="chart-box" data-chart="distribution">{ latencies.clone() }</figure>
            }
        </div>
        <h3>{ "Timelines" }</h3>
        <p class="meta">{ "The last run of each row: a bar per task, coloured by worker." }</p>
        <div class="charts">
            for (caption, timeline) in timelines {
                <figure class="chart-box" data-chart="timeline">
                    { timeline.clone() }
                    <figcaption>{ caption }</figcaption>
                </figure>
            }
        </div>
        </>
    }
}

/// A bar for each row, in groups of one strategy.
fn bars(report: &Report) -> Vec<Bar> {
    let many = text::many_workloads(report);
    let bar = |one: RowSummary| {
        let row = Row { workers: 1, ..one.row.clone() };
        let group = text::row(&row, many).replace(" × 1", "");
        let series = match one.row.strategy {
            Strategy::Sequential => text::count(1, "worker"),
            Strategy::Async => format!("{} in flight", one.row.workers),
            Strategy::Threads | Strategy::Processes => text::count(one.row.workers as usize, "worker"),
        };
        Some(Bar { group, series, spread: one.wall? })
    };
    summarize(report).into_iter().filter_map(bar).collect()
}

/// How long single tasks took: a chart for each workload that waits, with a curve per row.
fn distributions(report: &Report) -> Vec<String> {
    let rows = traffic(report);
    let many = text::many_workloads(report);
    let of_workload = |rows: &[Traffic]| {
        let curve =
            |one: &Traffic| Distribution { name: text::row(&one.row, false), values_ms: one.latencies_ms.clone() };
        let curves: Vec<Distribution> = rows.iter().map(curve).collect();
        let title = match rows.first().filter(|_| many) {
            Some(one) => format!("Time that tasks took: {}", one.row.workload.name()),
            None => "Time that tasks took".to_owned(),
        };
        chart::distribution(&title, &curves)
    };
    rows.chunk_by(|one, other| one.row.workload == other.row.workload).map(of_workload).collect()
}

/// A chart in the page.
pub fn svg(chart: String) -> VNode {
    Html::from_html_unchecked(AttrValue::from(chart))
}

/// The last run of each row: measured and whole if there is one, else whatever there is.
pub fn last_runs(report: &Report) -> Vec<&Run> {
    let worth = |run: &Run| (!run.cancelled, !run.warmup);
    let mut last: Vec<&Run> = Vec::new();
    for run in &report.runs {
        match last.iter_mut().find(|other| other.row() == run.row()) {
            None => last.push(run),
            Some(other) if worth(run) >= worth(other) => *other = run,
            Some(_) => {}
        }
    }
    last
}

/// The title of the source's figure, or else the row.
pub fn figure(report: &Report, run: &Run) -> String {
    let row = run.row();
    let of_source = experiment::source_row(&row, report.scale).and_then(|row| row.figure.clone());
    of_source.unwrap_or_else(|| text::row(&row, text::many_workloads(report)))
}

fn caption(report: &Report, run: &Run) -> String {
    let kind = match (run.warmup, run.cancelled) {
        (_, true) => ", stopped",
        (true, false) => ", warm-up",
        (false, false) => "",
    };
    let row = text::row(&run.row(), text::many_workloads(report));
    let making = format!("making the workers took {} before that", text::duration(run.setup_ms));
    let connections = if crowded(report, run) { CONNECTIONS } else { "" };
    format!("{row} ({}){kind}: {}; {making}.{connections}", run.mechanism, text::duration(run.wall_ms))
}

/// Connections that browsers open to one host under HTTP/1.1, whatever the number of workers.
const CONNECTIONS_MAX: u32 = 6;
/// What shows in a timeline where that is too few.
const CONNECTIONS: &str = " Under HTTP/1.1 a browser opens six connections to a host: of more requests at a time, \
                           the others wait for one, and their bars are longer.";

/// Whether more requests were in flight than a browser has connections for.
fn crowded(report: &Report, run: &Run) -> bool {
    report.platform == Platform::Browser
        && run.workload.model().is_some()
        && run.workers.min(run.workload.tasks()) > CONNECTIONS_MAX
}

/// The answer in one sentence.
fn finding(rows: &[RowSummary]) -> Html {
    let one_workload = rows.windows(2).all(|two| two[0].row.workload == two[1].row.workload);
    let timed = rows.iter().filter(|one| one.failed == 0).filter_map(|one| Some((one, one.wall?.median_ms)));
    let best = timed.min_by(|(_, one), (_, other)| one.total_cmp(other));
    let Some((best, median_ms)) = best.filter(|_| one_workload && rows.len() > 1) else {
        return Html::default();
    };
    let row = text::row(&best.row, false);
    let against = match best.speedup {
        Some(speedup) if best.row.strategy != Strategy::Sequential => match baseline(rows, &best.row) {
            Some(baseline) => format!(", {} as fast as {}", text::times(speedup), text::row(&baseline.row, false)),
            None => String::new(),
        },
        _ => String::new(),
    };
    html! {
        <p class="finding">
            { "Fastest: " }<strong>{ row }</strong>{ format!(" in {}{against}.", text::duration(median_ms)) }
        </p>
    }
}

/// Doubts about the measurement.
pub fn warnings(report: &Report) -> Html {
    if report.warnings.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="warnings" aria-label="Warnings">
            for warning in &report.warnings {
                <li>{ warning.to_string() }</li>
            }
        </ul>
    }
}

/// So many different failures are named; more would bury the rest.
const FAILURES_MAX: usize = 12;

/// Why tasks failed: each reason once per row, with how often.
pub fn failures(report: &Report) -> Html {
    let many = text::many_workloads(report);
    let mut reasons: Vec<(String, String, usize)> = Vec::new();
    for run in &report.runs {
        let row = text::row(&run.row(), many);
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

/// A row per strategy and number of workers.
pub fn table(report: &Report, rows: &[RowSummary], id: Option<&'static str>) -> Html {
    let many = text::many_workloads(report);
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
                    <th scope="col" class="number">{ "Speed-up" }</th>
                    <th scope="col" class="number">{ "Efficiency" }</th>
                    <th scope="col" class="number">{ "Failed" }</th>
                    <th scope="col" class="number">{ "Fastest, ms" }</th>
                    <th scope="col" class="number">{ "Slowest, ms" }</th>
                    <th scope="col">{ "Spread" }</th>
                    <th scope="col" class="number">{ "Runs" }</th>
                    <th scope="col">{ "Mechanism" }</th>
                </tr>
            </thead>
            <tbody>
                for one in rows {
                    { table_row(one, many, longest_ms) }
                }
            </tbody>
        </table>
        </div>
        if let Some(hint) = against(rows) {
            <p class="hint">{ hint }</p>
        }
        </>
    }
}

/// What speed-ups are against, where it is not the sequential row.
fn against(rows: &[RowSummary]) -> Option<String> {
    let other =
        rows.iter().filter_map(|one| baseline(rows, &one.row)).find(|one| one.row.strategy != Strategy::Sequential)?;
    Some(format!("Speed-up is against {}, because there is no sequential row.", text::row(&other.row, false)))
}

fn table_row(one: &RowSummary, many: bool, longest_ms: f64) -> Html {
    let row = &one.row;
    let time = |of: fn(&Spread) -> f64| one.wall.as_ref().map(of);
    html! {
        <tr
            data-workload={row.workload.name()} data-strategy={row.strategy.name()}
            data-workers={row.workers.to_string()} data-dispatch={row.dispatch.name()}
        >
            <th scope="row">{ text::row(row, many) }</th>
            { cell("median", time(|wall| wall.median_ms), text::ms) }
            { cell("speedup", one.speedup, text::times) }
            { cell("efficiency", one.efficiency, text::percent) }
            <td class={classes!("number", (one.failed > 0).then_some("failed"))} data-key="failed">{ one.failed }</td>
            { cell("fastest", time(|wall| wall.fastest_ms), text::ms) }
            { cell("slowest", time(|wall| wall.slowest_ms), text::ms) }
            <td>{ one.wall.map(|wall| spread(wall, longest_ms)).unwrap_or_default() }</td>
            <td class="number">{ one.runs }</td>
            <td><span title={text::mechanism(one.mechanism)}>{ one.mechanism.name() }</span></td>
        </tr>
    }
}

/// What is known of single tasks, for each row whose work waits.
fn traffic_table(report: &Report, rows: &[Traffic]) -> Html {
    if rows.is_empty() {
        return Html::default();
    }
    let many = text::many_workloads(report);
    let phases = phases(rows);
    // Of some workloads every task is one request.
    let requests = rows.iter().all(|one| one.row.workload.model().is_some() && !mixed(&one.row.workload));
    let noun = if requests { "Requests" } else { "Tasks" };
    html! {
        <div class="traffic">
        <h3>{ format!("{noun} one by one") }</h3>
        <p class="meta">{ "From the start of a task to its end, over all tasks that ended well in measured runs." }</p>
        <div class="scroll" role="region" aria-label="Table of rates and latencies" tabindex="0">
        <table id="traffic" class="rows">
            <caption class="unseen">{ "Rates, latencies in milliseconds, and failures by row" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th>
                    <th scope="col" class="number">{ "Workers" }</th>
                    <th scope="col" class="number">{ noun }{ "/s" }</th>
                    <th scope="col" class="number">{ "MB/s" }</th>
                    <th scope="col" class="number">{ "p50, ms" }</th>
                    <th scope="col" class="number">{ "p90, ms" }</th>
                    <th scope="col" class="number">{ "p95, ms" }</th>
                    <th scope="col" class="number">{ "p99, ms" }</th>
                    <th scope="col" class="number">{ "Slowest, ms" }</th>
                    <th scope="col" class="number">{ "First byte, ms" }</th>
                    for phase in &phases {
                        <th scope="col" class="number">{ format!("{phase}, ms") }</th>
                    }
                    <th scope="col">{ "Failed, by kind" }</th>
                </tr>
            </thead>
            <tbody>
                for one in rows {
                    { traffic_row(one, many, &phases) }
                }
            </tbody>
        </table>
        </div>
        <p class="hint">
            { "p95: 95 % of tasks took no longer than this (nearest rank). Rates are medians of runs; a MB is 1 000 000 bytes." }
        </p>
        </div>
    }
}

/// Whether only some tasks are requests.
fn mixed(workload: &Workload) -> bool {
    matches!(workload, Workload::Mixed { .. })
}

fn traffic_row(one: &Traffic, many: bool, phases: &[&str]) -> Html {
    let row = &one.row;
    let latency = |of: fn(&Percentiles) -> f64| one.latency.as_ref().map(of);
    // Sleeping moves no bytes.
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
            { cell("bytes-per-s", bytes_per_s, |rate| text::rate(rate / 1e6)) }
            { cell("p50", latency(|one| one.p50_ms), text::ms) }
            { cell("p90", latency(|one| one.p90_ms), text::ms) }
            { cell("p95", latency(|one| one.p95_ms), text::ms) }
            { cell("p99", latency(|one| one.p99_ms), text::ms) }
            { cell("slowest", latency(|one| one.slowest_ms), text::ms) }
            { cell("first-byte", one.first_byte_ms, text::ms) }
            for phase in phases {
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

/// What a download link needs.
#[derive(Properties, PartialEq)]
pub struct DownloadProps {
    /// The report.
    pub report: Shared<Report>,
    /// The link's id.
    #[prop_or_default]
    pub id: Option<&'static str>,
    /// The link's class.
    #[prop_or_default]
    pub class: Classes,
}

/// A link that downloads a report.
#[component]
pub fn Download(props: &DownloadProps) -> Html {
    let url = use_memo(props.report.clone(), |report| ObjectUrl::json(&report.to_json()));
    let name = format!("parlab-{}-{}.json", text::title(&props.report).replace(", ", "-"), props.report.platform);
    match &*url {
        Some(url) => html! {
            <a id={props.id} class={props.class.clone()} href={url.address().to_owned()} download={name}>
                { "Download the report" }
            </a>
        },
        None => html! { <p id={props.id}>{ "This browser cannot offer the report for download." }</p> },
    }
}
