//! Reading a report that may be anything.

mod checks;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use self::checks::{TIME_MAX_MS, check_environment, check_run, check_sizes, check_texts};
use super::decode::decode;
use super::{PAIR_VERSION, PairFile, PartFile, Report, SCHEMA_VERSION, Warning};
use crate::measure::PARTS_MAX;
use crate::run::Run;
use crate::workload::OutOfRange;

/// Why a file, or some text, is not a report that can be read. Its words follow a name: `r.json ends in the middle: …`.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is nothing in it.
    #[error("is empty: whoever should have written it did not; save it again")]
    Empty,
    /// It is packed.
    #[error("is compressed ({how}): unpack it first")]
    Compressed {
        /// With what.
        how: &'static str,
    },
    /// It is no text.
    #[error("is not text in UTF-8 or UTF-16: take the file that parlab wrote, or save it again as UTF-8")]
    NotText,
    /// It is a page.
    #[error("is a page (HTML): take the report that it was made of, which --json or the page's \"Download\" writes")]
    Page,
    /// It is JSON as far as it goes.
    #[error("ends in the middle: save or copy it again")]
    Truncated,
    /// It is no JSON.
    #[error("is not JSON: {0}; take the file that --json or the page's \"Download\" writes")]
    NotJson(serde_json::Error),
    /// It is JSON, but no report.
    #[error(
        "is JSON but not a parlab report: it has no \"schema_version\"; take the file that --json or the page's \"Download\" writes"
    )]
    NotAReport,
    /// Its version is none.
    #[error("has schema version {found}, and versions are numbers from 1")]
    BadVersion {
        /// The value that stands where a version should.
        found: String,
    },
    /// It was made by a newer parlab.
    #[error("has schema version {found}, and this parlab reads up to {PAIR_VERSION}; update parlab")]
    Newer {
        /// The version that the file says it has.
        found: u64,
    },
    /// It is a pair, where a report by itself is asked for.
    #[error("is a pair of {parts} platforms, and what one platform measured by itself is needed here")]
    Pair {
        /// How many parts it has.
        parts: usize,
    },
    /// A pair has no parts to compare, or too many.
    #[error("is damaged: it has {parts} parts, and pairs have 2 to {PARTS_MAX}")]
    BadParts {
        /// How many it has.
        parts: usize,
    },
    /// Two parts of a pair cannot be told apart.
    #[error("is damaged: two of its parts are called {name:?}")]
    SamePart {
        /// What both are called.
        name: String,
    },
    /// A run is of no part of its pair.
    #[error("is damaged: run {run} is of part {name:?}, which it does not have")]
    NoSuchPart {
        /// The run, from 0.
        run: usize,
        /// The name of the part.
        name: String,
    },
    /// It says that it is a report, but something in it is wrong.
    #[error("is damaged: {field}{error}")]
    Damaged {
        /// Where, with the fields that it lies in and a colon; nothing, where it is not of one field.
        field: String,
        /// What.
        error: serde_json::Error,
    },
    /// A time in it is none.
    #[error("is damaged: in run {run}, {name} is {ms:?} ms, and times are from 0 to {TIME_MAX_MS:e} ms")]
    BadTime {
        /// The run, from 0.
        run: usize,
        /// The name of the field that has the time.
        name: String,
        /// The value that it has.
        ms: f64,
    },
    /// Something in its environment is no such thing.
    #[error("is damaged: its environment has {name} = {value}, which no machine has")]
    BadEnvironment {
        /// The name of the field.
        name: &'static str,
        /// The value that it has.
        value: f64,
    },
    /// It has a run twice.
    #[error("is damaged: run {run} is the same repetition of the same row as one before it")]
    RepeatedRun {
        /// The run, from 0.
        run: usize,
    },
    /// A task of it ends before it begins.
    #[error("is damaged: in run {run} task {task} ends before it begins")]
    EndsBeforeStart {
        /// The run, from 0.
        run: usize,
        /// The task's number.
        task: u32,
    },
    /// A run has a task more than once.
    #[error("is damaged: run {run} has task {task} more than once")]
    Repeated {
        /// The run, from 0.
        run: usize,
        /// The task's number.
        task: u32,
    },
    /// What a run says of all its tasks together is not so.
    #[error("is damaged: what run {run} says of all its tasks (all_tasks) cannot be so: {reason}")]
    BadTotals {
        /// The run, from 0.
        run: usize,
        /// Why not.
        reason: &'static str,
    },
    /// A run is of work that cannot be run.
    #[error("is damaged: run {run} has {} = {}, and plans have {}", .reason.name, .reason.value, .reason.fix)]
    NoSuchWork {
        /// The run, from 0.
        run: usize,
        /// Which limit the workload's parameters are beyond.
        reason: OutOfRange,
    },
    /// A run had nobody who worked, or more than any plan asks for.
    #[error("is damaged: run {run} has {workers} workers, and plans have 1 to {most}")]
    BadWorkers {
        /// The run, from 0.
        run: usize,
        /// The number of workers that it has.
        workers: u32,
        /// The most that a plan asks for.
        most: u32,
    },
    /// A text of it is longer than any that parlab writes.
    #[error("is damaged: {field} has {bytes} bytes, and a text there has {limit} at most")]
    LongText {
        /// The field, with the fields that it lies in.
        field: String,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// There is more of something than can be summarised.
    #[error("has more than {limit} {what}: to read it would take hours; leave some out")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
}

