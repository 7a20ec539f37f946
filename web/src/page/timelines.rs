//! The timelines of a part of a report, one of which is looked into.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Float64Array, Uint8Array, Uint32Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::ask::Analyst;
use super::look::{Bars, Data, Look};
use crate::questions::{Answer, Question};

/// What timelines there are.
#[derive(Properties, PartialEq)]
pub struct TimelinesProps {
    /// Who knows their bars.
    pub analyst: Analyst,
    /// The report.
    pub id: String,
    /// The place of its part.
    pub part: usize,
    /// What they are called.
    pub names: Vec<String>,
}

/// Timelines that are there when they are unfolded, one at a time.
#[component]
pub fn Timelines(props: &TimelinesProps) -> Html {
    let is_open = use_state(|| false);
    let place = use_state(|| 0_usize);
    if props.names.is_empty() {
        return Html::default();
    }
    let ontoggle = {
        let is_open = is_open.clone();
        move |_| is_open.set(true)
    };
    let onchange = {
        let place = place.clone();
        move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>();
            place.set(chosen.map_or(0, |chosen| chosen.selected_index().max(0) as usize));
        }
    };
    html! {
        <details class="more timelines" {ontoggle}>
            <summary>{ "Timelines to look into" }</summary>
            if *is_open {
                <label class="field">
                    { "Row" }
                    <select {onchange}>
                        for (at, name) in props.names.iter().enumerate() {
                            <option selected={at == *place}>{ name }</option>
                        }
                    </select>
                </label>
                <Asked analyst={props.analyst.clone()} id={props.id.clone()} part={props.part} place={*place} />
            }
        </details>
    }
}

/// One timeline of a report.
#[derive(Properties, PartialEq)]
struct AskedProps {
    analyst: Analyst,
    id: String,
    part: usize,
    place: usize,
}

#[component]
fn Asked(props: &AskedProps) -> Html {
    let AskedProps { analyst, id, part, place } = props;
    let data = use_state(|| None::<Result<Data, String>>);
    {
        let setter = data.setter();
        let asked = (analyst.clone(), id.clone(), *part, *place);
        use_effect_with(asked, move |(analyst, id, part, place)| {
            setter.set(None);
            let wanted = Rc::new(Cell::new(true));
            let still_wanted = wanted.clone();
            let question = Question::Timeline { id: id.clone(), part: *part, place: *place };
            analyst.ask(question, move |outcome| {
                if still_wanted.get() {
                    setter.set(Some(outcome.and_then(|(answer, beside)| match answer {
                        Answer::Timeline(view) => Ok(Data { view: Rc::new(*view), bars: Rc::new(bars(&beside)) }),
                        _ => Err("this was answered with something else: reload the page".to_owned()),
                    })));
                }
            });
            move || wanted.set(false)
        });
    }
    match &*data {
        None => html! { <p class="hint" role="status">{ "Looking …" }</p> },
        Some(Err(reason)) => html! { <p class="refused">{ reason }</p> },
        Some(Ok(data)) => html! { <Look data={data.clone()} /> },
    }
}

/// The lists that come beside a timeline, in the order in which the analyst writes them.
fn bars(beside: &JsValue) -> Bars {
    let Some(lists) = beside.dyn_ref::<Array>() else { return Bars::default() };
    let whole = |at| lists.get(at).dyn_into::<Uint32Array>().map(|list| list.to_vec()).unwrap_or_default();
    let times = |at| lists.get(at).dyn_into::<Float64Array>().map(|list| list.to_vec()).unwrap_or_default();
    let kinds = lists.get(3).dyn_into::<Uint8Array>().map(|list| list.to_vec()).unwrap_or_default();
    Bars { lanes: whole(0), starts: times(1), ends: times(2), kinds, tasks: whole(4), queued: times(5) }
}
