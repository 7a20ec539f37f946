//! Executors: one crew per strategy. They know tasks and workers, never which workload it is.

mod os_threads;
mod owner;
mod processes;
mod rayon_pool;
mod watcher;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use parlab_shared::costs::Costs;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::measure::{
    Board, Crew, EventLoop, Executor, Isolated, Sequential, Station, drive, end_with, failed, read_back,
};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::strategy::{Mechanism, Platform};
use parlab_shared::task::{Finished, Task};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::host::{Asked, NativeHost, Setting};
use crate::run_folder::RunFolder;

use owner::Owner;
use watcher::Watcher;

/// What others see of a plan while it is carried out, and how they stop it.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Mutex<LiveState>>);

#[derive(Debug, Default)]
struct LiveState {
    board: Option<Arc<Board>>,
    cancelled: watch::Sender<bool>,
}

impl Live {
    /// The board of the run that is on, if one is.
    pub fn board(&self) -> Option<Arc<Board>> {
        self.lock().board.clone()
    }

    /// Stops the run that is on, and the plan after it.
    pub fn cancel(&self) {
        let state = self.lock();
        state.cancelled.send_replace(true);
        if let Some(board) = &state.board {
            board.cancel();
        }
    }

    /// Whether [`Live::cancel`] was called.
    pub fn cancelled(&self) -> bool {
        *self.lock().cancelled.borrow()
    }

    /// Returns when [`Live::cancel`] is called, or was.
    pub async fn until_cancelled(&self) {
        let mut cancelled = self.lock().cancelled.subscribe();
        // It fails only if nobody is left who could call it, and there is still this one.
        _ = cancelled.wait_for(|cancelled| *cancelled).await;
    }

    /// Shows the board of a run that begins, which is stopped if the plan was.
    pub(crate) fn show(&self, board: Arc<Board>) {
        let mut state = self.lock();
        if *state.cancelled.borrow() {
            board.cancel();
        }
        state.board = Some(board);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LiveState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries runs out on this machine.
#[derive(Debug)]
pub struct NativeExecutor {
    clock: Clock,
    live: Live,
    folder: Option<PathBuf>,
}

impl NativeExecutor {
    /// An executor with a clock that shows its runs in `live` and is stopped through it. Work that writes files takes a
    /// `folder`.
    pub fn new(clock: Clock, live: Live, folder: Option<PathBuf>) -> Self {
        Self { clock, live, folder }
    }
}

impl Executor for NativeExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let workload = &run.row.workload;
        self.execute_on(run, Board::new(workload.tasks(), workload.picture_side().unwrap_or(0)))
    }

    fn cancelled(&self) -> bool {
        self.live.cancelled()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl NativeExecutor {
    /// Carries a run out, and notes on a board how far it is. It is stopped with a task that takes longer than it may, which
    /// ends as soon as that task allows.
    pub fn execute_on(&self, run: &RunSpec, board: Board) -> Execution {
        let mechanism = run.row.mechanism(Platform::Native).expect("a plan has rows that its platform can run");
        let clock = self.clock;
        let board = Arc::new(board.under(run.row.way.lock, move || clock.now_ms()));
        self.live.show(Arc::clone(&board));
        let watcher = match Watcher::start(Arc::clone(&board), clock, run.task_limit_ms) {
            Ok(watcher) => watcher,
            Err(error) => {
                return unable(mechanism, clock.now_ms(), 0.0, format!("a thread could not be started: {error}"));
            }
        };
        let mut execution = self.carry_out(run, mechanism, board);
        let too_long = watcher.end();
        if !too_long.is_empty() {
            end_with(&mut execution, &too_long, run.task_limit_ms);
        }
        execution
    }

    fn carry_out(&self, run: &RunSpec, mechanism: Mechanism, board: Arc<Board>) -> Execution {
        let workload = &run.row.workload;
        let (clock, lock) = (self.clock, run.row.way.lock);
        // Lives until the run is over, its removal included, which nobody times.
        let parent = self.folder.as_deref().filter(|_| workload.writes_files());
        let folder = match parent.map(RunFolder::create).transpose() {
            Ok(folder) => folder,
            Err(error) => return unable(mechanism, clock.now_ms(), 0.0, format!("{error:#}")),
        };
        let timeout = Duration::from_millis(run.timeout_ms);
        let setting = Setting {
            folder: folder.as_ref().map(|folder| folder.path().to_owned()),
            timeout,
            sharing: workload.sharing(),
            lock,
            secure: run.may_need_tls(),
            asked: asked(run),
        };
        let (dictionary, wanted) = Dictionary::with_owner(workload.sharing(), run.row.workers);
        let dictionary = Arc::new(dictionary);
        // Lives as long as the run; of processes it is the crew's own thread that keeps what they ask for.
        let owner = wanted.map(|wanted| Owner::start(Arc::clone(&dictionary), wanted)).transpose();
        if let Err(error) = owner {
            let reason = format!("the dictionary's owner could not be started: {error}");
            return unable(mechanism, clock.now_ms(), 0.0, reason);
        }
        let host = NativeHost::new(clock, Arc::clone(&board), setting, dictionary, 0);
        let reader = host.clone();
        let setup_began_ms = clock.now_ms();
        // The run's own: what it leaves, such as connections, ends with it, before the next one begins.
        let runtime = match event_loop() {
            Ok(runtime) => runtime,
            Err(reason) => return unable(mechanism, clock.now_ms(), 0.0, reason),
        };
        runtime.block_on(async {
            let made = make_unless_cancelled(mechanism, run, host).await;
            let setup_ms = clock.now_ms() - setup_began_ms;
            match made {
                Ok(mut crew) => {
                    let mut execution = drive(run.waves(), mechanism, setup_ms, &mut crew, &reader).await;
                    crew.end().await;
                    read_back(run, &mut execution, &reader).await;
                    execution
                }
                // To be stopped is no failure, whatever it interrupts.
                Err(_) if board.cancelled() => {
                    let span = failed(0, 0, [0.0; 3], TaskError::cancelled()).span;
                    Execution {
                        mechanism,
                        began_ms: clock.now_ms(),
                        setup_ms,
                        wall_ms: 0.0,
                        costs: None,
                        spans: vec![span],
                    }
                }
                Err(reason) => unable(mechanism, clock.now_ms(), setup_ms, reason),
            }
        })
    }
}

/// The protocol that the requests of a run are to go over, if it asks for one.
fn asked(run: &RunSpec) -> Option<Asked> {
    let certificate = run.secured.as_ref()?.certificate.clone()?;
    Some(Asked { protocol: run.row.workload.protocol()?, certificate })
}

/// A run whose workers could not be made.
fn unable(mechanism: Mechanism, now_ms: f64, setup_ms: f64, reason: String) -> Execution {
    let span = failed(0, 0, [0.0; 3], TaskError::new(ErrorKind::Setup, reason)).span;
    Execution { mechanism, began_ms: now_ms, setup_ms, wall_ms: 0.0, costs: None, spans: vec![span] }
}

/// An event loop for one thread; or why there is none.
fn event_loop() -> Result<Runtime, String> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| format!("an event loop could not be made: {error}"))
}

