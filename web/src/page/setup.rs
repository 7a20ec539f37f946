//! The set-up: what the chosen experiment asks and how it is run.

use std::rc::Rc;

use parlab_shared::experiment::{self, Experiment};
use parlab_shared::measure::{Plan, Request, Scale};
use parlab_shared::strategy::{Dispatch, Strategy, WORKERS_MAX, needs_shared_memory};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::browser;
use super::draft::{Draft, Offer};
use super::state::LabState;
use super::text;

/// What the set-up shows.
#[derive(Properties, PartialEq)]
pub struct SetupProps {
    /// What is asked for so far.
    pub draft: Draft,
    /// Whether there is a lab.
    pub lab: LabState,
    /// A plan is being carried out.
    pub busy: bool,
    /// It was asked to stop.
    pub cancelling: bool,
    /// The plan.
    pub plan: Option<Rc<Plan>>,
    /// Called with a parameter and its text; with `None`, the experiment decides.
    pub on_change: Callback<(&'static str, Option<String>)>,
    /// Called to run what is asked for.
    pub on_run: Callback<()>,
    /// Called to stop.
    pub on_cancel: Callback<()>,
}

/// The set-up.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    // Who pressed Run with the keyboard finds Cancel in its place, and the other way round.
    use_effect_with(props.busy, |busy| {
        let (from, to) = if *busy { ("run", "cancel") } else { ("cancel", "run") };
        if browser::focused().as_deref() == Some(from) {
            browser::focus(to);
            if *busy {
                browser::show("live");
            }
        }
    });
    let Some((experiment, named)) = experiment::find(props.draft.get("run")) else {
        return Html::default();
    };
    let onsubmit = {
        let on_run = props.on_run.clone();
        let may = !props.busy && matches!(props.lab, LabState::Ready(_));
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if may {
                on_run.emit(());
            }
        })
    };
    let ready = matches!(props.lab, LabState::Ready(_));
    html! {
        <section class={classes!("setup", props.busy.then_some("busy"))} aria-labelledby="question">
            { about(experiment, named) }
            <form id="setup" {onsubmit}>
                <fieldset class="plain" disabled={props.busy}>
                    <legend class="unseen">{ "How it is run" }</legend>
                    { strategies(props, experiment) }
                    <div class="fields">
                        { scales(props) }
                        { number(props, NUMBERS[0], &experiment.workers()) }
                    </div>
                    { more(props, experiment) }
                </fieldset>
                { offer(props) }
                <div class="actions">
                    <button id="run" type="submit" class="primary" disabled={props.busy || !ready}>{ "Run" }</button>
                    <button
                        id="cancel" type="button" disabled={!props.busy || props.cancelling}
                        onclick={props.on_cancel.reform(|_| ())}
                    >{ "Cancel" }</button>
                    <a id="link" class="quiet" href={props.draft.query()}>{ "Link to this set-up" }</a>
                </div>
            </form>
        </section>
    }
}

/// What is asked, what to expect, and what the source hides.
fn about(experiment: &'static Experiment, named: bool) -> Html {
    if !named {
        let kind = experiment.sizes.lab.kind();
        return html! {
            <>
            <h2 id="question">{ format!("{}: {}", kind.name, kind.about) }</h2>
            <p class="source">{ "A workload on its own: choose what to spread it over." }</p>
            </>
        };
    }
    html! {
        <>
        <h2 id="question">{ &experiment.question }</h2>
        if let Some(source) = &experiment.source {
            <p class="source">{ "From " }<cite>{ &source.title }</cite>{ format!(" ({})", source.document) }</p>
        }
        <dl class="about">
            <div><dt>{ "What to expect" }</dt><dd>{ &experiment.expect }</dd></div>
            if let Some(hides) = &experiment.hides {
                <div><dt>{ "What the source hides" }</dt><dd>{ hides }</dd></div>
            }
        </dl>
        </>
    }
}

/// The strategies that the experiment would run on this page.
fn own_strategies(experiment: &Experiment) -> Vec<Strategy> {
    let mut strategies = experiment.strategies();
    strategies.retain(|one| available(*one));
    strategies
}

fn available(strategy: Strategy) -> bool {
    !needs_shared_memory(strategy) || browser::shared_memory().is_ok()
}

fn strategies(props: &SetupProps, experiment: &'static Experiment) -> Html {
    let own = own_strategies(experiment);
    let asked = props.draft.get("strategy");
    let chosen: Vec<Strategy> = match props.draft.has("strategy") {
        true => asked.split(',').filter_map(|name| name.trim().parse().ok()).collect(),
        false => own.clone(),
    };
    let toggle = |strategy: Strategy| {
        let (own, chosen) = (own.clone(), chosen.clone());
        props.on_change.reform(move |event: Event| {
            let checked = event.target_unchecked_into::<HtmlInputElement>().checked();
            let is_in = |one: Strategy| if one == strategy { checked } else { chosen.contains(&one) };
            let next: Vec<Strategy> = Strategy::ALL.iter().copied().filter(|one| is_in(*one)).collect();
            let names: Vec<&str> = next.iter().map(|one| one.name()).collect();
            ("strategy", (next != own).then(|| names.join(",")))
        })
    };
    html! {
        <fieldset class="chips">
            <legend>{ "Strategies" }</legend>
            for strategy in Strategy::ALL.iter().copied() {
                <label class="chip" key={strategy.name()}>
                    <input
                        type="checkbox" name="strategy" id={format!("strategy-{strategy}")} value={strategy.name()}
                        checked={chosen.contains(&strategy)} disabled={!available(strategy)}
                        onchange={toggle(strategy)}
                    />
                    <span class="chip-name">{ strategy.name() }</span>
                    <span class="chip-about">{
                        if available(strategy) { text::strategy(strategy) } else { "needs shared memory" }
                    }</span>
                </label>
            }
        </fieldset>
    }
}

