//! The file system that a browser gives to an origin (OPFS), if it does.

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/origin_files.js")]
extern "C" {
    #[wasm_bindgen(js_name = why_none)]
    fn ask_why_none() -> Promise;
}

/// Why the page has none, if it has none.
pub async fn why_none() -> Option<String> {
    JsFuture::from(ask_why_none()).await.ok()?.as_string()
}
