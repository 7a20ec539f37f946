//! Comparing: any reports side by side, ratios of each by the first one.

use std::rc::Rc;

use web_sys::{File, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::ask::Analyst;
use super::browser;
use super::charts::Charts;
use super::files;
use super::results::Results;
use super::table;
use super::use_answer::use_answer;
use crate::questions::{Answer, Question, Subject};
use crate::views::{Card, ComparisonView};

/// What the comparison shows.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// Who knows what the reports say.
    pub analyst: Analyst,
    /// What stands side by side, the first of them the baseline.
    pub compared: Vec<Card>,
    /// What else could.
    pub others: Vec<Card>,
    /// A plan is being carried out: reading a file would disturb it.
    pub busy: bool,
    /// A file is being dragged over the page.
    pub dragging: bool,
    /// Why files were not read.
    pub unread: Vec<String>,
    /// Called with files to read.
    pub on_files: Callback<Vec<File>>,
    /// Called with the ids of what is to stand side by side.
    pub on_compare: Callback<Vec<String>>,
    /// Called with the id of a report whose plan is to be run here.
    pub on_repeat: Callback<String>,
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
    let ids = || props.compared.iter().map(|card| card.id.clone());
    let add = {
        let ids: Vec<String> = ids().collect();
        props.on_compare.reform(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let added = select.value();
            select.set_value("");
            ids.iter().cloned().chain((!added.is_empty()).then_some(added)).collect()
        })
    };
    let others = props.others.iter().filter(|card| !props.compared.contains(card));
    html! {
        <section id="compare" class="sheet" aria-labelledby="compare-title">
            <h1 id="compare-title">{ "Compare" }</h1>
            <div id="drop" class={classes!("drop", props.dragging.then_some("dragging"))}>
                <label for="file" class="drop-label">{ "Drop a report here, or choose a file" }</label>
                <input
                    id="file" type="file" accept=".json,application/json" multiple=true disabled={props.busy}
                    {onchange} aria-describedby="drop-problems drop-hint"
                />
                <div id="drop-problems" role="alert">
                    for reason in &props.unread { <p class="refused">{ reason }</p> }
                </div>
                <p id="drop-hint" class="hint">
                    if props.busy {
                        { "Wait until the measurement is over: reading a file would disturb it." }
                    } else {
                        { "Make a native one with " }<code>{ "parlab run NAME --json report.json" }</code>
                        { ", or a pair with " }<code>{ "parlab pair NAME --json pair.json" }</code>
                        { ". It never leaves this browser." }
                    }
                </p>
            </div>
            <p class="field">
                <label for="compare-add">{ "Add a report of this browser" }</label>
                <select id="compare-add" onchange={add} disabled={props.busy}>
                    <option value="" selected={true}>{ "Choose …" }</option>
                    for card in others {
                        <option value={card.id.clone()}>
                            { format!("{} · {}", called(card), browser::time::local_time(&card.created)) }
                        </option>
                    }
                </select>
            </p>
            if props.compared.is_empty() {
                <p class="hint">{ "Nothing stands side by side yet: ratios are of each report by the first one." }</p>
            }
            for (place, card) in props.compared.iter().enumerate() {
                <Beside
                    key={card.id.clone()} analyst={props.analyst.clone()} card={card.clone()} {place} busy={props.busy}
                    baseline={props.compared.first().filter(|_| place > 0).cloned()}
                    on_remove={props.on_compare.reform({
                        let ids: Vec<String> = ids().collect();
                        move |id: String| ids.iter().filter(|known| **known != id).cloned().collect()
                    })}
                    on_repeat={props.on_repeat.clone()}
                />
            }
        </section>
    }
}

/// What the user calls a report, or else what it is about.
pub fn called(card: &Card) -> &str {
    card.name.as_ref().unwrap_or(&card.title)
}

