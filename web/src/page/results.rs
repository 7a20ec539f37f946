//! The results: a report as tables, charts and timelines.

use std::cell::Cell;
use std::rc::Rc;

use parlab_shared::chart;
use parlab_shared::experiment;
use parlab_shared::report::{CONNECTIONS_MAX, Report, RowSummary, Run, Traffic, Warning, baseline, summarize, traffic};
use parlab_shared::strategy::{Platform, Strategy};
use yew::prelude::*;
use yew::virtual_dom::VNode;

use super::browser;
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
    let several = report.runs.windows(2).any(|two| two[0].row.experiment != two[1].row.experiment);
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
    let (of_rows, of_tasks) = (Shared(rows.clone()), Shared(traffic.clone()));
    let charts = || html! { <Charts report={report.clone()} rows={of_rows.clone()} traffic={of_tasks.clone()} /> };
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
            { charts() }
        } else {
            <details class="more" ontoggle={opened}>
                <summary>{ "Charts and timelines" }</summary>
                if *open { { charts() } }
            </details>
        }
        </>
    }
}

/// A chart of a report.
#[derive(Clone, PartialEq)]
struct Figure {
    /// What kind of chart it is.
    kind: &'static str,
    svg: VNode,
    caption: Option<String>,
}

#[derive(Properties, PartialEq)]
struct ChartsProps {
    report: Shared<Report>,
    /// Its rows.
    rows: Shared<Vec<RowSummary>>,
    /// What its tasks say, where they wait.
    traffic: Shared<Vec<Traffic>>,
}

/// The charts of a report, each in a task of its own after the tables: all of them together would take a while.
#[component]
fn Charts(props: &ChartsProps) -> Html {
    let drawn = use_state_eq(|| (String::new(), Vec::<Figure>::new(), false));
    {
        let drawn = drawn.setter();
        let (report, rows, traffic) = (props.report.clone(), props.rows.clone(), props.traffic.clone());
        use_effect_with(props.report.id.clone(), move |id| {
            let (id, wanted) = (id.clone(), Rc::new(Cell::new(true)));
            let still_wanted = wanted.clone();
            wasm_bindgen_futures::spawn_local(async move {
                let mut all = Vec::new();
                let charts = chart::figures(&report, &rows, &traffic);
                let charts = charts.map(|(kind, chart)| Figure { kind, svg: svg(chart), caption: None });
                browser::sleep_ms(0.0).await;
                for figure in charts.chain(timelines(&report)) {
                    if !still_wanted.get() {
                        return;
                    }
                    all.push(figure);
                    drawn.set((id.clone(), all.clone(), false));
                    browser::sleep_ms(0.0).await;
                }
                drawn.set((id, all, true));
            });
            move || wanted.set(false)
        });
    }
    let (id, figures, done) = &*drawn;
    let of_this_report = *id == props.report.id;
    let figures = if of_this_report { &figures[..] } else { &[] };
    let of = |kinds: &'static [&'static str]| figures.iter().filter(move |figure| kinds.contains(&figure.kind));
    html! {
        <>
        if of(&["article"]).next().is_some() {
            <div class="charts pair">
                for figure in of(&["article"]) { { boxed(figure) } }
            </div>
        }
        <div class="charts">
            for figure in of(&["sweep", "scaling", "bars", "distribution"]) { { boxed(figure) } }
        </div>
        if of(&["timeline"]).next().is_some() {
            <h3>{ "Timelines" }</h3>
            <p class="meta">{ "The last run of each row: a bar per task, coloured by worker." }</p>
            <div class="charts">
                for figure in of(&["timeline"]) { { boxed(figure) } }
            </div>
        }
        if !(of_this_report && *done) {
            <p class="hint">{ "Drawing …" }</p>
        }
        </>
    }
}

fn boxed(figure: &Figure) -> Html {
    html! {
        <figure class="chart-box" data-chart={figure.kind}>
            { figure.svg.clone() }
            if let Some(caption) = &figure.caption {
                <figcaption>{ caption }</figcaption>
            }
        </figure>
    }
}

/// The last run of each row over time, drawn when it is asked for.
fn timelines(report: &Report) -> impl Iterator<Item = Figure> {
    let runs = chart::last_runs(report);
    (0..runs.len()).map(move |index| {
        let run = runs[index];
        // One axis for all rows of a workload: what is faster is shorter.
        let alike = runs.iter().filter(|other| other.row.workload == run.row.workload);
        let until_ms = alike.map(|other| other.wall_ms).max_by(f64::total_cmp);
        let timeline = svg(chart::timeline(&chart::figure_title(report, run), run, until_ms));
        Figure { kind: "timeline", svg: timeline, caption: Some(caption(report, run)) }
    })
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
    let row = text::row(&run.row, text::many_workloads(report));
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
        && run.row.workload.model().is_some()
        && run.row.workers.min(run.row.workload.tasks()) > CONNECTIONS_MAX
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
