//! `threads` for tasks that compute: a rayon pool over the team's memory.

use std::sync::Arc;

use futures::channel::mpsc;
use futures::future::try_join_all;
use futures::{FutureExt, StreamExt};
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, SharedWave, joined, work};
use parlab_shared::task::{Finished, Task};
use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

use crate::lab::host::BrowserHost;
use crate::lab::workers::{FromWorker, WorkerHandle};
use crate::lab::{from_team, panic_message};
use crate::messages::Role;

/// Performs a task that computes. Its future is ready when first polled: there is nothing to wait for.
fn compute(task: &Task, queued_ms: f64, worker: u32, host: &BrowserHost) -> Finished {
    work(task, queued_ms, worker, host).now_or_never().expect("a task that computes never waits")
}

/// The rayon pool of this memory; its threads take tasks from one queue, in order.
#[derive(Debug)]
pub struct RayonPool {
    host: BrowserHost,
    workers: u32,
    /// Its threads end with the workers that they are.
    pool: &'static ThreadPool,
}

impl RayonPool {
    /// Starts the pool, each of whose threads is a worker over this memory, made as all others of parlab.
    ///
    /// # Errors
    /// Why one could not be made.
    pub async fn new(host: BrowserHost, workers: u32) -> Result<Self, String> {
        let mut threads = Vec::new();
        let pool = ThreadPoolBuilder::new().num_threads(workers as usize).spawn_handler(|thread| {
            threads.push(thread);
            Ok(())
        });
        let pool: &'static ThreadPool = Box::leak(Box::new(pool.build().map_err(|error| error.to_string())?));
        let made = try_join_all(threads.into_iter().map(|thread| start(thread).boxed_local())).await?;
        made.into_iter().for_each(|worker| wasm_bindgen_futures::spawn_local(watch(worker)));
        let pool = Self { host, workers, pool };
        pool.everywhere(move |worker| panic_message::prepare(host, worker, false)).await;
        Ok(pool)
    }

    /// Calls a function in every thread of the pool and returns what it returned, without blocking this worker:
    /// a worker that blocks hears neither of a cancel nor of a death.
    async fn everywhere<T: Send + 'static>(&self, call: impl Fn(u32) -> T + Send + Sync + 'static) -> Vec<T> {
        let (sender, returned) = mpsc::unbounded();
        self.pool.spawn_broadcast(move |context| {
            // Nobody listens any more if the team is being ended.
            _ = sender.unbounded_send(call(context.index() as u32));
        });
        returned.take(self.workers as usize).collect().await
    }
}

/// Makes the worker that is a thread of the pool, and waits until it is.
async fn start(thread: ThreadBuilder) -> Result<WorkerHandle, String> {
    // The worker takes it over.
    let address = Box::into_raw(Box::new(thread)) as u32;
    let mut worker = WorkerHandle::start_sharing(Role::PoolThread(address))?;
    worker.message().await?;
    Ok(worker)
}

/// Keeps a worker. A pool cannot do without one of its threads: if one dies, so does the team.
async fn watch(mut worker: WorkerHandle) {
    loop {
        if let FromWorker::Died(reason) = worker.next().await {
            from_team::post_lost(&reason);
        }
    }
}

impl Crew for RayonPool {
    async fn prepare(&mut self, task: &Task) {
        // Each thread has its own.
        let work = task.work.clone();
        self.everywhere(move |_| drop(work.prepare())).await;
    }

    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let host = self.host;
        let queued_ms = host.now_ms();
        let shared = Arc::new(SharedWave::new(wave, self.workers as usize));
        let of_each_thread = self
            .everywhere(move |worker| shared.work(|| host.cancelled(), |task| compute(task, queued_ms, worker, &host)));
        joined(of_each_thread.await)
    }
}
