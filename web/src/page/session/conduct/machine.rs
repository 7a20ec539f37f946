//! What the page decides about a plan that its server carries out.
//!
//! ```text
//! Idle ─ Begin ─ Connecting ─ Opened ─ Asked ─ Begun ─ Planning ─ Planned ─ Recording ─ Recorded ─ Running ─ Ended ─ Idle
//! ```
//!
//! The server waits for the page's lab, and the lab is passed on only when the plan is shown and recorded: so nothing of
//! that is done beside a measurement.

use std::rc::Rc;

use parlab_shared::conduct::{Begun, Ended, FromConductor, ToConductor, Wanted};

use crate::page::session::job::{Job, PROGRESS_MS};
use crate::page::session::{Event, Progress};
use crate::questions::Ending;
use crate::views::PlanView;

/// A server that has not stopped this long after it was asked to is left.
const CANCEL_LIMIT_MS: f64 = 15_000.0;
/// A lab that serves no more is passed on again after this time, if the plan is not over by then.
const AGAIN_MS: f64 = 1_000.0;
/// What is said of a server that is gone. Whatever it measured before is there.
const GONE: &str =
    "The server is gone: it was ended, or its machine cannot be reached. What was measured before is kept.";

/// What happens.
#[derive(Clone, Debug)]
pub enum Input {
    /// The user asks for a plan.
    Begin(Box<Wanted>),
    /// The server is there.
    Opened,
    /// It says something. Its boards are for the feed alone.
    Heard(FromConductor),
    /// The socket has ended, with these last words of the server, if it had any.
    Closed(String),
    /// The plan can be shown, or cannot, for this reason.
    Planned(Result<Rc<PlanView>, String>),
    /// Whoever records it is there, or why nobody is.
    Recording(Result<(), String>),
    /// The lab serves no more.
    Served,
    /// Nobody looks any more, or somebody does again.
    Paused(bool),
    /// Somebody wants to hear of progress.
    ProgressWanted,
    /// The user asks to stop.
    Cancel,
    /// Time has passed.
    Time,
}

/// What is to be done about it, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Connect to the server.
    Connect,
    /// Say this to the server.
    Say(ToConductor),
    /// End the connection.
    Close,
    /// Make something to show of this plan, which is JSON.
    Plan(String),
    /// Begin to record these reports, which are JSON.
    Record(String),
    /// Pass the lab on to whoever is at the server's executor place with this token: one that is started anew, if it served
    /// before.
    Serve {
        /// The token.
        token: String,
        /// It served before.
        anew: bool,
    },
    /// Say this to everybody.
    Emit(Box<Event>),
    /// Say this to those who want to hear of progress.
    Progress(Progress),
    /// The same, with as many tasks as are seen to be over.
    Look(Progress),
    /// Nothing is carried out, for this reason; for none, if the user did not want it any more.
    Refuse(Option<String>),
}

/// How far it is.
#[derive(Debug, Default)]
enum Phase {
    /// Nothing is wanted.
    #[default]
    Idle,
    /// The server is not there yet.
    Connecting(Box<Wanted>),
    /// It was told what is wanted.
    Asked,
    /// It has begun; nobody here knows how to show it.
    Planning(Box<Begun>),
    /// Nobody here records it yet; the token of the page's lab, and what is carried out.
    Recording(String, Rc<PlanView>),
    /// It goes on.
    Running(Box<Running>),
}

#[derive(Debug)]
struct Running {
    token: String,
    job: Job,
    /// When listeners hear of progress again, if any want to.
    progress_ms: Option<f64>,
    /// When a server that does not stop is left.
    limit_ms: Option<f64>,
    /// When the lab is passed on again.
    again_ms: Option<f64>,
}

/// What the page decides.
#[derive(Debug, Default)]
pub struct Machine {
    phase: Phase,
    listening: Listening,
}

/// Who looks and listens, whether something goes on or not.
#[derive(Clone, Copy, Debug, Default)]
struct Listening {
    /// Nobody looks at boards.
    is_paused: bool,
    /// Looking at a board costs something, so nobody looks for nobody.
    progress_wanted: bool,
}

impl Effect {
    fn emit(event: Event) -> Self {
        Self::Emit(Box::new(event))
    }
}

