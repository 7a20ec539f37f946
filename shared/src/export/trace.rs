//! Chrome's trace events: a timeline of everything, for Perfetto and the Firefox Profiler.
//!
//! The format: "Trace Event Format", Google, 2016 (object form, complete events, metadata events).
//! A report is a process, a worker a thread; thread 0 shows the runs, one after another, each where it took place.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::analysis::names;
use crate::label::full_name;
use crate::report::Report;
use crate::run::Run;
use crate::say;
use crate::span::{Span, phase};
use crate::way::Setup;

/// Threads by worker and, where tasks of one worker overlap, by lane. Thread 0 is the one of the runs.
type Threads = BTreeMap<(u32, usize), usize>;

/// The reports as one trace.
pub(super) fn trace(reports: &[Report]) -> String {
    let mut events = Vec::new();
    let names = names(reports);
    for (index, (report, name)) in reports.iter().zip(&names).enumerate() {
        of_report(&mut events, index + 1, report, name);
    }
    let trace = Trace { events, unit: "ms", other: json!({ "tool": "parlab", "reports": reports.len() }) };
    let mut text = serde_json::to_string(&trace).expect("a trace has only text keys");
    text.push('\n');
    text
}

/// The object form of the format.
#[derive(Serialize)]
struct Trace<'a> {
    #[serde(rename = "traceEvents")]
    events: Vec<Event<'a>>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "otherData")]
    other: Value,
}

/// One event.
#[derive(Serialize)]
struct Event<'a> {
    /// `X`, something that took time, or `M`, a name.
    ph: &'static str,
    name: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'static str,
    pid: usize,
    tid: usize,
    /// The beginning, in µs.
    ts: f64,
    /// How long it took, in µs.
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    args: Value,
}

/// From when to when something took place, in whole nanoseconds: they add up without loss.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Time {
    from: u64,
    to: u64,
}

impl Time {
    /// Nothing begins before the trace does, and nothing ends before it begins.
    fn new(from_ms: f64, to_ms: f64) -> Self {
        let from = nanoseconds(from_ms);
        Self { from, to: nanoseconds(to_ms).max(from) }
    }

    fn event<'a>(
        self,
        cat: &'static str,
        name: impl Into<std::borrow::Cow<'a, str>>,
        (pid, tid): (usize, usize),
        args: Value,
    ) -> Event<'a> {
        let us = |ns: u64| ns as f64 / 1e3;
        Event { ph: "X", name: name.into(), cat, pid, tid, ts: us(self.from), dur: Some(us(self.to - self.from)), args }
    }
}

/// Milliseconds as nanoseconds; what is negative is 0.
fn nanoseconds(ms: f64) -> u64 {
    (ms * 1e6).round() as u64
}

fn of_report<'a>(events: &mut Vec<Event<'a>>, pid: usize, report: &'a Report, name: &str) {
    let title = format!("{name}: {} ({})", say::title(report), report.created);
    events.push(metadata("process_name", (pid, 0), json!({ "name": title })));
    events.push(metadata("process_sort_index", (pid, 0), json!({ "sort_index": pid })));
    events.push(metadata("thread_name", (pid, 0), json!({ "name": "runs" })));
    let mut free_from = 0;
    for (index, run) in report.runs.iter().enumerate() {
        let time = Time::new(run.started_ms, run.started_ms + run.wall_ms);
        let time = Time { from: time.from.max(free_from), to: time.to.max(free_from) };
        let setup = match run.row.way.setup {
            // Workers are made after the run before has ended.
            Setup::Untimed => {
                let setup = Time::new(run.started_ms - run.setup_ms, run.started_ms);
                Time { from: setup.from.max(free_from).min(time.from), to: setup.to.min(time.from) }
            }
            // They are the first part of the run.
            Setup::Timed => {
                let setup = Time::new(run.started_ms, run.started_ms + run.setup_ms);
                Time { from: setup.from.max(time.from).min(time.to), to: setup.to.max(time.from).min(time.to) }
            }
        };
        if setup.from < setup.to {
            events.push(setup.event("setup", "make the workers", (pid, 0), json!({ "setup_ms": run.setup_ms })));
        }
        free_from = time.to;
        events.push(time.event("run", run_name(run), (pid, 0), run_args(run, index)));
    }
    for (place, ((worker, lane), tid)) in tasks(events, pid, report).into_iter().enumerate() {
        let name = match lane {
            0 => format!("worker {worker}"),
            _ => format!("worker {worker}, also in flight {lane}"),
        };
        events.push(metadata("thread_name", (pid, tid), json!({ "name": name })));
        events.push(metadata("thread_sort_index", (pid, tid), json!({ "sort_index": place + 1 })));
    }
}

