//! A monotonic clock that all workers of a page agree on.

use wasm_bindgen::prelude::wasm_bindgen;

use super::clock_step;
use super::timer::sleep_ms;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    static TIME_ORIGIN: f64;
}

std::thread_local! {
    /// When this worker's `performance.now` was 0, in milliseconds since the Unix epoch.
    static ORIGIN_MS: f64 = TIME_ORIGIN.with(|origin| *origin);
}

/// Milliseconds since a base that other workers can join.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    base_ms: f64,
}

impl Clock {
    /// A clock whose base is now.
    pub fn start() -> Self {
        Self { base_ms: ORIGIN_MS.with(|origin| *origin) + performance_now() }
    }

    /// A clock with the base of another worker.
    pub fn join(base_ms: f64) -> Self {
        Self { base_ms }
    }

    /// What another worker joins with.
    pub fn base_ms(&self) -> f64 {
        self.base_ms
    }

    /// For how long the machine has slept since the worker began, in milliseconds, where the browser's clock stands still
    /// meanwhile: how much further the time of day is, which somebody may have set, too.
    pub fn asleep_ms() -> f64 {
        js_sys::Date::now() - (ORIGIN_MS.with(|origin| *origin) + performance_now())
    }

    /// Milliseconds since the base.
    pub fn now_ms(&self) -> f64 {
        // The base is near this worker's origin: subtracting first keeps every digit of `now`.
        (ORIGIN_MS.with(|origin| *origin) - self.base_ms) + performance_now()
    }
}

/// The smallest step that the clock was seen to make, in milliseconds.
pub async fn step_ms() -> f64 {
    clock_step::smallest_ms(performance_now, sleep_ms).await
}
