//! The whole of the history.

use std::collections::BTreeSet;
use std::rc::Rc;

use parlab_shared::number::{Bytes, Counted};
use web_sys::{FileList, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::entry::{Entry, called};
use super::{HistoryAction, choice};
use crate::views::{Card, HistoryView, TrendView};

/// How an experiment went, as soon as it is known, or why it is not.
type OfTrend = Option<Result<Rc<TrendView>, String>>;

/// So many reports are shown, and then so many more.
const SHOWN: usize = 50;

/// What the view shows.
#[derive(Properties, PartialEq)]
pub struct HistoryPanelProps {
    /// What is kept; nothing while that is being read.
    pub history: Option<Rc<HistoryView>>,
    /// The report that is shown elsewhere on the page.
    #[prop_or_default]
    pub shown: Option<String>,
    /// Something is measured: the history waits.
    pub busy: bool,
    /// How an experiment went over time: which one, and what is to be seen of it as soon as that is there.
    #[prop_or_default]
    pub trend: Option<(String, OfTrend)>,
    /// Draws what there is to see of a trend.
    pub draw: Callback<Rc<TrendView>, Html>,
    /// Called with what to do.
    pub on_action: Callback<HistoryAction>,
}

/// What is asked before something is removed.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Delete(Vec<String>),
    Clear,
}

/// The history.
#[component]
pub fn HistoryPanel(props: &HistoryPanelProps) -> Html {
    let chosen = use_state(BTreeSet::<String>::new);
    let search = use_state(String::new);
    let most = use_state(|| SHOWN);
    let asked = use_state(|| None::<Asked>);
    let heading = use_node_ref();
    let Some(history) = &props.history else {
        return html! {
            <section id="history" class="sheet" aria-labelledby="history-title" aria-busy="true">
                <h1 id="history-title">{ "History" }</h1>
                <p class="hint" role="status">{ "Reading what this browser keeps …" }</p>
            </section>
        };
    };
    let act = {
        // What was asked for is over: the focus goes where the history begins.
        let (on_action, chosen, asked, heading) =
            (props.on_action.clone(), chosen.clone(), asked.clone(), heading.clone());
        Callback::from(move |action: HistoryAction| {
            if matches!(action, HistoryAction::Delete(_) | HistoryAction::Clear) {
                chosen.set(BTreeSet::new());
                asked.set(None);
                focus(&heading);
            }
            on_action.emit(action);
        })
    };
    let on_choose = {
        let chosen = chosen.clone();
        Callback::from(move |(id, is_chosen): (String, bool)| {
            let mut ids = (*chosen).clone();
            if is_chosen {
                ids.insert(id)
            } else {
                ids.remove(&id)
            };
            chosen.set(ids);
        })
    };
    let on_delete = {
        let asked = asked.clone();
        Callback::from(move |id: String| asked.set(Some(Asked::Delete(vec![id]))))
    };
    let found = choice::found(&history.cards, &search);
    let ids = choice::chosen(&history.cards, &chosen);
    html! {
        <section id="history" class="sheet" aria-labelledby="history-title">
            <div>
                <h1 id="history-title" tabindex="-1" ref={heading.clone()}>{ "History" }</h1>
                <p class="meta" role="status">{ summary(history) }</p>
            </div>
            for note in &history.notes {
                <p class="warnings">{ note }</p>
            }
            if history.more_to_come {
                <p class="hint">
                    { "Another tab is measuring, or was closed just now: what it measured is listed as soon as it is over." }
                </p>
            }
            { whole(props, &history.cards, &asked) }
            if let Some(question) = &*asked {
                <Confirm
                    question={text(question, &history.cards)} word={if *question == Asked::Clear { "Remove all data" } else { "Delete" }}
                    on_yes={
                        let (act, question) = (act.clone(), question.clone());
                        Callback::from(move |()| act.emit(match &question {
                            Asked::Delete(ids) => HistoryAction::Delete(ids.clone()),
                            Asked::Clear => HistoryAction::Clear,
                        }))
                    }
                    on_no={
                        let (asked, heading) = (asked.clone(), heading.clone());
                        Callback::from(move |()| {
                            asked.set(None);
                            focus(&heading);
                        })
                    }
                />
            }
            if history.cards.is_empty() {
                <p class="hint">
                    { "Reports of what you run are kept here, in this browser, as many as it has room for." }
                </p>
            } else {
                { finder(&search) }
                if !ids.is_empty() {
                    { of_chosen(props.busy, &ids, &act, &asked) }
                }
                <ul class="shelf" aria-label="Kept reports">
                    for card in found.iter().take(*most) {
                        <Entry
                            key={card.id.clone()} card={(*card).clone()} is_shown={props.shown.as_ref() == Some(&card.id)}
                            is_chosen={chosen.contains(&card.id)} busy={props.busy} on_choose={on_choose.clone()}
                            on_action={act.clone()} on_delete={on_delete.clone()}
                        />
                    }
                </ul>
                if found.is_empty() {
                    <p class="hint">{ "No report has these words." }</p>
                }
                if found.len() > *most {
                    <button
                        type="button" class="small" onclick={
                            let most = most.clone();
                            Callback::from(move |_: MouseEvent| most.set(*most + SHOWN))
                        }
                    >{ format!("Show more ({} left)", found.len() - *most) }</button>
                }
                { over_time(props, &history.cards) }
            }
        </section>
    }
}

fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        // What cannot have the focus is not there any more.
        _ = element.focus();
    }
}

/// How much is kept, and how much may be.
fn summary(history: &HistoryView) -> String {
    let reports = Counted(history.cards.len() as u64, "report");
    let room = match (history.used_bytes, history.quota_bytes) {
        (Some(used), Some(quota)) => format!(" · {} of {} of the browser's storage used", Bytes(used), Bytes(quota)),
        _ => String::new(),
    };
    let stays = match (history.persistent, history.cards.is_empty()) {
        (true, _) => " · the browser keeps it until you remove it",
        (false, true) => "",
        (false, false) => " · the browser may remove it when it needs room: export what must stay",
    };
    format!("{reports}{room}{stays}")
}

/// What can be done with all of it.
fn whole(props: &HistoryPanelProps, cards: &[Card], asked: &UseStateHandle<Option<Asked>>) -> Html {
    let import = {
        let on_action = props.on_action.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
            let files = listed(input.files());
            // The same file can be chosen again.
            input.set_value("");
            on_action.emit(HistoryAction::Import(files));
        })
    };
    let clear = {
        let asked = asked.clone();
        Callback::from(move |_: MouseEvent| asked.set(Some(Asked::Clear)))
    };
    html! {
        <div class="actions">
            <button
                type="button" class="small" id="export-all" disabled={props.busy || cards.is_empty()}
                onclick={props.on_action.reform(|_: MouseEvent| HistoryAction::ExportAll)}
            >{ "Export all" }</button>
            <label class="button small" for="import">{ "Import" }</label>
            <input
                type="file" id="import" class="unseen" multiple=true accept=".json,application/json"
                disabled={props.busy} onchange={import}
            />
            <button type="button" class="small" id="clear" disabled={props.busy} onclick={clear}>{ "Remove all data" }</button>
        </div>
    }
}

fn listed(list: Option<FileList>) -> Vec<web_sys::File> {
    list.iter().flat_map(|list| (0..list.length()).filter_map(|index| list.get(index))).collect()
}

fn finder(search: &UseStateHandle<String>) -> Html {
    let oninput = {
        let search = search.clone();
        Callback::from(move |event: InputEvent| {
            let text = event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
            search.set(text.unwrap_or_default());
        })
    };
    html! {
        <div class="field">
            <label for="find">{ "Find" }</label>
            <input type="text" id="find" value={(**search).clone()} {oninput} autocomplete="off" />
        </div>
    }
}

