//! How long the target waits before it answers.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::{as_text, decimal};

/// The longest latency, in milliseconds: ten minutes, as long as the longest time limit of a task.
pub const LATENCY_MAX_MS: f64 = 600_000.0;

/// The time before the head of an answer, uniform between two bounds. As text: `MS`, `MIN-MAX`, or nothing for none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    min_ms: f64,
    max_ms: f64,
}

impl Latency {
    /// The least, in milliseconds.
    pub fn min_ms(self) -> f64 {
        self.min_ms
    }

    /// The most, in milliseconds.
    pub fn max_ms(self) -> f64 {
        self.max_ms
    }

    /// The mean, in milliseconds.
    pub fn mean_ms(self) -> f64 {
        f64::midpoint(self.min_ms, self.max_ms)
    }

    /// Whether the target answers as soon as it can.
    pub fn is_none(self) -> bool {
        self.max_ms == 0.0
    }
}

impl Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            latency if latency.is_none() => Ok(()),
            Self { min_ms, max_ms } if min_ms == max_ms => write!(f, "{min_ms}"),
            Self { min_ms, max_ms } => write!(f, "{min_ms}-{max_ms}"),
        }
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let bound = |text| decimal(text).filter(|ms| (0.0..=LATENCY_MAX_MS).contains(ms));
        let bounds = match text.split_once('-') {
            Some((min, max)) => bound(min).zip(bound(max)),
            None => bound(text).map(|ms| (ms, ms)),
        };
        match bounds {
            None => Err(format!("use milliseconds from 0 to {LATENCY_MAX_MS}, or MIN-MAX such as 100-300")),
            Some((min_ms, max_ms)) if min_ms > max_ms => {
                Err(format!("it ends before it begins; use MIN-MAX with MIN at most MAX: {max_ms}-{min_ms}"))
            }
            Some((min_ms, max_ms)) => Ok(Self { min_ms, max_ms }),
        }
    }
}

as_text!(Latency "latency_ms");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::golden;

    #[test]
    fn text_becomes_bounds_and_text_again() {
        #[track_caller]
        fn check(text: &str, bounds_ms: (f64, f64), printed: &str) {
            let latency: Latency = text.parse().expect("a latency");
            assert_eq!((latency.min_ms(), latency.max_ms()), bounds_ms);
            assert_eq!(latency.to_string(), printed);
            assert_eq!(serde_json::to_string(&latency).expect("JSON"), format!("\"{printed}\""));
        }
        check("", (0.0, 0.0), "");
        check("0", (0.0, 0.0), "");
        check("100", (100.0, 100.0), "100");
        check("0.5", (0.5, 0.5), "0.5");
        check("5-10", (5.0, 10.0), "5-10");
        check("0-0.25", (0.0, 0.25), "0-0.25");
        check("7-7", (7.0, 7.0), "7");
    }

    #[test]
    fn what_is_none_is_told_the_way_out() {
        let texts = ["300-100", "a", "-", "-1", "1-", "1-2-3", "1e1", "+1", "inf", "NaN", " 1", ".", "600000.5"];
        let refused = texts.map(|text| (text, text.parse::<Latency>().expect_err("no latency")));
        golden::answers("refused.latency.txt", refused);
        let error = serde_json::from_str::<Latency>("\"1-2-3\"").expect_err("no latency").to_string();
        assert!(error.starts_with("latency_ms = \"1-2-3\" cannot be used: use milliseconds"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(one_ms in 0.0..=LATENCY_MAX_MS, another_ms in 0.0..=LATENCY_MAX_MS) {
            let latency = Latency { min_ms: one_ms.min(another_ms), max_ms: one_ms.max(another_ms) };
            prop_assert_eq!(latency.to_string().parse(), Ok(latency));
        }
    }
}
