//! A dictionary that the workers of a run put results into, by key: four ways to share one.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::channel::{mpsc, oneshot};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use crate::named::named;
use crate::span::{ErrorKind, TaskError};

/// How workers share one dictionary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// One map in common memory, behind one lock.
    #[default]
    Lock,
    /// Maps in common memory, each with a lock of its own; the key decides which.
    Sharded,
    /// One map whose owner is reached by messages, as Python's `Manager` is: whoever inserts something waits for
    /// the owner's answer.
    Owner,
    /// Each worker has a map of its own; at the end they are merged.
    Merge,
}
named!(Sharing "way to share": Lock = "lock", Sharded = "sharded", Owner = "owner", Merge = "merge");

/// Maps of [`Sharing::Sharded`]: more than a machine has cores, so that two workers seldom want the same one.
const SHARDS: usize = 16;

type Map = BTreeMap<u64, u64>;

/// The dictionary of one run, or of one isolated worker's part in it.
#[derive(Debug)]
pub struct Dictionary {
    sharing: Sharing,
    /// One map, or one for each shard, or one for each worker.
    maps: Box<[Mutex<Map>]>,
    /// The way to the owner, if there is one.
    owner: Option<mpsc::UnboundedSender<InsertRequest>>,
}

/// What a worker asks its dictionary's owner to insert.
#[derive(Debug)]
pub struct InsertRequest {
    /// Under which the value is put; those of a run are all different.
    pub key: u64,
    /// The task's result for the key.
    pub value: u64,
    /// Told when it is inserted.
    pub done: oneshot::Sender<()>,
}

/// Everything in a worker's own map, in one message: keys with their values.
pub type Entries = Vec<(u64, u64)>;

/// How long it took to insert something, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InsertTimes {
    /// Waiting for the lock, or for the owner's answer.
    pub wait_ms: f64,
    /// Inserting its results, in milliseconds.
    pub insert_ms: f64,
}

impl Dictionary {
    /// A dictionary for a number of workers, kept in one memory; `None` is one that nobody uses.
    pub fn new(sharing: Option<Sharing>, workers: u32) -> Self {
        let maps = match sharing {
            None => 0,
            Some(Sharing::Lock | Sharing::Owner) => 1,
            Some(Sharing::Sharded) => SHARDS,
            Some(Sharing::Merge) => workers.max(1) as usize,
        };
        let maps = (0..maps).map(|_| Mutex::default()).collect();
        Self { sharing: sharing.unwrap_or_default(), maps, owner: None }
    }

    /// The same, and what its workers want kept, if it has an owner: whoever takes that is the owner.
    pub fn with_owner(
        sharing: Option<Sharing>,
        workers: u32,
    ) -> (Self, Option<impl Stream<Item = InsertRequest> + Send + use<>>) {
        let mut dictionary = Self::new(sharing, workers);
        let wanted = (sharing == Some(Sharing::Owner)).then(|| {
            let (owner, wanted) = mpsc::unbounded();
            dictionary.owner = Some(owner);
            wanted
        });
        (dictionary, wanted)
    }

    /// How its workers share it.
    pub fn sharing(&self) -> Sharing {
        self.sharing
    }

    /// Inserts a value under a key, in the way that its workers share it.
    ///
    /// # Errors
    /// The owner is gone.
    pub async fn insert(
        &self,
        worker: u32,
        key: u64,
        value: u64,
        now_ms: impl Fn() -> f64,
    ) -> Result<InsertTimes, TaskError> {
        let began_ms = now_ms();
        if let Some(owner) = &self.owner {
            let (done, is_done) = oneshot::channel();
            let sent = owner.unbounded_send(InsertRequest { key, value, done });
            if sent.is_err() || is_done.await.is_err() {
                return Err(TaskError::new(ErrorKind::WorkerDied, "the owner of the dictionary is gone"));
            }
            return Ok(InsertTimes { wait_ms: now_ms() - began_ms, insert_ms: 0.0 });
        }
        let map = match self.sharing {
            Sharing::Lock | Sharing::Owner => 0,
            Sharing::Sharded => (key % SHARDS as u64) as usize,
            Sharing::Merge => worker as usize % self.maps.len().max(1),
        };
        let mut map = locked(&self.maps[map]);
        let locked_ms = now_ms();
        map.insert(key, value);
        Ok(InsertTimes { wait_ms: locked_ms - began_ms, insert_ms: now_ms() - locked_ms })
    }