fn metadata(name: &'static str, (pid, tid): (usize, usize), args: Value) -> Event<'static> {
    Event { ph: "M", name: name.into(), cat: "", pid, tid, ts: 0.0, dur: None, args }
}

fn run_name(run: &Run) -> String {
    format!("{}{}", full_name(&run.row), if run.warmup { " (warm-up)" } else { "" })
}

fn run_args(run: &Run, index: usize) -> Value {
    json!({
        "run": index, "workload": run.row.workload.name(), "params": run.row.workload.params(), "strategy": run.row.strategy,
        "workers": run.row.workers, "dispatch": run.row.dispatch, "handing": run.row.way.handing, "setup": run.row.way.setup,
        "lock": run.row.way.lock, "mechanism": run.mechanism, "repetition": run.repetition, "warmup": run.warmup, "cancelled": run.cancelled, "tasks": run.tasks(), "failed": run.failed(),
    })
}

/// The tasks, each on the thread of its worker. On a thread nothing overlaps: where tasks of a worker do, those of a
/// report whose runs overlap included, the worker has several threads.
fn tasks<'a>(events: &mut Vec<Event<'a>>, pid: usize, report: &'a Report) -> Threads {
    let time = |run: &Run, span: &Span| Time::new(run.started_ms + span.start_ms, run.started_ms + span.end_ms);
    let spans = |run: &'a Run| run.spans.iter().map(move |span| (time(run, span), span));
    let spans = report.runs.iter().flat_map(spans);
    // A thread is a task's from when its worker was begun to be made.
    let mut spans: Vec<(Time, Time, &Span)> = spans.map(|(task, span)| (spawn(task, span), task, span)).collect();
    spans.sort_by_key(|(spawn, task, span)| (span.worker, spawn.from, task.to));
    let mut threads = Threads::new();
    // From when on each lane is free.
    let mut lanes: BTreeSet<(u64, usize)> = BTreeSet::new();
    let mut worker = None;
    for (spawn, time, span) in spans {
        let all_free = lanes.last().is_some_and(|(free_from, _)| *free_from <= spawn.from);
        if worker.replace(span.worker) != Some(span.worker) || all_free {
            lanes.clear();
        }
        let lane = match lanes.first().copied() {
            Some((free_from, lane)) if free_from <= spawn.from => {
                lanes.remove(&(free_from, lane));
                lane
            }
            _ => lanes.len(),
        };
        lanes.insert((time.to, lane));
        let next = threads.len() + 1;
        let tid = *threads.entry((span.worker, lane)).or_insert(next);
        let name =
            if span.error.is_some() { format!("task {} failed", span.task) } else { format!("task {}", span.task) };
        if spawn.from < spawn.to {
            events.push(spawn.event("phase", phase::SPAWN, (pid, tid), Value::Object(Map::new())));
        }
        events.push(time.event("task", name, (pid, tid), task_args(span)));
        for (name, part) in phases(time, span) {
            events.push(part.event("phase", name, (pid, tid), Value::Object(Map::new())));
        }
    }
    threads
}

/// The time before a task in which its worker was made; none, if that was not made for it alone.
fn spawn(task: Time, span: &Span) -> Time {
    let spawn_ms = span.phases.get(phase::SPAWN).copied().unwrap_or_default();
    Time { from: task.from.saturating_sub(nanoseconds(spawn_ms)), to: task.from }
}

fn task_args(span: &Span) -> Value {
    json!({
        "task": span.task, "queued_ms": span.queued_ms, "bytes": span.bytes, "checksum": span.checksum,
        "error": span.error, "phases": span.phases,
    })
}

