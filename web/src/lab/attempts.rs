//! The attempts at one run: what the conductor decides, without a clock, a timer or a worker of its own.
//!
//! A team carries a run out. If it dies, what its board says is kept, and another team does what is left; each death
//! costs a task at least. A team that was asked to stop and does not is given up.

use parlab_shared::measure::{Execution, RunSpec, Snapshot, failed};
use parlab_shared::report::Span;
use parlab_shared::strategy::{Mechanism, Platform, mechanism};
use parlab_shared::task::{ErrorKind, TaskError};

use crate::messages::{FromTeam, TeamSpec, ToTeam};

/// How long a cancelled team may take to end by itself: longer than any chunk of a kernel.
const CANCEL_PATIENCE_MS: f64 = 1000.0;

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
    /// It is being made.
    Making,
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
}

impl<'a> Attempts<'a> {
    /// A run that has not begun, with its files in a folder; `base_ms` is what teams join the plan's clock with.
    pub fn new(run: &'a RunSpec, folder: &'a str, base_ms: f64, now_ms: f64) -> Self {
        Self {
            run,
            folder,
            base_ms,
            setup_began_ms: now_ms,
            phase: Phase::Making,
            began_ms: None,
            spans: Vec::new(),
            patience_ends_ms: None,
        }
    }

    /// When to come back with [`Input::Time`], if nothing happens before.
    pub fn due_ms(&self) -> Option<f64> {
        self.patience_ends_ms
    }

    /// Something happens.
    pub fn on(&mut self, input: Input, now: &Now) -> Vec<Effect> {
        match input {
            Input::Begin => vec![self.make()],
            Input::Cancel => {
                self.patience_ends_ms.get_or_insert(now.ms + CANCEL_PATIENCE_MS);
                vec![Effect::RaiseCancelFlag, Effect::Post(ToTeam::Cancel)]
            }
            Input::Time if self.patience_ends_ms.is_some_and(|ends_ms| ends_ms <= now.ms) => {
                self.died("the run was cancelled".to_owned(), now)
            }
            Input::Time => Vec::new(),
            Input::Died(reason) => self.died(reason, now),
            Input::Heard(FromTeam::Ready(_)) => {
                self.phase = Phase::Going { began_ms: now.ms };
                vec![Effect::Post(ToTeam::Go)]
            }
            Input::Heard(FromTeam::Snapshot) => Vec::new(),
            Input::Heard(FromTeam::Unable(reason)) => self.ended(End::Unable(reason), now),
            Input::Heard(FromTeam::Lost(reason)) => self.ended(End::Lost(reason), now),
            Input::Heard(FromTeam::Done(execution)) => self.ended(End::Done(execution), now),
        }
    }

    fn died(&mut self, reason: String, now: &Now) -> Vec<Effect> {
        let end = match self.phase {
            Phase::Making => End::Unable(reason),
            Phase::Going { .. } => End::Lost(reason),
        };
        self.ended(end, now)
    }

    /// A team for what is left.
    fn make(&mut self) -> Effect {
        self.phase = Phase::Making;
        let (run, folder) = (self.run.clone(), self.folder.to_owned());
        Effect::Make(TeamSpec { run, done: self.done(), base_ms: self.base_ms, folder })
    }

    fn done(&self) -> Vec<u32> {
        self.spans.iter().map(|span| span.task).collect()
    }

