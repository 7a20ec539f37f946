//! How messages travel between workers: as JSON text, and beside it what cannot be written as text (a memory, a module,
//! bytes), which each message of [`crate::messages`] names.
//!
//! What isolated peers are told once per task is postcard bytes instead, as through the pipes of native processes.

use js_sys::Array;
#[cfg(feature = "lab")]
use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// A message as it is posted, with what travels beside its text.
pub fn seal<T: Serialize>(message: &T, beside: &JsValue) -> JsValue {
    let text = serde_json::to_string(message).expect("messages have only text keys");
    Array::of2(&text.into(), beside).into()
}

/// Reads what was posted; `None` if it is no such message.
pub fn open<T: DeserializeOwned>(posted: &JsValue) -> Option<(T, JsValue)> {
    let parts: &Array = posted.dyn_ref()?;
    let message = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
    Some((message, parts.get(1)))
}

/// A message to or from an isolated peer as it is posted.
///
/// # Errors
/// Why it cannot be written.
#[cfg(feature = "lab")]
pub fn seal_bytes<T: Serialize>(message: &T) -> Result<JsValue, String> {
    let bytes = postcard::to_stdvec(message).map_err(|error| error.to_string())?;
    Ok(Uint8Array::new_from_slice(&bytes).into())
}

/// Reads a message to or from an isolated peer.
///
/// # Errors
/// Why it is none.
#[cfg(feature = "lab")]
pub fn open_bytes<T: DeserializeOwned>(posted: &JsValue) -> Result<T, String> {
    let bytes: &Uint8Array = posted.dyn_ref().ok_or("these are no bytes")?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|error| error.to_string())
}
