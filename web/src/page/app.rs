//! The application: the page as a whole, and what of it is there first. What comes after the gallery is in [`later`].

use std::rc::Rc;

use parlab_shared::chart;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::File;
use yew::prelude::*;

use super::browser::static_host;
use super::dispatcher::dispatching;
use super::errors::Errors;
use super::files::use_files;
use super::gallery::Gallery;
use super::go::Go;
use super::header::Header;
use super::later::{self, Later, NOT_LOADED, Rest, use_later};
use super::new_version::NewVersion;
use super::route::{Draft, View};
use super::state::{Action, LabState, State};
use super::unshared_note::UnsharedNote;
use super::use_page::{requested, use_page};
use super::{browser, route, terms};

/// Where the module begins.
///
/// # Errors
/// What the browser refused.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    browser::adopt_style(chart::STYLE)?;
    let root = browser::element("app").ok_or("index.html has no #app")?;
    match route::executor(&browser::query()) {
        None => {
            yew::Renderer::<App>::with_root(root).render();
        }
        Some(token) => later::still(root, token),
    }
    Ok(())
}

/// The whole page.
#[component]
fn App() -> Html {
    let requested = use_memo((), |()| requested());
    let state = use_page(&requested);
    let dispatcher = state.dispatcher();
    // The gallery comes first.
    let is_first_there = state.view != View::Gallery || !state.catalogue.groups.is_empty() || !state.errors.is_empty();
    let (later, load) = use_later(&requested, &dispatcher, is_first_there);
    let rest = match &later {
        Later::Loaded(rest) => Some(rest.clone()),
        Later::Loading | Later::Failed => None,
    };
    {
        // The gallery needs no history, and so no analyst.
        let rest = rest.clone();
        use_effect_with((rest.is_some(), state.view != View::Gallery), move |(_, is_elsewhere)| {
            if let Some(rest) = rest.filter(|_| *is_elsewhere) {
                rest.list();
            }
        });
    }
    let on_files = {
        let (rest, dispatcher) = (rest.clone(), dispatcher.clone());
        Callback::from(move |files: Vec<File>| match &rest {
            Some(rest) => rest.read(files),
            None => {
                let reason = "The page is not loaded yet as a whole: drop the file again in a moment.";
                dispatcher.dispatch(Action::Unread(reason.to_owned()));
            }
        })
    };
    let files = use_files(state.running.is_some(), on_files, &dispatcher);
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
    let shown = match (&state.view, &later) {
        (View::Gallery, _) => gallery(&state, rest.clone(), &go, &on_go),
        (_, Later::Loaded(rest)) => rest.view(&state, &files, &go),
        (_, Later::Loading) => html! { <p class="hint" role="status">{ "Loading this view …" }</p> },
        (_, Later::Failed) => Html::default(),
    };
    let (lab, again) = match &later {
        Later::Failed => (LabState::Absent(NOT_LOADED.to_owned()), "Load it again"),
        Later::Loading | Later::Loaded(_) => (state.lab.clone(), "Start the lab again"),
    };
    let arrived = rest.as_ref().map(|rest| rest.arrived(&state));
    let on_again = Callback::from(move |()| match &rest {
        Some(rest) => rest.start(),
        None => load.emit(()),
    });
    let stays = match &state.server {
        None => "Everything stays in this browser: no result is sent anywhere.",
        Some(server) if server.shares && !browser::is_on_loopback() => {
            "Results go to the server of this page and to pages that know its token, and nowhere else."
        }
        Some(_) => {
            "Results stay in this browser, and with the server of this page if that takes part: none is sent anywhere else."
        }
    };
    html! {
        <div class="page" ondragover={files.over.clone()} ondragleave={files.leave.clone()} ondrop={files.drop.clone()}>
            <a class="skip" href="#main">{ "Skip to the content" }</a>
            <Header
                view={state.view.clone()} lab={lab.clone()} machine={state.machine.clone()}
                running={state.running.clone()} {on_go} {on_watch}
            />
            <main id="main" tabindex="-1">
                <Errors
                    errors={state.errors()} {lab} {again} {on_again}
                    on_dismiss={dispatching(&dispatcher, |()| Action::Dismissed)}
                />
                if static_host::is_on_static_host() { <NewVersion busy={state.running.is_some()} /> }
                if state.view == View::Gallery { <UnsharedNote /> }
                { for arrived }
                { shown }
                { terms::popovers(&state.catalogue.glossary) }
            </main>
            <footer>
                <p>
                    { stays }
                    { " Times are wall times; compare medians, and mind the spread." }
                </p>
            </footer>
        </div>
    }
}

fn gallery(state: &State, rest: Option<Rc<dyn Rest>>, go: &Go, on_go: &Callback<View>) -> Html {
    let ready = rest.is_some() && matches!(state.lab, LabState::Ready(_));
    let on_run = {
        let go = go.clone();
        Callback::from(move |draft: Draft| {
            go.to_experiment(draft.clone());
            rest.iter().for_each(|rest| rest.run(draft.parameters()));
        })
    };
    html! {
        <Gallery
            catalogue={state.catalogue.clone()} scale={state.draft.get("scale").to_owned()} busy={state.running.is_some()}
            {ready} on_choose={go.choosing()} {on_run} on_go={on_go.clone()}
            on_scale={dispatching(&go.dispatcher, |scale| Action::Changed("scale".to_owned(), scale))}
        />
    }
}
