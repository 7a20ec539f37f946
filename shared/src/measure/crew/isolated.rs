//! `processes`: N workers that share nothing and are told everything in messages.

use std::cell::Cell;

use futures::future::{Either, join_all, select, try_join_all};
use serde::{Deserialize, Serialize};

use super::{Crew, Station};
use crate::measure::{Finished, failed};
use crate::strategy::Dispatch;
use crate::task::{ErrorKind, Task, TaskError};

/// How to make peers and talk to them: natively over pipes, in the browser with `postMessage`.
#[expect(async_fn_in_trait, reason = "a crew is driven on the thread that made it; its futures need not be Send")]
pub trait Peers {
    /// A worker that shares nothing with this one. Dropping it ends it.
    type Peer;

    /// Makes a peer and waits until it is ready for orders; or says why there is none.
    async fn start(&self, worker: u32) -> Result<Self::Peer, String>;

    /// Has a peer perform a task; or says how the peer died over it.
    async fn ask(&self, peer: &mut Self::Peer, order: Order) -> Result<Finished, String>;
}

/// What a peer is told for each task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The task.
    pub task: Task,
    /// When it could first be taken, on the clock that all workers of the run agree on.
    pub queued_ms: f64,
}

/// N peers that take tasks as they become free; or at most N at a time, a new one for every task.
#[derive(Debug)]
pub struct Isolated<S, P: Peers> {
    station: S,
    peers: P,
    dispatch: Dispatch,
    /// Where a peer can be: N places, each with a peer or without.
    places: Vec<Option<P::Peer>>,
}

impl<S: Station, P: Peers> Isolated<S, P> {
    /// Makes the crew, and for [`Dispatch::Pool`] all of its peers.
    ///
    /// # Errors
    /// Why a peer could not be made.
    pub async fn new(station: S, peers: P, workers: u32, dispatch: Dispatch) -> Result<Self, String> {
        let places = match dispatch {
            Dispatch::Pool => try_join_all((0..workers).map(|worker| peers.start(worker))).await?,
            Dispatch::PerTask => Vec::new(),
        };
        let mut places: Vec<_> = places.into_iter().map(Some).collect();
        places.resize_with(workers as usize, || None);
        Ok(Self { station, peers, dispatch, places })
    }

    /// Performs one task with the peer in `place`, making one if there is none.
    async fn perform(&self, place: &mut Option<P::Peer>, worker: u32, order: Order) -> Finished {
        let (task, queued_ms, begun_ms) = (order.task.id, order.queued_ms, self.station.now_ms());
        self.station.board().start(task, worker, queued_ms, begun_ms);
        let asked = async {
            let peer = match place {
                Some(peer) => peer,
                None => {
                    let made = self.peers.start(worker).await;
                    place.insert(made.map_err(|reason| TaskError::new(ErrorKind::Setup, reason))?)
                }
            };
            let answer = self.peers.ask(peer, order).await;
            answer.map_err(|reason| TaskError::new(ErrorKind::WorkerDied, reason))
        };
        let answer = match select(std::pin::pin!(asked), std::pin::pin!(self.station.until_cancelled())).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(TaskError::cancelled()),
        };
        answer.unwrap_or_else(|error| {
            // The peer is dead, or busy with a task that nobody waits for: the next task gets a new one.
            *place = None;
            failed(task, worker, [queued_ms, begun_ms, self.station.now_ms()], error)
        })
    }
}

impl<S: Station, P: Peers> Crew for Isolated<S, P> {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let places = std::mem::take(&mut self.places);
        let this = &*self;
        let queued_ms = this.station.now_ms();
        let wave = Cell::new(wave.into_iter());
        let take = || {
            let mut waiting = wave.take();
            let task = waiting.next().filter(|_| !this.station.cancelled());
            wave.set(waiting);
            task
        };
        let serve = async |worker: u32, mut place: Option<P::Peer>| {
            let mut finished = Vec::new();
            while let Some(task) = take() {
                let order = Order { task: task.clone(), queued_ms };
                let one = this.perform(&mut place, worker, order).await;
                this.station.board().end(&task, &one);
                this.station.task_ended();
                finished.push(one);
                if this.dispatch == Dispatch::PerTask {
                    place = None;
                }
            }
            (place, finished)
        };
        let served = join_all(places.into_iter().zip(0..).map(|(place, worker)| serve(worker, place))).await;
        let (places, finished): (Vec<_>, Vec<_>) = served.into_iter().unzip();
        self.places = places;
        finished.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;

