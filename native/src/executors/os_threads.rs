//! `threads` for tasks that wait, and a thread of its own for every task: OS threads over one queue.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parlab_shared::host::Host;
use parlab_shared::measure::{Crew, Queue, failed, work};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::strategy::Dispatch;
use parlab_shared::task::{Finished, Task};

use super::event_loop;
use crate::host::NativeHost;
use crate::threads_end::{self, END};

/// How long threads may take until all of them are ready.
const START: Duration = Duration::from_secs(30);
/// How often who waits for a thread looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(100);

/// N threads that take tasks from one queue; or at most N at a time, a new one for every task. Dropping it ends them.
#[derive(Debug)]
pub struct OsThreads {
    host: NativeHost,
    workers: usize,
    /// The threads that live for the run; none if every task gets its own.
    pool: Vec<Member>,
}

/// A thread of the pool, and the way to give it a wave, without which it ends.
#[derive(Debug)]
struct Member {
    waves: mpsc::Sender<Wave>,
    thread: JoinHandle<()>,
}

/// A wave of tasks, for all members alike.
#[derive(Clone, Debug)]
struct Wave {
    queue: Arc<Queue>,
    /// Nothing is ever sent: whoever spread the wave waits until every member has dropped its part of it.
    _at_work: mpsc::Sender<Infallible>,
}

impl OsThreads {
    pub(super) fn new(host: NativeHost, workers: u32, dispatch: Dispatch) -> Result<Self, String> {
        let members = match dispatch {
            // Threads are made for no wave alone.
            Dispatch::Pool | Dispatch::PerWave => workers,
            Dispatch::PerTask => 0,
        };
        let mut made = Self { host, workers: workers as usize, pool: Vec::with_capacity(members as usize) };
        let (tell, are_ready) = mpsc::channel();
        for worker in 0..members {
            made.pool.push(Member::start(worker, made.host.for_worker(worker), tell.clone())?);
        }
        drop(tell);
        let until = Instant::now() + START;
        for _ in 0..members {
            hear_ready(&are_ready, until, &made.host)?;
        }
        Ok(made)
    }

    /// Hands a wave to the pool.
    fn spread_over_pool(&self, wave: Vec<Task>, queued_ms: f64) -> Vec<Finished> {
        let queue = Arc::new(Queue::new(wave, queued_ms, self.pool.len()));
        let (at_work, all) = mpsc::channel();
        let wave = Wave { queue: Arc::clone(&queue), _at_work: at_work };
        for member in &self.pool {
            // A member that is gone leaves its share to the others.
            _ = member.waves.send(wave.clone());
        }
        drop(wave);
        // Ends when the last member has dropped its part of the wave, or is given up.
        _ = hear(&all, &self.host);
        queue.into_finished()
    }

    /// Starts a thread for each task.
    fn spread_per_task(&self, wave: Vec<Task>, queued_ms: f64) -> Vec<Finished> {
        let mut finished = Vec::with_capacity(wave.len());
        let (report, reports) = mpsc::channel::<Finished>();
        let mut waiting = wave.into_iter();
        // Starts a thread for the next task there is a thread for; what has none has failed.
        let mut start_next = |place: u32, finished: &mut Vec<Finished>| {
            while !self.host.cancelled()
                && let Some(task) = waiting.next()
            {
                match self.start(task, place, queued_ms, report.clone()) {
                    None => return true,
                    unable => finished.extend(unable),
                }
            }
            false
        };
        let places = u32::try_from(self.workers).unwrap_or(u32::MAX);
        let mut running = (0..places).filter(|place| start_next(*place, &mut finished)).count();
        while running > 0
            && let Some(ended) = hear(&reports, &self.host)
        {
            // The next thread takes the place of the one that ended.
            let place = ended.span.worker;
            finished.push(ended);
            if !start_next(place, &mut finished) {
                running -= 1;
            }
        }
        finished
    }

