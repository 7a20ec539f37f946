//! A timeline to look into, as it stands in the page: one stop for the Tab key, in which keys, pointers and fingers move.

use std::cell::RefCell;
use std::rc::Rc;

use parlab_shared::number::{Counted, Grouped, Time};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

use super::bars::Bars;
use super::gesture::{Gesture, Wish};
use super::painter::Painter;
use super::said;
use super::scene::{Scene, Step};
use super::window::Window;
use crate::page::browser::{self, Resized};
use crate::page::table;
use crate::page::tip::{Place, Tip};
use crate::views::TimelineView;

/// So many times as close with one press.
const CLOSER: f64 = 2.0;
/// So much of what is seen goes by with one press.
const ALONG: f64 = 0.25;
/// How much closer a turn of the wheel by one pixel leads, as a power of e.
const OF_WHEEL: f64 = 0.01;
/// A pointer that is no further from a bar than this, in CSS pixels, points at it.
const REACH: f64 = 4.0;
/// So many bars are listed at a time.
const LINES: usize = 100;

/// What is looked into. It is equal only to itself: to compare all bars would take a while.
#[derive(Clone, Debug)]
pub struct Data {
    /// Names of lanes and kinds.
    pub view: Rc<TimelineView>,
    /// The bars.
    pub bars: Rc<Bars>,
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.view, &other.view) && Rc::ptr_eq(&self.bars, &other.bars)
    }
}

/// What a timeline is drawn of.
#[derive(Properties, PartialEq)]
pub struct LookProps {
    /// What is looked into.
    pub data: Data,
}

/// What is said beside a bar.
#[derive(Clone, Debug, PartialEq)]
struct Said {
    lines: AttrValue,
    place: Place,
    spoken: bool,
}

/// What moves.
struct Inner {
    data: Data,
    scene: Scene,
    painter: Painter,
    window: Window,
    chosen: Option<usize>,
    gesture: Gesture,
    /// A frame is asked for.
    asked: bool,
    samples: Vec<HtmlCanvasElement>,
    say: UseStateSetter<Option<Said>>,
}

/// The moving part, for all that listens.
#[derive(Clone)]
struct Handle(Rc<RefCell<Option<Inner>>>);

impl Handle {
    /// Changes what is seen, says which bar is chosen, and draws before the next frame.
    fn change(&self, spoken: bool, change: impl FnOnce(&mut Inner)) {
        {
            let mut inner = self.0.borrow_mut();
            let Some(inner) = &mut *inner else { return };
            let before = (inner.window, inner.chosen);
            change(inner);
            if before == (inner.window, inner.chosen) {
                return;
            }
            inner.say.set(inner.said(spoken));
        }
        self.ask();
    }

    /// Draws before the next frame, once, however often it is asked.
    fn ask(&self) {
        let mut inner = self.0.borrow_mut();
        let Some(inner) = inner.as_mut().filter(|inner| !inner.asked) else { return };
        inner.asked = true;
        let this = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            browser::time::next_frame().await;
            if let Some(inner) = &mut *this.0.borrow_mut() {
                inner.asked = false;
                inner.draw();
            }
        });
    }

    /// Takes other colours and draws at once: a page that is printed does not wait for a frame.
    fn recolour(&self, paper: Option<&Element>) {
        if let Some(inner) = &mut *self.0.borrow_mut() {
            inner.painter.recolour(&inner.data.view, paper);
            inner.draw();
        }
    }
}

impl Inner {
    fn draw(&mut self) {
        let Self { data, scene, painter, window, chosen, samples, .. } = self;
        painter.draw(&data.view, scene, *window, *chosen);
        painter.samples(samples);
    }

    fn said(&self, spoken: bool) -> Option<Said> {
        let chosen = self.chosen?;
        let (from_ms, to_ms) = self.scene.seen(chosen);
        let (from_ms, to_ms) = (from_ms.max(self.window.from_ms), to_ms.min(self.window.to_ms));
        if to_ms < from_ms {
            // It is not in sight.
            return None;
        }
        let (top, bottom) = self.painter.row(self.scene.row_of(chosen));
        let place = Place { x: self.painter.x_of(self.window, (from_ms + to_ms) / 2.0), top, bottom };
        let lines = said::lines(&self.data.view, &self.data.bars, self.scene.bar(chosen));
        Some(Said { lines: lines.into(), place, spoken })
    }

