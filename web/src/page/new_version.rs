//! Another build of the page on its static host: one that waits for this page's leave, or has replaced it.

use yew::prelude::*;

use super::browser::static_host;

/// What the line needs.
#[derive(Properties, PartialEq)]
pub struct NewVersionProps {
    /// Something is measured in this tab.
    pub busy: bool,
}

/// A line that offers the other build, if there is one. Nothing is replaced while something is measured.
#[component]
pub fn NewVersion(props: &NewVersionProps) -> Html {
    let version = use_state(static_host::version);
    {
        let version = version.setter();
        use_effect_with((), move |()| {
            let told = version.clone();
            let listener = static_host::on_version(move || told.set(static_host::version()));
            // What was told before is not told again.
            version.set(static_host::version());
            move || drop(listener)
        });
    }
    let (words, does) = match version.as_deref() {
        Some("waiting") => ("There is a new version of this page.", "Use the new version"),
        Some("measuring") => (
            "There is a new version of this page. Another tab measures with this one: wait for its end.",
            "Use the new version",
        ),
        Some("replaced") => (
            "Another tab uses a new version of this page by now. What this one has not loaded yet may be gone.",
            "Load the new version",
        ),
        _ => return Html::default(),
    };
    let waits = if props.busy { " It can be used when the run is over." } else { "" };
    html! {
        <aside id="new-version" class="note" role="status">
            <p>
                { words }{ waits }{ " " }
                <button type="button" class="small" disabled={props.busy} onclick={|_| static_host::take_over()}>{ does }</button>
            </p>
        </aside>
    }
}
