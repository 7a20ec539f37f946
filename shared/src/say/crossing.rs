//! From which value of a parameter on a row takes less time than the one that speed-ups are against.

use super::statement::{Evidence, Statement, with_margin};
use crate::analysis::{Analysis, RowAnalysis};
use crate::experiment::differing_params;
use crate::grouping::grouped;
use crate::label::{RowLabel, with_value};
use crate::statistics::{RatioEstimate, Verdict, paired_ratio, verdicts};

/// For each analysis what [`crossings`] says of it, only where the words of all values of all of them hold together.
pub(super) fn crossings_of_parts(parts: &[Analysis<'_>]) -> Vec<Vec<Statement>> {
    let held: Vec<Option<(&str, Vec<Held<'_>>)>> = parts.iter().map(held).collect();
    let estimates = held.iter().flatten().flat_map(|(_, held)| held.iter().map(|held| held.speedup));
    let mut verdicts = verdicts(&estimates.collect::<Vec<RatioEstimate>>(), 1.0).into_iter();
    let mut of_part = |(swept, held): &(&str, Vec<Held<'_>>)| {
        let kind = |held: &Held<'_>| held.row.label.clone().without(swept).to_string();
        let kinds = held.iter().zip(verdicts.by_ref()).map(|(held, verdict)| (kind(held), (held, verdict)));
        grouped(kinds).into_iter().filter_map(|(kind, values)| crossing(swept, &kind, values)).collect()
    };
    held.iter().map(|held| held.as_ref().map_or_else(Vec::new, &mut of_part)).collect()
}

/// A row at a value of the parameter, with how many times as fast it is as the one that it is held against.
struct Held<'s> {
    value: f64,
    row: &'s RowAnalysis<'s>,
    against: &'s RowAnalysis<'s>,
    speedup: RatioEstimate,
}

/// For rows that differ in one number, and strategy and workers: up to which value they take longer than the one worker that
/// speed-ups are against, and from which on less time. Only where the words of all values, which hold together, leave one
/// change.
pub(super) fn crossings(analysis: &Analysis<'_>) -> Vec<Statement> {
    crossings_of_parts(std::slice::from_ref(analysis)).concat()
}

/// The rows with several workers that differ in a number, whose name comes first, each beside one worker.
fn held<'s>(analysis: &'s Analysis<'_>) -> Option<(&'s str, Vec<Held<'s>>)> {
    let swept = analysis.rows.first().and_then(|row| row.row.swept.first())?;
    let rows = analysis.rows.iter().filter(|row| row.row.workers > 1 && row.row.swept.contains(swept));
    let held = rows.filter_map(|row| {
        let (_, value) = differing_params(row.row).into_iter().find(|(name, _)| name == swept)?;
        let against = &analysis.rows[row.baseline?];
        let speedup = paired_ratio(&against.pairs_with(row)).filter(|ratio| ratio.interval.is_some())?;
        Some(Held { value: value.parse().ok()?, row, against, speedup })
    });
    Some((swept, held.collect()))
}

