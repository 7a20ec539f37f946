//! How a threshold is written, and what is said of what is none.

use std::fmt;
use std::str::FromStr;

use super::{Direction, Threshold};

/// What the parts of a threshold begin with.
const KEYWORDS: [&str; 4] = ["on", "with", "x", ","];

/// Why a threshold cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// It is none.
    #[error(
        "\"{text}\" is no threshold: {reason}; write for example \"chromium/native > 1.5 on count with threads x 2\""
    )]
    Unreadable {
        /// The threshold as it was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It names a side that no part of the pair, or more than one, is of.
    #[error("\"{side}\" is {count} of this pair: there are {known}")]
    NoSuchPart {
        /// The name that no part has.
        side: String,
        /// What it is instead.
        count: &'static str,
        /// The names that can be meant, as a sentence lists them.
        known: String,
    },
    /// It names a side that no report, or more than one, is of.
    #[error("\"{side}\" is {count} of the reports, which are {known}")]
    NoSuchReport {
        /// The name that no report has.
        side: String,
        /// How many reports it is.
        count: &'static str,
        /// The names that can be meant, with commas.
        known: String,
    },
    /// Both sides are the same report.
    #[error("\"{numerator}\" and \"{denominator}\" are the same report; a threshold takes two of {known}")]
    Same {
        /// The name above the stroke.
        numerator: String,
        /// The name below it.
        denominator: String,
        /// The names that can be meant, with commas.
        known: String,
    },
    /// Both sides are files of pairs, and no platform is in both.
    #[error("\"{numerator}\" and \"{denominator}\" have no platform in common; there are {known}")]
    NothingInCommon {
        /// The name above the stroke.
        numerator: String,
        /// The name below it.
        denominator: String,
        /// The names that can be meant, with commas.
        known: String,
    },
    /// No row is meant.
    #[error("\"{text}\" matches no row; there are {known}")]
    Nothing {
        /// The threshold as it was given.
        text: String,
        /// The names that can be meant, with commas.
        known: String,
    },
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.direction == Direction::Above { '>' } else { '<' };
        write!(f, "{}/{}", self.numerator, self.denominator)?;
        if let Some([above, below]) = &self.of {
            write!(f, " of {above}/{below}")?;
        }
        write!(f, " {sign} {}", self.limit)?;
        if let Some(on) = &self.on {
            write!(f, " on {on}")?;
        }
        if let Some(strategy) = self.strategy {
            write!(f, " with {strategy}")?;
        }
        if let Some(workers) = self.workers {
            write!(f, " × {workers}")?;
        }
        self.parts.iter().try_for_each(|part| write!(f, ", {part}"))
    }
}

