//! What the reports' tests share.

use super::{Environment, Report, Run, SCHEMA_VERSION, Tool};
use crate::measure::Scale;
use crate::strategy::Platform;

/// A report of some runs, natively, on two cores.
pub fn report(runs: Vec<Run>) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        id: "id".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        tool: Tool::this(),
        platform: Platform::Native,
        environment: Environment {
            os: "linux".to_owned(),
            arch: "x86_64".to_owned(),
            cpu: None,
            cores: 2,
            clock_step_ms: 1e-5,
            load_before: None,
            browser: None,
            cross_origin_isolated: None,
            python: None,
        },
        experiment: None,
        scale: Scale::Smoke,
        seed: 0,
        cancelled: false,
        runs,
        sampling: None,
        warnings: Vec::new(),
    }
}
