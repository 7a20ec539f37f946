//! What moves while a plan is carried out: timeline, picture and numbers of the run that is going on. The only part of the
//! page that is drawn beside what is measured, unless that is paused.

use std::cell::RefCell;
use std::rc::Rc;

use parlab_shared::measure::{Counts, Slots};
use parlab_shared::number::Roughly;
use web_sys::{HtmlCanvasElement, HtmlProgressElement};
use yew::prelude::*;

use super::browser::{self, time::Frames};
use super::palette::Palette;
use super::picture::Picture;
use super::session::Session;
use super::state::{Running, Shared};
use super::timeline::{Facts, LANES_MAX, Seen, Timeline};
use crate::views::PlanRow;

/// Watching may cost one part in so many of the page's time, where all cores are wanted by the run itself,
const COST_SHARE: f64 = 20.0;
/// and where its workers, which only compute, leave one free: the browser as a whole works about as long again for a frame
/// as its page does.
const COST_SHARE_OF_FREE: f64 = 8.0;
/// Time from one drawing to the next, at least: where a drawing costs little there are more than thirty in a second.
const PERIOD_MS: f64 = 28.0;
/// The same for users who want less motion.
const CALM_PERIOD_MS: f64 = 500.0;
/// And at most, on the busiest machine: a page that shows nothing new for longer seems to be stuck. What is over sooner
/// than that after its plan has begun is not watched at all.
const PERIOD_MAX_MS: f64 = 500.0;
/// Numbers that change more often are not read, and cost a layout each time.
const FACTS_MS: f64 = 500.0;

/// What is watched.
#[derive(Properties, PartialEq)]
pub struct WatchProps {
    /// The session whose boards are drawn.
    pub session: Session,
    /// The plan that is being carried out.
    pub running: Option<Shared<Running>>,
    /// The bar of runs that are over.
    pub bar: NodeRef,
    /// Nothing is drawn.
    pub is_paused: bool,
    /// The last plan drew a picture, which stays.
    pub had_picture: bool,
}

