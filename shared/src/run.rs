//! A run: what is asked for, what an executor says that it left behind, and what is kept of both.

mod all_tasks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::costs::Costs;
use crate::grouping::sort_by_number;
use crate::row::Row;
use crate::span::{Checksum, ErrorKind, Span, TaskError};
use crate::strategy::Mechanism;
use crate::target::Secured;
use crate::way::Setup;
use crate::workload::{Setting, Waves};

pub use all_tasks::{AllTasks, SPANS_KEPT, SPANS_KEPT_MAX};

/// A worker may be so late for its first task because the machine is busy, in milliseconds.
const LATE_MS: f64 = 200.0;

/// One timed pass over all tasks of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Workload, strategy, workers and dispatch.
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
    /// Where the same server listens with TLS, for work that asks for a protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secured: Option<Secured>,
    /// How long a task may wait for an answer.
    pub timeout_ms: u64,
    /// How long a task may take: the run is ended with one that takes longer.
    pub task_limit_ms: u64,
}

impl RunSpec {
    /// Whether its requests may go over https: those to a target over http do not, and servers of others may redirect.
    pub fn may_need_tls(&self) -> bool {
        self.asked().starts_with("https:") || self.row.workload.asks_others()
    }

    /// The address that its requests to the target go to; it ends with a slash. Empty, if it is not known.
    pub fn asked(&self) -> &str {
        match self.row.workload.protocol() {
            Some(protocol) => self.secured.as_ref().map_or("", |secured| secured.at(protocol)),
            None => &self.target,
        }
    }

    /// The tasks of the run, wave by wave.
    pub fn waves(&self) -> Waves {
        self.row.workload.waves(Setting { target: self.asked(), seed: self.seed })
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
    /// What it cost besides time; `None` if that was not asked for, as where it failed.
    pub costs: Option<Costs>,
    /// One for each task that was taken, by task; times since `began_ms`.
    pub spans: Vec<Span>,
}

impl Execution {
    /// Makes it a run that failed, for a reason that lies in none of its tasks: the one that failed first is told of it, or
    /// else the one that took longest.
    pub fn spoil(&mut self, reason: &str) {
        let has_failed = |span: &Span| span.error.as_ref().is_some_and(|error| error.kind != ErrorKind::Cancelled);
        let length_ms = |span: &Span| span.end_ms - span.start_ms;
        let place = self.spans.iter().position(has_failed).or_else(|| {
            let places = 0..self.spans.len();
            places.max_by(|a, b| length_ms(&self.spans[*a]).total_cmp(&length_ms(&self.spans[*b])))
        });
        if let Some(place) = place {
            let span = &mut self.spans[place];
            (span.checksum, span.error) = (None, Some(TaskError::new(ErrorKind::Setup, reason)));
        }
    }

    /// Names a function of somebody's own in what its tasks failed of: crate, module and name.
    fn name_function(&mut self, path: &str) {
        for error in self.spans.iter_mut().filter_map(|span| span.error.as_mut()) {
            if matches!(error.kind, ErrorKind::TooLong | ErrorKind::Panicked | ErrorKind::WorkerDied) {
                error.message = format!("{path}: {}", error.message);
            }
        }
    }

    /// Puts the time that it took to make the workers before everything else, as part of the run: it begins with them.
    fn begin_with_setup(&mut self) {
        self.began_ms -= self.setup_ms;
        self.wall_ms += self.setup_ms;
        for span in &mut self.spans {
            span.queued_ms += self.setup_ms;
            span.start_ms += self.setup_ms;
            span.end_ms += self.setup_ms;
        }
    }

    /// Turns spans on the executor's clock into spans since the run began, in the order of tasks.
    pub fn rebase(&mut self) {
        for span in &mut self.spans {
            span.queued_ms -= self.began_ms;
            span.start_ms -= self.began_ms;
            span.end_ms -= self.began_ms;
        }
        self.sort();
    }

    /// Puts spans in the order of tasks.
    pub(crate) fn sort(&mut self) {
        sort_by_number(&mut self.spans, |span| span.task);
    }
}

/// One timed pass over all tasks of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Run {
    /// Workload, strategy, workers and dispatch.
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
    /// Time that it took to make the workers, before the run began; with [`Setup::Timed`], as its first part.
    pub setup_ms: f64,
    /// What a fixed piece of computing took just before, in milliseconds: the same in every run, unless others use the
    /// machine or it slows down.
    #[serde(default)]
    pub probe_ms: Option<f64>,
    /// For how long the machine slept meanwhile, in milliseconds, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asleep_ms: Option<f64>,
    /// From handing over the first task until the last result was back.
    pub wall_ms: f64,
    /// What it cost besides time, from handing over the first task until the last result was back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
    /// What each task left behind, by task; of some tasks, where `all_tasks` says what all of them did.
    pub spans: Vec<Span>,
    /// What all tasks left behind together, where they are more than spans are kept of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_tasks: Option<Box<AllTasks>>,
}

