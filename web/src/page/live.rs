//! The live view: progress, timeline and picture of the run that is going on. The only part of the
//! page that redraws while a plan is carried out.

use std::cell::RefCell;
use std::rc::Rc;

use parlab_shared::measure::{Counts, Slots};
use parlab_shared::number::{Digits, Time};
use web_sys::{HtmlCanvasElement, HtmlProgressElement};
use yew::prelude::*;

use super::browser::{self, time::Frames};
use super::palette::Palette;
use super::picture::Picture;
use super::session::Session;
use super::state::{LabState, Outcome, Running, Shared};
use super::timeline::{self, Seen, Timeline};
use crate::views::PlanRow;

/// Watching may cost one part in so many of the page's time.
const COST_SHARE: f64 = 20.0;
/// Time between two drawings, at least.
const PAUSE_MS: f64 = 100.0;
/// The same for users who want less motion.
const CALM_PAUSE_MS: f64 = 500.0;
/// And at most, on the busiest machine: a page that shows nothing new for longer seems to be stuck. What is over sooner
/// than that after its plan has begun is not watched at all.
const PAUSE_MAX_MS: f64 = 500.0;

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
    /// What else is being carried out.
    pub others: Option<String>,
}

/// The live view.
#[component]
pub fn Live(props: &LiveProps) -> Html {
    let timeline = use_node_ref();
    let picture = use_node_ref();
    let bar = use_node_ref();
    let counts = use_state(String::new);
    let now = use_mut_ref(Now::default);
    if let Some(running) = &props.running {
        *now.borrow_mut() = Now {
            expected_ms: running.expected_ms(),
            part: running.started.map_or(0, |started| started.part),
            names: running.parts.clone(),
        };
    }
    {
        let session = props.session.clone();
        let (timeline, picture, bar) = (timeline.clone(), picture.clone(), bar.clone());
        let counts = counts.clone();
        use_effect_with(props.running.is_some(), move |running| {
            let stop: Box<dyn FnOnce()> = if *running {
                counts.set(String::new());
                let say = Box::new(move |text| counts.set(text));
                let watcher = Watcher::new(session, [&timeline, &picture], bar, now, say);
                let watcher = Rc::new(RefCell::new(watcher));
                let watched = watcher.clone();
                let least_ms = if browser::reduced_motion() { CALM_PAUSE_MS } else { PAUSE_MS };
                let frames = Frames::new(least_ms..=PAUSE_MAX_MS, COST_SHARE, move || watched.borrow_mut().frame());
                Box::new(move || {
                    drop(frames);
                    watcher.borrow_mut().last();
                })
            } else {
                Box::new(|| ())
            };
            stop
        });
    }
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
    let draws = |running: &Running| running.plan.rows.iter().any(|row| row.picture.is_some());
    let has_picture = running.is_some_and(draws) || props.outcome.as_ref().is_some_and(|outcome| outcome.picture);
    let state = match (running, &props.outcome) {
        (Some(_), _) => "running",
        (None, Some(_)) => "over",
        (None, None) => "idle",
    };
    html! {
        <section id="live" class="live" data-state={state} aria-label="Progress">
            <p id="status" role="status" aria-live="polite">{ status }</p>
            if props.outcome.as_ref().is_some_and(|outcome| outcome.report.is_some()) {
                <p><a href="#results">{ "See the results" }</a></p>
            }
            if let Some(running) = running {
                { progress(running, &bar) }
                <p class="counts">{ (*counts).clone() }</p>
            }
            <div class="watch">
                <figure id="timeline" class="panel" hidden={running.is_none()}>
                    <figcaption>{ caption(running.and_then(Running::row)) }</figcaption>
                    <canvas ref={timeline} role="img" aria-label="Timeline of the run that is going on" />
                </figure>
                <figure id="picture" class="panel" hidden={!has_picture}>
                    <figcaption>{ "What the tasks draw, in the colours of their workers" }</figcaption>
                    <canvas ref={picture} width="256" height="256" role="img" aria-label="The Mandelbrot set" />
                </figure>
                if let Some(running) = running {
                    { rows(running) }
                }
            </div>
        </section>
    }
}

/// What the timeline shows.
fn caption(row: Option<&PlanRow>) -> Html {
    let names = row.map_or(&[][..], |row| &row.kind_names);
    if names.is_empty() {
        return html! { "Tasks over time, in the colours of their workers" };
    }
    html! {
        <>
        { "Tasks over time:" }
        for (place, name) in names.iter().enumerate() {
            { " " }<svg class="sample" width="12" height="12" aria-hidden="true">
                <rect class={format!("logo-{place}")} width="12" height="12" />
            </svg>{ " " }{ name }
        }
        </>
    }
}

