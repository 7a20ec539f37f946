//! What a worker does with one task, on every platform and under every strategy.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use futures::FutureExt;

use super::Station;
use crate::span::{Checksum, ErrorKind, Span, TaskError, phase};
use crate::task::{Finished, Outcome, Task, perform};

/// Performs one task and notes it on the board.
///
/// `queued_ms` is when the task could first have been taken. A panic is caught where the
/// platform can unwind; elsewhere it ends the worker, and whoever made the worker notices.
pub async fn work<S: Station>(task: &Task, queued_ms: f64, worker: u32, station: &S) -> Finished {
    let board = station.board();
    let mut scratch = task.work.prepare();
    let start_ms = station.now_ms();
    board.start(task.id, worker, queued_ms, start_ms);
    let performed = AssertUnwindSafe(perform(task, station, &mut scratch)).catch_unwind();
    let ((result, end_ms), locked_ms) = at_hand(task.id, worker, station, performed).await;
    let result = result.unwrap_or_else(|panic| Err(TaskError::new(ErrorKind::Panicked, panic_message(panic.as_ref()))));
    let mut finished = finish(task.id, worker, [queued_ms, start_ms, end_ms], result, scratch.output);
    finished.span.phases.extend(locked_ms.map(|ms| (phase::LOCK.to_owned(), ms)));
    board.end(task, &finished);
    finished
}

std::thread_local! {
    static AT_HAND: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Awaits a future of a task; it is at hand whenever that is polled, and then its worker has the run's lock, if there is one.
/// Also returns when it was over, and how long it waited for that lock, in milliseconds; `None` without one.
async fn at_hand<F: Future>(
    task: u32,
    worker: u32,
    station: &impl Station,
    future: F,
) -> ((F::Output, f64), Option<f64>) {
    let (mut future, mut locked_ms) = (pin!(future), None);
    let output = poll_fn(|context| {
        AT_HAND.set(Some(task));
        let turn = station.board().turn(worker);
        // It is over before another has the lock.
        let polled = future.as_mut().poll(context).map(|output| (output, station.now_ms()));
        if let Some(turn) = turn {
            *locked_ms.get_or_insert_default() += turn.end();
        }
        AT_HAND.set(None);
        polled
    })
    .await;
    (output, locked_ms)
}

/// The task that this thread executes at this very moment. Of those in flight on an event loop it is the one that
/// panics, if one does.
pub fn task_at_hand() -> Option<u32> {
    AT_HAND.get()
}

/// A task that never came to an end of its own: its worker died, or it was cancelled.
pub fn failed(task: u32, worker: u32, times_ms: [f64; 3], error: TaskError) -> Finished {
    finish(task, worker, times_ms, Err(error), Vec::new())
}

fn finish(
    task: u32,
    worker: u32,
    [queued_ms, start_ms, end_ms]: [f64; 3],
    result: Result<Outcome, TaskError>,
    output: Vec<u8>,
) -> Finished {
    let (outcome, error) = match result {
        Ok(outcome) => (outcome, None),
        Err(error) => (Outcome::default(), Some(error)),
    };
    let checksum = error.is_none().then_some(Checksum(outcome.checksum));
    let (bytes, phases) = (outcome.bytes, outcome.phases);
    Finished { span: Span { task, worker, queued_ms, start_ms, end_ms, bytes, checksum, error, phases }, output }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the task panicked: {}", text.unwrap_or("no message"))
}
