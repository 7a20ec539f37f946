//! The board: what is known of a run while it goes on.
//!
//! One block of memory, allocated before the clock starts, in which workers note what they begin
//! and end. Whoever shows progress reads it without asking anyone: natively another thread, in the
//! browser the page, which sees the same bytes through shared memory (or, where there is none, as
//! a copy in a message). It is also what can be saved of a run whose worker died.
//!
//! Layout, in little-endian 32-bit words: [`HEADER`] words of header, [`SLOT`] words per task, then
//! the picture, a byte per pixel.

mod bytes;

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::atomic::Ordering;

use super::lock::{CANCELLED, GlobalLock, Turn};
use crate::span::Checksum;
use crate::sync::{AtomicU32, IS_MODEL};
use crate::task::{Finished, Task, Work};
use crate::way::Lock;

pub use bytes::{Begun, Counts, Slot, Slots, Snapshot};

/// Words in the header: flags, tasks, side of the picture; then how many tasks are finished and failed, in [`LANES`] that
/// are far from each other: workers count at once, and what one of them writes, others need not fetch again.
const HEADER: usize = LANE * (LANES + 1);
/// [`CANCELLED`] is one of them, which whoever cannot call [`Board::cancel`] may set alone.
const FLAGS: usize = 0;
const TASKS: usize = 1;
const SIDE: usize = 2;
/// Words from one lane to the next: two lines of a cache, since processors fetch lines in pairs.
const LANE: usize = if IS_MODEL { 4 } else { 32 };
/// So many workers count each by itself; of more, some share a lane.
const LANES: usize = if IS_MODEL { 1 } else { 16 };
/// In a lane. A task is counted as over before it is counted as failed, and both are read the other way round, so that never
/// more have failed than are over.
const FAILED: usize = 0;
const FINISHED: usize = 1;

/// So many bytes at the beginning of a board say how many tasks are over, to [`Counts::decode`].
pub const HEADER_BYTES: usize = HEADER * 4;

/// Words per task: state, worker, then queued, start, end (f64), checksum, bytes (u64), low half first.
const SLOT: usize = 12;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum TaskState {
    /// Nobody has taken it.
    Waiting = 0,
    /// A worker is at it.
    Running = 1,
    /// It ended well.
    Done = 2,
    /// It ended with an error.
    Failed = 3,
    /// Its worker died over it.
    Fatal = 4,
}

impl TaskState {
    fn from_word(word: u32) -> Self {
        match word {
            1 => Self::Running,
            2 => Self::Done,
            3 => Self::Failed,
            4 => Self::Fatal,
            _ => Self::Waiting,
        }
    }
}

/// Memory that is not this process's own, in which a board can lie.
pub trait Memory: AsRef<[AtomicU32]> + Debug + Send + Sync {}

impl<T: AsRef<[AtomicU32]> + Debug + Send + Sync> Memory for T {}

/// Where a board lies.
#[derive(Debug)]
enum Words {
    Own(Box<[AtomicU32]>),
    Elsewhere(Box<dyn Memory>),
}

impl Deref for Words {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        match self {
            Self::Own(words) => words,
            Self::Elsewhere(memory) => (**memory).as_ref(),
        }
    }
}

/// The live state of one run, written by its workers.
#[derive(Debug)]
pub struct Board {
    words: Words,
    /// What whoever computes has to have, if there is such a lock.
    lock: Option<GlobalLock>,
}

impl Board {
    /// A board for `tasks` tasks and a picture of `side` × `side` pixels (0 for none).
    pub fn new(tasks: u32, side: u32) -> Self {
        let words = Self::words(tasks, side);
        Self { words: Words::Own((0..words).map(|_| AtomicU32::new(0)).collect()), lock: None }.laid_out(tasks, side)
    }

    /// How many words of memory such a board takes.
    pub fn words(tasks: u32, side: u32) -> usize {
        HEADER + SLOT * tasks as usize + (side as usize * side as usize).div_ceil(4)
    }

    /// The same in memory that other processes see. It is all zeros, and has as many words as the board takes.
    pub fn new_in(memory: impl Memory + 'static, tasks: u32, side: u32) -> Self {
        Self { words: Words::Elsewhere(Box::new(memory)), lock: None }.laid_out(tasks, side)
    }

