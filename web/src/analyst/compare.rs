//! Two reports side by side: ratios of their rows.

use parlab_shared::analysis::{self, Comparison, Reason, compare};
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use parlab_shared::say;

use super::table;
use crate::views::ComparisonView;

/// Of more rows in common than this, no timelines are drawn: nobody would look at them all.
const PAIRS_MAX: usize = 24;

/// Two reports side by side: ratios are of the second by the first.
pub struct Sides<'a> {
    /// The baseline and the candidate.
    pub reports: [&'a Report; 2],
    /// What they are called.
    pub names: [String; 2],
    /// The rows of both whose timelines are drawn.
    pub timelines: Vec<[Row; 2]>,
}

impl<'a> Sides<'a> {
    /// Two of the reports of two files, the baseline's first.
    pub fn of(baseline: &'a Report, candidate: &'a Report) -> Self {
        let comparison = compare(baseline, candidate);
        let names = analysis::names([baseline, candidate]);
        let names = [0, 1].map(|side| names.get(side).cloned().unwrap_or_default());
        let pair = |ratio: &analysis::Ratio| {
            [ratio.row.clone(), Row { experiment: ratio.candidate_experiment.clone(), ..ratio.row.clone() }]
        };
        let has_too_many = comparison.ratios.len() > PAIRS_MAX;
        let timelines = if has_too_many { Vec::new() } else { comparison.ratios.iter().map(pair).collect() };
        Self { reports: [baseline, candidate], names, timelines }
    }
}

/// How two reports compare, the baseline's first.
pub fn view(baseline: &Report, candidate: &Report) -> ComparisonView {
    let comparison = compare(baseline, candidate);
    if let Some(refusal) = refusal(baseline, candidate, &comparison) {
        return refused(refusal);
    }
    let Sides { names, .. } = Sides::of(baseline, candidate);
    let names = [&*names[0], &*names[1]];
    let table = say::comparison(&comparison, names);
    let has_too_many = comparison.ratios.len() > PAIRS_MAX;
    let left_out = has_too_many.then(|| format!("Timelines are drawn of up to {PAIRS_MAX} rows."));
    ComparisonView {
        refusal: None,
        legend: format!("{}: {}. {}: {}.", names[0], say::machine(baseline), names[1], say::machine(candidate)),
        is_mismatch: comparison.has_other_work(),
        notes: table.notes.iter().map(|note| note.text.clone()).chain(left_out).collect(),
        tables: if table.lines.is_empty() { Vec::new() } else { vec![table::view(&table)] },
        statements: Vec::new(),
        has_charts: true,
    }
}

/// Why files cannot be compared.
pub fn refused(refusal: String) -> ComparisonView {
    ComparisonView {
        refusal: Some(refusal),
        legend: String::new(),
        is_mismatch: false,
        notes: Vec::new(),
        tables: Vec::new(),
        statements: Vec::new(),
        has_charts: false,
    }
}

fn refusal(baseline: &Report, candidate: &Report, comparison: &Comparison) -> Option<String> {
    if baseline.id == candidate.id {
        return Some("This is one and the same report.".to_owned());
    }
    let is_only_here = |reason: &Reason| matches!(reason, Reason::Only { .. });
    let has_nothing =
        comparison.ratios.is_empty() && comparison.uncomparable.iter().all(|row| is_only_here(&row.reason));
    has_nothing.then(|| {
        "They have no row in common: workload, strategy, workers and dispatch have to be equal. Run the same plan here to \
         compare."
            .to_owned()
    })
}
