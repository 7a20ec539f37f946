//! The results: what a report, or a pair, says, as tables and charts.

use std::rc::Rc;

use yew::prelude::*;

use super::ask::Analyst;
use super::browser;
use super::charts::{Charts, Unfolded};
use super::export::Export;
use super::led;
use super::setup;
use super::table;
use super::timelines::Timelines;
use super::told::told;
use super::use_answer::use_answer;
use crate::questions::{Answer, Question, Subject};
use crate::views::{DoubtView, PartView, ResultsView, StatementView};

/// So many statements stand in sight.
const FIRST_STATEMENTS: usize = parlab_shared::say::FIRST_STATEMENTS;

/// What the results show.
#[derive(Properties, PartialEq)]
pub struct ResultsProps {
    /// Who knows what the report says.
    pub analyst: Analyst,
    /// The id of the report that is shown.
    pub id: String,
    /// What ids in it begin with, and its own, if there is no other.
    #[prop_or(AttrValue::Static("results"))]
    pub within: AttrValue,
    /// The experiment's texts stand above already.
    #[prop_or_default]
    pub is_explained: bool,
    /// What can be done with the report, besides saving it.
    #[prop_or_default]
    pub children: Html,
}

/// The results.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let view = use_answer(&props.analyst, Question::Results(props.id.clone()), |answer| match answer {
        Answer::Results(view) => Some(*view),
        _ => None,
    });
    let view = match &view {
        None => return html! { <p class="hint" role="status">{ "Reading the results …" }</p> },
        Some(Err(reason)) => return html! { <p class="refused" role="alert">{ reason }</p> },
        Some(Ok(view)) => view,
    };
    html! {
        <section id={props.within.clone()} class="sheet" aria-labelledby={format!("{0}-kicker {0}-title", props.within)} data-report={view.card.id.clone()}>
            { head(props, view) }
            { parts(props, view) }
        </section>
    }
}

fn head(props: &ResultsProps, view: &ResultsView) -> Html {
    html! {
        <div class="results-head">
            <div>
                <p class="kicker" id={format!("{}-kicker", props.within)}>{ &view.kicker }</p>
                <h2 id={format!("{}-title", props.within)} tabindex="-1">{ &view.title }</h2>
                <p class="meta">
                    { browser::time::local_time(&view.card.created) }
                    if view.card.stopped { { " · " }<strong class="stopped">{ "stopped before its end" }</strong> }
                </p>
                for fact in &view.facts { <p class="meta">{ fact }</p> }
            </div>
            <div class="results-files">
                <Export analyst={props.analyst.clone()} id={view.card.id.clone()} />
                { props.children.clone() }
            </div>
        </div>
    }
}

/// What gives cause for doubt.
fn doubts(doubts: &[DoubtView]) -> Html {
    if doubts.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="warnings" aria-label="Warnings">
            for DoubtView { text, rows } in doubts {
                <li>
                    { text }
                    if !rows.is_empty() {
                        <details>
                            <summary>{ "Which rows" }</summary>
                            <ul>for row in rows { <li>{ row }</li> }</ul>
                        </details>
                    }
                </li>
            }
        </ul>
    }
}

/// All parts of a report; of several, each stands in a section of its own, and a list leads to them.
fn parts(props: &ResultsProps, view: &ResultsView) -> Html {
    let subject = |place: usize| Subject::Part(view.card.id.clone(), place);
    let timelines = |place: usize, part: &PartView| {
        let (analyst, id, names) = (props.analyst.clone(), view.card.id.clone(), part.timelines.clone());
        html! { <Timelines {analyst} {id} part={place} {names} /> }
    };
    let summary = || view.summary.iter().map(|table| table::titled(&Rc::new(table.clone()), 3, None)).collect::<Html>();
    if let [part] = &view.parts[..] {
        return html! {
            <>
            { told(part, &view.card.created) }
            { said(part, &props.within, 3, props.is_explained, &view.doubts) }
            { summary() }
            <Charts analyst={props.analyst.clone()} subject={subject(0)} within={props.within.clone()} level={3} />
            { timelines(0, part) }
            </>
        };
    }
    let id = |place: usize| format!("{}-{place}", props.within);
    html! {
        <>
        { summary() }
        { doubts(&view.doubts) }
        <nav aria-label="Results by experiment">
            <ul class="parts">
                for (place, part) in view.parts.iter().enumerate() {
                    <li><a href={format!("#{}", id(place))}>{ &part.name }</a></li>
                }
            </ul>
        </nav>
        for (place, part) in view.parts.iter().enumerate() {
            <section
                key={place} id={id(place)} class="part" aria-labelledby={format!("{}-title", id(place))}
                data-experiment={part.is_experiment.then(|| part.name.clone())}
            >
                <h3 id={format!("{}-title", id(place))}>{ &part.title }{ " " }<code>{ &part.name }</code></h3>
                { said(part, &id(place), 4, false, &[]) }
                <Unfolded analyst={props.analyst.clone()} subject={subject(place)} within={id(place)} level={4} />
                { timelines(place, part) }
            </section>
        }
        </>
    }
}

/// What was found, each with ways to the chart that shows it and to the row that it is about: the first few in sight, the
/// others to unfold. The part stands within an element with this id.
fn found(part: &PartView, within: &str) -> Html {
    let link = |to: &str, text: &str, name: String| {
        let (id, within) = (format!("{within}-{to}"), within.to_owned());
        let href = format!("#{id}");
        let onclick = move |_: MouseEvent| led::lead_to(&id, &within);
        html! { <>{ " " }<a class="evidence" {href} aria-label={name} {onclick}>{ text }</a></> }
    };
    let statement = |statement: &StatementView| {
        let StatementView { text, chart, row } = statement;
        html! {
            <p>
                { text }
                { link(chart, "See the chart", format!("See the chart that shows: {text}")) }
                if let Some((label, line)) = row {
                    { link(line, "See the row", format!("See the row {label}")) }
                }
            </p>
        }
    };
    let (first, others) = part.statements.split_at(part.statements.len().min(FIRST_STATEMENTS));
    html! {
        if !first.is_empty() {
            <div class="finding">
                for found in first { { statement(found) } }
                if !others.is_empty() {
                    <details class="more">
                        <summary>{ format!("{} more", others.len()) }</summary>
                        for found in others { { statement(found) } }
                    </details>
                }
            </div>
        }
    }
}

/// What a part says in words and tables: what was found first, then what gives cause for doubt about it.
fn said(part: &PartView, within: &str, level: u8, is_explained: bool, doubtful: &[DoubtView]) -> Html {
    html! {
        <>
        if let Some(texts) = part.texts.as_ref().filter(|_| !is_explained) { { setup::about(texts) } }
        { found(part, within) }
        { doubts(doubtful) }
        if let Some(parameters) = &part.parameters {
            <p class="meta">{ parameters }</p>
        }
        for view in &part.tables {
            if view.folded {
                { table::folded(&Rc::new(view.clone())) }
            } else {
                { table::titled(&Rc::new(view.clone()), level, Some(within)) }
            }
        }
        </>
    }
}
