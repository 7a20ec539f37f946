//! A fit in plain words.

use super::{Fit, FittedValue};
use crate::number::{Counted, Percent};

impl Fit {
    /// What the fit means, in a sentence or two: only what its intervals show.
    pub fn sentence(&self) -> String {
        let waits = if self.crosstalk.is_some() { " or waits for its turn" } else { "" };
        let is_shown = self.serial.interval.low > 0.0;
        let share = if is_shown {
            format!("About {}", Percent(self.serial.value))
        } else {
            format!("At most {}", Percent(self.serial.interval.high))
        };
        let serial = format!("{share} of the work is serial{waits}{}", between(self.serial));
        match (self.crosstalk, self.ceiling()) {
            (Some(crosstalk), _) => self.peak().map_or_else(
                || {
                    let most = Percent(crosstalk.interval.high);
                    format!(
                        "{serial}. It is not shown that workers hinder each other: each pair does by {most} at most."
                    )
                },
                |peak| self.with_peak(&serial, crosstalk, peak),
            ),
            (None, Some(FittedValue { value, interval })) => {
                let reach = match value {
                    // What rounds to 1 times as fast.
                    value if value < 1.05 => "faster".to_owned(),
                    value => {
                        format!("more than {value:.1} times as fast ({:.1} to {:.1})", interval.low, interval.high)
                    }
                };
                let measured = self.measured;
                format!(
                    "{serial}: by this law, no number of workers makes it {reach}, extrapolated from up to {measured}."
                )
            }
            (None, None) => format!("{serial}: none is shown with up to {}.", Counted(self.measured.into(), "worker")),
        }
    }

    /// What follows where workers are shown to hinder each other.
    fn with_peak(&self, serial: &str, crosstalk: FittedValue, peak: FittedValue) -> String {
        let (below, above) = (peak.value.floor().max(1.0) as u32, peak.value.ceil().max(1.0) as u32);
        // Of the two whole numbers around the peak, the better one.
        let best = if self.predict(above).value > self.predict(below).value { above } else { below };
        let pair = format!("each pair by {}{}", Percent(crosstalk.value), between(crosstalk));
        let hinder = format!("{serial}, and workers hinder each other, {pair}");
        if best == 1 {
            return format!("{hinder}: by this law, more of them are no faster.");
        }
        let (low, high) = (peak.interval.low.floor().max(1.0), peak.interval.high.ceil());
        let until = if high.is_finite() { format!("to {high:.0}") } else { "or more".to_owned() };
        let extrapolated =
            if best > self.measured { format!(", extrapolated from up to {}", self.measured) } else { String::new() };
        format!(
            "{hinder}: by this law, {} ({low:.0} {until}) are the fastest, {:.1} times as fast as 1 worker{extrapolated}.",
            Counted(best.into(), "worker"),
            self.predict(best).value,
        )
    }
}

fn between(FittedValue { interval, .. }: FittedValue) -> String {
    format!(" (95 % interval: {} to {})", Percent(interval.low), Percent(interval.high))
}

#[cfg(test)]
mod tests {
    use crate::statistics::scaling::{Law, LawCurve, Speedups, fit};

    const COUNTS: [u32; 3] = [2, 4, 8];

    /// Speed-ups by a law in six passes that scatter by a share.
    fn speedups(serial: f64, crosstalk: f64, scatter: f64) -> Speedups {
        let curve = LawCurve { serial, crosstalk };
        let of_pass = |pass: u32| {
            let factor = |at: u32| 1.0 + scatter * (f64::from((2 * pass + 5 * at) % 6) / 2.5 - 1.0);
            COUNTS.iter().zip(0..).map(|(workers, at)| curve.speedup(f64::from(*workers)) * factor(at)).collect()
        };
        Speedups { workers: COUNTS.to_vec(), passes: (0..6).map(of_pass).collect() }
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let said = fit(Law::Amdahl, &speedups(0.3, 0.0, 0.9)).expect_err("no law").to_string();
        assert!(said.starts_with("Too few runs to tell how much of the work is serial (95 %"), "{said}");
    }

    #[test]
    fn sentences() {
        let said = |law, (serial, crosstalk)| fit(law, &speedups(serial, crosstalk, 0.004)).expect("a fit").sentence();
        let amdahl = [(0.05, 0.0), (0.97, 0.0), (0.0, 0.0)].map(|parameters| said(Law::Amdahl, parameters));
        assert_eq!(
            amdahl,
            [
                "About 5.0 % of the work is serial (95 % interval: 4.9 % to 5.1 %): by this law, no number of workers makes it \
                 more than 20.0 times as fast (19.7 to 20.2), extrapolated from up to 8.",
                "About 97 % of the work is serial (95 % interval: 97 % to 97 %): by this law, no number of workers makes it \
                 faster, extrapolated from up to 8.",
                "At most 0.1 % of the work is serial (95 % interval: 0.0 % to 0.1 %): none is shown with up to 8 workers.",
            ]
        );
        let universal = [(0.1, 0.0), (0.1, 0.025), (0.1, 0.002), (0.0, 0.01), (0.3, 0.5)];
        let of_tenth = "About 10 % of the work is serial or waits for its turn (95 % interval: 9.8 % to 10 %)";
        let hinder = |serial: &str, pair: &str| {
            format!(
                "{serial}, and workers hinder each other, each pair by {pair} (95 % interval: {pair} to {pair}): by this law, "
            )
        };
        assert_eq!(
            universal.map(|parameters| said(Law::Universal, parameters)),
            [
                format!("{of_tenth}. It is not shown that workers hinder each other: each pair does by 0.0 % at most."),
                hinder(of_tenth, "2.5 %") + "6 workers (5 to 7) are the fastest, 2.7 times as fast as 1 worker.",
                hinder(of_tenth, "0.2 %")
                    + "21 workers (20 to 22) are the fastest, 5.4 times as fast as 1 worker, extrapolated from up to 8.",
                hinder(
                    "At most 0.1 % of the work is serial or waits for its turn (95 % interval: 0.0 % to 0.1 %)",
                    "1.0 %"
                ) + "10 workers (9 to 11) are the fastest, 5.2 times as fast as 1 worker, extrapolated from up to 8.",
                hinder("About 30 % of the work is serial or waits for its turn (95 % interval: 29 % to 31 %)", "50 %")
                    + "more of them are no faster.",
            ]
        );
    }
}
