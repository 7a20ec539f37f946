//! What went wrong.

use yew::prelude::*;

use super::state::LabState;

/// What to show, and what to do when it has been read.
#[derive(Properties, PartialEq)]
pub struct ErrorsProps {
    /// What cannot be done, newest last.
    pub errors: Vec<String>,
    /// Whether there is a lab.
    pub lab: LabState,
    /// Called when the user has read the errors.
    pub on_dismiss: Callback<()>,
    /// What can be done about it that there is no lab, in words.
    pub again: &'static str,
    /// Called to do that.
    pub on_again: Callback<()>,
}

/// What went wrong, and what can be done about it. The element is always there, so that what comes into it is read out.
#[component]
pub fn Errors(props: &ErrorsProps) -> Html {
    html! {
        <div id="errors" role="alert" class="errors">
            if !props.errors.is_empty() {
                <ul>
                    for error in &props.errors {
                        <li>{ error }</li>
                    }
                </ul>
                <button type="button" class="small" onclick={props.on_dismiss.reform(|_| ())}>{ "Dismiss" }</button>
            }
            if let LabState::Absent(reason) = &props.lab {
                <p>{ reason }</p>
                <button type="button" class="small" id="again" onclick={props.on_again.reform(|_| ())}>
                    { props.again }
                </button>
            }
        </div>
    }
}
