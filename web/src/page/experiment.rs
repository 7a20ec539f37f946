//! One experiment: its set-up, what is going on, its last results.

use std::rc::Rc;

use parlab_shared::strategy::Platform;
use yew::prelude::*;

use super::browser;
use super::live::Live;
use super::results::Results;
use super::session::Session;
use super::setup::{OnChange, Setup};
use super::state::State;
use crate::views::PlanView;

/// What is shown of an experiment.
#[derive(Properties, PartialEq)]
pub struct ExperimentProps {
    /// Who carries plans out.
    pub session: Session,
    /// The state of the page.
    pub state: Rc<State>,
    /// Called with a parameter and its text; with `None`, the experiment decides.
    pub on_change: OnChange,
    /// Called to run a plan.
    pub on_run: Callback<Rc<PlanView>>,
    /// Called to have it run by the server, on these platforms in turn.
    pub on_beside: Callback<Vec<Platform>>,
}

/// The experiment.
#[component]
pub fn Experiment(props: &ExperimentProps) -> Html {
    let ExperimentProps { session, state, on_change, on_run, on_beside } = props;
    let on_cancel = {
        let session = session.clone();
        Callback::from(move |()| session.cancel())
    };
    let name = state.draft.get("run");
    let running = state.running.clone().filter(|running| running.plan.name == name);
    let outcome = state.outcome.clone().filter(|outcome| outcome.name == name);
    let report = match &outcome {
        // What was stopped too early has no results: those of before are no results of it.
        Some(outcome) => outcome.report.as_deref().and_then(|id| state.card(id)),
        None => state.last_report(name),
    };
    html! {
        <>
        <div id="bench" class="bench" tabindex="-1" role="group" aria-label="Set-up and progress">
            <div class="work">
                <Setup
                    analyst={session.analyst().clone()} parameters={state.parameters()} draft={state.draft.clone()}
                    lab={state.lab.clone()} busy={state.running.is_some()}
                    cancelling={state.running.as_ref().is_some_and(|running| running.cancelling)}
                    results={report.map(|card| browser::time::local_time(&card.created))}
                    on_change={on_change.clone()} on_run={on_run.clone()} {on_cancel}
                    offers={state.server.as_ref().map_or_else(Vec::new, |server| server.platforms.clone())}
                    on_beside={on_beside.clone()}
                />
                <Live
                    session={session.clone()} lab={state.lab.clone()} {running} outcome={outcome.clone()}
                    refused={state.refused.clone()}
                    others={state.running.as_ref().filter(|running| running.plan.name != name).map(|running| running.plan.title.clone())}
                />
                { notices(state) }
            </div>
        </div>
        if let Some(card) = report {
            <Results analyst={session.analyst().clone()} id={card.id.clone()} is_explained={true} />
        }
        </>
    }
}

/// What is worth saying.
pub fn notices(state: &State) -> Html {
    html! {
        <div id="notices" role="status">
            if let Some(notice) = &state.tabs {
                <p class="warnings">{ notice }</p>
            }
            for notice in &state.notices {
                <p class="hint">{ notice }</p>
            }
        </div>
    }
}
