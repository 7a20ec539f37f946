//! The tasks of one wave, which workers take from their common memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use parlab_shared::task::{Finished, Task};

/// The tasks of one wave, which workers take from the common memory, in order.
#[derive(Debug)]
pub struct Queue {
    /// When they could first be taken.
    pub queued_ms: f64,
    tasks: Vec<Task>,
    next: AtomicUsize,
    /// For each worker the task that it is at; [`NOTHING`] if there is none.
    held: Vec<AtomicUsize>,
    finished: Mutex<Vec<Finished>>,
}

/// No task's place.
const NOTHING: usize = usize::MAX;

impl Queue {
    /// A queue for a number of workers.
    pub fn new(tasks: Vec<Task>, queued_ms: f64, workers: usize) -> Self {
        let held = (0..workers).map(|_| AtomicUsize::new(NOTHING)).collect();
        let finished = Mutex::new(Vec::with_capacity(tasks.len()));
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

    /// The task that a worker holds is over.
    pub fn finish(&self, worker: u32, finished: Finished) {
        self.held[worker as usize].store(NOTHING, Ordering::Relaxed);
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).push(finished);
    }

    /// Whether every task was taken.
    pub fn is_empty(&self) -> bool {
        self.next.load(Ordering::Relaxed) >= self.tasks.len()
    }

    /// What became of the tasks, in the order in which they were over.
    pub fn finished(&self) -> Vec<Finished> {
        std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::failed;
    use parlab_shared::span::TaskError;
    use parlab_shared::task::Work;

    use super::*;

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
    #[expect(clippy::disallowed_methods, reason = "tests run where threads exist")]
    fn workers_share_it_without_losing_a_task() {
        let queue = std::sync::Arc::new(queue(1000, 4));
        let workers = (0..4).map(|worker| {
            let queue = queue.clone();
            std::thread::spawn(move || {
                while let Some(task) = queue.take(worker) {
                    queue.finish(worker, finished(task.id, worker));
                }
            })
        });
        workers.collect::<Vec<_>>().into_iter().for_each(|worker| worker.join().expect("it ends well"));
        let mut ids: Vec<u32> = queue.finished().iter().map(|finished| finished.span.task).collect();
        ids.sort_unstable();
        assert_eq!(ids, (0..1000).collect::<Vec<_>>());
    }
}