    /// The board that another process made in memory; `None` if there is none.
    pub fn found_in(memory: impl Memory + 'static) -> Option<Self> {
        let words = memory.as_ref();
        let [tasks, side] = [TASKS, SIDE].map(|at| words.get(at).map(|word| word.load(Ordering::Relaxed)));
        let is_whole = words.len() >= Self::words(tasks?, side?);
        is_whole.then(|| Self { words: Words::Elsewhere(Box::new(memory)), lock: None })
    }

    fn laid_out(self, tasks: u32, side: u32) -> Self {
        self.words[TASKS].store(tasks, Ordering::Relaxed);
        self.words[SIDE].store(side, Ordering::Relaxed);
        self
    }

    /// The same for a run whose threads share a lock, if they do. `now_ms` tells milliseconds on a monotonic clock that all of
    /// them read.
    #[must_use]
    pub fn under(self, lock: Lock, now_ms: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        let lock = match lock {
            Lock::None => None,
            Lock::Gil => Some(GlobalLock::new(now_ms)),
        };
        Self { lock, ..self }
    }

    /// Where the board lies in memory and how many bytes it has, for a reader in another world.
    pub fn location(&self) -> (*const u8, usize) {
        (self.words.as_ptr().cast(), self.words.len() * 4)
    }

    /// Asks the run to stop: tasks that are not taken stay so, kernels stop after their chunk.
    pub fn cancel(&self) {
        self.words[FLAGS].fetch_or(CANCELLED, Ordering::Relaxed);
    }

    /// Whether the run was asked to stop. A task that asks is at a checkpoint: if its thread has the run's lock and others have
    /// waited for it long enough, they get it first.
    pub fn cancelled(&self) -> bool {
        match self.words[FLAGS].load(Ordering::Relaxed) {
            0 => false,
            _ => self.stops_after_giving_way(),
        }
    }

    #[cold]
    fn stops_after_giving_way(&self) -> bool {
        let flags = &self.words[FLAGS];
        if let Some(lock) = &self.lock {
            lock.give_way(flags);
        }
        flags.load(Ordering::Relaxed) & CANCELLED != 0
    }