/// The same of rows that differ in the number alone.
fn crossing(swept: &str, kind: &str, mut values: Vec<(&Held<'_>, Verdict)>) -> Option<Statement> {
    values.sort_by(|(held, _), (next, _)| held.value.total_cmp(&next.value));
    let from = values.iter().position(|(_, verdict)| *verdict == Verdict::Slower)?;
    let (before, after) = values.split_at(from);
    // A speed-up over 1 is told as Slower of the one that it is held against.
    let longer = before.iter().rposition(|(_, verdict)| *verdict == Verdict::Faster);
    let is_one_change =
        before.iter().take(longer.map_or(0, |at| at + 1)).all(|(_, verdict)| *verdict == Verdict::Faster)
            && after.iter().all(|(_, verdict)| *verdict == Verdict::Slower);
    if !is_one_change || before.is_empty() {
        return None;
    }
    let at = |held: &Held<'_>| with_value(swept, &held.value.to_string());
    let (first, _) = after.first()?;
    let (last, _) = after.last()?;
    let against: RowLabel = first.against.label.clone().without(swept);
    let up_to = match longer {
        Some(longer) => format!("takes longer than {against} up to {}, and ", at(before[longer].0)?),
        None => String::new(),
    };
    let most = with_margin(&last.speedup)?;
    let times = format!("{most} times as fast at {}", at(last)?);
    let text = match longer {
        Some(_) => format!("{kind} {up_to}less time from {} on: {times}", at(first)?),
        None => format!("{kind} takes less time than {against} from {} on: {times}", at(first)?),
    };
    Some(Statement::new(&text, vec![first.row.label.clone(), first.against.label.clone()], Evidence::Times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::PairAnalysis;
    use crate::measure::Part;
    use crate::report::fixture::{PairBuilder, ReportBuilder};
    use crate::row::Row;
    use crate::strategy::{Platform, Strategy};
    use crate::workload::Workload;

    fn said(wall_ms: impl Fn(f64, &Row) -> f64) -> Vec<String> {
        let of_run = |row: &Row, run: u32| {
            let Workload::Count(count) = &row.workload else { panic!("{row:?}") };
            wall_ms(count.n as f64, row) * (1.0 + f64::from((run * 7 + row.workers) % 5) / 1000.0)
        };
        let report = ReportBuilder::of("grain").runs(12).wall_ms(of_run).build();
        crossings(&Analysis::of(&report)).into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn where_lines_cross_is_told() {
        // Two workers halve the time of additions, and each task costs so much more on the way.
        let costs = |row: &Row| match row.strategy {
            Strategy::Threads => 300.0,
            Strategy::Processes => 30_000.0,
            _ => 0.0,
        };
        let crossing = said(|n, row| (n / f64::from(row.workers) + costs(row)) / 100.0);
        let expected = [
            "Threads × 2 takes longer than sequential up to n 100, and less time from n 1,000 on: 1.986 ± 0.001 times as fast at n 100,000.",
            "Processes × 2 takes longer than sequential up to n 10,000, and less time from n 100,000 on: 1.249 ± 0.001 times as fast at n 100,000.",
        ];
        assert_eq!(crossing, expected);
    }

    #[test]
    fn the_words_of_a_pair_hold_together() {
        let pair = |on_browser: fn(f64, &Row) -> f64| {
            let times = move |part: &Part, row: &Row, run: u32| {
                let Workload::Count(count) = &row.workload else { panic!("{row:?}") };
                let (n, own) = (count.n as f64, 1.0 + f64::from((run * 7 + row.workers) % 5) / 1000.0);
                let costs = if row.strategy == Strategy::Threads { 300.0 } else { 0.0 };
                let native = (n / f64::from(row.workers) + costs) / 100.0;
                own * if part.platform == Platform::Native { native } else { on_browser(n, row) }
            };
            let is_wanted = |row: &Row| row.strategy != Strategy::Processes;
            let both = [Platform::Native, Platform::Chromium];
            let reports = PairBuilder::of("grain", &both).runs(12).only(is_wanted).wall_ms(times).build();
            let stages = PairAnalysis::of(&reports).stages;
            let said = crossings_of_parts(&stages[0].parts);
            said.into_iter().map(|said| said.into_iter().map(|said| said.text).collect()).collect::<Vec<Vec<String>>>()
        };
        let later =
            |n: f64, row: &Row| (n / f64::from(row.workers) + if row.workers > 1 { 3000.0 } else { 0.0 }) / 100.0;
        let expected = [
            [
                "Threads × 2 takes longer than sequential up to n 100, and less time from n 1,000 on: 1.986 ± 0.001 times as fast at n 100,000.",
            ],
            [
                "Threads × 2 takes longer than sequential up to n 1,000, and less time from n 10,000 on: 1.885 ± 0.001 times as fast at n 100,000.",
            ],
        ];
        assert_eq!(pair(later), expected);
        // Of a platform where none cross, nothing is told.
        assert_eq!(pair(|n, _| n)[1], [""; 0]);
    }

    #[test]
    fn where_none_cross_nothing_is_told() {
        assert_eq!(said(|n, row| n / f64::from(row.workers)), [""; 0]);
        assert_eq!(said(|n, _| n), [""; 0]);
        // More than one change.
        let back = |n: f64, row: &Row| n * if row.workers > 1 && ((n as u64).ilog10() % 2 == 1) { 0.5 } else { 1.0 };
        assert_eq!(said(back), [""; 0]);
    }
}
