//! Workloads: kinds of work with their parameters, and the tasks that they yield.

pub mod count;
pub mod countdown;
pub mod crawl;
mod kind;
pub mod mandelbrot;
pub mod write;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dictionary::Keep;
use crate::draw;
use crate::measure::Finished;
use crate::strategy::Nature;
use crate::task::{Task, Work};

pub use kind::{KINDS, Kind};

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
        keep: Keep,
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Model {
    /// How long it waits before it answers: milliseconds, `MIN-MAX` or empty for not at all.
    pub latency_ms: String,
    /// How it fails: `KIND` or `KIND:PROBABILITY`; empty for never.
    pub fail: String,
}

/// What a run's tasks need to know besides the workload: it is not part of what is compared.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The address of the target server; it ends with a slash.
    pub target: &'a str,
    /// Decides everything that is drawn by chance.
    pub seed: u64,
}

impl Setting<'_> {
    /// The address of something that the target offers. Each task's address is its own, because a
    /// browser queues requests for one address on its cache's lock; the pages of a crawl differ anyway.
    fn url(&self, path: &str, task: Option<u32>, model: &Model) -> String {
        let mut url = format!("{}target/{path}", self.target);
        url.push(if path.contains('?') { '&' } else { '?' });
        url += &format!("seed={}", self.seed);
        if let Some(task) = task {
            url += &format!("&task={task}");
        }
        for (name, value) in [("latency", &model.latency_ms), ("fail", &model.fail)] {
            if !value.is_empty() {
                url += &format!("&{name}={value}");
            }
        }
        url
    }
}

/// The largest `n`: with more, the sum would not fit into 64 bits on every platform.
pub const N_MAX: u64 = u32::MAX as u64;
/// The largest number of tasks in one run.
pub const TASKS_MAX: u32 = 100_000;
/// The largest body or file, in bytes.
pub const BYTES_MAX: u64 = 2_000_000_000;
/// The most keys per task.
pub const INSERTS_MAX: u64 = 10_000;
/// How long a task of `crash` sleeps, if it does, in milliseconds: long enough that others are in flight meanwhile.
pub const CRASH_SLEEP_MS: f64 = 5.0;
/// The longest sleep, in milliseconds.
pub const SLEEP_MAX_MS: u64 = 60_000;
/// The largest picture, in pixels along one side.
pub const SIDE_MAX: u32 = 4096;
/// The largest number of steps per point.
pub const ITERATIONS_MAX: u32 = 1_000_000;

/// A parameter that is out of its range: names the value, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} = {value} cannot be run: {reason}; use {fix}")]
pub struct OutOfRange {
    /// The parameter.
    pub name: &'static str,
    /// What was asked for.
    pub value: u64,
    /// Why that cannot be.
    pub reason: &'static str,
    /// What can.
    pub fix: String,
}

