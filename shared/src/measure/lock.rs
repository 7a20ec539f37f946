//! One lock for all threads of a run, as CPython has one: whoever computes has it.
//!
//! 1. Who wants to compute takes the lock, or waits until it is free.
//! 2. Who has waited for [`INTERVAL_MS`], with the same worker at it all the time, asks that worker to give way.
//! 3. That one sees it at its next checkpoint, which tasks make each few milliseconds, and gives the lock back. It does not
//!    take it again before another worker has had it.
//! 4. Who waits for something else, such as an answer or a file, has given the lock back meanwhile.
//!
//! A worker that stops between two tasks gives it back and may be the next to take it: who waits goes on waiting for its
//! interval, as in Python, whose threads keep the lock from one task to the next. A task without checkpoints keeps it until it
//! is over, as an extension of Python does that computes without giving it back.
//!
//! Source: CPython 3.12, `Python/ceval_gil.c`: `take_gil`, `drop_gil`; the interval is `DEFAULT_INTERVAL` there.

use core::time::Duration;
use std::cell::Cell;
use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::sync::{AtomicU32, Condvar, Mutex, MutexGuard, per_thread};

/// For how long a worker keeps the lock while others wait, in milliseconds: CPython's own.
pub const INTERVAL_MS: f64 = 5.0;
/// A clock that makes coarse steps may say that nothing is left of an interval that is not over.
const WAIT_MS_MIN: f64 = 0.1;
/// So long is waited for another to take the lock, in milliseconds: one that was ended in the middle of waiting never does.
const PATIENCE_MS: f64 = 1000.0;

/// In a board's word of flags: the run was asked to stop.
pub(super) const CANCELLED: u32 = 1;
/// In a board's word of flags: whoever has the lock is asked to give way.
const WANTED: u32 = 2;

/// When it is, in milliseconds since any moment.
type Clock = dyn Fn() -> f64 + Send + Sync;

/// The lock of a run. Its workers have numbers; no two that live at once have the same.
pub(super) struct GlobalLock {
    now_ms: Box<Clock>,
    turns: Mutex<Turns>,
    free: Condvar,
}

#[derive(Debug, Default)]
struct Turns {
    /// Who has it.
    holder: Option<u32>,
    /// Who had it last, or has it.
    last: Option<u32>,
    /// Since when nobody else had it, on the lock's clock.
    since_ms: f64,
    /// How many wait for it.
    waiting: u32,
    /// How often it went from one worker to another.
    switches: u64,
}

per_thread! {
    /// The number of the worker that this thread is, while it has the lock.
    static HAS: Cell<Option<u32>> = const { Cell::new(None) };
    /// How long this thread has waited for the lock, in milliseconds, since it was last asked.
    static WAITED_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// A turn of a worker at the lock. When it is dropped the lock is free.
#[derive(Debug)]
pub struct Turn<'a>(&'a GlobalLock);

impl Turn<'_> {
    /// Ends it. Returns how long this thread waited for it, and in it to have the lock back, in milliseconds.
    pub fn end(self) -> f64 {
        WAITED_MS.with(Cell::take)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(worker) = HAS.with(Cell::take) {
            self.0.left_by(worker);
        }
    }
}

impl GlobalLock {
    /// A lock with a clock that tells milliseconds.
    pub fn new(now_ms: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self { now_ms: Box::new(now_ms), turns: Mutex::default(), free: Condvar::new() }
    }