impl Machine {
    /// Whether there is a plan.
    pub fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    /// When to come back with [`Input::Time`], if nothing happens before.
    pub fn due_ms(&self) -> Option<f64> {
        let Phase::Running(running) = &self.phase else { return None };
        let times = [running.limit_ms, running.again_ms, running.progress_ms];
        times.into_iter().flatten().min_by(f64::total_cmp)
    }

    /// Something happens, so many milliseconds after the page was opened.
    pub fn on(&mut self, input: Input, now_ms: f64) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Paused(is_paused) => {
                if self.listening.is_paused == is_paused {
                    return effects;
                }
                self.listening.is_paused = is_paused;
            }
            Input::ProgressWanted => self.listening.progress_wanted = true,
            _ => {}
        }
        let phase = std::mem::take(&mut self.phase);
        self.phase = match (phase, input) {
            (Phase::Idle, Input::Begin(wanted)) => {
                effects.push(Effect::Connect);
                Phase::Connecting(wanted)
            }
            (Phase::Connecting(wanted), Input::Opened) => {
                effects.push(Effect::Say(ToConductor::Begin(wanted)));
                Phase::Asked
            }
            (Phase::Asked, Input::Heard(FromConductor::Refused(refusal))) => refuse(Some(refusal.reason), &mut effects),
            (Phase::Asked, Input::Heard(FromConductor::Begun(begun))) => {
                effects.push(Effect::Plan(begun.plan.clone()));
                Phase::Planning(begun)
            }
            (Phase::Planning(begun), Input::Planned(Ok(plan))) => {
                let Begun { parts, reports, token, .. } = *begun;
                match token {
                    Some(token) => {
                        effects.extend([Effect::emit(Event::Conducted(plan.clone(), parts)), Effect::Record(reports)]);
                        Phase::Recording(token, plan)
                    }
                    None => refuse(Some("The server has no place for this page.".to_owned()), &mut effects),
                }
            }
            (Phase::Planning(_), Input::Planned(Err(reason))) => refuse(Some(reason), &mut effects),
            (Phase::Recording(token, plan), Input::Recording(Ok(()))) => {
                if self.listening.is_paused {
                    effects.push(Effect::Say(ToConductor::Pause));
                }
                effects.push(Effect::Serve { token: token.clone(), anew: false });
                let job = Job::new(plan, now_ms);
                Phase::Running(Box::new(Running { token, job, progress_ms: None, limit_ms: None, again_ms: None }))
            }
            (Phase::Recording(..), Input::Recording(Err(reason))) => {
                let problem = format!("Nothing was run: {reason}.");
                finish(true, Some(problem), String::new(), &mut effects)
            }
            (Phase::Running(running), input) => running.on(input, self.listening, now_ms, &mut effects),
            (Phase::Connecting(_), Input::Closed(_)) => {
                let reason = "The server lets this page not in: it was ended, or started again since. Open the address that it \
                              printed last, and all of it.";
                refuse(Some(reason.to_owned()), &mut effects)
            }
            (Phase::Asked | Phase::Planning(_), Input::Closed(last)) => {
                let reason =
                    if last.is_empty() { GONE.to_owned() } else { format!("The server has ended this: {last}.") };
                refuse(Some(reason), &mut effects)
            }
            (Phase::Recording(..), Input::Closed(_)) => {
                finish(true, Some(GONE.to_owned()), String::new(), &mut effects)
            }
            (Phase::Connecting(_) | Phase::Asked | Phase::Planning(_), Input::Cancel) => refuse(None, &mut effects),
            (Phase::Recording(..), Input::Cancel) => finish(true, None, String::new(), &mut effects),
            (phase, _) => phase,
        };
        effects
    }
}

