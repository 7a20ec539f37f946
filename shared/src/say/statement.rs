//! A statement: something that was found, with the evidence for it.

use super::table::{Line, Table, line_id};
use crate::label::RowLabel;
use crate::number::Time;
use crate::statistics::{Interval, RatioEstimate};
use crate::text::sentence;

/// So many statements are shown first, where not all are.
pub const FIRST_STATEMENTS: usize = 3;

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// It in a sentence: only what intervals support.
    pub text: String,
    /// What the rows are called that it is about, the one that it is mostly about first.
    pub rows: Vec<RowLabel>,
    /// What shows it.
    pub evidence: Evidence,
}

/// What shows a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Wall times side by side, with what is predicted for them.
    Times,
    /// Speed-ups over workers.
    SpeedUps,
    /// Frames that were dropped, and the longest times without one.
    Frames,
    /// Ratios to another platform's times.
    Ratios,
}

impl Statement {
    /// A statement; its text becomes a sentence.
    pub(super) fn new(text: &str, rows: Vec<RowLabel>, evidence: Evidence) -> Self {
        Self { text: sentence(text), rows, evidence }
    }

    /// The line of these tables that is about the row that it is mostly about, if there is one: what its id ends with.
    pub fn line(&self, tables: &[Table]) -> Option<String> {
        let label = self.rows.first()?.to_string();
        let is_it = |line: &Line| match line {
            Line::Cells { cells, .. } => cells.first().is_some_and(|cell| cell.is_text(&label)),
            Line::LeftOut { .. } => false,
        };
        tables.iter().find_map(|table| Some(line_id(table.key, table.lines.iter().position(is_it)?)))
    }
}

/// A ratio with its interval: `1.93 ± 0.04` with the wider half of it, rounded up, or `2.1 (1.3 to 3.9)` where one half is much
/// wider, so that the interval lies within what is written. `None` where there is no interval.
pub(super) fn with_margin(estimate: &RatioEstimate) -> Option<String> {
    Some(number_with_margin(estimate.ratio, estimate.interval?))
}

/// The same of any number.
pub(super) fn number_with_margin(number: f64, interval: Interval) -> String {
    let margin = margin(interval, number);
    let decimals = match margin {
        margin if margin >= 10.0 => 0,
        margin if margin >= 1.0 => 1,
        margin if margin >= 0.005 => 2,
        _ => 3,
    };
    let unit = 10_f64.powi(decimals);
    let decimals = decimals as usize;
    if is_lopsided(interval, number) {
        let (low, high) = ((interval.low * unit).floor() / unit, (interval.high * unit).ceil() / unit);
        return format!("{number:.decimals$} ({low:.decimals$} to {high:.decimals$})");
    }
    let margin = ((margin * unit - 1e-6).ceil() / unit).max(1.0 / unit);
    format!("{number:.decimals$} ± {margin:.decimals$}")
}

/// A number with its interval as it stands in brackets, with its unit: `1.02 ± 0.03 times as long`, `2.1 times as long, 1.3 to 3.9`.
pub(super) fn aside(number: &str, unit: &str) -> String {
    match number.strip_suffix(')').and_then(|number| number.split_once(" (")) {
        Some((middle, ends)) => format!("{middle} {unit}, {ends}"),
        None => format!("{number} {unit}"),
    }
}

/// A median time with its interval, in milliseconds: `204 ms ± 1.20 ms`.
pub(super) fn time_with_margin(median_ms: f64, interval: Interval) -> String {
    if is_lopsided(interval, median_ms) {
        return format!("{} ({} to {})", Time(median_ms), Time(interval.low), Time(interval.high));
    }
    format!("{} ± {}", Time(median_ms), Time(margin(interval, median_ms)))
}

/// The wider half of an interval.
fn margin(interval: Interval, middle: f64) -> f64 {
    (interval.high - middle).max(middle - interval.low)
}

/// Whether an interval is wide, and one half of it so much wider that the same margin to both sides would say something else.
fn is_lopsided(interval: Interval, middle: f64) -> bool {
    let narrower = (interval.high - middle).min(middle - interval.low);
    let wider = margin(interval, middle);
    wider > 0.1 * middle && wider > 1.5 * narrower
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::paired_ratio;

    #[test]
    fn what_is_written_contains_the_interval() {
        let mut estimate = paired_ratio(&[(2.0, 1.0); 8]).expect("runs");
        let mut check = |low: f64, high: f64, expected: &str| {
            estimate.interval = Some(Interval { low, high, confidence: 0.95 });
            assert_eq!(with_margin(&estimate).as_deref(), Some(expected));
        };
        check(1.97, 2.02, "2.00 ± 0.03");
        check(1.999, 2.0042, "2.000 ± 0.005");
        check(2.0, 2.0, "2.000 ± 0.001");
        check(1.0, 3.41, "2.0 ± 1.5");
        check(1.47, 3.41, "2.0 (1.4 to 3.5)");
        assert_eq!(aside("2.0 (1.4 to 3.5)", "times as long"), "2.0 times as long, 1.4 to 3.5");
        assert_eq!(aside("2.00 ± 0.03", "times as long"), "2.00 ± 0.03 times as long");
        estimate.interval = None;
        assert_eq!(with_margin(&estimate), None);
        assert_eq!(time_with_margin(204.0, Interval { low: 203.0, high: 204.5, confidence: 0.95 }), "204 ms ± 1.00 ms");
        let lopsided = Interval { low: 20.0, high: 48.0, confidence: 0.95 };
        assert_eq!(time_with_margin(24.0, lopsided), "24.0 ms (20.0 ms to 48.0 ms)");
    }
}
