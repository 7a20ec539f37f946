//! How coarse a clock is.

/// So many steps of the clock are looked at.
const STEPS: usize = 200;
/// But no longer than this, once a step was seen: a browser that resists fingerprinting shows 100 ms at a time, and the
/// page gives a lab up that has not answered after some seconds.
const LOOK_MS: f64 = 200.0;

/// The smallest step that a clock, in milliseconds, is seen to make.
pub fn smallest_ms(mut now_ms: impl FnMut() -> f64) -> f64 {
    let began_ms = now_ms();
    let (mut smallest_ms, mut last_ms) = (f64::INFINITY, began_ms);
    for _ in 0..STEPS {
        let after_ms = loop {
            let after_ms = now_ms();
            if after_ms > last_ms {
                break after_ms;
            }
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
    use super::*;

    /// A clock that is read every `read_ms` and shows multiples of `step_ms`; how many milliseconds it was watched.
    fn watched(step_ms: f64, read_ms: f64) -> (f64, f64) {
        let mut true_ms = 0.0;
        let smallest = smallest_ms(|| {
            true_ms += read_ms;
            (true_ms / step_ms).floor() * step_ms
        });
        (smallest, true_ms)
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
}