    /// Has this thread, a worker of the run, wait for its turn at the run's lock, if there is one. It may compute until the
    /// turn ends.
    pub fn turn(&self, worker: u32) -> Option<Turn<'_>> {
        self.lock.as_ref()?.turn(worker, &self.words[FLAGS])
    }

    /// Has something done that may block this thread, which gives the run's lock back meanwhile, if it has one.
    pub fn blocking<T>(&self, call: impl FnOnce() -> T) -> T {
        match &self.lock {
            Some(lock) => lock.without(&self.words[FLAGS], call),
            None => call(),
        }
    }

    /// The run's lock.
    #[cfg(test)]
    pub(super) fn lock(&self) -> Option<&GlobalLock> {
        self.lock.as_ref()
    }

    /// A worker is dead: the run's lock is free, if that had it.
    pub fn died(&self, worker: u32) {
        if let Some(lock) = &self.lock {
            lock.left_by(worker);
        }
    }

    /// Tasks that the board has room for.
    pub fn tasks(&self) -> u32 {
        self.words[TASKS].load(Ordering::Relaxed)
    }

    /// Tasks that are over, well or not.
    pub fn finished(&self) -> u32 {
        self.count(FINISHED)
    }

    /// Tasks that ended with an error.
    pub fn failed(&self) -> u32 {
        self.count(FAILED)
    }

    /// A worker takes the task.
    pub fn start(&self, task: u32, worker: u32, queued_ms: f64, start_ms: f64) {
        let Some(slot) = self.slot(task) else { return };
        slot[1].store(worker, Ordering::Relaxed);
        store_u64(&slot[2..4], queued_ms.to_bits());
        store_u64(&slot[4..6], start_ms.to_bits());
        slot[0].store(TaskState::Running as u32, Ordering::Release);
    }

    /// The task is over. Notes also a task that was performed elsewhere and never started here.
    pub fn end(&self, task: &Task, finished: &Finished) {
        let span = &finished.span;
        let Some(slot) = self.slot(task.id) else {
            return;
        };
        slot[1].store(span.worker, Ordering::Relaxed);
        store_u64(&slot[2..4], span.queued_ms.to_bits());
        store_u64(&slot[4..6], span.start_ms.to_bits());
        store_u64(&slot[6..8], span.end_ms.to_bits());
        store_u64(&slot[8..10], span.checksum.map_or(0, |Checksum(value)| value));
        store_u64(&slot[10..12], span.bytes);
        if let Work::Tile(tile) = &task.work {
            let rows = finished.output.chunks_exact(tile.width as usize);
            for (pixels, y) in rows.zip(tile.y..) {
                self.draw(y as usize * tile.side as usize + tile.x as usize, pixels);
            }
        }
        let state = if span.error.is_some() { TaskState::Failed } else { TaskState::Done };
        slot[0].store(state as u32, Ordering::Release);
        // Whoever sees that it is counted sees what stands above.
        let lane = lane(span.worker as usize % LANES);
        self.words[lane + FINISHED].fetch_add(1, Ordering::Release);
        if span.error.is_some() {
            self.words[lane + FAILED].fetch_add(1, Ordering::Release);
        }
    }

    /// A worker is about to die: the last thing that it does. It takes the task at hand with it; if it has none, all
    /// that it has begun.
    pub fn fatal(&self, worker: u32, at_hand: Option<u32>, now_ms: f64) {
        let is_lost = |task, slot: &[AtomicU32]| match at_hand {
            Some(at_hand) => task == at_hand,
            None => slot[1].load(Ordering::Relaxed) == worker,
        };
        for (_, slot) in (0..).zip(self.slots()).filter(|(task, slot)| is_lost(*task, slot)) {
            if slot[0].load(Ordering::Acquire) == TaskState::Running as u32 {
                store_u64(&slot[6..8], now_ms.to_bits());
                slot[0].store(TaskState::Fatal as u32, Ordering::Release);
            }
        }
        self.died(worker);
    }

    /// Its bytes, as they are now.
    pub fn bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.load(Ordering::Acquire).to_le_bytes()).collect()
    }

    /// Shows what stands on another board of the same run, whose bytes these are. What is over is counted here: workers
    /// that note things without atomics leave that to the reader.
    pub fn mirror(&self, bytes: &[u8]) {
        let slots_end = HEADER + SLOT * self.tasks() as usize;
        let is_state = |at: usize| at < slots_end && (at - HEADER).is_multiple_of(SLOT);
        // Whoever sees how far a task is sees what belongs to that.
        for (are_states, order) in [(false, Ordering::Relaxed), (true, Ordering::Release)] {
            let places = (HEADER..self.words.len()).filter(|at| is_state(*at) == are_states);
            places.filter_map(|at| Some((at, bytes::word(bytes, at)?))).for_each(|(at, word)| {
                self.words[at].store(word, order);
            });
        }
        let in_state = |state: TaskState| {
            self.slots().filter(|slot| slot[0].load(Ordering::Relaxed) == state as u32).count() as u32
        };
        let failed = in_state(TaskState::Failed);
        self.tell(Counts { finished: failed + in_state(TaskState::Done), failed });
    }

    /// Shows how many tasks of the run are over elsewhere, where no more is known of them.
    pub fn tell(&self, counts: Counts) {
        for (at, counts) in (0..LANES).map(|at| (at, if at == 0 { counts } else { Counts::default() })) {
            self.words[lane(at) + FINISHED].store(counts.finished, Ordering::Release);
            self.words[lane(at) + FAILED].store(counts.failed, Ordering::Release);
        }
    }

    /// What all workers have counted.
    fn count(&self, what: usize) -> u32 {
        (0..LANES).map(|at| self.words[lane(at) + what].load(Ordering::Acquire)).sum()
    }

    /// What the board says now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::decode(&self.bytes()).expect("a board describes itself")
    }

    /// Tasks that were begun before a time, in milliseconds, and are not over.
    pub fn begun_before(&self, ms: f64) -> Vec<Begun> {
        let begun = |(task, slot): (u32, &[AtomicU32])| {
            let is_running = slot[0].load(Ordering::Acquire) == TaskState::Running as u32;
            let (queued_ms, start_ms) = (load_f64(&slot[2..4]), load_f64(&slot[4..6]));
            let worker = slot[1].load(Ordering::Relaxed);
            (is_running && start_ms < ms).then_some(Begun { task, worker, queued_ms, start_ms })
        };
        (0..).zip(self.slots()).filter_map(begun).collect()
    }

    fn slots(&self) -> impl Iterator<Item = &[AtomicU32]> {
        self.words[HEADER..].chunks_exact(SLOT).take(self.tasks() as usize)
    }

    fn slot(&self, task: u32) -> Option<&[AtomicU32]> {
        let at = HEADER + SLOT * task as usize;
        (task < self.tasks()).then(|| &self.words[at..at + SLOT])
    }

    /// Writes pixels from index `at` on. Two tiles can share a word: each changes only its own bytes.
    fn draw(&self, at: usize, pixels: &[u8]) {
        let picture = &self.words[HEADER + SLOT * self.tasks() as usize..];
        for (pixel, at) in pixels.iter().zip(at..) {
            picture[at / 4].fetch_or(u32::from(*pixel) << (8 * (at % 4)), Ordering::Relaxed);
        }
    }
}

