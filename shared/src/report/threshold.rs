//! Thresholds: what must not be true of a comparison, as a user writes it.

use std::str::FromStr;

use serde::Serialize;

use super::{Comparison, Ratio, Report, compare};
use crate::strategy::Strategy;

/// `SIDE/SIDE > NUMBER [on NAME] [with STRATEGY[×WORKERS]]`: broken by every row whose ratio is beyond the number.
///
/// A side is a platform, the name of a browser, or `#` and the report's place among those that are compared, from 1. A name is an experiment or a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// What is divided.
    pub numerator: String,
    /// By what.
    pub denominator: String,
    /// Where it breaks.
    pub breaks: Breaks,
    /// The number.
    pub limit: f64,
    /// Only rows of this experiment or workload.
    pub on: Option<String>,
    /// Only rows with this strategy.
    pub strategy: Option<Strategy>,
    /// And with so many workers.
    pub workers: Option<u32>,
}

/// On which side of its number a threshold breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breaks {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// Why a threshold cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// It is none.
    #[error(
        "\"{text}\" is no threshold: {reason}; write for example \"browser/native > 1.5 on count with threads x 2\""
    )]
    Unreadable {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It names a side that no report, or more than one, is of.
    #[error("\"{side}\" is {count} of the reports; there are {known}")]
    Side {
        /// The side.
        side: String,
        /// How many reports it is.
        count: &'static str,
        /// What there is.
        known: String,
    },
    /// No row that can be compared is meant.
    #[error("no row that both reports can be compared in is meant by \"{text}\"; there are {known}")]
    Nothing {
        /// The threshold.
        text: String,
        /// What there is.
        known: String,
    },
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.breaks == Breaks::Above { '>' } else { '<' };
        write!(f, "{}/{} {sign} {}", self.numerator, self.denominator, self.limit)?;
        if let Some(on) = &self.on {
            write!(f, " on {on}")?;
        }
        if let Some(strategy) = self.strategy {
            write!(f, " with {strategy}")?;
        }
        match self.workers {
            Some(workers) => write!(f, " × {workers}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let refuse = |reason: &str| ThresholdError::Unreadable { text: text.to_owned(), reason: reason.to_owned() };
        let at = text.find(['<', '>']).ok_or_else(|| refuse("it has neither < nor >"))?;
        let (sides, rest) = text.split_at(at);
        let breaks = if rest.starts_with('>') { Breaks::Above } else { Breaks::Below };
        let (numerator, denominator) =
            sides.split_once('/').ok_or_else(|| refuse("before that there is no SIDE/SIDE"))?;
        let [numerator, denominator] = [numerator.trim(), denominator.trim()];
        if numerator.is_empty() || denominator.is_empty() || numerator == denominator {
            return Err(refuse("it takes two different sides"));
        }
        if rest[1..].starts_with('=') {
            return Err(refuse("there is no >= and no <=: write > or <"));
        }
        let rest = rest[1..].replace('×', " x ");
        let mut words = rest.split_whitespace();
        let limit =
            words.next().and_then(|word| word.parse::<f64>().ok()).filter(|limit| *limit > 0.0 && limit.is_finite());
        let limit = limit.ok_or_else(|| refuse("after that there is no number above 0"))?;
        let mut threshold = Self {
            numerator: numerator.to_owned(),
            denominator: denominator.to_owned(),
            breaks,
            limit,
            on: None,
            strategy: None,
            workers: None,
        };
        while let Some(word) = words.next() {
            match (word, words.next()) {
                ("on", Some(_)) if threshold.on.is_some() => return Err(refuse("it says \"on\" twice")),
                ("on", Some(name)) => threshold.on = Some(name.to_owned()),
                ("with", Some(_)) if threshold.strategy.is_some() => return Err(refuse("it says \"with\" twice")),
                ("with", Some(strategy)) => {
                    threshold.strategy = Some(strategy.parse().map_err(|error: String| refuse(&error))?)
                }
                ("x", Some(_)) if threshold.workers.is_some() => return Err(refuse("it says \"x\" twice")),
                ("x", Some(workers)) if threshold.strategy.is_some() => {
                    threshold.workers = Some(workers.parse().map_err(|_| refuse("the number of workers is none"))?);
                }
                _ => return Err(refuse(&format!("\"{word}\" is not understood"))),
            }
        }
        Ok(threshold)
    }
}

/// What became of a threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// Rows that break it for sure: the whole interval of their ratio, or the ratio where there is no interval, is beyond
    /// the number.
    pub broken: Vec<Ratio>,
    /// Rows whose ratio is beyond the number, but whose interval reaches back over it.
    pub doubtful: Vec<Ratio>,
    /// Rows that were looked at.
    pub rows: usize,
}