    /// Has this thread, which is a worker, take the lock. Returns at once if it has it already, and without it if the run
    /// is cancelled: its tasks end at their next checkpoint.
    pub fn turn(&self, worker: u32, flags: &AtomicU32) -> Option<Turn<'_>> {
        if HAS.with(Cell::get).is_some() {
            return None;
        }
        self.take(worker, flags, None);
        Some(Turn(self))
    }

    /// A checkpoint: if this thread has the lock and is asked to give way, it does so, and returns when it has it again.
    pub fn give_way(&self, flags: &AtomicU32) {
        if flags.load(Ordering::Relaxed) & WANTED != 0
            && let Some(worker) = HAS.with(Cell::take)
        {
            // To wake another may take as long as what that does then, where there is one core for both.
            let began_ms = (self.now_ms)();
            self.left_by(worker);
            self.take(worker, flags, Some(began_ms));
        }
    }

    /// Has something done while this thread does not have the lock.
    pub fn without<T>(&self, flags: &AtomicU32, call: impl FnOnce() -> T) -> T {
        let Some(worker) = HAS.with(Cell::take) else { return call() };
        self.left_by(worker);
        let returned = call();
        self.take(worker, flags, None);
        returned
    }

    /// A worker does not have it any more: it gives it back, or is dead.
    pub fn left_by(&self, worker: u32) {
        let mut turns = self.turns();
        if turns.holder == Some(worker) {
            turns.holder = None;
            self.free.notify_one();
        }
    }

    /// Waits until this thread has it, or the run is cancelled. It may have begun to wait before.
    fn take(&self, worker: u32, flags: &AtomicU32, began_ms: Option<f64>) {
        let mut turns = self.turns();
        if began_ms.is_none() && turns.is_free_for(worker, turns.waiting, flags) {
            turns.give(worker, (self.now_ms)(), flags);
            return;
        }
        let began_ms = began_ms.unwrap_or_else(&self.now_ms);
        turns.waiting += 1;
        loop {
            let now_ms = (self.now_ms)();
            let is_alone = turns.holder.is_none() && now_ms - began_ms > PATIENCE_MS;
            if is_alone || turns.is_free_for(worker, turns.waiting - 1, flags) {
                turns.give(worker, now_ms, flags);
                break;
            }
            if flags.load(Ordering::Relaxed) & CANCELLED != 0 {
                break;
            }
            let left_ms = turns.since_ms.max(began_ms) + INTERVAL_MS - now_ms;
            let wait_ms = if left_ms > 0.0 {
                left_ms
            } else {
                flags.fetch_or(WANTED, Ordering::Relaxed);
                INTERVAL_MS
            };
            let wait = Duration::from_secs_f64(wait_ms.clamp(WAIT_MS_MIN, INTERVAL_MS) / 1e3);
            turns = self.free.wait_timeout(turns, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        turns.waiting -= 1;
        drop(turns);
        let waited_ms = (self.now_ms)() - began_ms;
        WAITED_MS.with(|all| all.set(all.get() + waited_ms));
    }

    /// How often the lock went from one worker to another.
    #[cfg(test)]
    pub fn switches(&self) -> u64 {
        self.turns().switches
    }

    /// Nothing panics in between: turns that look poisoned are whole.
    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GlobalLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalLock").field("turns", &self.turns).finish_non_exhaustive()
    }
}

impl Turns {
    /// Whether a worker may take it, beside some others that wait: nobody has it, and it was not this very worker that was
    /// asked to give way.
    fn is_free_for(&self, worker: u32, others: u32, flags: &AtomicU32) -> bool {
        let gave_way = self.last == Some(worker) && others > 0 && flags.load(Ordering::Relaxed) & WANTED != 0;
        self.holder.is_none() && !gave_way
    }

