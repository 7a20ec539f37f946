//! The rows that two reports have in common.

use std::collections::BTreeSet;

use crate::analysis::{Comparison, Ratio};
use crate::label::{self, RowLabel};
use crate::number::{Percent, Times};
use crate::say::table::{Cell, Column, Line, Table, Unit};
use crate::statistics::{Interval, VALUES_FOR_INTERVAL, Verdict};
use crate::text::sentence;

/// The candidate by the baseline, with what both are called, the baseline first.
pub fn comparison(comparison: &Comparison, names: [&str; 2]) -> Table {
    let [baseline, candidate] = names;
    let lines = comparison.ratios.iter().map(|ratio| Line::Cells { row: Some(ratio.row.clone()), cells: cells(ratio) });
    let mut notes = vec![if comparison.ratios.is_empty() {
        "they have no row in common that can be compared".to_owned()
    } else {
        format!("a ratio over 1 says that {candidate} took longer; the words are about {candidate}")
    }];
    notes.extend(comparison.mean_in_words());
    notes.extend(comparison.caveats.iter().map(|caveat| caveat.in_words(names)));
    notes.extend(comparison.left_out(names));
    let groups = comparison.ratios.iter().map(|ratio| label::group(&ratio.row));
    // Rows of several experiments are not told apart without it.
    let experiment_rank = if groups.collect::<BTreeSet<_>>().len() > 1 { 0 } else { 3 };
    Table {
        key: "comparison",
        title: format!("{candidate} against {baseline}"),
        about: "Median wall times and their ratios, row by row",
        columns: vec![
            Column::new("experiment", "Experiment", Unit::Text, experiment_rank),
            Column::new("row", "Row", Unit::Text, 0),
            Column::new("baseline", baseline.to_owned(), Unit::Ms, 2),
            Column::new("candidate", candidate.to_owned(), Unit::Ms, 2),
            Column::new("ratio", format!("{candidate} ÷ {baseline}"), Unit::Ratio, 0),
            Column::new("interval", "95 % interval", Unit::Text, 1),
            Column::new("verdict", "In words", Unit::Text, 0),
        ],
        lines: lines.collect(),
        notes: notes.iter().map(|note| sentence(note)).collect(),
    }
}

fn cells(ratio: &Ratio) -> Vec<Cell> {
    let row = RowLabel::of(&ratio.row);
    let row = if ratio.row.experiment.is_none() { row.with_workload(&ratio.row) } else { row };
    let interval = |Interval { low, high, .. }: Interval| Cell::text(format!("{low:.3} – {high:.3}"));
    vec![
        Cell::text(label::group(&ratio.row)),
        Cell::text(row.to_string()),
        Cell::number(ratio.baseline_ms),
        Cell::number(ratio.candidate_ms),
        Cell::number(ratio.ratio),
        ratio.interval.map_or_else(Cell::default, interval),
        Cell::text(in_words(ratio)),
    ]
}

/// What a ratio says of the candidate: only what its interval lets it say.
fn in_words(ratio: &Ratio) -> String {
    if ratio.interval.is_none() {
        let runs = ratio.baseline_runs.min(ratio.candidate_runs);
        return format!("too few runs to tell ({runs} of {VALUES_FOR_INTERVAL})");
    }
    match (ratio.verdict, ratio.ratio) {
        (Verdict::CannotTell, _) => "no difference shown".to_owned(),
        (Verdict::Faster | Verdict::Slower, ratio) if ratio >= 2.0 => format!("takes {} as long", Times(ratio)),
        (Verdict::Faster | Verdict::Slower, ratio) if ratio >= 1.0 => {
            format!("takes {} longer", Percent(ratio - 1.0))
        }
        (Verdict::Faster | Verdict::Slower, ratio) => format!("takes {} less", Percent(1.0 - ratio)),
    }
}
