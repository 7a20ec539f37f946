//! `sleep`: tasks of very different length that need no core.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::draw;
use crate::task::Work;

/// The longest sleep, in milliseconds.
const LONGEST_MAX_MS: u64 = 60_000;

/// What `sleep` is.
pub(super) static ENTRY: Entry = Entry {
    name: "sleep",
    about: "sleep for a time drawn by chance, then square a number",
    size: Some(Size { name: "longest_ms", means: "the longest time, in milliseconds" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Sleep for a time drawn by chance, then square the task's number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Sleep {
    /// Tasks per run.
    pub tasks: u32,
    /// The longest time that can be drawn, in milliseconds.
    pub longest_ms: u64,
    /// The longest time falls to nothing from the first task to the last, as in `square`; else it
    /// is the same for all, as in `gather`.
    pub falling: bool,
}

impl Definition for Sleep {
    fn cost(&self) -> Cost {
        Cost::Sleep { longest_ms: self.longest_ms }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let Self { tasks, longest_ms, falling } = *self;
        Waves::once((0..tasks).map(|id| {
            let share = if falling { f64::from(tasks - id) / f64::from(tasks) } else { 1.0 };
            let duration_ms = draw::uniform(setting.seed, id.into()) * share * longest_ms as f64;
            Work::Sleep { duration_ms, x: id.into() }
        }))
    }
}

impl Parameters for Sleep {
    fn size(&self) -> Option<u64> {
        Some(self.longest_ms)
    }

    fn set_size(&mut self, size: u64) {
        self.longest_ms = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        within("longest_ms", self.longest_ms, 0, LONGEST_MAX_MS, "a task sleeps for a minute at most")
    }
}