impl Threshold {
    /// Checks reports against it.
    ///
    /// # Errors
    /// It names no report, or no row.
    pub fn check(&self, reports: &[Report]) -> Result<Checked, ThresholdError> {
        let (first, second) = (side(&self.numerator, reports)?, side(&self.denominator, reports)?);
        let Comparison { ratios, .. } = compare(first, second);
        let names = |one: &Ratio| [one.row.experiment.clone(), Some(one.row.workload.name().to_owned())];
        let meant = |one: &Ratio| {
            self.on.as_ref().is_none_or(|on| names(one).into_iter().flatten().any(|name| name == *on))
                && self.strategy.is_none_or(|strategy| strategy == one.row.strategy)
                && self.workers.is_none_or(|workers| workers == one.row.workers)
        };
        let known: Vec<String> =
            ratios.iter().map(|one| format!("{}, {}", one.row.workload.name(), one.row.label())).collect();
        let meant: Vec<Ratio> = ratios.into_iter().filter(meant).collect();
        if meant.is_empty() {
            let known = if known.is_empty() { "none".to_owned() } else { known.join("; ") };
            return Err(ThresholdError::Nothing { text: self.to_string(), known });
        }
        let beyond = |value: f64| match self.breaks {
            Breaks::Above => value > self.limit,
            Breaks::Below => value < self.limit,
        };
        let rows = meant.len();
        let suspects = meant.into_iter().filter(|one| beyond(one.ratio));
        let (broken, doubtful) =
            suspects.partition(|one| one.interval.is_none_or(|interval| beyond(interval.low) && beyond(interval.high)));
        Ok(Checked { broken, doubtful, rows })
    }
}

/// What a report can be called in a threshold.
fn sides(report: &Report) -> Vec<String> {
    let browser = report.environment.browser.as_ref().map(|browser| browser.name.to_lowercase());
    [report.platform.to_string()].into_iter().chain(browser).collect()
}

