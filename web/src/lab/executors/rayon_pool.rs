//! `threads` for tasks that compute: a rayon pool over the team's memory.

use std::sync::Arc;

use futures::channel::mpsc;
use futures::future::try_join_all;
use futures::{FutureExt, StreamExt};
use js_sys::{Object, Promise};
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, SharedWave, joined, work};
use parlab_shared::task::{Finished, Task};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::js::set;
use crate::lab::errors::describe;
use crate::lab::host::BrowserHost;
use crate::lab::workers::{FromWorker, WorkerHandle};
use crate::lab::{from_team, panic_message};
use crate::messages::Role;

/// What `web/src/lab/rayon_workers.js` calls to have workers made.
const MAKE_WORKERS: &str = "parlab_make_pool_workers";

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
    /// Starts the pool, each of whose threads is a worker over this memory. There is one per memory, and a team has its own.
    ///
    /// # Errors
    /// Why one could not be made.
    pub async fn new(host: BrowserHost, workers: u32) -> Result<Self, String> {
        let make = Closure::<dyn FnMut(u32, u32) -> Promise>::new(|queue: u32, threads: u32| {
            future_to_promise(async move {
                let made = try_join_all((0..threads).map(|_| start(queue))).await.map_err(JsValue::from)?;
                made.into_iter().for_each(|worker| wasm_bindgen_futures::spawn_local(watch(worker)));
                Ok(JsValue::UNDEFINED)
            })
        });
        let global: Object = js_sys::global();
        set(&global, MAKE_WORKERS, &make.into_js_value());
        let started = wasm_bindgen_rayon::init_thread_pool(workers as usize);
        JsFuture::from(started).await.map_err(|error| describe(&error))?;
        let pool = Self { host, workers };
        pool.everywhere(move |worker| panic_message::prepare(host, worker, false)).await;
        Ok(pool)
    }

    /// Calls a function in every thread of the pool and returns what it returned, without blocking this worker:
    /// a worker that blocks hears neither of a cancel nor of a death.
    async fn everywhere<T: Send + 'static>(&self, call: impl Fn(u32) -> T + Send + Sync + 'static) -> Vec<T> {
        let (sender, returned) = mpsc::unbounded();
        rayon::spawn_broadcast(move |context| {
            // Nobody listens any more if the team is being ended.
            _ = sender.unbounded_send(call(context.index() as u32));
        });
        returned.take(self.workers as usize).collect().await
    }
}

/// Makes a worker that waits for its thread in a queue at an address, and waits until it does.
async fn start(queue: u32) -> Result<WorkerHandle, String> {
    let mut worker = WorkerHandle::start_sharing(Role::PoolThread(queue))?;
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
