//! The page's state, as long as nothing but the gallery is there: what the address asks for, and what there is to choose from.

use std::rc::Rc;

use yew::prelude::*;

use super::browser::{self, StayWarning, static_host};
use super::dispatcher::Dispatcher;
use super::found;
use super::route::{self, Requested, View};
use super::state::{Action, State};
use crate::js;

/// What there is to choose from, beside the page.
const CATALOGUE: &str = "catalogue.json";
/// The server's token, as long as the tab is open.
const TOKEN: &str = "parlab.token";

/// The page's state: it begins with what the address asks for.
#[hook]
pub fn use_page(requested: &Rc<Requested>) -> UseReducerHandle<State> {
    let state = {
        let requested = requested.clone();
        use_reducer(move || State::new(&requested))
    };
    {
        let dispatcher = state.dispatcher();
        use_effect_with((), move |()| {
            browser::on_back_or_forward({
                let dispatcher = dispatcher.clone();
                move || went(&dispatcher)
            });
            read_catalogue(dispatcher);
        });
    }
    // Leaving the page would end what is measured, and lose what could not be kept.
    use_effect_with(state.running.is_some() || state.has_unkept(), |would_lose| {
        let warning = would_lose.then(StayWarning::new);
        move || drop(warning)
    });
    let title = title(&state);
    use_effect_with(title, |title| browser::entitle(title));
    state
}

/// What the address asks for. A token of the server leaves the address at once: who copies it has the server's trust.
pub fn requested() -> Requested {
    let mut requested = route::read(&browser::query());
    if let Some(token) = &requested.token {
        browser::remember(TOKEN, token);
        let draft = requested.parameters.iter().cloned().collect();
        browser::rename(&requested.view.query(&draft));
    } else {
        requested.token = browser::remembered(TOKEN);
    }
    // On a static host nobody knows one, and nothing is asked.
    requested.token = requested.token.filter(|_| !static_host::is_on_static_host());
    requested
}

/// The user went back or forward.
fn went(dispatcher: &Dispatcher) {
    let Requested { view, parameters, .. } = route::read(&browser::query());
    if view == View::Experiment {
        dispatcher.dispatch(Action::Drafted(parameters.into_iter().collect()));
    }
    dispatcher.dispatch(Action::Went(view));
}

fn title(state: &State) -> String {
    let view = match &state.view {
        View::Experiment => state.draft.get("run"),
        View::Report(id) => state.card(id).map_or("report", |card| &card.title),
        view => View::MAIN.iter().find(|(known, _)| known == view).map_or("", |(_, name)| name),
    };
    let running = state.running.as_ref();
    let running = running.map_or_else(String::new, |running| format!("{}/{} · ", running.over.len(), running.of()));
    format!("{running}{view} · parlab")
}

fn read_catalogue(dispatcher: Dispatcher) {
    wasm_bindgen_futures::spawn_local(async move {
        let read = browser::files::text_of(&js::beside_module(CATALOGUE)).await;
        let read = read.and_then(|text| found::catalogue(&text).ok_or_else(|| "it is another one's".to_owned()));
        dispatcher.dispatch(match read {
            Ok(catalogue) => Action::Catalogued(Rc::new(catalogue)),
            Err(reason) => {
                Action::Refused(format!("The list of experiments cannot be read ({reason}): reload the page."))
            }
        });
    });
}
