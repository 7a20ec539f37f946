//! The machine that this page measures on, and what it lacks.

use std::rc::Rc;

use yew::prelude::*;

use super::browser;
use crate::views::MachineView;

/// What is shown of the machine.
#[derive(Properties, PartialEq)]
pub struct MachineProps {
    /// What is known of it.
    pub machine: Option<Rc<MachineView>>,
}

/// The machine.
#[component]
pub fn Machine(props: &MachineProps) -> Html {
    html! {
        <section class="sheet" aria-labelledby="environment-title">
            <h1 id="environment-title">{ "This machine" }</h1>
            <UnsharedNote />
            if let Some(machine) = &props.machine {
                <dl id="environment" class="facts">
                    for fact in &machine.facts {
                        <div key={fact.key.clone()}>
                            <dt>{ &fact.name }</dt><dd data-key={fact.key.clone()}>{ &fact.value }</dd>
                        </div>
                    }
                </dl>
            } else {
                <p class="hint" role="status">{ "Looking around …" }</p>
            }
        </section>
    }
}

/// Why threads cannot run here, and how to make them.
#[component]
pub fn UnsharedNote() -> Html {
    let Err(unshared) = browser::shared_memory() else {
        return Html::default();
    };
    html! {
        <aside id="unshared" class="note" aria-labelledby="unshared-title">
            <h2 id="unshared-title">{ "Without shared memory" }</h2>
            <p>
                { format!("Workers cannot share memory here, because {}. ", unshared.reason()) }
                <code>{ "threads" }</code>{ " needs that memory; " }
                <code>{ "sequential" }</code>{ ", " }<code>{ "async" }</code>{ " and " }<code>{ "processes" }</code>
                { " work without it." }
            </p>
            <p>{ format!("To get it, {}.", unshared.fix()) }</p>
        </aside>
    }
}
