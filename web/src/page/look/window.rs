//! The stretch of time that is seen.

/// No shorter stretch than this is seen: no clock tells more apart.
const SHORTEST_MS: f64 = 1e-4;

/// A stretch of time, in milliseconds since runs began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Where it begins.
    pub from_ms: f64,
    /// Where it ends.
    pub to_ms: f64,
    /// Where all of it ends.
    until_ms: f64,
}

impl Window {
    /// All of it, up to a time over 0.
    pub fn all(until_ms: f64) -> Self {
        let until_ms = if until_ms.is_finite() { until_ms.max(SHORTEST_MS) } else { SHORTEST_MS };
        Self { from_ms: 0.0, to_ms: until_ms, until_ms }
    }

    /// How much is seen.
    pub fn length_ms(self) -> f64 {
        self.to_ms - self.from_ms
    }

    /// Whether all of it is seen.
    pub fn is_all(self) -> bool {
        self.length_ms() >= self.until_ms * (1.0 - 1e-9)
    }

    /// So many times as close, or as far with less than 1, where a time stays in its place.
    #[must_use]
    pub fn zoomed(self, times: f64, at_ms: f64) -> Self {
        let least = SHORTEST_MS.min(self.until_ms);
        let length = (self.length_ms() / times.clamp(1e-6, 1e6)).clamp(least, self.until_ms);
        let at_ms = at_ms.clamp(self.from_ms, self.to_ms);
        let share = (at_ms - self.from_ms) / self.length_ms();
        self.moved_to(at_ms - length * share, length)
    }

    /// Later by so much of what is seen; earlier with less than 0.
    #[must_use]
    pub fn moved(self, share: f64) -> Self {
        self.moved_to(self.from_ms + self.length_ms() * share, self.length_ms())
    }

    /// No further than it takes to see a stretch, or its beginning if it is longer than what is seen.
    #[must_use]
    pub fn showing(self, from_ms: f64, to_ms: f64) -> Self {
        let length = self.length_ms();
        let margin = length * 0.05;
        if from_ms < self.from_ms || to_ms - from_ms > length {
            self.moved_to(from_ms - margin, length)
        } else if to_ms > self.to_ms {
            self.moved_to(to_ms + margin - length, length)
        } else {
            self
        }
    }

    /// A stretch with as much before and behind it.
    #[must_use]
    pub fn around(self, from_ms: f64, to_ms: f64) -> Self {
        let length = ((to_ms - from_ms) * 3.0).clamp(SHORTEST_MS.min(self.until_ms), self.until_ms);
        self.moved_to((from_ms + to_ms - length) / 2.0, length)
    }

    fn moved_to(self, from_ms: f64, length_ms: f64) -> Self {
        let from_ms = from_ms.clamp(0.0, (self.until_ms - length_ms).max(0.0));
        Self { from_ms, to_ms: from_ms + length_ms, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(window: Window, from_ms: f64, to_ms: f64) {
        let near = |left: f64, right: f64| (left - right).abs() < 1e-6;
        assert!(near(window.from_ms, from_ms) && near(window.to_ms, to_ms), "{window:?}");
    }

    #[test]
    fn what_is_pointed_at_stays_in_its_place() {
        let window = Window::all(1000.0);
        check(window.zoomed(2.0, 500.0), 250.0, 750.0);
        check(window.zoomed(4.0, 0.0), 0.0, 250.0);
        check(window.zoomed(4.0, 250.0).zoomed(0.25, 250.0), 0.0, 1000.0);
        check(window.zoomed(2.0, 2000.0), 500.0, 1000.0);
        check(window.zoomed(0.1, 500.0), 0.0, 1000.0);
        assert!(window.zoomed(0.5, 500.0).is_all() && !window.zoomed(1.01, 500.0).is_all());
    }

    #[test]
    fn it_stays_within_the_run() {
        let window = Window::all(1000.0).zoomed(4.0, 500.0);
        check(window.moved(0.5), 500.0, 750.0);
        check(window.moved(10.0), 750.0, 1000.0);
        check(window.moved(-10.0), 0.0, 250.0);
        check(Window::all(1000.0).moved(1.0), 0.0, 1000.0);
    }

    #[test]
    fn it_goes_no_further_than_it_has_to() {
        let window = Window::all(1000.0).zoomed(10.0, 0.0);
        check(window.showing(20.0, 60.0), 0.0, 100.0);
        check(window.showing(200.0, 220.0), 125.0, 225.0);
        check(window.moved(5.0).showing(200.0, 220.0), 195.0, 295.0);
        check(window.showing(500.0, 900.0), 495.0, 595.0);
        check(window.around(400.0, 500.0), 300.0, 600.0);
    }

    #[test]
    fn no_closer_than_clocks_tell() {
        let mut window = Window::all(1000.0);
        for _ in 0..100 {
            window = window.zoomed(10.0, 300.0);
        }
        assert!(window.length_ms() >= 0.9e-4 && window.from_ms <= 300.0 && window.to_ms >= 300.0, "{window:?}");
        for until_ms in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9] {
            let window = Window::all(until_ms).zoomed(2.0, 0.0).moved(0.3);
            assert!(window.length_ms() > 0.0 && window.length_ms().is_finite(), "{until_ms}");
        }
    }
}
