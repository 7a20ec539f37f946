//! Timelines on a canvas.

use web_sys::{CanvasPattern, CanvasRenderingContext2d, HtmlCanvasElement};

use super::scene::Scene;
use super::strips::{self, Strip};
use super::window::Window;
use crate::page::axis::{Marks, Unit};
use crate::page::browser;
use crate::page::palette::{self, Palette};
use crate::views::TimelineView;

/// Room for the axis below the rows, in CSS pixels.
const AXIS: f64 = 24.0;
/// Room for what a part is called, where there are several.
const NAME: f64 = 24.0;
/// All rows together are no higher than this, as long as each is seen.
const ROWS_HEIGHT: f64 = 440.0;
/// A row is no higher than this.
const ROW_MAX: f64 = 22.0;
/// And no lower.
const ROW_MIN: f64 = 2.0;
/// A line of text.
const TEXT: f64 = 13.0;
const FONT: &str = "12px system-ui, sans-serif";
const BOLD: &str = "600 12px system-ui, sans-serif";
/// A bar that is wider keeps a gap to the next one.
const GAP_FROM: f64 = 3.0;
/// Hatching is seen in what is wider than this.
const HATCHED_FROM: f64 = 5.0;

/// Where rows stand, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq)]
struct Layout {
    /// The upper end of each row.
    tops: Vec<f64>,
    /// The upper end of the name of each part.
    names: Vec<f64>,
    /// The height of a row.
    pitch: f64,
    /// Where the axis begins.
    bottom: f64,
}

impl Layout {
    fn of(scene: &Scene, parts: usize) -> Self {
        let rows = scene.rows();
        let pitch = (ROWS_HEIGHT / rows.len().max(1) as f64).clamp(ROW_MIN, ROW_MAX);
        let mut layout = Self { pitch, ..Self::default() };
        let mut y = 2.0;
        for (place, row) in rows.iter().enumerate() {
            let is_next_part = place == 0 || rows[place - 1].part != row.part;
            if parts > 1 && is_next_part {
                layout.names.push(y);
                y += NAME;
            }
            layout.tops.push(y);
            y += pitch;
        }
        layout.bottom = y.max(40.0);
        layout
    }
}

/// How kinds of bars are filled.
struct Fills {
    palette: Palette,
    /// The colour of each kind.
    colours: Vec<String>,
    /// Where the user's own colours rule: a pattern for each kind instead.
    patterns: Vec<Option<CanvasPattern>>,
    /// What failed is hatched with this.
    hatch: Option<CanvasPattern>,
}

/// Draws timelines.
pub struct Painter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    layout: Layout,
    fills: Fills,
    /// Room for names of lanes.
    left: f64,
    width: f64,
    /// Kept between frames, so that none is allocated for one.
    strips: Vec<Strip>,
}

impl Painter {
    /// A painter for a canvas, whose height it sets.
    pub fn new(canvas: HtmlCanvasElement, view: &TimelineView, scene: &Scene) -> Option<Self> {
        let context = palette::context(&canvas)?;
        let layout = Layout::of(scene, view.parts.len());
        // A length is a value that a style takes.
        _ = canvas.style().set_property("height", &format!("{:.0}px", layout.bottom + AXIS));
        let fills = Fills::read(view, None);
        Some(Self { canvas, context, layout, fills, left: 0.0, width: 0.0, strips: Vec::new() })
    }

    /// Takes the colours as they are now; on paper those of light pages.
    pub fn recolour(&mut self, view: &TimelineView, paper: Option<&web_sys::Element>) {
        self.fills = Fills::read(view, paper);
    }

    /// The time at a place on the canvas, by its distance from the left end.
    pub fn ms_at(&self, window: Window, x: f64) -> f64 {
        let share = ((x - self.left) / self.width.max(1.0)).clamp(0.0, 1.0);
        window.from_ms + window.length_ms() * share
    }

    /// Where a time is, by its distance from the left end.
    pub fn x_of(&self, window: Window, ms: f64) -> f64 {
        self.left + (ms - window.from_ms) / window.length_ms() * self.width
    }

    /// How long a CSS pixel is.
    pub fn ms_per_pixel(&self, window: Window) -> f64 {
        window.length_ms() / self.width.max(1.0)
    }

    /// The width of the plot in CSS pixels.
    pub fn plot_width(&self) -> f64 {
        self.width.max(1.0)
    }

    /// The row at a distance from the top.
    pub fn row_at(&self, y: f64) -> Option<usize> {
        let row = self.layout.tops.partition_point(|top| *top <= y).checked_sub(1)?;
        (y < self.layout.tops[row] + self.layout.pitch).then_some(row)
    }

    /// From where to where a row reaches, from the top.
    pub fn row(&self, row: usize) -> (f64, f64) {
        let top = self.layout.tops.get(row).copied().unwrap_or_default();
        (top, top + self.layout.pitch)
    }

