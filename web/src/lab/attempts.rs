//! The attempts at one run: what the conductor decides, without a clock, a timer or a worker of its own.
//!
//! A team carries a run out. If it dies, what its board says is kept, and another team does what is left; each death
//! costs a task at least. A team that was asked to stop and does not is given up.

use parlab_shared::measure::{Begun, Snapshot, end_with, failed};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::span::{ErrorKind, Span, TaskError};
use parlab_shared::strategy::Platform;

use crate::messages::{FromTeam, TeamSpec, ToTeam};

/// How long a cancelled team may take to end by itself: longer than any chunk of a kernel.
const CANCEL_PATIENCE_MS: f64 = 1000.0;
/// How long a team's workers may take to be there: many times what as many as are allowed take.
const MAKING_LIMIT_MS: f64 = 60_000.0;
/// So often within the time that a task may take is looked whether one takes longer: rarely, because it takes time from what is
/// measured.
const LOOKS: f64 = 4.0;

/// What happens to a run.
#[derive(Clone, Debug)]
pub enum Input {
    /// It begins.
    Begin,
    /// The team says something. That it could not be made, or cannot be told to go, is `Unable`.
    Heard(FromTeam),
    /// The team died, for this reason.
    Died(String),
    /// The user asked to stop.
    Cancel,
    /// Time has passed.
    Time,
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make a team, in place of the last one.
    Make(TeamSpec),
    /// Say this to the team.
    Post(ToTeam),
    /// Set the cancel flag of the team's board, if that lies in shared memory.
    RaiseCancelFlag,
    /// The run is over.
    Over(Execution),
}

/// The moment at which something happens.
pub struct Now<'a> {
    /// Milliseconds on the plan's clock.
    pub ms: f64,
    /// Reads the board of the present team, if there is one to read.
    pub board: &'a dyn Fn() -> Option<Snapshot>,
}

/// How far the present team is.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// It is being made, since this time.
    Making { since_ms: f64 },
    /// It was told to go, at this time.
    Going { began_ms: f64 },
}

/// How a team's part in the run ended.
enum End {
    /// The team did all that it was given.
    Done(Execution),
    /// The team could not be made, for this reason.
    Unable(String),
    /// The team, or a worker that it cannot do without, died, for this reason.
    Lost(String),
}

/// The attempts at one run. Times are on the plan's clock.
#[derive(Debug)]
pub struct Attempts<'a> {
    run: &'a RunSpec,
    folder: &'a str,
    base_ms: f64,
    setup_began_ms: f64,
    phase: Phase,
    /// When the first team was told to go, or, if it never was, when that was known.
    began_ms: Option<f64>,
    /// Of earlier teams.
    spans: Vec<Span>,
    /// When a team that was asked to stop is given up.
    patience_ends_ms: Option<f64>,
    /// When is looked next whether a task takes longer than it may.
    look_ms: f64,
    /// When the present team said something last, if only copies of its board can be seen.
    heard_ms: Option<f64>,
    /// The tasks that the run is ended with: they took longer than they may.
    too_long: Vec<Begun>,
}

impl<'a> Attempts<'a> {
    /// A run that has not begun, with its files in a folder; `base_ms` is what teams join the plan's clock with.
    pub fn new(run: &'a RunSpec, folder: &'a str, base_ms: f64, now_ms: f64) -> Self {
        Self {
            run,
            folder,
            base_ms,
            setup_began_ms: now_ms,
            phase: Phase::Making { since_ms: now_ms },
            began_ms: None,
            spans: Vec::new(),
            patience_ends_ms: None,
            look_ms: now_ms + run.task_limit_ms as f64 / LOOKS,
            heard_ms: None,
            too_long: Vec::new(),
        }
    }

    /// When to come back with [`Input::Time`], if nothing happens before.
    pub fn due_ms(&self) -> f64 {
        self.patience_ends_ms.unwrap_or(self.look_ms)
    }

    /// Something happens.
    pub fn on(&mut self, input: Input, now: &Now) -> Vec<Effect> {
        match input {
            Input::Begin => vec![self.make(now)],
            Input::Cancel => self.stop(now),
            Input::Time if self.patience_ends_ms.is_some_and(|ends_ms| ends_ms <= now.ms) => {
                self.died("the run was cancelled".to_owned(), now)
            }
            Input::Time if self.patience_ends_ms.is_none() && self.look_ms <= now.ms => self.look(now),
            Input::Time => Vec::new(),
            Input::Died(reason) => self.died(reason, now),
            Input::Heard(FromTeam::Ready(place)) => {
                self.phase = Phase::Going { began_ms: now.ms };
                self.heard_ms = place.is_none().then_some(now.ms);
                vec![Effect::Post(ToTeam::Go)]
            }
            Input::Heard(FromTeam::Snapshot) => {
                self.heard_ms = self.heard_ms.map(|_| now.ms);
                Vec::new()
            }
            Input::Heard(FromTeam::Screen(_)) => Vec::new(),
            Input::Heard(FromTeam::Unable(reason)) => self.ended(End::Unable(reason), now),
            Input::Heard(FromTeam::Lost(reason)) => self.ended(End::Lost(reason), now),
            Input::Heard(FromTeam::Done(execution)) => self.ended(End::Done(execution), now),
        }
    }

    /// Asks the team to stop, which it has some time for.
    fn stop(&mut self, now: &Now) -> Vec<Effect> {
        self.patience_ends_ms.get_or_insert(now.ms + CANCEL_PATIENCE_MS);
        vec![Effect::RaiseCancelFlag, Effect::Post(ToTeam::Cancel)]
    }

