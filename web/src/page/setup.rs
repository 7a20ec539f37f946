//! The set-up: what the chosen experiment asks and how it is run.

use std::rc::Rc;

use parlab_shared::experiment::{self, Experiment};
use parlab_shared::measure::{Plan, Request, Scale};
use parlab_shared::say::number::Count;
use parlab_shared::strategy::{Dispatch, Platform, Strategy, needs_shared_memory, workers_max};
use parlab_shared::workload::Workload;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::browser;
use super::draft::{self, Draft};
use super::state::LabState;
use super::{source, text};

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
    let scale = props.draft.get("scale").parse().unwrap_or_default();
    html! {
        <section class={classes!("setup", props.busy.then_some("busy"))} aria-labelledby="question">
            { chosen.map_or_else(about_all, |(experiment, named)| about(experiment, named)) }
            <form id="setup" {onsubmit}>
                <fieldset class="plain" disabled={props.busy}>
                    <legend class="unseen">{ "How it is run" }</legend>
                    if let Some((experiment, _)) = chosen {
                        { strategies(props, experiment) }
                        <div class="fields">
                            { scales("scale", scale, &props.on_change) }
                            { field(props, workers(experiment)) }
                        </div>
                        { more(props, experiment) }
                    } else {
                        <div class="fields">
                            { scales("scale", scale, &props.on_change) }
                            { field(props, Field::number("runs", "Measured runs", "each experiment's own")) }
                            { field(props, Field::number("warmup", "Warm-up runs", "each experiment's own")) }
                            { field(props, seed()) }
                        </div>
                    }
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

/// What all experiments together are.
fn about_all() -> Html {
    html! {
        <>
        <h2 id="question">{ "Every experiment, one after another" }</h2>
        <p class="source">{ "One report with all of their rows. Only what fails on purpose is left out." }</p>
        </>
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
        { source::explained(experiment) }
        </>
    }
}

/// The strategies that the experiment would run on this page.
fn own_strategies(experiment: &Experiment) -> Vec<Strategy> {
    let mut strategies = experiment.strategies();
    strategies.retain(|one| available(*one));
    strategies
}

/// Whether a strategy can run on this page.
pub fn available(strategy: Strategy) -> bool {
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

/// The choice of a scale, in a group of controls with a name of its own.
pub fn scales(group: &'static str, chosen: Scale, on_change: &Callback<(&'static str, Option<String>)>) -> Html {
    let about = |scale| match scale {
        Scale::Exact => "the source's own sizes",
        Scale::Lab => "long enough to measure",
        Scale::Smoke => "a first look, seconds",
    };
    html! {
        <fieldset class="segments">
            <legend>{ "Scale" }</legend>
            <div class="segment-row">
            for scale in Scale::ALL.iter().copied() {
                <label class="segment" key={scale.name()} title={about(scale)}>
                    <input
                        type="radio" name={group} id={format!("{group}-{scale}")} value={scale.name()}
                        checked={scale == chosen}
                        onchange={on_change.reform(move |_: Event| ("scale", Some(scale.name().to_owned())))}
                    />
                    <span>{ scale.name() }</span>
                </label>
            }
            </div>
            <p class="hint">{ about(chosen) }</p>
        </fieldset>
    }
}

/// A parameter that is typed.
struct Field {
    /// Its name in the address.
    key: &'static str,
    /// What it is called.
    label: &'static str,
    /// The experiment's own value, which holds where nothing is typed.
    own: String,
    /// What can be typed.
    hint: Option<String>,
    /// The keyboard that a telephone shows.
    keyboard: &'static str,
    /// It cannot be typed into.
    disabled: bool,
}

impl Field {
    /// A field for a number, or for several with commas between them.
    fn number(key: &'static str, label: &'static str, own: impl ToString) -> Self {
        Self { key, label, own: own.to_string(), hint: None, keyboard: "numeric", disabled: false }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn keyboard(mut self, keyboard: &'static str) -> Self {
        self.keyboard = keyboard;
        self
    }
}

/// What is typed is text, so that a value that cannot be is refused with its reason instead of vanishing.
fn field(props: &SetupProps, field: Field) -> Html {
    let Field { key, label, own, hint, keyboard, disabled } = field;
    let oninput = props.on_change.reform(move |event: InputEvent| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value();
        let value = value.trim();
        (key, (!value.is_empty()).then(|| value.to_owned()))
    });
    let described = hint.as_ref().map(|_| format!("{key}-hint"));
    html! {
        <div class="field" key={key}>
            <label for={key}>{ label }</label>
            <input
                id={key} name={key} type="text" inputmode={keyboard} autocomplete="off" spellcheck="false"
                value={props.draft.get(key).to_owned()} placeholder={own} {disabled}
                aria-describedby={described.clone()} {oninput}
            />
            if let Some(hint) = hint {
                <p class="hint" id={described}>{ hint }</p>
            }
        </div>
    }
}

fn workers(experiment: &Experiment) -> Field {
    let own: Vec<String> = experiment.workers().iter().map(u32::to_string).collect();
    let [max, in_flight] = [Strategy::Threads, Strategy::Async].map(workers_max);
    let hint = format!("1 to {max}, async to {}; several with commas", in_flight);
    Field::number("workers", "Workers", own.join(",")).hint(hint)
}

fn seed() -> Field {
    Field::number("seed", "Seed", Request::default().seed.unwrap_or(1))
}

fn tasks(workload: &Workload) -> Field {
    let field = Field::number("tasks", "Tasks", workload.tasks());
    match workload {
        Workload::Crawl { .. } => field.hint("at most so many pages are visited"),
        _ => field,
    }
}

/// The field for the size. Where there is none it can only be emptied, if an address has filled it.
fn size(workload: &Workload, draft: &Draft) -> Field {
    let kind = workload.kind();
    match (workload.size(), kind.size) {
        (Some(own), Some(name)) => Field::number("size", "Size", own).hint(format!("{name}: {}", kind.size_means)),
        _ => Field {
            disabled: !draft.has("size"),
            ..Field::number("size", "Size", "none")
                .hint(format!("{} has no size: its tasks are as they are", kind.name))
        },
    }
}

/// What is asked of a server. Of work that sends no requests, only what an address has asked for
/// shows, so that it can be taken back.
fn requests(workload: &Workload, draft: &Draft) -> Vec<Field> {
    let model = workload.model();
    let own = |value: Option<&String>, nothing: &str| match value {
        Some(value) if !value.is_empty() => value.clone(),
        _ => nothing.to_owned(),
    };
    let timeout_s =
        Request::named(workload.name()).plan(Platform::Browser).map(|plan| (plan.timeout_ms as f64 / 1e3).to_string());
    let fields = [
        Field::number("latency", "Latency, ms", own(model.map(|model| &model.latency_ms), "none"))
            .hint("how long the server waits before it answers: milliseconds, or MIN-MAX")
            .keyboard("text"),
        Field::number("fail", "Failures", own(model.map(|model| &model.fail), "none"))
            .hint("status, cut, stall, garbage or redirect; or KIND:PROBABILITY, such as status:0.1")
            .keyboard("text"),
        Field::number("timeout", "Time limit, s", timeout_s.unwrap_or_default())
            .hint("seconds that a task may wait for an answer")
            .keyboard("decimal"),
        Field::number("target", "Target", "this page's server")
            .hint("another server's address, which must allow pages of other origins (CORS)")
            .keyboard("url"),
    ];
    fields.into_iter().filter(|field| model.is_some() || draft.has(field.key)).collect()
}

/// What few users change.
fn more(props: &SetupProps, experiment: &'static Experiment) -> Html {
    let scale = props.draft.get("scale").parse().unwrap_or_default();
    let workload = experiment.workload(scale);
    let draft = &props.draft;
    let requests = requests(workload, draft);
    let sends = !requests.is_empty();
    let mut fields = vec![
        tasks(workload),
        size(workload, draft),
        Field::number("runs", "Measured runs", experiment.runs_at(scale)),
        Field::number("warmup", "Warm-up runs", experiment.warmup),
        seed(),
    ];
    fields.extend(requests);
    let open = draft.has("dispatch") || fields.iter().any(|field| draft.has(field.key));
    let dispatch = draft.get("dispatch").to_owned();
    let onchange = props.on_change.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        ("dispatch", (!value.is_empty()).then_some(value))
    });
    html! {
        <details class="more" {open}>
            <summary>{ if sends { "Sizes, repetitions, seed and requests" } else { "Sizes, repetitions and seed" } }</summary>
            <div class="fields">
                for one in fields {
                    { field(props, one) }
                }
                <div class="field" key="dispatch">
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
        Some(plan) => Ok(plan.clone()),
        None => props.draft.offer().map(Rc::new),
    };
    match offer {
        Ok(plan) => {
            let rows = Count(plan.rows().count() as u64, "row");
            let runs = Count(plan.runs() as u64, "run");
            let each = match &plan.stages[..] {
                [stage] => format!(", {} warm-up and {} measured each", stage.warmup, stage.runs),
                stages => format!(" of {}", Count(stages.len() as u64, "experiment")),
            };
            let mut tasks: Vec<String> = plan.rows().map(|row| text::tasks(&row.workload)).collect();
            tasks.dedup();
            let tasks = if let [tasks] = &tasks[..] { format!(" of {tasks}") } else { String::new() };
            html! {
                <p id="plan" class="offer">
                    { format!("{rows}{each}: {runs}{tasks}.") }
                    if let Some(left_out) = draft::left_out(&plan) { { " " }{ left_out } }
                </p>
            }
        }
        Err(reason) => html! { <p id="plan" class="offer refused">{ reason }</p> },
    }
}