    /// Starts a thread that performs one task and reports. Without a thread the task has failed, and is returned.
    fn start(&self, task: Task, place: u32, queued_ms: f64, report: mpsc::Sender<Finished>) -> Option<Finished> {
        let (host, began_ms, id) = (self.host.clone(), self.host.now_ms(), task.id);
        let lost = move |kind, reason: String, now_ms| {
            failed(id, place, [queued_ms, began_ms, now_ms], TaskError::new(kind, reason))
        };
        let perform = move || {
            let mut report = Report { to: report, finished: None };
            report.finished = Some(lost(ErrorKind::WorkerDied, "its thread panicked".to_owned(), host.now_ms()));
            // Its connections, like its event loop, are part of what it takes to make it.
            let host = host.for_worker(place);
            let ended = match event_loop() {
                Ok(event_loop) => event_loop.block_on(work(&task, queued_ms, place, &host)).spawned(began_ms),
                Err(reason) => {
                    let unable = lost(ErrorKind::Setup, reason, host.now_ms());
                    host.board.end(&task, &unable);
                    unable
                }
            };
            report.finished = Some(ended);
        };
        match thread::Builder::new().name(format!("worker {place}")).spawn(perform) {
            Ok(_) => None,
            Err(error) => {
                let reason = format!("a thread could not be started: {error}");
                Some(lost(ErrorKind::Setup, reason, self.host.now_ms()))
            }
        }
    }
}

/// Tells of a task when its thread leaves it, in whatever way.
struct Report {
    to: mpsc::Sender<Finished>,
    finished: Option<Finished>,
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(finished) = self.finished.take() {
            // Nobody listens any more to a thread that was given up.
            _ = self.to.send(finished);
        }
    }
}

/// Returns when one more thread of a pool is ready, or says why it is not, or none is in time.
fn hear_ready(are_ready: &Receiver<Result<(), String>>, until: Instant, host: &NativeHost) -> Result<(), String> {
    loop {
        match are_ready.recv_timeout(LOOK) {
            Ok(ready) => return ready,
            Err(RecvTimeoutError::Disconnected) => return Err("a thread panicked before it was ready".to_owned()),
            Err(RecvTimeoutError::Timeout) if host.cancelled() => return Err("the run was stopped".to_owned()),
            Err(RecvTimeoutError::Timeout) if Instant::now() > until => {
                return Err(format!("a thread was not ready within {} s", START.as_secs()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// The next thing that threads tell; `None` when there will be no more, or when they do not end though the run was stopped.
fn hear<T>(reports: &Receiver<T>, host: &NativeHost) -> Option<T> {
    let mut give_up_at = None;
    loop {
        match reports.recv_timeout(LOOK) {
            Ok(finished) => return Some(finished),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if !host.cancelled() => {}
            Err(RecvTimeoutError::Timeout) => {
                if Instant::now() > *give_up_at.get_or_insert_with(|| Instant::now() + END) {
                    return None;
                }
            }
        }
    }
}

impl Crew for OsThreads {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let queued_ms = self.host.now_ms();
        if self.pool.is_empty() {
            self.spread_per_task(wave, queued_ms)
        } else {
            self.spread_over_pool(wave, queued_ms)
        }
    }
}

impl Member {
    /// Starts a thread with an event loop and connections of its own, which tells when it is ready.
    fn start(worker: u32, host: NativeHost, tell: mpsc::Sender<Result<(), String>>) -> Result<Self, String> {
        let (waves, to_do) = mpsc::channel::<Wave>();
        let serve = move || {
            let event_loop = match event_loop() {
                Ok(event_loop) => event_loop,
                // Whoever started the thread waits for this.
                Err(reason) => {
                    _ = tell.send(Err(reason));
                    return;
                }
            };
            _ = tell.send(Ok(()));
            drop(tell);
            for Wave { queue, _at_work } in to_do {
                while !host.cancelled()
                    && let Some(task) = queue.take(worker)
                {
                    queue.finish(worker, event_loop.block_on(work(task, queue.queued_ms, worker, &host)));
                }
                // Whoever waits for the members then has the queue alone.
                drop(queue);
            }
        };
        let thread = thread::Builder::new().name(format!("worker {worker}")).spawn(serve);
        let thread = thread.map_err(|error| format!("a thread could not be started: {error}"))?;
        Ok(Self { waves, thread })
    }
}

impl Drop for OsThreads {
    fn drop(&mut self) {
        // All of them are told before any is waited for.
        let threads: Vec<_> = self.pool.drain(..).map(|Member { thread, .. }| thread).collect();
        threads_end::join(threads, END);
    }
}
