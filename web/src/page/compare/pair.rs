//! A pair: what its platforms say side by side, and each beside the report that is shown, if both have rows in common.

use std::rc::Rc;

use parlab_shared::analysis::{PairAnalysis, PairStage, twins};
use parlab_shared::report::Report;
use parlab_shared::say::{self, Table, Texts, View};
use yew::prelude::*;

use super::comparison::Comparison;
use crate::page::charts::Subject;
use crate::page::results;
use crate::page::source;
use crate::page::state::{NamedReport, Shared};
use crate::page::table;

/// What a pair shows.
#[derive(Properties, PartialEq)]
pub struct PairProps {
    /// The report that is shown above.
    pub shown: Option<Shared<Report>>,
    /// Where the pair came from.
    pub name: String,
    /// Its parts.
    pub reports: Shared<Vec<Report>>,
    /// Called to remove it.
    pub on_remove: Callback<()>,
}

/// What is said of a pair, made once.
struct Said {
    title: String,
    machines: Vec<String>,
    doubts: Vec<String>,
    summary: Vec<Table>,
    stages: Vec<Stage>,
}

/// What is said of one of its experiments.
struct Stage {
    name: String,
    texts: Option<Texts>,
    finding: Option<String>,
    parameters: Option<String>,
    tables: Vec<Table>,
}

impl Said {
    fn of(reports: &[Report]) -> Self {
        let pair = PairAnalysis::of(reports);
        let stage = |stage: &PairStage<'_>| Stage {
            name: stage.name().to_owned(),
            texts: stage.known().and_then(say::texts),
            finding: say::pair_finding(&pair, stage),
            parameters: stage.known().and_then(say::parameters),
            tables: say::pair_tables(&pair, stage, View::Page),
        };
        Self {
            title: say::pair_title(&pair),
            machines: say::pair_machines(&pair),
            doubts: say::doubts(reports, &pair.names),
            summary: say::pair_summary(&pair),
            stages: pair.stages.iter().map(stage).collect(),
        }
    }
}

/// A pair beside the report that is shown.
#[component]
pub fn Pair(props: &PairProps) -> Html {
    let said = use_memo(props.reports.clone(), |reports| Said::of(reports));
    let beside =
        use_memo((props.shown.clone(), props.reports.clone(), props.name.clone()), |(shown, reports, name)| {
            let shown = shown.as_ref().map(|shown| twins(std::slice::from_ref(&**shown), reports)).unwrap_or_default();
            let named = |[_, part]: [usize; 2]| {
                let report = &reports[part];
                let part = report.part.as_ref().map_or("", |part| &part.name);
                NamedReport { name: format!("{part} of {name}"), report: Shared(Rc::new(report.clone())) }
            };
            shown.into_iter().map(named).collect::<Vec<NamedReport>>()
        });
    html! {
        <article class="beside" data-pair={props.name.clone()}>
            <div class="results-head">
                <div>
                    <p class="kicker">{ format!("Pair · {}", props.name) }</p>
                    <h3>{ &said.title }</h3>
                    for machine in &said.machines { <p class="meta">{ machine }</p> }
                </div>
                <div class="actions">
                    <button
                        type="button" class="remove" onclick={props.on_remove.reform(|_| ())}
                        aria-label={format!("Remove from the comparison: {}", props.name)}
                    >{ "Remove from the comparison" }</button>
                </div>
            </div>
            { results::list_of_doubts(&said.doubts) }
            for table in &said.summary { { table::titled(&table::view(table), 4) } }
            for (place, stage) in said.stages.iter().enumerate() {
                <section key={place} class="part" data-experiment={stage.name.clone()}>
                    if said.stages.len() > 1 {
                        <h4>{ &stage.name }</h4>
                    }
                    { stage.texts.as_ref().map(source::about).unwrap_or_default() }
                    if let Some(finding) = &stage.finding { <p class="finding">{ finding }</p> }
                    if let Some(parameters) = &stage.parameters { <p class="meta">{ parameters }</p> }
                    for table in &stage.tables {
                        { if table.key == "runs" { table::folded(&table::view(table)) } else { table::titled(&table::view(table), 5) } }
                    }
                    <results::Unfolded subject={Subject::Stage(props.reports.clone(), place)} level={5} />
                </section>
            }
            for named in beside.iter() {
                <section class="part">
                    <Comparison shown={props.shown.clone()} beside={named.clone()} />
                </section>
            }
        </article>
    }
}