fn side<'a>(side: &str, reports: &'a [Report]) -> Result<&'a Report, ThresholdError> {
    let placed = side.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
    if let Some(report) = placed.and_then(|place| reports.get(place.checked_sub(1)?)) {
        return Ok(report);
    }
    let mut meant = reports.iter().filter(|report| sides(report).iter().any(|name| name == side));
    let count = match (meant.next(), meant.next()) {
        (Some(report), None) => return Ok(report),
        (Some(_), Some(_)) => "several",
        (None, _) => "none",
    };
    let known = reports.iter().zip(1..).map(|(report, place)| format!("{} or #{place}", sides(report).join(" or ")));
    let known: Vec<String> = known.collect();
    Err(ThresholdError::Side { side: side.to_owned(), count, known: known.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Execution, Request, Scale, failed};
    use crate::report::{Checksum, Run, Span, fixture};
    use crate::strategy::{Mechanism, Platform};
    use crate::task::TaskError;

    fn read(text: &str) -> Result<Threshold, ThresholdError> {
        text.parse()
    }

    #[test]
    fn thresholds_as_people_write_them() {
        fn check(text: &str, expected: &str) {
            assert_eq!(read(text).map_or_else(|error| error.to_string(), |one| one.to_string()), expected, "{text}");
        }
        check("browser/native > 1.5 on count", "browser/native > 1.5 on count");
        check("browser / native>1.5 on count with threads×2", "browser/native > 1.5 on count with threads × 2");
        check("native/python < 0.05 with sequential", "native/python < 0.05 with sequential");
        check("firefox/chromium > 2 with threads x 4 on sum", "firefox/chromium > 2 on sum with threads × 4");
        for (text, reason) in [
            ("", "it has neither < nor >"),
            ("browser > 1", "before that there is no SIDE/SIDE"),
            ("native/native > 1", "it takes two different sides"),
            ("browser/native >", "after that there is no number above 0"),
            ("browser/native > 0", "after that there is no number above 0"),
            ("browser/native > NaN", "after that there is no number above 0"),
            ("browser/native >= 1", "there is no >= and no <=: write > or <"),
            ("browser/native<=1", "there is no >= and no <=: write > or <"),
            ("browser/native > 1 for count", "\"for\" is not understood"),
            ("browser/native > 1 on", "\"on\" is not understood"),
            ("browser/native > 1 on count on sum", "it says \"on\" twice"),
            ("browser/native > 1 with async with threads", "it says \"with\" twice"),
            ("browser/native > 1 with threads x 2 x 4", "it says \"x\" twice"),
            ("browser/native > 1 with forks", "\"forks\" is none of sequential, async, threads, processes"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    /// A report of `sum` on a platform whose runs took about so many milliseconds, and scattered by a share.
    fn report(platform: Platform, wall_ms: f64, scatter: f64) -> Report {
        let plan = Request { scale: Scale::Smoke, ..Request::named("sum") }.plan(Platform::Native).expect("a plan");
        let runs = plan.rows().flat_map(|row| {
            (0..10).map(|repetition| {
                let wall_ms = wall_ms * (1.0 + scatter * (f64::from(repetition) / 4.5 - 1.0));
                let span = Span {
                    error: None,
                    checksum: Some(Checksum(7)),
                    ..failed(0, 0, [0.0, 0.0, wall_ms], TaskError::cancelled()).span
                };
                let mechanism = Mechanism::OneThread;
                let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms, spans: vec![span] };
                Run::new(plan.run(row, repetition, false), execution, 0.0, false)
            })
        });
        Report { platform, ..fixture::report(runs.collect()) }
    }

    #[test]
    fn what_is_surely_beyond_breaks() {
        let reports = [report(Platform::Browser, 20.0, 0.01), report(Platform::Native, 10.0, 0.01)];
        let check = |text: &str| {
            let Checked { broken, doubtful, rows } = read(text).expect("readable").check(&reports).expect("checkable");
            (broken.len(), doubtful.len(), rows)
        };
        assert_eq!(check("browser/native > 1.5"), (3, 0, 3));
        assert_eq!(check("browser/native > 2.5 on sum"), (0, 0, 3));
        assert_eq!(check("native/browser < 0.6 with processes"), (2, 0, 2));
        assert_eq!(check("#1/#2 > 1.5"), (3, 0, 3));
        let scattered = [report(Platform::Browser, 12.0, 0.9), report(Platform::Native, 10.0, 0.9)];
        let checked = read("browser/native > 1.1").expect("readable").check(&scattered).expect("checkable");
        assert_eq!((checked.broken.len(), checked.doubtful.len()), (0, 3));
    }

    #[test]
    fn what_names_nothing_is_an_error() {
        let reports = [report(Platform::Browser, 20.0, 0.01), report(Platform::Native, 10.0, 0.01)];
        let check = |text: &str, expected: &str| {
            let error = read(text).expect("readable").check(&reports).expect_err("names nothing").to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("python/native > 1", "\"python\" is none of the reports; there are browser or #1, native or #2");
        check("browser/native > 1 on count", "no row that both reports can be compared in is meant by");
        check("browser/native > 1 with threads x 63", "there are sum, sequential; sum, processes × 5, one per task;");
    }
}
