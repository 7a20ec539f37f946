//! `crash`: a task that panics among others, which shows what a dead worker costs.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::{TASKS_MAX, summable};
use super::{Cost, OutOfRange, Setting, Waves};
use crate::task::Work;

/// How long a task sleeps, if it does, in milliseconds: long enough that others are in flight meanwhile.
const SLEEP_MS: f64 = 5.0;

/// What `crash` is.
pub(super) static ENTRY: Entry = Entry {
    name: "crash",
    about: "count or sleep, but one task panics: what a dead worker costs",
    size: Some(Size { name: "n", means: "numbers per task" }),
    in_python: false,
    writes_files: false,
    finds_tasks: false,
};

/// Like `count`, but one task panics: what a dead worker costs the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Crash {
    /// Tasks per run.
    pub tasks: u32,
    /// Numbers per task that does not panic.
    pub n: u64,
    /// The task that panics.
    pub at: u32,
    /// Tasks sleep for a moment instead of counting; the one that panics does so after its sleep.
    #[serde(default)]
    pub waits: bool,
}

impl Definition for Crash {
    fn cost(&self) -> Cost {
        if self.waits { Cost::Unknown } else { Cost::Steps(self.n) }
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        let after_ms = self.waits.then_some(SLEEP_MS);
        Waves::once((0..self.tasks).map(|id| match after_ms {
            _ if id == self.at => Work::Crash { after_ms },
            Some(duration_ms) => Work::Sleep { duration_ms, x: id.into() },
            None => Work::Count { n: self.n },
        }))
    }

    fn panics_at(&self) -> Option<u32> {
        Some(self.at)
    }
}

impl Parameters for Crash {
    fn size(&self) -> Option<u64> {
        Some(self.n)
    }

    fn set_size(&mut self, size: u64) {
        self.n = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        summable(self.n)?;
        if self.at < self.tasks {
            return Ok(());
        }
        let reason = "the task that panics would not be among them";
        let fix = format!("{} to {TASKS_MAX}", u64::from(self.at) + 1);
        Err(OutOfRange { name: "tasks", value: self.tasks.to_string(), reason: reason.into(), fix })
    }
}
