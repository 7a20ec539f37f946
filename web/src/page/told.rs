//! What was expected of a lesson beside what was measured.

use yew::prelude::*;

use super::browser;
use super::prediction::Prediction;
use crate::views::{OutcomeView, PartView};

/// What was expected of the experiment of a part beside what was measured, if anybody had said so before.
pub fn told(part: &PartView, created: &str) -> Html {
    let expected = expected(&part.name).filter(|expected| expected.precedes(created));
    let (Some(first), Some(expected)) = (part.lesson.first(), expected) else { return Html::default() };
    let Some((answer, _)) = first.answers.get(expected.answer) else { return Html::default() };
    html! {
        <div class="told">
            <dl class="about">
                <div><dt>{ "You expected" }</dt><dd>{ answer }</dd></div>
                for OutcomeView { platform, measured, .. } in &part.lesson {
                    <div>
                        <dt>{ "Measured" }if let Some(name) = platform { { format!(", {name}") } }</dt>
                        <dd>{ measured }</dd>
                    </div>
                }
            </dl>
            for OutcomeView { platform, answers, .. } in &part.lesson {
                <p class="finding">
                    if let Some(name) = platform { { format!("{name}: ") } }
                    { answers.get(expected.answer).map(|(_, said)| said.clone()) }
                </p>
            }
            <p>{ &first.notice }</p>
        </div>
    }
}

/// What somebody expects of an experiment, as long as the tab is open.
pub fn expected(experiment: &str) -> Option<Prediction> {
    browser::remembered(&Prediction::name(experiment)).and_then(|text| Prediction::read(&text))
}
