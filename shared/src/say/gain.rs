//! What more workers gain, where that ends, and whether what waits takes as long as predicted.

use super::held::{Held, most_telling};
use super::statement::{Evidence, Statement, aside, time_with_margin, with_margin};
use super::ways::{WAYS_MAX, beside_lines, own, with};
use crate::analysis::{Analysis, RowAnalysis};
use crate::grouping::grouped;
use crate::number::{Cores, Percent, Time};
use crate::row::Row;
use crate::statistics::{RatioEstimate, Verdict, paired_ratio, verdicts};
use crate::strategy::Dispatch;
use crate::text::{in_sentence, listed};
use crate::way::Way;
use crate::workload::Nature;

/// Of more kinds of rows than this the tables tell: of those the most is told in which the largest differences are shown.
const KINDS_MAX: usize = 4;
/// More workers surely gain less than this, or nothing is said of what they gain.
const GAIN_MIN: f64 = 0.05;
/// Times agree with what is predicted if all of the interval is nearer than this.
const NEAR: f64 = 0.1;

/// Rows with several workers held against a single one, which differ in their way alone.
pub(super) struct Gain<'s> {
    /// The rows.
    pub held: Vec<Held<'s>>,
}

/// Rows that differ in their workers only, by workers: those in which nothing failed, and which have an interval.
fn sweeps<'s>(rows: impl Iterator<Item = &'s RowAnalysis<'s>>) -> Vec<Vec<&'s RowAnalysis<'s>>> {
    let rows = rows
        .filter(|row| row.row.strategy.is_concurrent() && row.summary.failed == 0 && row.summary.interval.is_some());
    let sweeps = grouped(rows.map(|row| (Row { workers: 0, ..row.row.clone() }, row)));
    let mut sweeps: Vec<Vec<&RowAnalysis<'_>>> = sweeps.into_iter().map(|(_, rows)| rows).collect();
    for rows in &mut sweeps {
        rows.sort_by_key(|row| row.row.workers);
    }
    sweeps
}

/// Of each kind of row with several tasks in flight on one event loop, that with the most.
pub(super) fn in_flight<'s>(analysis: &'s Analysis<'s>) -> Vec<&'s RowAnalysis<'s>> {
    let rows = analysis.rows.iter().filter(|row| row.row.strategy.counts_tasks_in_flight() && row.row.workers > 1);
    let kinds = grouped(rows.map(|row| (Row { workers: 0, ..row.row.clone() }, row)));
    kinds.into_iter().filter_map(|(_, rows)| rows.into_iter().max_by_key(|row| row.row.workers)).collect()
}

/// Those of them that run as parlab runs them.
fn plain_sweeps<'s>(analysis: &'s Analysis<'s>) -> Vec<Vec<&'s RowAnalysis<'s>>> {
    let is_plain = |row: &Row| row.dispatch == Dispatch::Pool && row.way == Way::default();
    sweeps(analysis.rows.iter().filter(|row| is_plain(row.row)))
}

/// The most workers of each kind beside the row that speed-ups are against; of a way that this row does not have, beside a
/// single worker of the same way, if there is one.
pub(super) fn candidates<'s>(analysis: &'s Analysis<'s>) -> Vec<Gain<'s>> {
    let held = sweeps(beside_lines(analysis).into_iter()).into_iter().filter_map(|rows| {
        let most = *rows.last().filter(|row| row.row.workers > 1)?;
        let own = rows.first().copied().filter(|row| row.row.workers == 1);
        let baseline = most.baseline.map(|baseline| &analysis.rows[baseline]);
        let way = |row: &RowAnalysis<'_>| (row.row.dispatch, row.row.way);
        let against = baseline.filter(|baseline| own.is_none() || way(baseline) == way(most)).or(own)?;
        Held::of(analysis, most, against)
    });
    // Those that do it in several ways, each beside one worker of its own, are told together.
    let together = |held: &Held<'_>| {
        let [row, against] = [held.row, held.against].map(|row| &row.label);
        let how = (row.how() != against.how()).then(|| [row.to_string(), against.to_string()]);
        (row.who(), against.who(), how)
    };
    grouped(held.map(|held| (together(&held), held))).into_iter().map(|(_, held)| Gain { held }).collect()
}

