//! Executors: one crew per strategy, with the same names as the native ones.

mod processes;
#[cfg(feature = "threads")]
mod rayon_pool;
#[cfg(feature = "threads")]
mod shared_workers;

use parlab_shared::costs::Costs;
use parlab_shared::measure::{Crew, EventLoop, Isolated, Sequential};
use parlab_shared::run::RunSpec;
#[cfg(feature = "threads")]
use parlab_shared::strategy::Dispatch;
use parlab_shared::strategy::{Mechanism, Platform};
use parlab_shared::task::{Finished, Task};

use super::station::TeamStation;

/// The crew of a run, by mechanism.
#[derive(Debug)]
pub enum AnyCrew {
    /// One task after another.
    Sequential(Sequential<TeamStation>),
    /// Several in flight.
    EventLoop(EventLoop<TeamStation>),
    /// A rayon pool.
    #[cfg(feature = "threads")]
    Rayon(rayon_pool::RayonPool),
    /// Workers over the same memory, each with its event loop.
    #[cfg(feature = "threads")]
    Shared(shared_workers::SharedWorkers),
    /// A worker over the same memory for every task.
    #[cfg(feature = "threads")]
    PerTask(shared_workers::WorkerPerTask),
    /// Isolated instances.
    Processes(Isolated<TeamStation, processes::Instances>),
}

impl Crew for AnyCrew {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        match self {
            AnyCrew::Sequential(crew) => crew.spread(wave).await,
            AnyCrew::EventLoop(crew) => crew.spread(wave).await,
            #[cfg(feature = "threads")]
            AnyCrew::Rayon(crew) => crew.spread(wave).await,
            #[cfg(feature = "threads")]
            AnyCrew::Shared(crew) => crew.spread(wave).await,
            #[cfg(feature = "threads")]
            AnyCrew::PerTask(crew) => crew.spread(wave).await,
            AnyCrew::Processes(crew) => crew.spread(wave).await,
        }
    }

    async fn prepare(&mut self, task: &Task) {
        match self {
            AnyCrew::Sequential(crew) => crew.prepare(task).await,
            AnyCrew::EventLoop(crew) => crew.prepare(task).await,
            #[cfg(feature = "threads")]
            AnyCrew::Rayon(crew) => crew.prepare(task).await,
            #[cfg(feature = "threads")]
            AnyCrew::Shared(crew) => crew.prepare(task).await,
            #[cfg(feature = "threads")]
            AnyCrew::PerTask(crew) => crew.prepare(task).await,
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

/// Makes the workers of a run.
///
/// # Errors
/// Why they could not be made.
pub async fn make(run: &RunSpec, station: TeamStation) -> Result<(Mechanism, AnyCrew), String> {
    let row = &run.row;
    let mechanism = row.mechanism(Platform::Browser)?;
    let crew = match mechanism {
        Mechanism::OneThread => AnyCrew::Sequential(Sequential(station)),
        Mechanism::EventLoop => AnyCrew::EventLoop(EventLoop { station, in_flight: row.workers }),
        Mechanism::IsolatedWorkers => {
            let (sharing, lock) = (row.workload.sharing(), row.way.lock);
            let instances = processes::Instances { host: station.host, sharing, lock };
            AnyCrew::Processes(Isolated::new(station, instances, row).await?)
        }
        #[cfg(feature = "threads")]
        Mechanism::RayonPool => AnyCrew::Rayon(rayon_pool::RayonPool::new(station.host, row.workers).await?),
        #[cfg(feature = "threads")]
        Mechanism::SharedWorkers => match row.dispatch {
            // Threads are made for no wave alone.
            Dispatch::Pool | Dispatch::PerWave => {
                AnyCrew::Shared(shared_workers::SharedWorkers::new(station, row.workers).await?)
            }
            Dispatch::PerTask => AnyCrew::PerTask(shared_workers::WorkerPerTask::new(station, row.workers)),
        },
        #[cfg(not(feature = "threads"))]
        Mechanism::RayonPool | Mechanism::SharedWorkers => {
            return Err("this page may not share memory, which threads need".to_owned());
        }
        Mechanism::OsThreads
        | Mechanism::ChildProcesses
        | Mechanism::ThreadPoolExecutor
        | Mechanism::ProcessPoolExecutor
        | Mechanism::MultiprocessingPool
        | Mechanism::DaemonThreads
        | Mechanism::RunInExecutor => {
            return Err(format!("{mechanism} do not exist in browsers"));
        }
    };
    Ok((mechanism, crew))
}
