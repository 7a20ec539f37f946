//! What is refused in a report that can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::LoadError;
use crate::measure::{ROWS_MAX, RUNS_IN_ALL_MAX};
use crate::report::Environment;
use crate::run::{AllTasks, Run};
use crate::strategy::Platform;
use crate::workload::TASKS_MAX;

/// No plan takes longer: over 100 days. Up to here a time has room for nanoseconds in a double.
pub(super) const TIME_MAX_MS: f64 = 9e9;
/// A worker's clock may be so much behind the one that began the run.
const BEHIND_MAX_MS: f64 = 1000.0;
/// A clock that was set while a task ran may make it end so much before it began.
const BACK_MAX_MS: f64 = 1.0;
/// More runs than this are not read.
const RUNS_MAX: usize = RUNS_IN_ALL_MAX as usize;
/// No machine has more logical cores than this.
const CORES_MAX: u32 = 100_000;
/// Nor a load average over this.
const LOAD_MAX: f64 = 1e6;
/// A text is no longer than this, in bytes: what names something stands in every line of a table.
const TEXT_MAX: usize = 10_000;
/// Nor is the text of a failure, which may have been somebody else's.
const MESSAGE_MAX: usize = 1_000_000;
/// More names of phases than this are not read: each is a column.
const PHASES_MAX: usize = 100;

/// Refuses texts, and names of fields, that are too long to be shown.
pub(super) fn check_texts(value: &Value) -> Result<(), LoadError> {
    let limit = |field: &str| if field == "message" { MESSAGE_MAX } else { TEXT_MAX };
    let long = |field: &str, text: &str| (text.len() > limit(field)).then(|| (String::new(), text.len(), limit(field)));
    match too_long(value, "", &long) {
        Some((field, bytes, limit)) => Err(LoadError::LongText { field, bytes, limit }),
        None => Ok(()),
    }
}

/// A text that is too long: where it is, how long it is, and how long it may be.
type TooLong = (String, usize, usize);

/// The first text in a value that is too long, given the name of the field that it is the value of.
fn too_long(value: &Value, field: &str, long: &impl Fn(&str, &str) -> Option<TooLong>) -> Option<TooLong> {
    let inside = |step: String, (path, bytes, limit): TooLong| {
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        (format!("{step}{dot}{path}"), bytes, limit)
    };
    match value {
        Value::String(text) => long(field, text),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .find_map(|(at, value)| too_long(value, field, long).map(|found| inside(format!("[{at}]"), found))),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let name_is_long = long("", name).map(|(_, bytes, limit)| ("the name of a field".to_owned(), bytes, limit));
            name_is_long.or_else(|| too_long(value, name, long).map(|found| inside(name.clone(), found)))
        }),
        _ => None,
    }
}

/// Refuses a machine that cannot be.
pub(super) fn check_environment(environment: &Environment) -> Result<(), LoadError> {
    let Environment { cores, clock_step_ms, load_before, parallel_speed, cpu_quota, busy_cores, throttled, .. } =
        environment;
    let check = |name, value: f64, range: RangeInclusive<f64>| {
        if range.contains(&value) { Ok(()) } else { Err(LoadError::BadEnvironment { name, value }) }
    };
    check("cores", f64::from(*cores), 1.0..=f64::from(CORES_MAX))?;
    check("clock_step_ms", *clock_step_ms, 0.0..=TIME_MAX_MS)?;
    check("parallel_speed", parallel_speed.unwrap_or(1.0), 0.0..=f64::from(CORES_MAX))?;
    check("cpu_quota", cpu_quota.unwrap_or(1.0), f64::MIN_POSITIVE..=f64::from(CORES_MAX))?;
    check("busy_cores", busy_cores.unwrap_or(0.0), 0.0..=f64::from(CORES_MAX))?;
    check("throttled", throttled.map_or(0.0, |throttled| throttled.ms), 0.0..=TIME_MAX_MS * f64::from(CORES_MAX))?;
    check("load_before", load_before.unwrap_or(0.0), 0.0..=LOAD_MAX)
}

/// Refuses what would take hours to summarise, and runs that are there twice. Each run comes with the name of its part.
pub(super) fn check_sizes<'a>(
    runs: impl ExactSizeIterator<Item = (&'a str, &'a Run)> + Clone,
) -> Result<(), LoadError> {
    let at_most =
        |what, found: usize, limit| if found > limit { Err(LoadError::TooMany { what, limit }) } else { Ok(()) };
    at_most("runs", runs.len(), RUNS_MAX)?;
    let mut rows: BTreeMap<String, BTreeSet<(&str, bool, u32)>> = BTreeMap::new();
    for (index, (part, run)) in runs.clone().enumerate() {
        if !rows.entry(format!("{:?}", run.row)).or_default().insert((part, run.warmup, run.repetition)) {
            return Err(LoadError::RepeatedRun { run: index });
        }
    }
    at_most("different rows", rows.len(), ROWS_MAX as usize)?;
    let spans = runs.flat_map(|(_, run)| &run.spans);
    let phases: BTreeSet<&String> = spans.flat_map(|span| span.phases.keys()).collect();
    at_most("names of phases", phases.len(), PHASES_MAX)
}

