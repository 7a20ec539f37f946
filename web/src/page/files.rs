//! Reports from elsewhere: files that are chosen, or dropped anywhere on the page.

use js_sys::{Array, Uint8Array};
use web_sys::{File, FileList};
use yew::prelude::*;

use super::ask::Analyst;
use super::browser;
use super::dispatcher::Dispatcher;
use super::state::Action;
use crate::questions::{Answer, FILE_MB_MAX, Question};

/// What the page does with files.
pub struct Files {
    /// A file is being dragged over the page.
    pub dragging: bool,
    /// Reads files that were chosen.
    pub on_files: Callback<Vec<File>>,
    /// For the whole page: a browser would leave it for a file that misses its place.
    pub over: Callback<DragEvent>,
    /// For the whole page.
    pub leave: Callback<DragEvent>,
    /// For the whole page.
    pub drop: Callback<DragEvent>,
}

/// Has files read that are chosen or dropped, but none while a plan is carried out.
#[hook]
pub fn use_files(busy: bool, on_files: Callback<Vec<File>>, dispatcher: &Dispatcher) -> Files {
    let dragging = use_state(|| false);
    let setter = |value: bool| {
        let dragging = dragging.clone();
        move |event: DragEvent| {
            event.prevent_default();
            if *dragging != value {
                dragging.set(value);
            }
        }
    };
    let drop = {
        let (leave, on_files, dispatcher) = (setter(false), on_files.clone(), dispatcher.clone());
        Callback::from(move |event: DragEvent| {
            let files = listed(event.data_transfer().and_then(|transfer| transfer.files()));
            leave(event);
            if busy && !files.is_empty() {
                let reason = "Wait until the measurement is over: reading a file would disturb it.";
                return dispatcher.dispatch(Action::Unread(reason.to_owned()));
            }
            on_files.emit(files);
        })
    };
    let (over, leave) = (Callback::from(setter(true)), Callback::from(setter(false)));
    Files { dragging: *dragging, on_files, over, leave, drop }
}

/// The files of a list.
pub fn listed(list: Option<FileList>) -> Vec<File> {
    list.iter().flat_map(|list| (0..list.length()).filter_map(|index| list.get(index))).collect()
}

/// Reads a file that should be a report, and puts it side by side with what is compared.
pub async fn read(file: File, analyst: Analyst, dispatcher: Dispatcher) {
    let name = file.name();
    if file.size() > f64::from(FILE_MB_MAX) * 1e6 {
        let why = "would fill the page's memory; `parlab compare` reads larger ones";
        return dispatcher.dispatch(Action::Unread(format!("{name}: a file of more than {FILE_MB_MAX} MB {why}.")));
    }
    let bytes = match browser::files::read_bytes(&file).await {
        Ok(bytes) => bytes,
        Err(reason) => return dispatcher.dispatch(Action::Unread(format!("{name} cannot be read: {reason}"))),
    };
    open(name, &bytes, &analyst, dispatcher);
}

/// Opens what should be a report, and puts it side by side with what is compared.
pub fn open(name: String, bytes: &Uint8Array, analyst: &Analyst, dispatcher: Dispatcher) {
    let given = Array::of1(&bytes.buffer());
    analyst.ask_with(Question::Open(name), bytes, &given, move |outcome| match outcome {
        Ok((Answer::Cards(cards), _)) => cards.into_iter().for_each(|card| dispatcher.dispatch(Action::Added(card))),
        Ok(_) => {}
        Err(reason) => dispatcher.dispatch(Action::Unread(reason)),
    });
}
