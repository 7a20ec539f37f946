//! The bytes of a board, as whoever is not at work on it reads them: they may be a copy, of a dead run, or no board's at all.

use serde::{Deserialize, Serialize};

use super::{FAILED, FINISHED, HEADER, LANES, SIDE, SLOT, TASKS, TaskState, lane};
use crate::span::{Checksum, ErrorKind, Span, TaskError};

/// How many tasks of a run are over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tasks that are over, well or not.
    pub finished: u32,
    /// Tasks that ended with an error.
    pub failed: u32,
}

impl Counts {
    /// Reads the beginning of a board's bytes; zeros, if it is none.
    pub fn decode(header: &[u8]) -> Self {
        let count = |what| (0..LANES).filter_map(|at| word(header, lane(at) + what)).fold(0, u32::wrapping_add);
        let failed = count(FAILED);
        Self { finished: count(FINISHED), failed }
    }
}

/// What a board said at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// One entry per task, in order.
    pub slots: Vec<Slot>,
    /// Tasks that are over.
    pub finished: u32,
    /// Tasks that ended with an error.
    pub failed: u32,
    /// Pixels along one side of the picture; 0 if there is none.
    pub side: u32,
    /// The picture, a byte per pixel.
    pub picture: Vec<u8>,
}

/// The tasks in the bytes of a board, each read when it is asked for: of many, only some are looked at in one moment.
#[derive(Clone, Copy, Debug)]
pub struct Slots<'a>(&'a [u8]);

impl<'a> Slots<'a> {
    /// The tasks of a board; `None` if the bytes are none.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let tasks = word(bytes, TASKS)? as usize;
        let end = tasks.checked_mul(SLOT)?.checked_add(HEADER)?.checked_mul(4)?;
        (end <= bytes.len()).then_some(Self(bytes))
    }

    /// How many there are.
    pub fn len(self) -> usize {
        word(self.0, TASKS).map_or(0, |tasks| tasks as usize)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How far a task is.
    pub fn state(self, task: usize) -> TaskState {
        TaskState::from_word(word(self.0, HEADER + SLOT * task).unwrap_or_default())
    }

    /// What the board says of a task; `None` if it has no such task.
    pub fn get(self, task: usize) -> Option<Slot> {
        if task >= self.len() {
            return None;
        }
        let word = |at: usize| word(self.0, at);
        let wide = |at: usize| Some(u64::from(word(at)?) | u64::from(word(at + 1)?) << 32);
        let at = HEADER + SLOT * task;
        Some(Slot {
            state: self.state(task),
            worker: word(at + 1)?,
            queued_ms: f64::from_bits(wide(at + 2)?),
            start_ms: f64::from_bits(wide(at + 4)?),
            end_ms: f64::from_bits(wide(at + 6)?),
            checksum: wide(at + 8)?,
            bytes: wide(at + 10)?,
        })
    }
}

/// A word of a board's bytes.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at * 4..at * 4 + 4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// A task that was begun and is not over. Times are on the clock of whoever noted them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Begun {
    /// The task, from 0.
    pub task: u32,
    /// Who has it, from 0.
    pub worker: u32,
    /// When it could first be taken, in milliseconds.
    pub queued_ms: f64,
    /// When it was begun.
    pub start_ms: f64,
}

/// What a board said of one task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// How far it was.
    pub state: TaskState,
    /// The number of the worker that had it, from 0.
    pub worker: u32,
    /// When it could first be taken, in milliseconds since the run's base.
    pub queued_ms: f64,
    /// When it was taken.
    pub start_ms: f64,
    /// When it ended; 0 while it runs.
    pub end_ms: f64,
    /// Its checksum, once done.
    pub checksum: u64,
    /// Its bytes, once done.
    pub bytes: u64,
}

impl Snapshot {
    /// Reads the bytes of a board; `None` if they are not one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let slots = Slots::of(bytes)?;
        let side = word(bytes, SIDE)?;
        let Counts { finished, failed } = Counts::decode(bytes);
        let picture_at = (HEADER + SLOT * slots.len()) * 4;
        let pixels = (side as usize).checked_mul(side as usize)?;
        Some(Self {
            slots: (0..slots.len()).map(|task| slots.get(task)).collect::<Option<_>>()?,
            finished,
            failed,
            side,
            picture: bytes.get(picture_at..picture_at.checked_add(pixels)?)?.to_vec(),
        })
    }

    /// Tasks that were begun before a time, in milliseconds, and are not over.
    pub fn begun_before(&self, ms: f64) -> Vec<Begun> {
        let begun = |(task, slot): (u32, &Slot)| {
            let Slot { worker, queued_ms, start_ms, .. } = *slot;
            let is_late = slot.state == TaskState::Running && start_ms < ms;
            is_late.then_some(Begun { task, worker, queued_ms, start_ms })
        };
        (0..).zip(&self.slots).filter_map(begun).collect()
    }

    /// The spans of the tasks that ended by themselves, and of those that took their worker with
    /// them, which died of `reason`; tasks that were waiting or running leave nothing.
    pub fn spans(&self, reason: &str) -> Vec<Span> {
        let ended = self.slots.iter().zip(0..).filter_map(|(slot, task)| {
            let error = match slot.state {
                TaskState::Waiting | TaskState::Running => return None,
                TaskState::Done => None,
                TaskState::Failed => Some(TaskError::new(ErrorKind::Panicked, "the task failed; its reason is lost")),
                TaskState::Fatal => Some(TaskError::new(ErrorKind::WorkerDied, reason)),
            };
            Some(Span {
                task,
                worker: slot.worker,
                queued_ms: slot.queued_ms,
                start_ms: slot.start_ms,
                end_ms: slot.end_ms,
                bytes: slot.bytes,
                checksum: error.is_none().then_some(Checksum(slot.checksum)),
                error,
                phases: Default::default(),
            })
        });
        ended.collect()
    }
}
