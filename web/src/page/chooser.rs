//! The chooser: every experiment and workload, one of which is chosen.

use parlab_shared::experiment::{self, Experiment};
use parlab_shared::workload::{KINDS, Kind};
use yew::prelude::*;

/// What the chooser shows.
#[derive(Properties, PartialEq)]
pub struct ChooserProps {
    /// The experiment or workload that is chosen.
    pub chosen: String,
    /// A plan is being carried out: nothing else can be chosen.
    pub busy: bool,
    /// Called with the name of what is chosen.
    pub on_choose: Callback<String>,
}

/// The chooser.
#[component]
pub fn Chooser(props: &ChooserProps) -> Html {
    let card = |name: &'static str, title: &'static str, about: &'static str, tag: Option<String>| {
        let on_choose = props.on_choose.reform(move |_: Event| name.to_owned());
        html! {
            <label class="card" key={name}>
                <input
                    type="radio" name="run" value={name} checked={props.chosen == name} disabled={props.busy}
                    onchange={on_choose} data-name={name}
                />
                <span class="card-title">{ title }</span>
                <span class="card-about">{ about }</span>
                if name != title {
                    <span class="card-tags">
                        <code>{ name }</code>
                        if let Some(tag) = tag { <span class="tag">{ tag }</span> }
                    </span>
                }
            </label>
        }
    };
    let of_experiment = |one: &'static Experiment| {
        let tag = one.source.as_ref().map(|source| format!("source {}", source.document));
        card(&one.name, &one.title, &one.question, tag)
    };
    html! {
        <fieldset id="experiment" class="chooser">
            <legend>{ "Choose an experiment" }</legend>
            <div class="cards">
                for one in experiment::experiments() {
                    { of_experiment(one) }
                }
            </div>
            if workloads().next().is_some() {
                <p class="chooser-or">{ "or a workload on its own" }</p>
                <div class="cards">
                    for kind in workloads() {
                        { card(kind.name, kind.name, kind.about, None) }
                    }
                </div>
            }
        </fieldset>
    }
}

/// The workloads whose name is not an experiment's.
fn workloads() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| experiment::find(kind.name).is_some_and(|(_, named)| !named))
}
