//! The answer in one sentence: which row is the fastest, if that is shown.

use super::makes::Makes;
use super::verdict::{no_difference, too_few_runs};
use crate::analysis::{Analysis, RowAnalysis};
use crate::number::{Time, Times};
use crate::row::Row;
use crate::statistics::{Verdict, paired_ratio};
use crate::text::sentence;

/// More rows than these are counted.
const NAMES_MAX: usize = 3;

/// Parameters that say how a work is organised, and not what it is.
const HOW: &[&str] = &["keep", "round"];

/// Whether two rows do the same work, however it is organised.
fn do_the_same(row: &Row, next: &Row) -> bool {
    let work = |row: &Row| {
        let mut params = row.workload.params();
        params.retain(|name, _| !HOW.contains(&name.as_str()));
        (row.workload.name(), params)
    };
    work(row) == work(next)
}

/// Which row is the fastest, or that no difference is shown: only what intervals support, and of wall time, if rows differ in
/// what they make outside of it. `None` where rows did not do the same work, or fewer than two were measured.
///
/// The fastest is the row with the smallest median if the interval of every other row's ratio to it, pass by pass, is over 1.
pub fn finding(analysis: &Analysis<'_>) -> Option<String> {
    if !analysis.rows.windows(2).all(|two| do_the_same(two[0].row, two[1].row)) {
        return None;
    }
    let timed = || {
        let whole = analysis.rows.iter().filter(|row| row.summary.failed == 0);
        whole.filter_map(|row| Some((row, row.summary.median_ms()?)))
    };
    let (fastest, median_ms) = timed().min_by(|(_, ms), (_, next_ms)| ms.total_cmp(next_ms))?;
    let mut others: Vec<(&RowAnalysis<'_>, f64)> = timed().filter(|(row, _)| row.row != fastest.row).collect();
    others.sort_by(|(_, ms), (_, next_ms)| ms.total_cmp(next_ms));
    if others.is_empty() {
        return None;
    }
    let [by_what, in_what] = match Makes::of(analysis) {
        Makes::Alike => ["", ""],
        Makes::Workers | Makes::AtOtherTimes => [" by wall time", " in wall time"],
    };
    let mut ratios = Vec::new();
    for (row, _) in &others {
        let pairs = row.pairs_with(fastest);
        let Some(ratio) = paired_ratio(&pairs).filter(|ratio| ratio.interval.is_some()) else {
            return Some(sentence(&format!("which row is the fastest{by_what}: {}", too_few_runs(pairs.len()))));
        };
        ratios.push(ratio);
    }
    let (slower, alike): (Vec<_>, Vec<_>) =
        others.iter().zip(&ratios).partition(|(_, ratio)| ratio.verdict() == Verdict::Slower);
    let mut alike: Vec<String> = alike.into_iter().map(|((row, _), _)| row.label.to_string()).collect();
    if !alike.is_empty() {
        let first = fastest.label.to_string();
        let all_are_slower = slower.iter().all(|(_, ratio)| ratio.is_slower_of_any_pair(ratios.len() + 1));
        let rest = if all_are_slower { slower.len() } else { 0 };
        let more = alike.len().saturating_sub(NAMES_MAX);
        if more > 0 {
            alike.truncate(NAMES_MAX);
            alike.push(format!("{more} more"));
        }
        let longer = match rest {
            0 => String::new(),
            1 => format!(", and the other row takes longer than {first}"),
            _ => format!(", and all other rows take longer than {first}"),
        };
        return Some(sentence(&format!("{}{longer}", no_difference(in_what, &first, &alike))));
    }
    let is_faster = fastest.summary.speedup_interval.is_some_and(|interval| interval.low > 1.0);
    let against = match (fastest.summary.speedup, fastest.baseline.map(|baseline| &analysis.rows[baseline])) {
        (Some(speedup), Some(baseline)) if is_faster => format!(", {} as fast as {}", Times(speedup), baseline.label),
        _ => String::new(),
    };
    Some(format!("Fastest{by_what}: {}, in {}{against}.", fastest.label, Time(median_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::strategy::Strategy;

    /// What is found of rows that took so many milliseconds and scattered alone by a share.
    fn found(runs: u32, scatter: f64, wall_ms: fn(&Row) -> f64) -> String {
        let of_run = |row: &Row, run: u32| {
            let own = (run * 7 + row.workers * 5 + u32::from(row.strategy == Strategy::Threads) * 3) % 11;
            wall_ms(row) * (1.0 + scatter * (f64::from(own) / 5.0 - 1.0))
        };
        let report = ReportBuilder::of("cpu-heavy").runs(runs).wall_ms(of_run).build();
        finding(&Analysis::of(&report)).expect("rows")
    }

    #[test]
    fn only_what_every_interval_shows() {
        let by_workers =
            |row: &Row| 100.0 / f64::from(row.workers) + if row.strategy == Strategy::Processes { 2.0 } else { 0.0 };
        assert_eq!(
            found(12, 0.001, by_workers),
            "Fastest by wall time: threads × 4, in 25.0 ms, 4.00× as fast as sequential."
        );
        assert_eq!(
            found(12, 0.2, by_workers),
            "No difference in wall time is shown between threads × 4 and processes × 4, and all other rows take longer than threads × 4."
        );
        let equal = found(12, 0.02, |_| 100.0);
        assert!(
            equal.starts_with("No difference in wall time is shown between ") && equal.ends_with(" or 3 more."),
            "{equal}"
        );
        assert_eq!(
            found(2, 0.001, by_workers),
            "Which row is the fastest by wall time: too few runs to tell (2 of 6)."
        );
    }

    #[test]
    fn rows_that_organise_the_same_work_differently_are_told_apart() {
        for name in ["crawl", "dictionary"] {
            let report = ReportBuilder::of(name).runs(8).build();
            let found = finding(&Analysis::of(&report)).unwrap_or_default();
            assert!(found.contains(" wall time"), "{name}: {found}");
        }
        // More tasks are other work.
        assert_eq!(finding(&Analysis::of(&ReportBuilder::of("post-sweep").runs(8).build())), None);
        // Rows that make the same workers differ in their wall times only.
        let threads = ReportBuilder::of("cpu-heavy").runs(8).only(|row| row.strategy == Strategy::Threads).build();
        let found = finding(&Analysis::of(&threads)).expect("rows");
        assert!(!found.contains("wall time"), "{found}");
    }
}
