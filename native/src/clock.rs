//! A monotonic clock that several processes agree on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since a base. Another process of the same boot that is sent it reads the same times from it, whatever
/// becomes of the time of day meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    base: Duration,
}

impl Clock {
    /// A clock whose base is now.
    pub fn start() -> Self {
        Self { base: now() }
    }

    /// Milliseconds since the base.
    pub fn now_ms(&self) -> f64 {
        now().saturating_sub(self.base).as_secs_f64() * 1e3
    }

    /// Its base on the system's clock, in milliseconds, for processes that read that one themselves.
    pub fn base_ms(&self) -> f64 {
        self.base.as_secs_f64() * 1e3
    }

    /// For how long the machine has slept since it was started, in milliseconds, where the system tells.
    pub fn asleep_ms() -> f64 {
        // Both are read one after the other, and no time lies between them that matters here.
        now_with_sleep().saturating_sub(now()).as_secs_f64() * 1e3
    }

    /// The smallest step that the clock was seen to make, in milliseconds.
    pub fn step_ms() -> f64 {
        let step = |_| {
            let before = now();
            loop {
                let after = now();
                if after > before {
                    return after - before;
                }
            }
        };
        (0..1000).map(step).min().unwrap_or_default().as_secs_f64() * 1e3
    }
}

/// Time on the system's monotonic clock, which all processes of one boot share and nobody sets: the one behind
/// `Instant`, and the one that the Python twin reads (`baselines/python/twin/clock.py`).
#[cfg(unix)]
fn now() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Monotonic)).expect("a clock that begins with the boot is never before it")
}

/// The same with the time that the machine slept.
#[cfg(target_os = "linux")]
fn now_with_sleep() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Boottime)).expect("a clock that begins with the boot is never before it")
}

/// Other systems do not tell.
#[cfg(not(target_os = "linux"))]
fn now_with_sleep() -> Duration {
    Duration::ZERO
}

/// Elsewhere no clock is known that is both shared and monotonic: processes meet at the time of day.
#[cfg(not(unix))]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_sent_a_clock_reads_the_same_times() {
        let own = Clock::start();
        let sent: Clock = postcard::from_bytes(&postcard::to_stdvec(&own).expect("encoded")).expect("decoded");
        std::thread::sleep(Duration::from_millis(5));
        let before = own.now_ms();
        let between = sent.now_ms();
        let after = own.now_ms();
        assert!(5.0 <= before && before <= between && between <= after, "{before} {between} {after}");
    }

    #[test]
    fn nobody_slept_while_nobody_slept() {
        let before_ms = Clock::asleep_ms();
        std::thread::sleep(Duration::from_millis(20));
        let slept_ms = Clock::asleep_ms() - before_ms;
        assert!(before_ms >= 0.0 && slept_ms.abs() < 20.0, "{before_ms} {slept_ms}");
    }

    #[test]
    fn the_step_is_positive() {
        assert!(Clock::step_ms() > 0.0);
    }
}
