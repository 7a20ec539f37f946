//! A row: what is compared.

use serde::{Deserialize, Serialize};

use crate::strategy::{Dispatch, Strategy};
use crate::workload::Workload;

/// One line of the result: a workload under one strategy with one number of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    /// The experiment that it belongs to, if it is a named one.
    #[serde(default)]
    pub experiment: Option<String>,
    /// The kind of work, with its parameters.
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
    /// Whether it does the same as another row, whatever experiment they belong to.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let Self { workload, strategy, workers, dispatch, .. } = self;
        (workload, *strategy, *workers, *dispatch) == (&other.workload, other.strategy, other.workers, other.dispatch)
    }
}
