//! The results: a report as table, speed-up chart and timelines.

use parlab_shared::chart::{self, Bar};
use parlab_shared::experiment;
use parlab_shared::measure::Row;
use parlab_shared::report::{Report, RowSummary, Run, Spread, summarize};
use parlab_shared::strategy::Strategy;
use yew::prelude::*;
use yew::virtual_dom::VNode;

use super::browser::{self, ObjectUrl};
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
    html! {
        <>
        { finding(&rows) }
        { warnings(report) }
        { table(report, &rows, Some("rows")) }
        { failures(report) }
        <Charts report={props.report.clone()} />
        </>
    }
}

/// The speed-up chart and the timelines. They are drawn once per report.
#[component]
fn Charts(props: &ResultsProps) -> Html {
    let charts = use_memo(props.report.clone(), |report| {
        let series = chart::scaling_series(report, false);
        let scaling = (!series.is_empty())
            .then(|| svg(chart::scaling("Speed-up by workers", &series, Some(report.environment.cores))));
        let bars = svg(chart::bars("Wall time by row", &bars(report)));
        let runs = last_runs(report);
        // One axis for all rows of a workload: what is faster is shorter.
        let until_ms = |run: &Run| {
            let alike = runs.iter().filter(|other| other.workload == run.workload);
            alike.map(|other| other.wall_ms).max_by(f64::total_cmp)
        };
        let timeline = |run: &&Run| svg(chart::timeline(&figure(report, run), run, until_ms(run)));
        let timelines: Vec<(String, VNode)> = runs.iter().map(|run| (caption(report, run), timeline(run))).collect();
        (scaling, bars, timelines)
    });
    let (scaling, bars, timelines) = &*charts;
    html! {
        <>
        <div class="charts">
            if let Some(scaling) = scaling {
                <figure class="chart-box" data-chart="scaling">{ scaling.clone() }</figure>
            }
            <figure class="chart-box" data-chart="bars">{ bars.clone() }</figure>
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
    let of_source =
        report.experiment.as_deref().and_then(|name| experiment::figure(name, run.strategy, run.workers, run.dispatch));
    of_source.map_or_else(|| text::row(&run.row(), text::many_workloads(report)), str::to_owned)
}

fn caption(report: &Report, run: &Run) -> String {
    let kind = match (run.warmup, run.cancelled) {
        (_, true) => ", stopped",
        (true, false) => ", warm-up",
        (false, false) => "",
    };
    let row = text::row(&run.row(), text::many_workloads(report));
    let making = format!("making the workers took {} before that", text::duration(run.setup_ms));
    format!("{row} ({}){kind}: {}; {making}", run.mechanism, text::duration(run.wall_ms))
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
        Some(speedup) if best.row.strategy != Strategy::Sequential => {
            format!(", {} as fast as sequential", text::times(speedup))
        }
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
        for error in run.spans.iter().filter_map(|span| span.error.as_ref()) {
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
        <div class="scroll" role="region" aria-label="Table of rows" tabindex="0">
        <table {id} class="rows">
            <caption class="unseen">{ "Wall times of the measured runs by row, in milliseconds" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th>
                    <th scope="col" class="number">{ "Workers" }</th>
                    <th scope="col">{ "Mechanism" }</th>
                    <th scope="col" class="number">{ "Runs" }</th>
                    <th scope="col" class="number">{ "Fastest, ms" }</th>
                    <th scope="col" class="number">{ "Median, ms" }</th>
                    <th scope="col" class="number">{ "Slowest, ms" }</th>
                    <th scope="col">{ "Spread" }</th>
                    <th scope="col" class="number">{ "Speed-up" }</th>
                    <th scope="col" class="number">{ "Efficiency" }</th>
                    <th scope="col" class="number">{ "Failed" }</th>
                </tr>
            </thead>
            <tbody>
                for one in rows {
                    { table_row(one, many, longest_ms) }
                }
            </tbody>
        </table>
        </div>
    }
}

fn table_row(one: &RowSummary, many: bool, longest_ms: f64) -> Html {
    let row = &one.row;
    let time = |of: fn(&Spread) -> f64| one.wall.as_ref().map(of);
    let cell = |key: &'static str, value: Option<f64>, text: fn(f64) -> String| {
        html! {
            <td class="number" data-key={key} data-value={value.map(|value| value.to_string())}>
                { value.map_or("–".to_owned(), text) }
            </td>
        }
    };
    html! {
        <tr
            data-workload={row.workload.name()} data-strategy={row.strategy.name()}
            data-workers={row.workers.to_string()} data-dispatch={row.dispatch.name()}
        >
            <th scope="row">{ text::row(row, many) }</th>
            <td class="number">{ row.workers }</td>
            <td><span title={text::mechanism(one.mechanism)}>{ one.mechanism.name() }</span></td>
            <td class="number">{ one.runs }</td>
            { cell("fastest", time(|wall| wall.fastest_ms), text::ms) }
            { cell("median", time(|wall| wall.median_ms), text::ms) }
            { cell("slowest", time(|wall| wall.slowest_ms), text::ms) }
            <td>{ one.wall.map(|wall| spread(wall, longest_ms)).unwrap_or_default() }</td>
            { cell("speedup", one.speedup, text::times) }
            { cell("efficiency", one.efficiency, text::percent) }
            <td class={classes!("number", (one.failed > 0).then_some("failed"))} data-key="failed">{ one.failed }</td>
        </tr>
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
