//! What JavaScript throws, as errors of tasks and as text.

use parlab_shared::span::{ErrorKind, TaskError};
use wasm_bindgen::JsValue;

use crate::js;

/// A thrown value, for a human.
pub fn describe(error: &JsValue) -> String {
    js::error_text(error).unwrap_or_else(|| format!("{error:?}"))
}

/// The error that the lab's JavaScript threw: an object with a kind and a message.
pub fn task_error(error: &JsValue) -> TaskError {
    let kind = js::get(error, "kind").as_string().and_then(|kind| kind.parse().ok());
    TaskError::new(kind.unwrap_or(ErrorKind::Network), describe(error))
}