/// The crew of a run, by mechanism.
enum AnyCrew {
    Sequential(Sequential<NativeHost>),
    EventLoop(EventLoop<NativeHost>),
    Rayon(rayon_pool::RayonPool),
    Threads(os_threads::OsThreads),
    Processes(Isolated<NativeHost, processes::Children>),
}

impl Crew for AnyCrew {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        match self {
            AnyCrew::Sequential(crew) => crew.spread(wave).await,
            AnyCrew::EventLoop(crew) => crew.spread(wave).await,
            AnyCrew::Rayon(crew) => crew.spread(wave).await,
            AnyCrew::Threads(crew) => crew.spread(wave).await,
            AnyCrew::Processes(crew) => crew.spread(wave).await,
        }
    }

    async fn prepare(&mut self, task: &Task) {
        match self {
            AnyCrew::Sequential(crew) => crew.prepare(task).await,
            AnyCrew::EventLoop(crew) => crew.prepare(task).await,
            AnyCrew::Rayon(crew) => crew.prepare(task).await,
            AnyCrew::Threads(crew) => crew.prepare(task).await,
            AnyCrew::Processes(crew) => crew.prepare(task).await,
        }
    }

    async fn gather(&mut self) {
        if let AnyCrew::Processes(crew) = self {
            crew.gather().await;
        }
    }

    async fn take_costs(&mut self) -> Vec<Costs> {
        if let AnyCrew::Processes(crew) = self { crew.take_costs().await } else { Vec::new() }
    }
}

impl AnyCrew {
    /// Ends the workers and waits until they have ended.
    async fn end(self) {
        if let AnyCrew::Processes(crew) = self {
            crew.end().await;
        }
    }
}

/// Makes the workers of a run, or says why there are none. To make them may take long: who stops the run is heard.
async fn make_unless_cancelled(mechanism: Mechanism, run: &RunSpec, host: NativeHost) -> Result<AnyCrew, String> {
    let watch = host.clone();
    match select(std::pin::pin!(make(mechanism, run, host)), std::pin::pin!(watch.until_cancelled())).await {
        Either::Left((made, _)) => made,
        Either::Right(_) => Err("the run was stopped while they were made".to_owned()),
    }
}

/// Makes the workers of a run, or says why there are none.
async fn make(mechanism: Mechanism, run: &RunSpec, host: NativeHost) -> Result<AnyCrew, String> {
    let row = &run.row;
    let workers = row.workers;
    match mechanism {
        Mechanism::OneThread => Ok(AnyCrew::Sequential(Sequential(host))),
        Mechanism::EventLoop => Ok(AnyCrew::EventLoop(EventLoop { station: host, in_flight: workers })),
        Mechanism::RayonPool => rayon_pool::RayonPool::new(host, workers).map(AnyCrew::Rayon),
        Mechanism::OsThreads => os_threads::OsThreads::new(host, workers, row.dispatch).map(AnyCrew::Threads),
        Mechanism::ChildProcesses => {
            let children = processes::Children::new(host.clock, host.setting.clone());
            Isolated::new(host, children, row).await.map(AnyCrew::Processes)
        }
        Mechanism::SharedWorkers
        | Mechanism::IsolatedWorkers
        | Mechanism::ThreadPoolExecutor
        | Mechanism::ProcessPoolExecutor
        | Mechanism::MultiprocessingPool
        | Mechanism::DaemonThreads
        | Mechanism::RunInExecutor => Err(format!("{mechanism} is of another platform")),
    }
}
