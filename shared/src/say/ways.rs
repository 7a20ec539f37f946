//! Rows that do as much with the same workers and differ in their way alone: how much longer one way takes than another.

use serde_json::{Map, Value};

use super::held::{Held, most_telling};
use super::statement::{Evidence, Statement, aside};
use crate::analysis::{Analysis, RowAnalysis, by_parameter};
use crate::grouping::grouped;
use crate::label::RowLabel;
use crate::row::Row;
use crate::text::{in_sentence, listed};

/// Of more kinds of rows than this the tables tell.
const KINDS_MAX: usize = 4;
/// Of more ways than this beside the first one, those are told that differ the most; the tables tell the rest.
pub(super) const WAYS_MAX: usize = 4;

/// Rows with the same workers, all held against one of them.
pub(super) struct Ways<'s> {
    /// The others.
    pub held: Vec<Held<'s>>,
}

/// How much a row does: those of its parameters that are numbers. What differs in all else differs in its way.
pub(super) fn amounts(row: &Row) -> (&'static str, Map<String, Value>) {
    let is_number = |value: &Value| match value {
        Value::Number(_) => true,
        Value::String(text) => text.parse::<f64>().is_ok(),
        _ => false,
    };
    let mut params = row.workload.params();
    params.retain(|_, value| is_number(value));
    (row.workload.name(), params)
}

/// The rows that do not lie on a line over a number that rows differ in: there the number is what tells.
pub(super) fn beside_lines<'s>(analysis: &'s Analysis<'s>) -> Vec<&'s RowAnalysis<'s>> {
    let lines = by_parameter(analysis.rows.iter().map(|row| row.row));
    let on_lines: Vec<&Row> =
        lines.into_iter().flat_map(|(_, lines)| lines).flat_map(|(_, rows)| rows).map(|(_, row)| row).collect();
    analysis.rows.iter().filter(|row| !on_lines.contains(&row.row)).collect()
}

/// Of each strategy the rows with the most workers that have several ways; of one worker only once, sequential if it was.
pub(super) fn candidates<'s>(analysis: &'s Analysis<'s>) -> Vec<Ways<'s>> {
    let has_sequential = analysis.rows.iter().any(|row| !row.row.strategy.is_concurrent());
    let is_told = |row: &&RowAnalysis<'_>| !has_sequential || !row.row.strategy.is_concurrent() || row.row.workers > 1;
    let rows = beside_lines(analysis).into_iter().filter(is_told);
    let of_strategies = grouped(rows.map(|row| ((row.row.strategy, amounts(row.row)), row)));
    let ways = of_strategies.into_iter().filter_map(|(_, rows)| {
        let mut of_workers = grouped(rows.into_iter().map(|row| (row.row.workers, row)));
        of_workers.sort_by_key(|(workers, _)| std::cmp::Reverse(*workers));
        of_workers.into_iter().find_map(|(_, rows)| of_rows(analysis, &rows))
    });
    ways.collect()
}

fn of_rows<'s>(analysis: &'s Analysis<'s>, rows: &[&'s RowAnalysis<'s>]) -> Option<Ways<'s>> {
    // The usual way, if there is one.
    let against = rows.iter().min_by_key(|row| !own(&row.label, rows).is_empty())?;
    let held: Vec<Held<'_>> = rows.iter().filter_map(|row| Held::of(analysis, row, against)).collect();
    (!held.is_empty()).then_some(Ways { held })
}

/// A way as a sentence has it.
pub(super) fn with(way: &[String]) -> String {
    let way = way.join(", ");
    let is_said_so = way.starts_with("on ") || way.starts_with("as ");
    match in_sentence(&way) {
        way if way.is_empty() => "without".to_owned(),
        way if is_said_so => way.into_owned(),
        way => format!("with {way}"),
    }
}

