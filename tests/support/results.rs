//! What tasks left behind, and the rows that have to leave the same.

use parlab_shared::run::Run;
use parlab_shared::span::{ErrorKind, Span};

/// Every strategy that can carry waiting work out, in pools and per task.
pub const EVERY: [&[&str]; 2] = [
    &["-s", "sequential,async,threads,processes", "-w", "1,3"],
    &["-s", "threads,processes", "-w", "3", "--dispatch", "per-task"],
];

/// A single run of each row.
pub const ONCE: [&str; 4] = ["--runs", "1", "--warmup", "0"];

/// What a task left behind, as far as it has to be equal: number, bytes, checksum, kind of failure.
pub type Left = (u32, u64, Option<String>, Option<ErrorKind>);

/// What each task left behind.
pub fn results(run: &Run) -> Vec<Left> {
    let left = |span: &Span| {
        let checksum = span.checksum.map(|checksum| checksum.to_string());
        (span.task, span.bytes, checksum, span.error.as_ref().map(|error| error.kind))
    };
    run.spans.iter().map(left).collect()
}

/// The same of a run in which none failed.
#[track_caller]
pub fn good_results(run: &Run) -> Vec<Left> {
    let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
    assert!(errors.is_empty(), "{} × {} {}: {errors:?}", run.row.strategy, run.row.workers, run.row.dispatch);
    results(run)
}
