//! Executors: one crew per strategy. They know tasks and workers, never which workload it is.

mod processes;
mod threads;

use std::sync::{Arc, Mutex, PoisonError};

use parlab_shared::measure::{
    Board, Crew, EventLoop, Execution, Executor, Finished, Isolated, RunSpec, Sequential, drive, failed,
};
use parlab_shared::strategy::{Mechanism, Platform, mechanism};
use parlab_shared::task::{ErrorKind, Task, TaskError};

use crate::clock::Clock;
use crate::host::NativeHost;

/// What others see of a plan while it is carried out, and how they stop it.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Mutex<LiveState>>);

#[derive(Debug, Default)]
struct LiveState {
    board: Option<Arc<Board>>,
    cancelled: bool,
}

impl Live {
    /// The board of the run that is on, if one is.
    pub fn board(&self) -> Option<Arc<Board>> {
        self.lock().board.clone()
    }

    /// Stops the run that is on, and the plan after it.
    pub fn cancel(&self) {
        let mut state = self.lock();
        state.cancelled = true;
        if let Some(board) = &state.board {
            board.cancel();
        }
    }

    /// Whether [`Live::cancel`] was called.
    pub fn cancelled(&self) -> bool {
        self.lock().cancelled
    }

    fn show(&self, board: Arc<Board>) {
        let mut state = self.lock();
        if state.cancelled {
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
}

impl NativeExecutor {
    /// An executor that shows its runs in `live` and is stopped through it.
    pub fn new(live: Live) -> Self {
        Self { clock: Clock::start(), live }
    }
}

impl Executor for NativeExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let workload = &run.row.workload;
        let board = Arc::new(Board::new(workload.tasks(), workload.picture_side().unwrap_or(0)));
        self.live.show(Arc::clone(&board));
        let clock = self.clock;
        let host = NativeHost { clock, board };
        let setup_began_ms = clock.now_ms();
        let made = make(run, host).await;
        let setup_ms = clock.now_ms() - setup_began_ms;
        match made {
            Ok((mechanism, mut crew)) => {
                drive(workload.waves(), mechanism, setup_ms, &mut crew, || clock.now_ms()).await
            }
            Err((mechanism, reason)) => {
                let error = TaskError::new(ErrorKind::Setup, reason);
                let span = failed(0, 0, [0.0; 3], error).span;
                Execution { mechanism, began_ms: clock.now_ms(), setup_ms, wall_ms: 0.0, spans: vec![span] }
            }
        }
    }

    fn cancelled(&self) -> bool {
        self.live.cancelled()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

/// The crew of a run, by mechanism.
enum AnyCrew {
    Sequential(Sequential<NativeHost>),
    EventLoop(EventLoop<NativeHost>),
    Rayon(threads::RayonPool),
    PerTask(threads::ThreadPerTask),
    Processes(Isolated<NativeHost, processes::Children>),
}

impl Crew for AnyCrew {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        match self {
            AnyCrew::Sequential(crew) => crew.spread(wave).await,
            AnyCrew::EventLoop(crew) => crew.spread(wave).await,
            AnyCrew::Rayon(crew) => crew.spread(wave).await,
            AnyCrew::PerTask(crew) => crew.spread(wave).await,
            AnyCrew::Processes(crew) => crew.spread(wave).await,
        }
    }
}

/// Makes the workers of a run, or says why there are none.
async fn make(run: &RunSpec, host: NativeHost) -> Result<(Mechanism, AnyCrew), (Mechanism, String)> {
    let row = &run.row;
    let mechanism = mechanism(row.workload.nature(), row.strategy, row.dispatch, Platform::Native)
        .map_err(|reason| (Mechanism::OneThread, reason.to_owned()))?;
    let workers = row.workers;
    let crew = match mechanism {
        Mechanism::OneThread => Ok(AnyCrew::Sequential(Sequential(host))),
        Mechanism::EventLoop => Ok(AnyCrew::EventLoop(EventLoop { station: host, in_flight: workers })),
        Mechanism::RayonPool => threads::RayonPool::new(host, workers).map(AnyCrew::Rayon),
        Mechanism::OsThreads => Ok(AnyCrew::PerTask(threads::ThreadPerTask::new(host, workers))),
        Mechanism::ChildProcesses => {
            let children = processes::Children { clock: host.clock };
            Isolated::new(host, children, workers, row.dispatch).await.map(AnyCrew::Processes)
        }
        Mechanism::SharedWorkers | Mechanism::IsolatedWorkers => Err(format!("{mechanism} exist in browsers only")),
    };
    crew.map(|crew| (mechanism, crew)).map_err(|reason| (mechanism, reason))
}