impl Run {
    /// A run from what was asked for and what it left behind; `zero_ms` is when the plan began, on the executor's clock.
    pub fn new(spec: RunSpec, mut execution: Execution, zero_ms: f64, cancelled: bool) -> Self {
        // Here, so that it is the same on every platform.
        if spec.row.way.setup == Setup::Timed {
            execution.begin_with_setup();
        }
        if let Some(path) = spec.row.workload.added_function() {
            execution.name_function(path);
        }
        let RunSpec { row, repetition, warmup, .. } = spec;
        let Execution { mechanism, began_ms, setup_ms, wall_ms, costs, spans } = execution;
        let (started_ms, probe_ms, asleep_ms) = (began_ms - zero_ms, None, None);
        let (all_tasks, spans) = all_tasks::sampled(spans);
        Self {
            row,
            mechanism,
            repetition,
            warmup,
            cancelled,
            started_ms,
            setup_ms,
            probe_ms,
            asleep_ms,
            wall_ms,
            costs,
            spans,
            all_tasks,
        }
    }

    /// How many tasks left something behind.
    pub fn tasks(&self) -> usize {
        self.all_tasks.as_ref().map_or(self.spans.len(), |all| all.tasks as usize)
    }

    /// How many of them ended with an error, by its kind; those that were cancelled are no failures.
    pub fn failures(&self) -> BTreeMap<ErrorKind, u64> {
        let errors = self.all_tasks.as_ref().map(|all| all.errors.clone());
        let mut errors = errors.unwrap_or_else(|| all_tasks::errors(&self.spans));
        errors.remove(&ErrorKind::Cancelled);
        errors
    }

    /// How many tasks ended well.
    pub fn tasks_done(&self) -> usize {
        self.tasks().saturating_sub(self.ended_with(|_| true) as usize)
    }

    /// Bytes that tasks read, wrote or received that ended well.
    pub fn bytes(&self) -> u64 {
        self.all_tasks.as_ref().map_or_else(|| all_tasks::bytes(&self.spans), |all| all.bytes)
    }

    /// How many workers had a task.
    pub fn workers_used(&self) -> usize {
        self.all_tasks.as_ref().map_or_else(|| all_tasks::workers(&self.spans), |all| all.workers) as usize
    }

    /// For how long its tasks were under way, waiting for their turn left out, added up, in milliseconds.
    pub fn busy_ms(&self) -> f64 {
        self.all_tasks.as_ref().map_or_else(|| all_tasks::busy_ms(&self.spans), |all| all.busy_ms)
    }

    /// A digest of the checksums of all tasks: equal for equal results.
    pub fn checksum(&self) -> Checksum {
        self.all_tasks.as_ref().map_or_else(|| all_tasks::checksum(&self.spans), |all| all.checksum)
    }

    /// Setup and wall time together, in milliseconds; where setup is timed it is part of the wall time.
    pub fn whole_ms(&self) -> f64 {
        match self.row.way.setup {
            Setup::Untimed => self.setup_ms + self.wall_ms,
            Setup::Timed => self.wall_ms,
        }
    }

    /// How many cores it used, as far as that is known: CPU time by the time in which it was counted, which a setup that is
    /// timed is no part of.
    pub fn cores_used(&self) -> Option<f64> {
        let counted_ms = match self.row.way.setup {
            Setup::Untimed => self.wall_ms,
            Setup::Timed => self.wall_ms - self.setup_ms,
        };
        let cpu_ms = self.costs?.cpu_ms()?;
        (counted_ms > 0.0).then(|| cpu_ms / counted_ms)
    }

    /// When its last task stopped, since its first one began, in milliseconds: what some of the sources return for a run.
    pub fn last_stop_ms(&self) -> Option<f64> {
        let (first, last) = (self.spans.first()?, self.spans.last()?);
        Some(last.end_ms - first.start_ms)
    }

    /// Tasks that ended with an error, or left nothing. To be cancelled is no error.
    pub fn failed(&self) -> usize {
        self.ended_with(|kind| kind != ErrorKind::Cancelled) as usize + self.missing()
    }

    /// How many tasks ended with an error of some kinds.
    pub(crate) fn ended_with(&self, is_meant: impl Fn(ErrorKind) -> bool) -> u64 {
        match &self.all_tasks {
            Some(all) => all.errors.iter().filter(|(kind, _)| is_meant(**kind)).map(|(_, tasks)| tasks).sum(),
            None => {
                let errors = self.spans.iter().filter_map(|span| span.error.as_ref());
                errors.filter(|error| is_meant(error.kind)).count() as u64
            }
        }
    }

