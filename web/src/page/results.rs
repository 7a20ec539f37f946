//! The results: what a report says, as tables and charts.

use parlab_shared::analysis::{Analysis, warnings};
use parlab_shared::experiment::Experiment;
use parlab_shared::number::Counted;
use parlab_shared::report::{Report, Warning};
use parlab_shared::say::{self, Table, Texts, View};
use yew::prelude::*;

use super::browser;
use super::charts::{Charts, Subject};
use super::export;
use super::source;
use super::state::Shared;
use super::table;

/// What the results show.
#[derive(Properties, PartialEq)]
pub struct ResultsProps {
    /// The report that is shown.
    pub report: Shared<Report>,
}

/// The results.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let report = &props.report;
    let parts = use_memo(report.clone(), |report| Part::all(report));
    let warnings = use_memo(report.clone(), |report| warnings(report));
    let heading = match &parts[..] {
        [part] => part.title(),
        _ => "Several experiments",
    };
    // What is left out of an experiment stands in its table.
    let is_in_table = |warning: &Warning| match warning {
        Warning::LeftOut { name, .. } => parts.iter().any(|part| part.name == *name),
        _ => false,
    };
    html! {
        <section id="results" class="sheet" aria-labelledby="results-title" data-report={report.id.clone()}>
            <div class="results-head">
                <div>
                    <p class="kicker">{ format!("Results · {}", report.platform) }</p>
                    <h2 id="results-title">{ heading }</h2>
                    <p class="meta">
                        { meta(report) }{ format!(" · scale {}", report.scale) }
                        if report.cancelled { { " · " }<strong class="stopped">{ "stopped before its end" }</strong> }
                    </p>
                </div>
                <div class="results-files">
                    <export::Export report={report.clone()} />
                </div>
            </div>
            { doubts(warnings.iter().filter(|warning| !is_in_table(warning))) }
            { findings(report, &parts, "results", 3) }
        </section>
    }
}

/// When a report was begun, how many runs it has, and where it was measured.
pub fn meta(report: &Report) -> String {
    let (begun, runs) = (browser::local_time(&report.created), Counted(report.runs.len() as u64, "run"));
    format!("{begun} · {runs} · {}", say::machine(report))
}

/// What gives cause for doubt.
pub fn doubts<'a>(warnings: impl IntoIterator<Item = &'a Warning>) -> Html {
    list_of_doubts(&warnings.into_iter().map(ToString::to_string).collect::<Vec<String>>())
}

/// What gives cause for doubt, in words.
pub fn list_of_doubts(warnings: &[String]) -> Html {
    if warnings.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="warnings" aria-label="Warnings">
            for warning in warnings {
                <li>{ warning }</li>
            }
        </ul>
    }
}

/// What a report says of one experiment, or of rows without one.
pub struct Part {
    /// The name of the experiment, or else of the workload.
    name: String,
    experiment_name: Option<String>,
    experiment: Option<&'static Experiment>,
    texts: Option<Texts>,
    parameters: Option<String>,
    finding: Option<String>,
    tables: Vec<Table>,
}

impl Part {
    /// What a report says, part by part.
    pub fn all(report: &Report) -> Vec<Self> {
        let part = |analysis: &Analysis<'_>| Self {
            name: analysis.name().to_owned(),
            experiment_name: analysis.experiment_name().map(str::to_owned),
            experiment: analysis.experiment(),
            texts: say::texts(analysis),
            parameters: say::parameters(analysis),
            finding: say::finding(analysis),
            tables: say::tables(analysis, View::Page),
        };
        Analysis::parts(report).iter().map(part).collect()
    }

    fn title(&self) -> &str {
        self.experiment.map_or(&self.name, |experiment| &experiment.title)
    }
}

/// All parts of a report; of several, each stands in a section of its own, and a list leads to them. Ids begin with
/// `prefix`, headings have at least this level.
pub fn findings(report: &Shared<Report>, parts: &[Part], prefix: &str, level: u8) -> Html {
    if let [part] = parts {
        let subject = Subject::Part(report.clone(), 0);
        return html! { <>{ said(part, level) }<Charts {subject} {level} /></> };
    }
    let id = |place: usize| format!("{prefix}-{place}");
    html! {
        <>
        <nav aria-label="Results by experiment">
            <ul class="parts">
                for (place, part) in parts.iter().enumerate() {
                    <li><a href={format!("#{}", id(place))}>{ &part.name }</a></li>
                }
            </ul>
        </nav>
        for (place, part) in parts.iter().enumerate() {
            <section
                key={place} id={id(place)} class="part" data-experiment={part.experiment_name.clone()}
                aria-labelledby={format!("{}-title", id(place))}
            >
                <@{format!("h{level}")} id={format!("{}-title", id(place))}>
                    { part.title() }{ " " }<code>{ &part.name }</code>
                </@>
                { said(part, level + 1) }
                <Unfolded subject={Subject::Part(report.clone(), place)} level={level + 1} />
            </section>
        }
        </>
    }
}

/// What a part says in words and tables.
fn said(part: &Part, level: u8) -> Html {
    html! {
        <>
        { part.texts.as_ref().map(source::about).unwrap_or_default() }
        if let Some(finding) = &part.finding {
            <p class="finding">{ finding }</p>
        }
        if let Some(parameters) = &part.parameters {
            <p class="meta">{ parameters }</p>
        }
        for table in &part.tables {
            // Few want to know this much.
            { if table.key == "runs" { table::folded(&table::view(table)) } else { table::titled(&table::view(table), level) } }
        }
        </>
    }
}

/// What is drawn when it is unfolded.
#[derive(Properties, PartialEq)]
pub struct UnfoldedProps {
    /// What charts are of.
    pub subject: Subject,
    /// The level of headings.
    pub level: u8,
}

/// Charts that are drawn when they are unfolded: nobody looks at those of fifteen experiments.
#[component]
pub fn Unfolded(props: &UnfoldedProps) -> Html {
    let is_open = use_state(|| false);
    let ontoggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: Event| is_open.set(true))
    };
    html! {
        <details class="more" {ontoggle}>
            <summary>{ "Charts and timelines" }</summary>
            if *is_open {
                <Charts subject={props.subject.clone()} level={props.level} />
            }
        </details>
    }
}