    use super::*;
    use crate::host::{FileWriter, Host, HttpRequest, HttpResponse, TakeChunk};
    use crate::measure::Board;
    use crate::task::Work;

    struct Bench(Board);

    /// There are no files here.
    enum Never {}

    impl FileWriter for Never {
        fn write(&mut self, _: &[u8]) -> Result<(), TaskError> {
            match *self {}
        }

        fn flush(&mut self) -> Result<(), TaskError> {
            match *self {}
        }
    }

    impl Host for &Bench {
        type File = Never;

        async fn sleep_ms(&self, _: f64) {}

        async fn http(&self, _: &HttpRequest, _: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
            Err(TaskError::cancelled())
        }

        async fn create_file(&self, _: &str) -> Result<Never, TaskError> {
            Err(TaskError::cancelled())
        }

        fn now_ms(&self) -> f64 {
            0.0
        }

        fn cancelled(&self) -> bool {
            self.0.cancelled()
        }
    }

    impl Station for &Bench {
        fn board(&self) -> &Board {
            &self.0
        }

        async fn until_cancelled(&self) {
            if !self.0.cancelled() {
                std::future::pending().await
            }
        }
    }

    /// Peers that die over task 2 and note who was started and asked.
    #[derive(Default)]
    struct Mortal(RefCell<Vec<String>>);

    impl Peers for &Mortal {
        type Peer = u32;

        async fn start(&self, worker: u32) -> Result<u32, String> {
            self.0.borrow_mut().push(format!("start {worker}"));
            Ok(worker)
        }

        async fn ask(&self, peer: &mut u32, order: Order) -> Result<Finished, String> {
            self.0.borrow_mut().push(format!("{peer}: {}", order.task.id));
            if order.task.id == 2 {
                return Err("killed".to_owned());
            }
            let mut finished = failed(order.task.id, *peer, [0.0; 3], TaskError::cancelled());
            finished.span.error = None;
            Ok(finished)
        }
    }

    fn spread(workers: u32, dispatch: Dispatch) -> (Vec<String>, Vec<(u32, Option<TaskError>)>) {
        let (bench, mortal) = (Bench(Board::new(4, 0)), Mortal::default());
        let wave = (0..4).map(|id| Task { id, work: Work::Crash }).collect();
        let finished = block_on(async {
            let mut crew = Isolated::new(&bench, &mortal, workers, dispatch).await.expect("peers");
            crew.spread(wave).await
        });
        assert_eq!((bench.0.finished(), bench.0.failed()), (4, 1));
        (mortal.0.take(), finished.into_iter().map(|one| (one.span.task, one.span.error)).collect())
    }

    #[test]
    fn a_dead_peer_costs_one_task_and_is_replaced() {
        let (log, finished) = spread(1, Dispatch::Pool);
        assert_eq!(log, ["start 0", "0: 0", "0: 1", "0: 2", "start 0", "0: 3"]);
        let died = TaskError::new(ErrorKind::WorkerDied, "killed");
        assert_eq!(finished, [(0, None), (1, None), (2, Some(died)), (3, None)]);
    }

    #[test]
    fn a_peer_of_its_own_for_every_task() {
        let (log, _) = spread(1, Dispatch::PerTask);
        assert_eq!(log, ["start 0", "0: 0", "start 0", "0: 1", "start 0", "0: 2", "start 0", "0: 3"]);
    }

    #[test]
    fn what_was_cancelled_before_it_began_leaves_nothing() {
        let (bench, mortal) = (Bench(Board::new(1, 0)), Mortal::default());
        bench.0.cancel();
        let finished = block_on(async {
            let mut crew = Isolated::new(&bench, &mortal, 2, Dispatch::Pool).await.expect("peers");
            crew.spread(vec![Task { id: 0, work: Work::Crash }]).await
        });
        assert_eq!(finished, []);
    }
}
