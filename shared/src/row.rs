//! A row: what is compared.

use serde::{Deserialize, Serialize};

use crate::experiment;
use crate::measure::option::parameter_name;
use crate::strategy::{Dispatch, Strategy};
use crate::workload::Workload;

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
    /// Whether it does the same as another row, whatever experiment they belong to.
    pub fn is_same_work(&self, other: &Self) -> bool {
        let Self { workload, strategy, workers, dispatch, .. } = self;
        (workload, *strategy, *workers, *dispatch) == (&other.workload, other.strategy, other.workers, other.dispatch)
    }

    /// What tells the row from the others of its experiment, for a human: `threads × 4, sharing lock`.
    pub fn label(&self) -> String {
        let mut label = self.strategy.to_string();
        if self.strategy != Strategy::Sequential {
            label += &format!(" × {}", self.workers);
        }
        if self.dispatch == Dispatch::PerTask {
            label += ", one per task";
        }
        for (parameter, value) in experiment::own_params(self) {
            let name = parameter_name(parameter);
            label += &match value.as_str() {
                "false" => continue,
                "true" => format!(", {name}"),
                value => format!(", {name} {value}"),
            };
        }
        label
    }
}
