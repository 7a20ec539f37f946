//! A plan that the command line carries out: where its runs are kept, and how it is stopped.

use std::sync::Arc;

use parlab_shared::measure::{Event, PairPlan};
use parlab_shared::report::{Environment, Report, Warning, recorded};
use parlab_shared::target::Secured;
use parlab_shared::text::listed;

use super::output::{OutputArgs, Outputs, Streams};
use super::saving::Shared;
use super::stop::stop_when_told;
use crate::any_executor::AnyExecutor;
use crate::executors::Live;
use crate::prepared::{Prepared, begin};
use crate::terminal::Progress;
use crate::with_target::WithTarget;

/// A plan for which all is ready, but for what carries it out.
#[derive(Debug)]
pub struct Session {
    /// What is written once it is over, if no file is.
    pub streams: Streams,
    prepared: Prepared,
    saving: Arc<Shared>,
}

/// What came of a plan.
#[derive(Debug)]
pub struct Outcome {
    /// What each part measured; those that did not come to their end say why.
    pub reports: Vec<Report>,
    /// What is to be said of a plan that was stopped: how far it came, and where that is kept.
    pub stopped: Option<String>,
    /// Whether all files could be written.
    pub saved: anyhow::Result<()>,
}

impl Session {
    /// Holds a plan against what this machine has, and makes sure that all can be written that is to be.
    ///
    /// # Errors
    /// What cannot be had or done, and what to do; then no new file is left behind.
    pub fn begin(plan: PairPlan, to: &OutputArgs) -> anyhow::Result<Self> {
        let prepared = Prepared::of(plan, Live::default())?;
        let reports = begin(&prepared.plan, &prepared.here);
        let outputs = Outputs::open(to)?;
        // Owned here alone: whatever ends this early takes files that are new away again.
        let saving = Arc::new(Shared::begin(reports, outputs.files)?);
        let folder = prepared.folder().map(ToOwned::to_owned);
        stop_when_told(prepared.live.clone(), Arc::downgrade(&saving), folder)?;
        Ok(Self { streams: outputs.streams, prepared, saving })
    }

    /// What is carried out.
    pub fn plan(&self) -> &PairPlan {
        &self.prepared.plan
    }

    /// What is seen of it, and how it is stopped.
    pub fn live(&self) -> &Live {
        &self.prepared.live
    }

    /// What carries out the part at a place, natively or in Python, with a target of its own if it needs one.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn on_this_machine(&mut self, place: usize) -> anyhow::Result<WithTarget<AnyExecutor>> {
        let mut environment = self.saving.lock().reports[place].environment.clone();
        let executor = self.prepared.on_this_machine(place, &mut environment)?;
        self.saving.lock().reports[place].environment = environment;
        Ok(executor)
    }

    /// This machine, as it was found before anything began.
    pub fn environment(&self) -> &Environment {
        &self.prepared.here
    }

    /// What carries out the part at a place in a page.
    pub fn in_page(&mut self, place: usize, page: AnyExecutor, secured: Option<Secured>) -> WithTarget<AnyExecutor> {
        let mut saving = self.saving.lock();
        let report = &mut saving.reports[place];
        let executor = self.prepared.in_page(place, page, secured, &mut report.environment);
        // Only now is it known what the browser lacks.
        report.warnings = recorded(&self.prepared.plan.plan_of(place)).collect();
        executor
    }

    /// Carries the plan out. There is an executor for each of its parts.
    ///
    /// # Errors
    /// A file cannot be written, before anything is measured.
    pub fn carry_out(&mut self, executors: &mut [WithTarget<AnyExecutor>]) -> anyhow::Result<Outcome> {
        // From here on every file holds what this plan measured, and nothing of before.
        self.saving.lock().save_as_stopped()?;
        let mut progress = Progress::start(self.plan(), self.live().clone());
        let on_event = |event: Event<'_>| match event {
            Event::RunStarted { index, of, part, spec } => progress.begin(index, of, part, spec),
            Event::RunFinished { part, run, pass_is_over } => self.saving.lock().keep(part, run, pass_is_over),
        };
        let happened = self.prepared.carry_out(executors, on_event);
        progress.end();
        let are_lost = happened.iter().all(|part| part.iter().any(|what| matches!(what, Warning::Lost { .. })));
        let mut saving = self.saving.lock();
        saving.reports.iter_mut().zip(happened).for_each(|(report, happened)| report.warnings.extend(happened));
        let is_here = |report: &&mut Report| !report.platform.is_browser();
        let throttled = self.prepared.throttled();
        saving.reports.iter_mut().filter(is_here).for_each(|report| report.environment.throttled = throttled);
        let (reports, saved) = saving.finish(self.live().cancelled() || are_lost);
        let stopped = reports.iter().any(|report| report.cancelled).then(|| {
            let runs = reports.iter().map(|report| report.runs.len()).sum::<usize>();
            let kept = match (&saving.kept()[..], &saved) {
                (_, Err(_)) => "what was measured could not be saved".to_owned(),
                ([], Ok(())) => "what was measured is in no file, because none was named (--json FILE)".to_owned(),
                (files, Ok(())) => format!("what was measured is saved in {}", listed(files, "and")),
            };
            format!("stopped after {runs} of {} runs; {kept}", self.plan().runs())
        });
        Ok(Outcome { reports, stopped, saved })
    }
}