    /// The bar at a place on the canvas.
    fn at(&self, x: f64, y: f64) -> Option<usize> {
        let ms = self.painter.ms_at(self.window, x);
        self.scene.nearest(self.painter.row_at(y)?, ms, REACH * self.painter.ms_per_pixel(self.window))
    }

    fn zoom(&mut self, times: f64) {
        let middle = (self.window.from_ms + self.window.to_ms) / 2.0;
        let chosen = self.chosen.map(|chosen| self.scene.seen(chosen)).map(|(from_ms, to_ms)| (from_ms + to_ms) / 2.0);
        self.window = self.window.zoomed(times, chosen.unwrap_or(middle));
    }

    fn choose_middle(&mut self) {
        let middle = (self.window.from_ms + self.window.to_ms) / 2.0;
        let mut rows = 0..self.scene.rows().len();
        self.chosen = rows.find_map(|row| self.scene.nearest(row, middle, f64::INFINITY));
        self.follow();
    }

    fn step(&mut self, step: Step) {
        match self.chosen {
            None => self.choose_middle(),
            Some(chosen) => {
                self.chosen = Some(self.scene.step(chosen, step));
                self.follow();
            }
        }
    }

    /// Moves until the chosen bar is seen.
    fn follow(&mut self) {
        if let Some(chosen) = self.chosen {
            let (from_ms, to_ms) = self.scene.seen(chosen);
            self.window = self.window.showing(from_ms, to_ms);
        }
    }

    /// Does what a key asks for. Returns whether it asks for anything.
    fn key(&mut self, key: &str, shift: bool) -> bool {
        let moves = shift || (self.chosen.is_none() && !self.window.is_all());
        match key {
            "+" | "=" => self.zoom(CLOSER),
            "-" | "_" => self.zoom(1.0 / CLOSER),
            "Home" => self.window = Window::all(self.scene.until_ms()),
            "ArrowLeft" if moves => self.window = self.window.moved(-ALONG),
            "ArrowRight" if moves => self.window = self.window.moved(ALONG),
            "ArrowLeft" => self.step(Step::Earlier),
            "ArrowRight" => self.step(Step::Later),
            "ArrowUp" => self.step(Step::Up),
            "ArrowDown" => self.step(Step::Down),
            "Enter" | " " => match self.chosen {
                None => self.choose_middle(),
                Some(chosen) => {
                    let (from_ms, to_ms) = self.scene.seen(chosen);
                    self.window = self.window.around(from_ms, to_ms);
                }
            },
            "Escape" if self.chosen.is_some() => self.chosen = None,
            _ => return false,
        }
        true
    }
}

