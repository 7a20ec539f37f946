//! A row held against another: how many times as long it takes, with a word that holds beside all others of a report.

use super::statement::with_margin;
use crate::analysis::{Analysis, RowAnalysis};
use crate::statistics::{Interval, RatioEstimate, Verdict, paired_ratio, verdicts};

/// Where the steps of the clock leave a larger share of a ratio open than this, nothing is said of it.
const OPEN_MAX: f64 = 0.5;

/// A row beside another one that differs in one thing.
#[derive(Clone, Debug)]
pub(super) struct Held<'s> {
    /// The row.
    pub row: &'s RowAnalysis<'s>,
    /// What it is held against.
    pub against: &'s RowAnalysis<'s>,
    /// How many times as long the row takes, pass by pass. It has an interval, with what the steps of the clock leave open.
    times: RatioEstimate,
    /// Whether it is shown to take longer, or less, beside all that is said of the report.
    pub verdict: Verdict,
}

impl<'s> Held<'s> {
    /// A row held against another; `None` where that would say something else than it seems: tasks failed, one of several
    /// workers did them all, or too little is known of the times.
    pub fn of(analysis: &Analysis<'_>, row: &'s RowAnalysis<'s>, against: &'s RowAnalysis<'s>) -> Option<Self> {
        let is_known = |row: &RowAnalysis<'_>| row.summary.failed == 0 && !row.is_of_one_of_several();
        if row.row == against.row || !is_known(row) || !is_known(against) {
            return None;
        }
        let mut times = paired_ratio(&row.pairs_with(against))?;
        // Each time is known to a step.
        let step_ms = analysis.report.environment.clock_step_ms;
        let open = step_ms / row.summary.wall?.fastest_ms + step_ms / against.summary.wall?.fastest_ms;
        let Interval { low, high, confidence } = times.interval.filter(|_| open <= OPEN_MAX)?;
        times.interval = Some(Interval { low: low * (1.0 - open), high: high * (1.0 + open), confidence });
        Some(Self { row, against, times, verdict: Verdict::CannotTell })
    }

    /// Whether its interval by itself would say more than its verdict, which holds beside the others: nothing is said then.
    pub fn is_unsure(&self) -> bool {
        self.verdict == Verdict::CannotTell && self.times.verdict() != Verdict::CannotTell
    }

    /// Whether it is shown to take longer, or less.
    pub fn is_shown(&self) -> bool {
        self.verdict != Verdict::CannotTell
    }

    /// How far it is from taking as long: the logarithm of the ratio, without its sign.
    pub fn distance(&self) -> f64 {
        self.times.ratio.ln().abs()
    }

    /// How many times as long it takes, with its interval: `2.05 ± 0.03`.
    pub fn times_as_long(&self) -> Option<String> {
        with_margin(&self.times)
    }

    /// How many times as fast it is.
    pub fn times_as_fast(&self) -> Option<String> {
        let mut fast = self.times;
        fast.ratio = 1.0 / fast.ratio;
        let turned = |Interval { low, high, confidence }| Interval { low: 1.0 / high, high: 1.0 / low, confidence };
        fast.interval = fast.interval.map(turned);
        with_margin(&fast)
    }
}

/// Gives rows verdicts that hold together.
pub(super) fn judge_together<'h, 's: 'h>(held: impl Iterator<Item = &'h mut Held<'s>>) {
    let held: Vec<&mut Held<'_>> = held.collect();
    let estimates: Vec<RatioEstimate> = held.iter().map(|held| held.times).collect();
    held.into_iter().zip(verdicts(&estimates, 1.0)).for_each(|(held, verdict)| held.verdict = verdict);
}

/// Of groups of rows those that tell the most, in their order, so many at most: first those in which a difference is shown,
/// the largest ones first.
pub(super) fn most_telling<T>(groups: Vec<T>, most: usize, held: impl Fn(&T) -> &[Held<'_>]) -> Vec<T> {
    let tells = |group: &T| {
        let shown = held(group).iter().filter(|held| held.is_shown());
        shown.map(Held::distance).reduce(f64::max).unwrap_or(-1.0)
    };
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|at, next| tells(&groups[*next]).total_cmp(&tells(&groups[*at])));
    order.truncate(most);
    let told = groups.into_iter().enumerate().filter(|(at, _)| order.contains(at));
    told.map(|(_, group)| group).collect()
}
