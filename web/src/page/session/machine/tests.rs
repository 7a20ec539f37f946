//! What the session decides, second by second.

use parlab_shared::report::Tool;

use super::*;
use crate::fixture::{over, plan, plan_view, started};
use crate::questions::Salvage;
use parlab_shared::measure::RunFinished;

/// Where the lab measures, as JSON.
const ENVIRONMENT: &str = "{\"cores\":2}";

fn ready() -> FromLab {
    FromLab::Ready(ENVIRONMENT.to_owned())
}

fn order() -> Effect {
    Effect::Post(ToLab::Run { plan: plan_view().plan, target: None })
}

/// A machine, with what it sees: the page opens at 0 ms, is shown, and no task is over.
struct Bench {
    machine: Machine,
    hidden: bool,
    finished: usize,
}

impl Bench {
    fn new() -> Self {
        Self { machine: Machine::new("./lab/lab.js"), hidden: false, finished: 0 }
    }

    fn on(&mut self, ms: f64, input: Input) -> Vec<Effect> {
        let finished = &|| self.finished;
        self.machine.on(input, &Now { ms, hidden: self.hidden, finished })
    }

    fn hear(&mut self, ms: f64, message: FromLab) -> Vec<Effect> {
        self.on(ms, Input::Heard(message))
    }

