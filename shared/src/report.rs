//! The report: everything that was measured, raw, plus the environment.
//!
//! Statistics are derived from it (see [`analysis`](crate::analysis)) and never stored in it.

#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
mod load;
mod warning;

use serde::{Deserialize, Serialize};

pub use load::LoadError;
pub(crate) use warning::STEPS_MIN;
pub use warning::{Warning, left_out};

pub use crate::span::{Checksum, Span};

use crate::measure::{Execution, Precision, Row, RunSpec, Scale};
use crate::strategy::{Mechanism, Platform};
use crate::task::ErrorKind;

/// The version of the schema that this crate writes.
pub const SCHEMA_VERSION: u32 = 1;

/// What was measured on one platform in one go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of this format.
    pub schema_version: u32,
    /// Unique among reports.
    pub id: String,
    /// When it was begun (RFC 3339).
    pub created: String,
    /// What made it.
    pub tool: Tool,
    /// Where it was measured.
    pub platform: Platform,
    /// On what.
    pub environment: Environment,
    /// The named experiment, if all runs belong to the same one.
    pub experiment: Option<String>,
    /// Which of the experiment's sizes.
    pub scale: Scale,
    /// What decided everything drawn by chance.
    pub seed: u64,
    /// The plan was stopped before its end.
    pub cancelled: bool,
    /// How well times were to be known, if runs were taken until they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<Precision>,
    /// Every run, in the order in which they took place.
    pub runs: Vec<Run>,
    /// What gives cause for doubt and cannot be seen in the runs; [`warnings`](crate::analysis::warnings) has all of it.
    pub warnings: Vec<Warning>,
}

/// The program that made a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// A digest of the sources that define the work: equal builds ran identical work.
    pub build: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Self {
            name: "parlab".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: option_env!("PARLAB_BUILD").unwrap_or("unknown").to_owned(),
        }
    }
}

/// What a report was measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Environment {
    /// The operating system.
    pub os: String,
    /// The processor's architecture; in a browser, what it runs: `wasm32`.
    pub arch: String,
    /// The processor's name, where the platform tells.
    pub cpu: Option<String>,
    /// Logical cores.
    pub cores: u32,
    /// The smallest step of the clock, measured, in milliseconds.
    pub clock_step_ms: f64,
    /// Load average over one minute before the first run, where the platform tells.
    pub load_before: Option<f64>,
    /// The browser, if it was one.
    pub browser: Option<Browser>,
    /// Whether the page was allowed to share memory; `null` outside browsers.
    pub cross_origin_isolated: Option<bool>,
    /// The Python, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<Python>,
}

/// A browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Browser {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its engine.
    pub engine: String,
}

/// A Python.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Python {
    /// Its version.
    pub version: String,
    /// Its implementation, such as `CPython`.
    pub implementation: String,
    /// Whether one thread at a time runs Python code.
    pub gil: bool,
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

impl Report {
    /// The report as JSON with a line end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a report has only text keys");
        json.push('\n');
        json
    }

    /// Tasks that ended with an error, warm-up runs included. To be cancelled is none.
    pub fn failed(&self) -> usize {
        self.runs.iter().map(Run::failed).sum()
    }
}
