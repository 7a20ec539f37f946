//! Properties of JavaScript objects.

#[cfg(any(feature = "page", feature = "threads"))]
use js_sys::Object;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
#[cfg(feature = "page")]
use wasm_bindgen::prelude::wasm_bindgen;

/// A property of an object, or undefined.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property of an object that was made here.
#[cfg(any(feature = "page", feature = "threads"))]
pub fn set(object: &Object, key: &str, value: &JsValue) {
    Reflect::set(object, &key.into(), value).expect("a plain object takes properties");
}

#[cfg(feature = "page")]
#[wasm_bindgen]
extern "C" {
    /// What JavaScript knows of the page's own module.
    #[wasm_bindgen(thread_local_v2, js_namespace = import, js_name = meta)]
    static META: JsValue;
}

/// The address of a file that lies beside the page's module: not beside the page, which names the folder of its build.
#[cfg(feature = "page")]
pub fn beside_module(name: &str) -> String {
    let module = META.with(|meta| get(meta, "url")).as_string().unwrap_or_default();
    let folder = module.rfind('/').map_or("", |end| &module[..=end]);
    format!("{folder}{name}")
}

/// The message of a thrown value, or the value itself if it is text.
pub fn error_text(error: &JsValue) -> Option<String> {
    get(error, "message").as_string().or_else(|| error.as_string())
}
