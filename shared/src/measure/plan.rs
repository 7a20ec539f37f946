//! The plan: the ordered list of runs.

use serde::{Deserialize, Serialize};

use super::Scale;
use crate::strategy::{Dispatch, Strategy};
use crate::workload::{Setting, Waves, Workload};

/// One line of the result: a workload under one strategy with one number of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
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

/// Everything that will be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The experiment's name, if it is a named one.
    pub experiment: Option<String>,
    /// Which sizes were chosen.
    pub scale: Scale,
    /// Decides everything that is drawn by chance.
    pub seed: u64,
    /// What is compared.
    pub rows: Vec<Row>,
    /// Warm-up runs per row.
    pub warmup: u32,
    /// Measured runs per row.
    pub runs: u32,
    /// The address of the target server, for work that sends requests; it ends with a slash. `None`
    /// is the platform's own: a process natively, the page's server in the browser.
    pub target: Option<String>,
    /// How long a task may wait for an answer.
    pub timeout_ms: u64,
}

impl Plan {
    /// Whether any of its work sends requests.
    pub fn needs_target(&self) -> bool {
        self.rows.iter().any(|row| row.workload.model().is_some())
    }

    /// The runs in their order: the rows take turns, so that a machine that drifts drifts for all alike.
    pub fn runs(&self) -> Vec<RunSpec> {
        let pass = |repetition, warmup| {
            self.rows.iter().map(move |row| RunSpec {
                row: row.clone(),
                repetition,
                warmup,
                seed: self.seed,
                target: self.target.clone().unwrap_or_default(),
                timeout_ms: self.timeout_ms,
            })
        };
        let warmups = (0..self.warmup).flat_map(|repetition| pass(repetition, true));
        let measured = (0..self.runs).flat_map(|repetition| pass(repetition, false));
        warmups.chain(measured).collect()
    }
}
