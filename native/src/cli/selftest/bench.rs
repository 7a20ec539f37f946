//! What checks are made with: the executors of this machine, and a folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::slice::from_mut;

use parlab_shared::label::full_name;
use parlab_shared::measure::{Event, PairPlan, Request, carry_out};
use parlab_shared::run::Run;
use parlab_shared::scale::Scale;
use parlab_shared::span::Checksum;
use parlab_shared::strategy::{Platform, Strategy};
use parlab_shared::workload::Workload;
use tokio::runtime::Runtime;

use crate::clock::Clock;
use crate::executors::{Live, NativeExecutor};
use crate::python::PythonExecutor;
use crate::run_folder::PlanFolder;
use crate::target_process::TargetProcess;
use crate::with_target;

/// What a work's tasks returned first, and in which row, to be held against all others.
pub type Known = Vec<(Workload, String, BTreeMap<u32, Option<Checksum>>)>;

/// All that there is to carry plans out with.
#[derive(Debug)]
pub struct Bench {
    runtime: Runtime,
    native: NativeExecutor,
    target: Option<TargetProcess>,
    folder: PlanFolder,
    /// What works returned natively, once they were done; or what was wrong with that.
    pub native_checksums: Option<Result<(Known, usize), String>>,
}

impl Bench {
    /// Makes it ready.
    ///
    /// # Errors
    /// There is no place for files.
    pub fn start() -> anyhow::Result<Self> {
        let folder = PlanFolder::create()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let native = NativeExecutor::new(Clock::start(), Live::default(), Some(folder.path().to_owned()));
        Ok(Self { runtime, native, target: None, folder, native_checksums: None })
    }

    /// Where files can be written.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Python, if there is one; or why not.
    pub fn python(&self) -> Result<PythonExecutor, String> {
        let started = self.runtime.block_on(PythonExecutor::start(Live::default(), self.folder.path()));
        started.map_err(|error| format!("{error:#}"))
    }

    /// Carries out natively what is asked for.
    pub fn native(&mut self, request: &Request) -> Result<Vec<Run>, String> {
        let plan = self.plan(request, Platform::Native)?;
        let mut runs = Vec::new();
        // Each run has an event loop of its own.
        futures::executor::block_on(carry_out(&plan, from_mut(&mut self.native), |event| keep(event, &mut runs)));
        without_failure(runs)
    }

    /// Carries it out in Python.
    pub fn in_python(&mut self, python: &mut PythonExecutor, request: &Request) -> Result<Vec<Run>, String> {
        let plan = self.plan(request, Platform::Python)?;
        let mut runs = Vec::new();
        self.runtime.block_on(carry_out(&plan, from_mut(python), |event| keep(event, &mut runs)));
        without_failure(runs)
    }

    /// How long a kernel takes for one task of some size, in milliseconds.
    pub fn wall_ms(&mut self, workload: &str, size: u64) -> Result<f64, String> {
        let request =
            Request { size: Some(vec![size]), strategies: Some(vec![Strategy::Sequential]), ..small(workload, 1) };
        let runs = self.native(&request)?;
        runs.first().map(|run| run.wall_ms).ok_or_else(|| "there was no run".to_owned())
    }

    fn plan(&mut self, request: &Request, platform: Platform) -> Result<PairPlan, String> {
        let mut plan = request.plan(platform).map_err(|error| error.to_string())?;
        if plan.needs_target() {
            if self.target.is_none() {
                let started = with_target::start(&plan, &Live::default()).map_err(|error| format!("{error:#}"))?;
                self.target = Some(started.0);
            }
            plan.target = self.target.as_ref().map(|target| target.address().clone());
        }
        Ok(PairPlan::alone(plan, platform))
    }
}

/// Every row of a workload once, with a few tasks.
pub fn small(workload: &str, tasks: u32) -> Request {
    let (tasks, runs, warmup) = (Some(vec![tasks]), Some(1), Some(0));
    Request { tasks, runs, warmup, scale: Scale::Smoke, ..Request::named(workload) }
}

/// Keeps the runs of a plan.
fn keep(event: Event<'_>, runs: &mut Vec<Run>) {
    if let Event::RunFinished { run, .. } = event {
        runs.push(run);
    }
}

/// The runs, if no task of them failed.
fn without_failure(runs: Vec<Run>) -> Result<Vec<Run>, String> {
    let failure = |run: &Run| {
        let (task, error) = run.spans.iter().find_map(|span| Some((span.task, span.error.as_ref()?)))?;
        Some(format!("{}: task {task} failed: {error}", full_name(&run.row)))
    };
    match runs.iter().find_map(failure) {
        Some(failure) => Err(failure),
        None => Ok(runs),
    }
}
