//! Hearing of the end of a worker that ends without a word: closed from outside, or lost with its process.
//!
//! While a worker lives it holds a lock (<https://w3c.github.io/web-locks/>), which the browser takes back when the worker
//! ends, however it does. Whoever made the worker waits for that lock: nobody looks, and nothing is sent.
//!
//! Where the page's address is not secure there are no locks: there only an error event tells of a death.

use js_sys::Array;
#[cfg(feature = "threads")]
use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
#[cfg(feature = "threads")]
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use crate::messages::ALIVE;

#[wasm_bindgen(module = "/src/life.js")]
extern "C" {
    fn watch(name: &str, over: &Closure<dyn FnMut()>) -> AbortController;

    #[cfg(feature = "threads")]
    #[wasm_bindgen(js_name = hold)]
    fn hold_lock(name: &str) -> Promise;
}

/// What is said of a worker that ended without a word.
pub const CLOSED: &str = "the worker was closed from outside, or its process ended";

/// A name for a lock that nobody else has: all pages of an origin share their locks.
pub fn new_lock() -> String {
    let number = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("parlab-life-{:08x}{:08x}", number(), number())
}

/// Holds a lock until this worker ends. Returns when all who held it before have ended.
#[cfg(feature = "threads")]
pub async fn hold(lock: &str) {
    // Locks that are never given back are not refused either.
    _ = JsFuture::from(hold_lock(lock)).await;
}

/// Waits for the end of a worker; no longer than until it is dropped.
pub struct DeathWatch {
    lock: String,
    /// What is called when the worker has ended; until it has been heard of.
    died: Option<Box<dyn FnOnce()>>,
    waiting: Option<(AbortController, Closure<dyn FnMut()>)>,
}

impl DeathWatch {
    /// A watch over a worker that is about to be made, which will call `died` when that has ended.
    pub fn new(died: impl FnOnce() + 'static) -> Self {
        Self { lock: new_lock(), died: Some(Box::new(died)), waiting: None }
    }

    /// The lock that the worker is to hold.
    pub fn lock(&self) -> String {
        self.lock.clone()
    }

    /// Whether a message is the worker's sign that it lives, which nobody else wants to hear. Only its first can be.
    pub fn hears(&mut self, message: &JsValue) -> bool {
        let Some(died) = self.died.take() else { return false };
        if message.dyn_ref::<Array>().and_then(|parts| parts.get(0).as_string()).as_deref() != Some(ALIVE) {
            return false;
        }
        let over = Closure::once(died);
        self.waiting = Some((watch(&self.lock, &over), over));
        true
    }
}

impl Drop for DeathWatch {
    fn drop(&mut self) {
        if let Some((waiting, _)) = &self.waiting {
            waiting.abort();
        }
    }
}
