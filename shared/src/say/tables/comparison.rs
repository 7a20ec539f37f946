//! The rows that two reports have in common.

use std::collections::BTreeSet;

use crate::analysis::{Basis, Caveat, Comparison, Ratio};
use crate::grouping::distinct;
use crate::label::{self, RowLabel};
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};
use crate::say::tables::{SMOKE, ratio_interval};
use crate::say::verdict::{of_ratio, too_few_runs};
use crate::statistics::VALUES_FOR_INTERVAL;
use crate::text::sentence;

/// What the words claim, beside the intervals.
const WORDS: &str = "words hold for the whole table: of such tables of equals, at most 5 % have any wrong one (Holm); each interval \
                     is its row's own";
/// What intervals claim of sessions, where words are claimed at all.
fn of_sessions(comparison: &Comparison) -> Option<String> {
    match comparison.basis {
        Basis::Runs => comparison.tells().then(|| {
            "words and intervals are about these runs; another session of the same work can differ by more, which several \
             reports per side would show"
                .to_owned()
        }),
        Basis::Passes => comparison.tells().then(|| "intervals are of ratios of the same pass".to_owned()),
        Basis::PooledRuns { sessions: [baseline, candidate] } => Some(format!(
            "intervals are of all runs of {baseline} and {candidate} sessions, as if they were of one; sessions can differ by \
             more, which {VALUES_FOR_INTERVAL} reports per side would show"
        )),
        Basis::Sessions { sessions: [baseline, candidate] } => {
            Some(format!("intervals are of the medians of {baseline} and {candidate} sessions: how sessions differ is in them"))
        }
    }
}

/// The candidate by the baseline, with what both are called, the baseline first.
pub fn comparison(comparison: &Comparison, names: [&str; 2]) -> Table {
    let [baseline, candidate] = names;
    let lines = comparison
        .ratios
        .iter()
        .map(|ratio| Line::Cells { row: Some(ratio.row.clone()), cells: cells(ratio, &comparison.caveats) });
    let mut notes = vec![if comparison.ratios.is_empty() {
        "they have no row in common that can be compared".to_owned()
    } else {
        format!("ratio: {candidate} ÷ {baseline}; over 1, {candidate} took longer; the words are about {candidate}")
    }];
    if comparison.ratios.len() > 1 {
        notes.push(WORDS.to_owned());
    }
    notes.extend(of_sessions(comparison).filter(|_| !comparison.ratios.is_empty()));
    if comparison.is_quick_look {
        let has_intervals = comparison.ratios.iter().any(|ratio| ratio.estimate.interval.is_some());
        let but = if has_intervals { "" } else { ", no intervals" };
        notes.push(format!("a quick look{but}: {SMOKE}"));
    }
    notes.extend(comparison.mean_in_words());
    let of_rows = comparison.ratios.iter().flat_map(|ratio| &ratio.caveats);
    let caveats = distinct(comparison.caveats.iter().chain(of_rows));
    notes.extend(caveats.iter().map(|caveat| caveat.in_words(names)));
    notes.extend(comparison.left_out(names));
    let groups: BTreeSet<&str> = comparison.ratios.iter().map(|ratio| label::group(&ratio.row)).collect();
    // What all rows are of is said once; rows of several experiments are not told apart without it.
    let (title, has_groups) = match (groups.first(), groups.len()) {
        (Some(group), 1) => (format!("{candidate} against {baseline}: {group}"), false),
        _ => (format!("{candidate} against {baseline}"), true),
    };
    let table = Table {
        key: "comparison",
        title,
        about: "Median wall times and their ratios, row by row",
        columns: vec![
            Column::new("experiment", "Experiment", Unit::Text, 0),
            Column::new("row", "Row", Unit::Text, 0),
            Column::new("baseline", baseline.to_owned(), Unit::Ms, 2),
            Column::new("candidate", candidate.to_owned(), Unit::Ms, 2),
            Column {
                about: "The candidate's median by the baseline's",
                ..Column::new("ratio", "Ratio", Unit::Ratio, 0)
            },
            // What a ratio is worth stands beside it, whatever room there is.
            Column::new("interval", "95 % interval", Unit::Text, 0),
            Column::new("verdict", "In words", Unit::Text, 0),
            Column::new("caveats", "Differs in", Unit::Text, 4),
        ],
        lines: lines.collect(),
        notes: notes.iter().map(|note| Note::on(&[], sentence(note))).collect(),
    };
    table.without_columns(|column| match &*column.key {
        "experiment" => !has_groups,
        "caveats" => caveats.is_empty(),
        _ => false,
    })
}

fn cells(ratio: &Ratio, caveats: &[Caveat]) -> Vec<Cell> {
    let caveats: Vec<&str> = caveats.iter().chain(&ratio.caveats).map(Caveat::word).collect();
    vec![
        Cell::text(label::group(&ratio.row)),
        Cell::text(RowLabel::of(&ratio.row).to_string()),
        Cell::number(ratio.baseline_ms),
        Cell::number(ratio.candidate_ms),
        Cell::number(ratio.estimate.ratio),
        ratio_interval(ratio.estimate.interval),
        Cell::text(in_words(ratio)),
        if caveats.is_empty() { Cell::default() } else { Cell::text(caveats.join(", ")) },
    ]
}

/// What a ratio says of the candidate: only what its interval, and the whole table, let it say.
pub(super) fn in_words(ratio: &Ratio) -> String {
    if ratio.estimate.interval.is_none() {
        return too_few_runs(ratio.runs());
    }
    of_ratio(ratio.estimate.ratio, ratio.verdict)
}

#[cfg(test)]
mod tests {
    use super::comparison;
    use crate::analysis::compare;
    use crate::report::fixture::ReportBuilder;

    #[test]
    fn an_interval_stays_as_long_as_its_ratio() {
        let report = ReportBuilder::of("sum").runs(6).build();
        let columns = comparison(&compare(&report, &report), ["#1", "#2"]).columns;
        let rank = |key: &str| columns.iter().find(|column| column.key == key).expect("a column").rank;
        assert!(rank("interval") <= rank("ratio") && rank("interval") < rank("baseline").min(rank("candidate")));
    }
}
