//! The set-up: what the chosen experiment asks and how it is run.

mod controls;

use std::rc::Rc;

use parlab_shared::experiment::{self, Experiment};
use parlab_shared::measure::Plan;
use parlab_shared::number::Counted;
use parlab_shared::say::Texts;
use parlab_shared::strategy::{Platform, Strategy};
use yew::prelude::*;

use super::browser;
use super::draft::{self, Draft};
use super::state::LabState;
use super::{source, text};
use controls::{OnChange, Options};

pub use controls::scales;

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
    /// The plan that is being carried out, if one is.
    pub plan: Option<Rc<Plan>>,
    /// Called when an option is changed.
    pub on_change: OnChange,
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
    let chosen = experiment::find(props.draft.get("run"));
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
    let plan = match &props.plan {
        Some(plan) => Ok(plan.clone()),
        None => props.draft.offer(browser::shared_memory()).map(Rc::new),
    };
    let texts = |experiment: &Experiment| match &plan {
        Ok(plan) => Texts::of(experiment, plan.rows()),
        Err(_) => Texts::planned(experiment, props.draft.scale(), Platform::Browser),
    };
    html! {
        <section class={classes!("setup", props.busy.then_some("busy"))} aria-labelledby="question">
            { chosen.map_or_else(about_all, |(experiment, named)| about(experiment, named, &texts(experiment))) }
            <form id="setup" {onsubmit}>
                <fieldset class="plain" disabled={props.busy}>
                    <legend class="unseen">{ "How it is run" }</legend>
                    <Options
                        // Another experiment begins with its panel closed.
                        key={props.draft.get("run").to_owned()} draft={props.draft.clone()}
                        experiment={chosen.map(|(experiment, _)| experiment.name.as_str())}
                        on_change={props.on_change.clone()}
                    />
                </fieldset>
                { offer(&plan) }
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

/// What all experiments together are.
fn about_all() -> Html {
    html! {
        <>
        <h2 id="question">{ "Every experiment, one after another" }</h2>
        <p class="source">{ "One report with all of their rows. Only what fails on purpose is left out." }</p>
        </>
    }
}

/// What is asked, what is predicted, and what stands beside the article.
fn about(experiment: &'static Experiment, named: bool, texts: &Texts) -> Html {
    if !named {
        let entry = experiment.sizes.lab.entry();
        return html! {
            <>
            <h2 id="question">{ format!("{}: {}", entry.name, entry.about) }</h2>
            <p class="source">{ "A workload on its own: choose what to spread it over." }</p>
            </>
        };
    }
    html! {
        <>
        <h2 id="question">{ &texts.question }</h2>
        if let Some(source) = &experiment.source {
            <p class="source">{ "From " }<cite>{ &source.title }</cite>{ format!(" ({})", source.document) }</p>
        }
        { source::explained(texts) }
        </>
    }
}

/// The strategies that the experiment would run on this page.
fn available_strategies(experiment: &Experiment) -> Vec<Strategy> {
    let mut strategies = experiment.strategies();
    strategies.retain(|strategy| available(*strategy));
    strategies
}

/// Whether a strategy can run on this page.
pub fn available(strategy: Strategy) -> bool {
    !strategy.needs_shared_memory() || browser::shared_memory().is_ok()
}

/// What runs or would run, or why nothing would.
fn offer(plan: &Result<Rc<Plan>, String>) -> Html {
    match plan {
        Ok(plan) => {
            let rows = Counted(plan.rows().count() as u64, "row");
            let runs = Counted(plan.runs() as u64, "run");
            let each = match &plan.stages[..] {
                [stage] => format!(", {} warm-up and {} measured each", stage.warmup, stage.runs),
                stages => format!(" of {}", Counted(stages.len() as u64, "experiment")),
            };
            let mut tasks: Vec<String> = plan.rows().map(|row| text::tasks(&row.workload)).collect();
            tasks.dedup();
            let tasks = if let [tasks] = &tasks[..] { format!(" of {tasks}") } else { String::new() };
            html! {
                <p id="plan" class="offer">
                    { format!("{rows}{each}: {runs}{tasks}.") }
                    if let Some(left_out) = draft::left_out(plan) { { " " }{ left_out } }
                </p>
            }
        }
        Err(reason) => html! { <p id="plan" class="offer refused">{ reason }</p> },
    }
}
