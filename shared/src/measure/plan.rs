//! The plan: the ordered list of runs.

use serde::{Deserialize, Serialize};

use super::Scale;
use crate::experiment;
use crate::strategy::{Dispatch, Strategy};
use crate::workload::{Setting, Waves, Workload};

/// One line of the result: a workload under one strategy with one number of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The experiment that it belongs to, if it is a named one.
    #[serde(default)]
    pub experiment: Option<String>,
    /// What is done.
    #[serde(flatten)]
    pub workload: Workload,
    /// How it is spread.
    pub strategy: Strategy,
    /// Over how many workers; for `async`, how many tasks may be in flight.
    pub workers: u32,
    /// Where workers get their tasks from.
    pub dispatch: Dispatch,
}

impl Row {
    /// What tells the row from the others of its experiment, for a human: `threads × 4, keep lock`.
    pub fn label(&self) -> String {
        let mut label = self.strategy.to_string();
        if self.strategy != Strategy::Sequential {
            label += &format!(" × {}", self.workers);
        }
        if self.dispatch == Dispatch::PerTask {
            label += ", one per task";
        }
        for (name, value) in experiment::own_params(self) {
            label += &format!(", {name} {value}");
        }
        label
    }
}

/// One timed pass over all tasks of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// What is run.
    #[serde(flatten)]
    pub row: Row,
    /// Which pass over the row this is, from 0; warm-up runs count for themselves.
    pub repetition: u32,
    /// Not measured: lets caches, compilers and connections settle.
    pub warmup: bool,
    /// Decides everything that is drawn by chance.
    pub seed: u64,
    /// The address of the target server, for work that sends requests; it ends with a slash.
    pub target: String,
    /// How long a task may wait for an answer.
    pub timeout_ms: u64,
}

impl RunSpec {
    /// The tasks of the run, wave by wave.
    pub fn waves(&self) -> Waves {
        self.row.workload.waves(Setting { target: &self.target, seed: self.seed })
    }
}

/// Rows that take turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What is compared.
    pub rows: Vec<Row>,
    /// Warm-up runs per row.
    pub warmup: u32,
    /// Measured runs per row.
    pub runs: u32,
}

/// A row of an experiment that the platform cannot run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The row.
    pub row: Row,
    /// Why not.
    pub reason: String,
}

/// Everything that will be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Which sizes were chosen.
    pub scale: Scale,
    /// Decides everything that is drawn by chance.
    pub seed: u64,
    /// One experiment after another.
    pub stages: Vec<Stage>,
    /// What of the experiments is not run, and why.
    pub left_out: Vec<LeftOut>,
    /// The address of the target server, for work that sends requests; it ends with a slash. `None`
    /// is the platform's own: a process natively, the page's server in the browser.
    pub target: Option<String>,
    /// How long a task may wait for an answer.
    pub timeout_ms: u64,
}

impl Plan {
    /// Every row, in order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.stages.iter().flat_map(|stage| &stage.rows)
    }

    /// Keeps only some rows.
    pub fn retain(&mut self, keep: impl Fn(&Row) -> bool) {
        for stage in &mut self.stages {
            stage.rows.retain(&keep);
        }
        self.stages.retain(|stage| !stage.rows.is_empty());
    }

    /// The name of the experiment, if all rows belong to the same one.
    pub fn experiment(&self) -> Option<&str> {
        let mut names = self.rows().map(|row| row.experiment.as_deref());
        let first = names.next()??;
        names.all(|name| name == Some(first)).then_some(first)
    }

    /// How often a row is measured.
    pub fn runs_of_row(&self, row: &Row) -> u32 {
        self.stages.iter().filter(|stage| stage.rows.contains(row)).map(|stage| stage.runs).sum()
    }

    /// Whether any of its work sends requests.
    pub fn needs_target(&self) -> bool {
        self.rows().any(|row| row.workload.model().is_some())
    }

    /// The runs in their order: stage by stage, and in a stage the rows take turns, so that a machine that drifts drifts
    /// for all alike.
    pub fn runs(&self) -> Vec<RunSpec> {
        self.stages.iter().flat_map(|stage| self.runs_of(stage)).collect()
    }

    fn runs_of<'a>(&'a self, stage: &'a Stage) -> impl Iterator<Item = RunSpec> + use<'a> {
        let pass = move |repetition, warmup| {
            stage.rows.iter().map(move |row| RunSpec {
                row: row.clone(),
                repetition,
                warmup,
                seed: self.seed,
                target: self.target.clone().unwrap_or_default(),
                timeout_ms: self.timeout_ms,
            })
        };
        let warmups = (0..stage.warmup).flat_map(move |repetition| pass(repetition, true));
        let measured = (0..stage.runs).flat_map(move |repetition| pass(repetition, false));
        warmups.chain(measured)
    }
}
