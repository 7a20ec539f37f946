//! What is done with reports that the browser keeps.

use std::rc::Rc;

use parlab_shared::export::Format;
use parlab_shared::report::Report;

use super::browser::Storage;
use super::dispatcher::Dispatcher;
use super::history::{Entry, History};
use super::shelf::ShelfAction;
use super::state::{Action, ReportFile, Shared};
use super::{browser, export};

/// When the results have been drawn, most likely.
const KEEP_AFTER_MS: i32 = 300;

/// The history, where the browser stores anything.
fn history() -> Option<History<Storage>> {
    Storage::open().map(History)
}

/// What is kept, newest first; nothing where the browser stores nothing.
pub fn entries() -> Vec<Entry> {
    history().map(|history| history.entries()).unwrap_or_default()
}

/// Keeps a report in the history, in a task of its own: a large one takes a while to write.
pub fn keep_soon(report: Rc<Report>, dispatcher: Dispatcher) {
    let nowhere = || Err("The report is not kept in the history: this browser stores nothing here.".to_owned());
    let keep = move || match history().map_or_else(nowhere, |history| history.keep(&report)) {
        Ok(()) => dispatcher.dispatch(Action::Kept(entries())),
        Err(reason) => dispatcher.dispatch(Action::Noticed(reason)),
    };
    browser::Timeout::new(KEEP_AFTER_MS, keep).forget();
}

/// Does something with a report that is kept.
pub fn apply(action: ShelfAction, id: &str, dispatcher: &Dispatcher) {
    match action {
        ShelfAction::Remove => {
            _ = history().map(|history| history.remove(id));
            dispatcher.dispatch(Action::Kept(entries()));
        }
        ShelfAction::Open => with(id, dispatcher, |_, report| dispatcher.dispatch(Action::Opened(Rc::new(report)))),
        ShelfAction::Compare => with(id, dispatcher, |_, report| {
            let name = browser::local_time(&report.created);
            dispatcher.dispatch(Action::Added(name, ReportFile::Alone(Shared(Rc::new(report)))));
        }),
        ShelfAction::Download => with(id, dispatcher, |json, report| {
            // Every browser that runs this page can.
            let file = browser::text_file(json, Format::Json.media_type());
            _ = file.is_some_and(|file| browser::save(&file, &export::name(&report, Format::Json)));
        }),
    }
}

/// Does something with a report that is kept and its JSON, or says why it is not to be had.
fn with(id: &str, dispatcher: &Dispatcher, act: impl FnOnce(&str, Report)) {
    let json = history().and_then(|history| history.load(id));
    let json = json.ok_or_else(|| "is no longer in the browser's storage".to_owned());
    let loaded = json.and_then(|json| match Report::from_json(&json) {
        Ok(report) => Ok((json, report)),
        Err(error) => Err(error.to_string()),
    });
    match loaded {
        Ok((json, report)) => act(&json, report),
        Err(reason) => dispatcher.dispatch(Action::Refused(format!("Report {id} {reason}"))),
    }
}
