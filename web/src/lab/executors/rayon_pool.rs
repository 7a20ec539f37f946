//! `threads` for tasks that compute: a rayon pool over the team's memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::channel::mpsc;
use futures::future::try_join_all;
use futures::{FutureExt, StreamExt};
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, work};
use parlab_shared::task::{Finished, Task};
use rayon::{ThreadBuilder, ThreadPool, ThreadPoolBuilder};

use crate::lab::from_team;
use crate::lab::host::BrowserHost;
use crate::lab::pool_thread::PoolThread;
use crate::lab::workers::{FromWorker, WorkerHandle};
use crate::messages::Role;

/// Performs a task that computes. Its future is ready when first polled: there is nothing to wait for.
fn compute(task: &Task, queued_ms: f64, worker: u32, host: &BrowserHost) -> Finished {
    work(task, queued_ms, worker, host).now_or_never().expect("a task that computes never waits")
}

/// A rayon pool; its threads take tasks from one queue, in order. They end when it is dropped.
#[derive(Debug)]
pub struct RayonPool {
    host: BrowserHost,
    pool: ThreadPool,
}

impl RayonPool {
    /// Starts the pool, each of whose threads is a worker over this memory.
    ///
    /// # Errors
    /// Why one could not be made.
    pub async fn new(host: BrowserHost, workers: u32) -> Result<Self, String> {
        let mut threads = Vec::new();
        let builder = ThreadPoolBuilder::new().num_threads(workers as usize).spawn_handler(|thread| {
            threads.push(thread);
            Ok(())
        });
        let pool = builder.build().map_err(|error| error.to_string())?;
        for worker in try_join_all(threads.into_iter().map(|thread| start(host, thread))).await? {
            wasm_bindgen_futures::spawn_local(watch(worker));
        }
        Ok(Self { host, pool })
    }

    /// Calls a function in every thread of the pool and returns what it returned, without blocking this worker:
    /// a worker that blocks hears neither of a cancel nor of a death.
    async fn everywhere<T: Send + 'static>(&self, call: impl Fn(u32) -> T + Send + Sync + 'static) -> Vec<T> {
        let (sender, returned) = mpsc::unbounded();
        self.pool.spawn_broadcast(move |context| {
            // Nobody listens any more if the team is being ended.
            _ = sender.unbounded_send(call(context.index() as u32));
        });
        returned.take(self.pool.current_num_threads()).collect().await
    }
}

/// Makes the worker that a thread is, and waits until it is one.
async fn start(host: BrowserHost, thread: ThreadBuilder) -> Result<WorkerHandle, String> {
    let address = Box::into_raw(Box::new(PoolThread { host, thread }));
    let mut worker = WorkerHandle::start_sharing(Role::PoolThread(address as u32))?;
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
