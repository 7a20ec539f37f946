//! Properties of JavaScript objects.

#[cfg(feature = "page")]
use js_sys::Object;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// A property of an object, or undefined.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property of an object that was made here.
#[cfg(feature = "page")]
pub fn set(object: &Object, key: &str, value: &JsValue) {
    Reflect::set(object, &key.into(), value).expect("a plain object takes properties");
}

/// The message of a thrown value, or the value itself if it is text.
pub fn error_text(error: &JsValue) -> Option<String> {
    get(error, "message").as_string().or_else(|| error.as_string())
}
