//! The set-up: what the chosen experiment asks, how it is run, and what would be run. The analyst says what the form is.

use std::rc::Rc;

use parlab_shared::conduct::Offer;
use parlab_shared::strategy::Platform;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::ask::Analyst;
use super::browser;
use super::route::Draft;
use super::state::LabState;
use super::terms::explained;
use crate::questions::{Answer, Question};
use crate::views::{Choice, CodeView, Control, FieldView, PlanView, SetUpView, TextsView};

/// Called with a parameter and its text; with `None`, the experiment decides.
pub type OnChange = Callback<(String, Option<String>)>;

/// What the set-up shows.
#[derive(Properties, PartialEq)]
pub struct SetupProps {
    /// Who knows experiments and options.
    pub analyst: Analyst,
    /// What is asked for so far, as it was given.
    pub parameters: Vec<(String, String)>,
    /// The same, as far as it can be read.
    pub draft: Draft,
    /// Whether there is a lab.
    pub lab: LabState,
    /// A plan is being carried out.
    pub busy: bool,
    /// It was asked to stop.
    pub cancelling: bool,
    /// When the results were measured that stand below, if there are any.
    pub results: Option<String>,
    /// Called when an option is changed.
    pub on_change: OnChange,
    /// Called to run what is asked for.
    pub on_run: Callback<Rc<PlanView>>,
    /// What the server carries plans out on, beside this page.
    pub offers: Vec<Offer>,
    /// Called to have it run by the server, on these platforms in turn.
    pub on_beside: Callback<Vec<Platform>>,
    /// Called to stop.
    pub on_cancel: Callback<()>,
}

/// What is set up with some parameters, as soon as the analyst has said it; until then what was set up before.
#[hook]
pub fn use_set_up(
    analyst: &Analyst,
    parameters: &[(String, String)],
    is_ready: bool,
) -> Option<Result<Rc<SetUpView>, String>> {
    let view = use_state(|| None::<Result<Rc<SetUpView>, String>>);
    {
        let (analyst, setter) = (analyst.clone(), view.setter());
        // How long it takes is known better when the lab is there, and when something has run.
        use_effect_with((parameters.to_vec(), is_ready), move |(parameters, _)| {
            // What comes after the user has typed on is old.
            let wanted = Rc::new(std::cell::Cell::new(true));
            let still_wanted = wanted.clone();
            analyst.ask(Question::SetUp(parameters.clone()), move |outcome| {
                if still_wanted.get() {
                    setter.set(match outcome {
                        Ok((Answer::SetUp(view), _)) => Some(Ok(Rc::from(view))),
                        Ok(_) => None,
                        Err(reason) => Some(Err(reason)),
                    });
                }
            });
            move || wanted.set(false)
        });
    }
    (*view).clone()
}

