//! The gallery: every experiment by its source, with its question, a picture of its idea, and Run.

use parlab_shared::chart;
use parlab_shared::experiment::{self, Experiment};
use parlab_shared::measure::ALL;
use parlab_shared::number::Counted;
use parlab_shared::say::Texts;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::Platform;
use parlab_shared::workload::{ENTRIES, Entry};
use yew::prelude::*;

use super::setup::{available, scales};
use super::{browser, charts};

/// What the gallery shows.
#[derive(Properties, PartialEq)]
pub struct GalleryProps {
    /// The experiment or workload that is chosen.
    pub chosen: String,
    /// The scale that is chosen.
    pub scale: Scale,
    /// A plan is being carried out: nothing else can be chosen.
    pub busy: bool,
    /// There is a lab that can run something.
    pub ready: bool,
    /// Called with the name of what is chosen.
    pub on_choose: Callback<String>,
    /// Called with the name of what is to be run as it is.
    pub on_run: Callback<String>,
    /// Called with a parameter and its text.
    pub on_change: Callback<(&'static str, Option<String>)>,
}

/// The gallery.
#[component]
pub fn Gallery(props: &GalleryProps) -> Html {
    let runs = |name: &'static str| props.on_run.reform(move |_: MouseEvent| name.to_owned());
    let may = props.ready && !props.busy;
    html! {
        <section id="gallery" class="gallery" aria-labelledby="gallery-title">
            <div class="gallery-head">
                <div>
                    <h2 id="gallery-title">{ "Experiments" }</h2>
                    <p class="meta">
                        { "In the pictures time runs to the right. Each line is a worker, each bar a task: solid ones \
                           compute, light ones wait." }
                    </p>
                </div>
                <fieldset class="plain" disabled={props.busy}>
                    { scales("gallery-scale", props.scale, &props.on_change) }
                </fieldset>
                <div class="actions">
                    <button id="run-all" type="button" class="primary" disabled={!may} onclick={runs(ALL)}>
                        { "Run all" }
                    </button>
                    <button type="button" disabled={props.busy} onclick={choosing(props, ALL)} data-choose={ALL}>
                        { "Configure all" }
                    </button>
                </div>
            </div>
            for (heading, experiments) in groups() {
                <section class="gallery-group" key={heading.clone()}>
                    <h3>{ heading }</h3>
                    <ul class="cards">
                        for experiment in experiments {
                            <Card
                                key={experiment.name.as_str()} name={experiment.name.as_str()} scale={props.scale} chosen={props.chosen == experiment.name}
                                busy={props.busy} {may} on_choose={choosing(props, &experiment.name)} on_run={runs(&experiment.name)}
                            />
                        }
                    </ul>
                </section>
            }
            <section class="gallery-group">
                <h3>{ "A workload on its own" }</h3>
                <div class="actions">
                    for entry in workloads() {
                        <button
                            type="button" class="small" disabled={props.busy} title={entry.about} data-choose={entry.name}
                            aria-pressed={(props.chosen == entry.name).to_string()} onclick={choosing(props, entry.name)}
                        >{ entry.name }</button>
                    }
                </div>
            </section>
        </section>
    }
}

/// Chooses, and goes where it is set up.
fn choosing(props: &GalleryProps, name: &'static str) -> Callback<MouseEvent> {
    props.on_choose.reform(move |_: MouseEvent| {
        browser::lead_to("bench");
        browser::focus("bench");
        name.to_owned()
    })
}

#[derive(Properties, PartialEq)]
struct CardProps {
    name: &'static str,
    scale: Scale,
    chosen: bool,
    busy: bool,
    may: bool,
    on_choose: Callback<MouseEvent>,
    on_run: Callback<MouseEvent>,
}

/// An experiment.
#[component]
fn Card(props: &CardProps) -> Html {
    let picture = use_memo(props.name, |name| {
        experiment::find(name).map(|(experiment, _)| charts::svg(chart::idea(experiment, browser::cores().max(1))))
    });
    let Some((experiment, _)) = experiment::find(props.name) else { return Html::default() };
    let question = Texts::planned(experiment, props.scale, Platform::Browser).question;
    let title = format!("card-{}", props.name);
    html! {
        <li
            class={classes!("card", props.chosen.then_some("chosen"))} data-name={props.name}
            aria-current={props.chosen.then_some("true")}
        >
            <h4 id={title.clone()} class="card-title">{ &experiment.title }{ " " }<code>{ props.name }</code></h4>
            <p class="card-about">{ question }</p>
            <div class="card-picture">{ (*picture).clone().unwrap_or_default() }</div>
            { shortened(experiment) }
            <div class="actions">
                <button
                    type="button" class="primary small" data-run={props.name} disabled={!props.may}
                    onclick={props.on_run.clone()} aria-describedby={title.clone()}
                >{ "Run" }</button>
                <button
                    type="button" class="small" data-choose={props.name} disabled={props.busy}
                    onclick={props.on_choose.clone()} aria-describedby={title}
                >{ "Configure" }</button>
            </div>
        </li>
    }
}

/// How much of an experiment this page cannot run.
fn shortened(experiment: &Experiment) -> Html {
    let missing = experiment.rows.iter().filter(|row| !available(row.strategy)).count();
    if missing == 0 {
        return Html::default();
    }
    let rows = Counted(experiment.rows.len() as u64, "row");
    html! { <p class="hint">{ format!("{missing} of {rows} left out: no shared memory here") }</p> }
}

/// The experiments by source document, in order; those that come from none last.
fn groups() -> Vec<(String, Vec<&'static Experiment>)> {
    let heading = |experiment: &Experiment| match &experiment.source {
        Some(source) => format!("{} · {}", source.document, source.title),
        None => "parlab's own".to_owned(),
    };
    let of = |group: &'static [Experiment]| Some((heading(group.first()?), group.iter().collect()));
    let share_source = |last: &Experiment, next: &Experiment| {
        last.source.as_ref().map(|source| &source.document) == next.source.as_ref().map(|source| &source.document)
    };
    experiment::experiments().chunk_by(share_source).filter_map(of).collect()
}

/// The workloads whose name is not an experiment's.
fn workloads() -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().copied().filter(|entry| experiment::find(entry.name).is_some_and(|(_, named)| !named))
}
