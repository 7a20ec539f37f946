//! A worker over the team's memory for every task.

use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, all, failed};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::task::{Finished, Task};

use super::until_message;
use crate::lab::host::BrowserHost;
use crate::lab::shared_worker::Job;
use crate::lab::station::TeamStation;
use crate::lab::workers::WorkerHandle;
use crate::messages::Role;

/// A new worker over this memory for every task; at most N live at a time.
#[derive(Debug)]
pub struct WorkerPerTask {
    station: TeamStation,
    workers: u32,
}

impl WorkerPerTask {
    /// A crew of workers to come.
    pub fn new(station: TeamStation, workers: u32) -> Self {
        Self { station, workers }
    }

    /// Performs one task in a worker of its own.
    async fn perform(&self, task: Task, queued_ms: f64, worker: u32) -> Finished {
        let host = BrowserHost { worker, ..self.station.host };
        let (id, begun_ms) = (task.id, host.now_ms());
        let job = Job { task, queued_ms, worker, host, finished: None };
        let address = Box::into_raw(Box::new(job));
        let ended = match WorkerHandle::start_sharing(Role::TaskWorker(address as u32)) {
            Ok(mut handle) => {
                let ended = until_message(&mut handle, &self.station).await;
                ended.map_err(|reason| TaskError::new(ErrorKind::WorkerDied, reason))
            }
            Err(reason) => Err(TaskError::new(ErrorKind::Setup, reason)),
        };
        // SAFETY: the address came from `Box::into_raw` above, and the worker that used it has said
        // that it is done with it, or is dead, or never was.
        #[expect(unsafe_code, reason = "workers over one memory are told addresses")]
        let job = unsafe { Box::from_raw(address) };
        let failed = |error| failed(id, worker, [queued_ms, begun_ms, host.now_ms()], error);
        match (ended, job.finished) {
            (Ok(()), Some(finished)) => finished.spawned(begun_ms),
            (Ok(()), None) => failed(TaskError::new(ErrorKind::WorkerDied, "the worker ended without a result")),
            (Err(error), _) => {
                let failed = failed(error);
                host.board.died(worker);
                host.board.end(&job.task, &failed);
                failed
            }
        }
    }
}

impl Crew for WorkerPerTask {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let this = &*self;
        let queued_ms = this.station.now_ms();
        let waiting = std::cell::RefCell::new(wave.into_iter());
        let take = || waiting.borrow_mut().next().filter(|_| !this.station.cancelled());
        let finished = std::cell::RefCell::new(Vec::new());
        let place = async |worker| {
            while let Some(task) = take() {
                let performed = this.perform(task, queued_ms, worker).await;
                finished.borrow_mut().push(performed);
            }
        };
        all((0..this.workers).map(place)).await;
        finished.into_inner()
    }
}