/// The set-up.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    // Who pressed Run with the keyboard finds Cancel in its place, and the other way round. What is disabled then may lose the
    // focus at once.
    let focused = browser::focused();
    use_effect_with(props.busy, move |busy| {
        let (from, to) = if *busy { (&STARTERS[..], "cancel") } else { (&["cancel"][..], "run") };
        if focused.is_some_and(|focused| from.contains(&focused.as_str())) {
            browser::focus(to);
            // How it ended and the results stand below it.
            if *busy { browser::show("live") } else { browser::show_first("run") }
        }
    });
    let ready = matches!(props.lab, LabState::Ready(_));
    let view = use_set_up(&props.analyst, &props.parameters, ready && !props.busy);
    let view = match &view {
        None => {
            return html! { <section class="setup pending"><p class="hint" role="status">{ "Setting up …" }</p></section> };
        }
        Some(Err(reason)) => {
            return html! { <section class="setup"><p class="refused" role="alert">{ reason }</p></section> };
        }
        Some(Ok(view)) => view,
    };
    let may = ready && !props.busy && view.plan.is_some();
    let onsubmit = {
        let (on_run, plan) = (props.on_run.clone(), view.plan.clone().filter(|_| may));
        let wrong = view.problems.iter().find_map(|problem| problem.key.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match (&plan, &wrong) {
                (Some(plan), _) => on_run.emit(Rc::new(plan.clone())),
                // Where it can be mended.
                (None, Some(key)) => browser::focus(key),
                (None, None) => {}
            }
        })
    };
    let form = Form { view, draft: &props.draft, on_change: &props.on_change };
    let beside_no_field = view.problems.iter().filter(|problem| {
        let has = |fields: &[FieldView]| fields.iter().any(|field| Some(&field.key) == problem.key.as_ref());
        !has(&view.fields) && !has(&view.panel)
    });
    let unset = view.fields.is_empty();
    html! {
        <section class={classes!("setup", props.busy.then_some("busy"))} aria-labelledby="question">
            <h1 id="question">{ &view.title }</h1>
            if let Some(source) = &view.source {
                <p class="source">{ "From " }<cite>{ &source.title }</cite>{ format!(" (document {})", source.document) }</p>
            }
            if let Some(when) = &props.results {
                <p class="meta below"><a href="#results">{ format!("Results of {when}") }</a></p>
            }
            if !unset {
                { about(&view.texts) }
                { code(&view.code) }
            }
            // What is no experiment has nothing to set up, but for what is wrong.
            <form id="setup" class={classes!(unset.then_some("unset"))} {onsubmit} novalidate={true}>
                <fieldset class="plain" disabled={props.busy} hidden={unset}>
                    <legend class="unseen">{ "How it is run" }</legend>
                    <Panel key={props.draft.get("run").to_owned()} top={form.top()} panel={form.panel()}
                        title={view.panel_title.clone()} is_used={form.is_panel_used()} />
                </fieldset>
                <div id="problems" role="alert">
                    for problem in beside_no_field {
                        <p class="refused">{ &problem.text }</p>
                    }
                </div>
                if let Some(plan) = &view.plan {
                    <p id="plan" class="offer">
                        { &plan.about }
                        if let Some(left_out) = &plan.left_out { { " " }{ left_out } }
                    </p>
                }
                <div class="actions" hidden={unset}>
                    <button id="run" type="submit" class="primary" disabled={props.busy || !ready}>{ "Run" }</button>
                    for (id, label, platforms) in beside(&props.offers) {
                        <button
                            {id} type="button" disabled={!may}
                            onclick={props.on_beside.reform(move |_| platforms.clone())}
                        >{ label }</button>
                    }
                    <button
                        // Whoever pressed it with the keyboard stays on it: what is disabled loses the focus.
                        id="cancel" type="button" disabled={!props.busy} aria-disabled={props.cancelling.then_some("true")}
                        onclick={props.on_cancel.reform(|_| ())}
                    >{ "Cancel" }</button>
                </div>
            </form>
        </section>
    }
}

/// The buttons that begin something.
const STARTERS: [&str; 3] = ["run", "run-natively", "run-with-python"];

/// What a plan can be run on beside this page: for each, a button's id and label, and the platforms in their turn. Ratios are
/// to the first.
fn beside(offers: &[Offer]) -> Vec<(&'static str, String, Vec<Platform>)> {
    let mut ways = Vec::new();
    if offers.iter().any(|offer| offer.platform == Platform::Native) {
        let both = vec![Platform::Native, Platform::Browser];
        ways.push((STARTERS[1], "Run here and natively".to_owned(), both.clone()));
        if let Some(python) = offers.iter().find(|offer| offer.platform == Platform::Python) {
            let version = python.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
            let all = [both, vec![Platform::Python]].concat();
            ways.push((STARTERS[2], format!("Run here, natively and in Python{version}"), all));
        }
    }
    ways
}

/// The question, what is predicted, and what stands beside the article.
pub fn about(texts: &TextsView) -> Html {
    html! {
        <div class="explained">
            <p class="question">{ explained(&texts.question) }</p>
            if !texts.paragraphs.is_empty() {
                <dl class="about">
                    for (heading, text) in &texts.paragraphs {
                        <div><dt>{ heading }</dt><dd>{ explained(text) }</dd></div>
                    }
                </dl>
            }
        </div>
    }
}

