//! Words that are explained: each is a button in its text, whose explanation the browser opens beside it.

use parlab_shared::say::{MARK, OF};
use yew::prelude::*;

use crate::views::TermView;

/// What stands around names in a text as they are typed.
const CODE: char = '`';

/// A text whose marked words are buttons, and whose names as they are typed look so.
pub fn explained(text: &str) -> Html {
    // A name begins in one part and may end in another.
    let mut is_code = false;
    let mut plain = |part: &str| -> Html {
        let piece = |(place, piece): (usize, &str)| {
            is_code ^= place > 0;
            if is_code && !piece.is_empty() {
                html! { <code>{ piece }</code> }
            } else {
                html! { { piece } }
            }
        };
        part.split(CODE).enumerate().map(piece).collect()
    };
    let part = |(place, part): (usize, &str)| {
        let mut pieces = part.split(OF);
        match (pieces.next(), pieces.next(), pieces.next()) {
            (Some(key), Some(word), Some(behind)) if place % 2 == 1 => html! {
                <span class="whole">
                    <button type="button" class="term" popovertarget={id(key)}>{ word }</button>{ plain(behind) }
                </span>
            },
            _ => plain(part),
        }
    };
    text.split(MARK).enumerate().map(part).collect()
}

/// What the buttons open.
pub fn popovers(terms: &[TermView]) -> Html {
    let popover = |term: &TermView| {
        html! {
            <div popover="auto" id={id(&term.key)} class="meaning">
                <p><strong>{ &term.word }</strong></p>
                { meaning(term) }
            </div>
        }
    };
    terms.iter().map(popover).collect()
}

/// All words with what they mean.
pub fn listed(terms: &[TermView]) -> Html {
    html! {
        <dl class="about">
            for term in terms {
                <div><dt>{ &term.word }</dt><dd>{ meaning(term) }</dd></div>
            }
        </dl>
    }
}

fn id(key: &str) -> String {
    format!("term-{key}")
}

fn meaning(term: &TermView) -> Html {
    html! {
        <>
        <p>{ &term.about }</p>
        for (place, text) in &term.places {
            <p class="hint">{ place }{ ": " }{ text }</p>
        }
        </>
    }
}
