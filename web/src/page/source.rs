//! What an experiment's source says of it.

use parlab_shared::experiment::Experiment;
use yew::prelude::*;

/// The question, what to expect, and what the source leaves out.
pub fn about(experiment: &'static Experiment) -> Html {
    html! {
        <div class="explained">
            <p class="question">{ &experiment.question }</p>
            { explained(experiment) }
        </div>
    }
}

/// What to expect, and what the source leaves out.
pub fn explained(experiment: &'static Experiment) -> Html {
    html! {
        <dl class="about">
            <div><dt>{ "What to expect" }</dt><dd>{ &experiment.expect }</dd></div>
            if let Some(hides) = &experiment.hides {
                <div><dt>{ "What the article leaves out" }</dt><dd>{ hides }</dd></div>
            }
        </dl>
    }
}
