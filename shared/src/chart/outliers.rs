//! What every chart says of outliers.

use crate::number::{Digits, Time};
use crate::say::Cell;

/// What an outlier is, for those who see one.
pub(super) const OUTLIER: &str = "outlier: a run far from the others";

/// Outliers in a table.
pub(super) fn outliers_cell(outliers_ms: &[f64]) -> Cell {
    let outliers: Vec<String> = outliers_ms.iter().map(|ms| Digits(*ms).to_string()).collect();
    if outliers.is_empty() { Cell::default() } else { Cell::text(outliers.join("; ")) }
}

/// What a ring says of an outlier of something with a median.
pub(super) fn outlier_tip(name: &str, ms: f64, median_ms: f64) -> String {
    format!("{name}: a run of {}, an outlier: the median is {}", Time(ms), Time(median_ms))
}
