//! The path of those who learn: experiments in order, each with a question to answer before it is run.

use std::rc::Rc;

use yew::prelude::*;

use super::ask::Analyst;
use super::browser;
use super::experiment::notices;
use super::header::Link;
use super::live::Live;
use super::prediction::Prediction;
use super::route::{Draft, View};
use super::session::Session;
use super::setup::{code, use_set_up};
use super::state::{LabState, State};
use super::terms;
use super::told::{expected, told};
use super::use_answer::use_answer;
use crate::questions::{Answer, Question};
use crate::views::{Card, LessonView, PlanView};

/// What is shown of the path.
#[derive(Properties, PartialEq)]
pub struct LearnProps {
    /// Who carries plans out.
    pub session: Session,
    /// The state of the page.
    pub state: Rc<State>,
    /// Called to run a plan.
    pub on_run: Callback<Rc<PlanView>>,
    /// Called with what is to be set up.
    pub on_choose: Callback<Draft>,
}

/// The path.
#[component]
pub fn Learn(props: &LearnProps) -> Html {
    let catalogue = &props.state.catalogue;
    html! {
        <section class="learn" aria-labelledby="learn-title">
            <h1 id="learn-title">{ "Three experiments, one idea each" }</h1>
            <p class="lead">
                { "Say first what you expect, then let this computer try it: a few seconds each. \
                   Press a dotted word to read what it means." }
            </p>
            { notices(&props.state) }
            for (place, lesson) in catalogue.lessons.iter().enumerate() {
                <Lesson
                    key={lesson.experiment.clone()} number={place + 1} lesson={lesson.clone()} state={props.state.clone()}
                    session={props.session.clone()} on_run={props.on_run.clone()} on_choose={props.on_choose.clone()}
                />
            }
            <h2 id="words">{ "Words" }</h2>
            { terms::listed(&catalogue.glossary) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct LessonProps {
    number: usize,
    lesson: LessonView,
    session: Session,
    state: Rc<State>,
    on_run: Callback<Rc<PlanView>>,
    on_choose: Callback<Draft>,
}

#[component]
fn Lesson(props: &LessonProps) -> Html {
    let LessonProps { number, lesson, session, state, on_run, on_choose } = props;
    let name = &lesson.experiment;
    let expected = use_state(|| expected(name));
    let asked = use_state(|| false);
    let ready = matches!(state.lab, LabState::Ready(_));
    let view = use_set_up(session.analyst(), &lesson.parameters, ready && state.running.is_none());
    let view = match &view {
        Some(Err(reason)) => return html! { <p class="refused" role="alert">{ reason }</p> },
        view => view.as_ref().and_then(|view| view.as_ref().ok()),
    };
    let plan = view.and_then(|view| view.plan.clone());
    let running = state.running.clone().filter(|running| running.plan.name == *name);
    let busy = state.running.is_some();
    let may = ready && !busy && plan.is_some();
    let report = state.last_report(name).filter(|card| {
        let before = (*expected).as_ref().is_some_and(|expected| expected.precedes(&card.created));
        before && !busy
    });
    let onsubmit = {
        let (on_run, plan, asked) = (on_run.clone(), plan.clone().filter(|_| may), asked.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            asked.set(true);
            plan.iter().for_each(|plan| on_run.emit(Rc::new(plan.clone())));
        })
    };
    let on_answer = |answer: usize| {
        let (name, setter) = (name.clone(), expected.setter());
        Callback::from(move |_: Event| {
            let prediction = Prediction { answer, at: browser::time::timestamp() };
            browser::remember(&Prediction::name(&name), &prediction.text());
            setter.set(Some(prediction));
        })
    };
    let answer = |(place, text): (usize, &String)| {
        html! {
            <label class="answer">
                <input
                    type="radio" required={true} name={format!("expected-{name}")} id={format!("expected-{name}-{place}")}
                    checked={(*expected).as_ref().is_some_and(|expected| expected.answer == place)}
                    onchange={on_answer(place)}
                />
                { text }
            </label>
        }
    };
    let draft: Draft = lesson.parameters.iter().cloned().collect();
    html! {
        <section class="lesson" id={format!("lesson-{name}")} aria-labelledby={format!("idea-{name}")}>
            <h2 id={format!("idea-{name}")}>{ format!("{number}. {}", lesson.idea) }</h2>
            <p class="question">{ terms::explained(&lesson.about) }</p>
            <form class="expect" {onsubmit}>
                <fieldset class="answers" disabled={busy}>
                    <legend>{ "What do you expect?" }</legend>
                    <p>{ terms::explained(&lesson.question) }</p>
                    for known in lesson.answers.iter().enumerate() { { answer(known) } }
                </fieldset>
                for problem in view.iter().flat_map(|view| &view.problems) {
                    <p class="refused" role="alert">{ &problem.text }</p>
                }
                if let Some(plan) = &plan { <p class="offer">{ &plan.about }</p> }
                <div class="actions">
                    <button type="submit" class="primary" disabled={!may} aria-label={format!("Run {}", lesson.title)}>{ "Run" }</button>
                    if running.is_some() {
                        <button type="button" onclick={{ let session = session.clone(); move |_| session.cancel() }}>{ "Cancel" }</button>
                    }
                    <Link to={View::Experiment} draft={draft.clone()} on_go={on_choose.reform(move |_: View| draft.clone())}>
                        { format!("{}, with all its options and results", lesson.title) }
                    </Link>
                </div>
            </form>
            if let Some(reason) = state.refused.as_ref().filter(|_| *asked) {
                <p class="refused" role="alert">{ reason }</p>
            }
            if running.is_some() {
                <Live session={session.clone()} lab={state.lab.clone()} {running} outcome={None} refused={None} others={None} />
            }
            <div role="status">
                if let Some(card) = report { <Told analyst={session.analyst().clone()} card={card.clone()} /> }
            </div>
            { view.map(|view| code(&view.code)) }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ToldProps {
    analyst: Analyst,
    card: Card,
}

/// What a report says to a lesson.
#[component]
fn Told(props: &ToldProps) -> Html {
    let view = use_answer(&props.analyst, Question::Results(props.card.id.clone()), |answer| match answer {
        Answer::Results(view) => Some(*view),
        _ => None,
    });
    match view {
        Some(Ok(view)) => view.parts.iter().map(|part| told(part, &props.card.created)).collect(),
        Some(Err(reason)) => html! { <p class="refused">{ reason }</p> },
        None => Html::default(),
    }
}
