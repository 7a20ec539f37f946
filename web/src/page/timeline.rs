//! The timeline of a run that is going on, drawn on a canvas: a bar per task in the colour of its
//! worker, or a lane per worker where there are too many tasks to see each.

use parlab_shared::measure::{Slot, Snapshot, TaskState};
use parlab_shared::number::Time;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::browser;
use super::feed::Look;
use super::palette::{self, Palette};
use super::text;

/// With more tasks than this, bars of their own would be too thin.
const BARS_MAX: usize = 200;
/// Room for the axis below the bars, in CSS pixels.
const AXIS: f64 = 22.0;
/// Room for lane names.
const NAMES: f64 = 28.0;

/// Draws the run that is going on.
pub struct Timeline {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    clock: Clock,
}

/// What the run's clock says now, judged from what was seen of it: the page's clock and the lab's
/// do not have the same zero, but nothing on the board is later than now.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    run: Option<usize>,
    /// The page's clock minus the run's.
    offset_ms: f64,
}

impl Clock {
    fn now_ms(&mut self, look: &Look, base_ms: f64, page_ms: f64) -> f64 {
        let seen = look.snapshot.slots.iter().filter(|slot| slot.state != TaskState::Waiting);
        let latest = seen.map(|slot| slot.start_ms.max(slot.end_ms)).fold(base_ms, f64::max);
        let offset = page_ms - latest;
        if self.run != Some(look.started.index) {
            *self = Self { run: Some(look.started.index), offset_ms: offset };
        }
        self.offset_ms = self.offset_ms.min(offset);
        page_ms - self.offset_ms - base_ms
    }
}

/// A stretch of time on the canvas.
struct Plot {
    left: f64,
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
        Some(Self { canvas, context, clock: Clock::default() })
    }

    /// Draws what the board said; `longest_ms` is how long other runs took at most. Returns the
    /// time since the run's first task could be taken.
    pub fn draw(&mut self, look: &Look, longest_ms: Option<f64>, palette: &Palette) -> f64 {
        let (width, height) = self.fit();
        let snapshot = &look.snapshot;
        let base_ms = look.base_ms().unwrap_or(0.0);
        let running = snapshot.slots.iter().any(|slot| slot.state != TaskState::Waiting);
        let now_ms = if running { self.clock.now_ms(look, base_ms, browser::now_ms()) } else { 0.0 };
        let until_ms = match longest_ms {
            Some(longest) => (longest * 1.06).max(now_ms * 1.02),
            None => round_up(now_ms.max(20.0) * 1.05),
        };
        let lanes = snapshot.slots.len() > BARS_MAX;
        let left = if lanes { NAMES } else { 1.0 };
        let plot = Plot { left, width: width - left - 1.0, height: height - AXIS, until_ms };
        self.context.clear_rect(0.0, 0.0, width, height);
        self.axis(&plot, palette);
        if lanes {
            let workers = workers(look);
            self.lanes(&plot, snapshot, base_ms, now_ms, workers, palette);
        } else {
            self.bars(&plot, &snapshot.slots, base_ms, now_ms, palette);
        }
        now_ms
    }

    /// Gives the canvas as many pixels as it takes on the screen. Returns its size in CSS pixels.
    fn fit(&self) -> (f64, f64) {
        let ratio = browser::pixel_ratio().max(1.0);
        let (width, height) = (f64::from(self.canvas.client_width()), f64::from(self.canvas.client_height()));
        let pixels = ((width * ratio) as u32, (height * ratio) as u32);
        if (self.canvas.width(), self.canvas.height()) != pixels {
            self.canvas.set_width(pixels.0);
            self.canvas.set_height(pixels.1);
        }
        // The transform is regular: it cannot be refused.
        let _ = self.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        (width, height)
    }

    fn axis(&self, plot: &Plot, palette: &Palette) {
        let context = &self.context;
        context.set_font("12px system-ui, sans-serif");
        context.set_text_baseline("top");
        let step_ms = round_up(plot.until_ms / (plot.width / 110.0).max(2.0));
        let mut at_ms = 0.0;
        while at_ms <= plot.until_ms {
            let x = plot.x(at_ms);
            context.set_fill_style_str(&palette.line);
            context.fill_rect(x.floor(), 0.0, 1.0, plot.height);
            context.set_fill_style_str(&palette.ink);
            let label = if at_ms >= 1000.0 { format!("{} s", at_ms / 1000.0) } else { format!("{at_ms} ms") };
            let room = plot.left + plot.width - x;
            if room > 40.0 {
                // Text that cannot be drawn is not missed.
                let _ = context.fill_text(&label, x + 2.0, plot.height + 5.0);
            }
            at_ms += step_ms;
        }
    }

    fn bars(&self, plot: &Plot, slots: &[Slot], base_ms: f64, now_ms: f64, palette: &Palette) {
        let pitch = plot.height / slots.len().max(1) as f64;
        let thickness = if pitch > 3.0 { pitch * 0.78 } else { pitch };
        for (slot, row) in slots.iter().zip(0..) {
            let Some((from_ms, to_ms)) = stretch(slot, base_ms, now_ms) else { continue };
            let x = plot.x(from_ms);
            let width = (plot.x(to_ms) - x).max(1.0);
            let y = f64::from(row) * pitch + (pitch - thickness) / 2.0;
            self.context.set_fill_style_str(colour(slot, palette));
            self.context.set_global_alpha(if slot.state == TaskState::Running { 0.6 } else { 1.0 });
            self.context.fill_rect(x, y, width, thickness);
        }
        self.context.set_global_alpha(1.0);
    }

    /// Columns that belong together become one rectangle, so that the cost is that of the canvas's
    /// width and not of the tasks.
    fn lanes(&self, plot: &Plot, snapshot: &Snapshot, base_ms: f64, now_ms: f64, workers: u32, palette: &Palette) {
        let columns = plot.width.max(1.0) as usize;
        let pitch = plot.height / f64::from(workers);
        let mut covered = vec![vec![Column::Empty; columns + 1]; workers as usize];
        for slot in &snapshot.slots {
            let Some((from_ms, to_ms)) = stretch(slot, base_ms, now_ms) else { continue };
            let Some(lane) = covered.get_mut(slot.worker as usize) else { continue };
            let from = (plot.x(from_ms) - plot.left) as usize;
            let to = (plot.x(to_ms) - plot.left) as usize;
            let failed = matches!(slot.state, TaskState::Failed | TaskState::Fatal);
            // A gap keeps wide neighbours apart.
            let to = if to > from + 3 { to - 1 } else { to };
            for column in &mut lane[from.min(columns)..=to.min(columns)] {
                *column = if failed { Column::Failed } else { (*column).max(Column::Busy) };
            }
        }
        for (lane, worker) in covered.iter().zip(0_u32..) {
            let y = f64::from(worker) * pitch;
            self.context.set_fill_style_str(&palette.ink);
            // Text that cannot be drawn is not missed.
            let _ = self.context.fill_text(&format!("{worker}"), 2.0, y + pitch / 2.0 - 6.0);
            let mut at = 0;
            for part in lane.chunk_by(|left, right| left == right) {
                let colour = match part[0] {
                    Column::Empty => None,
                    Column::Busy => Some(palette.worker(worker)),
                    Column::Failed => Some(palette.failed.as_str()),
                };
                if let Some(colour) = colour {
                    self.context.set_fill_style_str(colour);
                    self.context.fill_rect(plot.left + at as f64, y + pitch * 0.12, part.len() as f64, pitch * 0.76);
                }
                at += part.len();
            }
        }
    }
}