impl Running {
    fn on(mut self: Box<Self>, input: Input, listening: Listening, now_ms: f64, effects: &mut Vec<Effect>) -> Phase {
        match input {
            Input::Heard(FromConductor::RunStarted(started)) => {
                self.job.run_started(started, now_ms);
                effects.push(Effect::emit(Event::RunStarted(started)));
                if listening.progress_wanted {
                    effects.extend(self.job.progress(0).map(Effect::Progress));
                    self.progress_ms = Some(now_ms + PROGRESS_MS);
                }
            }
            Input::Heard(FromConductor::RunFinished(finished)) => {
                let progress = self.job.run_finished(&finished).filter(|_| listening.progress_wanted);
                self.progress_ms = None;
                effects.extend(progress.map(Effect::Progress));
                effects.push(Effect::emit(Event::RunFinished(finished)));
            }
            Input::Heard(FromConductor::Ended(ended)) => {
                let Ended { cancelled, lost, happened, problem } = ended;
                let lost = lost.into_iter().map(|(part, reason)| format!("{part}: {reason}."));
                let problem = problem.map(|problem| format!("{problem}. What was measured before is kept."));
                let problems: Vec<String> = problem.into_iter().chain(lost).collect();
                let is_whole = problems.is_empty();
                return finish(cancelled, (!is_whole).then(|| problems.join(" ")), happened, effects);
            }
            Input::Closed(_) => return finish(true, Some(GONE.to_owned()), String::new(), effects),
            Input::Served => self.again_ms = Some(now_ms + AGAIN_MS),
            Input::Paused(is_paused) => {
                effects.push(Effect::Say(if is_paused { ToConductor::Pause } else { ToConductor::Resume }));
            }
            Input::Cancel if self.limit_ms.is_none() => {
                self.limit_ms = Some(now_ms + CANCEL_LIMIT_MS);
                effects.extend([Effect::Say(ToConductor::Cancel), Effect::emit(Event::Cancelling)]);
            }
            Input::Time => {
                if self.limit_ms.is_some_and(|limit_ms| limit_ms <= now_ms) {
                    let problem = format!("The server did not stop within {} s.", CANCEL_LIMIT_MS / 1e3);
                    return finish(true, Some(problem), String::new(), effects);
                }
                if self.progress_ms.is_some_and(|progress_ms| progress_ms <= now_ms) {
                    effects.extend(self.job.progress(0).map(Effect::Look));
                    self.progress_ms = Some(now_ms + PROGRESS_MS);
                }
                if self.again_ms.take_if(|again_ms| *again_ms <= now_ms).is_some() {
                    effects.push(Effect::Serve { token: self.token.clone(), anew: true });
                }
            }
            _ => {}
        }
        Phase::Running(self)
    }
}

/// Nothing is carried out.
fn refuse(reason: Option<String>, effects: &mut Vec<Effect>) -> Phase {
    effects.extend([Effect::Close, Effect::Refuse(reason)]);
    Phase::Idle
}

/// The plan is over, and with it its recording.
fn finish(cancelled: bool, problem: Option<String>, happened: String, effects: &mut Vec<Effect>) -> Phase {
    // The server saw whether the page was hidden during a run of the page; it does not matter during others.
    let ending = Ending { cancelled, was_hidden: false, problem, salvage: None, happened };
    effects.extend([Effect::Close, Effect::emit(Event::Finished(ending))]);
    Phase::Idle
}

#[cfg(test)]
mod tests {
    use parlab_shared::conduct::{PlannedRow, Refusal};
    use parlab_shared::report::Tool;
    use parlab_shared::strategy::Platform;

    use parlab_shared::measure::{RunFinished, RunStarted};

    use super::*;
    use crate::fixture::plan_view;

    fn wanted() -> Box<Wanted> {
        Box::new(Wanted {
            tool: Tool::this(None),
            parameters: vec![("run".to_owned(), "sum".to_owned())],
            platforms: vec![Platform::Native, Platform::Browser],
            environment: "{}".to_owned(),
        })
    }

    fn begun() -> Input {
        Input::Heard(FromConductor::Begun(Box::new(Begun {
            reports: "reports".to_owned(),
            plan: "plan".to_owned(),
            parts: parts(),
            page: Some(1),
            rows: vec![PlannedRow { label: "sum, sequential".to_owned(), on: vec![0, 1] }],
            runs: 4,
            token: Some("0f".to_owned()),
        })))
    }

    fn parts() -> Vec<String> {
        ["native", "firefox"].map(str::to_owned).to_vec()
    }

    fn view() -> Rc<PlanView> {
        Rc::new(plan_view())
    }

    /// A machine after some inputs, at time 0, and the effects of the last one.
    fn after(inputs: impl IntoIterator<Item = Input>) -> (Machine, Vec<Effect>) {
        let mut machine = Machine::default();
        let effects = inputs.into_iter().fold(Vec::new(), |_, input| machine.on(input, 0.0));
        (machine, effects)
    }

    fn running() -> Machine {
        let inputs =
            [Input::Begin(wanted()), Input::Opened, begun(), Input::Planned(Ok(view())), Input::Recording(Ok(()))];
        after(inputs).0
    }