/// The versions that there are, as they are read.
const REPORT: u64 = SCHEMA_VERSION as u64;
const PAIR: u64 = PAIR_VERSION as u64;

/// Reads a file's bytes: JSON in UTF-8 or UTF-16, with a byte order mark or without. A report by itself is one report, a
/// pair one for each part.
///
/// # Errors
/// What is wrong with them.
pub fn load(bytes: &[u8]) -> Result<Vec<Report>, LoadError> {
    load_json(&decode(bytes)?)
}

/// Reads JSON: a report by itself is one report, a pair one for each part.
///
/// # Errors
/// What is wrong with the text.
pub fn load_json(json: &str) -> Result<Vec<Report>, LoadError> {
    let is_page = json.trim_start().starts_with('<');
    let value: Value = serde_json::from_str(json).map_err(|error| match error.is_eof() {
        true if json.trim().is_empty() => LoadError::Empty,
        true => LoadError::Truncated,
        false if is_page => LoadError::Page,
        false => LoadError::NotJson(error),
    })?;
    check_texts(&value)?;
    let version = value.get("schema_version").ok_or(LoadError::NotAReport)?;
    match version.as_u64() {
        None | Some(0) => Err(LoadError::BadVersion { found: version.to_string() }),
        Some(REPORT) => Ok(vec![of_report(value)?]),
        Some(PAIR) => of_pair(value),
        Some(found) => Err(LoadError::Newer { found }),
    }
}

/// Reads a value as what it is to be, or says which field of it is none, with a colon, and why.
fn read<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, (String, serde_json::Error)> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        // What is a part of several types is read as a whole.
        let known = path.trim_end_matches(['?', '.']);
        (if known.is_empty() { String::new() } else { format!("{known}: ") }, error.into_inner())
    })
}

/// Reads version 1.
fn of_report(value: Value) -> Result<Report, LoadError> {
    let mut report: Report = read(&value).map_err(|(field, error)| LoadError::Damaged { field, error })?;
    // Reports were of one experiment, and runs did not say of which.
    for run in &mut report.runs {
        run.row.experiment = run.row.experiment.take().or_else(|| report.experiment.clone());
    }
    // They could not be derived from reports that did not say how well times were to be known.
    let was_sampled = |warning: &Warning| matches!(warning, Warning::Imprecise { .. } | Warning::EndedWhenNarrow);
    let is_old = report.sampling.is_none();
    report.warnings.retain(|warning| warning.is_recorded() || is_old && was_sampled(warning));
    check_environment(&report.environment)?;
    check_sizes(report.runs.iter().map(|run| ("", run)))?;
    report.runs.iter().enumerate().try_for_each(|(index, run)| check_run(index, run))?;
    Ok(report)
}

