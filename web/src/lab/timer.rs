//! Waiting in a worker.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

/// Returns after some time, never sooner: timers count whole milliseconds.
pub async fn sleep_ms(duration_ms: f64) {
    let mut timer = None;
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let set = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, duration_ms.ceil() as i32);
        timer = Some(Timer(set.expect("a worker has timers")));
    });
    _ = JsFuture::from(promise).await;
    drop(timer);
}

/// A timer, which does not go off after it is dropped.
struct Timer(i32);

impl Drop for Timer {
    fn drop(&mut self) {
        scope().clear_timeout_with_handle(self.0);
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
