//! A chart as a picture, saved or copied.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, HtmlCanvasElement, HtmlImageElement};

use super::file::File;
use crate::js::{get, set};
use crate::page::browser::{self, files::ObjectUrl};
use crate::page::palette;

/// The media type of charts.
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";
/// Pixels of a picture per CSS pixel.
const SCALE: u32 = 2;

/// Saves a chart as it is; says what came of it.
pub fn save_svg(file: &File, stem: &str) -> String {
    let name = format!("{stem}.svg");
    let saved = browser::files::text_file(&file.svg, SVG).is_some_and(|file| browser::files::save(&file, &name));
    said_of_saving(saved, &name)
}

/// Saves a chart as pixels; says what came of it.
pub async fn save_png(file: File, stem: String) -> String {
    let name = format!("{stem}.png");
    match png(&file).await {
        Ok(picture) => said_of_saving(browser::files::save(&picture, &name), &name),
        Err(reason) => format!("Not saved: {reason}. Save it as SVG instead."),
    }
}

fn said_of_saving(saved: bool, name: &str) -> String {
    if saved { format!("Saved as {name}.") } else { "Not saved: this browser lets no page save files.".to_owned() }
}

/// Copies a chart as pixels or, where the browser does not allow that, as text; says what came of it.
pub async fn copy(file: File) -> String {
    let clipboard = browser::files::clipboard();
    match copy_picture(&clipboard, file.clone()).await {
        Ok(()) => "Copied as a picture.".to_owned(),
        Err(_) => match call(&clipboard, "writeText", &file.svg.into()).await {
            Ok(()) => "Copied as SVG text: this browser copies no pictures here.".to_owned(),
            Err(reason) => format!("Not copied: {reason}. Save it instead."),
        },
    }
}

async fn copy_picture(clipboard: &JsValue, file: File) -> Result<(), String> {
    let make =
        get(&js_sys::global(), "ClipboardItem").dyn_into::<Function>().map_err(|_| "it has no pictures".to_owned())?;
    // Promised, not made before: the browser would no longer know that the user asked for it.
    let picture =
        future_to_promise(async move { Ok(png(&file).await.map_err(|reason| JsValue::from(&reason))?.into()) });
    let parts = Object::new();
    set(&parts, PNG, &picture);
    let item = Reflect::construct(&make, &Array::of1(&parts)).map_err(|error| browser::describe(&error))?;
    call(clipboard, "write", &Array::of1(&item)).await
}

/// Calls a function of the clipboard's, which is absent where the address is not secure.
async fn call(clipboard: &JsValue, name: &str, argument: &JsValue) -> Result<(), String> {
    let function = get(clipboard, name).dyn_into::<Function>();
    let function = function.map_err(|_| "this browser has no clipboard for this page".to_owned())?;
    let promise = function.call1(clipboard, argument).map_err(|error| browser::describe(&error))?;
    let done = JsFuture::from(Promise::resolve(&promise)).await;
    done.map(drop).map_err(|error| browser::describe(&error))
}

/// Draws a file as pixels.
async fn png(file: &File) -> Result<Blob, String> {
    const NO_ROOM: &str = "the browser has no room for the picture";
    let url = browser::files::text_file(&file.svg, SVG).and_then(|file| ObjectUrl::of(&file)).ok_or(NO_ROOM)?;
    let image: HtmlImageElement = browser::detached("img").ok_or(NO_ROOM)?;
    image.set_src(url.address());
    JsFuture::from(image.decode()).await.map_err(|error| browser::describe(&error))?;
    let canvas: HtmlCanvasElement = browser::detached("canvas").ok_or(NO_ROOM)?;
    let [width, height] = file.size.map(|length| length * SCALE);
    canvas.set_width(width);
    canvas.set_height(height);
    let context = palette::context(&canvas).ok_or(NO_ROOM)?;
    let (width, height) = (f64::from(width), f64::from(height));
    let drawn = context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height);
    drawn.map_err(|error| browser::describe(&error))?;
    let blob = Promise::new(&mut |resolve, reject| {
        if let Err(error) = canvas.to_blob(&resolve) {
            // Nothing is made of what it returns.
            _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    });
    let blob = JsFuture::from(blob).await.map_err(|error| browser::describe(&error))?;
    blob.dyn_into().map_err(|_| NO_ROOM.to_owned())
}
