//! The whole page.

use parlab_shared::chart;
use parlab_shared::measure::Plan;
use parlab_shared::scale::Scale;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use yew::prelude::*;

use super::bench::Bench;
use super::compare::Compare;
use super::compare::files::use_files;
use super::dispatcher::Dispatcher;
use super::environment::{EnvironmentPanel, UnsharedNote};
use super::errors::Errors;
use super::gallery::Gallery;
use super::header::Header;
use super::results::Results;
use super::session::Session;
use super::shelf::{Shelf, ShelfAction};
use super::state::{Action, LabState};
use super::still::{Still, StillProps};
use super::use_session::{run, use_session};
use super::{api, browser, kept, url};

/// Where the module begins.
///
/// # Errors
/// What the browser refused.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    browser::adopt_style(chart::STYLE)?;
    let session = Session::new();
    api::install(&session);
    let root = browser::element("app").ok_or("index.html has no #app")?;
    match url::executor(&browser::query()) {
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
    let files = use_files(busy, &dispatcher);
    let scale: Scale = state.draft.get("scale").parse().unwrap_or_default();
    let on_change = dispatching(&dispatcher, |(key, value)| Action::Changed(key, value));
    let on_run = {
        let (session, draft, dispatcher) = (session.clone(), state.draft.clone(), dispatcher.clone());
        Callback::from(move |()| run(&session, &draft, &dispatcher))
    };
    let on_run_named = {
        let (session, draft, dispatcher) = (session.clone(), state.draft.clone(), dispatcher.clone());
        Callback::from(move |name: String| {
            // A card runs its experiment as it is: only the scale is taken along.
            let draft = draft.as_it_is(&name);
            dispatcher.dispatch(Action::Drafted(draft.clone()));
            run(&session, &draft, &dispatcher);
            // The button that was pressed is disabled now and would lose the focus to nothing.
            browser::focus("bench");
            browser::lead_to("bench");
        })
    };
    let on_again = {
        let session = session.clone();
        Callback::from(move |()| session.start())
    };
    let on_repeat = {
        let (session, dispatcher) = (session.clone(), dispatcher.clone());
        Callback::from(move |plan: Result<Plan, String>| {
            if let Err(reason) = plan.and_then(|plan| session.run(plan, Callback::noop())) {
                dispatcher.dispatch(Action::Refused(reason));
            }
        })
    };
    let on_action = {
        let dispatcher = dispatcher.clone();
        Callback::from(move |(action, id): (ShelfAction, String)| kept::apply(action, &id, &dispatcher))
    };
    html! {
        <div class="page" ondragover={files.over} ondragleave={files.leave} ondrop={files.drop}>
            <a class="skip" href="#main">{ "Skip to the experiments" }</a>
            <Header lab={state.lab.clone()} />
            <main id="main" tabindex="-1">
                <Errors
                    errors={state.errors.clone()} lab={state.lab.clone()} {on_again}
                    on_dismiss={dispatching(&dispatcher, |()| Action::Dismissed)}
                />
                <UnsharedNote />
                <Gallery
                    chosen={state.draft.get("run").to_owned()} {busy} ready={matches!(state.lab, LabState::Ready(_))}
                    {scale}
                    on_choose={dispatching(&dispatcher, Action::Chosen)} on_run={on_run_named}
                    on_change={on_change.clone()}
                />
                <Bench
                    session={session.clone()} draft={state.draft.clone()} lab={state.lab.clone()}
                    running={state.running.clone()} outcome={state.outcome.clone()} picture={state.picture}
                    results={state.report.is_some()} notices={state.notices.clone()} {on_change} {on_run}
                />
                if let Some(report) = &state.report {
                    <Results report={report.clone()} />
                }
                <Compare
                    report={state.report.clone()} others={state.others.clone()} {busy} dragging={files.dragging}
                    on_files={files.on_files} on_remove={dispatching(&dispatcher, Action::Removed)} {on_repeat}
                />
                <div class="two">
                    <Shelf
                        entries={state.history.clone()} {busy} {on_action}
                        shown={state.report.as_ref().map(|report| report.id.clone())}
                    />
                    <EnvironmentPanel lab={state.lab.clone()} />
                </div>
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

/// A callback that dispatches what `action` makes of its argument.
fn dispatching<T: 'static>(dispatcher: &Dispatcher, action: impl Fn(T) -> Action + 'static) -> Callback<T> {
    let dispatcher = dispatcher.clone();
    Callback::from(move |argument| dispatcher.dispatch(action(argument)))
}
