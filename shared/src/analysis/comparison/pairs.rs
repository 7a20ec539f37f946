//! Which rows of two reports are held against each other.

use super::WhichReport;
use crate::analysis::RowAnalysis;
use crate::label::RowLabel;
use crate::row::Row;

/// A row and what it is compared with.
pub(super) enum Pair<'a> {
    /// Of both reports: first the baseline's, then the candidate's.
    Both(&'a RowAnalysis<'a>, &'a RowAnalysis<'a>),
    /// Of one of them.
    Alone(&'a RowAnalysis<'a>, WhichReport),
}

/// Every row of two reports, with the row of the other report that does the same or else comes nearest to it.
pub(super) fn pairs<'a>(baseline: &'a [RowAnalysis<'a>], candidate: &'a [RowAnalysis<'a>]) -> Vec<Pair<'a>> {
    // What does the same as some row is not what comes nearest to another.
    let is_apart = |row: &&RowAnalysis<'_>| !baseline.iter().any(|known| known.row.is_same_work(row.row));
    let apart: Vec<&RowAnalysis<'_>> = candidate.iter().filter(is_apart).collect();
    let mut taken: Vec<&Row> = Vec::new();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for row in baseline {
        let counterpart = same_work(row.row, candidate).or_else(|| nearest(row.row, &apart));
        taken.extend(counterpart.map(|counterpart| counterpart.row));
        pairs.push(counterpart.map_or(Pair::Alone(row, WhichReport::Baseline), |found| Pair::Both(row, found)));
    }
    for row in candidate.iter().filter(|row| !taken.contains(&row.row)) {
        let counterpart = same_work(row.row, baseline);
        pairs.push(counterpart.map_or(Pair::Alone(row, WhichReport::Candidate), |found| Pair::Both(found, row)));
    }
    pairs
}

/// The row that does the same as another: of the same experiment, if there is such a one.
fn same_work<'a>(row: &Row, candidates: &'a [RowAnalysis<'a>]) -> Option<&'a RowAnalysis<'a>> {
    let same = || candidates.iter().filter(|candidate| candidate.row.is_same_work(row));
    same().find(|candidate| candidate.row.experiment == row.experiment).or_else(|| same().next())
}

/// The row that comes nearest to a row of which there is no equal: of the same experiment, if there is such a one.
fn nearest<'a>(row: &Row, candidates: &[&'a RowAnalysis<'a>]) -> Option<&'a RowAnalysis<'a>> {
    let alike = || {
        candidates.iter().copied().filter(|RowAnalysis { row: candidate, .. }| {
            candidate.workload.name() == row.workload.name() && candidate.is_spread_alike(row)
        })
    };
    // Of an experiment whose rows differ in a parameter, another row is no counterpart.
    let label = RowLabel::of(row);
    alike()
        .find(|candidate| candidate.row.experiment == row.experiment && RowLabel::of(candidate.row) == label)
        .or_else(|| alike().find(|candidate| candidate.row.experiment.is_none() || row.experiment.is_none()))
}
