//! `operation`: one step of those that parallelism is made of, over and over: what a task, a message, a lock costs.

use std::hint::black_box;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::write::Payload;
use super::{Cost, Model, Nature, OutOfRange, Setting, Waves, post};
use crate::kernels::contend::{count_at_once, count_locked};
use crate::named::named;
use crate::task::Work;

/// The most times that a task repeats an operation.
const TIMES_MAX: u64 = 1 << 32;
/// The longest message, in bytes: it lies in memory several times, and memories end at a gigabyte in browsers.
const LENGTH_MAX: u64 = 64_000_000;
/// Repetitions between two looks at whether somebody still waits.
const CHUNK: u64 = 1 << 12;

/// What `operation` is.
pub(super) static ENTRY: Entry = Entry {
    name: "operation",
    about: "one operation over and over: nothing, a clock reading, an atomic addition, a lock, a fork-join, a message, a \
            request",
    size: Some(Size { name: "times", means: "operations per task" }),
    in_python: false,
    writes_files: false,
    finds_tasks: false,
};

/// What is done over and over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OperationKind {
    /// Nothing: what a task costs that does nothing, or whatever is made for it.
    #[default]
    Nothing,
    /// The clock is read with which tasks are timed.
    Clock,
    /// One is added to a number that all workers of a memory share.
    Atomic,
    /// A lock is taken that all workers of a memory share, and given back.
    Lock,
    /// Two functions that do nothing are handed to a pool (`rayon::join`); both are called in turn where there is no pool.
    ForkJoin,
    /// A task is given so many bytes. Who shares a memory is told where they are; others get a copy.
    Message,
    /// The same, but what arrives in a browser's worker is taken from whoever sent it instead of copied.
    Transfer,
    /// The target is asked for a small answer.
    Request,
}
named!(OperationKind "operation":
    Nothing = "nothing", Clock = "clock", Atomic = "atomic", Lock = "lock", ForkJoin = "fork-join", Message = "message",
    Transfer = "transfer", Request = "request");

/// One operation over and over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Operation {
    /// Tasks per run.
    pub tasks: u32,
    /// What is done.
    pub operation: OperationKind,
    /// How many times each task does it.
    pub times: u64,
    /// Length of each message, in bytes.
    pub payload: u64,
}

impl OperationKind {
    /// What tasks repeat of it; `None` if the task itself is the operation.
    fn repeated(self) -> Option<Repeated> {
        match self {
            Self::Clock => Some(Repeated::Clock),
            Self::Atomic => Some(Repeated::Atomic),
            Self::Lock => Some(Repeated::Lock),
            Self::ForkJoin => Some(Repeated::ForkJoin),
            Self::Nothing | Self::Message | Self::Transfer | Self::Request => None,
        }
    }

    fn is_message(self) -> bool {
        matches!(self, Self::Message | Self::Transfer)
    }
}

/// What the target does to a request: it answers at once.
fn at_once() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(Model::default)
}

impl Operation {
    /// How many operations a run of it does.
    pub fn operations(&self) -> f64 {
        f64::from(self.tasks) * self.times as f64
    }
}

impl Definition for Operation {
    fn cost(&self) -> Cost {
        match self.operation {
            OperationKind::Request => Cost::Request { computing: 0.0 },
            // What it costs is what is measured.
            _ => Cost::Unknown,
        }
    }

    fn nature(&self) -> Nature {
        match self.operation {
            OperationKind::Request => Nature::Waits,
            _ => Nature::Computes,
        }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let Self { tasks, operation, times, payload } = *self;
        let message = |is_given| Work::Message { bytes: Payload::zeros(payload), is_given };
        let work = match (operation.repeated(), operation) {
            (Some(what), _) => Work::Repeat { what, times },
            (None, OperationKind::Message) => message(false),
            (None, OperationKind::Transfer) => message(true),
            (None, OperationKind::Request) => {
                return Waves::once((0..tasks).map(move |id| Work::Post {
                    url: post::echo(id, setting, at_once()),
                    json: post::json(id),
                    protocol: None,
                }));
            }
            (None, _) => Work::Count { n: 0 },
        };
        Waves::once((0..tasks).map(|_| work.clone()))
    }

    fn model(&self) -> Option<&Model> {
        (self.operation == OperationKind::Request).then(at_once)
    }

    fn is_message(&self) -> bool {
        self.operation.is_message()
    }

    fn is_transferred(&self) -> bool {
        self.operation == OperationKind::Transfer
    }
}

impl Parameters for Operation {
    fn size(&self) -> Option<u64> {
        Some(self.times)
    }

    fn set_size(&mut self, size: u64) {
        self.times = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        let once = "each task is one such operation; only clock, atomic, lock and fork-join are repeated within a task";
        let most = if self.operation.repeated().is_some() { TIMES_MAX } else { 1 };
        within("times", self.times, 1, TIMES_MAX, "a task would not come to an end")?;
        within("times", self.times, 1, most, once)?;
        let most = if self.operation.is_message() { LENGTH_MAX } else { 0 };
        within("payload", self.payload, 0, LENGTH_MAX, "a message has 64 MB at most")?;
        within("payload", self.payload, 0, most, "only the operations message and transfer have a length")
    }
}

/// What a task does over and over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeated {
    /// See [`OperationKind::Clock`].
    Clock,
    /// See [`OperationKind::Atomic`].
    Atomic,
    /// See [`OperationKind::Lock`].
    Lock,
    /// See [`OperationKind::ForkJoin`].
    ForkJoin,
}

/// Does something so many times, and returns how many; `None` if `go_on` said no in between.
pub fn repeat(what: Repeated, times: u64, now_ms: impl Fn() -> f64, go_on: impl Fn() -> bool) -> Option<u64> {
    let mut left = times;
    while left > 0 {
        if !go_on() {
            return None;
        }
        let chunk = left.min(CHUNK);
        match what {
            Repeated::Clock => read_clock(chunk, &now_ms),
            Repeated::Atomic => count_at_once(chunk),
            Repeated::Lock => count_locked(chunk),
            Repeated::ForkJoin => fork_and_join(chunk),
        }
        left -= chunk;
    }
    Some(times)
}

fn read_clock(times: u64, now_ms: impl Fn() -> f64) {
    for _ in 0..times {
        black_box(now_ms());
    }
}

fn fork_and_join(times: u64) {
    // Outside of a pool rayon would start one of its own.
    let has_pool = rayon::current_thread_index().is_some();
    for part in 0..times {
        let nothing = || black_box(part);
        if has_pool {
            rayon::join(nothing, nothing);
        } else {
            nothing();
            nothing();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_done_as_often_as_asked() {
        for what in [Repeated::Clock, Repeated::Atomic, Repeated::Lock, Repeated::ForkJoin] {
            assert_eq!(repeat(what, CHUNK + 3, || 0.0, || true), Some(CHUNK + 3));
            assert_eq!(repeat(what, 1, || 0.0, || false), None);
        }
    }

    #[test]
    fn what_means_nothing_for_an_operation_is_refused() {
        let of = |operation, times, payload| Operation { tasks: 1, operation, times, payload }.check();
        for kind in OperationKind::ALL {
            assert_eq!(of(*kind, 2, 0).is_ok(), kind.repeated().is_some(), "{kind}");
            assert_eq!(of(*kind, 1, 5).is_ok(), kind.is_message(), "{kind}");
            assert!(of(*kind, 1, 0).is_ok() && of(*kind, 0, 0).is_err(), "{kind}");
        }
        assert!(of(OperationKind::Message, 1, LENGTH_MAX + 1).is_err());
    }
}