/// The code that tasks run.
pub fn code(pieces: &[CodeView]) -> Html {
    html! {
        if !pieces.is_empty() {
            <details class="more code">
                <summary>{ "The code that each task runs" }</summary>
                for piece in pieces {
                    <pre tabindex="0" role="group" aria-label={format!("Code in {}", piece.file)}><code>{ &piece.text }</code></pre>
                    <p class="hint">{ &piece.file }</p>
                }
            </details>
        }
    }
}

#[derive(Properties, PartialEq)]
struct PanelProps {
    top: Html,
    panel: Html,
    title: String,
    /// Something in the panel is set, or wrong.
    is_used: bool,
}

/// What everybody chooses in sight, the other fields in a panel.
#[component]
fn Panel(props: &PanelProps) -> Html {
    // Once it had to be open it stays so: a field that is emptied must not vanish under the hand.
    let open = use_mut_ref(|| false);
    let is_open = *open.borrow() || props.is_used;
    *open.borrow_mut() = is_open;
    html! {
        <>
        { props.top.clone() }
        <details class="more" open={is_open}>
            <summary>{ &props.title }</summary>
            <div class="fields">{ props.panel.clone() }</div>
        </details>
        </>
    }
}

/// The fields as they are drawn.
struct Form<'a> {
    view: &'a SetUpView,
    draft: &'a Draft,
    on_change: &'a OnChange,
}