/// Refuses work that cannot be run, times that are none, and tasks that are there twice.
pub(super) fn check_run(index: usize, run: &Run) -> Result<(), LoadError> {
    run.row.workload.check_as_read().map_err(|reason| LoadError::NoSuchWork { run: index, reason })?;
    let (workers, most) = (run.row.workers, run.row.strategy.workers_max(Platform::Native));
    if workers == 0 || workers > most {
        return Err(LoadError::BadWorkers { run: index, workers, most });
    }
    let check = |name: &dyn Display, ms: f64, least_ms: f64| {
        let bad = || LoadError::BadTime { run: index, name: name.to_string(), ms };
        if (least_ms..=TIME_MAX_MS).contains(&ms) { Ok(()) } else { Err(bad()) }
    };
    check(&"wall_ms", run.wall_ms, 0.0)?;
    check(&"setup_ms", run.setup_ms, 0.0)?;
    check(&"probe_ms", run.probe_ms.unwrap_or(0.0), 0.0)?;
    check(&"asleep_ms", run.asleep_ms.unwrap_or(0.0), 0.0)?;
    let costs = run.costs.unwrap_or_default();
    check(&"user_ms", costs.user_ms.unwrap_or(0.0), 0.0)?;
    check(&"system_ms", costs.system_ms.unwrap_or(0.0), 0.0)?;
    check(&"started_ms", run.started_ms, -BEHIND_MAX_MS)?;
    if let Some(reason) = run.all_tasks.as_ref().and_then(|all| bad_totals(all, run, most)) {
        return Err(LoadError::BadTotals { run: index, reason });
    }
    let mut tasks = BTreeSet::new();
    for span in &run.spans {
        check(&"queued_ms", span.queued_ms, -BEHIND_MAX_MS)?;
        check(&"start_ms", span.start_ms, -BEHIND_MAX_MS)?;
        check(&"end_ms", span.end_ms, -BEHIND_MAX_MS)?;
        for (phase, ms) in &span.phases {
            check(&format_args!("phase {phase}"), *ms, -BEHIND_MAX_MS)?;
        }
        if span.end_ms < span.start_ms - BACK_MAX_MS {
            return Err(LoadError::EndsBeforeStart { run: index, task: span.task });
        }
        if !tasks.insert(span.task) {
            return Err(LoadError::Repeated { run: index, task: span.task });
        }
    }
    Ok(())
}

/// Why what a run says of all its tasks cannot be so, if it cannot.
fn bad_totals(all: &AllTasks, run: &Run, workers_max: u32) -> Option<&'static str> {
    let failed = all.errors.values().fold(0, |sum: u64, count| sum.saturating_add(*count));
    let reasons = [
        (all.tasks < run.spans.len() as u64, "it has the spans of more"),
        (all.tasks > TASKS_MAX.into(), "no run has so many"),
        (failed > all.tasks, "more of them failed than there were"),
        (all.workers > workers_max, "no run has so many workers"),
        (
            !(-BEHIND_MAX_MS..=TIME_MAX_MS * f64::from(workers_max)).contains(&all.busy_ms),
            "they took a time that is none",
        ),
    ];
    reasons.into_iter().find_map(|(is_so, reason)| is_so.then_some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    #[test]
    fn a_text_that_is_too_long_is_refused_with_its_field() {
        let refused = |pointer: &str, text: String| {
            let json = include_str!("../../../../tests/data/report-v1.json");
            let mut report: Value = serde_json::from_str(json).expect("JSON");
            *report.pointer_mut(pointer).expect("a value") = text.into();
            Report::from_json(&report.to_string()).expect_err("too long").to_string()
        };
        let long = "x".repeat(50_000_000);
        assert_eq!(refused("/id", long), "is damaged: id has 50000000 bytes, and a text there has 10000 at most");
        for (pointer, field) in [
            ("/created", "created"),
            ("/environment/os", "environment.os"),
            ("/tool/build", "tool.build"),
            ("/runs/1/spans/2/checksum", "runs[1].spans[2].checksum"),
        ] {
            let error = refused(pointer, "x".repeat(TEXT_MAX + 1));
            assert!(error.starts_with(&format!("is damaged: {field} has 10001 bytes")), "{error}");
        }
        // What failed may have said more.
        let message = |bytes: usize| {
            let json = include_str!("../../../../tests/data/report-v1.json");
            let mut report: Value = serde_json::from_str(json).expect("JSON");
            report["runs"][1]["spans"][0]["error"] =
                serde_json::json!({ "kind": "network", "message": "x".repeat(bytes) });
            Report::from_json(&report.to_string()).map_err(|error| error.to_string())
        };
        assert!(message(TEXT_MAX + 1).is_ok());
        let error = message(MESSAGE_MAX + 1).expect_err("too long");
        assert!(error.contains("runs[1].spans[0].error.message has 1000001 bytes"), "{error}");
        let name = Report::from_json(&format!("{{\"schema_version\": 1, \"{}\": 1}}", "x".repeat(TEXT_MAX + 1)));
        assert!(name.expect_err("too long").to_string().contains("the name of a field has 10001 bytes"));
    }
}
