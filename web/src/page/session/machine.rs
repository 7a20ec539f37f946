//! What the session decides: which lab there is, what it is told, and when it is given up.
//!
//! Every wait is a wait until a time. Whoever drives the machine comes back with [`Input::Time`] at [`Machine::due_ms`],
//! or later; what happens sooner is not decided by how often it comes.

use std::rc::Rc;

use super::job::{Job, PROGRESS_MS};
use super::{Event, Progress};
use crate::messages::{FromLab, Service, ToLab};
use crate::questions::Ending;
use crate::views::PlanView;

/// A lab that has not answered after this long has lost its way.
const START_LIMIT_MS: f64 = 15_000.0;
/// A plan waits so long before the lab has it: the page draws that it began, beside nothing that is measured.
const SETTLE_MS: f64 = 300.0;
/// A lab that has not stopped this long after it was asked to is ended.
const CANCEL_LIMIT_MS: f64 = 3_000.0;
/// A lab in which something went wrong is given up when nothing has moved in it for this long.
const SILENCE_LIMIT_MS: f64 = 3_000.0;

/// What is said of a plan whose tasks ask a server that is gone.
const SERVER_GONE: &str = "The server that the tasks ask does not answer: it was ended, or the network is gone. Start it again, \
                           and run the plan again. What was measured before is kept.";

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// A lab is wanted, in place of the last one.
    Start,
    /// The browser made no worker for the lab, for this reason.
    NotStarted(String),
    /// The user asks for a plan; see [`Machine::refusal`].
    Run(Rc<PlanView>),
    /// Whoever records it is there, or why nobody is.
    Recording(Result<(), String>),
    /// Somebody else wants the lab, as soon as it is there.
    Serve(Service),
    /// The page was hidden or shown.
    Visibility,
    /// The lab could not be given the plan, for this reason.
    NotTaken(String),
    /// The user asks to stop.
    Cancel,
    /// The lab says something. Its boards are for the feed alone.
    Heard(FromLab),
    /// Something went wrong in the lab.
    Failed(String),
    /// The server that the plan's tasks ask does not answer the page either.
    ServerGone,
    /// Somebody wants to hear of progress.
    ProgressWanted,
    /// Time has passed.
    Time,
}

/// What is to be done about it, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make a worker for the lab.
    StartLab,
    /// End the lab's worker, if there is one.
    EndLab,
    /// Say this to the lab.
    Post(ToLab),
    /// Look whether the page's server answers; [`Input::ServerGone`] follows, if it does not.
    AskServer,
    /// Say this to everybody.
    Emit(Event),
    /// Say this to those who want to hear of progress.
    Progress(Progress),
}

/// The moment at which something happens.
pub struct Now<'a> {
    /// Milliseconds since the page was opened.
    pub ms: f64,
    /// Whether the page is hidden.
    pub hidden: bool,
    /// How many tasks of the run that is going on are over, as far as can be seen on its board.
    pub finished: &'a dyn Fn() -> usize,
}

impl Now<'_> {
    fn finished(&self) -> usize {
        (self.finished)()
    }
}

/// How far the session is.
#[derive(Debug)]
enum Phase {
    /// No lab was wanted yet.
    Unstarted,
    /// A lab was made and has not answered.
    Starting { limit_ms: f64 },
    /// There is no lab, for this reason.
    Absent(String),
    /// The lab waits for a plan.
    Idle(Rc<str>),
    /// There is a plan.
    Busy(Box<Busy>),
    /// The lab carries runs out for somebody else.
    Serving(Rc<str>),
}

/// A plan, and the lab that is to carry it out.
#[derive(Debug)]
struct Busy {
    environment: Rc<str>,
    job: Job,
    step: Step,
    /// The lab is watched, because something went wrong in it.
    watch: Option<Watch>,
    /// When listeners hear of progress again.
    progress_ms: f64,
    /// Why it is stopped, if it is not the user who wants that.
    problem: Option<String>,
}

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The lab does not know of it yet; somebody records it from the beginning.
    Settling { until_ms: f64, is_recorded: bool },
    /// The lab carries it out.
    Running,
    /// The lab was asked to stop.
    Cancelling { limit_ms: f64 },
}

/// Whether anything still moves in a lab in which something went wrong.
#[derive(Clone, Debug)]
struct Watch {
    until_ms: f64,
    reason: String,
    pulse: Pulse,
}

