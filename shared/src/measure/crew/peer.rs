//! What is said to an isolated worker, and how it answers.

use futures::future::{Either, select};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use super::Station;
use crate::costs::Costs;
use crate::dictionary::{Entries, InsertRequest};
use crate::measure::work;
use crate::task::{Finished, Task, Work};

/// What is said to a peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToPeer {
    /// Make what tasks that do such work have in common, and keep it. Answered by `Prepared`.
    Prepare(Work),
    /// Perform some tasks. Answered by `Insert`, or by `Finished`.
    Perform(Order),
    /// What it wanted to insert is in the dictionary. It goes on with its task, and answers as it would have answered `Perform`.
    Inserted,
    /// Hand over what is in your own dictionary. Answered by `Entries`.
    Give,
    /// Tell what your process or your memory used. Answered by `Costs`.
    TakeCosts,
}

impl ToPeer {
    /// Whether what it carries is taken from whoever sends it, where that is possible, instead of copied.
    pub fn is_given(&self) -> bool {
        match self {
            ToPeer::Perform(order) => order.tasks.iter().any(|task| task.work.is_given()),
            _ => false,
        }
    }
}

/// What a peer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromPeer {
    /// What tasks have in common is there.
    Prepared,
    /// The tasks are over, in their order.
    Finished(Vec<Finished>),
    /// A task is not over: the owner of the dictionary has to insert something first.
    Insert {
        /// Under which key.
        key: u64,
        /// The task's result for the key.
        value: u64,
    },
    /// What is in its own dictionary.
    Entries(Entries),
    /// What it used since it was ready, or had prepared.
    Costs(Costs),
}

/// What a peer is told: which tasks are next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The tasks, one after another. Their results come back together.
    pub tasks: Vec<Task>,
    /// When they could first be taken, on the clock that all workers of the run agree on.
    pub queued_ms: f64,
}

/// Answers a message to the isolated worker that stands at `station`. What its tasks want an owner to insert, they
/// put into `wanted`; `ask` says it to whoever made this worker and returns when that has answered.
///
/// # Errors
/// What `ask` failed with.
pub async fn serve_peer<S: Station, E>(
    message: ToPeer,
    station: &S,
    mut wanted: impl Stream<Item = InsertRequest> + Unpin,
    mut ask: impl AsyncFnMut(FromPeer) -> Result<ToPeer, E>,
) -> Result<FromPeer, E> {
    let Order { tasks, queued_ms } = match message {
        ToPeer::Perform(order) => order,
        ToPeer::Prepare(work) => {
            drop(work.prepare());
            // From here on it counts.
            station.take_costs();
            return Ok(FromPeer::Prepared);
        }
        ToPeer::TakeCosts => return Ok(FromPeer::Costs(station.take_costs())),
        ToPeer::Inserted | ToPeer::Give => return Ok(FromPeer::Entries(station.dictionary().take())),
    };
    let mut performed = std::pin::pin!(async {
        let mut finished = Vec::with_capacity(tasks.len());
        for task in &tasks {
            finished.push(work(task, queued_ms, station.worker(), station).await);
        }
        finished
    });
    loop {
        match select(performed.as_mut(), wanted.next()).await {
            Either::Left((finished, _)) => return Ok(FromPeer::Finished(finished)),
            Either::Right((Some(InsertRequest { key, value, done }), _)) => {
                // The answer is that it is inserted: there is nothing else to answer.
                ask(FromPeer::Insert { key, value }).await?;
                // The task waits for it, unless it was cancelled.
                _ = done.send(());
            }
            // Nothing can be wanted any more.
            Either::Right((None, _)) => return Ok(FromPeer::Finished(performed.await)),
        }
    }
}
