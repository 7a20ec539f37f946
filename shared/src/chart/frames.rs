//! The longest times without a frame, side by side.

use super::bars::{Bar, bars, sequential_first};
use super::form::Form;
use super::svg::Picture;
use crate::analysis::{Analysis, RowAnalysis};

/// How long no frame was drawn while the work of each row was done; none, where nobody drew.
pub(super) fn of_analysis(analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
    let bar = |row: &RowAnalysis<'_>| {
        let frames = row.summary.frames?;
        let (spread, interval) = (frames.longest_gaps, frames.longest_gap_interval);
        let series = row.row.strategy.counted(row.row.workers);
        let group = row.label.clone().without_workers().to_string();
        Some(Bar { group, series, spread, interval, outliers_ms: Vec::new(), prediction: None })
    };
    let all: Vec<Bar> = sequential_first(analysis).into_iter().filter_map(bar).collect();
    if all.is_empty() { Vec::new() } else { vec![bars(form, "Longest time without a frame", &all)] }
}