/// Two numbers that change while the lab lives: runs that are over, and tasks of the run that is going on.
type Pulse = (usize, usize);

impl Busy {
    fn pulse(&self, now: &Now) -> Pulse {
        (self.job.runs_over(), now.finished())
    }

    fn due_ms(&self) -> f64 {
        let step_ms = match self.step {
            // Whoever records it is waited for, and is heard of in any case.
            Step::Settling { until_ms, is_recorded } => {
                if is_recorded {
                    until_ms
                } else {
                    f64::INFINITY
                }
            }
            Step::Running => f64::INFINITY,
            Step::Cancelling { limit_ms } => limit_ms,
        };
        let watch_ms = self.watch.as_ref().map_or(f64::INFINITY, |watch| watch.until_ms);
        step_ms.min(watch_ms).min(self.progress_ms)
    }
}

/// The session, as far as it decides.
#[derive(Debug)]
pub struct Machine {
    /// The address of the lab, for messages.
    lab: &'static str,
    phase: Phase,
    /// For whom the lab is, if it is not for the page.
    service: Option<Service>,
    /// A lab that died in somebody's service was replaced.
    is_second: bool,
    /// Looking at a board costs something, so nobody looks for nobody.
    progress_wanted: bool,
}

impl Machine {
    /// A session without a lab.
    pub fn new(lab: &'static str) -> Self {
        Self { lab, phase: Phase::Unstarted, service: None, is_second: false, progress_wanted: false }
    }

    /// When to come back with [`Input::Time`], if nothing happens before.
    pub fn due_ms(&self) -> Option<f64> {
        match &self.phase {
            Phase::Unstarted | Phase::Absent(_) | Phase::Idle(_) | Phase::Serving(_) => None,
            Phase::Starting { limit_ms } => Some(*limit_ms),
            Phase::Busy(busy) => Some(busy.due_ms()),
        }
    }

    /// The lab's environment, or why there is no lab; `None` as long as that is not known.
    pub fn lab(&self) -> Option<Result<&str, &str>> {
        match &self.phase {
            Phase::Unstarted | Phase::Starting { .. } => None,
            Phase::Absent(reason) => Some(Err(reason)),
            Phase::Idle(environment) | Phase::Serving(environment) => Some(Ok(environment)),
            Phase::Busy(busy) => Some(Ok(&busy.environment)),
        }
    }

    /// Why no plan can be run now, if none can.
    pub fn refusal(&self) -> Option<&str> {
        match &self.phase {
            Phase::Unstarted | Phase::Starting { .. } => Some("the lab is still starting"),
            Phase::Absent(reason) => Some(reason),
            Phase::Idle(_) => None,
            Phase::Busy(_) => Some("a plan is already running: cancel it first, or wait for its end"),
            Phase::Serving(_) => Some("this page measures for parlab pair: open another one"),
        }
    }

    /// Something happens.
    pub fn on(&mut self, input: Input, now: &Now) -> Vec<Effect> {
        if let Phase::Busy(busy) = &mut self.phase {
            busy.job.was_hidden |= now.hidden;
        }
        let mut effects = Vec::new();
        match input {
            // A lab that is at work is not taken away.
            Input::Start if matches!(self.phase, Phase::Busy(_) | Phase::Serving(_)) => {}
            Input::Start => self.start(now, &mut effects),
            Input::NotStarted(reason) => self.lost(&reason, now, &mut effects),
            Input::Failed(reason) => self.doubt(reason, now, &mut effects),
            Input::Run(plan) => self.run(plan, now, &mut effects),
            Input::Recording(recording) => self.recording(recording, &mut effects),
            Input::NotTaken(reason) => {
                self.finish(true, Some(format!("The lab did not take the plan: {reason}.")), &mut effects);
            }
            Input::Serve(service) => {
                self.service = Some(service);
                self.serve(now, &mut effects);
            }
            Input::Visibility => {
                if let Phase::Serving(_) = self.phase {
                    effects.push(Effect::Post(ToLab::Hidden(now.hidden)));
                }
            }
            Input::Cancel => self.cancel(now, &mut effects),
            Input::Heard(message) => self.hear(message, now, &mut effects),
            Input::ServerGone => {
                if let Phase::Busy(busy) = &mut self.phase {
                    busy.problem = Some(SERVER_GONE.to_owned());
                    self.cancel(now, &mut effects);
                }
            }
            Input::ProgressWanted => self.progress_wanted = true,
            Input::Time => self.time(now, &mut effects),
        }
        effects
    }

