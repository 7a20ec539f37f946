//! `dictionary`: as `post`, but all tasks keep the status in one dictionary.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::{Cost, Model, Nature, OutOfRange, Setting, Waves, post};
use crate::dictionary::Sharing;
use crate::task::Work;

/// The most keys per task.
const INSERTS_MAX: u64 = 10_000;

/// What `dictionary` is.
pub(super) static ENTRY: Entry = Entry {
    name: "dictionary",
    about: "post JSON, keep the status in a dictionary that all workers share",
    size: Some(Size { name: "inserts", means: "keys per task" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Post JSON, keep the status in a dictionary that all tasks of the run share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Dictionary {
    /// Tasks per run.
    pub tasks: u32,
    /// Keys per task, under each of which the status is kept.
    pub inserts: u32,
    /// How the dictionary is shared.
    #[serde(rename = "keep")]
    pub sharing: Sharing,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Dictionary {
    fn cost(&self) -> Cost {
        Cost::Request { computing: 0.0 }
    }

    fn nature(&self) -> Nature {
        match self.sharing {
            Sharing::Lock | Sharing::Sharded => Nature::Shares,
            Sharing::Owner | Sharing::Merge => Nature::Waits,
        }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|id| Work::Insert {
            url: post::echo(id, setting, &self.model),
            json: post::json(id),
            key: u64::from(id) * u64::from(self.inserts),
            inserts: self.inserts,
        }))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }

    fn sharing(&self) -> Option<Sharing> {
        Some(self.sharing)
    }
}

impl Parameters for Dictionary {
    fn size(&self) -> Option<u64> {
        Some(self.inserts.into())
    }

    fn set_size(&mut self, size: u64) {
        self.inserts = u32::try_from(size).unwrap_or(u32::MAX);
    }

    fn check(&self) -> Result<(), OutOfRange> {
        within("inserts", self.inserts.into(), 1, INSERTS_MAX, "the dictionary would not fit into memory")
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}
