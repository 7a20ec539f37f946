//! How rows that differ in a number compare over it: from which value on one takes less time than another, or that it does at
//! every value.

use super::held::Held;
use super::statement::{Evidence, Statement};
use super::ways::amounts;
use crate::analysis::{Analysis, RowAnalysis, by_parameter};
use crate::grouping::grouped;
use crate::label::{RowLabel, with_value};
use crate::number::Grouped;
use crate::statistics::Verdict;
use crate::text::in_sentence;

/// Rows that differ in one number alone, each held against a row at the same value, or the last of them against the first.
pub(super) struct Crossing<'s> {
    /// The name of the number.
    swept: &'s str,
    /// Rows by its value, ascending; nothing, of a value at which they cannot be held against each other.
    values: Vec<(f64, Option<Held<'s>>)>,
    /// The least value, where it is the last row that is held against the first.
    from: Option<f64>,
}

/// The rows that differ in a number, each kind beside another: several workers beside the one that speed-ups are against, and
/// what differs in its way beside the first of its ways. Where there is nothing beside them, the last value beside the first.
pub(super) fn candidates<'s>(analysis: &'s Analysis<'s>) -> Vec<Crossing<'s>> {
    let Some((swept, kinds)) = by_parameter(analysis.rows.iter().map(|row| row.row)) else { return Vec::new() };
    let kinds: Vec<Vec<(f64, &RowAnalysis<'_>)>> = kinds
        .into_iter()
        .map(|(_, rows)| rows.into_iter().filter_map(|(value, row)| Some((value, analysis.row(row)?))).collect())
        .collect();
    let all = || kinds.iter().flatten().copied();
    let first_way = |value: f64, row: &RowAnalysis<'_>| {
        let is_beside = |known: &RowAnalysis<'_>| {
            (known.row.strategy, known.row.workers) == (row.row.strategy, row.row.workers)
                && amounts(known.row) == amounts(row.row)
        };
        all().find(|(at, known)| *at == value && is_beside(known)).map(|(_, known)| known)
    };
    let beside_each_other = kinds.iter().flat_map(|rows| {
        let held = rows.iter().flat_map(|(value, row)| {
            let one_worker = row.baseline.map(|at| &analysis.rows[at]);
            let one_worker = one_worker.filter(|single| row.row.workers > 1 || single.row.strategy.is_parallel());
            let way = first_way(*value, row).filter(|way| one_worker.is_none_or(|single| single.row != way.row));
            [one_worker, way]
                .into_iter()
                .flatten()
                .filter(|against| against.row != row.row)
                .map(|against| (against.label.clone().without(swept), (*value, Held::of(analysis, row, against))))
        });
        let groups = grouped(held.collect::<Vec<_>>()).into_iter().map(|(_, values)| values);
        groups.filter(|values| values.len() > 1).collect::<Vec<_>>()
    });
    let crossings: Vec<Crossing<'_>> = beside_each_other.map(|values| Crossing { swept, values, from: None }).collect();
    if !crossings.is_empty() {
        return crossings;
    }
    let growth = |rows: &Vec<(f64, &'s RowAnalysis<'s>)>| {
        let ((from, first), (to, last)) = (rows.first()?, rows.last()?);
        let [beside_first, beside_last] = [first.row, last.row].map(|row| {
            let mut params = row.workload.params();
            params.remove(swept);
            params
        });
        let held = Held::of(analysis, last, first).filter(|_| beside_first == beside_last && *from > 0.0)?;
        Some(Crossing { swept, values: vec![(*to, Some(held))], from: Some(*from) })
    };
    kinds.iter().filter_map(growth).collect()
}

