//! A tip: what something under the pointer, or chosen by keys, is.

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::browser::Resized;
use super::browser::time::Timeout;

/// Of tips that follow each other faster than this, only the last is spoken.
const PAUSE_MS: i32 = 350;
/// From what it speaks of to a tip, in CSS pixels.
const DISTANCE: f64 = 8.0;

/// What a tip is about, within the element that the tip is in, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// The middle of its width.
    pub x: f64,
    /// Its upper end.
    pub top: f64,
    /// Its lower end.
    pub bottom: f64,
}

/// A tip, or none.
#[derive(Properties, PartialEq)]
pub struct TipProps {
    /// What is said, a line each; nothing shows nothing.
    pub lines: Option<AttrValue>,
    /// What it is about.
    pub place: Place,
    /// A screen reader says it too: it was asked for by keys or touch.
    pub spoken: bool,
}

/// A tip beside what it is about, inside of an element with a position of its own.
#[component]
pub fn Tip(props: &TipProps) -> Html {
    let tip = use_node_ref();
    let said = use_state_eq(AttrValue::default);
    {
        let tip = tip.clone();
        use_effect_with((props.lines.clone(), props.place), move |(lines, place)| {
            let (tip, place) = (tip.cast::<HtmlElement>().filter(|_| lines.is_some()), *place);
            // A window that becomes narrower takes the room that there was.
            let watched = tip.and_then(|tip| {
                put(&tip, place);
                let parent = tip.offset_parent()?;
                Some(Resized::watch(&parent, move || put(&tip, place)))
            });
            move || drop(watched)
        });
    }
    {
        let said = said.setter();
        use_effect_with((props.lines.clone(), props.spoken), move |(lines, spoken)| {
            let text = lines.clone().filter(|_| *spoken).unwrap_or_default();
            let timeout = Timeout::new(PAUSE_MS, move || said.set(text));
            move || drop(timeout)
        });
    }
    html! {
        <>
        <div ref={tip} class="tip" aria-hidden="true" hidden={props.lines.is_none()}>
            { props.lines.clone().unwrap_or_default() }
        </div>
        <div class="unseen" aria-live="polite">{ &*said }</div>
        </>
    }
}

/// Moves a tip above its place, or below where there is no room above; never out of the box to a side.
fn put(tip: &HtmlElement, place: Place) {
    let Some(parent) = tip.offset_parent() else { return };
    let room = f64::from(parent.client_width() - tip.offset_width()).max(0.0);
    let left = (place.x - f64::from(tip.offset_width()) / 2.0).clamp(0.0, room);
    let above = place.top - f64::from(tip.offset_height()) - DISTANCE;
    let top = if above >= -place_above(&parent) { above } else { place.bottom + DISTANCE };
    let style = tip.style();
    for (name, value) in [("left", left), ("top", top)] {
        // A length is a value that a style takes.
        _ = style.set_property(name, &format!("{value:.0}px"));
    }
}

/// How far a tip may stand out above the box: as far as the window shows what is there.
fn place_above(parent: &Element) -> f64 {
    parent.get_bounding_client_rect().top().clamp(0.0, 60.0)
}
