//! The page: the front end, in Yew. It loads everywhere and never computes: the lab, in a worker, does.
//!
//! [`session`] talks to the lab, [`state`] is what the page shows, [`draft`] is what is asked for.
//! Everything else is a part of the page and named after it.

mod api;
mod browser;
mod charts;
mod compare;
mod draft;
mod environment;
mod export;
mod feed;
mod gallery;
mod history;
mod live;
mod palette;
mod picture;
mod results;
mod session;
mod setup;
mod shelf;
mod source;
mod state;
mod table;
mod text;
mod timeline;
mod url;

use std::cell::RefCell;
use std::rc::Rc;

use parlab_shared::chart;
use parlab_shared::export::Format;
use parlab_shared::measure::{Plan, Scale};
use parlab_shared::report::Report;
use parlab_shared::say::number::Count;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use yew::prelude::*;

use compare::Compare;
use draft::Draft;
use environment::{EnvironmentPanel, UnsharedNote};
use gallery::Gallery;
use live::Live;
use results::Results;
use session::{Event as LabEvent, Session};
use setup::Setup;
use shelf::{Shelf, ShelfAction};
use state::{Action, LabState, State};

/// A report larger than this is not read: it would fill the page's memory.
const FILE_BYTES_MAX: f64 = 64e6;

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
    let root = browser::document().get_element_by_id("app").ok_or("index.html has no #app")?;
    yew::Renderer::<App>::with_root_and_props(root, AppProps { session }).render();
    Ok(())
}

/// What the whole page needs.
#[derive(Properties, PartialEq)]
struct AppProps {
    session: Session,
}

type Dispatcher = UseReducerDispatcher<State>;

