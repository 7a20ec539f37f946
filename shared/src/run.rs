//! A run: what is asked for, what an executor says that it left behind, and what is kept of both.

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::span::{ErrorKind, Span};
use crate::strategy::Mechanism;
use crate::workload::{Setting, Waves};

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

/// What one run left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// What carried it out.
    pub mechanism: Mechanism,
    /// When the first task was handed over, on the executor's clock.
    pub began_ms: f64,
    /// Time that it took to make the workers, before that.
    pub setup_ms: f64,
    /// From handing over the first task until the last result was back.
    pub wall_ms: f64,
    /// One for each task that was taken, by task; times since `began_ms`.
    pub spans: Vec<Span>,
}

impl Execution {
    /// Turns spans on the executor's clock into spans since the run began, in the order of tasks.
    pub fn rebase(&mut self) {
        for span in &mut self.spans {
            span.queued_ms -= self.began_ms;
            span.start_ms -= self.began_ms;
            span.end_ms -= self.began_ms;
        }
        self.spans.sort_by_key(|span| span.task);
    }
}

/// One timed pass over all tasks of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// What was run.
    #[serde(flatten)]
    pub row: Row,
    /// What carried it out.
    pub mechanism: Mechanism,
    /// Which pass over the row this was, from 0; warm-up runs count for themselves.
    pub repetition: u32,
    /// Not part of the measurement.
    pub warmup: bool,
    /// The run was stopped: tasks are missing or failed for that reason.
    pub cancelled: bool,
    /// When the run began, in milliseconds since the plan began.
    pub started_ms: f64,
    /// Time that it took to make the workers, before the run began.
    pub setup_ms: f64,
    /// What a fixed piece of computing took just before, in milliseconds: the same in every run, unless others use the
    /// machine or it slows down.
    #[serde(default)]
    pub probe_ms: Option<f64>,
    /// From handing over the first task until the last result was back.
    pub wall_ms: f64,
    /// What each task left behind, by task.
    pub spans: Vec<Span>,
}

impl Run {
    /// A run from what was asked for and what it left behind; `zero_ms` is when the plan began, on the executor's clock.
    pub fn new(spec: RunSpec, execution: Execution, zero_ms: f64, cancelled: bool) -> Self {
        let RunSpec { row, repetition, warmup, .. } = spec;
        let Execution { mechanism, began_ms, setup_ms, wall_ms, spans } = execution;
        let (started_ms, probe_ms) = (began_ms - zero_ms, None);
        Self { row, mechanism, repetition, warmup, cancelled, started_ms, setup_ms, probe_ms, wall_ms, spans }
    }

    /// Tasks that ended with an error. To be cancelled is none.
    pub fn failed(&self) -> usize {
        let errors = self.spans.iter().filter_map(|span| span.error.as_ref());
        errors.filter(|error| error.kind != ErrorKind::Cancelled).count()
    }

    /// Whether its time counts: it is no warm-up, was not stopped, and its workers could be made.
    pub fn is_measured(&self) -> bool {
        let is_setup = |span: &Span| span.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Setup);
        !self.warmup && !self.cancelled && !self.spans.iter().any(is_setup)
    }
}
