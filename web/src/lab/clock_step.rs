//! How coarse a clock is.

use parlab_shared::report::CLOCK_STANDS_MS;

/// So many steps of the clock are looked at.
const STEPS: usize = 200;
/// But no longer than this, once a step was seen: a browser that resists fingerprinting shows 100 ms at a time, and the
/// page gives a lab up that has not answered after some seconds.
const LOOK_MS: f64 = 200.0;
/// After so many readings without a step something else than the clock says how long it was watched. A reading takes some
/// tens of nanoseconds, and a fine clock steps after a few.
const READINGS: u32 = 1_000_000;
/// How long that is waited for at a time, in milliseconds.
const PAUSE_MS: f64 = 10.0;

/// The smallest step that a clock, in milliseconds, is seen to make; [`CLOCK_STANDS_MS`], if it makes none for that long. To
/// `pause` takes so many milliseconds by whatever else than this clock.
pub async fn smallest_ms(now_ms: impl FnMut() -> f64, pause: impl AsyncFn(f64)) -> f64 {
    watch(READINGS, now_ms, pause).await
}

async fn watch(readings: u32, mut now_ms: impl FnMut() -> f64, pause: impl AsyncFn(f64)) -> f64 {
    let began_ms = now_ms();
    let (mut smallest_ms, mut last_ms) = (CLOCK_STANDS_MS, began_ms);
    let mut waited_ms = 0.0;
    for _ in 0..STEPS {
        let after_ms = loop {
            let mut readings = (0..readings).map(|_| now_ms());
            if let Some(after_ms) = readings.find(|now_ms| *now_ms > last_ms) {
                break after_ms;
            }
            if waited_ms >= CLOCK_STANDS_MS {
                return smallest_ms;
            }
            pause(PAUSE_MS).await;
            waited_ms += PAUSE_MS;
        };
        smallest_ms = smallest_ms.min(after_ms - last_ms);
        if after_ms - began_ms > LOOK_MS {
            break;
        }
        // The next step is counted from a moment of its own: between two steps this program takes its time.
        last_ms = now_ms();
    }
    smallest_ms
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// What a future returns that never waits.
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits"),
        }
    }

    /// A clock that is read every `read_ms` and shows multiples of `step_ms`; how many milliseconds it was watched.
    fn watched(step_ms: f64, read_ms: f64) -> (f64, f64) {
        let true_ms = Cell::new(0.0);
        let read = || {
            true_ms.set(true_ms.get() + read_ms);
            (true_ms.get() / step_ms).floor() * step_ms
        };
        let smallest = at_once(smallest_ms(read, async |pause_ms| true_ms.set(true_ms.get() + pause_ms)));
        (smallest, true_ms.get())
    }

    #[test]
    fn a_fine_clock_is_watched_for_all_its_steps() {
        let (smallest, took_ms) = watched(0.125, 0.0625);
        assert_eq!(smallest, 0.125);
        assert!((200.0 * 0.125..100.0).contains(&took_ms), "{took_ms}");
    }

    #[test]
    fn a_coarse_clock_is_watched_for_a_time_not_for_steps() {
        let (smallest, took_ms) = watched(100.0, 0.25);
        assert_eq!(smallest, 100.0);
        assert!(took_ms < 500.0, "{took_ms}");
        let (smallest, took_ms) = watched(1000.0, 0.25);
        assert_eq!(smallest, 1000.0);
        assert!(took_ms < 1500.0, "{took_ms}");
    }

    #[test]
    fn a_clock_that_stands_still_is_not_watched_for_ever() {
        let paused_ms = Cell::new(0.0);
        let smallest = at_once(watch(100, || 7.0, async |pause_ms| paused_ms.set(paused_ms.get() + pause_ms)));
        assert_eq!((smallest, paused_ms.get()), (CLOCK_STANDS_MS, CLOCK_STANDS_MS));
    }
}