    /// Looks whether a task takes longer than it may, or the making of the team.
    fn look(&mut self, now: &Now) -> Vec<Effect> {
        let limit_ms = self.run.task_limit_ms as f64;
        self.look_ms = now.ms + limit_ms / LOOKS;
        let is_over = |since_ms: f64| since_ms + limit_ms <= now.ms;
        if let Phase::Making { since_ms } = self.phase {
            let workers = self.run.row.strategy.effective_workers(self.run.row.workers);
            let reason = || {
                let seconds = MAKING_LIMIT_MS / 1e3;
                format!(
                    "the workers were not ready within {seconds} s: the browser may have no room for {workers}; use fewer"
                )
            };
            return if since_ms + MAKING_LIMIT_MS <= now.ms { self.died(reason(), now) } else { Vec::new() };
        }
        let board = (now.board)();
        self.too_long = board.as_ref().map(|board| board.begun_before(now.ms - limit_ms)).unwrap_or_default();
        if self.too_long.is_empty()
            && let Some(heard_ms) = self.heard_ms.filter(|heard_ms| is_over(*heard_ms))
        {
            // A copy does not show what was begun since: it is the first that is not over.
            let ended = board.map(|board| board.spans("")).unwrap_or_default();
            let is_left = |task: &u32| self.spans.iter().chain(&ended).all(|span| span.task != *task);
            let late = (0..self.run.row.workload.tasks()).find(is_left);
            let begun = |task| Begun { task, worker: 0, queued_ms: heard_ms, start_ms: heard_ms };
            self.too_long.extend(late.map(begun));
        }
        if self.too_long.is_empty() { Vec::new() } else { self.stop(now) }
    }

    fn died(&mut self, reason: String, now: &Now) -> Vec<Effect> {
        let end = match self.phase {
            Phase::Making { .. } => End::Unable(reason),
            Phase::Going { .. } => End::Lost(reason),
        };
        self.ended(end, now)
    }

    /// A team for what is left.
    fn make(&mut self, now: &Now) -> Effect {
        self.phase = Phase::Making { since_ms: now.ms };
        let (run, folder) = (self.run.clone(), self.folder.to_owned());
        Effect::Make(TeamSpec { run, done: self.done(), base_ms: self.base_ms, folder })
    }

    fn done(&self) -> Vec<u32> {
        self.spans.iter().map(|span| span.task).collect()
    }

    fn ended(&mut self, end: End, now: &Now) -> Vec<Effect> {
        let began_ms = match self.phase {
            Phase::Making { .. } => now.ms,
            Phase::Going { began_ms } => began_ms,
        };
        self.began_ms.get_or_insert(began_ms);
        match end {
            End::Done(execution) if self.spans.is_empty() => {
                let setup_ms = began_ms - self.setup_began_ms;
                return vec![self.over(Execution { setup_ms, ..execution })];
            }
            End::Done(execution) => self.spans.extend(on_the_plans_clock(execution)),
            End::Unable(reason) => self.fail(ErrorKind::Setup, reason, now.ms),
            End::Lost(reason) => {
                let done = self.done();
                let ended = (now.board)().map(|board| board.spans(&reason)).unwrap_or_default();
                self.spans.extend(ended.into_iter().filter(|span| !done.contains(&span.task)));
                if self.patience_ends_ms.is_none() {
                    if self.spans[done.len()..].iter().all(|span| span.error.is_none()) {
                        // Nothing says over which task: the first that is left is as likely as any.
                        self.fail(ErrorKind::WorkerDied, reason, now.ms);
                    }
                    if self.run.waves().without(&self.done()).next(&[]).is_some_and(|wave| !wave.is_empty()) {
                        return vec![self.make(now)];
                    }
                }
            }
        }
        let execution = self.execution(now.ms);
        vec![self.over(execution)]
    }

    /// The run is over, with this.
    fn over(&self, mut execution: Execution) -> Effect {
        if !self.too_long.is_empty() {
            end_with(&mut execution, &self.too_long, self.run.task_limit_ms);
        }
        Effect::Over(execution)
    }

    /// The first task that is left failed.
    fn fail(&mut self, kind: ErrorKind, reason: String, now_ms: f64) {
        let left = (0..).find(|task| self.spans.iter().all(|span| span.task != *task)).unwrap_or(0);
        self.spans.push(failed(left, 0, [now_ms; 3], TaskError::new(kind, reason)).span);
    }

    /// What all teams together left.
    fn execution(&mut self, now_ms: f64) -> Execution {
        let row = &self.run.row;
        let mechanism = row.mechanism(Platform::Browser).expect("a plan has rows that its platform can run");
        let began_ms = self.began_ms.unwrap_or(now_ms);
        let (setup_ms, wall_ms) = (began_ms - self.setup_began_ms, now_ms - began_ms);
        let spans = std::mem::take(&mut self.spans);
        let mut execution = Execution { mechanism, began_ms, setup_ms, wall_ms, costs: None, spans };
        execution.rebase();
        execution
    }
}

/// The spans of an execution with times since the plan's clock began, instead of since the run began.
fn on_the_plans_clock(mut execution: Execution) -> Vec<Span> {
    execution.began_ms = -execution.began_ms;
    execution.rebase();
    execution.spans
}

#[cfg(test)]
mod tests;