    fn finished(cancelled: bool, problem: Option<&str>) -> Vec<Effect> {
        finished_with(cancelled, problem, "")
    }

    fn finished_with(cancelled: bool, problem: Option<&str>, happened: &str) -> Vec<Effect> {
        let (problem, happened) = (problem.map(str::to_owned), happened.to_owned());
        let ending = Ending { cancelled, was_hidden: false, problem, salvage: None, happened };
        vec![Effect::Close, Effect::emit(Event::Finished(ending))]
    }

    #[test]
    fn the_lab_is_passed_on_when_the_plan_is_shown_and_recorded() {
        let mut machine = Machine::default();
        assert!(!machine.is_busy());
        assert_eq!(machine.on(Input::Begin(wanted()), 0.0), [Effect::Connect]);
        assert!(machine.is_busy());
        assert_eq!(machine.on(Input::Opened, 0.0), [Effect::Say(ToConductor::Begin(wanted()))]);
        assert_eq!(machine.on(begun(), 0.0), [Effect::Plan("plan".to_owned())]);
        let shown = [Effect::emit(Event::Conducted(view(), parts())), Effect::Record("reports".to_owned())];
        assert_eq!(machine.on(Input::Planned(Ok(view())), 0.0), shown);
        let serve = [Effect::Serve { token: "0f".to_owned(), anew: false }];
        assert_eq!(machine.on(Input::Recording(Ok(())), 0.0), serve);
        // Another plan has to wait.
        assert_eq!(machine.on(Input::Begin(wanted()), 0.0), []);
    }

    #[test]
    fn runs_are_told_with_their_part() {
        let mut machine = running();
        let started = RunStarted { index: 3, of: 8, part: 1, row: 1, warmup: true, repetition: 2 };
        let effects = machine.on(Input::Heard(FromConductor::RunStarted(started)), 0.0);
        assert_eq!(effects, [Effect::emit(Event::RunStarted(started))]);
        let finished =
            RunFinished { part: 1, row: 1, warmup: false, wall_ms: 2.5, tasks: 4, failed: 1, pass_is_over: true };
        let effects = machine.on(Input::Heard(FromConductor::RunFinished(finished)), 0.0);
        assert_eq!(effects, [Effect::emit(Event::RunFinished(finished))]);
    }

    #[test]
    fn listeners_hear_of_progress_as_they_do_of_the_labs() {
        let mut machine = running();
        let started = RunStarted { index: 3, of: 8, part: 0, row: 1, warmup: false, repetition: 0 };
        let begin = |machine: &mut Machine| machine.on(Input::Heard(FromConductor::RunStarted(started)), 100.0);
        assert_eq!(begin(&mut machine), [Effect::emit(Event::RunStarted(started))], "nobody wants to know");
        assert_eq!(machine.on(Input::ProgressWanted, 100.0), []);
        let progress = |finished| Progress { run: 3, of: 8, finished, tasks: 4 };
        assert_eq!(begin(&mut machine)[1..], [Effect::Progress(progress(0))]);
        assert_eq!(machine.due_ms(), Some(350.0));
        assert_eq!(machine.on(Input::Time, 350.0), [Effect::Look(progress(0))]);
        assert_eq!(machine.due_ms(), Some(600.0));
        let effects = machine.on(Input::Heard(FromConductor::RunFinished(crate::fixture::over(1))), 400.0);
        assert_eq!(effects[0], Effect::Progress(progress(4)));
        assert_eq!(machine.due_ms(), None, "between two runs nobody looks");
    }

    #[test]
    fn the_server_hears_that_nobody_looks_however_early_that_was() {
        let mut machine = Machine::default();
        assert_eq!(machine.on(Input::Paused(true), 0.0), []);
        let inputs = [Input::Begin(wanted()), Input::Opened, begun(), Input::Planned(Ok(view()))];
        inputs.into_iter().for_each(|input| drop(machine.on(input, 0.0)));
        assert_eq!(machine.on(Input::Recording(Ok(())), 0.0)[0], Effect::Say(ToConductor::Pause));
        assert_eq!(machine.on(Input::Paused(true), 0.0), [], "it knows");
        assert_eq!(machine.on(Input::Paused(false), 0.0), [Effect::Say(ToConductor::Resume)]);
    }

