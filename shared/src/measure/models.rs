//! Models: what threads do at the same time with a board, a queue and a lock, in every order that loom tries (`cargo xtask loom`),
//! and with all that each may see then of what the others have written.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use loom::thread;

use super::{Begun, Board, Counts, Queue, SharedWave, Slot, TaskState, failed};
use crate::span::{Checksum, TaskError};
use crate::sync::{AtomicU32, Guarded};
use crate::task::{Finished, Task, Work};
use crate::way::Lock;
use crate::workload::mandelbrot::Tile;

/// What stands in all words of a number, so that half of it would be another.
const WHOLE: u64 = 0x3ff8_0001_3ff8_0001;

fn whole() -> f64 {
    f64::from_bits(WHOLE)
}

fn task(id: u32) -> Task {
    Task { id, work: Work::Count { n: 1 } }
}

fn tile(id: u32) -> Task {
    // Both share the only word of the picture.
    Task { id, work: Work::Tile(Tile { side: 2, x: id, y: 0, width: 1, height: 2, iterations: 1 }) }
}

fn done(task: u32, worker: u32) -> Finished {
    let mut finished = lost(task, worker);
    finished.span.error = None;
    finished.span.checksum = Some(Checksum(WHOLE));
    finished.span.bytes = WHOLE;
    Finished { output: vec![7, 9], ..finished }
}

fn lost(task: u32, worker: u32) -> Finished {
    failed(task, worker, [whole(); 3], TaskError::cancelled())
}

/// What a board says of a task is all there as soon as it says how far the task is.
fn check(slot: &Slot, worker: u32) {
    let Slot { state, queued_ms, start_ms, end_ms, checksum, bytes, .. } = *slot;
    match state {
        TaskState::Waiting => {}
        TaskState::Running => assert_eq!((slot.worker, queued_ms, start_ms), (worker, whole(), whole())),
        TaskState::Done => {
            assert_eq!((slot.worker, queued_ms, start_ms, end_ms), (worker, whole(), whole(), whole()));
            assert_eq!((checksum, bytes), (WHOLE, WHOLE));
        }
        TaskState::Failed | TaskState::Fatal => assert_eq!((slot.worker, start_ms, end_ms), (worker, whole(), whole())),
    }
}

/// How many tasks a board counts, and how many of them it shows.
fn check_counts(counts: Counts, slots: &[Slot]) {
    let Counts { finished, failed } = counts;
    let of = |states: &[TaskState]| slots.iter().filter(|slot| states.contains(&slot.state)).count() as u32;
    assert!(failed <= finished, "{counts:?}");
    assert!(finished <= of(&[TaskState::Done, TaskState::Failed]), "{counts:?}: {slots:?}");
    assert!(failed <= of(&[TaskState::Failed]), "{counts:?}: {slots:?}");
}

#[test]
fn what_is_read_of_a_board_while_it_is_written_is_whole() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 0));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || board.end(&task(0), &done(0, 3))
        });
        let snapshot = board.snapshot();
        check(&snapshot.slots[0], 3);
        check_counts(Counts { finished: snapshot.finished, failed: snapshot.failed }, &snapshot.slots);
        worker.join().expect("it ends well");
        assert_eq!((board.snapshot().slots[0].state, board.finished()), (TaskState::Done, 1));
    });
}

#[test]
fn a_task_that_is_begun_has_a_beginning() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 0));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || board.start(0, 3, whole(), whole())
        });
        let begun = board.begun_before(f64::MAX);
        let has_it = |begun: &Begun| (begun.worker, begun.queued_ms, begun.start_ms) == (3, whole(), whole());
        assert!(begun.iter().all(has_it), "{begun:?}");
        worker.join().expect("it ends well");
        assert_eq!(board.begun_before(f64::MAX).len(), 1);
    });
}

#[test]
fn never_have_more_tasks_failed_than_are_over() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 0));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || board.end(&task(0), &lost(0, 1))
        });
        let failed = board.failed();
        assert!(failed <= board.finished());
        let snapshot = board.snapshot();
        check_counts(Counts { finished: snapshot.finished, failed: snapshot.failed }, &snapshot.slots);
        worker.join().expect("it ends well");
        assert_eq!((board.finished(), board.failed()), (1, 1));
    });
}

