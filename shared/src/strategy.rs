//! Strategies and platforms, and the one table of what is supported where.

use serde::{Deserialize, Serialize};

use crate::named::named;
use crate::number::Counted;
use crate::way::Handing;
use crate::workload::{Nature, TASKS_MAX, Workload};

/// How tasks are spread over workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// One task after another.
    Sequential,
    /// One thread, up to N tasks in flight.
    Async,
    /// N threads over one memory.
    Threads,
    /// N workers that share nothing and talk in messages.
    Processes,
}
named!(Strategy "strategy": Sequential = "sequential", Async = "async", Threads = "threads", Processes = "processes");

/// Where a run takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// The binary `parlab`.
    Native,
    /// The page, in whichever browser: what it measures by itself.
    Browser,
    /// CPython.
    Python,
    /// The page in a browser with the engine Blink.
    Chromium,
    /// The page in a browser with the engine Gecko.
    Firefox,
    /// The page in a browser with the engine WebKit.
    Webkit,
}
named!(Platform "platform":
    Native = "native", Browser = "browser", Python = "python", Chromium = "chromium", Firefox = "firefox",
    Webkit = "webkit",
);

/// Where a worker gets its tasks from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Dispatch {
    /// Workers live for the run and take one task after another.
    #[default]
    Pool,
    /// Every task gets a worker of its own; at most N live at a time.
    PerTask,
    /// Every wave gets N workers of its own.
    PerWave,
}
named!(Dispatch "dispatch": Pool = "pool", PerTask = "per-task", PerWave = "per-wave");

/// What really carried a run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// One thread (natively an OS thread, in the browser a Web Worker).
    OneThread,
    /// One thread with an event loop (tokio's current-thread runtime; the worker's own loop; asyncio).
    EventLoop,
    /// A rayon pool, in the browser of Web Workers.
    RayonPool,
    /// OS threads.
    OsThreads,
    /// Child processes of the same program, messages over pipes.
    ChildProcesses,
    /// Web Workers over one shared memory, each with its event loop.
    SharedWorkers,
    /// Web Workers, each with its own memory, in one OS process; messages.
    IsolatedWorkers,
    /// Python's `ThreadPoolExecutor`.
    ThreadPoolExecutor,
    /// Python's `ProcessPoolExecutor`.
    ProcessPoolExecutor,
    /// Python's `multiprocessing.Pool`.
    MultiprocessingPool,
    /// Python's daemon threads over a `queue.Queue`.
    DaemonThreads,
    /// Python's `loop.run_in_executor`.
    RunInExecutor,
}
named!(Mechanism "mechanism":
    OneThread = "one-thread", EventLoop = "event-loop", RayonPool = "rayon-pool", OsThreads = "os-threads",
    ChildProcesses = "child-processes", SharedWorkers = "shared-workers", IsolatedWorkers = "isolated-workers",
    ThreadPoolExecutor = "thread-pool-executor", ProcessPoolExecutor = "process-pool-executor",
    MultiprocessingPool = "multiprocessing-pool", DaemonThreads = "daemon-threads", RunInExecutor = "run-in-executor",
);

impl Mechanism {
    /// What it is, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Mechanism::OneThread => "One thread, one task after another.",
            Mechanism::EventLoop => "One thread with an event loop.",
            Mechanism::RayonPool => "A rayon pool over one memory.",
            Mechanism::OsThreads => "Threads of the operating system over one memory.",
            Mechanism::ChildProcesses => "Child processes, messages over pipes.",
            Mechanism::SharedWorkers => "Web Workers over one shared memory, each with its event loop.",
            Mechanism::IsolatedWorkers => "Web Workers that share nothing, all in one OS process; messages.",
            Mechanism::ThreadPoolExecutor => "Python's ThreadPoolExecutor: threads that take turns on one global lock.",
            Mechanism::ProcessPoolExecutor => "Python's ProcessPoolExecutor: processes, pickled messages over pipes.",
            Mechanism::MultiprocessingPool => {
                "Python's multiprocessing.Pool: processes over two pipes that all of them share."
            }
            Mechanism::DaemonThreads => "Python's daemon threads in an endless loop over a queue.Queue.",
            Mechanism::RunInExecutor => {
                "Python's loop.run_in_executor: threads wait, the event loop's thread does the rest."
            }
        }
    }
}

