//! Workloads: kinds of work with their parameters, and the tasks that they yield.

pub mod count;
pub mod countdown;
pub mod mandelbrot;

use serde::{Deserialize, Serialize};

use crate::measure::Finished;
use crate::strategy::Nature;
use crate::task::{Task, Work};

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
    /// Like `count`, but one task panics: what a dead worker costs the others.
    Crash {
        /// How many tasks.
        tasks: u32,
        /// Numbers per task that does not panic.
        n: u64,
        /// The task that panics.
        at: u32,
    },
}

/// What the CLI and the page say of a workload before it has parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kind {
    /// The name in CLI, URL and JSON.
    pub name: &'static str,
    /// One line on what a task does.
    pub about: &'static str,
    /// The name of the parameter that `--size` sets.
    pub size: &'static str,
    /// What that parameter means.
    pub size_means: &'static str,
}

/// Every kind of workload.
pub const KINDS: &[Kind] = &[
    Kind { name: "count", about: "add up 0..n", size: "n", size_means: "numbers per task" },
    Kind { name: "countdown", about: "count from n down to 0", size: "n", size_means: "steps per task" },
    Kind { name: "sum", about: "add up 0..=n", size: "n", size_means: "the last number" },
    Kind {
        name: "mandelbrot",
        about: "draw the Mandelbrot set, a tile per task",
        size: "side",
        size_means: "pixels along one side of the picture",
    },
    Kind {
        name: "crash",
        about: "count, but one task panics: what a dead worker costs",
        size: "n",
        size_means: "numbers per task",
    },
];

/// The largest `n`: with more, the sum would not fit into 64 bits on every platform.
pub const N_MAX: u64 = u32::MAX as u64;
/// The largest number of tasks in one run.
pub const TASKS_MAX: u32 = 100_000;
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
        };
        KINDS.iter().find(|kind| kind.name == name).expect("every variant has its kind")
    }

    /// Its name in CLI, URL and JSON.
    pub fn name(&self) -> &'static str {
        self.kind().name
    }

    /// What its tasks spend their time on.
    pub fn nature(&self) -> Nature {
        Nature::Computes
    }

    /// How many tasks a run of it has.
    pub fn tasks(&self) -> u32 {
        match self {
            Workload::Count { tasks, .. }
            | Workload::Countdown { tasks, .. }
            | Workload::Sum { tasks, .. }
            | Workload::Mandelbrot { tasks, .. }
            | Workload::Crash { tasks, .. } => *tasks,
        }
    }

    /// The main parameter: what `--size` sets.
    pub fn size(&self) -> u64 {
        match self {
            Workload::Count { n, .. }
            | Workload::Countdown { n, .. }
            | Workload::Sum { n, .. }
            | Workload::Crash { n, .. } => *n,
            Workload::Mandelbrot { side, .. } => u64::from(*side),
        }
    }

    /// The same work in another number of tasks.
    #[must_use]
    pub fn with_tasks(mut self, count: u32) -> Self {
        match &mut self {
            Workload::Count { tasks, .. }
            | Workload::Countdown { tasks, .. }
            | Workload::Sum { tasks, .. }
            | Workload::Mandelbrot { tasks, .. }
            | Workload::Crash { tasks, .. } => *tasks = count,
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
            | Workload::Crash { n, .. } => *n = size,
            Workload::Mandelbrot { side, .. } => *side = u32::try_from(size).unwrap_or(u32::MAX),
        }
        self
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
            Workload::Crash { n, at, tasks } => {
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
        }
    }

    /// The tasks of a run, wave by wave.
    pub fn waves(&self) -> Waves {
        let numbered = |works: Vec<Work>| works.into_iter().zip(0..).map(|(work, id)| Task { id, work }).collect();
        let first: Vec<Work> = match *self {
            Workload::Count { tasks, n } => vec![Work::Count { n }; tasks as usize],
            Workload::Countdown { tasks, n } => vec![Work::Countdown { n }; tasks as usize],
            Workload::Sum { tasks, n } => vec![Work::Sum { n }; tasks as usize],
            Workload::Mandelbrot { tasks, side, iterations } => {
                mandelbrot::tiles(side, tasks.isqrt(), iterations).map(Work::Tile).collect()
            }
            Workload::Crash { tasks, n, at } => {
                (0..tasks).map(|id| if id == at { Work::Crash } else { Work::Count { n } }).collect()
            }
        };
        Waves { next: Some(numbered(first)) }
    }

    /// Pixels along one side of the picture that the tasks draw, if they draw one.
    pub fn picture_side(&self) -> Option<u32> {
        match self {
            Workload::Mandelbrot { side, .. } => Some(*side),
            _ => None,
        }
    }
}

/// The tasks of a run, handed out in waves: what a wave found out decides on the next.
#[derive(Debug)]
pub struct Waves {
    next: Option<Vec<Task>>,
}

impl Waves {
    /// The same waves without the tasks that `done` names: what is left to do after a crew died.
    #[must_use]
    pub fn without(mut self, done: &[u32]) -> Self {
        if let Some(first) = &mut self.next {
            first.retain(|task| !done.contains(&task.id));
        }
        self
    }

    /// The next wave, given what the last one left behind (nothing, before the first); `None` at the end.
    pub fn next(&mut self, _last: &[Finished]) -> Option<Vec<Task>> {
        self.next.take()
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
        check(Workload::Crash { tasks: 2, n: 1, at: 2 }, "at = 2 cannot be run: there is no such task; use 0 to 1");
    }

    #[test]
    fn as_many_tasks_as_it_says() {
        for workload in [
            Workload::Count { tasks: 3, n: 5 },
            Workload::Mandelbrot { tasks: 16, side: 64, iterations: 10 },
            Workload::Crash { tasks: 4, n: 5, at: 1 },
        ] {
            let tasks = workload.waves().next(&[]).expect("a wave");
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