/// Where a lane begins.
fn lane(at: usize) -> usize {
    LANE * (at + 1)
}

fn store_u64(pair: &[AtomicU32], value: u64) {
    pair[0].store(value as u32, Ordering::Relaxed);
    pair[1].store((value >> 32) as u32, Ordering::Relaxed);
}

fn load_f64(pair: &[AtomicU32]) -> f64 {
    let [low, high] = [&pair[0], &pair[1]].map(|word| u64::from(word.load(Ordering::Relaxed)));
    f64::from_bits(low | high << 32)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::measure::failed;
    use crate::span::{ErrorKind, TaskError};
    use crate::workload::mandelbrot::Tile;

    fn tile(id: u32, x: u32) -> Task {
        Task { id, work: Work::Tile(Tile { side: 3, x, y: 0, width: 1, height: 3, iterations: 5 }) }
    }

    fn done(task: u32, output: Vec<u8>) -> Finished {
        let mut finished = failed(task, 1, [0.5, 1.25, 2.5], TaskError::cancelled());
        finished.span.error = None;
        finished.span.checksum = Some(Checksum(0xfedc_ba98_7654_3210));
        finished.span.bytes = 1 << 40;
        Finished { output, ..finished }
    }

    #[test]
    fn what_is_noted_is_read_back() {
        let board = Board::new(3, 3);
        board.start(0, 1, 0.5, 1.25);
        assert_eq!(board.snapshot().slots[0].state, TaskState::Running);
        board.end(&tile(0, 0), &done(0, vec![1, 2, 3]));
        board.end(&tile(1, 2), &done(1, vec![7, 8, 9]));
        let snapshot = board.snapshot();
        let slot = snapshot.slots[0];
        assert_eq!((slot.state, slot.worker, slot.bytes), (TaskState::Done, 1, 1 << 40));
        assert_eq!((slot.queued_ms, slot.start_ms, slot.end_ms), (0.5, 1.25, 2.5));
        assert_eq!(snapshot.picture, [1, 0, 7, 2, 0, 8, 3, 0, 9]);
        assert_eq!((snapshot.finished, board.finished(), board.failed()), (2, 2, 0));
        assert_eq!(snapshot.spans("")[1], done(1, vec![]).span);
    }

    #[test]
    fn a_mirror_shows_tasks_and_counts_them_itself() {
        let (board, mirror) = (Board::new(2, 0), Board::new(2, 0));
        board.start(1, 0, 0.0, 1.0);
        board.end(&Task { id: 0, work: Work::Crash { after_ms: None } }, &done(0, vec![]));
        let mut bytes = board.bytes();
        bytes[..HEADER * 4].fill(0);
        mirror.mirror(&bytes);
        assert_eq!(mirror.snapshot(), board.snapshot());
        mirror.mirror(&bytes[..7]);
        assert_eq!(mirror.finished(), 1);
    }

    #[test]
    fn the_beginning_says_how_many_tasks_are_over() {
        let board = Board::new(3, 0);
        board.end(&tile(0, 0), &done(0, vec![]));
        board.end(&tile(1, 0), &failed(1, 0, [0.0; 3], TaskError::cancelled()));
        let counts = Counts::decode(&board.bytes()[..HEADER_BYTES]);
        assert_eq!(counts, Counts { finished: 2, failed: 1 });
        let elsewhere = Board::new(3, 0);
        elsewhere.tell(counts);
        assert_eq!((elsewhere.finished(), elsewhere.failed()), (2, 1));
        assert_eq!(Counts::decode(&[]), Counts::default());
    }

    #[test]
    fn a_fatal_task_keeps_its_reason() {
        let board = Board::new(2, 0);
        board.start(1, 4, 0.0, 1.0);
        board.start(0, 3, 0.0, 1.0);
        board.fatal(4, None, 3.0);
        let spans = board.snapshot().spans("unreachable");
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].error, Some(TaskError::new(ErrorKind::WorkerDied, "unreachable")));
        assert_eq!(spans[0].end_ms, 3.0);
    }

    #[test]
    fn of_several_tasks_in_flight_only_the_one_at_hand_is_fatal() {
        let board = Board::new(3, 0);
        (0..3).for_each(|task| board.start(task, 0, 0.0, 1.0));
        board.fatal(0, Some(1), 3.0);
        let states = board.snapshot().slots.iter().map(|slot| slot.state).collect::<Vec<_>>();
        assert_eq!(states, [TaskState::Running, TaskState::Fatal, TaskState::Running]);
    }

    #[test]
    fn tasks_are_read_one_by_one() {
        let board = Board::new(2, 3);
        board.start(1, 7, 0.5, 1.25);
        let bytes = board.bytes();
        let slots = Slots::of(&bytes).expect("a board");
        assert_eq!((slots.len(), slots.is_empty()), (2, false));
        assert_eq!((0..3).map(|task| slots.state(task)).filter(|state| *state == TaskState::Running).count(), 1);
        let read: Vec<Slot> = (0..5).filter_map(|task| slots.get(task)).collect();
        assert_eq!(read, board.snapshot().slots);
        assert!(Slots::of(&bytes[..bytes.len() - 16]).is_none(), "it ends in the middle of a task");
    }

    #[test]
    fn tasks_that_are_late_are_those_begun_long_ago_and_not_over() {
        let board = Board::new(4, 0);
        (0..3).for_each(|task| board.start(task, 0, 0.0, f64::from(task) * 10.0));
        board.end(&Task { id: 0, work: Work::Count { n: 1 } }, &done(0, vec![]));
        for (ms, late) in [(5.0, vec![]), (15.0, vec![1]), (25.0, vec![1, 2])] {
            let tasks = |begun: Vec<Begun>| begun.iter().map(|begun| begun.task).collect::<Vec<_>>();
            assert_eq!(tasks(board.begun_before(ms)), late, "{ms}");
            assert_eq!(board.snapshot().begun_before(ms), board.begun_before(ms));
        }
    }

    #[test]
    fn a_board_is_found_where_another_made_it() {
        /// What two processes have mapped.
        #[derive(Clone, Debug)]
        struct Mapped(Arc<[AtomicU32]>);

        impl AsRef<[AtomicU32]> for Mapped {
            fn as_ref(&self) -> &[AtomicU32] {
                &self.0
            }
        }

        let memory = |words| Mapped((0..words).map(|_| AtomicU32::new(0)).collect());
        let mapped = memory(Board::words(2, 3));
        let board = Board::new_in(mapped.clone(), 2, 3);
        let found = Board::found_in(mapped).expect("a board");
        found.end(&tile(1, 0), &done(1, vec![1, 2, 3]));
        board.cancel();
        assert!(found.cancelled());
        assert_eq!((board.finished(), board.snapshot()), (1, found.snapshot()));
        assert!(Board::found_in(memory(2)).is_none());
        let short = memory(Board::words(2, 0));
        short.0[TASKS].store(3, Ordering::Relaxed);
        assert!(Board::found_in(short).is_none());
    }

    #[test]
    fn bytes_that_are_no_board() {
        assert_eq!(Snapshot::decode(&[]), None);
        assert_eq!(Snapshot::decode(&[0xff; 64]), None);
    }

    #[test]
    fn cancelling() {
        let board = Board::new(1, 0);
        assert!(!board.cancelled());
        board.cancel();
        assert!(board.cancelled());
    }
}
