//! `mixed`: tasks that wait among tasks that compute.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::summable;
use super::{Cost, Model, OutOfRange, Setting, Waves, sites};
use crate::draw;
use crate::task::Work;

/// What `mixed` is.
pub(super) static ENTRY: Entry = Entry {
    name: "mixed",
    about: "half small pages, half countdowns, shuffled",
    size: Some(Size { name: "n", means: "steps per task that computes" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Small pages and countdowns, shuffled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Mixed {
    /// How many tasks; half of them wait, half compute.
    pub tasks: u32,
    /// Steps per task that computes.
    pub n: u64,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Mixed {
    fn cost(&self) -> Cost {
        Cost::Mixed
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let work = |id| match id % 2 {
            0 => sites::page(id / 2, setting, &self.model),
            _ => Work::Countdown { n: self.n },
        };
        let mut works: Vec<Work> = (0..self.tasks).map(work).collect();
        draw::shuffle(setting.seed, &mut works);
        Waves::once(works)
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }
}

impl Parameters for Mixed {
    fn size(&self) -> Option<u64> {
        Some(self.n)
    }

    fn set_size(&mut self, size: u64) {
        self.n = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        summable(self.n)
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}