    /// Draws a stretch of time, and which bar is chosen.
    pub fn draw(&mut self, view: &TimelineView, scene: &Scene, window: Window, chosen: Option<usize>) {
        let (width, height) = palette::fit(&self.canvas, &self.context);
        self.context.clear_rect(0.0, 0.0, width, height);
        self.left = self.names_width(view, scene, width);
        self.width = (width - self.left - 6.0).max(1.0);
        self.axis(scene, window);
        self.names(view, scene);
        let mut strips = std::mem::take(&mut self.strips);
        strips::find(scene, window, self.width, &mut strips);
        self.strips(&strips);
        self.strips = strips;
        if let Some(chosen) = chosen {
            self.chosen(scene, window, chosen);
        }
    }

    /// Draws samples of kinds, as they are drawn in rows, on canvases beside their names; the last is of what failed.
    pub fn samples(&self, canvases: &[HtmlCanvasElement]) {
        for (kind, canvas) in canvases.iter().enumerate() {
            let Some(context) = palette::context(canvas) else { continue };
            let (width, height) = palette::fit(canvas, &context);
            context.clear_rect(0.0, 0.0, width, height);
            let failed = kind >= self.fills.colours.len();
            self.fills.fill(&context, if failed { 0 } else { kind }, [0.0, 0.0, width, height], failed);
        }
    }

    /// How wide the names of lanes are, as far as there is room.
    fn names_width(&self, view: &TimelineView, scene: &Scene, width: f64) -> f64 {
        self.context.set_font(FONT);
        let lanes = scene.rows().iter().filter(|row| row.is_first).filter_map(|row| view.lanes.get(row.lane));
        let widest = lanes.filter_map(|name| self.context.measure_text(name).ok()).map(|text| text.width());
        (widest.fold(0.0, f64::max) + 8.0).clamp(12.0, (width * 0.26).clamp(12.0, 150.0))
    }

    fn axis(&self, scene: &Scene, window: Window) {
        let context = &self.context;
        let bottom = self.layout.bottom;
        context.set_font(FONT);
        context.set_text_baseline("top");
        context.set_text_align("center");
        let marks = Marks::between(window.from_ms, window.to_ms, self.width, Unit::of(scene.until_ms()));
        for (ms, label) in marks.labels() {
            let x = self.x_of(window, ms);
            context.set_fill_style_str(&self.fills.palette.line);
            context.fill_rect(x.round(), 0.0, 1.0, bottom);
            context.set_fill_style_str(&self.fills.palette.ink);
            let half = context.measure_text(&label).map_or(0.0, |text| text.width() / 2.0);
            let x = x.clamp(half, (self.left + self.width + 6.0 - half).max(half));
            // Text that cannot be drawn is not missed.
            let _ = context.fill_text(&label, x, bottom + 7.0);
        }
        context.set_fill_style_str(&self.fills.palette.line);
        context.fill_rect(self.left, bottom, self.width, 1.0);
    }

    fn names(&self, view: &TimelineView, scene: &Scene) {
        let context = &self.context;
        context.set_text_align("left");
        context.set_text_baseline("middle");
        context.set_fill_style_str(&self.fills.palette.text);
        context.set_font(BOLD);
        let mut parts: Vec<usize> = scene.rows().iter().map(|row| row.part).collect();
        parts.dedup();
        for (y, part) in self.layout.names.iter().zip(parts) {
            let name = view.parts.get(part).map_or("", |(name, ..)| name);
            let _ = context.fill_text(name, 0.0, y + NAME / 2.0 + 2.0);
        }
        context.set_font(FONT);
        context.set_fill_style_str(&self.fills.palette.ink);
        let mut free_from = f64::NEG_INFINITY;
        for (row, top) in scene.rows().iter().zip(&self.layout.tops) {
            let y = top + self.layout.pitch / 2.0;
            if row.is_first && y - TEXT / 2.0 >= free_from {
                free_from = y + TEXT / 2.0;
                let name = view.lanes.get(row.lane).map_or("", String::as_str);
                let _ = context.fill_text_with_max_width(name, 0.0, y + 1.0, (self.left - 6.0).max(1.0));
            }
        }
    }

    fn strips(&self, strips: &[Strip]) {
        let thickness = if self.layout.pitch > 5.0 { self.layout.pitch * 0.78 } else { self.layout.pitch };
        let inset = (self.layout.pitch - thickness) / 2.0;
        let area = |strip: &Strip| {
            let width = strip.to - strip.from;
            let width = if strip.is_bar && width > GAP_FROM { width - 0.75 } else { width };
            [self.left + strip.from, self.layout.tops[strip.row] + inset, width, thickness]
        };
        // A colour is set once for all that have it.
        for kind in 0..self.fills.colours.len().max(1) {
            let is_last = kind + 1 >= self.fills.colours.len();
            let of_kind =
                |strip: &&Strip| usize::from(strip.kind) == kind || (is_last && usize::from(strip.kind) > kind);
            self.fills.begin(&self.context, kind);
            for [x, y, width, height] in strips.iter().filter(|strip| !strip.failed).filter(of_kind).map(area) {
                self.context.fill_rect(x, y, width, height);
            }
        }
        for strip in strips.iter().filter(|strip| strip.failed) {
            let [x, _, width, _] = area(strip);
            // It is as high as its row, so that it stands out without its colour.
            let area = [x, self.layout.tops[strip.row], width, self.layout.pitch];
            self.fills.fill(&self.context, usize::from(strip.kind), area, true);
        }
    }