/// Reads version 2.
fn of_pair(value: Value) -> Result<Vec<Report>, LoadError> {
    let pair: PairFile<'_> = read(&value).map_err(|(field, error)| {
        // What a run has beside its part is read as a whole: which field of it is wrong, is only seen when it is read alone.
        let runs = value["runs"].as_array().map_or(&[][..], Vec::as_slice).iter().enumerate();
        let mut wrong = runs.filter_map(|(at, run)| Some((at, read::<Run>(run).err()?)));
        let (field, error) = match wrong.next() {
            Some((at, (inside, error))) => {
                let dot = if inside.starts_with(':') || inside.is_empty() { "" } else { "." };
                (format!("runs[{at}]{dot}{inside}"), error)
            }
            None => (field, error),
        };
        LoadError::Damaged { field, error }
    })?;
    if !(2..=PARTS_MAX).contains(&pair.parts.len()) {
        return Err(LoadError::BadParts { parts: pair.parts.len() });
    }
    let mut names = BTreeSet::new();
    for PartFile { name, environment, .. } in &pair.parts {
        if !names.insert(name) {
            return Err(LoadError::SamePart { name: name.to_string() });
        }
        check_environment(environment)?;
    }
    if let Some((run, of)) = pair.runs.iter().enumerate().find(|(_, of)| !names.contains(&of.part)) {
        return Err(LoadError::NoSuchPart { run, name: of.part.to_string() });
    }
    check_sizes(pair.runs.iter().map(|of| (&*of.part, &*of.run)))?;
    pair.runs.iter().enumerate().try_for_each(|(index, of)| check_run(index, &of.run))?;
    let mut reports = pair.into_reports();
    for report in &mut reports {
        report.warnings.retain(Warning::is_recorded);
    }
    Ok(reports)
}

