//! The named experiments: plans that answer one question each. The data is in `experiments.json`, one
//! file for CLI, page and tests.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::measure::Scale;
use crate::strategy::{Dispatch, Strategy};
use crate::workload::{KINDS, Workload};

/// A named plan that answers one question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The name in CLI, URL and JSON.
    pub name: String,
    /// The source document and its title, if it comes from one.
    pub source: Option<Source>,
    /// The source's title of the workload.
    pub title: String,
    /// What one wants to know.
    pub question: String,
    /// What to expect, and why.
    pub expect: String,
    /// What the source hides.
    pub hides: Option<String>,
    /// Sizes by scale.
    pub sizes: Sizes,
    /// Warm-up runs per row.
    pub warmup: u32,
    /// Measured runs per row.
    pub runs: u32,
    /// What is compared.
    pub rows: Vec<ExperimentRow>,
}

/// A document that an experiment comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its number among the source documents.
    pub document: String,
    /// Its title.
    pub title: String,
}

/// A workload for each scale.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// The source's own.
    pub exact: Workload,
    /// Long enough to measure.
    pub lab: Workload,
    /// Seconds.
    pub smoke: Workload,
}

/// A row of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentRow {
    /// How tasks are spread.
    pub strategy: Strategy,
    /// Over how many workers.
    pub workers: u32,
    /// Where workers get their tasks from.
    #[serde(default)]
    pub dispatch: Dispatch,
    /// The title of the source's figure for this row.
    pub figure: Option<String>,
}

impl Experiment {
    /// The workload at a scale.
    pub fn workload(&self, scale: Scale) -> &Workload {
        match scale {
            Scale::Exact => &self.sizes.exact,
            Scale::Lab => &self.sizes.lab,
            Scale::Smoke => &self.sizes.smoke,
        }
    }

    /// Its strategies, each once.
    pub fn strategies(&self) -> Vec<Strategy> {
        let mut strategies: Vec<_> = self.rows.iter().map(|row| row.strategy).collect();
        strategies.sort_unstable();
        strategies.dedup();
        strategies
    }

    /// The numbers of workers in its sweeps, ascending; what is sequential has none.
    pub fn workers(&self) -> Vec<u32> {
        let sweeps = self.rows.iter().filter(|row| row.strategy != Strategy::Sequential);
        let mut workers: Vec<_> = sweeps.map(|row| row.workers).collect();
        workers.sort_unstable();
        workers.dedup();
        if workers.is_empty() { vec![1, 2] } else { workers }
    }
}

/// Every experiment, in the order in which they are shown.
pub fn experiments() -> &'static [Experiment] {
    static EXPERIMENTS: OnceLock<Vec<Experiment>> = OnceLock::new();
    EXPERIMENTS
        .get_or_init(|| serde_json::from_str(include_str!("experiments.json")).expect("a test parses the experiments"))
}

/// Finds an experiment by name, or else the first one whose workload has that name; says which it was.
pub fn find(name: &str) -> Option<(&'static Experiment, bool)> {
    let named = experiments().iter().find(|one| one.name == name).map(|one| (one, true));
    let of_workload = || experiments().iter().find(|one| one.sizes.lab.name() == name).map(|one| (one, false));
    named.or_else(of_workload)
}

/// Every name that [`find`] knows.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = experiments().iter().map(|one| one.name.as_str()).collect();
    for kind in KINDS {
        if !names.contains(&kind.name) {
            names.push(kind.name);
        }
    }
    names
}

/// The title of the source's figure for a row of an experiment, if it has one.
pub fn figure(experiment: &str, strategy: Strategy, workers: u32, dispatch: Dispatch) -> Option<&'static str> {
    let rows = &find(experiment)?.0.rows;
    let row = rows.iter().find(|row| (row.strategy, row.workers, row.dispatch) == (strategy, workers, dispatch))?;
    row.figure.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Request;
    use crate::strategy::Platform;

    #[test]
    fn every_experiment_is_a_plan_at_every_scale_on_both_platforms() {
        for experiment in experiments() {
            for scale in Scale::ALL {
                for platform in [Platform::Native, Platform::Browser] {
                    let request = Request { scale: *scale, ..Request::named(&experiment.name) };
                    let plan = request.plan(platform).expect("a plan");
                    assert_eq!(plan.rows.len(), experiment.rows.len(), "{}", experiment.name);
                }
            }
        }
    }

    #[test]
    fn every_workload_has_an_experiment() {
        for kind in KINDS {
            assert!(find(kind.name).is_some(), "{}", kind.name);
        }
    }

    #[test]
    fn the_sources_own_sizes() {
        fn check(name: &str, workload: &Workload) {
            assert_eq!(find(name).expect("an experiment").0.workload(Scale::Exact), workload);
        }
        check("cpu-heavy", &Workload::Count { tasks: 16, n: 10_000_000 });
        check("countdown", &Workload::Countdown { tasks: 300, n: 850_000 });
        check("sum", &Workload::Sum { tasks: 5, n: 100_000_000 });
    }
}
