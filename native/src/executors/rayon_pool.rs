//! `threads` for tasks that compute: a rayon pool.

use futures::FutureExt;
use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, SharedWave, joined, work};
use parlab_shared::task::{Finished, Task};
use rayon::ThreadPool;

use crate::host::NativeHost;

/// Performs a task that computes. Its future is ready when first polled: there is nothing to wait for.
fn compute(task: &Task, queued_ms: f64, worker: u32, host: &NativeHost) -> Finished {
    work(task, queued_ms, worker, host).now_or_never().expect("a task that computes never waits")
}

/// A rayon pool whose threads take tasks from one queue, in order.
pub struct RayonPool {
    host: NativeHost,
    pool: ThreadPool,
}

impl RayonPool {
    pub(super) fn new(host: NativeHost, workers: u32) -> Result<Self, String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(workers as usize).build();
        let pool = pool.map_err(|error| error.to_string())?;
        // Returns when every thread is up.
        pool.broadcast(|_| ());
        Ok(Self { host, pool })
    }
}

impl Crew for RayonPool {
    async fn prepare(&mut self, task: &Task) {
        // Each thread has its own.
        self.pool.broadcast(|_| drop(task.work.prepare()));
    }

    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let queued_ms = self.host.now_ms();
        let shared = SharedWave::new(wave, self.pool.current_num_threads());
        let of_each_thread = self.pool.broadcast(|context| {
            let perform = |task: &Task| compute(task, queued_ms, context.index() as u32, &self.host);
            shared.work(|| self.host.cancelled(), perform)
        });
        joined(of_each_thread)
    }
}