/// What of a row's way not all of some rows have.
pub(super) fn own(label: &RowLabel, rows: &[&RowAnalysis<'_>]) -> Vec<String> {
    let mut own = label.how();
    own.retain(|part| !rows.iter().all(|row| row.label.how().contains(part)));
    own
}

/// What is shown, so many kinds of rows at most.
pub(super) fn said(ways: Vec<Ways<'_>>) -> Vec<Statement> {
    most_telling(ways, KINDS_MAX, |ways| &ways.held).iter().filter_map(Ways::said).collect()
}

impl Ways<'_> {
    fn said(&self) -> Option<Statement> {
        let against = self.held.first()?.against;
        let rows: Vec<&RowAnalysis<'_>> = self.held.iter().map(|held| held.row).chain([against]).collect();
        let known = most_telling(self.held.iter().filter(|held| !held.is_unsure()).collect(), WAYS_MAX, |held| {
            std::slice::from_ref(*held)
        });
        let (shown, alike): (Vec<_>, Vec<_>) = known.iter().copied().partition(|held| held.is_shown());
        let with = |row: &RowAnalysis<'_>| with(&own(&row.label, &rows));
        // What all of them have in common.
        let mut common = against.label.how();
        common.retain(|part| rows.iter().all(|row| row.label.how().contains(part)));
        let who = [vec![against.label.who()], common].concat().join(", ");
        let who = in_sentence(&who);
        let is_usual = own(&against.label, &rows).is_empty();
        let differ = |differ: fn(&Row) -> bool| rows.iter().any(|row| differ(row.row) != differ(against.row));
        let makes =
            differ(|row| row.dispatch == Default::default()) || differ(|row| row.way.setup == Default::default());
        let by_what = if makes { " by wall time" } else { "" };
        let alike_said = || -> Option<Vec<String>> {
            let said = |held: &&Held<'_>| {
                Some(format!("{} ({})", with(held.row), aside(&held.times_as_long()?, "times as long")))
            };
            alike.iter().map(said).collect()
        };
        let others = listed(&alike_said()?, "or");
        let text = if let Some((first, more)) = shown.split_first() {
            let as_with = match (is_usual, self.held.len()) {
                (true, 1) => with(against),
                (true, _) => "in the usual way".to_owned(),
                (false, _) => with(against),
            };
            let also = more.iter().map(|held| Some(format!(", {} times {}", held.times_as_long()?, with(held.row))));
            let also: String = also.collect::<Option<_>>()?;
            let times = first.times_as_long()?;
            let alike = if alike.is_empty() { String::new() } else { format!("; no difference is shown {others}") };
            format!("{who} takes {times} times as long{by_what} {} as {as_with}{also}{alike}", with(first.row))
        } else {
            let of = if is_usual { who.into_owned() } else { format!("{who} {}", with(against)) };
            format!("no difference{} is shown between {of} and the same {others}", by_what.replace(" by", " in"))
        };
        if known.is_empty() {
            return None;
        }
        let labels = shown.iter().chain(&alike).map(|held| held.row.label.clone());
        Some(Statement::new(&text, labels.chain([against.label.clone()]).collect(), Evidence::Times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::say::together::told;
    use crate::way::Lock;

    fn ways(report: &crate::report::Report) -> Vec<String> {
        let told = told(&[Analysis::of(report)]);
        told.into_iter().flat_map(|told| told.ways).map(|said| said.text).collect()
    }

    /// A little scatter, of a row's own.
    fn own(row: &Row, run: u32) -> f64 {
        1.0 + f64::from((run * 7 + row.workers * 3 + u32::from(row.way.lock == Lock::Gil)) % 11) / 1000.0
    }

    fn method(row: &Row) -> String {
        row.workload.params().get("method").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    #[test]
    fn ways_are_told_beside_the_first_of_the_same_workers() {
        let wall_ms = |row: &Row, run: u32| {
            let times = match (method(row).as_str(), row.workers) {
                ("lock", 2) => 3.0,
                ("lock", _) => 2.0,
                ("apart" | "merged", 2) => 0.25,
                ("merged", _) => 0.5,
                _ => 1.0,
            };
            times * own(row, run) * 100.0
        };
        let said = ways(&ReportBuilder::of("contend").runs(12).wall_ms(wall_ms).build());
        let expected = [
            "Sequential takes 2.000 ± 0.001 times as long with method lock as with method atomic, 0.500 ± 0.001 times with \
             method merged; no difference is shown with method beside (1.000 ± 0.001 times as long) or with method apart (1.000 \
             ± 0.001 times as long).",
            "Threads × 2 takes 3.000 ± 0.001 times as long with method lock as with method atomic, 0.250 ± 0.001 times with \
             method apart, 0.250 ± 0.001 times with method merged; no difference is shown with method beside (1.000 ± 0.001 times \
             as long).",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn on_and_off_are_told() {
        let locked = |row: &Row| row.way.lock == Lock::Gil && row.strategy == crate::strategy::Strategy::Threads;
        let wall_ms = |row: &Row, run: u32| {
            (1.0 + f64::from(run % 7) / 1000.0) * 100.0 / if locked(row) { 1.0 } else { f64::from(row.workers.min(2)) }
        };
        let said = ways(&ReportBuilder::of("gil").runs(12).wall_ms(wall_ms).build());
        assert_eq!(said[0], "Threads × 4 takes 2.000 ± 0.001 times as long with GIL as without.");
        assert!(
            said[1].starts_with("No difference is shown between processes × 2 and the same with GIL ("),
            "{said:?}"
        );
        let flush = |request: &mut crate::measure::Request| request.flush = Some(vec![false, true]);
        let wall_ms =
            |row: &Row, run: u32| own(row, run) * if row.workload.params()["flush"] == true { 300.0 } else { 100.0 };
        let report = ReportBuilder::of("io-heavy").request(flush).runs(12).wall_ms(wall_ms).build();
        let said = ways(&report);
        assert_eq!(said[0], "Sequential takes 3.000 ± 0.001 times as long with flush as without.");
        assert_eq!(said.len(), 3, "{said:?}");
    }

    #[test]
    fn where_one_of_several_workers_did_all_nothing_is_told_of_several() {
        let mut report = ReportBuilder::of("contend").runs(12).wall_ms(|row, run| own(row, run) * 100.0).build();
        let merged = |row: &Row| method(row) == "merged" && row.workers == 2;
        for span in report.runs.iter_mut().filter(|run| merged(&run.row)).flat_map(|run| &mut run.spans) {
            span.worker = 0;
        }
        let said = ways(&report);
        assert!(said[0].contains("merged") && !said[1].contains("merged"), "{said:?}");
        // Too few runs, or a clock that tells little.
        assert_eq!(ways(&ReportBuilder::of("contend").runs(5).build()), [""; 0]);
        report.environment.clock_step_ms = 50.0;
        assert_eq!(ways(&report), [""; 0]);
    }
}
