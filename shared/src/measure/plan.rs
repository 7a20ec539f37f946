//! The plan: the ordered list of runs.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::named::named;
use crate::row::Row;
use crate::run::RunSpec;
use crate::scale::Scale;

/// Rows that take turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// What is compared.
    pub rows: Vec<Row>,
    /// Warm-up runs per row; with `stable`, at most.
    pub warmup: u32,
    /// A row is warm as soon as its last two warm-up runs differ by no more than this share of the longer one.
    pub stable: Option<f64>,
    /// Measured runs per row; with `until`, at least.
    pub runs: u32,
    /// What to reach before measuring ends.
    pub until: Option<Precision>,
}

/// How well times are to be known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Precision {
    /// Half of the width of the 95 % interval, as a share of its middle, that every row has to come down to.
    pub half_width: f64,
    /// What the interval is of.
    pub of: PrecisionOf,
    /// After so much time the stage ends all the same, in milliseconds.
    pub budget_ms: f64,
}

/// What an interval is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PrecisionOf {
    /// The median of a row's wall times.
    #[default]
    Median,
    /// The ratio of a row's wall times to those of the first row, repetition by repetition; in a pair, of a part's to those
    /// of the first part, row by row.
    Ratio,
}
named!(PrecisionOf "kind of precision": Median = "median", Ratio = "ratio");

/// A row of an experiment that the platform cannot run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The row that will not run.
    pub row: Row,
    /// Why it cannot run here, as a clause without a full stop.
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
    pub target: Option<Address>,
    /// How long a task may wait for an answer.
    pub timeout_ms: u64,
    /// How long a task may take: a run is ended with one that takes longer, and its row is not run again.
    pub task_limit_ms: u64,
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

    /// How well times are to be known, where runs are taken until they are: the same for all stages.
    pub fn sampling(&self) -> Option<Precision> {
        self.stages.iter().find_map(|stage| stage.until)
    }

    /// Whether any of its work sends requests to a target.
    pub fn needs_target(&self) -> bool {
        self.rows().any(|row| row.workload.asks_target())
    }

    /// How many requests it sends to servers of others, at most.
    pub fn requests_to_others(&self) -> u32 {
        let of_row = |stage: &Stage, row: &Row| {
            if !row.workload.asks_others() {
                return 0;
            }
            stage.warmup.saturating_add(stage.runs).saturating_mul(row.workload.tasks())
        };
        let of_stage = |stage: &Stage| stage.rows.iter().map(|row| of_row(stage, row)).fold(0, u32::saturating_add);
        self.stages.iter().map(of_stage).fold(0, u32::saturating_add)
    }

    /// Whether any of its requests go over https for certain.
    pub fn needs_tls(&self) -> bool {
        let mut urls = self.rows().flat_map(|row| row.workload.urls().unwrap_or_default()).chain(&self.target);
        urls.any(Address::is_secure)
    }

    /// Whether any of its work is a function of somebody's own crate.
    pub fn calls_added_functions(&self) -> bool {
        self.rows().any(|row| row.workload.added_function().is_some())
    }

    /// How many runs it has at least on one platform, warm-up runs included.
    pub fn runs(&self) -> usize {
        self.stages.iter().map(|stage| stage.rows.len() * stage.passes_at_least()).sum()
    }

    /// A run of one of its rows.
    pub fn run(&self, row: &Row, repetition: u32, warmup: bool) -> RunSpec {
        let (row, target) = (row.clone(), self.target.as_ref().map(ToString::to_string).unwrap_or_default());
        let (timeout_ms, task_limit_ms) = (self.timeout_ms, self.task_limit_ms);
        RunSpec { row, repetition, warmup, seed: self.seed, target, secured: None, timeout_ms, task_limit_ms }
    }
}

impl Stage {
    /// How often each row is run at least, warm-up runs included.
    pub fn passes_at_least(&self) -> usize {
        // It takes two to be alike.
        let warmup = if self.stable.is_some() { self.warmup.min(2) } else { self.warmup };
        warmup as usize + self.runs as usize
    }
}