    fn start(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.phase = Phase::Starting { limit_ms: now.ms + START_LIMIT_MS };
        effects.extend([Effect::EndLab, Effect::Emit(Event::Starting), Effect::StartLab]);
    }

    fn run(&mut self, plan: Rc<PlanView>, now: &Now, effects: &mut Vec<Effect>) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Unstarted) {
            Phase::Idle(environment) => {
                effects.push(Effect::Emit(Event::Started(plan.clone())));
                let mut job = Job::new(plan, now.ms);
                job.was_hidden = now.hidden;
                let step = Step::Settling { until_ms: now.ms + SETTLE_MS, is_recorded: false };
                let progress_ms = now.ms + PROGRESS_MS;
                Phase::Busy(Box::new(Busy { environment, job, step, watch: None, progress_ms, problem: None }))
            }
            phase => phase,
        };
    }

    fn recording(&mut self, recording: Result<(), String>, effects: &mut Vec<Effect>) {
        let Phase::Busy(busy) = &mut self.phase else { return };
        let Step::Settling { is_recorded, .. } = &mut busy.step else { return };
        match recording {
            Ok(()) => *is_recorded = true,
            Err(reason) => self.finish(true, Some(format!("Nothing was run: {reason}.")), effects),
        }
    }

    /// Passes a lab that waits on to whoever wants it.
    fn serve(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        if let (Some(service), Phase::Idle(environment)) = (&self.service, &self.phase) {
            let service = Service { hidden: now.hidden, ..service.clone() };
            self.phase = Phase::Serving(Rc::clone(environment));
            effects.extend([Effect::Post(ToLab::Serve(service)), Effect::Emit(Event::Serving)]);
        }
    }

    fn cancel(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        let Phase::Busy(busy) = &mut self.phase else { return };
        match busy.step {
            Step::Settling { .. } => self.finish(true, None, effects),
            Step::Running => {
                busy.step = Step::Cancelling { limit_ms: now.ms + CANCEL_LIMIT_MS };
                effects.extend([Effect::Post(ToLab::Cancel), Effect::Emit(Event::Cancelling)]);
            }
            Step::Cancelling { .. } => {}
        }
    }

    fn time(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        let busy = match &mut self.phase {
            Phase::Starting { limit_ms } if *limit_ms <= now.ms => {
                let reason = format!("{} has not answered for {} s", self.lab, START_LIMIT_MS / 1e3);
                return self.lost(&reason, now, effects);
            }
            Phase::Busy(busy) => busy,
            _ => return,
        };
        match busy.step {
            Step::Settling { until_ms, is_recorded: true } if until_ms <= now.ms => {
                busy.step = Step::Running;
                busy.job.began_ms = now.ms;
                let PlanView { plan, target, .. } = &*busy.job.plan;
                effects.push(Effect::Post(ToLab::Run { plan: plan.clone(), target: target.clone() }));
            }
            Step::Cancelling { limit_ms } if limit_ms <= now.ms => {
                busy.job.lose("the lab did not stop when asked and was ended");
                effects.push(Effect::EndLab);
                self.finish(true, None, effects);
                return self.start(now, effects);
            }
            _ => {}
        }
        if let Some(watch) = busy.watch.take_if(|watch| watch.until_ms <= now.ms) {
            if watch.pulse == busy.pulse(now) {
                return self.lost(&watch.reason, now, effects);
            }
            busy.watch = Some(Watch { until_ms: now.ms + SILENCE_LIMIT_MS, pulse: busy.pulse(now), ..watch });
        }
        if busy.progress_ms <= now.ms {
            busy.progress_ms = now.ms + PROGRESS_MS;
            self.progress(now, effects);
        }
    }

    /// Something went wrong in the lab. While a plan is carried out that may be a worker whose end
    /// the lab deals with, so that only a lab in which nothing moves any more is given up.
    fn doubt(&mut self, reason: String, now: &Now, effects: &mut Vec<Effect>) {
        match &mut self.phase {
            Phase::Busy(busy) => {
                busy.watch = Some(Watch { until_ms: now.ms + SILENCE_LIMIT_MS, reason, pulse: busy.pulse(now) });
            }
            _ => self.lost(&reason, now, effects),
        }
    }

    /// The lab died or never lived.
    fn lost(&mut self, reason: &str, now: &Now, effects: &mut Vec<Effect>) {
        match &mut self.phase {
            Phase::Unstarted | Phase::Absent(_) => {}
            Phase::Starting { .. } => {
                // A lab that never lived would die again: the user decides when to try.
                let reason = format!("The lab did not start: {reason}");
                self.phase = Phase::Absent(reason.clone());
                effects.extend([Effect::EndLab, Effect::Emit(Event::Absent(reason))]);
            }
            Phase::Idle(_) => self.start(now, effects),
            // Whoever it served loses its socket, and hears from the next one.
            Phase::Serving(_) if !self.is_second => {
                self.is_second = true;
                self.start(now, effects);
            }
            Phase::Serving(_) => {
                let reason = format!("The lab died twice: {reason}");
                self.phase = Phase::Absent(reason.clone());
                effects.extend([Effect::EndLab, Effect::Emit(Event::Absent(reason))]);
            }
            Phase::Busy(busy) => {
                busy.job.lose(reason);
                effects.push(Effect::EndLab);
                let problem = format!("The lab died: {reason}. What was measured before is kept.");
                self.finish(true, Some(problem), effects);
                self.start(now, effects);
            }
        }
    }

    fn hear(&mut self, message: FromLab, now: &Now, effects: &mut Vec<Effect>) {
        match (message, &mut self.phase) {
            (FromLab::Ready(environment), Phase::Starting { .. }) => {
                let environment: Rc<str> = environment.into();
                self.phase = Phase::Idle(Rc::clone(&environment));
                effects.push(Effect::Emit(Event::Ready(environment)));
                self.serve(now, effects);
            }
            // It knows more by now. What is measured already was described when it began.
            (FromLab::Ready(environment), phase) => {
                let known = match phase {
                    Phase::Idle(known) | Phase::Serving(known) => known,
                    Phase::Busy(busy) => &mut busy.environment,
                    _ => return,
                };
                *known = environment.into();
                effects.push(Effect::Emit(Event::Ready(Rc::clone(known))));
            }
            (FromLab::Served(end), Phase::Serving(environment)) => {
                self.phase = Phase::Idle(Rc::clone(environment));
                self.service = None;
                self.is_second = false;
                effects.push(Effect::Emit(Event::Served(end)));
            }
            (FromLab::RunStarted(started), Phase::Busy(busy)) => {
                busy.job.run_started(started, now.ms);
                effects.push(Effect::Emit(Event::RunStarted(started)));
                self.progress(now, effects);
            }
            (FromLab::RunFinished(run), Phase::Busy(busy)) => {
                let progress = busy.job.run_finished(&run);
                busy.watch = None;
                if busy.job.plan.needs_server && run.tasks > 0 && run.failed == run.tasks {
                    effects.push(Effect::AskServer);
                }
                effects.extend(progress.filter(|_| self.progress_wanted).map(Effect::Progress));
                effects.push(Effect::Emit(Event::RunFinished(run)));
            }
            (FromLab::Finished { cancelled }, Phase::Busy(_)) => self.finish(cancelled, None, effects),
            _ => {}
        }
    }

    /// Says how far the run is, if anybody wants to know.
    fn progress(&self, now: &Now, effects: &mut Vec<Effect>) {
        if let Phase::Busy(busy) = &self.phase
            && self.progress_wanted
        {
            effects.extend(busy.job.progress(now.finished()).map(Effect::Progress));
        }
    }

    /// The plan is over, and with it its recording.
    fn finish(&mut self, cancelled: bool, problem: Option<String>, effects: &mut Vec<Effect>) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Unstarted) {
            Phase::Busy(busy) => {
                let Job { was_hidden, salvage, .. } = busy.job;
                let problem = problem.or(busy.problem);
                let ending = Ending { cancelled, was_hidden, problem, salvage, happened: String::new() };
                effects.push(Effect::Emit(Event::Finished(ending)));
                Phase::Idle(busy.environment)
            }
            phase => phase,
        };
    }
}

#[cfg(test)]
mod tests;
