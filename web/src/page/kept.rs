//! What is done with reports that the browser keeps.

use std::rc::Rc;

use parlab_shared::export::Format;
use parlab_shared::report::Report;

use super::browser::Storage;
use super::dispatcher::Dispatcher;
use super::history::{Entry, History};
use super::shelf::ShelfAction;
use super::state::Action;
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
    if action == ShelfAction::Remove {
        _ = history().map(|history| history.remove(id));
        return dispatcher.dispatch(Action::Kept(entries()));
    }
    let loaded = history().and_then(|history| history.load(id));
    let loaded = loaded.ok_or_else(|| "is no longer in the browser's storage".to_owned()).and_then(|json| {
        let report = Report::from_json(&json).map_err(|error| error.to_string())?;
        Ok((json, report))
    });
    match (loaded, action) {
        (Err(reason), _) => dispatcher.dispatch(Action::Refused(format!("Report {id} {reason}"))),
        (Ok((_, report)), ShelfAction::Compare) => {
            let name = browser::local_time(&report.created);
            dispatcher.dispatch(Action::Added(name, Rc::new(report)));
        }
        (Ok((json, report)), ShelfAction::Download) => {
            // Every browser that runs this page can.
            _ = browser::save(&json, Format::Json.media_type(), &export::name(&report, Format::Json));
        }
        (Ok((_, report)), ShelfAction::Open | ShelfAction::Remove) => {
            dispatcher.dispatch(Action::Opened(Rc::new(report)));
        }
    }
}