#[test]
fn what_a_worker_notes_when_it_dies_is_whole() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 0));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || {
                board.start(0, 3, whole(), whole());
                board.fatal(3, None, whole());
            }
        });
        check(&board.snapshot().slots[0], 3);
        worker.join().expect("it ends well");
        let spans = board.snapshot().spans("it died");
        assert!(spans.len() == 1 && spans[0].end_ms == whole(), "{spans:?}");
    });
}

#[test]
fn a_mirror_that_is_read_while_it_is_written_is_whole() {
    loom::model(|| {
        let elsewhere = Board::new(1, 0);
        elsewhere.end(&task(0), &done(0, 3));
        let (bytes, mirror) = (elsewhere.bytes(), Arc::new(Board::new(1, 0)));
        let shows = thread::spawn({
            let mirror = Arc::clone(&mirror);
            move || mirror.mirror(&bytes)
        });
        let snapshot = mirror.snapshot();
        check(&snapshot.slots[0], 3);
        check_counts(Counts { finished: snapshot.finished, failed: snapshot.failed }, &snapshot.slots);
        shows.join().expect("it ends well");
        assert_eq!((mirror.finished(), mirror.snapshot().slots[0].state), (1, TaskState::Done));
    });
}

#[test]
fn tiles_that_share_a_word_lose_no_pixel() {
    loom::model(|| {
        let board = Arc::new(Board::new(2, 2));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || board.end(&tile(0), &done(0, 0))
        });
        board.end(&tile(1), &done(1, 1));
        worker.join().expect("it ends well");
        assert_eq!((board.snapshot().picture, board.finished()), (vec![7, 7, 9, 9], 2));
    });
}

#[test]
fn who_sees_that_a_tile_is_done_sees_its_pixels() {
    loom::model(|| {
        let board = Arc::new(Board::new(1, 2));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || board.end(&tile(0), &done(0, 0))
        });
        let snapshot = board.snapshot();
        assert!(snapshot.slots[0].state == TaskState::Waiting || snapshot.picture == [7, 0, 9, 0], "{snapshot:?}");
        worker.join().expect("it ends well");
    });
}

#[test]
fn workers_that_count_in_one_lane_lose_nothing() {
    loom::model(|| {
        let board = Arc::new(Board::new(2, 0));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || board.end(&task(0), &lost(0, 0))
        });
        // There is one lane here.
        board.end(&task(1), &lost(1, 2));
        worker.join().expect("it ends well");
        assert_eq!((board.finished(), board.failed()), (2, 2));
    });
}

/// A clock that a thread sees go on by an interval whenever it looks.
fn clock() -> impl Fn() -> f64 + Send + Sync {
    let looks = std::sync::atomic::AtomicU32::new(0);
    move || f64::from(looks.fetch_add(1, Ordering::Relaxed)) * super::INTERVAL_MS
}

