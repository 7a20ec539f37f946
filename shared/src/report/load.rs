//! Reading a report that may be anything.

use super::{Report, SCHEMA_VERSION};

/// Why some text is not a report that can be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no JSON.
    #[error("this is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// It is JSON, but no report.
    #[error("this is JSON but not a parlab report: it has no \"schema_version\"")]
    NotAReport,
    /// Its version is none.
    #[error("this report has schema version {found}, and versions are numbers from 1")]
    BadVersion {
        /// What stands there.
        found: String,
    },
    /// It was made by a newer parlab.
    #[error("this report has schema version {found}, and this parlab reads up to {SCHEMA_VERSION}; update parlab")]
    Newer {
        /// Its version.
        found: u64,
    },
    /// It says that it is a report, but something in it is wrong.
    #[error("this report is damaged: {0}")]
    Damaged(serde_json::Error),
    /// A time in it is none.
    #[error("this report is damaged: run {run} has a time that is negative or no number")]
    BadTime {
        /// The run, from 0.
        run: usize,
    },
}

impl Report {
    /// Reads a report from JSON.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_json(json: &str) -> Result<Self, LoadError> {
        let value: serde_json::Value = serde_json::from_str(json).map_err(LoadError::NotJson)?;
        let version = value.get("schema_version").ok_or(LoadError::NotAReport)?;
        match version.as_u64() {
            None | Some(0) => return Err(LoadError::BadVersion { found: version.to_string() }),
            Some(found) if found > u64::from(SCHEMA_VERSION) => {
                return Err(LoadError::Newer { found });
            }
            Some(_) => {}
        }
        let mut report: Self = serde_json::from_value(value).map_err(LoadError::Damaged)?;
        // Reports were of one experiment, and runs did not say of which.
        for run in &mut report.runs {
            run.experiment = run.experiment.take().or_else(|| report.experiment.clone());
        }
        for (index, run) in report.runs.iter().enumerate() {
            let spans = run.spans.iter().flat_map(|span| [span.queued_ms, span.start_ms, span.end_ms]);
            // A worker's clock may be a little behind the one that began the run.
            let late_at_most_a_second = spans.into_iter().all(|ms| ms > -1000.0);
            if !late_at_most_a_second || ![run.setup_ms, run.wall_ms].into_iter().all(|ms| ms >= 0.0) {
                return Err(LoadError::BadTime { run: index });
            }
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_report_is_told_apart() {
        fn check(json: &str, expected: &str) {
            let error = Report::from_json(json).expect_err("no report").to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        check("", "this is not JSON");
        check("{\"schema_version\": 1", "this is not JSON");
        check("[1, 2]", "this is JSON but not a parlab report");
        check("{\"a\": 1}", "this is JSON but not a parlab report");
        check("{\"schema_version\": 0}", "this report has schema version 0, and versions are numbers from 1");
        check("{\"schema_version\": \"1\"}", "this report has schema version \"1\", and versions");
        check("{\"schema_version\": 2}", "this report has schema version 2");
        check("{\"schema_version\": 1}", "this report is damaged: missing field");
    }
}
