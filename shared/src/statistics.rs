//! Statistics: numbers in, numbers out.
//!
//! Nothing here knows where its numbers come from. Intervals claim [`CONFIDENCE`] and are held to it by
//! simulated experiments. They are computed, not drawn by chance: the same numbers give the same interval.

mod interval;
mod outliers;
mod ratio;
pub mod scaling;
#[cfg(any(test, feature = "fixture"))]
pub mod simulation;
mod summary;
mod trend;

pub use interval::{CONFIDENCE, Interval, VALUES_FOR_INTERVAL, median_interval, median_interval_of_sorted};
pub use outliers::outliers;
pub use ratio::{RatioEstimate, Verdict, geometric_mean, holm, paired_ratio, ratio_interval, verdicts};
pub use summary::{Moments, median, median_of_sorted, nearest_rank};
pub use trend::{Drift, drift};

/// The values in their order, the smallest first; `None` if there are none, or if one is no finite number.
fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    let good = !values.is_empty() && values.iter().all(|value| value.is_finite());
    good.then(|| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    })
}

/// The logarithms of values; `None` if there are none, or if one is not a finite number over 0.
fn logarithms(values: impl IntoIterator<Item = f64>) -> Option<Vec<f64>> {
    let logs: Option<Vec<f64>> =
        values.into_iter().map(|value| (value > 0.0 && value.is_finite()).then(|| value.ln())).collect();
    logs.filter(|logs| !logs.is_empty())
}
