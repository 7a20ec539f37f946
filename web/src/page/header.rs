//! The head of the page: what it is, and how the lab is.

use parlab_shared::number::Counted;
use yew::prelude::*;

use super::browser;
use super::state::LabState;

/// What the head shows.
#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    /// Whether there is a lab.
    pub lab: LabState,
}

/// The head of the page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    html! {
        <header class="top">
            <div class="brand">
                { logo() }
                <h1>{ "parlab" }</h1>
            </div>
            <p class="lead">
                { "A laboratory for parallelism: the same work in your browser and natively, with one worker or \
                   many, measured on this machine." }
            </p>
            { pill(&props.lab) }
        </header>
    }
}

/// How the lab is.
fn pill(lab: &LabState) -> Html {
    let (state, words) = match lab {
        LabState::Starting => ("starting", "Starting the lab …".to_owned()),
        LabState::Absent(_) => ("absent", "No lab".to_owned()),
        LabState::Ready(environment) => {
            let name = environment.browser.as_ref().map_or_else(String::new, |browser| format!(" · {}", browser.name));
            let memory = if browser::shared_memory().is_ok() { "shared memory" } else { "no shared memory" };
            ("ready", format!("{}{name} · {memory}", Counted(environment.cores.into(), "core")))
        }
    };
    html! {
        <p id="lab" class="pill" data-state={state}>
            <span class="dot" aria-hidden="true"></span>{ words }
        </p>
    }
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
