//! What more workers gain, where that ends, and whether what waits takes as long as predicted.

use super::statement::{Evidence, Statement, time_with_margin, with_margin};
use super::verdict::no_difference;
use crate::analysis::{Analysis, RowAnalysis};
use crate::grouping::grouped;
use crate::number::{Cores, Percent, Time};
use crate::row::Row;
use crate::statistics::{RatioEstimate, Verdict, paired_ratio, verdicts};
use crate::strategy::Dispatch;
use crate::way::Way;
use crate::workload::Nature;

/// Of more kinds of rows than this the tables tell.
const KINDS_MAX: usize = 4;
/// More workers surely gain less than this, or nothing is said of what they gain.
const GAIN_MIN: f64 = 0.05;
/// Times agree with what is predicted if all of the interval is nearer than this.
const NEAR: f64 = 0.1;

/// Rows that differ in their workers only, by workers: those that run as parlab runs them, in which nothing failed.
fn sweeps<'s>(analysis: &'s Analysis<'s>) -> Vec<Vec<&'s RowAnalysis<'s>>> {
    let is_plain = |row: &Row| row.dispatch == Dispatch::Pool && row.way == Way::default();
    let rows = analysis.rows.iter().filter(|row| {
        row.row.strategy.is_concurrent()
            && is_plain(row.row)
            && row.summary.failed == 0
            && row.summary.interval.is_some()
    });
    let sweeps =
        grouped(rows.map(|row| (Row { workers: 0, ..row.row.clone() }, row))).into_iter().map(|(_, rows)| rows);
    let mut sweeps: Vec<Vec<&RowAnalysis<'_>>> = sweeps.collect();
    for rows in &mut sweeps {
        rows.sort_by_key(|row| row.row.workers);
    }
    if sweeps.len() > KINDS_MAX { Vec::new() } else { sweeps }
}

/// How many times as fast the most workers of each kind are as the row that speed-ups are against. The words hold together.
pub(super) fn gains(analysis: &Analysis<'_>) -> Vec<Statement> {
    let most = sweeps(analysis).into_iter().filter_map(|rows| rows.last().copied()).filter(|row| row.row.workers > 1);
    let known = most.filter_map(|row| {
        let baseline = &analysis.rows[row.baseline?];
        let speedup = paired_ratio(&baseline.pairs_with(row)).filter(|ratio| ratio.interval.is_some())?;
        Some((row, baseline, speedup))
    });
    let known: Vec<_> = known.collect();
    let estimates: Vec<RatioEstimate> = known.iter().map(|(_, _, speedup)| *speedup).collect();
    let said =
        |((row, baseline, speedup), verdict): (&(&RowAnalysis<'_>, &RowAnalysis<'_>, RatioEstimate), Verdict)| {
            let [name, beside] = [row, baseline].map(|row| row.label.to_string());
            let text = match verdict {
                Verdict::CannotTell => no_difference("", &name, &[beside]),
                _ => format!("{name} is {} times as fast as {beside}", with_margin(speedup)?),
            };
            Some(Statement::new(&text, vec![row.label.clone(), baseline.label.clone()], Evidence::SpeedUps))
        };
    known.iter().zip(verdicts(&estimates, 1.0)).filter_map(said).collect()
}

/// That workers beyond the cores gain nothing, or less than a share that is worth a word, where their intervals say so
/// together: for work that computes.
pub(super) fn beyond_the_cores(analysis: &Analysis<'_>) -> Vec<Statement> {
    let cores = analysis.report.environment.usable_cores();
    let sweeps = sweeps(analysis).into_iter().filter(|rows| rows[0].row.workload.nature() == Nature::Computes);
    let known = sweeps.filter_map(|rows| {
        let at = rows.iter().copied().find(|row| f64::from(row.row.workers) == cores.floor())?;
        let more = rows.last().copied().filter(|row| f64::from(row.row.workers) > cores)?;
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
    known.iter().zip(verdicts(&estimates, 1.0 - GAIN_MIN)).filter_map(said).collect()
}

/// What the row with the most workers is predicted to take by its parameters alone, beside what it took.
pub(super) fn predicted_and_measured(analysis: &Analysis<'_>) -> Option<Statement> {
    let rows = sweeps(analysis).into_iter().filter_map(|rows| rows.last().copied());
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
