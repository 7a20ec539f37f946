//! What the session decides: which lab there is, what it is told, and when it is given up.
//!
//! Every wait is a wait until a time. Whoever drives the machine comes back with [`Input::Time`] at [`Machine::due_ms`],
//! or later; what happens sooner is not decided by how often it comes.

use std::rc::Rc;

use parlab_shared::measure::{Plan, Snapshot};
use parlab_shared::report::Environment;

use super::job::Job;
use super::{Event, Progress};
use crate::messages::{FromLab, ToLab};

/// A lab that has not answered after this long has lost its way.
const START_LIMIT_MS: f64 = 15_000.0;
/// A plan waits so long before the lab has it: the page draws that it began, beside nothing that is measured.
const SETTLE_MS: f64 = 300.0;
/// A lab that has not stopped this long after it was asked to is ended.
const CANCEL_LIMIT_MS: f64 = 3_000.0;
/// A lab in which something went wrong is given up when nothing has moved in it for this long.
const SILENCE_LIMIT_MS: f64 = 3_000.0;
/// How often listeners hear of progress.
const PROGRESS_MS: f64 = 250.0;

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// A lab is wanted, in place of the last one.
    Start,
    /// The browser made no worker for the lab, for this reason.
    NotStarted(String),
    /// The user asks for a plan; see [`Machine::refusal`].
    Run {
        /// The plan.
        plan: Rc<Plan>,
        /// The identifier of its report.
        id: String,
        /// The time of day (RFC 3339).
        created: String,
    },
    /// The lab could not be given the plan, for this reason.
    NotTaken(String),
    /// The user asks to stop.
    Cancel,
    /// The lab says something. Its boards are for the feed alone.
    Heard(FromLab),
    /// Something went wrong in the lab.
    Failed(String),
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
    /// Reads the board of the run that is going on, if there is one to read.
    pub board: &'a dyn Fn() -> Option<Snapshot>,
}

impl Now<'_> {
    /// How many tasks of the run that is going on are over, as far as can be seen.
    fn finished(&self) -> usize {
        (self.board)().map_or(0, |board| board.finished as usize)
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
    Idle(Rc<Environment>),
    /// There is a plan.
    Busy(Box<Busy>),
}

/// A plan, and the lab that is to carry it out.
#[derive(Debug)]
struct Busy {
    environment: Rc<Environment>,
    job: Job,
    step: Step,
    /// The lab is watched, because something went wrong in it.
    watch: Option<Watch>,
    /// When listeners hear of progress again.
    progress_ms: f64,
}

/// How far a plan is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The lab does not know of it yet.
    Settling { until_ms: f64 },
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
            Step::Settling { until_ms } => until_ms,
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
    /// Looking at a board costs something, so nobody looks for nobody.
    progress_wanted: bool,
}

impl Machine {
    /// A session without a lab.
    pub fn new(lab: &'static str) -> Self {
        Self { lab, phase: Phase::Unstarted, progress_wanted: false }
    }

    /// When to come back with [`Input::Time`], if nothing happens before.
    pub fn due_ms(&self) -> Option<f64> {
        match &self.phase {
            Phase::Unstarted | Phase::Absent(_) | Phase::Idle(_) => None,
            Phase::Starting { limit_ms } => Some(*limit_ms),
            Phase::Busy(busy) => Some(busy.due_ms()),
        }
    }

    /// The lab's environment, or why there is no lab; `None` as long as that is not known.
    pub fn lab(&self) -> Option<Result<&Environment, &str>> {
        match &self.phase {
            Phase::Unstarted | Phase::Starting { .. } => None,
            Phase::Absent(reason) => Some(Err(reason)),
            Phase::Idle(environment) => Some(Ok(environment)),
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
            Input::Start if matches!(self.phase, Phase::Busy(_)) => {}
            Input::Start => self.start(now, &mut effects),
            Input::NotStarted(reason) => self.lost(&reason, now, &mut effects),
            Input::Failed(reason) => self.doubt(reason, now, &mut effects),
            Input::Run { plan, id, created } => self.run(plan, id, created, now, &mut effects),
            Input::NotTaken(reason) => {
                self.finish(true, Some(format!("The lab did not take the plan: {reason}.")), &mut effects);
            }
            Input::Cancel => self.cancel(now, &mut effects),
            Input::Heard(message) => self.hear(message, now, &mut effects),
            Input::ProgressWanted => self.progress_wanted = true,
            Input::Time => self.time(now, &mut effects),
        }
        effects
    }

