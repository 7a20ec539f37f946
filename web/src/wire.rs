//! How messages travel between workers: as bytes (postcard), and beside them what is none of a message (a memory, a module,
//! other bytes), which each message of [`crate::messages`] names.
//!
//! What isolated peers are told once per task is bytes alone, as through the pipes of native processes.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

#[cfg(any(feature = "page", feature = "lab"))]
use crate::messages::Boot;

/// A message as it is posted, with what travels beside it.
pub fn seal<T: Serialize>(message: &T, beside: &JsValue) -> JsValue {
    Array::of2(&seal_bytes(message), beside).into()
}

/// Reads what was posted; `None` if it is no such message.
pub fn open<T: DeserializeOwned>(posted: &JsValue) -> Option<(T, JsValue)> {
    let parts: &Array = posted.dyn_ref()?;
    Some((open_bytes(&parts.get(0)).ok()?, parts.get(1)))
}

/// The first message to a worker as it is posted, with what travels beside it, and what `worker.js` reads of it.
#[cfg(any(feature = "page", feature = "lab"))]
pub fn seal_boot<R: Serialize>(boot: &Boot<R>, beside: &JsValue) -> JsValue {
    let text = |text: &Option<String>| text.as_deref().map_or(JsValue::UNDEFINED, JsValue::from);
    let role = seal_bytes(&boot.role);
    Array::of5(&role, beside, &boot.glue.into(), &text(&boot.life), &text(&boot.memory_lock)).into()
}

/// A message that travels alone as it is posted.
pub fn seal_bytes<T: Serialize>(message: &T) -> JsValue {
    let bytes = postcard::to_stdvec(message).expect("there is room for a message, whose lists know their length");
    Uint8Array::new_from_slice(&bytes).into()
}

/// Reads a message that travelled alone.
///
/// # Errors
/// Why it is none.
pub fn open_bytes<T: DeserializeOwned>(posted: &JsValue) -> Result<T, String> {
    let bytes: &Uint8Array = posted.dyn_ref().ok_or("these are no bytes")?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|error| error.to_string())
}
