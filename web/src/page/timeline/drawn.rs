//! The timeline on its canvas.

use parlab_shared::measure::{Counts, Slot, Slots, TaskState};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::Facts;
use super::pace::Pace;
use super::time::{Clock, axis_end};
use super::track::{FAILED, IDLE, Track};
use crate::page::axis::{Marks, Unit};
use crate::page::browser;
use crate::page::palette::{self, Palette};

/// With more tasks than this, bars of their own would be too thin.
const BARS_MAX: usize = 200;
/// Room for the axis below the bars, in CSS pixels.
const AXIS: f64 = 22.0;
/// Room for what a run is called, where there are several.
const NAME: f64 = 20.0;
/// Room for the numbers of lanes.
const NUMBERS: f64 = 28.0;
/// A lane whose number has room is at least so high.
const LINE: f64 = 13.0;

/// One run, as it is seen now.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What it is called beside others; nothing, if it is alone.
    pub name: &'a str,
    /// Which run it is: another run has another number.
    pub run: usize,
    /// The bytes of its board.
    pub board: &'a [u8],
    /// How many workers take its tasks: tasks in flight on one event loop share one.
    pub workers: u32,
    /// The kind of each task, as far as that is known, from 0; empty if all are of one.
    pub kinds: &'a [u8],
    /// How long runs of its row took.
    pub expected_ms: Option<f64>,
    /// It is the run that goes on: of others nothing more comes.
    pub goes_on: bool,
}

/// Draws runs that are going on.
pub struct Timeline {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    tracks: Vec<Followed>,
    /// What the canvas shows, as long as only what is new has to be drawn.
    shown: Option<Shown>,
}

/// What a canvas shows.
struct Shown {
    /// Its size in CSS pixels.
    size: (f64, f64),
    /// Which runs, below each other.
    runs: Vec<usize>,
    /// Where the axis ends.
    until_ms: f64,
    /// The pixels of all lanes, one run after another.
    pixels: Vec<Vec<u8>>,
}

/// What is remembered of a run from one drawing to the next.
struct Followed {
    run: usize,
    track: Track,
    clock: Clock,
    pace: Pace,
    gone_ms: f64,
    goes_on: bool,
    is_over: bool,
}

impl Followed {
    /// Each of its tasks has a bar.
    fn has_bars(&self) -> bool {
        self.track.tasks() <= BARS_MAX
    }
}

/// A stretch of time on the canvas.
#[derive(Clone, Copy)]
struct Plot {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    until_ms: f64,
}

impl Plot {
    fn x(&self, ms: f64) -> f64 {
        self.left + self.width * (ms / self.until_ms).clamp(0.0, 1.0)
    }
}

