//! A plan that is being carried out, and the report that it becomes.

use std::rc::Rc;

use parlab_shared::measure::{Plan, Snapshot};
use parlab_shared::report::{Environment, Report, SCHEMA_VERSION, Tool, Warning, recorded};
use parlab_shared::run::{Execution, Run};
use parlab_shared::span::Span;
use parlab_shared::strategy::Platform;

use super::{Progress, RunSummary};
use crate::messages::RunStarted;
use crate::page::feed;

/// A plan that is being carried out. Times are in milliseconds since the page was opened.
#[derive(Clone, Debug)]
pub struct Job {
    /// The plan that is carried out.
    pub plan: Rc<Plan>,
    /// The identifier of the report.
    id: String,
    /// When the user asked for it (RFC 3339).
    created: String,
    /// When the lab was given the plan.
    pub began_ms: f64,
    /// The run that is going on, and when the page heard of it.
    current: Option<(RunStarted, f64)>,
    /// The spans of the run that ends next, as far as they have come.
    spans: Vec<Span>,
    /// The runs that are over, as the report will have them.
    runs: Vec<Run>,
    /// The page was hidden at some time: its timers are slower then.
    pub was_hidden: bool,
}

impl Job {
    /// A plan that the lab will be given.
    pub fn new(plan: Rc<Plan>, id: String, created: String, now_ms: f64) -> Self {
        let (spans, runs) = (Vec::new(), Vec::new());
        Self { plan, id, created, began_ms: now_ms, current: None, spans, runs, was_hidden: false }
    }

    /// A run begins.
    pub fn run_started(&mut self, started: RunStarted, now_ms: f64) {
        self.current = Some((started, now_ms));
    }

    /// Some spans of the run that is over.
    pub fn spans(&mut self, spans: Vec<Span>) {
        self.spans.extend(spans);
    }

    /// A run is over. Returns what is kept of it while the plan goes on, and how far the plan is.
    pub fn run_finished(&mut self, mut run: Run) -> (RunSummary, Option<Progress>) {
        run.spans = std::mem::take(&mut self.spans);
        let summary =
            RunSummary { row: run.row.clone(), warmup: run.warmup, wall_ms: run.wall_ms, failed: run.failed() };
        let progress = self.progress(run.spans.len());
        self.runs.push(run);
        self.current = None;
        (summary, progress)
    }

    /// How far the plan is, if so many tasks of its run are over; `None` between two runs.
    pub fn progress(&self, finished: usize) -> Option<Progress> {
        let (started, _) = self.current.as_ref()?;
        let tasks = started.spec.row.workload.tasks() as usize;
        Some(Progress { run: started.index, of: started.of, finished, tasks })
    }

    /// How many runs are over.
    pub fn runs_over(&self) -> usize {
        self.runs.len()
    }

    /// Keeps what can be read of the run whose lab is gone for this reason: its board outlives it.
    pub fn salvage(&mut self, reason: &str, board: Option<Snapshot>) {
        let (Some((started, began_ms)), Some(board)) = (self.current.take(), board) else { return };
        self.runs.extend(salvaged(started, began_ms - self.began_ms, &board, reason));
    }

    /// What was measured.
    pub fn report(self, environment: Environment, cancelled: bool) -> Report {
        let mut warnings: Vec<Warning> = recorded(&self.plan).collect();
        if self.was_hidden {
            warnings.push(Warning::HiddenPage);
        }
        Report {
            schema_version: SCHEMA_VERSION,
            id: self.id,
            part: None,
            created: self.created,
            tool: Tool::this(option_env!("PARLAB_BUILD")),
            platform: Platform::Browser,
            environment,
            experiment: self.plan.experiment().map(str::to_owned),
            scale: self.plan.scale,
            seed: self.plan.seed,
            cancelled,
            sampling: self.plan.sampling(),
            runs: self.runs,
            warnings,
            sessions: Vec::new(),
        }
    }
}

/// What can be kept of a run that began `started_ms` after its plan; `None` if no task of it was over.
fn salvaged(started: RunStarted, started_ms: f64, board: &Snapshot, reason: &str) -> Option<Run> {
    let spans = board.spans(reason);
    if spans.is_empty() {
        return None;
    }
    let began_ms = feed::base_ms(board)?;
    let wall_ms = spans.iter().map(|span| span.end_ms).fold(began_ms, f64::max) - began_ms;
    let row = &started.spec.row;
    let mechanism = row.mechanism(Platform::Browser).ok()?;
    let mut execution = Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms, spans };
    execution.rebase();
    Some(Run::new(started.spec, execution, began_ms - started_ms, true))
}