fn scales(props: &SetupProps) -> Html {
    let about = |scale| match scale {
        Scale::Exact => "the source's own sizes",
        Scale::Lab => "long enough to measure",
        Scale::Smoke => "a first look, seconds",
    };
    let chosen: Scale = props.draft.get("scale").parse().unwrap_or_default();
    html! {
        <fieldset class="segments">
            <legend>{ "Scale" }</legend>
            <div class="segment-row">
            for scale in Scale::ALL.iter().copied() {
                <label class="segment" key={scale.name()} title={about(scale)}>
                    <input
                        type="radio" name="scale" id={format!("scale-{scale}")} value={scale.name()}
                        checked={scale == chosen}
                        onchange={props.on_change.reform(move |_: Event| ("scale", Some(scale.name().to_owned())))}
                    />
                    <span>{ scale.name() }</span>
                </label>
            }
            </div>
            <p class="hint">{ about(chosen) }</p>
        </fieldset>
    }
}

/// A parameter that is typed: its key and its label.
type Number = (&'static str, &'static str);

const NUMBERS: [Number; 6] = [
    ("workers", "Workers"),
    ("tasks", "Tasks"),
    ("size", "Size"),
    ("runs", "Measured runs"),
    ("warmup", "Warm-up runs"),
    ("seed", "Seed"),
];

/// A field for a number, or for several with commas between them. What is typed is text, so that a
/// value that cannot be is refused with its reason instead of vanishing.
fn number<T: ToString>(props: &SetupProps, (key, label): Number, own: &[T]) -> Html {
    let own: Vec<String> = own.iter().map(T::to_string).collect();
    let own = own.join(",");
    let oninput = props.on_change.reform(move |event: InputEvent| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value();
        let value = value.trim();
        (key, (!value.is_empty()).then(|| value.to_owned()))
    });
    let hint = match key {
        "workers" => Some(format!("1 to {WORKERS_MAX}; several with commas")),
        "size" => Some(size_hint(&props.draft)),
        _ => None,
    };
    let described = hint.as_ref().map(|_| format!("{key}-hint"));
    html! {
        <div class="field">
            <label for={key}>{ label }</label>
            <input
                id={key} name={key} type="text" inputmode="numeric" autocomplete="off" spellcheck="false"
                value={props.draft.get(key).to_owned()} placeholder={own}
                aria-describedby={described.clone()} {oninput}
            />
            if let Some(hint) = hint {
                <p class="hint" id={described}>{ hint }</p>
            }
        </div>
    }
}

fn size_hint(draft: &Draft) -> String {
    experiment::find(draft.get("run")).map_or_else(String::new, |(experiment, _)| {
        let kind = experiment.sizes.lab.kind();
        format!("{}: {}", kind.size, kind.size_means)
    })
}

/// What few users change.
fn more(props: &SetupProps, experiment: &'static Experiment) -> Html {
    let scale = props.draft.get("scale").parse().unwrap_or_default();
    let workload = experiment.workload(scale);
    let [_, tasks, size, runs, warmup, seed] = NUMBERS;
    let draft = &props.draft;
    let open = [tasks.0, size.0, runs.0, warmup.0, seed.0, "dispatch"].into_iter().any(|key| draft.has(key));
    let dispatch = draft.get("dispatch").to_owned();
    let onchange = props.on_change.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        ("dispatch", (!value.is_empty()).then_some(value))
    });
    let default_seed = Request::default().seed.unwrap_or(1);
    html! {
        <details class="more" {open}>
            <summary>{ "Sizes, repetitions and seed" }</summary>
            <div class="fields">
                { number(props, tasks, &[workload.tasks()]) }
                { number(props, size, &[workload.size()]) }
                { number(props, runs, &[experiment.runs]) }
                { number(props, warmup, &[experiment.warmup]) }
                { number(props, seed, &[default_seed]) }
                <div class="field">
                    <label for="dispatch">{ "Dispatch" }</label>
                    <select id="dispatch" name="dispatch" {onchange}>
                        <option value="" selected={dispatch.is_empty()}>{ "the experiment's own" }</option>
                        for one in Dispatch::ALL {
                            <option value={one.name()} selected={dispatch == one.name()}>{ one.name() }</option>
                        }
                    </select>
                    <p class="hint">{ "one pool of workers, or a new one per task" }</p>
                </div>
            </div>
        </details>
    }
}

/// What runs or would run, or why nothing would.
fn offer(props: &SetupProps) -> Html {
    let offer = match &props.plan {
        Some(plan) => Ok(Offer { plan: (**plan).clone(), left_out: None }),
        None => props.draft.offer(),
    };
    match offer {
        Ok(Offer { plan, left_out }) => {
            let rows = text::count(plan.rows.len(), "row");
            let tasks = plan.rows.first().map_or(0, |row| row.workload.tasks()) as usize;
            let runs = text::runs(&plan);
            html! {
                <p id="plan" class="offer">
                    { format!("{rows}, {} warm-up and {} measured each: ", plan.warmup, plan.runs) }
                    { format!("{} of {}.", text::count(runs, "run"), text::count(tasks, "task")) }
                    if let Some(left_out) = left_out { { " " }{ left_out } }
                </p>
            }
        }
        Err(reason) => html! { <p id="plan" class="offer refused">{ reason }</p> },
    }
}