impl Strategy {
    /// Whether several tasks can be under way at once, and so a number of workers can be chosen.
    pub fn is_concurrent(self) -> bool {
        match self {
            Strategy::Sequential => false,
            Strategy::Async | Strategy::Threads | Strategy::Processes => true,
        }
    }

    /// Whether several workers compute at once; else there is one, whatever the number of tasks in flight.
    pub fn is_parallel(self) -> bool {
        match self {
            Strategy::Sequential | Strategy::Async => false,
            Strategy::Threads | Strategy::Processes => true,
        }
    }

    /// Whether a row's number of workers counts tasks in flight on one worker: an efficiency per worker would mean
    /// nothing.
    pub fn counts_tasks_in_flight(self) -> bool {
        self.is_concurrent() && !self.is_parallel()
    }

    /// How many workers there really are, of those that a row asks for.
    pub fn effective_workers(self, workers: u32) -> u32 {
        if self.is_parallel() { workers } else { 1 }
    }

    /// How many tasks can be under way at once in a row with a number of workers.
    pub fn tasks_at_once(self, workers: u32) -> u32 {
        if self.is_concurrent() { workers } else { 1 }
    }

    /// What a row's number of workers counts, with the number: `1 worker`, `4 workers`, `20 in flight`.
    pub fn counted(self, workers: u32) -> String {
        match self.tasks_at_once(workers) {
            workers if self.counts_tasks_in_flight() => format!("{workers} in flight"),
            workers => Counted(workers.into(), "worker").to_string(),
        }
    }

    /// More workers than this are refused; natively the largest machines have so many cores, and whether this one has the
    /// memory for them is looked up before the first run. Browsers are given as many as Chromium and Firefox made each time on a
    /// busy machine with two cores: Chromium has address space for between 112 and 128 isolated instances; of 256 threads both
    /// lost some, since a rayon pool on 32 bits has 255. WebKit may bear fewer, and says so. Tasks in flight on one event loop
    /// cost little more than themselves.
    pub const fn workers_max(self, platform: Platform) -> u32 {
        match (self, platform) {
            (Strategy::Async, _) => 10_000,
            (_, Platform::Native) => 1024,
            (_, Platform::Python) => 64,
            (Strategy::Processes, _) => 96,
            _ => 128,
        }
    }

    /// Why there are no more.
    pub(crate) const fn too_many_workers(self, platform: Platform) -> &'static str {
        match (self, platform) {
            (Strategy::Async, _) | (_, Platform::Native | Platform::Python) => {
                "it would measure the machine's limits, not the strategy"
            }
            (Strategy::Processes, _) => "each has a memory of its own, and browsers have no room for many more",
            _ => "browsers lose some of so many, or never get them ready",
        }
    }

    /// Whether it needs one memory that all workers share; in the browser that is only
    /// there where the page is cross-origin isolated.
    pub fn needs_shared_memory(self) -> bool {
        match self {
            Strategy::Sequential | Strategy::Async | Strategy::Processes => false,
            Strategy::Threads => true,
        }
    }
}

impl Platform {
    /// One platform of each kind: whatever one browser can carry out, all can.
    pub const KINDS: &[Self] = &[Self::Native, Self::Browser, Self::Python];

    /// More tasks in a run than this are refused: what they leave behind is in memory until the run is over, in a browser some
    /// 370 bytes of the team's memory each, which ends at a gigabyte.
    pub const fn tasks_max(self) -> u32 {
        match self {
            Platform::Python => 100_000,
            _ => TASKS_MAX,
        }
    }

    /// The platforms that a pair has parts on.
    pub const OF_PAIRS: &[Self] = &[Self::Native, Self::Python, Self::Chromium, Self::Firefox, Self::Webkit];

    /// Whether it is the page, in whichever browser.
    pub fn is_browser(self) -> bool {
        match self {
            Platform::Browser | Platform::Chromium | Platform::Firefox | Platform::Webkit => true,
            Platform::Native | Platform::Python => false,
        }
    }