/// What a column of a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Empty,
    Busy,
    Failed,
}

/// From when to when a task ran, since the run began.
fn stretch(slot: &Slot, base_ms: f64, now_ms: f64) -> Option<(f64, f64)> {
    let from_ms = slot.start_ms - base_ms;
    match slot.state {
        TaskState::Waiting => None,
        TaskState::Running => Some((from_ms, now_ms.max(from_ms))),
        TaskState::Done | TaskState::Failed | TaskState::Fatal => Some((from_ms, slot.end_ms - base_ms)),
    }
}

fn colour<'a>(slot: &Slot, palette: &'a Palette) -> &'a str {
    match slot.state {
        TaskState::Failed | TaskState::Fatal => &palette.failed,
        _ => palette.worker(slot.worker),
    }
}

/// How many lanes there are: as many as workers, or as were seen.
fn workers(look: &Look) -> u32 {
    let seen = look.snapshot.slots.iter().filter(|slot| slot.state != TaskState::Waiting).map(|slot| slot.worker);
    let row = &look.spec().row;
    // Tasks in flight on one event loop share its lane.
    let lanes = row.strategy.effective_workers(row.workers);
    seen.max().map_or(lanes, |last| lanes.max(last.saturating_add(1))).clamp(1, 256)
}

/// The next of 1, 2, 5, 10, 20, … that is not smaller.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-3).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= value * 0.999).unwrap_or(value)
}

/// What the canvas shows, in words.
pub fn describe(look: &Look, now_ms: f64) -> String {
    let snapshot = &look.snapshot;
    let failed = if snapshot.failed > 0 { format!(", {} failed", snapshot.failed) } else { String::new() };
    let of = text::tasks(&look.spec().row.workload);
    format!("{} of {of}{failed} · {}", snapshot.finished, Time(now_ms))
}
