//! `threads` for tasks that wait, and a thread of its own for every task: OS threads over one queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, work};
use parlab_shared::strategy::Dispatch;
use parlab_shared::task::{Finished, Task};
use tokio::runtime::Runtime;

use crate::host::NativeHost;

/// N threads that take tasks from one queue; or at most N at a time, a new one for every task.
#[derive(Debug)]
pub struct OsThreads {
    host: NativeHost,
    workers: usize,
    /// The threads that live for the run; none if every task gets its own.
    pool: Vec<Member>,
}

/// A thread of the pool, and the way to give it a wave. Dropping it ends the thread.
#[derive(Debug)]
struct Member {
    waves: Option<mpsc::Sender<Wave>>,
    thread: Option<JoinHandle<()>>,
}

/// A wave of tasks, for all members alike.
#[derive(Clone, Debug)]
struct Wave {
    tasks: Arc<Vec<Task>>,
    next: Arc<AtomicUsize>,
    queued_ms: f64,
    finished: mpsc::Sender<Finished>,
}

impl OsThreads {
    pub(super) fn new(host: NativeHost, workers: u32, dispatch: Dispatch) -> Result<Self, String> {
        let members = match dispatch {
            Dispatch::Pool => workers,
            Dispatch::PerTask => 0,
        };
        let pool = (0..members).map(|worker| Member::start(worker, host.for_worker(worker)));
        let pool = pool.collect::<Result<_, _>>().map_err(|error| format!("a thread could not be started: {error}"))?;
        Ok(Self { host, workers: workers as usize, pool })
    }

    /// Hands a wave to the pool.
    fn spread_over_pool(&self, wave: Vec<Task>, queued_ms: f64) -> Vec<Finished> {
        let (finished, all) = mpsc::channel();
        let wave = Wave { tasks: Arc::new(wave), next: Arc::default(), queued_ms, finished };
        for member in &self.pool {
            // A member that is gone leaves its share to the others.
            _ = member.waves.as_ref().map(|waves| waves.send(wave.clone()));
        }
        // Ends when the last member has dropped its part of the wave.
        drop(wave);
        all.into_iter().collect()
    }

    /// Starts a thread for each task.
    fn spread_per_task(&self, wave: &[Task], queued_ms: f64) -> Vec<Finished> {
        let host = &self.host;
        let mut finished = Vec::with_capacity(wave.len());
        let (report, reports) = mpsc::channel::<Finished>();
        thread::scope(|scope| {
            let start = |task, place| {
                let report = report.clone();
                scope.spawn(move || {
                    let host = host.for_worker(place);
                    let one = runtime().block_on(work(task, queued_ms, place, &host));
                    // The receiver lives until every thread has reported.
                    _ = report.send(one);
                });
            };
            let mut waiting = wave.iter();
            let mut running = 0;
            for (task, place) in waiting.by_ref().take(self.workers).zip(0..) {
                start(task, place);
                running += 1;
            }
            while running > 0
                && let Ok(one) = reports.recv()
            {
                // The next thread takes the place of the one that ended.
                let place = one.span.worker;
                finished.push(one);
                match waiting.next() {
                    Some(task) if !host.cancelled() => start(task, place),
                    _ => running -= 1,
                }
            }
        });
        finished
    }
}

impl Crew for OsThreads {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let queued_ms = self.host.now_ms();
        if self.pool.is_empty() {
            self.spread_per_task(&wave, queued_ms)
        } else {
            self.spread_over_pool(wave, queued_ms)
        }
    }
}

impl Member {
    /// Starts a thread with a runtime and connections of its own, and returns when it is ready.
    fn start(worker: u32, host: NativeHost) -> std::io::Result<Self> {
        let (waves, to_do) = mpsc::channel::<Wave>();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::Builder::new().name(format!("worker {worker}")).spawn(move || {
            let runtime = runtime();
            // Whoever started the thread waits for this.
            _ = ready.send(());
            for Wave { tasks, next, queued_ms, finished } in to_do {
                while !host.cancelled()
                    && let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    // Whoever spread the wave waits until every member has dropped its sender.
                    _ = finished.send(runtime.block_on(work(task, queued_ms, worker, &host)));
                }
            }
        })?;
        // An error would mean that the thread is gone, which the first wave will show.
        _ = is_ready.recv();
        Ok(Self { waves: Some(waves), thread: Some(thread) })
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.waves = None;
        if let Some(thread) = self.thread.take() {
            // It panicked outside of a task, and has said so.
            _ = thread.join();
        }
    }
}

/// An event loop for one thread.
fn runtime() -> Runtime {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.expect("the system has room for one more event loop")
}