#[derive(Properties, PartialEq)]
struct BesideProps {
    analyst: Analyst,
    card: Card,
    /// Its place among the others.
    place: usize,
    /// What it is compared with; nothing, if it is the first.
    baseline: Option<Card>,
    busy: bool,
    on_remove: Callback<String>,
    on_repeat: Callback<String>,
}

/// A report that stands side by side with others.
#[component]
fn Beside(props: &BesideProps) -> Html {
    let is_open = use_state(|| false);
    let ontoggle = {
        let is_open = is_open.clone();
        // What nobody looks at is not drawn.
        Callback::from(move |_: Event| is_open.set(true))
    };
    let card = &props.card;
    let within = AttrValue::from(format!("beside-{}", props.place));
    let (repeated, removed) = (card.id.clone(), card.id.clone());
    html! {
        <article class="beside" data-report={card.id.clone()} data-platform={card.parts.join(",")}>
            <div class="results-head">
                <div>
                    <p class="kicker">{ card.parts.join(" · ") }</p>
                    <h2 class="breaking">{ called(card) }</h2>
                    <p class="meta">
                        { format!("{} · {} · {} runs", card.title, browser::time::local_time(&card.created), card.runs) }
                    </p>
                    for machine in &card.machines { <p class="meta">{ machine }</p> }
                </div>
                <div class="actions">
                    if card.repeatable {
                        <button
                            type="button" class="repeat" disabled={props.busy}
                            onclick={props.on_repeat.reform(move |_: MouseEvent| repeated.clone())}
                        >{ "Run the same plan here" }</button>
                    }
                    <button
                        type="button" class="remove" onclick={props.on_remove.reform(move |_: MouseEvent| removed.clone())}
                        aria-label={format!("Remove from the comparison: {}", called(card))}
                    >{ "Remove from the comparison" }</button>
                </div>
            </div>
            if let Some(baseline) = &props.baseline {
                <Comparison analyst={props.analyst.clone()} ids={[baseline.id.clone(), card.id.clone()]} {within} />
            } else {
                <p class="hint">{ "The first: ratios are of the others by this one." }</p>
                <details class="more" {ontoggle}>
                    <summary>{ "What it says by itself" }</summary>
                    if *is_open {
                        <Results analyst={props.analyst.clone()} id={card.id.clone()} within={within} />
                    }
                </details>
            }
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct ComparisonProps {
    analyst: Analyst,
    ids: [String; 2],
    /// What ids in it begin with.
    within: AttrValue,
}

/// Table and charts of two files.
#[component]
fn Comparison(props: &ComparisonProps) -> Html {
    let view = use_answer(&props.analyst, Question::Compare(props.ids.clone()), |answer| match answer {
        Answer::Comparison(view) => Some(*view),
        _ => None,
    });
    let view: &ComparisonView = match &view {
        None => return html! { <p class="hint" role="status">{ "Comparing …" }</p> },
        Some(Err(reason)) => return html! { <p class="refused" role="alert">{ reason }</p> },
        Some(Ok(view)) => view,
    };
    if let Some(refusal) = &view.refusal {
        return html! {
            <>
            <p class="hint">{ refusal }</p>
            <Results analyst={props.analyst.clone()} id={props.ids[1].clone()} within={props.within.clone()} />
            </>
        };
    }
    let class = if view.is_mismatch { "warnings mismatch" } else { "warnings" };
    html! {
        <>
        <p class="meta">{ &view.legend }</p>
        if !view.statements.is_empty() {
            <div class="finding">
                for statement in &view.statements { <p>{ &statement.text }</p> }
            </div>
        }
        if !view.notes.is_empty() {
            <ul {class} aria-label="What to mind in comparing">
                for note in &view.notes { <li>{ note }</li> }
            </ul>
        }
        for view in &view.tables { { table::titled(&Rc::new(view.clone()), 3, None) } }
        if view.has_charts {
            <Charts analyst={props.analyst.clone()} subject={Subject::Comparison(props.ids.clone())} within={props.within.clone()} level={3} />
        }
        </>
    }
}
