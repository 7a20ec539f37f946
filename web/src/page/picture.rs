//! The picture: what tasks draw, appearing tile by tile in the colour of the worker that drew it.

use parlab_shared::measure::TaskState;
use wasm_bindgen::Clamped;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::feed::Look;
use super::palette::{self, Palette, WORKERS};

/// A point inside the set.
const INSIDE: [u8; 3] = [11, 13, 18];
/// What the last run drew shows through this much.
const VEIL: &str = "rgb(11 13 18 / 80%)";

/// Paints what is new.
pub struct Picture {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// The run that is being painted, its tiles, and which of them are there.
    run: Option<usize>,
    tiles: Vec<[u32; 4]>,
    painted: Vec<Painted>,
    /// Per worker the colour of each value.
    ramps: Vec<[[u8; 3]; 256]>,
}

/// What can be seen of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Painted {
    Not,
    /// Somebody is at it.
    Marked,
    Done,
}

impl Picture {
    /// A painter for a canvas.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = palette::context(&canvas)?;
        Some(Self { canvas, context, run: None, tiles: Vec::new(), painted: Vec::new(), ramps: Vec::new() })
    }

    /// Paints the tiles that are new since the last look.
    pub fn paint(&mut self, look: &Look, palette: &Palette) {
        let row = look.row();
        let Some(crate::views::Picture { side, tiles }) = &row.picture else { return };
        let (side, snapshot) = (*side, &look.snapshot);
        if snapshot.side != side || snapshot.slots.len() != row.tasks as usize {
            return;
        }
        if self.run != Some(look.started.index) {
            self.run = Some(look.started.index);
            self.begin(side);
            self.tiles.clone_from(tiles);
            self.painted = vec![Painted::Not; self.tiles.len()];
            self.ramps = palette::rgb(&palette.workers).into_iter().map(ramp).collect();
        }
        for ((tile, painted), slot) in self.tiles.iter().zip(&mut self.painted).zip(&snapshot.slots) {
            let next = match slot.state {
                TaskState::Done => Painted::Done,
                TaskState::Running => Painted::Marked,
                TaskState::Waiting | TaskState::Failed | TaskState::Fatal => Painted::Not,
            };
            if *painted == next {
                continue;
            }
            *painted = next;
            match next {
                Painted::Not => {}
                Painted::Marked => mark(&self.context, tile, palette.worker(slot.worker)),
                Painted::Done => {
                    let ramp = &self.ramps[slot.worker as usize % WORKERS];
                    show(&self.context, tile, side, &snapshot.picture, ramp);
                }
            }
        }
    }

    /// A new run: what the last one drew shows through, so that the picture does not flicker.
    fn begin(&self, side: u32) {
        if self.canvas.width() != side {
            self.canvas.set_width(side);
            self.canvas.set_height(side);
        }
        self.context.set_fill_style_str(VEIL);
        self.context.fill_rect(0.0, 0.0, side.into(), side.into());
    }
}

/// From dark over the colour to nearly white; 0 is inside.
fn ramp(colour: [u8; 3]) -> [[u8; 3]; 256] {
    let mix = |from: [u8; 3], to: [u8; 3], share: f64| -> [u8; 3] {
        std::array::from_fn(|i| (f64::from(from[i]) + (f64::from(to[i]) - f64::from(from[i])) * share) as u8)
    };
    let dark = mix(INSIDE, colour, 0.18);
    let light = mix(colour, [255; 3], 0.85);
    std::array::from_fn(|value| match value {
        0 => INSIDE,
        value => {
            // Most points escape early: the root spreads the low values.
            let share = (value as f64 / 255.0).powf(0.4);
            let middle = 0.62;
            if share < middle {
                mix(dark, colour, share / middle)
            } else {
                mix(colour, light, (share - middle) / (1.0 - middle))
            }
        }
    })
}

/// Marks a tile that somebody is at.
fn mark(context: &CanvasRenderingContext2d, tile: &[u32; 4], colour: &str) {
    let [x, y, width, height] = tile.map(f64::from);
    context.set_global_alpha(0.35);
    context.set_fill_style_str(colour);
    context.fill_rect(x, y, width, height);
    context.set_global_alpha(1.0);
}

/// Shows a tile that is done, in a picture of so many pixels each side.
fn show(context: &CanvasRenderingContext2d, tile: &[u32; 4], side: u32, picture: &[u8], ramp: &[[u8; 3]; 256]) {
    let [x, y, width, height] = *tile;
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
    for row in picture.chunks_exact(side as usize).skip(y as usize).take(height as usize) {
        for value in &row[x as usize..(x + width) as usize] {
            let [red, green, blue] = ramp[usize::from(*value)];
            pixels.extend([red, green, blue, 255]);
        }
    }
    if let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, height) {
        // It lies inside the canvas, where nothing can go wrong.
        let _ = context.put_image_data(&image, x.into(), y.into());
    }
}
