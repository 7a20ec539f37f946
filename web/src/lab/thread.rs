//! A thread: a worker over the memory of the team that made it, with an event loop of its own.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use futures::future::{Either, select};
use parlab_shared::host::Host;
use parlab_shared::measure::{Finished, work};
use parlab_shared::task::Task;
use wasm_bindgen::JsValue;

use super::host::{BrowserHost, Signal, TeamStation};
use super::{files, panic_message, workers};

/// What a thread is made for, if it is made for one task. It lies in the common memory and belongs to the thread until
/// that ends.
#[derive(Debug)]
pub struct Job {
    /// What to do.
    pub task: Task,
    /// When it could first be taken.
    pub queued_ms: f64,
    /// Who does it.
    pub worker: u32,
    /// Where.
    pub host: BrowserHost,
    /// What became of it.
    pub finished: Option<Finished>,
}

/// What a thread is made for, if it is made for queues.
#[derive(Debug)]
pub struct WorkerSlot {
    /// Who sits there.
    pub worker: u32,
    /// Where.
    pub host: BrowserHost,
}

/// The tasks of one wave, which threads take from the common memory, in order.
#[derive(Debug)]
pub struct Queue {
    /// When they could first be taken.
    pub queued_ms: f64,
    tasks: Vec<Task>,
    next: AtomicUsize,
    /// For each worker the task that it is at; [`NOTHING`] if there is none.
    held: Vec<AtomicUsize>,
    finished: Mutex<Vec<Finished>>,
}

/// No task's place.
const NOTHING: usize = usize::MAX;

impl Queue {
    /// A queue for a number of workers.
    pub fn new(tasks: Vec<Task>, queued_ms: f64, workers: usize) -> Self {
        let held = (0..workers).map(|_| AtomicUsize::new(NOTHING)).collect();
        let finished = Mutex::new(Vec::with_capacity(tasks.len()));
        Self { queued_ms, tasks, next: AtomicUsize::new(0), held, finished }
    }

    /// The next task, which the worker then holds.
    pub fn take(&self, worker: u32) -> Option<&Task> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        self.held[worker as usize].store(at, Ordering::Relaxed);
        self.tasks.get(at)
    }

    /// The task that a worker holds.
    pub fn held_by(&self, worker: u32) -> Option<&Task> {
        self.tasks.get(self.held[worker as usize].load(Ordering::Relaxed))
    }

    /// The task that a worker holds is over.
    pub fn finish(&self, worker: u32, finished: Finished) {
        self.held[worker as usize].store(NOTHING, Ordering::Relaxed);
        self.finished.lock().unwrap_or_else(PoisonError::into_inner).push(finished);
    }

    /// Whether every task was taken.
    pub fn is_empty(&self) -> bool {
        self.next.load(Ordering::Relaxed) >= self.tasks.len()
    }

    /// What became of the tasks, in the order in which they were over.
    pub fn finished(&self) -> Vec<Finished> {
        std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Performs the job at an address. `worker.js` says when it is done, after it has given the thread's stack back.
/// Returns whether that may be done: after a cancel, callbacks of what was given up may still come.
pub async fn serve(argument: &JsValue) -> bool {
    let address = argument.as_f64().expect("the team sends an address") as u32;
    // SAFETY: the team keeps the job alive and untouched until this worker says that it is done, or is dead.
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
pub async fn share(argument: &JsValue) {
    let address = argument.as_f64().expect("the team sends an address") as u32;
    // SAFETY: the address came from `Box::into_raw`, and the team has given the box away.
    let WorkerSlot { worker, host } = *unsafe { Box::from_raw(address as *mut WorkerSlot) };
    panic_message::prepare(host, worker, false);
    files::open_folder(host.folder).await;
    let mut inbox = workers::inbox();
    let (cancel, cancelled) = Signal::new();
    let mut cancel = Some(cancel);
    let station = TeamStation { host, cancelled, copied_ms: None };
    workers::post(&JsValue::TRUE);
    while let Some(message) = inbox.next().await {
        if let Some(address) = message.as_f64() {
            // SAFETY: the address came from `Arc::into_raw`, and the team has given this share away.
            let queue = unsafe { Arc::from_raw(address as u32 as *const Queue) };
            wasm_bindgen_futures::spawn_local(drain(queue, worker, station.clone()));
        } else if let Some(cancel) = cancel.take() {
            // Whoever waited for the signal is done already.
            _ = cancel.send(());
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
    workers::post(&JsValue::TRUE);
}
