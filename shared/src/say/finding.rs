//! The answer in one sentence: which row is the fastest, if that is shown.

use crate::analysis::{Analysis, RowAnalysis};
use crate::number::{Time, Times};
use crate::statistics::{VALUES_FOR_INTERVAL, paired_ratio};

/// Which row is the fastest, or that no difference is shown: only what intervals support. `None` where rows did not do the
/// same work, or fewer than two were measured.
pub fn finding(analysis: &Analysis<'_>) -> Option<String> {
    let does_the_same = |two: &[RowAnalysis<'_>]| two[0].row.workload == two[1].row.workload;
    if !analysis.rows.windows(2).all(does_the_same) {
        return None;
    }
    let timed = || {
        let whole = analysis.rows.iter().filter(|row| row.summary.failed == 0);
        whole.filter_map(|row| Some((row, row.summary.median_ms()?)))
    };
    let (fastest, median_ms) = timed().min_by(|(_, ms), (_, next_ms)| ms.total_cmp(next_ms))?;
    let others = timed().filter(|(row, _)| row.row != fastest.row);
    let (next, _) = others.min_by(|(_, ms), (_, next_ms)| ms.total_cmp(next_ms))?;
    let pairs = next.pairs_with(fastest);
    let Some(interval) = paired_ratio(&pairs).and_then(|ratio| ratio.interval) else {
        let runs = pairs.len();
        return Some(format!("Too few runs to tell which row is the fastest ({runs} of {VALUES_FOR_INTERVAL})."));
    };
    if interval.low <= 1.0 {
        return Some(format!(
            "No difference is shown between the two fastest rows, {} and {}.",
            fastest.label, next.label
        ));
    }
    let against = match (fastest.summary.speedup, fastest.baseline.map(|baseline| &analysis.rows[baseline])) {
        (Some(speedup), Some(baseline)) if baseline.row != fastest.row => {
            format!(", {} as fast as {}", Times(speedup), baseline.label)
        }
        _ => String::new(),
    };
    Some(format!("Fastest: {}, in {}{against}.", fastest.label, Time(median_ms)))
}