impl Form<'_> {
    fn top(&self) -> Html {
        let (chips, others): (Vec<_>, Vec<_>) =
            self.view.fields.iter().partition(|field| matches!(field.control, Control::Chips(_)));
        html! {
            <>
            for field in chips { { self.control(field) } }
            <div class="fields">
                for field in others { { self.control(field) } }
            </div>
            </>
        }
    }

    fn panel(&self) -> Html {
        self.view.panel.iter().map(|field| self.control(field)).collect()
    }

    fn is_panel_used(&self) -> bool {
        let parameters = self.draft.parameters();
        self.view
            .panel
            .iter()
            .any(|field| field.problem.is_some() || parameters.iter().any(|(key, _)| *key == field.key))
    }

    fn changed(&self, key: &str) -> Callback<Option<String>> {
        let key = key.to_owned();
        self.on_change.reform(move |value| (key.clone(), value))
    }

    fn control(&self, field: &FieldView) -> Html {
        let describes = format!("{0}-hint {0}-problem", field.key);
        let invalid = field.problem.is_some().then_some("true");
        let on_change = self.changed(&field.key);
        let value = self.draft.get(&field.key).to_owned();
        let control = match &field.control {
            Control::Line { keyboard, default } => {
                let oninput = on_change.reform(|event: InputEvent| {
                    let value = event.target_unchecked_into::<HtmlInputElement>().value();
                    let value = value.trim();
                    (!value.is_empty()).then(|| value.to_owned())
                });
                html! {
                    // What is typed is text, so that a value that cannot be is refused with its reason instead of vanishing.
                    <input
                        id={field.key.clone()} name={field.key.clone()} type="text" inputmode={keyboard.clone()}
                        autocomplete="off" spellcheck="false" {value} placeholder={default.clone()}
                        aria-describedby={describes} aria-invalid={invalid} {oninput}
                    />
                }
            }
            Control::Lines { default } => {
                let oninput = on_change.reform(|event: InputEvent| {
                    let value = event.target_unchecked_into::<HtmlTextAreaElement>().value();
                    (!value.trim().is_empty()).then_some(value)
                });
                html! {
                    <textarea
                        id={field.key.clone()} name={field.key.clone()} rows="3" autocomplete="off" spellcheck="false"
                        {value} placeholder={default.clone()} aria-describedby={describes} aria-invalid={invalid} {oninput}
                    />
                }
            }
            Control::List { default, choices } => {
                let onchange = on_change.reform(|event: Event| {
                    let value = event.target_unchecked_into::<HtmlSelectElement>().value();
                    (!value.is_empty()).then_some(value)
                });
                html! {
                    <select
                        id={field.key.clone()} name={field.key.clone()} aria-describedby={describes}
                        aria-invalid={invalid} {onchange}
                    >
                        <option value="" selected={value.is_empty()}>{ default }</option>
                        for choice in choices {
                            <option value={choice.value.clone()} selected={choice.chosen}>{ &choice.name }</option>
                        }
                    </select>
                }
            }
            Control::Segments(choices) => {
                return segments(&field.label, &field.key, choices, &on_change, problem(field));
            }
            Control::Chips(choices) => return self.chips(field, choices, &on_change),
        };
        html! {
            <div class="field" key={field.key.clone()}>
                <label for={field.key.clone()}>{ &field.label }</label>
                { control }
                { problem(field) }
                <p class="hint" id={format!("{}-hint", field.key)}>{ &field.hint }</p>
            </div>
        }
    }

    fn chips(&self, field: &FieldView, choices: &[Choice], on_change: &Callback<Option<String>>) -> Html {
        let toggle = |place: usize| {
            let choices = choices.to_vec();
            on_change.reform(move |event: Event| {
                let checked = event.target_unchecked_into::<HtmlInputElement>().checked();
                let is_in = |at: usize, choice: &Choice| if at == place { checked } else { choice.chosen };
                let next: Vec<&str> = choices
                    .iter()
                    .enumerate()
                    .filter(|(at, choice)| is_in(*at, choice))
                    .map(|(_, choice)| choice.value.as_str())
                    .collect();
                let by_default = choices.iter().filter(|choice| choice.by_default).map(|choice| choice.value.as_str());
                (!by_default.eq(next.iter().copied())).then(|| next.join(","))
            })
        };
        html! {
            <fieldset class="chips" key={field.key.clone()} id={field.key.clone()} tabindex="-1">
                <legend>{ &field.label }</legend>
                for (place, choice) in choices.iter().enumerate() {
                    <label class="chip" key={choice.value.clone()}>
                        <input
                            type="checkbox" name={field.key.clone()} id={format!("{}-{}", field.key, choice.value)}
                            value={choice.value.clone()} checked={choice.chosen}
                            disabled={choice.unavailable.is_some()} onchange={toggle(place)}
                        />
                        <span class="chip-name">{ &choice.name }</span>
                        <span class="chip-about">{ choice.unavailable.as_ref().unwrap_or(&choice.about) }</span>
                    </label>
                }
                { problem(field) }
                // Where choices do not say what they are, all together do.
                if choices.iter().all(|choice| choice.about.is_empty()) {
                    <p class="hint">{ &field.hint }</p>
                }
            </fieldset>
        }
    }
}

/// What is wrong with a field's value; the element is always there, so that what comes into it is read out.
fn problem(field: &FieldView) -> Html {
    html! {
        <p class="problem" id={format!("{}-problem", field.key)} aria-live="polite">{ field.problem.clone() }</p>
    }
}

/// One of few, all in sight, in a group of controls with a name of its own; below them, what is wrong.
pub fn segments(
    label: &str,
    group: &str,
    choices: &[Choice],
    on_change: &Callback<Option<String>>,
    problem: Html,
) -> Html {
    let chosen = choices.iter().find(|choice| choice.chosen);
    html! {
        <fieldset class="segments" key={group.to_owned()} id={group.to_owned()} tabindex="-1">
            <legend>{ label }</legend>
            <div class="segment-row">
            for choice in choices {
                <label class="segment" key={choice.value.clone()} title={choice.about.clone()}>
                    <input
                        type="radio" name={group.to_owned()} id={format!("{group}-{}", choice.value)}
                        value={choice.value.clone()} checked={choice.chosen}
                        onchange={on_change.reform({
                            let value = choice.value.clone();
                            move |_: Event| Some(value.clone())
                        })}
                    />
                    <span>{ &choice.name }</span>
                </label>
            }
            </div>
            { problem }
            <p class="hint">{ chosen.map(|choice| choice.about.clone()) }</p>
        </fieldset>
    }
}
