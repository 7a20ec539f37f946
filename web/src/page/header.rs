//! The head of the page: what it is, where one can go, what is going on, and how the lab is.

use yew::prelude::*;

use super::browser;
use super::route::{Draft, View};
use super::state::{LabState, Running, Shared};
use crate::views::MachineView;

/// What the head shows.
#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    /// Where the user is.
    pub view: View,
    /// Whether there is a lab.
    pub lab: LabState,
    /// What is known of its machine.
    pub machine: Option<std::rc::Rc<MachineView>>,
    /// The plan that is being carried out.
    pub running: Option<Shared<Running>>,
    /// Called with where to go.
    pub on_go: Callback<View>,
    /// Called to see what is going on.
    pub on_watch: Callback<()>,
}

/// The head of the page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    html! {
        <header class="top">
            <div class="brand">
                { logo() }
                <p class="name">{ "parlab" }</p>
            </div>
            <nav class="views" aria-label="Views">
                <ul>
                    for (view, name) in View::MAIN {
                        <li><Link
                            to={view.clone()} on_go={props.on_go.clone()}
                            current={props.view == view || (view == View::Gallery && props.view == View::Experiment)}
                        >{ name }</Link></li>
                    }
                </ul>
            </nav>
            if let Some(running) = &props.running {
                { going_on(running, &props.on_watch) }
            }
            { pill(&props.lab, props.machine.as_deref()) }
        </header>
    }
}

/// How far the plan is: a run goes on while one looks elsewhere.
fn going_on(running: &Running, on_watch: &Callback<()>) -> Html {
    let (over, of) = (running.over.len(), running.of());
    html! {
        <button type="button" class="going-on" id="going-on" onclick={on_watch.reform(|_: MouseEvent| ())}>
            <span>{ format!("{}: {over} of {of} runs", running.plan.title) }</span>
            <progress max={of.to_string()} value={over.to_string()} aria-hidden="true" />
        </button>
    }
}

/// What a link needs.
#[derive(Properties, PartialEq)]
pub struct LinkProps {
    /// Where it leads.
    pub to: View,
    /// The user is there.
    #[prop_or_default]
    pub current: bool,
    /// Its address, if it is one of an experiment.
    #[prop_or_default]
    pub draft: Draft,
    /// Called with where to go.
    pub on_go: Callback<View>,
    /// What it says.
    pub children: Html,
}

/// A link within the page, which other tabs can open, too.
#[component]
pub fn Link(props: &LinkProps) -> Html {
    let onclick = {
        let (to, on_go) = (props.to.clone(), props.on_go.clone());
        Callback::from(move |event: MouseEvent| {
            // With these the browser opens another tab or window.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                on_go.emit(to.clone());
            }
        })
    };
    let query = props.to.query(&props.draft);
    let href = if query.is_empty() { "./".to_owned() } else { query };
    html! {
        <a {href} {onclick} aria-current={props.current.then_some("page")}>{ props.children.clone() }</a>
    }
}

/// How the lab is.
fn pill(lab: &LabState, machine: Option<&MachineView>) -> Html {
    let (state, words) = match lab {
        LabState::Starting => ("starting", "Starting the lab …"),
        LabState::Absent(_) => ("absent", "No lab"),
        LabState::Ready(_) => ("ready", machine.map_or(ready(), |machine| &machine.short)),
    };
    html! {
        <p id="lab" class="pill" data-state={state}>
            <span class="dot" aria-hidden="true"></span>{ words }
        </p>
    }
}

/// How the lab is before anybody said more.
fn ready() -> &'static str {
    if browser::shared_memory().is_ok() { "Ready · shared memory" } else { "Ready · no shared memory" }
}

/// Four tasks on two workers.
fn logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 32 32" width="40" height="40" aria-hidden="true">
            <rect class="logo-0" x="2" y="4" width="16" height="5" rx="1.5" />
            <rect class="logo-1" x="2" y="10.5" width="11" height="5" rx="1.5" />
            <rect class="logo-1" x="14" y="17" width="13" height="5" rx="1.5" />
            <rect class="logo-0" x="19" y="23.5" width="11" height="5" rx="1.5" />
        </svg>
    }
}