fn status(running: &Running) -> String {
    let doing = match (&running.started, running.row()) {
        (Some(started), Some(row)) => {
            let warmup = if started.warmup { "warm-up" } else { "measured" };
            let of = running.experiment().map_or_else(String::new, |name| format!("{name} · "));
            let on = running.parts.get(started.part).map_or_else(String::new, |name| format!(" on {name}"));
            format!("{of}Run {} of {}: {}{on}, {warmup}", started.index + 1, started.of, row.label)
        }
        _ => "Handing the plan over …".to_owned(),
    };
    let left = running.left_ms().filter(|_| running.started.is_some());
    let left = left.map_or_else(String::new, |left_ms| format!(", about {} left", Time(left_ms)));
    if running.cancelling { format!("Stopping … {doing}") } else { format!("{doing}{left}") }
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
        <div class="panel summary">
        <table>
            <caption>{ "So far" }</caption>
            <thead>
                <tr>
                    <th scope="col">{ "Row" }</th><th scope="col">{ "Runs" }</th>
                    for name in names { <th scope="col">{ name }</th> }
                </tr>
            </thead>
            <tbody>
                for (place, row, parts) in running.rows() {
                    <tr class={classes!((current == Some(place)).then_some("current"))}>
                        <th scope="row">{ &row.label }</th>
                        <td>{ format!("{}/{}", parts.iter().map(Vec::len).min().unwrap_or(0), row.runs) }</td>
                        for walls in parts { <td>{ median(&walls) }</td> }
                    </tr>
                }
            </tbody>
        </table>
        </div>
    }
}

/// What is known of the run that is going on but for its board.
#[derive(Clone, Default)]
struct Now {
    /// How long runs of its row took.
    expected_ms: Option<f64>,
    /// The place of its part.
    part: usize,
    /// What parts are called; nothing, if there is one.
    names: Vec<String>,
}

/// What was seen last of a run.
struct Kept {
    part: usize,
    row: usize,
    run: usize,
    board: Vec<u8>,
}

/// Looks at the run that is going on and draws what it sees, as often as it may.
struct Watcher {
    session: Session,
    timeline: Option<Timeline>,
    picture: Option<Picture>,
    bar: NodeRef,
    now: Rc<RefCell<Now>>,
    /// What was seen last of each part of a pair.
    kept: Vec<Kept>,
    say: Box<dyn Fn(String)>,
    palette: Palette,
}

impl Watcher {
    fn new(
        session: Session,
        [timeline, picture]: [&NodeRef; 2],
        bar: NodeRef,
        now: Rc<RefCell<Now>>,
        say: Box<dyn Fn(String)>,
    ) -> Self {
        Self {
            session,
            timeline: timeline.cast::<HtmlCanvasElement>().and_then(Timeline::new),
            picture: picture.cast::<HtmlCanvasElement>().and_then(Picture::new),
            bar,
            now,
            kept: Vec::new(),
            say,
            palette: Palette::read(),
        }
    }

    fn frame(&mut self) {
        self.last();
        let feed = self.session.feed();
        let Some((plan, started, board)) = feed.bytes() else { return };
        let row = &plan.rows[started.row];
        let Now { expected_ms, part, names } = self.now.borrow().clone();
        let counts = Counts::decode(&board);
        let tasks = Slots::of(&board).map_or(0, Slots::len).max(1);
        // Of a pair, the run of the same row on another platform stays beside the one that goes on.
        self.kept.retain(|kept| kept.part != part && kept.row == started.row && kept.part < names.len());
        self.kept.push(Kept { part, row: started.row, run: started.index, board });
        self.kept.sort_by_key(|kept| kept.part);
        let runs = self.kept.iter().map(|kept| Seen {
            name: names.get(kept.part).map_or("", String::as_str),
            run: kept.run,
            board: &kept.board,
            workers: row.lanes,
            kinds: &row.kinds,
            expected_ms: expected_ms.filter(|_| kept.part == part),
            goes_on: kept.part == part,
        });
        let runs: Vec<Seen<'_>> = runs.collect();
        let gone_ms = self.timeline.as_mut().map_or(0.0, |timeline| timeline.draw(&runs, &self.palette));
        if row.picture.is_some()
            && let (Some(look), Some(picture)) = (feed.look(), &mut self.picture)
        {
            picture.paint(&look, &self.palette);
        }
        self.palette = Palette::read();
        if let Some(bar) = self.bar.cast::<HtmlProgressElement>() {
            bar.set_value(bar.value().floor() + (f64::from(counts.finished) / tasks as f64).min(0.999));
        }
        (self.say)(timeline::describe(counts, &row.tasks_text, gone_ms));
    }

    /// Draws the end of a picture that nobody looked at in time.
    fn last(&mut self) {
        if let (Some(look), Some(picture)) = (self.session.feed().take_last(), &mut self.picture) {
            picture.paint(&look, &self.palette);
        }
    }
}