impl<'s> Crossing<'s> {
    /// All that is held against something.
    pub fn held(&mut self) -> impl Iterator<Item = &mut Held<'s>> {
        self.values.iter_mut().filter_map(|(_, held)| held.as_mut())
    }

    /// What is shown; `None` where the words, which hold together, leave more than one change, or nothing is shown.
    pub fn said(&self) -> Option<Statement> {
        let last = self.values.iter().rev().find_map(|(_, held)| held.as_ref().filter(|held| held.is_shown()))?;
        let named = |label: &RowLabel| in_sentence(&label.clone().without(self.swept).to_string()).into_owned();
        let [kind, against] = [last.row, last.against].map(|row| named(&row.label));
        let text = match self.from {
            Some(from) => self.growth(&kind, from)?,
            None => self.over_values(&kind, &against)?,
        };
        // The row of which the text tells the most comes first.
        Some(Statement::new(&text, vec![last.row.label.clone(), last.against.label.clone()], Evidence::Times))
    }

    fn at(&self, value: f64) -> Option<String> {
        with_value(self.swept, &value.to_string())
    }

    fn growth(&self, kind: &str, from: f64) -> Option<String> {
        let (to, held) = self.values.first().and_then(|(to, held)| Some((to, held.as_ref()?)))?;
        let many = if self.swept == "tasks" { "many" } else { "much" };
        let (from_text, times) = (self.at(from)?, Grouped((*to / from * 100.0).round() / 100.0));
        Some(format!(
            "{kind} takes {} times as long with {} as with {from_text}, {times} times as {many}",
            held.times_as_long()?,
            self.at(*to)?
        ))
    }

    fn over_values(&self, kind: &str, against: &str) -> Option<String> {
        let held = |place: usize| self.values[place].1.as_ref().filter(|held| held.is_shown());
        let shown: Vec<usize> = (0..self.values.len()).filter(|place| held(*place).is_some()).collect();
        let (first, last) = (*shown.first()?, *shown.last()?);
        let verdict = |place: usize| held(place).map_or(Verdict::CannotTell, |held| held.verdict);
        let at = |place: usize| self.at(self.values[place].0);
        let times = |place: usize| {
            let held = held(place)?;
            match held.verdict {
                Verdict::Slower => Some(format!("{} times as long at {}", held.times_as_long()?, at(place)?)),
                _ => Some(format!("{} times as fast at {}", held.times_as_fast()?, at(place)?)),
            }
        };
        let takes = |verdict: Verdict| if verdict == Verdict::Slower { "longer" } else { "less time" };
        let (before, after) = (verdict(first), verdict(last));
        // The last value with the first word, and the first one with the other.
        let turn = shown.iter().copied().find(|place| verdict(*place) != before);
        let until =
            turn.map_or(last, |turn| shown.iter().copied().filter(|place| *place < turn).max().unwrap_or(first));
        let is_whole = |from: usize, to: usize, word: Verdict| (from..=to).all(|place| verdict(place) == word);
        let end = self.values.len() - 1;
        let is_told = is_whole(first, until, before) && turn.is_none_or(|turn| is_whole(turn, end, after));
        match turn {
            _ if !is_told => None,
            Some(turn) if first == 0 => Some(format!(
                "{kind} takes {} than {against} up to {}, and {} from {} on: {}",
                takes(before),
                at(until)?,
                takes(after),
                at(turn)?,
                times(end)?
            )),
            Some(_) => None,
            None if first == 0 && last == end => Some(format!(
                "{kind} takes {} than {against} at every value from {} to {}: {}, {}",
                takes(before),
                at(0)?,
                at(end)?,
                times(0)?,
                times(end)?
            )),
            None if last == end => {
                Some(format!("{kind} takes {} than {against} from {} on: {}", takes(before), at(first)?, times(end)?))
            }
            None if first == 0 => {
                Some(format!("{kind} takes {} than {against} up to {}: {}", takes(before), at(last)?, times(0)?))
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::PairAnalysis;
    use crate::measure::Part;
    use crate::report::fixture::{PairBuilder, ReportBuilder};
    use crate::row::Row;
    use crate::say::together::told;
    use crate::strategy::{Platform, Strategy};
    use crate::workload::{OperationKind, Workload};

    fn crossings(parts: &[Analysis<'_>]) -> Vec<Vec<String>> {
        told(parts).into_iter().map(|told| told.crossings.into_iter().map(|said| said.text).collect()).collect()
    }

    fn said(wall_ms: impl Fn(f64, &Row) -> f64) -> Vec<String> {
        let of_run = |row: &Row, run: u32| {
            let Workload::Count(count) = &row.workload else { panic!("{row:?}") };
            wall_ms(count.n as f64, row) * (1.0 + f64::from((run * 7) % 5) / 1000.0)
        };
        let report = ReportBuilder::of("grain").runs(12).wall_ms(of_run).build();
        crossings(&[Analysis::of(&report)]).concat()
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
            "Threads × 2 takes longer than sequential up to n 100, and less time from n 1,000 on: 1.988 ± 0.001 times as fast at n 100,000.",
            "Processes × 2 takes longer than sequential up to n 10,000, and less time from n 100,000 on: 1.250 ± 0.001 times as fast at n 100,000.",
        ];
        assert_eq!(crossing, expected);
    }

    #[test]
    fn the_words_of_a_pair_hold_together() {
        let pair = |on_browser: fn(f64, &Row) -> f64| {
            let times = move |part: &Part, row: &Row, run: u32| {
                let Workload::Count(count) = &row.workload else { panic!("{row:?}") };
                let (n, own) = (count.n as f64, 1.0 + f64::from((run * 7) % 5) / 1000.0);
                let costs = if row.strategy == Strategy::Threads { 300.0 } else { 0.0 };
                let native = (n / f64::from(row.workers) + costs) / 100.0;
                own * if part.platform == Platform::Native { native } else { on_browser(n, row) }
            };
            let is_wanted = |row: &Row| row.strategy != Strategy::Processes;
            let both = [Platform::Native, Platform::Chromium];
            let mut reports = PairBuilder::of("grain", &both).runs(12).only(is_wanted).wall_ms(times).build();
            reports.iter_mut().for_each(|report| report.environment.clock_step_ms = 1e-5);
            let stages = PairAnalysis::of(&reports).stages;
            crossings(&stages[0].parts)
        };
        let later =
            |n: f64, row: &Row| (n / f64::from(row.workers) + if row.workers > 1 { 3000.0 } else { 0.0 }) / 100.0;
        let expected = [
            [
                "Threads × 2 takes longer than sequential up to n 100, and less time from n 1,000 on: 1.988 ± 0.001 times as fast at n 100,000.",
            ],
            [
                "Threads × 2 takes longer than sequential up to n 1,000, and less time from n 10,000 on: 1.887 ± 0.001 times as fast at n 100,000.",
            ],
        ];
        assert_eq!(pair(later), expected);
        // Of a platform where none cross, nothing is told.
        assert_eq!(pair(|n, _| n)[1], [""; 0]);
    }

    #[test]
    fn where_none_cross_the_same_holds_at_every_value_or_nothing_is_told() {
        let expected = ["threads", "processes"].map(|kind| {
            let kind = crate::text::capitalised(kind);
            format!(
                "{kind} × 2 takes less time than sequential at every value from n 1 to n 100,000: 2.000 ± 0.003 times as fast at n \
                 1, 2.000 ± 0.001 times as fast at n 100,000."
            )
        });
        assert_eq!(said(|n, row| n / f64::from(row.workers)), expected);
        assert_eq!(said(|n, _| n), [""; 0]);
        // More than one change.
        let back = |n: f64, row: &Row| n * if row.workers > 1 && ((n as u64).ilog10() % 2 == 1) { 0.5 } else { 1.0 };
        assert_eq!(said(back), [""; 0]);
        // No difference in the middle of a line.
        let gap = |n: f64, row: &Row| n * if row.workers > 1 && n as u64 != 1000 { 0.5 } else { 1.0 };
        assert_eq!(said(gap), [""; 0]);
        let until = |n: f64, row: &Row| n * if row.workers > 1 && n <= 100.0 { 3.0 } else { 1.0 };
        let longer = said(until);
        assert_eq!(
            longer[0],
            "Threads × 2 takes longer than sequential up to n 100: 3.000 ± 0.001 times as long at n 1."
        );
    }

    #[test]
    fn ways_are_told_over_a_number_too() {
        // What is copied takes longer the more it is, what is given away does not; what is shared costs next to nothing.
        let wall_ms = |row: &Row, run: u32| {
            let Workload::Operation(work) = &row.workload else { panic!("{row:?}") };
            let own = 1.0 + f64::from((run * 7 + row.strategy as u32) % 5) / 1000.0;
            let copied = work.payload as f64 / 1e6;
            let each = match (row.strategy, work.operation) {
                (Strategy::Threads, _) => 0.01,
                (_, OperationKind::Transfer) => 0.1,
                _ => 0.1 + copied,
            };
            own * each * work.operations()
        };
        let mut report = ReportBuilder::of("messages").platform(Platform::Chromium).runs(12).wall_ms(wall_ms).build();
        // Runs that last a few steps of the clock are held against nothing: what is said ends before them.
        report.environment.clock_step_ms = 0.02;
        let coarse = crossings(&[Analysis::of(&report)]).concat();
        assert!(coarse[0].contains(" up to payload 1,000,000: "), "{coarse:?}");
        report.environment.clock_step_ms = 1e-5;
        let said = crossings(&[Analysis::of(&report)]).concat();
        let expected = [
            "\"processes × 1, callback, message\" takes longer than \"threads × 1, message\" at every value from payload 1 to payload \
             16,000,000: 10.01 ± 0.04 times as long at payload 1, 1613.2 ± 3.6 times as long at payload 16,000,000.",
            "\"processes × 1, callback, transfer\" takes less time than \"processes × 1, callback, message\" from payload 1,000 on: \
             161.00 ± 0.29 times as fast at payload 16,000,000.",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_has_nothing_beside_it_grows() {
        let wall_ms = |row: &Row, run: u32| {
            let own = 1.0 + f64::from((run * 7 + row.workers) % 5) / 1000.0;
            own * 20.0 * f64::from(row.workload.tasks().div_ceil(row.workers))
        };
        let sweep = |runs| {
            let report = ReportBuilder::of("post-sweep").runs(runs).wall_ms(wall_ms).build();
            crossings(&[Analysis::of(&report)]).concat()
        };
        let expected = [
            "Processes × 2 takes 25.000 ± 0.001 times as long with tasks 150 as with tasks 5, 30 times as many.",
            "Threads × 6 takes 25.000 ± 0.001 times as long with tasks 150 as with tasks 5, 30 times as many.",
        ];
        assert_eq!(sweep(12), expected);
        assert_eq!(sweep(2), [""; 0]);
    }
}
