//! A plan that is being carried out, as far as the page has to know.

use std::rc::Rc;

use super::Progress;
use crate::questions::Salvage;
use crate::views::PlanView;
use parlab_shared::measure::{RunFinished, RunStarted};

/// How often listeners hear of progress.
pub const PROGRESS_MS: f64 = 250.0;

/// A plan that is being carried out. Times are in milliseconds since the page was opened.
#[derive(Clone, Debug)]
pub struct Job {
    /// The plan that is carried out.
    pub plan: Rc<PlanView>,
    /// When the lab was given the plan.
    pub began_ms: f64,
    /// The run that is going on, and when the page heard of it.
    current: Option<(RunStarted, f64)>,
    /// How many runs are over.
    over: usize,
    /// The page was hidden at some time: its timers are slower then.
    pub was_hidden: bool,
    /// What is to be kept of a run whose lab died.
    pub salvage: Option<Salvage>,
}

impl Job {
    /// A plan that the lab will be given.
    pub fn new(plan: Rc<PlanView>, now_ms: f64) -> Self {
        Self { plan, began_ms: now_ms, current: None, over: 0, was_hidden: false, salvage: None }
    }

    /// A run begins.
    pub fn run_started(&mut self, started: RunStarted, now_ms: f64) {
        self.current = Some((started, now_ms));
    }

    /// A run is over. Returns how far the plan is.
    pub fn run_finished(&mut self, run: &RunFinished) -> Option<Progress> {
        let progress = self.progress(run.tasks);
        self.over += 1;
        self.current = None;
        progress
    }

    /// How far the plan is, if so many tasks of its run are over; `None` between two runs.
    pub fn progress(&self, finished: usize) -> Option<Progress> {
        let (started, _) = self.current.as_ref()?;
        let tasks = self.plan.rows.get(started.row).map_or(0, |row| row.tasks as usize);
        Some(Progress { run: started.index, of: started.of, finished, tasks })
    }

    /// How many runs are over.
    pub fn runs_over(&self) -> usize {
        self.over
    }

    /// The lab of the run is gone for this reason: what its board says is to be kept, which outlives it.
    pub fn lose(&mut self, reason: &str) {
        let Some((RunStarted { row, warmup, repetition, .. }, began_ms)) = self.current.take() else { return };
        let started_ms = began_ms - self.began_ms;
        self.salvage = Some(Salvage { row, warmup, repetition, started_ms, reason: reason.to_owned() });
    }
}