    #[test]
    fn the_end_says_what_went_wrong() {
        let end = |cancelled, lost: &[(&str, &str)], problem: Option<&str>| {
            let lost = lost.iter().map(|(part, reason)| ((*part).to_owned(), (*reason).to_owned())).collect();
            let (happened, problem) = ("[]".to_owned(), problem.map(str::to_owned));
            let ended = Ended { cancelled, lost, happened, problem };
            let mut machine = running();
            let effects = machine.on(Input::Heard(FromConductor::Ended(ended)), 0.0);
            assert!(!machine.is_busy());
            effects
        };
        let check = |effects: Vec<Effect>, cancelled, problem| {
            assert_eq!(effects, finished_with(cancelled, problem, "[]"));
        };
        check(end(false, &[], None), false, None);
        check(end(true, &[], None), true, None);
        check(end(false, &[("firefox", "it is gone")], None), false, Some("firefox: it is gone."));
        let said = "parlab serve was ended. What was measured before is kept.";
        check(end(true, &[], Some("parlab serve was ended")), true, Some(said));
    }

    #[test]
    fn what_is_refused_is_said_and_nothing_is_left() {
        let refusal = Refusal { key: None, reason: "no such thing".to_owned() };
        let asked = || [Input::Begin(wanted()), Input::Opened];
        let refused = |inputs: Vec<Input>| {
            let (machine, effects) = after(inputs);
            assert!(!machine.is_busy());
            let [Effect::Close, Effect::Refuse(reason)] = &effects[..] else { panic!("{effects:?}") };
            reason.clone().unwrap_or_default()
        };
        let with = |more: Vec<Input>| asked().into_iter().chain(more).collect::<Vec<_>>();
        assert_eq!(refused(with(vec![Input::Heard(FromConductor::Refused(refusal))])), "no such thing");
        assert_eq!(refused(with(vec![begun(), Input::Planned(Err("unreadable".to_owned()))])), "unreadable");
        let unknown = refused(vec![Input::Begin(wanted()), Input::Closed(String::new())]);
        assert!(unknown.contains("Open the address that it printed last"), "{unknown}");
        assert_eq!(refused(with(vec![Input::Closed(String::new())])), GONE);
        assert!(refused(with(vec![Input::Closed("it ends".to_owned())])).contains("it ends"));
        // Who changes one's mind before anything was shown needs no reason.
        assert_eq!(refused(with(vec![Input::Cancel])), "");
    }

    #[test]
    fn a_server_that_goes_away_leaves_what_was_measured() {
        let mut machine = running();
        assert_eq!(machine.on(Input::Closed(String::new()), 0.0), finished(true, Some(GONE)));
        assert!(!machine.is_busy());
    }

    #[test]
    fn a_server_that_does_not_stop_is_left() {
        let mut machine = running();
        let told = [Effect::Say(ToConductor::Cancel), Effect::emit(Event::Cancelling)];
        assert_eq!(machine.on(Input::Cancel, 100.0), told);
        assert_eq!(machine.on(Input::Cancel, 200.0), [], "once");
        assert_eq!(machine.due_ms(), Some(100.0 + CANCEL_LIMIT_MS));
        assert_eq!(machine.on(Input::Time, CANCEL_LIMIT_MS), []);
        let effects = machine.on(Input::Time, 100.0 + CANCEL_LIMIT_MS);
        assert_eq!(effects, finished(true, Some("The server did not stop within 15 s.")));
    }

    #[test]
    fn a_lab_that_serves_no_more_before_the_end_is_passed_on_anew() {
        let mut machine = running();
        assert_eq!(machine.on(Input::Served, 50.0), []);
        // At the end of a plan the lab is first to hear of it.
        assert_eq!(machine.due_ms(), Some(50.0 + AGAIN_MS));
        let serve = [Effect::Serve { token: "0f".to_owned(), anew: true }];
        assert_eq!(machine.on(Input::Time, 50.0 + AGAIN_MS), serve);
        assert_eq!(machine.due_ms(), None);
    }

    #[test]
    fn boards_are_sent_to_those_who_look() {
        let mut machine = running();
        assert_eq!(machine.on(Input::Paused(true), 0.0), [Effect::Say(ToConductor::Pause)]);
        assert_eq!(machine.on(Input::Paused(false), 0.0), [Effect::Say(ToConductor::Resume)]);
    }
}
