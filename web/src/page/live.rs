//! The live view: what is going on, and what is known of it so far. What moves is in [`watch`](super::watch).

use parlab_shared::number::Digits;
use yew::prelude::*;

use super::browser;
use super::session::Session;
use super::spoken::Spoken;
use super::state::{LabState, Outcome, Running, Shared};
use super::watch::Watch;

/// What the live view shows.
#[derive(Properties, PartialEq)]
pub struct LiveProps {
    /// The session whose board is drawn.
    pub session: Session,
    /// Whether there is a lab.
    pub lab: LabState,
    /// The plan that is being carried out.
    pub running: Option<Shared<Running>>,
    /// How the last plan ended.
    pub outcome: Option<Outcome>,
    /// Why the plan that was asked for last is not run.
    pub refused: Option<String>,
    /// What else is being carried out.
    pub others: Option<String>,
}

/// The live view.
#[component]
pub fn Live(props: &LiveProps) -> Html {
    let bar = use_node_ref();
    let spoken = use_mut_ref(Spoken::default);
    let is_paused = use_state(|| props.session.is_paused());
    let running = props.running.as_deref();
    let status = match (running, &props.lab, &props.outcome) {
        (Some(running), ..) => status(running),
        (None, LabState::Starting, None) => "Starting the lab …".to_owned(),
        (None, LabState::Absent(_), None) => "There is no lab.".to_owned(),
        (None, LabState::Ready(_), None) => "Ready.".to_owned(),
        (None, _, Some(outcome)) => outcome.text.clone(),
    };
    let status = match &props.others {
        Some(title) => format!("Busy with {title}: its progress is in the head of the page."),
        None => status,
    };
    let state = match (running, &props.outcome) {
        (Some(_), _) => "running",
        (None, Some(_)) => "over",
        (None, None) => "idle",
    };
    let read_out = spoken.borrow_mut().now(&status, running.is_some(), browser::time::now_ms());
    let on_pause = {
        let (session, is_paused) = (props.session.clone(), is_paused.clone());
        Callback::from(move |_: MouseEvent| {
            session.pause(!*is_paused);
            is_paused.set(!*is_paused);
        })
    };
    html! {
        <section id="live" class="live" data-state={state} aria-label="Progress">
            <div class="going">
                <p id="status">{ status }</p>
                <button id="pause" type="button" class="small" aria-pressed={is_paused.to_string()} onclick={on_pause}>
                    { "Pause drawing" }
                </button>
            </div>
            <p class="unseen" role="status">{ read_out }</p>
            for problem in props.outcome.iter().flat_map(|outcome| &outcome.problems).chain(&props.refused) {
                <p class="refused" role="alert">{ problem }</p>
            }
            if props.outcome.as_ref().is_some_and(|outcome| outcome.report.is_some()) {
                <p><a href="#results">{ "See the results" }</a></p>
            }
            if let Some(running) = running {
                { progress(running, &bar) }
            }
            <Watch
                session={props.session.clone()} running={props.running.clone()} {bar} is_paused={*is_paused}
                had_picture={props.outcome.as_ref().is_some_and(|outcome| outcome.picture)}
            />
            if let Some(running) = running {
                { rows(running) }
            }
        </section>
    }
}

fn status(running: &Running) -> String {
    let doing = match (&running.started, running.row()) {
        (Some(started), Some(row)) => {
            let warmup = if started.warmup { "warm-up" } else { "measured" };
            let of = running.experiment().map_or_else(String::new, |name| format!("{name} · "));
            format!("{of}Run {} of {}: {}{}, {warmup}", started.index + 1, started.of, row.label, running.on())
        }
        _ => "Handing the plan over …".to_owned(),
    };
    if running.cancelling { format!("Stopping … {doing}") } else { doing }
}

/// Runs that are over; between two of them the watcher moves the bar with the run's tasks.
fn progress(running: &Running, bar: &NodeRef) -> Html {
    let (of, over) = (running.of(), running.over.len());
    html! {
        <progress ref={bar.clone()} max={of.to_string()} value={over.to_string()} aria-label="Runs that are over" />
    }
}

/// What is known of each row so far.
fn rows(running: &Running) -> Html {
    let current = running.started.map(|started| started.row);
    let names: Vec<String> = match &running.parts[..] {
        [] => vec!["Median, ms".to_owned()],
        names => names.iter().map(|name| format!("{name}, ms")).collect(),
    };
    let median = |walls: &[f64]| {
        let mut walls = walls.to_vec();
        walls.sort_by(f64::total_cmp);
        let middle = walls.len() / 2;
        match walls.len() {
            0 => "–".to_owned(),
            odd if odd % 2 == 1 => Digits(walls[middle]).to_string(),
            _ => Digits((walls[middle - 1] + walls[middle]) / 2.0).to_string(),
        }
    };
    html! {
        <div class="panel summary" tabindex="0" role="group" aria-label="So far, row by row">
        <table>
            <caption>{ "So far" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th><th scope="col">{ "Runs" }</th>
                    for name in names { <th scope="col">{ name }</th> }
                    <th scope="col">{ "Failed" }</th>
                </tr>
            </thead>
            <tbody>
                for (place, row, parts) in running.rows() {
                    <tr class={classes!((current == Some(place)).then_some("current"))}>
                        <th scope="row">{ &row.label }</th>
                        <td>{ format!("{}/{}", parts.iter().map(Vec::len).min().unwrap_or(0), row.runs) }</td>
                        for walls in parts { <td>{ median(&walls) }</td> }
                        <td>{ running.failed(place) }</td>
                    </tr>
                }
            </tbody>
        </table>
        </div>
    }
}
