//! The whole page.

use std::rc::Rc;

use parlab_shared::chart;
use parlab_shared::strategy::Platform;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use yew::prelude::*;

use super::ask::Analyst;
use super::compare::Compare;
use super::dispatcher::Dispatcher;
use super::errors::Errors;
use super::experiment::Experiment;
use super::files::use_files;
use super::gallery::Gallery;
use super::header::Header;
use super::history_view::HistoryPage;
use super::learn::Learn;
use super::machine::{Machine, UnsharedNote};
use super::results::Results;
use super::route::{Draft, View};
use super::session::Session;
use super::state::{Action, LabState, State};
use super::still::{Still, StillProps};
use super::terms;
use super::use_session::{repeat, run, run_beside, start_plan, use_session};
use super::{api, browser, route};
use crate::views::PlanView;

/// Where the module begins.
///
/// # Errors
/// What the browser refused.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    browser::adopt_style(chart::STYLE)?;
    let session = Session::new(Analyst::new());
    api::install(&session);
    let root = browser::element("app").ok_or("index.html has no #app")?;
    match route::executor(&browser::query()) {
        None => {
            yew::Renderer::<App>::with_root_and_props(root, AppProps { session }).render();
        }
        Some(token) => {
            yew::Renderer::<Still>::with_root_and_props(root, StillProps { session, token }).render();
        }
    }
    Ok(())
}

/// What the whole page needs.
#[derive(Properties, PartialEq)]
struct AppProps {
    session: Session,
}

/// The whole page.
#[component]
fn App(props: &AppProps) -> Html {
    let session = &props.session;
    let state = use_session(session);
    let dispatcher = state.dispatcher();
    let busy = state.running.is_some();
    let analyst = session.analyst();
    let files = use_files(busy, analyst, &dispatcher);
    let go = Go { dispatcher: dispatcher.clone(), draft: state.draft.clone() };
    let on_go = Callback::from({
        let go = go.clone();
        move |view: View| go.to(view)
    });
    let on_watch = Callback::from({
        let (go, name) = (go.clone(), state.running.as_ref().map(|running| running.plan.name.clone()));
        move |()| {
            if let Some(name) = &name {
                go.to_experiment(if go.draft.get("run") == name { go.draft.clone() } else { Draft::of(name, "") });
            }
        }
    });
    let shown = match &state.view {
        View::Gallery => gallery(&state, session, &go, &on_go),
        View::Learn => learn(&state, session, &go),
        View::Experiment => experiment(&state, session, &dispatcher),
        View::Report(id) => html! {
            <Results analyst={analyst.clone()} id={id.clone()} />
        },
        View::Compare => html! {
            <Compare
                analyst={analyst.clone()} {busy} dragging={files.dragging} unread={state.unread.clone()} on_files={files.on_files.clone()}
                compared={state.compared.iter().filter_map(|id| state.card(id).cloned()).collect::<Vec<_>>()}
                others={state.opened.iter().rev().chain(state.history.iter()).cloned().collect::<Vec<_>>()}
                on_compare={dispatching(&dispatcher, Action::Compared)}
                on_repeat={Callback::from({
                    let (session, dispatcher, go) = (session.clone(), dispatcher.clone(), go.clone());
                    move |id: String| repeat(&session, &id, &dispatcher, { let go = go.clone(); move |name: &str| go.to_experiment(Draft::of(name, "")) })
                })}
            />
        },
        View::History => html! {
            <HistoryPage
                analyst={analyst.clone()} {busy} kept={state.history.clone()}
                on_open={Callback::from({ let go = go.clone(); move |id: String| go.to(View::Report(id)) })}
                on_compare={Callback::from({
                    let (go, dispatcher) = (go.clone(), dispatcher.clone());
                    move |ids: Vec<String>| {
                        dispatcher.dispatch(Action::Compared(ids));
                        go.to(View::Compare);
                    }
                })}
                on_kept={dispatching(&dispatcher, Action::Kept)} on_refused={dispatching(&dispatcher, Action::Refused)}
            />
        },
        View::Machine => html! { <Machine machine={state.machine.clone()} /> },
    };
    html! {
        <div class="page" ondragover={files.over.clone()} ondragleave={files.leave.clone()} ondrop={files.drop.clone()}>
            <a class="skip" href="#main">{ "Skip to the content" }</a>
            <Header
                view={state.view.clone()} lab={state.lab.clone()} machine={state.machine.clone()}
                running={state.running.clone()} {on_go} {on_watch}
            />
            <main id="main" tabindex="-1">
                <Errors
                    errors={state.errors()} lab={state.lab.clone()}
                    on_again={Callback::from({ let session = session.clone(); move |()| session.start() })}
                    on_dismiss={dispatching(&dispatcher, |()| Action::Dismissed)}
                />
                if state.view == View::Gallery { <UnsharedNote /> }
                { shown }
                { terms::popovers(&state.catalogue.glossary) }
            </main>
            <footer>
                <p>
                    { "Everything stays in this browser: no result is sent anywhere. Times are wall times; \
                       compare medians, and mind the spread." }
                </p>
            </footer>
        </div>
    }
}

