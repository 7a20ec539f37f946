//! A row: what is compared.

use serde::{Deserialize, Serialize};

use crate::strategy::{self, Dispatch, Mechanism, Platform, Strategy};
use crate::way::{Lock, Way};
use crate::workload::Workload;

/// One line of the result: a workload under one strategy with one number of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Row {
    /// The experiment that it belongs to, if it is a named one.
    #[serde(default)]
    pub experiment: Option<String>,
    /// The kind of work, with its parameters.
    #[serde(flatten)]
    pub workload: Workload,
    /// How it is spread.
    pub strategy: Strategy,
    /// Over how many workers; for `async`, how many tasks may be in flight.
    pub workers: u32,
    /// Where workers get their tasks from.
    pub dispatch: Dispatch,
    /// How they get them, and what of that is timed.
    #[serde(flatten)]
    pub way: Way,
    /// The names, in JSON, of those parameters of the workload that were asked for with several values: what the row is called
    /// tells them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub swept: Vec<String>,
}

impl Row {
    /// Whether the bytes that its tasks have to do with go from one place to another. Workers with one memory leave a message
    /// where it is: they are told of it.
    pub fn moves_bytes(&self) -> bool {
        !self.workload.is_message() || self.strategy == Strategy::Processes
    }

    /// Whether it does the same as another row, whatever experiment they belong to.
    pub fn is_same_work(&self, other: &Self) -> bool {
        self.workload == other.workload && self.is_spread_alike(other)
    }

    /// Whether it spreads its work as another row does, whatever that is.
    pub fn is_spread_alike(&self, other: &Self) -> bool {
        let Self { strategy, workers, dispatch, way, .. } = *self;
        (strategy, workers, dispatch, way) == (other.strategy, other.workers, other.dispatch, other.way)
    }

    /// Whether it has several workers that one lock lets compute one at a time. Workers that share nothing have a lock each.
    pub fn takes_turns(&self) -> bool {
        self.way.lock == Lock::Gil && self.strategy == Strategy::Threads
    }

    /// What carries it out on a platform.
    ///
    /// # Errors
    /// The reason why nothing can, for a human.
    pub fn mechanism(&self, platform: Platform) -> Result<Mechanism, &'static str> {
        let are_several = self.strategy.tasks_at_once(self.workers) > 1;
        if platform.is_browser() && are_several && self.workload.shares_a_file() {
            return Err("a browser lets one task at a time write to a file: let each have its own");
        }
        if self.workload.is_transferred() && !(platform.is_browser() && self.strategy == Strategy::Processes) {
            return Err(
                "only between isolated workers of a browser can memory be given away: elsewhere it is shared or copied",
            );
        }
        if platform == Platform::Python && self.way.lock != Lock::None {
            return Err("whether there is a lock is decided by the Python that runs it: leave the lock out");
        }
        strategy::mechanism(&self.workload, self.strategy, self.dispatch, self.way.handing, platform)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::Dispatch;
    use crate::workload::{Count, Write};

    #[test]
    fn only_threads_take_turns_and_python_has_its_own_lock() {
        let row = |strategy, lock| {
            let workload = Workload::Count(Count { tasks: 4, n: 1 });
            let way = Way { lock, ..Way::default() };
            Row { experiment: None, workload, strategy, workers: 2, dispatch: Dispatch::Pool, way, swept: vec![] }
        };
        for strategy in Strategy::ALL {
            assert_eq!(row(*strategy, Lock::Gil).takes_turns(), *strategy == Strategy::Threads, "{strategy}");
            assert!(!row(*strategy, Lock::None).takes_turns(), "{strategy}");
            for platform in Platform::ALL {
                let runs = row(*strategy, Lock::Gil).mechanism(*platform).is_ok();
                assert_eq!(runs, *platform != Platform::Python, "{strategy} {platform}");
            }
        }
    }

    #[test]
    fn only_a_browser_lets_one_task_at_a_time_write_to_a_file() {
        let check = |one_file, workers, platform, runs: bool| {
            let workload = Workload::Write(Write { tasks: 4, bytes: 1, flush: false, one_file, sent: true });
            let (strategy, dispatch) = (Strategy::Processes, Dispatch::Pool);
            let row =
                Row { experiment: None, workload, strategy, workers, dispatch, way: Way::default(), swept: vec![] };
            assert_eq!(row.mechanism(platform).is_ok(), runs, "{one_file} {workers} {platform}");
        };
        check(true, 2, Platform::Browser, false);
        check(true, 1, Platform::Browser, true);
        check(false, 2, Platform::Browser, true);
        check(true, 2, Platform::Native, true);
    }
}
