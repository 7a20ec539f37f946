//! `post`: small JSON texts to the target, of which the status is kept.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters};
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::target::Protocol;
use crate::task::Work;

/// What `post` is.
pub(super) static ENTRY: Entry = Entry {
    name: "post",
    about: "post JSON, keep the status",
    size: None,
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Post JSON, keep the status.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Post {
    /// Tasks per run.
    pub tasks: u32,
    /// Over which protocol requests go, with TLS; absent for what the platform's target speaks without being asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Post {
    fn cost(&self) -> Cost {
        Cost::Request { computing: 0.0 }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let post = |id| Work::Post { url: echo(id, setting, &self.model), json: json(id), protocol: self.protocol };
        Waves::once((0..self.tasks).map(post))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }

    fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }
}

impl Parameters for Post {
    fn check(&self) -> Result<(), OutOfRange> {
        Ok(())
    }

    fn may_lack(&self) -> &'static [&'static str] {
        &["protocol"]
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}

/// Where a task posts to.
pub(super) fn echo(task: u32, setting: Setting<'_>, model: &Model) -> String {
    setting.url("echo", Some(task), model)
}

/// What a task posts.
pub(super) fn json(task: u32) -> String {
    format!("{{\"request\":{task}}}")
}
