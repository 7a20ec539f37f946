//! A request: what a user asks for, in the CLI's options or the page's parameters, and how it becomes a plan.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Plan, Row};
use crate::experiment::{self, Experiment};
use crate::strategy::{self, Dispatch, Platform, Strategy, WORKERS_MAX};
use crate::workload::{OutOfRange, Workload};

/// Which of an experiment's sizes to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// The source's own.
    Exact,
    /// Sizes that are long enough to measure, under a minute for a whole experiment.
    #[default]
    Lab,
    /// Seconds; for tests and first looks.
    Smoke,
}
strategy::named!(Scale: Exact = "exact", Lab = "lab", Smoke = "smoke");

/// What a user asks for. What is `None` is the experiment's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// An experiment or a workload.
    pub name: String,
    /// Only these strategies.
    pub strategies: Option<Vec<Strategy>>,
    /// These numbers of workers, for every strategy that has workers.
    pub workers: Option<Vec<u32>>,
    /// So many tasks per run.
    pub tasks: Option<u32>,
    /// The workload's main parameter.
    pub size: Option<u64>,
    /// Which sizes.
    pub scale: Scale,
    /// Where workers get their tasks from.
    pub dispatch: Option<Dispatch>,
    /// Measured runs per row.
    pub runs: Option<u32>,
    /// Warm-up runs per row.
    pub warmup: Option<u32>,
    /// Decides everything that is drawn by chance.
    pub seed: Option<u64>,
}

/// The most runs of one row, measured or warm-up.
const RUNS_MAX: u32 = 1000;

/// Why a request is no plan: names the value, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No such experiment or workload.
    #[error("there is no experiment or workload \"{name}\"; use one of {known}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// No such parameter.
    #[error("there is no parameter \"{key}\"; use one of {known}")]
    UnknownParameter {
        /// What was asked for.
        key: String,
        /// What there is.
        known: String,
    },
    /// A value that cannot be read.
    #[error("{key} = \"{value}\" cannot be read: {reason}")]
    Unreadable {
        /// The parameter.
        key: String,
        /// What was given.
        value: String,
        /// Why it is none.
        reason: String,
    },
    /// A value outside its limits.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// A combination that the platform cannot run.
    #[error("{strategy} with dispatch {dispatch} cannot run \"{name}\" on platform {platform}: {reason}")]
    Unsupported {
        /// The workload.
        name: String,
        /// The strategy.
        strategy: Strategy,
        /// Its dispatch.
        dispatch: Dispatch,
        /// The platform.
        platform: Platform,
        /// Why not.
        reason: &'static str,
    },
    /// An empty list.
    #[error("{key} is empty: give at least one, separated by commas")]
    Empty {
        /// The parameter.
        key: &'static str,
    },
}

impl Request {
    /// A request for an experiment or workload as it is.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The parameters of the page's URL and of `window.parlab.run`.
    pub const PARAMETERS: &[&str] =
        &["run", "strategy", "workers", "tasks", "size", "scale", "dispatch", "runs", "warmup", "seed"];

    /// Sets one parameter from text.
    ///
    /// # Errors
    /// A parameter that there is not, or a value that cannot be read.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), RequestError> {
        match key {
            "run" => self.name = value.to_owned(),
            "strategy" => self.strategies = Some(list(key, value)?),
            "workers" => self.workers = Some(list(key, value)?),
            "tasks" => self.tasks = Some(read(key, value)?),
            "size" => self.size = Some(read(key, value)?),
            "scale" => self.scale = read(key, value)?,
            "dispatch" => self.dispatch = Some(read(key, value)?),
            "runs" => self.runs = Some(read(key, value)?),
            "warmup" => self.warmup = Some(read(key, value)?),
            "seed" => self.seed = Some(read(key, value)?),
            _ => {
                let known = Self::PARAMETERS.join(", ");
                return Err(RequestError::UnknownParameter { key: key.to_owned(), known });
            }
        }
        Ok(())
    }

    /// The plan for a platform.
    ///
    /// # Errors
    /// The first thing about the request that cannot be run there.
    pub fn plan(&self, platform: Platform) -> Result<Plan, RequestError> {
        let (experiment, named) = experiment::find(&self.name).ok_or_else(|| RequestError::UnknownName {
            name: self.name.clone(),
            known: experiment::names().join(", "),
        })?;
        let mut workload = experiment.workload(self.scale).clone();
        if let Some(tasks) = self.tasks {
            workload = workload.with_tasks(tasks);
        }
        if let Some(size) = self.size {
            workload = workload.with_size(size);
        }
        workload.check()?;
        let limit = |name, value: u32, from: u32, to, reason| {
            let fix = format!("{from} to {to}");
            let reason = if value < from { "there would be nothing to measure" } else { reason };
            let refused = OutOfRange { name, value: value.into(), reason, fix };
            if (from..=to).contains(&value) { Ok(value) } else { Err(refused) }
        };
        let runs = limit("runs", self.runs.unwrap_or(experiment.runs), 1, RUNS_MAX, "it would not end")?;
        let warmup = limit("warmup", self.warmup.unwrap_or(experiment.warmup), 0, RUNS_MAX, "it would not end")?;
        let rows = self.rows(experiment, &workload)?;
        for row in &rows {
            limit("workers", row.workers, 1, WORKERS_MAX, "it would measure the machine's limits, not the strategy")?;
            strategy::mechanism(workload.nature(), row.strategy, row.dispatch, platform).map_err(|reason| {
                RequestError::Unsupported {
                    name: workload.name().to_owned(),
                    strategy: row.strategy,
                    dispatch: row.dispatch,
                    platform,
                    reason,
                }
            })?;
        }
        let experiment = named.then(|| experiment.name.clone());
        Ok(Plan { experiment, scale: self.scale, seed: self.seed.unwrap_or(1), rows, warmup, runs })
    }

    /// The experiment's rows, or those that were asked for: strategies × workers.
    fn rows(&self, experiment: &Experiment, workload: &Workload) -> Result<Vec<Row>, RequestError> {
        if self.strategies.as_ref().is_some_and(Vec::is_empty) {
            return Err(RequestError::Empty { key: "strategy" });
        }
        if self.workers.as_ref().is_some_and(Vec::is_empty) {
            return Err(RequestError::Empty { key: "workers" });
        }
        let mut strategies = self.strategies.clone().unwrap_or_else(|| experiment.strategies());
        strategies.dedup();
        let mut rows = Vec::new();
        for strategy in strategies {
            let models: Vec<_> = experiment.rows.iter().filter(|row| row.strategy == strategy).collect();
            let dispatches: Vec<Dispatch> = match self.dispatch {
                Some(dispatch) => vec![dispatch],
                None if models.is_empty() => vec![Dispatch::Pool],
                None => distinct(models.iter().map(|row| row.dispatch)),
            };
            // What has a single worker takes no part in a sweep over dispatches or workers.
            if strategy == Strategy::Sequential {
                let row = Row { workload: workload.clone(), strategy, workers: 1, dispatch: Dispatch::Pool };
                rows.push(row);
                continue;
            }
            for dispatch in dispatches {
                let own = || distinct(models.iter().filter(|row| row.dispatch == dispatch).map(|row| row.workers));
                let workers = self.workers.clone().unwrap_or_else(|| match own() {
                    own if own.is_empty() => experiment.workers(),
                    own => own,
                });
                let dispatch = if strategy == Strategy::Async { Dispatch::Pool } else { dispatch };
                rows.extend(workers.into_iter().map(|workers| Row {
                    workload: workload.clone(),
                    strategy,
                    workers,
                    dispatch,
                }));
            }
        }
        Ok(distinct(rows))
    }
}

