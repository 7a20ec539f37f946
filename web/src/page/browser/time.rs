//! Time in the page: the clock, timers, frames.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::rc::Rc;

use js_sys::{Date, Function, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

use super::window;

/// Milliseconds since the page was opened.
pub fn now_ms() -> f64 {
    window().performance().map_or_else(Date::now, |performance| performance.now())
}

/// The time of day (RFC 3339).
pub fn timestamp() -> String {
    Date::new_0().to_iso_string().into()
}

/// A moment where the user is, as in RFC 3339 without its zone; the text itself if it is none. To ask the browser for the
/// user's own way of writing it takes 30 ms the first time.
pub fn local_time(timestamp: &str) -> String {
    let date = Date::new(&timestamp.into());
    if date.get_time().is_nan() {
        return timestamp.to_owned();
    }
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{year}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}")
}

/// Calls a function once, later; never, if dropped before.
#[derive(Debug)]
pub struct Timeout {
    id: i32,
    _call: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Calls `call` in so many milliseconds.
    pub fn new(ms: i32, call: impl FnOnce() + 'static) -> Self {
        let mut call = Some(call);
        let call = Closure::new(move || {
            if let Some(call) = call.take() {
                call();
            }
        });
        let set = window().set_timeout_with_callback_and_timeout_and_arguments_0(call.as_ref().unchecked_ref(), ms);
        Self { id: set.expect("a window has timers"), _call: call }
    }
}

impl Timeout {
    /// Lets it happen for certain.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        window().clear_timeout_with_handle(self.id);
    }
}

/// Calls a function before frames that the browser shows, until dropped.
pub struct Frames(Rc<Cell<bool>>);

impl Frames {
    /// Calls `call` before a frame after the longest period, and from then on as often as drawing costs the page one part of
    /// its time in as many as `call` returns, within the bounds of `period_ms`: what is shown runs beside it, and the first
    /// drawings cost the most. In between no frame is asked for: each costs the browser work, whether something changed or not.
    pub fn new(period_ms: RangeInclusive<f64>, mut call: impl FnMut() -> f64 + 'static) -> Self {
        let dropped = Rc::new(Cell::new(false));
        let this = dropped.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let mut due_ms = now_ms() + period_ms.end();
            loop {
                sleep_ms((due_ms - now_ms()).max(0.0)).await;
                next_frame().await;
                if this.get() {
                    return;
                }
                let from_ms = now_ms();
                let share = call();
                // The browser's own part, layout and painting, ends before the next timer.
                sleep_ms(0.0).await;
                let cost_ms = now_ms() - from_ms;
                // Frames come when the display shows one: a period that is no multiple of that is kept on average.
                due_ms = (due_ms + (share * cost_ms).clamp(*period_ms.start(), *period_ms.end())).max(now_ms());
            }
        });
        Self(dropped)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// Returns before the next frame that the browser shows.
pub async fn next_frame() {
    settled(|resolve| drop(window().request_animation_frame(resolve))).await;
}

/// Returns after some time, in a task of its own.
pub async fn sleep_ms(duration_ms: f64) {
    let duration_ms = duration_ms.ceil() as i32;
    settled(|resolve| drop(window().set_timeout_with_callback_and_timeout_and_arguments_0(resolve, duration_ms))).await;
}

/// Returns when the function that is given to `begin` was called.
async fn settled(begin: impl Fn(&Function)) {
    // Nothing rejects it.
    _ = JsFuture::from(Promise::new(&mut |resolve, _| begin(&resolve))).await;
}
