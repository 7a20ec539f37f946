//! `images`: images, each to a file named after it, in blocks of 1024 bytes.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters};
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::task::Work;

/// Images that the target has; more tasks than that get the first ones again.
const IMAGES: u32 = 1000;

/// What `images` is.
pub(super) static ENTRY: Entry = Entry {
    name: "images",
    about: "get an image, write it to a file in blocks of 1024 bytes",
    size: None,
    in_python: true,
    writes_files: true,
    finds_tasks: false,
};

/// Get images and write each to a file named after it, in blocks of 1024 bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Images {
    /// Tasks per run.
    pub tasks: u32,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Images {
    fn cost(&self) -> Cost {
        Cost::Request { computing: 0.0 }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|id| Work::Save {
            url: setting.url(&format!("image/{}.png", id % IMAGES), Some(id), &self.model),
            name: format!("image-{id}.png"),
        }))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }
}

impl Parameters for Images {
    fn check(&self) -> Result<(), OutOfRange> {
        Ok(())
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}