impl Report {
    /// Reads a report by itself from a file's bytes: JSON in UTF-8 or UTF-16, with a byte order mark or without.
    ///
    /// # Errors
    /// What is wrong with them, or that they are a pair.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_json(&decode(bytes)?)
    }

    /// Reads a report by itself from JSON.
    ///
    /// # Errors
    /// What is wrong with the text, or that it is a pair.
    pub fn from_json(json: &str) -> Result<Self, LoadError> {
        let mut reports = load_json(json)?;
        match (reports.pop(), reports.len()) {
            (Some(report), 0) => Ok(report),
            (_, others) => Err(LoadError::Pair { parts: others + 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn what_is_no_report_is_told_apart() {
        let texts = [
            "",
            " \n",
            "{\"schema_version\": 1",
            "<!doctype html>",
            "schema_version: 1",
            "[1, 2]",
            "{\"a\": 1}",
            "{\"schema_version\": 0}",
            "{\"schema_version\": \"1\"}",
            "{\"schema_version\": 2}",
            "{\"schema_version\": 3}",
            "{\"schema_version\": 1}",
        ];
        golden::answers(
            "refused.report.txt",
            texts.map(|json| (json, Report::from_json(json).expect_err("no report"))),
        );
    }

    #[test]
    fn a_run_that_is_there_twice_is_refused() {
        let json = include_str!("../../../tests/data/report-v1.json");
        let mut report: Value = serde_json::from_str(json).expect("JSON");
        let runs = report["runs"].as_array_mut().expect("runs");
        runs.push(runs[1].clone());
        let (twice, expected) = (runs.len() - 1, "is the same repetition of the same row as one before it");
        let error = Report::from_json(&report.to_string()).expect_err("damaged").to_string();
        assert!(error.contains(&format!("run {twice} {expected}")), "{error}");
    }

    #[test]
    fn a_field_that_is_none_is_named() {
        let refused = |json: &str, pointer: &str, value: Value| {
            let mut report: Value = serde_json::from_str(json).expect("JSON");
            *report.pointer_mut(pointer).expect("a value") = value;
            load_json(&report.to_string()).expect_err("damaged").to_string()
        };
        let alone = include_str!("../../../tests/data/report-v1.json");
        assert_eq!(
            refused(alone, "/runs/1/wall_ms", Value::Null),
            "is damaged: runs[1].wall_ms: invalid type: null, expected f64"
        );
        assert_eq!(
            refused(alone, "/environment/cores", Value::Null),
            "is damaged: environment.cores: invalid type: null, expected u32"
        );
        assert_eq!(refused(alone, "/id", Value::Null), "is damaged: id: invalid type: null, expected a string");
        let pair = include_str!("../../../tests/data/report-v2.json");
        assert_eq!(
            refused(pair, "/runs/1/wall_ms", Value::Null),
            "is damaged: runs[1].wall_ms: invalid type: null, expected f64"
        );
        assert_eq!(
            refused(pair, "/parts/0/environment/cores", "x".into()),
            "is damaged: parts[0].environment.cores: invalid type: string \"x\", expected u32"
        );
    }

    #[test]
    fn what_a_target_did_is_read_by_the_rules_of_plans() {
        let load = |latency: &str, fail: &str| {
            let json = include_str!("../../../tests/data/report-v1.json");
            let mut report: Value = serde_json::from_str(json).expect("JSON");
            let params = serde_json::json!({ "tasks": 5, "latency_ms": latency, "fail": fail });
            let run = report["runs"][0].as_object_mut().expect("a run");
            run.extend([("workload".to_owned(), "post".into()), ("params".to_owned(), params)]);
            Report::from_json(&report.to_string())
        };
        let written = load("0.5", "status:0.1").expect("a report").to_json();
        assert!(written.contains("\"latency_ms\":\"0.5\"") && written.contains("\"fail\":\"status:0.1\""), "{written}");
        // Plans took these, and every task failed.
        let check = |latency: &str, fail: &str, expected: &str| {
            let error = load(latency, fail).expect_err("damaged").to_string();
            assert!(error.starts_with("is damaged: ") && error.contains(expected), "{error}");
        };
        check("1-2-3", "", "latency_ms = \"1-2-3\" cannot be used: use milliseconds");
        check("300-100", "", "latency_ms = \"300-100\" cannot be used: it ends before it begins");
        check("", "status:1e-1", "fail = \"status:1e-1\" cannot be used: use status, or status:PROBABILITY");
    }

    #[test]
    fn what_all_tasks_did_is_no_less_than_what_some_did() {
        let load = |tasks: u64, failed: u64, workers: u32, busy_ms: f64| {
            let json = include_str!("../../../tests/data/report-v1.json");
            let mut report: Value = serde_json::from_str(json).expect("JSON");
            report["runs"][1]["all_tasks"] = serde_json::json!({
                "tasks": tasks, "errors": { "panicked": failed }, "bytes": 0, "workers": workers, "busy_ms": busy_ms, "checksum": "1",
            });
            Report::from_json(&report.to_string())
        };
        let report = load(1_000_000, 7, 2, 1e9).expect("a report");
        assert_eq!((report.runs[1].tasks(), report.runs[1].failed()), (1_000_000, 7));
        assert_eq!(report.runs[0].all_tasks, None);
        let refused =
            [(1, 0, 2, 1.0), (1_000_001, 0, 2, 1.0), (100, 101, 2, 1.0), (100, 0, 1_000_000, 1.0), (100, 0, 2, 1e300)];
        let refused = refused.map(|(tasks, failed, workers, busy_ms)| {
            let error = load(tasks, failed, workers, busy_ms).expect_err("damaged");
            (format!("{failed} of {tasks} tasks failed, {workers} workers, {busy_ms:e} ms"), error)
        });
        golden::answers("refused.report-totals.txt", refused);
    }

    #[test]
    fn what_cannot_have_been_measured_is_refused() {
        /// Puts a value in place of another one of a good report.
        fn refused(pointer: &str, value: &str) -> LoadError {
            let json = include_str!("../../../tests/data/report-v1.json");
            let mut report: Value = serde_json::from_str(json).expect("JSON");
            *report.pointer_mut(pointer).expect("a value") = "HERE".into();
            Report::from_json(&report.to_string().replace("\"HERE\"", value)).expect_err("damaged")
        }
        let values = [
            ("/runs/0/wall_ms", "-1"),
            ("/runs/1/workers", "0"),
            ("/runs/1/workers", "4294967295"),
            ("/environment/cores", "0"),
            ("/environment/clock_step_ms", "-1"),
            ("/runs/1/params/tasks", "0"),
            ("/runs/1/started_ms", "-2000"),
            ("/runs/1/spans/0/end_ms", "1e300"),
            ("/runs/1/spans/0/phases", "{\"get\": -5000}"),
            ("/runs/1/spans/0/end_ms", "1e999"),
            ("/runs/1/spans/0/end_ms", "NaN"),
            ("/runs/1/spans/0/end_ms", "null"),
            ("/runs/1/spans/3/start_ms", "500000"),
            ("/runs/2/spans/3/task", "4"),
            ("/runs/2/spans/3/checksum", "\"+1\""),
            ("/runs/2/spans/3/worker", "-1"),
        ];
        let refusals = values.map(|(pointer, value)| (format!("{pointer} {value}"), refused(pointer, value)));
        golden::answers("refused.report-values.txt", refusals);
        let phases: Vec<String> = (0..101).map(|phase| format!("\"{phase}\": 0")).collect();
        let long = [
            ("too deep", "/runs/0/spans/0/error", "[".repeat(5_000_000)),
            ("too deep in objects", "/runs/0/spans/0/error", "{\"a\":".repeat(1_000_000)),
            ("too many phases", "/runs/0/spans/0/phases", format!("{{{}}}", phases.join(","))),
        ];
        golden::answers(
            "refused.report-sizes.txt",
            long.map(|(name, pointer, value)| (name, refused(pointer, &value))),
        );
    }
}