/// Goes to views.
#[derive(Clone)]
struct Go {
    dispatcher: Dispatcher,
    draft: Draft,
}

impl Go {
    fn to(&self, view: View) {
        browser::go(&view.query(&self.draft));
        self.dispatcher.dispatch(Action::Went(view));
        arrive();
    }

    fn to_experiment(&self, draft: Draft) {
        browser::go(&View::Experiment.query(&draft));
        self.dispatcher.dispatch(Action::Drafted(draft));
        self.dispatcher.dispatch(Action::Went(View::Experiment));
        arrive();
    }
}

/// What is shown is new from its top, for eyes and for readers.
fn arrive() {
    browser::scroll_to_top();
    browser::focus("main");
}

fn learn(state: &UseReducerHandle<State>, session: &Session, go: &Go) -> Html {
    html! {
        <Learn
            session={session.clone()} state={Rc::new((**state).clone())} on_run={starting(session, &go.dispatcher)}
            on_choose={choosing(go)}
        />
    }
}

/// Sets up what it is called with.
fn choosing(go: &Go) -> Callback<Draft> {
    let go = go.clone();
    Callback::from(move |draft: Draft| go.to_experiment(draft))
}

/// Runs the plan that it is called with.
fn starting(session: &Session, dispatcher: &Dispatcher) -> Callback<Rc<PlanView>> {
    let (session, dispatcher) = (session.clone(), dispatcher.clone());
    Callback::from(move |plan: Rc<PlanView>| start_plan(&session, plan, &dispatcher))
}

fn gallery(state: &State, session: &Session, go: &Go, on_go: &Callback<View>) -> Html {
    let on_run = {
        let (session, go) = (session.clone(), go.clone());
        Callback::from(move |draft: Draft| {
            go.to_experiment(draft.clone());
            run(&session, draft.parameters(), &go.dispatcher);
        })
    };
    html! {
        <Gallery
            catalogue={state.catalogue.clone()} scale={state.draft.get("scale").to_owned()} busy={state.running.is_some()}
            ready={matches!(state.lab, LabState::Ready(_))} on_choose={choosing(go)} {on_run} on_go={on_go.clone()}
            on_scale={dispatching(&go.dispatcher, |scale| Action::Changed("scale".to_owned(), scale))}
        />
    }
}

fn experiment(state: &UseReducerHandle<State>, session: &Session, dispatcher: &Dispatcher) -> Html {
    let on_run = starting(session, dispatcher);
    let on_change = {
        let dispatcher = dispatcher.clone();
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
        let (session, dispatcher) = (session.clone(), dispatcher.clone());
        let (parameters, server) = (state.parameters(), state.server.clone());
        Callback::from(move |platforms: Vec<Platform>| {
            if let Some(server) = &server {
                run_beside(&session, parameters.clone(), platforms, server, &dispatcher);
            }
        })
    };
    html! {
        <Experiment session={session.clone()} state={Rc::new((**state).clone())} {on_change} {on_run} {on_beside} />
    }
}

/// A callback that dispatches what `action` makes of its argument.
fn dispatching<T: 'static>(dispatcher: &Dispatcher, action: impl Fn(T) -> Action + 'static) -> Callback<T> {
    let dispatcher = dispatcher.clone();
    Callback::from(move |argument| dispatcher.dispatch(action(argument)))
}