    /// Inserts what the owner is asked to, until nobody can ask any more.
    pub async fn serve(&self, wanted: impl Stream<Item = InsertRequest>) {
        let mut wanted = std::pin::pin!(wanted);
        while let Some(InsertRequest { key, value, done }) = wanted.next().await {
            self.put(key, value);
            // Whoever asked has given up waiting if this fails.
            _ = done.send(());
        }
    }

    /// Puts something into the dictionary without asking anybody: what the owner does.
    pub fn put(&self, key: u64, value: u64) {
        locked(&self.maps[0]).insert(key, value);
    }

    /// Makes one map of all, in the place of the first.
    pub fn merge(&self) {
        let Some((first, others)) = self.maps.split_first() else { return };
        let mut first = locked(first);
        for other in others {
            first.append(&mut locked(other));
        }
    }

    /// Takes out everything that it holds, in the order of keys.
    pub fn take(&self) -> Entries {
        self.merge();
        self.maps.first().map(|map| std::mem::take(&mut *locked(map)).into_iter().collect()).unwrap_or_default()
    }

    /// What stands under a key, once everything is merged.
    pub fn get(&self, key: u64) -> Option<u64> {
        self.maps.first().and_then(|map| locked(map).get(&key).copied())
    }
}

/// Nothing that holds a lock can panic in between: a map that looks poisoned is whole.
fn locked(map: &Mutex<Map>) -> MutexGuard<'_, Map> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use futures::executor::block_on;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "what threads share is tested with threads")]
    #[test]
    fn nothing_is_lost_however_it_is_kept() {
        for sharing in Sharing::ALL {
            let (dictionary, wanted) = Dictionary::with_owner(Some(*sharing), 4);
            let dictionary = Arc::new(dictionary);
            thread::scope(|scope| {
                let workers: Vec<_> = (0..4_u32)
                    .map(|worker| {
                        let dictionary = Arc::clone(&dictionary);
                        scope.spawn(move || {
                            for at in 0..500 {
                                let key = at * 4 + u64::from(worker);
                                block_on(dictionary.insert(worker, key, key * 2, || 0.0)).expect("kept");
                            }
                        })
                    })
                    .collect();
                if let Some(wanted) = wanted {
                    let wanted = wanted.take(2000);
                    block_on(dictionary.serve(wanted));
                }
                workers.into_iter().for_each(|worker| worker.join().expect("a worker"));
            });
            dictionary.merge();
            assert!((0..2000).all(|key| dictionary.get(key) == Some(key * 2)), "{sharing}");
            assert_eq!(dictionary.take().len(), 2000, "{sharing}");
        }
    }

    #[test]
    fn an_owner_that_is_gone_is_an_error() {
        let (dictionary, wanted) = Dictionary::with_owner(Some(Sharing::Owner), 1);
        drop(wanted);
        let error = block_on(dictionary.insert(0, 1, 2, || 0.0)).expect_err("nobody is there");
        assert_eq!(error.kind, ErrorKind::WorkerDied);
    }

    #[test]
    fn waiting_and_inserting_are_timed_apart() {
        let clock = std::cell::Cell::new(0.0);
        let now_ms = || {
            clock.set(clock.get() + 1.5);
            clock.get()
        };
        let times = block_on(Dictionary::new(Some(Sharing::Lock), 1).insert(0, 1, 2, now_ms)).expect("kept");
        assert_eq!(times, InsertTimes { wait_ms: 1.5, insert_ms: 1.5 });
    }
}