    /// The platform that an engine is, or a browser with that engine, by a name that it gives itself: `Gecko`, `Firefox`,
    /// `chrome`, `Safari`. `None` if the name is not known.
    pub fn of_engine(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "blink" | "chromium" | "chrome" | "chrome-headless-shell" | "edge" | "microsoftedge" | "opera" => {
                Some(Platform::Chromium)
            }
            "gecko" | "firefox" => Some(Platform::Firefox),
            "webkit" | "safari" | "minibrowser" | "epiphany" | "wpe" => Some(Platform::Webkit),
            _ => None,
        }
    }

    /// How many connections it opens to one host, whatever the number of workers; `None` if it sets no limit. Browsers
    /// open six under HTTP/1.1; what a report is of, [`Report::connections_max`](crate::report::Report::connections_max) knows.
    pub fn connections_max(self) -> Option<u32> {
        self.is_browser().then_some(6)
    }

    /// More requests than this are never in flight at once, where the platform gives up those beyond some number of its
    /// own: of 5000, Chromium failed 3498 with `ERR_INSUFFICIENT_RESOURCES`, which looks like a server that refuses.
    pub fn requests_max(self) -> Option<u32> {
        self.is_browser().then_some(1000)
    }
}

impl Dispatch {
    /// What is added to the name of a row or a mechanism, so that it says where its workers come from.
    pub fn suffix(self) -> &'static str {
        match self {
            Dispatch::Pool => "",
            Dispatch::PerTask => ", one per task",
            Dispatch::PerWave => ", made for each wave",
        }
    }
}