/// What several workers gain or lose, so many kinds of rows at most.
pub(super) fn said(gains: Vec<Gain<'_>>) -> Vec<Statement> {
    most_telling(gains, KINDS_MAX, |gain| &gain.held).iter().filter_map(Gain::said).collect()
}

impl Gain<'_> {
    fn said(&self) -> Option<Statement> {
        let known = most_telling(self.held.iter().filter(|held| !held.is_unsure()).collect(), WAYS_MAX, |held| {
            std::slice::from_ref(*held)
        });
        let (shown, alike): (Vec<_>, Vec<_>) = known.iter().copied().partition(|held| held.is_shown());
        let named = |row: &RowAnalysis<'_>| in_sentence(&row.label.to_string()).into_owned();
        let text = match &self.held[..] {
            [held] => {
                let [name, beside] = [held.row, held.against].map(named);
                let times = held.times_as_fast()?;
                match held.verdict {
                    Verdict::CannotTell => {
                        let times = aside(&times, "times as fast");
                        format!("no difference is shown between {name} and {beside} ({times})")
                    }
                    _ => format!("{name} is {times} times as fast as {beside}"),
                }
            }
            _ => {
                let rows: Vec<&RowAnalysis<'_>> = self.held.iter().map(|held| held.row).collect();
                let with = |held: &Held<'_>| with(&own(&held.row.label, &rows));
                let [who, beside] = [self.held[0].row, self.held[0].against].map(|row| row.label.who());
                let same = |held: &&Held<'_>| {
                    Some(format!("{} ({})", with(held), aside(&held.times_as_fast()?, "times as fast")))
                };
                let same = listed(&alike.iter().map(same).collect::<Option<Vec<String>>>()?, "or");
                match shown.split_first() {
                    None => format!("no difference is shown between {who} and {beside} {same}"),
                    Some((first, more)) => {
                        let also = |held: &&Held<'_>| Some(format!(", {} times {}", held.times_as_fast()?, with(held)));
                        let also: String = more.iter().map(also).collect::<Option<_>>()?;
                        let times = first.times_as_fast()?;
                        let same = if same.is_empty() { same } else { format!("; no difference is shown {same}") };
                        format!("{who} is {times} times as fast as {beside} {}{also}{same}", with(first))
                    }
                }
            }
        };
        let rows = shown.iter().chain(&alike).flat_map(|held| [held.row.label.clone(), held.against.label.clone()]);
        // There is a chart of speed-ups where they are against the row that all are against.
        let is_drawn = self.held.iter().any(|held| held.row.summary.speedup.is_some());
        let evidence = if is_drawn { Evidence::SpeedUps } else { Evidence::Times };
        (!known.is_empty()).then(|| Statement::new(&text, rows.collect(), evidence))
    }
}

/// That workers beyond the cores gain nothing, or less than a share that is worth a word, where their intervals say so
/// together: for work that computes.
pub(super) fn beyond_the_cores(analysis: &Analysis<'_>) -> Vec<Statement> {
    let cores = analysis.report.environment.usable_cores();
    let sweeps = plain_sweeps(analysis).into_iter().filter(|rows| rows[0].row.workload.nature() == Nature::Computes);
    let known = sweeps.filter_map(|rows| {
        let at = rows.iter().copied().find(|row| f64::from(row.row.workers) == cores.floor())?;
        let more = rows.last().copied().filter(|row| f64::from(row.row.workers) > cores)?;
        if at.is_of_one_of_several() || more.is_of_one_of_several() {
            return None;
        }
        Some((more, at, paired_ratio(&more.pairs_with(at)).filter(|ratio| ratio.interval.is_some())?))
    });
    let known: Vec<_> = known.collect();
    let estimates: Vec<RatioEstimate> = known.iter().map(|(_, _, ratio)| *ratio).collect();
    let said = |((more, at, ratio), verdict): (&(&RowAnalysis<'_>, &RowAnalysis<'_>, RatioEstimate), Verdict)| {
        let gain = 1.0 - ratio.interval.filter(|_| verdict == Verdict::Slower)?.low;
        let gained = if gain < 0.0005 { "nothing".to_owned() } else { format!("at most {}", Percent(gain)) };
        let text = format!(
            "beyond {} {gained} is gained: {} takes {} times as long as {}",
            Cores(cores),
            more.label,
            with_margin(ratio)?,
            at.label
        );
        Some(Statement::new(&text, vec![more.label.clone(), at.label.clone()], Evidence::SpeedUps))
    };
    known.iter().zip(verdicts(&estimates, 1.0 - GAIN_MIN)).filter_map(said).take(KINDS_MAX).collect()
}

