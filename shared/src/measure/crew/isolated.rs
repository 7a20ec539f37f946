//! `processes`: N workers that share nothing and are told everything in messages.

use std::cell::RefCell;
use std::collections::VecDeque;

use futures::future::{Either, FutureExt, select, try_join_all};

use super::{Crew, FromPeer, Order, Station, ToPeer, all, batch, each_ms};
use crate::costs::Costs;
use crate::dictionary::Sharing;
use crate::grouping::sort_by_number;
use crate::measure::failed;
use crate::row::Row;
use crate::span::{ErrorKind, TaskError};
use crate::strategy::Dispatch;
use crate::task::{Finished, Task, Work};
use crate::way::{Handing, Way};

/// How to make peers and talk to them: natively over pipes, in the browser with `postMessage`.
#[expect(async_fn_in_trait, reason = "a crew is driven on the thread that made it; its futures need not be Send")]
pub trait Peers {
    /// A worker that shares nothing with this one. Dropping it ends it.
    type Peer;

    /// Makes a peer and waits until it is ready for orders; or says why there is none.
    async fn start(&self, worker: u32) -> Result<Self::Peer, String>;

    /// Says something to a peer and waits until it says something; or says how the peer died over it.
    async fn ask(&self, peer: &mut Self::Peer, message: ToPeer) -> Result<FromPeer, String>;

    /// Ends a peer, and returns when it has ended, where there is anything to wait for.
    async fn end(&self, peer: Self::Peer) {
        drop(peer);
    }

    /// Ends a peer without waiting for that.
    fn leave(&self, peer: Self::Peer) {
        drop(peer);
    }

    /// Returns when all peers that were left have ended, where there is anything to wait for.
    async fn until_left(&self) {}
}

/// N peers that take tasks as they become free, one by one or in parts; or at most N at a time, a new one for every task.
#[derive(Debug)]
pub struct Isolated<S, P: Peers> {
    station: S,
    peers: P,
    dispatch: Dispatch,
    handing: Handing,
    /// Where a peer can be: N places, each with a peer or without.
    places: Vec<Option<P::Peer>>,
}

impl<S: Station, P: Peers> Isolated<S, P> {
    /// Makes the crew, and for [`Dispatch::Pool`] all of its peers.
    ///
    /// # Errors
    /// Why a peer could not be made.
    pub async fn new(station: S, peers: P, row: &Row) -> Result<Self, String> {
        let Row { workers, dispatch, way: Way { handing, .. }, .. } = *row;
        let places = match dispatch {
            Dispatch::Pool => try_join_all((0..workers).map(|worker| peers.start(worker).boxed_local())).await?,
            Dispatch::PerTask | Dispatch::PerWave => Vec::new(),
        };
        let mut places: Vec<_> = places.into_iter().map(Some).collect();
        places.resize_with(workers as usize, || None);
        Ok(Self { station, peers, dispatch, handing, places })
    }

    /// Ends all peers, when the run is over.
    pub async fn end(self) {
        let Self { peers, places, .. } = self;
        all(places.into_iter().flatten().map(|peer| peers.end(peer))).await;
    }

    /// Has the peer in `place` perform some tasks, making one if there is none.
    ///
    /// # Errors
    /// Why none of them has a result: the peer is gone.
    async fn perform(
        &self,
        place: &mut Option<P::Peer>,
        worker: u32,
        begun_ms: f64,
        asked: &[Task],
        queued_ms: f64,
    ) -> Result<Vec<Finished>, TaskError> {
        asked.iter().for_each(|task| self.station.board().start(task.id, worker, queued_ms, begun_ms));
        let order = Order { tasks: asked.to_vec(), queued_ms };
        let answer = async {
            let peer = match place {
                Some(peer) => peer,
                None => {
                    let made = self.peers.start(worker).await;
                    place.insert(made.map_err(|reason| TaskError::new(ErrorKind::Setup, reason))?)
                }
            };
            let mut message = ToPeer::Perform(order);
            loop {
                match self.peers.ask(peer, message).await {
                    Ok(FromPeer::Finished(finished)) if is_of(&finished, asked, worker) => {
                        break Ok(self.timed(finished, begun_ms));
                    }
                    Ok(FromPeer::Insert { key, value }) => self.station.dictionary().put(key, value),
                    Ok(_) => break Err(out_of_turn()),
                    Err(reason) => break Err(TaskError::new(ErrorKind::WorkerDied, reason)),
                }
                message = ToPeer::Inserted;
            }
        };
        let answer = self.or_cancelled(answer).await.unwrap_or_else(|| Err(TaskError::cancelled()));
        if answer.is_err() {
            // The peer is dead, or busy with a task that nobody waits for: the next task gets a new one.
            *place = None;
        }
        answer
    }

