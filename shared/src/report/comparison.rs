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

/// The ratios of all rows that two reports have in common, in the order of the first. A row that took no
/// time at all in one of them is left out.
pub fn compare(first: &Report, second: &Report) -> Vec<Ratio> {
    let others = summarize(second);
    let ratio = |one: RowSummary| {
        let other = others.iter().find(|other| other.row == one.row)?;
        let (first_ms, second_ms) = (one.wall?.median_ms, other.wall?.median_ms);
        if first_ms <= 0.0 || second_ms <= 0.0 {
            return None;
        }
        Some(Ratio {
            first: first.platform,
            first_ms,
            second: second.platform,
            second_ms,
            ratio: first_ms / second_ms,
            same_results: same_results([first, second], &one.row),
            row: one.row,
        })
    };
    summarize(first).into_iter().filter_map(ratio).collect()
}

/// Whether all measured runs of a row have the same checksums, task by task, in all reports.
fn same_results(reports: [&Report; 2], row: &Row) -> bool {
    let runs = reports.into_iter().flat_map(|report| &report.runs);
    let mut checksums = runs
        .filter(|run| run.is_measured() && run.row() == *row)
        .map(|run| run.spans.iter().map(|span| span.checksum).collect::<Vec<Option<Checksum>>>());
    let Some(first) = checksums.next() else { return false };
    checksums.all(|other| other == first)
}
