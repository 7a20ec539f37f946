//! A thread: a worker over the memory of the team that made it, for one job.

use parlab_shared::measure::Finished;
use parlab_shared::task::Task;
use wasm_bindgen::JsValue;

use super::executors::compute;
use super::host::BrowserHost;
use super::last_words;

/// What a thread is made for. It lies in the common memory and belongs to the thread until that ends.
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

/// Performs the job at an address. `worker.js` says when it is done, after it has given the thread's stack back.
pub fn serve(argument: &JsValue) {
    let address = argument.as_f64().expect("the team sends an address") as u32;
    // SAFETY: the team keeps the job alive and untouched until this worker says that it is done, or is dead.
    let job = unsafe { &mut *(address as *mut Job) };
    last_words::prepare(job.host, job.worker, false);
    job.finished = Some(compute(&job.task, job.queued_ms, job.worker, &job.host));
}