/// The support table: what carries a workload out, or the reason why nothing can.
///
/// # Errors
/// The reason, for a human.
pub fn mechanism(
    workload: &Workload,
    strategy: Strategy,
    dispatch: Dispatch,
    handing: Handing,
    platform: Platform,
) -> Result<Mechanism, &'static str> {
    use Dispatch::{PerTask, PerWave, Pool};
    use Handing::{Callback, Executor, Map, Queue, Single};
    use Platform::{Browser, Chromium, Firefox, Native, Python, Webkit};
    use Strategy::{Async, Processes, Sequential, Threads};
    if platform == Python && !workload.entry().in_python {
        return Err(
            "Python has what the source documents have, and this is no part of them: run it natively or on the page",
        );
    }
    if platform == Python && workload.protocol().is_some() {
        return Err(
            "Python's standard library speaks HTTP/1.1 alone, so that it has nothing to compare: run it natively or on the page",
        );
    }
    match (strategy, dispatch, handing) {
        (Processes, ..) if workload.nature() == Nature::Shares => {
            return Err("processes share no memory: keep results with an owner, or merge them");
        }
        (Async | Threads | Processes, ..) if workload.draws() => {
            return Err(
                "one thread draws, for one task at a time: use sequential, and say where the work is done (on)",
            );
        }
        (Sequential | Async | Threads, _, Map | Callback) => return Err("map and callback hand tasks to processes"),
        (Sequential | Async | Processes, _, Queue) => return Err("whoever fills a queue and joins it has threads"),
        (Sequential | Threads | Processes, _, Executor) => return Err("run_in_executor is of an event loop"),
        (Sequential | Async, PerTask, _) => return Err("it has one worker, made once: use dispatch pool"),
        (Sequential | Threads, PerWave, _) => {
            return Err("nobody makes its workers anew for a wave: use dispatch pool");
        }
        (Async, PerWave, Single) => return Err("an event loop is made once: use dispatch pool"),
        (Threads, PerTask, Queue) => return Err("threads over a queue live on: use dispatch pool"),
        (Processes, PerTask, Map | Callback) => {
            return Err("a map or a callback has workers that live on: use dispatch pool");
        }
        _ => {}
    }
    match (platform, strategy, dispatch, handing, workload.nature()) {
        (_, Sequential, ..) => Ok(Mechanism::OneThread),
        (Python, Async, _, Executor, _) => Ok(Mechanism::RunInExecutor),
        (_, Async, _, Executor, _) => Err(
            "an event loop waits for requests itself here, and needs no threads for it: use variant parlab, whose row does that",
        ),
        (_, Async, ..) => Ok(Mechanism::EventLoop),
        (Python, Threads, _, Queue, _) => Ok(Mechanism::DaemonThreads),
        (_, Threads, _, Queue, _) => {
            Err("threads take their tasks from one queue here in any case: variant parlab has this row")
        }
        (Python, Threads, Pool, ..) => Ok(Mechanism::ThreadPoolExecutor),
        (Python, Processes, Pool | PerWave, Map | Callback, _) => Ok(Mechanism::MultiprocessingPool),
        (Python, Processes, Pool | PerWave, ..) => Ok(Mechanism::ProcessPoolExecutor),
        (_, Threads, Pool, _, Nature::Computes) => Ok(Mechanism::RayonPool),
        (Native | Python, Threads, ..) => Ok(Mechanism::OsThreads),
        (Browser | Chromium | Firefox | Webkit, Threads, ..) => Ok(Mechanism::SharedWorkers),
        (Native | Python, Processes, ..) => Ok(Mechanism::ChildProcesses),
        (Browser | Chromium | Firefox | Webkit, Processes, ..) => Ok(Mechanism::IsolatedWorkers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::experiments;
    use crate::workload::Count;

    #[test]
    fn names_are_what_serde_writes() {
        fn check<T: Copy + Serialize + std::fmt::Display>(all: &[T]) {
            for one in all {
                assert_eq!(serde_json::to_string(one).expect("a name"), format!("\"{one}\""));
            }
        }
        check(Strategy::ALL);
        check(Platform::ALL);
        check(Dispatch::ALL);
        check(Mechanism::ALL);
        check(Handing::ALL);
        check(crate::way::Setup::ALL);
        check(crate::way::Lock::ALL);
    }

    #[test]
    fn every_strategy_runs_on_every_platform() {
        for platform in Platform::ALL {
            for strategy in Strategy::ALL {
                let count = Workload::Count(Count { tasks: 1, n: 1 });
                assert!(mechanism(&count, *strategy, Dispatch::Pool, Handing::Single, *platform).is_ok());
            }
        }
    }

    #[test]
    fn all_browsers_are_alike() {
        for workload in experiments().iter().map(|experiment| &experiment.sizes.lab) {
            for (strategy, dispatch, handing) in Strategy::ALL.iter().flat_map(|strategy| {
                let dispatches = Dispatch::ALL.iter().map(move |dispatch| (*strategy, *dispatch));
                dispatches
                    .flat_map(|(strategy, dispatch)| Handing::ALL.iter().map(move |way| (strategy, dispatch, *way)))
            }) {
                let on = |platform| mechanism(workload, strategy, dispatch, handing, platform);
                for browser in Platform::ALL.iter().filter(|platform| platform.is_browser()) {
                    assert_eq!(on(*browser), on(Platform::Browser), "{browser} {strategy} {dispatch} {handing}");
                    assert_eq!(strategy.workers_max(*browser), strategy.workers_max(Platform::Browser));
                }
            }
        }
        let engines = ["Blink", "Gecko", "WebKit", "chrome", "Firefox", "Safari", "Servo"].map(Platform::of_engine);
        let [chromium, firefox, webkit] = [Platform::Chromium, Platform::Firefox, Platform::Webkit].map(Some);
        assert_eq!(engines, [chromium, firefox, webkit, chromium, firefox, webkit, None]);
        for platform in Platform::OF_PAIRS.iter().filter(|platform| platform.is_browser()) {
            assert_eq!(Platform::of_engine(platform.name()), Some(*platform));
        }
    }

    #[test]
    fn what_a_number_of_workers_counts() {
        let counted = |workers| Strategy::ALL.iter().map(|strategy| strategy.counted(workers)).collect::<Vec<_>>();
        assert_eq!(counted(1), ["1 worker", "1 in flight", "1 worker", "1 worker"]);
        assert_eq!(counted(4), ["1 worker", "4 in flight", "4 workers", "4 workers"]);
        for strategy in Strategy::ALL {
            let (really, at_once) = (strategy.effective_workers(4), strategy.tasks_at_once(4));
            assert_eq!(strategy.counts_tasks_in_flight(), really < at_once, "{strategy}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = "fork".parse::<Strategy>().expect_err("unknown");
        assert_eq!(error, "unknown strategy \"fork\"; use one of sequential, async, threads, processes");
    }
}
