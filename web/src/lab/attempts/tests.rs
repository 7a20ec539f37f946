//! What becomes of a run, team after team.

use parlab_shared::measure::Board;
use parlab_shared::row::Row;
use parlab_shared::strategy::{Dispatch, Mechanism, Strategy};
use parlab_shared::task::{Finished, Task, Work};
use parlab_shared::workload::{Count, Workload};

use super::*;
use parlab_shared::way::Way;

use crate::messages::BoardPlace;

const TASKS: u32 = 3;

fn run() -> RunSpec {
    let row = Row {
        experiment: None,
        workload: Workload::Count(Count { tasks: TASKS, n: 1 }),
        strategy: Strategy::Threads,
        workers: 2,
        dispatch: Dispatch::Pool,
        way: Way::default(),
        swept: vec![],
    };
    RunSpec {
        row,
        repetition: 0,
        warmup: false,
        seed: 0,
        target: String::new(),
        secured: None,
        timeout_ms: 1000,
        task_limit_ms: 300_000,
    }
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
    Execution { mechanism: Mechanism::RayonPool, began_ms, setup_ms: 7.0, wall_ms: 5.0, costs: None, spans }
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
            assert_eq!(ended(&over), (0..TASKS).map(|task| (task, Some(ErrorKind::WorkerDied))).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_task_that_a_team_did_is_not_counted_twice() {
    let run = run();
    let mut bench = Bench::new(&run);
    bench.ready(15.0);
    bench.board = Some(board(&[0], Some(1)));
    assert_eq!(bench.made_again(30.0, Input::Died("it is gone".to_owned())), [0, 1]);
    bench.ready(40.0);
    // As if the next team's board said it again.
    bench.board = Some(board(&[0, 1], Some(2)));
    let over = bench.over(50.0, Input::Died("it is gone".to_owned()));
    let lost = Some(ErrorKind::WorkerDied);
    assert_eq!(ended(&over), [(0, None), (1, lost), (2, lost)]);
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
    bench.ready(15.0);
    bench.on(20.0, Input::Cancel);
    let due_ms = bench.attempts.due_ms();
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
}

/// A quarter of the time that a task may take.
const LOOK_MS: f64 = 75_000.0;

#[test]
fn a_run_is_ended_with_a_task_that_takes_too_long() {
    let run = run();
    let mut bench = Bench::new(&run);
    bench.ready(15.0);
    let begun = Board::new(TASKS, 0);
    begun.end(&Task { id: 0, work: Work::Count { n: 1 } }, &done(0, 20.0));
    begun.start(1, 1, 20.0, 21.0);
    bench.board = Some(begun.snapshot());
    let mut ms = 10.0;
    for _ in 0..4 {
        ms += LOOK_MS;
        assert_eq!((bench.attempts.due_ms(), bench.on(ms, Input::Time)), (ms, vec![]), "it has time until then");
    }
    ms += LOOK_MS;
    assert_eq!(bench.on(ms, Input::Time), [Effect::RaiseCancelFlag, Effect::Post(ToTeam::Cancel)]);
    // It does not hear of that.
    let over = bench.over(ms + CANCEL_PATIENCE_MS, Input::Time);
    assert_eq!(ended(&over), [(0, None), (1, Some(ErrorKind::TooLong))]);
}

#[test]
fn where_only_copies_of_a_board_are_seen_silence_tells() {
    let run = run();
    let mut bench = Bench::new(&run);
    bench.on(15.0, Input::Heard(FromTeam::Ready(None)));
    bench.board = Some(board(&[0], None));
    assert_eq!(bench.on(LOOK_MS * 3.0, Input::Heard(FromTeam::Snapshot)), []);
    assert_eq!(bench.on(LOOK_MS * 6.0, Input::Time), []);
    assert_ne!(bench.on(LOOK_MS * 7.0, Input::Time), []);
    let stopped = execution([0], 15.0);
    let over = bench.over(LOOK_MS * 7.0 + 1.0, Input::Heard(FromTeam::Done(stopped)));
    assert_eq!(ended(&over), [(0, None), (1, Some(ErrorKind::TooLong))]);
}

#[test]
fn a_team_that_is_never_ready_is_not_waited_for_for_ever() {
    let run = run();
    let mut bench = Bench::new(&run);
    assert_eq!(bench.on(9.0 + LOOK_MS, Input::Time), []);
    // A minute is over by then.
    let over = bench.over(10.0 + LOOK_MS, Input::Time);
    assert_eq!(ended(&over), [(0, Some(ErrorKind::Setup))]);
    let said = &over.spans[0].error.as_ref().expect("it failed").message;
    assert!(said.contains("within 60 s") && said.ends_with("no room for 2; use fewer"), "{said}");
}