#[test]
fn of_threads_under_a_lock_one_computes_and_each_has_its_turn() {
    // Nobody's wait ends by itself here: who is not woken waits for ever, which loom says.
    loom::model(|| {
        let board = Arc::new(Board::new(0, 0).under(Lock::Gil, clock()));
        let steps = Arc::new(AtomicU32::new(0));
        let compute = {
            let (board, steps) = (Arc::clone(&board), Arc::clone(&steps));
            move |worker| {
                let turn = board.turn(worker).expect("the lock");
                for _ in 0..2 {
                    steps.store(steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                    assert!(!board.cancelled());
                }
                turn.end();
            }
        };
        let worker = thread::spawn({
            let compute = compute.clone();
            move || compute(0)
        });
        compute(1);
        worker.join().expect("it ends well");
        assert_eq!(steps.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn that_a_run_is_cancelled_is_not_lost_among_those_who_want_the_lock() {
    loom::model(|| {
        let board = Arc::new(Board::new(0, 0).under(Lock::Gil, clock()));
        let worker = thread::spawn({
            let board = Arc::clone(&board);
            move || {
                let turn = board.turn(0).expect("the lock");
                board.cancelled();
                turn.end();
            }
        });
        board.cancel();
        worker.join().expect("it ends well");
        assert!(board.cancelled());
    });
}

fn queue(tasks: u32, workers: usize) -> Arc<Queue> {
    Arc::new(Queue::new((0..tasks).map(task).collect(), whole(), workers))
}

/// What one worker does with a queue; returns how many tasks it had.
fn drain(queue: &Queue, worker: u32) -> u32 {
    let mut tasks = 0;
    while let Some(task) = queue.take(worker) {
        queue.finish(worker, done(task.id, worker));
        tasks += 1;
    }
    tasks
}

/// The tasks in a queue that are over, each with its worker.
fn over(queue: Arc<Queue>) -> Vec<(u32, u32)> {
    queue.into_finished().iter().map(|finished| (finished.span.task, finished.span.worker)).collect()
}

#[test]
fn each_task_of_a_queue_is_taken_once() {
    loom::model(|| {
        let queue = queue(3, 2);
        let worker = thread::spawn({
            let queue = Arc::clone(&queue);
            move || drain(&queue, 0)
        });
        let mine = drain(&queue, 1);
        assert_eq!(worker.join().expect("it ends well") + mine, 3);
        let tasks: Vec<u32> = over(queue).iter().map(|(task, _)| *task).collect();
        assert_eq!(tasks, [0, 1, 2]);
    });
}

#[test]
fn what_is_read_of_a_queue_that_a_lost_worker_still_has_is_whole() {
    loom::model(|| {
        let queue = queue(1, 1);
        let worker = thread::spawn({
            let queue = Arc::clone(&queue);
            move || drain(&queue, 0)
        });
        let kept = Arc::clone(&queue);
        assert!(over(kept).len() <= 1);
        worker.join().expect("it ends well");
        assert_eq!(over(queue), [(0, 0)]);
    });
}

#[test]
fn a_worker_that_was_given_up_too_early_costs_no_other_task() {
    loom::model(|| {
        let queue = queue(3, 1);
        queue.take(0).expect("a task");
        // It was taken for dead, and says what it has to say all the same.
        let lost_worker = thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.finish(0, done(0, 0))
        });
        if let Some(task) = queue.held_by(0) {
            queue.finish(0, lost(task.id, 0));
        }
        // Its place is another's now.
        assert_eq!(drain(&queue, 0), 2);
        lost_worker.join().expect("it ends well");
        assert_eq!(over(queue), [(0, 0), (1, 0), (2, 0)]);
    });
}

#[test]
fn each_task_of_a_wave_is_done_once() {
    loom::model(|| {
        let wave = Arc::new(SharedWave::new((0..3).map(task).collect(), 2));
        let work = |wave: &SharedWave, worker| wave.work(|| false, |task| done(task.id, worker));
        let worker = thread::spawn({
            let wave = Arc::clone(&wave);
            move || work(&wave, 0)
        });
        let mut finished = work(&wave, 1);
        finished.append(&mut worker.join().expect("it ends well"));
        let mut tasks: Vec<u32> = finished.iter().map(|finished| finished.span.task).collect();
        tasks.sort_unstable();
        assert_eq!(tasks, [0, 1, 2]);
    });
}

/// Batches as the lab's allocator keeps them: a pointer to the last one, and in each the one before, or none.
struct Batches {
    last: Guarded<u32>,
    before: [AtomicU32; 3],
}

impl Batches {
    fn put(&self, batch: u32) {
        let pointer = std::ptr::without_provenance_mut(batch as usize);
        self.last.replace(|last| {
            self.before[batch as usize].store(last.addr() as u32, Ordering::Relaxed);
            (pointer, pointer)
        });
    }

    fn take(&self) -> Option<u32> {
        if self.last.was_null() {
            return None;
        }
        let taken = self.last.replace(|last| {
            let before = self.before[last.addr()].load(Ordering::Relaxed);
            (std::ptr::without_provenance_mut(before as usize), last)
        });
        (!taken.is_null()).then_some(taken.addr() as u32)
    }
}

#[test]
fn no_piece_of_memory_is_lost_or_handed_out_twice() {
    loom::model(|| {
        let batches = Arc::new(Batches { last: Guarded::null(), before: std::array::from_fn(|_| AtomicU32::new(0)) });
        let trade = |batches: &Batches, own: u32| {
            batches.put(own);
            batches.take()
        };
        let worker = thread::spawn({
            let batches = Arc::clone(&batches);
            move || trade(&batches, 1)
        });
        let mut all = vec![trade(&batches, 2)];
        all.push(worker.join().expect("it ends well"));
        all.extend(std::iter::from_fn(|| batches.take()).map(Some));
        let mut all: Vec<u32> = all.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2]);
    });
}
