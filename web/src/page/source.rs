//! What an experiment's source says of it.

use parlab_shared::say::Texts;
use yew::prelude::*;

/// The question, what is predicted, and what stands beside the article.
pub fn about(texts: &Texts) -> Html {
    html! {
        <div class="explained">
            <p class="question">{ &texts.question }</p>
            { explained(texts) }
        </div>
    }
}

/// What is predicted, and what stands beside the article.
pub fn explained(texts: &Texts) -> Html {
    html! {
        <dl class="about">
            <div><dt>{ "What is predicted, and why" }</dt><dd>{ &texts.expect }</dd></div>
            for (heading, text) in texts.beside_the_article() {
                <div><dt>{ heading }</dt><dd>{ text }</dd></div>
            }
        </dl>
    }
}