/// What the row with the most workers is predicted to take by its parameters alone, beside what it took.
pub(super) fn predicted_and_measured(analysis: &Analysis<'_>) -> Option<Statement> {
    let rows = plain_sweeps(analysis).into_iter().filter_map(|rows| rows.last().copied());
    let predicted =
        rows.filter_map(|row| Some((row, row.theory.as_ref().filter(|theory| theory.measured_in.is_none())?)));
    let (row, theory) = predicted.max_by_key(|(row, _)| row.row.workers)?;
    let (interval, median_ms, ms) = (row.summary.interval?, row.summary.median_ms()?, theory.predicted_ms);
    if ms <= 0.0 {
        return None;
    }
    let [low, high] = [interval.low, interval.high].map(|end| end / ms - 1.0);
    let far = low.abs().max(high.abs());
    let words = match (low, high) {
        _ if far <= NEAR => format!("; they agree within {}", Percent(far)),
        (low, _) if low > 0.0 => format!(", at least {} more", Percent(low)),
        (_, high) if high < 0.0 => format!(", at least {} less", Percent(-high)),
        _ => String::new(),
    };
    let measured = time_with_margin(median_ms, interval);
    let text = format!("{}: {} predicted, {measured} measured{words}", row.label, Time(ms));
    Some(Statement::new(&text, vec![row.label.clone()], Evidence::Times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;
    use crate::say::together::told;
    use crate::strategy::Strategy;
    use crate::way::Lock;

    fn gains(report: &Report) -> Vec<String> {
        told(&[Analysis::of(report)]).into_iter().flat_map(|told| told.gains).map(|said| said.text).collect()
    }

    fn own(run: u32) -> f64 {
        1.0 + f64::from(run % 7) / 1000.0
    }

    #[test]
    fn a_way_of_its_own_is_beside_one_worker_of_that_way() {
        let wall_ms = |row: &Row, run: u32| match (row.strategy, row.way.lock, row.workers) {
            // The lock costs one thread something, too.
            (Strategy::Threads, Lock::Gil, _) => 110.0 * own(run),
            (.., workers) => 100.0 / f64::from(workers.min(2)) * own(run),
        };
        let expected = [
            "Threads × 4 is 2.000 ± 0.001 times as fast as sequential.",
            "Processes × 2 is 2.000 ± 0.001 times as fast as sequential.",
            "No difference is shown between \"threads × 4, GIL\" and \"threads × 1, GIL\" (1.000 ± 0.001 times as fast).",
            "\"processes × 2, GIL\" is 2.000 ± 0.001 times as fast as sequential.",
        ];
        assert_eq!(gains(&ReportBuilder::of("gil").runs(8).wall_ms(wall_ms).build()), expected);
    }

    #[test]
    fn of_many_ways_those_are_told_that_differ_the_most() {
        let wall_ms = |row: &Row, run: u32| {
            let method = row.workload.params()["method"].as_str().unwrap_or_default().to_owned();
            let gain = match (method.as_str(), row.workers) {
                (_, 1) | ("beside", _) => 1.0,
                ("atomic", _) => 0.3,
                ("lock", _) => 0.25,
                ("apart", _) => 1.9,
                _ => 2.0,
            };
            100.0 * own(run) / gain
        };
        let report = ReportBuilder::of("contend").runs(8).wall_ms(wall_ms).build();
        let expected = "Threads × 2 is 0.300 ± 0.001 times as fast as sequential with method atomic, 0.250 ± 0.001 times with \
                        method lock, 1.900 ± 0.001 times with method apart, 2.000 ± 0.001 times with method merged.";
        assert_eq!(gains(&report), [expected]);
        let mut alone = report;
        let threads = |row: &Row| row.workers == 2;
        for span in alone.runs.iter_mut().filter(|run| threads(&run.row)).flat_map(|run| &mut run.spans) {
            span.worker = 0;
        }
        assert_eq!(gains(&alone), [""; 0], "one thread did all");
    }
}
