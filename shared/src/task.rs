//! Tasks, and the one place where their work is done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::workload::{count, countdown, mandelbrot};

/// The unit of work that a worker takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Position in the run, from 0.
    pub id: u32,
    /// What to do.
    pub work: Work,
}

/// What one task does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Add up 0..n.
    Count {
        /// How many numbers.
        n: u64,
    },
    /// Count from n down to 0.
    Countdown {
        /// Where to begin.
        n: u64,
    },
    /// Add up 0..=n.
    Sum {
        /// The last number.
        n: u64,
    },
    /// Draw one tile of the Mandelbrot set.
    Tile(mandelbrot::Tile),
    /// Panic: kills the worker where a worker can be killed.
    Crash,
}

impl Work {
    /// How many bytes of output the work leaves, to be reserved before the clock starts.
    pub fn output_bytes(&self) -> usize {
        match self {
            Work::Tile(tile) => tile.pixels(),
            _ => 0,
        }
    }
}

/// What a task that succeeded leaves behind, besides its output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Bytes that were read, written or received.
    pub bytes: u64,
    /// A digest of the result that is equal on every platform.
    pub checksum: u64,
    /// Named parts of the task's time, in milliseconds.
    pub phases: BTreeMap<String, f64>,
}

/// Why a task failed: data, so that failures can be counted by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{kind}: {message}")]
pub struct TaskError {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// What happened, for a human.
    pub message: String,
}

/// The kinds of failure that a task can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The run was cancelled while, or before, the task ran.
    Cancelled,
    /// The worker that had the task died.
    WorkerDied,
    /// The task panicked and its worker lives on.
    Panicked,
    /// The workers could not be made.
    Setup,
}

impl std::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::WorkerDied => "worker-died",
            ErrorKind::Panicked => "panicked",
            ErrorKind::Setup => "setup",
        })
    }
}

impl TaskError {
    /// An error of a kind with its reason.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The run was cancelled.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the run was cancelled")
    }
}

/// Does the work of one task: the only place where that happens, on every platform.
///
/// `output` has [`Work::output_bytes`] reserved, so that nothing is allocated while the clock runs.
/// The future of CPU work never waits: it is ready the first time that it is polled.
///
/// # Errors
/// What the work failed with; [`ErrorKind::Cancelled`] if the host says so between two chunks.
pub async fn perform<H: Host>(task: &Task, host: &H, output: &mut Vec<u8>) -> Result<Outcome, TaskError> {
    let go_on = || !host.cancelled();
    let checksum = match &task.work {
        Work::Count { n } => count::count(*n, go_on),
        Work::Countdown { n } => countdown::countdown(*n, go_on),
        Work::Sum { n } => count::sum(*n, go_on),
        Work::Tile(tile) => mandelbrot::draw(tile, output, go_on),
        #[expect(clippy::panic, reason = "this work exists to panic")]
        Work::Crash => panic!("this task panics on purpose"),
    }
    .ok_or_else(TaskError::cancelled)?;
    Ok(Outcome { bytes: output.len() as u64, checksum, ..Outcome::default() })
}
