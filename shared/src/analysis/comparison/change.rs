//! How the ratio of two platforms changed from one pair to another. What makes a whole machine slower is in no ratio: pairs of
//! different machines can be held against each other by it.

use serde::Serialize;

use super::{Comparison, Ratio, Reason, Uncomparable, WhichReport, compare_analyses, judge_together};
use crate::analysis::Analysis;
use crate::report::Report;
use crate::row::Row;
use crate::statistics::ratio_interval;

/// How the ratio of two parts changed from one pair to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RatioChange {
    /// The ratios of the earlier pair.
    pub before: Comparison,
    /// And of the later one.
    pub after: Comparison,
    /// The later ratio by the earlier one, row by row: over 1, it grew. Times are those of the part that is divided.
    pub change: Comparison,
}

/// The ratio of a part to another of its pair, by the same ratio of an earlier pair. Of each pair the part that is divided by
/// comes first.
pub fn compare_ratios(then: [&Report; 2], now: [&Report; 2]) -> RatioChange {
    let [then, now] = [then, now].map(|parts| parts.map(Analysis::of));
    // Only what can be compared in each pair, and between both.
    let [before, after] = [&then, &now].map(|[below, above]| compare_analyses(below, above));
    let between = compare_analyses(&then[1], &now[1]);
    let mut change = Comparison { uncomparable: between.uncomparable, ratios: Vec::new(), mean: None, ..between };
    for ratio in between.ratios {
        let of_pairs =
            [(&before, &then), (&after, &now)].map(|(comparison, parts)| of_pair(comparison, parts, &ratio.row));
        match of_pairs {
            [Some(then), Some(now)] => {
                let Some(estimate) = ratio_interval(&now, &then) else { continue };
                let (baseline_runs, candidate_runs) = (then.len(), now.len());
                change.ratios.push(Ratio { baseline_runs, candidate_runs, estimate, ..ratio });
            }
            [of_then, _] => {
                let side = if of_then.is_none() { WhichReport::Baseline } else { WhichReport::Candidate };
                change.uncomparable.push(Uncomparable {
                    row: ratio.row,
                    candidate_experiment: ratio.candidate_experiment,
                    candidate: ratio.candidate,
                    reason: Reason::NoRatio { side },
                });
            }
        }
    }
    judge_together(change.ratios.iter_mut());
    RatioChange { before, after, change }
}

/// The ratios of a row in each pass of a pair, if its parts can be compared.
fn of_pair(comparison: &Comparison, [below, above]: &[Analysis<'_>; 2], row: &Row) -> Option<Vec<f64>> {
    let is_it = |known: &Row| known.is_same_work(row);
    comparison.ratios.iter().find(|ratio| is_it(&ratio.row))?;
    let [of_above, of_below] = [above, below].map(|part| part.rows.iter().find(|known| is_it(known.row)));
    let passes = of_above?.pairs_with(of_below?);
    Some(passes.into_iter().map(|(above_ms, below_ms)| above_ms / below_ms).collect())
}