    fn chosen(&self, scene: &Scene, window: Window, chosen: usize) {
        let (from_ms, to_ms) = scene.seen(chosen);
        let (top, bottom) = self.row(scene.row_of(chosen));
        let from = self.x_of(window, from_ms).max(self.left);
        let to = self.x_of(window, to_ms).min(self.left + self.width);
        let context = &self.context;
        for (colour, line) in [(&self.fills.palette.ground, 4.0), (&self.fills.palette.text, 2.0)] {
            context.set_stroke_style_str(colour);
            context.set_line_width(line);
            context.stroke_rect(from - 1.5, top, (to - from).max(1.0) + 3.0, bottom - top);
        }
    }
}

impl Fills {
    fn read(view: &TimelineView, paper: Option<&web_sys::Element>) -> Self {
        let style = paper.map_or_else(browser::computed_style, browser::style_of);
        let palette = Palette::of(style.as_ref());
        let colours: Vec<String> =
            view.kinds.iter().map(|(_, colour)| palette::colour(style.as_ref(), colour)).collect();
        let forced = paper.is_none() && browser::forced_colours();
        let of_kind = |kind: usize| if forced { pattern(&palette.text, kind) } else { None };
        let patterns = (0..colours.len()).map(of_kind).collect();
        let hatch = pattern(&palette.ground, 1);
        Self { palette, colours, patterns, hatch }
    }

    /// What is filled from now on is of a kind.
    fn begin(&self, context: &CanvasRenderingContext2d, kind: usize) {
        match self.patterns.get(kind).and_then(Option::as_ref) {
            Some(pattern) => context.set_fill_style_canvas_pattern(pattern),
            None => context.set_fill_style_str(self.colours.get(kind).unwrap_or(&self.palette.ink)),
        }
    }

    /// Fills a stretch (left, top, width, height) in the way of a kind, and of what failed.
    fn fill(&self, context: &CanvasRenderingContext2d, kind: usize, [x, y, width, height]: [f64; 4], failed: bool) {
        if !failed {
            self.begin(context, kind);
            return context.fill_rect(x, y, width, height);
        }
        if width < HATCHED_FROM {
            context.set_fill_style_str(&self.palette.failed);
            return context.fill_rect(x, y, width, height);
        }
        self.begin(context, kind);
        context.fill_rect(x, y, width, height);
        if let Some(hatch) = &self.hatch {
            context.set_fill_style_canvas_pattern(hatch);
            context.fill_rect(x, y, width, height);
        }
        context.set_stroke_style_str(&self.palette.failed);
        context.set_line_width(1.5);
        context.stroke_rect(x + 0.75, y + 0.75, width - 1.5, (height - 1.5).max(0.5));
    }
}

/// A pattern for each of four kinds, told apart without colours: full, two ways of hatching, dots. Those after them take turns.
fn pattern(colour: &str, kind: usize) -> Option<CanvasPattern> {
    const SIZE: f64 = 6.0;
    let canvas: HtmlCanvasElement = browser::detached("canvas")?;
    canvas.set_width(SIZE as u32);
    canvas.set_height(SIZE as u32);
    let context = palette::context(&canvas)?;
    context.set_fill_style_str(colour);
    context.set_stroke_style_str(colour);
    context.set_line_width(2.0);
    let line = |from: (f64, f64), to: (f64, f64)| {
        context.begin_path();
        context.move_to(from.0, from.1);
        context.line_to(to.0, to.1);
        context.stroke();
    };
    match kind % 4 {
        0 => context.fill_rect(0.0, 0.0, SIZE, SIZE),
        // Each corner that a line passes is drawn too, so that tiles fit.
        1 => [-SIZE, 0.0, SIZE].into_iter().for_each(|by| line((by - 1.0, SIZE + 1.0), (by + SIZE + 1.0, -1.0))),
        2 => [-SIZE, 0.0, SIZE].into_iter().for_each(|by| line((by - 1.0, -1.0), (by + SIZE + 1.0, SIZE + 1.0))),
        _ => context.fill_rect(1.0, 1.0, 3.0, 3.0),
    }
    context.create_pattern_with_html_canvas_element(&canvas, "repeat").ok().flatten()
}
