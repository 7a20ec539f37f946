//! What the script of the service worker calls.

use std::sync::LazyLock;

use js_sys::{Array, Uint8Array};
use parlab_shared::target::answer::MAX_ECHO_BYTES;
use parlab_shared::target::bytes;
use parlab_shared::target::image::Images;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::Source;

static IMAGES: LazyLock<Images> = LazyLock::new(Images::default);

/// What is answered to a request: `method`, its `path` from `/target` on, its `query` without the question mark, and what it
/// `sent`. A text in JSON that says how (`Told` in `web/src/target.rs`), and the bytes of the body, or undefined where it is of
/// [`block`], over and over.
#[wasm_bindgen]
pub fn answer(method: &str, path: &str, query: &str, sent: &Uint8Array) -> Array {
    // What is longer is refused, whatever it is.
    let held = sent.subarray(0, sent.length().min(MAX_ECHO_BYTES as u32 + 1)).to_vec();
    let (told, source) = super::answer(&IMAGES, method, path, query, &held);
    let bytes = match source {
        Source::Block => JsValue::UNDEFINED,
        Source::Sent => sent.into(),
        Source::Text(text) => Uint8Array::new_from_slice(text.as_bytes()).into(),
        Source::File(file) => Uint8Array::new_from_slice(&file).into(),
    };
    let told = serde_json::to_string(&told).expect("what is told has only text keys");
    Array::of2(&told.into(), &bytes)
}

/// The block that bodies of bytes are made of.
#[wasm_bindgen]
pub fn block() -> Uint8Array {
    Uint8Array::new_from_slice(&bytes::block())
}
