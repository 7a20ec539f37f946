//! The tasks of runs as bars to look into: lists of the same length, for whoever draws them.

use std::collections::BTreeSet;

use crate::analysis::RowAnalysis;
use crate::run::Run;
use crate::span::{ErrorKind, Span, phase};
use crate::workload::Cost;

/// More workers than this share lanes.
const LANES_MAX: usize = 256;
/// In a kind: the task failed.
pub const FAILED: u8 = 128;

/// What part of a task is in no phase that is known.
const REST: &str = "rest";
const WAITS: &str = "waits";
const COMPUTES: &str = "computes";

/// Bars of one or several runs on one axis. Times are milliseconds since the bar's run began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineData {
    /// Runs below each other: what each is called, its first lane and how many it has.
    pub parts: Vec<(String, u32, u32)>,
    /// What lanes are called.
    pub lanes: Vec<String>,
    /// Kinds of bars: what each is called, and its colour as a custom property of the style (`--w0`).
    pub kinds: Vec<(String, String)>,
    /// The lane of each bar. Bars stand in the order of lanes and, within one, of their beginnings.
    pub bar_lanes: Vec<u32>,
    /// When each begins.
    pub starts_ms: Vec<f64>,
    /// When each ends.
    pub ends_ms: Vec<f64>,
    /// The kind of each by its place, plus 128 if its task failed.
    pub bar_kinds: Vec<u8>,
    /// The task of each.
    pub tasks: Vec<u32>,
    /// When the task of each could first be taken.
    pub queued_ms: Vec<f64>,
    /// Why tasks failed, by the place of their bar.
    pub errors: Vec<(u32, String)>,
}