    /// Tasks that were asked for and left nothing, though nobody stopped the run.
    fn missing(&self) -> usize {
        // Of tasks that find the next ones only the first is known beforehand.
        let finds_tasks = self.row.workload.entry().finds_tasks;
        let known = if finds_tasks { 1 } else { self.row.workload.tasks() as usize };
        if self.cancelled { 0 } else { known.saturating_sub(self.tasks()) }
    }

    /// Whether its time counts: it is no warm-up, was not stopped, the machine did not sleep meanwhile, nothing of parlab's own failed it, it was not ended with a
    /// task that took too long, and it had all the tasks and all the workers that were asked for.
    pub fn is_measured(&self) -> bool {
        let is_whole = self.missing() == 0 && !self.lacks_workers();
        let was_ended = self.ended_with(|kind| matches!(kind, ErrorKind::Setup | ErrorKind::TooLong)) > 0;
        !self.warmup && !self.cancelled && self.asleep_ms.is_none() && !was_ended && is_whole
    }

    /// Whether a worker was not there, as far as spans tell: it had no task at all, while tasks waited for longer than it
    /// takes to do two of them. A worker that was only late would have had one.
    fn lacks_workers(&self) -> bool {
        let workers = self.row.strategy.effective_workers(self.row.workers) as usize;
        if workers < 2 || self.workers_used() >= workers {
            return false;
        }
        let longest = |ms: fn(&Span) -> f64| self.spans.iter().map(ms).fold(0.0, f64::max);
        let (task_ms, waited_ms) =
            (longest(|span| span.end_ms - span.start_ms), longest(|span| span.start_ms - span.queued_ms));
        waited_ms > 2.0 * task_ms + LATE_MS
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::measure::failed;
    use crate::strategy::{Dispatch, Strategy};
    use crate::target::Protocol;
    use crate::way::Way;
    use crate::workload::{Count, Model, Post, Workload};

    /// A run of tasks of 100 ms each, one after another, by these workers in turn.
    fn run(tasks: u32, workers: u32, used: u32, spans: u32) -> Run {
        let span = |task: u32| {
            let start_ms = f64::from(task / used) * 100.0;
            let (worker, end_ms, phases) = (task % used, start_ms + 100.0, BTreeMap::new());
            Span { task, worker, queued_ms: 0.0, start_ms, end_ms, bytes: 0, checksum: None, error: None, phases }
        };
        Run {
            row: Row {
                experiment: None,
                workload: Workload::Count(Count { tasks, n: 1 }),
                strategy: Strategy::Threads,
                workers,
                dispatch: Dispatch::Pool,
                way: Way::default(),
                swept: vec![],
            },
            mechanism: Mechanism::RayonPool,
            repetition: 0,
            warmup: false,
            cancelled: false,
            started_ms: 0.0,
            setup_ms: 0.0,
            probe_ms: None,
            asleep_ms: None,
            wall_ms: 1000.0,
            costs: None,
            spans: (0..spans).map(span).collect(),
            all_tasks: None,
        }
    }

    /// What a row's first measured run is.
    fn spec(row: Row) -> RunSpec {
        let (target, timeout_ms, task_limit_ms) = (String::new(), 1, 300_000);
        RunSpec { row, repetition: 0, warmup: false, seed: 0, target, secured: None, timeout_ms, task_limit_ms }
    }

    #[test]
    fn where_requests_go_is_decided_by_the_protocol_that_is_asked_for() {
        let asked = |protocol: Option<Protocol>, secured: Option<Secured>| {
            let workload = Workload::Post(Post { tasks: 1, protocol, model: Model::default() });
            let target = "http://t/".to_owned();
            let run = RunSpec { target, secured, ..spec(Row { workload, ..run(1, 1, 1, 1).row }) };
            (run.asked().to_owned(), run.may_need_tls())
        };
        let [http1, http2] = ["https://t:1/", "https://t:2/"].map(str::to_owned);
        let secured = Some(Secured { http1, http2, certificate: None });
        assert_eq!(asked(None, secured.clone()), ("http://t/".to_owned(), false));
        assert_eq!(asked(Some(Protocol::Http1), secured.clone()), ("https://t:1/".to_owned(), true));
        assert_eq!(asked(Some(Protocol::Http2), secured), ("https://t:2/".to_owned(), true));
        assert_eq!(asked(Some(Protocol::Http2), None).0, "");
    }

    #[test]
    fn what_a_source_returns_is_of_the_first_and_the_last_task_whoever_was_first() {
        let mut run = run(3, 1, 1, 3);
        (run.spans[0].start_ms, run.spans[1].end_ms) = (20.0, 900.0);
        assert_eq!(run.last_stop_ms(), Some(280.0));
        assert_eq!(Run { spans: vec![], ..run }.last_stop_ms(), None);
    }

    #[test]
    fn a_run_with_fewer_tasks_than_asked_for_has_failed() {
        let whole = run(10, 2, 2, 10);
        assert!(whole.is_measured() && whole.failed() == 0);
        let short = run(10, 2, 2, 7);
        assert!(!short.is_measured() && short.failed() == 3);
        let stopped = Run { cancelled: true, ..short };
        assert!(!stopped.is_measured() && stopped.failed() == 0);
    }

    #[test]
    fn all_tasks_of_a_run_count_though_few_spans_are_kept() {
        let Run { row, mechanism, mut spans, .. } = run(50_000, 2, 2, 49_999);
        for span in spans.iter_mut().filter(|span| span.task % 5 == 0) {
            span.error = Some(TaskError::new(ErrorKind::Panicked, "x"));
        }
        let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: 1.0, costs: None, spans };
        let short = Run::new(spec(row), execution, 0.0, false);
        assert!(short.spans.len() <= SPANS_KEPT_MAX);
        // One left nothing, and every fifth of the others failed.
        assert_eq!((short.tasks(), short.failed(), short.tasks_done()), (49_999, 10_001, 39_999));
        assert_eq!((short.failures(), short.workers_used()), (BTreeMap::from([(ErrorKind::Panicked, 10_000)]), 2));
        assert!(!short.is_measured());
        let json = serde_json::to_string(&short).expect("JSON");
        assert_eq!(serde_json::from_str::<Run>(&json).expect("the same"), short);
    }