/// A timeline to look into.
#[component]
pub fn Look(props: &LookProps) -> Html {
    let data = &props.data;
    let (canvas, samples, paper) = (use_node_ref(), use_node_ref(), use_node_ref());
    let said = use_state_eq(|| None::<Said>);
    let inner = use_mut_ref(|| None::<Inner>);
    let handle = Handle(inner);
    {
        let (handle, canvas, samples, paper) = (handle.clone(), canvas.clone(), samples.clone(), paper.clone());
        let say = said.setter();
        use_effect_with(data.clone(), move |data| {
            say.set(None);
            let scene = Scene::of(&data.view, &data.bars);
            let element = canvas.cast::<HtmlCanvasElement>();
            let painter = element.clone().and_then(|canvas| Painter::new(canvas, &data.view, &scene));
            let inner = painter.map(|painter| Inner {
                data: data.clone(),
                window: Window::all(scene.until_ms()),
                scene,
                painter,
                chosen: None,
                gesture: Gesture::default(),
                asked: false,
                samples: canvases(&samples),
                say,
            });
            handle.0.replace(inner);
            // The first call, which comes at once, draws for the first time.
            let resized = element.map(|element| {
                let handle = handle.clone();
                Resized::watch(&element, move || handle.ask())
            });
            let recoloured = handle.clone();
            let colours = browser::on_colours(move || recoloured.recolour(None));
            let printed = handle.clone();
            let printing = browser::on_printing(move |printing| {
                let paper = if printing { paper.cast::<Element>() } else { None };
                printed.recolour(paper.as_ref());
            });
            move || {
                drop((resized, colours, printing));
                handle.0.replace(None);
            }
        });
    }

    let failed = data.bars.kinds.iter().any(|kind| kind & super::bars::FAILED != 0);
    let names = data.view.kinds.iter().map(|(name, _)| name.as_str()).chain(failed.then_some("failed"));
    let Said { lines, place, spoken } =
        (*said).clone().unwrap_or(Said { lines: AttrValue::default(), place: Place::default(), spoken: false });
    let lines = (!lines.is_empty()).then_some(lines);
    html! {
        <div class="look">
            { tools(&handle) }
            { plot(data, &handle, &canvas, html! { <Tip {lines} {place} {spoken} /> }) }
            <ul ref={samples} class="legend">
                for name in names {
                    <li><canvas aria-hidden="true" />{ name }</li>
                }
            </ul>
            <span ref={paper} data-theme="light" hidden=true />
            <p class="hint keys">
                { "Arrow keys move along, Enter chooses a task and comes close to it, Escape leaves it, + and − zoom, Home shows \
                   all. Pointers drag; two fingers, or the wheel with Ctrl, zoom." }
            </p>
            <Behind data={data.clone()} />
        </div>
    }
}

fn canvases(list: &NodeRef) -> Vec<HtmlCanvasElement> {
    let found = list.cast::<Element>().and_then(|list| list.query_selector_all("canvas").ok());
    let found = found.map(|found| (0..found.length()).filter_map(move |at| found.item(at)?.dyn_into().ok()));
    found.into_iter().flatten().collect()
}

fn tools(handle: &Handle) -> Html {
    let button = |text: &str, name: &str, act: fn(&mut Inner)| {
        let handle = handle.clone();
        let onclick = move |_: MouseEvent| handle.change(false, act);
        html! {
            // Keys do the same on the timeline itself: it is the one stop for the Tab key.
            <button type="button" class="small" tabindex="-1" aria-label={name.to_owned()} title={name.to_owned()} {onclick}>
                { text }
            </button>
        }
    };
    html! {
        <div class="actions">
            { button("+", "Zoom in", |inner| inner.zoom(CLOSER)) }
            { button("−", "Zoom out", |inner| inner.zoom(1.0 / CLOSER)) }
            { button("←", "Earlier", |inner| inner.window = inner.window.moved(-ALONG)) }
            { button("→", "Later", |inner| inner.window = inner.window.moved(ALONG)) }
            { button("All", "Show all of it", |inner| inner.window = Window::all(inner.scene.until_ms())) }
        </div>
    }
}