/// The last runs of rows that did the same work, each with what its side is called.
///
/// A lane is a worker. The kind of a bar is what its task does (`mixed`), or what it is at: each phase of a crawled page
/// is a bar of its own.
pub fn timeline_data(sides: &[(&str, &RowAnalysis<'_>)]) -> TimelineData {
    let runs: Vec<(&str, &Run)> = sides.iter().map(|(name, row)| (*name, row.last_run())).collect();
    let names = kinds(&runs);
    let mut data = TimelineData {
        kinds: names
            .iter()
            .enumerate()
            .map(|(place, name)| ((*name).to_owned(), format!("--w{}", place % 8)))
            .collect(),
        ..TimelineData::default()
    };
    for (name, run) in runs {
        let lanes = Lanes::of(run);
        let first = data.lanes.len() as u32;
        data.parts.push((name.to_owned(), first, lanes.names.len() as u32));
        let mut spans: Vec<(u32, &Span)> = run.spans.iter().map(|span| (lanes.of_worker(span.worker), span)).collect();
        spans
            .sort_by(|(left, before), (right, after)| left.cmp(right).then(before.start_ms.total_cmp(&after.start_ms)));
        for (lane, span) in spans {
            for (kind, start_ms, end_ms) in stretches(run, span) {
                let kind = names.iter().position(|known| *known == kind).unwrap_or(0) as u8;
                data.push(first + lane, span, kind, start_ms, end_ms);
            }
        }
        data.lanes.extend(lanes.names);
    }
    data
}

impl TimelineData {
    fn push(&mut self, lane: u32, span: &Span, kind: u8, start_ms: f64, end_ms: f64) {
        if let Some(error) = &span.error {
            self.errors.push((self.tasks.len() as u32, error.to_string()));
        }
        self.bar_lanes.push(lane);
        self.starts_ms.push(start_ms);
        self.ends_ms.push(end_ms);
        self.bar_kinds.push(kind | if span.error.is_some() { FAILED } else { 0 });
        self.tasks.push(span.task);
        self.queued_ms.push(span.queued_ms);
    }
}

/// The kinds that bars of some runs have, in the order of a task's phases.
fn kinds(runs: &[(&str, &Run)]) -> Vec<&'static str> {
    let all = runs.iter().flat_map(|(_, run)| run.spans.iter().map(|span| (*run, span)));
    let found: BTreeSet<&str> =
        all.flat_map(|(run, span)| stretches(run, span).into_iter().map(|(kind, ..)| kind)).collect();
    let order = [COMPUTES, WAITS, "task"].iter().chain(phase::LEADING).chain(&[REST]).chain(phase::TRAILING);
    order.copied().filter(|kind| found.contains(kind)).collect()
}

/// What a task was at, from when to when.
fn stretches(run: &Run, span: &Span) -> Vec<(&'static str, f64, f64)> {
    let whole = |kind| vec![(kind, span.start_ms, span.end_ms)];
    if matches!(run.row.workload.cost(), Cost::Mixed) {
        return whole(if waits(span) { WAITS } else { COMPUTES });
    }
    let part = |name: &&'static str| span.phases.get(*name).map(|ms| (*name, ms.max(0.0)));
    let leading: Vec<(&str, f64)> = phase::LEADING.iter().filter_map(part).collect();
    let trailing: Vec<(&str, f64)> = phase::TRAILING.iter().filter_map(part).collect();
    if leading.is_empty() && trailing.is_empty() {
        let has_phases = run.spans.iter().any(|span| phase::LEADING.iter().any(|name| span.phases.contains_key(*name)));
        return whole(if has_phases { REST } else { "task" });
    }
    let mut stretches = Vec::new();
    let mut at_ms = span.start_ms;
    for (name, ms) in leading {
        stretches.push((name, at_ms, at_ms + ms));
        at_ms += ms;
    }
    let rest_ms = span.end_ms - trailing.iter().map(|(_, ms)| ms).sum::<f64>();
    // Less than this is the rounding of clocks.
    if rest_ms - at_ms > 0.001 {
        stretches.push((REST, at_ms, rest_ms));
    }
    at_ms = at_ms.max(rest_ms);
    for (name, ms) in trailing {
        stretches.push((name, at_ms, at_ms + ms));
        at_ms += ms;
    }
    stretches
}

/// Whether a task of a mixture asked the target: it received something, or failed as only a request does.
fn waits(span: &Span) -> bool {
    let is_local = |kind| matches!(kind, ErrorKind::Cancelled | ErrorKind::WorkerDied | ErrorKind::Panicked);
    span.bytes > 0
        || span.phases.contains_key(phase::FIRST_BYTE)
        || span.error.as_ref().is_some_and(|error| !is_local(error.kind))
}

/// The lanes of a run: one for each worker that had a task, or for several where there are too many.
struct Lanes {
    workers: Vec<u32>,
    names: Vec<String>,
}

impl Lanes {
    fn of(run: &Run) -> Self {
        let workers: BTreeSet<u32> = run.spans.iter().map(|span| span.worker).collect();
        let workers: Vec<u32> = workers.into_iter().collect();
        let lanes = workers.len().min(LANES_MAX);
        let name = |lane: usize| {
            let shared: Vec<u32> = (0..workers.len())
                .filter(|place| place * lanes / workers.len() == lane)
                .map(|place| workers[place])
                .collect();
            match shared[..] {
                [first, .., last] => format!("Workers {first} to {last}"),
                [worker] => format!("Worker {worker}"),
                [] => String::new(),
            }
        };
        let names = if workers.len() <= LANES_MAX {
            workers.iter().map(|worker| format!("Worker {worker}")).collect()
        } else {
            (0..lanes).map(name).collect()
        };
        Self { workers, names }
    }

    fn of_worker(&self, worker: u32) -> u32 {
        let place = self.workers.binary_search(&worker).unwrap_or(0);
        (place * self.names.len() / self.workers.len().max(1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::{self, ReportBuilder, report, row, span};
    use crate::span::TaskError;
    use crate::strategy::Strategy;
    use crate::workload::{Count, Workload};

    fn data(run: Run) -> TimelineData {
        let report = report(vec![run]);
        let analysis = Analysis::of(&report);
        timeline_data(&[("native", &analysis.rows[0]), ("chromium", &analysis.rows[0])])
    }

    fn run(workload: Workload, spans: Vec<Span>) -> Run {
        fixture::run(row(workload, Strategy::Threads, 2), 100.0, spans)
    }

    fn said(data: &TimelineData) -> Vec<String> {
        let bar = |at: usize| {
            let kind = &data.kinds[usize::from(data.bar_kinds[at] & !FAILED)].0;
            let failed = if data.bar_kinds[at] & FAILED != 0 { "!" } else { "" };
            format!(
                "{} {kind}{failed} {} {}–{}",
                data.bar_lanes[at], data.tasks[at], data.starts_ms[at], data.ends_ms[at]
            )
        };
        (0..data.tasks.len()).map(bar).collect()
    }

    #[test]
    fn tasks_stand_in_the_lanes_of_their_workers() {
        let mut failed = span(0, 3, 5.0, 6.0);
        failed.error = Some(TaskError::new(ErrorKind::Panicked, "no"));
        let spans = vec![failed, span(1, 0, 1.0, 2.0), span(2, 3, 0.0, 4.0)];
        let data = data(run(Workload::Count(Count { tasks: 3, n: 10 }), spans));
        let expected =
            ["0 task 1 1–2", "1 task 2 0–4", "1 task! 0 5–6", "2 task 1 1–2", "3 task 2 0–4", "3 task! 0 5–6"];
        assert_eq!(said(&data), expected);
        assert_eq!(data.lanes, ["Worker 0", "Worker 3", "Worker 0", "Worker 3"]);
        assert_eq!(data.parts, [("native".to_owned(), 0, 2), ("chromium".to_owned(), 2, 2)]);
        assert_eq!(data.errors, [(2, "panicked: no".to_owned()), (5, "panicked: no".to_owned())]);
        assert_eq!(data.queued_ms.len(), 6);
    }

    #[test]
    fn the_phases_of_a_task_are_bars() {
        let mut span = span(0, 0, 0.0, 100.0);
        for (name, ms) in [(phase::GET, 50.0), (phase::PARSE, 10.0), (phase::WAIT, 5.0), (phase::INSERT, 15.0)] {
            span.phases.insert(name.to_owned(), ms);
        }
        let broken =
            Span { error: Some(TaskError::new(ErrorKind::Connect, "no")), phases: Default::default(), ..span.clone() };
        let data = data(run(Workload::Count(Count { tasks: 2, n: 10 }), vec![span, broken]));
        let expected = [
            "0 get 0 0–50",
            "0 parse 0 50–60",
            "0 rest 0 60–80",
            "0 wait 0 80–85",
            "0 insert 0 85–100",
            "0 rest! 0 0–100",
        ];
        assert_eq!(said(&data)[..6], expected);
        let kinds: Vec<&str> = data.kinds.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(kinds, ["get", "parse", "rest", "wait", "insert"]);
        assert_eq!(data.kinds[4].1, "--w4");
    }

    #[test]
    fn tasks_of_a_mixture_wait_or_compute() {
        let report = ReportBuilder::of("mixed").runs(1).build();
        let analysis = Analysis::of(&report);
        let kinds: Vec<String> =
            timeline_data(&[("", &analysis.rows[0])]).kinds.into_iter().map(|(name, _)| name).collect();
        assert!(kinds.iter().all(|kind| [COMPUTES, WAITS].contains(&kind.as_str())) && !kinds.is_empty(), "{kinds:?}");
        let local = |kind| Span { error: Some(TaskError::new(kind, "")), ..span(0, 0, 0.0, 1.0) };
        assert!(
            waits(&local(ErrorKind::Timeout)) && !waits(&local(ErrorKind::Panicked)) && !waits(&span(0, 0, 0.0, 1.0))
        );
        assert!(waits(&Span { bytes: 1, ..span(0, 0, 0.0, 1.0) }));
    }

    #[test]
    fn too_many_workers_share_lanes() {
        let spans = (0..1000).map(|task| span(task, task, f64::from(task), f64::from(task) + 1.0)).collect();
        let data = data(run(Workload::Count(Count { tasks: 1000, n: 10 }), spans));
        assert_eq!((data.lanes.len(), data.tasks.len()), (2 * LANES_MAX, 2000));
        assert_eq!((data.lanes[0].as_str(), data.lanes[255].as_str()), ("Workers 0 to 3", "Workers 997 to 999"));
        assert!(data.bar_lanes.is_sorted() && data.bar_lanes[1999] == 511);
    }
}
