//! Reports from elsewhere: files that are chosen, or dropped anywhere on the page.

use parlab_shared::report::load;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, FileList};
use yew::prelude::*;

use crate::page::browser;
use crate::page::dispatcher::Dispatcher;
use crate::page::state::{Action, ReportFile};

/// A report larger than this is not read: it would fill the page's memory.
const FILE_BYTES_MAX: f64 = 64e6;

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

/// Reads files that are chosen or dropped, but none while a plan is carried out.
#[hook]
pub fn use_files(busy: bool, dispatcher: &Dispatcher) -> Files {
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
    let on_files = {
        let dispatcher = dispatcher.clone();
        Callback::from(move |files: Vec<File>| {
            for file in files {
                spawn_local(read(file, dispatcher.clone()));
            }
        })
    };
    let drop = {
        let (leave, on_files, dispatcher) = (setter(false), on_files.clone(), dispatcher.clone());
        Callback::from(move |event: DragEvent| {
            let files = listed(event.data_transfer().and_then(|transfer| transfer.files()));
            leave(event);
            if busy && !files.is_empty() {
                let reason = "Wait until the measurement is over: reading a file would disturb it.";
                return dispatcher.dispatch(Action::Refused(reason.to_owned()));
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

/// Reads a file that should be a report.
async fn read(file: File, dispatcher: Dispatcher) {
    let name = file.name();
    let bytes = if file.size() > FILE_BYTES_MAX {
        Err("is larger than 64 MB".to_owned())
    } else {
        browser::read_bytes(&file).await.map_err(|reason| format!("cannot be read: {reason}"))
    };
    let reports = bytes.and_then(|bytes| load(&bytes).map_err(|error| error.to_string()));
    dispatcher.dispatch(match reports.map(ReportFile::of) {
        Ok(Some(file)) => Action::Added(name, file),
        Ok(None) => Action::Refused(format!("{name} holds no report")),
        Err(reason) => Action::Refused(format!("{name} {reason}")),
    });
}