    #[test]
    fn a_run_with_fewer_workers_than_asked_for_is_not_measured() {
        assert!(!run(12, 4, 1, 12).is_measured());
        assert!(!run(12, 4, 2, 12).is_measured());
        // There was not enough to do for all of them.
        assert!(run(2, 4, 2, 2).is_measured());
    }

    #[test]
    fn a_run_that_is_spoilt_has_failed() {
        let whole = run(3, 1, 1, 3);
        let (mechanism, spans) = (whole.mechanism, whole.spans.clone());
        let mut execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: 300.0, costs: None, spans };
        execution.spans[1].end_ms = 500.0;
        execution.spoil("it waited");
        let errors: Vec<_> = execution.spans.iter().map(|span| span.error.is_some()).collect();
        assert_eq!(errors, [false, true, false]);
        let spoilt = Run { spans: execution.spans, ..whole };
        assert!(!spoilt.is_measured() && spoilt.failed() == 1);
    }

    #[test]
    fn cores_are_cpu_time_by_the_time_in_which_it_was_counted() {
        let costs = Some(Costs { user_ms: Some(1500.0), system_ms: Some(100.0), ..Costs::default() });
        let run = Run { costs, setup_ms: 200.0, ..run(2, 2, 2, 2) };
        assert_eq!(run.cores_used(), Some(1.6));
        let way = Way { setup: Setup::Timed, ..Way::default() };
        assert_eq!(Run { row: Row { way, ..run.row.clone() }, ..run.clone() }.cores_used(), Some(2.0));
        assert_eq!(Run { wall_ms: 0.0, ..run.clone() }.cores_used(), None);
        assert_eq!(Run { costs: Some(Costs::default()), ..run }.cores_used(), None);
    }

    #[test]
    fn what_is_timed_begins_with_the_making_of_workers() {
        let times = |setup| {
            let row = Row { way: Way { setup, ..Way::default() }, ..run(1, 2, 1, 1).row };
            let spec = spec(row);
            let spans = vec![failed(0, 0, [0.0, 1.0, 5.0], TaskError::cancelled()).span];
            let (mechanism, began_ms, setup_ms, wall_ms) = (Mechanism::RayonPool, 100.0, 20.0, 6.0);
            let execution = Execution { mechanism, began_ms, setup_ms, wall_ms, costs: None, spans };
            let run = Run::new(spec, execution, 10.0, false);
            let span = &run.spans[0];
            assert_eq!(run.whole_ms(), 26.0);
            [run.started_ms, run.setup_ms, run.wall_ms, span.queued_ms, span.start_ms, span.end_ms]
        };
        assert_eq!(times(Setup::Untimed), [90.0, 20.0, 6.0, 0.0, 1.0, 5.0]);
        assert_eq!(times(Setup::Timed), [70.0, 20.0, 26.0, 20.0, 21.0, 25.0]);
    }
}
