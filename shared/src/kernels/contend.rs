//! `contend`: all workers count in one memory, which what they share limits.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use parlab_work::{Sizes, Task, Workload};

/// Steps between two looks at whether somebody still waits.
const CHUNK: u64 = 1 << 16;
/// Counters of which each task takes one of its own.
const COUNTERS: usize = 64;

/// One counter for all, which is added to at once.
static COUNTER: AtomicU64 = AtomicU64::new(0);
/// One counter for all, behind a lock.
static LOCKED: Mutex<u64> = Mutex::new(0);
/// Counters side by side: several share a line of the cache.
static BESIDE: [AtomicU64; COUNTERS] = [const { AtomicU64::new(0) }; COUNTERS];
/// Counters of which each has lines of the cache of its own.
static APART: [Apart; COUNTERS] = [const { Apart(AtomicU64::new(0)) }; COUNTERS];

/// A counter that shares no line of the cache; processors fetch lines of 64 bytes two at a time.
#[repr(align(128))]
struct Apart(AtomicU64);

/// Counts steps: in one counter for all by atomic additions (`atomic`) or under a lock (`lock`), in a counter of the task's own
/// that shares a line of the cache with others' (`beside`) or has it for itself (`apart`), or in a register, which is added
/// to the one counter at the end (`merged`). Isolated workers have memories of their own, and share none of them.
pub struct Contend;

impl Workload for Contend {
    const NAME: &'static str = "contend";
    const ABOUT: &'static str = "count in a memory that workers share";
    const SIZE: &'static str = "steps per task";
    const SIZES: Sizes = Sizes { smoke: 20_000, lab: 2_000_000, most: 1 << 36 };
    const METHODS: &'static [&'static str] = &["atomic", "lock", "beside", "apart", "merged"];

    type Input = ();

    fn setup(_: &Task<'_>) {}

    fn routine((): &mut (), task: &Task<'_>) -> u64 {
        let place = task.id as usize % COUNTERS;
        let mut left = task.size;
        while left > 0 {
            if task.is_cancelled() {
                return 0;
            }
            let steps = left.min(CHUNK);
            match task.method {
                0 => count_at_once(steps),
                1 => count_locked(steps),
                2 => count_in(&BESIDE[place], steps),
                3 => count_in(&APART[place].0, steps),
                _ => count_merged(&COUNTER, steps),
            }
            left -= steps;
        }
        // What counters hold depends on who else counts: the result is what this task has done.
        task.size.wrapping_mul(31) ^ u64::from(task.id)
    }
}

/// Counts so many steps in the one counter that is added to at once.
pub(crate) fn count_at_once(steps: u64) {
    count_in(&COUNTER, steps);
}

/// Counts so many steps in the one counter behind a lock.
pub(crate) fn count_locked(steps: u64) {
    count_under(&LOCKED, steps);
}

#[inline(never)]
fn count_in(counter: &AtomicU64, steps: u64) {
    for _ in 0..steps {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

#[inline(never)]
fn count_under(counter: &Mutex<u64>, steps: u64) {
    for _ in 0..steps {
        let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
        *counter = counter.wrapping_add(1);
    }
}

#[inline(never)]
fn count_merged(counter: &AtomicU64, steps: u64) {
    // A zero that the compiler cannot see, or it would do all steps at once.
    let unseen_zero = std::hint::black_box(0);
    let sum = (0..steps).fold(0_u64, |sum, _| sum.wrapping_add(1) ^ unseen_zero);
    counter.fetch_add(sum, Ordering::Relaxed);
}
