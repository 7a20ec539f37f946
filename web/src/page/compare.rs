//! Comparing: reports from elsewhere, dropped on the page, beside the one that is shown.

pub mod files;

use parlab_shared::chart::{self, Bar, Series};
use parlab_shared::experiment;
use parlab_shared::measure::{Plan, Request, Row, Stage};
use parlab_shared::report::{self, Ratio, Reason, Report, compare, summarize};
use parlab_shared::statistics::{Interval, Verdict};
use parlab_shared::strategy::{self, Platform, Strategy, workers_max};
use parlab_shared::text::sentence;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::browser;
use super::draft;
use super::results;
use super::state::{Other, Shared};
use super::{tables, text};

/// Two medians that differ by less than this share are alike.
const ALIKE: f64 = 0.02;
/// Of more rows in common than this, no timelines are drawn: nobody would look at them all.
const PAIRS_MAX: usize = 24;
/// The most runs of a row that are repeated here.
const RUNS_MAX: u32 = 100;

/// What the comparison shows.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// The report that is shown.
    pub report: Option<Shared<Report>>,
    /// The reports beside it.
    pub others: Vec<Other>,
    /// A plan is being carried out: reading a file would disturb it.
    pub busy: bool,
    /// A file is being dragged over the page.
    pub dragging: bool,
    /// Called with files to read.
    pub on_files: Callback<Vec<File>>,
    /// Called with the place of a report to take away.
    pub on_remove: Callback<usize>,
    /// Called with a plan to carry out, or why there is none.
    pub on_repeat: Callback<Result<Plan, String>>,
}

