//! Charts, which the analyst draws.

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use yew::prelude::*;
use yew::virtual_dom::VNode;

use super::ask::Analyst;
use super::figure::Figure;
use super::use_answer::use_answer;
use crate::questions::{Answer, Question, Subject};
use crate::views::ChartView;

/// What the charts show.
#[derive(Properties, PartialEq)]
pub struct ChartsProps {
    /// Who draws them.
    pub analyst: Analyst,
    /// What they are of.
    pub subject: Subject,
    /// The level of headings.
    pub level: u8,
}

/// How many sets of charts there were in the page: each has a number of its own, and so have the ids in them.
static SETS: AtomicU32 = AtomicU32::new(0);
/// How many CSS pixels wide charts may be, if the page is not narrower.
const WIDTH: u32 = 720;

/// The charts.
#[component]
pub fn Charts(props: &ChartsProps) -> Html {
    let scope = use_memo((), |()| format!("charts-{}", SETS.fetch_add(1, Ordering::Relaxed)));
    let question = Question::Charts { subject: props.subject.clone(), scope: (*scope).clone(), width: WIDTH };
    let charts = use_answer(&props.analyst, question, |answer| match answer {
        Answer::Charts(charts) => Some(charts),
        _ => None,
    });
    match &charts {
        None => html! { <p class="hint" role="status">{ "Drawing …" }</p> },
        Some(Err(reason)) => html! { <p class="refused">{ reason }</p> },
        Some(Ok(charts)) => html! {
            <>
            for charts in charts.chunk_by(|chart, next| chart.group == next.group) {
                { grouped(props.level, charts) }
            }
            </>
        },
    }
}

/// The charts of a group.
fn grouped(level: u8, charts: &[ChartView]) -> Html {
    let group = charts.first().map_or("", |chart| chart.group.as_str());
    html! {
        <>
        if group == "timelines" {
            <@{format!("h{level}")}>{ "Timelines" }</@>
            <p class="meta">{ "The last run of each row: a bar per task, coloured by worker." }</p>
        }
        <div class={classes!("charts", (group != "rows").then_some("pair"))}>
            for chart in charts {
                <Figure chart={Rc::new(chart.clone())} />
            }
        </div>
        </>
    }
}

/// A picture that the analyst, or whoever made the catalogue, has written.
pub fn svg(picture: &str) -> VNode {
    Html::from_html_unchecked(AttrValue::from(picture.to_owned()))
}

/// What is drawn when it is unfolded.
#[derive(Properties, PartialEq)]
pub struct UnfoldedProps {
    /// Who draws them.
    pub analyst: Analyst,
    /// What charts are of.
    pub subject: Subject,
    /// The level of headings.
    pub level: u8,
}

/// Charts that are drawn when they are unfolded: nobody looks at those of fifteen experiments.
#[component]
pub fn Unfolded(props: &UnfoldedProps) -> Html {
    let is_open = use_state(|| false);
    let ontoggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: Event| is_open.set(true))
    };
    html! {
        <details class="more" {ontoggle}>
            <summary>{ "Charts and timelines" }</summary>
            if *is_open {
                <Charts analyst={props.analyst.clone()} subject={props.subject.clone()} level={props.level} />
            }
        </details>
    }
}
