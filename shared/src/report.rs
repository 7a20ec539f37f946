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

use crate::run::Run;

use crate::measure::Precision;
use crate::scale::Scale;
use crate::strategy::Platform;

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
    /// The browser's name: `Firefox`.
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
    /// The browser's name: `Firefox`.
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
