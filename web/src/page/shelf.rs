//! The shelf: the reports that are kept in the browser's history list.

use parlab_shared::number::{Bytes, Counted};
use yew::prelude::*;

use super::browser;
use super::history::Entry;

/// What can be done with a report that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShelfAction {
    /// Show it.
    Open,
    /// Put it beside the one that is shown.
    Compare,
    /// Save it as a file.
    Download,
    /// Forget it.
    Remove,
}

impl ShelfAction {
    const ALL: [Self; 4] = [Self::Open, Self::Compare, Self::Download, Self::Remove];

    /// What its button says.
    fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Compare => "Compare",
            Self::Download => "Download",
            Self::Remove => "Remove",
        }
    }
}

/// What the shelf shows.
#[derive(Properties, PartialEq)]
pub struct ShelfProps {
    /// The reports that are kept, the newest first.
    pub entries: Vec<Entry>,
    /// The report that is shown.
    pub shown: Option<String>,
    /// A plan is being carried out.
    pub busy: bool,
    /// Called with what to do, and the report's id.
    pub on_action: Callback<(ShelfAction, String)>,
}

/// The shelf.
#[component]
pub fn Shelf(props: &ShelfProps) -> Html {
    let button = |action: ShelfAction, entry: &Entry| {
        let (id, name) = (entry.id.clone(), action.name());
        let when = browser::local_time(&entry.created);
        html! {
            <button
                type="button" class="small" data-action={name.to_ascii_lowercase()} disabled={props.busy}
                aria-label={format!("{name} {} of {when}", entry.title)}
                onclick={props.on_action.reform(move |_: MouseEvent| (action, id.clone()))}
            >{ name }</button>
        }
    };
    html! {
        <section id="history" class="sheet" aria-labelledby="history-title">
            <h2 id="history-title">{ "History" }</h2>
            if props.entries.is_empty() {
                <p class="hint">{ "Finished reports are kept here, in this browser, up to ten." }</p>
            } else {
                <ul class="shelf">
                    for entry in &props.entries {
                        <li
                            key={entry.id.clone()} data-report={entry.id.clone()}
                            class={classes!((props.shown.as_ref() == Some(&entry.id)).then_some("current"))}
                        >
                            <p>
                                <strong>{ &entry.title }</strong>
                                <span class="meta">
                                    { browser::local_time(&entry.created) }{ " · " }
                                    { Counted(entry.runs as u64, "run") }{ " · " }{ Bytes(entry.bytes as u64) }
                                    if entry.cancelled { { " · stopped" } }
                                </span>
                            </p>
                            <div class="actions">
                                for action in ShelfAction::ALL {
                                    { button(action, entry) }
                                }
                            </div>
                        </li>
                    }
                </ul>
            }
        </section>
    }
}
