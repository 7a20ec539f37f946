//! The bench: the set-up, and beside it what is going on.

use yew::prelude::*;

use super::draft::Draft;
use super::live::Live;
use super::session::Session;
use super::setup::Setup;
use super::state::{LabState, Running, Shared};

/// What the bench shows.
#[derive(Properties, PartialEq)]
pub struct BenchProps {
    /// Who carries plans out.
    pub session: Session,
    /// What is asked for so far.
    pub draft: Draft,
    /// Whether there is a lab.
    pub lab: LabState,
    /// The plan that is being carried out.
    pub running: Option<Shared<Running>>,
    /// How the last plan ended.
    pub outcome: Option<String>,
    /// Whether the plan, or the last one, draws a picture.
    pub picture: bool,
    /// Whether there are results to see.
    pub results: bool,
    /// What is worth saying but no error.
    pub notices: Vec<String>,
    /// Called with a parameter and its text; with `None`, the experiment decides.
    pub on_change: Callback<(&'static str, Option<String>)>,
    /// Called to run what is asked for.
    pub on_run: Callback<()>,
}

/// The bench.
#[component]
pub fn Bench(props: &BenchProps) -> Html {
    let BenchProps { session, draft, lab, running, outcome, picture, results, notices, on_change, on_run } = props;
    let on_cancel = {
        let session = session.clone();
        Callback::from(move |()| session.cancel())
    };
    html! {
        <div id="bench" class="bench" tabindex="-1" role="group" aria-label="Set-up and progress">
            <div class="work">
                <Setup
                    draft={draft.clone()} lab={lab.clone()} busy={running.is_some()}
                    cancelling={running.as_ref().is_some_and(|running| running.cancelling)}
                    plan={running.as_ref().map(|running| running.plan.clone())}
                    on_change={on_change.clone()} on_run={on_run.clone()} {on_cancel}
                />
                <Live
                    session={session.clone()} lab={lab.clone()} running={running.clone()} outcome={outcome.clone()}
                    picture={*picture} results={*results}
                />
                <div id="notices" role="status">
                    for notice in notices {
                        <p class="hint">{ notice }</p>
                    }
                </div>
            </div>
        </div>
    }
}
