//! `sites`: small pages of two sites in turn.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters};
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::task::Work;

/// What `sites` is.
pub(super) static ENTRY: Entry = Entry {
    name: "sites",
    about: "get small pages of two sites in turn",
    size: None,
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Get small pages of two sites in turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Sites {
    /// Tasks per run.
    pub tasks: u32,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Sites {
    fn cost(&self) -> Cost {
        Cost::Request { computing: 0.0 }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|id| page(id, setting, &self.model)))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }
}

impl Parameters for Sites {
    fn check(&self) -> Result<(), OutOfRange> {
        Ok(())
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}

/// A page of the first site or of the second, in turn.
pub(super) fn page(task: u32, setting: Setting<'_>, model: &Model) -> Work {
    let site = Setting { seed: setting.seed.wrapping_add(u64::from(task % 2)), ..setting };
    Work::Get { url: site.url("page/0?pages=2&links=10", Some(task), model), cached: false }
}
