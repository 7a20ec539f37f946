//! The gallery: every experiment by its source, with its question, a picture of its idea, and Run.

use std::rc::Rc;

use parlab_shared::number::Counted;
use yew::prelude::*;

use super::browser;
use super::charts::svg;
use super::header::Link;
use super::route::{Draft, View};
use super::setup::segments;
use super::terms::explained;
use crate::views::{CatalogueView, Choice, ExperimentCard};

/// What all experiments together are called in an address.
const ALL: &str = "all";

/// What the gallery shows.
#[derive(Properties, PartialEq)]
pub struct GalleryProps {
    /// What there is to choose from.
    pub catalogue: Rc<CatalogueView>,
    /// The scale that is chosen; none is the usual one.
    pub scale: String,
    /// A plan is being carried out.
    pub busy: bool,
    /// There is a lab that can run something.
    pub ready: bool,
    /// Called with what is to be set up.
    pub on_choose: Callback<Draft>,
    /// Called with what is to be run as it is.
    pub on_run: Callback<Draft>,
    /// Called with where to go.
    pub on_go: Callback<View>,
    /// Called with the scale.
    pub on_scale: Callback<Option<String>>,
}

/// The gallery.
#[component]
pub fn Gallery(props: &GalleryProps) -> Html {
    let may = props.ready && !props.busy;
    let scales: Vec<Choice> = props.catalogue.scales.iter().map(|choice| chosen(choice, &props.scale)).collect();
    let all = Draft::of(ALL, &props.scale);
    html! {
        <section id="gallery" class="gallery" aria-labelledby="gallery-title">
            <div class="gallery-head">
                <div>
                    <h1 id="gallery-title">{ "Experiments" }</h1>
                    <p class="lead">
                        { "The same work in your browser and natively, with one worker or many, measured on this machine." }
                    </p>
                    <p class="beginning">
                        { "New to this? " }
                        <Link to={View::Learn} on_go={props.on_go.clone()}>{ "Three experiments, one idea each" }</Link>
                    </p>
                    <p class="meta">
                        { "In the pictures time runs to the right. Each line is a worker, each bar a task: solid ones \
                           compute, light ones wait." }
                    </p>
                </div>
                { segments("Scale", "gallery-scale", &scales, &props.on_scale, Html::default()) }
                <div class="actions">
                    <button
                        id="run-all" type="button" class="primary" disabled={!may}
                        onclick={props.on_run.reform({ let all = all.clone(); move |_: MouseEvent| all.clone() })}
                    >{ "Run all" }</button>
                    { choosing(props, &all, html! { "Set up all" }) }
                </div>
            </div>
            for group in &props.catalogue.groups {
                <section class="gallery-group" key={group.title.clone()}>
                    <h2>{ &group.title }</h2>
                    <ul class="cards">
                        for experiment in &group.experiments { { card(props, experiment, may) } }
                    </ul>
                </section>
            }
            // What stood here alone would be pushed down by the experiments.
            if !props.catalogue.workloads.is_empty() {
                <section class="gallery-group">
                    <h2>{ "A workload on its own" }</h2>
                    <ul class="workloads">
                        for workload in &props.catalogue.workloads {
                            <li>
                                { choosing(props, &Draft::of(&workload.name, &props.scale), html! { <code>{ &workload.name }</code> }) }
                                { " " }<span class="hint">{ &workload.about }</span>
                            </li>
                        }
                    </ul>
                </section>
            }
        </section>
    }
}

fn chosen(choice: &Choice, scale: &str) -> Choice {
    let chosen = if scale.is_empty() { choice.by_default } else { choice.value == scale };
    Choice { chosen, ..choice.clone() }
}

/// A link to what is set up.
fn choosing(props: &GalleryProps, draft: &Draft, children: Html) -> Html {
    let name = draft.get("run").to_owned();
    let on_go = {
        let draft = draft.clone();
        props.on_choose.reform(move |_: View| draft.clone())
    };
    html! {
        <span data-choose={name}><Link to={View::Experiment} draft={draft.clone()} {on_go}>{ children }</Link></span>
    }
}

/// An experiment.
fn card(props: &GalleryProps, experiment: &ExperimentCard, may: bool) -> Html {
    let draft = Draft::of(&experiment.name, &props.scale);
    let title = format!("card-{}", experiment.name);
    html! {
        <li class="card" data-name={experiment.name.clone()} key={experiment.name.clone()}>
            <h3 class="card-title" id={title.clone()}>
                { choosing(props, &draft, html! { { &experiment.title } }) }{ " " }<code>{ &experiment.name }</code>
            </h3>
            <p class="card-about">{ explained(&experiment.question) }</p>
            <div class="card-picture">{ svg(&experiment.svg) }</div>
            { shortened(experiment) }
            <div class="actions">
                <button
                    type="button" class="primary small" data-run={experiment.name.clone()} disabled={!may}
                    aria-label={format!("Run {}", experiment.title)}
                    onclick={props.on_run.reform({ let draft = draft.clone(); move |_: MouseEvent| draft.clone() })}
                >{ "Run" }</button>
            </div>
        </li>
    }
}

/// How much of an experiment this page cannot run.
fn shortened(experiment: &ExperimentCard) -> Html {
    if experiment.shared_rows == 0 || browser::shared_memory().is_ok() {
        return Html::default();
    }
    let rows = Counted(experiment.rows.into(), "row");
    html! { <p class="hint">{ format!("{} of {rows} left out: no shared memory here", experiment.shared_rows) }</p> }
}
