//! A monotonic clock that several processes agree on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Milliseconds since a base that other processes can join.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    /// Time since the base at `origin`.
    ahead: Duration,
    base: Base,
}

/// The base of a [`Clock`], as time since the Unix epoch.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Base(Duration);

impl Clock {
    /// A clock whose base is now.
    pub fn start() -> Self {
        Self { origin: Instant::now(), ahead: Duration::ZERO, base: Base(unix_time()) }
    }

    /// A clock with the base of another process on this machine.
    ///
    /// `Instant` cannot be sent, so that the two meet at the system's time of day, which both read
    /// next to their own monotonic clock. They differ by the time between those two readings (under
    /// a microsecond), unless the time of day is set in between.
    pub fn join(base: Base) -> Self {
        Self { origin: Instant::now(), ahead: unix_time().saturating_sub(base.0), base }
    }

    /// What another process joins with.
    pub fn base(&self) -> Base {
        self.base
    }

    /// Milliseconds since the base.
    pub fn now_ms(&self) -> f64 {
        (self.origin.elapsed() + self.ahead).as_secs_f64() * 1e3
    }

    /// The smallest step that the clock was seen to make, in milliseconds.
    pub fn step_ms(&self) -> f64 {
        let step = |_| {
            let before = Instant::now();
            loop {
                let after = Instant::now();
                if after > before {
                    return after - before;
                }
            }
        };
        (0..1000).map(step).min().unwrap_or_default().as_secs_f64() * 1e3
    }
}

fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clocks_agree() {
        let one = Clock::start();
        std::thread::sleep(Duration::from_millis(5));
        let other = Clock::join(one.base());
        let before = one.now_ms();
        let between = other.now_ms();
        let after = one.now_ms();
        assert!(before - 1.0 < between && between < after + 1.0, "{before} {between} {after}");
    }

    #[test]
    fn the_step_is_positive() {
        assert!(Clock::start().step_ms() > 0.0);
    }
}