    fn start(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        self.phase = Phase::Starting { limit_ms: now.ms + START_LIMIT_MS };
        effects.extend([Effect::EndLab, Effect::Emit(Event::Starting), Effect::StartLab]);
    }

    fn run(&mut self, plan: Rc<Plan>, id: String, created: String, now: &Now, effects: &mut Vec<Effect>) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Unstarted) {
            Phase::Idle(environment) => {
                effects.push(Effect::Emit(Event::Started(plan.clone())));
                let mut job = Job::new(plan, id, created, now.ms);
                job.was_hidden = now.hidden;
                let step = Step::Settling { until_ms: now.ms + SETTLE_MS };
                Phase::Busy(Box::new(Busy { environment, job, step, watch: None, progress_ms: now.ms + PROGRESS_MS }))
            }
            phase => phase,
        };
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
            Step::Settling { until_ms } if until_ms <= now.ms => {
                busy.step = Step::Running;
                busy.job.began_ms = now.ms;
                effects.push(Effect::Post(ToLab::Run((*busy.job.plan).clone())));
            }
            Step::Cancelling { limit_ms } if limit_ms <= now.ms => {
                busy.job.salvage("the lab did not stop when asked and was ended", (now.board)());
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
            Phase::Busy(busy) => {
                busy.job.salvage(reason, (now.board)());
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
                self.phase = Phase::Idle(Rc::new(environment.clone()));
                effects.push(Effect::Emit(Event::Ready(environment)));
            }
            (FromLab::RunStarted(started), Phase::Busy(busy)) => {
                busy.job.run_started(started.clone(), now.ms);
                effects.push(Effect::Emit(Event::RunStarted(started)));
                self.progress(now, effects);
            }
            (FromLab::Spans(spans), Phase::Busy(busy)) => busy.job.spans(spans),
            (FromLab::RunFinished(run), Phase::Busy(busy)) => {
                let (summary, progress) = busy.job.run_finished(*run);
                busy.watch = None;
                effects.extend(progress.filter(|_| self.progress_wanted).map(Effect::Progress));
                effects.push(Effect::Emit(Event::RunFinished(summary)));
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

    /// The plan is over: makes the report.
    fn finish(&mut self, cancelled: bool, problem: Option<String>, effects: &mut Vec<Effect>) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Unstarted) {
            Phase::Busy(busy) => {
                let report = Rc::new(busy.job.report((*busy.environment).clone(), cancelled));
                effects.push(Effect::Emit(Event::Finished { report, problem }));
                Phase::Idle(busy.environment)
            }
            phase => phase,
        };
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::{Report, Warning};

    use super::*;
    use crate::page::session::fixture::{board, environment, plan, run, span, started};

    /// A machine, with what it sees: the page opens at 0 ms, is shown, and there is no board.
    struct Bench {
        machine: Machine,
        hidden: bool,
        board: Option<Snapshot>,
    }

    impl Bench {
        fn new() -> Self {
            Self { machine: Machine::new("./lab/lab.js"), hidden: false, board: None }
        }

        fn on(&mut self, ms: f64, input: Input) -> Vec<Effect> {
            let board = &|| self.board.clone();
            self.machine.on(input, &Now { ms, hidden: self.hidden, board })
        }

        fn hear(&mut self, ms: f64, message: FromLab) -> Vec<Effect> {
            self.on(ms, Input::Heard(message))
        }

        /// A lab that is there.
        fn with_lab() -> Self {
            let mut bench = Self::new();
            assert_eq!(bench.on(0.0, Input::Start), starting());
            let effects = bench.hear(100.0, FromLab::Ready(environment()));
            assert_eq!(effects, [Effect::Emit(Event::Ready(environment()))]);
            bench
        }

        /// A lab that was given the plan at 1300 ms, and is at its first run since 1400 ms.
        fn at_work() -> Self {
            let mut bench = Self::with_lab();
            let effects = bench.ask(1000.0);
            assert!(matches!(effects[..], [Effect::Emit(Event::Started(_))]));
            assert_eq!(bench.on(1000.0 + SETTLE_MS, Input::Time), [Effect::Post(ToLab::Run(plan()))]);
            let effects = bench.hear(1400.0, FromLab::RunStarted(started(&plan(), 0)));
            assert_eq!(effects, [Effect::Emit(Event::RunStarted(started(&plan(), 0)))]);
            bench
        }

        fn ask(&mut self, ms: f64) -> Vec<Effect> {
            assert_eq!(self.machine.refusal(), None);
            let (id, created) = ("an id".to_owned(), "2026-01-02T03:04:05Z".to_owned());
            self.on(ms, Input::Run { plan: Rc::new(plan()), id, created })
        }

        /// Lets time pass as a timer does that goes off late and, besides, far too often; returns what comes of it.
        fn pass(&mut self, from_ms: f64, to_ms: f64) -> Vec<Effect> {
            let mut effects = Vec::new();
            let mut ms = from_ms;
            while ms < to_ms {
                ms += 7.0;
                effects.extend(self.on(ms.min(to_ms), Input::Time));
            }
            effects
        }
    }

    fn starting() -> [Effect; 3] {
        [Effect::EndLab, Effect::Emit(Event::Starting), Effect::StartLab]
    }

    /// The report and the problem that a plan ended with.
    #[track_caller]
    fn finished(effects: &[Effect]) -> (Rc<Report>, Option<String>) {
        let ends: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Emit(Event::Finished { report, problem }) => Some((report.clone(), problem.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(ends.len(), 1, "{effects:?}");
        ends[0].clone()
    }

    #[track_caller]
    fn check_absent(effects: &[Effect], machine: &Machine, expected: &str) {
        assert_eq!(effects, [Effect::EndLab, Effect::Emit(Event::Absent(expected.to_owned()))]);
        assert_eq!(machine.lab(), Some(Err(expected)));
        assert_eq!(machine.refusal(), Some(expected));
        assert_eq!(machine.due_ms(), None);
    }

    #[test]
    fn a_plan_is_carried_out() {
        let mut bench = Bench::at_work();
        bench.hear(1500.0, FromLab::Spans(vec![span(0, 0.0), span(1, 1.0)]));
        bench.hear(1500.0, FromLab::Spans(vec![span(2, 2.0), span(3, 3.0)]));
        let effects = bench.hear(1500.0, FromLab::RunFinished(Box::new(run(&plan(), 0))));
        assert!(matches!(&effects[..], [Effect::Emit(Event::RunFinished(summary))] if summary.wall_ms == 4.0));
        bench.hear(1600.0, FromLab::RunStarted(started(&plan(), 1)));
        bench.hear(1700.0, FromLab::RunFinished(Box::new(run(&plan(), 1))));
        let effects = bench.hear(1800.0, FromLab::Finished { cancelled: false });
        assert_eq!(effects.len(), 1);
        let (report, problem) = finished(&effects);
        assert_eq!((problem, report.cancelled, report.runs.len()), (None, false, 2));
        assert_eq!((report.id.as_str(), report.created.as_str()), ("an id", "2026-01-02T03:04:05Z"));
        let tasks = |run: usize| report.runs[run].spans.iter().map(|span| span.task).collect::<Vec<_>>();
        assert_eq!((tasks(0), tasks(1)), (vec![0, 1, 2, 3], vec![]));
        // The lab waits for the next one.
        assert_eq!((bench.machine.refusal(), bench.machine.due_ms()), (None, None));
    }

    #[test]
    fn only_one_plan_at_a_time_and_none_without_a_lab() {
        let mut bench = Bench::new();
        assert_eq!((bench.machine.refusal(), bench.machine.lab()), (Some("the lab is still starting"), None));
        bench.on(0.0, Input::Start);
        assert_eq!((bench.machine.refusal(), bench.machine.lab()), (Some("the lab is still starting"), None));
        let mut bench = Bench::at_work();
        assert!(bench.machine.refusal().is_some_and(|reason| reason.starts_with("a plan is already running")));
        assert_eq!(bench.machine.lab(), Some(Ok(&environment())));
        // Nor does a lab that is at work make place for another.
        assert_eq!(bench.on(1500.0, Input::Start), []);
    }

    #[test]
    fn a_lab_that_does_not_answer_is_given_up_after_a_time() {
        let mut bench = Bench::new();
        bench.on(50.0, Input::Start);
        let due_ms = bench.machine.due_ms().expect("it is waited for");
        assert_eq!(due_ms, 50.0 + START_LIMIT_MS);
        assert_eq!(bench.pass(50.0, due_ms - 0.5), []);
        let effects = bench.on(due_ms, Input::Time);
        let reason = "The lab did not start: ./lab/lab.js has not answered for 15 s";
        check_absent(&effects, &bench.machine, reason);
        // The user decides when to try again.
        assert_eq!(bench.pass(due_ms, 1e5), []);
        assert_eq!(bench.on(1e5, Input::Start), starting());
        assert_eq!(bench.machine.due_ms(), Some(1e5 + START_LIMIT_MS));
    }

    #[test]
    fn an_answer_that_comes_late_but_comes_is_taken() {
        let mut bench = Bench::new();
        bench.on(0.0, Input::Start);
        bench.hear(START_LIMIT_MS + 1.0, FromLab::Ready(environment()));
        assert_eq!(bench.on(START_LIMIT_MS + 2.0, Input::Time), []);
        assert_eq!(bench.machine.lab(), Some(Ok(&environment())));
    }

    #[test]
    fn a_lab_that_cannot_be_made_or_loaded_is_absent() {
        for input in [Input::NotStarted("no workers here".to_owned()), Input::Failed("no workers here".to_owned())] {
            let mut bench = Bench::new();
            bench.on(0.0, Input::Start);
            let effects = bench.on(1.0, input);
            check_absent(&effects, &bench.machine, "The lab did not start: no workers here");
            // What is still on its way changes nothing.
            assert_eq!(bench.hear(2.0, FromLab::Ready(environment())), []);
            assert_eq!(bench.on(2.0, Input::Failed("again".to_owned())), []);
        }
    }

    #[test]
    fn a_lab_that_dies_while_it_waits_is_replaced() {
        let mut bench = Bench::with_lab();
        assert_eq!(bench.on(500.0, Input::Failed("it is gone".to_owned())), starting());
        assert_eq!(bench.machine.due_ms(), Some(500.0 + START_LIMIT_MS));
    }

    #[test]
    fn a_plan_settles_before_the_lab_has_it() {
        let mut bench = Bench::with_lab();
        bench.ask(1000.0);
        assert_eq!(bench.pass(1000.0, 1000.0 + SETTLE_MS - 0.5), []);
        assert_eq!(bench.on(1000.0 + SETTLE_MS + 40.0, Input::Time), [Effect::Post(ToLab::Run(plan()))]);
        // Once.
        assert_eq!(bench.pass(1000.0 + SETTLE_MS + 40.0, 5000.0), []);
    }

    #[test]
    fn a_plan_that_is_cancelled_before_the_lab_has_it_leaves_an_empty_report() {
        let mut bench = Bench::with_lab();
        bench.ask(1000.0);
        let effects = bench.on(1100.0, Input::Cancel);
        assert_eq!(effects.len(), 1, "the lab hears nothing of it");
        let (report, problem) = finished(&effects);
        assert_eq!((problem, report.cancelled, report.runs.len()), (None, true, 0));
        assert_eq!(bench.pass(1100.0, 1e4), []);
        assert_eq!(bench.machine.refusal(), None);
    }

    #[test]
    fn a_plan_that_the_lab_does_not_take_ends_with_the_reason() {
        let mut bench = Bench::at_work();
        let (report, problem) = finished(&bench.on(1310.0, Input::NotTaken("out of memory".to_owned())));
        assert_eq!(problem.as_deref(), Some("The lab did not take the plan: out of memory."));
        assert!(report.cancelled);
        assert_eq!(bench.machine.refusal(), None);
    }

    #[test]
    fn a_lab_that_stops_when_asked_is_kept() {
        let mut bench = Bench::at_work();
        assert_eq!(bench.on(1500.0, Input::Cancel), [Effect::Post(ToLab::Cancel), Effect::Emit(Event::Cancelling)]);
        // Asking twice is asking once.
        assert_eq!(bench.on(2500.0, Input::Cancel), []);
        assert_eq!(bench.machine.due_ms().map(|due_ms| due_ms <= 1500.0 + CANCEL_LIMIT_MS), Some(true));
        bench.hear(2600.0, FromLab::RunFinished(Box::new(run(&plan(), 0))));
        let (report, problem) = finished(&bench.hear(2600.0, FromLab::Finished { cancelled: true }));
        assert_eq!((problem, report.cancelled, report.runs.len()), (None, true, 1));
        assert_eq!(bench.pass(2600.0, 1e4), []);
        assert_eq!(bench.machine.lab(), Some(Ok(&environment())));
    }

    #[test]
    fn a_lab_that_does_not_stop_when_asked_is_ended_and_its_run_salvaged() {
        let mut bench = Bench::at_work();
        bench.on(1500.0, Input::Cancel);
        assert_eq!(bench.pass(1500.0, 1500.0 + CANCEL_LIMIT_MS - 0.5), []);
        bench.board = Some(board(3));
        let effects = bench.on(1500.0 + CANCEL_LIMIT_MS, Input::Time);
        let (report, problem) = finished(&effects);
        assert_eq!((problem, report.cancelled, report.runs.len()), (None, true, 1));
        let run = &report.runs[0];
        assert_eq!((run.cancelled, run.spans.len(), run.wall_ms), (true, 3, 1.0));
        // It began 100 ms after the lab was given the plan, by the page's clock.
        assert_eq!(run.started_ms, 100.0);
        assert_eq!(effects[0], Effect::EndLab);
        assert_eq!(effects[2..], starting());
        assert_eq!(bench.machine.lab(), None);
    }

    #[test]
    fn of_a_run_without_a_task_that_is_over_nothing_is_salvaged() {
        for seen in [None, Some(board(0))] {
            let mut bench = Bench::at_work();
            bench.on(1500.0, Input::Cancel);
            bench.board = seen;
            let (report, _) = finished(&bench.on(1500.0 + CANCEL_LIMIT_MS, Input::Time));
            assert_eq!(report.runs.len(), 0);
        }
    }

    #[test]
    fn a_lab_that_is_silent_after_an_error_is_given_up_after_a_time() {
        let mut bench = Bench::at_work();
        bench.hear(1500.0, FromLab::RunFinished(Box::new(run(&plan(), 0))));
        bench.hear(1500.0, FromLab::RunStarted(started(&plan(), 1)));
        bench.board = Some(board(2));
        assert_eq!(bench.on(1600.0, Input::Failed("unreachable executed".to_owned())), []);
        assert_eq!(bench.pass(1600.0, 1600.0 + SILENCE_LIMIT_MS - 0.5), []);
        let effects = bench.on(1600.0 + SILENCE_LIMIT_MS, Input::Time);
        let (report, problem) = finished(&effects);
        let expected = "The lab died: unreachable executed. What was measured before is kept.";
        assert_eq!(problem.as_deref(), Some(expected));
        let spans: Vec<usize> = report.runs.iter().map(|run| run.spans.len()).collect();
        assert_eq!((report.cancelled, spans), (true, vec![0, 2]));
        assert_eq!(effects[2..], starting());
    }

    #[test]
    fn a_lab_in_which_something_moves_after_an_error_goes_on() {
        let mut bench = Bench::at_work();
        bench.board = Some(board(1));
        bench.on(1500.0, Input::Failed("a worker died".to_owned()));
        for (over, round) in [(2, 1.0), (3, 2.0)] {
            bench.board = Some(board(over));
            assert_eq!(bench.on(1500.0 + round * SILENCE_LIMIT_MS, Input::Time), [], "task {over} is over");
        }
        // Then nothing moves any more.
        let (_, problem) = finished(&bench.on(1500.0 + 3.0 * SILENCE_LIMIT_MS, Input::Time));
        assert!(problem.is_some_and(|problem| problem.contains("a worker died")));
    }

    #[test]
    fn a_lab_whose_run_ends_after_an_error_is_trusted_again() {
        let mut bench = Bench::at_work();
        bench.on(1500.0, Input::Failed("a worker died".to_owned()));
        bench.hear(1600.0, FromLab::RunFinished(Box::new(run(&plan(), 0))));
        bench.hear(1600.0, FromLab::RunStarted(started(&plan(), 1)));
        assert_eq!(bench.pass(1600.0, 1e5), []);
    }

    #[test]
    fn a_second_error_begins_the_silence_again() {
        let mut bench = Bench::at_work();
        bench.on(1500.0, Input::Failed("first".to_owned()));
        bench.on(2500.0, Input::Failed("second".to_owned()));
        assert_eq!(bench.pass(2500.0, 2500.0 + SILENCE_LIMIT_MS - 0.5), []);
        let (_, problem) = finished(&bench.on(2500.0 + SILENCE_LIMIT_MS, Input::Time));
        assert!(problem.is_some_and(|problem| problem.contains("second")));
    }

    #[test]
    fn progress_is_for_those_who_want_it_and_some_times_a_second() {
        let mut bench = Bench::at_work();
        bench.board = Some(board(1));
        assert_eq!(bench.pass(1400.0, 3000.0), []);
        bench.on(3000.0, Input::ProgressWanted);
        let progress = |finished| Effect::Progress(Progress { run: 0, of: 2, finished, tasks: 4 });
        let effects = bench.pass(3000.0, 4000.0);
        assert_eq!(effects, vec![progress(1); effects.len()]);
        assert!((3..=4).contains(&effects.len()), "{}", effects.len());
        let all = (0..4).map(|task| span(task, 0.0)).collect();
        bench.hear(4000.0, FromLab::Spans(all));
        let effects = bench.hear(4000.0, FromLab::RunFinished(Box::new(run(&plan(), 0))));
        assert_eq!(effects[0], progress(4));
        // Between two runs there is nothing to say.
        assert_eq!(bench.pass(4000.0, 5000.0), []);
        let effects = bench.hear(5000.0, FromLab::RunStarted(started(&plan(), 1)));
        assert_eq!(effects[1], Effect::Progress(Progress { run: 1, of: 2, finished: 1, tasks: 4 }));
    }

    #[test]
    fn a_page_that_was_hidden_says_so_in_its_report() {
        for at_ms in [1000.0, 1350.0, 2000.0, f64::INFINITY] {
            let mut bench = Bench::with_lab();
            bench.hidden = at_ms == 1000.0;
            bench.ask(1000.0);
            for ms in [1350.0, 2000.0] {
                bench.hidden = at_ms == ms;
                bench.on(ms, Input::Time);
            }
            bench.hidden = false;
            let (report, _) = finished(&bench.hear(3000.0, FromLab::Finished { cancelled: false }));
            assert_eq!(report.warnings.contains(&Warning::HiddenPage), at_ms.is_finite(), "{at_ms}");
        }
    }
}
