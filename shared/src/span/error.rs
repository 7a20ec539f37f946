//! Why a task failed.

use serde::{Deserialize, Serialize};

use crate::named::named;

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
    /// An answer was not there in time.
    Timeout,
    /// It took longer than a task may take, and its run was ended with it.
    TooLong,
    /// An address that is none.
    Address,
    /// The name of the server could not be resolved.
    Dns,
    /// No connection to the server could be made.
    Connect,
    /// The connection broke, or what came through it was no HTTP. In a browser, which does not tell,
    /// also what would be `dns`, `connect` or `redirect` natively, and a server that does not allow
    /// pages of other origins.
    Network,
    /// The body ended before its end.
    Body,
    /// Too many redirects.
    Redirect,
    /// A status that is no success.
    Status,
    /// The answer came over another protocol than was asked for.
    Protocol,
    /// A file name that would leave its folder.
    FileName,
    /// The disk, or the browser's quota, is full.
    DiskFull,
    /// A file could not be created or written for another reason.
    File,
}
named!(ErrorKind "kind of failure":
    Cancelled = "cancelled", WorkerDied = "worker-died", Panicked = "panicked", Setup = "setup", Timeout = "timeout",
    TooLong = "too-long",
    Address = "address", Dns = "dns", Connect = "connect", Network = "network", Body = "body", Redirect = "redirect",
    Status = "status", Protocol = "protocol", FileName = "file-name", DiskFull = "disk-full", File = "file",
);

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