    fn ended(&mut self, end: End, now: &Now) -> Vec<Effect> {
        let began_ms = match self.phase {
            Phase::Making => now.ms,
            Phase::Going { began_ms } => began_ms,
        };
        self.began_ms.get_or_insert(began_ms);
        match end {
            End::Done(execution) if self.spans.is_empty() => {
                return vec![Effect::Over(Execution { setup_ms: began_ms - self.setup_began_ms, ..execution })];
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
                        return vec![self.make()];
                    }
                }
            }
        }
        vec![Effect::Over(self.execution(now.ms))]
    }

    /// The first task that is left failed.
    fn fail(&mut self, kind: ErrorKind, reason: String, now_ms: f64) {
        let left = (0..).find(|task| self.spans.iter().all(|span| span.task != *task)).unwrap_or(0);
        self.spans.push(failed(left, 0, [now_ms; 3], TaskError::new(kind, reason)).span);
    }

    /// What all teams together left.
    fn execution(&mut self, now_ms: f64) -> Execution {
        let row = &self.run.row;
        let mechanism = mechanism(&row.workload, row.strategy, row.dispatch, Platform::Browser);
        let mechanism = mechanism.unwrap_or(Mechanism::OneThread);
        let began_ms = self.began_ms.unwrap_or(now_ms);
        let (setup_ms, wall_ms) = (began_ms - self.setup_began_ms, now_ms - began_ms);
        let spans = std::mem::take(&mut self.spans);
        let mut execution = Execution { mechanism, began_ms, setup_ms, wall_ms, spans };
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
mod tests {
    use parlab_shared::measure::{Board, Finished, Row};
    use parlab_shared::strategy::{Dispatch, Strategy};
    use parlab_shared::task::{Task, Work};
    use parlab_shared::workload::Workload;

    use super::*;
    use crate::messages::BoardPlace;

    const TASKS: u32 = 3;

    fn run() -> RunSpec {
        let row = Row {
            experiment: None,
            workload: Workload::Count { tasks: TASKS, n: 1 },
            strategy: Strategy::Threads,
            workers: 2,
            dispatch: Dispatch::Pool,
        };
        RunSpec { row, repetition: 0, warmup: false, seed: 0, target: String::new(), timeout_ms: 1000 }
    }

    fn done(task: u32, at_ms: f64) -> Finished {
        let mut finished = failed(task, 1, [at_ms, at_ms, at_ms + 1.0], TaskError::cancelled());
        finished.span.error = None;
        finished
    }

    /// A board on which these tasks are done, and this one took its worker with it.
    fn board(tasks: &[u32], fatal: Option<u32>) -> Snapshot {
        let board = Board::new(TASKS, 0);
        for task in tasks {
            board.end(&Task { id: *task, work: Work::Count { n: 1 } }, &done(*task, 20.0));
        }
        if let Some(task) = fatal {
            board.start(task, 1, 20.0, 21.0);
            board.fatal(1, Some(task), 25.0);
        }
        board.snapshot()
    }

    fn execution(tasks: impl IntoIterator<Item = u32>, began_ms: f64) -> Execution {
        let spans = tasks.into_iter().map(|task| done(task, 0.5).span).collect();
        Execution { mechanism: Mechanism::RayonPool, began_ms, setup_ms: 7.0, wall_ms: 5.0, spans }
    }

    /// The attempts at a run, and what a reader of the board would find.
    struct Bench<'a> {
        attempts: Attempts<'a>,
        board: Option<Snapshot>,
    }

    impl<'a> Bench<'a> {
        /// The run begins at 10 ms.
        fn new(run: &'a RunSpec) -> Self {
            let mut bench = Self { attempts: Attempts::new(run, "parlab-1", 1e12, 10.0), board: None };
            let expected = TeamSpec { run: run.clone(), done: vec![], base_ms: 1e12, folder: "parlab-1".to_owned() };
            assert_eq!(bench.on(10.0, Input::Begin), [Effect::Make(expected)]);
            bench
        }

        fn on(&mut self, ms: f64, input: Input) -> Vec<Effect> {
            let board = &|| self.board.clone();
            self.attempts.on(input, &Now { ms, board })
        }

        fn ready(&mut self, ms: f64) {
            let place = BoardPlace { address: 8, length: 8 };
            assert_eq!(self.on(ms, Input::Heard(FromTeam::Ready(Some(place)))), [Effect::Post(ToTeam::Go)]);
        }

        #[track_caller]
        fn over(&mut self, ms: f64, input: Input) -> Execution {
            match self.on(ms, input).as_slice() {
                [Effect::Over(execution)] => execution.clone(),
                effects => panic!("it is not over: {effects:?}"),
            }
        }

        /// The tasks that the next team need not do.
        #[track_caller]
        fn made_again(&mut self, ms: f64, input: Input) -> Vec<u32> {
            match self.on(ms, input).as_slice() {
                [Effect::Make(spec)] => spec.done.clone(),
                effects => panic!("no other team is made: {effects:?}"),
            }
        }
    }

    /// Task and kind of error of each span.
    fn ended(execution: &Execution) -> Vec<(u32, Option<ErrorKind>)> {
        execution.spans.iter().map(|span| (span.task, span.error.as_ref().map(|error| error.kind))).collect()
    }

    #[test]
    fn what_one_team_does_is_the_run() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        assert_eq!(bench.on(16.0, Input::Heard(FromTeam::Snapshot)), []);
        let team = execution(0..TASKS, 15.5);
        let over = bench.over(21.0, Input::Heard(FromTeam::Done(team.clone())));
        // Making the team is part of the set-up.
        assert_eq!(over, Execution { setup_ms: 5.0, ..team });
    }

    #[test]
    fn a_team_that_cannot_be_made_fails_the_first_task() {
        let run = run();
        let inputs = [Input::Heard(FromTeam::Unable("no memory".to_owned())), Input::Died("no memory".to_owned())];
        for input in inputs {
            let over = Bench::new(&run).over(12.0, input);
            assert_eq!(ended(&over), [(0, Some(ErrorKind::Setup))]);
            assert_eq!((over.began_ms, over.setup_ms, over.wall_ms), (12.0, 2.0, 0.0));
            assert_eq!(over.mechanism, Mechanism::RayonPool);
        }
    }

    #[test]
    fn a_team_that_cannot_be_told_to_go_fails_the_first_task() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        let over = bench.over(16.0, Input::Heard(FromTeam::Unable("it cannot be told".to_owned())));
        assert_eq!((ended(&over), over.began_ms), (vec![(0, Some(ErrorKind::Setup))], 15.0));
    }

    #[test]
    fn what_a_dead_team_leaves_another_does() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        bench.board = Some(board(&[0], Some(2)));
        assert_eq!(bench.made_again(30.0, Input::Died("out of memory".to_owned())), [0, 2]);
        bench.board = None;
        bench.ready(40.0);
        let over = bench.over(50.0, Input::Heard(FromTeam::Done(execution([1], 41.0))));
        assert_eq!(ended(&over), [(0, None), (1, None), (2, Some(ErrorKind::WorkerDied))]);
        assert_eq!(over.spans[2].error.as_ref().map(|error| error.message.as_str()), Some("out of memory"));
        // From the first team's beginning to the last one's end, on one clock.
        assert_eq!((over.began_ms, over.setup_ms, over.wall_ms), (15.0, 5.0, 35.0));
        let starts: Vec<f64> = over.spans.iter().map(|span| span.start_ms).collect();
        assert_eq!(starts, [5.0, 26.5, 6.0]);
    }

    #[test]
    fn each_death_costs_a_task_at_least() {
        let run = run();
        let mut bench = Bench::new(&run);
        for (death, ms) in (0..TASKS).zip([20.0, 30.0, 40.0]) {
            bench.ready(ms);
            let input = Input::Heard(FromTeam::Lost("a thread died".to_owned()));
            if death + 1 < TASKS {
                // No board says anything.
                assert_eq!(bench.made_again(ms + 5.0, input), (0..=death).collect::<Vec<_>>());
            } else {
                let over = bench.over(ms + 5.0, input);
                assert_eq!(
                    ended(&over),
                    (0..TASKS).map(|task| (task, Some(ErrorKind::WorkerDied))).collect::<Vec<_>>()
                );
            }
        }
    }

    #[test]
    fn a_team_that_dies_after_its_last_task_is_not_followed_by_another() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        bench.board = Some(board(&[0, 1], Some(2)));
        assert_eq!(ended(&bench.over(30.0, Input::Died("it is gone".to_owned()))).len(), 3);
    }

    #[test]
    fn a_cancelled_team_that_stops_leaves_its_part() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        assert_eq!(bench.on(20.0, Input::Cancel), [Effect::RaiseCancelFlag, Effect::Post(ToTeam::Cancel)]);
        let over = bench.over(25.0, Input::Heard(FromTeam::Done(execution([0], 15.0))));
        assert_eq!(ended(&over), [(0, None)]);
    }

    #[test]
    fn a_cancelled_team_that_does_not_stop_is_given_up_after_a_time() {
        let run = run();
        let mut bench = Bench::new(&run);
        assert_eq!(bench.attempts.due_ms(), None);
        bench.ready(15.0);
        bench.on(20.0, Input::Cancel);
        let due_ms = bench.attempts.due_ms().expect("patience ends");
        assert_eq!(due_ms, 20.0 + CANCEL_PATIENCE_MS);
        // However often the timer goes off early.
        (0..100).for_each(|_| assert_eq!(bench.on(due_ms - 0.5, Input::Time), []));
        bench.board = Some(board(&[1], None));
        let over = bench.over(due_ms, Input::Time);
        assert_eq!(ended(&over), [(1, None)]);
    }

    #[test]
    fn a_cancelled_team_that_was_never_ready_is_given_up_too() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.on(20.0, Input::Cancel);
        // It is told to go all the same: its board says that it was cancelled.
        bench.ready(25.0);
        let mut bench = Bench::new(&run);
        bench.on(20.0, Input::Cancel);
        let over = bench.over(20.0 + CANCEL_PATIENCE_MS, Input::Time);
        assert_eq!(ended(&over), [(0, Some(ErrorKind::Setup))]);
    }

    #[test]
    fn a_cancelled_team_that_dies_is_not_followed_by_another() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        bench.on(20.0, Input::Cancel);
        let over = bench.over(21.0, Input::Died("it is gone".to_owned()));
        assert_eq!(ended(&over), []);
    }

    #[test]
    fn time_alone_ends_nothing() {
        let run = run();
        let mut bench = Bench::new(&run);
        bench.ready(15.0);
        assert_eq!(bench.on(1e9, Input::Time), []);
        assert_eq!(bench.attempts.due_ms(), None);
    }
}