    /// A lab that is there.
    fn with_lab() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.on(0.0, Input::Start), starting());
        let effects = bench.hear(100.0, ready());
        assert_eq!(effects, [Effect::Emit(Event::Ready(ENVIRONMENT.into()))]);
        bench
    }

    /// A lab that was given the plan at 1300 ms, and is at its first run since 1400 ms.
    fn at_work() -> Self {
        let mut bench = Self::with_lab();
        let effects = bench.ask(1000.0);
        assert!(matches!(effects[..], [Effect::Emit(Event::Started(_))]));
        assert_eq!(bench.on(1000.0 + SETTLE_MS, Input::Time), [order()]);
        let effects = bench.hear(1400.0, FromLab::RunStarted(started(&plan(), 0)));
        assert_eq!(effects, [Effect::Emit(Event::RunStarted(started(&plan(), 0)))]);
        bench
    }

    fn ask(&mut self, ms: f64) -> Vec<Effect> {
        assert_eq!(self.machine.refusal(), None);
        let effects = self.on(ms, Input::Run(Rc::new(plan_view())));
        assert_eq!(self.on(ms, Input::Recording(Ok(()))), []);
        effects
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

/// How a plan ended.
#[track_caller]
fn finished(effects: &[Effect]) -> Ending {
    let ends: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Emit(Event::Finished(ending)) => Some(ending.clone()),
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
fn a_lab_that_knows_more_of_its_machine_by_now_says_so() {
    const MORE: &str = "{\"cores\":2,\"parallel_speed\":1.0}";
    let more = || FromLab::Ready(MORE.to_owned());
    let mut idle = Bench::with_lab();
    assert_eq!(idle.hear(1500.0, more()), [Effect::Emit(Event::Ready(MORE.into()))]);
    assert_eq!((idle.machine.lab(), idle.machine.refusal()), (Some(Ok(MORE)), None));
    // What it says crosses a plan on its way.
    let mut busy = Bench::at_work();
    assert_eq!(busy.hear(1500.0, more()), [Effect::Emit(Event::Ready(MORE.into()))]);
    assert_eq!(busy.machine.lab(), Some(Ok(MORE)));
    assert!(busy.machine.refusal().is_some(), "the plan goes on");
}

#[test]
fn a_plan_is_carried_out() {
    let mut bench = Bench::at_work();
    let effects = bench.hear(1500.0, FromLab::RunFinished(over(0)));
    assert_eq!(effects, [Effect::Emit(Event::RunFinished(over(0)))]);
    bench.hear(1600.0, FromLab::RunStarted(started(&plan(), 1)));
    bench.hear(1700.0, FromLab::RunFinished(over(1)));
    let effects = bench.hear(1800.0, FromLab::Finished { cancelled: false });
    assert_eq!(effects.len(), 1);
    let expected =
        Ending { cancelled: false, was_hidden: false, problem: None, salvage: None, happened: String::new() };
    assert_eq!(finished(&effects), expected);
    // The lab waits for the next one.
    assert_eq!((bench.machine.refusal(), bench.machine.due_ms()), (None, None));
}

#[test]
fn a_plan_waits_for_whoever_records_it() {
    let mut bench = Bench::with_lab();
    bench.on(1000.0, Input::Run(Rc::new(plan_view())));
    // However long that takes: its end is heard of in any case.
    assert_eq!(bench.pass(1000.0, 9000.0), []);
    assert_eq!(bench.on(9000.0, Input::Recording(Ok(()))), []);
    assert_eq!(bench.on(9001.0, Input::Time), [order()]);
}

#[test]
fn nothing_is_run_that_nobody_records() {
    let mut bench = Bench::with_lab();
    bench.on(1000.0, Input::Run(Rc::new(plan_view())));
    let effects = bench.on(1200.0, Input::Recording(Err("the analyst could not be loaded".to_owned())));
    assert_eq!(finished(&effects).problem.as_deref(), Some("Nothing was run: the analyst could not be loaded."));
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
    assert_eq!(bench.machine.lab(), Some(Ok(ENVIRONMENT)));
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
    bench.hear(START_LIMIT_MS + 1.0, ready());
    assert_eq!(bench.on(START_LIMIT_MS + 2.0, Input::Time), []);
    assert_eq!(bench.machine.lab(), Some(Ok(ENVIRONMENT)));
}

#[test]
fn a_lab_that_cannot_be_made_or_loaded_is_absent() {
    for input in [Input::NotStarted("no workers here".to_owned()), Input::Failed("no workers here".to_owned())] {
        let mut bench = Bench::new();
        bench.on(0.0, Input::Start);
        let effects = bench.on(1.0, input);
        check_absent(&effects, &bench.machine, "The lab did not start: no workers here");
        // What is still on its way changes nothing.
        assert_eq!(bench.hear(2.0, ready()), []);
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
    assert_eq!(bench.on(1000.0 + SETTLE_MS + 40.0, Input::Time), [order()]);
    // Once.
    assert_eq!(bench.pass(1000.0 + SETTLE_MS + 40.0, 5000.0), []);
}

#[test]
fn a_plan_that_is_cancelled_before_the_lab_has_it_ends_at_once() {
    let mut bench = Bench::with_lab();
    bench.ask(1000.0);
    let effects = bench.on(1100.0, Input::Cancel);
    assert_eq!(effects.len(), 1, "the lab hears nothing of it");
    let expected = Ending { cancelled: true, was_hidden: false, problem: None, salvage: None, happened: String::new() };
    assert_eq!(finished(&effects), expected);
    assert_eq!(bench.pass(1100.0, 1e4), []);
    assert_eq!(bench.machine.refusal(), None);
}

#[test]
fn a_plan_that_the_lab_does_not_take_ends_with_the_reason() {
    let mut bench = Bench::at_work();
    let ending = finished(&bench.on(1310.0, Input::NotTaken("out of memory".to_owned())));
    assert_eq!(ending.problem.as_deref(), Some("The lab did not take the plan: out of memory."));
    assert!(ending.cancelled);
    assert_eq!(bench.machine.refusal(), None);
}

#[test]
fn a_lab_that_stops_when_asked_is_kept() {
    let mut bench = Bench::at_work();
    assert_eq!(bench.on(1500.0, Input::Cancel), [Effect::Post(ToLab::Cancel), Effect::Emit(Event::Cancelling)]);
    // Asking twice is asking once.
    assert_eq!(bench.on(2500.0, Input::Cancel), []);
    assert_eq!(bench.machine.due_ms().map(|due_ms| due_ms <= 1500.0 + CANCEL_LIMIT_MS), Some(true));
    bench.hear(2600.0, FromLab::RunFinished(over(0)));
    let ending = finished(&bench.hear(2600.0, FromLab::Finished { cancelled: true }));
    assert_eq!((ending.problem, ending.cancelled, ending.salvage), (None, true, None));
    assert_eq!(bench.pass(2600.0, 1e4), []);
    assert_eq!(bench.machine.lab(), Some(Ok(ENVIRONMENT)));
}

#[test]
fn a_lab_that_does_not_stop_when_asked_is_ended_and_its_run_salvaged() {
    let mut bench = Bench::at_work();
    bench.on(1500.0, Input::Cancel);
    assert_eq!(bench.pass(1500.0, 1500.0 + CANCEL_LIMIT_MS - 0.5), []);
    let effects = bench.on(1500.0 + CANCEL_LIMIT_MS, Input::Time);
    let ending = finished(&effects);
    // It began 100 ms after the lab was given the plan, by the page's clock.
    let reason = "the lab did not stop when asked and was ended".to_owned();
    let salvage = Salvage { row: 0, warmup: false, repetition: 0, started_ms: 100.0, reason };
    assert_eq!((ending.problem, ending.cancelled, ending.salvage), (None, true, Some(salvage)));
    assert_eq!(effects[0], Effect::EndLab);
    assert_eq!(effects[2..], starting());
    assert_eq!(bench.machine.lab(), None);
}

#[test]
fn a_lab_that_is_silent_after_an_error_is_given_up_after_a_time() {
    let mut bench = Bench::at_work();
    bench.hear(1500.0, FromLab::RunFinished(over(0)));
    bench.hear(1500.0, FromLab::RunStarted(started(&plan(), 1)));
    bench.finished = 2;
    assert_eq!(bench.on(1600.0, Input::Failed("unreachable executed".to_owned())), []);
    assert_eq!(bench.pass(1600.0, 1600.0 + SILENCE_LIMIT_MS - 0.5), []);
    let effects = bench.on(1600.0 + SILENCE_LIMIT_MS, Input::Time);
    let ending = finished(&effects);
    let expected = "The lab died: unreachable executed. What was measured before is kept.";
    assert_eq!(ending.problem.as_deref(), Some(expected));
    assert_eq!((ending.cancelled, ending.salvage.map(|salvage| salvage.row)), (true, Some(1)));
    assert_eq!(effects[2..], starting());
}

#[test]
fn a_lab_in_which_something_moves_after_an_error_goes_on() {
    let mut bench = Bench::at_work();
    bench.finished = 1;
    bench.on(1500.0, Input::Failed("a worker died".to_owned()));
    for (over, round) in [(2, 1.0), (3, 2.0)] {
        bench.finished = over;
        assert_eq!(bench.on(1500.0 + round * SILENCE_LIMIT_MS, Input::Time), [], "task {over} is over");
    }
    // Then nothing moves any more.
    let Ending { problem, .. } = finished(&bench.on(1500.0 + 3.0 * SILENCE_LIMIT_MS, Input::Time));
    assert_eq!(problem.as_deref(), Some("The lab died: a worker died. What was measured before is kept."));
}

#[test]
fn a_lab_whose_run_ends_after_an_error_is_trusted_again() {
    let mut bench = Bench::at_work();
    bench.on(1500.0, Input::Failed("a worker died".to_owned()));
    bench.hear(1600.0, FromLab::RunFinished(over(0)));
    bench.hear(1600.0, FromLab::RunStarted(started(&plan(), 1)));
    assert_eq!(bench.pass(1600.0, 1e5), []);
}

#[test]
fn a_second_error_begins_the_silence_again() {
    let mut bench = Bench::at_work();
    bench.on(1500.0, Input::Failed("first".to_owned()));
    bench.on(2500.0, Input::Failed("second".to_owned()));
    assert_eq!(bench.pass(2500.0, 2500.0 + SILENCE_LIMIT_MS - 0.5), []);
    let Ending { problem, .. } = finished(&bench.on(2500.0 + SILENCE_LIMIT_MS, Input::Time));
    assert_eq!(problem.as_deref(), Some("The lab died: second. What was measured before is kept."));
}

#[test]
fn progress_is_for_those_who_want_it_and_some_times_a_second() {
    let mut bench = Bench::at_work();
    bench.finished = 1;
    assert_eq!(bench.pass(1400.0, 3000.0), []);
    bench.on(3000.0, Input::ProgressWanted);
    let progress = |finished| Effect::Progress(Progress { run: 0, of: 2, finished, tasks: 4 });
    let effects = bench.pass(3000.0, 4000.0);
    assert_eq!(effects, vec![progress(1); effects.len()]);
    assert!((3..=4).contains(&effects.len()), "{}", effects.len());
    let effects = bench.hear(4000.0, FromLab::RunFinished(over(0)));
    assert_eq!(effects[0], progress(4));
    // Between two runs there is nothing to say.
    assert_eq!(bench.pass(4000.0, 5000.0), []);
    let effects = bench.hear(5000.0, FromLab::RunStarted(started(&plan(), 1)));
    assert_eq!(effects[1], Effect::Progress(Progress { run: 1, of: 2, finished: 1, tasks: 4 }));
}

#[test]
fn a_page_that_was_hidden_says_so() {
    for at_ms in [1000.0, 1350.0, 2000.0, f64::INFINITY] {
        let mut bench = Bench::with_lab();
        bench.hidden = at_ms == 1000.0;
        bench.ask(1000.0);
        for ms in [1350.0, 2000.0] {
            bench.hidden = at_ms == ms;
            bench.on(ms, Input::Time);
        }
        bench.hidden = false;
        let ending = finished(&bench.hear(3000.0, FromLab::Finished { cancelled: false }));
        assert_eq!(ending.was_hidden, at_ms.is_finite(), "{at_ms}");
    }
}

fn service() -> Service {
    let [url, target] = ["ws://localhost:80/api/executor?token=0f", "http://localhost:80/"].map(str::to_owned);
    Service { url, target, tool: Tool::this(None), hidden: false, watched: false }
}

/// The lab is passed on to whoever wants it.
fn passed_on(service: Service) -> [Effect; 2] {
    [Effect::Post(ToLab::Serve(service)), Effect::Emit(Event::Serving)]
}

/// A lab that serves somebody since 100 ms.
fn serving() -> Bench {
    let mut bench = Bench::new();
    assert_eq!(bench.on(0.0, Input::Serve(service())), []);
    assert_eq!(bench.on(0.0, Input::Start), starting());
    let effects = bench.hear(100.0, ready());
    assert_eq!(effects[0], Effect::Emit(Event::Ready(ENVIRONMENT.into())));
    assert_eq!(effects[1..], passed_on(service()));
    bench
}

#[test]
fn a_lab_that_is_somebody_elses_is_left_alone() {
    let mut bench = serving();
    assert_eq!(bench.machine.due_ms(), None, "nothing wakes the page");
    assert_eq!(bench.pass(100.0, 60_000.0), []);
    assert!(bench.machine.refusal().is_some_and(|reason| reason.contains("parlab pair")));
    assert!(bench.machine.lab().is_some_and(|lab| lab.is_ok()));
    for input in [Input::Start, Input::Cancel, Input::ProgressWanted] {
        assert_eq!(bench.on(1000.0, input), []);
    }
    let effects = bench.hear(2000.0, FromLab::Served(Ok(())));
    assert_eq!(effects, [Effect::Emit(Event::Served(Ok(())))]);
    assert_eq!(bench.machine.refusal(), None, "it is the page's again");
}

#[test]
fn a_lab_that_waits_is_passed_on_at_once() {
    let mut bench = Bench::with_lab();
    bench.hidden = true;
    assert_eq!(bench.on(200.0, Input::Serve(service())), passed_on(Service { hidden: true, ..service() }));
}

#[test]
fn whoever_has_the_lab_hears_whether_the_page_is_hidden() {
    let mut bench = serving();
    for hidden in [true, false] {
        bench.hidden = hidden;
        assert_eq!(bench.on(1000.0, Input::Visibility), [Effect::Post(ToLab::Hidden(hidden))]);
    }
    bench.hear(2000.0, FromLab::Served(Err("it is gone".to_owned())));
    assert_eq!(bench.on(3000.0, Input::Visibility), []);
}

#[test]
fn a_lab_that_dies_in_somebodys_service_is_replaced_once() {
    let mut bench = serving();
    assert_eq!(bench.on(1000.0, Input::Failed("unreachable".to_owned())), starting());
    let effects = bench.hear(1100.0, ready());
    assert_eq!(effects[1..], passed_on(service()));
    let effects = bench.on(2000.0, Input::Failed("unreachable".to_owned()));
    let absent = Event::Absent("The lab died twice: unreachable".to_owned());
    assert_eq!(effects, [Effect::EndLab, Effect::Emit(absent)]);
    assert_eq!(bench.pass(2000.0, 1e5), []);
}

#[test]
fn tasks_that_ask_a_server_that_is_gone_end_their_plan() {
    let failed = || FromLab::RunFinished(RunFinished { failed: 4, ..over(0) });
    // Who asks no server fails for other reasons.
    assert!(!Bench::at_work().hear(1500.0, failed()).contains(&Effect::AskServer));
    let mut bench = Bench::with_lab();
    let plan_view = Rc::new(PlanView { needs_server: true, ..plan_view() });
    bench.on(1000.0, Input::Run(plan_view));
    bench.on(1000.0, Input::Recording(Ok(())));
    bench.on(1000.0 + SETTLE_MS, Input::Time);
    bench.hear(1400.0, FromLab::RunStarted(started(&plan(), 0)));
    let some = FromLab::RunFinished(RunFinished { failed: 3, ..over(0) });
    assert!(!bench.hear(1500.0, some).contains(&Effect::AskServer), "it answered once");
    assert!(bench.hear(1600.0, failed()).contains(&Effect::AskServer));
    let stop = [Effect::Post(ToLab::Cancel), Effect::Emit(Event::Cancelling)];
    assert_eq!(bench.on(1700.0, Input::ServerGone), stop);
    let ending = finished(&bench.hear(1800.0, FromLab::Finished { cancelled: true }));
    assert_eq!((ending.cancelled, ending.problem.as_deref()), (true, Some(SERVER_GONE)));
    // The next plan is another one.
    bench.ask(2000.0);
    assert_eq!(finished(&bench.on(2100.0, Input::Cancel)).problem, None);
}
