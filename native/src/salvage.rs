//! What is known of a run that a process did not carry out to its end.

use std::collections::HashSet;

use parlab_shared::measure::{Board, end_with, failed};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::strategy::Mechanism;

/// What stands on the board of a run whose process is gone, for a reason. If the run was not cancelled, a task has failed of
/// that at least; of tasks that took longer than they may, that is the reason.
pub fn salvage(
    run: &RunSpec,
    mechanism: Mechanism,
    board: &Board,
    reason: &str,
    now_ms: f64,
    cancelled: bool,
) -> Execution {
    let too_long = if cancelled { Vec::new() } else { board.begun_before(now_ms - run.task_limit_ms as f64) };
    let is_lost = !cancelled && too_long.is_empty();
    if is_lost {
        // On an event loop all tasks have the same worker.
        let workers = run.row.strategy.effective_workers(run.row.workers);
        (0..workers).for_each(|worker| board.fatal(worker, None, now_ms));
    }
    let mut spans = board.snapshot().spans(reason);
    let is_told = spans.iter().flat_map(|span| &span.error).any(|error| error.kind == ErrorKind::WorkerDied);
    if is_lost && !is_told {
        // It died before the first task, or between two tasks: the next one is lost, or if there is none, the last.
        let kind = if spans.is_empty() { ErrorKind::Setup } else { ErrorKind::WorkerDied };
        let ended: HashSet<u32> = spans.iter().map(|span| span.task).collect();
        let lost = (0..board.tasks()).find(|task| !ended.contains(task)).unwrap_or(board.tasks() - 1);
        spans.retain(|span| span.task != lost);
        spans.push(failed(lost, 0, [now_ms; 3], TaskError::new(kind, reason)).span);
    }
    let queued = spans.iter().map(|span| span.queued_ms).chain(too_long.iter().map(|begun| begun.queued_ms));
    let began_ms = queued.fold(now_ms, f64::min);
    let mut execution =
        Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms: now_ms - began_ms, costs: None, spans };
    execution.rebase();
    if !too_long.is_empty() {
        end_with(&mut execution, &too_long, run.task_limit_ms);
    }
    execution
}
