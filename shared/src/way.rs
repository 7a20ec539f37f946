//! The way in which a row hands its tasks out, and what of that is timed: what the sources do differently, while strategy,
//! workers and dispatch are the same.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// How tasks are handed to workers, and how results come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Handing {
    /// Whoever is free gets the next task, one at a time. Where a message hands it over, many that last no time go in one.
    #[default]
    Single,
    /// `Pool.map`: tasks go in parts, about four for each worker. A part comes back as a whole, and all results in the
    /// order of tasks.
    Map,
    /// `Pool.apply_async`: tasks go one at a time; a callback keeps results in the order in which they arrive.
    Callback,
    /// Threads that take tasks from a `Queue` in an endless loop; whoever filled it joins it.
    Queue,
    /// `loop.run_in_executor`: an event loop has threads wait for it. What they bring it takes up when all of them are
    /// done.
    Executor,
}
named!(Handing "handing out": Single = "single", Map = "map", Callback = "callback", Queue = "queue", Executor = "executor");

/// Whether the time that it takes to make the workers is part of a run's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Setup {
    /// The clock starts when all workers are ready.
    #[default]
    Untimed,
    /// The clock starts before the first worker is made.
    Timed,
}
named!(Setup "setup": Untimed = "untimed", Timed = "timed");

/// Which lock whoever computes has to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Lock {
    /// None: workers compute at once. (A Python may have one of its own.)
    #[default]
    None,
    /// One for all threads of a process, as CPython's global interpreter lock: a thread that waited 5 ms for it asks
    /// whoever has it to give way. Each isolated worker has a lock of its own.
    Gil,
}
named!(Lock "lock": None = "none", Gil = "gil");

/// How tasks are handed out, and what of that is timed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Way {
    /// How tasks are handed to workers.
    #[serde(default)]
    pub handing: Handing,
    /// Whether to make workers is timed.
    #[serde(default)]
    pub setup: Setup,
    /// Which lock workers take turns at.
    #[serde(default)]
    pub lock: Lock,
}

impl Handing {
    /// How many of some tasks one message carries to one of some workers: of [`Handing::Map`] ⌈tasks / (4 × workers)⌉, as
    /// in CPython's `Pool._map_async`.
    pub fn chunk_size(self, tasks: usize, workers: usize) -> usize {
        match self {
            Handing::Map => tasks.div_ceil(4 * workers.max(1)).max(1),
            Handing::Single | Handing::Callback | Handing::Queue | Handing::Executor => 1,
        }
    }
}

impl Way {
    /// The usual way, under the same lock.
    #[must_use]
    pub fn usual(self) -> Self {
        Self { lock: self.lock, ..Self::default() }
    }
}

impl std::fmt::Display for Way {
    /// What is added to the name of a row or a mechanism: nothing for the usual way, else `, map, setup timed, GIL`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.handing != Handing::default() {
            write!(f, ", {}", self.handing)?;
        }
        match self.setup {
            Setup::Untimed => {}
            Setup::Timed => f.write_str(", setup timed")?,
        }
        match self.lock {
            Lock::None => Ok(()),
            Lock::Gil => f.write_str(", GIL"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_large_as_cpythons() {
        let parts = |tasks, workers| Handing::Map.chunk_size(tasks, workers);
        // Those of the sources: 15 of 300 for 5 workers, 30 of 600, 25 of 1000 for 10; and a part is never empty.
        assert_eq!([parts(300, 5), parts(600, 5), parts(1000, 10), parts(5, 5), parts(0, 5)], [15, 30, 25, 1, 1]);
        assert_eq!(Handing::Callback.chunk_size(300, 5), 1);
    }

    #[test]
    fn only_what_is_unusual_is_said() {
        assert_eq!(Way::default().to_string(), "");
        let way = Way { handing: Handing::Map, setup: Setup::Timed, lock: Lock::Gil };
        assert_eq!(way.to_string(), ", map, setup timed, GIL");
        assert_eq!(way.usual().to_string(), ", GIL");
    }
}
