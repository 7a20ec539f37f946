//! What recording costs: tasks that are noted, on the board and as spans with times, in turn with the same tasks that are
//! not. `cargo bench -p parlab-shared --bench recording`.

#![allow(clippy::disallowed_methods, clippy::print_stdout, missing_docs)] // A bench reads the clock and prints.

use std::time::Instant;

use futures::executor::block_on;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::host::{FileWriter, Host, HttpRequest, HttpResponse, TakeChunk};
use parlab_shared::measure::{Board, Station, work};
use parlab_shared::task::{Task, TaskError, perform};
use parlab_shared::workload::{Setting, Workload};

/// Pairs; the one before them does not count.
const PAIRS: usize = 31;
/// Tasks of a run.
const TASKS: u32 = 1000;

fn main() {
    println!(
        "task              recording costs per task   share of the task, median (smallest to largest) of {PAIRS} pairs"
    );
    for (name, n) in [("sum to 10,000", 10_000), ("sum to 100,000", 100_000), ("sum to 1,000,000", 1_000_000)] {
        let workload = Workload::Count { tasks: TASKS, n };
        let tasks = workload.waves(Setting { target: "", seed: 1 }).next(&[]).expect("a wave");
        let mut pairs: Vec<(f64, f64)> = (0..=PAIRS).map(|pair| one_pair(&tasks, pair % 2 == 0)).skip(1).collect();
        pairs.sort_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)));
        let share = |(with, without): (f64, f64)| (with / without - 1.0) * 100.0;
        let (with, without) = pairs[PAIRS / 2];
        println!(
            "{name:<16}  {:>8.0} ns of {:>9.0} ns   {:.2} % ({:.2} to {:.2})",
            (with - without) / f64::from(TASKS),
            without / f64::from(TASKS),
            share(pairs[PAIRS / 2]),
            share(pairs[0]),
            share(pairs[PAIRS - 1]),
        );
    }
}

/// Nanoseconds with recording and without, one run after the other.
fn one_pair(tasks: &[Task], with_first: bool) -> (f64, f64) {
    let (with, without) = (|| time(|bench| recorded(tasks, bench)), || time(|bench| bare(tasks, bench)));
    if with_first {
        let first = with();
        (first, without())
    } else {
        let first = without();
        (with(), first)
    }
}

fn time(run: impl FnOnce(&Bench) -> usize) -> f64 {
    let bench = Bench { board: Board::new(TASKS, 0), dictionary: Dictionary::new(None, 0), base: Instant::now() };
    let begun = Instant::now();
    assert_eq!(run(&bench), TASKS as usize);
    begun.elapsed().as_secs_f64() * 1e9
}

/// What a worker does: each task is on the board while it runs, and leaves a span.
fn recorded(tasks: &[Task], bench: &Bench) -> usize {
    let mut finished = Vec::with_capacity(tasks.len());
    finished.extend(tasks.iter().map(|task| block_on(work(task, 0.0, 0, &bench))));
    finished.into_iter().filter(|one| one.span.error.is_none()).count()
}

/// The same tasks, and nothing else.
fn bare(tasks: &[Task], bench: &Bench) -> usize {
    let results = tasks.iter().map(|task| block_on(perform(task, &bench, &mut task.work.prepare())));
    results.filter(Result::is_ok).count()
}

/// A place to compute at.
struct Bench {
    board: Board,
    dictionary: Dictionary,
    base: Instant,
}

/// There are no files here.
enum Never {}

impl FileWriter for Never {
    fn write(&mut self, _: &[u8]) -> Result<(), TaskError> {
        match *self {}
    }

    fn flush(&mut self) -> Result<(), TaskError> {
        match *self {}
    }
}

impl Host for &Bench {
    type File = Never;

    fn now_ms(&self) -> f64 {
        self.base.elapsed().as_secs_f64() * 1e3
    }

    fn cancelled(&self) -> bool {
        self.board.cancelled()
    }

    fn worker(&self) -> u32 {
        0
    }

    fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    async fn sleep_ms(&self, _: f64) {}

    async fn http(&self, _: &HttpRequest, _: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
        Err(TaskError::cancelled())
    }

    async fn create_file(&self, _: &str) -> Result<Never, TaskError> {
        Err(TaskError::cancelled())
    }
}

impl Station for &Bench {
    fn board(&self) -> &Board {
        &self.board
    }

    async fn until_cancelled(&self) {
        std::future::pending().await
    }
}
