//! Thresholds of reports (`--fail-if`): held against a plan before anything is measured, and against what was measured.

use anyhow::bail;
use parlab_shared::analysis::{Checked, Threshold, ThresholdError};
use parlab_shared::measure::PairPlan;
use parlab_shared::number::Counted;
use parlab_shared::report::Report;
use parlab_shared::run::{Execution, Run};
use parlab_shared::statistics::VALUES_FOR_INTERVAL;
use parlab_shared::strategy::Mechanism;

use super::compare::verdicts;
use crate::environment;
use crate::prepared::begin;

/// Thresholds, and what became of them.
#[derive(Debug)]
pub struct Gate<'a> {
    checked: Vec<(&'a Threshold, Checked)>,
    is_strict: bool,
}

impl<'a> Gate<'a> {
    /// Holds reports against thresholds. A strict one is passed only if of every row that is meant it is known.
    ///
    /// # Errors
    /// A threshold names no two reports, or no row.
    pub fn of(thresholds: &'a [Threshold], is_strict: bool, reports: &[Report]) -> Result<Self, ThresholdError> {
        let check = |threshold: &'a Threshold| Ok((threshold, threshold.check(reports)?));
        Ok(Self { checked: thresholds.iter().map(check).collect::<Result<_, _>>()?, is_strict })
    }

    /// Finds out whether thresholds mean something of a plan, as if all its runs had failed: before there are any.
    ///
    /// # Errors
    /// A threshold names no two parts of it, or no row; or the plan has too few runs to judge any.
    pub fn rehearse(thresholds: &[Threshold], plan: &PairPlan) -> anyhow::Result<()> {
        if thresholds.is_empty() {
            return Ok(());
        }
        let mut reports = begin(plan, &environment::look());
        for (place, report) in reports.iter_mut().enumerate() {
            let rows = plan.plan.rows().filter(|row| plan.on(row).contains(&place));
            let run = |row| {
                let (mechanism, spans) = (Mechanism::OneThread, Vec::new());
                let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: 0.0, costs: None, spans };
                Run::new(plan.run(place, row, 0, false), execution, 0.0, false)
            };
            report.runs = rows.map(run).collect();
        }
        Gate::of(thresholds, false, &reports)?;
        // Where runs are taken until intervals are narrow, there are as many as that takes.
        let counted = plan.plan.stages.iter().filter(|stage| stage.until.is_none());
        let runs = counted.map(|stage| stage.runs).min();
        if let Some(runs) = runs.filter(|runs| *runs < VALUES_FOR_INTERVAL) {
            bail!(
                "--fail-if cannot be judged of {}: {VALUES_FOR_INTERVAL} of each row are the least that has an interval; ask for \
                 --runs {VALUES_FOR_INTERVAL} or more",
                Counted(runs.into(), "measured run")
            );
        }
        Ok(())
    }

    /// Whether no threshold is broken, and what has to be known is.
    pub fn passes(&self) -> bool {
        let is_told = |checked: &Checked| !self.is_strict || checked.doubtful.is_empty();
        self.checked.iter().all(|(_, checked)| checked.passes() && is_told(checked))
    }

    /// A line for each way in which rows stand to a threshold.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.checked.iter().flat_map(|(threshold, checked)| verdicts(threshold, checked))
    }
}