/// What moves.
#[component]
pub fn Watch(props: &WatchProps) -> Html {
    let (timeline, picture) = (use_node_ref(), use_node_ref());
    let shown = use_state(Shown::default);
    let now = use_mut_ref(|| None::<Shared<Running>>);
    now.borrow_mut().clone_from(&props.running);
    {
        let (session, bar) = (props.session.clone(), props.bar.clone());
        let (timeline, picture, setter) = (timeline.clone(), picture.clone(), shown.setter());
        use_effect_with((props.running.is_some(), props.is_paused), move |(is_running, is_paused)| {
            setter.set(Shown::default());
            let timeline = timeline.cast::<HtmlCanvasElement>().and_then(Timeline::new);
            let picture = picture.cast::<HtmlCanvasElement>().and_then(Picture::new);
            let stop: Box<dyn FnOnce()> = if *is_running && !is_paused {
                session.watch(true);
                let say = Box::new(move |shown| setter.set(shown));
                let (kept, palette) = (Vec::new(), Palette::read());
                let (said, draws_anew) = (None, true);
                let watcher = Watcher {
                    session: session.clone(),
                    timeline,
                    picture,
                    bar,
                    now,
                    kept,
                    say,
                    said,
                    palette,
                    draws_anew,
                };
                let watcher = Rc::new(RefCell::new(watcher));
                let watched = watcher.clone();
                let least_ms = if browser::reduced_motion() { CALM_PERIOD_MS } else { PERIOD_MS };
                let frames = Frames::new(least_ms..=PERIOD_MAX_MS, move || watched.borrow_mut().frame());
                Box::new(move || {
                    drop(frames);
                    session.watch(false);
                    watcher.borrow_mut().last();
                })
            } else {
                // What was drawn last is no run that goes on.
                if let Some(mut timeline) = timeline {
                    timeline.clear();
                }
                Box::new(|| ())
            };
            stop
        });
    }
    let running = props.running.as_deref();
    let draws = |running: &Running| running.plan.rows.iter().any(|row| row.picture.is_some());
    let has_picture = running.is_some_and(draws) || props.had_picture;
    html! {
        <>
        if let Some(running) = running {
            { facts(running, &shown, &props.session) }
        }
        <div class="watch">
            <figure id="timeline" class="panel" hidden={running.is_none()}>
                <figcaption>
                    if props.is_paused {
                        { "Drawing is paused: the runs go on, and are measured." }
                    } else {
                        { &shown.run }{ caption(running.and_then(Running::row)) }
                    }
                </figcaption>
                <canvas ref={timeline} role="img" aria-label="Timeline of the run that is going on" />
            </figure>
            <figure id="picture" class="panel" hidden={!has_picture}>
                <figcaption>{ "What the tasks draw, in the colours of their workers" }</figcaption>
                <canvas ref={picture} width="256" height="256" role="img" aria-label="The Mandelbrot set" />
            </figure>
        </div>
        </>
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

/// Numbers of the run that goes on. Their places stay as they are as long as the plan goes on.
fn facts(running: &Running, shown: &Shown, session: &Session) -> Html {
    let current_ms = shown.facts.as_ref().map(|(facts, tasks)| facts.expected_ms(*tasks));
    let left = running.left_ms(session.gone(), current_ms.flatten());
    let left = ("Time left", left.map_or_else(String::new, |left_ms| format!("about {}", Roughly(left_ms))));
    let words = shown.facts.as_ref().map_or_else(|| Facts::default().in_words(), |(facts, _)| facts.in_words());
    let is_known = shown.facts.is_some();
    let words = words.into_iter().map(|(name, value)| (name, if is_known { value } else { String::new() }));
    let lanes = running.plan.rows.iter().map(|row| row.lanes as usize).max().unwrap_or(1).min(LANES_MAX);
    let share = |worker: usize| shown.facts.as_ref().and_then(|(facts, _)| facts.share(worker));
    html! {
        <>
        <dl class="counts">
            for (name, value) in words.chain([left]) {
                <div><dt>{ name }</dt><dd>{ if value.is_empty() { "–".to_owned() } else { value } }</dd></div>
            }
        </dl>
        <p class="hint" id="loads">{ "At a task, worker by worker, of the time of this run" }</p>
        <ul class="loads" aria-labelledby="loads">
            for worker in 0..lanes {
                <li>
                    <span>{ worker }</span>
                    <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                        <rect width={share(worker).unwrap_or(0).to_string()} height="1" />
                    </svg>
                    <span>{ share(worker).map_or_else(|| "–".to_owned(), |share| format!("{share} %")) }</span>
                </li>
            }
        </ul>
        </>
    }
}

/// What is shown in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    /// The run that it is of.
    run: String,
    /// What was seen of it, and how many tasks it has.
    facts: Option<(Facts, usize)>,
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
    /// What is known of the plan.
    now: Rc<RefCell<Option<Shared<Running>>>>,
    /// What was seen last of each part of a pair.
    kept: Vec<Kept>,
    say: Box<dyn Fn(Shown)>,
    /// Of which run and when something was said.
    said: Option<(usize, f64)>,
    palette: Palette,
    /// Colours were read, and the canvas may have another size.
    draws_anew: bool,
}

impl Watcher {
    /// Draws what is seen now. Returns in how many parts of the page's time this may cost one.
    fn frame(&mut self) -> f64 {
        self.last();
        let feed = self.session.feed();
        let Some((plan, started, board)) = feed.bytes() else { return COST_SHARE };
        let Some(running) = self.now.borrow().clone() else { return COST_SHARE };
        let (row, part, names) = (&plan.rows[started.row], started.part, &running.parts);
        let has_free_core = !row.waits && row.lanes < browser::cores();
        let share = if has_free_core { COST_SHARE_OF_FREE } else { COST_SHARE };
        let counts = Counts::decode(&board);
        let tasks = Slots::of(&board).map_or(0, Slots::len);
        // Of a pair, the run of the same row on another platform stays beside the one that goes on.
        self.kept.retain(|kept| kept.part != part && kept.row == started.row && kept.part < names.len());
        self.kept.push(Kept { part, row: started.row, run: started.index, board });
        self.kept.sort_by_key(|kept| kept.part);
        let expected_ms = running.expected_ms(started.row);
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
        if let Some(timeline) = &mut self.timeline {
            timeline.draw(&runs, &self.palette, std::mem::take(&mut self.draws_anew));
        }
        if row.picture.is_some()
            && let (Some(look), Some(picture)) = (feed.look(), &mut self.picture)
        {
            picture.paint(&look, &self.palette);
        }
        let now_ms = browser::time::now_ms();
        if self.said.is_some_and(|(run, said_ms)| run == started.index && now_ms - said_ms < FACTS_MS) {
            return share;
        }
        self.said = Some((started.index, now_ms));
        self.palette = Palette::read();
        self.draws_anew = true;
        if let Some(bar) = self.bar.cast::<HtmlProgressElement>() {
            bar.set_value(bar.value().floor() + (f64::from(counts.finished) / tasks.max(1) as f64).min(0.999));
        }
        let on = names.get(part).map_or_else(String::new, |name| format!(" on {name}"));
        let run = format!("Run {}, {}{on}. ", started.index + 1, row.label);
        let facts = self.timeline.as_mut().map(|timeline| (timeline.facts(counts), tasks));
        (self.say)(Shown { run, facts });
        share
    }

    /// Draws the end of a picture that nobody looked at in time.
    fn last(&mut self) {
        if let (Some(look), Some(picture)) = (self.session.feed().take_last(), &mut self.picture) {
            picture.paint(&look, &self.palette);
        }
    }
}
