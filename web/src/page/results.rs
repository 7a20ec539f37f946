//! The results: a report as tables, charts and timelines.

use std::rc::Rc;

use parlab_shared::chart;
use parlab_shared::experiment;
use parlab_shared::export::Format;
use parlab_shared::report::{CONNECTIONS_MAX, Report, RowSummary, Run, Warning, baseline, summarize, traffic};
use parlab_shared::strategy::{Platform, Strategy};
use yew::prelude::*;
use yew::virtual_dom::VNode;

use super::browser::{self, ObjectUrl, Timeout};
use super::export;
use super::state::Shared;
use super::{source, tables, text};

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
    let several = report.runs.windows(2).any(|two| two[0].experiment != two[1].experiment);
    let heading = if several {
        "Several experiments".to_owned()
    } else {
        experiment.and_then(experiment::find).map_or_else(|| text::title(report), |(one, _)| one.title.clone())
    };
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
                <div class="results-files">
                    <Download report={props.report.clone()} id="report-download" class="button" />
                    <export::Export report={props.report.clone()} />
                </div>
            </div>
            if several {
                <Parts report={props.report.clone()} />
            } else {
                <Findings report={props.report.clone()} alone={true} />
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct FindingsProps {
    report: Shared<Report>,
    /// It is all that is shown; else it is one experiment of several.
    alone: bool,
}

/// Several experiments: a section for each, and a list of them.
#[component]
fn Parts(props: &ResultsProps) -> Html {
    let parts = use_memo(props.report.clone(), |report| {
        report.by_experiment().into_iter().map(|part| Shared(Rc::new(part))).collect::<Vec<_>>()
    });
    let id = |part: &Report| format!("results-{}", part.experiment.as_deref().unwrap_or("others"));
    let name = |part: &Report| part.experiment.clone().unwrap_or_else(|| text::title(part));
    let known = |warning: &Warning| match warning {
        Warning::LeftOut { name, .. } => parts.iter().any(|part| part.experiment.as_ref() == Some(name)),
        _ => false,
    };
    html! {
        <>
        { warnings(&props.report.warnings, |warning| !known(warning)) }
        <nav aria-label="Results by experiment">
            <ul class="parts">
                for part in parts.iter() {
                    <li><a href={format!("#{}", id(part))}>{ name(part) }</a></li>
                }
            </ul>
        </nav>
        for part in parts.iter() {
            <section
                key={id(part)} id={id(part)} class="part" data-experiment={part.experiment.clone()}
                aria-labelledby={format!("{}-title", id(part))}
            >
                <h3 id={format!("{}-title", id(part))}>
                    { part.experiment.as_deref().and_then(experiment::find).map_or_else(
                        || text::title(part), |(one, _)| one.title.clone(),
                    ) }
                    { " " }<code>{ name(part) }</code>
                </h3>
                <Findings report={part.clone()} alone={false} />
            </section>
        }
        </>
    }
}

/// What a report says: warnings, table, charts.
#[component]
fn Findings(props: &FindingsProps) -> Html {
    let FindingsProps { report, alone } = props;
    let alone = *alone;
    // Charts of fifteen experiments would take a while, and nobody looks at all of them.
    let open = use_state(|| false);
    let opened = {
        let open = open.clone();
        Callback::from(move |_: Event| open.set(true))
    };
    let rows = use_memo(props.report.clone(), |report| summarize(report));
    let traffic = use_memo(props.report.clone(), |report| traffic(report));
    html! {
        <>
        { source::about(report) }
        { finding(&rows) }
        { source::readings(report, &rows) }
        { tables::laws(report, &rows) }
        { warnings(&report.warnings, |warning| alone && !is_in_table(warning, &rows)) }
        { tables::table(report, &rows, alone.then_some("rows")) }
        { source::hint(report, &rows) }
        { tables::traffic_table(report, &traffic, alone.then_some("traffic")) }
        { tables::failures(report) }
        if alone {
            <ChartsLater report={props.report.clone()} />
        } else {
            <details class="more" ontoggle={opened}>
                <summary>{ "Charts and timelines" }</summary>
                if *open { <ChartsLater report={props.report.clone()} /> }
            </details>
        }
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
        let bars = svg(chart::bars("Wall time by row", &chart::bars_of_rows(report)));
        let sweep = chart::sweep(report).map(svg);
        let article: Vec<VNode> = chart::article(report, &summarize(report)).into_iter().map(svg).collect();
        let latencies: Vec<VNode> = chart::latencies(report).into_iter().map(svg).collect();
        let runs = chart::last_runs(report);
        // One axis for all rows of a workload: what is faster is shorter.
        let until_ms = |run: &Run| {
            let alike = runs.iter().filter(|other| other.workload == run.workload);
            alike.map(|other| other.wall_ms).max_by(f64::total_cmp)
        };
        let timeline = |run: &&Run| svg(chart::timeline(&chart::figure_title(report, run), run, until_ms(run)));
        let timelines: Vec<(String, VNode)> = runs.iter().map(|run| (caption(report, run), timeline(run))).collect();
        (scaling, bars, sweep, article, latencies, timelines)
    });
    let (scaling, bars, sweep, article, latencies, timelines) = &*charts;
    html! {
        <>
        if !article.is_empty() {
            <div class="charts pair">
                for one in article {
                    <figure class="chart-box" data-chart="article">{ one.clone() }</figure>
                }
            </div>
        }
        <div class="charts">
            if let Some(sweep) = sweep {
                <figure class="chart-box" data-chart="sweep">{ sweep.clone() }</figure>
            }
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

/// A chart in the page.
pub fn svg(chart: String) -> VNode {
    Html::from_html_unchecked(AttrValue::from(chart))
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
    let (wall, arrived) = (text::duration(run.wall_ms), run.arrival());
    format!("{row} ({}){kind}: {wall}; {making}. Results arrived: {arrived}.{connections}", run.mechanism)
}

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

/// Doubts about the measurement: those that `shown` picks.
pub fn warnings(all: &[Warning], shown: impl Fn(&Warning) -> bool) -> Html {
    let shown: Vec<&Warning> = all.iter().filter(|warning| shown(warning)).collect();
    if shown.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="warnings" aria-label="Warnings">
            for warning in shown {
                <li>{ warning.to_string() }</li>
            }
        </ul>
    }
}

/// Whether the table says it in its place, or it is about another part of the report.
fn is_in_table(warning: &Warning, rows: &[RowSummary]) -> bool {
    match warning {
        Warning::LeftOut { name, .. } => rows.first().is_some_and(|one| tables::name_of(&one.row) == name),
        _ => false,
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
    let url = use_memo(props.report.clone(), |report| ObjectUrl::of_text(&report.to_json(), Format::Json.media_type()));
    let name = export::name(&props.report, Format::Json);
    match &*url {
        Some(url) => html! {
            <a id={props.id} class={props.class.clone()} href={url.address().to_owned()} download={name}>
                { "Download the report" }
            </a>
        },
        None => html! { <p id={props.id}>{ "This browser cannot offer the report for download." }</p> },
    }
}
