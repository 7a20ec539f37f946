//! Comparing: reports from elsewhere, dropped on the page, beside the one that is shown.

mod comparison;
pub mod files;
mod pair;

use parlab_shared::analysis::warnings;
use parlab_shared::measure::Plan;
use parlab_shared::report::Report;
use parlab_shared::say;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use super::repeat::same_plan;
use super::state::{NamedFile, NamedReport, ReportFile, Shared};
use super::{browser, results};
use comparison::Comparison;
use pair::Pair;

/// What the comparison shows.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// The report that is shown.
    pub report: Option<Shared<Report>>,
    /// What stands beside it.
    pub others: Vec<NamedFile>,
    /// A plan is being carried out: reading a file would disturb it.
    pub busy: bool,
    /// A file is being dragged over the page.
    pub dragging: bool,
    /// Called with files to read.
    pub on_files: Callback<Vec<File>>,
    /// Called with the place of a report to remove.
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
                        { "Wait until the measurement is over: reading a file would disturb it." }
                    } else {
                        { "Make a native one with " }<code>{ "parlab run NAME --json report.json" }</code>
                        { ". It stands beside the report shown on this page, and never leaves this browser." }
                    }
                </p>
            </div>
            for (place, beside) in props.others.iter().enumerate() {
                { match &beside.file {
                    ReportFile::Alone(report) => html! {
                        <Beside
                            key={report.id.clone()} shown={props.report.clone()}
                            beside={NamedReport { name: beside.name.clone(), report: report.clone() }} busy={props.busy}
                            on_remove={props.on_remove.reform(move |_| place)} on_repeat={props.on_repeat.clone()}
                        />
                    },
                    ReportFile::Pair(reports) => html! {
                        <Pair
                            key={beside.file.id().to_owned()} shown={props.report.clone()}
                            name={beside.name.clone()} reports={reports.clone()}
                            on_remove={props.on_remove.reform(move |_| place)}
                        />
                    },
                } }
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct BesideProps {
    shown: Option<Shared<Report>>,
    beside: NamedReport,
    busy: bool,
    on_remove: Callback<()>,
    on_repeat: Callback<Result<Plan, String>>,
}

/// A report beside the one that is shown.
#[component]
fn Beside(props: &BesideProps) -> Html {
    let NamedReport { name, report } = &props.beside;
    let warnings = use_memo(report.clone(), |report| warnings(report));
    let on_repeat = {
        let report = report.clone();
        props.on_repeat.reform(move |_: MouseEvent| same_plan(&report, browser::shared_memory()))
    };
    html! {
        <article class="beside" data-report={report.id.clone()} data-platform={report.platform.name()}>
            <div class="results-head">
                <div>
                    <p class="kicker">{ format!("{} · {name}", report.platform) }</p>
                    <h3>{ say::title(report) }</h3>
                    <p class="meta">{ results::meta(report) }</p>
                </div>
                <div class="actions">
                    <button type="button" class="repeat" disabled={props.busy} onclick={on_repeat}>
                        { "Run the same plan here" }
                    </button>
                    <button
                        type="button" class="remove" onclick={props.on_remove.reform(|_| ())}
                        aria-label={format!("Remove from the comparison: {name}")}
                    >{ "Remove from the comparison" }</button>
                </div>
            </div>
            { results::doubts(&*warnings) }
            <Comparison shown={props.shown.clone()} beside={props.beside.clone()} />
        </article>
    }
}