/// The comparison.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let onchange = props.on_files.reform(|event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let chosen = files::listed(input.files());
        // The same file can be chosen again.
        input.set_value("");
        chosen
    });
    html! {
        <section id="compare" class="sheet" aria-labelledby="compare-title">
            <h2 id="compare-title">{ "Compare" }</h2>
            <div id="drop" class={classes!("drop", props.dragging.then_some("dragging"))}>
                <label for="file" class="drop-label">{ "Drop a report here, or choose a file" }</label>
                <input
                    id="file" type="file" accept=".json,application/json" multiple=true disabled={props.busy}
                    {onchange} aria-describedby="drop-hint"
                />
                <p id="drop-hint" class="hint">
                    if props.busy {
                        { "Not while a plan is running: reading a file would disturb the measurement." }
                    } else {
                        { "Make a native one with " }<code>{ "parlab run NAME --json report.json" }</code>
                        { ". It stands beside the report shown on this page, and never leaves this browser." }
                    }
                </p>
            </div>
            for (index, other) in props.others.iter().enumerate() {
                <Beside
                    key={other.report.id.clone()}
                    report={props.report.clone()} other={other.clone()} busy={props.busy}
                    on_remove={props.on_remove.reform(move |_| index)} on_repeat={props.on_repeat.clone()}
                />
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct BesideProps {
    report: Option<Shared<Report>>,
    other: Other,
    busy: bool,
    on_remove: Callback<()>,
    on_repeat: Callback<Result<Plan, String>>,
}

/// One report beside the one that is shown.
#[component]
fn Beside(props: &BesideProps) -> Html {
    let other = &props.other;
    let name = &other.name;
    let on_repeat = {
        let other = other.report.clone();
        props.on_repeat.reform(move |_: MouseEvent| same_plan(&other))
    };
    html! {
        <article class="beside" data-report={other.report.id.clone()} data-platform={other.report.platform.name()}>
            <div class="results-head">
                <div>
                    <p class="kicker">{ text::platform(other.report.platform) }{ " · " }{ name }</p>
                    <h3>{ text::title(&other.report) }</h3>
                    <p class="meta">
                        { browser::local_time(&other.report.created) }{ " · " }
                        { text::count(other.report.runs.len(), "run") }{ " · " }{ text::machine(&other.report) }
                    </p>
                </div>
                <div class="actions">
                    <button type="button" class="repeat" disabled={props.busy} onclick={on_repeat}>
                        { "Run the same plan here" }
                    </button>
                    <button
                        type="button" class="remove" onclick={props.on_remove.reform(|_| ())}
                        aria-label={format!("Take {name} away")}
                    >{ "Take away" }</button>
                </div>
            </div>
            { results::warnings(&other.report.warnings, |_| true) }
            <Comparison report={props.report.clone()} other={other.report.clone()} />
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct ComparisonProps {
    report: Option<Shared<Report>>,
    other: Shared<Report>,
}

/// Table and charts of two reports, drawn once per pair.
#[component]
fn Comparison(props: &ComparisonProps) -> Html {
    let drawn = use_memo((props.report.clone(), props.other.clone()), |(report, other)| match report {
        None => alone(other, "There is no report of this page yet: run the same plan here to compare."),
        Some(report) if report.id == other.id => {
            html! { <p class="hint">{ "This is the report that is shown above." }</p> }
        }
        Some(report) => {
            let (first, second) = sides(report, other);
            let comparison = compare(first, second);
            if comparison.ratios.is_empty()
                && comparison.refused.iter().all(|one| matches!(one.reason, Reason::Only { .. }))
            {
                return alone(
                    other,
                    "It has no row in common with the report shown above: workload, strategy, workers and dispatch have \
                     to be equal. Run the same plan here to compare.",
                );
            }
            html! {
                <>
                { ratio_table(first, second, &comparison) }
                { charts(first, second, &comparison.ratios) }
                </>
            }
        }
    });
    (*drawn).clone()
}

/// The browser's report, or else the one that is shown, comes second: ratios are of the second by the first.
fn sides<'a>(report: &'a Report, other: &'a Report) -> (&'a Report, &'a Report) {
    match (report.platform, other.platform) {
        (Platform::Browser, _) => (other, report),
        (_, Platform::Browser) => (report, other),
        _ => (other, report),
    }
}

/// A report that cannot be compared, by itself.
fn alone(report: &Report, reason: &'static str) -> Html {
    html! {
        <>
        <p class="hint">{ reason }</p>
        { tables::table(report, &summarize(report), None) }
        <div class="charts">
            for run in chart::last_runs(report) {
                <figure class="chart-box" data-chart="timeline">
                    { results::svg(chart::timeline(&chart::figure_title(report, run), run, None)) }
                </figure>
            }
        </div>
        </>
    }
}

/// Names that tell two reports apart.
fn names(first: &Report, second: &Report) -> [String; 2] {
    let ways: [fn(&Report) -> String; 3] = [
        |report| report.platform.to_string(),
        |report| report.environment.browser.as_ref().map_or_else(String::new, |browser| browser.name.clone()),
        |report| browser::local_time(&report.created),
    ];
    let names = ways.into_iter().map(|name| [name(first), name(second)]);
    names.into_iter().find(|[one, other]| one != other).unwrap_or_else(|| [first.id.clone(), second.id.clone()])
}

fn ratio_table(first: &Report, second: &Report, comparison: &report::Comparison) -> Html {
    let [one, other] = names(first, second);
    let caveats = comparison.caveats.iter().map(|caveat| caveat.in_words([&one, &other]));
    let cautions: Vec<String> = caveats.chain(comparison.left_out([&one, &other])).collect();
    let many = text::many_workloads(first) || text::many_workloads(second);
    html! {
        <>
        if !cautions.is_empty() {
            <ul
                class={classes!("warnings", comparison.has_other_work().then_some("mismatch"))}
                aria-label="What to mind in comparing"
            >
                for line in cautions {
                    <li>{ sentence(&line) }</li>
                }
            </ul>
        }
        <div class="scroll" role="region" aria-label="Table of ratios" tabindex="0">
        <table class="rows ratios">
            <caption class="unseen">{ format!("Median wall times, {other} against {one}") }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th>
                    <th scope="col" class="number">{ format!("{other} ÷ {one}") }</th>
                    <th scope="col" class="number">{ format!("{one}, ms") }</th>
                    <th scope="col" class="number">{ format!("{other}, ms") }</th>
                    <th scope="col">{ "In words" }</th>
                    <th scope="col" class="number">{ "95 % interval" }</th>
                </tr>
            </thead>
            <tbody>
                for ratio in &comparison.ratios {
                    <tr
                        data-workload={ratio.row.workload.name()} data-strategy={ratio.row.strategy.name()}
                        data-workers={ratio.row.workers.to_string()} data-dispatch={ratio.row.dispatch.name()}
                        data-ratio={ratio.ratio.to_string()} data-verdict={ratio.verdict.name()}
                    >
                        <th scope="row">{ text::row(&ratio.row, many) }</th>
                        <td class="number"><strong>{ text::times(ratio.ratio) }</strong></td>
                        <td class="number">{ text::ms(ratio.first_ms) }</td>
                        <td class="number">{ text::ms(ratio.second_ms) }</td>
                        <td>{ in_words(ratio, &other) }</td>
                        <td class="number">{ interval(ratio.interval) }</td>
                    </tr>
                }
            </tbody>
        </table>
        </div>
        if let Some(mean) = comparison.mean_in_words() {
            <p class="meta">{ sentence(&mean) }</p>
        }
        </>
    }
}

/// An interval of a ratio.
fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "too few runs".to_owned(),
        |interval| format!("{} – {}", text::times(interval.low), text::times(interval.high)),
    )
}

/// What a ratio says, if its interval lets it.
fn in_words(ratio: &Ratio, second: &str) -> String {
    if ratio.interval.is_some() && ratio.verdict == Verdict::CannotTell {
        return "cannot tell".to_owned();
    }
    match ratio.ratio {
        ratio if !ratio.is_finite() => "no ratio".to_owned(),
        ratio if (ratio - 1.0).abs() < ALIKE => "alike".to_owned(),
        ratio if ratio >= 2.0 => format!("{second} takes {} as long", text::times(ratio)),
        ratio if ratio > 1.0 => format!("{second} takes {} longer", text::percent(ratio - 1.0)),
        ratio => format!("{second} takes {} less", text::percent(1.0 - ratio)),
    }
}

/// Bars by row, and the timelines of both on one axis.
fn charts(first: &Report, second: &Report, ratios: &[Ratio]) -> Html {
    let names = names(first, second);
    let many = text::many_workloads(first) || text::many_workloads(second);
    let sides = [(first, summarize(first)), (second, summarize(second))];
    let bar = |row: &Row, side: usize| {
        let one = sides[side].1.iter().find(|one| one.row.is_same_work(row))?;
        Bar::of_row(text::row(row, many), names[side].clone(), one)
    };
    let bars: Vec<Bar> = ratios.iter().flat_map(|ratio| [bar(&ratio.row, 0), bar(&ratio.row, 1)]).flatten().collect();
    let series = sides.iter().zip(&names).flat_map(|((report, rows), name)| {
        let own = chart::scaling_series(report, rows, false).into_iter();
        own.map(move |series| Series { name: format!("{name} {}", series.name), ..series })
    });
    let series: Vec<Series> = series.collect();
    // Two machines may differ; then no line says how many cores there are.
    let cores = Some(first.environment.cores).filter(|cores| *cores == second.environment.cores);
    let runs = [chart::last_runs(first), chart::last_runs(second)];
    let pair = |row: &Row| {
        let of = |side: usize| runs[side].iter().find(|run| run.row.is_same_work(row)).copied();
        Some([of(0)?, of(1)?])
    };
    html! {
        <>
        <div class="charts">
            <figure class="chart-box" data-chart="bars">
                { results::svg(chart::bars("Wall time by row", &bars)) }
            </figure>
            if !series.is_empty() {
                <figure class="chart-box" data-chart="scaling">
                    { results::svg(chart::scaling("Speed-up by workers", &series, cores)) }
                </figure>
            }
        </div>
        if ratios.len() > PAIRS_MAX {
            <p class="hint">{ format!("Timelines are drawn of up to {PAIRS_MAX} rows.") }</p>
        }
        for ratio in ratios.iter().filter(|_| ratios.len() <= PAIRS_MAX) {
            if let Some(pair) = pair(&ratio.row) {
                <h4>{ text::row(&ratio.row, many) }</h4>
                <div class="charts pair">
                    for (side, run) in pair.into_iter().enumerate() {
                        <figure class="chart-box" data-chart="timeline" data-platform={sides[side].0.platform.name()}>
                            { results::svg(chart::timeline(
                                &format!("{} · {}", names[side], chart::figure_title(sides[side].0, run)),
                                run,
                                Some(pair[0].wall_ms.max(pair[1].wall_ms)),
                            )) }
                        </figure>
                    }
                </div>
            }
        }
        </>
    }
}

/// The plan that a report is of, for this page.
fn same_plan(report: &Report) -> Result<Plan, String> {
    let mut rows: Vec<Row> = Vec::new();
    for run in &report.runs {
        let row = run.row.clone();
        if !rows.contains(&row) {
            check(&row)?;
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Err("the report has no runs to repeat".to_owned());
    }
    let passes = |warmup: bool| {
        let last = report.runs.iter().filter(|run| run.warmup == warmup).map(|run| run.repetition).max();
        last.map_or(0, |last| last.saturating_add(1)).min(RUNS_MAX)
    };
    // A report does not say which server it asked: this page's own is asked again.
    let own = request(&rows[0]).plan(Platform::Browser).map_err(|error| error.to_string())?;
    let known = |name: &String| experiment::find(name).is_some_and(|(_, named)| named);
    for row in &mut rows {
        row.experiment = row.experiment.take().filter(known);
    }
    let (warmup, runs) = (passes(true), passes(false).max(1));
    // Rows take turns within their experiment, as they did.
    let stages = rows.chunk_by(|one, other| one.experiment == other.experiment);
    let stages = stages.map(|rows| Stage { rows: rows.to_vec(), warmup, stable: None, runs, until: None }).collect();
    let mut plan = Plan { scale: report.scale, seed: report.seed, stages, left_out: Vec::new(), ..own };
    if let Err(unshared) = browser::shared_memory() {
        draft::leave_out(&mut plan, unshared);
        if plan.stages.is_empty() {
            return Err(draft::refusal(Strategy::Threads, unshared));
        }
    }
    Ok(plan)
}

/// What a user would ask for to get the row's workload, with what its target does to requests.
fn request(row: &Row) -> Request {
    let model = row.workload.model();
    Request {
        latency: model.map(|model| model.latency),
        fail: model.map(|model| model.fault),
        ..Request::named(row.workload.name())
    }
}

/// A report may say anything: what it asks for is checked like what a user asks for.
fn check(row: &Row) -> Result<(), String> {
    row.workload.check().map_err(|error| error.to_string())?;
    request(row).plan(Platform::Browser).map_err(|error| error.to_string())?;
    let max = workers_max(row.strategy);
    if !(1..=max).contains(&row.workers) {
        return Err(format!("{} workers cannot be made: use 1 to {max}", row.workers));
    }
    strategy::mechanism(&row.workload, row.strategy, row.dispatch, Platform::Browser)
        .map(|_| ())
        .map_err(|reason| format!("{} with dispatch {} cannot run here: {reason}", row.strategy, row.dispatch))
}
