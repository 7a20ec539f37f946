//! `threads` for tasks that wait: workers over the team's memory, each with its event loop, that take tasks from one
//! queue; and a worker of its own for every task.

mod per_task;

use std::pin::pin;
use std::sync::Arc;

use futures::future::{Either, FutureExt, select, try_join_all};
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, Queue, Station, TaskState, all, failed};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::task::{Finished, Task};

use crate::lab::host::BrowserHost;
use crate::lab::shared_worker::WorkerSlot;
use crate::lab::station::TeamStation;
use crate::lab::workers::WorkerHandle;
use crate::messages::{Role, ToThread};

pub use per_task::WorkerPerTask;

/// Workers over this memory, each with its event loop: they take tasks from one queue, in order, and can wait, which
/// the threads of a rayon pool cannot.
#[derive(Debug)]
pub struct SharedWorkers {
    station: TeamStation,
    /// Where a worker can be: N places, each with a worker or without.
    places: Vec<Option<WorkerHandle>>,
}

impl SharedWorkers {
    /// Makes the workers.
    ///
    /// # Errors
    /// Why one could not be made.
    pub async fn new(station: TeamStation, workers: u32) -> Result<Self, String> {
        let places = try_join_all((0..workers).map(|worker| Self::start(station.host, worker).boxed_local())).await?;
        Ok(Self { station, places: places.into_iter().map(Some).collect() })
    }

    /// Makes a worker and waits until it is ready for queues.
    async fn start(host: BrowserHost, worker: u32) -> Result<WorkerHandle, String> {
        let host = BrowserHost { worker, ..host };
        let address = Box::into_raw(Box::new(WorkerSlot { host, worker }));
        let mut handle = WorkerHandle::start_sharing(Role::QueueWorker(address as u32))?;
        // The first message says that it is ready.
        handle.message().await?;
        Ok(handle)
    }

    /// Has the worker in `place` take tasks from the queue until it is empty. A worker that dies costs the task that it
    /// was at, and is replaced.
    async fn serve(&self, place: &mut Option<WorkerHandle>, worker: u32, queue: &Arc<Queue>) {
        loop {
            let handle = match place.take() {
                Some(handle) => Ok(handle),
                None => Self::start(self.station.host, worker).await,
            };
            let died = match handle {
                Ok(mut handle) => match self.drain(&mut handle, queue).await {
                    Ok(()) => return *place = Some(handle),
                    Err(reason) => TaskError::new(ErrorKind::WorkerDied, reason),
                },
                Err(reason) => {
                    // There is no worker, whose task could fail: the next one does.
                    queue.take(worker);
                    TaskError::new(ErrorKind::Setup, reason)
                }
            };
            self.station.host.board.died(worker);
            if let Some(task) = queue.held_by(worker) {
                self.fail(task, worker, queue, died);
            }
            if self.station.cancelled() || queue.is_empty() {
                return;
            }
        }
    }

    /// Hands the queue to a worker and returns when that has no task any more; or says how it died.
    async fn drain(&self, handle: &mut WorkerHandle, queue: &Arc<Queue>) -> Result<(), String> {
        // The worker takes this share over; if it dies, the share is lost with it.
        let share = Arc::into_raw(queue.clone());
        handle.post(&ToThread::Queue(share as u32))?;
        until_message(handle, &self.station).await
    }

    /// A worker died over a task.
    fn fail(&self, task: &Task, worker: u32, queue: &Queue, error: TaskError) {
        let now_ms = self.station.now_ms();
        let slot = self.station.host.board.snapshot().slots.get(task.id as usize).copied();
        let start_ms =
            slot.map_or(now_ms, |slot| if slot.state == TaskState::Waiting { now_ms } else { slot.start_ms });
        let failed = failed(task.id, worker, [queue.queued_ms, start_ms, now_ms], error);
        self.station.host.board.end(task, &failed);
        queue.finish(worker, failed);
    }
}

impl Crew for SharedWorkers {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let mut places = std::mem::take(&mut self.places);
        let queue = Arc::new(Queue::new(wave, self.station.now_ms(), places.len()));
        let this = &*self;
        all(places.iter_mut().zip(0..).map(|(place, worker)| this.serve(place, worker, &queue))).await;
        self.places = places;
        queue.into_finished()
    }
}

/// Returns when a worker says that it is done, which comes soon after the run was cancelled; or says how it died.
async fn until_message(worker: &mut WorkerHandle, station: &TeamStation) -> Result<(), String> {
    match select(pin!(worker.message()), pin!(station.until_cancelled())).await {
        Either::Left((message, _)) => return message.map(|_| ()),
        Either::Right(_) => {}
    }
    worker.post(&ToThread::Cancel)?;
    worker.message().await.map(|_| ())
}