    /// Waits for something, but not longer than until the run is cancelled.
    async fn or_cancelled<T>(&self, something: impl Future<Output = T>) -> Option<T> {
        match select(std::pin::pin!(something), std::pin::pin!(self.station.until_cancelled())).await {
            Either::Left((result, _)) => Some(result),
            Either::Right(_) => None,
        }
    }

    /// The same with the time that it took to make the task's own peer, if each has one.
    fn timed(&self, finished: Vec<Finished>, begun_ms: f64) -> Vec<Finished> {
        match self.dispatch {
            Dispatch::Pool | Dispatch::PerWave => finished,
            Dispatch::PerTask => finished.into_iter().map(|task| task.spawned(begun_ms)).collect(),
        }
    }

    /// Has a peer make what tasks have in common. One that dies over it is replaced by the first task.
    async fn prepare_in(&self, place: &mut Option<P::Peer>, work: &Work) {
        let Some(peer) = place else { return };
        let asked = self.peers.ask(peer, ToPeer::Prepare(work.clone()));
        if self.or_cancelled(asked).await != Some(Ok(FromPeer::Prepared)) {
            *place = None;
        }
    }

    /// What a peer used; of one that is dead, or was not made to last as long as the run, what is left to say.
    async fn costs_of(&self, place: &mut Option<P::Peer>) -> Costs {
        match place {
            Some(peer) => match self.or_cancelled(self.peers.ask(peer, ToPeer::TakeCosts)).await {
                Some(Ok(FromPeer::Costs(costs))) => costs,
                _ => Costs::OF_ENDED_WORKERS,
            },
            None => Costs::OF_ENDED_WORKERS,
        }
    }

    /// Brings what a peer keeps into the run's dictionary. What a dead peer kept is lost.
    async fn gather_from(&self, place: &mut Option<P::Peer>) {
        let dictionary = self.station.dictionary();
        if dictionary.sharing() == Sharing::Merge
            && let Some(peer) = place
            && let Some(Ok(FromPeer::Entries(entries))) = self.or_cancelled(self.peers.ask(peer, ToPeer::Give)).await
        {
            entries.into_iter().for_each(|(key, value)| dictionary.put(key, value));
        }
    }
}

/// The tasks of a wave that nobody has taken.
struct Waiting {
    tasks: std::vec::IntoIter<Task>,
    /// Those of a batch over which a peer died: each of them goes alone, so that only one is lost.
    alone: VecDeque<Task>,
}

impl Waiting {
    /// Takes the next tasks, `most` at most.
    fn take(&mut self, most: usize) -> Vec<Task> {
        match self.alone.pop_front() {
            Some(task) => vec![task],
            None => self.tasks.by_ref().take(most).collect(),
        }
    }
}

/// Whether results are those of the tasks that a worker was asked for, one of each, at times that there are.
fn is_of(finished: &[Finished], asked: &[Task], worker: u32) -> bool {
    let fits = |(Finished { span, .. }, task): (&Finished, &Task)| {
        let times_ms = [span.queued_ms, span.start_ms, span.end_ms];
        span.task == task.id && span.worker == worker && times_ms.iter().all(|ms| ms.is_finite())
    };
    finished.len() == asked.len() && finished.iter().zip(asked).all(fits)
}