fn within(name: &'static str, value: u64, from: u64, to: u64, reason: &'static str) -> Result<(), OutOfRange> {
    if (from..=to).contains(&value) {
        return Ok(());
    }
    let reason = if value < from { "there would be nothing to measure" } else { reason };
    Err(OutOfRange { name, value, reason, fix: format!("{from} to {to}") })
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
            Workload::Dictionary { keep: Keep::Lock | Keep::Sharded, .. } => Nature::Shares,
            Workload::Dictionary { keep: Keep::Owner | Keep::Merge, .. } => Nature::Waits,
        }
    }

    /// Whether its tasks write files.
    pub fn writes_files(&self) -> bool {
        matches!(self, Workload::Write { .. } | Workload::Images { .. })
    }

    /// How its results are kept by key, if they are.
    pub fn keep(&self) -> Option<Keep> {
        match self {
            Workload::Dictionary { keep, .. } => Some(*keep),
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

    /// Checks every parameter.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        within("tasks", self.tasks().into(), 1, TASKS_MAX.into(), "a report of so many tasks would not be readable")?;
        match *self {
            Workload::Count { n, .. } | Workload::Countdown { n, .. } | Workload::Sum { n, .. } => {
                within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")
            }
            Workload::Crash { n, at, tasks, .. } => {
                within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")?;
                within("at", at.into(), 0, u64::from(tasks) - 1, "there is no such task")
            }
            Workload::Mandelbrot { tasks, side, iterations } => {
                let per_side = tasks.isqrt();
                if per_side * per_side != tasks {
                    return Err(OutOfRange {
                        name: "tasks",
                        value: tasks.into(),
                        reason: "the picture is cut into equal rows and columns of tiles",
                        fix: format!("a square number such as {} or {}", per_side.pow(2), (per_side + 1).pow(2)),
                    });
                }
                within(
                    "side",
                    side.into(),
                    per_side.into(),
                    SIDE_MAX.into(),
                    "the picture would be too large to show",
                )?;
                within("iterations", iterations.into(), 1, ITERATIONS_MAX.into(), "a tile would take minutes")
            }
            Workload::Download { bytes, .. } => within("bytes", bytes, 0, BYTES_MAX, "the target sends no longer body"),
            Workload::Write { bytes, .. } => within("bytes", bytes, 0, BYTES_MAX, "it would fill the disk"),
            Workload::Dictionary { inserts, .. } => {
                within("inserts", inserts.into(), 1, INSERTS_MAX, "the dictionary would not fit into memory")
            }
            Workload::Sleep { longest_ms, .. } => within("longest_ms", longest_ms, 0, SLEEP_MAX_MS, "it would not end"),
            Workload::Crawl { pages, links, .. } => {
                within("pages", pages.into(), 1, TASKS_MAX.into(), "the site would not end")?;
                within("links", links.into(), 1, 1000, "the page would not end")
            }
            Workload::Mixed { n, .. } => {
                within("n", n, 1, N_MAX, "the sum of so many numbers does not fit into 64 bits")
            }
            Workload::Sites { .. } | Workload::Images { .. } | Workload::Post { .. } => Ok(()),
        }
    }

    /// The tasks of a run, wave by wave.
    pub fn waves(&self, setting: Setting<'_>) -> Waves {
        let page = |task: u32, model| {
            // Two sites, in turn.
            let site = Setting { seed: setting.seed.wrapping_add(u64::from(task % 2)), ..setting };
            Work::Get { url: site.url("page/0?pages=2&links=10", Some(task), model) }
        };
        let works: Vec<Work> = match self {
            Workload::Count { tasks, n } => vec![Work::Count { n: *n }; *tasks as usize],
            Workload::Countdown { tasks, n } => vec![Work::Countdown { n: *n }; *tasks as usize],
            Workload::Sum { tasks, n } => vec![Work::Sum { n: *n }; *tasks as usize],
            Workload::Mandelbrot { tasks, side, iterations } => {
                mandelbrot::tiles(*side, tasks.isqrt(), *iterations).map(Work::Tile).collect()
            }
            Workload::Crash { tasks, n, at, waits } => {
                let after_ms = waits.then_some(CRASH_SLEEP_MS);
                let other = |id| match after_ms {
                    Some(duration_ms) => Work::Sleep { duration_ms, x: id },
                    None => Work::Count { n: *n },
                };
                (0..*tasks).map(|id| if id == *at { Work::Crash { after_ms } } else { other(id.into()) }).collect()
            }
            Workload::Download { tasks, bytes, model } => (0..*tasks)
                .map(|id| Work::Get { url: setting.url(&format!("bytes/{bytes}"), Some(id), model) })
                .collect(),
            Workload::Sites { tasks, model } => (0..*tasks).map(|id| page(id, model)).collect(),
            Workload::Images { tasks, model } => (0..*tasks)
                .map(|id| Work::Save {
                    url: setting.url(&format!("image/{}.png", id % IMAGES), Some(id), model),
                    name: format!("image-{id}.png"),
                })
                .collect(),
            Workload::Post { tasks, model } => (0..*tasks)
                .map(|id| Work::Post {
                    url: setting.url("echo", Some(id), model),
                    json: format!("{{\"request\":{id}}}"),
                })
                .collect(),
            Workload::Dictionary { tasks, inserts, model, .. } => (0..*tasks)
                .map(|id| Work::Keep {
                    url: setting.url("echo", Some(id), model),
                    json: format!("{{\"request\":{id}}}"),
                    key: u64::from(id) * u64::from(*inserts),
                    inserts: *inserts,
                })
                .collect(),
            Workload::Write { tasks, bytes, flush, one_file } => (0..*tasks)
                .map(|id| Work::Write {
                    name: if *one_file { "output.txt".to_owned() } else { format!("output-{id}.txt") },
                    bytes: *bytes,
                    seed: setting.seed,
                    flush: *flush,
                })
                .collect(),
            Workload::Sleep { tasks, longest_ms, falling } => (0..*tasks)
                .map(|id| {
                    let share = if *falling { f64::from(tasks - id) / f64::from(*tasks) } else { 1.0 };
                    let duration_ms = draw::uniform(setting.seed, id.into()) * share * *longest_ms as f64;
                    Work::Sleep { duration_ms, x: id.into() }
                })
                .collect(),
            Workload::Crawl { tasks, pages, links, round, model } => {
                let start = setting.url(&format!("page/0?pages={pages}&links={links}"), None, model);
                return Waves(Next::Crawl(crawl::Frontier::new(start, *round, *tasks)));
            }
            Workload::Mixed { tasks, n, model } => {
                let mut works: Vec<_> = (0..*tasks)
                    .map(|id| if id % 2 == 0 { page(id / 2, model) } else { Work::Countdown { n: *n } })
                    .collect();
                draw::shuffle(setting.seed, &mut works);
                works
            }
        };
        Waves(Next::Once(Some(works.into_iter().zip(0..).map(|(work, id)| Task { id, work }).collect())))
    }

    /// Pixels along one side of the picture that the tasks draw, if they draw one.
    pub fn picture_side(&self) -> Option<u32> {
        match self {
            Workload::Mandelbrot { side, .. } => Some(*side),
            _ => None,
        }
    }
}

