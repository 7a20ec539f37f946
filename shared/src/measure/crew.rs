//! A crew: the workers of one run, ready to be given tasks.

mod event_loop;
mod isolated;
mod peer;
mod queue;
mod sequential;

pub use event_loop::EventLoop;
pub use isolated::{Isolated, Peers};
pub use peer::{FromPeer, Order, ToPeer, serve_peer};
pub use queue::Queue;
pub use sequential::Sequential;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use futures::future::{FutureExt, join_all};

use super::{Board, failed};
use crate::costs::Costs;
use crate::host::Host;
use crate::run::Execution;
use crate::span::{Checksum, ErrorKind, TaskError};
use crate::strategy::Mechanism;
use crate::sync::AtomicUsize;
use crate::task::{Finished, Task};
use crate::workload::Waves;

/// The workers of one run. Each strategy has a crew on each platform; none knows what the work is.
#[expect(async_fn_in_trait, reason = "a crew is driven on the thread that made it; its futures need not be Send")]
pub trait Crew {
    /// Hands the tasks over and returns when each of them is over, in any order. A task that was
    /// never taken because the run was cancelled leaves nothing.
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished>;

    /// Has whoever will perform tasks such as this one make what they have in common, before the clock starts. What one
    /// worker has made is there for all that share its memory.
    async fn prepare(&mut self, task: &Task) {
        drop(task.work.prepare());
    }

    /// Brings what workers keep in memories of their own into the run's dictionary. Workers that share its memory have
    /// nothing to bring.
    async fn gather(&mut self) {}

    /// What each worker used whose process or memory is another than the crew's own, since it was ready or had made what tasks
    /// have in common. Whoever ended has ended when this returns.
    async fn take_costs(&mut self) -> Vec<Costs> {
        Vec::new()
    }
}

/// Where a worker stands: its platform's host, and the board of the run that it takes part in.
#[expect(async_fn_in_trait, reason = "a crew is driven on the thread that made it; its futures need not be Send")]
pub trait Station: Host {
    /// The board of the run.
    fn board(&self) -> &Board;

    /// Returns when the run is cancelled; never, if it is not.
    async fn until_cancelled(&self);

    /// Called on the crew's own thread when a task is over, for a platform that cannot share its board.
    fn task_ended(&self) {}

    /// What the process of this worker used, with its children that ended, since this was called before, or else since it
    /// began; in the browser, what its memory is. Takes some microseconds, and so is not called while a run is timed.
    fn take_costs(&self) -> Costs;
}

/// A worker takes so many tasks at once at most.
const BATCH_MAX: usize = 256;
/// It takes one in so many of its share of what is left.
const SHARE: usize = 64;
/// Tasks that last less than this together, in milliseconds, may be taken at once: what it costs to take them is little beside
/// that, and whoever waits for them waits no longer than for one task that is as long.
const BATCH_MS: f64 = 2.0;

/// How many of the tasks that are left one of some workers takes, if its last ones took `task_ms` each: of a few hundred one,
/// of more a small share of what is left, but no more than are done in no time. So no worker has work for long when all
/// others have none, and tasks that last are taken one by one, in order.
pub fn batch(left: usize, workers: usize, task_ms: Option<f64>) -> usize {
    // Of work that nobody has done nobody knows how long it takes.
    let in_no_time = task_ms.map_or(1.0, |task_ms| BATCH_MS / task_ms);
    (left / (SHARE * workers.max(1))).min(in_no_time as usize).clamp(1, BATCH_MAX)
}

/// What a task took, of some that one worker did one after another.
pub fn each_ms(finished: &[Finished]) -> Option<f64> {
    let (first, last) = (finished.first()?, finished.last()?);
    Some((last.span.end_ms - first.span.start_ms) / finished.len() as f64)
}

/// The tasks of a wave, which workers take from the memory that they share, in order.
#[derive(Debug)]
pub struct SharedWave {
    tasks: Vec<Task>,
    next: AtomicUsize,
    workers: usize,
}

impl SharedWave {
    /// A wave for some workers.
    pub fn new(tasks: Vec<Task>, workers: usize) -> Self {
        Self { tasks, next: AtomicUsize::new(0), workers }
    }

    /// What one of the workers does, until nothing is left or the run is cancelled.
    pub fn work(&self, cancelled: impl Fn() -> bool, mut perform: impl FnMut(&Task) -> Finished) -> Vec<Finished> {
        let mut finished = Vec::with_capacity(room(self.tasks.len(), self.workers));
        let mut task_ms = None;
        loop {
            let left = self.tasks.len().saturating_sub(self.next.load(Ordering::Relaxed));
            let batch = batch(left, self.workers, task_ms);
            let at = self.next.fetch_add(batch, Ordering::Relaxed);
            let tasks = self.tasks.get(at..self.tasks.len().min(at + batch)).unwrap_or_default();
            if tasks.is_empty() {
                return finished;
            }
            let before = finished.len();
            for task in tasks {
                if cancelled() {
                    return finished;
                }
                finished.push(perform(task));
            }
            task_ms = each_ms(&finished[before..]);
        }
    }
}

/// For how many tasks one of some workers has room from the start: for its share of them and a quarter of that. What it does
/// beyond takes memory while the clock runs.
fn room(tasks: usize, workers: usize) -> usize {
    let share = tasks.div_ceil(workers.max(1));
    tasks.min(share + share.div_ceil(4))
}

