//! A crew: the workers of one run, ready to be given tasks.

mod event_loop;
mod isolated;
mod peer;
mod sequential;

pub use event_loop::EventLoop;
pub use isolated::{Isolated, Peers};
pub use peer::{FromPeer, Order, ToPeer, serve_peer};
pub use sequential::Sequential;

use std::collections::{HashMap, HashSet};

use super::{Board, failed};
use crate::costs::Costs;
use crate::host::Host;
use crate::run::Execution;
use crate::span::{Checksum, ErrorKind, TaskError};
use crate::strategy::Mechanism;
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
    let mut next = waves.next(&[]);
    if let Some(first) = next.iter().flatten().next() {
        crew.prepare(first).await;
    }
    station.take_costs();
    let began_ms = station.now_ms();
    while let Some(wave) = next {
        kept.extend(wave.iter().filter_map(|task| Some((task.id, task.work.keys()?))));
        let handed_over: Vec<u32> = wave.iter().map(|task| task.id).collect();
        let mut finished = crew.spread(wave).await;
        if finished.len() < handed_over.len() && !station.cancelled() {
            let ended: HashSet<u32> = finished.iter().map(|task| task.span.task).collect();
            let lost = handed_over.into_iter().filter(|task| !ended.contains(task));
            let nobody = || TaskError::new(ErrorKind::WorkerDied, "no worker was left to do it");
            finished.extend(lost.map(|task| failed(task, 0, [station.now_ms(); 3], nobody())));
        }
        next = waves.next(&finished);
        spans.extend(finished.into_iter().map(|task| task.span));
    }
    if !kept.is_empty() {
        crew.gather().await;
        dictionary.merge();
    }
    let wall_ms = station.now_ms() - began_ms;
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
