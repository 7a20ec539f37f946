//! Workloads: kinds of work with their parameters, and the tasks that they yield.

pub mod count;
pub mod countdown;
pub mod crawl;
mod kind;
mod limits;
pub mod mandelbrot;
mod nature;
mod waves;
pub mod write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dictionary::Sharing;
use crate::target::{Fault, Latency};

pub use kind::{KINDS, Kind};
pub(crate) use limits::within;
pub use limits::{BYTES_MAX, INSERTS_MAX, ITERATIONS_MAX, N_MAX, OutOfRange, SIDE_MAX, SLEEP_MAX_MS, TASKS_MAX};
pub use nature::Nature;
pub use waves::{Setting, Waves};

/// A kind of work with its parameters. In JSON: `{"workload": NAME, "params": {…}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "workload", content = "params", rename_all = "kebab-case")]
pub enum Workload {
    /// Add up 0..n in every task.
    Count {
        /// How many tasks.
        tasks: u32,
        /// Numbers per task.
        n: u64,
    },
    /// Count from n down to 0 in every task.
    Countdown {
        /// How many tasks.
        tasks: u32,
        /// Steps per task.
        n: u64,
    },
    /// Add up 0..=n in every task.
    Sum {
        /// How many tasks.
        tasks: u32,
        /// The last number.
        n: u64,
    },
    /// Draw the Mandelbrot set, a tile per task.
    Mandelbrot {
        /// How many tiles: a square number.
        tasks: u32,
        /// Pixels along one side of the picture.
        side: u32,
        /// Steps after which a point counts as inside.
        iterations: u32,
    },
    /// Get a body, read it to its end, keep nothing.
    Download {
        /// How many tasks.
        tasks: u32,
        /// Length of each body.
        bytes: u64,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Get small pages of two sites in turn.
    Sites {
        /// How many tasks.
        tasks: u32,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Get images and write each to a file named after it, in blocks of 1024 bytes.
    Images {
        /// How many tasks.
        tasks: u32,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Post JSON, keep the status.
    Post {
        /// How many tasks.
        tasks: u32,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Post JSON, keep the status in a dictionary that all tasks of the run share.
    Dictionary {
        /// How many tasks.
        tasks: u32,
        /// Keys per task, under each of which the status is kept.
        inserts: u32,
        /// How the dictionary is shared.
        #[serde(rename = "keep")]
        sharing: Sharing,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Write a text to a file.
    Write {
        /// How many tasks.
        tasks: u32,
        /// Length of each text.
        bytes: u64,
        /// Wait until it is on the disk.
        flush: bool,
        /// All tasks overwrite one file, as in the source; else each has its own.
        one_file: bool,
    },
    /// Sleep for a time drawn by chance, then square the task's number.
    Sleep {
        /// How many tasks.
        tasks: u32,
        /// The longest time that can be drawn, in milliseconds.
        longest_ms: u64,
        /// The longest time falls to nothing from the first task to the last, as in `square`; else it
        /// is the same for all, as in `gather`.
        falling: bool,
    },
    /// Visit the pages of a site, breadth first, in waves.
    Crawl {
        /// How many pages are visited at most.
        tasks: u32,
        /// Pages of the site.
        pages: u32,
        /// Links on each page.
        links: u32,
        /// Pages per wave; 0 for all that are known.
        round: u32,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Small pages and countdowns, shuffled.
    Mixed {
        /// How many tasks; half of them wait, half compute.
        tasks: u32,
        /// Steps per task that computes.
        n: u64,
        /// What the target does to each request.
        #[serde(flatten)]
        model: Model,
    },
    /// Like `count`, but one task panics: what a dead worker costs the others.
    Crash {
        /// How many tasks.
        tasks: u32,
        /// Numbers per task that does not panic.
        n: u64,
        /// The task that panics.
        at: u32,
        /// Tasks sleep for a moment instead of counting; the one that panics does so after its sleep.
        #[serde(default)]
        waits: bool,
    },
}

/// What the target server does to requests; drawn by chance, the same for every platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Model {
    /// How long it waits before it answers: milliseconds, `MIN-MAX` or empty for not at all.
    #[serde(rename = "latency_ms")]
    pub latency: Latency,
    /// How it fails: `KIND` or `KIND:PROBABILITY`; empty for never.
    #[serde(rename = "fail")]
    pub fault: Fault,
}

impl Workload {
    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        let name = match self {
            Workload::Count { .. } => "count",
            Workload::Countdown { .. } => "countdown",
            Workload::Sum { .. } => "sum",
            Workload::Mandelbrot { .. } => "mandelbrot",
            Workload::Crash { .. } => "crash",
            Workload::Download { .. } => "download",
            Workload::Sites { .. } => "sites",
            Workload::Images { .. } => "images",
            Workload::Post { .. } => "post",
            Workload::Dictionary { .. } => "dictionary",
            Workload::Write { .. } => "write",
            Workload::Sleep { .. } => "sleep",
            Workload::Crawl { .. } => "crawl",
            Workload::Mixed { .. } => "mixed",
        };
        KINDS.iter().find(|kind| kind.name == name).expect("every variant has its kind")
    }

    /// Its name in CLI, URL and JSON.
    pub fn name(&self) -> &'static str {
        self.kind().name
    }

    /// What its tasks spend their time on.
    pub fn nature(&self) -> Nature {
        match self {
            Workload::Count { .. } | Workload::Countdown { .. } | Workload::Sum { .. } => Nature::Computes,
            Workload::Mandelbrot { .. } | Workload::Crash { waits: false, .. } => Nature::Computes,
            Workload::Crash { waits: true, .. } => Nature::Waits,
            Workload::Download { .. } | Workload::Sites { .. } | Workload::Images { .. } => Nature::Waits,
            Workload::Post { .. } | Workload::Write { .. } | Workload::Sleep { .. } => Nature::Waits,
            Workload::Crawl { .. } | Workload::Mixed { .. } => Nature::Waits,
            Workload::Dictionary { sharing: Sharing::Lock | Sharing::Sharded, .. } => Nature::Shares,
            Workload::Dictionary { sharing: Sharing::Owner | Sharing::Merge, .. } => Nature::Waits,
        }
    }

    /// Whether its tasks write files.
    pub fn writes_files(&self) -> bool {
        matches!(self, Workload::Write { .. } | Workload::Images { .. })
    }

    /// How its workers share a dictionary, if they do.
    pub fn sharing(&self) -> Option<Sharing> {
        match self {
            Workload::Dictionary { sharing, .. } => Some(*sharing),
            _ => None,
        }
    }

    /// What the target server does to its requests, if it sends any.
    pub fn model(&self) -> Option<&Model> {
        match self {
            Workload::Download { model, .. }
            | Workload::Sites { model, .. }
            | Workload::Images { model, .. }
            | Workload::Post { model, .. }
            | Workload::Dictionary { model, .. }
            | Workload::Crawl { model, .. }
            | Workload::Mixed { model, .. } => Some(model),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn model_mut(&mut self) -> Option<&mut Model> {
        match self {
            Workload::Download { model, .. }
            | Workload::Sites { model, .. }
            | Workload::Images { model, .. }
            | Workload::Post { model, .. }
            | Workload::Dictionary { model, .. }
            | Workload::Crawl { model, .. }
            | Workload::Mixed { model, .. } => Some(model),
            _ => None,
        }
    }

    /// How many tasks a run of it has; for a crawl, how many it has at most.
    pub fn tasks(&self) -> u32 {
        match self {
            Workload::Count { tasks, .. }
            | Workload::Countdown { tasks, .. }
            | Workload::Sum { tasks, .. }
            | Workload::Mandelbrot { tasks, .. }
            | Workload::Crash { tasks, .. }
            | Workload::Download { tasks, .. }
            | Workload::Sites { tasks, .. }
            | Workload::Images { tasks, .. }
            | Workload::Post { tasks, .. }
            | Workload::Dictionary { tasks, .. }
            | Workload::Write { tasks, .. }
            | Workload::Sleep { tasks, .. }
            | Workload::Crawl { tasks, .. }
            | Workload::Mixed { tasks, .. } => *tasks,
        }
    }

    /// The main parameter: what `--size` sets; `None` if there is none.
    pub fn size(&self) -> Option<u64> {
        Some(match self {
            Workload::Count { n, .. }
            | Workload::Countdown { n, .. }
            | Workload::Sum { n, .. }
            | Workload::Crash { n, .. }
            | Workload::Mixed { n, .. } => *n,
            Workload::Mandelbrot { side, .. } => u64::from(*side),
            Workload::Download { bytes, .. } | Workload::Write { bytes, .. } => *bytes,
            Workload::Sleep { longest_ms, .. } => *longest_ms,
            Workload::Crawl { pages, .. } => u64::from(*pages),
            Workload::Dictionary { inserts, .. } => u64::from(*inserts),
            Workload::Sites { .. } | Workload::Images { .. } | Workload::Post { .. } => return None,
        })
    }

    /// The same work in another number of tasks.
    #[must_use]
    pub fn with_tasks(mut self, count: u32) -> Self {
        match &mut self {
            Workload::Count { tasks, .. }
            | Workload::Countdown { tasks, .. }
            | Workload::Sum { tasks, .. }
            | Workload::Mandelbrot { tasks, .. }
            | Workload::Crash { tasks, .. }
            | Workload::Download { tasks, .. }
            | Workload::Sites { tasks, .. }
            | Workload::Images { tasks, .. }
            | Workload::Post { tasks, .. }
            | Workload::Dictionary { tasks, .. }
            | Workload::Write { tasks, .. }
            | Workload::Sleep { tasks, .. }
            | Workload::Crawl { tasks, .. }
            | Workload::Mixed { tasks, .. } => *tasks = count,
        }
        self
    }

    /// The same tasks of another size; a size too large for the parameter's type becomes its
    /// largest value, which [`Workload::check`] refuses.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        match &mut self {
            Workload::Count { n, .. }
            | Workload::Countdown { n, .. }
            | Workload::Sum { n, .. }
            | Workload::Crash { n, .. }
            | Workload::Mixed { n, .. } => *n = size,
            Workload::Mandelbrot { side, .. } => *side = u32::try_from(size).unwrap_or(u32::MAX),
            Workload::Download { bytes, .. } | Workload::Write { bytes, .. } => *bytes = size,
            Workload::Sleep { longest_ms, .. } => *longest_ms = size,
            Workload::Crawl { pages, .. } => *pages = u32::try_from(size).unwrap_or(u32::MAX),
            Workload::Dictionary { inserts, .. } => *inserts = u32::try_from(size).unwrap_or(u32::MAX),
            Workload::Sites { .. } | Workload::Images { .. } | Workload::Post { .. } => {}
        }
        self
    }

    /// The same work with some parameters replaced.
    ///
    /// # Errors
    /// A parameter that the workload does not have, or a value that does not fit it.
    pub fn with_params(&self, overrides: &Map<String, Value>) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::to_value(self)?;
        for (name, value) in overrides {
            match json["params"].get_mut(name) {
                Some(place) => place.clone_from(value),
                None => return Err(serde::de::Error::custom(format!("{} has no parameter {name}", self.name()))),
            }
        }
        serde_json::from_value(json)
    }

    /// Its parameters by name, as in JSON.
    pub fn params(&self) -> Map<String, Value> {
        match serde_json::to_value(self).map(|mut json| json["params"].take()) {
            Ok(Value::Object(params)) => params,
            _ => Map::new(),
        }
    }

    /// Whether it is the same work as another, as far as some parameters go.
    pub fn has_params_of<'a>(&self, other: &Self, mut names: impl Iterator<Item = &'a String>) -> bool {
        let (own, others) = (self.params(), other.params());
        self.kind() == other.kind() && names.all(|name| own.get(name) == others.get(name))
    }

    /// Pixels along one side of the picture that the tasks draw, if they draw one.
    pub fn picture_side(&self) -> Option<u32> {
        match self {
            Workload::Mandelbrot { side, .. } => Some(*side),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_json_a_name_and_its_parameters() {
        let json = r#"{"workload":"count","params":{"tasks":16,"n":10}}"#;
        let workload: Workload = serde_json::from_str(json).expect("a workload");
        assert_eq!(workload, Workload::Count { tasks: 16, n: 10 });
        assert_eq!(serde_json::to_string(&workload).expect("json"), json);
    }
}
