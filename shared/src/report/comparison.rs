//! Two reports side by side.

use serde::Serialize;

use super::{Checksum, Report, RowSummary, summarize};
use crate::measure::Row;
use crate::strategy::Platform;

/// A row that two reports have in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The row.
    #[serde(flatten)]
    pub row: Row,
    /// The platform of the first report.
    pub first: Platform,
    /// Its median wall time in milliseconds.
    pub first_ms: f64,
    /// The platform of the second report.
    pub second: Platform,
    /// Its median wall time in milliseconds.
    pub second_ms: f64,
    /// `first_ms / second_ms`: over 1, the first took longer.
    pub ratio: f64,
    /// Whether every task has the same checksum in both; if not, they did not do the same work.
    pub same_results: bool,
}

/// The ratios of all rows that two reports have in common, in the order of the first.
pub fn compare(first: &Report, second: &Report) -> Vec<Ratio> {
    let others = summarize(second);
    let ratio = |one: RowSummary| {
        let other = others.iter().find(|other| other.row == one.row)?;
        let (first_ms, second_ms) = (one.wall?.median_ms, other.wall?.median_ms);
        Some(Ratio {
            first: first.platform,
            first_ms,
            second: second.platform,
            second_ms,
            ratio: first_ms / second_ms,
            same_results: checksums(first, &one.row) == checksums(second, &one.row),
            row: one.row,
        })
    };
    summarize(first).into_iter().filter_map(ratio).collect()
}

/// The checksums of the first whole run of a row, by task.
fn checksums(report: &Report, row: &Row) -> Option<Vec<Option<Checksum>>> {
    let run = report.runs.iter().find(|run| !run.warmup && !run.cancelled && run.row() == *row)?;
    Some(run.spans.iter().map(|span| span.checksum).collect())
}