/// The phases of a task whose place in it is known, outer ones first. A report holds how long phases took, not when they
/// began: those that begin a task are put at its beginning in their order, those that end it at its end. One that does
/// not fit is left out here and stands among the task's arguments only.
fn phases(task: Time, span: &Span) -> Vec<(&str, Time)> {
    let long = |name: &str| span.phases.get(name).filter(|ms| **ms > 0.0).map(|ms| nanoseconds(*ms));
    let mut parts = Vec::new();
    let mut from = task.from;
    for name in phase::LEADING {
        let Some(to) = long(name).map(|ns| from.saturating_add(ns)).filter(|to| *to <= task.to) else { continue };
        parts.push((*name, Time { from, to }));
        from = to;
    }
    let first = parts.first().filter(|(name, _)| *name == phase::LEADING[0]).map(|(_, time)| *time);
    let mut until = task.to;
    let mut trailing = Vec::new();
    for name in phase::TRAILING.iter().rev() {
        let Some(begins) = long(name).and_then(|ns| until.checked_sub(ns)).filter(|begins| *begins >= from) else {
            continue;
        };
        trailing.push((*name, Time { from: begins, to: until }));
        until = begins;
    }
    let room = match (first, parts.first()) {
        (Some(first), _) => first.to,
        (None, Some((_, part))) => part.from,
        (None, None) => until,
    };
    if let Some(to) = long(phase::FIRST_BYTE).map(|ns| task.from.saturating_add(ns)).filter(|to| *to <= room) {
        // Inside of the first part, if there is one.
        parts.insert(usize::from(first.is_some()), (phase::FIRST_BYTE, Time { from: task.from, to }));
    }
    parts.extend(trailing.into_iter().rev());
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::export::fixture::reports;
    use crate::report::fixture::{ReportBuilder, span};

    /// What the format asks of every event; on a thread, what begins inside of something ends inside of it.
    fn check(text: &str) -> Vec<Value> {
        let trace: Value = serde_json::from_str(text).expect("JSON");
        let events = trace["traceEvents"].as_array().expect("a list").clone();
        let mut open: BTreeMap<(u64, u64), Vec<(i64, i64)>> = BTreeMap::new();
        let mut slices = Vec::new();
        for event in &events {
            assert!(event["name"].is_string() && event["args"].is_object(), "{event}");
            let place = (event["pid"].as_u64().expect("a process"), event["tid"].as_u64().expect("a thread"));
            match event["ph"].as_str() {
                Some("M") => assert!(event["args"]["name"].is_string() || event["args"]["sort_index"].is_u64()),
                Some("X") => {
                    let ns = |key: &str| (event[key].as_f64().expect("a number") * 1e3).round() as i64;
                    assert!(ns("ts") >= 0 && ns("dur") >= 0 && event["cat"].is_string(), "{event}");
                    slices.push((place, ns("ts"), ns("ts") + ns("dur")));
                }
                other => panic!("{other:?}"),
            }
        }
        // Perfetto's order: by beginning, the longer one first.
        slices.sort_by_key(|(place, from, to)| (*place, *from, -to));
        for (place, from, to) in slices {
            let open = open.entry(place).or_default();
            while open.last().is_some_and(|(_, end)| *end <= from) {
                open.pop();
            }
            assert!(open.last().is_none_or(|(_, end)| to <= *end), "{place:?}: {from} to {to} in {open:?}");
            open.push((from, to));
        }
        events
    }

    proptest! {
        #[test]
        fn every_trace_is_one(reports in reports()) {
            let events = check(&trace(&reports));
            let of = |cat: &str| events.iter().filter(|event| event["cat"] == cat).count();
            let runs = || reports.iter().flat_map(|report| &report.runs);
            prop_assert_eq!(of("run"), runs().count());
            prop_assert_eq!(of("task"), runs().map(|run| run.spans.len()).sum::<usize>());
        }
    }

    #[test]
    fn phases_lie_where_they_took_place() {
        let check = |phases: &[(&str, f64)], expected: &[(&str, u64, u64)]| {
            let phases = phases.iter().map(|(name, ns)| ((*name).to_owned(), ns / 1e6)).collect();
            let span = Span { phases, ..span(0, 0, 0.0, 1e-4) };
            let parts = super::phases(Time { from: 1000, to: 1100 }, &span);
            let parts: Vec<_> = parts.into_iter().map(|(name, time)| (name, time.from, time.to)).collect();
            assert_eq!(parts, expected);
        };
        check(&[], &[]);
        check(&[("first-byte", 20.0)], &[("first-byte", 1000, 1020)]);
        check(
            &[("get", 50.0), ("parse", 30.0), ("filter", 10.0), ("first-byte", 20.0)],
            &[("get", 1000, 1050), ("first-byte", 1000, 1020), ("parse", 1050, 1080), ("filter", 1080, 1090)],
        );
        check(
            &[("first-byte", 20.0), ("wait", 30.0), ("insert", 10.0)],
            &[("first-byte", 1000, 1020), ("wait", 1060, 1090), ("insert", 1090, 1100)],
        );
        check(&[("get", 200.0), ("unknown", 3.0), ("parse", -1.0)], &[]);
    }

    /// The events of a kind, as name, beginning and length in microseconds.
    fn events(report: &Report, cat: &str) -> Vec<(String, f64, f64)> {
        let events = check(&trace(std::slice::from_ref(report)));
        let of_kind = events.iter().filter(|event| event["cat"] == cat);
        let number = |event: &Value, key: &str| event[key].as_f64().expect("a number");
        of_kind.map(|event| (event["name"].to_string(), number(event, "ts"), number(event, "dur"))).collect()
    }

    #[test]
    fn what_makes_workers_lies_where_it_took_place() {
        let of = |setup| {
            let mut report = ReportBuilder::of("sum").runs(1).only(|row| row.workers == 5).build();
            report.runs.truncate(1);
            let run = &mut report.runs[0];
            (run.started_ms, run.setup_ms, run.wall_ms, run.row.way.setup) = (10.0, 2.0, 30.0, setup);
            run.spans.truncate(1);
            (run.spans[0].start_ms, run.spans[0].end_ms) = (5.0, 9.0);
            run.spans[0].phases.insert(phase::SPAWN.to_owned(), 1.5);
            let setup = events(&report, "setup").first().map(|(_, ts, dur)| (*ts, *dur));
            (setup, events(&report, "phase"))
        };
        let spawn = vec![("\"spawn\"".to_owned(), 13_500.0, 1_500.0)];
        assert_eq!(of(Setup::Untimed), (Some((8_000.0, 2_000.0)), spawn.clone()));
        // What is timed is the first part of the run, and not before it once more.
        assert_eq!(of(Setup::Timed), (Some((10_000.0, 2_000.0)), spawn));
    }
}
