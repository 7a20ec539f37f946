//! What a page lacks that is not isolated.

use yew::prelude::*;

use super::browser::static_host;
use crate::questions::{Lack, OwnTarget};

/// Why threads cannot run here, and how to make them.
#[component]
pub fn UnsharedNote() -> Html {
    let Some(Lack { reason, fix }) = static_host::unshared() else {
        return Html::default();
    };
    html! {
        <aside id="unshared" class="note" aria-labelledby="unshared-title">
            <h2 id="unshared-title">{ "Without shared memory" }</h2>
            <p>
                { format!("Workers cannot share memory here, because {reason}. ") }
                <code>{ "threads" }</code>{ " needs that memory; " }
                <code>{ "sequential" }</code>{ ", " }<code>{ "async" }</code>{ " and " }<code>{ "processes" }</code>
                { " work without it." }
                if let OwnTarget::Missing(_) = static_host::own_target() {
                    { " Work that sends requests has no target here, unless one is named." }
                }
            </p>
            <p>{ format!("To get it, {fix}.") }</p>
        </aside>
    }
}