/// The canvas with everything that listens to it.
fn plot(data: &Data, handle: &Handle, canvas: &NodeRef, tip: Html) -> Html {
    let place = {
        let canvas = canvas.clone();
        move |event: &MouseEvent| {
            let area = canvas.cast::<Element>().map(|canvas| canvas.get_bounding_client_rect());
            area.map_or((0.0, 0.0), |area| {
                (f64::from(event.client_x()) - area.left(), f64::from(event.client_y()) - area.top())
            })
        }
    };
    let onpointerdown = {
        let (handle, place) = (handle.clone(), place.clone());
        move |event: PointerEvent| {
            let (x, _) = place(&event);
            if let Some(target) = event.target_dyn_into::<Element>() {
                // A pointer that is gone already cannot be kept.
                _ = target.set_pointer_capture(event.pointer_id());
            }
            handle.change(false, |inner| inner.gesture.down(event.pointer_id(), x));
        }
    };
    let onpointermove = {
        let (handle, place) = (handle.clone(), place.clone());
        move |event: PointerEvent| {
            let (x, y) = place(&event);
            handle.change(false, |inner| match inner.gesture.moved(event.pointer_id(), x) {
                Some(Wish::Drag(by)) => inner.window = inner.window.moved(-by / inner.painter.plot_width()),
                Some(Wish::Pinch(times, at)) => {
                    inner.window = inner.window.zoomed(times, inner.painter.ms_at(inner.window, at));
                }
                None if inner.gesture.is_over() => inner.chosen = inner.at(x, y),
                None => {}
            });
        }
    };
    let onpointerup = {
        let (handle, place) = (handle.clone(), place.clone());
        move |event: PointerEvent| {
            let (x, y) = place(&event);
            handle.change(event.pointer_type() != "mouse", |inner| {
                if inner.gesture.up(event.pointer_id()) {
                    inner.chosen = inner.at(x, y);
                }
            });
        }
    };
    let onpointercancel = {
        let handle = handle.clone();
        move |event: PointerEvent| {
            handle.change(false, |inner| {
                // It was taken away, and so pressed nothing.
                _ = inner.gesture.up(event.pointer_id());
            });
        }
    };
    let onpointerleave = {
        let handle = handle.clone();
        move |event: PointerEvent| {
            // A finger that is lifted has still asked.
            if event.pointer_type() == "mouse" {
                handle.change(false, |inner| {
                    if inner.gesture.is_over() {
                        inner.chosen = None;
                    }
                });
            }
        }
    };
    let onwheel = {
        let handle = handle.clone();
        move |event: WheelEvent| {
            let (x, _) = place(&event);
            let (along, closer) = (event.delta_x(), event.delta_y());
            if event.ctrl_key() {
                let times = (-closer.clamp(-200.0, 200.0) * OF_WHEEL).exp();
                handle.change(false, |inner| {
                    inner.window = inner.window.zoomed(times, inner.painter.ms_at(inner.window, x));
                });
            } else if along.abs() > closer.abs() {
                handle.change(false, |inner| inner.window = inner.window.moved(along / inner.painter.plot_width()));
            } else {
                // The page scrolls.
                return;
            }
            event.prevent_default();
        }
    };
    let onkeydown = {
        let handle = handle.clone();
        move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let mut is_ours = false;
            handle.change(true, |inner| is_ours = inner.key(&event.key(), event.shift_key()));
            if is_ours {
                event.prevent_default();
            }
        }
    };
    let bars = Counted(data.bars.len() as u64, "bar");
    let lanes = Counted(data.view.lanes.len() as u64, "lane");
    let until_ms = data.bars.ends.iter().copied().fold(0.0, f64::max);
    html! {
        <div
            class="look-plot" tabindex="0" role="application" aria-roledescription="timeline"
            aria-label={format!("{}: {bars} in {lanes}, {}. Enter chooses a task.", data.view.title, Time(until_ms))}
            {onpointerdown} {onpointermove} {onpointerup} {onpointercancel} {onpointerleave} {onwheel} {onkeydown}
        >
            <canvas ref={canvas.clone()} aria-hidden="true" />
            { tip }
        </div>
    }
}

/// All bars as a table, some at a time.
#[component]
fn Behind(props: &LookProps) -> Html {
    let LookProps { data } = props;
    let open = use_state(|| false);
    let from = use_state(|| 0_usize);
    let lines = use_memo((data.clone(), *open, *from), |(data, open, from)| {
        Rc::new(said::table(&data.view, &data.bars, *from, if *open { LINES } else { 0 }))
    });
    let ontoggle = {
        let open = open.clone();
        move |_| open.set(true)
    };
    let all = data.bars.len();
    let to = |place: Option<usize>| {
        let from = from.clone();
        Callback::from(move |_| {
            if let Some(place) = place {
                from.set(place);
            }
        })
    };
    let next = Some(*from + LINES).filter(|next| *next < all);
    html! {
        <details class="more" {ontoggle}>
            <summary>{ format!("Task by task ({})", Grouped(all as f64)) }</summary>
            if *open {
                { table::grid(&lines) }
                if all > LINES {
                    { table::pager(*from, lines.lines.len(), all, to(from.checked_sub(LINES)), to(next)) }
                }
            }
        </details>
    }
}