/// The same without the commas of numbers as people read them: `n 10,000` is `n 10000`.
fn without_thousands(text: &str) -> String {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let divides = |at: usize| at > 0 && is_digit(at - 1) && (1..=3).all(|on| is_digit(at + on)) && !is_digit(at + 4);
    text.char_indices().filter(|(at, letter)| *letter != ',' || !divides(*at)).map(|(_, letter)| letter).collect()
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let refuse = |reason: &str| ThresholdError::Unreadable { text: text.to_owned(), reason: reason.to_owned() };
        let at = text.find(['<', '>']).ok_or_else(|| refuse("it has neither < nor >"))?;
        let (sides, rest) = text.split_at(at);
        let direction = if rest.starts_with('>') { Direction::Above } else { Direction::Below };
        let two = |words: &[&str]| {
            let sides = words.join(" ");
            let two = sides.split_once('/').ok_or_else(|| refuse("it has no SIDE/SIDE before the < or >"))?;
            let [above, below] = [two.0.trim(), two.1.trim()];
            if above.is_empty() || below.is_empty() || above == below {
                return Err(refuse("it takes two different sides"));
            }
            Ok([above.to_owned(), below.to_owned()])
        };
        let words: Vec<&str> = sides.split_whitespace().collect();
        let mut parts = words.splitn(2, |word| *word == "of");
        let [numerator, denominator] = two(parts.next().unwrap_or_default())?;
        let of = parts.next().map(two).transpose()?;
        if rest[1..].starts_with('=') {
            return Err(refuse("there is no >= and no <=: write > or <"));
        }
        let rest = without_thousands(&rest[1..]).replace('×', " x ").replace(',', " , ");
        let mut words = rest.split_whitespace().peekable();
        let limit =
            words.next().and_then(|word| word.parse::<f64>().ok()).filter(|limit| *limit > 0.0 && limit.is_finite());
        let limit = limit.ok_or_else(|| refuse("it has no number above 0 after the < or >"))?;
        let mut threshold = Self {
            numerator,
            denominator,
            of,
            direction,
            limit,
            on: None,
            strategy: None,
            workers: None,
            parts: Vec::new(),
        };
        while let Some(word) = words.next() {
            let is_twice = match word {
                "on" => threshold.on.is_some(),
                "with" => threshold.strategy.is_some(),
                "x" if threshold.strategy.is_some() => threshold.workers.is_some(),
                "," if threshold.strategy.is_some() => false,
                _ => return Err(refuse(&format!("\"{word}\" is not understood"))),
            };
            if is_twice {
                return Err(refuse(&format!("it says \"{word}\" twice")));
            }
            let mut following = Vec::new();
            while let Some(next) = words.next_if(|next| !KEYWORDS.contains(next) || word == "," && *next == "x") {
                following.push(next);
                if word != "," {
                    break;
                }
            }
            if following.is_empty() {
                return Err(refuse(&format!("nothing follows \"{word}\"")));
            }
            let following = following.join(" ");
            match word {
                "on" => threshold.on = Some(following),
                "with" => threshold.strategy = Some(following.parse().map_err(|error: String| refuse(&error))?),
                "x" => {
                    let workers = following.parse().map_err(|_| refuse("the number of workers is none"))?;
                    threshold.workers = Some(workers);
                }
                _ => threshold.parts.push(following),
            }
        }
        Ok(threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    fn read(text: &str) -> Result<Threshold, ThresholdError> {
        text.parse()
    }

    #[test]
    fn thresholds_as_people_write_them() {
        fn check(text: &str, expected: &str) {
            assert_eq!(
                read(text).map_or_else(|error| error.to_string(), |threshold| threshold.to_string()),
                expected,
                "{text}"
            );
        }
        check("browser/native > 1.5 on count", "browser/native > 1.5 on count");
        check("browser / native>1.5 on count with threads×2", "browser/native > 1.5 on count with threads × 2");
        check("native/python < 0.05 with sequential", "native/python < 0.05 with sequential");
        check("firefox/chromium > 2 with threads x 4 on sum", "firefox/chromium > 2 on sum with threads × 4");
        let label = "#2/#1 > 2 on sum with processes × 5, one per task, as the source ran it";
        check(label, label);
        check("#2/#1 of chromium/native>1.1 on sum", "#2/#1 of chromium/native > 1.1 on sum");
        check("#2/#1>2 with processes,per-task , map on sum", "#2/#1 > 2 on sum with processes, per-task, map");
        check("#2/#1>2 with threads x 2, n 10,000,000,map", "#2/#1 > 2 with threads × 2, n 10000000, map");
    }

    #[test]
    fn what_is_no_threshold_is_told_the_way_out() {
        let texts = [
            "",
            "browser > 1",
            "native/native > 1",
            "browser/native >",
            "browser/native > 0",
            "browser/native > NaN",
            "browser/native >= 1",
            "#2/#1 of chromium > 1",
            "#2/#1 of<1.1",
            "#2/#1 of native/native > 1",
            "browser/native<=1",
            "browser/native > 1 for count",
            "browser/native > 1 on",
            "browser/native > 1 on count on sum",
            "browser/native > 1 with async with threads",
            "browser/native > 1 with threads x 2 x 4",
            "browser/native > 1 with threads x",
            "browser/native > 1 with threads,",
            "browser/native > 1, one per task",
            "browser/native > 1 with forks",
        ];
        golden::answers("refused.threshold.txt", texts.map(|text| (text, read(text).expect_err(text))));
    }
}
