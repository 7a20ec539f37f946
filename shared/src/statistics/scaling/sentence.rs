//! A fit in plain words.

use super::{Estimate, Fit};

/// A share whose interval is wider than this is not known.
const UNKNOWN: f64 = 0.5;

impl Fit {
    /// What the fit means, in a sentence or two.
    pub fn sentence(&self) -> String {
        if self.serial.interval.is_some_and(|interval| interval.width() > UNKNOWN) {
            let range = between(self.serial);
            return format!(
                "How much of the work is serial cannot be told from these runs{range}: ask for more of them."
            );
        }
        let waits = if self.crosstalk.is_some() { " or waits for its turn" } else { "" };
        let share = match self.serial.value {
            value if value < 0.0005 => "Hardly any".to_owned(),
            value => format!("About {}", percent(value)),
        };
        let first = format!("{share} of the work is serial{waits}{}", between(self.serial));
        match (self.peak(), self.ceiling()) {
            (Some(peak), _) => {
                // Of the two whole numbers around the peak, the better one.
                let (below, above) = (peak.floor().max(1.0) as u32, peak.ceil().max(1.0) as u32);
                let best = if self.predict(above).value > self.predict(below).value { above } else { below };
                if best == 1 {
                    return format!("{first}, and workers hinder each other: by this law, more of them are no faster.");
                }
                let reach = format!("{:.1} times as fast", self.predict(best).value);
                let pair = self.crosstalk.map_or_else(String::new, |crosstalk| {
                    format!(", each pair by {}{}", percent(crosstalk.value), between(crosstalk))
                });
                format!(
                    "{first}, and workers hinder each other{pair}: by this law, {} are the fastest, {reach} as one{}.",
                    workers(best),
                    self.beyond(best)
                )
            }
            (None, Some(ceiling)) => {
                let reach = match ceiling {
                    // What rounds to 1 times as fast.
                    ceiling if ceiling < 1.05 => "faster".to_owned(),
                    ceiling => format!("more than {ceiling:.1} times as fast"),
                };
                format!("{first}: by this law, no number of workers makes it {reach}.")
            }
            (None, None) => {
                format!("No serial part shows with up to {}: speed-up grows with the workers.", workers(self.measured))
            }
        }
    }

    /// The remark that belongs to what is said of so many workers.
    fn beyond(&self, workers: u32) -> String {
        if workers > self.measured {
            format!(" (extrapolated: measured up to {})", self.measured)
        } else {
            String::new()
        }
    }
}

/// A share, with as many digits as say something.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    // From 9.95 on, rounding makes it 10.
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn between(estimate: Estimate) -> String {
    let range = |of: super::Interval| format!(" (95 % interval: {} to {})", percent(of.low), percent(of.high));
    estimate.interval.map(range).unwrap_or_default()
}

fn workers(count: u32) -> String {
    if count == 1 { "1 worker".to_owned() } else { format!("{count} workers") }
}

#[cfg(test)]
mod tests {
    use crate::statistics::scaling::{Law, LawCurve, Point, fit};

    #[test]
    fn what_is_not_known_is_not_told() {
        let speedups = |p: u32| if p == 1 { vec![1.0, 1.0] } else { vec![1.0, f64::from(p)] };
        let fit = fit(Law::Amdahl, &[1, 2, 4].map(|p| Point { workers: p, speedups: speedups(p) })).expect("a fit");
        let said = fit.sentence();
        assert!(said.starts_with("How much of the work is serial cannot be told from these runs (95 %"), "{said}");
    }

    #[test]
    fn sentences() {
        fn check(law: Law, serial: f64, crosstalk: f64, repetitions: usize, expected: &str) {
            let curve = LawCurve { serial, crosstalk };
            let point = |p: u32| Point { workers: p, speedups: vec![curve.speedup(f64::from(p)); repetitions] };
            let fit = fit(law, &[1, 2, 4, 8].map(point)).expect("a fit");
            assert_eq!(fit.sentence(), expected);
        }
        check(
            Law::Amdahl,
            0.05,
            0.0,
            1,
            "About 5.0 % of the work is serial: by this law, no number of workers makes it more than 20.0 times as fast.",
        );
        check(
            Law::Amdahl,
            0.25,
            0.0,
            3,
            "About 25 % of the work is serial (95 % interval: 25 % to 25 %): by this law, no number of workers makes it \
             more than 4.0 times as fast.",
        );
        check(
            Law::Universal,
            0.1,
            0.025,
            1,
            "About 10 % of the work is serial or waits for its turn, and workers hinder each other, each pair by 2.5 %: \
             by this law, 6 workers are the fastest, 2.7 times as fast as one.",
        );
        check(
            Law::Universal,
            0.1,
            0.001,
            1,
            "About 10 % of the work is serial or waits for its turn, and workers hinder each other, each pair by 0.1 %: \
             by this law, 30 workers are the fastest, 6.3 times as fast as one (extrapolated: measured up to 8).",
        );
        check(
            Law::Amdahl,
            0.97,
            0.0,
            1,
            "About 97 % of the work is serial: by this law, no number of workers makes it faster.",
        );
        check(
            Law::Universal,
            0.0,
            0.01,
            1,
            "Hardly any of the work is serial or waits for its turn, and workers hinder each other, each pair by 1.0 %: by \
             this law, 10 workers are the fastest, 5.3 times as fast as one (extrapolated: measured up to 8).",
        );
        check(
            Law::Universal,
            0.9,
            0.2,
            1,
            "About 90 % of the work is serial or waits for its turn, and workers hinder each other: by this law, more of \
             them are no faster.",
        );
    }
}
