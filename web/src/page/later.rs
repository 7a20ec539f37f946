//! What is loaded after the gallery: a part of the page's module by itself, which the build of the site cuts off
//! (`wasm_split`). All that is reached only from [`load`] is in it: the session, the analyst, all other views.

mod rest;

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::{Element, File};
use yew::prelude::*;

use super::dispatcher::Dispatcher;
use super::files::Files;
use super::go::Go;
use super::route::Requested;
use super::state::State;
use crate::views::Parameters;

/// What is said when it cannot be loaded.
pub const NOT_LOADED: &str = "The rest of the page could not be loaded: the network or the server did not answer. \
                              Without it nothing can be set up, run or looked into.";

/// What is loaded, as the part that is there first knows it.
pub trait Rest {
    /// What is shown of a view other than the gallery.
    fn view(&self, state: &UseReducerHandle<State>, files: &Files, go: &Go) -> Html;

    /// What is shown of reports that arrived from elsewhere, in every view.
    fn arrived(&self, state: &State) -> Html;

    /// Runs what some parameters ask for.
    fn run(&self, parameters: Parameters);

    /// Starts another lab.
    fn start(&self);

    /// Finds out what is kept.
    fn list(&self);

    /// Reads files that should be reports.
    fn read(&self, files: Vec<File>);
}

/// Where it begins.
pub struct Doors {
    /// As the page that people use: with what the address asks for.
    page: fn(&Requested, &Dispatcher) -> Rc<dyn Rest>,
    /// As one that measures for somebody else, in an element: with a token, or with what is wrong with the address.
    still: fn(Element, Result<String, String>),
}

/// Loads it, if it is not there yet. What could not be loaded is tried again.
#[wasm_split(rest, fallible)]
fn load() -> Result<&'static Doors, SplitLoaderError> {
    Ok(&rest::DOORS)
}

/// Has the page measure for somebody else.
pub fn still(root: Element, token: Result<String, String>) {
    spawn_local(async move {
        match load().await {
            Ok(doors) => (doors.still)(root, token),
            Err(_) => root.set_text_content(Some(NOT_LOADED)),
        }
    });
}

/// How far the loading is.
#[derive(Clone)]
pub enum Later {
    /// It is going on, or waits for what comes first.
    Loading,
    /// It is done.
    Loaded(Rc<dyn Rest>),
    /// It failed.
    Failed,
}

/// What is loaded, as soon as what comes first is there; and what loads it again.
#[hook]
pub fn use_later(requested: &Rc<Requested>, dispatcher: &Dispatcher, is_first_there: bool) -> (Later, Callback<()>) {
    let later = use_state(|| Later::Loading);
    let is_asked = use_memo((), |()| Cell::new(false));
    let fetch = {
        let (later, requested, dispatcher) = (later.setter(), requested.clone(), dispatcher.clone());
        Callback::from(move |()| {
            if is_asked.replace(true) {
                return;
            }
            later.set(Later::Loading);
            let (later, is_asked) = (later.clone(), is_asked.clone());
            let (requested, dispatcher) = (requested.clone(), dispatcher.clone());
            spawn_local(async move {
                later.set(match load().await {
                    Ok(doors) => Later::Loaded((doors.page)(&requested, &dispatcher)),
                    Err(_) => {
                        is_asked.set(false);
                        Later::Failed
                    }
                });
            });
        })
    };
    {
        let fetch = fetch.clone();
        use_effect_with(is_first_there, move |is_first_there| {
            if *is_first_there {
                fetch.emit(());
            }
        });
    }
    ((*later).clone(), fetch)
}
