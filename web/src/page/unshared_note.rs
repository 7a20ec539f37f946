//! What a page lacks that is not isolated.

use yew::prelude::*;

use super::browser;

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
