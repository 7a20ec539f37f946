//! `threads`: workers over the team's memory. A rayon pool for what computes, workers with event loops for what waits,
//! or a worker of its own for every task.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::channel::mpsc;
use futures::future::{Either, join_all, select, try_join_all};
use futures::{FutureExt, StreamExt};
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, Finished, Station, TaskState, failed, work};
use parlab_shared::task::{ErrorKind, Task, TaskError};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::lab::host::{BrowserHost, TeamStation};
use crate::lab::panic_message;
use crate::lab::team::{self, ToTeam};
use crate::lab::thread::{Job, Queue, WorkerSlot};
use crate::lab::workers::{WorkerHandle, describe};

#[wasm_bindgen(module = "/src/lab/watch.js")]
extern "C" {
    fn watch_workers(died: &JsValue);
    fn report_rejections();
}

/// Performs a task that computes. Its future is ready when first polled: there is nothing to wait for.
fn compute(task: &Task, queued_ms: f64, worker: u32, host: &BrowserHost) -> Finished {
    work(task, queued_ms, worker, host).now_or_never().expect("a task that computes never waits")
}

/// The rayon pool of this memory; its threads take tasks from one queue, in order.
#[derive(Debug)]
pub struct RayonPool {
    host: BrowserHost,
    workers: u32,
}

impl RayonPool {
    /// Starts the pool. There is one per memory, and a team has its own memory.
    pub async fn new(host: BrowserHost, workers: u32) -> Result<Self, String> {
        let died = Closure::<dyn FnMut(String)>::new(|reason: String| team::post_lost(&reason));
        watch_workers(&died.into_js_value());
        let started = wasm_bindgen_rayon::init_thread_pool(workers as usize);
        JsFuture::from(started).await.map_err(|error| describe(&error))?;
        let pool = Self { host, workers };
        pool.everywhere(move |worker| {
            report_rejections();
            panic_message::prepare(host, worker, false);
        })
        .await;
        Ok(pool)
    }

    /// Calls a function in every thread of the pool and returns what it returned, without blocking this worker:
    /// a worker that blocks hears neither of a cancel nor of a death.
    async fn everywhere<T: Send + 'static>(&self, call: impl Fn(u32) -> T + Send + Sync + 'static) -> Vec<T> {
        let (tell, told) = mpsc::unbounded();
        rayon::spawn_broadcast(move |context| {
            // Nobody listens any more if the team is being ended.
            _ = tell.unbounded_send(call(context.index() as u32));
        });
        told.take(self.workers as usize).collect().await
    }
}

impl Crew for RayonPool {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let host = self.host;
        let queued_ms = host.now_ms();
        let (wave, next) = (Arc::new(wave), AtomicUsize::new(0));
        let of_each_thread = self.everywhere(move |worker| {
            let mut finished = Vec::with_capacity(wave.len());
            while !host.cancelled()
                && let Some(task) = wave.get(next.fetch_add(1, Ordering::Relaxed))
            {
                finished.push(compute(task, queued_ms, worker, &host));
            }
            finished
        });
        of_each_thread.await.into_iter().flatten().collect()
    }
}

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
        let places = try_join_all((0..workers).map(|worker| Self::start(station.host, worker))).await?;
        Ok(Self { station, places: places.into_iter().map(Some).collect() })
    }

    /// Makes a worker and waits until it is ready for queues.
    async fn start(host: BrowserHost, worker: u32) -> Result<WorkerHandle, String> {
        let host = BrowserHost { worker, ..host };
        let address = Box::into_raw(Box::new(WorkerSlot { host, worker }));
        let mut member = WorkerHandle::start("worker_main", JsValue::from(address as u32), true)?;
        // The first message says that it is ready.
        member.message().await?;
        Ok(member)
    }

    /// Has the worker in `place` take tasks from the queue until it is empty. A worker that dies costs the task that it
    /// was at, and is replaced.
    async fn serve(&self, place: &mut Option<WorkerHandle>, worker: u32, queue: &Arc<Queue>) {
        loop {
            let member = match place.take() {
                Some(member) => Ok(member),
                None => Self::start(self.station.host, worker).await,
            };
            let died = match member {
                Ok(mut member) => match self.drain(&mut member, queue).await {
                    Ok(()) => return *place = Some(member),
                    Err(reason) => TaskError::new(ErrorKind::WorkerDied, reason),
                },
                Err(reason) => {
                    // There is no worker, whose task could fail: the next one does.
                    queue.take(worker);
                    TaskError::new(ErrorKind::Setup, reason)
                }
            };
            if let Some(task) = queue.held_by(worker) {
                self.fail(task, worker, queue, died);
            }
            if self.station.cancelled() || queue.is_empty() {
                return;
            }
        }
    }

    /// Hands the queue to a worker and returns when that has no task any more; or says how it died.
    async fn drain(&self, member: &mut WorkerHandle, queue: &Arc<Queue>) -> Result<(), String> {
        // The worker takes this share over; if it dies, the share is lost with it.
        let share = Arc::into_raw(queue.clone());
        member.post(&JsValue::from(share as u32))?;
        until_message(member, &self.station).await
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
        join_all(places.iter_mut().zip(0..).map(|(place, worker)| this.serve(place, worker, &queue))).await;
        self.places = places;
        queue.finished()
    }
}

/// A new worker over this memory for every task; at most N live at a time.
#[derive(Debug)]
pub struct ThreadPerTask {
    station: TeamStation,
    workers: u32,
}

impl ThreadPerTask {
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
        let ended = match WorkerHandle::start("thread", JsValue::from(address as u32), true) {
            Ok(mut handle) => {
                let ended = until_message(&mut handle, &self.station).await;
                ended.map_err(|reason| TaskError::new(ErrorKind::WorkerDied, reason))
            }
            Err(reason) => Err(TaskError::new(ErrorKind::Setup, reason)),
        };
        // SAFETY: the address came from `Box::into_raw` above, and the worker that used it has said
        // that it is done with it, or is dead, or never was.
        let job = unsafe { Box::from_raw(address) };
        let failed = |error| failed(id, worker, [queued_ms, begun_ms, host.now_ms()], error);
        match (ended, job.finished) {
            (Ok(()), Some(finished)) => finished,
            (Ok(()), None) => failed(TaskError::new(ErrorKind::WorkerDied, "the worker ended without a result")),
            (Err(error), _) => {
                let failed = failed(error);
                host.board.end(&job.task, &failed);
                failed
            }
        }
    }
}

impl Crew for ThreadPerTask {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let this = &*self;
        let queued_ms = this.station.now_ms();
        let waiting = std::cell::RefCell::new(wave.into_iter());
        let take = || waiting.borrow_mut().next().filter(|_| !this.station.cancelled());
        let place = async |worker| {
            let mut finished = Vec::new();
            while let Some(task) = take() {
                finished.push(this.perform(task, queued_ms, worker).await);
            }
            finished
        };
        join_all((0..this.workers).map(place)).await.into_iter().flatten().collect()
    }
}

/// Returns when a worker says that it is done, which comes soon after the run was cancelled; or says how it died.
async fn until_message(worker: &mut WorkerHandle, station: &TeamStation) -> Result<(), String> {
    match select(pin!(worker.message()), pin!(station.until_cancelled())).await {
        Either::Left((message, _)) => return message.map(|_| ()),
        Either::Right(_) => {}
    }
    worker.post(&ToTeam::Cancel.to_js())?;
    worker.message().await.map(|_| ())
}
