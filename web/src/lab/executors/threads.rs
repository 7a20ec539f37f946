//! `threads`: workers over the team's memory. A rayon pool, or a worker of its own for every task.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::channel::mpsc;
use futures::{FutureExt, StreamExt};
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, Finished, failed, work};
use parlab_shared::task::{ErrorKind, Task, TaskError};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::lab::host::BrowserHost;
use crate::lab::thread::Job;
use crate::lab::workers::{FromWorker, WorkerHandle, describe};
use crate::lab::{last_words, team};

#[wasm_bindgen(module = "/src/lab/watch.js")]
extern "C" {
    fn watch_workers(died: &JsValue);
    fn report_rejections();
}

/// Performs a task that computes. Its future is ready when first polled: there is nothing to wait for.
pub fn compute(task: &Task, queued_ms: f64, worker: u32, host: &BrowserHost) -> Finished {
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
            last_words::prepare(host, worker, false);
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

/// A new worker over this memory for every task; at most N live at a time.
#[derive(Debug)]
pub struct ThreadPerTask {
    host: BrowserHost,
    workers: u32,
}

impl ThreadPerTask {
    /// A crew of workers to come.
    pub fn new(host: BrowserHost, workers: u32) -> Self {
        Self { host, workers }
    }

    /// Performs one task in a worker of its own.
    async fn perform(&self, task: Task, queued_ms: f64, worker: u32) -> Finished {
        let (id, begun_ms) = (task.id, self.host.now_ms());
        let job = Job { task, queued_ms, worker, host: self.host, finished: None };
        let address = Box::into_raw(Box::new(job));
        let ended = match WorkerHandle::start("thread", JsValue::from(address as u32), true) {
            Ok(mut handle) => match handle.next().await {
                FromWorker::Message(_) => Ok(()),
                FromWorker::Died(reason) => Err(TaskError::new(ErrorKind::WorkerDied, reason)),
            },
            Err(reason) => Err(TaskError::new(ErrorKind::Setup, reason)),
        };
        // SAFETY: the address came from `Box::into_raw` above, and the worker that used it has said
        // that it is done with it, or is dead, or never was.
        let job = unsafe { Box::from_raw(address) };
        let failed = |error| failed(id, worker, [queued_ms, begun_ms, self.host.now_ms()], error);
        match (ended, job.finished) {
            (Ok(()), Some(finished)) => finished,
            (Ok(()), None) => failed(TaskError::new(ErrorKind::WorkerDied, "the worker ended without a result")),
            (Err(error), _) => {
                let failed = failed(error);
                self.host.board.end(&job.task, &failed);
                failed
            }
        }
    }
}

impl Crew for ThreadPerTask {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let this = &*self;
        let queued_ms = this.host.now_ms();
        let waiting = std::cell::RefCell::new(wave.into_iter());
        let take = || waiting.borrow_mut().next().filter(|_| !this.host.cancelled());
        let place = async |worker| {
            let mut finished = Vec::new();
            while let Some(task) = take() {
                finished.push(this.perform(task, queued_ms, worker).await);
            }
            finished
        };
        futures::future::join_all((0..this.workers).map(place)).await.into_iter().flatten().collect()
    }
}