/// A peer that does not answer what it was asked.
fn out_of_turn() -> TaskError {
    TaskError::new(ErrorKind::WorkerDied, "the worker answered something else than it was asked")
}

impl<S: Station, P: Peers> Crew for Isolated<S, P> {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let mut places = std::mem::take(&mut self.places);
        let this = &*self;
        let queued_ms = this.station.now_ms();
        let (part, workers) = (this.handing.chunk_size(wave.len(), places.len()), places.len());
        // Other ways of handing out say how many go in one message.
        let has_batches = this.handing == Handing::Single && this.dispatch != Dispatch::PerTask;
        let waiting = RefCell::new(Waiting { tasks: wave.into_iter(), alone: VecDeque::new() });
        let take = |task_ms: Option<f64>| {
            let mut waiting = waiting.borrow_mut();
            let most = if has_batches { batch(waiting.tasks.len(), workers, task_ms) } else { part };
            let tasks = if this.station.cancelled() { Vec::new() } else { waiting.take(most) };
            (!tasks.is_empty()).then_some(tasks)
        };
        // In the order in which they arrive.
        let finished = RefCell::new(Vec::new());
        let serve = async |worker: u32, place: &mut Option<P::Peer>| {
            if this.dispatch == Dispatch::PerWave && place.is_none() {
                // Without one, the first task says why.
                *place = this.or_cancelled(this.peers.start(worker)).await.and_then(Result::ok);
            }
            let mut task_ms = None;
            while let Some(tasks) = take(task_ms) {
                let begun_ms = this.station.now_ms();
                let results = match this.perform(place, worker, begun_ms, &tasks, queued_ms).await {
                    Err(error) if has_batches && tasks.len() > 1 && error.kind == ErrorKind::WorkerDied => {
                        waiting.borrow_mut().alone.extend(tasks);
                        continue;
                    }
                    Err(error) => {
                        let times_ms = [queued_ms, begun_ms, this.station.now_ms()];
                        tasks.iter().map(|task| failed(task.id, worker, times_ms, error.clone())).collect()
                    }
                    Ok(results) => results,
                };
                task_ms = each_ms(&results);
                tasks.iter().zip(&results).for_each(|(task, result)| this.station.board().end(task, result));
                this.station.task_ended();
                finished.borrow_mut().extend(results);
                if this.dispatch == Dispatch::PerTask {
                    this.gather_from(place).await;
                    place.take().into_iter().for_each(|peer| this.peers.leave(peer));
                }
            }
            if this.dispatch == Dispatch::PerWave {
                this.gather_from(place).await;
                if let Some(peer) = place.take() {
                    this.peers.end(peer).await;
                }
            }
        };
        all(places.iter_mut().zip(0..).map(|(place, worker)| serve(worker, place))).await;
        self.places = places;
        let mut finished = finished.into_inner();
        if self.handing == Handing::Map {
            sort_by_number(&mut finished, |task| task.span.task);
        }
        finished
    }

    async fn prepare(&mut self, task: &Task) {
        if task.work.has_common_scratch() {
            let mut places = std::mem::take(&mut self.places);
            all(places.iter_mut().map(|place| self.prepare_in(place, &task.work))).await;
            self.places = places;
        }
    }

    async fn gather(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        all(places.iter_mut().map(|place| self.gather_from(place))).await;
        self.places = places;
    }

    async fn take_costs(&mut self) -> Vec<Costs> {
        let mut places = std::mem::take(&mut self.places);
        let mut costs = vec![Costs::default(); places.len()];
        let (this, of_each) = (&*self, places.iter_mut().zip(&mut costs));
        all(of_each.map(async |(place, costs)| *costs = this.costs_of(place).await)).await;
        self.places = places;
        self.peers.until_left().await;
        costs
    }
}

#[cfg(test)]
mod tests;
