//! A report in the history.

use parlab_shared::number::{Bytes, Counted};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::HistoryAction;
use crate::page::browser;
use crate::views::Card;

/// A name has no more characters than this.
const NAME_MAX: &str = "200";

/// What an entry shows.
#[derive(Properties, PartialEq)]
pub struct EntryProps {
    /// The report.
    pub card: Card,
    /// It is the one that is shown.
    pub is_shown: bool,
    /// It is chosen.
    pub is_chosen: bool,
    /// Something is measured: nothing else is done.
    pub busy: bool,
    /// Called when it is chosen, or no longer.
    pub on_choose: Callback<(String, bool)>,
    /// Called with what to do.
    pub on_action: Callback<HistoryAction>,
    /// Called when it is to be deleted, which has to be confirmed.
    pub on_delete: Callback<String>,
}

/// What a report is called in sentences and labels.
pub fn called(card: &Card) -> String {
    let when = browser::time::local_time(&card.created);
    card.name.clone().unwrap_or_else(|| format!("{} of {when}", card.title))
}

/// The entry: its name, what it is, and what can be done with it.
#[component]
pub fn Entry(props: &EntryProps) -> Html {
    // What is typed: whatever is drawn anew meanwhile, it stays.
    let naming = use_state(|| None::<String>);
    let (field, rename) = (use_node_ref(), use_node_ref());
    let was_naming = use_mut_ref(|| false);
    {
        // The focus goes into the field, and back to the button that opened it.
        let (field, rename, was_naming) = (field.clone(), rename.clone(), was_naming.clone());
        use_effect_with(naming.is_some(), move |naming| {
            let to = if *naming { &field } else { &rename };
            if *naming != was_naming.replace(*naming)
                && let Some(element) = to.cast::<HtmlElement>()
            {
                // What cannot have the focus is not there any more.
                _ = element.focus();
            }
        });
    }
    let card = &props.card;
    let title = called(card);
    let action = |name: &'static str, action: HistoryAction| {
        html! {
            <button
                type="button" class="small" data-action={name.to_ascii_lowercase()} disabled={props.busy}
                aria-label={format!("{name} {title}")} onclick={props.on_action.reform(move |_: MouseEvent| action.clone())}
            >{ name }</button>
        }
    };
    let choose = {
        let (on_choose, id) = (props.on_choose.clone(), card.id.clone());
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked());
            on_choose.emit((id.clone(), chosen));
        })
    };
    let begin_naming = {
        let (naming, name) = (naming.clone(), card.name.clone().unwrap_or_default());
        Callback::from(move |_: MouseEvent| naming.set(Some(name.clone())))
    };
    let delete = {
        let id = card.id.clone();
        props.on_delete.reform(move |_: MouseEvent| id.clone())
    };
    html! {
        <li
            class={classes!("kept", props.is_shown.then_some("current"))} data-report={card.id.clone()}
            aria-current={props.is_shown.then_some("true")}
        >
            <label class="kept-choose">
                <input type="checkbox" checked={props.is_chosen} disabled={props.busy} onchange={choose} />
                <span class="unseen">{ format!("Choose {title}") }</span>
            </label>
            <div class="kept-what">
                if let Some(name) = &*naming {
                    { form(card, name, &field, &naming, &props.on_action) }
                } else {
                    <strong>{ card.name.as_ref().unwrap_or(&card.title) }</strong>
                }
                <p class="meta">
                    if card.name.is_some() { { &card.title }{ " · " } }
                    <time datetime={card.created.clone()}>{ browser::time::local_time(&card.created) }</time>
                    { format!(" · {}", Counted(card.runs as u64, "run")) }
                    if card.stopped { { ", stopped" } }
                    if let Some(bytes) = card.bytes { { format!(" · {}", Bytes(bytes)) } }
                </p>
                for (part, machine) in card.parts.iter().zip(&card.machines) {
                    <p class="meta">
                        if card.parts.len() > 1 { { format!("{part}: ") } }
                        { machine }
                    </p>
                }
            </div>
            if naming.is_none() {
                <div class="actions">
                    { action("Open", HistoryAction::Open(card.id.clone())) }
                    <button
                        type="button" class="small" data-action="rename" disabled={props.busy} ref={rename}
                        aria-label={format!("Rename {title}")} onclick={begin_naming}
                    >{ "Rename" }</button>
                    { action("Save", HistoryAction::Save(card.id.clone())) }
                    <button
                        type="button" class="small" data-action="delete" disabled={props.busy}
                        aria-label={format!("Delete {title}")} onclick={delete}
                    >{ "Delete" }</button>
                </div>
            }
        </li>
    }
}

/// The form in which a report gets its name: Enter keeps it, Escape does not.
fn form(
    card: &Card,
    name: &str,
    field: &NodeRef,
    naming: &UseStateHandle<Option<String>>,
    on_action: &Callback<HistoryAction>,
) -> Html {
    let submit = {
        let (field, naming, on_action, id) = (field.clone(), naming.clone(), on_action.clone(), card.id.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = field.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default();
            let name = Some(text.trim().to_owned()).filter(|name| !name.is_empty());
            naming.set(None);
            on_action.emit(HistoryAction::Rename(id.clone(), name));
        })
    };
    let close = {
        let naming = naming.clone();
        Callback::from(move |_: MouseEvent| naming.set(None))
    };
    let oninput = {
        let naming = naming.clone();
        Callback::from(move |event: InputEvent| {
            naming.set(event.target_dyn_into::<HtmlInputElement>().map(|input| input.value()));
        })
    };
    let escape = {
        let naming = naming.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                naming.set(None);
            }
        })
    };
    html! {
        <form class="kept-name" onsubmit={submit} onkeydown={escape}>
            <label>
                <span class="unseen">{ format!("Name of {}", called(card)) }</span>
                <input
                    type="text" ref={field.clone()} maxlength={NAME_MAX} placeholder={card.title.clone()}
                    value={name.to_owned()} {oninput} autocomplete="off"
                />
            </label>
            <div class="actions">
                <button type="submit" class="small">{ "Keep the name" }</button>
                <button type="button" class="small" onclick={close}>{ "Cancel" }</button>
            </div>
        </form>
    }
}