    /// A worker, which is the calling thread, has it from now on.
    fn give(&mut self, worker: u32, now_ms: f64, flags: &AtomicU32) {
        if self.last.replace(worker) != Some(worker) {
            self.since_ms = now_ms;
            self.switches += 1;
        }
        self.holder = Some(worker);
        flags.fetch_and(!WANTED, Ordering::Relaxed);
        HAS.with(|has| has.set(Some(worker)));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests run where threads and clocks exist")]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Instant;

    use super::*;
    use crate::measure::Board;
    use crate::way::Lock;

    /// No test waits for anything as long as that: what does not come is missed then.
    const LIMIT: Duration = Duration::from_secs(60);

    fn board() -> Board {
        let began = Instant::now();
        Board::new(0, 0).under(Lock::Gil, move || began.elapsed().as_secs_f64() * 1e3)
    }

    fn lock(board: &Board) -> &GlobalLock {
        board.lock().expect("it is under a lock")
    }

    /// Asks at checkpoints until something holds; says whether it did in time.
    fn until(board: &Board, holds: impl Fn() -> bool) -> bool {
        let began = Instant::now();
        while !holds() && began.elapsed() < LIMIT {
            assert!(!board.cancelled());
        }
        holds()
    }

    #[test]
    fn one_at_a_time_computes_and_each_has_its_turn() {
        let (board, inside) = (board(), AtomicBool::new(false));
        let compute = |worker| {
            let turn = board.turn(worker).expect("the lock");
            let is_over = || {
                assert!(!inside.swap(true, Ordering::Relaxed), "two compute at once");
                thread::yield_now();
                inside.store(false, Ordering::Relaxed);
                lock(&board).switches() >= 12
            };
            assert!(until(&board, is_over), "the lock stays with one worker");
            turn.end()
        };
        let waited: f64 = thread::scope(|scope| {
            let workers: Vec<_> = (0..3).map(|worker| scope.spawn(move || compute(worker))).collect();
            workers.into_iter().map(|worker| worker.join().expect("it ends well")).sum()
        });
        assert!(waited > 0.0);
        assert_eq!(lock(&board).turns().waiting, 0);
    }

    #[test]
    fn nobody_is_asked_to_give_way_before_the_interval_is_over() {
        let now_us = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&now_us);
        let board = Board::new(0, 0).under(Lock::Gil, move || clock.load(Ordering::Relaxed) as f64 / 1e3);
        let turn = board.turn(0).expect("the lock");
        thread::scope(|scope| {
            let other = scope.spawn(|| board.turn(1).expect("the lock").end());
            assert!(until(&board, || lock(&board).turns().waiting == 1));
            now_us.store(4999, Ordering::Relaxed);
            // The other one looks at the clock some times meanwhile.
            thread::sleep(Duration::from_secs_f64(4.0 * INTERVAL_MS / 1e3));
            assert!(!board.cancelled());
            assert_eq!(lock(&board).switches(), 1);
            now_us.store(5000, Ordering::Relaxed);
            assert!(until(&board, || lock(&board).switches() >= 3), "it was never asked");
            assert_eq!(other.join().expect("it ends well"), 5.0);
        });
        turn.end();
    }

    #[test]
    fn whoever_waits_for_something_else_has_given_it_back() {
        let board = board();
        let turn = board.turn(0).expect("the lock");
        assert!(board.turn(0).is_none(), "it has it already");
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            board.blocking(|| {
                scope.spawn(|| {
                    let turn = board.turn(1).expect("the lock");
                    tell.send(()).expect("somebody listens");
                    turn.end();
                });
                told.recv_timeout(LIMIT).expect("the other one had its turn");
            });
        });
        assert_eq!(lock(&board).turns().holder, Some(0));
        turn.end();
        assert_eq!(lock(&board).turns().holder, None);
    }

    #[test]
    fn a_dead_worker_keeps_nobody_from_computing_or_stopping() {
        let board = board();
        let die = |worker| {
            thread::scope(|scope| scope.spawn(|| std::mem::forget(board.turn(worker))).join().expect("it ends well"));
        };
        die(7);
        board.died(7);
        drop(board.turn(1).expect("the lock"));
        die(8);
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                drop(board.turn(1));
                tell.send(()).expect("somebody listens");
            });
            while lock(&board).turns().waiting == 0 {
                thread::yield_now();
            }
            assert!(told.try_recv().is_err(), "it went on without the lock");
            board.cancel();
            told.recv_timeout(LIMIT).expect("it hears that the run is cancelled");
        });
        assert_eq!(lock(&board).turns().holder, Some(8));
    }

    #[test]
    fn a_turn_ends_with_a_panic() {
        let board = board();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _turn = board.turn(0);
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
        assert_eq!(lock(&board).turns().holder, None);
        assert!(board.turn(0).is_some());
    }
}
