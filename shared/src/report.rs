//! The report: everything that was measured, raw, plus the environment.
//!
//! Statistics are derived from it (see `analysis`) and never stored in it.

mod decode;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
mod load;
mod pair;
mod several;
mod warning;

use serde::{Deserialize, Serialize};

pub use decode::decode;
pub use load::{LoadError, load, load_json};
pub use pair::{PairFile, PartFile, ReportFile, RunOfPart, files, part_id};
pub use several::each;
pub use warning::{CLOCK_STANDS_MS, OfRow, STEPS_MIN, Warning, recorded};

use crate::row::Row;
use crate::run::Run;

use crate::measure::Precision;
use crate::scale::Scale;
use crate::strategy::{Platform, Strategy};
use crate::target::Protocol;

/// The version of the schema that this crate writes of a report by itself.
pub const SCHEMA_VERSION: u32 = 1;

/// And of a pair.
pub const PAIR_VERSION: u32 = 2;

/// What was measured on one platform in one go: by itself, or as a part of a pair, whose file is a [`PairFile`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of this format.
    pub schema_version: u32,
    /// Unique among reports.
    pub id: String,
    /// The pair that it is a part of, if it is one.
    #[serde(skip)]
    pub part: Option<PartOf>,
    /// When it was begun (RFC 3339).
    pub created: String,
    /// What made it.
    pub tool: Tool,
    /// Where it was measured.
    pub platform: Platform,
    /// On what.
    pub environment: Environment,
    /// The named experiment, if all runs belong to the same one.
    pub experiment: Option<String>,
    /// Which of the experiment's sizes.
    pub scale: Scale,
    /// What decided everything drawn by chance.
    pub seed: u64,
    /// The plan was stopped before its end.
    pub cancelled: bool,
    /// How well times were to be known, if runs were taken until they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<Precision>,
    /// Every run, in the order in which they took place.
    pub runs: Vec<Run>,
    /// What gives cause for doubt and cannot be seen in the runs; `analysis::warnings` has all of it.
    pub warnings: Vec<Warning>,
    /// Of reports that were taken for one (`analysis::pool`), the repetition with which each of them begins.
    /// Empty of one that was measured in one go, as all are that are written down.
    #[serde(skip)]
    pub sessions: Vec<u32>,
}

/// Which part of a pair a report is. Runs of a pair's parts with the same row and repetition took place one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartOf {
    /// The pair's id.
    pub pair: String,
    /// What the part is called: its platform, and for the second one of a platform `native#2`.
    pub name: String,
    /// Its place among the parts, from 0: ratios are to the first.
    pub place: u32,
    /// The platform whose sizes held for all parts, if they are not everybody's own.
    pub sizes_of: Option<Platform>,
}

/// The program that made a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tool {
    /// The program's name: `parlab`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// A digest of all that can change a number: sources, compiler, flags, profile, dependencies. Equal builds ran
    /// identical work in an identical way; `unknown` is equal to nothing, not to itself either.
    pub build: String,
}

/// The build of which nothing is known.
const UNKNOWN: &str = "unknown";

impl Tool {
    /// This program, of a build with an id if whoever built it gave it one: the environment variable `PARLAB_BUILD`, of
    /// which only those crates ask that nothing else is compiled after, since a change of it compiles them again.
    pub fn this(build: Option<&str>) -> Self {
        let profile = if cfg!(debug_assertions) { "-debug" } else { "" };
        Self {
            name: "parlab".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: build.map_or_else(|| UNKNOWN.to_owned(), |build| format!("{build}{profile}")),
        }
    }

    /// Whether it is known to be another version or build than another.
    pub fn is_other_build(&self, other: &Self) -> bool {
        let are_known = self.build != UNKNOWN && other.build != UNKNOWN;
        self.version != other.version || are_known && self.build != other.build
    }

    /// Whether it is known to be the same build as another.
    pub fn is_same_build(&self, other: &Self) -> bool {
        self.build == other.build && self.build != UNKNOWN
    }
}

/// What a report was measured on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Environment {
    /// The operating system.
    pub os: String,
    /// The processor's architecture; in a browser, what it runs: `wasm32`.
    pub arch: String,
    /// The processor's name, where the platform tells.
    pub cpu: Option<String>,
    /// Logical cores that the program may run on. How much of their time it may use, [`Environment::cpu_quota`] says.
    pub cores: u32,
    /// How many times as much as one worker as many workers as there are cores compute at once, measured in the browser: it may
    /// name cores that it does not have. The best of several short rounds, made while the page measured nothing else. `null`
    /// where there was no time for it, or no need, as natively.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel_speed: Option<f64>,
    /// How much of the cores' time it may use, in cores: 0.5 and 1.5 are quotas that a container may have. `null` if no
    /// quota is set, or the platform does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_quota: Option<f64>,
    /// How often that quota held the program back from its first run to its last, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<Throttled>,
    /// The smallest step of the clock, measured, in milliseconds.
    pub clock_step_ms: f64,
    /// Load average over one minute before the first run, where the platform tells.
    pub load_before: Option<f64>,
    /// How much of the cores' time other programs used just before the first run, in cores, where the platform tells. A
    /// load average is of the minute before: it does not tell what runs now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_cores: Option<f64>,
    /// The type of the file system that tasks write their files to: `ext4`, `tmpfs` (which is memory), `opfs` (what a
    /// browser gives to a page), where the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_system: Option<String>,
    /// The browser, if it was one.
    pub browser: Option<Browser>,
    /// Whether the page was allowed to share memory; `null` outside browsers.
    pub cross_origin_isolated: Option<bool>,
    /// The protocol over which a page came from its server, as the browser names it: `h2` is HTTP/2. `null` outside browsers, and
    /// where the browser does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// The Python, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<Python>,
    /// Requests to the target were answered within the browser, by the page's service worker: no connection was opened for
    /// them. Such times are not compared with those of a target that is reached over a network.
    #[serde(default, skip_serializing_if = "is_not")]
    pub target_in_browser: bool,
}