/// What several workers did, in one list.
pub fn joined(of_each_worker: Vec<Vec<Finished>>) -> Vec<Finished> {
    let mut all = of_each_worker.into_iter();
    let mut joined = all.next().unwrap_or_default();
    all.for_each(|mut finished| joined.append(&mut finished));
    joined
}

/// Awaits all of some futures. They are boxed, so that it is the same code for all: what there is for each kind of them is long.
pub async fn all<'a>(futures: impl IntoIterator<Item = impl Future<Output = ()> + 'a>) {
    join_all(futures.into_iter().map(FutureExt::boxed_local)).await;
}

/// Drives a crew through all waves of a workload: the timed part of a run. To bring a dictionary together is part of it.
///
/// The crew was made at `station`, whose clock the workers' spans are measured with. The returned times are
/// milliseconds since the first task was handed over. A task that was handed over and left nothing has failed, unless
/// the run was cancelled. What the run cost besides time is looked up just before and after.
pub async fn drive(
    mut waves: Waves,
    mechanism: Mechanism,
    setup_ms: f64,
    crew: &mut impl Crew,
    station: &impl Station,
) -> Execution {
    let dictionary = station.dictionary();
    let mut spans = Vec::new();
    let mut kept = HashMap::new();
    let mut handed_over: Vec<u32> = Vec::new();
    let mut note = |wave: &[Task], handed_over: &mut Vec<u32>| {
        kept.extend(wave.iter().filter_map(|task| Some((task.id, task.work.keys()?))));
        handed_over.clear();
        handed_over.extend(wave.iter().map(|task| task.id));
    };
    let mut next = waves.next(&[]);
    if let Some(wave) = &next {
        if let Some(first) = wave.first() {
            crew.prepare(first).await;
        }
        note(wave, &mut handed_over);
    }
    station.take_costs();
    let began_ms = station.now_ms();
    let mut ended_ms = began_ms;
    while let Some(wave) = next {
        let mut finished = crew.spread(wave).await;
        // What follows on the last wave is no part of the run.
        ended_ms = station.now_ms();
        if finished.len() < handed_over.len() && !station.cancelled() {
            let ended: HashSet<u32> = finished.iter().map(|task| task.span.task).collect();
            let lost = handed_over.iter().copied().filter(|task| !ended.contains(task));
            let nobody = || TaskError::new(ErrorKind::WorkerDied, "no worker was left to do it");
            finished.extend(lost.map(|task| failed(task, 0, [station.now_ms(); 3], nobody())));
        }
        next = waves.next(&finished);
        if let Some(wave) = &next {
            note(wave, &mut handed_over);
        }
        spans.extend(finished.into_iter().map(|task| task.span));
    }
    if !kept.is_empty() {
        crew.gather().await;
        dictionary.merge();
        ended_ms = station.now_ms();
    }
    let wall_ms = ended_ms - began_ms;
    let costs = if station.cancelled() {
        None
    } else {
        let others = crew.take_costs().await;
        Some(others.into_iter().fold(station.take_costs(), Costs::with))
    };
    let mut execution = Execution { mechanism, began_ms, setup_ms, wall_ms, costs, spans };
    execution.rebase();
    for span in &mut execution.spans {
        if let Some(Checksum(value)) = span.checksum
            && let Some(keys) = kept.get(&span.task)
            && !keys.clone().all(|key| dictionary.get(key) == Some(value))
        {
            span.checksum = None;
            let lost = "its result is not in the dictionary: what the worker kept is lost";
            span.error = Some(TaskError::new(ErrorKind::WorkerDied, lost));
        }
    }
    execution
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::failed;
    use crate::task::Work;

    #[test]
    fn tasks_are_taken_in_batches_as_far_as_they_are_short() {
        assert_eq!(batch(100_000, 2, Some(0.0)), 256);
        assert_eq!(batch(10_000, 2, Some(0.0)), 78);
        assert_eq!(batch(100_000, 2, Some(0.1)), 20);
        assert_eq!(batch(100_000, 2, Some(1.5)), 1);
        assert_eq!(batch(100_000, 2, None), 1);
        assert_eq!(batch(100_000, 128, Some(0.0)), 12);
        assert_eq!(batch(100, 2, Some(0.0)), 1);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "tests run where threads exist")]
    fn workers_share_a_wave_without_losing_a_task() {
        for task_ms in [0.0, 1.0] {
            let tasks = (0..5000).map(|id| Task { id, work: Work::Count { n: 1 } }).collect();
            let shared = SharedWave::new(tasks, 4);
            let perform = |task: &Task| failed(task.id, 0, [0.0, 0.0, task_ms], TaskError::cancelled());
            let of_each_worker = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| shared.work(|| false, perform))).collect();
                workers.into_iter().map(|worker| worker.join().expect("it ends well")).collect()
            });
            let mut ids: Vec<u32> = joined(of_each_worker).iter().map(|finished| finished.span.task).collect();
            ids.sort_unstable();
            assert_eq!(ids, (0..5000).collect::<Vec<_>>());
        }
    }

    #[test]
    fn who_is_cancelled_takes_no_more() {
        let shared = SharedWave::new((0..3).map(|id| Task { id, work: Work::Count { n: 1 } }).collect(), 1);
        let asked = std::cell::Cell::new(0);
        let cancelled = || asked.replace(asked.get() + 1) == 2;
        let finished = shared.work(cancelled, |task| failed(task.id, 0, [0.0; 3], TaskError::cancelled()));
        assert_eq!(finished.len(), 2);
    }
}
