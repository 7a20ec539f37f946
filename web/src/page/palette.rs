//! The colours that canvases draw with: those of the style sheets, as they are now.

use js_sys::Object;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, HtmlCanvasElement};

use super::browser;
use crate::js::set;

/// How many worker colours there are; worker 8 has the colour of worker 0.
pub const WORKERS: usize = 8;

/// The colours in use, light or dark.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    /// One for each worker, as CSS.
    pub workers: [String; WORKERS],
    /// Text.
    pub ink: String,
    /// Grid lines.
    pub line: String,
    /// A task that failed.
    pub failed: String,
    /// What text stands out in.
    pub text: String,
    /// What everything lies on.
    pub ground: String,
}

impl Palette {
    /// The colours as the style sheets have them.
    pub fn read() -> Self {
        Self::of(browser::computed_style().as_ref())
    }

    /// The colours of a style.
    pub fn of(style: Option<&CssStyleDeclaration>) -> Self {
        let colour = |name: &str| colour(style, name);
        Self {
            workers: std::array::from_fn(|worker| colour(&format!("--w{worker}"))),
            ink: colour("--chart-quiet"),
            line: colour("--chart-grid"),
            failed: colour("--chart-failure"),
            text: colour("--chart-text"),
            ground: colour("--chart-ground"),
        }
    }

    /// A worker's colour.
    pub fn worker(&self, worker: u32) -> &str {
        &self.workers[worker as usize % WORKERS]
    }
}

/// A colour of a style, by the name of its custom property.
pub fn colour(style: Option<&CssStyleDeclaration>, name: &str) -> String {
    let value = style.and_then(|style| style.get_property_value(name).ok()).unwrap_or_default();
    let value = value.trim();
    if value.is_empty() { "gray".to_owned() } else { value.to_owned() }
}

/// Red, green and blue of CSS colours, whatever their notation: drawn and read back.
pub fn rgb(colours: &[String]) -> Vec<[u8; 3]> {
    let context = browser::detached::<HtmlCanvasElement>("canvas").and_then(|canvas| {
        let options = Object::new();
        // Keeps the canvas where reading it is cheap.
        set(&options, "willReadFrequently", &true.into());
        canvas.get_context_with_context_options("2d", &options).ok().flatten()?.dyn_into().ok()
    });
    let context: Option<CanvasRenderingContext2d> = context;
    let read = |colour: &String| {
        let context = context.as_ref()?;
        context.set_fill_style_str(colour);
        context.fill_rect(0.0, 0.0, 1.0, 1.0);
        let pixel = context.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data();
        Some([pixel[0], pixel[1], pixel[2]])
    };
    colours.iter().map(|colour| read(colour).unwrap_or([128; 3])).collect()
}

/// Gives a canvas as many pixels as it takes on the screen. Returns its size in CSS pixels.
pub fn fit(canvas: &HtmlCanvasElement, context: &CanvasRenderingContext2d) -> (f64, f64) {
    let ratio = browser::pixel_ratio().max(1.0);
    let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
    let pixels = ((width * ratio) as u32, (height * ratio) as u32);
    if (canvas.width(), canvas.height()) != pixels {
        canvas.set_width(pixels.0);
        canvas.set_height(pixels.1);
    }
    // The transform is regular: it cannot be refused.
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    (width, height)
}

/// The context of a canvas.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}