/// What can be done with those that are chosen.
fn of_chosen(busy: bool, ids: &[String], act: &Callback<HistoryAction>, asked: &UseStateHandle<Option<Asked>>) -> Html {
    let compare = {
        let ids = ids.to_vec();
        act.reform(move |_: MouseEvent| HistoryAction::Compare(ids.clone()))
    };
    let delete = {
        let (asked, ids) = (asked.clone(), ids.to_vec());
        Callback::from(move |_: MouseEvent| asked.set(Some(Asked::Delete(ids.clone()))))
    };
    html! {
        <div class="actions chosen">
            <span role="status">{ format!("{} chosen", ids.len()) }</span>
            <button type="button" class="small" id="compare-chosen" disabled={busy || ids.len() < 2} onclick={compare}>
                { "Compare" }
            </button>
            <button type="button" class="small" id="delete-chosen" disabled={busy} onclick={delete}>{ "Delete" }</button>
            if ids.len() < 2 {
                <span class="hint">{ "Choose another one to compare." }</span>
            }
        </div>
    }
}

/// Experiments that there are several reports of, and how the chosen one went.
fn over_time(props: &HistoryPanelProps, cards: &[Card]) -> Html {
    let repeated = choice::repeated(cards);
    if repeated.is_empty() {
        return Html::default();
    }
    let current = props.trend.as_ref().map(|(experiment, _)| experiment.as_str());
    html! {
        <section class="part" aria-labelledby="trend-title">
            <h2 id="trend-title">{ "Over time" }</h2>
            <div class="actions">
                for (experiment, count) in repeated {
                    <button
                        type="button" class="small switch" key={experiment.clone()} disabled={props.busy}
                        aria-pressed={(current == Some(experiment.as_str())).to_string()}
                        onclick={
                            let experiment = experiment.clone();
                            props.on_action.reform(move |_: MouseEvent| HistoryAction::Trend(experiment.clone()))
                        }
                    >{ format!("{experiment} ({count})") }</button>
                }
            </div>
            if let Some((_, trend)) = &props.trend {
                { match trend {
                    None => html! { <p class="hint" role="status">{ "Reading the reports …" }</p> },
                    Some(Err(reason)) => html! { <p class="refused">{ reason }</p> },
                    Some(Ok(trend)) => html! {
                        <>
                            <h3>{ &trend.title }</h3>
                            { props.draw.emit(trend.clone()) }
                            for note in &trend.notes { <p class="hint">{ note }</p> }
                        </>
                    },
                } }
            }
        </section>
    }
}

/// What is asked before something is removed.
fn text(asked: &Asked, cards: &[Card]) -> String {
    match asked {
        Asked::Clear => {
            let reports = Counted(cards.len() as u64, "report");
            format!(
                "Remove all that this page keeps in this browser, {reports} with their names and files of runs? No copy is left."
            )
        }
        Asked::Delete(ids) => match (&ids[..], cards.iter().find(|card| ids.first() == Some(&card.id))) {
            ([_], Some(card)) => format!("Delete {}? No copy is left in this browser.", called(card)),
            _ => format!("Delete {}? No copy is left in this browser.", Counted(ids.len() as u64, "report")),
        },
    }
}

/// What a question shows.
#[derive(Properties, PartialEq)]
struct ConfirmProps {
    question: String,
    word: &'static str,
    on_yes: Callback<()>,
    on_no: Callback<()>,
}

/// A question that has to be answered before something is removed. The focus goes to the answer that keeps it; Escape is that
/// answer, too.
#[component]
fn Confirm(props: &ConfirmProps) -> Html {
    let no = use_node_ref();
    {
        let no = no.clone();
        use_effect_with(props.question.clone(), move |_| focus(&no));
    }
    let escape = {
        let on_no = props.on_no.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                on_no.emit(());
            }
        })
    };
    html! {
        <div class="note" role="alertdialog" aria-labelledby="confirm-text" onkeydown={escape}>
            <p id="confirm-text">{ &props.question }</p>
            <div class="actions">
                <button type="button" class="small" ref={no} onclick={props.on_no.reform(|_: MouseEvent| ())}>{ "Keep" }</button>
                <button type="button" class="small" id="confirm" onclick={props.on_yes.reform(|_: MouseEvent| ())}>
                    { props.word }
                </button>
            </div>
        </div>
    }
}
