//! The tasks of one wave that may wait, which workers take one by one from the memory that they share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::sync::{AtomicUsize, OnceLock};
use crate::task::{Finished, Task};

/// The tasks of one wave, which workers take from their common memory, in order. To take one, and to say what became of it,
/// takes no lock, no message and no memory.
#[derive(Debug)]
pub struct Queue {
    /// When they could first be taken.
    pub queued_ms: f64,
    tasks: Vec<Task>,
    next: AtomicUsize,
    /// For each worker the task that it is at; [`NOTHING`] if there is none.
    held: Vec<AtomicUsize>,
    /// What became of each task.
    finished: Vec<OnceLock<Finished>>,
}

/// No task's place.
const NOTHING: usize = usize::MAX;

impl Queue {
    /// A queue for a number of workers.
    pub fn new(tasks: Vec<Task>, queued_ms: f64, workers: usize) -> Self {
        let held = (0..workers).map(|_| AtomicUsize::new(NOTHING)).collect();
        let finished = tasks.iter().map(|_| OnceLock::new()).collect();
        Self { queued_ms, tasks, next: AtomicUsize::new(0), held, finished }
    }

    /// The next task, which the worker then holds.
    pub fn take(&self, worker: u32) -> Option<&Task> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        self.held[worker as usize].store(at, Ordering::Relaxed);
        self.tasks.get(at)
    }

    /// The task that a worker holds.
    pub fn held_by(&self, worker: u32) -> Option<&Task> {
        self.tasks.get(self.held[worker as usize].load(Ordering::Relaxed))
    }

    /// The task that a worker holds is over. What was said of it first counts; of a task that the worker does not hold any more,
    /// because it was given up and another has its number, nothing does.
    pub fn finish(&self, worker: u32, finished: Finished) {
        let held = &self.held[worker as usize];
        let at = held.load(Ordering::Relaxed);
        if self.tasks.get(at).is_some_and(|task| task.id == finished.span.task) {
            _ = self.finished[at].set(finished);
            _ = held.compare_exchange(at, NOTHING, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether every task was taken.
    pub fn is_empty(&self) -> bool {
        self.next.load(Ordering::Relaxed) >= self.tasks.len()
    }

    /// What became of the tasks that are over, in the order of the tasks. A worker that was given up may still have the queue.
    pub fn into_finished(self: Arc<Self>) -> Vec<Finished> {
        match Arc::try_unwrap(self) {
            Ok(queue) => queue.finished.into_iter().filter_map(OnceLock::into_inner).collect(),
            Err(queue) => queue.finished.iter().filter_map(OnceLock::get).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::failed;
    use crate::span::TaskError;
    use crate::task::Work;

    fn queue(tasks: u32, workers: usize) -> Queue {
        Queue::new((0..tasks).map(|id| Task { id, work: Work::Count { n: 1 } }).collect(), 0.5, workers)
    }

    fn finished(task: u32, worker: u32) -> Finished {
        failed(task, worker, [0.0; 3], TaskError::cancelled())
    }

    #[test]
    fn every_task_is_taken_once_and_in_order() {
        let queue = queue(3, 2);
        let ids: Vec<u32> = std::iter::from_fn(|| queue.take(1)).map(|task| task.id).collect();
        assert_eq!(ids, [0, 1, 2]);
        assert!(queue.is_empty());
        assert_eq!((queue.take(0), queue.held_by(0)), (None, None));
    }

    #[test]
    fn a_worker_holds_its_task_until_that_is_over() {
        let queue = queue(3, 2);
        let held = |worker| queue.held_by(worker).map(|task| task.id);
        assert_eq!((held(0), held(1)), (None, None));
        queue.take(0);
        queue.take(1);
        assert_eq!((held(0), held(1)), (Some(0), Some(1)));
        queue.finish(0, finished(0, 0));
        assert_eq!((held(0), held(1)), (None, Some(1)));
        assert!(!queue.is_empty());
    }

    #[test]
    fn what_was_said_first_of_a_task_counts_and_one_that_is_held_is_not_over() {
        let queue = Arc::new(queue(3, 2));
        queue.take(0);
        queue.finish(0, finished(0, 0));
        // Nobody holds it any more.
        queue.finish(0, finished(0, 1));
        queue.take(1);
        let kept = Arc::clone(&queue);
        let workers = |finished: Vec<Finished>| finished.iter().map(|task| task.span.worker).collect::<Vec<_>>();
        assert_eq!(workers(queue.into_finished()), [0]);
        kept.finish(1, finished(1, 1));
        assert_eq!(workers(kept.into_finished()), [0, 1]);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests run where threads exist")]
    fn workers_share_it_without_losing_a_task() {
        let queue = Arc::new(queue(1000, 4));
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let queue = &queue;
                scope.spawn(move || {
                    while let Some(task) = queue.take(worker) {
                        queue.finish(worker, finished(task.id, worker));
                    }
                });
            }
        });
        let ids: Vec<u32> = queue.into_finished().iter().map(|finished| finished.span.task).collect();
        assert_eq!(ids, (0..1000).collect::<Vec<_>>());
    }
}