/// Images that the target has; more tasks than that get the first ones again.
const IMAGES: u32 = 1000;

/// The tasks of a run, handed out in waves: what a wave found out decides on the next.
#[derive(Debug)]
pub struct Waves(Next);

#[derive(Debug)]
enum Next {
    /// One wave that is known beforehand.
    Once(Option<Vec<Task>>),
    /// The pages of a site.
    Crawl(crawl::Frontier),
}

impl Waves {
    /// The same waves without the tasks that `done` names: what is left to do after a crew died. A
    /// crawl cannot be taken up again: what its crew knew is gone.
    #[must_use]
    pub fn without(mut self, done: &[u32]) -> Self {
        match &mut self.0 {
            Next::Once(Some(wave)) => wave.retain(|task| !done.contains(&task.id)),
            Next::Crawl(_) if !done.is_empty() => self.0 = Next::Once(None),
            _ => {}
        }
        self
    }

    /// The next wave, given what the last one left behind (nothing, before the first); `None` at the end.
    pub fn next(&mut self, last: &[Finished]) -> Option<Vec<Task>> {
        match &mut self.0 {
            Next::Once(wave) => wave.take(),
            Next::Crawl(frontier) => frontier.next(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named_with_its_limit() {
        fn check(workload: Workload, expected: &str) {
            assert_eq!(workload.check().expect_err("out of range").to_string(), expected);
        }
        check(
            Workload::Count { tasks: 0, n: 1 },
            "tasks = 0 cannot be run: there would be nothing to measure; use 1 to 100000",
        );
        check(
            Workload::Sum { tasks: 1, n: 1 << 33 },
            "n = 8589934592 cannot be run: the sum of so many numbers does not fit into 64 bits; use 1 to 4294967295",
        );
        check(
            Workload::Mandelbrot { tasks: 15, side: 64, iterations: 9 },
            "tasks = 15 cannot be run: the picture is cut into equal rows and columns of tiles; \
             use a square number such as 9 or 16",
        );
        check(
            Workload::Crash { tasks: 2, n: 1, at: 2, waits: false },
            "at = 2 cannot be run: there is no such task; use 0 to 1",
        );
    }

    #[test]
    fn as_many_tasks_as_it_says() {
        for workload in [
            Workload::Count { tasks: 3, n: 5 },
            Workload::Mandelbrot { tasks: 16, side: 64, iterations: 10 },
            Workload::Crash { tasks: 4, n: 5, at: 1, waits: false },
            Workload::Crash { tasks: 4, n: 5, at: 1, waits: true },
        ] {
            let tasks = workload.waves(Setting { target: "http://t/", seed: 1 }).next(&[]).expect("a wave");
            assert_eq!(tasks.len(), workload.tasks() as usize);
            assert!(tasks.iter().zip(0..).all(|(task, id)| task.id == id));
        }
    }

    #[test]
    fn in_json_a_name_and_its_parameters() {
        let json = r#"{"workload":"count","params":{"tasks":16,"n":10}}"#;
        let workload: Workload = serde_json::from_str(json).expect("a workload");
        assert_eq!(workload, Workload::Count { tasks: 16, n: 10 });
        assert_eq!(serde_json::to_string(&workload).expect("json"), json);
    }
}