impl Timeline {
    /// A painter for a canvas.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = palette::context(&canvas)?;
        Some(Self { canvas, context, tracks: Vec::new(), shown: None })
    }

    /// Shows nothing.
    pub fn clear(&mut self) {
        let (width, height) = palette::fit(&self.canvas, &self.context);
        self.context.clear_rect(0.0, 0.0, width, height);
        self.shown = None;
    }

    /// What was seen of the run that goes on, of which so much is over.
    pub fn facts(&mut self, counts: Counts) -> Facts {
        let Some(run) = self.tracks.iter_mut().find(|run| run.goes_on) else { return Facts::default() };
        let gone_ms = run.gone_ms;
        Facts {
            counts,
            gone_ms,
            per_second: run.pace.per_second(gone_ms, counts.finished),
            shares: run.track.shares(gone_ms),
        }
    }

    /// Draws runs below each other on one axis: all of them, if `anew`, because colours or the canvas may be others; else what
    /// is new.
    pub fn draw(&mut self, runs: &[Seen<'_>], palette: &Palette, anew: bool) {
        self.follow(runs);
        let ends =
            runs.iter().zip(&self.tracks).map(|(seen, run)| axis_end(run.gone_ms, seen.expected_ms, run.is_over));
        let until_ms = ends.fold(1e-3, f64::max);
        let before = self.shown.take().filter(|shown| {
            let are_same = shown.runs.iter().eq(runs.iter().map(|seen| &seen.run));
            !anew && are_same && shown.until_ms == until_ms && self.tracks.iter().all(|run| !run.has_bars())
        });
        let size = before.as_ref().map_or_else(|| palette::fit(&self.canvas, &self.context), |shown| shown.size);
        let (width, height) = size;
        let has_lanes = self.tracks.iter().any(|run| !run.has_bars());
        let left = if has_lanes { NUMBERS } else { 1.0 };
        let plot = Plot { left, top: 0.0, width: (width - left - 1.0).max(1.0), height: height - AXIS, until_ms };
        let share = plot.height / runs.len().max(1) as f64;
        let name = if runs.len() > 1 { NAME } else { 0.0 };
        let part =
            |place: usize| Plot { top: share * place as f64 + name, height: (share - name - 2.0).max(1.0), ..plot };
        let mut pixels = before.map_or_else(Vec::new, |shown| shown.pixels);
        if pixels.is_empty() {
            self.context.clear_rect(0.0, 0.0, width, height);
            self.axis(&plot, palette);
            for (place, (seen, run)) in runs.iter().zip(&self.tracks).enumerate() {
                if name > 0.0 {
                    self.name(seen.name, share * place as f64 + name / 2.0, palette);
                }
                if !run.has_bars() {
                    self.numbers(&part(place), run, palette);
                }
            }
            pixels.resize_with(runs.len(), Vec::new);
        }
        for (place, ((seen, run), pixels)) in runs.iter().zip(&self.tracks).zip(&mut pixels).enumerate() {
            match Slots::of(seen.board) {
                Some(slots) if run.has_bars() => self.bars(&part(place), slots, seen, run, palette),
                Some(_) => self.lanes(&part(place), seen, run, palette, pixels),
                None => {}
            }
        }
        self.shown = Some(Shown { size, runs: runs.iter().map(|seen| seen.run).collect(), until_ms, pixels });
    }

    /// Looks at the boards.
    fn follow(&mut self, runs: &[Seen<'_>]) {
        let page_ms = browser::time::now_ms();
        self.tracks.truncate(runs.len());
        for (place, seen) in runs.iter().enumerate() {
            let Some(slots) = Slots::of(seen.board) else { continue };
            let is_known =
                self.tracks.get(place).is_some_and(|known| known.run == seen.run && known.track.tasks() == slots.len());
            if !is_known {
                let track = Track::new(slots.len(), seen.workers as usize);
                let (clock, pace) = (Clock::default(), Pace::default());
                let followed =
                    Followed { run: seen.run, track, clock, pace, gone_ms: 0.0, goes_on: seen.goes_on, is_over: false };
                match self.tracks.get_mut(place) {
                    Some(before) => *before = followed,
                    None => self.tracks.push(followed),
                }
            }
            let Some(Followed { track, clock, gone_ms, goes_on, is_over, .. }) = self.tracks.get_mut(place) else {
                continue;
            };
            *goes_on = seen.goes_on;
            track.look(slots, *gone_ms, |task| seen.kinds.get(task).copied().unwrap_or(0));
            *is_over = !seen.goes_on || Counts::decode(seen.board).finished as usize >= slots.len();
            if let Some(base_ms) = track.base_ms() {
                *gone_ms = clock.gone_ms(base_ms, track.latest_ms(), page_ms, *is_over);
            }
        }
    }

    fn axis(&self, plot: &Plot, palette: &Palette) {
        let context = &self.context;
        context.set_font("12px system-ui, sans-serif");
        context.set_text_baseline("top");
        for (ms, label) in Marks::between(0.0, plot.until_ms, plot.width, Unit::of(plot.until_ms)).labels() {
            let x = plot.x(ms);
            context.set_fill_style_str(&palette.line);
            context.fill_rect(x.floor(), 0.0, 1.0, plot.height);
            context.set_fill_style_str(&palette.ink);
            let width = context.measure_text(&label).map_or(0.0, |text| text.width());
            // Text that cannot be drawn is not missed.
            let _ = context.fill_text(&label, (x + 2.0).min(plot.left + plot.width - width), plot.height + 5.0);
        }
    }

    fn name(&self, name: &str, middle: f64, palette: &Palette) {
        self.context.set_text_baseline("middle");
        self.context.set_fill_style_str(&palette.text);
        // Text that cannot be drawn is not missed.
        let _ = self.context.fill_text(name, 2.0, middle);
    }

    fn bars(&self, plot: &Plot, slots: Slots<'_>, seen: &Seen<'_>, run: &Followed, palette: &Palette) {
        let base_ms = run.track.base_ms().unwrap_or(0.0);
        let pitch = plot.height / slots.len().max(1) as f64;
        let thickness = if pitch > 3.0 { pitch * 0.78 } else { pitch };
        for task in 0..slots.len() {
            let Some(slot) = slots.get(task) else { continue };
            let Some((from_ms, to_ms)) = stretch(&slot, base_ms, run.gone_ms) else { continue };
            let x = plot.x(from_ms);
            let width = (plot.x(to_ms) - x).max(1.0);
            let y = plot.top + task as f64 * pitch + (pitch - thickness) / 2.0;
            self.context.set_fill_style_str(colour(&slot, seen.kinds.get(task).copied(), palette));
            self.context.set_global_alpha(if slot.state == TaskState::Running { 0.6 } else { 1.0 });
            self.context.fill_rect(x, y, width, thickness);
        }
        self.context.set_global_alpha(1.0);
    }

    /// The numbers of workers, where there is room.
    fn numbers(&self, plot: &Plot, run: &Followed, palette: &Palette) {
        let pitch = plot.height / run.track.lanes() as f64;
        let mut free_from = f64::NEG_INFINITY;
        self.context.set_text_baseline("middle");
        self.context.set_fill_style_str(&palette.ink);
        for lane in 0..run.track.lanes() {
            let y = plot.top + lane as f64 * pitch;
            if y >= free_from {
                free_from = y + LINE;
                // Text that cannot be drawn is not missed.
                let _ = self.context.fill_text(&run.track.worker(lane).to_string(), 2.0, y + pitch / 2.0);
            }
        }
    }

    /// Pixels that are new and belong together become one rectangle, so that the cost is that of the canvas's width at most,
    /// and not of the tasks. `shown` is what was drawn before.
    fn lanes(&self, plot: &Plot, seen: &Seen<'_>, run: &Followed, palette: &Palette, shown: &mut Vec<u8>) {
        let track = &run.track;
        let width = plot.width as usize;
        let pitch = plot.height / track.lanes() as f64;
        shown.resize(track.lanes() * width, IDLE);
        for (lane, shown) in shown.chunks_exact_mut(width).enumerate() {
            let y = plot.top + lane as f64 * pitch;
            let worker = track.worker(lane);
            let mut drawn = (0, IDLE);
            let mut style = IDLE;
            let columns = track.columns(lane, width, plot.until_ms);
            // What is shown already is as if nothing was there.
            let new = columns
                .zip(shown)
                .map(|(value, shown)| if std::mem::replace(shown, value) == value { IDLE } else { value });
            for (at, value) in new.chain([IDLE]).enumerate() {
                let (from, before) = drawn;
                if value == before {
                    continue;
                }
                if before != IDLE {
                    if before != std::mem::replace(&mut style, before) {
                        self.context.set_fill_style_str(match before {
                            FAILED => &palette.failed,
                            kind if !seen.kinds.is_empty() => palette.worker(u32::from(kind - 1)),
                            _ => palette.worker(worker as u32),
                        });
                    }
                    self.context.fill_rect(plot.left + from as f64, y + pitch * 0.12, (at - from) as f64, pitch * 0.76);
                }
                drawn = (at, value);
            }
        }
    }
}

/// From when to when a task ran, since the run began.
fn stretch(slot: &Slot, base_ms: f64, gone_ms: f64) -> Option<(f64, f64)> {
    let from_ms = slot.start_ms - base_ms;
    match slot.state {
        TaskState::Waiting => None,
        TaskState::Running => Some((from_ms, gone_ms.max(from_ms))),
        TaskState::Done | TaskState::Failed | TaskState::Fatal => Some((from_ms, slot.end_ms - base_ms)),
    }
}

fn colour<'a>(slot: &Slot, kind: Option<u8>, palette: &'a Palette) -> &'a str {
    match (slot.state, kind) {
        (TaskState::Failed | TaskState::Fatal, _) => &palette.failed,
        (_, Some(kind)) => palette.worker(u32::from(kind)),
        (_, None) => palette.worker(slot.worker),
    }
}
