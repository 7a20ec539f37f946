//! What a report says: everything that is derived from its runs, computed once.
//!
//! Tables, charts and sentences are made of an [`Analysis`]; none of it is ever stored.

mod answers;
mod arrival;
mod by_parameter;
mod comparison;
mod costs;
mod frames;
mod operations;
mod pair;
mod pool;
mod row;
mod scaling;
mod tasks;
mod theory;
mod threshold;
mod trend;
mod warnings;

use crate::experiment::{self, Experiment};
use crate::label::{RowLabel, group};
use crate::report::Report;
use crate::row::Row;
use crate::run::Run;

pub use answers::Answers;
pub use arrival::Arrival;
pub use by_parameter::{ByParameter, by_parameter};
pub use comparison::{
    Aspect, Basis, Caveat, Comparison, Ratio, RatioChange, Reason, Uncomparable, WhichReport, caveats, compare,
    compare_analyses, compare_ratios, names,
};
pub use costs::RowCosts;
pub use frames::RowFrames;
pub use operations::{Estimated, OperationCost};
pub use pair::{PairAnalysis, PairMean, PairRow, PairStage, Repeat, Step, StepKind, Tax, together, twins};
pub use pool::{PoolError, pool};
pub(crate) use row::outlying;
pub use row::{RowAnalysis, RowSummary, Spread};
pub use scaling::{SharedResource, Sweep};
pub use tasks::{Percentiles, TaskStats, phases};
pub use theory::{Limit, Rule, Theory};
pub use threshold::{Checked, Direction, Threshold, ThresholdError};
pub use trend::{REPORTS_FOR_CHANGE, TrendPoint, TrendRow, is_same_series, of_series, trend};
pub use warnings::warnings;

/// What the runs of a report, or of one experiment in it, say.
#[derive(Clone, Debug)]
pub struct Analysis<'a> {
    /// The report that all of this is derived from.
    pub report: &'a Report,
    /// The runs that this is about, in the order in which they took place.
    pub runs: &'a [Run],
    /// Their rows, in the order in which they first ran.
    pub rows: Vec<RowAnalysis<'a>>,
    /// What the sweeps over workers say.
    pub sweeps: Vec<Sweep>,
    /// Whether rows need the name of the workload to be told apart.
    pub many_workloads: bool,
}

impl<'a> Analysis<'a> {
    /// Analyses all runs of a report.
    pub fn of(report: &'a Report) -> Self {
        Self::of_runs(report, &report.runs)
    }

    /// Analyses a report experiment by experiment, in the order in which they ran: what has no experiment's name stands
    /// together.
    pub fn parts(report: &'a Report) -> Vec<Self> {
        Self::runs_of_parts(report).map(|runs| Self::of_runs(report, runs)).collect()
    }

    /// The same experiment by experiment.
    pub fn experiments(&self) -> Vec<Self> {
        let is_same = |run: &Run, next: &Run| run.row.experiment == next.row.experiment;
        self.runs.chunk_by(is_same).map(|runs| Self::of_runs(self.report, runs)).collect()
    }

    /// Analyses one of a report's [`parts`](Analysis::parts) by its place, if there are so many.
    pub fn part(report: &'a Report, place: usize) -> Option<Self> {
        Self::runs_of_parts(report).nth(place).map(|runs| Self::of_runs(report, runs))
    }

    fn runs_of_parts(report: &'a Report) -> impl Iterator<Item = &'a [Run]> {
        report.runs.chunk_by(|run, next| run.row.experiment == next.row.experiment)
    }

    fn of_runs(report: &'a Report, runs: &'a [Run]) -> Self {
        let many_workloads = many_workloads(runs);
        let mut rows = row::rows(runs, report, many_workloads);
        row::compare_with_baselines(&mut rows);
        for index in 0..rows.len() {
            rows[index].theory = theory::theory(report, &rows, &rows[index]);
            rows[index].source = experiment::source_row(rows[index].row, report.scale);
        }
        let sweeps = scaling::sweeps(report, &rows);
        Self { report, runs, rows, sweeps, many_workloads }
    }

    /// The name of the experiment that all runs belong to, if they do.
    pub fn experiment_name(&self) -> Option<&'a str> {
        let name = self.runs.first()?.row.experiment.as_deref()?;
        self.runs.iter().all(|run| run.row.experiment.as_deref() == Some(name)).then_some(name)
    }

    /// What it is about: the experiment, or else the workload, of its first run.
    pub fn name(&self) -> &'a str {
        self.runs.first().map_or("nothing", |run| group(&run.row))
    }

    /// The experiment that all runs belong to, if it is one that is known.
    pub fn experiment(&self) -> Option<&'static Experiment> {
        let (experiment, is_its_name) = experiment::find(self.experiment_name()?)?;
        is_its_name.then_some(experiment)
    }

    /// The analysis of a row.
    pub fn row(&self, row: &Row) -> Option<&RowAnalysis<'a>> {
        self.rows.iter().find(|analysis| analysis.row == row)
    }

    /// What one operation of a row costs; `None` if it does no [single operation](crate::workload::Operation), or nothing is known.
    pub fn operation_cost(&self, row: &RowAnalysis<'_>) -> Option<OperationCost> {
        operations::cost(self, row)
    }

    /// What a row is called among these.
    pub fn label(&self, row: &Row) -> RowLabel {
        label(row, self.many_workloads)
    }

    /// The last run of each row: measured and whole if there is one, else whatever there is.
    pub fn last_runs(&self) -> Vec<&'a Run> {
        self.rows.iter().map(RowAnalysis::last_run).collect()
    }
}

/// Whether runs are of several workloads.
fn many_workloads(runs: &[Run]) -> bool {
    runs.windows(2).any(|two| two[0].row.workload.name() != two[1].row.workload.name())
}

/// What a row is called, with its workload where that is needed.
fn label(row: &Row, name_workload: bool) -> RowLabel {
    let label = RowLabel::of(row);
    if name_workload { label.with_workload(row) } else { label }
}
