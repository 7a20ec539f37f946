use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use futures::executor::block_on;

use super::*;
use crate::dictionary::Dictionary;
use crate::host::{Host, HttpRequest, HttpResponse, TakeChunk};
use crate::measure::{Board, drive};
use crate::report::fixture;
use crate::span::Span;
use crate::span::phase;
use crate::strategy::{Mechanism, Strategy};
use crate::workload::{Count, Waves, Workload};

/// What was said and done, in its order.
type Log = Rc<RefCell<Vec<String>>>;

struct Bench(Board, Dictionary, Log);

impl Bench {
    fn new(tasks: u32, log: &Log) -> Self {
        Self(Board::new(tasks, 0), Dictionary::new(None, 0), Rc::clone(log))
    }
}

impl Host for &Bench {
    type File = Infallible;

    async fn sleep_ms(&self, _: f64) {}

    async fn http(&self, _: &HttpRequest, _: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
        Err(TaskError::cancelled())
    }

    async fn create_file(&self, _: &str) -> Result<Infallible, TaskError> {
        Err(TaskError::cancelled())
    }

    fn now_ms(&self) -> f64 {
        0.0
    }

    fn worker(&self) -> u32 {
        0
    }

    fn dictionary(&self) -> &Dictionary {
        &self.1
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl Station for &Bench {
    fn board(&self) -> &Board {
        &self.0
    }

    async fn until_cancelled(&self) {
        if !self.0.cancelled() {
            std::future::pending().await
        }
    }

    fn take_costs(&self) -> Costs {
        self.2.borrow_mut().push("costs".to_owned());
        costs(1000)
    }
}

fn costs(peak_memory_bytes: u64) -> Costs {
    Costs { peak_memory_bytes: Some(peak_memory_bytes), ..Costs::OF_ENDED_WORKERS }
}

/// Peers that die over task 2 and note who was started and asked.
#[derive(Default)]
struct Mortal(Log);

impl Peers for &Mortal {
    type Peer = u32;

    async fn start(&self, worker: u32) -> Result<u32, String> {
        self.0.borrow_mut().push(format!("start {worker}"));
        Ok(worker)
    }

    async fn ask(&self, peer: &mut u32, message: ToPeer) -> Result<FromPeer, String> {
        let order = match message {
            ToPeer::Perform(order) => order,
            ToPeer::Prepare(_) => {
                self.0.borrow_mut().push(format!("{peer} prepares"));
                return Ok(FromPeer::Prepared);
            }
            ToPeer::TakeCosts => {
                self.0.borrow_mut().push(format!("costs of {peer}"));
                return Ok(FromPeer::Costs(costs(10)));
            }
            ToPeer::Inserted | ToPeer::Give => return Err("never asked".to_owned()),
        };
        let tasks: Vec<u32> = order.tasks.iter().map(|task| task.id).collect();
        let names: Vec<String> = tasks.iter().map(u32::to_string).collect();
        self.0.borrow_mut().push(format!("{peer}: {}", names.join(" ")));
        if tasks.contains(&2) {
            return Err("killed".to_owned());
        }
        let finished = tasks.into_iter().map(|task| {
            let mut finished = failed(task, *peer, [0.0; 3], TaskError::cancelled());
            finished.span.error = None;
            finished
        });
        Ok(FromPeer::Finished(finished.collect()))
    }
}

fn row(workers: u32, dispatch: Dispatch, handing: Handing) -> Row {
    let workload = Workload::Count(Count { tasks: 1, n: 1 });
    let row = fixture::row(workload, Strategy::Processes, workers);
    Row { dispatch, way: Way { handing, ..Way::default() }, ..row }
}

/// What is said and what is left of some tasks.
fn spread(tasks: u32, row: &Row) -> (Vec<String>, Vec<(u32, Option<TaskError>)>) {
    let (log, spans) = spread_spans(tasks, row);
    (log, spans.into_iter().map(|span| (span.task, span.error)).collect())
}

fn spread_spans(tasks: u32, row: &Row) -> (Vec<String>, Vec<Span>) {
    let mortal = Mortal::default();
    let bench = Bench::new(tasks, &Log::default());
    let wave = (0..tasks).map(|id| Task { id, work: Work::Crash { after_ms: None } }).collect();
    let finished = block_on(async {
        let mut crew = Isolated::new(&bench, &mortal, row).await.expect("peers");
        crew.spread(wave).await
    });
    assert_eq!(bench.0.finished(), tasks);
    (mortal.0.take(), finished.into_iter().map(|task| task.span).collect())
}

#[test]
fn a_dead_peer_costs_one_task_and_is_replaced() {
    let (log, finished) = spread(4, &row(1, Dispatch::Pool, Handing::Single));
    assert_eq!(log, ["start 0", "0: 0", "0: 1", "0: 2", "start 0", "0: 3"]);
    let died = TaskError::new(ErrorKind::WorkerDied, "killed");
    assert_eq!(finished, [(0, None), (1, None), (2, Some(died)), (3, None)]);
}

#[test]
fn a_peer_of_its_own_for_every_task() {
    let (log, _) = spread(4, &row(1, Dispatch::PerTask, Handing::Single));
    assert_eq!(log, ["start 0", "0: 0", "start 0", "0: 1", "start 0", "0: 2", "start 0", "0: 3"]);
    let has_spawn = |dispatch| {
        let (_, spans) = spread_spans(4, &row(1, dispatch, Handing::Single));
        spans.iter().filter(|span| span.phases.contains_key(phase::SPAWN)).count()
    };
    assert_eq!((has_spawn(Dispatch::PerTask), has_spawn(Dispatch::Pool)), (3, 0), "all but the one that died");
}

#[test]
fn results_that_nobody_asked_for_are_none() {
    let tasks = [0, 1].map(|id| Task { id, work: Work::Crash { after_ms: None } });
    let finished = |ids: &[u32], worker, end_ms| -> Vec<Finished> {
        ids.iter().map(|id| failed(*id, worker, [0.0, 0.0, end_ms], TaskError::cancelled())).collect()
    };
    assert!(is_of(&finished(&[0, 1], 3, 1.0), &tasks, 3));
    for (ids, worker, end_ms) in [
        (&[][..], 3, 1.0),
        (&[0], 3, 1.0),
        (&[1, 0], 3, 1.0),
        (&[0, 1, 1], 3, 1.0),
        (&[0, 1], 4, 1.0),
        (&[0, 1], 3, f64::NAN),
    ] {
        assert!(!is_of(&finished(ids, worker, end_ms), &tasks, 3), "{ids:?} of {worker} until {end_ms}");
    }
}

#[test]
fn of_many_short_tasks_a_message_carries_a_batch() {
    let (log, finished) = spread(400, &row(1, Dispatch::Pool, Handing::Single));
    // Nobody knows how long the first takes; the batch with the second dies, and each of it goes alone.
    let start =
        ["start 0", "0: 0", "0: 1 2 3 4 5 6", "start 0", "0: 1", "0: 2", "start 0", "0: 3", "0: 4", "0: 5", "0: 6"];
    assert_eq!(log[..start.len()], start);
    // Of less and less that is left it is less and less.
    let sizes: Vec<usize> = log[start.len()..].iter().map(|said| said.split(' ').count() - 1).collect();
    assert!(sizes.is_sorted_by(|former, next| former >= next), "{sizes:?}");
    assert_eq!((sizes[0], sizes.last(), sizes.iter().sum::<usize>()), (6, Some(&1), 400 - 7));
    let lost: Vec<u32> = finished.iter().filter(|(_, error)| error.is_some()).map(|(task, _)| *task).collect();
    assert_eq!((finished.len(), &lost[..]), (400, &[2][..]));
}

#[test]
fn a_map_goes_in_parts_and_a_part_is_lost_as_a_whole() {
    let (log, finished) = spread(8, &row(1, Dispatch::Pool, Handing::Map));
    assert_eq!(log, ["start 0", "0: 0 1", "0: 2 3", "start 0", "0: 4 5", "0: 6 7"]);
    let died = || Some(TaskError::new(ErrorKind::WorkerDied, "killed"));
    let errors: Vec<_> = finished.into_iter().map(|(task, error)| (task, error == died())).collect();
    assert_eq!(errors, [0, 1, 2, 3, 4, 5, 6, 7].map(|task| (task, matches!(task, 2 | 3))));
}

#[test]
fn peers_of_its_own_for_every_wave() {
    let mortal = Mortal::default();
    let bench = Bench::new(4, &Log::default());
    let task = |id| Task { id, work: Work::Crash { after_ms: None } };
    block_on(async {
        let row = row(2, Dispatch::PerWave, Handing::Callback);
        let mut crew = Isolated::new(&bench, &mortal, &row).await.expect("peers");
        crew.spread(vec![task(0)]).await;
        crew.spread(vec![task(1), task(3)]).await;
    });
    assert_eq!(mortal.0.take(), ["start 0", "0: 0", "start 1", "start 0", "0: 1", "0: 3", "start 1"]);
}

#[test]
fn every_peer_has_what_tasks_have_in_common_before_the_clock_starts() {
    let log = |work: Work, dispatch| {
        let mortal = Mortal::default();
        let bench = Bench::new(2, &mortal.0);
        block_on(async {
            let mut crew = Isolated::new(&bench, &mortal, &row(2, dispatch, Handing::Single)).await.expect("peers");
            drive(Waves::of(vec![work]), Mechanism::ChildProcesses, 0.0, &mut crew, &&bench).await;
        });
        let mut log = mortal.0.take();
        // The last that is done before the clock starts.
        let started = log.iter().position(|done| done == "costs").expect("a clock");
        log.truncate(started);
        log
    };
    let write = || Work::Write { name: "text".to_owned(), bytes: 10, seed: 1, flush: false };
    assert_eq!(log(write(), Dispatch::Pool), ["start 0", "start 1", "0 prepares", "1 prepares"]);
    assert_eq!(log(write(), Dispatch::PerTask), [] as [&str; 0]);
    assert_eq!(log(Work::Count { n: 1 }, Dispatch::Pool), ["start 0", "start 1"]);
}

#[test]
fn what_it_cost_is_asked_when_the_clock_has_stopped_and_of_ended_peers_memory_is_not_known() {
    let run = |done: &[u32], dispatch| {
        let mortal = Mortal::default();
        let bench = Bench::new(4, &mortal.0);
        let execution = block_on(async {
            let mut crew = Isolated::new(&bench, &mortal, &row(2, dispatch, Handing::Single)).await.expect("peers");
            let waves = Waves::of(vec![Work::Count { n: 1 }; 4]).without(done);
            drive(waves, Mechanism::ChildProcesses, 0.0, &mut crew, &&bench).await
        });
        let log = mortal.0.take();
        let asked: Vec<usize> = (0..).zip(&log).filter(|(_, done)| done.contains("costs")).map(|(at, _)| at).collect();
        assert_eq!(asked[1..], (log.len() + 1 - asked.len()..log.len()).collect::<Vec<_>>(), "{log:?}");
        execution.costs.expect("it was not cancelled").peak_memory_bytes
    };
    assert_eq!(run(&[2], Dispatch::Pool), Some(1020));
    assert_eq!(run(&[2], Dispatch::PerTask), None);
    // Nobody takes the place of the one that dies over the last task.
    assert_eq!(run(&[0, 1, 3], Dispatch::Pool), None);
}

#[test]
fn what_was_cancelled_before_it_began_leaves_nothing() {
    let mortal = Mortal::default();
    let bench = Bench::new(1, &Log::default());
    bench.0.cancel();
    let finished = block_on(async {
        let row = row(2, Dispatch::Pool, Handing::Single);
        let mut crew = Isolated::new(&bench, &mortal, &row).await.expect("peers");
        crew.spread(vec![Task { id: 0, work: Work::Crash { after_ms: None } }]).await
    });
    assert_eq!(finished, []);
}
