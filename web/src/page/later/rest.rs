//! All that comes after the gallery, over one session.

use std::rc::Rc;

use parlab_shared::strategy::Platform;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, File};
use yew::prelude::*;

use super::{Doors, Rest};
use crate::page::acts::{list, open_link, repeat, run, run_beside, start_plan, subscribe};
use crate::page::ask::Analyst;
use crate::page::compare::Compare;
use crate::page::dispatcher::{Dispatcher, dispatching};
use crate::page::experiment::Experiment;
use crate::page::files::{self, Files};
use crate::page::go::Go;
use crate::page::history_view::HistoryPage;
use crate::page::learn::Learn;
use crate::page::machine::Machine;
use crate::page::passing::Passing;
use crate::page::results::Results;
use crate::page::route::{Draft, Requested, View};
use crate::page::session::Session;
use crate::page::state::{Action, State};
use crate::page::still::{Still, StillProps};
use crate::page::{api, browser};
use crate::views::{Parameters, PlanView};

/// Where it begins.
pub static DOORS: Doors = Doors { page, still };

/// A session, begun.
struct Begun {
    session: Session,
    dispatcher: Dispatcher,
    passing: Rc<Passing>,
}

/// A session that scripts can reach.
fn session() -> Session {
    let session = Session::new(Analyst::new());
    api::serve(&session);
    browser::on_kept_aside({
        let session = session.clone();
        move || session.leave()
    });
    session
}

fn page(requested: &Requested, dispatcher: &Dispatcher) -> Rc<dyn Rest> {
    let session = session();
    open_link(&session, dispatcher.clone());
    let passing = Passing::new(&session, dispatcher);
    subscribe(&session, dispatcher.clone(), requested, &passing);
    Rc::new(Begun { session, dispatcher: dispatcher.clone(), passing })
}

fn still(root: Element, token: Result<String, String>) {
    yew::Renderer::<Still>::with_root_and_props(root, StillProps { session: session(), token }).render();
}

impl Rest for Begun {
    fn view(&self, state: &UseReducerHandle<State>, files: &Files, go: &Go) -> Html {
        match &state.view {
            View::Gallery => Html::default(),
            View::Learn => html! {
                <Learn
                    session={self.session.clone()} state={Rc::new((**state).clone())} on_run={self.starting()}
                    on_choose={go.choosing()}
                />
            },
            View::Experiment => self.experiment(state),
            View::Report(id) => html! {
                <>
                <h1 class="unseen">{ "A report" }</h1>
                <Results analyst={self.session.analyst().clone()} id={id.clone()} />
                </>
            },
            View::Compare => self.compare(state, files, go),
            View::History => self.history(state, go),
            View::Machine => html! { <Machine machine={state.machine.clone()} /> },
        }
    }

    fn arrived(&self, state: &State) -> Html {
        self.passing.view(&state.arrived, state.running.is_some())
    }

    fn run(&self, parameters: Parameters) {
        run(&self.session, parameters, &self.dispatcher);
    }

    fn start(&self) {
        self.session.start();
    }

    fn list(&self) {
        list(&self.session, self.dispatcher.clone());
    }

    fn read(&self, files: Vec<File>) {
        for file in files {
            spawn_local(files::read(file, self.session.analyst().clone(), self.dispatcher.clone()));
        }
    }
}

impl Begun {
    /// Runs the plan that it is called with.
    fn starting(&self) -> Callback<Rc<PlanView>> {
        let (session, dispatcher) = (self.session.clone(), self.dispatcher.clone());
        Callback::from(move |plan: Rc<PlanView>| start_plan(&session, plan, &dispatcher))
    }

    fn experiment(&self, state: &UseReducerHandle<State>) -> Html {
        let on_change = {
            let dispatcher = self.dispatcher.clone();
            let draft = state.draft.clone();
            Callback::from(move |(key, value): (String, Option<String>)| {
                let mut next = draft.clone();
                next.put(&key, value.clone());
                // The address is that of what is set up, whenever it is copied.
                browser::rename(&View::Experiment.query(&next));
                dispatcher.dispatch(Action::Changed(key, value));
            })
        };
        let on_beside = {
            let (session, dispatcher) = (self.session.clone(), self.dispatcher.clone());
            let (parameters, server) = (state.parameters(), state.server.clone());
            Callback::from(move |platforms: Vec<Platform>| {
                if let Some(server) = &server {
                    run_beside(&session, parameters.clone(), platforms, server, &dispatcher);
                }
            })
        };
        html! {
            <Experiment
                session={self.session.clone()} state={Rc::new((**state).clone())} {on_change} on_run={self.starting()}
                {on_beside}
            />
        }
    }

    fn compare(&self, state: &State, files: &Files, go: &Go) -> Html {
        let on_repeat = {
            let (session, dispatcher, go) = (self.session.clone(), self.dispatcher.clone(), go.clone());
            Callback::from(move |id: String| {
                let go = go.clone();
                repeat(&session, &id, &dispatcher, move |name: &str| go.to_experiment(Draft::of(name, "")));
            })
        };
        html! {
            <Compare
                analyst={self.session.analyst().clone()} busy={state.running.is_some()} dragging={files.dragging}
                unread={state.unread.clone()} on_files={files.on_files.clone()}
                compared={state.compared.iter().filter_map(|id| state.card(id).cloned()).collect::<Vec<_>>()}
                others={state.opened.iter().rev().chain(state.history.iter()).cloned().collect::<Vec<_>>()}
                on_compare={dispatching(&self.dispatcher, Action::Compared)} {on_repeat}
            />
        }
    }

    fn history(&self, state: &State, go: &Go) -> Html {
        let on_open = {
            let go = go.clone();
            Callback::from(move |id: String| go.to(View::Report(id)))
        };
        let on_compare = {
            let go = go.clone();
            Callback::from(move |ids: Vec<String>| {
                go.dispatcher.dispatch(Action::Compared(ids));
                go.to(View::Compare);
            })
        };
        html! {
            <HistoryPage
                analyst={self.session.analyst().clone()} busy={state.running.is_some()} kept={state.history.clone()}
                {on_open} {on_compare} on_kept={dispatching(&self.dispatcher, Action::Kept)}
                on_refused={dispatching(&self.dispatcher, Action::Refused)}
            />
        }
    }
}
