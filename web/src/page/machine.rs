//! The machine that this page measures on, and what it lacks.

use std::rc::Rc;

use yew::prelude::*;

use super::unshared_note::UnsharedNote;
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