/// What holds of most reports is not written down.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_not(value: &bool) -> bool {
    !value
}

/// How often a quota for the cores' time held a program back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Throttled {
    /// In so many of the quota's periods, each a tenth of a second if nobody says otherwise.
    pub periods: u64,
    /// For so long, over all cores, in milliseconds.
    pub ms: f64,
}

impl Environment {
    /// How many cores' worth of time the program may use, as far as is known.
    pub fn usable_cores(&self) -> f64 {
        let cores = self.computes_like().unwrap_or(self.cores);
        self.limiting_quota().unwrap_or(cores.into()).min(cores.into())
    }

    /// As how many cores those that are named compute, if that is clearly fewer: more than what other programs can have taken
    /// away while it was measured.
    pub fn computes_like(&self) -> Option<u32> {
        let speed = self.parallel_speed.filter(|speed| *speed < CLEARLY_FEWER * f64::from(self.cores))?;
        Some(speed.round().max(1.0) as u32)
    }

    /// Whether tasks can write files: not every browser has a file system for pages. Of one that is not there yet nothing is
    /// known.
    pub fn has_files(&self) -> bool {
        self.browser.is_none() || self.file_system.is_some()
    }

    /// The quota for the cores' time, in cores, if it is less than the cores.
    pub fn limiting_quota(&self) -> Option<f64> {
        self.cpu_quota.filter(|quota| *quota < f64::from(self.cores))
    }

    /// Whether the files that tasks write lie in memory, and not on a disk.
    pub fn files_lie_in_memory(&self) -> bool {
        self.file_system.as_deref().is_some_and(|name| IN_MEMORY.contains(&name))
    }
}

/// Cores that compute less than this share of what they should are clearly fewer than are named. Beside so many other programs
/// that one worker alone just has a core to itself, all workers together still have more than half of the cores; beside
/// more of them, one worker has less, too.
const CLEARLY_FEWER: f64 = 0.55;

/// Types of file systems that keep files in memory.
const IN_MEMORY: &[&str] = &["tmpfs", "ramfs", "devtmpfs"];

/// A browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Browser {
    /// The browser's name: `Firefox`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its engine.
    pub engine: String,
}

/// A Python.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Python {
    /// Its version.
    pub version: String,
    /// Its implementation, such as `CPython`.
    pub implementation: String,
    /// Whether one thread at a time runs Python code.
    pub gil: bool,
}

impl Report {
    /// The report by itself as JSON with a line end; [`files`] writes parts of pairs as what they are.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a report has only text keys");
        json.push('\n');
        json
    }

    /// How many connections to one host the requests of a row's tasks share; `None` where nothing limits them, as far as is known.
    /// Over HTTP/2, one can carry all requests at once; to a target in the browser itself there is none.
    pub fn connections_max(&self, row: &Row) -> Option<u32> {
        self.platform.connections_max().filter(|_| !self.speaks_http2(row) && !self.environment.target_in_browser)
    }

    /// Whether the requests of a row go over HTTP/2: it asked for that, or the page came over it and the row asked for nothing.
    pub fn speaks_http2(&self, row: &Row) -> bool {
        match row.workload.protocol() {
            Some(protocol) => protocol == Protocol::Http2,
            None => self.environment.http.as_deref() == Some(Protocol::Http2.id()),
        }
    }

    /// Whether it is of a browser with the engine WebKit.
    pub fn is_of_webkit(&self) -> bool {
        let engine = self.environment.browser.as_ref().and_then(|browser| Platform::of_engine(&browser.engine));
        self.platform == Platform::Webkit || engine == Some(Platform::Webkit)
    }

    /// Whether the workers of a row take turns at a lock that lets one of them compute at a time: those of a row that has one,
    /// and threads of Python, unless the report says otherwise.
    pub fn has_global_lock(&self, row: &Row) -> bool {
        let is_in_python =
            || self.platform == Platform::Python && self.environment.python.as_ref().is_none_or(|python| python.gil);
        row.takes_turns() || (row.strategy == Strategy::Threads && is_in_python())
    }

    /// Tasks that ended with an error, warm-up runs included. To be cancelled is none.
    pub fn failed(&self) -> usize {
        self.runs.iter().map(Run::failed).sum()
    }
}
