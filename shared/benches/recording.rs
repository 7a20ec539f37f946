//! What recording costs: tasks that are noted, on the board and as spans with times, in turn with the same tasks that are
//! not. `cargo bench -p parlab-shared --bench recording`.

#![allow(clippy::disallowed_methods, clippy::print_stdout, missing_docs)] // A bench reads the clock and prints.

use std::convert::Infallible;
use std::time::Instant;

use futures::executor::block_on;
use parlab_shared::costs::Costs;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::host::{Host, HttpRequest, HttpResponse, TakeChunk};
use parlab_shared::measure::{Board, Station, work};
use parlab_shared::span::TaskError;
use parlab_shared::statistics::{Interval, median, paired_ratio};
use parlab_shared::task::{Task, perform};
use parlab_shared::workload::{Count, Setting, Workload};

/// Pairs of runs, some milliseconds each: what slows the machine down for longer slows both of a pair.
const PAIRS: usize = 501;

fn main() {
    println!("task              without recording   recording adds, median of {PAIRS} pairs (95 % interval)");
    for (n, tasks) in [(10_000, 1000), (100_000, 100), (1_000_000, 10)] {
        let workload = Workload::Count(Count { tasks, n });
        let tasks = workload.waves(Setting { target: "", seed: 1 }).next(&[]).expect("a wave");
        // The first pair warms up.
        let pairs: Vec<(f64, f64)> = (0..=PAIRS).map(|pair| one_pair(&tasks, pair % 2 == 0)).skip(1).collect();
        let bare_us: Vec<f64> = pairs.iter().map(|(_, bare_us)| bare_us / tasks.len() as f64).collect();
        let bare_us = median(&bare_us).expect("times");
        let estimate = paired_ratio(&pairs).expect("times");
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        let Interval { low, high, .. } = estimate.interval.expect("enough pairs");
        let [added, low, high] = [estimate.ratio, low, high].map(percent);
        println!("sum to {n:<9}  {bare_us:>14.1} µs   {added:.2} % ({low:.2} to {high:.2})");
    }
}

/// Microseconds with recording and without, one run after the other.
fn one_pair(tasks: &[Task], with_first: bool) -> (f64, f64) {
    let (with, without) = (|| time(tasks, recorded), || time(tasks, bare));
    if with_first {
        let first = with();
        (first, without())
    } else {
        let first = without();
        (with(), first)
    }
}

fn time(tasks: &[Task], run: fn(&[Task], &Bench) -> usize) -> f64 {
    let board = Board::new(tasks.len() as u32, 0);
    let bench = Bench { board, dictionary: Dictionary::new(None, 0), base: Instant::now() };
    let begun = Instant::now();
    assert_eq!(run(tasks, &bench), tasks.len());
    begun.elapsed().as_secs_f64() * 1e6
}

/// What a worker does: each task is on the board while it runs, and leaves a span.
fn recorded(tasks: &[Task], bench: &Bench) -> usize {
    let mut finished = Vec::with_capacity(tasks.len());
    finished.extend(tasks.iter().map(|task| block_on(work(task, 0.0, 0, &bench))));
    finished.into_iter().filter(|task| task.span.error.is_none()).count()
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

impl Host for &Bench {
    type File = Infallible;

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

    async fn create_file(&self, _: &str) -> Result<Infallible, TaskError> {
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

    fn take_costs(&self) -> Costs {
        Costs::default()
    }
}
