//! A worker over the memory of the team that made it, with an event loop of its own.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::{Either, select};
use parlab_shared::host::Host;
use parlab_shared::measure::{Queue, work};
use parlab_shared::task::{Finished, Task};
use wasm_bindgen::JsValue;

use super::host::BrowserHost;
use super::signal::Signal;
use super::station::TeamStation;
use super::{panic_message, run_folder, workers};
use crate::messages::{FromThread, ToThread};
use crate::wire;

/// What a worker is made for, if it is made for one task. It lies in the common memory and belongs to the worker until
/// that ends.
#[derive(Debug)]
pub struct Job {
    /// The task that is to be done.
    pub task: Task,
    /// When it could first be taken.
    pub queued_ms: f64,
    /// The number of the worker that does it, from 0.
    pub worker: u32,
    /// What the browser offers to its tasks.
    pub host: BrowserHost,
    /// What became of it.
    pub finished: Option<Finished>,
}

/// What a worker is made for, if it is made for queues.
#[derive(Debug)]
pub struct WorkerSlot {
    /// Which worker of the run it is.
    pub worker: u32,
    /// What the browser offers to its tasks.
    pub host: BrowserHost,
}

/// Performs the job at an address. `worker.js` says when it is over, after it has given the worker's stack back.
/// Returns whether that may be done: after a cancel, callbacks of what was given up may still come.
pub async fn perform(address: u32) -> bool {
    // SAFETY: the team keeps the job alive and untouched until this worker says that it is over, or is dead.
    #[expect(unsafe_code, reason = "workers over one memory are told addresses")]
    let job = unsafe { &mut *(address as *mut Job) };
    panic_message::prepare(job.host, job.worker, false);
    let mut inbox = workers::inbox();
    let (cancel, cancelled) = Signal::new();
    let station = TeamStation { host: job.host, cancelled, copied_ms: None };
    let hear = async {
        // A cancel is all that the team has to say.
        if inbox.next().await.is_some() {
            // Whoever waited for the signal is done already.
            _ = cancel.send(());
        }
        std::future::pending::<()>().await
    };
    let performed = work(&job.task, job.queued_ms, job.worker, &station);
    if let Either::Left((finished, _)) = select(pin!(performed), pin!(hear)).await {
        job.finished = Some(finished);
    }
    !job.host.cancelled()
}

/// Performs the tasks of every queue whose address the team sends, until the team ends this worker.
pub async fn worker_main(address: u32) {
    // SAFETY: the address came from `Box::into_raw`, and the team has given the box away.
    #[expect(unsafe_code, reason = "workers over one memory are told addresses")]
    let WorkerSlot { worker, host } = *unsafe { Box::from_raw(address as *mut WorkerSlot) };
    panic_message::prepare(host, worker, false);
    run_folder::open(host.folder).await;
    let mut inbox = workers::inbox();
    let (cancel, cancelled) = Signal::new();
    let mut cancel = Some(cancel);
    let station = TeamStation { host, cancelled, copied_ms: None };
    post(FromThread::Ready);
    while let Some(message) = inbox.next().await {
        match wire::open(&message) {
            Some((ToThread::Queue(address), _)) => {
                // SAFETY: the address came from `Arc::into_raw`, and the team has given this share away.
                #[expect(unsafe_code, reason = "workers over one memory are told addresses")]
                let queue = unsafe { Arc::from_raw(address as *const Queue) };
                wasm_bindgen_futures::spawn_local(drain(queue, worker, station.clone()));
            }
            Some((ToThread::Cancel, _)) => {
                // Whoever waited for the signal is done already.
                _ = cancel.take().map(|cancel| cancel.send(()));
            }
            None => {}
        }
    }
}

/// Takes tasks from a queue until it is empty, and says so.
async fn drain(queue: Arc<Queue>, worker: u32, station: TeamStation) {
    while !station.cancelled()
        && let Some(task) = queue.take(worker)
    {
        queue.finish(worker, work(task, queue.queued_ms, worker, &station).await);
    }
    drop(queue);
    post(FromThread::Over);
}

fn post(message: FromThread) {
    workers::post(&message, &JsValue::UNDEFINED);
}