/// Each value once, in the order of their first appearance.
fn distinct<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once
}

fn read<T: FromStr<Err: ToString>>(key: &str, value: &str) -> Result<T, RequestError> {
    value.trim().parse().map_err(|error: T::Err| RequestError::Unreadable {
        key: key.to_owned(),
        value: value.to_owned(),
        reason: error.to_string(),
    })
}

fn list<T: FromStr<Err: ToString>>(key: &str, value: &str) -> Result<Vec<T>, RequestError> {
    value.split(',').map(|one| read(key, one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(pairs: &[(&str, &str)]) -> Result<Plan, RequestError> {
        let mut request = Request::default();
        for (key, value) in pairs {
            request.set(key, value)?;
        }
        request.plan(Platform::Native)
    }

    fn rows(pairs: &[(&str, &str)]) -> Vec<String> {
        let plan = request(pairs).expect("a plan");
        let row = |row: &Row| format!("{} {} {}", row.strategy, row.workers, row.dispatch);
        plan.rows.iter().map(row).collect()
    }

    #[test]
    fn an_experiment_has_the_sources_rows() {
        let expected = [
            "sequential 1 pool",
            "threads 1 pool",
            "threads 2 pool",
            "threads 4 pool",
            "processes 1 pool",
            "processes 2 pool",
            "processes 4 pool",
        ];
        assert_eq!(rows(&[("run", "cpu-heavy")]), expected);
    }

    #[test]
    fn strategies_and_workers_multiply() {
        assert_eq!(
            rows(&[("run", "cpu-heavy"), ("strategy", "sequential,threads"), ("workers", "2,3")]),
            ["sequential 1 pool", "threads 2 pool", "threads 3 pool"]
        );
        assert_eq!(
            rows(&[("run", "sum"), ("strategy", "processes"), ("dispatch", "per-task")]),
            ["processes 5 per-task"]
        );
    }

    #[test]
    fn a_workload_runs_without_an_experiment() {
        let plan = request(&[("run", "count"), ("tasks", "3"), ("size", "7")]).expect("a plan");
        assert_eq!(plan.experiment, None);
        assert_eq!(plan.rows[0].workload, Workload::Count { tasks: 3, n: 7 });
    }

    #[test]
    fn bad_requests_name_value_reason_and_fix() {
        fn check(pairs: &[(&str, &str)], expected: &str) {
            let error = request(pairs).expect_err("refused").to_string();
            assert!(error.contains(expected), "{error}");
        }
        check(&[("run", "cpu")], "no experiment or workload \"cpu\"; use one of cpu-heavy, ");
        check(&[("run", "sum"), ("wokers", "1")], "no parameter \"wokers\"; use one of run, strategy, workers");
        check(&[("run", "sum"), ("workers", "0")], "workers = 0 cannot be run: there would be nothing to measure");
        check(&[("run", "sum"), ("workers", "65")], "use 1 to 64");
        check(&[("run", "sum"), ("workers", "two")], "workers = \"two\" cannot be read: invalid digit");
        check(&[("run", "sum"), ("strategy", "fork")], "\"fork\" is none of sequential, async, threads, processes");
        check(&[("run", "sum"), ("size", "99999999999")], "n = 99999999999 cannot be run");
        check(&[("run", "sum"), ("runs", "0")], "runs = 0 cannot be run");
    }

    #[test]
    fn python_says_that_it_is_not_there() {
        let error = Request::named("sum").plan(Platform::Python).expect_err("unsupported");
        assert!(error.to_string().contains("on platform python: "), "{error}");
    }
}