/// The whole page.
#[component]
fn App(props: &AppProps) -> Html {
    let session = &props.session;
    let asked = use_memo((), |()| url::read());
    let state = {
        let asked = asked.clone();
        use_reducer(move || State::new(asked.draft.clone(), asked.errors.clone()))
    };
    {
        let (session, dispatcher) = (session.clone(), state.dispatcher());
        let autorun = asked.autorun.then(|| asked.draft.clone());
        use_effect_with((), move |()| subscribe(&session, dispatcher, autorun));
    }
    {
        // A link to a set-up leads to it.
        let named = asked.named;
        use_effect_with((), move |()| {
            if named {
                browser::lead_to("bench");
            }
        });
    }
    let busy = state.running.is_some();
    let scale: Scale = state.draft.get("scale").parse().unwrap_or_default();
    let dispatch = state.dispatcher();
    let on_choose = dispatching(&dispatch, Action::Chosen);
    let on_change = dispatching(&dispatch, |(key, value)| Action::Changed(key, value));
    let on_remove = dispatching(&dispatch, Action::Removed);
    let on_dismiss = dispatching(&dispatch, |_: MouseEvent| Action::Dismissed);
    let on_run = {
        let (session, draft, dispatch) = (session.clone(), state.draft.clone(), dispatch.clone());
        Callback::from(move |()| run(&session, &draft, &dispatch))
    };
    let on_run_named = {
        let (session, draft, dispatch) = (session.clone(), state.draft.clone(), dispatch.clone());
        Callback::from(move |name: String| {
            // A card runs its experiment as it is: only the scale is taken along.
            let draft = draft.as_it_is(&name);
            dispatch.dispatch(Action::Drafted(draft.clone()));
            run(&session, &draft, &dispatch);
            // The button that was pressed is disabled now and would lose the focus to nothing.
            browser::focus("bench");
            browser::lead_to("bench");
        })
    };
    let on_cancel = {
        let session = session.clone();
        Callback::from(move |()| session.cancel())
    };
    let on_again = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.start())
    };
    let on_repeat = {
        let (session, dispatch) = (session.clone(), dispatch.clone());
        Callback::from(move |plan: Result<Plan, String>| {
            if let Err(reason) = plan.and_then(|plan| session.run(plan, Callback::noop())) {
                dispatch.dispatch(Action::Refused(reason));
            }
        })
    };
    let on_files = {
        let dispatch = dispatch.clone();
        Callback::from(move |files: Vec<File>| {
            for file in files {
                spawn_local(read(file, dispatch.clone()));
            }
        })
    };
    let on_action = {
        let dispatch = dispatch.clone();
        Callback::from(move |(action, id): (ShelfAction, String)| apply(action, &id, &dispatch))
    };
    let dragging = use_state(|| false);
    let drop = dropping(&dragging, busy, on_files.clone(), &dispatch);
    html! {
        <div class="page" ondragover={drop.over} ondragleave={drop.leave} ondrop={drop.drop}>
            <a class="skip" href="#main">{ "Skip to the experiments" }</a>
            <header class="top">
                <div class="brand">
                    { logo() }
                    <h1>{ "parlab" }</h1>
                </div>
                <p class="lead">
                    { "A laboratory for parallelism: the same work in your browser and natively, with one worker or \
                       many, measured on this machine." }
                </p>
                { pill(&state.lab) }
            </header>
            <main id="main" tabindex="-1">
                <div id="errors" role="alert" class="errors">
                    if !state.errors.is_empty() {
                        <ul>
                            for error in &state.errors {
                                <li>{ error }</li>
                            }
                        </ul>
                        <button type="button" class="small" onclick={on_dismiss}>{ "Dismiss" }</button>
                    }
                    if let LabState::Absent(reason) = &state.lab {
                        <p>{ reason }</p>
                        <button type="button" class="small" id="again" onclick={on_again}>{ "Start the lab again" }</button>
                    }
                </div>
                <UnsharedNote />
                <Gallery
                    chosen={state.draft.get("run").to_owned()} {busy} ready={matches!(state.lab, LabState::Ready(_))}
                    {scale}
                    {on_choose} on_run={on_run_named} on_change={on_change.clone()}
                />
                <div id="bench" class="bench" tabindex="-1" role="group" aria-label="Set-up and progress">
                    <div class="work">
                        <Setup
                            draft={state.draft.clone()} lab={state.lab.clone()} {busy}
                            cancelling={state.running.as_ref().is_some_and(|running| running.cancelling)}
                            plan={state.running.as_ref().map(|running| running.plan.clone())}
                            {on_change} {on_run} {on_cancel}
                        />
                        <Live
                            session={session.clone()} lab={state.lab.clone()} running={state.running.clone()}
                            outcome={state.outcome.clone()} picture={state.picture} results={state.report.is_some()}
                        />
                        <div id="notices" role="status">
                            for notice in &state.notices {
                                <p class="hint">{ notice }</p>
                            }
                        </div>
                    </div>
                </div>
                if let Some(report) = &state.report {
                    <Results report={report.clone()} />
                }
                <Compare
                    report={state.report.clone()} others={state.others.clone()} {busy} dragging={*dragging}
                    {on_files} {on_remove} {on_repeat}
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

/// Keeps a report in the history, in a task of its own: a large one takes a while to write.
fn keep_soon(report: Rc<Report>, dispatcher: Dispatcher) {
    let keep = move || match history::keep(&report) {
        Ok(()) => dispatcher.dispatch(Action::Kept),
        Err(reason) => dispatcher.dispatch(Action::Noticed(reason)),
    };
    browser::Timeout::new(KEEP_AFTER_MS, keep).forget();
}

/// When the results have been drawn, most likely.
const KEEP_AFTER_MS: i32 = 300;

/// Listens to the session and starts it; runs the draft as soon as the lab is there, if one is given.
fn subscribe(session: &Session, dispatcher: Dispatcher, autorun: Option<Draft>) {
    let autorun = RefCell::new(autorun);
    let own = session.clone();
    session.listen(Callback::from(move |happening: LabEvent| {
        let next = match &happening {
            LabEvent::Ready(_) => autorun.borrow_mut().take(),
            _ => None,
        };
        if let LabEvent::Finished { report, .. } = &happening
            && !report.runs.is_empty()
        {
            keep_soon(Rc::clone(report), dispatcher.clone());
        }
        dispatcher.dispatch(Action::Session(happening));
        if let Some(draft) = next {
            run(&own, &draft, &dispatcher);
        }
    }));
    session.start();
}

/// Runs what a draft asks for, or says why not.
fn run(session: &Session, draft: &Draft, dispatcher: &Dispatcher) {
    let begun = draft.offer().and_then(|plan| {
        let left_out = draft::left_out(&plan);
        session.run(plan, Callback::noop())?;
        Ok(left_out)
    });
    match begun {
        Ok(Some(left_out)) => dispatcher.dispatch(Action::Noticed(left_out)),
        Ok(None) => {}
        Err(reason) => dispatcher.dispatch(Action::Refused(reason)),
    }
}

/// Reads a file that should be a report.
async fn read(file: File, dispatcher: Dispatcher) {
    let name = file.name();
    let text = if file.size() > FILE_BYTES_MAX {
        Err("it is larger than 64 MB".to_owned())
    } else {
        browser::read_text(&file).await
    };
    let report = text.and_then(|text| Report::from_json(&text).map_err(|error| error.to_string()));
    dispatcher.dispatch(match report {
        Ok(report) => Action::Added(name, Rc::new(report)),
        Err(reason) => Action::Refused(format!("{reason} ({name})")),
    });
}

/// Does something with a report that is kept.
fn apply(action: ShelfAction, id: &str, dispatcher: &Dispatcher) {
    if action == ShelfAction::Remove {
        history::remove(id);
        return dispatcher.dispatch(Action::Kept);
    }
    let loaded = history::load(id).ok_or_else(|| "it is no longer in the browser's storage".to_owned());
    let loaded = loaded.and_then(|json| {
        let report = Report::from_json(&json).map_err(|error| error.to_string())?;
        Ok((json, report))
    });
    match (loaded, action) {
        (Err(reason), _) => dispatcher.dispatch(Action::Refused(format!("{reason} (report {id})"))),
        (Ok((_, report)), ShelfAction::Compare) => {
            let name = browser::local_time(&report.created);
            dispatcher.dispatch(Action::Added(name, Rc::new(report)));
        }
        (Ok((json, report)), ShelfAction::Download) => {
            // Every browser that runs this page can.
            _ = browser::save(&json, Format::Json.media_type(), &export::name(&report, Format::Json));
        }
        (Ok((_, report)), ShelfAction::Open | ShelfAction::Remove) => {
            dispatcher.dispatch(Action::Opened(Rc::new(report)))
        }
    }
}

/// What the page does with a file that is dragged over it.
struct Dropping {
    over: Callback<DragEvent>,
    leave: Callback<DragEvent>,
    drop: Callback<DragEvent>,
}

/// Files can be dropped anywhere: a browser would leave the page for one that misses its place.
fn dropping(
    dragging: &UseStateHandle<bool>,
    busy: bool,
    on_files: Callback<Vec<File>>,
    dispatcher: &Dispatcher,
) -> Dropping {
    let setter = |value: bool| {
        let dragging = dragging.clone();
        move |event: DragEvent| {
            event.prevent_default();
            if *dragging != value {
                dragging.set(value);
            }
        }
    };
    let (leave, dispatcher) = (setter(false), dispatcher.clone());
    Dropping {
        over: Callback::from(setter(true)),
        leave: Callback::from(setter(false)),
        drop: Callback::from(move |event: DragEvent| {
            let files = compare::files(event.data_transfer().and_then(|transfer| transfer.files()));
            leave(event);
            if busy && !files.is_empty() {
                let reason = "Wait until the measurement is over: reading a file would disturb it.";
                return dispatcher.dispatch(Action::Refused(reason.to_owned()));
            }
            on_files.emit(files);
        }),
    }
}

/// How the lab is.
fn pill(lab: &LabState) -> Html {
    let (state, words) = match lab {
        LabState::Starting => ("starting", "Starting the lab …".to_owned()),
        LabState::Absent(_) => ("absent", "No lab".to_owned()),
        LabState::Ready(environment) => {
            let browser = environment.browser.as_ref().map_or_else(String::new, |one| format!(" · {}", one.name));
            let memory = if browser::shared_memory().is_ok() { "shared memory" } else { "no shared memory" };
            ("ready", format!("{}{browser} · {memory}", Count(environment.cores.into(), "core")))
        }
    };
    html! {
        <p id="lab" class="pill" data-state={state}>
            <span class="dot" aria-hidden="true"></span>{ words }
        </p>
    }
}

/// Four tasks on two workers.
fn logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 32 32" width="40" height="40" aria-hidden="true">
            <rect class="logo-0" x="2" y="4" width="16" height="5" rx="1.5" />
            <rect class="logo-1" x="2" y="10.5" width="11" height="5" rx="1.5" />
            <rect class="logo-1" x="14" y="17" width="13" height="5" rx="1.5" />
            <rect class="logo-0" x="19" y="23.5" width="11" height="5" rx="1.5" />
        </svg>
    }
}
