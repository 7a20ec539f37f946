//! The ratio of a row that did the same work in two reports, and why there may be none.

use serde::Serialize;

use super::caveat::{self, Caveat};
use super::{Basis, NONE, Reason, WhichReport};
use crate::analysis::RowAnalysis;
use crate::report::Report;
use crate::row::Row;
use crate::run::Run;
use crate::span::Checksum;
use crate::statistics::{RatioEstimate, Verdict, median, paired_ratio, ratio_interval};
use crate::strategy::Platform;

/// A row that did the same work in two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The row, as the baseline has it.
    #[serde(flatten)]
    pub row: Row,
    /// The experiment that it belongs to in the candidate.
    pub candidate_experiment: Option<String>,
    /// The baseline's platform.
    pub baseline: Platform,
    /// Its median wall time in milliseconds.
    pub baseline_ms: f64,
    /// How many runs, or sessions ([`Basis::Sessions`]), that is the median of.
    pub baseline_runs: usize,
    /// The candidate's platform.
    pub candidate: Platform,
    /// Its median wall time in milliseconds.
    pub candidate_ms: f64,
    /// How many runs, or sessions, that is the median of.
    pub candidate_runs: usize,
    /// In how many passes both were measured, if they took turns as parts of one pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<usize>,
    /// The candidate's time by the baseline's: over 1, the candidate took longer. Of parts of a pair it is the median of the
    /// ratios of all passes, and else the ratio of both medians. Its 95 % interval is this row's own; there is none if the
    /// runs are too few.
    #[serde(flatten)]
    pub estimate: RatioEstimate,
    /// Whether the candidate is faster or slower than the baseline. The verdicts of a comparison hold together: of all
    /// comparisons of equals, at most 5 % have any that is wrong.
    pub verdict: Verdict,
    /// What the two differ in for this row only.
    pub caveats: Vec<Caveat>,
}

impl Ratio {
    /// How many runs its interval is made of: passes of a pair, or else the runs of the side that has fewer.
    pub fn runs(&self) -> usize {
        self.passes.unwrap_or(self.baseline_runs.min(self.candidate_runs))
    }

    /// That its runs are too few for an interval, as a reason not to judge it.
    pub(in crate::analysis) fn too_few(&self) -> Reason {
        match self.passes {
            Some(passes) => Reason::TooFewPasses { passes },
            None => Reason::TooFewRuns { baseline: self.baseline_runs, candidate: self.candidate_runs },
        }
    }
}

/// The ratio of a row of the candidate to its counterpart in the baseline.
pub(super) fn ratio(
    (baseline, row): (&Report, &RowAnalysis<'_>),
    (candidate, counterpart): (&Report, &RowAnalysis<'_>),
    basis: Basis,
) -> Result<Ratio, Reason> {
    let (params, others) = (row.row.workload.params(), counterpart.row.workload.params());
    if let Some(name) = params.keys().chain(others.keys()).find(|name| params.get(*name) != others.get(*name)) {
        let text = |value: Option<&serde_json::Value>| value.map_or_else(|| NONE.to_owned(), ToString::to_string);
        let (baseline, candidate) = (text(params.get(name)), text(others.get(name)));
        return Err(Reason::Parameter { name: name.clone(), baseline, candidate });
    }
    if baseline.seed != candidate.seed {
        return Err(Reason::Seed { baseline: baseline.seed, candidate: candidate.seed });
    }
    if row.row.workload.asks_target() {
        match [baseline, candidate].map(|report| report.environment.target_in_browser) {
            [true, false] => return Err(Reason::TargetInBrowser { side: WhichReport::Baseline }),
            [false, true] => return Err(Reason::TargetInBrowser { side: WhichReport::Candidate }),
            _ => {}
        }
    }
    for (side, RowAnalysis { summary, measured, .. }) in
        [(WhichReport::Baseline, row), (WhichReport::Candidate, counterpart)]
    {
        if summary.failed > 0 {
            return Err(Reason::Failed { side, failed: summary.failed });
        }
        if summary.wall.is_none_or(|wall| wall.fastest_ms <= 0.0) {
            return Err(Reason::NoRun { side });
        }
        if let Some((task, ..)) = measured.iter().find_map(|run| difference(measured[0], run)) {
            return Err(Reason::Unsteady { side, task });
        }
    }
    if let Some((task, baseline, candidate)) = difference(row.measured[0], counterpart.measured[0]) {
        return Err(Reason::Checksum { task, baseline, candidate });
    }
    let walls = [basis.walls(baseline, row), basis.walls(candidate, counterpart)];
    let [baseline_ms, candidate_ms] = [0, 1].map(|side| median(&walls[side]).unwrap_or(f64::NAN));
    let passes = (basis == Basis::Passes).then(|| counterpart.pairs_with(row));
    let estimate = match &passes {
        Some(passes) => paired_ratio(passes).ok_or(Reason::NoPass)?,
        // A run that took no time was refused above.
        None => ratio_interval(&walls[1], &walls[0]).ok_or(Reason::NoRun { side: WhichReport::Candidate })?,
    };
    Ok(Ratio {
        row: row.row.clone(),
        candidate_experiment: counterpart.row.experiment.clone(),
        baseline: baseline.platform,
        baseline_ms,
        baseline_runs: walls[0].len(),
        candidate: candidate.platform,
        candidate_ms,
        candidate_runs: walls[1].len(),
        passes: passes.map(|passes| passes.len()),
        estimate,
        verdict: Verdict::CannotTell,
        caveats: caveat::between_rows(row, counterpart),
    })
}

/// The first task that two runs have different results of, with its checksums; no task, where only the digest of all results
/// tells that they differ.
fn difference(baseline: &Run, candidate: &Run) -> Option<(Option<u32>, String, String)> {
    if baseline.all_tasks.is_some() || candidate.all_tasks.is_some() {
        let [digest, other] = [baseline, candidate].map(Run::checksum);
        return (digest != other).then(|| (None, digest.to_string(), other.to_string()));
    }
    let result = |run: &Run, at: usize| run.spans.get(at).map(|span| (span.task, span.checksum));
    let text = |result: Option<(u32, Option<Checksum>)>| {
        result.and_then(|(_, checksum)| checksum).map_or_else(|| NONE.to_owned(), |checksum| checksum.to_string())
    };
    let mut results =
        (0..baseline.spans.len().max(candidate.spans.len())).map(|at| (result(baseline, at), result(candidate, at)));
    let (baseline, candidate) = results.find(|(baseline, candidate)| baseline != candidate)?;
    let (task, _) = baseline.or(candidate)?;
    Some((Some(task), text(baseline), text(candidate)))
}
